/** What went wrong with one attempt at a request. */
export type Failure =
  /** No answer, or one that broke off: connection errors and time-outs. `reason` is for people; `lasting`: it will not pass. */
  | { readonly kind: 'network'; readonly reason: string; readonly lasting?: boolean }
  /** An answer that is not what was asked for by its status. */
  | { readonly kind: 'status'; readonly status: number; readonly hints: ServerHints; readonly oauthProblem?: string }
  /** A status of success with a body that cannot be right: HTML, nothing, broken JSON, another part of the file. */
  | { readonly kind: 'answer'; readonly status: number; readonly reason: string }

/** What a server says of its own clock and patience; header values as received (fact sheet 7.1). */
export interface ServerHints {
  readonly date?: string
  /** Seconds, or an HTTP date. */
  readonly retryAfter?: string
  readonly rateLimitRemaining?: string
  /** Seconds since 1970, by the server's clock. */
  readonly rateLimitReset?: string
}

/** Everything the decision rests on. */
export interface Situation {
  readonly failure: Failure
  /** Tries after the first that counted, so far. */
  readonly retries: number
  /** The bound on those. */
  readonly maxRetries: number
  /** Milliseconds since the first try, without the waits the server asked for. */
  readonly spentMs: number
  /** Milliseconds waited so far because answers other than a 429 asked for it. */
  readonly indulgedMs: number
  /** Milliseconds since 1970, by our clock. */
  readonly now: number
  /** A random number from 0 to 1, for the jitter. */
  readonly random: number
}

/** What to do after a failed attempt. `reason` is for people. */
export type NextStep =
  | {
      readonly action: 'retry'
      readonly reason: string
      readonly waitMs: number
      /** Counts towards the bound. A wait the server asked for does not. */
      readonly counted: boolean
      /** Was asked for by an answer other than a 429, of which one request obeys half an hour. */
      readonly indulged: boolean
      /** Nobody may ask this host before the wait is over. */
      readonly everybodyWaits: boolean
    }
  | {
      readonly action: 'give up'
      readonly reason: string
      /** Would the same request have a chance later? */
      readonly transient: boolean
    }

/** Without a hint of the server a request is given up within about this. */
const PATIENCE_MS = 60_000
/** A rate limit that does not say how long it lasts deserves a longer pause than a hiccup. */
/** Of waits that an answer other than a 429 asks for, one request obeys this much in all: what a 503 holds up may be this one file. */
const INDULGENCE_MS = 30 * 60_000
/** A shorter wait is less than our own back-off, and no reason to ask again and again. */
const SHORTEST_WAIT_MS = 1_000
/** Nobody means a longer one: a time in milliseconds, or junk. */
const LONGEST_WAIT_MS = 366 * 86_400_000
const BACKOFF_MS = { hiccup: { first: 500, longest: 16_000 }, rateLimit: { first: 5_000, longest: 20_000 } }

/**
 * What to do after this failure: pure, and the only place that decides. Transient are connection errors, time-outs, 408, 429, 5xx,
 * an answer that is not what it should be, and OAuth's `nonce_used`. Waits that a 429 asks for are obeyed in full, those of other answers
 * for half an hour in all.
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
  // This one file may be all that is wrong: only this request waits.
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

/** What happened, for people. */
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
 * Milliseconds that this answer asks everybody to wait; undefined when it does not.
 * Every API answer carries the rate limit, but only a 429 was caused by it: on others `X-RateLimit-Reset` is no reason to wait.
 */
export const askedWait = (status: number, hints: ServerHints, now: number): number | undefined =>
  worthwhile(retryAfterMs(hints, now) ?? (status === 429 ? untilResetMs(hints, now) : undefined))

/** Undefined for a wait shorter than our own back-off: that keeps us from hammering. */
const worthwhile = (waitMs: number | undefined): number | undefined =>
  waitMs !== undefined && waitMs >= SHORTEST_WAIT_MS ? waitMs : undefined

/**
 * Milliseconds from now that `Retry-After` asks for, in seconds or as an HTTP date.
 * Undefined without it, when it is no time at all, or when it is over: then our own back-off keeps us from hammering.
 */
const retryAfterMs = (hints: ServerHints, now: number): number | undefined => {
  const text = hints.retryAfter?.trim()
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  return ahead(Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - serverNow(hints, now))
}

/**
 * Milliseconds from now until the rate limit's window ends; undefined when unknown, over, or further ahead than anybody can mean.
 * A wrong clock, here or there, does not matter.
 */
export const untilResetMs = (hints: ServerHints, now: number): number | undefined => {
  if (hints.rateLimitReset === undefined) return undefined
  return ahead(Number.parseFloat(hints.rateLimitReset) * 1000 - serverNow(hints, now))
}

/** The server's clock where it tells, as its own dates are meant by that. */
const serverNow = (hints: ServerHints, now: number): number => {
  const date = Date.parse(hints.date ?? '')
  return Number.isNaN(date) ? now : date
}

/** A wait that a server can mean; undefined when it is over, unreadable or longer than a year. */
const ahead = (ms: number): number | undefined => (ms > 0 && ms <= LONGEST_WAIT_MS ? Math.ceil(ms) : undefined)
