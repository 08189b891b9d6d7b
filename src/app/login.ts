import { requireKeys } from '../config/required.ts'
import { accessToken, authorizeUrl, catchCallback, type LoginOptions, requestToken, SHOW_A_CODE } from '../smugmug/sign-in/sign-in.ts'
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
}

/** Signs in at SmugMug with `Access=Full&Permissions=Read`: in the browser, or with a six-digit code. */
export async function signIn(
  request: SignInRequest,
): Promise<{ readonly userToken: string; readonly userSecret: string; readonly nickName: string }> {
  const { baseUrl, apiKey, apiSecret } = requireKeys(request.settings, ['apiKey', 'apiSecret'])
  const options: LoginOptions = { ...connection(request), apiKey, apiSecret }
  const callback = request.console ? undefined : await catchCallback()
  try {
    const pending = await requestToken(options, callback?.url ?? SHOW_A_CODE, request.signal)
    const url = authorizeUrl(baseUrl, pending.token)
    const coming = callback?.verifier(pending.token, request.signal)
    coming?.catch(() => undefined)
    request.say(callback === undefined ? 'Open this address in a browser, and allow access:' : 'Opening this address in the browser:')
    request.say(url)
    if (callback !== undefined && !(await request.open(url)))
      request.say('No browser could be opened: open the address on this machine yourself.')
    const verifier = coming === undefined ? await request.ask('Six-digit code:') : await coming
    const { token, secret } = await accessToken(options, { request: pending, verifier }, request.signal)
    const settings = { ...request.settings, userToken: token, userSecret: secret }
    const nickName = await withAccount({ ...request, settings }, async (account) => (await account.owner(request.signal)).nickName)
    return { userToken: token, userSecret: secret, nickName }
  } finally {
    await callback?.close()
  }
}
