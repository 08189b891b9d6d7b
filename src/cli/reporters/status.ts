import type { Problem } from '../../events.ts'
import { formatCount } from '../../events.ts'
import type { StatusReport } from '../../operations/outcome.ts'
import { formatBytes, formatDuration, formatMoment } from '../../progress/format.ts'
import { printable } from '../../progress/printable.ts'
import { problemLines } from './summary.ts'

/** The state of a vault, without the end of the command. */
export type StatusFacts = Omit<StatusReport, 'exitCode' | 'message' | 'hint' | 'problems' | 'totals'>

const moment = (at: number, now: number): string =>
  `${formatMoment(at)} (${at <= now ? `${formatDuration(now - at)} ago` : `in ${formatDuration(at - now)}`})`

const lastRunText = (run: NonNullable<StatusFacts['lastRun']>, now: number): string => {
  const open = run.isUnderWay === true ? 'is under way' : 'did not finish'
  const end = run.finishedAt === undefined ? open : `took ${formatDuration(run.finishedAt - run.startedAt)}`
  const code = run.exitCode === undefined || run.exitCode === 0 ? '' : `, exit code ${run.exitCode}`
  return `${run.operation}, ${moment(run.startedAt, now)}, ${end}${code}${run.message === undefined ? '' : `: ${run.message}`}`
}

/** Returns the held files by grade, unless all are originals. */
const gradeRows = ({ byGrade }: StatusFacts): readonly (readonly [string, string])[] => {
  const grades = Object.entries(byGrade).filter(([, { files }]) => files > 0)
  if (grades.every(([grade]) => grade === 'original')) return []
  return grades.map(([grade, { files, bytes }], index) => [
    index === 0 ? 'Of these' : '',
    `${formatCount(files, 'file')} ${grade}, ${formatBytes(bytes)}`,
  ])
}

/** Returns the state of a vault for people: a few facts in two columns, then each missing item and its reason. */
export const statusText = (
  facts: StatusFacts,
  { message, problems, now }: { readonly message: string; readonly problems: readonly Problem[]; readonly now: number },
): string => {
  const { held, lastRun, lastFullyProven, nextDue } = facts
  const rows: readonly (readonly [string, string])[] = [
    ['Vault', facts.destination],
    ...(facts.account === undefined ? [] : [['Account', facts.account] as const]),
    ['Last run', lastRun === undefined ? 'none yet' : lastRunText(lastRun, now)],
    [
      'Held',
      `${formatCount(held.items, 'item')} in ${formatCount(held.albums, 'album')}: ${formatCount(held.files, 'file')}, ${formatBytes(held.bytes)}`,
    ],
    ...gradeRows(facts),
    ...(lastFullyProven === undefined ? [] : [['Proven', moment(lastFullyProven, now)] as const]),
    ...(nextDue === undefined ? [] : [['Next due', moment(nextDue, now)] as const]),
  ]
  const facing = rows.map(([name, value]) => printable(`${name.padEnd(9)} ${value}`))
  const missing = problemLines({ command: 'status', problems, quiet: false }).map(printable)
  return `${[...facing, '', printable(message), ...missing].join('\n')}\n`
}
