/** A bucket over the requests of S3: gathers small files, sends large ones in parts, reads on after a break. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Room } from '../../../flow/room.ts'
import { StorageError } from '../storage.ts'
import type { Bucket, BucketOptions, PutObject, Stored } from './bucket.ts'
import { connect } from './client.ts'
import { exactly, gather, type Piece, partSizeFor, partsOf } from './pieces.ts'
import { type Place, Requests } from './requests.ts'

/** Files up to this size are gathered, which lets them be sent again. */
const SMALL = 1_000_000
/** The largest object of one PUT. */
const LARGEST_PUT = 5 * 1024 ** 3
const PART = 8 * 1024 ** 2
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
    copy: async (from, to, facts) => await requests.copy(from, to, facts),
    remove: async (keys) => await remove(requests, keys),
    async serverTime() {
      const { serverTime } = await requests.page({ prefix: '', most: 1 })
      if (serverTime === undefined) throw new StorageError(`${connection.host} does not say its time`, { code: 'EIO', path: '' })
      return serverTime
    },
    async sweep({ prefix, before }) {
      const left = (await requests.uploads(prefix)).filter(({ key, begun }) => key.startsWith(prefix) && begun < before)
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
  } finally {
    body.destroy()
  }
}

/** Sends parts one after the other, or all by one PUT where there is only one. Nothing is left of them after trouble. */
async function inParts(
  requests: Requests,
  key: string,
  { parts, rest }: { readonly parts: AsyncIterable<Piece>; readonly rest: Rest },
): Promise<Stored> {
  const { signal, ...facts } = rest
  const etags: string[] = []
  const sums = createHash('md5')
  let id: string | undefined
  try {
    for await (const { bytes, isLast } of parts) {
      if (id === undefined && isLast) return await requests.put(key, bytes, rest)
      id ??= await requests.begin(key, facts)
      sums.update(createHash('md5').update(bytes).digest())
      etags.push(await requests.part(key, { id, number: etags.length + 1, bytes, signal }))
    }
    if (id === undefined) throw new Error('there was no part')
    return await complete(requests, key, { id, etags, expected: `${sums.digest('hex')}-${etags.length}` })
  } catch (error) {
    // The trouble counts, not that of the cleaning: `sweep` removes what is left.
    if (id !== undefined) await requests.abandon(key, id).catch(() => undefined)
    throw error
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
        breaks = 0
        yield chunk
      }
      if (end === undefined || at === end) return
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
