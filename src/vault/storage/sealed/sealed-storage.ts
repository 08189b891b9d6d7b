import { type Digest, Hashing } from '../../../flow/checked.ts'
import { Turns } from '../../../flow/turns.ts'
import { linkFile, pruneFolders, setMtime, sweep } from '../abilities.ts'
import { checkTarget } from '../partial-name.ts'
import { Pending } from '../pending.ts'
import { checkPath, nameOf, pathIn } from '../relative-path.ts'
import {
  blockedBy,
  type DigestOptions,
  type Entry,
  longestNameOf,
  otherInTheWay,
  type PutOptions,
  type Seal,
  type Storage,
  StorageError,
} from '../storage.ts'
import { seal, sealedSize } from './age.ts'
import { hashed, Words } from './sealed-bytes.ts'
import { ENDING, SealedFiles, type SealedOptions } from './sealed-files.ts'

/** Bytes that may be added to a file before it is sealed anew, if it is not larger itself. */
const ADDED = 64 * 1024

/**
 * Seals every file of a storage: `photo.jpg` lies there as `photo.jpg.age`. Files of other names in the storage are not seen. Sizes, bytes and
 * hashes are those of what is in the files; the change mark is that of the sealed ones. Closes the index.
 *
 * Only `read` may need a private key, and `read` does without one for records. Bytes that are added to a file stand on the disk of this
 * computer first, in the index. They are sealed, with those before them, when they have become many, when the file is moved, and at the end.
 */
export const sealed = (base: Storage, options: SealedOptions): Storage => new SealedStorage(base, options)

class SealedStorage implements Storage {
  readonly location: string
  readonly #base: Storage
  readonly #options: SealedOptions
  readonly #pending = new Pending()
  readonly #appends = new Turns()
  readonly seal: Seal
  readonly #files: SealedFiles
  /** The names of files that are not sealed, by folder. */
  readonly #unsealed = new Map<string, readonly string[]>()
  #isClosed = false
  readonly listAll?: Storage['listAll'] & {}
  readonly comesLate?: true
  readonly statesBytes?: true
  readonly rename?: Storage['rename'] & {}
  readonly link?: Storage['link'] & {}
  readonly setMtime?: Storage['setMtime'] & {}
  readonly pruneFolders?: Storage['pruneFolders'] & {}
  readonly takesSize?: Storage['takesSize'] & {}
  readonly free?: Storage['free'] & {}
  readonly size?: Storage['size'] & {}

  constructor(base: Storage, options: SealedOptions) {
    this.location = base.location
    this.#base = base
    this.#options = options
    this.#files = new SealedFiles(base, options)
    this.seal = {
      digest: (path, how) => this.#digest(path, how),
      at: (path) => this.#files.at(path),
      stored: (path) => this.#files.stored(path),
      knowsNothing: () => options.index.isEmpty,
      learn: (files, sums) => this.#files.learn(files, sums),
      unsealed: (folder) => this.#unsealed.get(folder) ?? [],
      sweep: (folder) => sweep(base, folder),
    }
    const { recipients } = options
    if (base.comesLate !== undefined) this.comesLate = base.comesLate
    if (base.statesBytes !== undefined) this.statesBytes = base.statesBytes
    if (base.listAll !== undefined) this.listAll = async (signal) => await base.listAll?.(signal)
    if (base.rename !== undefined) this.rename = (from, to) => this.#rename(from, to)
    if (base.link !== undefined)
      this.link = (from, to) => this.#second(from, to, async (...paths) => (await linkFile(base, ...paths)) === 'linked')
    if (base.setMtime !== undefined) this.setMtime = (path, mtime) => this.#setMtime(path, mtime)
    if (base.pruneFolders !== undefined) this.pruneFolders = (folder) => pruneFolders(base, folder)
    if (base.takesSize !== undefined) this.takesSize = async (size) => (await base.takesSize?.(sealedSize(size, recipients.length))) ?? true
    if (base.free !== undefined) this.free = async () => await base.free?.()
    if (base.size !== undefined) this.size = async () => await base.size?.()
  }

  async longestName(): Promise<number> {
    return (await longestNameOf(this.#base)) - ENDING.length
  }

  async list(folder: string): Promise<readonly Entry[]> {
    const known = this.#options.index.folder(folder)
    const entries: Entry[] = []
    const unsealed: string[] = []
    for (const entry of await this.#base.list(folder)) {
      const isClear = entry.kind === 'folder' || this.#options.isClear(pathIn(folder, entry.name))
      if (isClear) entries.push(entry)
      else if (entry.name.endsWith(ENDING) && entry.name.length > ENDING.length) {
        const name = entry.name.slice(0, -ENDING.length)
        entries.push(this.#files.entry(pathIn(folder, name), { ...entry, name }, known.get(name)))
      } else unsealed.push(entry.name)
    }
    if (unsealed.length > 0) this.#unsealed.set(folder, unsealed)
    else this.#unsealed.delete(folder)
    return entries
  }

  async stat(path: string): Promise<Entry | undefined> {
    checkPath(path)
    const at = this.#files.at(path)
    const found = await this.#base.stat(at)
    if (found !== undefined && (at === path || found.kind !== 'folder'))
      return at === path ? found : this.#files.entry(path, { ...found, name: nameOf(path) }, this.#options.index.file(path))
    return at === path ? undefined : await this.#folderAt(path)
  }

  /** Returns the folder at a path, if there is one. */
  async #folderAt(path: string): Promise<Entry | undefined> {
    const found = await this.#base.stat(path)
    return found?.kind === 'folder' ? found : undefined
  }

  async *read(
    path: string,
    options: { readonly start?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    if (this.#options.isClear(path)) return yield* this.#base.read(path, options)
    options.signal?.throwIfAborted()
    let skip = options.start ?? 0
    for await (const chunk of this.#files.bytes(path, options.signal)) {
      options.signal?.throwIfAborted()
      if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip)
      skip = Math.max(0, skip - chunk.length)
    }
  }

  put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      // The sum is of what is in the file.
      const { resumable: _resumable, md5: _md5, ...rest } = options
      if (this.#options.isClear(path)) return await this.#base.put(path, bytes, rest)
      await this.#appends.with([path], () => this.#put(path, bytes, rest))
    })
  }

  async #put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<void> {
    const { recipients, index } = this.#options
    const source = bytes[Symbol.asyncIterator]()
    let sha256 = ''
    const sealing = async function* (this: SealedStorage): AsyncGenerator<Uint8Array> {
      const [opened, closed] = [new Hashing(), new Hashing()]
      const words = this.#options.isRecord(path) ? new Words() : undefined
      const passed = { [Symbol.asyncIterator]: () => source }
      for await (const chunk of seal(hashed(passed, opened, words), recipients)) {
        closed.update(chunk)
        yield chunk
      }
      await this.#refuseInTheWay(path)
      const known = { sealed: closed.digest(), plain: opened.digest() }
      sha256 = known.sealed.sha256
      index.know(known, words?.all(), path)
    }
    try {
      const size = options.size === undefined ? {} : { size: sealedSize(options.size, recipients.length) }
      await this.#base.put(this.#files.at(path), sealing.call(this), { ...options, ...size })
    } finally {
      await source.return?.()
    }
    await this.#stands(path, sha256)
  }

  /** Notes which sealed bytes stand at a path. Their mark is noted at once: later, others of the same size may stand there, of another computer. */
  async #stands(path: string, sha256: string): Promise<void> {
    const found = await this.#base.stat(this.#files.at(path))
    this.#options.index.stands(path, sha256, found?.mark)
  }

  /** Refuses a file where a folder stands, or below a file: the disk would take both, because their names differ by the ending. */
  async #refuseInTheWay(path: string): Promise<void> {
    const { index } = this.#options
    for (const file of index.inTheWay(path)) {
      if (await this.#isGone(file)) index.gone(file)
      else if (path.startsWith(`${file}/`)) throw blockedBy(file, 'file', { path, code: 'ENOTDIR' })
      else throw otherInTheWay(path, 'a folder', 'EISDIR')
    }
    if (this.#base.pruneFolders !== undefined && (await this.#folderAt(path)) !== undefined) throw otherInTheWay(path, 'a folder', 'EISDIR')
  }

  /** Was a file that is known removed by somebody? */
  async #isGone(path: string): Promise<boolean> {
    return (await this.#base.stat(this.#files.at(path))) === undefined
  }

  append(path: string, text: string | Uint8Array, options: { readonly isPrivate?: boolean } = {}): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      await this.#appends.with([path], async () => {
        const bytes = typeof text === 'string' ? Buffer.from(text) : text
        const standing = await this.stat(path)
        if (standing === undefined) return await this.#put(path, once(bytes), options)
        if (standing.kind !== 'file') throw otherInTheWay(path, 'a folder', 'EISDIR')
        const { index } = this.#options
        // Makes it known, or throws.
        const known = await this.#files.standing(path)
        if (known === undefined || !index.hasWords(known)) for await (const _chunk of this.#files.open(path));
        if (bytes.length > 0) index.add(path, bytes)
        const more = index.added(path)
        if (more >= Math.max(ADDED, standing.size / 2)) await this.#sealAdded(path, options)
      })
    })
  }

  /** Seals a file anew, with all that was added to it. */
  async #sealAdded(path: string, options: { readonly isPrivate?: boolean } = {}): Promise<void> {
    const { index } = this.#options
    if (index.added(path) === 0) return
    if (await this.#isGone(path)) index.gone(path)
    else await this.#put(path, this.#files.bytes(path), options)
  }

  async #sealAllAdded(below?: string): Promise<void> {
    for (const path of this.#options.index.withAdded(below)) await this.#appends.with([path], () => this.#sealAdded(path))
  }

  async #digest(path: string, options?: DigestOptions): Promise<Digest> {
    if (this.#options.mayWrite) await this.#sealAllAdded(path)
    return await this.#files.digest(path, options)
  }

  async #rename(from: string, to: string): Promise<void> {
    checkPath(from)
    checkTarget(to)
    const { index } = this.#options
    if ((await this.#base.stat(this.#files.at(from)))?.kind !== 'file') {
      if (from !== to && (await this.#base.stat(this.#files.at(to)))?.kind === 'file') throw taken(from, to)
      await this.#base.rename?.(from, to)
      return index.movedFolder(from, to)
    }
    if ((await this.#folderAt(to)) !== undefined) throw taken(from, to)
    await this.#base.rename?.(this.#files.at(from), this.#files.at(to))
    index.movedFile(from, to)
  }

  copy(from: string, to: string): Promise<void> {
    return this.#second(from, to, (...paths) => this.#base.copy(...paths))
  }

  async #second<T>(from: string, to: string, make: (from: string, to: string) => Promise<T>): Promise<T> {
    checkPath(from)
    checkTarget(to)
    await this.#sealAllAdded(from)
    if ((await this.#folderAt(to)) !== undefined) throw taken(from, to)
    const made = await make(this.#files.at(from), this.#files.at(to))
    const known = this.#options.index.file(from)
    if (made !== false && known !== undefined) await this.#stands(to, known.sealed.sha256)
    return made
  }

  async remove(path: string): Promise<void> {
    checkPath(path)
    const { index } = this.#options
    if (index.file(path) === undefined && (await this.stat(path))?.kind === 'folder') throw otherInTheWay(path, 'a folder', 'EISDIR')
    await this.#base.remove(this.#files.at(path))
    index.gone(path)
  }

  async #setMtime(path: string, mtime: number): Promise<void> {
    checkPath(path)
    const { index } = this.#options
    const before = await this.#base.stat(this.#files.at(path))
    await setMtime(this.#base, this.#files.at(path), mtime)
    if (before !== undefined && index.file(path)?.mark === before.mark) index.mark(path, undefined)
  }

  async close(): Promise<void> {
    await this.#pending.settled()
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      if (this.#options.mayWrite) await this.#sealAllAdded()
    } finally {
      await this.#base.close()
      this.#options.index.close()
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const taken = (from: string, to: string): StorageError =>
  new StorageError(`Could not move ${from}: ${to} stands there already`, { code: 'EEXIST', path: to })
