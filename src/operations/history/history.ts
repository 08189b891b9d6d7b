import { ConfigurationError } from '../../errors.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { noTotals } from '../../model.ts'
import type { RunRow } from '../../vault/catalogue/rows.ts'
import type { Vault } from '../../vault/vault.ts'
import { fullRun } from './full-run.ts'
import { livesOf } from './item-life.ts'
import type { RunHistory } from './past-run.ts'
import { pastRun, recentRuns } from './runs.ts'

/** One look into the past of a vault. Give at most one of `when` and `item`. */
export interface HistoryJob {
  readonly vault: Vault
  /** The most runs to list. */
  readonly limit: number
  /** The one run to show in full: its number, or the last one before a time in milliseconds since 1970, the end of `day`. */
  readonly when?: { readonly run: number } | { readonly before: number; readonly day: string } | undefined
  /** The path of an item, in the vault or at SmugMug. */
  readonly item?: string | undefined
  /** The operation that holds the vault now, if any does. */
  readonly usedBy?: string | undefined
}

/** Lists the runs of a vault, or shows one of them or the life of an item. Only reads. Throws `ConfigurationError` for an unknown run or item. */
export async function history(job: HistoryJob): Promise<RunHistory> {
  const { vault, limit, when, item, usedBy } = job
  const { runs } = vault.catalogue
  const runsInAll = runs.count()
  const end = { exitCode: 0, totals: noTotals, problems: [], runsInAll } as const
  if (item !== undefined) {
    const items = await livesOf(vault, item)
    return { ...end, message: `${formatCount(items.length, 'item')} found for ${item}.`, runs: [], items }
  }
  if (when !== undefined) {
    const row = ('run' in when ? runs.get(when.run) : runs.before(when.before)) ?? unknownRun(job, when)
    const run = pastRun(row, { last: runs.last()?.id, usedBy })
    const { full, problems } = await fullRun(vault, row, run)
    return { ...end, message: `Run ${row.id} of ${formatNumber(runsInAll)}.`, problems, runs: [run], full }
  }
  const shown = recentRuns(runs, { limit, usedBy })
  return { ...end, message: countText(shown.length, runsInAll), runs: shown }
}

const countText = (shown: number, all: number): string => {
  if (all === 0) return 'No run has been noted here yet.'
  return shown === all ? `${formatCount(all, 'run')}.` : `The last ${formatNumber(shown)} of ${formatCount(all, 'run')}.`
}

function unknownRun({ vault }: HistoryJob, when: NonNullable<HistoryJob['when']>): RunRow {
  const last = vault.catalogue.runs.last()
  const hint = 'Run `smugmug-backup history --all`: it lists every run with its number.'
  if (last === undefined)
    throw new ConfigurationError('No run has been noted here yet.', { hint: 'Run `smugmug-backup` to make a backup.' })
  if ('day' in when) throw new ConfigurationError(`There was no run up to ${when.day}.`, { hint })
  throw new ConfigurationError(`There is no run ${when.run}; the last one is ${last.id}.`, { hint })
}
