/** The local page: each request passes the guard, then the door, and comes to its resource. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { type Exchange, NOT_FOUND, readJson, refuse, sendJson, sendPage } from './answers.ts'
import { type GuardRules, isOfType, judge, type Method, type Names, readBody, tooLong } from './guard.ts'
import { keyPage, signInPage } from './pages/door.ts'
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
  /** Answers every other GET of a known visitor. */
  browse(exchange: Exchange): void | Promise<void>
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
  close(): void
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
  const server = await openServer({
    port,
    others,
    ...(listen !== undefined && { listen }),
    ...(bounds !== undefined && { bounds }),
    answer: (request, response, names) => void heard({ request, response }, { options, door, names }),
  })
  return { url: server.url, port: server.port, control, newAddress: address, close: server.close }
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
  if (path === CONTROL_PATH) return giveAddress(exchange, door)
  if (path === '/sign-in') return await trySignIn(exchange, door.sessions)
  const resource = options.resources.get(path)
  if (resource?.isPublic !== true) {
    const key = path === '/' && asked.method === 'GET' ? asked.query.get('key') : null
    if (key !== null && welcome(exchange, door.sessions, key)) return
    if (!door.sessions.knows(request.headers.cookie)) return turnAway(exchange, door.sessions, path)
  }
  const methods = resource?.methods ?? ['GET', 'HEAD']
  if (!methods.includes(asked.method))
    return refuse(exchange, {
      status: 405,
      text: `Only ${methods.join(', ')}.`,
      headers: { Allow: methods.join(', '), Connection: 'close' },
    })
  await (resource ?? { answer: options.browse }).answer(exchange)
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

/** Answers a stranger: with the way in for people, in a word for programs. */
function turnAway(exchange: Exchange, sessions: Sessions, path: string): void {
  if (path.startsWith('/api/')) sendJson(exchange, { error: 'Open the address that the program printed.' }, 401)
  else sendPage(exchange, signInPage({ hasPassword: sessions.hasPassword }), { status: 401 })
}

/** Tries the password of the form, or of JSON. */
async function trySignIn(exchange: Exchange, sessions: Sessions): Promise<void> {
  const { request, asked } = exchange
  if (asked.method !== 'POST') return sendPage(exchange, signInPage({ hasPassword: sessions.hasPassword }), { status: 401 })
  const isForm = isOfType(request, 'application/x-www-form-urlencoded')
  const password = isForm ? await formPassword(exchange) : (await readJson(exchange, v.object({ password: v.string() })))?.password
  if (password === undefined) return
  const tried = await sessions.tryPassword(password)
  if (typeof tried === 'object') {
    return sendPage(exchange, keyPage(), { headers: { 'Set-Cookie': tried.cookie, Refresh: '0; url=/' } })
  }
  const isLater = tried === 'too many'
  const seconds = Math.ceil(sessions.waitMs() / 1000)
  const text = isLater ? `Too many tries: the next one in ${seconds} seconds.` : 'That is not the password.'
  sendPage(exchange, signInPage({ hasPassword: sessions.hasPassword, text }), {
    status: isLater ? 429 : 401,
    ...(isLater && { headers: { 'Retry-After': seconds } }),
  })
}

async function formPassword(exchange: Exchange): Promise<string | undefined> {
  const body = await readBody(exchange.request)
  if (body !== undefined) return new URLSearchParams(body).get('password') ?? ''
  refuse(exchange, tooLong)
  return undefined
}

/** Gives a fresh address to another process of this user, which knows the secret from a file that only this user can read. */
function giveAddress(exchange: Exchange, { control, address }: Door): void {
  const given = Buffer.from(exchange.request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${control}`)
  const isRight = given.length === wanted.length && timingSafeEqual(given, wanted)
  if (exchange.asked.method === 'POST' && isRight) sendJson(exchange, { address: address() })
  else refuse(exchange, NOT_FOUND)
}
