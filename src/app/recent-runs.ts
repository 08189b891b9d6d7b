import { recentRuns } from '../operations/history/runs.ts'
import type { PastRun } from '../operations/outcome.ts'
import { heldBy } from '../vault/home/lock.ts'
import { hasCatalogue } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, stillThere, withVault } from './vault.ts'

/** The most runs that are read: some two a day over a year. */
const MOST_RUNS = 800

/** Returns the runs of the vault, newest first; none while there is no vault yet. Throws `DestinationError` when its disk is away. */
export const runRecentRuns = (request: Request): Promise<readonly PastRun[]> =>
  atDestination(request, async (place) => {
    if (!hasCatalogue(place.home)) {
      await stillThere(place, request)
      return []
    }
    return await withVault(place, { mode: 'read', operation: 'status' }, async ({ catalogue }) =>
      recentRuns(catalogue.runs, { limit: MOST_RUNS, usedBy: heldBy(place.home)?.operation }),
    )
  })
