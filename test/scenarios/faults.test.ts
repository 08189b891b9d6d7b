import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import type { Behaviour, Fault, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertAddsUp, assertHolds, assertNothingWrong, mediaIn, openScene, partsIn, promisedBy } from './harness.ts'

type Harm = Fault['does']

const NONCE_USED = '{"Code":401,"Message":"oauth_problem=nonce_used"}'

/** Passing faults of any request. Each needs one retry at most. */
const PASSING: Readonly<Record<string, Harm>> = {
  '500': { kind: 'status', status: 500 },
  '502': { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' },
  '503': { kind: 'status', status: 503 },
  '503-retry-after': { kind: 'status', status: 503, retryAfter: 1 },
  '503-in-json': { kind: 'status', status: 503, body: '{"Code":503,"Message":"Service Unavailable"}' },
  '504': { kind: 'status', status: 504 },
  '408': { kind: 'status', status: 408 },
  '429-retry-after': { kind: 'status', status: 429, retryAfter: 1 },
  'nonce-used': { kind: 'status', status: 401, body: NONCE_USED },
  reset: { kind: 'reset' },
  'reset-in-the-middle': { kind: 'reset', after: 700 },
  'cut-off': { kind: 'truncate', at: 700, clean: false },
  html: { kind: 'html' },
  empty: { kind: 'empty' },
}

const OF_FILES: Readonly<Record<string, Harm>> = {
  ...PASSING,
  'cut-cleanly': { kind: 'truncate', at: 700, clean: true },
  'wrong-bytes': { kind: 'wrongBytes' },
  'too-short-by-one': { kind: 'truncate', at: 19_999, clean: true },
}

const OF_ANSWERS: Readonly<Record<string, Harm>> = {
  ...PASSING,
  'broken-json': { kind: 'badJson' },
  'cut-cleanly': { kind: 'truncate', at: 300, clean: true },
  'without-a-response': { kind: 'status', status: 200, body: '{"Code":200,"Message":"Ok"}' },
}

/** One photo for each fault, called like it. */
function photosFor(harms: Readonly<Record<string, Harm>>): World {
  const photos = Object.keys(harms).map((name) => photo(name))
  return { nickName: 'unlucky', name: 'Unlucky', keys: KEYS, root: [albumNode('Photos', [...photos, photo('lucky'), video('lucky-clip')])] }
}

const keyOf = (world: World, name: string): string =>
  promisedBy(world).find(({ image }) => image.fileName === `${name}.jpg`)?.image.key ?? assert.fail(name)

const onPhotos = (world: World, harms: Readonly<Record<string, Harm>>, nth?: number): readonly Fault[] =>
  Object.entries(harms).map(([name, does]) => ({ on: 'original', match: keyOf(world, name), does, ...(nth !== undefined && { nth }) }))

describe('a fault that happens once heals within the run', { concurrency: 4 }, () => {
  test('with files', async (t) => {
    const world = photosFor(OF_FILES)
    const scene = await openScene(t, { world, behaviour: { faults: onPhotos(world, OF_FILES, 1) } })
    const { summary, lines } = await scene.backup()
    assertAddsUp(summary)
    const failed = lines.filter(({ outcome }) => outcome === 'failed')
    assert.deepEqual(
      failed.map(({ path, reason }) => [path, reason]),
      [],
    )
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, world)
    assert.deepEqual(await partsIn(scene.vault), [])
    for (const name of Object.keys(OF_FILES)) {
      const asked = scene.simulator.requests.filter(({ url }) => url.includes(`i-${keyOf(world, name)}/`))
      assert.ok(asked.length >= 2, `${name} was really in the way`)
    }
  })

  test('with listings of albums', async (t) => {
    const names = Object.keys(OF_ANSWERS)
    const world: World = { ...smallWorld(), root: names.map((name) => albumNode(name, [photo(`in ${name}`)])) }
    const keyOfAlbum = (name: string): string => promisedBy(world).find(({ albumName }) => albumName === name)?.albumKey ?? ''
    const faults = names.map((name): Fault => ({ on: 'images', match: keyOfAlbum(name), nth: 1, does: OF_ANSWERS[name] ?? assert.fail() }))
    const scene = await openScene(t, { world, behaviour: { faults } })
    const { summary, lines } = await scene.backup()
    assert.deepEqual(
      lines.filter(({ problem }) => problem?.kind === 'album').map(({ problem }) => [problem.album, problem.reason]),
      [],
    )
    assert.equal(summary.exitCode, 0, summary.message)
    assertAddsUp(summary)
    await assertHolds(scene.vault, world)
    assert.equal(summary.apiCalls, scene.simulator.counters.api, 'every try is counted')
  })

  for (const on of ['authuser', 'albums'] as const) {
    for (const kind of ['503', 'reset-in-the-middle', 'html', 'broken-json', 'nonce-used', 'without-a-response']) {
      test(`${kind} instead of ${on}`, async (t) => {
        const world = smallWorld()
        const scene = await openScene(t, { world, behaviour: { faults: [{ on, nth: 1, does: OF_ANSWERS[kind] ?? assert.fail() }] } })
        const { summary, lines } = await scene.backup()
        assert.equal(summary.exitCode, 0, summary.message)
        assert.ok(lines.some(({ event }) => event === 'retry'))
        await assertHolds(scene.vault, world)
      })
    }
  }
})

/** Lasting faults of a file. Answers of 404 and 403 are not tried again. */
const LASTING: Readonly<Record<string, Harm>> = {
  '404': { kind: 'status', status: 404 },
  '403': { kind: 'status', status: 403 },
  '410': { kind: 'status', status: 410 },
  '500': { kind: 'status', status: 500 },
  'wrong-bytes': { kind: 'wrongBytes' },
  'cut-cleanly': { kind: 'truncate', at: 19_999, clean: true },
  'cut-off': { kind: 'truncate', at: 10_000, clean: false },
  reset: { kind: 'reset', after: 10_000 },
  html: { kind: 'html' },
  empty: { kind: 'empty' },
  'redirected-in-a-circle': { kind: 'redirect', location: '?again' },
}

test('a file that stays wrong fails and is named; no wrong bytes stand under a real name; the next run completes', async (t) => {
  const world = photosFor(LASTING)
  const scene = await openScene(t, { world, behaviour: { faults: onPhotos(world, LASTING) } })
  const { summary, lines } = await scene.backup()
  assertAddsUp(summary)
  assert.equal(summary.exitCode, 3)
  const failed = lines.filter(({ event, outcome }) => event === 'item' && outcome === 'failed')
  assert.deepEqual(
    failed.map(({ path }) => path).sort(),
    Object.keys(LASTING)
      .map((name) => `Photos/${name}.jpg`)
      .sort(),
  )
  for (const { path, reason } of failed) assert.ok(typeof reason === 'string' && reason !== '', path)
  assert.deepEqual([summary.failed, summary.stored], [failed.length, 2])
  assert.deepEqual([...(await mediaIn(scene.vault)).keys()], ['Photos/lucky-clip.mp4', 'Photos/lucky.jpg'])
  await assertNothingWrong(scene.vault, world)
  assert.deepEqual(await partsIn(scene.vault), [])

  scene.simulator.setBehaviour({})
  const next = await scene.backup()
  assert.deepEqual([next.summary.exitCode, next.summary.stored, next.summary.kept], [0, failed.length, 2])
  await assertHolds(scene.vault, world)
})

describe('the number of tries for a file', { concurrency: 2 }, () => {
  const photos = [photo('a'), photo('b'), photo('c')]
  const world: World = { ...smallWorld(), root: [albumNode('One', photos)] }
  for (const [what, does, times] of [
    ['a connection that breaks before each answer: as often as is allowed, no more', { kind: 'reset' }, 3],
    ['a connection that breaks in the middle each time: the same', { kind: 'reset', after: 10_000 }, 3],
    ['wrong bytes each time: the same, two retries being the most', { kind: 'wrongBytes' }, 3],
  ] as const) {
    test(what, async (t) => {
      const behaviour: Behaviour = { faults: [{ on: 'original', does }] }
      const scene = await openScene(t, { world, behaviour, env: { SMGMG_BK_MAX_RETRIES: '2' } })
      const { summary } = await scene.backup()
      assert.deepEqual([summary.exitCode, summary.failed], [3, photos.length])
      assert.equal(scene.simulator.counters.byEndpoint.original, photos.length * times)
    })
  }
})

test('wrong bytes never take the place of right ones', async (t) => {
  const before: World = { ...smallWorld(), root: [albumNode('One', [photo('a'), photo('b')])] }
  const replaced = photo('a', {
    serial: 1,
    bytes: { kind: 'seeded', seed: 'other', size: 20_000 },
    lastUpdated: '2025-01-01T00:00:00+00:00',
  })
  const dates = { lastUpdated: '2025-01-01T00:00:00+00:00', imagesLastUpdated: '2025-01-01T00:00:00+00:00' }
  const after: World = { ...before, root: [albumNode('One', [replaced, photo('b')], dates)] }
  const scene = await openScene(t, { world: before })
  await scene.backup()
  scene.simulator.setWorld(after)
  scene.simulator.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
  const { summary } = await scene.backup()
  assert.deepEqual([summary.exitCode, summary.failed, summary.replaced], [3, 1, 0])
  await assertHolds(scene.vault, before)
  scene.simulator.setBehaviour({})
  const next = await scene.backup()
  assert.deepEqual([next.summary.exitCode, next.summary.replaced], [0, 1])
  await assertHolds(scene.vault, after)
})

/** Another host, by name: it serves a file and remembers the requests. */
async function otherHost(t: TestContext, bytes: Buffer): Promise<{ readonly url: string; readonly asked: readonly IncomingHttpHeaders[] }> {
  const asked: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers)
    response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(bytes)
  })
  server.listen(0)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/file.jpg`, asked }
}

describe('redirects', { concurrency: 2 }, () => {
  test('a file on another host is fetched without our signature', async (t) => {
    const world: World = { ...smallWorld(), root: [albumNode('One', [photo('a')], { privacy: 'Private' })] }
    const [promised = assert.fail()] = promisedBy(world)
    const other = await otherHost(t, readBytes(promised.image.bytes))
    const scene = await openScene(t, {
      world,
      behaviour: { faults: [{ on: 'original', does: { kind: 'redirect', location: other.url } }] },
    })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, world)
    assert.ok(other.asked.length > 0)
    for (const headers of other.asked) assert.equal(headers.authorization, undefined)
    assert.ok(
      scene.simulator.requests.some(({ endpoint, signed }) => endpoint === 'original' && signed),
      'our own host gets one',
    )
  })

  test('a file host of another name is asked without our signature from the start', async (t) => {
    const scene = await openScene(t, { simulator: { cdnHost: 'localhost' } })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    const files = scene.simulator.requests.filter(({ host }) => host.startsWith('localhost'))
    assert.ok(files.length > 0)
    assert.ok(files.every(({ signed }) => !signed))
    await assertHolds(scene.vault, smallWorld())
  })

  test('an answer of the API from another host is not asked for with our signature', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_MAX_RETRIES: '0' } })
    const other = await otherHost(t, Buffer.from('{"Response":{}}'))
    scene.simulator.setBehaviour({ faults: [{ on: 'any', does: { kind: 'redirect', location: other.url } }] })
    const { summary } = await scene.backup()
    assert.notEqual(summary.exitCode, 0)
    for (const headers of other.asked) assert.equal(headers.authorization, undefined)
  })

  test('within SmugMug every hop is signed anew', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    const location = `${scene.simulator.apiUrl}/api/v2!authuser?_verbosity=1&hop=2`
    scene.simulator.setBehaviour({ faults: [{ on: 'authuser', nth: 1, does: { kind: 'redirect', location } }] })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assert.ok(scene.simulator.requests.some(({ url, signed }) => url.endsWith('hop=2') && signed))
  })
})

describe('waits that SmugMug asks for are obeyed in full, and not counted as tries', { concurrency: 4 }, () => {
  test('a rate limit: no call is made before the window ends', async (t) => {
    const world: World = { ...smallWorld(), root: Array.from({ length: 6 }, (_, n) => albumNode(`Album ${n}`, [photo(`p${n}`)])) }
    const behaviour = { rateLimit: { calls: 5, windowMs: 1500 } }
    const scene = await openScene(t, { world, behaviour, env: { SMGMG_BK_MAX_RETRIES: '0' } })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assert.ok(summary.durationMs >= 1000, 'it waited')
    assert.ok(lines.some(({ event }) => event === 'waiting'))
    // Those that were on their way when the window closed may come too late, once.
    assert.ok((scene.simulator.counters.byStatus[429] ?? 0) <= 1, JSON.stringify(scene.simulator.counters.byStatus))
    await assertHolds(scene.vault, world)
  })

  for (const [status, on] of [
    [429, 'albums'],
    [503, 'images'],
    [503, 'original'],
  ] as const) {
    test(`${status} with Retry-After for ${on}, several times`, async (t) => {
      const world: World = { ...smallWorld(), root: [albumNode('One', [photo('a')])] }
      const faults: Fault[] = [{ on, nth: [1, 2], does: { kind: 'status', status, retryAfter: 1 } }]
      const scene = await openScene(t, { world, behaviour: { faults }, env: { SMGMG_BK_MAX_RETRIES: '0' } })
      const { summary } = await scene.backup()
      assert.equal(summary.exitCode, 0, summary.message)
      assert.ok(summary.durationMs >= 2000, `${summary.durationMs} ms`)
      await assertHolds(scene.vault, world)
    })
  }

  test('one 429 holds everybody back', async (t) => {
    const world: World = { ...smallWorld(), root: Array.from({ length: 4 }, (_, n) => albumNode(`Album ${n}`, [photo(`p${n}`)])) }
    const faults: Fault[] = [
      { on: 'images', nth: 1, does: { kind: 'status', status: 429, retryAfter: 2 } },
      { on: 'images', nth: [2, 3, 4], does: { kind: 'delay', ms: 300 } },
    ]
    const scene = await openScene(t, { world, behaviour: { faults }, env: { SMGMG_BK_CONCURRENT_ALBUMS: '2', SMGMG_BK_MAX_RETRIES: '0' } })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assert.ok(summary.durationMs >= 2000, `${summary.durationMs} ms`)
  })
})
