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

/** No items, no time, no calls. */
export const noTotals: Totals = {
  albums: 0,
  albumsSkipped: 0,
  items: 0,
  stored: 0,
  adopted: 0,
  copied: 0,
  moved: 0,
  kept: 0,
  replaced: 0,
  vanished: 0,
  failed: 0,
  impossible: 0,
  pending: 0,
  bytes: 0,
  apiCalls: 0,
  durationMs: 0,
}

/** A number and its noun: `1 item`, `1,234 items`. */
export const counted = (n: number, noun: string): string => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
