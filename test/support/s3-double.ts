/**
 * A server of S3 in memory, for the trouble that no real server makes on demand. It answers as Amazon does, and is strict where servers
 * differ: bytes without Content-MD5 are refused. It shares nothing with `src`.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** The kinds of requests that are counted. */
export type S3Request =
  | 'put'
  | 'get'
  | 'head'
  | 'list'
  | 'copy'
  | 'delete'
  | 'delete-many'
  | 'begin'
  | 'part'
  | 'complete'
  | 'abort'
  | 'uploads'

/** Trouble in place of an answer. */
export type S3Trouble =
  | { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is cut: at once, or after as many bytes of the answer. The request has no effect, unless `applied`. */
  | { readonly cut: number; readonly applied?: true }
  /** Another page with status 200, as of a hotel's network. */
  | 'garbage'
  /** No answer and no end. */
  | 'silence'

/** The behaviour of the double; it may be changed at any time. */
export interface S3Habits {
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  /** Milliseconds by which the server's clock is ahead of this machine's. */
  ahead: number
  /** Milliseconds after which a listing shows an object that was put or removed. */
  lag: number
  /** Are `If-Match` and `If-None-Match` honoured, or ignored as some servers and bucket states do? */
  conditions: 'honoured' | 'ignored'
  /** Former versions are kept. */
  versioning: boolean
  /** Removing and replacing is refused for keys that this says are held. */
  locked: (key: string) => boolean
  /** Most keys of a page. */
  pageSize: number
  /** Bytes of the largest object that is copied by one request. */
  largestCopy: number
  /** The body of a request that writes is read when this resolves: until then the connection is held open. */
  hold: (key: string) => Promise<void>
  /** A PUT takes effect when this resolves; the request may be given up meanwhile, and takes effect all the same. */
  delay: (key: string) => Promise<void>
  /** Returns the trouble for a request, if any. `nth` counts the requests of its kind from 1. */
  trouble: (kind: S3Request, nth: number, key: string) => S3Trouble | undefined
}

/** One stored object. */
export interface S3Object {
  readonly bytes: Buffer
  readonly etag: string
  readonly modified: number
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: string
}

/** A refusal with a code of S3. */
class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly extra: string

  constructor(status: number, code: string, extra = '') {
    super(code)
    this.status = status
    this.code = code
    this.extra = extra
  }
}

interface Call {
  readonly kind: S3Request
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer | string }

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const xml = (text: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${text}`
const escaped = (text: string): string => text.replace(/[<>&'"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
const unescaped = (text: string): string =>
  text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (_, hex, digits, name) =>
    name === undefined
      ? String.fromCodePoint(Number.parseInt(hex ?? digits, hex ? 16 : 10))
      : ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[name as string] ?? ''),
  )
/** The spelling of keys in listings: a space is a plus, as at Amazon. */
const spelt = (key: string): string => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')

/** Starts the double. Call `stop` at the end. */
export async function startS3Double(given: Partial<S3Habits> = {}) {
  const double = new S3Double(given)
  await double.listen()
  return double
}

/** The double, its habits, and all that it holds. */
export class S3Double {
  readonly habits: S3Habits
  readonly objects = new Map<string, S3Object>()
  /** Former versions by key, the oldest first; only with `versioning`. */
  readonly versions = new Map<string, readonly S3Object[]>()
  readonly counts = new Map<S3Request, number>()
  readonly #uploads = new Map<string, { key: string; begun: number; headers: IncomingMessage['headers']; parts: Map<number, Buffer> }>()
  /** The changes, for listings that lag. */
  readonly #changes: { readonly at: number; readonly key: string; readonly before: S3Object | undefined }[] = []
  readonly #server = createServer((request, response) => {
    const served = this.#serve(request, response).finally(() => this.#serving.delete(served))
    this.#serving.add(served)
  })
  readonly #serving = new Set<Promise<void>>()
  #uploadNumber = 0
  endpoint = ''

  constructor(given: Partial<S3Habits>) {
    this.habits = {
      ...{ bucket: 'photos', region: 'us-east-1', accessKeyId: 'DOUBLE', ahead: 0, lag: 0, conditions: 'honoured', versioning: false },
      ...{ locked: () => false, pageSize: 1000, largestCopy: 5 * 1024 ** 3, hold: async () => undefined },
      ...{ delay: async () => undefined, trouble: () => undefined },
      ...given,
    }
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    this.endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Waits until every request that has come is done. */
  async quiet(): Promise<void> {
    await Promise.all(this.#serving)
  }

  /** The number of requests of these kinds. */
  count(...kinds: readonly S3Request[]): number {
    return kinds.reduce((sum, kind) => sum + (this.counts.get(kind) ?? 0), 0)
  }

  /** The number of uploads in parts that have been begun and not ended. */
  get unfinished(): number {
    return this.#uploads.size
  }

  #now = (): number => Date.now() + this.habits.ahead

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined)
    response.sendDate = false
    response.setHeader('date', new Date(this.#now()).toUTCString())
    const url = new URL(request.url ?? '', 'http://double')
    const [, bucket = '', path] = /^\/([^/]*)\/?(.*)$/s.exec(url.pathname) ?? []
    const key = decodeURIComponent(path ?? '')
    const kind = kindOf(request, url.searchParams, key)
    const nth = (this.counts.get(kind) ?? 0) + 1
    this.counts.set(kind, nth)
    const trouble = this.habits.trouble(kind, nth, key)
    try {
      if (kind === 'put' || kind === 'part') await this.habits.hold(key)
      // A body that is cut has no effect at all.
      const body = await buffer(request)
      if (trouble === 'silence') return
      if (trouble === 'garbage')
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome. Please sign in</html>')
      if (trouble !== undefined && 'status' in trouble) {
        for (const [name, value] of Object.entries(trouble.headers ?? {})) response.setHeader(name, value)
        throw new Refusal(trouble.status, trouble.code)
      }
      if (trouble !== undefined && trouble.cut === 0 && trouble.applied === undefined) return void response.destroy()
      this.#admit(request, bucket)
      if (kind === 'put' || kind === 'complete') await this.habits.delay(key)
      const answer = this.#answer({ kind, key, query: url.searchParams, headers: request.headers, body })
      if (trouble?.cut === 0) return void response.destroy()
      send(request, response, answer, trouble?.cut)
    } catch (error) {
      if (error instanceof Refusal) refuse(request, response, error)
      else response.destroy()
    }
  }

  /** Refuses strangers, other regions and other clocks. */
  #admit(request: IncomingMessage, bucket: string): void {
    const [, id, date, region] = /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\//.exec(request.headers.authorization ?? '') ?? []
    if (date === undefined) throw new Refusal(403, 'AccessDenied')
    if (region !== this.habits.region) {
      throw new Refusal(400, 'AuthorizationHeaderMalformed', `<Region>${this.habits.region}</Region>`)
    }
    if (id !== this.habits.accessKeyId) throw new Refusal(403, 'InvalidAccessKeyId', `<AWSAccessKeyId>${id}</AWSAccessKeyId>`)
    const stamp = String(request.headers['x-amz-date']).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')
    if (Math.abs(Date.parse(stamp) - this.#now()) > 15 * 60_000) throw new Refusal(403, 'RequestTimeTooSkewed')
    if (bucket !== this.habits.bucket) throw new Refusal(404, 'NoSuchBucket')
  }

  #answer(call: Call): Answer {
    switch (call.kind) {
      case 'put':
        return this.#put(call)
      case 'get':
      case 'head':
        return this.#get(call)
      case 'list':
        return this.#list(call)
      case 'copy':
        return this.#copy(call)
      case 'delete':
        this.#remove(call.key)
        return { status: 204 }
      case 'delete-many':
        return this.#removeMany(call)
      default:
        return this.#upload(call)
    }
  }

  #put({ key, headers, body }: Call): Answer {
    checkMd5(headers, body)
    this.#checkKey(key)
    this.#checkConditions(key, headers)
    return { status: 200, headers: { etag: `"${this.#store(key, body, headers).etag}"` } }
  }

  #checkKey(key: string): void {
    if (Buffer.byteLength(key) > 1024) throw new Refusal(400, 'KeyTooLongError')
    if (this.habits.locked(key) && this.objects.has(key) && !this.habits.versioning) throw new Refusal(403, 'AccessDenied')
  }

  #checkConditions(key: string, headers: IncomingMessage['headers']): void {
    if (this.habits.conditions === 'ignored') return
    const there = this.objects.get(key)
    if (headers['if-none-match'] === '*' && there !== undefined) throw new Refusal(412, 'PreconditionFailed')
    const match = headers['if-match']
    if (match === undefined) return
    if (there === undefined) throw new Refusal(404, 'NoSuchKey')
    if (match.replaceAll('"', '') !== there.etag) throw new Refusal(412, 'PreconditionFailed')
  }

  #store(key: string, bytes: Buffer, headers: IncomingMessage['headers'], etag = md5(bytes)): S3Object {
    const metadata = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name, String(value)]] : [])),
    )
    const storageClass = String(headers['x-amz-storage-class'] ?? 'STANDARD')
    const modified = Math.floor(this.#now() / 1000) * 1000
    const object = { bytes, etag, modified, metadata, storageClass }
    this.#change(key, object)
    return object
  }

  #change(key: string, object: S3Object | undefined): void {
    const before = this.objects.get(key)
    this.#changes.push({ at: Date.now(), key, before })
    if (this.habits.versioning && before !== undefined) this.versions.set(key, [...(this.versions.get(key) ?? []), before])
    if (object === undefined) this.objects.delete(key)
    else this.objects.set(key, object)
  }

  #remove(key: string): void {
    if (this.habits.locked(key) && !this.habits.versioning) throw new Refusal(403, 'AccessDenied')
    if (this.objects.has(key)) this.#change(key, undefined)
  }

  #removeMany({ headers, body }: Call): Answer {
    checkMd5(headers, body)
    const keys = [...body.toString().matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key = '']) => unescaped(key))
    if (keys.length > 1000 || keys.length === 0) throw new Refusal(400, 'MalformedXML')
    const lines = keys.map((key) => {
      try {
        this.#remove(key)
        return `<Deleted><Key>${escaped(key)}</Key></Deleted>`
      } catch {
        return `<Error><Key>${escaped(key)}</Key><Code>AccessDenied</Code><Message>no</Message></Error>`
      }
    })
    return { status: 200, body: xml(`<DeleteResult>${lines.join('')}</DeleteResult>`) }
  }

  #get({ kind, key, headers }: Call): Answer {
    const object = this.objects.get(key)
    if (object === undefined) throw new Refusal(404, 'NoSuchKey')
    if (/GLACIER|DEEP_ARCHIVE/.test(object.storageClass) && kind === 'get') {
      throw new Refusal(403, 'InvalidObjectState')
    }
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    if (start > 0 && start >= object.bytes.length) throw new Refusal(416, 'InvalidRange')
    const body = object.bytes.subarray(start)
    const range = headers.range === undefined ? {} : { 'content-range': `bytes ${start}-${object.bytes.length - 1}/${object.bytes.length}` }
    const storageClass = object.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': object.storageClass }
    const facts = {
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.modified).toUTCString(),
      'content-length': String(body.length),
    }
    return { status: headers.range === undefined ? 200 : 206, headers: { ...facts, ...object.metadata, ...range, ...storageClass }, body }
  }

  /** The objects as listings show them now. */
  #shown(): ReadonlyMap<string, S3Object> {
    if (this.habits.lag === 0) return this.objects
    const shown = new Map(this.objects)
    for (const { at, key, before } of this.#changes.toReversed()) {
      if (Date.now() - at >= this.habits.lag) break
      if (before === undefined) shown.delete(key)
      else shown.set(key, before)
    }
    return shown
  }

  #list({ query }: Call): Answer {
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const most = Math.min(Number(query.get('max-keys') ?? 1000), this.habits.pageSize)
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64')
    const say = query.get('encoding-type') === 'url' ? spelt : escaped
    const shown = this.#shown()
    const names = new Map<string, string | undefined>()
    for (const key of shown.keys()) {
      if (!key.startsWith(prefix)) continue
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      if (end < 0) names.set(key, key)
      else names.set(key.slice(0, end + delimiter.length), undefined)
    }
    const rest = [...names]
      .filter(([name]) => Buffer.from(name).compare(after) > 0)
      .sort(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)))
    const page = rest.slice(0, most)
    const next =
      rest.length > most ? `<NextContinuationToken>${Buffer.from(page.at(-1)?.[0] ?? '').toString('base64')}</NextContinuationToken>` : ''
    const lines = page.map(([name, key]) => {
      const object = key === undefined ? undefined : shown.get(key)
      if (object === undefined) return `<CommonPrefixes><Prefix>${say(name)}</Prefix></CommonPrefixes>`
      const { modified, etag, bytes, storageClass } = object
      return `<Contents><Key>${say(name)}</Key><LastModified>${new Date(modified).toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${bytes.length}</Size><StorageClass>${storageClass}</StorageClass></Contents>`
    })
    const encoding = query.has('encoding-type') ? '<EncodingType>url</EncodingType>' : ''
    const head = `<Name>${this.habits.bucket}</Name><Prefix>${say(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys>`
    const body = `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${head}${encoding}<IsTruncated>${next !== ''}</IsTruncated>${next}${lines.join('')}</ListBucketResult>`
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: xml(body) }
  }

  #copy({ key, headers }: Call): Answer {
    const object = this.#source(headers)
    if (object.bytes.length > this.habits.largestCopy) throw new Refusal(400, 'InvalidRequest')
    this.#checkKey(key)
    const replaced = headers['x-amz-metadata-directive'] === 'REPLACE'
    if (object === this.objects.get(key) && !replaced) throw new Refusal(400, 'InvalidRequest')
    const { etag, modified } = this.#store(key, object.bytes, replaced ? headers : { ...headers, ...object.metadata }, object.etag)
    return {
      status: 200,
      body: xml(
        `<CopyObjectResult><LastModified>${new Date(modified).toISOString()}</LastModified><ETag>"${etag}"</ETag></CopyObjectResult>`,
      ),
    }
  }

  /** Returns the object that a copy names. */
  #source(headers: IncomingMessage['headers']): S3Object {
    const [, from = ''] = /^\/?[^/]+\/(.*)$/s.exec(decodeURIComponent(String(headers['x-amz-copy-source']))) ?? []
    const object = this.objects.get(from)
    if (object === undefined) throw new Refusal(404, 'NoSuchKey')
    return object
  }

  #upload(call: Call): Answer {
    const { kind, key, query, headers, body } = call
    if (kind === 'begin') {
      const id = `upload-${++this.#uploadNumber}`
      this.#uploads.set(id, { key, begun: this.#now(), headers, parts: new Map() })
      return { status: 200, body: xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`) }
    }
    if (kind === 'uploads') {
      const all = [...this.#uploads].filter(([, upload]) => upload.key.startsWith(query.get('prefix') ?? ''))
      const lines = all.map(
        ([id, upload]) =>
          `<Upload><Key>${spelt(upload.key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(upload.begun).toISOString()}</Initiated></Upload>`,
      )
      return {
        status: 200,
        body: xml(
          `<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${lines.join('')}</ListMultipartUploadsResult>`,
        ),
      }
    }
    const id = query.get('uploadId') ?? ''
    const upload = this.#uploads.get(id)
    if (upload === undefined || upload.key !== key) throw new Refusal(404, 'NoSuchUpload')
    if (kind === 'part' && headers['x-amz-copy-source'] !== undefined) {
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-amz-copy-source-range'])) ?? []
      const part = this.#source(headers).bytes.subarray(Number(start), Number(end) + 1)
      upload.parts.set(Number(query.get('partNumber')), part)
      return { status: 200, body: xml(`<CopyPartResult><ETag>"${md5(part)}"</ETag></CopyPartResult>`) }
    }
    if (kind === 'part') {
      checkMd5(headers, body)
      upload.parts.set(Number(query.get('partNumber')), body)
      return { status: 200, headers: { etag: `"${md5(body)}"` } }
    }
    this.#uploads.delete(id)
    if (kind === 'abort') return { status: 204 }
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes)
    if (parts.slice(0, -1).some(({ length }) => length < 5 * 1024 * 1024)) throw new Refusal(400, 'EntityTooSmall')
    const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), 'hex'))))}-${parts.length}`
    this.#store(key, Buffer.concat(parts), upload.headers, etag)
    return { status: 200, body: xml(`<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`) }
  }
}

/** Returns the kind of a request. */
export function kindOf({ method, headers }: IncomingMessage, query: URLSearchParams, key: string): S3Request {
  if (method === 'POST') return query.has('delete') ? 'delete-many' : query.has('uploads') ? 'begin' : 'complete'
  if (method === 'PUT') return query.has('partNumber') ? 'part' : headers['x-amz-copy-source'] === undefined ? 'put' : 'copy'
  if (method === 'DELETE') return query.has('uploadId') ? 'abort' : 'delete'
  if (method === 'HEAD') return 'head'
  return query.has('uploads') ? 'uploads' : key === '' ? 'list' : 'get'
}

function checkMd5(headers: IncomingMessage['headers'], body: Buffer): void {
  const given = headers['content-md5']
  if (given === undefined) throw new Refusal(400, 'InvalidRequest')
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-'))) throw new Refusal(400, 'NotImplemented')
  if (Buffer.from(String(given), 'base64').toString('hex') !== md5(body)) throw new Refusal(400, 'BadDigest')
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = '' }: Answer,
  cut: number | undefined,
): void {
  response.writeHead(status, headers)
  if (request.method === 'HEAD' || status === 204) return void response.end()
  if (cut === undefined) return void response.end(body)
  response.write(Buffer.from(body).subarray(0, cut), () => response.destroy())
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, code, extra }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(request.method === 'HEAD' ? undefined : xml(`<Error><Code>${code}</Code><Message>No.</Message>${extra}</Error>`))
}
