import { ConfigurationError } from '../errors.ts'

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
