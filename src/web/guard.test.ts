import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import * as v from 'valibot'
import { readJson, refuse, sendJson } from './answers.ts'
import { askForAddress } from './ask.ts'
import { findFile, rangeOf, sendFile } from './files.ts'
import { NOT_FOUND } from './guard.ts'
import { proofOf } from './proof.ts'
import type { Bounds } from './server.ts'
import { BOUNDS } from './server.ts'
import { openWeb, type Resource, type Web, type WebOptions } from './web.ts'

const SECRET = 'the catalogue'

/** A vault with everything that must not be handed out, and a few files that may. */
function makeVault(t: TestContext): { readonly vault: string; readonly outside: string } {
  const folder = mkdtempSync(join(tmpdir(), 'web-guard-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [vault, outside] = [join(folder, 'vault'), join(folder, 'outside')]
  for (const path of [vault, outside, join(vault, '.smugmug-backup'), join(vault, 'Travel'), join(vault, 'Travel', '.thumbs')])
    mkdirSync(path)
  writeFileSync(join(outside, 'secret.jpg'), SECRET)
  writeFileSync(join(vault, '.smugmug-backup', 'catalogue.sqlite'), SECRET)
  writeFileSync(join(vault, 'Travel', '.thumbs', 'a.jpg'), SECRET)
  writeFileSync(join(vault, 'Travel', '.part.jpg'), SECRET)
  writeFileSync(join(vault, 'Travel', 'a.jpg'), '0123456789')
  writeFileSync(join(vault, 'Travel', '50% off.jpg'), 'percent')
  writeFileSync(join(vault, 'Travel', 'page.html'), '<script>1</script>')
  writeFileSync(join(vault, 'Travel', 'drawing.svg'), '<svg/>')
  symlinkSync(join(outside, 'secret.jpg'), join(vault, 'Travel', 'link.jpg'))
  symlinkSync(outside, join(vault, 'Travel', 'away'))
  symlinkSync(join(vault, '.smugmug-backup'), join(vault, 'Travel', 'ours'))
  symlinkSync('a.jpg', join(vault, 'Travel', 'inside.jpg'))
  linkSync(join(vault, 'Travel', 'a.jpg'), join(vault, 'Travel', 'second.jpg'))
  return { vault, outside }
}

interface Scene {
  readonly web: Web
  readonly port: number
  /** A `Cookie` line of a known visitor. */
  readonly cookie: string
  readonly changes: unknown[]
  readonly bugs: unknown[]
  clock: number
}

async function open(t: TestContext, more: Partial<WebOptions> = {}): Promise<Scene> {
  const { vault } = makeVault(t)
  const scene = { changes: [] as unknown[], bugs: [] as unknown[], clock: 0 }
  const web = await openWeb({
    port: 0,
    now: () => scene.clock,
    resources: new Map<string, Resource>([
      [
        '/api/change',
        {
          methods: ['POST'],
          answer: async (exchange) => {
            const sent = await readJson(exchange, v.object({ n: v.number() }))
            if (sent === undefined) return
            scene.changes.push(sent)
            sendJson(exchange, sent)
          },
        },
      ],
      ['/healthz', { methods: ['GET'], isPublic: true, answer: (exchange) => sendJson(exchange, { ok: true }) }],
      [
        '/api/bug',
        {
          methods: ['GET'],
          answer: () => {
            throw new TypeError(SECRET)
          },
        },
      ],
    ]),
    browse: async (exchange) => {
      const found = await findFile(vault, exchange.asked.segments)
      if (found === undefined) refuse(exchange, NOT_FOUND)
      else await sendFile(found, exchange)
    },
    onBug: (error) => scene.bugs.push(error),
    ...more,
  })
  t.after(web.close)
  const response = await fetch(web.newAddress())
  assert.equal(response.status, 200)
  const cookie = `Cookie: ${(response.headers.get('set-cookie') ?? '').split(';')[0]}`
  await response.text()
  return Object.assign(scene, { web, port: web.port, cookie })
}

/** Sends bytes as they are, and returns everything that comes back. */
async function raw(port: number, request: string, address = '127.0.0.1'): Promise<string> {
  const socket = connect(port, address)
  socket.on('error', () => {})
  socket.write(request, 'latin1')
  return await text(socket).catch((error: NodeJS.ErrnoException) => {
    assert.equal(error.code, 'ECONNRESET')
    return ''
  })
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

/** A GET of a known visitor whose connection ends with the answer. */
const get = (scene: Scene, target: string, lines: readonly string[] = []): Promise<string> =>
  raw(
    scene.port,
    [`GET ${target} HTTP/1.1`, `Host: localhost:${scene.port}`, scene.cookie, 'Connection: close', ...lines, '', ''].join('\r\n'),
  )

const post = (scene: Scene, lines: readonly string[], body = '{"n":1}', path = '/api/change'): Promise<string> =>
  raw(
    scene.port,
    [
      `POST ${path} HTTP/1.1`,
      `Host: localhost:${scene.port}`,
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...lines,
      '',
      body,
    ].join('\r\n'),
  )

const JSON_TYPE = 'Content-Type: application/json'
const OWN = 'Sec-Fetch-Site: same-origin'

describe('names', () => {
  test('a name that is not ours gets nothing, though it leads to this machine', async (t) => {
    const scene = await open(t, { others: ['photos.example'] })
    const ask = (host: string): Promise<string> =>
      raw(scene.port, `GET /Travel/a.jpg HTTP/1.1\r\nHost: ${host}\r\n${scene.cookie}\r\nConnection: close\r\n\r\n`)
    const port = scene.port
    for (const host of [
      `localhost:${port}`,
      `LocalHost:${port}`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      'photos.example',
      'photos.example:443',
    ])
      assert.equal(statusOf(await ask(host)), 200, host)
    for (const host of [
      `evil.example:${port}`,
      `localhost.:${port}`,
      `localhost.evil.example:${port}`,
      `evil.example#localhost:${port}`,
      `localhost:${port}@evil.example`,
      `127.0.0.1.nip.io:${port}`,
      `127.1:${port}`,
      `0.0.0.0:${port}`,
      `2130706433:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `localhost:${port + 1}`,
      'localhost',
      `sub.photos.example:${port}`,
      '',
    ])
      assert.equal(statusOf(await ask(host)), 403, host)
  })

  test('a request without a name, or with two, gets nothing', async (t) => {
    const scene = await open(t)
    const line = `Host: localhost:${scene.port}\r\n`
    assert.equal(statusOf(await raw(scene.port, `GET /healthz HTTP/1.0\r\n\r\n`)), 403)
    assert.equal(statusOf(await raw(scene.port, `GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n`)), 400)
    for (const second of [line, 'Host: evil.example\r\n'])
      assert.equal(statusOf(await raw(scene.port, `GET /healthz HTTP/1.1\r\n${line}${second}Connection: close\r\n\r\n`)), 400)
  })

  test('an address in the request line is refused: absolute, authority, asterisk', async (t) => {
    const scene = await open(t)
    for (const target of [`http://localhost:${scene.port}/healthz`, 'http://evil.example/healthz', '*', 'healthz', 'file:///etc/passwd'])
      assert.ok([400, 404].includes(statusOf(await get(scene, target))), target)
    const tunnel = await raw(scene.port, `CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost:${scene.port}\r\n\r\n`)
    assert.doesNotMatch(tunnel, /^HTTP\/1\.1 2/)
    const upgrade = await raw(
      scene.port,
      `GET /healthz HTTP/1.1\r\nHost: localhost:${scene.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    assert.equal(upgrade, '')
  })
})

describe('paths', () => {
  test('nothing outside of the vault, and nothing that begins with a dot, in any spelling', async (t) => {
    const scene = await open(t)
    for (const target of [
      '/../outside/secret.jpg',
      '/Travel/../../outside/secret.jpg',
      '/%2e%2e/outside/secret.jpg',
      '/%2E%2E%2Foutside%2Fsecret.jpg',
      '/..%2foutside%2fsecret.jpg',
      '/..%5coutside%5csecret.jpg',
      '/..\\outside\\secret.jpg',
      '/%252e%252e/outside/secret.jpg',
      '/.%2e/outside/secret.jpg',
      '/%c0%ae%c0%ae/outside/secret.jpg',
      '/Travel/./a.jpg',
      '/./Travel/a.jpg',
      '//Travel/a.jpg',
      '/Travel//a.jpg',
      '/Travel/a.jpg/',
      '/Travel/a.jpg/../a.jpg',
      '/.smugmug-backup/catalogue.sqlite',
      '/%2esmugmug-backup/catalogue.sqlite',
      '/%2Esmugmug-backup%2Fcatalogue.sqlite',
      '/Travel/.part.jpg',
      '/Travel/.thumbs/a.jpg',
      '/Travel/link.jpg',
      '/Travel/away/secret.jpg',
      '/Travel/ours/catalogue.sqlite',
      '/Travel/a.jpg%00.png',
      '/Travel/a.jpg%0d%0aSet-Cookie:x=1',
      '/Travel/%zz.jpg',
      '/Travel/50% off.jpg',
      '/Travel',
      '/Travel/',
      `/${'a'.repeat(5000)}`,
      '/etc/passwd',
    ]) {
      const answer = await get(scene, target)
      assert.ok([400, 404].includes(statusOf(answer)), `${target}: ${answer.slice(0, 60)}`)
      assert.ok(!answer.includes(SECRET), target)
    }
    assert.deepEqual(scene.bugs, [])
  })

  test('a pipe that lies in the vault is no file, and nobody waits for its other end', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const { vault } = makeVault(t)
    execFileSync('mkfifo', [join(vault, 'Travel', 'pipe.jpg')])
    assert.equal(await findFile(vault, ['Travel', 'pipe.jpg']), undefined)
  })

  test('what may be seen: a photo, one behind a link within the vault, a name with a percent sign', async (t) => {
    const scene = await open(t)
    for (const target of ['/Travel/a.jpg', '/Travel/inside.jpg', '/Travel/second.jpg', '/Travel/50%25%20off.jpg', '/Travel/a.jpg?x=../y'])
      assert.equal(statusOf(await get(scene, target)), 200, target)
  })

  test('a page or drawing that lies in the vault is handed over as a file', async (t) => {
    const scene = await open(t)
    for (const name of ['page.html', 'drawing.svg']) {
      const answer = await get(scene, `/Travel/${name}`)
      assert.match(answer, /\r\nContent-Type: application\/octet-stream\r\n/i)
      assert.match(answer, /\r\nContent-Disposition: attachment; /i)
    }
    const photo = await get(scene, '/Travel/a.jpg')
    assert.match(photo, /\r\nContent-Type: image\/jpeg\r\n/i)
    for (const line of [
      /X-Content-Type-Options: nosniff/i,
      /Content-Security-Policy: default-src 'none'/i,
      /Cross-Origin-Resource-Policy: same-origin/i,
    ])
      assert.match(photo, line)
    assert.doesNotMatch(photo, /access-control/i)
  })
})

describe('parts of a file', () => {
  test('one part, the end, an open end, more than there is', async (t) => {
    const scene = await open(t)
    for (const [range, status, body] of [
      ['bytes=2-4', 206, '234'],
      ['bytes=-3', 206, '789'],
      ['bytes=7-', 206, '789'],
      ['bytes=0-99999999999', 206, '0123456789'],
      ['bytes=10-', 416, ''],
      ['bytes=-0', 416, ''],
      ['bytes=4-2', 200, '0123456789'],
      ['bytes=0-1,4-5,7-8', 200, '0123456789'],
      ['bytes=99999999999999999999-', 200, '0123456789'],
      ['items=0-1', 200, '0123456789'],
    ] as const) {
      const answer = await get(scene, '/Travel/a.jpg', [`Range: ${range}`])
      assert.deepEqual([statusOf(answer), answer.split('\r\n\r\n')[1]], [status, body], range)
    }
  })

  test('a copy that is still right is not sent again, and a part only of the same file', async (t) => {
    const scene = await open(t)
    const etag = /\r\nETag: (\S+)/i.exec(await get(scene, '/Travel/a.jpg'))?.[1] ?? ''
    assert.equal(statusOf(await get(scene, '/Travel/a.jpg', [`If-None-Match: ${etag}`])), 304)
    assert.equal(statusOf(await get(scene, '/Travel/a.jpg', ['Range: bytes=0-1', `If-Range: ${etag}`])), 206)
    assert.equal(statusOf(await get(scene, '/Travel/a.jpg', ['Range: bytes=0-1', 'If-Range: "other"'])), 200)
  })

  test('of an empty file there is no part', () => {
    assert.equal(rangeOf('bytes=0-', 0), 'beyond')
    assert.equal(rangeOf('bytes=-5', 0), 'beyond')
  })
})

describe('the door', () => {
  test('strangers see nothing but the door and the health', async (t) => {
    const { port } = await open(t)
    const ask = (path: string, cookie = ''): Promise<string> =>
      raw(port, `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${cookie}Connection: close\r\n\r\n`)
    for (const path of ['/', '/Travel/a.jpg', '/api/bug', '/nothing', '/?key=', '/?key=wrong', '/Travel/a.jpg?key=wrong'])
      assert.equal(statusOf(await ask(path)), 401, path)
    for (const cookie of ['Cookie: \r\n', 'Cookie: smugmug-backup=1\r\n', 'Cookie: ;;=;=\r\n'])
      assert.equal(statusOf(await ask('/', cookie)), 401, cookie)
    assert.equal(statusOf(await ask('/healthz')), 200)
  })

  test('a key opens once, for ten minutes, and only by GET of the top', async (t) => {
    const scene = await open(t)
    const address = scene.web.newAddress()
    assert.equal((await fetch(address, { method: 'HEAD' })).status, 401)
    const first = await fetch(address)
    assert.match(first.headers.get('set-cookie') ?? '', /; HttpOnly; SameSite=Strict; Path=\//)
    assert.equal((await fetch(address)).status, 401)
    const old = scene.web.newAddress()
    scene.clock += 10 * 60_000
    assert.equal((await fetch(old)).status, 401)
  })

  test('a password has five tries a minute, also all at once', async (t) => {
    const scene = await open(t, { password: 'correct horse' })
    const sign = (password: string) => post(scene, [JSON_TYPE, OWN], JSON.stringify({ password }), '/sign-in')
    const statuses = (await Promise.all(Array.from({ length: 12 }, (_, n) => sign(`guess ${n}`)))).map(statusOf)
    assert.equal(statuses.filter((status) => status === 401).length, 5)
    assert.equal(statuses.filter((status) => status === 429).length, 7)
    assert.match(await sign('correct horse'), /^HTTP\/1\.1 429 [\s\S]*\r\nRetry-After: 60\r\n/i)
    scene.clock += 60_000
    const welcome = await sign('correct horse')
    assert.equal(statusOf(welcome), 200)
    assert.match(welcome, /Set-Cookie: [^\r]*HttpOnly; SameSite=Strict/i)
    const form = await post(scene, ['Content-Type: application/x-www-form-urlencoded', OWN], 'password=correct+horse', '/sign-in')
    assert.equal(statusOf(form), 200)
  })

  test('without a password there is none to guess', async (t) => {
    const scene = await open(t)
    assert.equal(statusOf(await post(scene, [JSON_TYPE, OWN], '{"password":""}', '/sign-in')), 401)
  })

  test('another process gets a fresh address by the secret alone', async (t) => {
    const scene = await open(t)
    const { url, control } = scene.web
    const origin = `Origin: http://localhost:${scene.port}`
    const ask = (words: string) => post(scene, [origin, `Authorization: ${words}`], '', '/api/address')
    for (const words of ['', `Bearer ${control}`, `Proof ${control} ${control}`, `Proof  ${proofOf(control, ['ask', ''])}`])
      assert.equal(statusOf(await ask(words)), 404, words)
    assert.equal(await askForAddress({ url, control: `${control}x` }), undefined)
    const address = (await askForAddress({ url, control })) ?? assert.fail('no address')
    assert.equal((await fetch(address)).status, 200)
  })

  test('a program that has taken the port of an earlier page learns no secret, and its address is not believed', async (t) => {
    const heard: string[] = []
    let echo = ''
    const squatter = createServer((request, response) => {
      heard.push(JSON.stringify(request.rawHeaders))
      const [, , proof] = (request.headers.authorization ?? '').split(' ')
      response.end(JSON.stringify({ address: 'http://localhost:1/?key=x', proof: echo === 'proof' ? proof : echo }))
    }).listen(0, '127.0.0.1')
    t.after(() => squatter.close())
    await once(squatter, 'listening')
    const { port } = squatter.address() as AddressInfo
    for (echo of ['', 'x', 'proof']) assert.equal(await askForAddress({ url: `http://127.0.0.1:${port}/`, control: SECRET }), undefined)
    assert.equal(heard.length, 3)
    assert.ok(!heard.join().includes(SECRET))
  })
})

describe('changes', () => {
  test('come from our own pages, as JSON, from a known visitor', async (t) => {
    const scene = await open(t)
    const origin = `Origin: http://localhost:${scene.port}`
    for (const lines of [[OWN], [origin], [OWN, origin]])
      assert.equal(statusOf(await post(scene, [scene.cookie, JSON_TYPE, ...lines])), 200, lines.join())
    assert.equal(scene.changes.length, 3)
    const refused: readonly (readonly [status: number, lines: readonly string[]])[] = [
      [403, [scene.cookie, JSON_TYPE]],
      [403, [scene.cookie, JSON_TYPE, 'Sec-Fetch-Site: cross-site']],
      [403, [scene.cookie, JSON_TYPE, 'Sec-Fetch-Site: same-site', origin]],
      [403, [scene.cookie, JSON_TYPE, 'Sec-Fetch-Site: none']],
      [403, [scene.cookie, JSON_TYPE, 'Origin: null']],
      [403, [scene.cookie, JSON_TYPE, 'Origin: http://evil.example']],
      [403, [scene.cookie, JSON_TYPE, `Origin: http://localhost:${scene.port + 1}`]],
      [403, [scene.cookie, JSON_TYPE, `Origin: http://localhost:${scene.port}.evil.example`]],
      [403, [scene.cookie, JSON_TYPE, OWN, 'Origin: http://evil.example']],
      [400, [scene.cookie, JSON_TYPE, OWN, origin, 'Origin: http://evil.example']],
      [415, [scene.cookie, OWN]],
      [415, [scene.cookie, OWN, 'Content-Type: text/plain']],
      [415, [scene.cookie, OWN, 'Content-Type: application/x-www-form-urlencoded']],
      [415, [scene.cookie, OWN, 'Content-Type: text/plain; x=application/json']],
      [401, [JSON_TYPE, OWN]],
    ]
    for (const [status, lines] of refused) assert.equal(statusOf(await post(scene, lines)), status, lines.slice(1).join())
    for (const body of ['', '{', 'null', '{"n":"1"}', '[]'])
      assert.equal(statusOf(await post(scene, [scene.cookie, JSON_TYPE, OWN], body)), 400, body)
    assert.equal(scene.changes.length, 3)
  })

  test('are no GET and no other method', async (t) => {
    const scene = await open(t)
    assert.equal(statusOf(await get(scene, '/api/change')), 405)
    assert.equal(statusOf(await post(scene, [scene.cookie, JSON_TYPE, OWN], '{}', '/Travel/a.jpg')), 405)
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
      assert.equal(
        statusOf(
          await raw(
            scene.port,
            `${method} /api/change HTTP/1.1\r\nHost: localhost:${scene.port}\r\n${scene.cookie}\r\nConnection: close\r\n\r\n`,
          ),
        ),
        405,
        method,
      )
  })

  test('are at most 64 kB, also in chunks', async (t) => {
    const scene = await open(t)
    const big = JSON.stringify({ n: 1, more: 'x'.repeat(70_000) })
    assert.equal(statusOf(await post(scene, [scene.cookie, JSON_TYPE, OWN], big)), 413)
    const head = [
      `POST /api/change HTTP/1.1`,
      `Host: localhost:${scene.port}`,
      scene.cookie,
      JSON_TYPE,
      OWN,
      'Transfer-Encoding: chunked',
      '',
      '',
    ]
    const chunk = `${(big.length).toString(16)}\r\n${big}\r\n0\r\n\r\n`
    assert.equal(statusOf(await raw(scene.port, head.join('\r\n') + chunk)), 413)
    assert.deepEqual(scene.changes, [])
  })

  test('a body that hides a second request is refused', async (t) => {
    const scene = await open(t)
    const hidden = `POST /api/change HTTP/1.1\r\nHost: localhost:${scene.port}\r\n\r\n`
    const answers = await Promise.all([
      get(scene, '/healthz', [`Content-Length: ${hidden.length}`]),
      raw(
        scene.port,
        `GET /healthz HTTP/1.1\r\nHost: localhost:${scene.port}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      ),
    ])
    for (const answer of answers) assert.equal(statusOf(answer), 400)
    assert.deepEqual(scene.changes, [])
  })
})

describe('pages elsewhere', () => {
  test('may not use a picture, script or frame of ours; a link leads here', async (t) => {
    const scene = await open(t)
    const from = (site: string, mode: string, dest: string) =>
      get(scene, '/Travel/a.jpg', [`Sec-Fetch-Site: ${site}`, `Sec-Fetch-Mode: ${mode}`, `Sec-Fetch-Dest: ${dest}`]).then(statusOf)
    for (const site of ['cross-site', 'same-site']) {
      assert.equal(await from(site, 'no-cors', 'image'), 403)
      assert.equal(await from(site, 'no-cors', 'script'), 403)
      assert.equal(await from(site, 'cors', 'empty'), 403)
      assert.equal(await from(site, 'navigate', 'iframe'), 403)
      assert.equal(await from(site, 'navigate', 'document'), 200)
    }
    assert.equal(await from('same-origin', 'no-cors', 'image'), 200)
    assert.equal(await from('none', 'navigate', 'document'), 200)
  })
})

describe('patience', () => {
  const hasty: Bounds = { ...BOUNDS, headersMs: 200, requestMs: 400, connections: 4 }

  test('headers that do not come, and a body that does not, end the connection', async (t) => {
    const scene = await open(t, { bounds: hasty })
    const slow = await raw(scene.port, `GET / HTTP/1.1\r\nHost: localhost`)
    assert.ok(slow === '' || statusOf(slow) === 408, slow)
    const lines = [
      `POST /api/change HTTP/1.1`,
      `Host: localhost:${scene.port}`,
      scene.cookie,
      JSON_TYPE,
      OWN,
      'Content-Length: 7',
      '',
      '{"n"',
    ]
    const cut = await raw(scene.port, lines.join('\r\n'))
    assert.ok(cut === '' || statusOf(cut) === 408, cut)
    assert.deepEqual([scene.changes, scene.bugs], [[], []])
  })

  test('a fifth connection is turned away where four are the most', async (t) => {
    const scene = await open(t, { bounds: { ...hasty, headersMs: 60_000, requestMs: 60_000 } })
    const held = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = connect(scene.port, '127.0.0.1')
        t.after(() => socket.destroy())
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.write('GET')
        return socket
      }),
    )
    assert.equal(held.length, 4)
    assert.equal(await raw(scene.port, `GET /healthz HTTP/1.1\r\nHost: localhost:${scene.port}\r\n\r\n`), '')
  })

  test('huge headers are refused', async (t) => {
    const scene = await open(t)
    assert.equal(statusOf(await get(scene, '/healthz', [`X: ${'x'.repeat(20_000)}`])), 431)
    assert.equal(statusOf(await get(scene, `/${'x'.repeat(20_000)}`)), 431)
  })

  test('requests in one go are judged one by one', async (t) => {
    const scene = await open(t)
    const line = (host: string, cookie = '') => `GET /Travel/a.jpg HTTP/1.1\r\nHost: ${host}\r\n${cookie}`
    const own = `localhost:${scene.port}`
    const all = `${line(own, `${scene.cookie}\r\n`)}\r\n${line(own)}\r\n${line('evil.example', `${scene.cookie}\r\n`)}Connection: close\r\n\r\n`
    const statuses = [...(await raw(scene.port, all)).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
    assert.deepEqual(statuses, [200, 401, 403])
  })

  test('a bug is reported to the program, and the visitor sees nothing of it', async (t) => {
    const scene = await open(t)
    const answer = await get(scene, '/api/bug')
    assert.equal(statusOf(answer), 500)
    assert.ok(!answer.includes(SECRET))
    assert.equal(scene.bugs.length, 1)
  })
})
