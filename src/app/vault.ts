import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { checkDestination, requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { hasRecords } from '../operations/rebuild.ts'
import { checkStillThere, marksPath, remember } from '../vault/home/mark.ts'
import type { OwnEntries } from '../vault/own-entries.ts'
import { openFolder, openForeignFolder } from '../vault/storage/folder.ts'
import { pretend } from '../vault/storage/pretend.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { isSystemError } from '../vault/system-error.ts'
import { hasCatalogue, openVault, type Vault, type VaultMode } from '../vault/vault.ts'
import type { Request } from './request.ts'

/**
 * Opens the vault in an existing folder. Mode `write` locks it until it is closed. Throws `DestinationError` when it cannot be used,
 * `VaultBusyError` when another run holds it.
 */
export async function openVaultAt(root: string, options: { readonly mode: VaultMode; readonly operation: string }): Promise<Vault> {
  await checkDestination(root)
  const folder = openFolder(root)
  const storage = options.mode === 'pretend' ? pretend(folder) : folder
  return openVault({ root, mode: options.mode, storage, clock: systemClock, holder: holder(options.operation) })
}

/** Opens the vault, hands it to `use`, and closes it when `use` ends or fails. */
export async function withVault<T>(
  root: string,
  options: { readonly mode: VaultMode; readonly operation: string },
  use: (vault: Vault) => Promise<T>,
): Promise<T> {
  return await withDisk(root, async () => {
    if (options.mode === 'read') await refuseLost(root)
    const vault = await openVaultAt(root, options)
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
export async function withDisk<T>(root: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof StorageError) && !isOfTheDisk(error, root)) throw error
    throw new DestinationError(`It could not be finished, because of a file: ${error.message}.`, {
      hint: 'Check the disk and the permissions, then run it again.',
      cause: error,
    })
  }
}

/** Calls that only open files have. Their errors name no path. */
const OF_OPEN_FILES = new Set(['fstat', 'fsync', 'fdatasync', 'ftruncate', 'futime', 'fchmod'])

/** Returns true if the system refused a path in this folder, or a call on an open file. A file that is not open is a bug. */
const isOfTheDisk = (error: unknown, root: string): error is Error =>
  isSystemError(error) &&
  ('path' in error ? `${error.path}/`.startsWith(`${resolve(root)}/`) : OF_OPEN_FILES.has(error.syscall) && error.code !== 'EBADF')

/**
 * Runs `use` on the destination once it is known to be there. Throws `ConfigurationError` if none is set, `DestinationError` if it is
 * missing or refuses something on the way. See: `withDisk`
 */
export async function atDestination<T>(settings: Settings, use: (destination: string) => Promise<T>): Promise<T> {
  const { destination } = requireKeys(settings, ['destination'])
  await checkDestination(destination)
  return await withDisk(destination, () => use(destination))
}

/** Makes sure that the vault is still there: a disk that is not mounted must not be mistaken for an empty one. Throws `DestinationError`. */
export async function stillThere(destination: string, request: Request): Promise<void> {
  const marks = marksPath(request.env ?? {})
  if (marks !== undefined) await checkStillThere(marks, destination)
}

/** Returns true if the folder holds records of a vault; its catalogue may be gone. */
export async function anyRecords(destination: string): Promise<boolean> {
  const storage = openFolder(destination)
  try {
    return await hasRecords(storage)
  } finally {
    await storage.close()
  }
}

/** Throws `DestinationError` if a vault has records but no catalogue: a count of nothing would be untrue. */
export async function refuseLost(destination: string): Promise<void> {
  if (hasCatalogue(destination) || !existsSync(destination) || !(await anyRecords(destination))) return
  throw new DestinationError(`There is no catalogue of a vault in ${destination}.`, {
    hint: 'Run `smugmug-backup rebuild`: it makes the catalogue anew from the vault itself.',
  })
}

/** Throws `DestinationError` if there is no vault to look at. */
export async function requireCatalogue(destination: string): Promise<void> {
  await refuseLost(destination)
  if (hasCatalogue(destination)) return
  throw new DestinationError(`There is no catalogue of a vault in ${destination}.`, { hint: 'Run a backup first.' })
}

/** Notes that there is a vault here, for `stillThere`. A failure is shown only with `--verbose`. */
export async function rememberVault(marks: string, vault: Vault, emit: Emit): Promise<void> {
  const { albums, items } = await vault.catalogue.counts.holdings()
  const account = vault.catalogue.meta('account')
  const mark = { id: vault.id, albums, items, at: systemClock.now(), ...(account !== undefined && { account }) }
  const error = await remember(marks, vault.root, mark)
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
    throw new ConfigurationError(`The folder ${path} cannot be read: ${error.message}.`, {
      hint: 'Name a folder, and make it readable for the user that runs the program.',
      cause: error,
    })
  }
}

/** Refuses a folder that is part of the vault, or holds it: its files would be found to be held by themselves. */
export function refuseVault(path: string, own: OwnEntries): void {
  if (!lookAt(path, () => own.isPartOrHolder(path))) return
  throw new ConfigurationError(`The folder ${path} is part of the vault, or holds it.`, {
    hint: 'Name a folder elsewhere, such as the one on your computer.',
  })
}
