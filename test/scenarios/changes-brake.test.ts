import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, editImage, moveImage, removeAlbum, removeImage, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { Bytes, World, WorldImage } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runList, runStatus } from '../../src/app/app.ts'
import { albumKey, assertMirrors, type Lab, openLab, type RunOptions } from '../support/lab.ts'

const photos = (name: string, count: number): readonly WorldImage[] =>
  Array.from({ length: count }, (_, n) =>
    photo(`${name}-${n}`, { bytes: { kind: 'seeded', seed: `${name}-${n}`, size: 300, starts: 'jpg' } }),
  )

const many = photos('m', 30)
const few = photos('f', 12)
/** Forty-two items: 10 % of them are four, less than the twenty that always pass. */
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Many', many)]), albumNode('Few', few)],
}
const manyKey = albumKey(world, 'Many')
const fewKey = albumKey(world, 'Few')

const without =
  (count: number) =>
  (w: World): World =>
    many.slice(0, count).reduce((each, image) => removeImage(each, manyKey, image.key), w)
const replaced =
  (count: number) =>
  (w: World): World =>
    many
      .slice(0, count)
      .reduce((each, image) => replaceImage(each, image.key, { kind: 'seeded', seed: `new ${image.key}`, size: 310, starts: 'jpg' }), w)

const other: Bytes = { kind: 'seeded', seed: 'other', size: 310, starts: 'jpg' }

/** Asserts that no held item is touched, marked or forgotten. */
async function assertHolds(lab: Lab, run: RunOptions = {}): Promise<void> {
  const [media, trash, history] = [lab.media(), lab.ours('trash'), lab.ours('history')]
  for (let night = 0; night < 2; night += 1) {
    const told = await lab.backup(run)
    assert.equal(told.exitCode, 7, told.message)
    assert.match(`${told.hint}`, /--accept-changes/)
    assert.deepEqual(
      [...lab.media()].filter(([path]) => media.has(path)),
      [...media],
    )
    assert.deepEqual([lab.ours('trash'), lab.ours('history')], [trash, history])
    assert.deepEqual(
      lab.rows().items.filter((item) => item.vanishedAt !== undefined),
      [],
    )
    for (const path of ['Travel/Many', 'Few']) assert.doesNotMatch(readFileSync(lab.at(`${path}/album.json`), 'utf8'), /vanishedAt/)
  }
}

const settled = async (t: Parameters<typeof openLab>[0], settings = {}): Promise<Lab> => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  return lab
}

describe('the safety brake', { concurrency: 8 }, () => {
  for (const onVanished of ['keep', 'trash'] as const) {
    test(`more than 10 % and more than 20 vanish (on_vanished = ${onVanished}): nothing is touched, new photos come, exit 7`, async (t) => {
      const lab = await settled(t, { onVanished })
      lab.change(without(21), (w) => addImage(w, fewKey, photo('new one')))
      await assertHolds(lab)
      assert.ok(lab.media().has('Few/new one.jpg'))
      const told = await lab.backup()
      assert.match(told.message, /21 items/)
      const accepted = await lab.complete({ acceptChanges: true })
      assert.equal(accepted.totals.vanished, 21)
      assert.equal(accepted.downloads, 0)
      if (onVanished === 'trash') assertMirrors(lab)
      else assert.equal(lab.media().size, 43)
      assert.equal((await lab.complete()).totals.vanished, 0)
    })
  }

  test('exactly twenty pass', async (t) => {
    const lab = await settled(t)
    lab.change(without(20))
    assert.equal((await lab.complete()).totals.vanished, 20)
  })

  test('a share of exactly max_vanished passes, one more does not', async (t) => {
    const lab = await settled(t, { maxVanished: 0.5 })
    lab.change(without(21))
    assert.equal((await lab.complete()).totals.vanished, 21)
    const other = await settled(t, { maxVanished: 0.5 })
    other.change(without(22))
    await assertHolds(other)
  })

  test('a share below max_vanished passes', async (t) => {
    const lab = await settled(t, { maxVanished: 0.9 })
    lab.change(without(30))
    assert.equal((await lab.complete()).totals.vanished, 30)
  })

  test('more than twenty are replaced: none is fetched before it is accepted, then all are', async (t) => {
    const lab = await settled(t)
    lab.change(replaced(21))
    lab.sim.resetCounters()
    await assertHolds(lab)
    assert.equal(lab.sim.counters.byEndpoint.original ?? 0, 0)
    const accepted = await lab.complete({ acceptChanges: true })
    assert.deepEqual([accepted.totals.replaced, accepted.downloads], [21, 21])
    assertMirrors(lab)
    assert.equal([...lab.ours('history').keys()].filter((path) => path.endsWith('.jpg')).length, 21)
  })

  test('twenty replaced pass', async (t) => {
    const lab = await settled(t)
    lab.change(replaced(20))
    assert.equal((await lab.complete()).totals.replaced, 20)
    assertMirrors(lab)
  })

  test('vanished and replaced items count together', async (t) => {
    const lab = await settled(t)
    lab.change((w) => few.slice(0, 11).reduce((each, image) => removeImage(each, fewKey, image.key), w), replaced(10))
    await assertHolds(lab)
    const accepted = await lab.complete({ acceptChanges: true })
    assert.deepEqual([accepted.totals.vanished, accepted.totals.replaced], [11, 10])
  })

  test('those that moved and were replaced count as replaced, and are named so', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change(replaced(30), (w) => many.reduce((each, { key }) => moveImage(each, key, manyKey, fewKey), w))
    const { exitCode, problems, message } = await lab.backup()
    assert.deepEqual([exitCode, lab.ours('history').size], [7, 0])
    assert.deepEqual(
      [problems.length, ...new Set(problems.map(({ kind, album }) => `${kind} ${album}`))],
      [30, 'would-be-replaced /Travel/Many'],
    )
    assert.match(message, /30 items would be replaced/)
    await lab.complete({ acceptChanges: true })
    assertMirrors(lab)
  })

  test('replaced items wait while the lists are in doubt, if with the departed ones they are too many', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change(
      without(15),
      (w) => few.reduce((each, { key }) => replaceImage(each, key, other), w),
      (w) => ({ ...w, userFields: { ImageCount: 42 } }),
    )
    for (let night = 0; night < 2; night += 1) {
      const { exitCode, totals, problems } = await lab.backup()
      assert.deepEqual([exitCode, totals.replaced, totals.kept, totals.vanished], [3, 0, 27, 0])
      assert.match(problems.map(({ reason }) => reason).join(), /12 changed photos will be replaced when it is known what is gone/)
    }
    lab.change((w) => ({ ...w, userFields: {} }))
    assert.equal((await lab.backup()).exitCode, 7)
    const { totals } = await lab.complete({ acceptChanges: true })
    assert.deepEqual([totals.replaced, totals.vanished], [12, 15])
  })

  test('an album gone with many items', async (t) => {
    const lab = await settled(t, { onVanished: 'trash' })
    lab.change((w) => removeAlbum(w, manyKey))
    await assertHolds(lab)
    assert.equal((await lab.complete({ acceptChanges: true })).totals.vanished, 30)
    assertMirrors(lab)
    assert.equal(lab.ours('trash').size, 30)
  })

  test('an album gone with many items and another one at its path: nothing is moved aside, the new one is fetched', async (t) => {
    const lab = await settled(t, { onVanished: 'trash' })
    lab.change(
      (w) => removeAlbum(w, manyKey),
      (w) => ({
        ...w,
        root: [folder('Travel', [albumNode('Many', photos('x', 3), { key: 'NewKey', nodeId: 'NewNod' })]), ...w.root.slice(1)],
      }),
    )
    await assertHolds(lab)
    const bytes = new Set(lab.media().values())
    for (const image of photos('x', 3)) assert.ok(bytes.has(md5Of(image.bytes)), image.fileName)
    assert.equal((await lab.complete({ acceptChanges: true })).downloads, 0)
    assert.equal((await lab.complete()).downloads, 0)
    assertMirrors(lab)
  })

  test('renames and moves do not count', async (t) => {
    const lab = await settled(t)
    lab.change((w) => many.slice(0, 24).reduce((each, image) => moveImage(each, image.key, manyKey, fewKey), w))
    const moved = await lab.complete()
    assert.deepEqual([moved.downloads, moved.totals.vanished, moved.totals.moved], [0, 0, 24])
    assertMirrors(lab)
    lab.change((w) => many.slice(0, 24).reduce((each, image) => editImage(each, image.key, { fileName: `r-${image.fileName}` }), w))
    const renamed = await lab.complete()
    assert.deepEqual([renamed.downloads, renamed.totals.moved], [0, 24])
    lab.change((w) => renameFolder(w, idFrom('node Travel', 6), 'Journeys'))
    assert.equal((await lab.complete()).totals.moved, 6)
    assertMirrors(lab)
  })

  test('an album that was made again under another key, with the same photos moved to it, does not count', async (t) => {
    const lab = await settled(t)
    lab.change((w) => ({
      ...w,
      root: [folder('Travel', [albumNode('Many', many, { key: 'NewKey', nodeId: 'NewNod' })]), ...w.root.slice(1)],
    }))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.vanished], [0, 0])
    assert.equal((await lab.complete()).downloads, 0)
    assertMirrors(lab)
  })

  test('another account than last time: nothing is touched, new photos come', async (t) => {
    const lab = await settled(t, { onVanished: 'trash' })
    lab.change((w) => ({ ...w, nickName: 'bob', root: [albumNode('Bobs', photos('b', 3), { key: 'BobKey', nodeId: 'BobNod' })] }))
    await assertHolds(lab)
    assert.match((await lab.backup()).message, /another account/)
    assert.equal(lab.media().size, 45)
    await lab.complete({ acceptChanges: true })
    assertMirrors(lab)
    await lab.complete()
  })

  test('another account, of which only a little would change', async (t) => {
    const lab = await settled(t)
    lab.change((w) => ({ ...w, nickName: 'bob' }), without(1))
    await assertHolds(lab)
    await lab.complete({ acceptChanges: true })
    await lab.complete()
  })

  test('renames and moves are followed, even while the brake holds', async (t) => {
    const lab = await settled(t)
    lab.change(without(25), (w) => editImage(w, few[0]?.key ?? '', { fileName: 'renamed.jpg' }))
    const told = await lab.backup()
    assert.equal(told.exitCode, 7)
    assert.ok(lab.media().has('Few/renamed.jpg'))
    assert.equal(lab.media().size, 42)
  })

  test('while it holds, no number contradicts another: an album holds no more than SmugMug counts', async (t) => {
    const lab = await settled(t)
    lab.change(without(28))
    const told = await lab.backup()
    assert.equal(told.exitCode, 7)
    const finished = told.events.filter((event) => event.event === 'album.finished')
    assert.deepEqual(
      finished.map(({ album, held, counted }) => [album, held, counted]),
      [['/Travel/Many', 2, 2]],
    )
    const [report = ''] = [...lab.ours('reports').keys()]
      .filter((path) => path.endsWith('.txt'))
      .sort()
      .slice(-1)
    assert.match(readFileSync(lab.at(`.smugmug-backup/reports/${report}`), 'utf8'), / 2 \/ 2 .*\/Travel\/Many/)
    const status = await runStatus(lab.work())
    assert.deepEqual([status.held.items, status.expected], [14, 14])
    const { albums } = await runList(lab.work())
    assert.deepEqual(
      albums.map(({ path, held, items }) => [path, held, items]),
      [
        ['/Few', 12, 12],
        ['/Travel/Many', 2, 2],
      ],
    )
  })

  test('when they come back, the brake is off by itself', async (t) => {
    const lab = await settled(t)
    const before = lab.world
    lab.change(without(30))
    assert.equal((await lab.backup()).exitCode, 7)
    lab.change(() => before)
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.kept], [0, 42])
  })

  test('accepting is for one run', async (t) => {
    const lab = await settled(t)
    lab.change(without(21))
    await lab.complete({ acceptChanges: true })
    lab.change(
      (w) => many.slice(21).reduce((each, image) => removeImage(each, manyKey, image.key), w),
      (w) => few.reduce((each, image) => removeImage(each, fewKey, image.key), w),
    )
    assert.equal((await lab.backup()).exitCode, 7)
  })
})
