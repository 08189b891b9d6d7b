import type { Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import type { Change, FullRun, ItemLife, NamedItem } from '../../operations/history/past-run.ts'
import { formatBytes, formatDuration, formatMoment } from '../../progress/format.ts'
import { pageOf } from './page.ts'
import { endText, partText } from './runs.ts'
import { problemLines } from './summary.ts'

const MOST_LISTED = 50

/** The changes in the order of the page, each with its title. */
const CHANGES: readonly (readonly [kind: Change, title: string])[] = [
  ['came', 'Came'],
  ['changed', 'Changed'],
  ['moved', 'Moved'],
  ['went', 'Went: no longer on SmugMug'],
]

const nameOf = ({ album, name, imageKey, from, items }: NamedItem): string => {
  const path = [album?.replace(/^\//, ''), name ?? imageKey].filter(Boolean).join('/')
  const whole = items === undefined ? '' : ` (${formatCount(items, 'item')})`
  return `${path}${whole}${from === undefined ? '' : `, from ${from}`}`
}

/** Returns the items of one kind of change by name; if their names are not known, only their number. */
const changeLines = (title: string, count: number, items: readonly NamedItem[] | undefined): readonly string[] => {
  if (count === 0) return []
  if (items === undefined) return ['', `${title} (${formatNumber(count)}): their names are not known`]
  const further = items.length - MOST_LISTED
  return [
    '',
    `${title} (${formatNumber(count)})`,
    ...items.slice(0, MOST_LISTED).map((item) => `  ${nameOf(item)}`),
    ...(further > 0 ? [`  and ${formatNumber(further)} more: see the report, or --json`] : []),
  ]
}

const REPORTS: Readonly<Record<FullRun['reportState'], string>> = {
  read: '',
  removed: 'Its report is no longer kept: more is not known than the catalogue has noted.',
  unreadable: 'Its report cannot be read: more is not known than the catalogue has noted.',
  none: 'There is no report of it: more is not known than the catalogue has noted.',
}

/** Returns one run in full for people: its facts, its exceptions, and what it changed by name. */
export const fullRunText = (
  { run, totals, changes, reportState }: FullRun,
  { problems, columns }: { readonly problems: readonly Problem[]; readonly columns: number | undefined },
): string => {
  const took = run.durationMs === undefined ? '' : `, took ${formatDuration(run.durationMs)}`
  const numbers = [
    ...([
      ['came', run.came],
      ['changed', run.changed],
      ['moved', run.moved],
      ['went', run.went],
      ['failed', run.failed],
    ] as const),
    ['unchanged', totals.kept] as const,
  ].flatMap(([word, count]) => (count === 0 ? [] : [`${formatNumber(count)} ${word}`]))
  const received = totals.bytes === 0 ? '' : ` ${formatBytes(totals.bytes)} received.`
  // Items that went or changed are listed by name already.
  const exceptions = problems.filter(
    ({ kind }) => (kind !== 'vanished' || changes.went === undefined) && (kind !== 'replaced' || changes.changed === undefined),
  )
  return pageOf(
    [
      `Run ${run.run}: ${run.operation}${partText(run)}`,
      `Begun ${formatMoment(run.startedAt)}${took}; ended: ${endText(run)}`,
      ...(run.message === undefined ? [] : [run.message]),
      ...(numbers.length === 0 ? [] : [`${numbers.join(', ')}.${received} ${formatCount(totals.apiCalls, 'API call')}.`]),
      ...CHANGES.flatMap(([kind, title]) => changeLines(title, run[kind], changes[kind])),
      ...problemLines({ command: 'history', problems: exceptions, quiet: false }),
      ...(reportState === 'read' && run.report !== undefined ? ['', `Report: ${run.report.replace(/\.json$/, '.txt')}`] : []),
      ...(REPORTS[reportState] === '' ? [] : ['', REPORTS[reportState]]),
    ],
    columns,
  )
}

const stateText = ({ state, reason, file, aside }: ItemLife): string => {
  if (aside !== undefined) return aside === '' ? 'no longer held' : `put aside: ${aside}`
  if (file !== undefined) return `${file}: the next backup fetches it again, if SmugMug still has it`
  if (state === 'elsewhere') return 'held in another album'
  return reason === undefined ? state : `${state}: ${reason}`
}

/** Returns the life of an item for people: what it is now, then what is known of its past, the oldest first. */
export const itemText = (item: ItemLife, columns: number | undefined): string =>
  pageOf(
    [
      item.path,
      `Album     ${item.album}`,
      `Now       ${stateText(item)}${item.vanishedAt === undefined ? '' : '; no longer on SmugMug'}`,
      ...(item.size === undefined ? [] : [`File      ${item.grade}, ${formatBytes(item.size)}`]),
      ...(item.md5 === undefined ? [] : [`MD5       ${item.md5}`]),
      ...(item.sha256 ? [`SHA-256   ${item.sha256}`] : []),
      ...item.alsoIn.map((album) => `Also in   ${album}`),
      '',
      ...item.facts.map(({ at, run, text }) => `${formatMoment(at)}  ${run === undefined ? '' : `run ${run}: `}${text}`),
      ...(item.unread ?? []).map((path) => `What is noted in ${path} is missing here: it cannot be read.`),
      item.facts.length === 0
        ? 'No exception and no change of it is noted in the reports that are still kept.'
        : 'Noted here is what the reports that are still kept name, and what was put aside.',
    ],
    columns,
  )
