/** Judges the further copies of a vault: pure, from the notes of their runs. */
import type { ExitCode } from '../../errors.ts'
import { formatCount } from '../../events.ts'
import { DAY } from '../../flow/clock.ts'

/** One run that brought a copy up to date, or tried to. */
export interface CopyTry {
  /** Its end, in milliseconds since 1970. */
  readonly at: number
  readonly exitCode: ExitCode
  readonly message: string
}

/** The holdings of a copy that is up to date. */
export interface CopyHoldings {
  readonly files: number
  /** The last time that every file of it had been read again and was right, in milliseconds since 1970; absent: not yet. */
  readonly proven?: number
}

/** The facts about a copy that the first vault notes. */
export interface CopyFacts {
  /** The first try. */
  readonly since: number
  /** The last time that it was brought up to date. */
  readonly current?: { readonly at: number } & CopyHoldings
  /** Newest first. */
  readonly tries: readonly CopyTry[]
}

/** The standing of a copy. */
export interface CopyStanding {
  readonly name: string
  readonly destination: string
  /** The last time that it was brought up to date, in milliseconds since 1970; absent: never. */
  readonly current?: number
  readonly files?: number
  /** The last time that every file of it had been read again and was right, in milliseconds since 1970; absent: not yet. */
  readonly lastFullyProven?: number
  /** Days, whole, since then, or since the first try. */
  readonly lagDays: number
  /** Has it lagged for longer than `max_lag_days`? */
  readonly isLate: boolean
  /** Did the last run end with something that a person should see: damage, the brake, a wrong setting? */
  readonly isTroubled: boolean
  readonly lastTry?: CopyTry
}

/** The endings that only time mends: another run, an interruption, a disk that is away. */
const PASSING: ReadonlySet<number> = new Set([0, 5, 6, 130])

/** Computes how a copy stands now. Without facts nothing was tried yet. */
export function copyStanding(
  copy: { readonly name: string; readonly destination: string; readonly maxLagDays: number },
  facts: CopyFacts | undefined,
  now: number,
): CopyStanding {
  const [lastTry] = facts?.tries ?? []
  const lag = Math.max(0, now - (facts?.current?.at ?? facts?.since ?? now))
  return {
    name: copy.name,
    destination: copy.destination,
    ...(facts?.current !== undefined && { current: facts.current.at, files: facts.current.files }),
    ...(facts?.current?.proven !== undefined && { lastFullyProven: facts.current.proven }),
    lagDays: Math.floor(lag / DAY),
    isLate: lag > copy.maxLagDays * DAY,
    isTroubled: lastTry !== undefined && !PASSING.has(lastTry.exitCode),
    ...(lastTry !== undefined && { lastTry }),
  }
}

/** Adds the end of a run to the facts. `holdings` are those of a copy that is up to date now. */
export function withTry(facts: CopyFacts | undefined, end: CopyTry, holdings: CopyHoldings | undefined): CopyFacts {
  const current = holdings === undefined ? facts?.current : { at: end.at, ...holdings }
  return {
    since: facts?.since ?? end.at,
    ...(current !== undefined && { current }),
    tries: [end, ...(facts?.tries ?? [])].slice(0, MOST_TRIES),
  }
}

const MOST_TRIES = 30

/** The exit code that the copies add to that of a backup that ended well: 3 for one that is late or in trouble. */
export const copiesCode = (copies: readonly CopyStanding[]): 0 | 3 => (copies.some((copy) => copy.isLate || copy.isTroubled) ? 3 : 0)

/** Says what is wrong with a copy; undefined while nothing is. */
export function copyTrouble({ name, isLate, isTroubled, lagDays, current, lastTry }: CopyStanding): string | undefined {
  if (!isLate && !isTroubled) return undefined
  const lag =
    current === undefined ? `was never up to date, for ${formatCount(lagDays, 'day')}` : `is ${formatCount(lagDays, 'day')} behind`
  const what = isLate ? `The copy ${name} ${lag}.` : `The copy ${name} needs you.`
  if (lastTry === undefined || lastTry.exitCode === 0) return what
  const next = isTroubled ? ` Run \`smugmug-backup copy ${name}\`: it says what helps.` : ''
  return `${what} ${lastTry.message}${next}`
}
