import { lstatSync, open as openFile, type Stats } from 'node:fs'
import { appendFile, link, lstat, lutimes, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { sep } from 'node:path'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { IntegrityError } from '../../errors.ts'
import { Draft } from './draft.ts'
import { GroupCommit } from './group-commit.ts'
import { type PartialFile, PartialFiles } from './partial-files.ts'
import { checkTarget, isPartialName, validatorIn } from './partial-name.ts'
import { Pending } from './pending.ts'
import { checkFolder, checkPath, nameOf, parentOf, pathIn } from './relative-path.ts'
import { type Doing, hasCode, RootFolder } from './root-folder.ts'
import { type Entry, type Partial, type PutOptions, resumableAbove, type Storage, StorageError } from './storage.ts'

/**
 * A vault in a folder of the file system. The folder must exist: throws `DestinationError` when it does not, and never makes it,
 * not even when it vanishes later. Only one storage may be open on a folder at a time: the vault's lock sees to that.
 *
 * Symbolic links to folders are followed: people keep some albums on other disks that way.
 */
export const openFolder = (path: string): Storage => new FolderStorage(new RootFolder(path))

/** So many bytes are gathered before they are written: a small file is written at once, a large one in few calls. */
const gatherSize = 1024 * 1024

/** Bytes of one read. */
const readSize = 256 * 1024

/** So many files are looked at between two turns of the event loop: 64 ms where a network disk takes 1 ms for each. */
const listBatch = 64

/** What desktops and NAS systems leave in folders; worth nothing without the files. */
const litter = new Set(['.DS_Store', '.directory', 'Thumbs.db', 'ehthumbs.db', 'desktop.ini', '@eaDir', '.@__thumb', '.AppleDouble'])

/** Why a disk may refuse a hard link and still take a copy. */
const linkRefusals = ['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']

const openDescriptor = promisify(openFile)

class FolderStorage implements Storage {
  readonly location: string
  readonly #root: RootFolder
  readonly #commit: GroupCommit
  readonly #partials: PartialFiles
  readonly #pending = new Pending()

  constructor(root: RootFolder) {
    this.location = root.path
    this.#root = root
    this.#commit = new GroupCommit(() => root.check())
    this.#partials = new PartialFiles(root)
  }

  async list(folder: string): Promise<readonly Entry[]> {
    checkFolder(folder)
    const names = await this.#names(folder)
    return await this.#guard({ verb: 'list', path: folder, writes: false }, async () => {
      const entries: Entry[] = []
      for (const [index, name] of names.entries()) {
        if (isPartialName(name)) continue
        if (index % listBatch === listBatch - 1) await nextTurn()
        // Blocking calls cost a tenth of the others, and a large vault has a million files.
        const found = lstatSync(this.#root.absolute(pathIn(folder, name)), { throwIfNoEntry: false })
        if (found !== undefined) entries.push(entryOf(name, found))
      }
      return entries
    })
  }

  async stat(path: string): Promise<Entry | undefined> {
    checkPath(path)
    const found = await this.#lstat(path)
    return found && entryOf(nameOf(path), found)
  }

  async *read(
    path: string,
    options: { readonly start?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    const doing: Doing = { verb: 'read', path, writes: false }
    const handle = await this.#guard(doing, () => open(this.#root.absolute(path), 'r'))
    try {
      for (let position = options.start ?? 0; ; ) {
        options.signal?.throwIfAborted()
        const { bytesRead, buffer } = await this.#guard(doing, () => handle.read(Buffer.allocUnsafeSlow(readSize), 0, readSize, position))
        if (bytesRead === 0) return
        position += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await handle.close()
    }
  }

  put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      const partial = this.#partials.begin(path, options.resumable?.validator)
      const draft = this.#draft(partial.path, path, options.resumable?.from ?? 0)
      try {
        await this.#fill(draft, bytes, { path, resumable: partial.resumable, ...(options.size !== undefined && { size: options.size }) })
        const doing: Doing = { verb: 'store', path, size: draft.size, writes: true }
        await this.#guard(doing, () => this.#publish(draft, path, { mtime: options.mtime, replace: true }))
      } finally {
        this.#partials.end(partial.path)
      }
      await this.#partials.drop(path)
    })
  }

  /** Writes what arrives. When anything fails the draft is removed, or left to be resumed. */
  async #fill(draft: Draft, bytes: AsyncIterable<Uint8Array>, facts: { path: string; resumable: boolean; size?: number }): Promise<void> {
    let chunks: Uint8Array[] = []
    let held = 0
    let writing = false
    const write = async () => {
      writing = true
      const doing: Doing = { verb: 'store', path: facts.path, size: facts.size ?? draft.size + held, writes: true }
      await this.#guard(doing, () => draft.write(chunks))
      chunks = []
      held = 0
      writing = false
    }
    try {
      for await (const chunk of bytes) {
        chunks.push(chunk)
        held += chunk.byteLength
        if (held >= gatherSize) await write()
      }
      await write()
    } catch (error) {
      const worthIt = facts.resumable && draft.size + held > resumableAbove
      const left = worthIt && !writing && !(error instanceof IntegrityError) && (await this.#leave(draft, chunks))
      if (!left) await draft.discard()
      throw error
    }
  }

  /** Leaves what has arrived for another try. False when even that fails. */
  async #leave(draft: Draft, chunks: readonly Uint8Array[]): Promise<boolean> {
    try {
      await draft.write(chunks)
      await draft.leave()
      this.#partials.note(draft.path)
      return true
    } catch {
      return false
    }
  }

  /** Gives a whole draft its name, durably. Removes it when that fails. */
  async #publish(draft: Draft, path: string, options: { readonly mtime: number | undefined; readonly replace: boolean }): Promise<void> {
    try {
      await this.#commit.add({
        fd: await draft.finish(options.mtime),
        apply: async () => {
          if (!options.replace) await this.#refuseTaken(path)
          await renamePatiently(draft.file, this.#root.absolute(path))
        },
        folders: [this.#root.absolute(parentOf(path))],
      })
    } catch (error) {
      await draft.discard()
      throw error
    }
  }

  async partial(path: string): Promise<Partial | undefined> {
    checkPath(path)
    const found = await this.#partial(path)
    return found && { size: found.size, validator: found.validator }
  }

  async *readPartial(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    const found = await this.#partial(path)
    if (found !== undefined) yield* this.read(found.path)
  }

  async dropPartial(path: string): Promise<void> {
    checkPath(path)
    await this.#partial(path)
    await this.#partials.drop(path)
  }

  async #partial(path: string): Promise<PartialFile | undefined> {
    if (!this.#partials.knows(parentOf(path))) await this.#names(parentOf(path))
    return this.#partials.find(path)
  }

  async sweep(folder: string): Promise<number> {
    checkFolder(folder)
    let removed = 0
    for (const name of (await this.#names(folder)).filter(isPartialName)) {
      const path = pathIn(folder, name)
      const found = await this.#lstat(path)
      if (!found?.isFile() || this.#partials.isWriting(path)) continue
      if (validatorIn(name) !== undefined && found.size > resumableAbove) continue
      await this.remove(path)
      removed += 1
    }
    return removed
  }

  move(from: string, to: string): Promise<void> {
    return this.#pending.track(async () => {
      checkPath(from)
      checkTarget(to)
      await this.#guard({ verb: 'move', path: from, writes: true }, async () => {
        // Told apart from a missing folder at the other end.
        const found = await lstat(this.#root.absolute(from))
        try {
          await this.#commit.add({
            apply: async () => {
              if (!(await this.#sameEntry(from, to))) await this.#refuseTaken(to)
              await this.#inFolder(parentOf(to), () => renamePatiently(this.#root.absolute(from), this.#root.absolute(to)))
            },
            folders: [this.#root.absolute(parentOf(from)), this.#root.absolute(parentOf(to))],
          })
        } catch (error) {
          // A folder in the vault may be another disk.
          if (!hasCode(error, 'EXDEV')) throw error
          await this.#copy(from, to)
          await unlink(this.#root.absolute(from))
        }
        if (found.isDirectory()) this.#partials.forgetFolders()
      })
    })
  }

  link(from: string, to: string, options: { readonly copy?: boolean } = {}): Promise<'linked' | 'copied'> {
    return this.#pending.track(async () => {
      checkPath(from)
      checkTarget(to)
      return await this.#guard({ verb: 'link', path: from, writes: true }, async () => {
        await lstat(this.#root.absolute(from))
        if (options.copy !== true && (await this.#hardLink(from, to))) return 'linked'
        await this.#copy(from, to)
        return 'copied'
      })
    })
  }

  async #hardLink(from: string, to: string): Promise<boolean> {
    try {
      await this.#commit.add({
        apply: async () => {
          await this.#refuseTaken(to)
          await this.#inFolder(parentOf(to), () => link(this.#root.absolute(from), this.#root.absolute(to)))
        },
        folders: [this.#root.absolute(parentOf(to))],
      })
      return true
    } catch (error) {
      if (hasCode(error, ...linkRefusals)) return false
      throw error
    }
  }

  async #copy(from: string, to: string): Promise<void> {
    await this.#refuseTaken(to)
    const partial = this.#partials.begin(to, undefined)
    const draft = this.#draft(partial.path, to, 0)
    try {
      await draft.copy(this.#root.absolute(from))
      const { mtime } = entryOf(nameOf(from), await lstat(this.#root.absolute(from)))
      await this.#publish(draft, to, { mtime, replace: false })
    } catch (error) {
      await draft.discard()
      throw error
    } finally {
      this.#partials.end(partial.path)
    }
  }

  append(path: string, text: string): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      await this.#guard({ verb: 'append to', path, size: Buffer.byteLength(text), writes: true }, async () => {
        // Beforehand, because unlike a draft the text cannot be taken back.
        await this.#root.check()
        await this.#inFolder(parentOf(path), () => appendFile(this.#root.absolute(path), text))
        const fd = await openDescriptor(this.#root.absolute(path), 'r+')
        await this.#commit.add({ fd, apply: async () => {}, folders: [this.#root.absolute(parentOf(path))] })
      })
    })
  }

  async remove(path: string): Promise<void> {
    checkPath(path)
    if ((await this.#lstat(path)) === undefined) return
    await this.#guard({ verb: 'remove', path, writes: true }, () => unlink(this.#root.absolute(path)))
  }

  async pruneFolders(folder: string): Promise<void> {
    checkFolder(folder)
    for (let path = folder; path !== ''; path = parentOf(path)) {
      if (!(await this.#prune(path))) return
    }
  }

  /** Removes one folder; false when it has to stay. */
  async #prune(folder: string): Promise<boolean> {
    const found = await this.#lstat(folder)
    if (found === undefined) return true
    // Not through a symbolic link: someone put it there on purpose.
    if (!found.isDirectory()) return false
    const names = await this.#names(folder)
    if (!names.every((name) => litter.has(name) || name.startsWith('._'))) return false
    return await this.#guard({ verb: 'remove', path: folder, writes: true }, async () => {
      for (const name of names) await rm(this.#root.absolute(pathIn(folder, name)), { recursive: true, force: true })
      try {
        await rmdir(this.#root.absolute(folder))
        return true
      } catch (error) {
        // Something was stored there meanwhile, or a disk is mounted there.
        if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY')) return false
        // Somebody else removed it at the same time.
        if (hasCode(error, 'ENOENT')) return true
        throw error
      }
    })
  }

  async setMtime(path: string, mtime: number): Promise<void> {
    checkPath(path)
    const time = new Date(mtime)
    await this.#guard({ verb: 'date', path, writes: true }, () => lutimes(this.#root.absolute(path), time, time))
  }

  close(): Promise<void> {
    return this.#pending.settled()
  }

  #draft(partial: string, target: string, from: number): Draft {
    return new Draft({ root: this.#root, path: partial, target, from, makeFolder: () => this.#makeFolder(parentOf(partial)) })
  }

  /** The names in a folder, of which those of partial files are remembered. */
  async #names(folder: string): Promise<readonly string[]> {
    const names = await this.#guard({ verb: 'list', path: folder, writes: false }, async () => {
      try {
        return await readdir(this.#root.absolute(folder))
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
        // An unmounted disk is not an empty vault.
        await this.#root.check()
        return []
      }
    })
    this.#partials.noteFolder(folder, names)
    return names
  }

  async #lstat(path: string): Promise<Stats | undefined> {
    return await this.#guard({ verb: 'look at', path, writes: false }, async () => {
      try {
        return await lstat(this.#root.absolute(path))
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
        await this.#root.check()
        return undefined
      }
    })
  }

  async #refuseTaken(path: string): Promise<void> {
    if ((await this.#lstat(path)) === undefined) return
    throw new StorageError(`Something stands at ${path} already`, { code: 'EEXIST', path })
  }

  /**
   * Are these two spellings of one entry, as on a disk that is blind to case? Two hard links are two entries, even when a disk that
   * sees case has them side by side; so the folder is asked whether it has both names.
   */
  async #sameEntry(from: string, to: string): Promise<boolean> {
    const [a, b] = await Promise.all([this.#identity(from), this.#identity(to)])
    if (a === undefined || a !== b) return false
    if (from === to) return true
    const [inA, inB] = await Promise.all([this.#identity(parentOf(from)), this.#identity(parentOf(to))])
    if (inA !== inB) return false
    const names = await this.#names(parentOf(to))
    return !(names.includes(nameOf(from)) && names.includes(nameOf(to)))
  }

  async #identity(path: string): Promise<string | undefined> {
    const found = await lstat(this.#root.absolute(path), { bigint: true }).catch(() => undefined)
    return found && `${found.dev} ${found.ino}`
  }

  #makeFolder(folder: string): void {
    this.#root.makeFolder(folder, (parent) => this.#commit.noteNewFolder(this.#root.absolute(parent)))
  }

  async #inFolder(folder: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      this.#makeFolder(folder)
      await work()
    }
  }

  /** Lets the disk's errors out as those that `Storage` promises. */
  async #guard<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await this.#root.explain(error, doing)
    }
  }
}

const entryOf = (name: string, found: Stats): Entry => ({
  name,
  kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
  size: found.isFile() ? found.size : 0,
  mtime: Math.round(found.mtimeMs),
})

/** On Windows, virus scanners and indexers hold on to a new file for a moment. */
const renamePatiently = async (from: string, to: string): Promise<void> => {
  for (let tries = sep === '\\' ? 10 : 0; ; tries -= 1) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (tries === 0 || !hasCode(error, 'EPERM', 'EACCES', 'EBUSY')) throw error
      await delay(50)
    }
  }
}
