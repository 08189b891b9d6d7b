/** Decides by the end of a backup when its account comes next. Pure. */
import { HOUR, MINUTE } from '../../flow/clock.ts'
import type { Consequence } from './account.ts'

/** The facts about a backup that has ended. */
export interface Ending {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined
  /** The tries that had failed before. */
  readonly tries: number
  /** The next turn by the schedule. */
  readonly nextTurn: number
}

/** The times that a backup is tried again before its next turn. */
const MOST_TRIES = 3

/** Returns the consequence of a backup for its account. */
export function consequenceOf({ now, exitCode, tries, nextTurn }: Ending): Consequence {
  const waiting: Consequence = { state: 'waiting', nextAt: nextTurn, tries: 0 }
  const again = (inMs: number, failed: number): Consequence => ({ state: 'active', nextAt: now + inMs, tries: failed })
  switch (exitCode) {
    case 0:
      return { state: 'active', nextAt: nextTurn, tries: 0 }
    // Something failed, or the destination is away.
    case 3:
    case 5:
      return tries < MOST_TRIES ? again(HOUR, tries + 1) : { state: 'active', nextAt: nextTurn, tries: 0 }
    case 6:
      return again(10 * MINUTE, tries)
    case 130:
      return again(0, tries)
    // A signal from outside, such as the system's when it lacks memory. It must not go on for ever.
    case undefined:
      return tries < MOST_TRIES ? again(0, tries + 1) : waiting
    default:
      return waiting
  }
}
