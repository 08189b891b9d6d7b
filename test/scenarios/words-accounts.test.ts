/** Several accounts: one table and one vault each, one summary. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { assertAddsUp, assertCode, assertHolds, BARE, openScene, type Scene, snapshot, write } from './harness.ts'

const small = (id: string) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } })
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('A', [small('a1'), small('a2')]), albumNode('B', [small('b1')])],
}
const ITEMS = 3

/** A configuration with the keys at the top and two accounts, each with a vault; `more` is added to their tables. */
function twoAccounts(
  scene: Scene,
  more: { readonly one?: string; readonly two?: string } = {},
): { readonly one: string; readonly two: string; readonly path: string } {
  const [one, two] = [join(scene.folder, 'vault-one'), join(scene.folder, 'vault-two')]
  for (const vault of [one, two]) mkdirSync(vault)
  const path = write(
    join(scene.home, '.smgmg', 'config.toml'),
    `[authentication]
api_key = "${KEYS.apiKey}"
api_secret = "${KEYS.apiSecret}"
user_token = "${KEYS.userToken}"
user_secret = "${KEYS.userSecret}"
[store]
write_csv = true
[http]
base_url = "${scene.simulator.apiUrl}"
max_retries = 0
[account.One]
destination = "${one}"
${more.one ?? ''}
[account."the second"]
destination = "${two}"
${more.two ?? ''}
`,
  )
  return { one, two, path }
}

const bare = { env: BARE }

describe('several accounts', { concurrency: 2 }, () => {
  test('all of them: one vault each, one summary that adds up', async (t) => {
    const scene = await openScene(t, { world })
    const { one, two } = twoAccounts(scene)
    const { summary, lines } = await scene.backup(['--account', 'all'], bare)
    assertAddsUp(summary)
    assert.deepEqual([summary.exitCode, summary.items, summary.stored, summary.albums], [0, 2 * ITEMS, 2 * ITEMS, 4])
    assert.match(summary.message, /One: .*the second: /)
    assert.deepEqual(
      lines.filter(({ event }) => event === 'run.started').map(({ destination }) => destination),
      [one, two],
    )
    for (const vault of [one, two]) {
      await assertHolds(vault, world)
      assert.ok(readFileSync(join(vault, 'metadata.csv'), 'utf8').includes(join(vault, 'A', 'a1.jpg')))
    }
    const ids = [one, two].map((vault) => JSON.parse(readFileSync(join(vault, '.smugmug-backup', 'state.json'), 'utf8')).vault)
    assert.notEqual(ids[0], ids[1])
    const again = await scene.backup(['--account', 'ALL'], bare)
    assert.deepEqual([again.summary.kept, again.summary.albumsSkipped], [2 * ITEMS, 4])
  })

  test('each has its own twin; one folder is for the twin of one account', async (t) => {
    const scene = await openScene(t, { world })
    const { one, two } = twoAccounts(scene, { one: 'twin = true' })
    assertCode(await scene.backup(['--account', 'all'], bare), 0)
    assert.deepEqual([existsSync(join(one, 'index.html')), existsSync(join(two, 'index.html'))], [true, false])
    assertCode(await scene.json(['twin', '--account', 'all'], bare), 0)
    assert.ok(existsSync(join(two, 'index.html')))
    const place = join(scene.folder, 'elsewhere')
    for (const option of ['--output', '--public']) {
      const refused = await scene.json(['twin', '--account', 'all', option, place], bare)
      assertCode(refused, 2)
      assert.match(refused.summary.message, /one account/)
      assert.ok(!existsSync(place))
    }
    assertCode(await scene.json(['twin', '--output', place, '--public', place, '--account', 'one'], bare), 2)
    assertCode(await scene.json(['twin', '--account', 'one', '--output', place], bare), 0)
    const other = await scene.json(['twin', '--account', 'the second', '--output', place], bare)
    assertCode(other, 2)
    assert.match(other.summary.message, /does not remember it/)
    assertCode(await scene.json(['twin', '--account', 'one', '--output', place, '--remove'], bare), 0)
    assert.deepEqual(readdirSync(place), [])
    assertCode(await scene.json(['twin', '--account', 'all', '--remove'], bare), 0)
    assert.ok(!existsSync(join(one, 'index.html')) && !existsSync(join(two, 'twin.files')))
  })

  test('a public twin of each that shares one folder is a warning for the second', async (t) => {
    const scene = await openScene(t, { world })
    const place = join(scene.folder, 'site')
    const shared = `public_twin = "${place}"`
    twoAccounts(scene, { one: shared, two: shared })
    const { lines, code } = await scene.backup(['--account', 'all'], bare)
    assert.equal(code, 0)
    assert.equal(lines.filter(({ event, message }) => event === 'warning' && /^The public twin is not up to date/.test(message)).length, 1)
    assert.ok(existsSync(join(place, 'index.html')))
  })

  test('one of them, by its name in any case', async (t) => {
    const scene = await openScene(t, { world })
    const { one, two } = twoAccounts(scene)
    assertCode(await scene.backup(['--account=THE SECOND'], bare), 0)
    assert.equal((await snapshot(one)).size, 0)
    await assertHolds(two, world)
  })

  test('one that is unknown, or none chosen: exit 2, names those there are, touches nothing', async (t) => {
    const scene = await openScene(t, { world })
    const { one, two } = twoAccounts(scene)
    for (const args of [['--account', 'third'], []]) {
      const { summary } = await scene.backup(args, bare)
      assert.equal(summary.exitCode, 2)
      assert.match(`${summary.message} ${summary.hint}`, /One.*the second/)
    }
    for (const command of ['list', 'export']) assertCode(await scene.run([command, '--account', 'third'], bare), 2)
    assert.equal(scene.simulator.counters.api, 0)
    for (const vault of [one, two]) assert.equal((await snapshot(vault)).size, 0)
  })

  test('each with keys and settings of its own; after the refusal of one the others are backed up', async (t) => {
    const scene = await openScene(t, { world })
    const { one, two } = twoAccounts(scene, {
      one: 'user_token = "revoked"\nuser_secret = "revoked"',
      two: 'album = "B"\nwrite_csv = false',
    })
    const { summary, stderr } = await scene.backup(['--account', 'all'], bare)
    assert.deepEqual([summary.exitCode, summary.stored], [4, 1])
    assert.match(summary.message, /One: /)
    assert.match(stderr, /One/)
    assert.deepEqual(
      [...(await snapshot(two)).keys()].filter((path) => /jpg|csv/.test(path)),
      ['B/b1.jpg'],
    )
    assert.deepEqual(
      [...(await snapshot(one)).keys()].filter((path) => /jpg|csv/.test(path)),
      [],
    )
  })

  test('a vault that is missing is its own trouble (5), and named', async (t) => {
    const scene = await openScene(t, { world })
    const { two } = twoAccounts(scene, { one: '' })
    const path = join(scene.home, '.smgmg', 'config.toml')
    write(path, readFileSync(path, 'utf8').replace('vault-one', 'not-there'))
    const { summary } = await scene.backup(['--account', 'all'], bare)
    assert.deepEqual([summary.exitCode, summary.stored], [5, ITEMS])
    assert.match(summary.message, /One: .*not-there/)
    await assertHolds(two, world)
  })

  test('one that is incomplete (3): the exit code is the worst, the summary names the account', async (t) => {
    const scene = await openScene(t, {
      world,
      behaviour: { faults: [{ on: 'original', match: small('b1').key, nth: 1, does: { kind: 'status', status: 404 } }] },
    })
    twoAccounts(scene)
    const { summary, stderr } = await scene.backup(['--account', 'all'], bare)
    assertAddsUp(summary)
    assert.deepEqual([summary.exitCode, summary.failed, summary.stored], [3, 1, 2 * ITEMS - 1])
    assert.match(stderr, /b1\.jpg/)
  })

  test('list, status and verify report all of them; export and rebuild take one', async (t) => {
    const scene = await openScene(t, { world })
    const { one, two } = twoAccounts(scene)
    await scene.backup(['--account', 'all'], bare)
    const list = await scene.json(['list', '--account', 'all'], bare)
    assertAddsUp(list.summary)
    assert.deepEqual([list.summary.items, list.lines.filter(({ event }) => event === 'album').length], [2 * ITEMS, 4])
    const status = await scene.json(['status', '--account', 'all'], bare)
    assert.deepEqual(
      status.lines.filter(({ event }) => event === 'status').map(({ destination }) => destination),
      [one, two],
    )
    assert.equal(status.summary.items, 2 * ITEMS)
    const verify = await scene.json(['verify', '--account', 'all'], bare)
    assert.deepEqual([verify.summary.exitCode, verify.summary.items], [0, 2 * ITEMS])
    const exported = await scene.run(['export', '--account', 'one'], bare)
    assert.deepEqual([exported.code, exported.stdout.trimEnd().split('\n').length], [0, 1 + ITEMS])
    assert.ok(exported.stdout.includes(one) && !exported.stdout.includes(two))
    assertCode(await scene.json(['rebuild', '--account', 'One'], bare), 0)
    assertCode(await scene.run(['export', '--account', 'all'], bare), 2)
  })

  test('one file each, named with -cfg', async (t) => {
    const scene = await openScene(t, { world })
    const { one, path } = twoAccounts(scene)
    const own = write(
      join(scene.cwd, 'ann.toml'),
      readFileSync(path, 'utf8')
        .replace(/\[account[\s\S]*$/, '')
        .replace('[store]', `[store]\ndestination = "${one}"`),
    )
    assertCode(await scene.backup(['-cfg', own], bare), 0)
    await assertHolds(one, world)
    assertCode(await scene.backup(['-cfg', own, '--account', 'One'], bare), 2)
    const all = await scene.backup(['-cfg', own, '--account', 'all'], bare)
    assert.deepEqual([all.summary.exitCode, all.summary.kept], [0, ITEMS])
  })

  test('that share one vault: the second is refused, nothing of the first is touched', async (t) => {
    const scene = await openScene(t, { world })
    const { one } = twoAccounts(scene)
    const path = join(scene.home, '.smgmg', 'config.toml')
    write(path, readFileSync(path, 'utf8').replace('vault-two', 'vault-one'))
    await scene.backup(['--account', 'One'], bare)
    scene.simulator.setWorld({ ...world, nickName: 'bob', root: [albumNode('Other', [small('o')])] })
    const { summary } = await scene.backup(['--account', 'the second'], bare)
    assert.equal(summary.exitCode, 7)
    assert.match(summary.message, /another account/)
    for (const name of ['a1.jpg', 'a2.jpg']) assert.ok((await snapshot(one)).has(`A/${name}`))
  })
})
