import type { Readable } from 'node:stream'
import { RequestError } from '../../errors.ts'
import { breathe } from '../../flow/breathe.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Fingerprint, JsonObject } from '../../model.ts'
import { isObject } from '../../model.ts'
import { displayName } from './addresses.ts'
import { type Answer, discard, parseObject, unlikeFile, unlikeJson } from './answer.ts'
import { AttemptFailed, finalError } from './attempt.ts'
import type { Parameter } from './oauth1.ts'
import { describe, type Failure, mayHaveArrived, nextStep } from './retry.ts'
import { type Hop, MOST_BYTES_OF_A_FEW_WORDS, type Patience, Sender, type SenderOptions } from './sender.ts'

/** The settings of every request. */
export interface HttpOptions extends SenderOptions {
  /** Tries after the first, for one request. Default 6. */
  readonly maxRetries?: number
  /** From 0 to 1, for the jitter of back-off. */
  readonly random?: () => number
}

/** An answer of the API, unwrapped (fact sheet 2.1). */
export interface ApiAnswer {
  readonly response: JsonObject
  readonly expansions: unknown
}

/** A request that changes something at SmugMug. */
export interface Change {
  readonly method: 'POST' | 'PATCH'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Makes the body; called again for each try. */
  readonly body: () => string | Readable
  /** The longest silence before the answer begins, in milliseconds. Default: as for all requests. */
  readonly headersMs?: number
  readonly signal?: AbortSignal | undefined
}

/** SmugMug's answer to a change. */
export type Reply =
  /** A status of success, and JSON. */
  | { readonly kind: 'accepted'; readonly envelope: JsonObject }
  /** The change was certainly not made. `words` are the server's own, presentable; `envelope` is absent when it did not answer in JSON. */
  | { readonly kind: 'refused'; readonly status: number; readonly words: string; readonly envelope: JsonObject | undefined }
  /** There was no answer, or none that says it: the change may have been made. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** Requests to SmugMug: signed, throttled, timed out, repeated when that may help, and silent about secrets. */
export class Http {
  readonly #options: HttpOptions
  readonly #sender: Sender

  /** Throws `ConfigurationError` when the base URL or a proxy's address is none. */
  constructor(options: HttpOptions) {
    this.#options = options
    this.#sender = new Sender(options)
  }

  /** API requests sent so far, retries and redirects included. */
  get apiCalls(): number {
    return this.#sender.apiCalls
  }

  /** The clock that it was given. */
  get clock(): Clock {
    return this.#options.clock
  }

  /** Breaks every connection off; requests under way fail and are not repeated. */
  close(): Promise<void> {
    return this.#sender.close()
  }

  /** Returns the address of one of SmugMug's URIs, such as `/api/v2!authuser`, under the base URL. Throws `RequestError` when it makes none. */
  address(uri: string, query: Readonly<Record<string, string>> = {}): URL {
    return this.#sender.address(uri, query)
  }

  /**
   * GETs an API answer. Throws `SignInError` when SmugMug refuses the sign-in (with `wholeAccount`, every refusal counts as one), else
   * `RequestError`.
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
      { what: displayName(url, true), signal: options.signal, wholeAccount: options.wholeAccount ?? false },
      async (patience) => {
        const headers = { accept: 'application/json', 'accept-encoding': 'gzip' }
        const answer = await this.#sender.follow(url, { headers, isApi: true, patience, signal: options.signal })
        const bytes = await this.#sender.read(answer)
        // Many pages of a list come at once: to parse one takes some milliseconds, and to decode it as long again.
        await breathe()
        const envelope = parseObject(bytes)
        await breathe()
        const code = envelope?.Code
        // The body repeats the status (fact sheet 8); if they differ, the worse one counts.
        if (typeof code === 'number' && code >= 400) throw this.#sender.statusFailure(answer, code, { envelope })
        const response = envelope?.Response
        if (!isObject(response))
          throw new AttemptFailed(this.#sender.at(answer.url), {
            kind: 'answer',
            status: answer.status,
            reason: unlikeJson(bytes, envelope),
          })
        return { response, expansions: envelope?.Expansions }
      },
    )
  }

  /** GETs a form-encoded answer of the sign-in. Throws `SignInError` when SmugMug refuses, else `RequestError`. */
  async form(uri: string, more: readonly Parameter[], signal?: AbortSignal): Promise<URLSearchParams> {
    const url = this.address(uri)
    return this.#persist({ what: displayName(url, true), signal, wholeAccount: true, signIn: true }, async (patience) => {
      const headers = { accept: '*/*', 'accept-encoding': 'gzip' }
      const answer = await this.#sender.follow(url, { headers, more, isApi: true, patience, signal })
      const form = new URLSearchParams((await this.#sender.read(answer, MOST_BYTES_OF_A_FEW_WORDS)).toString().trim())
      if (!form.get('oauth_token') || !form.get('oauth_token_secret')) {
        throw new AttemptFailed(this.#sender.at(answer.url), { kind: 'answer', status: answer.status, reason: 'answered without a token' })
      }
      return form
    })
  }

  /**
   * GETs a file's bytes: status 200, 206, or 416 (without a body). Signs where that is allowed, and asks once more without a signature when
   * refused (fact sheet 1.4). Throws `RequestError`.
   */
  async file(
    address: string,
    options: {
      readonly headers?: Readonly<Record<string, string>>
      readonly signal?: AbortSignal | undefined
      /** Ends the waits before the request is sent, but not a request that was sent. */
      readonly turn?: AbortSignal | undefined
      /** The size and the MD5 of the bytes, where they are known beforehand. */
      readonly promised?: Fingerprint
    } = {},
  ): Promise<Answer> {
    const url = URL.parse(address)
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new RequestError('SmugMug gave an address of a file that is none.', { transient: false })
    }
    const { signal } = options
    const turn = signal === undefined || options.turn === undefined ? options.turn : AbortSignal.any([signal, options.turn])
    return this.#persist({ what: displayName(url, false), signal, turn, wholeAccount: false, isFile: true }, async (patience) => {
      const hop: Hop = {
        headers: { ...options.headers, accept: '*/*', 'accept-encoding': 'identity' },
        isApi: false,
        patience,
        signal,
        turn,
      }
      const ask = async (sign: boolean): Promise<Answer | AttemptFailed> => {
        try {
          return await this.#sender.follow(url, { ...hop, sign })
        } catch (error) {
          if (error instanceof AttemptFailed) return error
          throw error
        }
      }
      let answer = await ask(true)
      if (answer instanceof AttemptFailed && this.#sender.maySign(url) && isRefused(answer.failure)) answer = await ask(false)
      if (answer instanceof AttemptFailed) throw answer
      const wrong = unlikeFile(answer, options.promised ?? {})
      if (wrong === undefined) return answer
      discard(answer.body)
      throw new AttemptFailed(this.#sender.at(answer.url), { kind: 'answer', status: answer.status, reason: wrong })
    })
  }

  /**
   * Sends a change. It is sent again only after a failure that leaves no doubt: there was no connection, or a 429. Throws `SignInError` when
   * SmugMug refuses the sign-in, `RequestError` when the request could not be delivered, and the body's own error.
   */
  async change({ method, url, headers, body, headersMs, signal }: Change): Promise<Reply> {
    const what = displayName(url, true)
    try {
      return await this.#persist<Reply>({ what, signal, wholeAccount: false, once: true }, async (patience) => {
        const answer = await this.#sender.deliver(url, {
          headers: { ...headers, accept: 'application/json', 'accept-encoding': 'gzip' },
          isApi: true,
          patience,
          signal,
          change: { method, body: body(), ...(headersMs !== undefined && { headersMs }) },
        })
        const bytes = await this.#sender.read(answer)
        const envelope = parseObject(bytes)
        const code = typeof envelope?.Code === 'number' ? envelope.Code : 0
        const status = Math.max(answer.status, code)
        if (status < 300 && envelope !== undefined) return { kind: 'accepted', envelope }
        if (status < 300) {
          throw new AttemptFailed(this.#sender.at(answer.url), { kind: 'answer', status, reason: unlikeJson(bytes, envelope) })
        }
        const failed = this.#sender.statusFailure(answer, status, { envelope, bytes })
        if (!isAnswered(failed.failure)) throw failed
        return { kind: 'refused', status, words: failed.words ?? '', envelope }
      })
    } catch (error) {
      if (error instanceof Unsure) return { kind: 'unknown', reason: error.message }
      throw error
    }
  }

  /** Repeats an attempt as long as `nextStep` says to. */
  async #persist<T>(
    request: {
      readonly what: string
      readonly signal: AbortSignal | undefined
      readonly turn?: AbortSignal | undefined
      readonly wholeAccount: boolean
      readonly signIn?: boolean
      readonly isFile?: boolean
      /** True: a failure that leaves in doubt whether the request was carried out throws `Unsure`. */
      readonly once?: boolean
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
        if (request.once === true && mayHaveArrived(error.failure)) throw new Unsure(`${error.who} ${describe(error.failure)}`)
        if (this.#sender.isClosed) throw new RequestError(`${request.what} was broken off here`, { transient: false })
        const now = clock.now()
        const { began, retries, excusedMs, indulgedMs } = patience
        const spentMs = clock.monotonic() - began - excusedMs
        const step = nextStep({ failure: error.failure, retries, maxRetries, spentMs, indulgedMs, now, random: random() })
        if (step.action === 'give up') throw finalError(error, step, { ...request, tries: retries + 1, now })
        if (step.counted) {
          patience.retries += 1
          const reason = `${error.who} ${step.reason}`
          emit({
            event: 'retry',
            what: request.what,
            reason,
            waitMs: step.waitMs,
            attempt: patience.retries,
            most: maxRetries,
            ...silence(error),
          })
        }
        const gate = this.#sender.gate(error.host)
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
}

/** A change was sent, and its end is not known. The message is for people. */
class Unsure extends Error {
  override readonly name = 'Unsure'
}

/** Is this a plain refusal of the one thing, and neither of the sign-in nor a passing trouble? */
const isAnswered = (failure: Failure): boolean =>
  failure.kind === 'status' && failure.status !== 429 && failure.oauthProblem === undefined && !mayHaveArrived(failure)

/** Returns the host that does not answer as it should, and the status of its answer if there was one. */
const silence = ({ host, failure }: AttemptFailed): { readonly host: string; readonly status?: number } =>
  failure.kind === 'network' ? { host } : { host, status: failure.status }

const isRefused = (failure: Failure): boolean =>
  failure.kind === 'status' && (failure.status === 401 || failure.status === 403) && failure.oauthProblem !== 'nonce_used'
