import type { IncomingMessage } from 'node:http'
import type { ReceivedRequest } from './oauth.ts'

/** A request as it came in, with the headers that matter. */
export interface Arrival {
  readonly received: ReceivedRequest
  /** Path and query. */
  readonly url: string
  readonly accept: string
  readonly acceptEncoding: string
  readonly range?: string
  /** The body of a request that is no form. */
  readonly body?: Buffer
  /** All headers, names in lower case. */
  readonly headers: IncomingMessage['headers']
}

const LARGEST_FORM = 64 * 1024

/** Reads a whole request, a form-encoded body included. */
export async function arrivalOf(request: IncomingMessage): Promise<Arrival> {
  const plain = plainArrivalOf(request)
  if (plain.received.method === 'GET') return plain
  const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (!isForm || size <= LARGEST_FORM) chunks.push(chunk)
  }
  if (!isForm) return { ...plain, body: Buffer.concat(chunks) }
  return { ...plain, received: { ...plain.received, form: Buffer.concat(chunks).toString('utf8') } }
}

/** Reads a request without a body. */
export function plainArrivalOf(request: IncomingMessage): Arrival {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const { authorization, host, accept, range } = request.headers
  const acceptEncoding = request.headers['accept-encoding']
  return {
    received: {
      method: request.method ?? 'GET',
      host: host ?? '',
      path: mark < 0 ? url : url.slice(0, mark),
      query: mark < 0 ? '' : url.slice(mark + 1),
      ...(authorization === undefined ? {} : { authorization }),
    },
    url,
    headers: request.headers,
    accept: accept ?? '',
    acceptEncoding: typeof acceptEncoding === 'string' ? acceptEncoding : '',
    ...(range === undefined ? {} : { range }),
  }
}
