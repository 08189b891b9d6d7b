/** The redirects from SmugMug's addresses to the twin: each file is read by the rules of its server, and by the server where it is installed. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { changeAlbum, editImage } from '../simulator/edit.ts'
import type { World } from '../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../simulator/worlds/make.ts'
import { ConfigurationError } from '../src/errors.ts'
import { addressesOf, type Redirect, Redirects } from '../src/operations/handover/redirects/addresses.ts'
import { caddyLine, cloudflareLine, nginxLine } from '../src/operations/handover/redirects/formats.ts'
import { CADDY, NGINX } from '../src/operations/handover/texts/redirects.ts'
import { freePort } from './support/free-ports.ts'
import { handOver, readCsv, scratch } from './support/handover.ts'
import { albumKey, filesBelow, openLab } from './support/lab.ts'

const harbour = photo('harbour', { fileName: '\'$(touch x)\' "harbour"\n.jpg' })
const theWorld = (): World => ({
  nickName: 'simon',
  name: 'Simon',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [harbour, photo('hidden', { hidden: true }), video('ferry')]),
      albumNode('Empty', []),
      albumNode('Secret', [photo('secret')], { privacy: 'Unlisted' }),
    ]),
    folder('Clients', [albumNode('Wedding', [photo('bride')])], { privacy: 'Private' }),
    albumNode('Best', [collected(harbour)]),
    albumNode('Locked', [photo('locked')], { securityType: 'Password', password: 'rice' }),
    // Two paths that are one on some disks: the second one lies elsewhere in the vault.
    albumNode('case one', [photo('one')], { urlName: 'Case' }),
    albumNode('case two', [photo('two')], { urlName: 'case' }),
  ],
})
const keyOf = (name: string): string => photo(name).key

/** Reads the lines of a map as nginx does: each is two quoted words. */
function readNginx(text: string): readonly (readonly [from: string, to: string])[] {
  const body = text.slice(text.lastIndexOf('map $smugmug_old'))
  return [...body.matchAll(/^ {2}"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)";$/gm)].map(([, from = '', to = '']) => [from, to] as const)
}

/** Returns the new address of an old path by such a map: strings first, without regard to capitals, then patterns. */
function askNginx(map: ReturnType<typeof readNginx>, path: string): string | undefined {
  const bytes = Buffer.from(path).toString('latin1')
  const exact = map.find(([from]) => !from.startsWith('~') && from.toLowerCase() === path.toLowerCase())
  return (exact ?? map.find(([from]) => from.startsWith('~') && new RegExp(from.slice(1)).test(bytes)))?.[1]
}

/** A line of Cloudflare's `_redirects`: two encoded paths without a pattern, and the status. */
const CLOUDFLARE = /^\/[\w/%.()!~'-]+ \/[\w/%.-]+#i-\w+ 301\n$/

const has = (program: string, ...version: readonly string[]): boolean => spawnSync(program, version).status === 0
const [hasNginx, hasCaddy] = [has('nginx', '-v'), has('caddy', 'version')]

describe('handover redirects', () => {
  test('leads what strangers saw to the pages of the twin, and nothing else', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, () => true)
    const { exitCode, message, problems, totals, read } = await handOver(t, lab, { target: 'redirects' })
    assert.deepEqual([exitCode, problems], [0, []], message)
    assert.deepEqual([totals.albums, totals.items], [5, 5])
    const map = readNginx(read('nginx-map.conf'))
    const norway = `/Travel/Norway/i-${keyOf('harbour')}`
    assert.equal(askNginx(map, norway), `/Travel/Norway/#i-${keyOf('harbour')}`)
    assert.equal(askNginx(map, `/Best/i-${keyOf('harbour')}`), `/Best/#i-${keyOf('harbour')}`)
    assert.equal(askNginx(map, `/Travel/Norway/i-${keyOf('ferry')}`), `/Travel/Norway/#i-${keyOf('ferry')}`)
    for (const path of ['/Travel', '/Travel/Norway', '/Travel/Empty', '/Best']) assert.equal(askNginx(map, path), `${path}/`)
    const all = ['nginx-map.conf', 'caddy.conf', '_redirects', 'redirects.csv'].map((name) => read(name)).join('')
    for (const secret of ['Secret', 'Wedding', 'Clients', 'Locked', keyOf('hidden'), keyOf('secret'), keyOf('locked')])
      assert.ok(!all.includes(secret), `${secret} is private`)
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
      'the vault is only read',
    )
  })

  test('every file has the same redirects, and no address leads to itself', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const { read } = await handOver(t, lab, { target: 'redirects', all: true })
    const csv = readCsv(read('redirects.csv'))
    assert.deepEqual(csv[0], ['from', 'to'])
    const pairs = csv.slice(1).map(([from = '', to = '']) => `${from} ${to}`)
    assert.equal(new Set(pairs.map((pair) => pair.split(' ')[0])).size, pairs.length, 'each old address once')
    assert.deepEqual(read('_redirects').trim().split('\n').toSorted(), pairs.map((pair) => `${pair} 301`).toSorted())
    const map = readNginx(read('nginx-map.conf'))
    assert.equal(map.length, pairs.length)
    for (const pair of pairs) {
      const [from = '', to = ''] = pair.split(' ')
      assert.equal(askNginx(map, decodeURIComponent(from)), to)
      // The page itself must answer with the page.
      assert.equal(askNginx(map, decodeURIComponent(to.split('#')[0] ?? '')), undefined, to)
      assert.ok(existsSync(lab.at(decodeURIComponent(to.split('#')[0] ?? ''))), `${to} is a folder of the vault`)
    }
    const unlisted = pairs.filter((pair) => /^\/Travel\/Secret\/n-\w+/.test(pair))
    assert.equal(unlisted.length, 3, 'the address with the key of its node, with a slash, and with a photo')
  })

  test('--to leads to another server, and names the old host in the bulk list', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const { read } = await handOver(t, lab, { target: 'redirects', to: 'https://photos.example.org/old/' })
    const rows = readCsv(read('cloudflare-bulk.csv'))
    assert.ok(rows.length > 5)
    for (const [from = '', to = '', status] of rows) {
      assert.equal(status, '301')
      assert.ok(URL.canParse(`https://${from}`) && !from.includes('?') && !from.includes('#'), from)
      assert.ok(to.startsWith('https://photos.example.org/old/'), to)
    }
    for (const to of ['photos.example.org', 'ftp://a/', 'https://a/?b', 'https://a:b@c/', 'https://a/"$x', ''])
      await assert.rejects(handOver(t, lab, { target: 'redirects', to }), ConfigurationError, to)
  })

  test('a second run follows the vault, and leaves the files of a person alone', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const first = await handOver(t, lab, { target: 'redirects' })
    const { folder: place } = first
    writeFileSync(join(place, 'mine.txt'), 'mine')
    const same = filesBelow(place, (path) => !path.endsWith('.sqlite'))
    assert.equal((await handOver(t, lab, { target: 'redirects', folder: place })).exitCode, 0)
    assert.deepEqual(
      filesBelow(place, (path) => !path.endsWith('.sqlite')),
      same,
    )
    writeFileSync(join(place, 'caddy.conf'), 'mine as well')
    lab.change(
      (world) => changeAlbum(world, albumKey(world, 'Best'), (album) => ({ ...album, privacy: 'Private' })),
      (world) => editImage(world, keyOf('ferry'), { hidden: true }),
    )
    await lab.complete({ full: true })
    const second = await handOver(t, lab, { target: 'redirects', folder: place })
    assert.deepEqual([second.exitCode, second.problems.map(({ name }) => name)], [3, ['caddy.conf']])
    assert.equal(second.read('caddy.conf'), 'mine as well')
    assert.equal(second.read('mine.txt'), 'mine')
    assert.ok(!/Best/.test(second.read('nginx-map.conf')) && !second.read('redirects.csv').includes(keyOf('ferry')))
    assert.ok(!readdirSync(place).some((name) => name.endsWith('.drafts')))
  })

  test('a tree that cannot be read makes all private, and is named', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    writeFileSync(lab.at('tree.json'), '{')
    const { exitCode, problems, read } = await handOver(t, lab, { target: 'redirects' })
    assert.deepEqual([exitCode, problems.map(({ name }) => name)], [3, ['tree.json']])
    assert.deepEqual(readNginx(read('nginx-map.conf')), [])
  })
})

describe('the folder of a handover', () => {
  test('is refused in, around and instead of a vault, with files of others, and with a link', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const place = scratch(t)
    const refused = async (path: string, dryRun = false) =>
      await assert.rejects(handOver(t, lab, { target: 'redirects', folder: path, dryRun }), ConfigurationError, path)
    mkdirSync(join(place, 'full'))
    writeFileSync(join(place, 'full', 'a'), '')
    symlinkSync(lab.root, join(place, 'link'))
    for (const dryRun of [false, true]) {
      for (const path of ['', 'Travel', 'New', '.smugmug-backup/new', '..']) await refused(join(lab.root, path), dryRun)
      for (const path of ['full', 'full/a', 'link', 'link/New']) await refused(join(place, path), dryRun)
    }
    assert.ok(!existsSync(lab.at('New')) && !existsSync(lab.at('.smugmug-backup/new')))
    const ours = await handOver(t, lab, { target: 'redirects' })
    symlinkSync(place, join(ours.folder, 'out'))
    await refused(ours.folder)
    const other = await openLab(t, theWorld())
    await other.complete()
    const theirs = await handOver(t, other, { target: 'redirects' })
    await refused(theirs.folder)
  })

  test('is not made by a dry run', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const { exitCode, message, totals, folder: place } = await handOver(t, lab, { target: 'redirects', dryRun: true })
    assert.deepEqual([exitCode, totals.items, existsSync(place)], [0, 5, false], message)
  })
})

/** Paths that would mean something in a configuration if they were written as they are. */
const HOSTILE = [
  '/a b',
  '/"; return 200 "x',
  "/it's",
  '/$request_uri',
  `/$${'{HOME}'}`,
  '/{$HOME}',
  '/{path}',
  '/{{',
  '/back\\slash',
  '/back\\"',
  '/`tick`',
  '/~tilde',
  '/*',
  '/:name',
  '/#hash',
  '/a?b=c',
  '/100%25',
  '/%',
  '/a;b',
  '/ünïcode/山',
  '/\u202Ertl',
  '/emoji-📷',
  '/default',
  '/include',
  `/${'x'.repeat(255)}`,
  '/-leading',
  '/a,b',
  '/(a|b)+',
]

const hostileRedirects = (): { readonly made: readonly Redirect[]; readonly unusable: readonly string[] } => {
  const all = [...HOSTILE, '/new\nline', '/nul\0', '/a/../b', '/\uD800', `/${'y'.repeat(4000)}`]
  const redirects = new Redirects(all)
  const made = all.flatMap((urlPath) => {
    const head = { key: urlPath, name: urlPath, urlPath, folder: 'x', smugmug: {} }
    return redirects.of(addressesOf(head, 'The page/ü"$', ''), ['AbCd', 'aBcD', 'Efgh']).items
  })
  return { made, unusable: redirects.unusable }
}

describe('hostile addresses', () => {
  const { made, unusable } = hostileRedirects()

  test('those that nobody can ask for are refused', () => assert.equal(unusable.length, 5))

  test('are data in an nginx map', () => {
    const map = readNginx(`map $smugmug_old {\n${made.map(nginxLine).join('')}`)
    assert.equal(map.length, made.length)
    for (const { from, to } of made) assert.equal(askNginx(map, from), to, from)
    for (const [, to] of map) assert.match(to, /^[\w/%#.-]+$/)
  })

  test('are data in lines of Cloudflare', () => {
    for (const redirect of made) {
      const line = cloudflareLine(redirect)
      if (line === undefined) assert.ok(redirect.from.includes('*'), redirect.from)
      else assert.match(line, CLOUDFLARE)
    }
  })

  test('the readers refuse names that are written as they are', {
    skip: hasNginx && hasCaddy ? false : 'nginx or Caddy is missing',
  }, (t) => {
    const place = scratch(t)
    const raw = '/a"; } include /etc/passwd; #'
    assert.equal(readNginx(`map $smugmug_old {\n  "${raw}" "/x";\n`).length, 0)
    writeFileSync(join(place, 'map'), `${NGINX.head}  "${raw}" "/x";\n${NGINX.foot}`)
    writeFileSync(join(place, 'conf'), `pid ${place}/pid; error_log ${place}/log; events {} http { include ${place}/map; }`)
    assert.notEqual(spawnSync('nginx', ['-t', '-c', join(place, 'conf'), '-e', join(place, 'log')]).status, 0)
    writeFileSync(join(place, 'Caddyfile'), `http://127.0.0.1:1 {\n${CADDY.head}\t"/a" b" "/x"\n${CADDY.foot}}\n`)
    const env = { ...process.env, HOME: place, XDG_DATA_HOME: place, XDG_CONFIG_HOME: place }
    assert.notEqual(spawnSync('caddy', ['validate', '--config', join(place, 'Caddyfile'), '--adapter', 'caddyfile'], { env }).status, 0)
    assert.doesNotMatch(`/a b /x 301\n`, CLOUDFLARE)
    assert.doesNotMatch(`/:name /x#i-a 301\n`, CLOUDFLARE)
  })

  test('are data for nginx itself', { skip: hasNginx ? false : 'nginx is not installed' }, async (t) => {
    const place = scratch(t)
    writeFileSync(join(place, 'map'), `${NGINX.head}${made.map(nginxLine).join('')}${NGINX.foot}`)
    writeFileSync(join(place, 'server'), NGINX.server)
    const port = await freePort()
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${place}/${name};`).join(' ')
    const server = `server { listen 127.0.0.1:${port}; include ${place}/server; location / { return 404; } }`
    writeFileSync(
      join(place, 'conf'),
      `daemon off; pid ${place}/pid; error_log ${place}/log; events {} http { access_log off; ${temporary} include ${place}/map; ${server} }`,
    )
    const { status, stderr } = spawnSync('nginx', ['-t', '-c', join(place, 'conf'), '-e', join(place, 'log')])
    assert.equal(status, 0, String(stderr))
    await serving(t, spawn('nginx', ['-c', join(place, 'conf'), '-e', join(place, 'log')]), port)
    await ask(port, made, { ignoresCapitals: true })
  })

  test('are data for Caddy itself', { skip: hasCaddy ? false : 'Caddy is not installed' }, async (t) => {
    const place = scratch(t)
    writeFileSync(join(place, 'map'), `${CADDY.head}${made.map(caddyLine).join('')}${CADDY.foot}`)
    const port = await freePort()
    writeFileSync(join(place, 'Caddyfile'), `{\n\tadmin off\n}\nhttp://127.0.0.1:${port} {\n\timport ${place}/map\n\trespond 404\n}\n`)
    const env = { ...process.env, HOME: place, XDG_DATA_HOME: place, XDG_CONFIG_HOME: place }
    await serving(t, spawn('caddy', ['run', '--config', join(place, 'Caddyfile'), '--adapter', 'caddyfile'], { env }), port)
    await ask(port, made, { ignoresCapitals: false })
  })
})

/** Waits until a server listens, and stops it after the test. */
async function serving(t: TestContext, child: ChildProcess, port: number): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk) => (said += chunk))
  t.after(async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit')
  })
  for (let tries = 0; tries < 200; tries += 1) {
    assert.equal(child.exitCode, null, said)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await wait(50)
  }
  assert.fail(said)
}

async function ask(port: number, made: readonly Redirect[], { ignoresCapitals }: { readonly ignoresCapitals: boolean }): Promise<void> {
  const page = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
    await answer.arrayBuffer()
    return answer.status === 301 ? (answer.headers.get('location') ?? '').replace(`http://127.0.0.1:${port}`, '') : answer.status
  }
  const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/')
  for (const { from, to } of made) {
    assert.equal(await page(encoded(from)), to, from)
    assert.equal(await page(`${encoded(from)}/A`), to, `${from}/A`)
  }
  assert.equal(await page('/a%20b/i-nobody'), 404)
  assert.equal(await page('/A%20B/i-Efgh'), 404)
  assert.equal(await page('/DEFAULT/i-Efgh'), ignoresCapitals ? made.find(({ from }) => from === '/default/i-Efgh')?.to : 404)
}
