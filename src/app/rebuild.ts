import { systemClock } from '../flow/clock.ts'
import { learnSealed } from '../operations/learn-sealed.ts'
import type { Outcome } from '../operations/outcome.ts'
import { rebuild } from '../operations/rebuild.ts'
import { remakeCatalogue } from '../vault/catalogue/remake.ts'
import { inHome } from '../vault/home/home.ts'
import type { Hold } from './hold.ts'
import { openStorage, type Place } from './place.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { atDestination, holdAll, stillThere } from './vault.ts'

/** Makes a new catalogue from the vault itself, and keeps the old one beside it. */
export async function runRebuild(request: Request): Promise<Outcome> {
  return await atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireKey(place)
    const hold = await holdAll(place, 'rebuild')
    try {
      return await rebuildIn(place, hold, request)
    } finally {
      await hold.release()
    }
  })
}

async function rebuildIn(place: Place, hold: Hold, { emit, signal }: Request): Promise<Outcome> {
  const storage = await openStorage(place, hold)
  try {
    return await remakeCatalogue(inHome(place.home, 'catalogue'), async (catalogue) => {
      const outcome = await rebuild({ storage, catalogue, emit, signal, clock: systemClock })
      await learnSealed({ storage, catalogue, emit, signal })
      return outcome
    })
  } finally {
    await storage.close()
  }
}
