import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../../../test/support/free-ports.ts'
import { sendJson, serve } from '../../../test/support/scripted-server.ts'
import { ConfigurationError, RequestError } from '../../errors.ts'
import type { Event } from '../../events.ts'
import { FakeClock } from '../../flow/clock.ts'
import { isExcepted, type ProxySettings, parseProxy } from '../../flow/proxy.ts'
import { Http } from './http.ts'
import { connectionTrouble } from './transport.ts'

const OK = { Response: { Uri: '/x' }, Code: 200 }
/** A server that is never asked: the way there ends before. */
const TARGET = 'https://api.smugmug.example'

const open = (t: TestContext, baseUrl: string, proxy: ProxySettings, maxRetries = 1) => {
  const events: Event[] = []
  const credentials = { consumerKey: 'the-api-key', consumerSecret: 'the-api-secret' }
  const clock = new FakeClock({ patient: false })
  const http = new Http({ baseUrl, credentials, userAgent: 'test', clock, emit: (event) => events.push(event), maxRetries, proxy })
  t.after(() => http.close())
  return { http, events }
}

/** Answers every CONNECT with this status; undefined: breaks it off. */
const connectProxy = async (t: TestContext, status: number | undefined): Promise<string> => {
  const server = createServer()
  server.on('connect', (_, socket) => {
    if (status === undefined) socket.destroy()
    else socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 5\r\n\r\nnever`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const failureOf = async (asked: Promise<unknown>): Promise<string> => {
  const error: unknown = await asked.catch((thrown: unknown) => thrown)
  assert.ok(error instanceof RequestError, String(error))
  return error.message
}

describe('a proxy that refuses is named', () => {
  for (const [status, words] of [
    [407, /answered 407: give a user name and a password/],
    [403, /answered 403 when asked to connect to api\.smugmug\.example/],
    [502, /answered 502 when asked to connect to api\.smugmug\.example/],
    [504, /answered 504 when/],
    [undefined, /broke the connection off/],
  ] as const) {
    test(`${status ?? 'nothing'} to CONNECT`, async (t) => {
      const address = await connectProxy(t, status)
      const message = await failureOf(open(t, TARGET, { https: `http://ann:hunter2@${address}` }).http.json('/x'))
      assert.match(message, words)
      assert.ok(message.startsWith(`the proxy ${address} (HTTPS_PROXY) `), message)
      assert.doesNotMatch(message, /hunter2/)
    })
  }

  test('what will not pass is not tried again', async (t) => {
    const { http, events } = open(t, TARGET, { https: await connectProxy(t, 407) }, 6)
    await failureOf(http.json('/x'))
    assert.equal(events.filter((event) => event.event === 'retry').length, 0)
  })

  for (const protocol of ['http', 'https'] as const) {
    test(`nobody there, for an ${protocol} address`, async (t) => {
      const address = `127.0.0.1:${await freePort()}`
      const message = await failureOf(open(t, TARGET.replace('https', protocol), { [protocol]: address }).http.json('/x'))
      assert.match(
        message,
        new RegExp(`^the proxy ${address} \\(${protocol.toUpperCase()}_PROXY\\) refused the connection \\(ECONNREFUSED\\)`),
      )
    })

    test(`no such name, for an ${protocol} address`, async (t) => {
      const message = await failureOf(open(t, TARGET.replace('https', protocol), { [protocol]: 'nowhere.invalid:3128' }).http.json('/x'))
      assert.match(message, /^the proxy nowhere\.invalid:3128 \(HTTPS?_PROXY\) was not found/)
    })
  }

  test('407 to a plain address, with a page of its own', async (t) => {
    const proxy = await serve(t, (response) => response.writeHead(407, { 'content-type': 'text/html' }).end('<html>'.repeat(50_000)))
    const { http } = open(t, 'http://api.smugmug.example', { http: proxy.url })
    assert.match(await failureOf(http.json('/x')), /^the proxy 127\.0\.0\.1:\d+ \(HTTP_PROXY\) answered 407: give a user name/)
    assert.match(await failureOf(http.file('http://photos.smugmug.example/a-D.jpg')), /^the proxy .* answered 407/)
  })

  test('another status to a plain address may be the server’s, and names both', async (t) => {
    const proxy = await serve(t, (response) => response.writeHead(502).end())
    const { http } = open(t, 'http://api.smugmug.example', { http: proxy.url })
    assert.match(await failureOf(http.json('/x')), /^api\.smugmug\.example, asked through the proxy .*, answered 502/)
  })
})

describe('the address of a proxy', () => {
  test('without a scheme is an http one', async (t) => {
    const proxy = await serve(t, (response) => sendJson(response, OK))
    await open(t, 'http://api.smugmug.example', { http: proxy.host }).http.json('/x')
    assert.equal(proxy.requests[0]?.url, 'http://api.smugmug.example/x')
    assert.equal(parseProxy(' proxy.example.com:3128 ', 'HTTP_PROXY')?.url.href, 'http://proxy.example.com:3128/')
    assert.equal(parseProxy('ann:pass@10.0.0.1:3128', 'HTTP_PROXY')?.name, 'the proxy 10.0.0.1:3128 (HTTP_PROXY)')
    assert.equal(parseProxy('', 'HTTP_PROXY'), undefined)
  })

  for (const address of ['socks://127.0.0.1:1080', 'socks5://ann:hunter2@127.0.0.1:1080', 'SOCKS5H://h', 'socks4a://h:1']) {
    test(`${address} is refused in plain words`, () => {
      assert.throws(
        () => parseProxy(address, 'HTTPS_PROXY'),
        (error) => error instanceof ConfigurationError && /SOCKS/.test(error.message) && !/hunter2/.test(error.message + error.hint),
      )
    })
  }

  for (const address of ['ftp://ann:hunter2@host', 'http://', 'http://a b', 'http://ann:hunter2%ff@host', 'http://host:99999']) {
    test(`${address} is none`, () => {
      assert.throws(
        () => parseProxy(address, 'HTTP_PROXY'),
        (error) => error instanceof ConfigurationError && !/hunter2/.test(`${error.message}${error.hint}${error.cause}`),
      )
    })
  }
})

describe('NO_PROXY', () => {
  const cases: readonly (readonly [address: string, list: string, excepted: boolean])[] = [
    ['https://api.smugmug.com/x', '', false],
    ['https://api.smugmug.com/x', '*', true],
    ['https://api.smugmug.com/x', 'example.com, smugmug.com', true],
    ['https://api.smugmug.com/x', '.smugmug.com', true],
    ['https://api.smugmug.com/x', '*.smugmug.com', true],
    ['https://smugmug.com/x', '*.smugmug.com', false],
    ['https://smugmug.com/x', '.smugmug.com', true],
    ['https://notsmugmug.com/x', 'smugmug.com', false],
    ['https://API.smugmug.com./x', 'api.SMUGMUG.com', true],
    ['https://api.smugmug.com/x', 'api.smugmug.com:443', true],
    ['https://api.smugmug.com/x', 'api.smugmug.com:80', false],
    ['http://127.0.0.1:8080/x', '127.0.0.1', true],
    ['http://127.0.0.1:8080/x', '127.0.0.1:8080', true],
    ['http://[::1]:8080/x', '::1', true],
    ['http://[::1]:8080/x', '[::1]:8080', true],
    ['http://[::1]:8080/x', '[::1]:80', false],
  ]
  for (const [address, list, excepted] of cases) {
    test(`"${list}" ${excepted ? 'excepts' : 'does not except'} ${address}`, () =>
      assert.equal(isExcepted(new URL(address), list), excepted))
  }
})

describe('a certificate that is not right', () => {
  const now = Date.UTC(2040, 0, 2, 3, 4)
  const said = (code: string): string | undefined => connectionTrouble(Object.assign(new Error('secret bytes'), { code }), now)

  test('because of this computer’s clock names it', () => {
    for (const code of ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']) {
      assert.match(said(code) ?? '', /not valid today \(CERT_\w+; check this computer's clock: it says 2040-01-02 03:04 UTC\)$/)
    }
  })

  test('because nobody known signed it names the way to make it known', () => {
    for (const code of [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ]) {
      assert.match(said(code) ?? '', /NODE_EXTRA_CA_CERTS/)
    }
  })

  test('for another reason has no advice', () => {
    assert.equal(said('ERR_TLS_CERT_ALTNAME_INVALID'), 'shows the certificate of another server (ERR_TLS_CERT_ALTNAME_INVALID)')
    assert.equal(said('CERT_REVOKED'), 'has no trustworthy certificate (CERT_REVOKED)')
    assert.equal(said('EWHATEVER'), undefined)
  })

  test('nor has a connection that this computer itself refuses', () => {
    const refused = Object.assign(new Error(), { code: 'EPERM', syscall: 'connect' })
    assert.equal(connectionTrouble(refused, now), 'cannot be reached (EPERM)')
    assert.equal(connectionTrouble(Object.assign(new Error(), { code: 'EPERM', syscall: 'open' }), now), undefined)
  })
})
