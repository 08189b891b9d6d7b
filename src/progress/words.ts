import type { ExitCode } from '../errors.ts'
import { formatCount, formatNumber } from '../events.ts'
import type { OutcomeKind } from '../model.ts'
import type { Numbers } from './counters.ts'
import { formatBytes, formatClock, formatCountdown, formatDuration } from './format.ts'
import { leftText, measureText, shareOf, timeLeftText } from './measure.ts'
import { amountOf, doingOf, outageText, tone, waitText } from './phase.ts'
import { printable } from './printable.ts'
import type { Transfer } from './transfers.ts'
import type { Vitals } from './vitals.ts'

/** The end of a run. */
export interface Ending {
  readonly exitCode: ExitCode
  readonly message: string
}

/** One line of a table: its subject, and the text about it. */
export interface Row {
  readonly cells: readonly string[]
  /** The finished part, from 0 to 1. */
  readonly done?: number
  readonly tone?: 'bad'
}

/** The page's words, by the elements that show them (`page.ts`). */
export interface Words {
  /** The title of the browser's tab. */
  readonly title: string
  readonly state: 'running' | 'waiting' | ReturnType<typeof tone>
  readonly texts: Readonly<Record<'account' | 'status' | 'detail' | 'progress' | Figure | 'fastest', string>>
  readonly tables: Readonly<Record<'transfers' | 'outcomes' | 'queue' | 'waits' | 'calls' | 'program', readonly Row[]>>
  /** The finished part of the run, from 0 to 1. */
  readonly done?: number
  /** Bytes a second; the newest last. */
  readonly speeds: readonly number[]
}

/** The big numbers, and the line below each. */
type Figure = 'items' | 'items-of' | 'bytes' | 'speed' | 'left' | 'albums' | 'albums-of' | 'elapsed'

const MOST_TRANSFERS = 8
const NONE = '–'

/** The outcomes, in the order of their interest to a photographer. */
const OUTCOMES: readonly (readonly [outcome: OutcomeKind, words: string, tone?: 'bad'])[] = [
  ['stored', 'new: fetched and proven'],
  ['replaced', 'replaced: changed on SmugMug'],
  ['adopted', 'adopted: the right file was there'],
  ['copied', 'copied within the vault'],
  ['moved', 'moved, as on SmugMug'],
  ['kept', 'unchanged'],
  ['failed', 'failed: the next run tries again', 'bad'],
  ['impossible', 'not offered by SmugMug'],
  ['pending', 'not finished by SmugMug'],
]

const PLANNED: { readonly [Kind in OutcomeKind]?: string } = {
  stored: 'to fetch',
  replaced: 'to replace',
  adopted: 'to adopt',
  copied: 'to copy',
  moved: 'to move',
}

const statusOf = (run: Numbers): Pick<Words, 'state'> & { readonly status: string; readonly detail: string } => {
  const { phase = '', operation } = run
  const [wait] = run.waiting
  if (run.isStill && wait !== undefined)
    return { state: 'waiting', status: `Waiting until ${formatClock(wait.untilMs, run.at)}`, detail: wait.reason }
  const [outage] = run.outages
  if (outage !== undefined && run.transfers.length === 0) return { state: 'waiting', status: outageText(outage), detail: phase }
  return { state: 'running', status: run.dryRun ? 'Trying out, nothing is written' : doingOf(operation), detail: phase }
}

const endOf = ({ exitCode, message }: Ending): ReturnType<typeof statusOf> => ({
  state: tone(exitCode),
  status: exitCode === 130 ? 'Stopped' : 'Ended',
  detail: message,
})

const speedText = (perSecond: number): string => `${formatBytes(Math.round(perSecond))}/s`

/** Returns how far the run is, as the terminal has it: `58.9 of 195 MB (30 %) · 4.1 MB/s · 33 s left`. */
const progressText = ({ measure, speed, remainingMs }: Numbers): string =>
  [
    ...(measure === undefined ? [] : [measureText(measure)]),
    ...(speed === undefined ? [] : [speedText(speed)]),
    ...(remainingMs === undefined ? [] : [timeLeftText(remainingMs)]),
  ].join(' · ')

/** Returns the finished part of the run; by its items where it has no other measure. */
const doneOf = ({ measure, items }: Numbers): number | undefined => {
  if (measure !== undefined) return shareOf(measure)
  return items.total === undefined ? undefined : shareOf({ done: Math.min(items.done, items.total), total: items.total, unit: 'items' })
}

const outOf = (done: number, total: number | undefined, of: string): string =>
  total === undefined || total < done ? of : `of ${formatNumber(total)} ${of}`

const transferRow = ({ path, received, size }: Transfer): Row => {
  const folder = path.lastIndexOf('/')
  const done = size === undefined ? undefined : shareOf({ done: Math.min(received, size), total: size, unit: 'bytes' })
  return {
    cells: [path.slice(folder + 1), path.slice(0, Math.max(0, folder)), amountOf(received, size)],
    ...(done !== undefined && { done }),
  }
}

const transferRows = ({ transfers, underWay }: Numbers): readonly Row[] => {
  const more = underWay - Math.min(underWay, MOST_TRANSFERS)
  return [
    ...(transfers.length === 0 ? [{ cells: ['Nothing at the moment'] }] : transfers.slice(0, MOST_TRANSFERS).map(transferRow)),
    ...(more > 0 ? [{ cells: [`${formatNumber(more)} more on their way`] }] : []),
  ]
}

const outcomeRows = (run: Numbers): readonly Row[] => {
  const rows = OUTCOMES.map(([outcome, words, bad]) => ({
    count: run.outcomes[outcome],
    words: run.dryRun ? (PLANNED[outcome] ?? words) : words,
    bad,
  }))
  const all = [...rows, { count: run.vanished, words: 'gone from SmugMug; your files stay', bad: undefined }]
  const shown = all.filter(({ count }) => count > 0)
  if (shown.length === 0) return [{ cells: ['Nothing yet'] }]
  return shown.map(({ count, words, bad }) => ({ cells: [words, formatNumber(count)], ...(bad !== undefined && { tone: bad }) }))
}

const queueRows = (run: Numbers): readonly Row[] => [
  { cells: ['waiting to be fetched', formatCount(run.wanted, 'item')] },
  { cells: ['asked for', formatCount(run.asked, 'file')] },
  { cells: ['on their way', formatCount(run.underWay, 'file')] },
  ...run.atOnce.map(({ host, kind, atOnce }) => ({
    cells: [host, `at most ${formatCount(atOnce, kind === 'calls' ? 'call' : 'file')} at once`],
  })),
]

/** Says when an outage is met with the next try; nothing once that is under way. */
const nextTry = (ms: number): readonly string[] => (ms > 0 ? [`the next one in ${formatCountdown(ms)}`] : [])

const waitRows = (run: Numbers): readonly Row[] => [
  ...run.waiting.map((wait) => ({ cells: [waitText(wait, run.at)] })),
  ...run.outages.map((outage) => ({ cells: [outageText(outage), ...nextTry(outage.nextAt - run.at)] })),
  { cells: ['asked for by SmugMug', `${formatCount(run.waits, 'wait')}, ${formatDuration(run.waitedMs)}`] },
  { cells: ['tried again', `${formatCount(run.retries, 'time')}, ${formatDuration(run.retryWaitMs)} of pauses`] },
  ...run.lastRetries.toReversed().map(({ at, what, reason }) => ({ cells: [`at ${formatClock(at, run.at)}: ${what}: ${reason}`] })),
]

/** Returns the requests with their answers, the most frequent first. */
const callRows = (run: Numbers): readonly Row[] => {
  const kinds = [...Map.groupBy(run.calls, ({ endpoint }) => endpoint)].map(([endpoint, calls]) => ({
    endpoint,
    count: calls.reduce((sum, call) => sum + call.count, 0),
    durationMs: calls.reduce((sum, call) => sum + call.durationMs, 0),
    answers: calls
      .toSorted((a, b) => (a.status ?? 0) - (b.status ?? 0))
      .map(({ status, count }) => `${status ?? 'none'}: ${formatNumber(count)}`)
      .join(', '),
  }))
  if (kinds.length === 0) return [{ cells: ['Nothing yet'] }]
  return kinds
    .toSorted((a, b) => b.count - a.count)
    .map(({ endpoint, count, durationMs, answers }) => ({
      cells: [endpoint === 'file' ? 'photos and videos' : endpoint, answers, formatDuration(durationMs / count)],
    }))
}

const programRows = ({ rss, heapUsed, external, delay }: Vitals): readonly Row[] => {
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  return [
    { cells: ['memory', formatBytes(rss)] },
    { cells: ['of it objects', formatBytes(heapUsed)] },
    { cells: ['of it buffers', formatBytes(external)] },
    { cells: ['event-loop delay, mean', ms(delay.mean)] },
    { cells: ['event-loop delay, 99 of 100 below', ms(delay.p99)] },
    { cells: ['event-loop delay, longest', ms(delay.max)] },
  ]
}

const cleaned = (row: Row): Row => ({ ...row, cells: row.cells.map(printable) })

/** Returns the numbers of a run in which nothing moves any more. */
const ended = ({ speed: _speed, remainingMs: _left, ...numbers }: Numbers): Numbers => ({
  ...numbers,
  transfers: [],
  underWay: 0,
  asked: 0,
  waiting: [],
  outages: [],
})

/** Returns the page's words about a run that goes on, or has ended. Without `vitals` they say nothing about the program. */
export const wordsOf = (numbers: Numbers, vitals: Vitals | undefined, ending?: Ending): Words => {
  const run: Numbers = ending === undefined ? numbers : ended(numbers)
  const { state, status, detail } = ending === undefined ? statusOf(run) : endOf(ending)
  const { items, albums, speed, remainingMs } = run
  const done = doneOf(run)
  const percent = done === undefined ? '' : `${Math.floor(done * 100)} % · `
  const isOver = ending !== undefined
  return {
    title: `${isOver ? `${status} · ` : percent}smugmug-backup`,
    state,
    texts: {
      account: printable(run.account ?? ''),
      status,
      detail: printable(detail),
      progress: progressText(run),
      items: formatNumber(items.done),
      'items-of': outOf(items.done, items.total, 'photos and videos'),
      bytes: formatBytes(run.bytes),
      speed: speed === undefined ? NONE : speedText(speed),
      left: remainingMs === undefined ? NONE : leftText(remainingMs),
      albums: formatNumber(albums.done),
      'albums-of': outOf(albums.done, albums.total, 'albums'),
      elapsed: formatDuration(run.at - run.startedAt),
      fastest: run.speeds.some((each) => each > 0) ? `at most ${speedText(Math.max(...run.speeds))}` : '',
    },
    tables: {
      transfers: transferRows(run).map(cleaned),
      outcomes: outcomeRows(run),
      queue: queueRows(run).map(cleaned),
      waits: waitRows(run).map(cleaned),
      calls: callRows(run).map(cleaned),
      program: vitals === undefined ? [] : programRows(vitals),
    },
    ...(done !== undefined && { done }),
    speeds: run.speeds,
  }
}
