import { randomBytes, randomInt } from 'node:crypto'
import { formParameters, type OAuthGate, type OAuthResult, type ReceivedRequest } from './oauth.ts'
import { escapeHtml } from './objects/context.ts'
import type { Reply } from './send.ts'
import type { WorldKeys } from './world.ts'

/** The permissions that the owner gave the application. */
export interface Grant {
  readonly access: 'Full' | 'Public'
  readonly permissions: string
}

interface RequestToken {
  readonly secret: string
  readonly callback: string
  readonly madeAt: number
  verifier?: string
  grant?: Grant
}

const LIFE_MS = 5 * 60_000
const PATHS: Readonly<Record<string, string>> = {
  '/services/oauth/1.0a/getRequestToken': 'requesttoken',
  '/services/oauth/1.0a/authorize': 'authorize',
  '/services/oauth/1.0a/getAccessToken': 'accesstoken',
}

/** Returns the name of a sign-in step in faults, counters and the log; `undefined` for other paths. */
export function signInEndpoint(path: string): string | undefined {
  return PATHS[path]
}

/** The three steps of fact sheet 1.1, as one account's owner meets them. */
export class SignIn {
  readonly #tokens = new Map<string, RequestToken>()
  readonly #gate: OAuthGate
  /** By application: a second one has a level of its own. */
  readonly #grants = new Map<string, Grant>()

  constructor(gate: OAuthGate) {
    this.#gate = gate
  }

  /** Returns the permissions of an application's access token; full reading, unless a sign-in said otherwise. */
  grantOf(apiKey: string): Grant {
    return this.#grants.get(apiKey) ?? { access: 'Full', permissions: 'Read' }
  }

  /** Answers one step. `now` is the server's clock in milliseconds. */
  answer(endpoint: string, request: ReceivedRequest, keys: WorldKeys, now: number): Reply {
    if (endpoint === 'requesttoken') return this.#requestToken(request, keys, now)
    if (endpoint === 'accesstoken') return this.#accessToken(request, keys, now)
    return request.method === 'POST' ? this.#approve(request, now) : this.#askOwner(request, now)
  }

  #check(request: ReceivedRequest, keys: WorldKeys, now: number, needsToken: boolean): OAuthResult {
    return this.#gate.check(
      request,
      {
        consumerSecret: (key) => [keys, keys.second].find((known) => known?.apiKey === key)?.apiSecret,
        tokenSecret: (token) => this.#alive(token, now)?.secret,
      },
      now,
      needsToken,
    )
  }

  #alive(token: string, now: number): RequestToken | undefined {
    const found = this.#tokens.get(token)
    return found !== undefined && now - found.madeAt <= LIFE_MS ? found : undefined
  }

  #requestToken(request: ReceivedRequest, keys: WorldKeys, now: number): Reply {
    const checked = this.#check(request, keys, now, false)
    if (!checked.ok) return unauthorized(checked.problem)
    const callback = checked.parameters.get('oauth_callback')
    if (callback === undefined) return unauthorized('oauth_problem=parameter_absent&oauth_parameters_absent=oauth_callback')
    if (callback !== 'oob' && !URL.canParse(callback))
      return unauthorized('oauth_problem=parameter_rejected&oauth_parameters_rejected=oauth_callback')
    const token = randomBytes(16).toString('hex')
    const secret = randomBytes(32).toString('hex')
    this.#tokens.set(token, { secret, callback, madeAt: now })
    return form({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' })
  }

  #askOwner(request: ReceivedRequest, now: number): Reply {
    const values = new Map(formParameters(request.query))
    const token = values.get('oauth_token') ?? ''
    if (this.#alive(token, now) === undefined) return page(400, '<h1>Invalid or expired request token</h1>')
    const grant = grantOf(values)
    const hidden = [
      ['oauth_token', token],
      ['Access', grant.access],
      ['Permissions', grant.permissions],
    ].map(([name = '', value = '']) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    return page(
      200,
      `<h1>Authorize this application?</h1><p>Access: <b id="access">${grant.access}</b>, permissions: <b id="permissions">${escapeHtml(grant.permissions)}</b></p>` +
        `<form method="post" action="/services/oauth/1.0a/authorize">${hidden.join('')}<button type="submit" id="allow">Allow</button></form>`,
    )
  }

  #approve(request: ReceivedRequest, now: number): Reply {
    const values = new Map(formParameters(request.form ?? ''))
    const name = values.get('oauth_token') ?? ''
    const token = this.#alive(name, now)
    if (token === undefined || token.verifier !== undefined) return page(400, '<h1>Invalid or expired request token</h1>')
    token.verifier = String(randomInt(100_000, 1_000_000))
    token.grant = grantOf(values)
    if (token.callback === 'oob') return page(200, `<h1>Enter this code in the application</h1><p id="code">${token.verifier}</p>`)
    const target = new URL(token.callback)
    target.searchParams.set('oauth_token', name)
    target.searchParams.set('oauth_verifier', token.verifier)
    return { status: 302, headers: { Location: target.href, 'Cache-Control': 'no-store' }, body: Buffer.alloc(0) }
  }

  #accessToken(request: ReceivedRequest, keys: WorldKeys, now: number): Reply {
    const checked = this.#check(request, keys, now, true)
    if (!checked.ok) return unauthorized(checked.problem)
    const name = checked.token ?? ''
    const token = this.#tokens.get(name)
    const verifier = checked.parameters.get('oauth_verifier')
    if (verifier === undefined) return unauthorized('oauth_problem=parameter_absent&oauth_parameters_absent=oauth_verifier')
    if (token?.verifier === undefined || token.verifier !== verifier) return unauthorized('oauth_problem=verifier_invalid')
    this.#tokens.delete(name)
    // Authorising again does not raise the level (fact sheet 1.1).
    const application = checked.parameters.get('oauth_consumer_key') ?? ''
    if (token.grant !== undefined && !this.#grants.has(application)) this.#grants.set(application, token.grant)
    const { userToken, userSecret } = keys.second?.apiKey === application ? keys.second : keys
    return form({ oauth_token: userToken, oauth_token_secret: userSecret })
  }
}

/** Returns the requested level; by default the lowest (fact sheet 1.1). */
function grantOf(values: ReadonlyMap<string, string>): Grant {
  return { access: values.get('Access') === 'Full' ? 'Full' : 'Public', permissions: values.get('Permissions') || 'Read' }
}

/** Returns a 401 as recorded: no `Response`, the problem in `Message` (fact sheet 8). */
export function unauthorized(problem: string): Reply {
  return {
    status: 401,
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from(JSON.stringify({ Code: 401, Message: problem })),
  }
}

function form(values: Readonly<Record<string, string>>): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Cache-Control': 'no-store' },
    body: Buffer.from(new URLSearchParams(values).toString()),
  }
}

function page(status: number, body: string): Reply {
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
    body: Buffer.from(
      `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>SmugMug (simulated)</title></head><body>${body}</body></html>\n`,
    ),
  }
}
