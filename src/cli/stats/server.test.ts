import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { eventsOf, lastOf } from '../../../test/support/event-stream.ts'
import { CONTENT_POLICY } from './page.ts'
import { openStatsServer } from './server.ts'

/** A server that counts its readings. */
const open = async (t: TestContext) => {
  const seen = { json: 0 }
  const server = await openStatsServer(0, { json: () => JSON.stringify({ n: ++seen.json }), metrics: () => 'a 1\n' })
  t.after(server.close)
  return { server, port: Number(new URL(server.url).port), seen }
}

interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** `fetch` would not send a Host of our own. */
const ask = (port: number, path: string, options: { readonly method?: string; readonly host?: string; readonly address?: string } = {}) =>
  new Promise<Heard>((resolve, reject) => {
    const { method = 'GET', host = `localhost:${port}`, address = '127.0.0.1' } = options
    request({ host: address, port, path, method, headers: { host }, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }), reject)
    })
      .on('error', reject)
      .end()
  })

const refused = (port: number, host: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 2000 })
    const end = (how: string): void => {
      socket.destroy()
      resolve(how)
    }
    socket.on('connect', () => end('connected'))
    socket.on('timeout', () => end('timeout'))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? ''))
  })

describe('the server of --stats', () => {
  test('has the page, the numbers and the metrics; nothing of it is kept anywhere', async (t) => {
    const { port } = await open(t)
    const [page, json, metrics] = [await ask(port, '/'), await ask(port, '/stats.json'), await ask(port, '/metrics')]
    assert.deepEqual([page.status, json.status, metrics.status], [200, 200, 200])
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(page.headers['content-security-policy'], CONTENT_POLICY)
    assert.match(page.body, /^<!doctype html>/)
    assert.deepEqual([json.headers['content-type'], json.body], ['application/json', '{"n":1}'])
    assert.deepEqual([metrics.headers['content-type'], metrics.body], ['text/plain; version=0.0.4; charset=utf-8', 'a 1\n'])
    for (const { headers } of [page, json, metrics]) {
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })

  test("leads from the Go program's address to the page", async (t) => {
    const { port } = await open(t)
    for (const path of ['/debug/statsviz', '/debug/statsviz/', '/debug/statsviz/?x=1']) {
      const { status, headers } = await ask(port, path)
      assert.deepEqual([status, headers.location], [302, '/'], path)
    }
    assert.equal((await fetch(`http://127.0.0.1:${port}/debug/statsviz/`)).status, 200)
  })

  test('has nothing else, and takes nothing', async (t) => {
    const { port } = await open(t)
    for (const path of ['/index.html', '/../etc/passwd', '/debug/pprof/', '/stats.json/', '//', '/%2e%2e/']) {
      assert.equal((await ask(port, path)).status, 404, path)
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(port, '/', { method })
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method)
    }
    for (const path of ['/', '/stats.json', '/stats.stream', '/metrics']) {
      const { status, body } = await ask(port, path, { method: 'HEAD' })
      assert.deepEqual([status, body], [200, ''], path)
    }
  })

  test('goes by no name but its own: a page elsewhere that points its name here gets nothing', async (t) => {
    const { port, seen } = await open(t)
    for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
      assert.equal((await ask(port, '/metrics', { host })).status, 200, host)
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      '127.0.0.1',
      `localhost:${port + 1}`,
      `localhost:${port}.evil.example`,
    ])
      for (const path of ['/', '/stats.json', '/metrics', '/debug/statsviz']) {
        const { status, body } = await ask(port, path, { host })
        assert.deepEqual([status, body], [403, 'This is for localhost alone.\n'], `${host} ${path}`)
      }
    const old = connect(port, '127.0.0.1')
    old.end('GET /stats.json HTTP/1.0\r\n\r\n')
    assert.match(await text(old), /^HTTP\/1\.1 403 /)
    assert.equal(seen.json, 0)
  })

  test('is there on the loopback addresses alone', async (t) => {
    const { port } = await open(t)
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    if (all.some(({ address }) => address === '::1')) assert.equal((await ask(port, '/metrics', { address: '::1' })).status, 200)
    const others = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    t.diagnostic(`${others.length} other addresses`)
    for (const { address } of others) assert.equal(await refused(port, address), 'ECONNREFUSED', address)
  })

  test('sends each set of numbers to every open page, made once', async (t) => {
    const { server, port, seen } = await open(t)
    const streams = [1, 2, 3].map(() => eventsOf<{ readonly n: number }>(`http://127.0.0.1:${port}/stats.stream`))
    const next = async () => (await Promise.all(streams.map((stream) => stream.next()))).map(({ value }) => value?.n)
    assert.deepEqual((await next()).toSorted(), [1, 2, 3])
    server.publish()
    assert.deepEqual(await next(), [4, 4, 4])
    server.publish()
    server.publish()
    assert.deepEqual([await next(), await next(), seen.json], [[5, 5, 5], [6, 6, 6], 6])
    await Promise.all(streams.map((stream) => stream.return()))
  })

  test('makes no numbers while no page is open', async (t) => {
    const { server, seen } = await open(t)
    server.publish()
    assert.equal(seen.json, 0)
  })

  test('does not keep numbers for a page that does not read', async (t) => {
    const text = 'x'.repeat(1_000_000)
    const server = await openStatsServer(0, { json: () => JSON.stringify(text), metrics: () => '' })
    t.after(server.close)
    const port = Number(new URL(server.url).port)
    const lazy = connect(port, '127.0.0.1').pause()
    t.after(() => lazy.destroy())
    lazy.write(`GET /stats.stream HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
    await once(lazy, 'readable')
    const before = process.memoryUsage().external
    for (let n = 0; n < 200; n++) {
      server.publish()
      await new Promise(setImmediate)
    }
    const kept = process.memoryUsage().external - before
    assert.ok(kept < 50_000_000, `${kept} bytes`)
  })

  test('sends the last numbers to every open page, then closes all connections', async (t) => {
    const { server, port } = await open(t)
    const idle = connect(port, '127.0.0.1')
    const halfway = connect(port, '127.0.0.1')
    await Promise.all([once(idle, 'connect'), once(halfway, 'connect')])
    halfway.write('GET / HTTP/1.1\r\nHost: ')
    const closed = [once(idle, 'close'), once(halfway, 'close')]
    for (const socket of [idle, halfway]) socket.on('error', () => {}).resume()
    const { last } = await lastOf<{ readonly n: number }>(`http://127.0.0.1:${port}/stats.stream`)
    server.close()
    assert.deepEqual(await last, { n: 2 })
    await Promise.all(closed)
    assert.equal(await refused(port, '127.0.0.1'), 'ECONNREFUSED')
  })

  test('rejects if the port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    await assert.rejects(openStatsServer(port, { json: () => '', metrics: () => '' }), { code: 'EADDRINUSE' })
  })

  test('shows its own address if another program has the other one', async (t) => {
    const other = createServer().listen(0, '::1')
    const failed = await Promise.race([once(other, 'listening').then(() => undefined), once(other, 'error').then(([error]) => error)])
    if (failed !== undefined) return t.skip(`there is no ::1: ${failed}`)
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    const server = await openStatsServer(port, { json: () => '', metrics: () => '' })
    t.after(server.close)
    assert.equal(server.url, `http://127.0.0.1:${port}/`)
  })

  test('does not keep the process running, even with open pages', async () => {
    const code = `
      const { openStatsServer } = await import(${JSON.stringify(new URL('./server.ts', import.meta.url).href)})
      const server = await openStatsServer(0, { json: () => '{}', metrics: () => '' })
      console.log(server.url)
      await new Promise((resolve) => process.stdin.once('data', resolve))
      process.stdin.destroy()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const url = line.toString().trim()
    await (await fetch(`${url}metrics`)).text()
    const { last } = await lastOf(`${url}stats.stream`)
    const exited = once(child, 'exit')
    child.stdin.write('go on\n')
    assert.deepEqual(await exited, [0, null])
    assert.deepEqual(await last, {})
  })
})
