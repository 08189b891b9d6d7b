/**
 * The errors that can end a run. One item's failure is a value (an outcome), never one of these.
 * Any other error that ends a run is a bug: it is shown whole and ends with exit code 1.
 */

/** An error whose message a person can act on: what happened, to what; `hint` says what to do next. */
export abstract class AppError extends Error {
  abstract readonly exitCode: ExitCode
  readonly hint: string | undefined

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
  }
}

/** The exit codes of the command line: a contract, see docs/cli.md. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 130

/** The command line or the configuration is wrong. */
export class ConfigurationError extends AppError {
  override readonly exitCode = 2
  /** The names of the settings that are needed and missing, when that is the trouble. */
  readonly missing: readonly string[] | undefined

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown; readonly missing?: readonly string[] } = {}) {
    super(message, options)
    this.missing = options.missing
  }
}

/** SmugMug could not be reached, or its answer cannot be trusted. */
export class ServiceError extends AppError {
  override readonly exitCode = 3
}

/** SmugMug refused the keys, the tokens, the permissions or the clock. */
export class SignInError extends AppError {
  override readonly exitCode = 4
  /** SmugMug's own name of the trouble, such as `consumer_key_unknown`; absent when it gave none. */
  readonly problem: string | undefined

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown; readonly problem?: string } = {}) {
    super(message, options)
    this.problem = options.problem
  }
}

/** The destination is missing, full, read-only or another folder than before; or its catalogue is damaged. */
export class DestinationError extends AppError {
  override readonly exitCode = 5
}

/** Another run holds the vault. */
export class VaultBusyError extends AppError {
  override readonly exitCode = 6
}

/** The caller of the library stopped an operation that has no answer in parts. */
export class InterruptedError extends AppError {
  override readonly exitCode = 130
}

/** Returns true if an aborted operation ended like this: by the signal's reason, or by an `AbortError` of Node or undici. */
export const isAbort = (error: unknown, signal?: { readonly aborted: boolean; readonly reason: unknown }): boolean =>
  (signal?.aborted === true && error === signal.reason) || (error instanceof Error && error.name === 'AbortError')

/**
 * Bytes differ from the promised size or MD5. `checked` throws it at the end of such a stream. It is transient:
 * the transfer is tried again, and then becomes a failed outcome.
 */
export class IntegrityError extends Error {
  override readonly name = 'IntegrityError'
  readonly expected: string
  readonly found: string
  /** The number of times that the bytes were fetched. */
  readonly times: number

  /** `message` is for people, and equal for equal causes: hashes and sizes stand in `facts`. */
  constructor(message: string, facts: { readonly expected: string; readonly found: string; readonly times?: number }) {
    super(message)
    this.expected = facts.expected
    this.found = facts.found
    this.times = facts.times ?? 1
  }
}

/**
 * One request failed for good: after its retries, or because a retry cannot help.
 * For a single item it becomes a failed outcome; for the run's own listings it is wrapped in a `ServiceError`.
 */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** HTTP status, absent when there was no answer. */
  readonly status: number | undefined
  /** Can the same request succeed later? */
  readonly transient: boolean
  /** The reason in a photographer's words, equal for equal causes. The message has the host, the status and the thing asked for. */
  readonly reason: string

  constructor(
    message: string,
    facts: { readonly status?: number; readonly transient: boolean; readonly reason?: string; readonly cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.status = facts.status
    this.transient = facts.transient
    this.reason = facts.reason ?? plainStatus(facts.status)
  }
}

/** Says in plain words what a server's status means for the one thing that was asked for. */
const plainStatus = (status: number | undefined): string => {
  if (status === undefined) return 'SmugMug could not be reached'
  if (status < 300) return 'SmugMug sent something else'
  if (status === 401 || status === 403) return 'SmugMug does not allow this sign-in to have it'
  if (status === 404 || status === 410) return 'listed by SmugMug, but not there'
  if (status === 429) return 'SmugMug had too many requests'
  if (status === 408 || status >= 500) return 'SmugMug had trouble and did not answer'
  return 'SmugMug refused it'
}
