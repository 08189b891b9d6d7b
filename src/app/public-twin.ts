import { systemClock } from '../flow/clock.ts'
import type { Outcome } from '../operations/outcome.ts'
import { makePublicTwin, removePublicTwin } from '../operations/twin/public/twin.ts'
import { readPlaces } from '../twin/places.ts'
import { publicFolder } from '../vault/public-folder.ts'
import { Shown } from '../vault/shown.ts'
import { openFolder } from '../vault/storage/folder.ts'
import type { Vault } from '../vault/vault.ts'
import { WrittenFiles } from '../vault/written-files.ts'
import { lazily, placesTable, twinAssets } from './installation.ts'
import { startPictures } from './pictures.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A public twin in a folder of its own, to bring up to date or to take away. */
export interface PublicTwinRequest extends Request {
  /** The absolute path of the folder. */
  readonly folder: string
  readonly remove?: boolean
}

/** Brings a public twin up to date, or removes it. */
export async function runPublicTwin(request: PublicTwinRequest): Promise<Outcome> {
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    await requireCatalogue(destination)
    return withVault(destination, { mode: 'write', operation: 'twin' }, (vault) => publicTwinOf(vault, request))
  })
}

async function publicTwinOf(vault: Vault, { folder, remove, emit, signal }: PublicTwinRequest): Promise<Outcome> {
  const place = publicFolder(folder, vault.root)
  const target = openFolder(folder)
  const shown = Shown.open(place.shown)
  const files = new WrittenFiles(target, place.written)
  const job = {
    ...{ vault, shown, files, target, emit, signal, clock: systemClock },
    startPictures: () => startPictures(),
    placeOf: lazily(() => readPlaces(placesTable())),
    assets: remove === true ? [] : twinAssets(),
  }
  let outcome: Outcome
  try {
    if (place.isNew) place.mark()
    outcome = await (remove === true ? removePublicTwin(job) : makePublicTwin(job))
  } finally {
    files.close()
    shown.close()
    await target.close()
  }
  if (remove === true && outcome.exitCode === 0) place.forget()
  return outcome
}
