import type { Stats } from 'node:fs'
import { lutimes, rmdir, unlink } from 'node:fs/promises'
import { breathe } from '../../flow/breathe.ts'
import type { Digest } from '../../flow/checked.ts'
import { diskRoom, freeBytes } from '../../flow/disk-room.ts'
import { hasCode } from '../system-error.ts'
import { tolerated } from './draft.ts'
import { FolderChanges } from './folder-changes.ts'
import { digestFile, readFile } from './folder-reading.ts'
import { findLongestName, takesSize } from './limits.ts'
import { type PartialFile, PartialFiles } from './partial-files.ts'
import { checkTarget, isPartialName, validatorIn } from './partial-name.ts'
import { Pending } from './pending.ts'
import { checkFolder, checkPath, nameOf, parentOf, pathIn } from './relative-path.ts'
import { RootFolder } from './root-folder.ts'
import {
  type DigestOptions,
  type Entry,
  type Partial,
  type Partials,
  type PutOptions,
  resumableAbove,
  StorageError,
  type WholeStorage,
} from './storage.ts'

/**
 * Opens the storage of a vault in a folder of the file system. The folder must exist: throws `DestinationError` when it does not, and never
 * makes it, not even when it vanishes later. Only one storage may be open on a folder at a time: the vault's lock ensures that.
 *
 * Symbolic links to folders outside are followed. See: [Note: links to folders]
 */
export const openFolder = (path: string): WholeStorage => new FolderStorage(new RootFolder(path))

/** Opens a folder that is no vault, to read from it. A file named like one of our partial files belongs to its owner there. */
export const openForeignFolder = (path: string): WholeStorage => new FolderStorage(new RootFolder(path), { isForeign: true })

/** Entries of a folder that are looked at together: a promise for each would cost a quarter of the look. */
const AT_A_TIME = 16

class FolderStorage implements WholeStorage {
  readonly location: string
  readonly #root: RootFolder
  readonly #partialFiles: PartialFiles
  readonly #changes: FolderChanges
  readonly #pending = new Pending()
  #longestName: Promise<number> | undefined

  readonly partials: Partials = {
    find: (path) => this.#findPartial(path),
    read: (path) => this.#readPartial(path),
    drop: (path) => this.#dropPartial(path),
    sweep: (folder) => this.#sweep(folder),
  }
  readonly #isForeign: boolean

  constructor(root: RootFolder, options: { readonly isForeign?: boolean } = {}) {
    this.#isForeign = options.isForeign === true
    this.location = root.path
    this.#root = root
    this.#partialFiles = new PartialFiles(root)
    this.#changes = new FolderChanges(root, this.#partialFiles)
  }

  async list(folder: string): Promise<readonly Entry[]> {
    checkFolder(folder)
    const names = (await this.#names(folder)).filter((name) => this.#isForeign || !isPartialName(name))
    return await this.#root.guard({ verb: 'list', path: folder, writes: false }, async () => {
      const entries: Entry[] = []
      for (let at = 0; at < names.length; at += AT_A_TIME) {
        await breathe()
        const some = names.slice(at, at + AT_A_TIME)
        for (const [index, found] of (await this.#root.lstatAll(folder, some)).entries()) {
          const name = some[index] ?? ''
          const seen = found?.isSymbolicLink() ? await this.#root.look(pathIn(folder, name)) : found
          if (isGarbled(name) && (seen === undefined || names.indexOf(name) !== names.lastIndexOf(name))) entries.push(unreachable(name))
          else if (seen === found && seen !== undefined) entries.push(entryOf(name, seen))
          else if (seen !== undefined) entries.push(this.#linked(folder, entryOf(name, seen)))
        }
      }
      return entries
    })
  }

  /** Adds the folder that a link leads to, where it is followed. */
  #linked(folder: string, entry: Entry): Entry {
    const leadsTo = entry.kind === 'folder' ? this.#root.targetOf(pathIn(folder, entry.name)) : undefined
    return leadsTo === undefined ? entry : { ...entry, leadsTo }
  }

  async stat(path: string): Promise<Entry | undefined> {
    checkPath(path)
    const found = await this.#root.look(path)
    return found && entryOf(nameOf(path), found)
  }

  read(path: string, options: { readonly start?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<Uint8Array> {
    return readFile(this.#root, path, options)
  }

  digest(path: string, options: DigestOptions = {}): Promise<Digest> {
    return digestFile(this.#root, path, options)
  }

  put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      await this.#changes.put(path, bytes, options)
    })
  }

  async #findPartial(path: string): Promise<Partial | undefined> {
    checkPath(path)
    const found = await this.#partial(path)
    return found && { size: found.size, validator: found.validator }
  }

  async *#readPartial(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    const found = await this.#partial(path)
    if (found !== undefined) yield* this.read(found.path)
  }

  async #dropPartial(path: string): Promise<void> {
    checkPath(path)
    await this.#partial(path)
    await this.#partialFiles.drop(path)
  }

  async #sweep(folder: string): Promise<number> {
    checkFolder(folder)
    // The folder was listed, as a rule, and no other process puts anything there.
    if (!this.#partialFiles.knows(folder)) await this.#names(folder)
    let removed = 0
    for (const name of this.#partialFiles.namesIn(folder)) {
      const path = pathIn(folder, name)
      const found = await this.#root.lstat(path)
      if (!found?.isFile() || this.#partialFiles.isWriting(path)) continue
      if (validatorIn(name) !== undefined && found.size > resumableAbove) continue
      removed += await this.#removeLeftover(path)
    }
    return removed
  }

  /**
   * Removes a leftover. One that cannot be removed (the folder lets nothing go) does no harm. Returns the number of files removed: 0 or 1.
   */
  async #removeLeftover(path: string): Promise<number> {
    try {
      await this.remove(path)
      return 1
    } catch (error) {
      if (error instanceof StorageError) return 0
      throw error
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#pending.track(async () => {
      checkPath(from)
      checkTarget(to)
      await this.#changes.move(from, to)
    })
  }

  link(from: string, to: string): Promise<boolean> {
    return this.#pending.track(async () => {
      checkPath(from)
      checkTarget(to)
      return await this.#changes.link(from, to)
    })
  }

  copy(from: string, to: string): Promise<void> {
    return this.#pending.track(async () => {
      checkPath(from)
      checkTarget(to)
      await this.#changes.copy(from, to)
    })
  }

  append(path: string, text: string | Uint8Array, options: { readonly isPrivate?: boolean } = {}): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      await this.#changes.append(path, text, options)
    })
  }

  async remove(path: string): Promise<void> {
    checkPath(path)
    await this.#root.enter(parentOf(path))
    await this.#root.guard({ verb: 'remove', path, writes: true }, async () => {
      try {
        await unlink(this.#root.absolute(path))
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
        await this.#root.check()
      }
    })
  }

  async pruneFolders(folder: string): Promise<void> {
    checkFolder(folder)
    for (let path = folder; path !== ''; path = parentOf(path)) {
      if (!(await this.#prune(path))) return
    }
  }

  /** Removes one folder; false when it has to stay. */
  async #prune(folder: string): Promise<boolean> {
    const found = await this.#root.lstat(folder)
    if (found === undefined) return true
    // A symbolic link stays: its owner put it there on purpose.
    if (!found.isDirectory()) return false
    return await this.#root.guard({ verb: 'remove', path: folder, writes: true }, async () => {
      try {
        // The system refuses when anything is left in the folder, hidden or not, ours or not.
        await rmdir(this.#root.absolute(folder))
        return true
      } catch (error) {
        // Another program removed it at the same time.
        if (hasCode(error, 'ENOENT')) return true
        // An empty folder that cannot be removed does no harm.
        if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM', 'EROFS')) return false
        throw error
      }
    })
  }

  async setMtime(path: string, mtime: number): Promise<void> {
    checkPath(path)
    const time = new Date(mtime)
    await this.#root.enter(parentOf(path))
    await this.#root.guard({ verb: 'date', path, writes: true }, () => tolerated(lutimes(this.#root.absolute(path), time, time)))
  }

  longestName(): Promise<number> {
    this.#longestName ??= findLongestName(this.#root)
    return this.#longestName
  }

  takesSize(size: number): Promise<boolean> {
    return takesSize(this.#root, size)
  }

  free(): Promise<number | undefined> {
    return freeBytes(this.#root.absolute(''))
  }

  async size(): Promise<number | undefined> {
    return (await diskRoom(this.#root.absolute('')))?.size
  }

  pathOf(path: string): string {
    checkPath(path)
    return this.#root.absolute(path)
  }

  close(): Promise<void> {
    return this.#pending.settled()
  }

  async #partial(path: string): Promise<PartialFile | undefined> {
    if (!this.#partialFiles.knows(parentOf(path))) await this.#names(parentOf(path))
    return this.#partialFiles.find(path)
  }

  /** Returns the names in a folder, and remembers those of partial files. */
  async #names(folder: string): Promise<readonly string[]> {
    const names = await this.#root.names(folder)
    this.#partialFiles.noteFolder(folder, names)
    return names
  }
}

/** Was a part of the name no text? Then it cannot be asked for by what was read of it, or another entry is found in its stead. */
const isGarbled = (name: string): boolean => name.includes('\uFFFD')

/** An entry of which only that much is known: it stands there. */
const unreachable = (name: string): Entry => ({ name, kind: 'other', size: 0, mark: '', mtime: undefined })

function entryOf(name: string, found: Stats): Entry {
  const isFile = found.isFile()
  const mtime = Math.round(found.mtimeMs)
  return {
    name,
    kind: isFile ? 'file' : found.isDirectory() ? 'folder' : 'other',
    size: isFile ? found.size : 0,
    mark: String(mtime),
    mtime,
  }
}
