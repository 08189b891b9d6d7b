import { AppError } from '../errors.ts'
import type { Event } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import type { Outcome } from '../operations/outcome.ts'
import { makePublicTwin, removePublicTwin } from '../operations/twin/public/twin.ts'
import { readPlaces } from '../twin/places.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { inFolderElsewhere } from './folder-elsewhere.ts'
import { lazily, placesTable, twinAssets } from './installation.ts'
import { startPictures } from './pictures.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A public twin in a folder of its own, to bring up to date or to take away. */
export interface PublicTwinRequest extends Request {
  /** The absolute path of the folder. */
  readonly folder: string
  readonly remove?: boolean
}

/** Brings a public twin up to date, or removes it. */
export async function runPublicTwin(request: PublicTwinRequest): Promise<Outcome> {
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    if (request.remove !== true) await requireKey(place)
    return withVault(place, { mode: 'write', operation: 'twin' }, (vault) => publicTwinOf(vault, request))
  })
}

/**
 * Keeps the public twin of the settings up to date after a backup. The backup is whole without it: trouble becomes one warning. A backup
 * that was interrupted or stopped changes nothing there.
 */
export async function keepPublicTwin(vault: Vault, request: Request, exitCode: number): Promise<void> {
  const { settings, emit, signal } = request
  const folder = settings.publicTwin
  if (folder === undefined || vault.mode !== 'write' || signal.aborted || (exitCode !== 0 && exitCode !== 3)) return
  const warn = (message: string): void => emit({ event: 'warning', message: `The public twin is not up to date: ${message}` })
  const quiet = (event: Event): void => {
    if (event.event !== 'problem') emit(event)
  }
  try {
    const outcome = await publicTwinOf(vault, { ...request, emit: quiet, folder })
    if (outcome.exitCode !== 0) warn(outcome.message)
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof AppError || error instanceof StorageError)) throw error
    warn(error.message)
  }
}

async function publicTwinOf(vault: Vault, { folder, remove, emit, signal }: PublicTwinRequest): Promise<Outcome> {
  const none = { exitCode: 0, message: `There is no public twin in ${folder}.`, totals: noTotals, problems: [] } as const
  return (
    (await inFolderElsewhere({ kind: 'public', folder, vault }, remove === true, (place) => {
      const job = {
        ...{ vault, ...place, emit, signal, clock: systemClock },
        startPictures: () => startPictures(),
        placeOf: lazily(() => readPlaces(placesTable())),
        assets: remove === true ? [] : twinAssets(),
      }
      return remove === true ? removePublicTwin(job) : makePublicTwin(job)
    })) ?? none
  )
}
