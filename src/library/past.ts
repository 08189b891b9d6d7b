import { runCheckout, runDiff, runHistory, runPrune } from '../app/app.ts'
import { text, wholeNumber, yesNo } from '../config/kinds.ts'
import type { RunHistory } from '../operations/history/past-run.ts'
import type { Outcome } from '../operations/outcome.ts'
import type { DiffOutcome, PruneOutcome } from '../operations/past/outcome.ts'
import type { OperationOptions } from './common.ts'
import { folderPath } from './kinds.ts'
import { optionsOf, readOptions } from './options.ts'
import { COMMON, interrupted, running, settingsIn } from './running.ts'

/** Options of a look into the past of a vault; at most one of them. */
export interface HistoryOptions extends OperationOptions {
  /** The run to show in full: its number, or a day such as `'2026-11-26'`, which means the last run up to its end. */
  readonly run?: string | number | undefined
  /** The most runs to list; 30 by default. */
  readonly limit?: number | undefined
  /** The path of the item whose life is shown, in the vault or at SmugMug. */
  readonly item?: string | undefined
}

const HISTORY = { run: text, limit: wholeNumber(1, 1_000_000_000), item: text } as const

/** Lists the runs of the vault, newest first, or shows one in full or the life of an item, without asking SmugMug. */
export async function history(options: HistoryOptions): Promise<RunHistory> {
  const given = optionsOf(options, 'history', [...COMMON, ...Object.keys(HISTORY)])
  const how = readOptions(given, HISTORY)
  return await running({ settings: settingsIn(given), given }, (request) => {
    request.signal.throwIfAborted()
    return runHistory({ ...request, ...how })
  })
}

/** Options of a comparison. */
export interface DiffOptions extends OperationOptions {
  /** A run's number, or a day such as `2026-11-26`. */
  readonly since: string
  /** The same; absent: the present. */
  readonly until?: string | undefined
}

const DIFF = { since: text, until: text } as const

/** Finds what differs between two moments of the vault. */
export async function diff(options: DiffOptions): Promise<DiffOutcome> {
  const given = optionsOf(options, 'diff', [...COMMON, ...Object.keys(DIFF)])
  const { since = '', ...more } = readOptions({ ...given, since: given.since ?? null }, DIFF)
  const stopped = (): DiffOutcome => ({ ...interrupted(), differences: [] })
  return await running({ settings: settingsIn(given), given }, (request) => runDiff({ ...request, ...more, since }), stopped)
}

/** Options of a checkout. */
export interface CheckoutOptions extends OperationOptions {
  /** A run's number, or a day such as `2026-11-26`. */
  readonly when: string
  /** The folder: new or empty, outside of every vault. */
  readonly output: string
  /** The path of the one photo or video that is wanted. */
  readonly item?: string | undefined
  /** Gives files a second name in place of a copy. */
  readonly link?: boolean | undefined
}

const CHECKOUT = { when: text, output: folderPath, item: text, link: yesNo } as const

/** Writes the account as it was into a folder. */
export async function checkout(options: CheckoutOptions): Promise<Outcome> {
  const given = optionsOf(options, 'checkout', [...COMMON, ...Object.keys(CHECKOUT)])
  const { when = '', output = '', ...how } = readOptions({ ...given, when: given.when ?? null, output: given.output ?? null }, CHECKOUT)
  return await running(
    { settings: settingsIn(given), given },
    (request) => runCheckout({ ...request, ...how, when, folder: output }),
    interrupted,
  )
}

/** Options of a prune. */
export interface PruneOptions extends OperationOptions {
  /** Says what would be forgotten and removed, and why, and changes nothing. */
  readonly dryRun?: boolean | undefined
}

const PRUNE = { dryRun: yesNo } as const

/** Forgets versions, and removes old files of the trash and the history, as the settings say. */
export async function prune(options: PruneOptions): Promise<PruneOutcome> {
  const given = optionsOf(options, 'prune', [...COMMON, ...Object.keys(PRUNE)])
  const { dryRun = false } = readOptions(given, PRUNE)
  const stopped = (): PruneOutcome => ({ ...interrupted(), versions: [], forgotten: [], places: [], dryRun })
  return await running({ settings: settingsIn(given), given }, (request) => runPrune({ ...request, dryRun }), stopped)
}
