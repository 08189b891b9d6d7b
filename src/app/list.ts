import { systemClock } from '../flow/clock.ts'
import { listAccount } from '../operations/list.ts'
import type { AccountList } from '../operations/outcome.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { withAccount } from './account.ts'
import { checkPlace, isThere, placeOf } from './place.ts'
import { type Request, selectionOf } from './request.ts'
import { refuseLost, stillThere, withDisk, withVault } from './vault.ts'

/** Returns the album tree with counts and bytes, and the part of it that is held. */
export const runList = (request: Request): Promise<AccountList> =>
  withAccount(request, async (account) => {
    const { emit, signal, settings } = request
    const job = { account, emit, signal, clock: systemClock, selection: selectionOf(settings) }
    const { destination } = settings
    if (destination === undefined) return listAccount(job)
    const place = placeOf(destination, request)
    return withDisk(place, async () => {
      if (hasCatalogue(place.home))
        return withVault(place, { mode: 'read', operation: 'list' }, ({ catalogue, storage }) =>
          listAccount({ ...job, catalogue, storage }),
        )
      // A list of what a backup would hold needs no folder yet.
      if (place.kind === 'folder' && isThere(place)) await checkPlace(place)
      await stillThere(place, request)
      await refuseLost(place)
      return listAccount(job)
    })
  })
