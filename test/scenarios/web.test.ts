import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { assertCode, BARE, openScene, type RunOptions, type Scene } from './harness.ts'

/** A page that is open, with the cookie of a known visitor. */
interface Open {
  readonly scene: Scene
  readonly running: ReturnType<Scene['start']>
  readonly address: string
  /** Asks for a path as a known visitor. */
  get(path: string): Promise<Response>
}

async function openPage(scene: Scene, options: RunOptions = {}): Promise<Open> {
  const running = scene.start(['web', '--port', '0'], options)
  const [address] = await running.says(/http:\/\/localhost:\d+\/\?key=\S+/)
  const welcome = await fetch(address)
  assert.equal(welcome.status, 200)
  const cookie = welcome.headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
  return { scene, running, address, get: (path) => fetch(new URL(path, address), { headers: { cookie }, redirect: 'manual' }) }
}

describe('web', { concurrency: 2 }, () => {
  test('shows the health and the photos of a vault, and ends by Ctrl-C', async (t) => {
    const scene = await openScene(t)
    assertCode(await scene.backup(), 0)
    const { running, get, address } = await openPage(scene)
    const home = await (await get('/')).text()
    assert.match(home, /<h1>Everything is here<\/h1>/)
    assert.match(home, /Runs of a year/)
    const top = await get('/index.html')
    assert.match(top.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    const [, album = ''] = /href="([^"]+\/index\.html)"><(?:img|span)/.exec(await top.text()) ?? []
    assert.equal((await get(album)).status, 200)
    assert.equal((await get('/twin.files/twin.js')).status, 200)
    const index = await (await get('/twin.files/data/index.js')).text()
    const [, hash] = /"years":\[\[\d+,\d+,"([0-9a-f]+)"/.exec(index) ?? assert.fail(index)
    const [, year] = /"years":\[\[(\d+)/.exec(index) ?? []
    assert.equal((await get(`/twin.files/data/${String(year).padStart(4, '0')}.${hash}.js`)).status, 200)
    assert.equal((await get('/.smugmug-backup/catalogue.sqlite')).status, 404)
    const { found } = (await (await get('/api/search?q=KITCHEN')).json()) as {
      readonly found: readonly { address: string; name: string }[]
    }
    const [photo] = found
    assert.match(photo?.address ?? '', /^\/Home\/Kitchen\/index\.html#i-/)
    const copy = await get(`/api/copy?path=${encodeURIComponent(`Home/Kitchen/${photo?.name}`)}`)
    assert.deepEqual([copy.status, copy.headers.get('content-disposition')?.split(';')[0]], [200, 'attachment'])
    for (const path of ['.smugmug-backup/catalogue.sqlite', '../cwd', 'Home/../Home/Kitchen/album.json', '/etc/passwd', '%2e%2e/x', ''])
      assert.equal((await get(`/api/copy?path=${encodeURIComponent(path)}`)).status, 404, path)
    for (const path of ['/', '/index.html', '/api/standing', album]) assert.equal((await fetch(new URL(path, address))).status, 401, path)
    running.kill('SIGINT')
    assertCode(await running.ended, 0)
    await assert.rejects(fetch(address))
  })

  test('the health for watchmen has counts, times and reasons, and no names', async (t) => {
    const scene = await openScene(t)
    const empty = await openPage(scene)
    const before = await fetch(new URL('/healthz', empty.address))
    assert.deepEqual([before.status, await before.json()], [503, { status: 'trouble', reason: 'There is no vault yet.' }])
    empty.running.kill('SIGTERM')
    assertCode(await empty.running.ended, 0)
    assertCode(await scene.backup(['--album', 'Travel/**']), 0)
    const { address } = await openPage(scene)
    for (const path of ['/healthz', '/metrics']) {
      const answer = await fetch(new URL(path, address))
      const text = await answer.text()
      for (const word of ['Travel', scene.folder, 'ann', 'smallWorld']) assert.ok(!text.includes(word), `${path}: ${word} in ${text}`)
      if (path === '/healthz') assert.equal(answer.status, 503)
    }
  })

  test('a second one prints a fresh address of the first', async (t) => {
    const scene = await openScene(t)
    const { address, running } = await openPage(scene)
    const second = await scene.json(['web', '--port', '0'])
    assertCode(second, 0)
    const fresh = String(second.lines.find(({ event }) => event === 'listening')?.address)
    assert.equal(new URL(fresh).origin, new URL(address).origin)
    assert.equal((await fetch(fresh)).status, 200)
    assert.equal((await fetch(fresh)).status, 401)
    const notes = join(scene.home, 'state', 'smugmug-backup', 'web')
    for (const name of readdirSync(notes)) assert.equal(statSync(join(notes, name)).mode & 0o077, 0)
    running.kill('SIGKILL')
    await running.ended
    const third = await openPage(scene)
    assert.notEqual(new URL(third.address).origin, new URL(address).origin)
  })

  test('other machines need a password', async (t) => {
    const scene = await openScene(t)
    for (const address of ['0.0.0.0', '::', '192.0.2.1']) {
      const refused = await scene.json(['web', '--listen', address, '--port', '0'])
      assertCode(refused, 2)
      assert.match(refused.summary.message, /there is no password/)
    }
    const file = join(scene.folder, 'password')
    writeFileSync(file, 'correct horse\n', { mode: 0o600 })
    const running = scene.start(['web', '--listen', '0.0.0.0', '--port', '0'], { env: { SMGMG_BK_WEB_PASSWORD_FILE: file } })
    const [address] = await running.says(/http:\/\/localhost:\d+\//)
    await running.says(/without encryption/)
    const sign = (password: string) =>
      fetch(new URL('/sign-in', address), {
        method: 'POST',
        headers: { origin: new URL(address).origin, 'content-type': 'application/json' },
        body: JSON.stringify({ password }),
      })
    assert.equal((await sign('wrong')).status, 401)
    const known = await sign('correct horse')
    assert.equal(known.status, 200)
    running.kill('SIGINT')
    const { stdout, stderr } = await running.ended
    assert.ok(!`${stdout}${stderr}`.includes('correct horse'))
  })

  test('a port that is taken, and one that is none, end with the next step', async (t) => {
    const scene = await openScene(t)
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    const taken = await scene.json(['web', '--port', String(port)])
    assertCode(taken, 2)
    assert.equal(taken.summary.message, `Another program uses port ${port}.`)
    assert.match(taken.summary.hint ?? '', /web --port \d+/)
    for (const wrong of ['70000', 'http', '-1']) assertCode(await scene.json(['web', '--port', wrong]), 2)
    assertCode(await scene.json(['web', '--listen', '192.0.2.1', '--port', '0'], { env: { SMGMG_BK_WEB_PASSWORD: 'x' } }), 2)
  })

  test('without a configuration it opens the set-up', async (t) => {
    const scene = await openScene(t)
    const { get, address } = await openPage(scene, { env: BARE })
    assert.equal((await get('/')).headers.get('location'), '/setup.html')
    assert.equal((await fetch(new URL('/healthz', address))).status, 503)
  })
})
