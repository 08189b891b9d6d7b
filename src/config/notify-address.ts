/** Addresses that messages go to, each as one text: `smtps://user:password@host/?from=…&to=…`, `ntfy://host/topic`, `https://…`. */
import { isIPv4, isIPv6 } from 'node:net'
import { holdsControls } from './kinds.ts'

/** An address, taken apart. */
export type NotifyAddress =
  | {
      readonly kind: 'mail'
      readonly host: string
      /** Absent: the usual one of the protocol. */
      readonly port?: number
      /** Is the connection sealed from its first byte (`smtps`)? */
      readonly isSealed: boolean
      readonly user?: string
      readonly password?: string
      readonly from: string
      readonly to: readonly string[]
    }
  | {
      readonly kind: 'ntfy'
      /** The address of the topic, by http or https. */
      readonly url: string
      readonly authorization?: string
    }
  | { readonly kind: 'webhook'; readonly url: string; readonly authorization?: string }

/** Reads an address; undefined for any other text. */
export function readNotifyAddress(text: string): NotifyAddress | undefined {
  const url = URL.parse(text)
  if (url === null || url.hostname === '' || holdsControls(text)) return undefined
  const user = decoded(url.username)
  const password = decoded(url.password)
  if (user === undefined || password === undefined) return undefined
  if (url.protocol === 'smtp:' || url.protocol === 'smtps:') return mailOf(url, { user, password })
  if (url.protocol === 'ntfy:' || url.protocol === 'ntfys:') return ntfyOf(url, { user, password })
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  return { kind: 'webhook', ...withoutCredentials(url.href, { user, password }) }
}

/** A shorter path is no secret. */
const SHORTEST_PATH = 12

/** Returns the parts of an address that nobody may see; the address itself is one of them. */
export function secretsOfAddress(text: string): readonly string[] {
  const url = URL.parse(text)
  if (url === null) return [text]
  // Web hooks are protected by nothing but their path. A short one is a word, which must not be masked wherever it stands.
  const path = url.pathname.replace(/^\/+|\/+$/g, '')
  const parts = [url.password, decoded(url.password) ?? '', path.length < SHORTEST_PATH ? '' : path]
  return [text, url.href, ...parts.filter((part) => part !== '')]
}

interface Credentials {
  readonly user: string
  readonly password: string
}

function mailOf(url: URL, { user, password }: Credentials): NotifyAddress | undefined {
  const from = url.searchParams.get('from') ?? user
  const to = url.searchParams.getAll('to').flatMap((list) => list.split(',').map((one) => one.trim()))
  if (!(isMailbox(from) && to.length > 0 && to.every(isMailbox))) return undefined
  return {
    kind: 'mail',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(url.port !== '' && { port: Number(url.port) }),
    isSealed: url.protocol === 'smtps:',
    ...(user !== '' && { user, password }),
    from,
    to,
  }
}

const isMailbox = (text: string): boolean => /^[^\s<>,;:"()]+@[^\s<>,;:"()@]+$/.test(text)

/** Returns the topic's address. In a home network ntfy has no certificate: a plain `ntfy://` goes there unsealed, and anywhere else sealed. */
function ntfyOf(url: URL, credentials: Credentials): NotifyAddress | undefined {
  if (!/^\/.*[^/]\/?$/.test(url.pathname)) return undefined
  const protocol = url.protocol === 'ntfy:' && isAtHome(url.hostname) ? 'http' : 'https'
  const href = `${protocol}://${url.host}${url.pathname.replace(/\/$/, '')}`
  return { kind: 'ntfy', ...withoutCredentials(href, credentials) }
}

/** Is it this machine, or a machine of a private network? An IPv6 address may have its brackets. */
export function isAtHome(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1')
  if (isIPv6(name)) return name === '::1' || /^f[cd]/i.test(name)
  // A name may begin as an address does: 10.example.com.
  if (isIPv4(name)) return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\./.test(name)
  return !name.includes('.') || /\.(local|lan|home|internal|home\.arpa)$/i.test(name)
}

/** Returns an address with the user and the password in a header; a password alone is a token. */
function withoutCredentials(href: string, { user, password }: Credentials): { readonly url: string; readonly authorization?: string } {
  const url = new URL(href)
  url.username = ''
  url.password = ''
  if (user === '' && password === '') return { url: url.href }
  const authorization = user === '' ? `Bearer ${password}` : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return { url: url.href, authorization }
}

/** Returns a part of an address in plain; undefined where its escapes are wrong. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
