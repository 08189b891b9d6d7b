import { pastRun } from '../operations/history/runs.ts'
import type { PastRun } from '../operations/outcome.ts'
import { type RunSummary, summaryOf } from '../operations/read-report.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import { heldBy } from '../vault/home/lock.ts'
import { hasCatalogue } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, stillThere, withVault } from './vault.ts'

/** A run, as the service judges it. */
export interface RecentRun extends PastRun {
  /** The items that a run which ended with 3 found held. */
  readonly kept?: number
  /** The damage that a verification found which ended with 3. */
  readonly damage?: Damage
}

/** The damage that a verification found. */
export interface Damage {
  /** Did the verification before it lack some of it? All else has outlasted a backup. */
  readonly isNew: boolean
  /** Is some of it in files of the vault's own: records, checksum files, the past? The counts of the vault know nothing of those. */
  readonly isOwn: boolean
}

/** The most runs that are read: some two a day over a year. */
const MOST_RUNS = 800

/** Returns the runs of the vault, newest first; none while there is no vault yet. Throws `DestinationError` when its disk is away. */
export const runRecentRuns = (request: Request): Promise<readonly RecentRun[]> =>
  atDestination(request, async (place) => {
    if (!hasCatalogue(place.home)) {
      await stillThere(place, request)
      return []
    }
    return await withVault(place, { mode: 'read', operation: 'status' }, async ({ catalogue }) =>
      judged(catalogue.runs.recent(MOST_RUNS), heldBy(place.home)?.operation),
    )
  })

/** Judges runs, newest first. `usedBy` is the operation that holds the vault now, if any does. */
function judged(rows: readonly RunRow[], usedBy: string | undefined): readonly RecentRun[] {
  const last = rows[0]?.id
  let found: ReadonlySet<string> = new Set()
  // From the oldest one on: each verification is compared with the one before it.
  return rows
    .toReversed()
    .map((row): RecentRun => {
      const run = pastRun(row, { last, usedBy })
      const isVerify = run.operation === 'verify'
      if (isVerify && run.exitCode === 0) found = new Set()
      const summary = run.exitCode === 3 ? summaryOf(row) : undefined
      if (summary === undefined) return run
      const { kept } = summary.totals
      if (!isVerify) return { ...run, kept }
      const damage = damageIn(summary)
      const before = found
      found = new Set(damage.map(({ kind, name, imageKey }) => JSON.stringify([kind, name, imageKey])))
      const isOwn = damage.some(({ imageKey }) => imageKey === undefined)
      return { ...run, kept, damage: { isNew: [...found].some((each) => !before.has(each)), isOwn } }
    })
    .toReversed()
}

const damageIn = ({ problems }: RunSummary): RunSummary['problems'] =>
  problems.filter(({ kind }) => kind === 'missing' || kind === 'damaged')
