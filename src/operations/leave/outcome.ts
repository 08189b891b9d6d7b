import type { Problem } from '../../events.ts'
import type { Outcome } from '../outcome.ts'
import type { ToDo } from './to-do.ts'

/** The end of a last look. */
export interface LeaveOutcome extends Outcome {
  /** Everything that speaks against closing the account, by name. */
  readonly open: readonly Problem[]
  /** The things that only the owner of the account can do; empty if the look did not come to its end. */
  readonly toDo: readonly ToDo[]
  /** The path of the certificate's page in the vault; its JSON lies beside it. Absent if the look did not come to its end. */
  readonly certificate?: string
  /** The class of the error that ended it early. */
  readonly error?: string
}
