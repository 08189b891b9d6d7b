import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { isAbort, RequestError } from '../../errors.ts'
import type { ProxySettings } from '../../flow/proxy.ts'
import { Room } from '../../flow/room.ts'
import type { JsonObject } from '../../model.ts'
import { displayName, endpointOf, maySign, parseBase } from './addresses.ts'
import { Admission, type AdmissionOptions } from './admission.ts'
import { type Answer, BeyondBounds, discard, headerOf, hintsOf, parseObject, type ReadLimits, readAll } from './answer.ts'
import { type At, AttemptFailed, networkFailure, statusFailure } from './attempt.ts'
import type { Gate } from './gate.ts'
import { AT_ONCE } from './lane.ts'
import { authorizationHeader, type Credentials, type Parameter } from './oauth1.ts'
import { askedWait, describe, type ServerHints } from './retry.ts'
import { DEFAULT_TIMEOUTS, openTransport, type Timeouts, type Transport } from './transport.ts'

/** The settings of every request that is sent. */
export interface SenderOptions extends AdmissionOptions {
  /** The base URL, such as `https://api.smugmug.com`, with or without a path. */
  readonly baseUrl: string
  readonly credentials: Credentials
  /** The name that servers see, such as `smugmug-backup/2.0.0 (+https://example.com)`. */
  readonly userAgent: string
  readonly timeouts?: Partial<Timeouts>
  /** The largest answer of the API that is read, in bytes, packed or not. Default 8 MB: a hundred items with all their words take less than 1 MB. */
  readonly mostBytes?: number
  readonly proxy?: ProxySettings
}

/** A request, but for its address: each redirect is sent with the same. */
export interface Hop {
  readonly headers: Readonly<Record<string, string>>
  /** False: the request is not signed. Default true: signed where that is allowed. */
  readonly sign?: boolean
  readonly more?: readonly Parameter[]
  /** True when the request counts as an API call. */
  readonly isApi: boolean
  readonly patience: Patience
  readonly signal: AbortSignal | undefined
  /** Ends only the waits before the request is sent. */
  readonly turn?: AbortSignal | undefined
  /** Absent: GET. */
  readonly change?: ChangeHop
}

/** The part of a request that changes something. */
export interface ChangeHop {
  readonly method: 'POST' | 'PATCH'
  readonly body: string | Readable
  /** The longest silence before the answer begins, in milliseconds; absent: as for all requests. */
  readonly headersMs?: number
}

/** The tries and waits of one request so far. */
export interface Patience {
  readonly began: number
  retries: number
  /** Milliseconds waited because the server asked for it. */
  excusedMs: number
  /** The part of them that answers other than a 429 asked for. */
  indulgedMs: number
}

const textOf = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : new TextDecoder().decode(bytes.subarray(0, MOST_OF_A_TEXT))

/** Bytes of a refusal that are looked at. */
const MOST_OF_A_TEXT = 8_000

const MAX_REDIRECTS = 5
const MOST_BYTES = 8 * 2 ** 20
/** The bound for a refusal, and for an answer that holds only tokens. */
export const MOST_BYTES_OF_A_FEW_WORDS = 256 * 1024
/** Larger pieces let the network run ahead of the disk: +15 % with large files, nothing more from 1 MB. */
const FILE_BUFFER = 256 * 1024

/** Sends requests, each signed and throttled, and follows their redirects. A failed attempt throws `AttemptFailed`; nothing is repeated here. */
export class Sender {
  readonly #options: SenderOptions
  readonly #base: URL
  readonly #transport: Transport
  readonly #admission: Admission
  /** One answer at a time may be large, or all calls at once could fill the memory. */
  readonly #large = new Room(1)
  #apiCalls = 0
  #filesAsked = 0
  #closed = false

  /** Throws `ConfigurationError` when the base URL or a proxy's address is none. */
  constructor(options: SenderOptions) {
    this.#options = options
    this.#base = parseBase(options.baseUrl)
    this.#admission = new Admission(options)
    const { calls, files } = options.atOnce ?? AT_ONCE
    this.#transport = openTransport({
      connections: Math.max(calls.most, files.most),
      timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
      ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
    })
  }

  /** API requests sent so far, redirects included. */
  get apiCalls(): number {
    return this.#apiCalls
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Breaks every connection off; requests under way fail. */
  close(): Promise<void> {
    this.#closed = true
    return this.#transport.close()
  }

  /** Returns the address of one of SmugMug's URIs under the base URL. Throws `RequestError` when it makes none. */
  address(uri: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = URL.parse(/^https?:\/\//i.test(uri) ? uri : `${this.#base.href.replace(/\/+$/, '')}/${uri.replace(/^\/+/, '')}`)
    if (url === null) throw new RequestError('SmugMug gave an address that is none.', { transient: false })
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }

  /** May the account's signature go to this address? */
  maySign(url: URL): boolean {
    return maySign(url, this.#base)
  }

  /** Returns the gate of a host. */
  gate(host: string): Gate {
    return this.#admission.gate(host)
  }

  /**
   * Sends a request and follows its redirects by hand, because each hop needs a signature of its own, or none. Returns an answer of any
   * status of success, or a 416.
   */
  async follow(start: URL, hop: Hop): Promise<Answer> {
    let url = start
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await this.#send(url, hop)
      const location = headerOf(answer.headers, 'location')
      if (answer.status < 300 || answer.status === 416) return answer
      if (answer.status >= 400 || answer.status === 304 || location === undefined) {
        // The text of such an answer is welcome, not needed: it may break off.
        const bytes = await readAll(answer, this.#limits(MOST_BYTES_OF_A_FEW_WORDS)).catch(() => Buffer.alloc(0))
        throw this.statusFailure(answer, answer.status, { envelope: parseObject(bytes), bytes })
      }
      discard(answer.body)
      const next = URL.parse(location, url.href)
      if (next === null || !/^https?:$/.test(next.protocol) || this.#spills(next)) throw this.statusFailure(answer, answer.status)
      this.#options.emit({ event: 'debug', message: `${displayName(url, hop.isApi)} on ${url.host} leads to ${next.host}` })
      url = next
    }
    const what = displayName(start, hop.isApi)
    throw new RequestError(`${start.host} redirected more than ${MAX_REDIRECTS} times when asked for ${what}`, {
      status: 302,
      transient: false,
    })
  }

  /** Sends a request that changes something, once. Returns an answer of any status; a redirect of such a request is not followed. */
  deliver(url: URL, hop: Hop & { readonly change: ChangeHop }): Promise<Answer> {
    return this.#send(url, hop)
  }

  async #send(url: URL, hop: Hop): Promise<Answer> {
    const { clock, emit } = this.#options
    const { lease, gate, waitedMs } = await this.#admission.admit(url.host, hop.isApi ? 'calls' : 'files', hop.turn ?? hop.signal)
    hop.patience.excusedMs += waitedMs
    const isOurDoing = (): boolean => this.#closed || hop.signal?.aborted === true
    let hints: ServerHints | undefined
    let status: number | undefined
    const began = clock.monotonic()
    if (!hop.isApi) emit({ event: 'asked', files: ++this.#filesAsked })
    try {
      if (hop.isApi) this.#apiCalls += 1
      const { statusCode, headers, body } = await this.#transport.dispatcher(url).request(this.#signed(url, hop))
      // A body that nobody reads must not crash the process by its error.
      body.on('error', () => {})
      hints = hintsOf(headers)
      status = statusCode
      lease.answered(status, clock.monotonic() - began)
      const askedMs = status === 429 ? askedWait(status, hints, clock.now()) : undefined
      // The gate closes at once: until the answer is read and judged, other requests would be sent after it.
      if (askedMs !== undefined) gate.close(askedMs, describe({ kind: 'status', status, hints }))
      const amount = hop.isApi ? 1 : Number(headerOf(headers, 'content-length') ?? 0)
      body.once('close', () => {
        if (body.errored === null) lease.end(amount)
        else lease.end(isOurDoing() || isAbort(body.errored) ? 0 : undefined)
      })
      return { status: statusCode, headers, body, url }
    } catch (error) {
      if (!isOurDoing()) lease.answered(undefined, 0)
      lease.end(0)
      hop.signal?.throwIfAborted()
      throw networkFailure(this.at(url), error, clock.now())
    } finally {
      gate.leave(hints, began)
      if (!hop.isApi) emit({ event: 'asked', files: --this.#filesAsked })
      emit({
        event: 'request',
        host: url.host,
        what: displayName(url, hop.isApi),
        endpoint: hop.isApi ? endpointOf(url.pathname) : 'file',
        ...(status !== undefined && { status }),
        durationMs: clock.monotonic() - began,
      })
    }
  }

  /** Returns the request as it is sent, with a signature of its own where that may go. */
  #signed(url: URL, hop: Hop): Dispatcher.RequestOptions {
    const { clock, credentials, userAgent } = this.#options
    const mayBeSigned = (hop.sign ?? true) && this.maySign(url)
    const stamp = { nonce: randomUUID().replaceAll('-', ''), timestamp: Math.floor(clock.now() / 1000), more: hop.more ?? [] }
    const { method = 'GET', body, headersMs } = hop.change ?? {}
    const authorization = mayBeSigned ? { authorization: authorizationHeader({ method, url }, credentials, stamp) } : {}
    return {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      ...(body !== undefined && { body }),
      ...(headersMs !== undefined && { headersTimeout: headersMs }),
      headers: { 'user-agent': userAgent, ...hop.headers, ...authorization },
      ...(hop.signal === undefined ? {} : { signal: hop.signal }),
      ...(hop.isApi ? {} : { highWaterMark: FILE_BUFFER }),
    }
  }

  at(url: URL): At {
    return { host: url.host, proxy: this.#transport.proxy(url) }
  }

  async read(answer: Answer, most = this.#options.mostBytes ?? MOST_BYTES): Promise<Buffer> {
    try {
      return await readAll(answer, this.#limits(most))
    } catch (error) {
      const at = this.at(answer.url)
      if (!(error instanceof BeyondBounds)) throw networkFailure(at, error, this.#options.clock.now())
      // The server does answer, so this is no silence.
      throw new AttemptFailed(at, { kind: 'answer', status: answer.status, reason: error.message })
    }
  }

  #limits(bytes: number): ReadLimits {
    const ms = this.#options.timeouts?.wholeMs ?? DEFAULT_TIMEOUTS.wholeMs
    return { bytes, ms, largeTurn: () => this.#large.acquire(1) }
  }

  /** Does this address repeat one of our secrets? It would be sent to a server, and named in messages. */
  #spills(url: URL): boolean {
    const address = url.href.toLowerCase()
    return Object.values(this.#options.credentials).some((secret) => secret.length >= 4 && address.includes(secret.toLowerCase()))
  }

  statusFailure(answer: Answer, status: number, read: { envelope?: JsonObject | undefined; bytes?: Uint8Array } = {}): AttemptFailed {
    const secrets = Object.values(this.#options.credentials)
    return statusFailure({ at: this.at(answer.url), answer, status, envelope: read.envelope, text: textOf(read.bytes), secrets })
  }
}
