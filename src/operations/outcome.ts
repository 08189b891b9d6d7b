import type { ExitCode } from '../errors.ts'
import type { Problem } from '../events.ts'
import type { Totals } from '../model.ts'

/** The end of an operation. */
export interface Outcome {
  readonly exitCode: ExitCode
  /** The result in one sentence. */
  readonly message: string
  /** The next thing to do. */
  readonly hint?: string
  readonly totals: Totals
  readonly problems: readonly Problem[]
}
