import { randomBytes } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { RequestError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import { Room } from '../../flow/room.ts'
import type { Fingerprint, JsonObject } from '../../model.ts'
import { endpointOf, label, maySign, parseBase } from './addresses.ts'
import {
  type Answer,
  BeyondBounds,
  discard,
  headerOf,
  hintsOf,
  isObject,
  parseObject,
  type ReadLimits,
  readAll,
  unlikeFile,
  unlikeJson,
} from './answer.ts'
import { type At, AttemptFailed, finalError, networkFailure, statusFailure } from './attempt.ts'
import { type Gate, Throttle } from './gate.ts'
import { type AtOnce, Lane, type Place } from './lane.ts'
import { authorizationHeader, type Credentials, type Parameter } from './oauth1.ts'
import type { ProxySettings } from './proxy.ts'
import { askedWait, describe, type Failure, nextStep, type ServerHints } from './retry.ts'
import { DEFAULT_TIMEOUTS, openTransport, type Timeouts, type Transport } from './transport.ts'

/** What every request needs. */
export interface HttpOptions {
  /** Such as `https://api.smugmug.com`, with or without a path. */
  readonly baseUrl: string
  readonly credentials: Credentials
  /** Such as `smugmug-backup/2.0.0 (+https://example.com)`. */
  readonly userAgent: string
  /** Tries after the first, for one request. Default 6. */
  readonly maxRetries?: number
  readonly clock: Clock
  readonly emit: Emit
  /** API calls and files under way at once, per host. Default `AT_ONCE`. */
  readonly atOnce?: { readonly calls: AtOnce; readonly files: AtOnce }
  readonly timeouts?: Partial<Timeouts>
  /** The largest answer of the API that is read, in bytes, packed or not. Default 8 MB: a hundred items take less than one, with all their words. */
  readonly mostBytes?: number
  readonly proxy?: ProxySettings
  /** From 0 to 1, for the jitter of back-off. */
  readonly random?: () => number
}

/** An answer of the API, unwrapped (fact sheet 2.1). */
export interface ApiAnswer {
  readonly response: JsonObject
  readonly expansions: unknown
}

interface Hop {
  readonly headers: Readonly<Record<string, string>>
  /** Sign where it is allowed. Default true. */
  readonly sign?: boolean
  readonly more?: readonly Parameter[]
  /** Counts as an API call. */
  readonly isApi: boolean
  readonly patience: Patience
  readonly signal: AbortSignal | undefined
  /** Ends the waits before it is sent. */
  readonly turn?: AbortSignal | undefined
}

/** What one request has cost so far. */
interface Patience {
  readonly began: number
  retries: number
  /** Milliseconds waited because the server asked for it. */
  excusedMs: number
  /** Of these, the milliseconds that answers other than a 429 asked for. */
  indulgedMs: number
}

/** What users of the Go program report to work, and twice that where it turns out to bring more (fact sheet 7.1). */
export const AT_ONCE = { calls: { start: 12, most: 24 }, files: { start: 32, most: 64 } }

const MAX_REDIRECTS = 5
const MOST_BYTES = 8 * 2 ** 20
/** Of an answer that is not what was asked for, or has nothing but tokens in it. */
const MOST_BYTES_OF_A_FEW_WORDS = 256 * 1024
/** Larger pieces let the network run ahead of the disk: +15 % with large files, nothing more from 1 MB. */
const FILE_BUFFER = 256 * 1024

/** Requests to SmugMug: signed, throttled, timed out, repeated when that may help, and silent about secrets. */
export class Http {
  readonly #options: HttpOptions
  readonly #base: URL
  readonly #transport: Transport
  readonly #throttle: Throttle
  readonly #lanes = new Map<string, Lane>()
  /** One answer at a time may be large: all calls at once must not fill the memory. */
  readonly #large = new Room(1)
  #apiCalls = 0
  #closed = false

  /** Throws `ConfigurationError` when the base URL or a proxy's address is none. */
  constructor(options: HttpOptions) {
    this.#options = options
    this.#base = parseBase(options.baseUrl)
    this.#throttle = new Throttle(options.clock, options.emit)
    const { calls, files } = options.atOnce ?? AT_ONCE
    this.#transport = openTransport({
      connections: Math.max(calls.most, files.most),
      timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
      ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
    })
  }

  /** API requests sent so far, retries and redirects included. */
  get apiCalls(): number {
    return this.#apiCalls
  }

  /** The clock it was given. */
  get clock(): Clock {
    return this.#options.clock
  }

  /** Breaks every connection off; what is under way fails and is not repeated. */
  close(): Promise<void> {
    this.#closed = true
    return this.#transport.close()
  }

  /** The address of one of SmugMug's URIs, such as `/api/v2!authuser`, under the base URL. Throws `RequestError` when it makes none. */
  address(uri: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = URL.parse(/^https?:\/\//i.test(uri) ? uri : `${this.#base.href.replace(/\/+$/, '')}/${uri.replace(/^\/+/, '')}`)
    if (url === null) throw new RequestError('SmugMug gave an address that is none.', { transient: false })
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }

  /**
   * GETs an API answer. Throws `SignInError` when SmugMug refuses the sign-in
   * (with `wholeAccount` every refusal is taken for that), else `RequestError`.
   */
  async json(
    uri: string,
    options: {
      readonly query?: Readonly<Record<string, string>>
      readonly wholeAccount?: boolean
      readonly signal?: AbortSignal | undefined
    } = {},
  ): Promise<ApiAnswer> {
    const url = this.address(uri, options.query)
    return this.#persist(
      { what: label(url, true), signal: options.signal, wholeAccount: options.wholeAccount ?? false },
      async (patience) => {
        const headers = { accept: 'application/json', 'accept-encoding': 'gzip' }
        const answer = await this.#follow(url, { headers, isApi: true, patience, signal: options.signal })
        const bytes = await this.#read(answer)
        const envelope = parseObject(bytes)
        const code = envelope?.Code
        // The body repeats the status (fact sheet 8); should they differ, the worse one is meant.
        if (typeof code === 'number' && code >= 400) throw this.#statusFailure(answer, code, envelope)
        const response = envelope?.Response
        if (!isObject(response))
          throw new AttemptFailed(this.#at(answer.url), { kind: 'answer', status: answer.status, reason: unlikeJson(bytes, envelope) })
        return { response, expansions: envelope?.Expansions }
      },
    )
  }

  /** GETs a form-encoded answer of the sign-in. Throws `SignInError` when SmugMug refuses, else `RequestError`. */
  async form(uri: string, more: readonly Parameter[], signal?: AbortSignal): Promise<URLSearchParams> {
    const url = this.address(uri)
    return this.#persist({ what: label(url, true), signal, wholeAccount: true }, async (patience) => {
      const headers = { accept: '*/*', 'accept-encoding': 'gzip' }
      const answer = await this.#follow(url, { headers, more, isApi: true, patience, signal })
      const form = new URLSearchParams((await this.#read(answer, MOST_BYTES_OF_A_FEW_WORDS)).toString().trim())
      if (!form.has('oauth_token') || !form.has('oauth_token_secret')) {
        throw new AttemptFailed(this.#at(answer.url), { kind: 'answer', status: answer.status, reason: 'answered without a token' })
      }
      return form
    })
  }

  /**
   * GETs a file's bytes: status 200, 206, or 416 (without a body). Signed where that is allowed; refused, once more without
   * (fact sheet 1.4). Throws `RequestError`.
   */
  async file(
    address: string,
    options: {
      readonly headers?: Readonly<Record<string, string>>
      readonly signal?: AbortSignal | undefined
      /** Ends the waits before it is sent, and not what has begun. */
      readonly turn?: AbortSignal | undefined
      /** What is known of the bytes beforehand. */
      readonly promised?: Fingerprint
    } = {},
  ): Promise<Answer> {
    const url = URL.parse(address)
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new RequestError('SmugMug gave an address of a file that is none.', { transient: false })
    }
    const { signal } = options
    const turn = signal === undefined || options.turn === undefined ? options.turn : AbortSignal.any([signal, options.turn])
    return this.#persist({ what: label(url, false), signal, turn, wholeAccount: false, isFile: true }, async (patience) => {
      const hop: Hop = {
        headers: { ...options.headers, accept: '*/*', 'accept-encoding': 'identity' },
        isApi: false,
        patience,
        signal,
        turn,
      }
      const ask = async (sign: boolean): Promise<Answer | AttemptFailed> => {
        try {
          return await this.#follow(url, { ...hop, sign })
        } catch (error) {
          if (error instanceof AttemptFailed) return error
          throw error
        }
      }
      let answer = await ask(true)
      if (answer instanceof AttemptFailed && maySign(url, this.#base) && isRefused(answer.failure)) answer = await ask(false)
      if (answer instanceof AttemptFailed) throw answer
      const wrong = unlikeFile(answer, options.promised ?? {})
      if (wrong === undefined) return answer
      discard(answer.body)
      throw new AttemptFailed(this.#at(answer.url), { kind: 'answer', status: answer.status, reason: wrong })
    })
  }

  /** Repeats an attempt as long as `nextStep` says so. */
  async #persist<T>(
    request: {
      readonly what: string
      readonly signal: AbortSignal | undefined
      readonly turn?: AbortSignal | undefined
      readonly wholeAccount: boolean
      readonly isFile?: boolean
    },
    attempt: (patience: Patience) => Promise<T>,
  ): Promise<T> {
    const { clock, emit, maxRetries = 6, random = Math.random } = this.#options
    const patience: Patience = { began: clock.monotonic(), retries: 0, excusedMs: 0, indulgedMs: 0 }
    const waits = request.turn ?? request.signal
    for (;;) {
      try {
        waits?.throwIfAborted()
        return await attempt(patience)
      } catch (error) {
        request.signal?.throwIfAborted()
        if (!(error instanceof AttemptFailed)) throw error
        if (this.#closed) throw new RequestError(`${request.what} was broken off here`, { transient: false })
        const now = clock.now()
        const { began, retries, excusedMs, indulgedMs } = patience
        const spentMs = clock.monotonic() - began - excusedMs
        const step = nextStep({ failure: error.failure, retries, maxRetries, spentMs, indulgedMs, now, random: random() })
        if (step.action === 'give up') throw finalError(error, step, { ...request, tries: retries + 1, now })
        if (step.counted) {
          patience.retries += 1
          const reason = `${error.who} ${step.reason}`
          emit({ event: 'retry', what: request.what, reason, waitMs: step.waitMs, attempt: patience.retries })
        }
        const gate = this.#throttle.gate(error.host)
        if (step.everybodyWaits) gate.close(step.waitMs, step.reason)
        else if (step.indulged) gate.report(step.waitMs, step.reason)
        // A wait that a 429 asked for passes at the gate, where it is not charged to this request's patience.
        if (step.counted || step.indulged) await clock.sleep(step.waitMs, waits)
        if (!step.indulged) continue
        patience.excusedMs += step.waitMs
        patience.indulgedMs += step.waitMs
      }
    }
  }

  /** Sends a request and follows its redirects by hand, because each hop needs a signature of its own, or none. Any status of success. */
  async #follow(start: URL, hop: Hop): Promise<Answer> {
    let url = start
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await this.#send(url, hop)
      const location = headerOf(answer.headers, 'location')
      if (answer.status < 300 || answer.status === 416) return answer
      if (answer.status >= 400 || answer.status === 304 || location === undefined) {
        // What such an answer says is welcome, not needed: it may break off.
        const bytes = await readAll(answer, this.#limits(MOST_BYTES_OF_A_FEW_WORDS)).catch(() => Buffer.alloc(0))
        throw this.#statusFailure(answer, answer.status, parseObject(bytes))
      }
      discard(answer.body)
      const next = URL.parse(location, url.href)
      if (next === null || !/^https?:$/.test(next.protocol) || this.#spills(next)) throw this.#statusFailure(answer, answer.status)
      this.#options.emit({ event: 'debug', message: `${label(url, hop.isApi)} on ${url.host} leads to ${next.host}` })
      url = next
    }
    const what = label(start, hop.isApi)
    throw new RequestError(`${start.host} redirected more than ${MAX_REDIRECTS} times when asked for ${what}`, {
      status: 302,
      transient: false,
    })
  }

  /** Waits until this request may be sent: for a place in its lane, and for the gate of its host to be open. */
  async #admit(url: URL, hop: Hop): Promise<{ readonly place: Place; readonly gate: Gate }> {
    const waits = hop.turn ?? hop.signal
    const place = await this.#lane(url.host, hop.isApi).enter(waits)
    const gate = this.#throttle.gate(url.host)
    hop.patience.excusedMs += place.waitedMs
    try {
      const heldMs = await gate.enter(waits)
      hop.patience.excusedMs += heldMs
      if (heldMs > 0) place.heldBack()
      return { place, gate }
    } catch (error) {
      place.leave(undefined)
      throw error
    }
  }

  async #send(url: URL, hop: Hop): Promise<Answer> {
    const { clock, emit } = this.#options
    const { place, gate } = await this.#admit(url, hop)
    const isOurDoing = (): boolean => this.#closed || hop.signal?.aborted === true
    let hints: ServerHints | undefined
    let status: number | undefined
    const began = clock.monotonic()
    try {
      if (hop.isApi) this.#apiCalls += 1
      const { statusCode, headers, body } = await this.#transport.dispatcher(url).request(this.#signed(url, hop))
      // Whoever leaves a body must not crash the process by the error that follows.
      body.on('error', () => {})
      hints = hintsOf(headers)
      status = statusCode
      place.answered(status, clock.monotonic() - began)
      const askedMs = status === 429 ? askedWait(status, hints, clock.now()) : undefined
      // At once: until the answer is read and judged, others would be sent after it.
      if (askedMs !== undefined) gate.close(askedMs, describe({ kind: 'status', status, hints }))
      const amount = hop.isApi ? 1 : Number(headerOf(headers, 'content-length') ?? 0)
      body.once('close', () => {
        if (body.errored === null) place.leave(amount)
        else place.leave(isOurDoing() || isAbort(body.errored) ? 0 : undefined)
      })
      return { status: statusCode, headers, body, url }
    } catch (error) {
      if (!isOurDoing()) place.answered(undefined, 0)
      place.leave(0)
      hop.signal?.throwIfAborted()
      throw networkFailure(this.#at(url), error, clock.now())
    } finally {
      gate.leave(hints, began)
      emit({
        event: 'request',
        host: url.host,
        what: label(url, hop.isApi),
        endpoint: hop.isApi ? endpointOf(url.pathname) : 'file',
        ...(status !== undefined && { status }),
        durationMs: clock.monotonic() - began,
      })
    }
  }

  /** The request as it goes over the line, with a signature of its own where that may go. */
  #signed(url: URL, hop: Hop): Dispatcher.RequestOptions {
    const { clock, credentials, userAgent } = this.#options
    const mayBeSigned = (hop.sign ?? true) && maySign(url, this.#base)
    const stamp = { nonce: randomBytes(16).toString('hex'), timestamp: Math.floor(clock.now() / 1000), more: hop.more ?? [] }
    const authorization = mayBeSigned ? { authorization: authorizationHeader({ method: 'GET', url }, credentials, stamp) } : {}
    return {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: { 'user-agent': userAgent, ...hop.headers, ...authorization },
      ...(hop.signal === undefined ? {} : { signal: hop.signal }),
      ...(hop.isApi ? {} : { highWaterMark: FILE_BUFFER }),
    }
  }

  #at(url: URL): At {
    return { host: url.host, proxy: this.#transport.proxy(url) }
  }

  #lane(host: string, isApi: boolean): Lane {
    const kind = isApi ? 'calls' : 'files'
    const key = `${kind} ${host}`
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      const { clock, emit, atOnce = AT_ONCE } = this.#options
      lane = new Lane({ host, kind, atOnce: atOnce[kind], clock, emit })
      this.#lanes.set(key, lane)
    }
    return lane
  }

  async #read(answer: Answer, most = this.#options.mostBytes ?? MOST_BYTES): Promise<Buffer> {
    try {
      return await readAll(answer, this.#limits(most))
    } catch (error) {
      const at = this.#at(answer.url)
      if (!(error instanceof BeyondBounds)) throw networkFailure(at, error, this.clock.now())
      // The server does answer: this is no silence.
      throw new AttemptFailed(at, { kind: 'answer', status: answer.status, reason: error.message })
    }
  }

  #limits(bytes: number): ReadLimits {
    const ms = this.#options.timeouts?.wholeMs ?? DEFAULT_TIMEOUTS.wholeMs
    return { bytes, ms, largeTurn: () => this.#large.acquire(1) }
  }

  /** Does this address repeat one of our secrets? It would be asked, and named in messages. */
  #spills(url: URL): boolean {
    const address = url.href.toLowerCase()
    return Object.values(this.#options.credentials).some((secret) => secret.length >= 4 && address.includes(secret.toLowerCase()))
  }

  #statusFailure(answer: Answer, status: number, envelope?: JsonObject): AttemptFailed {
    return statusFailure({ at: this.#at(answer.url), answer, status, envelope, secrets: Object.values(this.#options.credentials) })
  }
}

const isRefused = (failure: Failure): boolean =>
  failure.kind === 'status' && (failure.status === 401 || failure.status === 403) && failure.oauthProblem !== 'nonce_used'

/** A body that we no longer wanted, and broke off ourselves: undici and Node give this several codes and one name. */
const isAbort = ({ name }: Error): boolean => name === 'AbortError'
