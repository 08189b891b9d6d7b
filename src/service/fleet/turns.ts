/** The turns of the accounts of a fleet, spread by their names. Pure. */
import { createHash } from 'node:crypto'
import { schedule as cron, interval } from '../../config/kinds.ts'
import { nextMoment } from '../../config/next-moment.ts'
import { HOUR } from '../../flow/clock.ts'

/** The time over which accounts with the same moments of cron are spread, at most. */
const MOST_SPREAD = HOUR

/** Returns a schedule in its usual spelling; undefined for a text that is none. */
export function readTurns(text: string): string | undefined {
  const every = interval.read(text)
  return typeof every === 'number' ? text.trim().toLowerCase() : cron.read(text)
}

/** Returns a number from 0 to 1 that belongs to the name: the same one always, and spread evenly over all names. */
const shareOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32

/**
 * Returns the first turn of an account after a moment, in milliseconds since 1970. Accounts with the same time between turns are spread over that
 * time; those with the same moments of cron over the hour after each moment, or half of the time to the next one if that is less.
 */
export function turnAfter({ name, schedule }: { readonly name: string; readonly schedule: string }, after: number): number {
  const every = interval.read(schedule)
  if (typeof every === 'number') {
    const offset = Math.floor(shareOf(name) * every)
    return Math.floor((after - offset) / every + 1) * every + offset
  }
  // The turn of the moment before may still be ahead.
  for (let moment = nextMoment(schedule, after - MOST_SPREAD); moment !== undefined; ) {
    const next = nextMoment(schedule, moment)
    const spread = next === undefined ? MOST_SPREAD : Math.min(MOST_SPREAD, (next - moment) / 2)
    const turn = moment + Math.floor(shareOf(name) * spread)
    if (turn > after) return turn
    moment = next
  }
  throw new RangeError(`the schedule ${schedule} has no moment after ${after}`)
}
