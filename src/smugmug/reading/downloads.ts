import { RequestError } from '../../errors.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Source } from '../../model.ts'
import type { Download } from '../account.ts'
import { type Answer, type Body, discard, headerOf } from '../wire/answer.ts'
import type { Http } from '../wire/http.ts'
import { connectionTrouble } from '../wire/transport.ts'
import { known } from './fields.ts'

/** The part of a file to ask for: all of it, or the bytes from `start` if the server still has the file that `validator` names. */
export interface OpenOptions {
  readonly start?: number
  readonly validator?: string
  readonly signal?: AbortSignal
  /** Ends only the wait before the request. */
  readonly turn?: AbortSignal
}

/**
 * Opens a source's bytes. Resumes only with a 206 that begins at `start` and has the same ETag (fact sheet 7.2; If-Range is untested
 * there); any other answer begins anew. Throws `RequestError`.
 */
export const openSource = async (http: Http, source: Source, options: OpenOptions): Promise<Download> => {
  const { start = 0, validator, signal, turn } = options
  const reading = { signal, clock: http.clock }
  if (start > 0) {
    const answer = await http.file(source.url, { headers: { range: `bytes=${start}-` }, signal, turn, promised: source })
    const range = contentRange(answer)
    if (answer.status === 206 && range?.start === start && (validator === undefined || etagOf(answer) === validator)) {
      return download(answer, { start, totalSize: range.total, ...reading })
    }
    if (answer.status === 200) return download(answer, { start: 0, totalSize: contentLength(answer), ...reading })
    discard(answer.body)
  }
  const answer = await http.file(source.url, { signal, turn, promised: source })
  if (answer.status === 200) return download(answer, { start: 0, totalSize: contentLength(answer), ...reading })
  discard(answer.body)
  throw new RequestError(`${answer.url.host} answered ${answer.status} to a request for a whole file`, {
    status: answer.status,
    transient: true,
  })
}

/** The signal and the clock of the bytes that are read. */
interface Reading {
  readonly signal: AbortSignal | undefined
  readonly clock: Clock
}

const download = (answer: Answer, facts: Reading & { readonly start: number; readonly totalSize: number | undefined }): Download =>
  known({
    totalSize: facts.totalSize,
    start: facts.start,
    validator: etagOf(answer),
    body: bytesOf(answer.body, answer.url.host, facts),
  })

/** Returns `ETag` without its quotes. A weak one does not identify bytes. */
const etagOf = (answer: Answer): string | undefined => /^"([^"]+)"$/.exec(headerOf(answer.headers, 'etag')?.trim() ?? '')?.[1]

const contentLength = (answer: Answer): number | undefined => {
  const text = headerOf(answer.headers, 'content-length') ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

const contentRange = (answer: Answer): { readonly start: number; readonly total: number | undefined } | undefined => {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headerOf(answer.headers, 'content-range')?.trim() ?? '') ?? []
  return start === undefined ? undefined : { start: Number(start), total: total === '*' ? undefined : Number(total) }
}

/**
 * The slowest pace at which a file may come: it may take days, but not for ever. In two minutes of waiting, 64 files at once bring more
 * over the slowest modem.
 */
const SLOWEST = { bytes: 4096, ms: 120_000 }

/**
 * Yields the bytes as they come, and turns the connection's errors into `RequestError`. Bytes slower than `SLOWEST` are such an error.
 * Returning the iterator breaks the connection off, started or not.
 */
const bytesOf = (body: Body, host: string, { signal, clock }: Reading): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
    let waitedMs = 0
    let came = 0
    return {
      async next() {
        try {
          const asked = clock.monotonic()
          const next = await chunks.next()
          waitedMs += clock.monotonic() - asked
          came += next.done === true ? 0 : next.value.length
          if (waitedMs < SLOWEST.ms || next.done === true) return next
          if (came < SLOWEST.bytes)
            throw new RequestError(`${host} sends a file too slowly to ever end`, {
              transient: true,
              reason: 'it comes too slowly to ever end',
            })
          waitedMs = 0
          came = 0
          return next
        } catch (error) {
          body.destroy()
          signal?.throwIfAborted()
          const trouble = connectionTrouble(error, clock.now())
          if (trouble === undefined) throw error
          throw new RequestError(`${host} ${trouble} in the middle of a file`, {
            transient: true,
            reason: 'the connection broke in the middle',
          })
        }
      },
      async return() {
        body.destroy()
        return { done: true, value: undefined }
      },
    }
  },
})
