import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { freePort } from '../../test/support/free-ports.ts'
import { serve } from '../../test/support/scripted-server.ts'
import { ConfigurationError, ServiceError } from '../errors.ts'
import { askNewest, isOlder } from './newest.ts'

const ask = (url: string, patienceMs?: number) =>
  askNewest({ SMUGMUG_BACKUP_RELEASES: url }, { version: '2.0.0', ...(patienceMs === undefined ? {} : { patienceMs }) })

const refused = (reason: RegExp) => (error: unknown) =>
  error instanceof ServiceError &&
  reason.test(error.message) &&
  /^It is not known whether there is a newer version than 2\.0\.0: 127\.0\.0\.1:\d+ /.test(error.message) &&
  /^See: https:/.test(error.hint ?? '')

test('versions are compared by their numbers, and one to come is before the one it announces', () => {
  for (const [older, newer] of [
    ['2.0.0', '2.0.1'],
    ['2.9.0', '2.10.0'],
    ['1.99.99', '2.0.0'],
    ['2.0.0-rc.1', '2.0.0'],
  ] as const) {
    assert.ok(isOlder(older, newer), `${older} ${newer}`)
    assert.ok(!isOlder(newer, older), `${newer} ${older}`)
    assert.ok(!isOlder(older, older))
  }
})

describe('the newest version', () => {
  test('is the one that GitHub, or the npm registry, names', async (t) => {
    const answers = [
      { tag_name: 'v2.1.0', body: 'x'.repeat(100_000) },
      { name: 'smugmug-backup', version: '2.0.0' },
    ]
    const server = await serve(t, (response, _, nth) => response.end(JSON.stringify(answers[nth - 1])))
    assert.deepEqual(await ask(server.url), {
      version: '2.1.0',
      isNewer: true,
      page: 'https://github.com/smugmug-backup/smugmug-backup/releases',
    })
    assert.equal((await ask(server.url)).isNewer, false)
    assert.match(server.requests[0]?.headers['user-agent'] ?? '', /^smugmug-backup\/2\.0\.0 /)
  })

  test('is not asked for at an address with a password, which is shown nowhere', async () => {
    await assert.rejects(
      ask('https://ann:verysecret@mirror.example/latest'),
      (error) => error instanceof ConfigurationError && !`${error.message} ${error.hint} ${error.stack}`.includes('verysecret'),
    )
  })

  test('is asked for through a proxy', async (t) => {
    const server = await serve(t, (response) => response.end('{"tag_name": "v2.0.0"}'))
    await assert.rejects(
      askNewest({ SMUGMUG_BACKUP_RELEASES: server.url, HTTP_PROXY: 'http://127.0.0.1:9' }, { version: '2.0.0' }),
      refused(/could not be reached \(ECONNREFUSED\)/),
    )
    await assert.rejects(
      askNewest({ SMUGMUG_BACKUP_RELEASES: server.url, HTTP_PROXY: 'socks://x y' }, { version: '2.0.0' }),
      refused(/cannot be asked through the proxy/),
    )
    assert.equal(server.requests.length, 0)
  })

  for (const [what, reason, answer] of [
    ['404', /answered 404\.$/, (response) => response.writeHead(404).end('{"tag_name": "v9.0.0"}')],
    ['an error', /answered 500\.$/, (response) => response.writeHead(500).end()],
    [
      'a web page',
      /something else than a version/,
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>'),
    ],
    ['nothing', /something else than a version/, (response) => response.end()],
    ['another JSON', /something else than a version/, (response) => response.end('[]')],
    ['a version that is none', /something else than a version/, (response) => response.end('{"tag_name": "v2.1.0\\u001b[31m"}')],
    ['a number', /something else than a version/, (response) => response.end('{"version": 3}')],
    ['broken gzip', /could not be reached/, (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')],
    ['a reset', /could not be reached/, (response) => response.socket?.resetAndDestroy()],
    [
      'a body cut short',
      /could not be reached/,
      (response) => response.writeHead(200, { 'content-length': 100 }).write('{', () => response.socket?.destroy()),
    ],
    ['redirects without end', /could not be reached/, (response) => response.writeHead(302, { location: '/again' }).end()],
  ] as const satisfies readonly (readonly [string, RegExp, Parameters<typeof serve>[1]])[])
    test(`is unknown after ${what}, and a sentence says why`, async (t) => {
      const server = await serve(t, answer)
      await assert.rejects(ask(server.url), refused(reason))
    })

  test('is unknown after spaces without end, packed or not; no more than a million bytes are read', async (t) => {
    const spaces = Buffer.alloc(1_000_000, ' ')
    const bomb = gzipSync(Buffer.alloc(200_000_000, ' '))
    let sent = 0
    const server = await serve(t, (response, { url }) => {
      if (url === '/packed') return response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
      const more = (): void => {
        if (response.destroyed) return
        sent += spaces.length
        response.write(spaces, more)
      }
      return more()
    })
    await assert.rejects(ask(server.url), refused(/something else than a version/))
    await assert.rejects(ask(`${server.url}/packed`), refused(/something else than a version/))
    assert.ok(sent < 100_000_000, `${sent} bytes were sent`)
  })

  test('is unknown if the server is silent, or sends a byte now and then', async (t) => {
    const silent = await serve(t, () => undefined)
    await assert.rejects(ask(silent.url, 200), refused(/did not answer in time/))
    const slow = await serve(t, (response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    await assert.rejects(ask(slow.url, 300), refused(/did not answer in time/))
  })

  test('is unknown where nobody listens', async () => {
    await assert.rejects(ask(`http://127.0.0.1:${await freePort()}/`), refused(/could not be reached \(ECONNREFUSED\)/))
  })

  test('cannot be asked at what is no address', async () => {
    for (const given of ['nowhere', 'ftp://example.com/', 'file:///etc/passwd'])
      await assert.rejects(ask(given), (error) => error instanceof ConfigurationError && /holds no address/.test(error.message))
  })
})
