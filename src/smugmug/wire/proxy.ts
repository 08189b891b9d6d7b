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

/** A proxy between this computer and the servers. */
export interface ProxyServer {
  /** May hold a password. */
  readonly url: URL
  /** For messages: without its password, and with the variable that names it. */
  readonly name: string
}

/**
 * Reads the address of a proxy, as HTTP_PROXY and HTTPS_PROXY have it: without a scheme it is an http one. Undefined when there is none.
 * Throws `ConfigurationError`, which does not repeat the address because it may hold a password.
 */
export const parseProxy = (address: string | undefined, variable: 'HTTP_PROXY' | 'HTTPS_PROXY'): ProxyServer | undefined => {
  const text = address?.trim() ?? ''
  if (text === '') return undefined
  if (/^socks/i.test(text)) {
    throw new ConfigurationError(`${variable} names a SOCKS proxy, which this program cannot use.`, {
      hint: `Set ${variable} to an HTTP proxy, such as http://proxy.example.com:3128, or unset it.`,
    })
  }
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol) || !isDecodable(url.username) || !isDecodable(url.password)) {
    throw new ConfigurationError(`The proxy's address in ${variable} cannot be used.`, {
      hint: `Set ${variable} to an address such as http://proxy.example.com:3128, or unset it.`,
    })
  }
  return { url, name: `the proxy ${url.host} (${variable})` }
}

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Says whether NO_PROXY excepts this address: by name, with all below it (`example.com`, `.example.com`, `*.example.com`), perhaps with a port; `*` excepts all. */
export const isExcepted = (url: URL, noProxy = ''): boolean => {
  const host = bare(url.hostname)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return noProxy.split(/[,\s]/).some((entry) => {
    const withPort = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(entry)
    const name = bare(withPort?.[1] ?? withPort?.[2] ?? entry)
    if (name === '' || (withPort !== null && withPort[3] !== port)) return false
    const domain = name.replace(/^\*?\./, '')
    return name === '*' || host.endsWith(`.${domain}`) || (host === domain && !name.startsWith('*'))
  })
}

const bare = (host: string): string => host.toLowerCase().replace(/^\[|\]$|\.$/g, '')

/** What to say of an error of the way to the server when it is the proxy that refused; undefined when it may be the server. */
export const proxyTrouble = (error: unknown, host: string): { readonly reason: string; readonly lasting: boolean } | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  const status = /^UND_ERR_(ABORTED|INVALID_ARG)$/.test(code) ? /\((\d{3})\)/.exec(error.message.slice(0, 100))?.[1] : undefined
  if (status === '407') {
    return { reason: 'answered 407: it asks for a user name and a password, as in http://USER:PASSWORD@HOST:PORT', lasting: true }
  }
  if (status !== undefined) return { reason: `answered ${status} when asked to connect to ${host}`, lasting: status.startsWith('4') }
  const words = UNREACHED.find(([pattern]) => pattern.test(code))?.[1]
  return words === undefined ? undefined : { reason: `${words} (${code})`, lasting: false }
}

const UNREACHED: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'refused the connection'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'was not found: no such name, or no network'],
  [/^(ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN)$/, 'cannot be reached'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'could not be reached in time'],
  [/^UND_ERR_PRX_\w+$/, 'broke the connection off'],
]
