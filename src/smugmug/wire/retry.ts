/** A failed attempt at a request. */
export type Failure =
  /**
   * No answer, or one that broke off: connection errors and time-outs. `reason` is for people; `lasting` means that it will not pass;
   * `unsent` means that the request never left: there was no connection.
   */
  | { readonly kind: 'network'; readonly reason: string; readonly lasting?: boolean; readonly unsent?: boolean }
  /** An answer whose status is no success. */
  | { readonly kind: 'status'; readonly status: number; readonly hints: ServerHints; readonly oauthProblem?: string }
  /** A status of success with a body that cannot be right: HTML, no bytes, broken JSON, another part of the file. */
  | { readonly kind: 'answer'; readonly status: number; readonly reason: string }

/** A server's own clock and rate limit; header values as received (fact sheet 7.1). */
export interface ServerHints {
  readonly date?: string
  /** Seconds, or an HTTP date. */
  readonly retryAfter?: string
  readonly rateLimitRemaining?: string
  /** Seconds since 1970, by the server's clock. */
  readonly rateLimitReset?: string
}

/** All facts that the decision rests on. */
export interface Situation {
  readonly failure: Failure
  /** Tries after the first, so far, that counted. */
  readonly retries: number
  /** The bound on the tries that count. */
  readonly maxRetries: number
  /** Milliseconds since the first try, without the waits that the server asked for. */
  readonly spentMs: number
  /** Milliseconds waited so far because an answer other than a 429 asked for it. */
  readonly indulgedMs: number
  /** Milliseconds since 1970, by our clock. */
  readonly now: number
  /** A random number from 0 to 1, for the jitter. */
  readonly random: number
}

/** The decision after a failed attempt. `reason` is for people. */
export type NextStep =
  | {
      readonly action: 'retry'
      readonly reason: string
      readonly waitMs: number
      /** True when the retry counts towards the bound. A wait that the server asked for does not. */
      readonly counted: boolean
      /** True when an answer other than a 429 asked for the wait. One request obeys half an hour of such waits. */
      readonly indulged: boolean
      /** True when no request may go to this host before the wait is over. */
      readonly everybodyWaits: boolean
    }
  | {
      readonly action: 'give up'
      readonly reason: string
      /** True when the same request may succeed later. */
      readonly transient: boolean
    }

/** Without a wait asked for by the server, a request is given up after about this time. */
const PATIENCE_MS = 60_000
/** One request obeys at most this time of waits that answers other than a 429 ask for: only this one file may be in trouble. */
const INDULGENCE_MS = 30 * 60_000
/** A shorter wait than our own back-off is ignored: obeying it would ask again and again. */
const SHORTEST_WAIT_MS = 1_000
/** A longer wait is a mistake of the server: a time in milliseconds, or junk. */
const LONGEST_WAIT_MS = 366 * 86_400_000
/** The back-off is longer for a rate limit that does not say how long it lasts. */
const BACKOFF_MS = { hiccup: { first: 500, longest: 16_000 }, rateLimit: { first: 5_000, longest: 20_000 } }

/**
 * Decides what to do after a failure: pure, and the only place that decides. These failures are transient: connection errors, time-outs,
 * 408, 429, 5xx, an answer with the wrong kind of body, and OAuth's `nonce_used`. Waits that a 429 asks for are obeyed in full, waits of
 * other answers for half an hour in all.
 */
export const nextStep = (situation: Situation): NextStep => {
  const { failure, retries, maxRetries, spentMs, indulgedMs, now } = situation
  const reason = describe(failure)
  if (!isTransient(failure)) return { action: 'give up', reason, transient: false }

  const limited = failure.kind === 'status' && failure.status === 429
  const askedMs = failure.kind === 'status' ? askedWait(failure.status, failure.hints, now) : undefined
  if (askedMs !== undefined && limited) {
    return { action: 'retry', reason, waitMs: askedMs, counted: false, indulged: false, everybodyWaits: true }
  }
  // Only this one file may be in trouble, so only this request waits.
  const obeyedMs = Math.min(askedMs ?? 0, INDULGENCE_MS - indulgedMs)
  if (obeyedMs > 0) return { action: 'retry', reason, waitMs: obeyedMs, counted: false, indulged: true, everybodyWaits: false }

  const { first, longest } = limited ? BACKOFF_MS.rateLimit : BACKOFF_MS.hiccup
  const waitMs = Math.round(Math.min(first * 2 ** retries, longest) * (0.75 + situation.random / 2))
  // One retry is due even when the first try alone used up the patience, as a time-out does.
  const impatient = retries > 0 && spentMs + waitMs > PATIENCE_MS
  if (retries >= maxRetries || impatient) return { action: 'give up', reason, transient: true }
  return { action: 'retry', reason, waitMs, counted: true, indulged: false, everybodyWaits: limited }
}

const isTransient = (failure: Failure): boolean => {
  switch (failure.kind) {
    case 'network':
      return failure.lasting !== true
    case 'answer':
      return true
    case 'status':
      // SmugMug also says nonce_used when its own answer took too long (fact sheet 0.3).
      return failure.status === 408 || failure.status === 429 || failure.status >= 500 || failure.oauthProblem === 'nonce_used'
  }
}

/**
 * May a request that failed like this have been carried out all the same? Then one that changes something must not be sent again before the
 * account was asked. SmugMug also says `nonce_used` when its own answer took too long (fact sheet 0.3).
 */
export const mayHaveArrived = (failure: Failure): boolean => {
  switch (failure.kind) {
    case 'network':
      return failure.unsent !== true
    case 'answer':
      return true
    case 'status':
      return failure.status === 408 || failure.status >= 500 || failure.oauthProblem === 'nonce_used'
  }
}

/** Says what happened, for people. */
export const describe = (failure: Failure): string => {
  switch (failure.kind) {
    case 'network':
    case 'answer':
      return failure.reason
    case 'status':
      return failure.oauthProblem === undefined
        ? `answered ${failure.status}${STATUS_WORDS[failure.status] ?? ''}`
        : `answered ${failure.status} (${failure.oauthProblem})`
  }
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: ' (bad request)',
  401: ' (not signed in)',
  402: ' (payment required)',
  403: ' (forbidden)',
  404: ' (not found)',
  408: ' (time-out)',
  410: ' (gone)',
  429: ' (too many requests)',
  500: ' (server error)',
  502: ' (bad gateway)',
  503: ' (unavailable)',
  504: ' (gateway time-out)',
}

/**
 * Returns the milliseconds that this answer asks every request to wait; undefined when it asks for none. Every API answer carries the rate
 * limit, but only a 429 was caused by it: on other answers `X-RateLimit-Reset` is no reason to wait.
 */
export const askedWait = (status: number, hints: ServerHints, now: number): number | undefined =>
  worthwhile(retryAfterMs(hints, now) ?? (status === 429 ? untilResetMs(hints, now) : undefined))

/** Returns undefined for a wait shorter than our own back-off, which already keeps us from hammering. */
const worthwhile = (waitMs: number | undefined): number | undefined =>
  waitMs !== undefined && waitMs >= SHORTEST_WAIT_MS ? waitMs : undefined

/**
 * Returns the milliseconds from now that `Retry-After` asks for, in seconds or as an HTTP date. Undefined when it is absent, unreadable or
 * over: our own back-off then keeps us from hammering.
 */
const retryAfterMs = (hints: ServerHints, now: number): number | undefined => {
  const text = hints.retryAfter?.trim()
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  return ahead(Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - serverNow(hints, now))
}

/**
 * Returns the milliseconds from now until the rate limit's window ends; undefined when that is unknown, over, or more than a year ahead. A
 * wrong clock on either side does not matter.
 */
export const untilResetMs = (hints: ServerHints, now: number): number | undefined => {
  if (hints.rateLimitReset === undefined) return undefined
  return ahead(Number.parseFloat(hints.rateLimitReset) * 1000 - serverNow(hints, now))
}

/** Returns the server's time where it sends one, because its own dates are meant by its own clock. */
const serverNow = (hints: ServerHints, now: number): number => {
  const date = Date.parse(hints.date ?? '')
  return Number.isNaN(date) ? now : date
}

/** Returns a wait that a server can mean; undefined when it is over, unreadable or longer than a year. */
const ahead = (ms: number): number | undefined => (ms > 0 && ms <= LONGEST_WAIT_MS ? Math.ceil(ms) : undefined)
