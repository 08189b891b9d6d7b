import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { md5Of, mediaOf } from '../../simulator/bytes.ts'
import { albumsOf, placementsOf, withPlacements } from '../../simulator/edit.ts'
import type { World, WorldAlbum, WorldNode } from '../../simulator/world.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { assertAddsUp, assertSame, mediaIn, openScene, partsIn, promisedBy, type Scene, snapshot } from './harness.ts'

/** Items without a file at SmugMug: the report names them. */
const UNFETCHABLE: Readonly<Record<string, string>> = {
  'processing.MOV': 'pending',
  'flag-stuck.MOV': 'pending',
  'cannot-process.MOV': 'impossible',
  'no-rendition.MOV': 'impossible',
  'by-nothing.jpg': 'impossible',
}
/** A photo held only as the largest picture that SmugMug offers, which is smaller than the upload. */
const FALLBACK = 'by-largest.jpg'

const OF_RUNS = /^\.smugmug-backup\/(?:catalogue\.sqlite|reports|lock|state\.json)|^\.smugmug-backup$/

/** Albums and their items in the other order. */
function reversed(world: World, what: { readonly albums: boolean }): World {
  const turned = (album: WorldAlbum): WorldAlbum => withPlacements(album, placementsOf(album).toReversed())
  const node = (each: WorldNode): WorldNode => {
    if (each.type === 'Album') return { ...each, album: turned(each.album) }
    return each.type === 'Folder' ? { ...each, children: nodes(each.children) } : each
  }
  const nodes = (list: readonly WorldNode[]): readonly WorldNode[] => (what.albums ? list.map(node).toReversed() : list.map(node))
  return { ...world, root: nodes(world.root) }
}

/** Returns the names in the vault by album and image, from the records. */
async function names(scene: Scene): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const path of (await snapshot(scene.vault)).keys()) {
    if (!/(?:^|\/)album\.json$/.test(path)) continue
    const { album, items } = JSON.parse(readFileSync(join(scene.vault, path), 'utf8'))
    for (const { imageKey, name } of items) found.set(`${album.key} ${imageKey}`, join(album.folder, name))
  }
  return found
}

describe('an account in which everything is odd', { concurrency: 2 }, () => {
  test('is held all the same, and each exception is named', async (t) => {
    const world = nastyWorld()
    const scene = await openScene(t, { world })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assertAddsUp(summary)
    assert.equal(summary.items, promisedBy(world).length)

    const expected = Object.entries(UNFETCHABLE).map(([name, outcome]) => `${outcome} ${keyOf(world, name)}`)
    const exceptions = lines.filter(({ event, outcome }) => event === 'item' && ['failed', 'pending', 'impossible'].includes(outcome))
    assert.deepEqual(exceptions.map(({ outcome, imageKey }) => `${outcome} ${imageKey}`).sort(), expected.sort())
    for (const { reason } of exceptions) assert.ok(reason)

    const media = await mediaIn(scene.vault)
    const besides = ['Ladder/by-largest.jpg', 'RAW/P1055113.rw2']
    const held = [...media].flatMap(([path, { md5 }]) => (besides.includes(path) ? [] : [md5]))
    const promised = promisedBy(world).filter(
      ({ image: { fileName = '' } }) => !Object.hasOwn(UNFETCHABLE, fileName) && fileName !== FALLBACK,
    )
    assert.deepEqual(held.sort(), promised.map(({ md5 }) => md5).sort())
    const raw = promisedBy(world).flatMap(({ image }) => image.components ?? [])
    assert.deepEqual(
      raw.map(({ bytes }) => md5Of(bytes)),
      [media.get('RAW/P1055113.rw2')?.md5],
    )
    const fallback = lines.find(({ event, path }) => event === 'item' && path === 'Ladder/by-largest.jpg')
    assert.equal(fallback?.grade, 'fallback')
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('writes nothing outside of the vault, and only names that every disk takes', async (t) => {
    const scene = await openScene(t, { world: nastyWorld() })
    await scene.backup()
    assert.deepEqual(readdirSync(scene.folder).sort(), ['cwd', 'home', 'vault'])
    assert.deepEqual(readdirSync(scene.cwd), [])
    const home = [...(await snapshot(scene.home)).keys()].filter((path) => !path.startsWith('state'))
    assert.deepEqual(home, [])
    assert.ok(!existsSync(join(scene.folder, '..', 'out')))

    const folded = new Set<string>()
    for (const [path, { kind }] of await snapshot(scene.vault)) {
      assert.notEqual(kind, 'other', path)
      const name = path.split('/').at(-1) ?? ''
      assert.ok(Buffer.byteLength(name) <= 255, `${name} is too long`)
      assert.doesNotMatch(name, /[<>:"\\|?*\p{Cc}]|[. ]$/u, path)
      assert.doesNotMatch(name, /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i, path)
      assert.ok(name.isWellFormed())
      const fold = path.normalize('NFC').toLowerCase()
      assert.ok(!folded.has(fold), `${path} exists twice on a case-blind disk`)
      folded.add(fold)
    }
  })

  test('namesakes are all there', async (t) => {
    const world = nastyWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const twins = albumsOf(world).find(({ name }) => name === 'Twins') ?? assert.fail()
    const promised = placementsOf(twins).map(({ image }) => md5Of(mediaOf(image)))
    const held = [...(await mediaIn(join(scene.vault, 'Twins'))).values()].map(({ md5 }) => md5)
    assert.deepEqual(held.sort(), promised.sort())
  })

  test('is the same tree after a second run, in any order of the listings', async (t) => {
    const world = nastyWorld()
    const scene = await openScene(t, { world })
    const first = await scene.backup()
    const before = await snapshot(scene.vault)
    scene.simulator.resetCounters()
    const second = await scene.backup(['--full'])
    assertAddsUp(second.summary)
    assert.deepEqual([second.summary.exitCode, second.summary.kept], [0, first.summary.items - Object.keys(UNFETCHABLE).length])
    assert.deepEqual([second.summary.moved, second.summary.replaced, second.summary.vanished], [0, 0, 0])
    assert.equal(scene.simulator.counters.cdn, 0)
    assertSame(await snapshot(scene.vault), before, OF_RUNS)

    scene.simulator.setWorld(reversed(world, { albums: true }))
    const turned = await scene.backup(['--full'])
    assert.deepEqual([turned.summary.exitCode, turned.summary.moved, turned.summary.bytes], [0, 0, 0])
    const media = await mediaIn(scene.vault)
    assert.deepEqual(
      [...media.keys()],
      [...before.keys()].filter((path) => media.has(path)),
    )
    for (const [path, { md5 }] of media) assert.equal(md5, before.get(path)?.md5, path)
  })

  test('gets the same names in a new vault although the listings come in another order', async (t) => {
    const world = nastyWorld()
    const [one, other] = await Promise.all([openScene(t, { world }), openScene(t, { world: reversed(world, { albums: false }) })])
    await Promise.all([one.backup(), other.backup()])
    assert.deepEqual([...(await names(other))].sort(), [...(await names(one))].sort())
  })
})

function keyOf(world: World, fileName: string): string {
  return promisedBy(world).find(({ image }) => image.fileName === fileName)?.image.key ?? assert.fail(`no ${fileName}`)
}
