import { requireKeys } from '../config/required.ts'
import { ServiceError, SignInError } from '../errors.ts'
import { MAY_ONLY_READ } from '../smugmug/account-writer.ts'
import {
  accessToken,
  authorizeUrl,
  type Callback,
  catchCallback,
  type LoginOptions,
  type Permission,
  readCode,
  requestToken,
  SHOW_A_CODE,
  type TokenPair,
} from '../smugmug/sign-in/sign-in.ts'
import type { Timeouts } from '../smugmug/wire/transport.ts'
import { openWriter } from '../smugmug/writing/writer.ts'
import { connection, withAccount } from './account.ts'
import type { Request } from './request.ts'

/** A sign-in, and the ways to speak to the person at the keyboard. */
export interface SignInRequest extends Request {
  ask(question: string): Promise<string>
  /** Opens a browser; false when there is none. */
  open(url: string): Promise<boolean>
  say(text: string): void
  /** Asks for the six-digit code instead of waiting for the browser. */
  readonly console: boolean
  /** The permission to ask for. Default `Read`. */
  readonly permission?: Permission
  /** The number of times to ask for a code that SmugMug does not accept. Default 1. */
  readonly tries?: number
  /** Milliseconds to wait for the browser. Default: the five minutes that SmugMug allows. */
  readonly patienceMs?: number
  /** Milliseconds to wait for one answer of SmugMug. Default 15 s: a person waits, and with its retries a step then ends within about a minute. */
  readonly answerMs?: number
}

/** The result of a sign-in. */
export interface SignedIn {
  readonly userToken: string
  readonly userSecret: string
  readonly nickName: string
}

const PATIENCE_MS = 5 * 60_000
const ANSWER_MS = 15_000

const timeoutsOf = ({ answerMs = ANSWER_MS }: Pick<SignInRequest, 'answerMs'>): Partial<Timeouts> => ({
  headersMs: answerMs,
  bodyMs: answerMs,
  wholeMs: answerMs,
})

/**
 * Signs in at SmugMug with `Access=Full` and the permission: in the browser, or with a six-digit code. Throws `SignInError` with SmugMug's
 * reason, also when a permission to change things was asked for and not granted. The browser is thanked only after SmugMug gave the tokens and said whose they are.
 */
export async function signIn(request: SignInRequest): Promise<SignedIn> {
  return request.console ? await byCode(request) : await byBrowser(request)
}

/** The parts of a sign-in that need no person at a keyboard. */
type Steps = Request & Pick<SignInRequest, 'answerMs' | 'permission'>

const optionsOf = (request: Steps): LoginOptions => {
  const { apiKey, apiSecret } = requireKeys(request.settings, ['apiKey', 'apiSecret'])
  return { ...connection(request), timeouts: timeoutsOf(request), apiKey, apiSecret }
}

/** A sign-in that waits for the owner. */
export interface OpenSignIn {
  readonly pending: TokenPair
  /** The page of SmugMug on which the owner allows it. */
  readonly address: string
}

/**
 * Begins a sign-in: SmugMug leads the browser to `callback` afterwards, or shows a six-digit code where there is none. The owner has five
 * minutes. Throws `SignInError` when SmugMug refuses the API key.
 */
export async function beginSignIn(request: Steps, callback = SHOW_A_CODE): Promise<OpenSignIn> {
  const pending = await requestToken(optionsOf(request), callback, request.signal)
  return { pending, address: authorizeUrl(request.settings.baseUrl, pending.token, request.permission ?? 'Read') }
}

/** Ends a sign-in: gets the tokens, and the name of the account that they open. Throws `SignInError` with SmugMug's reason. */
export async function endSignIn(request: Steps, pending: TokenPair, verifier: string): Promise<SignedIn> {
  const { token, secret } = await accessToken(optionsOf(request), { request: pending, verifier }, request.signal)
  const settings = { ...request.settings, userToken: token, userSecret: secret }
  const nickName = await ownerOf({ ...request, settings }).catch((error: unknown) => {
    if (!(error instanceof SignInError)) throw error
    throw new SignInError(error.message, { cause: error, hint: REVOKE, ...(error.problem !== undefined && { problem: error.problem }) })
  })
  if (request.permission === 'Modify') await requireModify({ ...request, settings })
  return { userToken: token, userSecret: secret, nickName }
}

/** Reads the granted permission back, because SmugMug grants less than was asked for without a word (fact sheet 1.1). */
async function requireModify(request: Steps): Promise<void> {
  const { apiKey, apiSecret, userToken, userSecret } = requireKeys(request.settings, ['apiKey', 'apiSecret', 'userToken', 'userSecret'])
  const writer = openWriter({ ...connection(request), timeouts: timeoutsOf(request), keys: { apiKey, apiSecret, userToken, userSecret } })
  const mayModify = await writer.mayModify(request.signal).finally(() => writer.close())
  if (mayModify === true) return
  if (mayModify === false) throw new SignInError('SmugMug gave this sign-in permission to read only.', { hint: MAY_ONLY_READ })
  throw new ServiceError('SmugMug does not say whether this sign-in may change anything.', {
    hint: 'Run `smugmug-backup login --write` again later; nothing was changed.',
  })
}

/** Returns the nickname of the account that the tokens of the settings open. Throws `SignInError` when SmugMug refuses them. */
export const ownerOf = (request: Request & Pick<SignInRequest, 'answerMs'>): Promise<string> =>
  withAccount(request, async (account) => (await account.owner(request.signal)).nickName, timeoutsOf(request))

const REVOKE =
  'In SmugMug, under Account Settings > Privacy > Authorized Services, revoke this program; then begin again, and choose Authorize.'

async function byCode(request: SignInRequest): Promise<SignedIn> {
  const { tries = 1 } = request
  let pending: TokenPair | undefined
  for (let left = tries - 1; ; left--) {
    if (pending === undefined) {
      const begun = await beginSignIn(request)
      pending = begun.pending
      request.say('Open this address in a browser, and allow access:')
      request.say(begun.address)
    }
    const code = readCode(await request.ask('Six-digit code:'))
    try {
      if (code === undefined) throw noCode()
      return await endSignIn(request, pending, code)
    } catch (error) {
      if (!(error instanceof SignInError) || left <= 0) throw error
      const { problem } = error
      if (problem === undefined || !/^(verifier|token)_/.test(problem)) throw error
      request.say(`${error.message} ${error.hint}`)
      // SmugMug has forgotten the sign-in itself: the next code belongs to a new address.
      if (problem.startsWith('token_')) pending = undefined
    }
  }
}

const noCode = (): SignInError =>
  new SignInError('The code was not sent, because a code has six digits.', {
    problem: 'verifier_invalid',
    hint: 'Enter the six digits that SmugMug shows at the end; spaces and dashes do not matter.',
  })

async function byBrowser(request: SignInRequest): Promise<SignedIn> {
  const { signal, patienceMs = PATIENCE_MS } = request
  const callback = await catchCallback()
  try {
    const { pending, address: url } = await beginSignIn(request, callback.url)
    const coming = returned(callback, { token: pending.token, signal, patienceMs })
    coming.catch(() => undefined)
    request.say('Opening this address in the browser:')
    request.say(url)
    if (!(await request.open(url))) request.say('No browser could be opened: open the address on this machine yourself.')
    request.say('Waiting for you in the browser (5 minutes)… No browser? Use --console.')
    const signedIn = await endSignIn(request, pending, await coming)
    callback.answer('signed in')
    return signedIn
  } finally {
    await callback.close()
  }
}

async function returned(
  callback: Callback,
  { token, signal, patienceMs }: { readonly token: string; readonly signal: AbortSignal; readonly patienceMs: number },
): Promise<string> {
  const late = AbortSignal.timeout(patienceMs)
  try {
    return await callback.verifier(token, AbortSignal.any([signal, late]))
  } catch (error) {
    if (!late.aborted || error !== late.reason) throw error
    throw new SignInError('Nobody came back from the browser within five minutes.', {
      problem: 'token_expired',
      hint: 'Begin again; on a machine without a browser with --console.',
    })
  }
}
