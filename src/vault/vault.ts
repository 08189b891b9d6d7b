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

/** Where photos go: a storage, a catalogue of what is in it, and the right to change both. */
export interface Vault {
  /** The absolute path of its root. */
  readonly root: string
  readonly mode: VaultMode
  readonly storage: Storage
  readonly catalogue: Catalogue
  /** Made once, kept for ever: tells this vault from another one at the same path. */
  readonly id: string
  /** There was no catalogue when it was opened. */
  readonly isNew: boolean
  close(): Promise<void>
}

/** What opening needs. */
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
 * A killed run may have left a journal that whoever opens the catalogue next would roll back. Who only looks must not write:
 * looks at a copy instead, elsewhere. A journal of a run that is under way is that run's own business.
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
  // A run has begun meanwhile, and rolled back.
  return copyOfUnfinished(path)
}

/** Who pretends holds a write lock for as long as that takes: on the catalogue itself it would be in the way of a run that really writes. */
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

/** A path for a copy of the catalogue in a new temporary folder, away from the vault. */
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

/** Removes such a copy. One that cannot be removed is left to the system: it is no reason to fail. */
async function dropScratch(copy: string): Promise<void> {
  try {
    await rm(dirname(copy), { recursive: true, force: true })
  } catch (error) {
    if (!isSystemError(error)) throw error
  }
}

/** Which journal it is. */
const journalOf = (path: string): string => {
  const found = statSync(`${path}-journal`, { throwIfNoEntry: false })
  return `${found?.ino} ${found?.size} ${found?.mtimeMs}`
}

/** Is there a catalogue at all? An empty file is none. */
export const hasCatalogue = (root: string): boolean => (statSync(join(root, layout.catalogue), { throwIfNoEntry: false })?.size ?? 0) > 0

/** Who is changing the vault now, as far as they tell; undefined when nobody is. */
export const usedBy = (root: string): Partial<Holder> | undefined => heldBy(join(root, OURS))

/**
 * May this user, on this disk, change what is known of the vault? False on a disk mounted read-only, and for a second user who only reads it.
 * An operation that only looks opens such a vault in `pretend` mode: it needs no lock, and notes nothing.
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

/** Runs something after a while, unless it is called off. */
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
