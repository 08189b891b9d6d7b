import type { ServerResponse } from 'node:http'
import { type Harm, MAINTENANCE_HTML } from './faults.ts'
import { type Bandwidth, pause, pauseUntil } from './limits.ts'

/** A body, whole or made piece by piece. */
export type Body = Buffer | { readonly size: number; pieces(): AsyncIterable<Buffer> }

/** An answer before it is sent, and before any fault. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** Options of `send`. */
export interface Sending {
  readonly signal: AbortSignal
  readonly harm?: Harm
  readonly bandwidth?: Bandwidth
  sent?(bytes: number): void
}

/** Returns the answer that a fault puts in place of the right one, if it does. */
export function replaced(harm: Harm | undefined): Reply | undefined {
  switch (harm?.kind) {
    case 'status':
      return {
        status: harm.status,
        headers: {
          'Content-Type': harm.body?.startsWith('{') ? 'application/json' : 'text/html',
          ...(harm.retryAfter === undefined ? {} : { 'Retry-After': String(harm.retryAfter) }),
          ...harm.headers,
        },
        body: Buffer.from(harm.body ?? ''),
      }
    case 'html':
      return { status: 200, headers: { 'Content-Type': 'text/html' }, body: Buffer.from(MAINTENANCE_HTML) }
    case 'empty':
      return { status: 200, headers: {}, body: Buffer.alloc(0) }
    case 'badJson':
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: Buffer.from('{"Response":{"Uri":"/api/v2!auth') }
    case 'redirect':
      return { status: harm.status ?? 302, headers: { Location: harm.location }, body: Buffer.alloc(0) }
    default:
      return undefined
  }
}

/** Sends a reply, or the part of it that the fault lets through. Resolves when nothing more will be sent. */
export async function send(response: ServerResponse, reply: Reply, sending: Sending): Promise<void> {
  const { harm } = sending
  const size = Buffer.isBuffer(reply.body) ? reply.body.length : reply.body.size
  const cut = cutAt(harm)
  const announced = harm?.kind === 'truncate' && harm.clean ? Math.min(harm.at, size) : size
  if (harm?.kind === 'reset' && cut === undefined) {
    response.socket?.resetAndDestroy()
    return
  }
  // A stalled answer sends nothing, not even headers.
  if (harm?.kind === 'stall' && cut === undefined) await stall(harm, sending.signal)
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(announced) })
  if (Buffer.isBuffer(reply.body) && sending.bandwidth === undefined && (cut === undefined || harm === undefined)) {
    const body = harm?.kind === 'wrongBytes' ? spoilt(reply.body, 0, size) : reply.body
    sending.sent?.(body.length)
    response.end(body)
    return
  }
  response.flushHeaders()
  await sendPieces(response, reply.body, { ...sending, size, ...(cut === undefined ? {} : { cut }) })
}

/** Returns the number of body bytes after which the fault strikes. */
function cutAt(harm: Harm | undefined): number | undefined {
  if (harm?.kind === 'reset' || harm?.kind === 'stall') return harm.after
  return harm?.kind === 'truncate' ? harm.at : undefined
}

async function stall({ ms, until }: Harm & { readonly kind: 'stall' }, signal: AbortSignal): Promise<void> {
  // Without an end it lasts until one side leaves.
  if (until === undefined) await pause(ms ?? 2 ** 31 - 1, signal)
  else await pauseUntil(until, signal)
}

async function sendPieces(
  response: ServerResponse,
  body: Body,
  sending: Sending & { readonly size: number; readonly cut?: number },
): Promise<void> {
  const { harm, cut, size } = sending
  let at = 0
  let stalled = false
  for await (const whole of piecesOf(body)) {
    for (const raw of split(whole, sending.bandwidth?.piece ?? whole.length)) {
      let piece = harm?.kind === 'wrongBytes' ? spoilt(raw, at, size) : raw
      if (cut !== undefined && !stalled && at + piece.length >= cut) {
        await write(response, piece.subarray(0, cut - at), sending)
        if (harm?.kind !== 'stall') return finishEarly(response, harm, sending.signal)
        await stall(harm, sending.signal)
        stalled = true
        piece = piece.subarray(cut - at)
        at = cut
      }
      await write(response, piece, sending)
      at += piece.length
    }
  }
  response.end()
}

/** The wait before a reset, because it overtakes bytes sent before it: the client must have read them. */
const READING_MS = 20

async function finishEarly(response: ServerResponse, harm: Harm | undefined, signal: AbortSignal): Promise<void> {
  if (harm?.kind === 'truncate' && harm.clean) response.end()
  else if (harm?.kind === 'reset') {
    await pause(READING_MS, signal)
    response.socket?.resetAndDestroy()
  }
  // An orderly end of the connection, with less sent than was announced.
  else response.socket?.end()
}

async function* piecesOf(body: Body): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(body)) yield body
  else yield* body.pieces()
}

function* split(buffer: Buffer, piece: number): Generator<Buffer> {
  for (let at = 0; at < buffer.length; at += piece) yield buffer.subarray(at, at + piece)
}

async function write(response: ServerResponse, piece: Buffer, sending: Sending): Promise<void> {
  if (piece.length === 0) return
  await sending.bandwidth?.take(piece.length, sending.signal)
  sending.signal.throwIfAborted()
  sending.sent?.(piece.length)
  if (response.write(piece)) return
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(sending.signal.reason)
    sending.signal.addEventListener('abort', onAbort, { once: true })
    response.once('drain', () => {
      sending.signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}

/** Returns the same bytes except for one in the middle of the file, and the last. */
function spoilt(piece: Buffer, at: number, size: number): Buffer {
  const result = Buffer.from(piece)
  for (const place of [Math.floor(size / 2), size - 1]) {
    const index = place - at
    if (index >= 0 && index < result.length) result[index] = (result[index] ?? 0) ^ 0xff
  }
  return result
}

/** Returns a signal that aborts when the connection is gone: the client has left, or the simulator closes. */
export function leavingOf(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  response.once('close', () => left.abort())
  return left.signal
}
