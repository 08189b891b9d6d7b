import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { serve } from '../../../test/support/scripted-server.ts'
import { RequestError } from '../../errors.ts'
import { type Clock, FakeClock } from '../../flow/clock.ts'
import type { Source } from '../../model.ts'
import { Http } from '../wire/http.ts'
import { type OpenOptions, openSource } from './downloads.ts'

const BYTES = Buffer.from('0123456789')

/** A server as SmugMug's CDN: Range honoured, ETag the MD5, no Accept-Ranges (fact sheet 7.2). */
const cdn = (etag: string) => (response: ServerResponse, range: string | undefined) => {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? Number.NaN)
  if (Number.isNaN(start)) return response.writeHead(200, { 'content-length': BYTES.length, etag, 'content-type': 'image/jpeg' }).end(BYTES)
  if (start >= BYTES.length) return response.writeHead(416, { 'content-range': `bytes */${BYTES.length}` }).end()
  const part = BYTES.subarray(start)
  return response.writeHead(206, { 'content-length': part.length, 'content-range': `bytes ${start}-9/10`, etag }).end(part)
}

const opening = async (
  t: TestContext,
  answer: (response: ServerResponse, range: string | undefined, nth: number) => unknown,
  timeouts = {},
  clock: Clock = new FakeClock({ patient: false }),
) => {
  const server = await serve(t, (response, request, nth) => void answer(response, request.headers.range, nth))
  const credentials = { consumerKey: 'k', consumerSecret: 's' }
  const http = new Http({ baseUrl: server.url, credentials, userAgent: 'test', clock, emit: () => {}, timeouts })
  t.after(() => http.close())
  const source: Source = { url: `${server.url}/i-K/0/sig/D/a-D.jpg`, grade: 'original' }
  return { server, open: (options: OpenOptions = {}) => openSource(http, source, options) }
}

const read = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('from the beginning', () => {
  test('all bytes, and what the server says of them', async (t) => {
    const { open } = await opening(t, cdn('"md5"'))
    const { body, ...facts } = await open()
    assert.deepEqual(facts, { totalSize: 10, start: 0, validator: 'md5' })
    assert.equal(await read(body), '0123456789')
  })

  test('nothing is made up where the server says nothing; a weak ETag names no bytes', async (t) => {
    const { open } = await opening(t, (response) => response.writeHead(200, { etag: 'W/"x"' }).end(BYTES))
    const { body, ...facts } = await open()
    assert.deepEqual(facts, { start: 0 })
    assert.equal(await read(body), '0123456789')
  })

  test('a part that nobody asked for is refused', async (t) => {
    const { open } = await opening(t, (response) => response.writeHead(206, { 'content-range': 'bytes 0-4/10' }).end('01234'))
    await assert.rejects(open(), RequestError)
  })

  test('404 is final', async (t) => {
    const { open, server } = await opening(t, (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'))
    await assert.rejects(open(), (error) => error instanceof RequestError && error.status === 404 && !error.transient)
    assert.equal(server.requests.length, 1)
  })
})

describe('from where it stopped', () => {
  test('when the bytes are the same', async (t) => {
    const { open } = await opening(t, cdn('"md5"'))
    const { body, ...facts } = await open({ start: 4, validator: 'md5' })
    assert.deepEqual(facts, { totalSize: 10, start: 4, validator: 'md5' })
    assert.equal(await read(body), '456789')
  })

  const anew = {
    'the bytes are others': cdn('"other"'),
    'the server names no bytes': (response: ServerResponse, range: string | undefined) =>
      range === undefined ? response.end(BYTES) : response.writeHead(206, { 'content-range': 'bytes 4-9/10' }).end('456789'),
    'the part begins elsewhere': (response: ServerResponse, range: string | undefined) =>
      range === undefined
        ? response.end(BYTES)
        : response.writeHead(206, { 'content-range': 'bytes 3-9/10', etag: '"md5"' }).end('3456789'),
    'the part does not say where it begins': (response: ServerResponse, range: string | undefined) =>
      range === undefined ? response.end(BYTES) : response.writeHead(206, { etag: '"md5"' }).end('456789'),
    'the server knows no parts': (response: ServerResponse) => response.writeHead(200).end(BYTES),
  }
  for (const [name, answer] of Object.entries(anew)) {
    test(`anew when ${name}`, async (t) => {
      const { open } = await opening(t, answer)
      const { body, start } = await open({ start: 4, validator: 'md5' })
      assert.equal(start, 0)
      assert.equal(await read(body), '0123456789')
    })
  }

  test('anew when there is no such place in the file', async (t) => {
    const { open, server } = await opening(t, cdn('"md5"'))
    const { body, start } = await open({ start: 99, validator: 'md5' })
    assert.deepEqual([start, await read(body)], [0, '0123456789'])
    assert.equal(server.requests.length, 2)
  })
})

describe('bytes that do not come', () => {
  const failing = (body: AsyncIterable<Uint8Array>) =>
    assert.rejects(read(body), (error) => error instanceof RequestError && error.transient)

  test('a connection that breaks', async (t) => {
    const { open } = await opening(t, (response) =>
      response.writeHead(200, { 'content-length': 100 }).write('abc', () => response.socket?.resetAndDestroy()),
    )
    await failing((await open()).body)
  })

  test('a body shorter than announced', async (t) => {
    const { open } = await opening(t, (response) =>
      response.writeHead(200, { 'content-length': 100 }).write('abc', () => response.socket?.end()),
    )
    await failing((await open()).body)
  })

  test('silence', async (t) => {
    const { open } = await opening(t, (response) => response.writeHead(200).write('abc'), { bodyMs: 50 })
    await failing((await open()).body)
  })

  test('an aborted signal, with its own reason', async (t) => {
    const { open } = await opening(t, (response) => response.writeHead(200).write('abc'))
    const controller = new AbortController()
    const { body } = await open({ signal: controller.signal })
    const reading = read(body)
    controller.abort(new Error('enough'))
    await assert.rejects(reading, /^Error: enough$/)
  })
})

describe('who leaves early', () => {
  const endless = (left: () => void) => (response: ServerResponse) => {
    response.once('close', left)
    response.writeHead(200).write(Buffer.alloc(100_000))
  }

  for (const begun of [true, false]) {
    test(`breaks the connection off, ${begun ? 'in the middle' : 'before the first byte'}`, async (t) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { open } = await opening(t, endless(resolve))
      const iterator = (await open()).body[Symbol.asyncIterator]()
      if (begun) await iterator.next()
      await iterator.return?.()
      await promise
    })
  }
})

test('a slow reader holds the sender back', async (t) => {
  const total = 64 * 1024 * 1024
  let sent = 0
  const { open } = await opening(t, (response) => {
    response.writeHead(200, { 'content-length': total })
    const chunk = Buffer.alloc(1024 * 1024)
    const more = (): void => {
      while (sent < total) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  let received = 0
  for await (const chunk of (await open()).body) {
    received += chunk.length
    if (received === chunk.length) await new Promise((resolve) => setTimeout(resolve, 100))
    // Bytes that fit into the kernel's buffers and ours are not held back.
    assert.ok(sent - received < 24 * 1024 * 1024, `${sent - received} bytes ahead`)
  }
  assert.equal(received, total)
})

describe('bytes that nothing promises are believed only with reason', () => {
  const jpeg = { 'content-type': 'image/jpeg' }
  const wrong: Record<string, (response: ServerResponse) => unknown> = {
    JSON: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"Code":500}'),
    'plain text': (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('upstream timeout'),
    XML: (response) => response.writeHead(200, { 'content-type': 'application/xml' }).end('<Error/>'),
    'an empty file': (response) => response.writeHead(200, { ...jpeg, 'content-length': '0' }).end(),
    'a file whose end is not known': (response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\nhalf of it')
    },
  }
  for (const [name, answer] of Object.entries(wrong)) {
    test(`${name} is not the file, and is asked for again`, async (t) => {
      const { open, server } = await opening(t, (response, _, nth) => (nth < 3 ? answer(response) : cdn('"x"')(response, undefined)))
      assert.equal(await read((await open()).body), '0123456789')
      assert.equal(server.requests.length, 3)
    })
  }

  test('a file that comes byte by byte, for ever, is given up', async (t) => {
    let at = 0
    // Each look at the clock is half a minute after the one before.
    const clock: Clock = { now: () => at, monotonic: () => (at += 30_000), sleep: async () => {} }
    const drip = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-length': 1_000_000 })
      const dripping = setInterval(() => response.write('1'), 2)
      response.on('close', () => clearInterval(dripping))
    }
    const { open } = await opening(t, drip, {}, clock)
    const { body } = await open()
    await assert.rejects(read(body), /sends a file too slowly to ever end/)
  })
})
