import { IntegrityError } from '../../errors.ts'
import { checkTarget } from './partial-name.ts'
import { Pending } from './pending.ts'
import { checkFolder, checkPath, nameOf, parentOf } from './relative-path.ts'
import {
  type Entry,
  isResumableValidator,
  type Partial,
  type Partials,
  type PutOptions,
  resumableAbove,
  type Storage,
  StorageError,
} from './storage.ts'

interface StoredFile {
  readonly bytes: Uint8Array
  readonly mtime: number
}

interface StoredPartial extends Partial {
  readonly bytes: Uint8Array
}

/** Opens a storage in memory, which ends with the process: for tests. It keeps the contract of `Storage`, except for durability. */
export const openMemory = (): Storage => new MemoryStorage()

class MemoryStorage implements Storage {
  readonly location = 'memory'
  readonly #files = new Map<string, StoredFile>()
  readonly #folders = new Set<string>([''])
  readonly #partials = new Map<string, StoredPartial>()
  readonly #pending = new Pending()
  readonly partials: Partials = {
    find: (path) => this.#findPartial(path),
    read: (path) => this.#readPartial(path),
    drop: (path) => this.#dropPartial(path),
    sweep: async (folder) => {
      checkFolder(folder)
      return 0
    },
  }
  /** The time of files that are stored without one. It only has to grow. */
  #clock = 0

  async list(folder: string): Promise<readonly Entry[]> {
    checkFolder(folder)
    const paths = [...this.#folders, ...this.#files.keys()].filter((path) => path !== '' && parentOf(path) === folder)
    return paths.map((path) => this.#entry(path)).filter((entry) => entry !== undefined)
  }

  async stat(path: string): Promise<Entry | undefined> {
    checkPath(path)
    return this.#entry(path)
  }

  async *read(
    path: string,
    options: { readonly start?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    options.signal?.throwIfAborted()
    const rest = this.#file('read', path).bytes.slice(options.start ?? 0)
    if (rest.byteLength > 0) yield rest
  }

  put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    return this.#pending.track(async () => {
      checkTarget(path)
      const whole = await this.#gather(path, bytes, options.resumable)
      this.#makeFolder(parentOf(path))
      if (this.#folders.has(path)) throw refusal('store', path, 'EISDIR')
      this.#clock += 1
      this.#files.set(path, { bytes: whole, mtime: options.mtime ?? this.#clock })
      this.#partials.delete(path)
    })
  }

  /** Joins the bytes of the partial file and the bytes that arrive. */
  async #gather(path: string, bytes: AsyncIterable<Uint8Array>, resumable: PutOptions['resumable']): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    if (resumable !== undefined && resumable.from > 0) {
      const partial = this.#partials.get(path)
      if (partial?.validator !== resumable.validator) throw refusal('go on with', path, 'ENOENT')
      if (partial.size !== resumable.from) throw refusal('go on with', path, 'EINVAL')
      chunks.push(partial.bytes)
    }
    try {
      for await (const chunk of bytes) chunks.push(chunk)
    } catch (error) {
      const arrived = Buffer.concat(chunks)
      const goesOn = resumable !== undefined && isResumableValidator(resumable.validator) && arrived.length > resumableAbove
      if (goesOn && !(error instanceof IntegrityError)) {
        this.#partials.set(path, { bytes: arrived, size: arrived.length, validator: resumable.validator })
      } else if (resumable !== undefined && resumable.from > 0) this.#partials.delete(path)
      throw error
    }
    return Buffer.concat(chunks)
  }

  async #findPartial(path: string): Promise<Partial | undefined> {
    checkPath(path)
    const found = this.#partials.get(path)
    return found && { size: found.size, validator: found.validator }
  }

  async *#readPartial(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    const found = this.#partials.get(path)
    if (found !== undefined) yield found.bytes.slice()
  }

  async #dropPartial(path: string): Promise<void> {
    checkPath(path)
    this.#partials.delete(path)
  }

  async rename(from: string, to: string): Promise<void> {
    checkPath(from)
    checkTarget(to)
    if (this.#entry(from) === undefined) throw refusal('move', from, 'ENOENT')
    if (from === to) return
    if (this.#entry(to) !== undefined) throw refusal('move to', to, 'EEXIST')
    if (to.startsWith(`${from}/`)) throw refusal('move', from, 'EINVAL')
    this.#makeFolder(parentOf(to))
    const renamed = (path: string) => (path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : undefined)
    for (const [path, file] of [...this.#files]) {
      const target = renamed(path)
      if (target === undefined) continue
      this.#files.delete(path)
      this.#files.set(target, file)
    }
    for (const path of [...this.#folders]) {
      const target = renamed(path)
      if (target === undefined) continue
      this.#folders.delete(path)
      this.#folders.add(target)
    }
  }

  async link(from: string, to: string): Promise<boolean> {
    await this.copy(from, to)
    return true
  }

  async copy(from: string, to: string): Promise<void> {
    checkPath(from)
    checkTarget(to)
    const file = this.#file('copy', from)
    if (this.#entry(to) !== undefined) throw refusal('copy to', to, 'EEXIST')
    this.#makeFolder(parentOf(to))
    this.#files.set(to, file)
  }

  async append(path: string, text: string | Uint8Array): Promise<void> {
    checkTarget(path)
    const before = this.#entry(path) === undefined ? new Uint8Array(0) : this.#file('append to', path).bytes
    this.#makeFolder(parentOf(path))
    this.#clock += 1
    this.#files.set(path, { bytes: Buffer.concat([before, typeof text === 'string' ? Buffer.from(text) : text]), mtime: this.#clock })
  }

  async remove(path: string): Promise<void> {
    checkPath(path)
    if (this.#folders.has(path)) throw refusal('remove', path, 'EISDIR')
    this.#files.delete(path)
  }

  async pruneFolders(folder: string): Promise<void> {
    checkFolder(folder)
    for (let path = folder; path !== ''; path = parentOf(path)) {
      if ((await this.list(path)).length > 0 || this.#files.has(path)) return
      this.#folders.delete(path)
    }
  }

  async setMtime(path: string, mtime: number): Promise<void> {
    checkPath(path)
    this.#files.set(path, { ...this.#file('date', path), mtime })
  }

  close(): Promise<void> {
    return this.#pending.settled()
  }

  #entry(path: string): Entry | undefined {
    const file = this.#files.get(path)
    if (file !== undefined)
      return { name: nameOf(path), kind: 'file', size: file.bytes.byteLength, mark: String(file.mtime), mtime: file.mtime }
    return this.#folders.has(path) ? { name: nameOf(path), kind: 'folder', size: 0, mark: '', mtime: undefined } : undefined
  }

  #file(verb: string, path: string): StoredFile {
    const file = this.#files.get(path)
    if (file === undefined) throw refusal(verb, path, this.#folders.has(path) ? 'EISDIR' : 'ENOENT')
    return file
  }

  #makeFolder(folder: string): void {
    if (folder === '') return
    if (this.#files.has(folder)) throw refusal('make the folder', folder, 'ENOTDIR')
    this.#makeFolder(parentOf(folder))
    this.#folders.add(folder)
  }
}

const refusal = (verb: string, path: string, code: string): StorageError =>
  new StorageError(`Could not ${verb} ${path} (${code})`, { code, path })
