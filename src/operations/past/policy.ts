import { DAY } from '../../flow/clock.ts'
import type { Retention } from '../../model.ts'
import type { JudgedVersion } from './outcome.ts'

/** A version: the account as a run found it. */
export interface Version {
  readonly run: number
  /** Milliseconds since 1970. */
  readonly at: number
}

type Unit = keyof Exclude<Retention, 'forever'>

/** Returns the day, week, month or year that a time lies in, in the time zone of this machine. A week begins on Monday. */
const PERIODS: { readonly [Each in Unit]: (date: Date) => string } = {
  days: (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`,
  weeks: (date) => {
    const monday = new Date(date.getFullYear(), date.getMonth(), date.getDate() - ((date.getDay() + 6) % 7))
    return `${monday.getFullYear()}-${monday.getMonth()}-${monday.getDate()}`
  },
  months: (date) => `${date.getFullYear()}-${date.getMonth()}`,
  years: (date) => String(date.getFullYear()),
}

const WORDS: { readonly [Each in Unit]: string } = { days: 'daily', weeks: 'weekly', months: 'monthly', years: 'yearly' }

/**
 * Decides which versions are kept, and why. Pure: the one policy of backups, `prune` and the service. The newest version is the present, the oldest the
 * beginning; both are always kept. Of each day, week, month or year the last version is kept, for as many of them as the policy says.
 */
export function judge(versions: readonly Version[], policy: Retention): readonly JudgedVersion[] {
  const newestFirst = versions.toSorted((a, b) => b.run - a.run)
  const reasons = new Map<number, string[]>(newestFirst.map(({ run }) => [run, []]))
  const add = (run: number | undefined, reason: string): void => {
    if (run !== undefined) reasons.get(run)?.push(reason)
  }
  add(newestFirst[0]?.run, 'the present')
  if (newestFirst.length > 1) add(newestFirst.at(-1)?.run, 'the first')
  for (const unit of ['days', 'weeks', 'months', 'years'] as const) {
    const seen = new Set<string>()
    if (policy !== 'forever') {
      for (const { run, at } of newestFirst) {
        const period = PERIODS[unit](new Date(at))
        if (seen.has(period) || seen.size >= policy[unit]) continue
        seen.add(period)
        add(run, `${WORDS[unit]} snapshot`)
      }
    }
  }
  return newestFirst.map((version) => ({ ...version, reasons: policy === 'forever' ? ['forever'] : (reasons.get(version.run) ?? []) }))
}

/** A clock that moved further than this since the last run may be wrong. */
const LONGEST_PAUSE = 30 * DAY

/** May the clock be wrong? It is before the last run's, more than 30 days after it, or there is nothing to compare it with. */
export const mayBeWrong = ({ now, lastRun }: { readonly now: number; readonly lastRun: number | undefined }): boolean =>
  lastRun === undefined || now < lastRun || now > lastRun + LONGEST_PAUSE
