import { formatCount, formatNumber } from '../../events.ts'
import { noTotals } from '../../model.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Moment, runOf } from '../past/when.ts'
import { fullRun } from './full-run.ts'
import { livesOf } from './item-life.ts'
import type { RunHistory } from './past-run.ts'
import { pastRun, recentRuns } from './runs.ts'

/** One look into the past of a vault. Give at most one of `when` and `item`. */
export interface HistoryJob {
  readonly vault: Vault
  /** The most runs to list. */
  readonly limit: number
  /** The one run to show in full. */
  readonly when?: Moment | undefined
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
    const row = runOf(vault, when)
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
