/** The past of a copy is that of the first vault: without passwords that are kept no more, without runs of another line, thinned by the same rule. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { addImage, albumsOf, changeAlbum, editImage, placementsOf, removeAlbum, renameAlbum, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { makeKey } from '../../src/app/app.ts'
import { firstAccount } from '../campaigns/account.ts'
import { assertCode, type EndedJson, md5s, mediaIn, openScene, type Scene, snapshot } from '../scenarios/harness.ts'

const VERSIONS = '.smugmug-backup/versions'

/** A scene with a copy called usb. The account is changed edit by edit. */
async function withCopy(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const scene = await openScene(t, { world: firstAccount, env: { SMGMG_BK_SERVICE_VERIFY_DAYS: '0', ...env } })
  const copy = join(scene.folder, 'copy')
  mkdirSync(copy)
  const withCopy = { SMGMG_BK_COPY_USB_DESTINATION: copy }
  let world = firstAccount
  return {
    ...scene,
    copy,
    change: (...edits: readonly ((world: World) => World)[]): void => {
      for (const edit of edits) world = edit(world)
      scene.simulator.setWorld(world)
    },
    night: (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<EndedJson> =>
      scene.backup(args, { env: { ...withCopy, ...more } }),
    copying: (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<EndedJson> =>
      scene.json(['copy', 'usb', ...args], { env: { ...withCopy, ...more } }),
  }
}

type Kept = Awaited<ReturnType<typeof withCopy>>

const albumKey = (name: string): string => albumsOf(firstAccount).find((album) => album.name === name)?.key ?? assert.fail(name)

/** The paths in a folder whose bytes, unpacked if they are packed, have this text. */
async function holding(folder: string, text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const [path, { kind }] of await snapshot(folder)) {
    if (kind !== 'file') continue
    const bytes = readFileSync(join(folder, path))
    if ((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes(text)) found.push(path)
  }
  return found
}

const runsIn = (folder: string): readonly number[] =>
  readdirSync(join(folder, VERSIONS))
    .flatMap((year) => readdirSync(join(folder, VERSIONS, year)))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b)

/** The MD5 of the file of a run in the past of a vault. */
const versionsOf = async (folder: string, run: number): Promise<readonly string[]> =>
  [...(await snapshot(folder))].flatMap(([path, { md5 }]) =>
    path.startsWith(VERSIONS) && path.endsWith(`/${run}.jsonl.gz`) && md5 !== undefined ? [md5] : [],
  )

/** The words of the account after a run, as a checkout writes them, and its bytes. */
async function asOf(
  scene: Scene,
  run: number,
  folder: string,
): Promise<{ readonly words: ReadonlyMap<string, string>; readonly bytes: readonly string[] }> {
  const output = join(scene.folder, `as-of-${run}-${Math.random()}`)
  const ended = await scene.json(['checkout', String(run), '--output', output], { env: { SMGMG_BK_DESTINATION: folder } })
  assertCode(ended, 0)
  const words = [...(await snapshot(output))]
    .filter(([path]) => path.endsWith('album.json'))
    .map(([path]) => [path, readFileSync(join(output, path), 'utf8')] as const)
  return { words: new Map(words), bytes: md5s(await mediaIn(output)) }
}

async function assertSamePast(scene: Kept, folders: readonly [string, string], runs: readonly number[]): Promise<void> {
  for (const run of runs) assert.deepEqual(await asOf(scene, run, folders[1]), await asOf(scene, run, folders[0]), `run ${run}`)
}

const historyOf = async (scene: Scene, folder: string): Promise<readonly unknown[]> =>
  (await scene.json(['history'], { env: { SMGMG_BK_DESTINATION: folder } })).lines
    .filter(({ event }) => event === 'run')
    .map(({ run, startedAt, exitCode }) => [run, startedAt, exitCode])

const h = (n: number): string => photo(`h${n}`).key
const caption = (n: number, text: string) => (world: World) => editImage(world, h(n), { caption: text })
const other = (seed: string): Bytes => ({ kind: 'seeded', seed, size: 2500, starts: 'jpg' })
const bytes = (n: number, seed: string) => (world: World) => replaceImage(world, h(n), other(seed))

describe('the past of a copy', { concurrency: 4 }, () => {
  test('has no password any more once none are kept: in its versions and in the records that were put aside', async (t) => {
    const scene = await withCopy(t, { SMGMG_BK_KEEP_SECRETS: 'true' })
    const key = albumKey('Norway')
    const locked = (password: string) => (world: World) => changeAlbum(world, key, (album) => ({ ...album, password }))
    scene.change(locked('HUSHHUSH1'))
    assertCode(await scene.night(), 0)
    scene.change(locked('HUSHHUSH2'), (world) => renameAlbum(world, key, 'Norge'))
    assertCode(await scene.night(), 0)
    scene.change(
      (world) => removeAlbum(world, albumKey('Home')),
      (world) => renameAlbum(world, key, 'Nord'),
    )
    assertCode(await scene.night(), 0)
    assert.ok((await holding(scene.copy, 'HUSHHUSH')).some((path) => path.includes('/history/')))
    const without = { SMGMG_BK_KEEP_SECRETS: 'false' }
    scene.change((world) => renameAlbum(world, key, 'Client'))
    assertCode(await scene.night(['--full'], without), 0)
    for (const folder of [scene.vault, scene.copy]) assert.deepEqual(await holding(folder, 'HUSHHUSH'), [], folder)
    await assertSamePast(scene, [scene.vault, scene.copy], [1, 2, 3])
  })

  test('has no password any more that came from a first vault whose own past was not cleaned yet', async (t) => {
    const scene = await withCopy(t, { SMGMG_BK_KEEP_SECRETS: 'true' })
    const locked = (password: string) => (world: World) => changeAlbum(world, albumKey('Norway'), (album) => ({ ...album, password }))
    scene.change(locked('HUSHHUSH1'))
    assertCode(await scene.night(), 0)
    scene.change(locked('HUSHHUSH2'))
    assertCode(await scene.night(['--no-copies', '--full']), 0)
    const without = { SMGMG_BK_KEEP_SECRETS: 'false' }
    assertCode(await scene.copying([], without), 0)
    assert.deepEqual(await holding(join(scene.copy, VERSIONS), 'HUSHHUSH'), [])
    assertCode(await scene.night(['--full'], without), 0)
    for (const folder of [scene.vault, scene.copy]) assert.deepEqual(await holding(folder, 'HUSHHUSH'), [], folder)
  })

  test('ends with the run whose records the copy has: while the brake holds them, no later day can be checked out', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.night(), 0)
    const runs = await historyOf(scene, scene.copy)
    scene.change(caption(0, 'second'), (world) => addImage(world, albumKey('Home'), photo('new')))
    assertCode(await scene.night(['--no-copies']), 0)
    scene.change(
      ...albumsOf(firstAccount)
        .flatMap(placementsOf)
        .map(
          ({ image: { key } }) =>
            (world: World) =>
              replaceImage(world, key, other(key)),
        ),
    )
    assertCode(await scene.night(['--no-copies', '--accept-changes']), 0)
    assert.equal((await scene.copying()).summary.exitCode, 7)
    await assertSamePast(scene, [scene.vault, scene.copy], [1])
    assert.deepEqual(await historyOf(scene, scene.copy), runs)
    assertCode(await scene.copying(['--accept-changes']), 0)
    await assertSamePast(scene, [scene.vault, scene.copy], [1, 2, 3])
    assert.deepEqual(await historyOf(scene, scene.copy), await historyOf(scene, scene.vault))
  })

  test('is that of the first vault where both went on from the same run: a copy that was the destination for a while', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.night(), 0)
    scene.change(caption(0, 'first'))
    assertCode(await scene.night(), 0)
    scene.change(caption(0, 'of the old vault'), bytes(1, 'of the old vault'), (world) => renameAlbum(world, albumKey('Norway'), 'Norge'))
    assertCode(await scene.night(['--no-copies']), 0)
    const held = new Set(md5s(await mediaIn(scene.vault)))
    const [before] = await versionsOf(scene.vault, 3)
    // The copy becomes the destination, and the old vault its copy: as the manual says.
    const swapped = { SMGMG_BK_DESTINATION: scene.copy, SMGMG_BK_COPY_USB_DESTINATION: scene.vault }
    scene.change(caption(0, 'of the new vault'), bytes(2, 'of the new vault'))
    assertCode(await scene.night(['--no-copies'], swapped), 0)
    const refused = await scene.copying([], swapped)
    assert.equal(refused.summary.exitCode, 2)
    const accepted = await scene.copying(['--accept-changes'], swapped)
    assertCode(accepted, 0)
    const notices = accepted.lines.filter(({ event, problem }) => event === 'problem' && problem.kind === 'notice')
    assert.match(JSON.stringify(notices), /its files from run 3 on were of runs that the first vault did not make/)
    await assertSamePast(scene, [scene.copy, scene.vault], [1, 2, 3])
    assert.deepEqual(await historyOf(scene, scene.vault), await historyOf(scene, scene.copy))
    // Nothing is lost: the other run's words and bytes lie in the history, and it is said once.
    const all = new Set([...(await snapshot(scene.vault)).values()].map(({ md5 }) => md5))
    assert.ok(before !== undefined && all.has(before))
    for (const md5 of held) assert.ok(all.has(md5), md5)
    const again = await scene.copying([], swapped)
    assertCode(again, 0)
    assert.deepEqual(
      again.lines.filter(({ event }) => event === 'problem'),
      [],
    )
    rmSync(join(scene.vault, '.smugmug-backup/catalogue.sqlite'))
    assertCode(await scene.json(['rebuild'], { env: { SMGMG_BK_DESTINATION: scene.vault } }), 0)
    assert.deepEqual((await historyOf(scene, scene.vault)).slice(-3), await historyOf(scene, scene.copy), 'also after a rebuild')
  })

  test('is that of the first vault when this was put back from an older day; until a person accepts that, nothing of it changes', async (t) => {
    const scene = await withCopy(t)
    assertCode(await scene.night(), 0)
    scene.change(caption(0, 'first'))
    assertCode(await scene.night(), 0)
    const older = join(scene.folder, 'older')
    cpSync(scene.vault, older, { recursive: true, preserveTimestamps: true })
    for (const night of [3, 4]) {
      scene.change(caption(0, `lost ${night}`), bytes(1, `lost ${night}`))
      assertCode(await scene.night(), 0)
    }
    const runs = await historyOf(scene, scene.copy)
    const lost = [...(await versionsOf(scene.copy, 3)), ...(await versionsOf(scene.copy, 4))]
    const then = await asOf(scene, 3, scene.copy)
    rmSync(scene.vault, { recursive: true })
    renameSync(older, scene.vault)
    for (const night of [3, 4, 5]) {
      scene.change(caption(0, `anew ${night}`))
      const { summary } = await scene.night()
      assert.match(summary.message, /the first vault is older than the copy/)
      assert.deepEqual(await asOf(scene, 3, scene.copy), then, 'the brake holds the past')
      assert.deepEqual(await historyOf(scene, scene.copy), runs)
    }
    assertCode(await scene.copying(['--accept-changes']), 0)
    await assertSamePast(scene, [scene.vault, scene.copy], [1, 2, 3, 4, 5])
    assert.deepEqual(await historyOf(scene, scene.copy), await historyOf(scene, scene.vault))
    const all = new Set([...(await snapshot(scene.copy)).values()].map(({ md5 }) => md5))
    for (const md5 of lost) assert.ok(all.has(md5))
    scene.change(caption(0, 'last'))
    assertCode(await scene.night(), 0)
    await assertSamePast(scene, [scene.vault, scene.copy], [3, 5, 6])
  })

  for (const kind of ['plain', 'sealed, without its private key'])
    test(`ends where that of the first vault does when this is put back, and no run came since: ${kind}`, async (t) => {
      const scene = await withCopy(t, kind === 'plain' ? {} : { SMGMG_BK_COPY_USB_ENCRYPTION_RECIPIENTS: (await makeKey()).recipient })
      assertCode(await scene.night(), 0)
      const older = join(scene.folder, 'older')
      cpSync(scene.vault, older, { recursive: true, preserveTimestamps: true })
      for (const night of [2, 3]) {
        scene.change(caption(0, `lost ${night}`))
        assertCode(await scene.night(), 0)
      }
      rmSync(scene.vault, { recursive: true })
      renameSync(older, scene.vault)
      assertCode(await scene.copying(['--accept-changes']), 0)
      assert.deepEqual(runsIn(scene.copy), runsIn(scene.vault))
      if (kind === 'plain') assert.deepEqual(await historyOf(scene, scene.copy), await historyOf(scene, scene.vault))
    })

  test('is thinned as keep_versions says, as that of the first vault', async (t) => {
    const scene = await withCopy(t, { SMGMG_BK_KEEP_VERSIONS: '1d' })
    for (let night = 1; night <= 5; night += 1) {
      scene.change(caption(0, `night ${night}`))
      // The copy is away for a night.
      assertCode(await scene.night(night === 4 ? ['--no-copies'] : []), 0)
      await scene.night(['--no-copies'])
      assertCode(await scene.copying(), 0)
    }
    assert.equal(runsIn(scene.vault).length, 2)
    assert.deepEqual(runsIn(scene.copy), runsIn(scene.vault))
    await assertSamePast(scene, [scene.vault, scene.copy], runsIn(scene.vault))
  })

  test('has each record once: that of an album with another name leaves its old folder in the same night', async (t) => {
    const scene = await withCopy(t, { SMGMG_BK_SIDECARS: 'xmp' })
    assertCode(await scene.night(), 0)
    scene.change(
      (world) => renameAlbum(world, albumKey('Home'), 'Italy'),
      (world) => renameAlbum(world, albumKey('Best'), 'Home'),
      (world) => renameAlbum(world, albumKey('Norway'), 'Norge'),
    )
    assertCode(await scene.night(), 0)
    const [first, copy] = [scene.vault, scene.copy].map((folder) =>
      readdirSync(folder, { recursive: true })
        .filter((path) => !String(path).startsWith('.'))
        .toSorted(),
    )
    assert.deepEqual(copy, first)
    assert.ok(!existsSync(join(scene.copy, 'Best')))
  })
})
