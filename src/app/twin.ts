import { join } from 'node:path'
import { systemClock } from '../flow/clock.ts'
import type { Outcome } from '../operations/outcome.ts'
import { makeTwin } from '../operations/twin/twin.ts'
import { readPlaces } from '../twin/places.ts'
import { OURS } from '../vault/layout.ts'
import { Shown } from '../vault/shown.ts'
import { WrittenFiles } from '../vault/written-files.ts'
import { lazily, placesTable, twinAssets } from './installation.ts'
import { startPictures } from './pictures.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** Brings the twin in the vault up to date. */
export async function runTwin(request: Request): Promise<Outcome> {
  const { emit, signal } = request
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    await requireCatalogue(destination)
    return withVault(destination, { mode: 'write', operation: 'twin' }, async (vault) => {
      const shown = Shown.open(join(destination, OURS, 'shown.sqlite'))
      const files = new WrittenFiles(vault.storage, join(destination, OURS, 'twin.sqlite'))
      try {
        return await makeTwin({
          vault,
          shown,
          files,
          startPictures: () => startPictures(),
          placeOf: lazily(() => readPlaces(placesTable())),
          assets: twinAssets(),
          emit,
          signal,
          clock: systemClock,
        })
      } finally {
        files.close()
        shown.close()
      }
    })
  })
}
