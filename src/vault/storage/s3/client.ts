/**
 * The only file that sees Amazon's library. It is loaded when a bucket is opened. The library tries requests again, with its own pauses;
 * nothing else here does, but for reading on after a connection broke off. It does not try again what it sends from a stream.
 */
import { createHash } from 'node:crypto'
import { ConfigurationError } from '../../../errors.ts'
import { isExcepted, parseProxy } from '../../../flow/proxy.ts'
import type { BucketOptions } from './bucket.ts'
import { type Failure, NOT_OF_S3 } from './trouble.ts'

type Library = typeof import('@aws-sdk/client-s3')
type Client = InstanceType<Library['S3Client']>
type StorageClass = import('@aws-sdk/client-s3').StorageClass

/** Amazon's library with a client of it for one bucket. */
export interface Connection {
  readonly library: Library
  readonly client: Client
  readonly bucket: string
  /** The server for people. */
  readonly host: string
  readonly storageClass: StorageClass | undefined
  /** Returns the server's time of an answer, in milliseconds since 1970. */
  serverTime(answer: object): number | undefined
}

const load = async (): Promise<Library> => {
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    throw new ConfigurationError('A vault in a bucket needs the package @aws-sdk/client-s3, which is not installed.', {
      cause,
      hint: 'Install it beside this program: npm install --global @aws-sdk/client-s3',
    })
  }
}

const MINUTE = 60_000
/** Connections at once: more than the program downloads at once by itself. */
const CONNECTIONS = 50

/** Makes the client; nothing is connected yet. Throws `ConfigurationError` for a wrong proxy, a missing package, or no region. */
export async function connect(options: BucketOptions): Promise<Connection> {
  const { bucket, endpoint, storageClass } = options
  const library = await load()
  const client = await withRegion(library, options)
  const times = noteTimes(client)
  return {
    ...{ library, client, bucket, host: endpoint === undefined ? 'Amazon S3' : new URL(endpoint).host },
    storageClass: storageClass as StorageClass | undefined,
    serverTime: (answer) => times.get(answer),
  }
}

/** Makes the client with a region: servers of one's own have none, and their clients send Amazon's first one. */
async function withRegion(library: Library, options: BucketOptions): Promise<Client> {
  const client = await makeClient(library, options)
  try {
    await client.config.region()
    return client
  } catch (cause) {
    client.destroy()
    if (options.endpoint !== undefined) return await makeClient(library, { ...options, region: 'us-east-1' })
    const hint = 'Write region = "…" into [s3]: the region that the bucket was made in.'
    throw new ConfigurationError(`The region of the bucket "${options.bucket}" is not known.`, { cause, hint })
  }
}

/** Notes the server's time of each answer, by the object that the library makes of it. */
function noteTimes(client: Client): WeakMap<object, number> {
  const times = new WeakMap<object, number>()
  client.middlewareStack.add(
    (next) => async (parameters) => {
      const result = await next(parameters)
      const time = Date.parse((result.response as { readonly headers?: { readonly date?: string } }).headers?.date ?? '')
      if (Number.isFinite(time) && result.output !== undefined) times.set(result.output, time)
      return result
    },
    { step: 'deserialize', priority: 'high', name: 'serverTime' },
  )
  return times
}

async function makeClient(library: Library, options: BucketOptions): Promise<Client> {
  const { endpoint, region, keys, pathStyle = endpoint !== undefined, tries = 9, silence = MINUTE } = options
  const agent = { keepAlive: true, maxSockets: CONNECTIONS, ...proxyOf(options) }
  // Not loaded with this file: of every start of the program, Node's client would take a tenth.
  const [{ Agent }, { Agent: SafeAgent }] = await Promise.all([import('node:http'), import('node:https')])
  const client = new library.S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(keys !== undefined && { credentials: keys }),
    forcePathStyle: pathStyle,
    // Other servers than Amazon's ignore these checksums, or refuse them. All of them check Content-MD5.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: tries,
    retryMode: 'standard',
    // With it the library would go round our connections, and so round the proxy.
    expectContinueHeader: false,
    requestHandler: {
      httpAgent: new Agent(agent),
      httpsAgent: new SafeAgent(agent),
      connectionTimeout: Math.min(silence, 10_000),
      socketTimeout: silence,
    },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  })
  client.middlewareStack.add((next) => async (parameters) => await next({ ...parameters, request: withMd5(parameters.request) }), {
    step: 'build',
    priority: 'low',
    name: 'contentMd5',
  })
  client.middlewareStack.add((next) => async (parameters) => refusePages(await next(parameters), parameters.request), {
    step: 'deserialize',
    priority: 'low',
    name: 'refusePages',
  })
  return client
}

/** Passes an answer on, unless it is a web page with status 200, as of a hotel's network: then the library asks again, as after a cut. */
function refusePages<T extends { readonly response: unknown }>(answer: T, request: unknown): T {
  const { statusCode, headers, body } = answer.response as {
    readonly statusCode: number
    readonly headers: Readonly<Record<string, string>>
    readonly body?: { destroy?(): void }
  }
  // An object may be a web page, too, and has an ETag. Some servers call an empty answer one, and every answer to a POST.
  const { method } = request as { readonly method: string }
  const isOfS3 = statusCode !== 200 || headers['content-length'] === '0' || method === 'POST'
  if (isOfS3 || headers.etag !== undefined || !/^text\/html\b/i.test(headers['content-type'] ?? '')) return answer
  body?.destroy?.()
  throw Object.assign(new Error(NOT_OF_S3), { name: NOT_OF_S3, $retryable: {}, $metadata: { httpStatusCode: statusCode } })
}

/** Gives every request that has its bytes at hand a Content-MD5, in place of the library's own checksums. */
function withMd5<T>(request: T): T {
  const { headers, body } = request as { headers: Record<string, string>; body?: unknown }
  for (const name of Object.keys(headers)) if (/^x-amz-(?:checksum-|sdk-checksum-algorithm$)/.test(name)) delete headers[name]
  if (typeof body === 'string' || body instanceof Uint8Array) headers['content-md5'] = createHash('md5').update(body).digest('base64')
  return request
}

/** Returns the options of connections for the proxy on the way to the bucket, as everywhere in this program. */
function proxyOf({ bucket, endpoint, region, proxy }: BucketOptions) {
  const url = new URL(endpoint ?? `https://${bucket}.s3.${region ?? 'us-east-1'}.amazonaws.com`)
  const safe = url.protocol === 'https:'
  const found = isExcepted(url, proxy?.no)
    ? undefined
    : safe
      ? parseProxy(proxy?.https, 'HTTPS_PROXY')
      : parseProxy(proxy?.http, 'HTTP_PROXY')
  return found === undefined ? {} : { proxyEnv: { HTTP_PROXY: found.url.href, HTTPS_PROXY: found.url.href } }
}

interface LibraryError {
  readonly name?: unknown
  readonly code?: unknown
  readonly Region?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
}

/** Reads the codes of an error of the library. */
export function failureOf(cause: unknown): Failure {
  const error = (typeof cause === 'object' && cause !== null ? cause : {}) as LibraryError
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode
  const region = error.$response?.headers?.['x-amz-bucket-region'] ?? error.Region
  return {
    name: typeof error.name === 'string' ? error.name : '',
    ...(status !== undefined && { status }),
    ...(typeof error.code === 'string' && { code: error.code }),
    ...(typeof region === 'string' && /^[\w-]{1,40}$/.test(region) && { region }),
    cause,
  }
}
