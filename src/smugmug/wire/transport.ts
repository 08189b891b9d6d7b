import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { isExcepted, type ProxyServer, type ProxySettings, parseProxy } from '../../flow/proxy.ts'

/** The longest silence that is accepted, in milliseconds. */
export interface Timeouts {
  /** The time until a connection stands. */
  readonly connectMs: number
  /** The time until an answer begins. SmugMug takes tens of seconds for long listings (fact sheet 0.3). */
  readonly headersMs: number
  /** The time between two pieces of an answer. */
  readonly bodyMs: number
  /** The time from the beginning of an API answer to its end, however steadily it comes. */
  readonly wholeMs: number
}

/** Times that suit SmugMug (fact sheet 7.2). */
export const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 15_000, headersMs: 90_000, bodyMs: 60_000, wholeMs: 60_000 }

/**
 * The time that an idle connection is kept. Spread calls come seconds apart, and each would begin with a handshake. A server that names a
 * time is obeyed.
 */
const IDLE_MS = 60_000

/** The connections to all hosts: kept alive, bounded per host, through a proxy where there is one. */
export interface Transport {
  /** Returns the dispatcher that sends a request to this address. */
  dispatcher(url: URL): Dispatcher
  /** Returns the proxy on the way to this address; undefined when there is none. */
  proxy(url: URL): ProxyServer | undefined
  /** Breaks every connection off; requests under way fail. */
  close(): Promise<void>
}

/** Opens the transport; nothing is connected yet. Throws `ConfigurationError` when a proxy's address cannot be used. */
export const openTransport = (options: {
  readonly connections: number
  readonly timeouts: Timeouts
  readonly proxy?: ProxySettings
}): Transport => {
  const { connections, timeouts, proxy } = options
  // HTTP/1.1 is faster here. The dispatcher follows no redirects and retries nothing, because each request needs a signature of its own.
  const settings = {
    allowH2: false,
    connections,
    keepAliveTimeout: IDLE_MS,
    connectTimeout: timeouts.connectMs,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
  }
  const direct = new Agent(settings)
  const ways = { 'http:': wayThrough(parseProxy(proxy?.http, 'HTTP_PROXY')), 'https:': wayThrough(parseProxy(proxy?.https, 'HTTPS_PROXY')) }
  function wayThrough(found: ProxyServer | undefined) {
    return found === undefined ? undefined : { proxy: found, dispatcher: new ProxyAgent({ ...settings, uri: found.url.href }) }
  }
  const wayTo = (url: URL) => (isExcepted(url, proxy?.no) ? undefined : ways[url.protocol === 'https:' ? 'https:' : 'http:'])
  return {
    dispatcher: (url) => wayTo(url)?.dispatcher ?? direct,
    proxy: (url) => wayTo(url)?.proxy,
    close: async () => {
      await Promise.all([direct.destroy(), ways['http:']?.dispatcher.destroy(), ways['https:']?.dispatcher.destroy()])
    },
  }
}

/**
 * Describes an error of the connection for people; undefined when it is none (then it is a bug and must not be retried). Neither the error
 * nor its message is passed on, because some quote bytes of an answer. `now` is this computer's time in milliseconds since 1970.
 */
export const connectionTrouble = (error: unknown, now: number): string | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (isNotHttp(error, code)) return 'answered what is not HTTP'
  const syscall = 'syscall' in error ? error.syscall : undefined
  const words = TROUBLE.find(([pattern]) => pattern.test(code))?.[1] ?? (CALLS.has(syscall) ? 'cannot be reached' : undefined)
  if (words === undefined) return undefined
  const clock = /^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/.test(code) ? `; check this computer's clock: it says ${timeOf(now)}` : ''
  return `${words} (${code}${clock})`
}

/** Did this error come before there was a connection? Then nothing was sent. */
export const isUnsent = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const syscall = 'syscall' in error ? error.syscall : undefined
  return syscall === 'connect' || syscall === 'getaddrinfo' || BEFORE_A_CONNECTION.test(code)
}

const BEFORE_A_CONNECTION =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/

/**
 * Did the HTTP client's parser give up? Its errors have a name and no code. A status below 100, or a change of protocol that nobody asked
 * for, makes an assertion of the parser fail; this program asserts nothing itself.
 */
const isNotHttp = (error: Error, code: string): boolean =>
  error.name === 'HTTPParserError' || code === 'ERR_ASSERTION' || code.startsWith('HPE_')

/** Calls of the operating system. A refusal of one of them is about the network, whatever its code. */
const CALLS: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo', 'socket', 'read', 'write'])

const timeOf = (now: number): string => `${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`

const TROUBLE: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'refused the connection'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'was not found: no such name, or no network'],
  [/^(ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN)$/, 'cannot be reached'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'could not be reached in time'],
  [/^UND_ERR_HEADERS_TIMEOUT$/, 'did not answer in time'],
  [/^UND_ERR_BODY_TIMEOUT$/, 'fell silent in the middle of an answer'],
  [/^UND_ERR_(DESTROYED|CLOSED)$/, 'was not asked, because the connection was closed here'],
  [/^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/, 'shows a certificate that is not valid today'],
  [
    /^(\w*SELF_SIGNED\w*|UNABLE_TO_GET_ISSUER_CERT\w*|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED)$/,
    'shows a certificate that this computer does not trust; if it is that of your own network, set NODE_EXTRA_CA_CERTS to its file',
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'shows the certificate of another server'],
  [/^(EPROTO|ERR_SSL_\w+)$/, 'does not speak TLS as it should'],
  [/^(CERT_\w+|ERR_TLS_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/, 'has no trustworthy certificate'],
  [
    /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_ABORTED|UND_ERR_INFO|UND_ERR_RES_\w+|UND_ERR_HEADERS_OVERFLOW)$/,
    'broke the connection off',
  ],
]
