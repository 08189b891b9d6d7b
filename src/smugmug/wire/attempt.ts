import { RequestError } from '../../errors.ts'
import type { ProxyServer } from '../../flow/proxy.ts'
import type { JsonObject } from '../../model.ts'
import { type Answer, headerOf, hintsOf } from './answer.ts'
import { proxyTrouble } from './proxy.ts'
import { oauthProblem, presentable } from './redact.ts'
import { refusal } from './refusal.ts'
import type { Failure, NextStep } from './retry.ts'
import { connectionTrouble, isUnsent } from './transport.ts'

/** A server, and the proxy on the way to it. */
export interface At {
  readonly host: string
  readonly proxy: ProxyServer | undefined
}

/** One attempt at a request failed. `nextStep` decides whether it is repeated; it never leaves `Http`. */
export class AttemptFailed extends Error {
  override readonly name = 'AttemptFailed'
  readonly host: string
  /** The name of the side that failed, for people: the server, or a proxy on the way to it. */
  readonly who: string
  readonly failure: Failure
  /** The server's own words, presentable. */
  readonly words: string | undefined
  /** True when SmugMug's API answered, and not some web server. */
  readonly isJson: boolean

  constructor(
    at: At,
    failure: Failure,
    said: { readonly words?: string | undefined; readonly isJson?: boolean; readonly byProxy?: boolean } = {},
  ) {
    super(failure.kind)
    this.host = at.host
    this.who = at.proxy === undefined ? at.host : said.byProxy === true ? at.proxy.name : `${at.host}, asked through ${at.proxy.name},`
    this.failure = failure
    this.words = said.words
    this.isJson = said.isJson ?? false
  }
}

/**
 * Turns an error of the connection into a failed attempt; returns the error itself when it is a bug. `now` is in milliseconds since 1970.
 */
export const networkFailure = (at: At, error: unknown, now: number): unknown => {
  if (error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))) {
    return new AttemptFailed(at, { kind: 'network', reason: 'broke a packed answer' })
  }
  const atProxy = at.proxy === undefined ? undefined : proxyTrouble(error, at.host)
  if (atProxy !== undefined) return new AttemptFailed(at, { kind: 'network', ...atProxy }, { byProxy: true })
  const reason = connectionTrouble(error, now)
  return reason === undefined ? error : new AttemptFailed(at, { kind: 'network', reason, ...(isUnsent(error) && { unsent: true }) })
}

const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403])

/** Turns an answer whose status is no success into a failed attempt. `secrets` are struck out of its words. */
export const statusFailure = (refused: {
  readonly at: At
  readonly answer: Answer
  readonly status: number
  readonly envelope: JsonObject | undefined
  /** The beginning of the body. */
  readonly text: string
  readonly secrets: readonly string[]
}): AttemptFailed => {
  const { at, answer, status, envelope, text, secrets } = refused
  const message = typeof envelope?.Message === 'string' ? envelope.Message : ''
  // The sign-in may answer in plain words, without JSON; a page is nothing to quote.
  const said = status === 401 && envelope === undefined && !text.trimStart().startsWith('<') ? text : message
  const header = headerOf(answer.headers, 'www-authenticate') ?? ''
  const problem = REFUSALS.has(status) ? (oauthProblem(message) ?? oauthProblem(text) ?? oauthProblem(header)) : undefined
  const failure: Failure = {
    kind: 'status',
    status,
    hints: hintsOf(answer.headers),
    ...(problem === undefined ? {} : { oauthProblem: problem }),
  }
  return new AttemptFailed(at, failure, { words: presentable(said, secrets), isJson: envelope !== undefined })
}

/** The request that failed, and the circumstances. */
export interface Asked {
  /** The name of the thing that was asked for, for people. */
  readonly what: string
  readonly tries: number
  /** True when every refusal is about the sign-in. */
  readonly wholeAccount: boolean
  /** True for the steps of the sign-in. */
  readonly signIn?: boolean
  /** True for a file's bytes: a refusal is never about the sign-in. */
  readonly isFile?: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Makes the error that the caller sees when a request is given up: `SignInError`, `ServiceError` (402) or `RequestError`. */
export const finalError = (failed: AttemptFailed, step: Extract<NextStep, { action: 'give up' }>, asked: Asked): Error => {
  const { failure } = failed
  const words = failed.words === undefined || failed.words === '' ? {} : { message: failed.words }
  if (failure.kind === 'status' && asked.isFile !== true) {
    const problem = failure.oauthProblem === undefined ? {} : { problem: failure.oauthProblem }
    const signIn = asked.signIn === true
    const answer = { status: failure.status, isJson: failed.isJson, hints: failure.hints, now: asked.now, signIn, ...problem, ...words }
    const refused = refusal(answer, asked.wholeAccount)
    if (refused !== undefined) return refused
  }
  const quoted = words.message !== undefined && failure.kind === 'status' && QUOTED.has(failure.status) ? `: "${words.message}"` : ''
  const times = asked.tries > 1 ? `, ${asked.tries} times` : ''
  return new RequestError(`${failed.who} ${step.reason} when asked for ${asked.what}${times}${quoted}`, {
    transient: step.transient,
    ...(failure.kind === 'network' ? {} : { status: failure.status }),
  })
}

/** Statuses for which the server's own words say more than the status. */
const QUOTED: ReadonlySet<number> = new Set([400, 402, 403, 409])
