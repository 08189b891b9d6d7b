/** The forms of an answer, and of the JSON that a page sends. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { type Asked, HEADERS, isOfType, PAGE_POLICY, type Refusal, readBody, tooLong } from './guard.ts'
import { refusalPage } from './pages/door.ts'

/** One request that passed the guard, and its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly asked: Asked
}

type Headers = Readonly<Record<string, string | number>>

/** Sends a text of a type. */
export function send(
  { response, request }: Pick<Exchange, 'request' | 'response'>,
  {
    status = 200,
    type,
    body,
    headers = {},
  }: { readonly status?: number; readonly type: string; readonly body: string | Uint8Array; readonly headers?: Headers },
): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': length, ...headers })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Sends a page of ours. */
export const sendPage = (
  exchange: Pick<Exchange, 'request' | 'response'>,
  body: string,
  more: { readonly status?: number; readonly headers?: Headers } = {},
): void =>
  send(exchange, { ...more, type: 'text/html; charset=utf-8', body, headers: { 'Content-Security-Policy': PAGE_POLICY, ...more.headers } })

/** Sends a value as JSON. */
export const sendJson = (exchange: Pick<Exchange, 'request' | 'response'>, value: unknown, status = 200): void =>
  send(exchange, { status, type: 'application/json', body: JSON.stringify(value) })

/** Sends a refusal in words: as a page to a browser that would show it, else as plain text. */
export function refuse(exchange: Pick<Exchange, 'request' | 'response'>, { status, text, headers = {} }: Refusal): void {
  if (exchange.request.headers.accept?.includes('text/html') === true)
    sendPage(exchange, refusalPage({ status, text }), { status, headers })
  else send(exchange, { status, type: 'text/plain; charset=utf-8', body: `${text}\n`, headers })
}

/** Reads the JSON that was sent. Refuses what is no JSON, is longer than 64 kB or has another form, and returns undefined then. */
export async function readJson<T>(exchange: Exchange, schema: v.GenericSchema<unknown, T>): Promise<T | undefined> {
  if (!isOfType(exchange.request, 'application/json')) {
    refuse(exchange, { status: 415, text: 'Only JSON is taken.', headers: { Connection: 'close' } })
    return undefined
  }
  const body = await readBody(exchange.request)
  if (body === undefined) {
    refuse(exchange, tooLong)
    return undefined
  }
  const parsed = v.safeParse(schema, jsonOf(body))
  if (parsed.success) return parsed.output
  refuse(exchange, { status: 400, text: 'That is not understood.' })
  return undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
