import { ServiceError, SignInError } from '../../errors.ts'
import type { ServerHints } from './retry.ts'

/** An answer of 401, 402 or 403: the known facts. */
export interface RefusedAnswer {
  readonly status: number
  /** The value of `oauth_problem`. */
  readonly problem?: string
  /** SmugMug's own words, presentable. */
  readonly message?: string
  /** True when SmugMug's API answered, false for a web server's page. */
  readonly isJson: boolean
  readonly hints: ServerHints
  /** True for a step of the sign-in itself: the next step is never to sign in. Default false. */
  readonly signIn?: boolean
  /** Milliseconds since 1970, by our clock. */
  readonly now: number
}

/**
 * Makes the error that ends the run, when this answer means that SmugMug refuses the keys, the tokens, the permissions or the clock;
 * undefined when the refusal may concern only the one thing asked for. `wholeAccount` says that the question was about the account, where
 * every refusal is about the sign-in.
 */
export const refusal = (answer: RefusedAnswer, wholeAccount: boolean): SignInError | ServiceError | undefined => {
  const { status, problem } = answer
  if ((status === 401 || answer.signIn === true) && problem !== undefined && problem !== 'nonce_used') {
    return answer.signIn === true ? (signInRefusal(problem) ?? oauthRefusal(problem, answer)) : oauthRefusal(problem, answer)
  }
  if (!wholeAccount) return undefined
  const words = answer.message === undefined ? '' : `: "${answer.message}"`
  if (status === 401 && problem === undefined) {
    const hint = answer.signIn === true ? KEYS : 'Run `smugmug-backup login` to sign in again.'
    return new SignInError(`SmugMug refused the sign-in${words}.`, { hint })
  }
  if (status === 402) {
    return new ServiceError(`SmugMug answered 402 (payment required)${words}.`, {
      hint: 'Sign in to smugmug.com in a browser and see whether the account is paid for.',
    })
  }
  if (status === 403 && answer.isJson) {
    return new SignInError(`SmugMug says that this sign-in may not see the account${words}.`, { hint: MORE_ACCESS })
  }
  return undefined
}

/** A hint, because authorising again cannot raise the permissions of an authorisation (fact sheet 1.1). */
const MORE_ACCESS =
  'Give this program full access with permission to read: in SmugMug, Account Settings > Privacy > Authorized Services, change it or revoke it, then run `smugmug-backup login`.'

const KEYS = 'Compare api_key and api_secret with what SmugMug gave you; you get a new key at https://api.smugmug.com/api/developer/apply.'

/** Returns the refusal of a step of the sign-in, where there is no user token yet; undefined if nothing differs from other requests. */
const signInRefusal = (problem: string): SignInError | undefined => {
  switch (problem) {
    case 'signature_invalid':
      return new SignInError('SmugMug refused the signature (signature_invalid): the API secret is not the one of this API key.', {
        problem,
        hint: 'Copy the API secret again, whole and without spaces.',
      })
    case 'token_rejected':
    case 'token_revoked':
    case 'token_expired':
    case 'token_used':
      return new SignInError(`SmugMug no longer waits for this sign-in (${problem}): each is good for five minutes, and once.`, {
        problem,
        hint: 'Begin again, and allow access within five minutes.',
      })
    case 'permission_denied':
    case 'user_refused':
      return new SignInError(`SmugMug says that access was not allowed (${problem}).`, {
        problem,
        hint: 'Begin again, and choose Authorize on the page of SmugMug.',
      })
    case 'permission_unknown':
    case 'additional_authorization_required':
      return new SignInError(`SmugMug says that the user has not granted the required permissions (${problem}).`, {
        problem,
        hint: 'In SmugMug, under Account Settings > Privacy > Authorized Services, revoke this program; then begin again, and choose Authorize.',
      })
    case 'parameter_absent':
    case 'parameter_rejected':
    case 'signature_method_rejected':
    case 'version_rejected':
      return new SignInError(`SmugMug refused the form of the request (${problem}).`, {
        problem,
        hint: 'Check base_url, and that no proxy on the way changes requests; then try again.',
      })
    default:
      return undefined
  }
}

const oauthRefusal = (problem: string, answer: RefusedAnswer): SignInError => {
  switch (problem) {
    case 'signature_invalid':
      return new SignInError(
        'SmugMug refused the signature (signature_invalid): api_secret or user_secret is not the one that belongs to its key.',
        {
          problem,
          hint: 'Copy both secrets again, without spaces; or run `smugmug-backup login` for a new user token and secret.',
        },
      )
    case 'consumer_key_unknown':
    case 'consumer_key_rejected':
    case 'consumer_key_refused':
      return new SignInError(`SmugMug does not know the API key (${problem}).`, { problem, hint: KEYS })
    case 'token_rejected':
    case 'token_revoked':
    case 'token_expired':
    case 'token_used':
      return new SignInError(
        `SmugMug does not accept the user token (${problem}): it is mistyped, belongs to another API key, or was revoked.`,
        {
          problem,
          hint: 'Run `smugmug-backup login` to get a new user_token and user_secret.',
        },
      )
    case 'timestamp_refused':
      return new SignInError(`SmugMug refused the time of the request (timestamp_refused)${clockDifference(answer)}.`, {
        problem,
        hint: "Set this computer's clock, best by switching on automatic time, and try again.",
      })
    case 'verifier_invalid':
      return new SignInError('SmugMug does not accept the code (verifier_invalid): it is mistyped, or belongs to another sign-in.', {
        problem,
        hint: 'Begin again, and enter the six digits that SmugMug shows at the end, within five minutes.',
      })
    case 'permission_denied':
    case 'permission_unknown':
    case 'additional_authorization_required':
      return new SignInError(`SmugMug says that the user has not granted the required permissions (${problem}).`, {
        problem,
        hint: MORE_ACCESS,
      })
    default:
      return new SignInError(`SmugMug refused the sign-in (${problem}).`, {
        problem,
        hint: answer.signIn === true ? KEYS : 'Check the keys in the configuration, or run `smugmug-backup login` to sign in again.',
      })
  }
}

const clockDifference = (answer: RefusedAnswer): string => {
  const theirs = Date.parse(answer.hints.date ?? '')
  if (Number.isNaN(theirs)) return ": this computer's clock is probably wrong"
  const difference = answer.now - theirs
  if (Math.abs(difference) < 30_000) return `, although this computer's clock agrees with SmugMug's`
  return `: this computer's clock is ${duration(Math.abs(difference))} ${difference > 0 ? 'ahead of' : 'behind'} SmugMug's`
}

/** Formats a time in its two largest units: `2 hours 5 minutes`. */
const duration = (ms: number): string => {
  let seconds = Math.round(ms / 1000)
  const parts: string[] = []
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length)
    seconds -= count * length
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return parts.slice(0, 2).join(' ')
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const
