import { rmSync } from 'node:fs'
import { AppError, ConfigurationError } from '../errors.ts'
import type { Event } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { notedIfChanged } from '../operations/noted.ts'
import type { Outcome } from '../operations/outcome.ts'
import { removeTwin } from '../operations/twin/remove.ts'
import { type FetchStill, stillsOf } from '../operations/twin/stills.ts'
import { makeTwin, type TwinOutcome } from '../operations/twin/twin.ts'
import { readPlaces } from '../twin/places.ts'
import { DamagedDatabaseError } from '../vault/catalogue/guarded.ts'
import { inHome } from '../vault/home/home.ts'
import { Shown } from '../vault/shown.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { removeDatabase } from '../vault/twin-database.ts'
import { inTheWayOfTwin } from '../vault/twin-folder.ts'
import type { Vault } from '../vault/vault.ts'
import { WrittenFiles } from '../vault/written-files.ts'
import { withAccount } from './account.ts'
import { inFolderElsewhere } from './folder-elsewhere.ts'
import { lazily, placesTable, twinAssets } from './installation.ts'
import { startPictures } from './pictures.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A twin to bring up to date, or to take away. */
export interface TwinRequest extends Request {
  /** The absolute path of a folder elsewhere. Absent: the twin lies in the vault. */
  readonly folder?: string
  readonly remove?: boolean
}

/** Brings the twin in the vault, or one in a folder elsewhere, up to date, or removes it. */
export async function runTwin(request: TwinRequest): Promise<Outcome> {
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    if (request.remove !== true) await checkTwin(place, request)
    return withVault(place, { mode: 'write', operation: 'twin' }, (vault) =>
      withStills(request, (stills) =>
        request.folder === undefined
          ? notedIfChanged({ operation: 'twin', catalogue: vault.catalogue, clock: systemClock, given: {} }, () =>
              request.remove === true ? removeFrom(vault, request) : twinInto(vault, request, stills),
            )
          : twinElsewhere(vault, { ...request, folder: request.folder }, stills),
      ),
    )
  })
}

/** A twin shows what is in the files: in a sealed vault it would be sealed, too, and elsewhere it needs a private key. */
async function checkTwin(place: Place, { folder }: TwinRequest): Promise<void> {
  if (folder !== undefined) return await requireKey(place)
  if (place.keys === undefined) return
  throw new ConfigurationError(`The vault ${place.location} is sealed: a twin in it could not be looked at.`, {
    hint: 'Make one elsewhere: smugmug-backup twin --output FOLDER',
  })
}

/** Brings the twin up to date in a vault that is open for writing. */
const twinInto = (vault: Vault, request: Request, stills: FetchStill | undefined): Promise<TwinOutcome> =>
  withMemory(vault, async (files) => {
    const inTheWay = inTheWayOfTwin(vault.storage)
    if (inTheWay !== undefined) return blocked(inTheWay, request)
    const shown = Shown.open(inHome(vault.home, 'shown'))
    try {
      return await makeTwin({ ...partsOf(request, stills), vault, shown, files, target: vault.storage })
    } finally {
      shown.close()
    }
  })

/** Returns the parts of a twin that do not depend on where it lies. */
const partsOf = ({ emit, signal }: Request, stills: FetchStill | undefined) => ({
  startPictures: () => startPictures(),
  ...(stills !== undefined && { stills }),
  placeOf: lazily(() => readPlaces(placesTable())),
  assets: twinAssets(),
  ...{ emit, signal, clock: systemClock },
})

/** Brings a twin in a folder elsewhere up to date, or removes it. */
async function twinElsewhere(
  vault: Vault,
  request: TwinRequest & { readonly folder: string },
  stills: FetchStill | undefined,
): Promise<Outcome> {
  const { folder, remove, emit, signal } = request
  const none = { exitCode: 0, message: `There is no twin in ${folder}.`, totals: noTotals, problems: [] } as const
  const outcome = await inFolderElsewhere({ kind: 'whole', folder, vault }, remove === true, async (place) => {
    if (remove === true) return await removeTwin({ ...place, emit, signal, clock: systemClock })
    const inTheWay = inTheWayOfTwin(place.target)
    if (inTheWay !== undefined) return blocked(inTheWay, request)
    const lender = WrittenFiles.look(vault)
    try {
      return await makeTwin({ ...partsOf(request, stills), ...place, vault, ...(lender !== undefined && { lender }) })
    } finally {
      lender?.close()
    }
  })
  return outcome ?? none
}

/** Hands `use` a function that fetches the stills of videos; none if nobody is signed in. A twin asks twice for a still at most. */
async function withStills<T>(request: TwinRequest, use: (stills: FetchStill | undefined) => Promise<T>): Promise<T> {
  const { apiKey, apiSecret, userToken, userSecret } = request.settings
  const isSignedIn = [apiKey, apiSecret, userToken, userSecret].every((value) => value !== undefined)
  if (!isSignedIn || request.remove === true) return await use(undefined)
  const maxRetries = Math.min(1, request.settings.maxRetries)
  return await withAccount({ ...request, settings: { ...request.settings, maxRetries } }, (account) => use(stillsOf(account)))
}

/** Brings the twin up to date in a vault that is open for writing, as a step of another operation. */
export const updateTwin = (vault: Vault, request: Request): Promise<TwinOutcome> =>
  withStills(request, (stills) => twinInto(vault, request, stills))

/**
 * Brings the twin up to date after a backup, if the settings say it. The backup is whole without it: trouble becomes one warning. A backup
 * that was interrupted or stopped changes nothing of it.
 */
export async function keepTwin(vault: Vault, request: Request, exitCode: number): Promise<void> {
  const { settings, emit, signal } = request
  if (!settings.twin || vault.mode !== 'write' || signal.aborted || (exitCode !== 0 && exitCode !== 3)) return
  const warn = (message: string): void => emit({ event: 'warning', message: `The twin is not up to date: ${message}` })
  const quiet = (event: Event): void => {
    if (event.event !== 'problem') emit(event)
  }
  try {
    const { problems } = await updateTwin(vault, { ...request, emit: quiet })
    const [first] = problems
    if (first !== undefined) warn(`${first.name ?? first.album}: ${first.reason}.`)
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof AppError || error instanceof StorageError)) throw error
    warn(error.message)
  }
}

function blocked(name: string, { emit }: Request): TwinOutcome {
  const problem = {
    kind: 'failed',
    name,
    reason: 'something that is no folder stands in the place of a folder of the twin: move it away',
    needsYou: true,
  } as const
  emit({ event: 'problem', problem })
  return {
    exitCode: 3,
    message: `The twin could not be made: ${name} is no folder.`,
    totals: noTotals,
    problems: [problem],
    written: 0,
    isBlocked: true,
  }
}

/** Removes the twin from a vault, and what it remembers. A file that the disk keeps stays in the memory, for the next try. */
async function removeFrom(vault: Vault, { emit, signal }: Request): Promise<TwinOutcome> {
  const outcome = await withMemory(vault, (files) => removeTwin({ target: vault.storage, files, emit, signal, clock: systemClock }))
  if (outcome.exitCode === 0) {
    for (const name of ['twinNote', 'shown'] as const) removeDatabase(inHome(vault.home, name))
    rmSync(inHome(vault.home, 'twinThumbs'), { recursive: true, force: true })
  }
  return outcome
}

/** Opens the memory of the twin. A database that turns out to be damaged is removed, and everything is done once more without it. */
async function withMemory(vault: Vault, use: (files: WrittenFiles) => Promise<TwinOutcome>): Promise<TwinOutcome> {
  const memory = inHome(vault.home, 'twinNote')
  const attempt = async (): Promise<TwinOutcome> => {
    const files = WrittenFiles.open(vault.storage, memory)
    try {
      return await use(files)
    } finally {
      files.close()
    }
  }
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof DamagedDatabaseError) || ![memory, inHome(vault.home, 'shown')].includes(error.path)) throw error
    removeDatabase(error.path)
    return await attempt()
  }
}
