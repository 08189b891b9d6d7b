import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { JsonObject } from '../../model.ts'
import type { ServerHints } from './retry.ts'

/** The headers of an answer, names in lower case. */
export type Headers = Dispatcher.ResponseData['headers']

/** The bytes of an answer, still to come. Must be read to the end or discarded, or they hold a connection. */
export type Body = Dispatcher.ResponseData['body']

/** An answer whose bytes are still to come. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  /** Where it came from, after redirects. */
  readonly url: URL
}

const unzip = promisify(gunzip)

/** The one value of a header, or its first. */
export const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** What an answer says of the server's clock and patience. */
export const hintsOf = (headers: Headers): ServerHints => {
  const date = headerOf(headers, 'date')
  const retryAfter = headerOf(headers, 'retry-after')
  const rateLimitRemaining = headerOf(headers, 'x-ratelimit-remaining')
  const rateLimitReset = headerOf(headers, 'x-ratelimit-reset')
  return {
    ...(date === undefined ? {} : { date }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(rateLimitRemaining === undefined ? {} : { rateLimitRemaining }),
    ...(rateLimitReset === undefined ? {} : { rateLimitReset }),
  }
}

/** The whole body, unzipped. Throws what the connection throws, and an error without a code when the zip is broken. */
export const readAll = async (answer: Answer): Promise<Buffer> => {
  const bytes = Buffer.from(await answer.body.arrayBuffer())
  const encoding = headerOf(answer.headers, 'content-encoding') ?? 'identity'
  return /^(x-)?gzip$/i.test(encoding) && bytes.length > 0 ? unzip(bytes) : bytes
}

/** Lets go of a body nobody wants. */
export const discard = (body: Body): void => {
  // A short rest is read, which saves the connection; a long one is broken off.
  body.dump({ limit: 64 * 1024 }).catch(() => {})
}

/** The JSON object in these bytes; undefined when there is none. The parser's error would quote the answer: it goes no further. */
export const parseObject = (bytes: Uint8Array): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Is this value, parsed from JSON, an object (not an array)? */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What to say of bytes that should have been one of SmugMug's JSON answers. */
export const unlikeJson = (bytes: Uint8Array, parsed: JsonObject | undefined): string => {
  if (parsed !== undefined) return 'answered without a Response'
  if (bytes.length === 0) return 'answered with nothing'
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 64))) ? 'answered with a web page' : 'answered with broken JSON'
}

/** What is wrong with an answer that should carry the bytes of a photo or video; undefined when nothing is. */
export const unlikeFile = (answer: Answer): string | undefined => {
  if (answer.status === 416) return undefined
  if (answer.status !== 200 && answer.status !== 206) return `answered ${answer.status} without a file`
  if (/^text\/html\b/i.test(headerOf(answer.headers, 'content-type') ?? '')) return 'answered with a web page'
  // Asked for as it is (fact sheet 7.2): packed bytes would be stored as the photo.
  const encoding = headerOf(answer.headers, 'content-encoding') ?? 'identity'
  return /^identity$/i.test(encoding) ? undefined : `packed the file (${encoding})`
}

/** The address behind a link of `Uris`: an object with a `Uri`, or with `_verbosity=1` the address itself (fact sheet 2.2). */
export const linkOf = (uris: unknown, name: string): string | undefined => {
  const link = isObject(uris) ? uris[name] : undefined
  const uri = isObject(link) ? link.Uri : link
  return typeof uri === 'string' && uri !== '' ? uri : undefined
}
