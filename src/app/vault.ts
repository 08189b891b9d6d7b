import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { isBucketAddress } from '../config/bucket-address.ts'
import { requireKeys } from '../config/required.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { learnSealed } from '../operations/learn-sealed.ts'
import { hasRecords } from '../operations/record-folders.ts'
import type { VaultPlace } from '../vault/home/home.ts'
import { checkStillThere, marksPath, remember } from '../vault/home/mark.ts'
import type { OwnEntries } from '../vault/own-entries.ts'
import { openForeignFolder } from '../vault/storage/folder.ts'
import { pretend } from '../vault/storage/pretend.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { describe, isSystemError } from '../vault/system-error.ts'
import { hasCatalogue, holdVault, openVault, type Vault, type VaultMode } from '../vault/vault.ts'
import { catchUp, withCopy } from './catalogue-copy.ts'
import { type Hold, holdPlace } from './hold.ts'
import { type Around, checkPlace, isThere, makeHome, openBase, openStorage, type Place, placeOf } from './place.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { nameIn } from './sealing.ts'

/** The way in which a vault is opened, and the operation that does it. */
interface Opening {
  readonly mode: VaultMode
  readonly operation: string
}

/**
 * Opens the vault of a destination. Mode `write` locks it until it is closed. Throws `DestinationError` when it cannot be used,
 * `VaultBusyError` when another run holds it.
 */
export const openVaultAt = (destination: string, options: Opening, around: Around = {}): Promise<Vault> =>
  openVaultIn(placeOf(destination, around), options)

/** Opens the vault of a place. See: `openVaultAt` */
export async function openVaultIn(place: Place, options: Opening): Promise<Vault> {
  // The lease asks the bucket anyway.
  if (place.kind === 'folder' || options.mode !== 'write') await checkPlace(place)
  if (options.mode !== 'write') {
    const real = await openStorage(place)
    const storage = options.mode === 'pretend' ? pretend(real) : real
    const vault = await openVault({ ...place, mode: options.mode, storage, clock: systemClock, holder: holder(options.operation) })
    return options.mode === 'pretend' ? await withSealNotes(place, vault) : vault
  }
  const hold = await holdAll(place, options.operation)
  try {
    const storage = await openStorage(place, hold)
    const taken = await catchUp(place, storage)
    const vault = await openVault({ ...place, mode: 'write', storage, clock: systemClock, holder: holder(options.operation), lock: hold })
    const ready = await withSealNotes(place, vault)
    return place.kind === 'bucket' ? withCopy(ready, taken) : ready
  } catch (error) {
    await hold.release()
    throw error
  }
}

/**
 * Returns the vault. If this machine has lost its notes of the sealed files, they are made anew first: without them every file would be called
 * damaged, and fetched again. Throws `ConfigurationError` if no private key is at hand for that.
 */
async function withSealNotes(place: Place, vault: Vault): Promise<Vault> {
  const { storage, catalogue, mode } = vault
  if (storage.seal?.knowsNothing() !== true) return vault
  try {
    for await (const _file of catalogue.eachFile()) {
      await requireKey(place)
      if (mode === 'write') await learnSealed({ storage, catalogue, emit: () => undefined, signal: new AbortController().signal })
      break
    }
    return vault
  } catch (error) {
    await vault.close()
    throw error
  }
}

/** Takes the lock of this computer, then the right that all computers see: nothing is changed before. */
export async function holdAll(place: Place, operation: string): Promise<Hold> {
  await makeHome(place)
  const lock = await holdVault(place, holder(operation))
  try {
    const hold = await holdPlace(place, holder(operation))
    return { ...hold, release: () => hold.release().finally(() => lock.release()) }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Opens the vault, hands it to `use`, and closes it when `use` ends or fails. */
export async function withVault<T>(place: Place, options: Opening, use: (vault: Vault) => Promise<T>): Promise<T> {
  return await withDisk(place, async () => {
    if (options.mode === 'read') await refuseLost(place)
    const vault = await openVaultIn(place, options)
    try {
      return await use(vault)
    } finally {
      await vault.close()
    }
  })
}

/**
 * Runs `use`, which works on the disk of a vault. Trouble with one file should have become a value before it gets here. If it did not,
 * it is still the disk's trouble and no bug: throws `DestinationError`.
 */
export async function withDisk<T>(
  { folders, location = '' }: Pick<VaultPlace, 'folders'> & { readonly location?: string },
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof StorageError) && !isOfTheDisk(error, folders)) throw error
    throw new DestinationError(`It could not be finished, because of a file: ${error.message}.`, {
      hint:
        error instanceof StorageError && isBucketAddress(location)
          ? 'Check [s3] and the permissions of its access key, then run it again.'
          : 'Check the disk and the permissions, then run it again.',
      cause: error,
    })
  }
}

/**
 * Runs `use`, which works in a folder that a person named, such as that of a handover. Throws `DestinationError` where its disk refused something that
 * nothing else has put into words.
 */
export async function inNamedFolder<T>(folder: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!isOfTheDisk(error, [folder])) throw error
    throw new DestinationError(`It could not be finished: the folder ${folder} cannot be used any more: ${describe(error)}.`, {
      hint: 'Check its disk and its permissions, then run it again.',
      cause: error,
    })
  }
}

/** Calls that only open files have. Their errors name no path. */
const OF_OPEN_FILES = new Set(['fstat', 'fsync', 'fdatasync', 'ftruncate', 'futime', 'fchmod'])

/** Returns true if the system refused a path in these folders, or a call on an open file. A file that is not open is a bug. */
const isOfTheDisk = (error: unknown, folders: readonly string[]): error is Error =>
  isSystemError(error) &&
  ('path' in error
    ? folders.some((each) => `${error.path}/`.startsWith(`${resolve(each)}/`))
    : OF_OPEN_FILES.has(error.syscall) && error.code !== 'EBADF')

/**
 * Runs `use` on the destination once it is known to be there. Throws `ConfigurationError` if none is set,
 * `DestinationError` if it is missing or refuses something on the way. See: `withDisk`
 */
export async function atDestination<T>(request: Pick<Request, 'settings' | 'env' | 'keys'>, use: (place: Place) => Promise<T>): Promise<T> {
  const { settings } = request
  const { destination } = requireKeys(settings, ['destination'])
  const place = placeOf(destination, request)
  if (place.keys !== undefined && settings.twin) {
    throw new ConfigurationError(`The vault ${place.location} is sealed: a twin in it could not be looked at.`, {
      hint: 'Take `twin = true` out of [store], and make one elsewhere: smugmug-backup twin --output FOLDER',
    })
  }
  await checkPlace(place)
  return await withDisk(place, () => use(place))
}

/**
 * Makes sure that the vault is still there: a disk that is not mounted must not be mistaken for an empty one. Throws `DestinationError`, whose hint
 * names the `command` that would begin a new vault there.
 */
export async function stillThere(place: Place, request: Request, command = 'the backup'): Promise<void> {
  if (place.kind === 'bucket' || place.keys !== undefined) return await checkNotEmptied(place, command)
  const marks = marksPath(request.env ?? {})
  if (marks !== undefined) await checkStillThere(marks, place.folder, command)
}

/** Throws `DestinationError` if a place holds nothing of a vault whose state is on this computer. */
async function checkNotEmptied(place: Place, command: string): Promise<void> {
  if (!hasCatalogue(place.home)) return
  // As it lies there: of a first run that was killed there may be no more than the mark of a sealed vault.
  const storage = await openBase(place)
  try {
    if ((await nameIn(storage)) !== undefined) return
  } finally {
    await storage.close()
  }
  // A first run that stored nothing left its state here. A sealed vault has its mark before any state.
  if (place.keys === undefined && (await holdsNothing(place))) return
  throw new DestinationError(`The destination ${place.location} is empty, but it held a vault: its state is in ${place.home}.`, {
    hint: `${place.kind === 'bucket' ? 'Check the name of the bucket and its prefix.' : 'Check that its disk is mounted.'} To begin a new vault there on purpose, run ${command} once with --accept-changes.`,
  })
}

/** Was nothing ever stored here? A vault without a photo in an album may still have them in its trash: its records show that it is one. */
const holdsNothing = async (place: Place): Promise<boolean> =>
  await withVault(
    place,
    { mode: 'read', operation: 'look' },
    async ({ catalogue }) => catalogue.records.isEmpty() && (await catalogue.counts.holdings()).held === 0,
  )

/** Returns true if the place holds records of a vault; its catalogue may be gone. */
export async function anyRecords(place: Place): Promise<boolean> {
  const storage = await openStorage(place)
  try {
    return await hasRecords(storage)
  } finally {
    await storage.close()
  }
}

/** Throws `DestinationError` if a vault has records but no catalogue: a count of nothing would be untrue. */
export async function refuseLost(place: Place): Promise<void> {
  if (hasCatalogue(place.home) || !isThere(place) || !(await anyRecords(place))) return
  throw new DestinationError(`There is no catalogue of a vault in ${place.location}.`, {
    hint:
      place.kind === 'bucket'
        ? 'Run a backup: it goes on from the copy of the catalogue that lies in the bucket. Or run `smugmug-backup rebuild`, which makes the catalogue anew from the vault itself.'
        : 'Run `smugmug-backup rebuild`: it makes the catalogue anew from the vault itself.',
  })
}

/** Throws `DestinationError` if there is no vault to look at. */
export async function requireCatalogue(place: Place): Promise<void> {
  await refuseLost(place)
  if (hasCatalogue(place.home)) return
  throw new DestinationError(`There is no catalogue of a vault in ${place.location}.`, { hint: 'Run a backup first.' })
}

/** Notes that there is a vault here, for `stillThere`. A failure is shown only with `--verbose`. */
export async function rememberVault(marks: string, vault: Vault, emit: Emit): Promise<void> {
  if (vault.storage.pathOf === undefined) return
  const { albums, items } = await vault.catalogue.counts.holdings()
  const account = vault.catalogue.meta('account')
  const mark = { id: vault.id, albums, items, at: systemClock.now(), ...(account !== undefined && { account }) }
  const error = await remember(marks, vault.location, mark)
  if (error !== undefined) emit({ event: 'debug', message: `The vault could not be noted in ${marks}: ${error.message}` })
}

/** Returns the note that a lock carries for people: which program holds the vault. */
export const holder = (operation: string) => ({
  pid: process.pid,
  host: hostname(),
  since: new Date(systemClock.now()).toISOString(),
  operation,
})

/** Opens a folder that is not the vault, to read from. Throws `ConfigurationError` when it is not there or cannot be read. */
export function outside(path: string): Storage {
  if (!existsSync(path)) throw new ConfigurationError(`The folder ${path} does not exist.`, { hint: 'Check the path.' })
  lookAt(path, () => readdirSync(path))
  return openForeignFolder(path)
}

function lookAt<T>(path: string, look: () => T): T {
  try {
    return look()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new ConfigurationError(`The folder ${path} cannot be read: ${describe(error)}.`, {
      hint: 'Name a folder, and make it readable for the user that runs the program.',
      cause: error,
    })
  }
}

/** Refuses a folder that is part of the vault, or holds it: its files would be found to be held by themselves. */
export function refuseVault(path: string, own: readonly OwnEntries[]): void {
  if (!lookAt(path, () => own.some((each) => each.isPartOrHolder(path)))) return
  throw new ConfigurationError(`The folder ${path} is part of the vault, or holds it.`, {
    hint: 'Name a folder elsewhere, such as the one on your computer.',
  })
}
