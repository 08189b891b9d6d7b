/** The standing of an account of a fleet, in one word. Pure. */
import type { FleetAccount } from './account.ts'

/** The words for accounts, the ones that want a look first. */
export const STANDINGS = ['waiting', 'failing', 'again', 'new', 'running', 'paused', 'well'] as const
export type FleetStanding = (typeof STANDINGS)[number]

/** The facts that the word follows from. */
export type StandingFacts = Pick<FleetAccount, 'state' | 'startedAt' | 'endedAt' | 'exitCode'>

/** Returns the word for an account. */
export function standingOf({ state, startedAt, endedAt, exitCode }: StandingFacts): FleetStanding {
  if (startedAt !== undefined) return 'running'
  if (state !== 'active') return state
  if (endedAt === undefined) return 'new'
  if (exitCode === 0) return 'well'
  return exitCode === 6 || exitCode === 130 ? 'again' : 'failing'
}

/** The number of accounts by their standing, and for how long the first one of those that are due has been, in milliseconds. */
export interface Census {
  readonly counts: Readonly<Record<FleetStanding, number>>
  readonly dueForMs: number
}

/** Milliseconds after which an account that is due is not taken by anybody. */
const LONG_DUE = 15 * 60_000

/** Does the fleet do all that it should? */
export const isWell = ({ counts, dueForMs }: Census): boolean => counts.waiting + counts.failing === 0 && dueForMs < LONG_DUE

/** Counts accounts. `now` is in milliseconds since 1970. */
export function censusOf(groups: readonly (StandingFacts & { readonly count: number })[], dueForMs: number): Census {
  const counts = Object.fromEntries(STANDINGS.map((standing) => [standing, 0])) as Record<FleetStanding, number>
  for (const group of groups) counts[standingOf(group)] += group.count
  return { counts, dueForMs: Math.max(0, dueForMs) }
}
