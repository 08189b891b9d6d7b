import { ConfigurationError } from '../../errors.ts'
import { presentable, withoutTokens } from './redact.ts'

/**
 * May the account's signature go to this address? Over https to SmugMug's own hosts, and to the host name of the base URL,
 * on any port, but never less securely than the base URL itself is asked.
 */
export const maySign = (url: URL, base: URL): boolean => {
  const host = url.hostname
  if (url.protocol === 'https:' && (host === 'smugmug.com' || host.endsWith('.smugmug.com'))) return true
  return host === base.hostname && (url.protocol === 'https:' || base.protocol === 'http:')
}

/** Names an address in messages: an API path, but of a file only the last segment, because its whole address opens it to anybody (fact sheet 1.4). */
export const displayName = (url: URL, isApi: boolean): string => {
  if (!isApi) return presentable(url.pathname.slice(url.pathname.lastIndexOf('/') + 1)) || 'a file'
  const start = url.searchParams.get('start')?.replace(/\D/g, '') ?? '1'
  return `${withoutTokens(presentable(url.pathname))}${start === '1' ? '' : ` from ${start}`}`
}

/** The kind of an API address, without keys and names: `album!images`, `!authuser`, `getRequestToken`. */
export const endpointOf = (path: string): string => {
  const [, kind = '', method = ''] = /\/api\/v2\/?([\w]*)[^!]*(![\w!]+)?/.exec(path) ?? []
  return kind + method || /\/oauth\/[^/]+\/(\w+)$/.exec(path)?.[1] || 'other'
}

/** Throws `ConfigurationError` when it is no address. */
export const parseBase = (text: string): URL => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw new ConfigurationError(`The base URL is not an address: ${presentable(text)}`, {
    hint: 'Set base_url in [http] to https://api.smugmug.com, or leave it out.',
  })
}

/** A key or name as a part of an address. Half a surrogate pair, which a server may send, becomes a replacement character. */
export const segmentOf = (text: string): string => encodeURIComponent(text.toWellFormed())
