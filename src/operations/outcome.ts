import type { ExitCode } from '../errors.ts'
import type { Problem } from '../events.ts'
import type { Totals } from '../model.ts'

/** What every operation ends with. */
export interface Outcome {
  readonly exitCode: ExitCode
  /** The whole in one sentence. */
  readonly message: string
  /** What to do next. */
  readonly hint?: string
  readonly totals: Totals
  readonly problems: readonly Problem[]
}

/** A number and its noun: `1 item`, `1,234 items`. */
export const counted = (n: number, noun: string): string => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
