import { createHmac, timingSafeEqual } from 'node:crypto'

/** A request as it arrived: nothing is decoded, and `host` is the client's Host header. */
export interface ReceivedRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly authorization?: string
  /** A form-encoded body; its parameters are signed too. */
  readonly form?: string
}

/** One name and its value, decoded. */
export type Parameter = readonly [name: string, value: string]

/** The result of a check. `token` is absent if only the application signed. */
export type OAuthResult =
  | { readonly ok: true; readonly token?: string; readonly parameters: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problem: string }

/** The secrets that allow a request. */
export interface OAuthSecrets {
  consumerSecret(key: string): string | undefined
  /** Returns the secret of a token; `undefined` refuses it. */
  tokenSecret(token: string): string | undefined
}

/** Percent-encodes as RFC 5849, section 3.6: everything except letters, digits and `-._~`. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decodeForm(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** Returns the parameters of a query string or form, decoded, in order. */
export function formParameters(text: string): readonly Parameter[] {
  if (text === '') return []
  return text.split('&').map((pair) => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [decodeForm(pair), ''] : [decodeForm(pair.slice(0, equals)), decodeForm(pair.slice(equals + 1))]
  })
}

/** Returns the parameters of an `Authorization: OAuth …` header, without `realm`. */
export function headerParameters(header: string | undefined): readonly Parameter[] {
  if (header === undefined || !/^oauth\s/i.test(header)) return []
  const found = header.slice(6).matchAll(/\s*([^=\s,]+)\s*=\s*"([^"]*)"\s*(?:,|$)/g)
  return [...found]
    .map(([, name = '', value = '']): Parameter => [decodeForm(name), decodeURIComponentOrKeep(value)])
    .filter(([name]) => name !== 'realm')
}

function decodeURIComponentOrKeep(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Returns the signature base string of RFC 5849, section 3.4.1. `baseUri` is scheme, host, port if it is not the default, and path. */
export function baseString(method: string, baseUri: string, parameters: readonly Parameter[]): string {
  const normalised = parameters
    .filter(([name]) => name !== 'oauth_signature')
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return `${method.toUpperCase()}&${percentEncode(baseUri)}&${percentEncode(normalised)}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function hmacSha1(base: string, consumerSecret: string, tokenSecret: string): string {
  return createHmac('sha1', `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`)
    .update(base)
    .digest('base64')
}

/** Returns every parameter of the request, OAuth's own included. */
export function allParameters(request: ReceivedRequest): readonly Parameter[] {
  return [...headerParameters(request.authorization), ...formParameters(request.query), ...formParameters(request.form ?? '')]
}

/** Does the request carry any signature? */
export function isSigned(request: ReceivedRequest): boolean {
  return headerParameters(request.authorization).length > 0 || /(?:^|&)oauth_signature=/.test(request.query)
}

const REQUIRED = ['oauth_consumer_key', 'oauth_signature_method', 'oauth_signature', 'oauth_timestamp', 'oauth_nonce'] as const
const NONCE_LIFE_MS = 15 * 60_000
const CLOCK_TOLERANCE_MS = 5 * 60_000

/** Checks signatures, and that no nonce is ever used twice. One for all hosts of a simulator. */
export class OAuthGate {
  readonly #nonces = new Map<string, number>()

  /** Checks whether this request may pass. `now` is the server's clock, in milliseconds. */
  check(request: ReceivedRequest, secrets: OAuthSecrets, now: number, needsToken = true): OAuthResult {
    const parameters = allParameters(request)
    const named = new Map(parameters)
    const absent = REQUIRED.filter(
      (name) => !named.has(name) && !(isPlain(named) && (name === 'oauth_timestamp' || name === 'oauth_nonce')),
    )
    if (needsToken && !named.has('oauth_token'))
      return refuse(`parameter_absent&oauth_parameters_absent=${[...absent, 'oauth_token'].join('%26')}`)
    if (absent.length > 0) return refuse(`parameter_absent&oauth_parameters_absent=${absent.join('%26')}`)
    const value = (name: string): string => named.get(name) ?? ''
    if (named.has('oauth_version') && value('oauth_version') !== '1.0') return refuse('version_rejected')
    const consumerSecret = secrets.consumerSecret(value('oauth_consumer_key'))
    if (consumerSecret === undefined) return refuse('consumer_key_unknown')
    if (!this.#isTimely(named, now)) return refuse('timestamp_refused')
    const token = named.get('oauth_token')
    const tokenSecret = token === undefined ? '' : secrets.tokenSecret(token)
    if (tokenSecret === undefined) return refuse('token_rejected')
    const method = value('oauth_signature_method')
    if (method !== 'HMAC-SHA1' && method !== 'PLAINTEXT') return refuse('signature_method_rejected')
    const base = baseString(request.method, baseUriOf(request), parameters)
    const expected =
      method === 'PLAINTEXT'
        ? `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`
        : hmacSha1(base, consumerSecret, tokenSecret)
    if (!same(value('oauth_signature'), expected)) return refuse(`signature_invalid&debug_sbs=${percentEncode(base)}`)
    if (named.has('oauth_nonce') && !this.#takeNonce(`${value('oauth_consumer_key')} ${token ?? ''} ${value('oauth_nonce')}`, now))
      return refuse('nonce_used')
    return { ok: true, ...(token === undefined ? {} : { token }), parameters: named }
  }

  #isTimely(named: ReadonlyMap<string, string>, now: number): boolean {
    const stamp = named.get('oauth_timestamp')
    if (stamp === undefined) return true
    return /^\d+$/.test(stamp) && Math.abs(Number(stamp) * 1000 - now) <= CLOCK_TOLERANCE_MS
  }

  #takeNonce(nonce: string, now: number): boolean {
    if (this.#nonces.has(nonce)) return false
    // A nonce older than any timestamp that would still pass can never be replayed.
    for (const [oldest, used] of this.#nonces) {
      if (now - used < NONCE_LIFE_MS) break
      this.#nonces.delete(oldest)
    }
    this.#nonces.set(nonce, now)
    return true
  }
}

function isPlain(named: ReadonlyMap<string, string>): boolean {
  return named.get('oauth_signature_method') === 'PLAINTEXT'
}

function refuse(problem: string): OAuthResult {
  return { ok: false, problem: `oauth_problem=${problem}` }
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Returns scheme, host and path as RFC 5849, section 3.4.1.2 wants them; the path stays as it was sent. */
function baseUriOf(request: ReceivedRequest): string {
  const host = request.host.toLowerCase().replace(/:80$/, '')
  return `http://${host}${request.path}`
}
