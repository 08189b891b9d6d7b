import { ConfigurationError } from '../../errors.ts'

/** The addresses of proxies, as in the usual environment variables. They are handed in, because the core reads no environment. */
export interface ProxySettings {
  /** The proxy for `http:` addresses (HTTP_PROXY). */
  readonly http?: string
  /** The proxy for `https:` addresses (HTTPS_PROXY). */
  readonly https?: string
  /** Hosts that are asked without a proxy, as in NO_PROXY. */
  readonly no?: string
}

/** A proxy between this computer and the servers. */
export interface ProxyServer {
  /** The address. May hold a password. */
  readonly url: URL
  /** The name for messages: without the password, and with the variable that names the proxy. */
  readonly name: string
}

/**
 * Reads the address of a proxy, as in HTTP_PROXY and HTTPS_PROXY; without a scheme it is an http address. Undefined when there is none.
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

/**
 * Does NO_PROXY except this address? It lists host names with all names below them (`example.com`, `.example.com`, `*.example.com`), each
 * perhaps with a port; `*` excepts all.
 */
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

/** Says what the proxy refused, from an error on the way to the server; undefined when the server may have refused. */
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
