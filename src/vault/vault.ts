import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DestinationError } from '../errors.ts'
import type { Clock } from '../flow/clock.ts'
import { Catalogue } from './catalogue/catalogue.ts'
import { copyDatabase, mustRollBack } from './catalogue/database.ts'
import { removeBelongings } from './catalogue/remake.ts'
import { type Holder, heldBy, lockVault } from './home/lock.ts'
import { layout, OURS } from './layout.ts'
import type { Storage } from './storage/storage.ts'
import { describe, isSystemError } from './system-error.ts'

/** `write`: the one run that holds the vault. `read`: only looks. `pretend`: as `write`, and not a byte changes. */
export type VaultMode = 'write' | 'read' | 'pretend'

/** The destination of photos: a storage, a catalogue of its contents, and the right to change both. */
export interface Vault {
  /** The absolute path of its root. */
  readonly root: string
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
export interface OpenVaultOptions {
  readonly root: string
  readonly mode: VaultMode
  readonly storage: Storage
  readonly clock: Clock
  readonly holder: Holder
}

/**
 * Opens the vault in a folder that exists; in `write` mode it makes `.smugmug-backup/` and takes the lock.
 * Throws `VaultBusyError` when another run holds it, `DestinationError` when the folder or the catalogue cannot be used.
 */
export async function openVault(options: OpenVaultOptions): Promise<Vault> {
  const { root, mode, storage, clock } = options
  const path = join(root, layout.catalogue)
  const isNew = !hasCatalogue(root)
  const lock = mode === 'write' ? await holdVault(root, options.holder) : undefined
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
      root,
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
async function scratch(): Promise<string> {
  try {
    return join(await mkdtemp(join(tmpdir(), 'smugmug-backup-')), 'catalogue.sqlite')
  } catch (error) {
    throw isSystemError(error) ? noScratch(error) : error
  }
}

const noScratch = (error: Error): DestinationError =>
  new DestinationError(`The catalogue could not be copied to the folder for temporary files, ${tmpdir()}: ${describe(error)}.`, {
    hint: 'Make room there, or set TMPDIR to another folder that this user may write to.',
    cause: error,
  })

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

/** Is there a catalogue? An empty file does not count. */
export const hasCatalogue = (root: string): boolean => (statSync(join(root, layout.catalogue), { throwIfNoEntry: false })?.size ?? 0) > 0

/** Returns the holder of the vault, as far as it is known; undefined when nobody is changing it. */
export const usedBy = (root: string): Partial<Holder> | undefined => heldBy(join(root, OURS))

/**
 * May this user, on this disk, change the catalogue? False on a disk mounted read-only, and for a second user who only reads it. A reading
 * operation opens such a vault in `pretend` mode, which needs no lock and notes nothing.
 */
export function mayWrite(root: string): boolean {
  return [OURS, layout.catalogue, layout.lock].every((path) => {
    try {
      accessSync(join(root, path), constants.W_OK)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
    }
  })
}

/** Makes this process the only one that changes the vault, as `openVault` does in `write` mode. */
export async function holdVault(root: string, holder: Holder): Promise<{ release(): Promise<void> }> {
  const ours = join(root, OURS)
  try {
    await mkdir(ours)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new DestinationError(`The destination ${root} cannot be written to (${(error as Error).message}).`, {
        hint: 'Check that it is mounted read-write and that this user may write there.',
        cause: error,
      })
    }
  }
  return lockVault(ours, holder)
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
