import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { type Arrival, arrivalOf } from './arrival.ts'
import { type Answer, answer, decodePath } from './envelope.ts'
import { patch } from './faults.ts'
import { fileReply } from './file-reply.ts'
import { pause, type RateState } from './limits.ts'
import { formParameters, isSigned, type ReceivedRequest } from './oauth.ts'
import { componentKey } from './objects/sizes.ts'
import { findRoute } from './routes.ts'
import { leavingOf, type Reply, replaced, send } from './send.ts'
import type { Service } from './service.ts'
import { signInEndpoint, unauthorized } from './sign-in.ts'
import { changeNamed, changeReply } from './writing/writing.ts'

const compress = promisify(gzip)
const NO_STORE = 'private, no-store, no-cache, max-age=0, must-revalidate'
const MOST_KEYS = 200

/** Answers one request to the API host: the API itself, the sign-in, and RAW companions. */
export async function handleApi(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const end = service.counters.begin('api')
  response.once('close', end)
  const leaving = leavingOf(response)
  const arrival = await arrivalOf(request)
  const { received } = arrival
  const endpoint = endpointOf(received)
  const isApi = received.path.startsWith('/api/v2') || endpoint === 'upload'
  response.setHeader('Date', new Date(service.now()).toUTCString())
  const { delayMs, harm, isUnapplied } = service.faults.harm({ endpoint, url: arrival.url, isApi, isFile: endpoint === 'component' })
  await pause(isApi ? (service.behaviour.latency?.callMs ?? 0) + delayMs : delayMs, leaving)
  const change = harm?.kind === 'patch' ? harm.response : undefined
  const { reply, listed } = await replyTo(service, arrival, { endpoint, change, isUnapplied })
  await pause(listed * (service.behaviour.latency?.perItemMs ?? 0), leaving)
  const final = replaced(harm) ?? reply
  service.counters.note({
    method: received.method,
    url: arrival.url,
    endpoint,
    status: final.status,
    signed: isSigned(received),
    host: received.host,
  })
  await send(response, final, { signal: leaving, ...(harm === undefined ? {} : { harm }) })
}

function endpointOf({ method, path }: ReceivedRequest): string {
  const change = method === 'GET' ? undefined : changeNamed(method, decodePath(path))
  return (
    change ??
    signInEndpoint(path) ??
    (path.startsWith('/smugvault/') ? 'component' : (findRoute(decodePath(path))?.route.name ?? 'unknown'))
  )
}

interface Replied {
  readonly reply: Reply
  readonly listed: number
}

async function replyTo(
  service: Service,
  arrival: Arrival,
  asked: { readonly endpoint: string; readonly change: unknown; readonly isUnapplied: boolean },
): Promise<Replied> {
  const { received } = arrival
  const { endpoint, change, isUnapplied } = asked
  const path = decodePath(received.path)
  if (received.method !== 'GET' && changeNamed(received.method, path) !== undefined) {
    const rate = service.rate.take(service.now())
    if (!rate.allowed) return { reply: tooMany(rate, service.now()), listed: 0 }
    return { reply: withApiHeaders(changeReply(service, arrival, { path, isUnapplied }), rate), listed: 0 }
  }
  if (signInEndpoint(received.path) !== undefined) {
    return { reply: service.signIn.answer(endpoint, received, service.atlas.world.keys, service.now()), listed: 0 }
  }
  if (endpoint === 'component') return { reply: componentReply(service, arrival), listed: 0 }
  return apiReply(service, arrival, change)
}

async function apiReply(service: Service, arrival: Arrival, change: unknown): Promise<Replied> {
  const { received } = arrival
  const query = new Map(formParameters(received.query))
  const viewer = service.viewerOf(received, query)
  if (typeof viewer === 'object') return { reply: withApiHeaders(unauthorized(viewer.problem)), listed: 0 }
  const rate = service.rate.take(service.now())
  if (!rate.allowed) return { reply: tooMany(rate, service.now()), listed: 0 }
  if (received.method !== 'GET') return { reply: withApiHeaders(message(405, 'Method Not Allowed'), rate), listed: 0 }
  if (received.path.split(',').length > MOST_KEYS) return { reply: forbiddenHtml(received.path), listed: 0 }
  const answered = answer(service.context(viewer), received.path, received.query)
  const reply = await jsonReply(arrival, query, change === undefined ? answered : patched(answered, change))
  return { reply: withApiHeaders(reply, rate), listed: answered.listed }
}

function patched(answered: Answer, change: unknown): Answer {
  return { ...answered, body: { ...answered.body, Response: patch(answered.body.Response, change) } }
}

async function jsonReply(arrival: Arrival, query: ReadonlyMap<string, string>, answered: Answer): Promise<Reply> {
  const text = JSON.stringify(answered.body, undefined, query.has('_pretty') ? 2 : undefined)
  const wantsJson = (query.get('_accept') ?? arrival.accept).includes('json')
  const plain = Buffer.from(wantsJson ? text : browserPage(text))
  const isZipped = plain.length > 1000 && /\bgzip\b/.test(arrival.acceptEncoding)
  return {
    status: answered.status,
    headers: {
      'Content-Type': wantsJson ? 'application/json' : 'text/html; charset=utf-8',
      ...(answered.location === undefined ? {} : { Location: answered.location, 'Cache-Control': 'private, no-store' }),
      ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
    },
    body: isZipped ? await compress(plain, { level: constants.Z_BEST_SPEED }) : plain,
  }
}

/** Returns the HTML API browser, the answer to a request that does not ask for JSON (fact sheet 1.2). */
function browserPage(json: string): string {
  return `<!DOCTYPE html>\n<html><head><title>SmugMug API v2</title></head><body><h1>API browser</h1><pre>${json.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre></body></html>\n`
}

function message(status: number, text: string): Reply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: Buffer.from(JSON.stringify({ Code: status, Message: text })) }
}

function withApiHeaders(reply: Reply, rate?: RateState): Reply {
  return {
    ...reply,
    headers: {
      'Cache-Control': NO_STORE,
      Vary: 'Accept-Encoding',
      ...(rate === undefined
        ? {}
        : { 'X-RateLimit-Remaining': String(rate.remaining), 'X-RateLimit-Reset': String(Math.ceil(rate.endsAt / 1000)) }),
      ...reply.headers,
    },
  }
}

function tooMany(rate: RateState, now: number): Reply {
  const reply = withApiHeaders(message(429, 'Too Many Requests'), rate)
  return { ...reply, headers: { ...reply.headers, 'Retry-After': String(Math.max(1, Math.ceil((rate.endsAt - now) / 1000))) } }
}

/** Returns the web server's answer to an over-long multi-get, in HTML (fact sheet 2.2). */
function forbiddenHtml(path: string): Reply {
  const body = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>403 Forbidden</title>\n</head><body>\n<h1>Forbidden</h1>\n<p>You don't have permission to access ${path} on this server.</p>\n</body></html>\n`
  return { status: 403, headers: { 'Content-Type': 'text/html' }, body: Buffer.from(body) }
}

/** Returns a RAW companion under `/smugvault/KEYcN`. It asks for a signature here; the real service's demand is not known (fact sheet 12.2). */
function componentReply(service: Service, arrival: Arrival): Reply {
  const key = decodePath(arrival.received.path.slice('/smugvault/'.length))
  const image = service.atlas.image(key.slice(0, key.lastIndexOf('c')))?.image
  const component = image?.components?.find((_, index) => componentKey(image, index) === key)
  if (component === undefined) return { status: 404, headers: { 'Content-Type': 'text/html' }, body: Buffer.from('Not Found') }
  const checked = service.checkOwner(arrival.received)
  if (!checked.ok) return { status: 403, headers: { 'Content-Type': 'text/html' }, body: Buffer.from('<h1>Please log in</h1>') }
  return fileReply(service.bytes, component.bytes, { type: 'application/octet-stream', isOriginal: true, ...arrival })
}
