import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sendJson, serve } from '../../../test/support/scripted-server.ts'
import { ConfigurationError, RequestError, SignInError } from '../../errors.ts'
import { type Event, isDetail } from '../../events.ts'
import { type Clock, FakeClock, systemClock } from '../../flow/clock.ts'
import { type Answer, discard } from './answer.ts'
import { Http, type HttpOptions } from './http.ts'

const SECRETS = { consumerKey: 'the-api-key', consumerSecret: 'the-api-secret', token: 'the-user-token', tokenSecret: 'the-user-secret' }

/** Opens an `Http` whose waits take no time; returns all that it reports. */
const open = (t: TestContext, baseUrl: string, more: Partial<HttpOptions> = {}) => {
  const events: Event[] = []
  const clock = new FakeClock({ patient: false })
  const options = { baseUrl, credentials: SECRETS, userAgent: 'smugmug-backup/test (+http://localhost)', clock, random: () => 0.5 }
  const http = new Http({ ...options, emit: (event) => events.push(event), ...more })
  t.after(() => http.close())
  return { http, clock, events }
}

const OK = { Response: { Uri: '/api/v2!authuser' }, Code: 200, Message: 'Ok' }

const oauthOf = (header: string | undefined): Record<string, string> =>
  Object.fromEntries([...(header ?? '').matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))

test('an answer of the sign-in without both halves of a token is no answer', async (t) => {
  const answers = ['oauth_token=&oauth_token_secret=', 'oauth_token=a&oauth_token_secret=', 'oauth_token_secret=b', '<html></html>']
  const server = await serve(t, (response, _, nth) => response.end(answers[nth - 1] ?? 'oauth_token=a&oauth_token_secret=b'))
  const { http, events } = open(t, server.url)
  assert.equal((await http.form('/services/oauth/1.0a/getRequestToken', [])).get('oauth_token'), 'a')
  const reasons = events.flatMap((event) => (event.event === 'retry' ? [event.reason] : []))
  assert.deepEqual(
    reasons.map((reason) => /answered without a token/.test(reason)),
    answers.map(() => true),
  )
})

describe('a request', () => {
  test('says who asks and for what, and is signed', async (t) => {
    const server = await serve(t, (response) => sendJson(response, OK))
    const { http, clock } = open(t, server.url)
    assert.deepEqual((await http.json('/api/v2!authuser', { query: { _verbosity: '1' } })).response, OK.Response)
    const [{ url, headers } = assert.fail()] = server.requests
    assert.equal(url, '/api/v2!authuser?_verbosity=1')
    assert.equal(headers['user-agent'], 'smugmug-backup/test (+http://localhost)')
    assert.equal(headers.accept, 'application/json')
    assert.equal(headers['accept-encoding'], 'gzip')
    const oauth = oauthOf(headers.authorization)
    assert.equal(oauth.oauth_consumer_key, 'the-api-key')
    assert.equal(oauth.oauth_timestamp, String(Math.floor(clock.now() / 1000)))
    assert.equal(http.apiCalls, 1)
  })

  test('keeps the query that a link brings, and a path in the base URL', async (t) => {
    const server = await serve(t, (response) => sendJson(response, OK))
    const { http } = open(t, `${server.url}/prefix/`)
    await http.json('/api/v2/highlight/node/X?_shorturis=', { query: { count: '5' } })
    assert.equal(server.requests[0]?.url, '/prefix/api/v2/highlight/node/X?_shorturis=&count=5')
  })

  test('is unpacked', async (t) => {
    const server = await serve(t, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify({ Response: { Uri: 'é' } })))
    })
    assert.deepEqual((await open(t, server.url).http.json('/x')).response, { Uri: 'é' })
  })

  test('to no address at all is a matter of configuration', () => {
    for (const baseUrl of ['', 'api.smugmug.com', 'ftp://api.smugmug.com']) {
      assert.throws(
        () => new Http({ baseUrl, credentials: SECRETS, userAgent: '', clock: systemClock, emit: () => {} }),
        ConfigurationError,
      )
    }
  })
})

describe('what is transient is asked again, signed anew', () => {
  const cut = gzipSync(JSON.stringify(OK)).subarray(0, 30)
  const troubles: Record<string, (response: ServerResponse) => unknown> = {
    '503': (response) => response.writeHead(503).end(),
    '500 with nothing': (response) => response.writeHead(500, { 'content-type': 'text/html' }).end(),
    '429 without a hint': (response) => response.writeHead(429).end(),
    '408': (response) => response.writeHead(408).end(),
    'a reset': (response) => response.socket?.resetAndDestroy(),
    'a body cut short': (response) =>
      response.writeHead(200, { 'content-length': '100' }).write('{"Resp', () => response.socket?.destroy()),
    'a web page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>maintenance</html>'),
    nothing: (response) => response.writeHead(200).end(),
    'broken JSON': (response) => response.writeHead(200).end('{"Response": {"Uri'),
    'broken gzip': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(cut),
    'JSON without a Response': (response) => sendJson(response, { Code: 200, Message: 'Ok' }),
    'a list': (response) => response.writeHead(200).end('[]'),
    nonce_used: (response) => sendJson(response, { Code: 401, Message: 'oauth_problem=nonce_used' }, 401),
  }
  for (const [name, trouble] of Object.entries(troubles)) {
    test(name, async (t) => {
      const server = await serve(t, (response, _, nth) => (nth < 3 ? trouble(response) : sendJson(response, OK)))
      const { http, events } = open(t, server.url)
      assert.deepEqual((await http.json('/api/v2!authuser')).response, OK.Response)
      assert.equal(new Set(server.requests.map(({ headers }) => oauthOf(headers.authorization).oauth_nonce)).size, 3)
      assert.deepEqual(
        events.filter((event) => event.event === 'retry').map((event) => event.attempt),
        [1, 2],
      )
      assert.equal(http.apiCalls, 3)
    })

    test(`${name}, always: given up, and reported as transient`, async (t) => {
      const server = await serve(t, (response) => void trouble(response))
      const { http, clock } = open(t, server.url)
      const began = clock.now()
      await assert.rejects(
        http.json('/api/v2!authuser'),
        (error) => error instanceof RequestError && error.transient && / times/.test(error.message),
      )
      assert.ok(clock.now() - began <= 61_000)
      assert.ok(server.requests.length >= 4 && server.requests.length <= 7)
    })

    test(`${name}, without retries`, async (t) => {
      const server = await serve(t, (response) => void trouble(response))
      await assert.rejects(open(t, server.url, { maxRetries: 0 }).http.json('/x'), RequestError)
      assert.equal(server.requests.length, 1)
    })
  }

  test('a refused connection', async (t) => {
    const server = await serve(t, () => {})
    const { http, clock } = open(t, server.url.replace(/\d+$/, '1'))
    await assert.rejects(
      http.json('/x'),
      /^RequestError: 127\.0\.0\.1:1 refused the connection \(ECONNREFUSED\) when asked for \/x, 7 times$/,
    )
    assert.deepEqual(clock.sleeps, [500, 1000, 2000, 4000, 8000, 16_000])
  })
})

describe('what is final is asked once', () => {
  const finalError = async (t: TestContext, status: number, body: object, wholeAccount = false) => {
    const server = await serve(t, (response) => sendJson(response, body, status))
    const { http, events } = open(t, server.url)
    const error: unknown = await http.json('/api/v2/album/K', { wholeAccount }).catch((thrown: unknown) => thrown)
    assert.equal(server.requests.length, 1)
    return { error, events }
  }

  for (const status of [400, 403, 404, 405, 409, 410]) {
    test(`${status}`, async (t) => {
      const { error } = await finalError(t, status, { Code: status, Message: 'No' })
      assert.ok(error instanceof RequestError && error.status === status && !error.transient)
    })
  }
  test('a Code that contradicts the status', async (t) => {
    const { error } = await finalError(t, 200, { Response: {}, Code: 404, Message: 'Not Found' })
    assert.ok(error instanceof RequestError && error.status === 404)
  })
  test('a refused signature is a refused sign-in', async (t) => {
    assert.ok(
      (await finalError(t, 401, { Code: 401, Message: 'oauth_problem=signature_invalid&debug_sbs=GET%26x' })).error instanceof SignInError,
    )
  })
  test('403 about the account is a refused sign-in, about an item it is not', async (t) => {
    assert.ok((await finalError(t, 403, { Code: 403, Message: 'No permission' }, true)).error instanceof SignInError)
    assert.ok((await finalError(t, 403, { Code: 403, Message: 'No permission' })).error instanceof RequestError)
  })
})

test('a file whose turn has not come is not asked for any more once its wait is ended; one that has begun comes to its end', async (t) => {
  const begun = Promise.withResolvers<ServerResponse>()
  let asked = 0
  const server = await serve(t, (response) => {
    asked += 1
    begun.resolve(response)
  })
  const one = { start: 1, most: 1 }
  const { http } = open(t, server.url, { atOnce: { calls: one, files: one } })
  const controller = new AbortController()
  const first = http.file(`${server.url}/a.jpg`, { turn: controller.signal })
  const response = await begun.promise
  const second = http.file(`${server.url}/b.jpg`, { turn: controller.signal })
  controller.abort(new Error('stop'))
  await assert.rejects(second, /stop/)
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': 3 }).end('abc')
  assert.equal(Buffer.from(await (await first).body.arrayBuffer()).toString(), 'abc')
  assert.equal(asked, 1)
})

describe('the server’s clock is obeyed', () => {
  test('in full, and not counted as tries', async (t) => {
    const server = await serve(t, (response, _, nth) =>
      nth < 10 ? response.writeHead(429, { 'retry-after': '7200' }).end() : sendJson(response, OK),
    )
    const { http, clock, events } = open(t, server.url, { maxRetries: 0 })
    await http.json('/x')
    assert.deepEqual(clock.sleeps, Array(9).fill(7_200_000))
    assert.deepEqual(
      events.filter((event) => !isDetail(event)).map((event) => event.event),
      Array(9).fill('waiting'),
    )
  })

  test('and not charged to the patience that is left for other trouble', async (t) => {
    const server = await serve(t, (response, _, nth) => {
      if (nth > 5) sendJson(response, OK)
      else if (nth % 2 === 1) response.writeHead(429, { 'retry-after': '7200' }).end()
      else response.writeHead(503).end()
    })
    await open(t, server.url).http.json('/x')
    assert.equal(server.requests.length, 6)
  })

  test('one 429 stops all workers until the window ends', async (t) => {
    let limited = true
    const server = await serve(t, (response) => (limited ? response.writeHead(429, { 'retry-after': '60' }).end() : sendJson(response, OK)))
    const clock = new FakeClock()
    const { http, events } = open(t, server.url, { clock })
    const first = http.json('/first')
    while (clock.sleeping < 1) await new Promise((resolve) => setTimeout(resolve, 1))
    const others = Array.from({ length: 20 }, (_, worker) => http.json(`/other-${worker}`))
    await clock.advance(59_000)
    assert.equal(server.requests.length, 1)
    limited = false
    await clock.advance(1000)
    await Promise.all([first, ...others])
    assert.equal(server.requests.length, 22)
    assert.equal(events.filter((event) => event.event === 'waiting').length, 1)
  })

  test('before a 429 is earned', async (t) => {
    const server = await serve(t, (response, _, nth) => {
      const reset = String(Math.ceil(Date.now() / 1000) + 100)
      sendJson(response, OK, 200, { 'x-ratelimit-remaining': String(3 - nth), 'x-ratelimit-reset': reset })
    })
    const { http, clock } = open(t, server.url)
    for (let call = 0; call < 3; call += 1) await http.json('/x')
    assert.deepEqual(clock.sleeps, [5000, 5000], 'the last ones are spread')
    await http.json('/x')
    assert.equal(clock.sleeps.length, 3)
    assert.ok((clock.sleeps[2] ?? 0) > 98_000 && (clock.sleeps[2] ?? 0) <= 101_000)
  })

  test('by the answers to what was asked last, however late others come', async (t) => {
    const clock = new FakeClock({ patient: false })
    const reset = String(Math.ceil(Date.now() / 1000) + 3600)
    const slow = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const server = await serve(t, (response, { url }) => {
      const answer = (remaining: string): void =>
        sendJson(response, OK, 200, { 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset })
      void clock.sleep(10)
      if (url !== '/slow') return answer('0')
      void slow.promise.then(() => answer('1000'))
      asked.resolve()
    })
    const { http, events } = open(t, server.url, { clock })
    const listing = http.json('/slow')
    await asked.promise
    await http.json('/quick')
    slow.resolve()
    await listing
    await http.json('/quick')
    assert.equal(events.filter((event) => event.event === 'waiting').length, 1)
  })

  test('and calls that are spread are no sign that more at once bring no more', async (t) => {
    const clock = new FakeClock({ patient: false })
    const reset = String(Math.ceil(Date.now() / 1000) + 3600)
    const server = await serve(t, (response, _, nth) => {
      void clock.sleep(30)
      sendJson(response, OK, 200, { 'x-ratelimit-remaining': nth > 12 ? '90' : '1000', 'x-ratelimit-reset': reset })
    })
    const { http, events } = open(t, server.url, { clock })
    await Promise.all(Array.from({ length: 80 }, () => http.json('/x')))
    assert.ok(events.some((event) => event.event === 'waiting' && event.spread))
    assert.deepEqual(
      events.flatMap((event) => (event.event === 'limit' && event.before !== undefined ? event.reason : [])),
      ['more may bring more'],
    )
  })

  test('an aborted signal ends its wait, and a back-off, at once', async (t) => {
    for (const headers of [{ 'retry-after': '3600' }, undefined]) {
      const server = await serve(t, (response) => response.writeHead(503, headers).end())
      const controller = new AbortController()
      const clock: Clock = {
        ...systemClock,
        sleep: (ms, signal) => {
          setImmediate(() => controller.abort(new Error('enough')))
          return systemClock.sleep(ms, signal)
        },
      }
      await assert.rejects(open(t, server.url, { clock }).http.json('/x', { signal: controller.signal }), /enough/)
      assert.equal(server.requests.length, 1)
    }
  })

  test('an aborted signal breaks a request off', async (t) => {
    const controller = new AbortController()
    const server = await serve(t, () => controller.abort(new Error('enough')))
    await assert.rejects(open(t, server.url).http.json('/x', { signal: controller.signal }), /^Error: enough$/)
  })
})

describe('what is not HTTP is a failed answer, asked for again', () => {
  const answers: Record<string, string> = {
    'the greeting of another protocol': 'SSH-2.0-x\r\n',
    'a length that is none': 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n',
    'a piece whose length is none': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'a status below all': 'HTTP/1.1 099 No\r\n\r\n',
    'a change of protocol that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  }
  for (const [name, words] of Object.entries(answers)) {
    test(name, async (t) => {
      const server = await serve(t, (response, _, nth) => (nth > 1 ? sendJson(response, OK) : response.socket?.end(words)))
      const { http, events } = open(t, server.url)
      assert.deepEqual((await http.json('/x')).response, OK.Response)
      assert.match(events.map((event) => event.event === 'retry' && event.reason).join(), /answered what is not HTTP/)
    })
  }
})

describe('silence is borne for a while', () => {
  test('before an answer', async (t) => {
    const server = await serve(t, (response, _, nth) => nth > 1 && sendJson(response, OK))
    const { http, events } = open(t, server.url, { timeouts: { headersMs: 60 } })
    await http.json('/x')
    assert.match(events.map((event) => event.event === 'retry' && event.reason).join(), /did not answer in time/)
  })

  test('in the middle of one', async (t) => {
    const server = await serve(t, (response, _, nth) => (nth > 1 ? sendJson(response, OK) : response.writeHead(200).write('{')))
    const { http, events } = open(t, server.url, { timeouts: { bodyMs: 60 } })
    await http.json('/x')
    assert.match(events.map((event) => event.event === 'retry' && event.reason).join(), /fell silent/)
  })
})

test('calls half a minute apart share a connection', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const connections = new Set<unknown>()
  const server = await serve(t, (response, { socket }) => {
    connections.add(socket)
    // Written by hand, the answer comes without the time that Node would name.
    sendJson(response, OK, 200, { connection: 'keep-alive' })
  })
  const { http } = open(t, server.url)
  for (let call = 0; call < 3; call += 1) {
    await http.json('/x')
    for (let second = 0; second < 30; second += 1) {
      t.mock.timers.tick(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  assert.equal(connections.size, 1)
})

test('closing breaks off what is under way, for good', async (t) => {
  const server = await serve(t, () => void http.close())
  const { http, clock } = open(t, server.url)
  await assert.rejects(http.json('/x'), (error) => error instanceof RequestError && !error.transient)
  assert.deepEqual(clock.sleeps, [])
})

test('many requests may share one signal', async (t) => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  t.after(() => process.off('warning', note))
  const server = await serve(t, (response) => sendJson(response, OK))
  const { http } = open(t, server.url)
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: 60 }, () => http.json('/x', { signal })))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(warnings, [])
})

describe('redirects are followed by hand', () => {
  test('each hop signed anew', async (t) => {
    const server = await serve(t, (response, request) =>
      request.url === '/api/v2/image/K?x=1' ? response.writeHead(301, { location: '/api/v2/image/K-0?x=1' }).end() : sendJson(response, OK),
    )
    const { http } = open(t, server.url)
    await http.json('/api/v2/image/K', { query: { x: '1' } })
    const [first, second] = server.requests.map(({ headers }) => oauthOf(headers.authorization))
    assert.ok(first?.oauth_nonce !== undefined && second?.oauth_nonce !== undefined)
    assert.notEqual(first.oauth_nonce, second.oauth_nonce)
    assert.notEqual(first.oauth_signature, second.oauth_signature)
    assert.equal(http.apiCalls, 2)
  })

  test('unsigned to other hosts, signed to other ports of ours', async (t) => {
    const other = await serve(t, (response) => response.end('bytes'))
    const elsewhere = other.url.replace('127.0.0.1', 'localhost')
    const server = await serve(t, (response, request) =>
      response.writeHead(302, { location: `${request.url === '/a' ? other.url : elsewhere}/file` }).end(),
    )
    const { http } = open(t, server.url)
    await (await http.file(`${server.url}/a`)).body.dump()
    await (await http.file(`${server.url}/b`)).body.dump()
    assert.deepEqual(
      other.requests.map(({ headers }) => headers.authorization !== undefined),
      [true, false],
    )
  })

  test('at most five', async (t) => {
    const server = await serve(t, (response) => response.writeHead(302, { location: '/again' }).end())
    await assert.rejects(open(t, server.url).http.json('/x'), /redirected more than 5 times/)
    assert.equal(server.requests.length, 6)
  })

  test('nowhere but to the web', async (t) => {
    const server = await serve(t, (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end())
    await assert.rejects(open(t, server.url).http.json('/x'), (error) => error instanceof RequestError && error.status === 302)
  })
})

describe('secrets stay secret', () => {
  /** Texts that a server may say: everything that it received. */
  const echo = (headers: import('node:http').IncomingHttpHeaders): string =>
    `${headers.authorization} the-user-secret the-api-secret ${encodeURIComponent(headers.authorization ?? '')}`
  const spilt = /the-(api|user)-|oauth_signature="|nonce="/

  for (const [status, wholeAccount] of [
    [400, false],
    [401, true],
    [402, true],
    [403, true],
    [403, false],
    [409, false],
    [500, false],
  ] as const) {
    test(`in what is said of a ${status}${wholeAccount ? ' about the account' : ''}`, async (t) => {
      const server = await serve(t, (response, request) => sendJson(response, { Code: status, Message: echo(request.headers) }, status))
      const { http, events } = open(t, server.url)
      const error: unknown = await http.json('/x', { wholeAccount, query: { APIKey: 'the-api-key' } }).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof Error)
      const { inspect } = await import('node:util')
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(events), spilt)
    })
  }

  test('in what is said of a file, whose address opens it to anybody', async (t) => {
    const server = await serve(t, (response, request) =>
      response.writeHead(request.url?.includes('moved') ? 404 : 302, { location: '/moved/sIgNaTuRe/D/b-D.jpg' }).end(),
    )
    const { http, events } = open(t, server.url)
    const error: unknown = await http.file(`${server.url}/Trip/i-K/0/sIgNaTuRe/D/a-D.jpg`).catch((thrown: unknown) => thrown)
    assert.match(String(error), /answered 404 \(not found\) when asked for a-D\.jpg/)
    assert.doesNotMatch(String(error) + JSON.stringify(events), /sIgNaTuRe/)
  })
})

describe('files', () => {
  test('are asked for as they are', async (t) => {
    const server = await serve(t, (response) => response.writeHead(200, { etag: '"x"' }).end('bytes'))
    const { http } = open(t, server.url)
    const answer = await http.file(`${server.url}/a-D.jpg`, { headers: { range: 'bytes=2-' } })
    assert.equal(await answer.body.text(), 'bytes')
    const [{ headers } = assert.fail()] = server.requests
    assert.deepEqual([headers['accept-encoding'], headers.range], ['identity', 'bytes=2-'])
    assert.equal(http.apiCalls, 0)
  })

  for (const status of [401, 403]) {
    test(`refused with ${status}, once more unsigned`, async (t) => {
      const server = await serve(t, (response, request) =>
        response.writeHead(request.headers.authorization === undefined ? 200 : status).end('bytes'),
      )
      const answer = await open(t, server.url).http.file(`${server.url}/a-D.jpg`)
      assert.equal(await answer.body.text(), 'bytes')
      assert.equal(server.requests.length, 2)
    })

    test(`refused with ${status} both ways, that is all`, async (t) => {
      const server = await serve(t, (response) => sendJson(response, { Code: status, Message: 'oauth_problem=token_rejected' }, status))
      await assert.rejects(
        open(t, server.url).http.file(`${server.url}/a-D.jpg`),
        (error) => error instanceof RequestError && error.status === status && !error.transient,
      )
      assert.equal(server.requests.length, 2)
    })
  }

  test('on another host are never signed, nor asked for twice', async (t) => {
    const server = await serve(t, (response) => response.writeHead(403).end())
    await assert.rejects(open(t, 'https://api.smugmug.com').http.file(`${server.url}/a-D.jpg`), RequestError)
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      [undefined],
    )
  })

  for (const [name, headers] of [
    ['a web page', { 'content-type': 'text/html; charset=utf-8' }],
    ['packed bytes', { 'content-encoding': 'gzip' }],
  ] as const) {
    test(`${name} instead of one is transient`, async (t) => {
      const server = await serve(t, (response, _, nth) => response.writeHead(200, nth < 3 ? headers : {}).end('bytes'))
      const answer = await open(t, server.url).http.file(`${server.url}/a-D.jpg`)
      assert.equal(await answer.body.text(), 'bytes')
      assert.equal(server.requests.length, 3)
      await assert.rejects(
        open(t, server.url, { maxRetries: 0 }).http.file('no address'),
        (error) => error instanceof RequestError && !error.transient,
      )
    })
  }
})

describe('whether there are too many files at once', () => {
  type Leave = (body: Answer['body'], controller: AbortController) => unknown
  /** Asks for many long files and leaves each when its first bytes have come; resolves to the reports about their number. */
  const changesAfter = async (t: TestContext, leave: Leave, serveFile: (response: ServerResponse) => void): Promise<string[]> => {
    const clock = new FakeClock({ patient: false })
    const server = await serve(t, (response) => {
      void clock.sleep(50)
      serveFile(response)
    })
    const atOnce = { start: 8, most: 8 }
    const { http, events } = open(t, server.url, { clock, maxRetries: 0, atOnce: { calls: atOnce, files: atOnce } })
    const fetch = async (): Promise<void> => {
      const controller = new AbortController()
      const { body } = await http.file(`${server.url}/a-D.jpg`, { signal: controller.signal })
      const closed = new Promise((resolve) => body.once('close', resolve))
      await leave(body, controller)
      await closed
    }
    await Promise.allSettled(Array.from({ length: 40 }, fetch))
    return events.flatMap((event) => (event.event === 'limit' && event.before !== undefined ? event.reason : []))
  }
  const long = { 'content-length': 10_000_000 }
  const begin = (response: ServerResponse, type = 'image/jpeg') =>
    response.writeHead(200, { ...long, 'content-type': type }).write(Buffer.alloc(1000))
  const read = (body: Answer['body']) => body.arrayBuffer().catch(() => undefined)

  test('learns from those that the other side breaks off', async (t) => {
    const cut = (response: ServerResponse) => {
      begin(response)
      setTimeout(() => response.socket?.destroy(), 20)
    }
    assert.deepEqual(await changesAfter(t, read, cut), ['none of them was answered'])
  })

  const ours: Record<string, Leave> = {
    'let go of': (body) => discard(body),
    closed: (body) => body.destroy(),
    'left half read': async (body) => {
      for await (const _ of body) break
    },
    'stopped with a reason': (body, controller) => {
      controller.abort(new Error('stop'))
      return read(body)
    },
    'stopped without one': (body, controller) => {
      controller.abort()
      return read(body)
    },
  }
  for (const [name, leave] of Object.entries(ours)) {
    test(`learns nothing from those ${name} here`, async (t) => {
      assert.deepEqual(await changesAfter(t, leave, begin), [])
    })
  }

  test('learns nothing from web pages that nobody reads', async (t) => {
    assert.deepEqual(await changesAfter(t, read, (response) => begin(response, 'text/html')), [])
  })
})

describe('a proxy', () => {
  test('is used for the addresses it is for, and its password is sent to no other server', async (t) => {
    const server = await serve(t, (response) => sendJson(response, OK))
    const proxy = await serve(t, (response) => sendJson(response, OK))
    const settings = { http: proxy.url.replace('//', '//user:pass@') }
    await open(t, server.url, { proxy: settings }).http.json('/x')
    assert.equal(server.requests.length, 0)
    assert.equal(proxy.requests[0]?.url, `${server.url}/x`)
    assert.equal(proxy.requests[0]?.headers['proxy-authorization'], `Basic ${btoa('user:pass')}`)
    await open(t, server.url, { proxy: { ...settings, no: 'example.com,127.0.0.1' } }).http.json('/x')
    assert.equal(server.requests.length, 1)
    await open(t, server.url, { proxy: { https: proxy.url } }).http.json('/x')
    assert.equal(server.requests.length, 2)
  })

  test('whose address is none is a matter of configuration, its password kept', (t) => {
    assert.throws(
      () => open(t, 'http://127.0.0.1:1', { proxy: { https: 'http://user:hunter2@non sense' } }),
      (error) =>
        error instanceof ConfigurationError &&
        /HTTPS_PROXY/.test(error.message) &&
        !/hunter2/.test(error.message + error.hint + String(error.cause)),
    )
  })
})
