/** A bucket over the requests of S3: gathers small files, sends large ones in parts, reads on after a break. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { DestinationError } from '../../../errors.ts'
import { Room } from '../../../flow/room.ts'
import { StorageError } from '../storage.ts'
import type { Bucket, BucketOptions, ObjectFacts, PutObject, Stored } from './bucket.ts'
import { connect, failureOf } from './client.ts'
import { exactly, gather, type Piece, partSizeFor, partsOf } from './pieces.ts'
import { type Place, Requests } from './requests.ts'
import { isPassing } from './trouble.ts'

/** Files up to this size are gathered, which lets them be sent again. */
const SMALL = 1_000_000
/** The largest object of one PUT or copy. */
const LARGEST_PUT = 5 * 1024 ** 3
const PART = 8 * 1024 ** 2
/** A part of a large copy. None of its bytes come here, and 10,000 of them hold the largest object there can be. */
const COPIED = 512 * 1024 ** 2
/** Bytes of parts that are gathered at once, of all files: the rest waits. */
const GATHERED = 4 * PART
/** Breaks without a byte in between after which reading is given up. */
const BREAKS = 3
/** The most keys of one request that removes. */
const MOST_KEYS = 1000

/**
 * Opens a bucket; nothing is asked of the server yet. Throws `ConfigurationError` when the library is not installed, the region is not known
 * or the proxy cannot be used.
 */
export async function openBucket(options: BucketOptions): Promise<Bucket> {
  const connection = await connect(options)
  const requests = new Requests(connection)
  const room = new Room(GATHERED)
  return {
    location: `s3://${options.bucket} at ${connection.host}`,
    put: async (key, bytes, how = {}) => await put({ requests, room, partSize: options.partSize ?? PART }, { key, bytes, how }),
    get: (key, how = {}) => read(requests, key, how),
    head: async (key) => await requests.head(key),
    list: (place) => list(requests, { ...place, most: options.pageSize }),
    copy: async (from, to, { size = 0, facts } = {}) =>
      size <= (options.largestCopy ?? LARGEST_PUT)
        ? await requests.copy(from, to, facts)
        : await copyInParts(requests, { from, to, size, partSize: options.partSize ?? COPIED }, facts),
    remove: async (keys) => await remove(requests, keys),
    async serverTime() {
      const { serverTime } = await requests.page({ prefix: '', most: 1 })
      if (serverTime === undefined) throw new StorageError(`${connection.host} does not say its time`, { code: 'EIO', path: '' })
      return serverTime
    },
    async sweep(prefix) {
      const left = (await requests.uploads(prefix)).filter(({ key }) => key.startsWith(prefix))
      for (const { key, id } of left) await requests.abandon(key, id)
      return left.length
    },
    close: () => requests.close(),
  }
}

interface Means {
  readonly requests: Requests
  readonly room: Room
  readonly partSize: number
}

interface Wanted {
  readonly key: string
  readonly bytes: AsyncIterable<Uint8Array> | Uint8Array
  readonly how: PutObject
}

async function put(means: Means, { key, bytes, how }: Wanted): Promise<Stored> {
  const { requests, room } = means
  const { size, md5, ...rest } = how
  if (bytes instanceof Uint8Array) return await requests.put(key, bytes, rest)
  const counted = size === undefined ? bytes : exactly(bytes, size)
  if (size !== undefined && size <= SMALL) return await requests.put(key, await gather(counted), rest)
  if (size !== undefined && size <= LARGEST_PUT && md5 !== undefined) {
    return await stream(requests, key, { bytes: counted, size, md5, rest })
  }
  const partSize = partSizeFor(size, means.partSize)
  const release = await room.acquire(partSize, how.signal)
  try {
    return await inParts(requests, key, { parts: partsOf(counted, partSize), rest })
  } finally {
    release()
  }
}

type Rest = Omit<PutObject, 'size' | 'md5'>

/** Sends a stream by one PUT. The library pipes it, and does not notice when it fails: the request is aborted then. */
async function stream(
  requests: Requests,
  key: string,
  { bytes, size, md5, rest }: { bytes: AsyncIterable<Uint8Array>; size: number; md5: string; rest: Rest },
): Promise<Stored> {
  const stop = new AbortController()
  const body = Readable.from(bytes, { objectMode: false })
  body.once('error', (error) => stop.abort(error))
  const signal = rest.signal === undefined ? stop.signal : AbortSignal.any([rest.signal, stop.signal])
  try {
    return await requests.put(key, { stream: body, size, md5 }, { ...rest, signal })
  } catch (error) {
    throw sentOnce(error, key)
  } finally {
    body.destroy()
  }
}

/** Marks trouble that passes by itself, so that who has the bytes sends them again. */
function sentOnce(error: unknown, key: string): unknown {
  const isTrouble = error instanceof DestinationError || error instanceof StorageError
  if (!isTrouble || !isPassing(failureOf(error.cause))) return error
  return new StorageError(error.message, { code: 'EAGAIN', path: key, cause: error, transient: true })
}

/** Sends parts one after the other, or all by one PUT where there is only one. */
async function inParts(
  requests: Requests,
  key: string,
  { parts, rest }: { readonly parts: AsyncIterable<Piece>; readonly rest: Rest },
): Promise<Stored> {
  const { signal, ...facts } = rest
  return await withUpload(requests, { key, facts }, async (upload) => {
    for await (const { bytes, isLast } of parts) {
      if (isLast && upload.isEmpty) return await requests.put(key, bytes, rest)
      await upload.add((part) => requests.part(key, { ...part, bytes, signal }))
    }
    return await upload.complete()
  })
}

/** Copies an object part by part. Its facts do not go with it by themselves. */
async function copyInParts(
  requests: Requests,
  { from, to, size, partSize }: { readonly from: string; readonly to: string; readonly size: number; readonly partSize: number },
  given: ObjectFacts | undefined,
): Promise<Stored> {
  const { mtime, isPrivate } = given ?? (await requests.head(from)) ?? {}
  const facts = { ...(mtime !== undefined && { mtime }), ...(isPrivate !== undefined && { isPrivate }) }
  const length = partSizeFor(size, partSize)
  return await withUpload(requests, { key: to, facts }, async (upload) => {
    for (let at = 0; at < size; at += length) {
      const range = `bytes=${at}-${Math.min(at + length, size) - 1}`
      await upload.add((part) => requests.partOf(from, { ...part, key: to, range }))
    }
    return await upload.complete()
  })
}

/** Calls `send` with an upload. Nothing is left of it after trouble. */
async function withUpload(
  requests: Requests,
  about: { readonly key: string; readonly facts: ObjectFacts },
  send: (upload: Upload) => Promise<Stored>,
): Promise<Stored> {
  const upload = new Upload(requests, about)
  try {
    return await send(upload)
  } catch (error) {
    await upload.abandon()
    throw error
  }
}

/** An upload in parts, which begins with the first of them. */
class Upload {
  readonly #requests: Requests
  readonly #key: string
  readonly #facts: ObjectFacts
  readonly #etags: string[] = []
  #id: string | undefined

  constructor(requests: Requests, { key, facts }: { readonly key: string; readonly facts: ObjectFacts }) {
    this.#requests = requests
    this.#key = key
    this.#facts = facts
  }

  get isEmpty(): boolean {
    return this.#id === undefined
  }

  /** Adds the next part; `send` sends it, and returns its ETag. */
  async add(send: (part: { readonly id: string; readonly number: number }) => Promise<string>): Promise<void> {
    this.#id ??= await this.#requests.begin(this.#key, this.#facts)
    this.#etags.push(await send({ id: this.#id, number: this.#etags.length + 1 }))
  }

  async complete(): Promise<Stored> {
    if (this.#id === undefined) throw new Error('there was no part')
    const sums = createHash('md5')
    for (const etag of this.#etags) sums.update(Buffer.from(etag.replaceAll('"', ''), 'hex'))
    const expected = `${sums.digest('hex')}-${this.#etags.length}`
    return await complete(this.#requests, this.#key, { id: this.#id, etags: this.#etags, expected })
  }

  /** The trouble before it counts, not that of the cleaning: `sweep` removes what is left. */
  async abandon(): Promise<void> {
    if (this.#id !== undefined) await this.#requests.abandon(this.#key, this.#id).catch(() => undefined)
  }
}

/** Makes the object. When it is asked a second time because the answer was lost, a server may say that there is no such upload. */
async function complete(
  requests: Requests,
  key: string,
  { id, etags, expected }: { readonly id: string; readonly etags: readonly string[]; readonly expected: string },
): Promise<Stored> {
  try {
    const stored = await requests.complete(key, { id, etags })
    // radosgw leaves it empty.
    return stored.etag === '' ? { ...stored, etag: expected } : stored
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    const found = await requests.head(key)
    if (found?.etag !== expected) throw error
    return { etag: expected, serverTime: undefined }
  }
}

async function* read(
  requests: Requests,
  key: string,
  { from = 0, size, signal }: NonNullable<Parameters<Bucket['get']>[1]>,
): AsyncGenerator<Uint8Array> {
  let at = from
  let etag: string | undefined
  for (let breaks = 0; ; ) {
    const answer = await requests.get(key, { from: at, signal })
    if (answer === undefined) return await checkEnd(requests, key, at)
    if (etag !== undefined && answer.etag !== etag) {
      throw new StorageError(`${key} was changed in the bucket while it was read`, { code: 'EIO', path: key })
    }
    etag = answer.etag
    const end = answer.size === undefined ? size : at + answer.size
    try {
      for await (const chunk of answer.bytes) {
        at += chunk.length
        if (chunk.length > 0) breaks = 0
        yield chunk
      }
      if (end === undefined || at === end) return
      throw Object.assign(new Error('the answer ended early'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (breaks >= BREAKS) throw requests.broken(key, error)
    }
    breaks++
  }
}

/** Reading may begin at the very end of an object, and not beyond. */
async function checkEnd(requests: Requests, key: string, at: number): Promise<void> {
  const found = await requests.head(key)
  if (found?.size === at) return
  throw new StorageError(`${key} in the bucket is shorter than expected`, { code: 'EIO', path: key })
}

async function* list(requests: Requests, place: Place) {
  let from: string | undefined
  do {
    const { next, ...page } = await requests.page({ ...place, from })
    if (next !== undefined && next === from) throw requests.untrusted({ does: 'list' })
    yield page
    from = next
  } while (from !== undefined)
}

/** Characters that XML cannot carry, or changes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NOT_XML = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|^\s|\s$/u

async function remove(requests: Requests, keys: readonly string[]): Promise<void> {
  const [odd, plain] = [keys.filter((key) => NOT_XML.test(key)), keys.filter((key) => !NOT_XML.test(key))]
  for (let at = 0; at < plain.length; at += MOST_KEYS) await requests.remove(plain.slice(at, at + MOST_KEYS))
  for (const key of odd) await requests.remove([key])
}
