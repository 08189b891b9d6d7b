import { createHmac, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Simulator, World } from './world.ts'

/** A raw answer: nothing followed, nothing retried, nothing decoded. */
export interface RawAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** Did the body end as announced? */
  readonly whole: boolean
}

/** JSON as the tests look at it. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of every shape
export type Loose = any

/** Sends one request with exactly these headers. Rejects when the connection breaks before there is an answer. */
export function send(
  url: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const outgoing = request(url, { method: options.method ?? 'GET', headers: { ...options.headers }, agent: false }, (incoming) => {
    const chunks: Buffer[] = []
    // From now on a broken connection is an answer that is not whole.
    outgoing.off('error', reject).on('error', () => undefined)
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('error', () => undefined)
    incoming.on('close', () => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks), whole: incoming.complete })
    })
  })
  outgoing.on('error', reject)
  outgoing.end(options.body)
  return promise
}

/** Percent-encodes; written a second time on purpose. */
export function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      /[A-Za-z0-9\-._~]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}

/** The four secrets, of which some may be missing. */
export interface Secrets {
  readonly key: string
  readonly secret: string
  readonly token?: string
  readonly tokenSecret?: string
}

/** Returns an OAuth header for this request. `overrides` replaces single parameters; an empty value leaves one out. */
export function authorization(url: string, secrets: Secrets, overrides: Readonly<Record<string, string>> = {}, method = 'GET'): string {
  const target = new URL(url)
  const oauth: Record<string, string> = {
    oauth_consumer_key: secrets.key,
    oauth_nonce: randomBytes(8).toString('hex'),
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_version: '1.0',
    ...(secrets.token === undefined ? {} : { oauth_token: secrets.token }),
    ...overrides,
  }
  for (const name of Object.keys(oauth)) if (oauth[name] === '') delete oauth[name]
  const all = [...target.searchParams, ...Object.entries(oauth)].map(([name, value]) => `${encode(name)}=${encode(value)}`)
  const base = [method, encode(`${target.protocol}//${target.host}${target.pathname}`), encode(all.sort().join('&'))].join('&')
  const key = `${encode(secrets.secret)}&${encode(secrets.tokenSecret ?? '')}`
  oauth.oauth_signature ??= createHmac('sha1', key).update(base).digest('base64')
  return `OAuth ${Object.entries(oauth)
    .map(([name, value]) => `${name}="${encode(value)}"`)
    .join(', ')}`
}

/** Returns a client of one simulator that signs as the account's owner. */
export function ownerOf(
  simulator: Simulator,
  world: World,
): {
  readonly secrets: Secrets
  /** Sends a signed request and reads the JSON; throws when the answer is none. */
  get(path: string): Promise<Loose>
  raw(path: string, headers?: Readonly<Record<string, string>>): Promise<RawAnswer>
  /** Sends a signed change with a JSON body. */
  change(method: 'POST' | 'PATCH', path: string, body: Loose): Promise<{ readonly status: number; readonly json: Loose }>
  /** Uploads a file into an album. */
  upload(
    albumKey: string,
    body: Buffer,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly json: Loose }>
} {
  const { apiKey, apiSecret, userToken, userSecret } = world.keys
  const secrets = { key: apiKey, secret: apiSecret, token: userToken, tokenSecret: userSecret }
  const raw = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> => {
    const url = path.startsWith('http') ? path : `${simulator.apiUrl}${path}`
    return send(url, { headers: { Accept: 'application/json', Authorization: authorization(url, secrets), ...headers } })
  }
  const write = async (
    method: string,
    path: string,
    rest: { readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer },
  ) => {
    const url = `${simulator.apiUrl}${path}`
    const headers = { Accept: 'application/json', Authorization: authorization(url, secrets, {}, method), ...rest.headers }
    const answer = await send(url, { method, headers, body: rest.body })
    return { status: answer.status, json: JSON.parse(answer.body.toString('utf8')) as Loose }
  }
  const change = (method: 'POST' | 'PATCH', path: string, body: Loose) =>
    write(method, path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const upload = (albumKey: string, body: Buffer, headers: Readonly<Record<string, string>> = {}) =>
    write('POST', '/', {
      headers: { 'X-Smug-AlbumUri': `/api/v2/album/${albumKey}`, 'Content-Length': String(body.length), ...headers },
      body,
    })
  return { secrets, raw, change, upload, get: async (path) => JSON.parse((await raw(path)).body.toString('utf8')) }
}
