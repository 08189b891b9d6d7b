import type { Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import type { CopyStanding } from '../../operations/copy/standing.ts'
import type { StatusReport } from '../../operations/outcome.ts'
import { heldOf } from '../../operations/standing.ts'
import { formatBytes, formatDuration, formatMoment } from '../../progress/format.ts'
import { calendarLines } from './calendar.ts'
import { pageOf } from './page.ts'
import { runLines } from './runs.ts'
import { problemLines } from './summary.ts'

/** The state of a vault, without the end of the command. */
export type StatusFacts = Omit<StatusReport, 'exitCode' | 'message' | 'hint' | 'problems' | 'totals'>

const moment = (at: number, now: number): string =>
  `${formatMoment(at)} (${at <= now ? `${formatDuration(now - at)} ago` : `in ${formatDuration(at - now)}`})`

const lastRunText = (run: NonNullable<StatusFacts['lastRun']>, now: number): string => {
  const open = run.isUnderWay === true ? 'is under way' : 'did not finish'
  const end = run.finishedAt === undefined ? open : `took ${formatDuration(run.finishedAt - run.startedAt)}`
  const begin = `${run.operation}, ${moment(run.startedAt, now)}, ${end}`
  // The words of a run that ended well are those of its time: "all are held" may be wrong since. The standing below says what is true now.
  if (run.exitCode === 0) return `${begin}, ended well`
  const code = run.exitCode === undefined ? '' : `, exit code ${run.exitCode}`
  return `${begin}${code}${run.message === undefined ? '' : `: ${run.message}`}`
}

/** Returns the number of originals among the held items, unless all are. */
const gradeRows = ({ originals, smaller, renditions }: StatusFacts): readonly (readonly [string, string])[] => {
  if (smaller + renditions === 0) return []
  const photos = `${formatNumber(originals)} of ${formatCount(originals + smaller, 'photo')}`
  const others = renditions === 0 ? '' : `; ${formatCount(renditions, 'item')} as the best that SmugMug keeps (videos, HEIC)`
  return [['Originals', `${photos}${others}`]]
}

/** Returns the last time that everything was re-read. */
const provenRows = ({ lastFullyProven, isFullyProven }: StatusFacts, now: number): readonly (readonly [string, string])[] => {
  if (lastFullyProven === undefined) return []
  const since = isFullyProven ? 'fully, ' : 'all but what has come since, '
  return [['Proven', `${since}${moment(lastFullyProven, now)}`]]
}

/** Returns a line for each further copy: when it was last up to date. */
const copyRows = (copies: readonly CopyStanding[] = [], now: number): readonly (readonly [string, string])[] =>
  copies.map(({ name, current, isLate, isTroubled, destination, lastTry }) => {
    const when = current === undefined ? 'never up to date' : `up to date ${moment(current, now)}`
    const needsYou = isLate || isTroubled
    // The message below has the reason why it needs somebody.
    const why =
      needsYou || lastTry === undefined || lastTry.exitCode === 0 ? '' : `. Last try ${moment(lastTry.at, now)}: ${lastTry.message}`
    return ['Copy', `${name}, ${when}${needsYou ? ', NEEDS YOU' : ''}, in ${destination}${why}`]
  })

/** The end of the command, and the reader's side. */
export interface StatusView {
  readonly message: string
  readonly hint?: string | undefined
  readonly problems: readonly Problem[]
  readonly now: number
  /** The terminal's width; absent: lines stay whole. */
  readonly columns?: number | undefined
  /** Each exception with its detail. */
  readonly verbose?: boolean
}

/** Returns the state of a vault for people: a few facts in two columns, then each missing item and its reason. */
export const statusText = (facts: StatusFacts, { message, hint, problems, now, columns, verbose = false }: StatusView): string => {
  const { expected, held, lastRun, nextDue, nextRun, vanishedKept } = facts
  const rows: readonly (readonly [string, string])[] = [
    ['Vault', facts.destination],
    ...(facts.account === undefined ? [] : [['Account', facts.account] as const]),
    ['Last run', lastRun === undefined ? 'none yet' : lastRunText(lastRun, now)],
    [
      'Held',
      `${heldOf({ held: held.items, ...(expected !== undefined && { expected }) })} in ${formatCount(held.albums, 'album')}: ${formatCount(held.files, 'file')}, ${formatBytes(held.bytes)}`,
    ],
    ...gradeRows(facts),
    ...provenRows(facts, now),
    ...copyRows(facts.copies, now),
    ...(nextRun === undefined ? [] : [['Next run', moment(nextRun, now)] as const]),
    ...(nextDue === undefined ? [] : [['Next due', `a full look at every album in turn, from ${moment(nextDue, now)}`] as const]),
  ]
  const kept =
    vanishedKept === 0
      ? []
      : ['', `Kept although gone from SmugMug: ${formatCount(vanishedKept, 'item')} (smugmug-backup export --vanished)`]
  const facing = rows.map(([name, value]) => `${name.padEnd(9)} ${value}`)
  const days = calendarLines(facts.days, { now, columns })
  const runs = facts.runs.length < 2 ? [] : ['', ...runLines(facts.runs, columns), ...(days.length === 0 ? [] : ['', ...days])]
  const missing = problemLines({ command: 'status', problems, quiet: false, columns, verbose })
  const lines = [...facing, ...kept, ...runs, '', message, ...missing, ...(hint === undefined ? [] : ['', hint])]
  return pageOf(lines, columns)
}
