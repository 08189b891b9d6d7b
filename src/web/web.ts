/** The local page: each request passes the guard, then the door, and comes to its resource. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { formatCount } from '../events.ts'
import { type Exchange, readJson, refuse, sendJson, sendPage } from './answers.ts'
import { type GuardRules, isOfType, judge, type Method, type Names, NOT_FOUND, readBody, tooLong } from './guard.ts'
import { keyPage, signInPage } from './pages/door.ts'
import { isProofOf, proofOf } from './proof.ts'
import { type Bounds, openServer } from './server.ts'
import { openSessions, type Sessions } from './session.ts'

/** One address and its answer. */
export interface Resource {
  readonly methods: readonly Method[]
  /** True: visitors need no key. It shows counts, times and reasons only. */
  readonly isPublic?: true
  answer(exchange: Exchange): void | Promise<void>
}

/** A page that is to be opened. */
export interface WebOptions {
  readonly port: number
  readonly listen?: string | undefined
  /** Names of a proxy in front. */
  readonly others?: readonly string[]
  readonly password?: string | undefined
  readonly bounds?: Bounds
  now(): number
  /** The resources by their path, such as `/api/runs`. */
  readonly resources: ReadonlyMap<string, Resource>
  /** Answers every other GET of a known visitor. Absent: there is nothing but the resources, and no way in. */
  browse?(exchange: Exchange): void | Promise<void>
  /** Is called with an unexpected error; the visitor sees only that there was one. */
  onBug(error: unknown): void
}

/** The open page. */
export interface Web {
  /** The address without a key. */
  readonly url: string
  readonly port: number
  /** Returns an address that opens the page once, within ten minutes. */
  newAddress(): string
  /** The secret by which another process of this user gets a fresh address: see `ask.ts`. */
  readonly control: string
  /** Takes no further visitor, cuts the connections, and resolves when no answer is being made any more. */
  close(): Promise<void>
}

/** The path at which another process of this user asks for a fresh address. */
export const CONTROL_PATH = '/api/address'

const RULES: Omit<GuardRules, 'names'> = {
  methods: ['GET', 'HEAD', 'POST'],
  stranger: 'This server does not go by that name. If it is yours, set [web] host to it.',
}

/** Opens the page. Rejects with the system's error if the port or address cannot be used. */
export async function openWeb(options: WebOptions): Promise<Web> {
  const { port, listen, others = [], bounds, password, now } = options
  const control = randomBytes(32).toString('base64url')
  // Two pages of one machine share the browser's cookies: each has a name of its own.
  const sessions = openSessions({ name: `smugmug-backup-${randomBytes(4).toString('hex')}`, password, now })
  const address = (): string => `${server.url}?key=${sessions.newKey()}`
  const door = { sessions, control, address }
  const underWay = new Set<Promise<void>>()
  const server = await openServer({
    port,
    others,
    ...(listen !== undefined && { listen }),
    ...(bounds !== undefined && { bounds }),
    answer: (request, response, names) => {
      const answering = Promise.resolve()
        .then(() => heard({ request, response }, { options, door, names }))
        .finally(() => underWay.delete(answering))
      underWay.add(answering)
    },
  })
  return {
    url: server.url,
    port: server.port,
    control,
    newAddress: address,
    close: async () => {
      server.close()
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

interface Door {
  readonly sessions: Sessions
  readonly control: string
  address(): string
}

interface Surroundings {
  readonly options: WebOptions
  readonly door: Door
  readonly names: Names
}

/** Answers one request. Never rejects. */
async function heard(
  visit: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { options, door, names }: Surroundings,
): Promise<void> {
  const { request, response } = visit
  try {
    const asked = judge(request, { ...RULES, names })
    if ('status' in asked) return refuse(visit, asked)
    await answer({ ...visit, asked }, options, door)
  } catch (error) {
    // A visitor who went away in the middle.
    if (request.destroyed && !request.complete) return
    const isExplained = error instanceof AppError
    if (!isExplained) options.onBug(error)
    if (response.headersSent) response.destroy()
    else if (isExplained) refuse(visit, { status: 503, text: [error.message, error.hint].join('\n') })
    else refuse(visit, { status: 500, text: 'An unexpected error, which is a bug. The terminal of the program shows it.' })
  }
}

async function answer(exchange: Exchange, options: WebOptions, door: Door): Promise<void> {
  const { asked, request } = exchange
  const path = `/${asked.segments.join('/')}`
  const resource = options.resources.get(path)
  if (resource === undefined && options.browse === undefined) return refuse(exchange, NOT_FOUND)
  if (path === CONTROL_PATH) return giveAddress(exchange, door)
  if (path === '/sign-in') return await trySignIn(exchange, door.sessions)
  if (resource?.isPublic !== true) {
    const key = path === '/' && asked.method === 'GET' ? asked.query.get('key') : null
    if (key !== null && welcome(exchange, door.sessions, key)) return
    if (!door.sessions.knows(request.headers.cookie)) return turnAway(exchange, door.sessions, { path, isOldKey: key !== null })
  }
  const methods = resource?.methods ?? ['GET', 'HEAD']
  if (!methods.includes(asked.method))
    return refuse(exchange, {
      status: 405,
      text: `Only ${methods.join(', ')}.`,
      headers: { Allow: methods.join(', '), Connection: 'close' },
    })
  if (resource === undefined) await options.browse?.(exchange)
  else await resource.answer(exchange)
}

/**
 * Gives a visitor with a good key the cookie, and a page that goes on by itself: after a redirect that began in another page, a browser
 * would not send the cookie yet.
 */
function welcome(exchange: Exchange, sessions: Sessions, key: string): boolean {
  const cookie = sessions.useKey(key)
  if (cookie !== undefined) sendPage(exchange, keyPage(), { headers: { 'Set-Cookie': cookie, Refresh: '0; url=/' } })
  else if (sessions.knows(exchange.request.headers.cookie)) sendPage(exchange, keyPage(), { headers: { Refresh: '0; url=/' } })
  else return false
  return true
}

/**
 * Sends the page with the form for the password. Under the policy of the other pages a browser would send the form without the origin of its
 * page, and the guard would refuse it.
 */
const sendSignIn = (
  exchange: Exchange,
  facts: Parameters<typeof signInPage>[0],
  { status = 401, headers = {} }: { readonly status?: number; readonly headers?: Readonly<Record<string, string | number>> } = {},
): void => sendPage(exchange, signInPage(facts), { status, headers: { ...headers, 'Referrer-Policy': 'same-origin' } })

/** Answers a stranger: with the way in for people, in a word for programs. */
function turnAway(
  exchange: Exchange,
  { hasPassword }: Sessions,
  { path, isOldKey }: { readonly path: string; readonly isOldKey: boolean },
): void {
  if (path.startsWith('/api/')) sendJson(exchange, { error: 'Open the address that the program printed.' }, 401)
  else sendSignIn(exchange, { hasPassword, isOldKey })
}

/** Tries the password of the form, or of JSON. */
async function trySignIn(exchange: Exchange, sessions: Sessions): Promise<void> {
  const { request, asked } = exchange
  if (asked.method !== 'POST') return sendSignIn(exchange, { hasPassword: sessions.hasPassword })
  const isForm = isOfType(request, 'application/x-www-form-urlencoded')
  const password = isForm ? await formPassword(exchange) : (await readJson(exchange, v.object({ password: v.string() })))?.password
  if (password === undefined) return
  const tried = await sessions.tryPassword(password)
  if (typeof tried === 'object') {
    return sendPage(exchange, keyPage(), { headers: { 'Set-Cookie': tried.cookie, Refresh: '0; url=/' } })
  }
  const isLater = tried === 'too many'
  const seconds = Math.ceil(sessions.waitMs() / 1000)
  const text = isLater ? `Too many tries: the next one in ${formatCount(seconds, 'second')}.` : 'That is not the password.'
  const more = isLater ? { status: 429, headers: { 'Retry-After': seconds } } : {}
  sendSignIn(exchange, { hasPassword: sessions.hasPassword, text }, more)
}

async function formPassword(exchange: Exchange): Promise<string | undefined> {
  const body = await readBody(exchange.request)
  if (body !== undefined) return new URLSearchParams(body).get('password') ?? ''
  refuse(exchange, tooLong)
  return undefined
}

/** Gives a fresh address to another process of this user, which knows the secret from a file that only this user can read. */
function giveAddress(exchange: Exchange, { control, address }: Door): void {
  const [, nonce = '', proof = ''] = /^Proof ([\w-]{43}) ([\w-]{43})$/.exec(exchange.request.headers.authorization ?? '') ?? []
  if (exchange.asked.method !== 'POST' || !isProofOf(proof, control, ['ask', nonce])) {
    refuse(exchange, NOT_FOUND)
    return
  }
  const fresh = address()
  sendJson(exchange, { address: fresh, proof: proofOf(control, ['answer', nonce, fresh]) })
}
