import { Turns } from '../../../flow/turns.ts'
import { beginningOf, Generations, isShared, readGeneration, withGeneration } from '../../generations.ts'
import { checkTarget } from '../partial-name.ts'
import { Pending } from '../pending.ts'
import { checkFolder, checkPath, nameOf } from '../relative-path.ts'
import { blockedBy, type Entry, otherInTheWay, type PutOptions, type Storage, StorageError } from '../storage.ts'
import type { Bucket, BucketObject } from './bucket.ts'
import { isName, keyIn, markOf } from './keys.ts'
import { fileEntry, folderEntry, type Listed, Listing } from './listing.ts'
import { type SharedObject, SharedObjects } from './shared-objects.ts'

/** Looks for a shared file that another process replaces meanwhile. */
const LOOKS = 5

/** A place in a bucket. */
export interface BucketFacts {
  readonly bucket: Bucket
  /** The beginning of all keys, with a slash at its end; empty for the whole bucket. */
  readonly prefix: string
  /** For people: `s3://bucket/prefix`. */
  readonly location: string
  /** Called before anything is changed. Throws when this process may not change the vault any more. */
  readonly mayChange: () => void | Promise<void>
  /** The term of the lease; absent where nothing is changed. */
  readonly term?: string
}

/** The key that a put makes. */
interface Target {
  readonly key: string
  /** Present for a shared file. */
  readonly generation?: string
  /** The former generations. */
  readonly before: readonly SharedObject[]
}

/**
 * Opens the storage of a vault in a bucket: a key is the prefix and the path, but for shared files. It has the core alone, because buckets can do no
 * more. See: [Note: generations]
 */
export const openBucketStorage = (facts: BucketFacts): Storage => new BucketStorage(facts)

class BucketStorage implements Storage {
  readonly location: string
  readonly comesLate = true
  readonly statesBytes = true
  readonly #bucket: Bucket
  readonly #prefix: string
  readonly #mayChange: () => void | Promise<void>
  readonly #pending = new Pending()
  /** Copies by their new names: a server would let one replace another. */
  readonly #copies = new Turns()
  readonly #generations: Generations
  readonly #mayClean: boolean
  #listing: { readonly files: Listing; readonly shared: SharedObjects } | undefined

  constructor({ bucket, prefix, location, mayChange, term }: BucketFacts) {
    this.location = location
    this.#generations = new Generations(term)
    this.#mayClean = term !== undefined
    this.#bucket = bucket
    this.#prefix = prefix
    this.#mayChange = mayChange
  }

  /** From here on nothing is asked of the server but bytes: nobody else changes the vault, because it is locked. */
  async listAll(signal?: AbortSignal): Promise<void> {
    const files = new Listing()
    const shared = new SharedObjects()
    try {
      await files.fill(this.#files(shared, signal))
      for (const object of shared.newest()) files.put(object)
    } catch (error) {
      files.close()
      throw error
    }
    this.#listing?.files.close()
    this.#listing = { files, shared }
    if (this.#mayClean) await this.#removeOlder(shared.older())
  }

  async list(folder: string): Promise<readonly Entry[]> {
    checkFolder(folder)
    if (this.#listing !== undefined) return this.#listing.files.list(folder)
    const start = folder === '' ? this.#prefix : `${this.#key(folder)}/`
    const entries: Entry[] = []
    const shared = new SharedObjects()
    for await (const page of this.#bucket.list({ prefix: start, delimiter: '/' })) {
      for (const prefix of page.prefixes) entries.push(folderEntry(prefix.slice(start.length, -1)))
      for (const object of page.objects) {
        const one = this.#sharedOf(object)
        if (one !== undefined) shared.add(one)
        else if (object.key !== start) entries.push(fileEntry(this.#listed(object)))
      }
    }
    return [...entries, ...shared.newest().map(fileEntry)].filter(({ name }) => isName(name))
  }

  async stat(path: string): Promise<Entry | undefined> {
    checkPath(path)
    if (this.#listing !== undefined) return this.#listing.files.find(path)
    const head = isShared(path) ? undefined : await this.#bucket.head(this.#key(path))
    const found = head === undefined ? (await this.#objectsOf(path)).at(-1) : this.#listed(head)
    if (found !== undefined) return fileEntry(found)
    return (await this.#hasBelow(path)) ? folderEntry(nameOf(path)) : undefined
  }

  async *read(
    path: string,
    { start = 0, signal }: { readonly start?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    signal?.throwIfAborted()
    const how = { from: start, ...(signal !== undefined && { signal }) }
    if (isShared(path)) return yield* this.#readShared(path, how)
    const standing = await this.stat(path)
    if (standing === undefined) throw absent(path)
    if (standing.kind !== 'file') throw otherInTheWay(path, 'a folder', 'EISDIR')
    // A server refuses to read from the end of an object on.
    if (start < standing.size) yield* this.#bucket.get(this.#key(path), { ...how, size: standing.size })
  }

  /** Reads a shared file. Its object may be gone because a run put a newer one: the next look finds that. */
  async *#readShared(path: string, how: { readonly from: number; readonly signal?: AbortSignal }): AsyncGenerator<Uint8Array> {
    let found = (await this.#objectsOf(path)).at(-1)
    for (let left = LOOKS; ; left -= 1) {
      if (found === undefined) throw (await this.stat(path)) === undefined ? absent(path) : otherInTheWay(path, 'a folder', 'EISDIR')
      let isBegun = false
      try {
        if (how.from >= found.size) return
        for await (const chunk of this.#bucket.get(found.key, { ...how, size: found.size })) {
          isBegun = true
          yield chunk
        }
        return
      } catch (error) {
        if (isBegun || left === 1 || !(error instanceof StorageError && error.code === 'ENOENT')) throw error
      }
      found = (await this.#look(path)).at(-1)
    }
  }

  put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    return this.#pending.track(() => this.#put(path, bytes, options))
  }

  async #put(path: string, bytes: AsyncIterable<Uint8Array>, { mtime, isPrivate = false, size, md5 }: PutOptions): Promise<void> {
    checkTarget(path)
    let stored = 0
    const source = bytes[Symbol.asyncIterator]()
    const counted = async function* (this: BucketStorage): AsyncGenerator<Uint8Array> {
      let isFirst = true
      for await (const chunk of { [Symbol.asyncIterator]: () => source }) {
        // In the stream, so that one that is refused was begun, and is closed.
        if (isFirst) await this.#refuseOthers(path)
        isFirst = false
        stored += chunk.byteLength
        yield chunk
      }
      if (isFirst) await this.#refuseOthers(path)
      await this.#mayChange()
    }
    const facts = { ...(mtime !== undefined && { mtime }), ...(isPrivate && { isPrivate }) }
    const promised = { ...(size !== undefined && { size }), ...(md5 !== undefined && { md5 }) }
    const target = await this.#target(path).catch(async (error: unknown) => {
      await source.return?.()
      throw error
    })
    const { etag } = await this.#bucket.put(target.key, counted.call(this), { ...facts, ...promised })
    await this.#stands(target, { path, size: stored, mark: markOf(etag) })
  }

  copy(from: string, to: string): Promise<void> {
    return this.#pending.track(() => this.#copies.with([to], () => this.#copy(from, to)))
  }

  async #copy(from: string, to: string): Promise<void> {
    checkPath(from)
    checkTarget(to)
    const standing = await this.stat(from)
    if (standing === undefined) throw new StorageError(`Could not copy ${from}: it is not there (ENOENT)`, { code: 'ENOENT', path: from })
    if (standing.kind !== 'file') throw otherInTheWay(from, 'a folder', 'EISDIR')
    if ((await this.stat(to)) !== undefined)
      throw new StorageError(`Could not copy ${from}: ${to} stands there already (EEXIST)`, { code: 'EEXIST', path: to })
    await this.#refuseOthers(to)
    const target = await this.#target(to)
    const source = (await this.#objectsOf(from)).at(-1)?.key ?? this.#key(from)
    await this.#mayChange()
    const { etag } = await this.#bucket.copy(source, target.key, { size: standing.size })
    await this.#stands(target, { path: to, size: standing.size, mark: markOf(etag) })
  }

  remove(path: string): Promise<void> {
    return this.#pending.track(async () => {
      checkPath(path)
      const standing = await this.stat(path)
      if (standing === undefined) return
      if (standing.kind !== 'file') throw otherInTheWay(path, 'a folder', 'EISDIR')
      const shared = await this.#objectsOf(path)
      await this.#mayChange()
      await this.#bucket.remove(shared.length > 0 ? shared.map(({ key }) => key) : [this.#key(path)])
      this.#listing?.files.remove(path)
      this.#listing?.shared.set(path, undefined)
    })
  }

  async close(): Promise<void> {
    await this.#pending.settled()
    this.#listing?.files.close()
    this.#listing = undefined
    this.#bucket.close()
  }

  /** Returns the key that a put to a path makes, and the objects that it takes the place of without overwriting them. */
  async #target(path: string): Promise<Target> {
    const before = await this.#objectsOf(path)
    if (!isShared(path)) return { key: this.#key(path), before }
    const generation = this.#generations.next(before.at(-1)?.generation ?? '')
    return { key: this.#key(withGeneration(path, generation)), generation, before }
  }

  /** Notes what was put, and removes the former generations of it. */
  async #stands({ key, generation, before }: Target, listed: Listed): Promise<void> {
    this.#listing?.files.put(listed)
    if (generation === undefined) return
    this.#listing?.shared.set(listed.path, { ...listed, key, generation })
    await this.#removeOlder(before)
  }

  /** Removes former generations. One that the server keeps does no harm. */
  async #removeOlder(objects: readonly SharedObject[]): Promise<void> {
    if (objects.length === 0) return
    try {
      await this.#mayChange()
      await this.#bucket.remove(objects.map(({ key }) => key))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
  }

  /** Returns the objects of a shared file, as far as they are known, else as the server has them; none of any other file. */
  async #objectsOf(path: string): Promise<readonly SharedObject[]> {
    if (!isShared(path)) return []
    return this.#listing === undefined ? await this.#look(path) : this.#listing.shared.of(path)
  }

  /** Asks the server for the objects of a shared file. */
  async #look(path: string): Promise<readonly SharedObject[]> {
    const shared = new SharedObjects()
    for await (const { objects } of this.#bucket.list({ prefix: this.#key(beginningOf(path)), delimiter: '/' }))
      for (const object of objects) {
        const one = this.#sharedOf(object)
        if (one?.path === path) shared.add(one)
      }
    return shared.of(path)
  }

  #sharedOf(object: BucketObject): SharedObject | undefined {
    const listed = this.#listed(object)
    const found = readGeneration(listed.path)
    return found && { ...listed, ...found, key: object.key }
  }

  /** Throws where a folder stands, or a file in the place of a folder above: the bucket would take both, and no disk could hold a copy. */
  async #refuseOthers(path: string): Promise<void> {
    if ((await this.stat(path))?.kind === 'folder') throw otherInTheWay(path, 'a folder', 'EISDIR')
    const segments = path.split('/')
    for (let length = 1; length < segments.length; length += 1) {
      const above = segments.slice(0, length).join('/')
      if ((await this.stat(above))?.kind === 'file') throw blockedBy(above, 'file', { path, code: 'ENOTDIR' })
    }
  }

  async #hasBelow(path: string): Promise<boolean> {
    for await (const { objects, prefixes } of this.#bucket.list({ prefix: `${this.#key(path)}/`, delimiter: '/' }))
      return objects.length + prefixes.length > 0
    return false
  }

  /** Yields all files but the shared ones, whose objects are gathered. */
  async *#files(shared: SharedObjects, signal?: AbortSignal): AsyncGenerator<Listed> {
    for await (const { objects } of this.#bucket.list({ prefix: this.#prefix, ...(signal !== undefined && { signal }) }))
      for (const object of objects) {
        const listed = this.#listed(object)
        if (!listed.path.split('/').every(isName)) continue
        const one = this.#sharedOf(object)
        if (one === undefined) yield listed
        else shared.add(one)
      }
  }

  #listed({ key, size, etag }: BucketObject): Listed {
    return { path: key.slice(this.#prefix.length), size, mark: markOf(etag) }
  }

  #key(path: string): string {
    return keyIn(this.#prefix, path)
  }
}

const absent = (path: string): StorageError =>
  new StorageError(`Could not read ${path}: it is not there (ENOENT)`, { code: 'ENOENT', path })
