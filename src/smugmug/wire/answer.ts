import { createGunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { type Fingerprint, isObject, type JsonObject } from '../../model.ts'
import type { ServerHints } from './retry.ts'

/** The headers of an answer, names in lower case. */
export type Headers = Dispatcher.ResponseData['headers']

/** The bytes of an answer, still to come. Read them to the end or discard them, or they hold a connection. */
export type Body = Dispatcher.ResponseData['body']

/** An answer whose bytes are still to come. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  /** The address that it came from, after redirects. */
  readonly url: URL
}

/** Returns the value of a header; of several, the first. */
export const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** Returns the facts in an answer about the server's clock and its rate limit. */
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

/** Bounds on an answer that is read as a whole. */
export interface ReadLimits {
  /** The bound on the bytes as they come, and again when unpacked. */
  readonly bytes: number
  /** The bound on the milliseconds to the end of the answer, however steadily it comes. */
  readonly ms: number
  /** Waits until no other large answer is in memory; resolves to the function that ends this turn. */
  readonly largeTurn: () => Promise<() => void>
}

/** An answer went beyond its bounds. The message says which, for people. */
export class BeyondBounds extends Error {
  override readonly name = 'BeyondBounds'
}

/** Bytes beyond which an answer is large: more than a page of a hundred items takes as a rule. */
const LARGE = 2 ** 20

/**
 * Reads the whole body and unzips it; breaks it off beyond the bounds. Throws `BeyondBounds`, the connection's errors, and zlib's own error
 * when the zip is broken.
 */
export const readAll = async ({ headers, body }: Answer, limits: ReadLimits): Promise<Buffer> => {
  const late = setTimeout(() => body.destroy(new BeyondBounds('did not come to the end of its answer in time')), limits.ms)
  let endTurn: (() => void) | undefined
  const gather = async (pieces: AsyncIterable<Buffer>): Promise<Buffer> => {
    const gathered: Buffer[] = []
    let size = 0
    for await (const piece of pieces) {
      size += piece.length
      if (size > limits.bytes) throw tooLarge(limits.bytes)
      if (size > LARGE) endTurn ??= await limits.largeTurn()
      gathered.push(piece)
    }
    return gathered.length === 1 && gathered[0] !== undefined ? gathered[0] : Buffer.concat(gathered, size)
  }
  try {
    if (Number(headerOf(headers, 'content-length')) > limits.bytes) throw tooLarge(limits.bytes)
    const packed = await gather(body)
    const encoding = headerOf(headers, 'content-encoding') ?? 'identity'
    return /^(x-)?gzip$/i.test(encoding) && packed.length > 0 ? await gather(createGunzip().end(packed)) : packed
  } finally {
    clearTimeout(late)
    endTurn?.()
    // A body that was read to its end is gone already; one that was broken off must not go on coming.
    body.destroy()
  }
}

const tooLarge = (most: number): BeyondBounds => {
  const bound = most < 2 ** 20 ? `${Math.floor(most / 1024)} kB` : `${Math.floor(most / 2 ** 20)} MB`
  return new BeyondBounds(`sent more than ${bound} in one answer`)
}

const DUMP_MS = 5_000

/** Lets go of a body that nobody wants. */
export const discard = (body: Body): void => {
  // A short rest is read, which saves the connection; a rest that is long or slow is broken off.
  body.dump({ limit: 64 * 1024, signal: AbortSignal.timeout(DUMP_MS) }).catch(() => {})
}

/**
 * The deepest nesting that is accepted: SmugMug's own answers have about ten levels. A function that calls itself for each level fails at
 * some thousands.
 */
const DEEPEST = 100
/**
 * The most values that are accepted: a page of a hundred items with all expansions has about 30,000, nearly all with names.
 * Each takes some 50 bytes of memory, even where it takes 2 in the answer.
 */
const MOST_VALUES = 1_000_000
/** The weight of a name: a field with a name that no other has takes the memory, and the parser's time, of four values. */
const NAME_WEIGHS = 4

/**
 * Does this JSON nest deeper, or hold more values, than any answer of SmugMug? Looks once at each byte, before anything is built of it.
 */
const isExtravagant = (json: Uint8Array): boolean => {
  let depth = 0
  let values = 0
  let inText = false
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (inText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === COMMA) values += 1
    else if (byte === COLON) values += NAME_WEIGHS
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1
      values += 1
      if (depth > DEEPEST) return true
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
  }
  return values > MOST_VALUES
}

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,:[]{}')

/**
 * Returns the JSON object in these bytes; undefined when there is none, or when it is extravagant. The parser's error quotes the answer, so
 * it is not passed on.
 */
export const parseObject = (bytes: Uint8Array): JsonObject | undefined => {
  if (isExtravagant(bytes)) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Says what is wrong with bytes that should have been one of SmugMug's JSON answers. */
export const unlikeJson = (bytes: Uint8Array, parsed: JsonObject | undefined): string => {
  if (parsed !== undefined) return 'answered without a Response'
  if (bytes.length === 0) return 'answered with nothing'
  if (/^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return 'answered with a web page'
  return isExtravagant(bytes) ? 'answered with JSON that nests too deep or holds too much' : 'answered with broken JSON'
}

/** Types that no photo and no video has. */
const PAGE_OR_DATA = /^(text\/html|application\/(json|xhtml\+xml|problem\+json))\b/i
/** Types that a server may give to a camera file that it does not know. They are refused unless a promised MD5 proves the bytes. */
const TEXT = /^(text\/|application\/(xml|javascript)\b|[^;]*\+(json|xml)\b)/i

/**
 * Says what is wrong with an answer that should carry the bytes of a photo or video; undefined when nothing is. When no MD5 is promised,
 * the answer itself must show that the bytes are the file, and all of it.
 */
export const unlikeFile = (answer: Answer, promised: Fingerprint): string | undefined => {
  const { status, headers } = answer
  if (status === 416) return undefined
  if (status !== 200 && status !== 206) return `answered ${status} without a file`
  const type = headerOf(headers, 'content-type') ?? ''
  if (/html/i.test(type) && PAGE_OR_DATA.test(type)) return 'answered with a web page'
  // The file is asked for unpacked (fact sheet 7.2): packed bytes would be stored as the photo.
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity'
  if (!/^identity$/i.test(encoding)) return `packed the file (${encoding.slice(0, 20)})`
  if (PAGE_OR_DATA.test(type) || (promised.md5 === undefined && TEXT.test(type))) return 'answered with text'
  if (promised.md5 !== undefined) return undefined
  const length = headerOf(headers, 'content-length')
  if (length !== undefined && Number(length) === 0) return 'answered with an empty file'
  const endIsKnown = length !== undefined || /\bchunked\b/i.test(headerOf(headers, 'transfer-encoding') ?? '')
  return endIsKnown || promised.size !== undefined ? undefined : 'answered with a file that may have been cut off'
}

/**
 * Returns the address of a link in `Uris`: the link is an object with a `Uri`, or with `_verbosity=1` the address itself (fact sheet 2.2).
 */
export const linkOf = (uris: unknown, name: string): string | undefined => {
  const link = isObject(uris) ? uris[name] : undefined
  const uri = isObject(link) ? link.Uri : link
  return typeof uri === 'string' && uri !== '' ? uri : undefined
}
