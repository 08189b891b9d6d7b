import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import { ConfigurationError } from '../../errors.ts'

/** Where proxies stand, as the usual environment variables say it; handed in, for the core reads no environment. */
export interface ProxySettings {
  /** For `http:` addresses (HTTP_PROXY). */
  readonly http?: string
  /** For `https:` addresses (HTTPS_PROXY). */
  readonly https?: string
  /** Hosts asked without a proxy, as in NO_PROXY. */
  readonly no?: string
}

/** How long silence is borne, in milliseconds. */
export interface Timeouts {
  /** Until a connection stands. */
  readonly connectMs: number
  /** Until an answer begins. SmugMug takes tens of seconds for long listings (fact sheet 0.3). */
  readonly headersMs: number
  /** Between two pieces of an answer. */
  readonly bodyMs: number
  /** From the beginning of an answer of the API to its end, however steadily it comes. */
  readonly wholeMs: number
}

/** What suits SmugMug (fact sheet 7.2). */
export const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 15_000, headersMs: 90_000, bodyMs: 60_000, wholeMs: 60_000 }

/** Calls that are spread come seconds apart: without this each began with a handshake. A server that names a time is heeded. */
const IDLE_MS = 60_000

/** The connections to all hosts: kept alive, bounded per host, through a proxy where there is one. */
export interface Transport {
  /** What sends a request to this address. */
  dispatcher(url: URL): Dispatcher
  /** Breaks every connection off; requests under way fail. */
  close(): Promise<void>
}

/** Opens the transport; nothing is connected yet. Throws `ConfigurationError` when a proxy's address is none. */
export const openTransport = (options: {
  readonly connections: number
  readonly timeouts: Timeouts
  readonly proxy?: ProxySettings
}): Transport => {
  const { connections, timeouts, proxy } = options
  // HTTP/1.1 is faster here; redirects and retries are not the dispatcher's business, because each needs a signature of its own.
  const settings = {
    allowH2: false,
    connections,
    keepAliveTimeout: IDLE_MS,
    connectTimeout: timeouts.connectMs,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
  }
  const direct = new Agent(settings)
  const through = (address: string | undefined, variable: string): Dispatcher => {
    if (address === undefined || address === '') return direct
    try {
      // One address for both, or undici would look into the environment for the other.
      return new EnvHttpProxyAgent({ ...settings, httpProxy: address, httpsProxy: address, noProxy: proxy?.no ?? '' })
    } catch {
      // The address may hold a password: it is not repeated, nor is the error that quotes it.
      throw new ConfigurationError(`The proxy's address in ${variable} cannot be used.`, {
        hint: `Set ${variable} to an address such as http://proxy.example.com:3128, or unset it.`,
      })
    }
  }
  const dispatchers = { 'http:': through(proxy?.http, 'HTTP_PROXY'), 'https:': through(proxy?.https, 'HTTPS_PROXY') }
  return {
    dispatcher: (url) => (url.protocol === 'https:' ? dispatchers['https:'] : dispatchers['http:']),
    close: async () => {
      await Promise.all([...new Set([direct, ...Object.values(dispatchers)])].map((dispatcher) => dispatcher.destroy()))
    },
  }
}

/**
 * What to say of an error of the connection; undefined when it is none (then it is a bug and must not be retried).
 * Neither the error nor its message is passed on: some quote bytes of an answer.
 */
export const connectionTrouble = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const words = TROUBLE.find(([pattern]) => pattern.test(code))?.[1]
  return words === undefined ? undefined : `${words} (${code})`
}

const TROUBLE: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'refused the connection'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'was not found: no such name, or no network'],
  [/^(ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN)$/, 'cannot be reached'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'could not be reached in time'],
  [/^UND_ERR_HEADERS_TIMEOUT$/, 'did not answer in time'],
  [/^UND_ERR_BODY_TIMEOUT$/, 'fell silent in the middle of an answer'],
  [/^UND_ERR_PRX_\w+$/, 'could not be reached through the proxy'],
  [/^UND_ERR_(DESTROYED|CLOSED)$/, 'was not asked, because the connection was closed here'],
  [/^(CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/, 'has no trustworthy certificate'],
  [/^HPE_\w+$/, 'answered what is not HTTP'],
  [
    /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_ABORTED|UND_ERR_INFO|UND_ERR_RES_\w+|UND_ERR_HEADERS_OVERFLOW)$/,
    'broke the connection off',
  ],
]
