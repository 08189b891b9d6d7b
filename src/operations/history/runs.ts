import type { Totals } from '../../model.ts'
import type { RunRow } from '../../vault/catalogue/rows.ts'
import type { Runs } from '../../vault/catalogue/runs.ts'
import type { PastRun } from '../outcome.ts'
import { summaryOf } from '../read-report.ts'
import { isUnderWay } from '../under-way.ts'

/** The numbers of a run that tell of changes; a `rebuild` counts what it read, a `restore` what went to SmugMug, and the steps of a `leave` are runs of their own. */
const changesOf = (
  operation: string,
  totals: Totals | undefined,
): Pick<PastRun, 'came' | 'changed' | 'moved' | 'went' | 'failed' | 'bytes'> =>
  totals === undefined || ['rebuild', 'restore', 'leave'].includes(operation)
    ? { came: 0, changed: 0, moved: 0, went: 0, failed: 0, bytes: 0 }
    : {
        came: totals.stored + totals.adopted + totals.copied,
        changed: totals.replaced,
        moved: totals.moved,
        went: totals.vanished,
        failed: totals.failed,
        bytes: totals.bytes,
      }

/** Returns a run as it is noted in the catalogue. Without `finishedAt` it is under way if it is the last one, and `usedBy` is its operation, or one that it is a step of. */
export function pastRun(
  row: RunRow,
  { last, usedBy }: { readonly last: number | undefined; readonly usedBy: string | undefined },
): PastRun {
  const { id, operation, startedAt, finishedAt, exitCode } = row
  const summary = summaryOf(row)
  const isNow = id === last && isUnderWay(operation, usedBy)
  return {
    run: id,
    operation,
    startedAt,
    ...(finishedAt !== undefined && { finishedAt, durationMs: Math.max(0, finishedAt - startedAt) }),
    state: finishedAt !== undefined ? 'finished' : isNow ? 'under way' : 'unfinished',
    ...(exitCode !== undefined && { exitCode }),
    ...(summary?.message !== undefined && { message: summary.message }),
    ...(summary?.selection !== undefined && { selection: summary.selection }),
    ...changesOf(operation, summary?.totals),
    ...(summary?.path !== undefined && { report: summary.path }),
  }
}

/** Returns at most `limit` runs, newest first. `usedBy` is the operation that holds the vault now, if any does. */
export function recentRuns(
  runs: Runs,
  { limit, usedBy }: { readonly limit: number; readonly usedBy: string | undefined },
): readonly PastRun[] {
  const rows = runs.recent(limit)
  return rows.map((row) => pastRun(row, { last: rows[0]?.id, usedBy }))
}
