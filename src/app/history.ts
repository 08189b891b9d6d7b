import { history } from '../operations/history/history.ts'
import type { RunHistory } from '../operations/history/past-run.ts'
import { heldBy } from '../vault/home/lock.ts'
import { momentOf } from './past.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** The number of runs that are listed when nothing else is asked for. */
const USUAL = 30

/**
 * Lists the runs of the vault, newest first: at most `limit` of them, 30 by default. `run` shows one in full: its number, or a day such as
 * `2026-11-26`, which means the last run up to its end. `item` shows the life of the item at a path.
 */
export async function runHistory(
  request: Request & { readonly run?: string; readonly limit?: number; readonly item?: string },
): Promise<RunHistory> {
  const { run, limit = USUAL, item } = request
  const when = run === undefined ? undefined : momentOf(run)
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    return withVault(place, { mode: 'read', operation: 'history' }, (vault) =>
      history({ vault, limit, when, item, usedBy: heldBy(place.home)?.operation }),
    )
  })
}
