import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DestinationError } from '../errors.ts'
import type { Clock } from '../flow/clock.ts'
import { Catalogue } from './catalogue/catalogue.ts'
import { copyDatabase, mustRollBack } from './catalogue/database.ts'
import { removeBelongings } from './catalogue/remake.ts'
import { inHome, type VaultPlace } from './home/home.ts'
import { type Holder, lockVault, type VaultLock } from './home/lock.ts'
import { noScratch, scratchFolder } from './scratch.ts'
import type { Storage } from './storage/storage.ts'
import { isSystemError } from './system-error.ts'

/** `write`: the one run that holds the vault. `read`: only looks. `pretend`: as `write`, and not a byte changes. */
export type VaultMode = 'write' | 'read' | 'pretend'

/** The destination of photos: a storage, a catalogue of its contents, and the right to change both. */
export interface Vault extends VaultPlace {
  readonly mode: VaultMode
  readonly storage: Storage
  readonly catalogue: Catalogue
  /** The identity of this vault, made once and kept for ever: another vault at the same path has another one. */
  readonly id: string
  /** True when there was no catalogue before it was opened. */
  readonly isNew: boolean
  close(): Promise<void>
}

/** The parts that opening needs. */
export interface OpenVaultOptions extends VaultPlace {
  readonly mode: VaultMode
  readonly storage: Storage
  readonly clock: Clock
  readonly holder: Holder
  /** The right to change the vault, if it was taken before. It is released with the vault, and if it cannot be opened. */
  readonly lock?: VaultLock
}

/**
 * Opens the vault of a storage; in `write` mode it makes the home, in a folder that exists, and takes the lock.
 * Throws `VaultBusyError` when another run holds it, `DestinationError` when the home or the catalogue cannot be used.
 */
export async function openVault(options: OpenVaultOptions): Promise<Vault> {
  const { home, location, folders, mode, storage, clock } = options
  const path = inHome(home, 'catalogue')
  const isNew = !hasCatalogue(home)
  const lock = mode === 'write' ? (options.lock ?? (await holdVault(options, options.holder))) : undefined
  try {
    if (isNew && mode === 'write') await removeBelongings(path)
    const copy =
      isNew || mode === 'write'
        ? undefined
        : ((await copyOfUnfinished(path)) ?? (mode === 'pretend' ? await copyToWriteIn(path) : undefined))
    const catalogue = Catalogue.open({
      path: isNew && mode !== 'write' ? ':memory:' : (copy ?? path),
      mode: (isNew || copy !== undefined) && mode !== 'write' ? (isNew ? 'write' : 'pretend') : mode,
      later: later(clock),
    })
    return {
      ...{ home, location, folders },
      mode,
      storage,
      catalogue,
      id: vaultId(catalogue),
      isNew,
      close: async () => {
        try {
          await storage.close()
          catalogue.close()
          if (copy !== undefined) await dropScratch(copy)
        } finally {
          await lock?.release()
        }
      },
    }
  } catch (error) {
    await lock?.release()
    throw error
  }
}

/**
 * Copies a catalogue with the journal of a killed run: opening the catalogue itself would roll that journal back, and a reader must not
 * write. Undefined when there is no such journal; a run under way keeps its own.
 */
async function copyOfUnfinished(path: string): Promise<string | undefined> {
  if (!existsSync(`${path}-journal`) || !mustRollBack(path)) return undefined
  const journal = journalOf(path)
  const copy = await scratch()
  try {
    await copyFile(path, copy)
    await copyFile(`${path}-journal`, `${copy}-journal`)
    if (journal === journalOf(path) && mustRollBack(path)) return copy
    await dropScratch(copy)
  } catch (error) {
    await dropScratch(copy)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw isSystemError(error) ? noScratch(error) : error
  }
  // Another run has begun meanwhile, and rolled back.
  return copyOfUnfinished(path)
}

/**
 * Copies the catalogue for a dry run, which keeps a write transaction open throughout. On the real catalogue that would block a backup.
 */
async function copyToWriteIn(path: string): Promise<string> {
  Catalogue.open({ path, mode: 'read' }).close()
  const copy = await scratch()
  try {
    await copyDatabase(path, copy)
    return copy
  } catch (error) {
    await dropScratch(copy)
    throw error
  }
}

/** Returns a path for a copy of the catalogue in a new temporary folder, away from the vault. */
const scratch = async (): Promise<string> => inHome(await scratchFolder('smugmug-backup-'), 'catalogue')

/** Removes such a copy. One that cannot be removed is left to the system, because that is no reason to fail. */
async function dropScratch(copy: string): Promise<void> {
  try {
    await rm(dirname(copy), { recursive: true, force: true })
  } catch (error) {
    if (!isSystemError(error)) throw error
  }
}

/** Returns the identity of the journal. */
const journalOf = (path: string): string => {
  const found = statSync(`${path}-journal`, { throwIfNoEntry: false })
  return `${found?.ino} ${found?.size} ${found?.mtimeMs}`
}

/** Is there a catalogue in this home? An empty file does not count. */
export const hasCatalogue = (home: string): boolean => (statSync(inHome(home, 'catalogue'), { throwIfNoEntry: false })?.size ?? 0) > 0

/**
 * May this user, on this disk, change the catalogue? False on a disk mounted read-only, and for a second user who only reads it. A reading
 * operation opens such a vault in `pretend` mode, which needs no lock and notes nothing.
 */
export function mayWrite(home: string): boolean {
  return [home, inHome(home, 'catalogue'), inHome(home, 'lock')].every((path) => {
    try {
      accessSync(path, constants.W_OK)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
    }
  })
}

/** Makes this process the only one that changes the vault, as `openVault` does in `write` mode. */
export async function holdVault(place: Pick<VaultPlace, 'home' | 'location'>, holder: Holder): Promise<{ release(): Promise<void> }> {
  try {
    await mkdir(place.home)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new DestinationError(`The destination ${place.location} cannot be written to (${(error as Error).message}).`, {
        hint: 'Check that it is mounted read-write and that this user may write there.',
        cause: error,
      })
    }
  }
  return lockVault(place, holder)
}

/** Runs something after some milliseconds, unless it is cancelled. */
const later =
  (clock: Clock) =>
  (run: () => void, ms: number): (() => void) => {
    const off = new AbortController()
    clock.sleep(ms, off.signal).then(run, () => undefined)
    return () => off.abort()
  }

function vaultId(catalogue: Catalogue): string {
  const known = catalogue.meta('vault.id')
  if (known !== undefined) return known
  const id = randomUUID()
  if (!catalogue.readOnly) catalogue.setMeta('vault.id', id)
  return id
}
