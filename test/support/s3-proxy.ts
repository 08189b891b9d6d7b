/** A proxy before a server of S3: it counts the requests, and makes trouble at chosen ones that no real server makes on demand. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createSafeServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { kindOf, type S3Request } from './s3-double.ts'

/** A request on its way. */
export interface ProxyCall {
  /** Counts all requests from 1. */
  readonly nth: number
  readonly kind: S3Request
  /** Empty for a request about the bucket. */
  readonly key: string
}

/** Trouble with a request. */
export type ProxyTrouble =
  /** The connection is cut before the server sees the request, in the middle of its body (or of the answer, where it has none), or once the server has done it. */
  | { readonly cut: 'before' | 'body' | 'after' }
  | { readonly status: number; readonly code: string; readonly retryAfter?: number }
  /** Nothing is answered for this time, in milliseconds. */
  | { readonly stall: number }
  /** Another page with status 200, as of a hotel's network. */
  | 'html'
  /** Half of an object, with a length that belongs to the whole, or with none. */
  | 'truncated'
  | 'shortened'
  /** Another ETag than the object's. */
  | 'wrong ETag'
  /** A listing without its newest key, or with one twice. */
  | 'without newest'
  | 'repeats'

/** The answer of the server. */
interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Starts a proxy before a server, which may itself be without TLS. Call `stop` at the end. */
export async function startS3Proxy(server: string, tls?: { readonly key: string; readonly cert: string }): Promise<S3Proxy> {
  const proxy = new S3Proxy(server, tls)
  await proxy.listen()
  return proxy
}

/** The proxy, its counts and its trouble, which may be changed at any time. */
export class S3Proxy {
  readonly counts = new Map<S3Request, number>()
  /** Returns the trouble with a request, if any. */
  trouble: (call: ProxyCall) => ProxyTrouble | undefined = () => undefined
  /** Called when a connection is cut, at that very moment. */
  onCut: () => void = () => undefined
  endpoint = ''
  readonly #target: string
  readonly #server
  readonly #scheme: string
  #nth = 0

  constructor(target: string, tls: { readonly key: string; readonly cert: string } | undefined) {
    this.#target = target
    this.#scheme = tls === undefined ? 'http' : 'https'
    const serve = (incoming: IncomingMessage, response: ServerResponse): void => void this.#serve(incoming, response)
    this.#server = tls === undefined ? createServer(serve) : createSafeServer(tls, serve)
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    this.endpoint = `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** The number of requests so far. */
  get requests(): number {
    return this.#nth
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', this.#target)
    const key = decodeURIComponent(/^\/[^/]*\/?(.*)$/s.exec(url.pathname)?.[1] ?? '')
    const kind = kindOf(incoming, url.searchParams, key)
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    this.#nth += 1
    const trouble = this.trouble({ nth: this.#nth, kind, key })
    try {
      const body = await buffer(incoming)
      await this.#answer({ incoming, response, body, trouble })
    } catch {
      // The program is gone, or the server is: neither has an answer.
      response.destroy()
    }
  }

  async #answer({ incoming, response, body, trouble }: Exchange): Promise<void> {
    if (trouble === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome. Please sign in</html>')
    if (typeof trouble === 'object' && 'status' in trouble) return refuse(incoming, response, trouble)
    const cut = typeof trouble === 'object' && 'cut' in trouble ? trouble.cut : undefined
    if (cut === 'before') return this.#cut(response)
    if (cut === 'body' && body.length > 0) {
      await this.#begin(incoming, body)
      return this.#cut(response)
    }
    if (typeof trouble === 'object' && 'stall' in trouble) await wait(trouble.stall)
    const answer = await this.#forward(incoming, body)
    if (cut === 'after') return this.#cut(response)
    if (cut === 'body') return send(incoming, response, answer, { half: 'cut' }, () => this.#cut(response))
    if (trouble === 'truncated') return send(incoming, response, answer, { half: 'cut' }, () => response.destroy())
    if (trouble === 'shortened') return send(incoming, response, answer, { half: 'framed' })
    send(incoming, response, typeof trouble === 'string' ? changed(answer, trouble) : answer)
  }

  #cut(response: ServerResponse): void {
    this.onCut()
    response.destroy()
  }

  /** Sends half of a body to the server, and hangs up. */
  async #begin(incoming: IncomingMessage, body: Buffer): Promise<void> {
    const outgoing = this.#outgoing(incoming)
    outgoing.on('error', () => undefined)
    await new Promise((resolve) => outgoing.write(body.subarray(0, body.length / 2), resolve))
    outgoing.destroy()
  }

  async #forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const outgoing = this.#outgoing(incoming)
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 500, headers: answer.headers, body: await buffer(answer) }
  }

  /** The host stays that of the proxy: it is signed. */
  #outgoing({ method, url, headers }: IncomingMessage) {
    return request(new URL(url ?? '', this.#target), { method: method ?? 'GET', headers, agent: false })
  }
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
  readonly trouble: ProxyTrouble | undefined
}

function refuse(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, code, retryAfter }: { readonly status: number; readonly code: string; readonly retryAfter?: number },
): void {
  const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  response.writeHead(status, { 'content-type': 'application/xml', ...wait })
  response.end(method === 'HEAD' ? undefined : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`)
}

const HOP = ['connection', 'keep-alive', 'transfer-encoding']

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  how?: { readonly half: 'cut' | 'framed' },
  then: () => void = () => undefined,
): void {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.includes(name)))
  if (method === 'HEAD' || status === 204) return void response.writeHead(status, kept).end(then)
  const { 'content-length': _length, ...framed } = kept
  if (how?.half === 'framed') return void response.writeHead(status, framed).end(body.subarray(0, body.length / 2))
  response.writeHead(status, { ...kept, 'content-length': String(body.length) })
  if (how === undefined) return void response.end(body)
  response.write(body.subarray(0, body.length / 2), then)
}

const WRONG = '0123456789abcdef0123456789abcdef'

/** Returns the answer with something wrong in it; as it is where it has no such thing. */
function changed(answer: Answer, wrong: 'wrong ETag' | 'without newest' | 'repeats'): Answer {
  const { headers } = answer
  if (wrong === 'wrong ETag' && headers.etag !== undefined) return { ...answer, headers: { ...headers, etag: `"${WRONG}"` } }
  const text = answer.body.toString()
  const entries = text.match(/<Contents>.*?<\/Contents>/gs) ?? []
  const timeOf = (entry: string): string => /<LastModified>(.*?)</.exec(entry)?.[1] ?? ''
  const newest = entries.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))[0]
  if (newest === undefined) return answer
  const other = {
    'wrong ETag': newest.replace(/(<ETag>.*?)[\da-f]{32}/, `$1${WRONG}`),
    'without newest': '',
    repeats: newest + newest,
  }[wrong]
  return { ...answer, body: Buffer.from(text.replace(newest, () => other)) }
}
