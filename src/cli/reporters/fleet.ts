import { formatCount } from '../../events.ts'
import { formatDuration, formatMoment } from '../../progress/format.ts'
import { printable } from '../../progress/printable.ts'
import type { FleetAccount, FleetWorker } from '../../service/fleet/account.ts'
import { nextStep } from '../../service/fleet/next-step.ts'
import { type Census, STANDINGS, standingOf } from '../../service/fleet/standing.ts'
import { pageOf } from './page.ts'
import { type Column, tableLines } from './table.ts'

/** A fleet as it is to be shown. */
export interface FleetView {
  readonly accounts: readonly FleetAccount[]
  readonly workers: readonly FleetWorker[]
  readonly census: Census
  readonly message: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** The terminal's width; absent: lines stay whole. */
  readonly columns?: number | undefined
  /** Lists every account, also those that are well. */
  readonly all: boolean
}

const COLUMNS: readonly Column[] = [
  { title: 'Account', align: 'left' },
  { title: 'State', align: 'left' },
  { title: 'Last good', align: 'left', dispensable: 2 },
  { title: 'Next', align: 'left', dispensable: 1 },
  { title: 'Exit code', align: 'right', ifAny: true },
  { title: 'Message', align: 'left', ifAny: true, atLeast: 20 },
]

/** Up to this number all accounts are listed, whether they are well or not. */
const FEW = 20

/** Returns the state of a fleet for people: a sentence, the workers, and a table of the accounts, those that want a look first. */
export function fleetText({ accounts, workers, census, message, now, columns, all }: FleetView): string {
  const isShown = (account: FleetAccount): boolean => all || accounts.length <= FEW || standingOf(account) !== 'well'
  const rank = (account: FleetAccount): number => STANDINGS.indexOf(standingOf(account))
  const shown = accounts.filter(isShown).toSorted((a, b) => rank(a) - rank(b))
  const hidden = accounts.length - shown.length
  const rows = shown.map((account) => rowOf(account, now))
  return pageOf(
    [
      message,
      workersText(workers),
      ...dueLines(workers, census),
      ...(rows.length === 0 ? [] : ['', ...tableLines(COLUMNS, rows, columns)]),
      ...stepLines(shown),
      ...(hidden === 0
        ? []
        : [
            '',
            `${formatCount(hidden, 'account')} that ${hidden === 1 ? 'is' : 'are'} well: smugmug-backup fleet status --all lists them.`,
          ]),
    ],
    columns,
  )
}

/** Returns the next command for each account that waits for a person. */
function stepLines(accounts: readonly FleetAccount[]): readonly string[] {
  const waiting = accounts.filter((account) => standingOf(account) === 'waiting')
  const more = waiting.length - FEW
  const lines = waiting.slice(0, FEW).map((account) => `${account.name} waits for a person. ${nextStep(account)}`)
  return lines.length === 0 ? [] : ['', ...lines, ...(more > 0 ? [`And ${more} more: they go on in the same way.`] : [])]
}

/** Says for how long accounts have waited, and the next step where every worker is busy. */
function dueLines(workers: readonly FleetWorker[], { dueForMs, counts }: Census): readonly string[] {
  if (dueForMs <= 60_000) return []
  const isFull = workers.length > 0 && counts.running >= placesOf(workers)
  const step = isFull ? ' Every worker is busy: start another one, or raise jobs.' : ''
  return [`The first of the accounts that are due has waited for ${formatDuration(dueForMs)}.${step}`]
}

const placesOf = (workers: readonly FleetWorker[]): number => workers.reduce((sum, { jobs }) => sum + jobs, 0)

function workersText(workers: readonly FleetWorker[]): string {
  if (workers.length === 0) return 'No worker runs: smugmug-backup fleet worker starts one.'
  const hosts = new Set(workers.map(({ host }) => host)).size
  return `${formatCount(workers.length, 'worker')} on ${formatCount(hosts, 'machine')}, for ${formatCount(placesOf(workers), 'account')} at once.`
}

function rowOf(account: FleetAccount, now: number): readonly string[] {
  const { name, state, nextAt, goodAt, exitCode, message = '', startedAt } = account
  const standing = standingOf(account)
  const isNamed = standing !== 'well' && standing !== 'new'
  const next =
    startedAt !== undefined ? `since ${formatMoment(startedAt)}` : state !== 'active' ? '' : nextAt <= now ? 'due' : formatMoment(nextAt)
  return [
    printable(name),
    standing,
    goodAt === undefined ? 'never' : formatMoment(goodAt),
    next,
    isNamed && exitCode !== undefined ? String(exitCode) : '',
    isNamed && standing !== 'running' ? printable(message) : '',
  ]
}
