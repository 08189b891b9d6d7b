/**
 * The judgement of every request, before anything else sees it. Other programs, web pages and people can reach a local server: a page
 * elsewhere can send requests from the owner's browser, and can let a name of its own resolve to this machine.
 */
import type { IncomingMessage } from 'node:http'
import { isHidden } from '../app/inside.ts'
import { DOOR_STYLE_SOURCE } from './door-style.ts'

/** The names that a server goes by. */
export interface Names {
  /** Names and addresses of this machine, in lower case; IPv6 in brackets. */
  readonly own: ReadonlySet<string>
  /** The port that must follow them; undefined where another program may change it on the way (a container, a tunnel). */
  readonly port: number | undefined
  /** Names of a proxy in front, with any port. */
  readonly others: ReadonlySet<string>
}

/** The names of the loopback addresses. */
export const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** The ways that a server may be asked. */
export type Method = 'GET' | 'HEAD' | 'POST'

/** A request that may be answered. */
export interface Asked {
  readonly method: Method
  /** The path, decoded once and divided at its slashes; the last one is empty for a path that ends with a slash. */
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

/** An answer in words, instead of the one that was asked for. */
export interface Refusal {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The bounds of a server: what a request may be. */
export interface GuardRules {
  readonly names: Names
  readonly methods: readonly Method[]
  /** The answer to a name that is not ours. */
  readonly stranger: string
}

/** The longest body of a request, in bytes. */
export const LONGEST_BODY = 64 * 1024

/** The headers of every answer. */
export const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const

/** The permissions of a page of ours: its own files, and nothing of another host. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${DOOR_STYLE_SOURCE}`,
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** The answer to an address that leads nowhere. */
export const NOT_FOUND: Refusal = { status: 404, text: 'There is nothing here.' }

/** Judges a request by its line and headers. Returns what it asks for, or the refusal. */
export function judge(request: IncomingMessage, rules: GuardRules): Asked | Refusal {
  const { headers, url = '' } = request
  const doubled = ['host', 'origin', 'cookie', 'sec-fetch-site', 'content-type', 'content-length'].some((name) => isTwice(request, name))
  if (doubled) return { status: 400, text: 'A header stands there twice.' }
  if (!isOurs(headers.host ?? '', rules.names)) return { status: 403, text: rules.stranger }
  const method = rules.methods.find((each) => each === request.method)
  if (method === undefined) return { status: 405, text: `Only ${words(rules.methods)}.`, headers: { Allow: rules.methods.join(', ') } }
  if (!url.startsWith('/')) return { status: 400, text: 'The address must begin with a slash.' }
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  const segments = segmentsOf(path)
  if (segments === undefined) return NOT_FOUND
  const refusal = method === 'POST' ? judgePost(request) : judgeGet(request)
  return refusal ?? { method, segments, query: new URLSearchParams(query) }
}

const words = (methods: readonly Method[]): string => `${methods.slice(0, -1).join(', ')} and ${methods.at(-1)}`

const isTwice = ({ rawHeaders }: IncomingMessage, name: string): boolean =>
  rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length > 1

/** Is this the value of a Host header that names this server? */
export function isOurs(host: string, { own, port, others }: Names): boolean {
  const [, name = '', given] = /^(\[[0-9a-f:.]+\]|[^:@/\\[\]\s]+)(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? []
  if (others.has(name)) return true
  return own.has(name) && (port === undefined || Number(given ?? 80) === port)
}

/**
 * Divides a path into its decoded segments. Returns undefined for a path that could lead elsewhere, in any spelling: a segment that begins
 * with a dot, an empty one in the middle, a slash or backslash inside, a control character, a broken escape.
 */
export function segmentsOf(path: string): readonly string[] | undefined {
  const segments: string[] = []
  const parts = path.slice(1).split('/')
  for (const [index, part] of parts.entries()) {
    const segment = decoded(part)
    if (segment === undefined || (segment === '' && index < parts.length - 1)) return undefined
    if (isHidden(segment)) return undefined
    segments.push(segment)
  }
  return segments
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** A question may come from our own pages and from a person who follows a link; not from a picture, script or frame in a page elsewhere. */
function judgeGet({ headers }: IncomingMessage): Refusal | undefined {
  if (Number(headers['content-length'] ?? 0) !== 0 || headers['transfer-encoding'] !== undefined) {
    return { status: 400, text: 'Only POST has a body.', headers: { Connection: 'close' } }
  }
  const site = headers['sec-fetch-site'] ?? 'none'
  if (site === 'same-origin' || site === 'none') return undefined
  const isFollowed = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return isFollowed ? undefined : { status: 403, text: 'A page elsewhere may not use this one.' }
}

/** A change may come from our own pages alone. */
function judgePost({ headers }: IncomingMessage): Refusal | undefined {
  if (!isFromOwnPage(headers))
    return { status: 403, text: 'A page elsewhere may not change anything here.', headers: { Connection: 'close' } }
  if (Number(headers['content-length'] ?? 0) > LONGEST_BODY) return tooLong
  return undefined
}

/** The refusal of a body over 64 kB. */
export const tooLong: Refusal = { status: 413, text: 'That is more than can be taken at once.', headers: { Connection: 'close' } }

/** A browser says where a request comes from. The Origin counts where it says no more than that, and one must be there. */
function isFromOwnPage({ host, origin, 'sec-fetch-site': site }: IncomingMessage['headers']): boolean {
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined) return site !== undefined
  return URL.parse(origin)?.host === host?.toLowerCase()
}

/** Is this the media type of a header? */
export const isOfType = (request: IncomingMessage, type: string): boolean =>
  request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() === type

/** Reads the body of a POST. Returns undefined for one over 64 kB. Rejects when the connection breaks. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_BODY) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
