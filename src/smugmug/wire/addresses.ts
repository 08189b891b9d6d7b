import { ConfigurationError } from '../../errors.ts'
import { presentable, withoutTokens } from './redact.ts'

/**
 * May the account's signature go to this address? It may go to SmugMug's own hosts over https, and to the host name of the base URL on any
 * port, but never over http when the base URL is https.
 */
export const maySign = (url: URL, base: URL): boolean => {
  const host = url.hostname
  if (url.protocol === 'https:' && (host === 'smugmug.com' || host.endsWith('.smugmug.com'))) return true
  return host === base.hostname && (url.protocol === 'https:' || base.protocol === 'http:')
}

/**
 * Names an address in messages: an API path, but only the last segment of a file's address, because anybody can open the
 * file with its whole address (fact sheet 1.4).
 */
export const displayName = (url: URL, isApi: boolean): string => {
  if (!isApi) return presentable(url.pathname.slice(url.pathname.lastIndexOf('/') + 1)) || 'a file'
  const start = url.searchParams.get('start')?.replace(/\D/g, '') ?? '1'
  return `${withoutTokens(presentable(url.pathname))}${start === '1' ? '' : ` from ${start}`}`
}

/** Returns the kind of an API address, without keys and names: `album!images`, `!authuser`, `getRequestToken`. */
export const endpointOf = (path: string): string => {
  const [, kind = '', method = ''] = /\/api\/v2\/?([\w]*)[^!]*(![\w!]+)?/.exec(path) ?? []
  return kind + method || /\/oauth\/[^/]+\/(\w+)$/.exec(path)?.[1] || 'other'
}

/** Reads the base URL. Throws `ConfigurationError` when the text is no address. */
export const parseBase = (text: string): URL => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw new ConfigurationError(`The base URL is not an address: ${presentable(text)}`, {
    hint: 'Set base_url in [http] to https://api.smugmug.com, or leave it out.',
  })
}

/** Encodes a key or name as a part of an address. Half a surrogate pair, which a server may send, becomes a replacement character. */
export const segmentOf = (text: string): string => encodeURIComponent(text.toWellFormed())
