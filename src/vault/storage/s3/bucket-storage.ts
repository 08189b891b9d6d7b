import { checkTarget } from '../partial-name.ts'
import { Pending } from '../pending.ts'
import { checkFolder, checkPath, nameOf } from '../relative-path.ts'
import { type Entry, otherInTheWay, type PutOptions, type Storage, StorageError } from '../storage.ts'
import type { Bucket, BucketObject } from './bucket.ts'
import { fileEntry, folderEntry, type Listed, Listing } from './listing.ts'

/** The longest key, in bytes. */
const LONGEST_KEY = 1024

/** A place in a bucket. */
export interface BucketFacts {
  readonly bucket: Bucket
  /** The beginning of all keys, with a slash at its end; empty for the whole bucket. */
  readonly prefix: string
  /** For people: `s3://bucket/prefix`. */
  readonly location: string
  /** Called before anything is changed. Throws when this process may not change the vault any more. */
  readonly mayChange: () => void
}

/** Opens the storage of a vault in a bucket: a key is the prefix and the path. It has the core alone, because buckets can do no more. */
export const openBucketStorage = (facts: BucketFacts): Storage => new BucketStorage(facts)

class BucketStorage implements Storage {
  readonly location: string
  readonly #bucket: Bucket
  readonly #prefix: string
  readonly #mayChange: () => void
  readonly #pending = new Pending()
  #listing: Listing | undefined

  constructor({ bucket, prefix, location, mayChange }: BucketFacts) {
    this.location = location
    this.#bucket = bucket
    this.#prefix = prefix
    this.#mayChange = mayChange
  }

  /** From here on nothing is asked of the server but bytes: nobody else changes the vault, because it is locked. */
  async listAll(signal?: AbortSignal): Promise<void> {
    const listing = new Listing()
    try {
      await listing.fill(this.#files(signal))
    } catch (error) {
      listing.close()
      throw error
    }
    this.#listing?.close()
    this.#listing = listing
  }

  async list(folder: string): Promise<readonly Entry[]> {
    checkFolder(folder)
    if (this.#listing !== undefined) return this.#listing.list(folder)
    const start = folder === '' ? this.#prefix : `${this.#key(folder)}/`
    const entries: Entry[] = []
    for await (const page of this.#bucket.list({ prefix: start, delimiter: '/' })) {
      for (const prefix of page.prefixes) entries.push(folderEntry(prefix.slice(start.length, -1)))
      for (const object of page.objects) if (object.key !== start) entries.push(fileEntry(this.#listed(object)))
    }
    return entries.filter(({ name }) => isName(name))
  }

  async stat(path: string): Promise<Entry | undefined> {
    checkPath(path)
    if (this.#listing !== undefined) return this.#listing.find(path)
    const found = await this.#bucket.head(this.#key(path))
    if (found !== undefined) return fileEntry(this.#listed(found))
    return (await this.#hasBelow(path)) ? folderEntry(nameOf(path)) : undefined
  }

  async *read(
    path: string,
    { start = 0, signal }: { readonly start?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkPath(path)
    signal?.throwIfAborted()
    const standing = await this.stat(path)
    if (standing === undefined) throw new StorageError(`Could not read ${path}: it is not there (ENOENT)`, { code: 'ENOENT', path })
    if (standing.kind !== 'file') throw otherInTheWay(path, 'a folder', 'EISDIR')
    // A server refuses to read from the end of an object on.
    const { size } = standing
    if (start < size) yield* this.#bucket.get(this.#key(path), { from: start, size, ...(signal !== undefined && { signal }) })
  }

  put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    return this.#pending.track(() => this.#put(path, bytes, options))
  }

  async #put(path: string, bytes: AsyncIterable<Uint8Array>, { mtime, isPrivate = false, size, md5 }: PutOptions): Promise<void> {
    checkTarget(path)
    let stored = 0
    const counted = async function* (this: BucketStorage): AsyncGenerator<Uint8Array> {
      let isFirst = true
      for await (const chunk of bytes) {
        // In the stream, so that one that is refused was begun, and is closed.
        if (isFirst) await this.#refuseOthers(path)
        isFirst = false
        stored += chunk.byteLength
        yield chunk
      }
      if (isFirst) await this.#refuseOthers(path)
      this.#mayChange()
    }
    const key = this.#key(path)
    const facts = { ...(mtime !== undefined && { mtime }), ...(isPrivate && { isPrivate }) }
    const promised = { ...(size !== undefined && { size }), ...(md5 !== undefined && { md5 }) }
    const { etag } = await this.#bucket.put(key, counted.call(this), { ...facts, ...promised })
    this.#listing?.put({ path, size: stored, mark: markOf(etag) })
  }

  copy(from: string, to: string): Promise<void> {
    return this.#pending.track(async () => {
      checkPath(from)
      checkTarget(to)
      const standing = await this.stat(from)
      if (standing === undefined) throw new StorageError(`Could not copy ${from}: it is not there (ENOENT)`, { code: 'ENOENT', path: from })
      if (standing.kind !== 'file') throw otherInTheWay(from, 'a folder', 'EISDIR')
      if ((await this.stat(to)) !== undefined)
        throw new StorageError(`Could not copy ${from}: ${to} stands there already (EEXIST)`, { code: 'EEXIST', path: to })
      await this.#refuseOthers(to)
      this.#mayChange()
      const { etag } = await this.#bucket.copy(this.#key(from), this.#key(to), { size: standing.size })
      this.#listing?.put({ path: to, size: standing.size, mark: markOf(etag) })
    })
  }

  remove(path: string): Promise<void> {
    return this.#pending.track(async () => {
      checkPath(path)
      const standing = await this.stat(path)
      if (standing === undefined) return
      if (standing.kind !== 'file') throw otherInTheWay(path, 'a folder', 'EISDIR')
      this.#mayChange()
      await this.#bucket.remove([this.#key(path)])
      this.#listing?.remove(path)
    })
  }

  async close(): Promise<void> {
    await this.#pending.settled()
    this.#listing?.close()
    this.#listing = undefined
    this.#bucket.close()
  }

  /** Throws where a folder stands, or a file in the place of a folder above: the bucket would take both, and no disk could hold a copy. */
  async #refuseOthers(path: string): Promise<void> {
    if ((await this.stat(path))?.kind === 'folder') throw otherInTheWay(path, 'a folder', 'EISDIR')
    const segments = path.split('/')
    for (let length = 1; length < segments.length; length += 1) {
      const above = segments.slice(0, length).join('/')
      if ((await this.stat(above))?.kind === 'file') throw otherInTheWay(above, 'a file in the place of a folder', 'ENOTDIR')
    }
  }

  async #hasBelow(path: string): Promise<boolean> {
    for await (const { objects, prefixes } of this.#bucket.list({ prefix: `${this.#key(path)}/`, delimiter: '/' }))
      return objects.length + prefixes.length > 0
    return false
  }

  async *#files(signal?: AbortSignal): AsyncGenerator<Listed> {
    for await (const { objects } of this.#bucket.list({ prefix: this.#prefix, ...(signal !== undefined && { signal }) }))
      for (const object of objects) {
        const listed = this.#listed(object)
        if (listed.path.split('/').every(isName)) yield listed
      }
  }

  #listed({ key, size, etag }: BucketObject): Listed {
    return { path: key.slice(this.#prefix.length), size, mark: markOf(etag) }
  }

  #key(path: string): string {
    const key = this.#prefix + path
    if (Buffer.byteLength(key) <= LONGEST_KEY) return key
    throw new StorageError(`The name of ${path} is too long for a bucket, which takes ${LONGEST_KEY} bytes (ENAMETOOLONG)`, {
      code: 'ENAMETOOLONG',
      path,
    })
  }
}

/** Could this be a segment of a path? Other programs may have made keys that no disk can hold. */
const isName = (segment: string): boolean => segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\0')

/** An ETag may consist of digits alone, and must stay a text. */
const markOf = (etag: string): string => `"${etag}"`
