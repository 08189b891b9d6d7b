import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RequestError, ServiceError, SignInError } from '../../errors.ts'
import { Http, type HttpOptions } from '../wire/http.ts'
import type { Credentials } from '../wire/oauth1.ts'
import { sendPage } from './page.ts'

/** The settings of every step of the sign-in. */
export interface LoginOptions extends Omit<HttpOptions, 'credentials'> {
  readonly apiKey: string
  readonly apiSecret: string
}

/**
 * A token and its secret, as a step of the sign-in returns them. The owner sees the first step's token in an address; the secret stays
 * secret.
 */
export interface TokenPair {
  readonly token: string
  readonly secret: string
}

const SERVICE = '/services/oauth/1.0a'

/** For `requestToken`: makes SmugMug show a six-digit code to type in, instead of leading the browser to an address. */
export const SHOW_A_CODE = 'oob'

/**
 * Gets a token for asking the owner: the first step (fact sheet 1.1). The token is good for five minutes and one sign-in. `callback` is the
 * address that the browser is led to afterwards, or `SHOW_A_CODE`. Throws `SignInError` when SmugMug refuses the API key, `ServiceError`
 * when it cannot be reached.
 */
export const requestToken = (options: LoginOptions, callback: string, signal?: AbortSignal): Promise<TokenPair> =>
  askForTokens(options, { step: 'getRequestToken', more: [['oauth_callback', callback]], signal })

/** The permission that the owner is asked for: to read everything, or to read and change everything. */
export type Permission = 'Read' | 'Modify'

/** Returns the address at which the owner gives this program a permission on everything: the second step. */
export const authorizeUrl = (baseUrl: string, token: string, permission: Permission): string => {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}${SERVICE}/authorize`)
  url.search = new URLSearchParams({ oauth_token: token, Access: 'Full', Permissions: permission }).toString()
  return url.href
}

/**
 * Gets the account's own token and secret, which last until the owner revokes them: the third step. `verifier` came with the callback, or
 * is the six-digit code. Throws `SignInError` when SmugMug refuses it, `ServiceError` when it cannot be reached.
 */
export const accessToken = (
  options: LoginOptions,
  answer: { readonly request: TokenPair; readonly verifier: string },
  signal?: AbortSignal,
): Promise<TokenPair> => {
  const { token, secret } = answer.request
  return askForTokens(options, {
    step: 'getAccessToken',
    more: [['oauth_verifier', readCode(answer.verifier) ?? answer.verifier.trim()]],
    credentials: { token, tokenSecret: secret },
    signal,
  })
}

/** Returns the six digits of a code as a person typed it, with spaces or dashes between them; undefined when it is no such code. */
export const readCode = (text: string): string | undefined => {
  const digits = text.replace(/[\s\u2010-\u2015-]+/g, '')
  return /^\d{6}$/.test(digits) ? digits : undefined
}

const askForTokens = async (
  options: LoginOptions,
  request: {
    readonly step: string
    readonly more: readonly (readonly [string, string])[]
    readonly credentials?: Pick<Credentials, 'token' | 'tokenSecret'>
    readonly signal: AbortSignal | undefined
  },
): Promise<TokenPair> => {
  const http = new Http({
    ...options,
    credentials: { consumerKey: options.apiKey, consumerSecret: options.apiSecret, ...request.credentials },
  })
  try {
    const form = await http.form(`${SERVICE}/${request.step}`, request.more, request.signal)
    return { token: form.get('oauth_token') ?? '', secret: form.get('oauth_token_secret') ?? '' }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    throw new ServiceError(`${error.message}.`, { hint: 'Check the network and base_url, or try again later.', cause: error })
  } finally {
    await http.close()
  }
}

const refusedByOwner = (): SignInError =>
  new SignInError('The sign-in was not allowed in the browser.', { problem: 'user_refused', hint: 'Begin again, and choose Authorize.' })

/** A listener on this machine for the browser that comes back from SmugMug. */
export interface Callback {
  /** The address for `requestToken`; only this machine can reach it. */
  readonly url: string
  /**
   * Resolves to the verifier, once the browser comes back with this request token; every other visitor is sent away. Call it before the
   * browser is opened, or a quick browser finds nobody waiting. The browser waits for its page until `answer` or `close`. Throws
   * `SignInError` when the owner did not allow it; rejects with the signal's reason.
   */
  verifier(token: string, signal?: AbortSignal): Promise<string>
  /** Shows in the browser how the sign-in ended. */
  answer(end: 'signed in' | 'failed'): void
  /** Stops listening; a browser that still waits is shown that the sign-in failed. Always call it. */
  close(): Promise<void>
}

const PATH = '/smugmug'

/** Listens on a free port of 127.0.0.1 for the end of the sign-in in the browser. */
export const catchCallback = async (): Promise<Callback> => {
  let awaited: { readonly token: string; readonly settle: (verifier: string | undefined) => void } | undefined
  let end: 'signed in' | 'failed' | undefined
  const answering = new Set<ServerResponse>()
  /** Browsers that came back; the same one comes again when its page is reloaded. */
  const waiting = new Set<ServerResponse>()
  const server = createServer({ keepAlive: false }, (request, response) => {
    answering.add(response)
    response.once('close', () => {
      answering.delete(response)
      waiting.delete(response)
    })
    const knock = awaited === undefined ? 'stranger' : readKnock(request, { port, token: awaited.token })
    if (knock === 'stranger') return sendPage(response, 404, 'stranger')
    if (knock === 'refused') sendPage(response, 200, 'refused')
    else if (end !== undefined) sendPage(response, 200, end)
    else waiting.add(response)
    awaited?.settle(knock === 'refused' ? undefined : knock.verifier)
  })
  const answer: Callback['answer'] = (as) => {
    end ??= as
    for (const response of waiting) sendPage(response, 200, end)
    waiting.clear()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${PATH}`,
    verifier: async (token, signal) => {
      signal?.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      const aborted = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', aborted, { once: true })
      awaited = { token, settle: (verifier) => (verifier === undefined ? reject(refusedByOwner()) : resolve(verifier)) }
      try {
        return await promise
      } finally {
        signal?.removeEventListener('abort', aborted)
      }
    },
    answer,
    close: async () => {
      answer('failed')
      const closed = once(server, 'close')
      server.close()
      // The page that was just sent still arrives; a connection that a browser opened in advance is cut.
      await Promise.all([...answering].map((response) => new Promise((resolve) => response.once('close', resolve))))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Reads the request of a visitor: a browser that comes back with this token and a verifier, or with a refusal; or another visitor. */
const readKnock = (
  request: IncomingMessage,
  expected: { readonly port: number; readonly token: string },
): 'stranger' | 'refused' | { readonly verifier: string } => {
  const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
  // A web page that lets its own name resolve to this machine must not get in.
  const isOurs = request.headers.host === `127.0.0.1:${expected.port}` && request.method === 'GET' && url?.pathname === PATH
  if (!isOurs || url.searchParams.get('oauth_token') !== expected.token) return 'stranger'
  const verifier = url.searchParams.get('oauth_verifier')
  if (verifier !== null && verifier !== '') return { verifier }
  return url.searchParams.has('oauth_problem') || url.searchParams.has('denied') ? 'refused' : 'stranger'
}
