import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  addAlbum,
  addImage,
  albumsOf,
  collectImage,
  editImage,
  moveAlbum,
  moveImage,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
} from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { album, photo } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertAddsUp, assertHolds, assertSame, type Line, openScene, promisedBy, type Scene, type Summary, snapshot } from './harness.ts'

/** Returns the counts of a run, except those that depend on the connection or the clock. */
function countsOf({
  event: _event,
  at: _at,
  message: _message,
  hint: _hint,
  apiCalls: _calls,
  durationMs: _ms,
  bytes: _bytes,
  ...counts
}: Summary) {
  return counts
}

/** Outcomes that count as one: of two photos with the same bytes, the one that is listed first is fetched, and the other is copied from it. */
const BROUGHT: ReadonlySet<unknown> = new Set(['stored', 'adopted', 'copied'])

/** Returns the outcome of every item, real or planned. */
const outcomesOf = (lines: readonly Line[]): readonly string[] =>
  lines
    .filter(({ event }) => event === 'item')
    .map(({ outcome, album: path, imageKey, path: at }) => `${BROUGHT.has(outcome) ? 'brought' : outcome} ${path} ${imageKey} ${at}`)
    .sort()

/** Runs a dry run, then a real one: the first writes nothing, and its counts are those of the second. */
async function foretold(scene: Scene, args: readonly string[] = []): Promise<Summary> {
  const before = await snapshot(scene.folder)
  const dry = await scene.backup(['--dry-run', ...args])
  assertSame(await snapshot(scene.folder), before)
  assertAddsUp(dry.summary)
  assert.ok(dry.lines.some(({ event, dryRun }) => event === 'run.started' && dryRun === true))
  const real = await scene.backup(args)
  assert.deepEqual(countsOf(dry.summary), countsOf(real.summary))
  assert.deepEqual(outcomesOf(dry.lines), outcomesOf(real.lines))
  return real.summary
}

/** Keys stay what they are, whatever is renamed. */
const SMALL = smallWorld()
const keyOf = (fileName: string): string =>
  promisedBy(SMALL).find(({ image }) => image.fileName === fileName)?.image.key ?? assert.fail(fileName)
const albumKey = (name: string): string => albumsOf(SMALL).find((each) => each.name === name)?.key ?? assert.fail(name)
const folderId = (name: string): string =>
  SMALL.root.flatMap((node) => (node.type === 'Folder' && node.name === name ? [node.nodeId] : []))[0] ?? assert.fail(name)

/** Changes by the owner between two backups, each on the small account. */
const CHANGES: Readonly<Record<string, (world: World) => World>> = {
  'a new photo': (world) => addImage(world, albumKey('Kitchen'), photo('new')),
  'a new album': (world) => addAlbum(world, album('Fresh', [photo('fresh-1'), photo('fresh-2')])),
  'a replaced photo': (world) => replaceImage(world, keyOf('fjord-1.jpg'), { kind: 'seeded', seed: 'other', size: 5000 }),
  'a caption': (world) => editImage(world, keyOf('fjord-1.jpg'), { caption: 'Another one' }),
  'a file name': (world) => editImage(world, keyOf('fjord-1.jpg'), { fileName: 'fjord one.jpg' }),
  'a photo moved': (world) => moveImage(world, keyOf('fjord-1.jpg'), albumKey('2024 Norway'), albumKey('Kitchen')),
  'a photo collected': (world) => collectImage(world, keyOf('fjord-2.jpg'), albumKey('Kitchen')),
  'a photo removed': (world) => removeImage(world, albumKey('Kitchen'), keyOf('kitchen-2.jpg')),
  'an album renamed': (world) => renameAlbum(world, albumKey('Kitchen'), 'Dining room'),
  'an album moved': (world) => moveAlbum(world, albumKey('Kitchen'), folderId('Travel')),
  'a folder renamed': (world) => renameFolder(world, folderId('Travel'), 'Far away'),
  nothing: (world) => world,
}

describe('--dry-run writes no byte anywhere, and its counts are those of the next real run', { concurrency: 2 }, () => {
  test('on an empty vault', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_WRITE_CSV: 'true' } })
    const summary = await foretold(scene)
    assert.deepEqual([summary.exitCode, summary.stored, summary.copied], [0, 11, 1])
    await assertHolds(scene.vault, smallWorld())
  })

  test('of an account in which everything is odd', async (t) => {
    const scene = await openScene(t, { world: nastyWorld() })
    assert.equal((await foretold(scene)).exitCode, 0)
  })

  test('of a part of the account', async (t) => {
    const scene = await openScene(t)
    assert.equal((await foretold(scene, ['--album', 'Travel/**', '--type', 'photo'])).stored, 5)
  })

  test('reports no transfer', async (t) => {
    const scene = await openScene(t)
    await scene.backup(['--dry-run'])
    assert.equal(scene.simulator.counters.cdn, 0)
  })

  const names = Object.keys(CHANGES)
  for (const few of [names.slice(0, 4), names.slice(4, 8), names.slice(8)]) {
    test(`after ${few.join('; then ')}`, async (t) => {
      let world = smallWorld()
      const scene = await openScene(t, { world })
      await scene.backup()
      for (const name of few) {
        await t.test(name, async () => {
          world = CHANGES[name]?.(world) ?? assert.fail(name)
          scene.simulator.setWorld(world)
          assert.equal((await foretold(scene)).exitCode, 0)
        })
      }
    })
  }

  test('after all of that, and damage to the vault', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const all = ['a new photo', 'a new album', 'a replaced photo', 'a photo removed', 'an album renamed', 'a folder renamed']
    scene.simulator.setWorld(all.reduce((so, name) => CHANGES[name]?.(so) ?? assert.fail(name), world))
    rmSync(join(scene.vault, 'Best-of', 'portrait.jpg'))
    writeFileSync(join(scene.vault, 'Best-of', 'scan.png'), 'damaged')
    writeFileSync(join(scene.vault, 'Best-of', 'foreign.jpg'), "not SmugMug's")
    const summary = await foretold(scene)
    assert.deepEqual([summary.exitCode, summary.replaced, summary.vanished], [0, 1, 1])
  })

  test('names every album and photo that would come, change, move or go', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    const first = await scene.run(['--dry-run'])
    assert.match(first.stdout, /Would come \(12\)\n {2}\/Best-of \(3\): Harbour at dawn.jpg, portrait.jpg, scan.png\n/)
    await scene.backup()
    const all = ['a new photo', 'a replaced photo', 'a photo removed', 'a folder renamed']
    scene.simulator.setWorld(all.reduce((so, name) => CHANGES[name]?.(so) ?? assert.fail(name), world))
    const { stdout } = await scene.run(['--dry-run'])
    assert.match(stdout, /Would come \(1\)\n {2}\/Home\/Kitchen \(1\): new/)
    assert.match(stdout, /Would change \(1\)\n {2}\/Far-away\/2024-Norway \(1\): fjord-1.jpg/)
    assert.match(stdout, /Would move \(5\)\n {2}\/Far-away\/2024-Norway \(5\): .*ferry.mp4 \(from Travel\/2024-Norway\/ferry.mp4\)/)
    assert.match(stdout, /Would go: no longer on SmugMug \(1\)\n {2}\/Home\/Kitchen \(1\): kitchen-2.jpg/)
    assert.equal(stdout.match(/kitchen-2/g)?.length, 1, stdout)
    assert.match((await scene.run(['--dry-run', '--verbose'])).stdout, /^would go: \/Home\/Kitchen\/kitchen-2.jpg/m)
    assert.equal((await scene.run(['--dry-run', '--quiet'])).stderr, '')
    const named = (await scene.backup(['--dry-run'])).lines.filter(({ event }) => event === 'change').map(({ what }) => what)
    assert.deepEqual(named, ['came', 'changed', 'moved', 'moved', 'moved', 'moved', 'moved', 'went'])
    const report = await scene.backup()
    assert.equal(report.lines.filter(({ event }) => event === 'change').length, 0, 'a real run has a report')
  })

  test('on a folder of the Go program', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    rmSync(join(scene.vault, '.smugmug-backup'), { recursive: true })
    for (const path of ['Best-of', 'Home/Kitchen', 'Travel/2024-Norway']) rmSync(join(scene.vault, path, 'album.json'))
    const summary = await foretold(scene)
    assert.deepEqual([summary.exitCode, summary.adopted + summary.copied, summary.stored, summary.bytes], [0, 12, 0, 0])
  })
})
