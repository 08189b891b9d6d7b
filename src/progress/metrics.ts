/**
 * The numbers of a run in the text format of Prometheus, version 0.0.4: only the few parts of it that we need.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Numbers } from './counters.ts'
import { shareOf } from './measure.ts'
import type { Vitals } from './vitals.ts'

/** The Content-Type by which a scraper recognises the format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** The values. A metric without any is unknown and left out. */
  readonly samples: readonly (readonly [value: number, labels?: Labels])[]
}

const counter = (name: string, help: string, ...samples: Metric['samples']): Metric => ({ name, type: 'counter', help, samples })

const gauge = (name: string, help: string, ...samples: Metric['samples']): Metric => ({ name, type: 'gauge', help, samples })

const known = (value: number | undefined): Metric['samples'] => (value === undefined ? [] : [[value]])

const seconds = (milliseconds: number | undefined): Metric['samples'] => known(milliseconds === undefined ? undefined : milliseconds / 1000)

const runMetrics = (run: Numbers): readonly Metric[] => [
  gauge('start_time_seconds', 'When the run began, in seconds since 1970.', [run.startedAt / 1000]),
  counter('received_bytes_total', 'Bytes of photos and videos received.', [run.bytes]),
  counter(
    'items_total',
    'Items dealt with, by what became of them.',
    ...Object.entries(run.outcomes).map(([outcome, count]) => [count, { outcome }] as const),
  ),
  gauge('items_expected', 'Items to be dealt with, as SmugMug counts them.', ...known(run.items.total)),
  counter('items_vanished_total', 'Items that are gone from the account since the last run.', [run.vanished]),
  counter('albums_total', 'Albums finished, or skipped because nothing changed.', [run.albums.done]),
  gauge('albums_expected', 'Albums of the account, or of what was selected of it.', ...known(run.albums.total)),
]

/** Returns the progress of the run, in the numbers of the terminal. */
const progressMetrics = ({ measure, remainingMs }: Numbers): readonly Metric[] => {
  const bytes = measure?.unit === 'bytes' ? measure : undefined
  return [
    gauge('work_done_bytes', 'Wanted bytes that are here, of files on their way too.', ...known(bytes?.done)),
    gauge(
      'work_expected_bytes',
      'All bytes that are wanted in this run, without those that were held before; a lower bound while sizes are unknown.',
      ...known(bytes?.total),
    ),
    gauge(
      'work_done_ratio',
      'The finished part of the run, from 0 to 1, by its bytes; absent while sizes are unknown.',
      ...known(measure === undefined ? undefined : shareOf(measure)),
    ),
    gauge('remaining_seconds', 'Estimated time until the end; absent while there is no estimate.', ...seconds(remainingMs)),
  ]
}

const trafficMetrics = (run: Numbers): readonly Metric[] => {
  const calls = run.calls.map((call) => ({ ...call, labels: { endpoint: call.endpoint, status: `${call.status ?? 'none'}` } }))
  return [
    counter(
      'requests_total',
      'Requests, by what was asked for and the HTTP status; "none" where no answer came.',
      ...calls.map(({ count, labels }) => [count, labels] as const),
    ),
    counter(
      'request_seconds_total',
      'Time until the answers to these requests began.',
      ...calls.map(({ durationMs, labels }) => [durationMs / 1000, labels] as const),
    ),
    counter('retries_total', 'Requests and files tried again.', [run.retries]),
    counter('retry_wait_seconds_total', 'Pauses before something was tried again, all together.', [run.retryWaitMs / 1000]),
    counter('waits_total', 'Times that a server let everybody wait.', [run.waits]),
    counter('wait_seconds_total', 'Time for which a server let everybody wait.', [run.waitedMs / 1000]),
    gauge('wait_remaining_seconds', 'How long everybody still has to wait.', [
      Math.max(0, ...run.waiting.map(({ untilMs }) => untilMs - run.at)) / 1000,
    ]),
    gauge('queued_items', 'Items listed whose bytes are wanted and that are not finished.', [run.wanted]),
    gauge('outages', 'Servers that do not answer at present, and are asked again.', [run.outages.length]),
    gauge('outage_seconds', 'For how long the oldest of these outages has lasted.', [
      Math.max(0, ...run.outages.map(({ since }) => run.at - since)) / 1000,
    ]),
    gauge('asked_files', 'Files asked for whose first byte has not come.', [run.asked]),
    gauge('transfers', 'Files on their way.', [run.underWay]),
    gauge(
      'requests_at_once_limit',
      'Requests that a host may be asked at once, of each kind: calls of the API, and files.',
      ...run.atOnce.map(({ host, kind, atOnce }) => [atOnce, { host, kind }] as const),
    ),
  ]
}

const programMetrics = ({ rss, heapUsed, external, delay }: Vitals): readonly Metric[] => [
  gauge('resident_memory_bytes', 'Memory of the program.', [rss]),
  gauge('heap_used_bytes', "Memory of it that JavaScript's objects take.", [heapUsed]),
  gauge('external_memory_bytes', 'Memory of it that buffers take.', [external]),
  gauge('event_loop_delay_mean_seconds', 'How late timers are, over the last quarter of a minute.', [delay.mean / 1000]),
  gauge('event_loop_delay_p99_seconds', 'How late all but one in a hundred timers are at most, over the same time.', [delay.p99 / 1000]),
  gauge('event_loop_delay_max_seconds', 'How late a timer has been at most since the run began.', [delay.max / 1000]),
]

const escaped = (text: string): string => text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

const labelText = (labels: Labels = {}): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const metricText = ({ name, type, help, samples }: Metric): string => {
  if (samples.length === 0) return ''
  const full = `smugmug_backup_${name}`
  const lines = samples.map(([value, labels]) => `${full}${labelText(labels)} ${value}\n`)
  return `# HELP ${full} ${escaped(help)}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

/** Returns all metrics as a scraper reads them. */
export const metricsText = (run: Numbers, vitals: Vitals): string =>
  [...runMetrics(run), ...progressMetrics(run), ...trafficMetrics(run), ...programMetrics(vitals)].map(metricText).join('')

/** The numbers of a vault that are known without a run. */
export interface VaultNumbers {
  readonly expected: number | undefined
  readonly held: number
  readonly originals: number
  /** The items that are not held, by reason. */
  readonly missing: Readonly<Record<string, number>>
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly lastRun: number | undefined
  readonly lastExitCode: number | undefined
  readonly lastFullyProven: number | undefined
  /** The further copies; `oldest` is the time at which the one most behind was up to date, unless one never was. */
  readonly copies?: { readonly count: number; readonly troubled: number; readonly oldest: number | undefined }
}

/** Returns the metrics of a vault and of this process as a scraper reads them. Without a vault, those of the process alone. */
export const vaultMetricsText = (vault: VaultNumbers | undefined, vitals: Vitals): string =>
  [...(vault === undefined ? [] : vaultMetrics(vault)), ...programMetrics(vitals)].map(metricText).join('')

/** The numbers of a worker of a fleet. */
export interface WorkerNumbers {
  readonly running: number
  readonly most: number
  /** The backups that have ended, by exit code; `signal` for those that a signal ended. */
  readonly ended: ReadonlyMap<string, number>
  readonly bytes: number
  readonly apiCalls: number
  readonly callsGiven: number
  readonly callsWaitedMs: number
  /** The last answer of the database, in milliseconds since 1970. */
  readonly heardAt: number
}

/** The numbers of a whole fleet. */
export interface FleetNumbers {
  readonly counts: Readonly<Record<string, number>>
  readonly dueForMs: number
}

/** Returns the metrics of a worker as a scraper reads them; without those of the fleet where its database is away. */
export const workerMetricsText = (worker: WorkerNumbers, fleet: FleetNumbers | undefined, vitals: Vitals): string =>
  [...workerMetrics(worker), ...(fleet === undefined ? [] : fleetMetrics(fleet)), ...programMetrics(vitals)].map(metricText).join('')

const workerMetrics = (worker: WorkerNumbers): readonly Metric[] => [
  gauge('worker_jobs', 'Accounts that this worker backs up now.', [worker.running]),
  gauge('worker_jobs_limit', 'Accounts that it backs up at once, at most.', [worker.most]),
  counter(
    'worker_ended_total',
    'Backups that have ended, by exit code; "signal" where a signal ended one.',
    ...[...worker.ended].map(([code, count]) => [count, { code }] as const),
  ),
  counter('worker_received_bytes_total', 'Bytes of photos and videos that they received.', [worker.bytes]),
  counter('worker_calls_total', 'Calls to the API that they made.', [worker.apiCalls]),
  counter('worker_calls_allowed_total', 'Calls that the shared allowance gave to this worker.', [worker.callsGiven]),
  counter('worker_calls_wait_seconds_total', 'Time that these calls had to wait, all together.', [worker.callsWaitedMs / 1000]),
  gauge('worker_database_time_seconds', 'When the database answered last, in seconds since 1970.', [worker.heardAt / 1000]),
]

const fleetMetrics = ({ counts, dueForMs }: FleetNumbers): readonly Metric[] => [
  gauge(
    'fleet_accounts',
    'Accounts of the whole fleet, by how they stand.',
    ...Object.entries(counts).map(([standing, count]) => [count, { standing }] as const),
  ),
  gauge('fleet_due_seconds', 'For how long the first of the accounts that are due has been.', [dueForMs / 1000]),
]

const vaultMetrics = (vault: VaultNumbers): readonly Metric[] => [
  gauge('vault_items_expected', 'Items that SmugMug counted at the last look at the whole account.', ...known(vault.expected)),
  gauge('vault_items_held', 'Items of them that are held.', [vault.held]),
  gauge('vault_originals', 'Items of them that are held as the untouched upload.', [vault.originals]),
  gauge(
    'vault_items_missing',
    'Items of them that are not held, by reason.',
    ...Object.entries(vault.missing).map(([reason, count]) => [count, { reason }] as const),
  ),
  gauge('vault_bytes', 'Bytes of all photos and videos in the vault.', [vault.bytes]),
  gauge('last_run_time_seconds', 'When the last backup began, in seconds since 1970.', ...seconds(vault.lastRun)),
  gauge('last_run_exit_code', 'Its exit code.', ...known(vault.lastExitCode)),
  gauge(
    'last_fully_proven_time_seconds',
    'When everything held had been read again, in seconds since 1970.',
    ...seconds(vault.lastFullyProven),
  ),
  gauge('copies', 'Further copies of the vault.', ...known(vault.copies?.count)),
  gauge('copies_troubled', 'Copies of them that are late, damaged or held by their brake.', ...known(vault.copies?.troubled)),
  gauge(
    'copies_current_time_seconds',
    'When the copy that is most behind was last up to date, in seconds since 1970.',
    ...seconds(vault.copies?.oldest),
  ),
]
