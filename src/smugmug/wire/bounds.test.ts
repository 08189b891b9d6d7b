import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { sendJson, serve } from '../../../test/support/scripted-server.ts'
import { RequestError } from '../../errors.ts'
import type { Event } from '../../events.ts'
import { FakeClock } from '../../flow/clock.ts'
import { parseObject } from './answer.ts'
import { Http, type HttpOptions } from './http.ts'

const OK = { Response: { Uri: '/x' }, Code: 200 }
const MOST = 100_000

const open = (t: TestContext, baseUrl: string, more: Partial<HttpOptions> = {}) => {
  const events: Event[] = []
  const clock = new FakeClock({ patient: false })
  const credentials = { consumerKey: 'k', consumerSecret: 's' }
  const http = new Http({ baseUrl, credentials, userAgent: 'test', clock, emit: (event) => events.push(event), mostBytes: MOST, ...more })
  t.after(() => http.close())
  return { http, events, clock }
}

/** Writes until the other side takes no more. */
const forEver = async (response: ServerResponse, piece: Buffer): Promise<void> => {
  const closed = once(response, 'close').then(() => true)
  for (;;) if (!response.write(piece) && (await Promise.race([closed, once(response, 'drain')])) === true) return
}

/** Makes sixteen megabytes of zeros in sixteen kilobytes: gzip takes many members for one. */
const BOMB = Buffer.concat(Array.from({ length: 16 }).fill(gzipSync(Buffer.alloc(2 ** 20))) as Buffer[])

describe('an answer without end', () => {
  const endless: Record<string, (response: ServerResponse, status: number) => unknown> = {
    'a body without end': (response, status) => forEver(response.writeHead(status), Buffer.alloc(64 * 1024, ' ')),
    'a length beyond all': (response, status) => response.writeHead(status, { 'content-length': 10 ** 12 }).write('{'),
    'a small gzip that unpacks to much': (response, status) => response.writeHead(status, { 'content-encoding': 'gzip' }).end(BOMB),
    'a gzip without end': (response, status) => forEver(response.writeHead(status, { 'content-encoding': 'gzip' }), gzipSync('')),
  }
  for (const [name, answer] of Object.entries(endless)) {
    test(`${name} is broken off, and is no answer`, async (t) => {
      const closed: Promise<unknown>[] = []
      const server = await serve(t, (response, _, nth) => {
        if (nth > 1) return sendJson(response, OK)
        closed.push(once(response, 'close'))
        void answer(response, 200)
      })
      const { http, events } = open(t, server.url)
      assert.deepEqual((await http.json('/x')).response, OK.Response)
      assert.match(events.map((event) => event.event === 'retry' && event.reason).join(), /sent more than [1-9]\d* kB in one answer/)
      await Promise.all(closed)
    })

    test(`${name}, always, is a failed answer and no silence`, async (t) => {
      const server = await serve(t, (response) => void answer(response, 200))
      await assert.rejects(
        open(t, server.url, { maxRetries: 1 }).http.json('/x'),
        (error) => error instanceof RequestError && error.transient && error.status === 200,
      )
    })

    test(`${name} with an error is that error`, async (t) => {
      const server = await serve(t, (response) => void answer(response, 404))
      await assert.rejects(open(t, server.url).http.json('/x'), (error) => error instanceof RequestError && error.status === 404)
    })
  }

  test('a file is not bounded by that', async (t) => {
    const server = await serve(t, (response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(Buffer.alloc(MOST * 2)))
    const { body } = await open(t, server.url).http.file(`${server.url}/a-D.jpg`)
    assert.equal((await body.arrayBuffer()).byteLength, MOST * 2)
  })

  test('one that comes byte by byte has a time for the whole of it', async (t) => {
    const drip = async (response: ServerResponse): Promise<void> => {
      for (response.writeHead(200); !response.closed; await pause(5)) response.write(' ')
    }
    const server = await serve(t, (response, _, nth) => void (nth > 1 ? sendJson(response, OK) : drip(response)))
    const { http, events } = open(t, server.url, { timeouts: { wholeMs: 60 } })
    await http.json('/x')
    assert.match(events.map((event) => event.event === 'retry' && event.reason).join(), /did not come to the end of its answer in time/)
  })
})

test('large answers take turns in memory, and all come', async (t) => {
  const large = `{"Response":{"Uri":"/x"},"Code":200,"filling":"${'x'.repeat(3 * 2 ** 20)}"}`
  let begun = 0
  const all = Promise.withResolvers<void>()
  const server = await serve(t, (response) => {
    response.writeHead(200).write(large.slice(0, -2))
    begun += 1
    if (begun === 6) all.resolve()
    void all.promise.then(() => response.end(large.slice(-2)))
  })
  const { http, events } = open(t, server.url, { mostBytes: 8 * 2 ** 20 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => http.json('/x')))
  assert.deepEqual(
    answers.map(({ response }) => response.Uri),
    Array.from({ length: 6 }, () => '/x'),
  )
  assert.equal(events.filter((event) => event.event === 'retry').length, 0)
})

describe('JSON', () => {
  const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const cases: Record<string, [json: string, taken: boolean]> = {
    'as deep as anything needs': [nested(60), true],
    'deeper than any answer': [nested(101), false],
    'so deep that functions end': [nested(200_000), false],
    'brackets in a text': [`{"a":"${'['.repeat(1000)}\\"${'{'.repeat(1000)}"}`, true],
    'a text that ends in a backslash': [`{"a":"\\\\","b":${'['.repeat(200)}${']'.repeat(200)}}`, false],
    'many values': [`{"a":[${'1,'.repeat(900_000)}1]}`, true],
    'more values than any answer': [`{"a":[${'1,'.repeat(1_000_001)}1]}`, false],
    'as many named fields as several pages have': [`{"a":{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join()}}}`, true],
    'more named fields than any answer': [`{"a":{${Array.from({ length: 250_000 }, (_, at) => `"k${at}":1`).join()}}}`, false],
    'more empty lists than any answer': [`{"a":[${'[],'.repeat(600_000)}1]}`, false],
  }
  for (const [name, [json, taken]] of Object.entries(cases)) {
    test(name, () => assert.equal(parseObject(Buffer.from(json)) !== undefined, taken))
  }

  test('that nests too deep is no answer, and says so', async (t) => {
    const server = await serve(t, (response) => response.end(`{"Code":200,"Response":${nested(5000)}}`))
    await assert.rejects(
      open(t, server.url, { maxRetries: 1 }).http.json('/x'),
      (error) => error instanceof RequestError && error.transient && /nests too deep/.test(error.message),
    )
  })
})

describe('a server that asks to wait', () => {
  test('for less than our own back-off is not asked again and again', async (t) => {
    for (const retryAfter of ['0.001', '0', '-1']) {
      const server = await serve(t, (response) => response.writeHead(503, { 'retry-after': retryAfter }).end())
      await assert.rejects(open(t, server.url).http.json('/x'), RequestError)
      assert.equal(server.requests.length, 7)
    }
  })

  test('with every 503 is obeyed for half an hour, and nobody else waits for it', async (t) => {
    const server = await serve(t, (response, request) =>
      request.url === '/bad' ? response.writeHead(503, { 'retry-after': '600' }).end() : sendJson(response, OK),
    )
    const { http, events, clock } = open(t, server.url)
    const began = clock.now()
    await assert.rejects(http.json('/bad'), /answered 503 .*, 7 times/)
    assert.ok(clock.now() - began >= 1_800_000 && clock.now() - began < 1_900_000)
    assert.equal(events.filter((event) => event.event === 'waiting').length, 3)
    const idle = new FakeClock()
    const patient = open(t, server.url, { clock: idle }).http
    const bad = patient.json('/bad').catch(() => {})
    while (idle.sleeping === 0) await new Promise(setImmediate)
    await patient.json('/good')
    assert.equal(idle.sleeping, 1)
    await idle.advance(3_600_000)
    await patient.close()
    await idle.advance(3_600_000)
    await bad
  })

  test('until a year that nobody means, on an answer of success, is not heard', async (t) => {
    const reset = String(Date.UTC(2026, 10, 1, 13))
    const server = await serve(t, (response) => sendJson(response, OK, 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }))
    const { http, clock } = open(t, server.url)
    for (let call = 0; call < 3; call += 1) await http.json('/x')
    assert.deepEqual(clock.sleeps, [])
  })
})
