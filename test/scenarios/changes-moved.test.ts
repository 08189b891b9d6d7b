import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { editImage, moveImage, replaceImage } from '../../simulator/edit.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, KEYS, photo } from '../../simulator/worlds/make.ts'
import { albumKey, openLab } from '../support/lab.ts'
import { itemOf, recordOf } from '../support/records.ts'

test('a photo that moved and was replaced in one night: its old bytes are in the history like those of any replaced one, and the words beside it come along', async (t) => {
  const one = photo('one')
  for (const [onVanished, keepReplaced] of [
    ['keep', 'forever'],
    ['trash', 'forever'],
    ['trash', 0],
  ] as const) {
    const lab = await openLab(t, twoAlbums(one), { settings: { onVanished, keepReplaced, sidecars: ['xmp'] } })
    await lab.complete()
    const sidecar = readFileSync(lab.at('Old/one.jpg.xmp'), 'utf8')
    writeFileSync(lab.at('Old/one.jpg.xmp'), sidecar.replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'))
    lab.change(
      (w) => moveImage(w, one.key, albumKey(w, 'Old'), albumKey(w, 'New')),
      (w) => replaceImage(w, one.key, { kind: 'seeded', seed: 'other', size: 22_000, starts: 'jpg' }),
    )
    const dry = await lab.complete({ dryRun: true })
    const { totals } = await lab.complete()
    assert.deepEqual([totals.stored, totals.vanished, dry.totals.stored, dry.totals.vanished], [1, 0, 1, 0])
    assert.deepEqual(
      [...lab.media().keys()],
      ['New/c.jpg', 'New/c.jpg.xmp', 'New/one.jpg', 'New/one.jpg.xmp', 'Old/b.jpg', 'Old/b.jpg.xmp'],
    )
    assert.match(readFileSync(lab.at('New/one.jpg.xmp'), 'utf8'), /Rating="5"/)
    const kept = [...lab.ours('history').values(), ...lab.ours('trash').values()]
    assert.deepEqual([lab.ours('trash').size, kept.includes(md5Of(one.bytes))], [0, keepReplaced !== 0])
    assert.equal((await lab.complete()).totals.kept, 3)
  }
})

test('a photo that moved to an album that allows no downloads keeps its original: it comes along, and the smaller picture is not fetched', async (t) => {
  const one = photo('one')
  const lab = await openLab(t, twoAlbums(one), { settings: { keepReplaced: 0, onVanished: 'trash' } })
  await lab.complete()
  lab.change(
    (w) => moveImage(w, one.key, albumKey(w, 'Old'), albumKey(w, 'New')),
    (w) => editImage(w, one.key, { offers: 'largest' }),
  )
  for (const dryRun of [true, false]) {
    const { totals, downloads } = await lab.complete({ dryRun })
    assert.deepEqual([totals.moved, totals.stored, totals.vanished, downloads], [1, 0, 0, 0])
  }
  assert.equal(lab.media().get('New/one.jpg'), md5Of(one.bytes))
  assert.equal(itemOf(recordOf(lab.root, 'New'), 'one.jpg').files[0].grade, 'original')
  assert.equal((await lab.complete({ full: true })).totals.kept, 3)
})

test('the RAW file of a photo that moved and was replaced comes along if SmugMug lists it no more: nobody replaced it', async (t) => {
  const [raw, newRaw] = ['raw', 'new raw'].map((seed) => ({ kind: 'seeded', seed, size: 40_000, starts: 'none' }) as const)
  assert.ok(raw !== undefined && newRaw !== undefined)
  const one = photo('one', { components: [{ fileName: 'one.NEF', bytes: raw }] })
  for (const [components, kept, inHistory] of [
    [[], raw, false],
    [[{ fileName: 'one.NEF', bytes: raw }], raw, false],
    [[{ fileName: 'one.NEF', bytes: newRaw }], newRaw, true],
  ] as const)
    for (const [keepReplaced, from, to] of [
      [0, 'Old', 'New'],
      [0, 'New', 'Old'],
      ['forever', 'Old', 'New'],
    ] as const) {
      const lab = await openLab(t, twoAlbums(one, from, to), { settings: { keepReplaced, onVanished: 'trash' } })
      await lab.complete()
      lab.change(
        (w) => moveImage(w, one.key, albumKey(w, from), albumKey(w, to)),
        (w) => replaceImage(w, one.key, { kind: 'seeded', seed: 'other', size: 22_000, starts: 'jpg' }),
        (w) => editImage(w, one.key, { components }),
      )
      await lab.complete()
      assert.deepEqual([...lab.media().keys()], [`${from}/b.jpg`, `${to}/c.jpg`, `${to}/one.NEF`, `${to}/one.jpg`].toSorted())
      assert.equal(lab.media().get(`${to}/one.NEF`), md5Of(kept))
      assert.equal(itemOf(recordOf(lab.root, to), 'one.jpg').files.length, 2)
      assert.equal([...lab.ours('history').values()].includes(md5Of(raw)), inHistory && keepReplaced === 'forever')
      assert.equal((await lab.complete({ full: true })).totals.kept, 3)
    }
})

test('the RAW file of such a photo does not go to an album that collects it, and that has the old bytes still', async (t) => {
  const one = photo('one', {
    components: [{ fileName: 'one.NEF', bytes: { kind: 'seeded', seed: 'raw', size: 40_000, starts: 'none' } }],
  })
  const world = twoAlbums(one)
  const lab = await openLab(t, { ...world, root: [...world.root, albumNode('Best', [collected(one)])] })
  await lab.complete()
  lab.change(
    (w) => moveImage(w, one.key, albumKey(w, 'Old'), albumKey(w, 'New')),
    (w) => replaceImage(w, one.key, { kind: 'seeded', seed: 'other', size: 22_000, starts: 'jpg' }),
  )
  await lab.complete()
  assert.deepEqual([...lab.media().keys()], ['Best/one.jpg', 'New/c.jpg', 'New/one.NEF', 'New/one.jpg', 'Old/b.jpg'])
})

/** Returns an account with a photo in one of two albums. */
const twoAlbums = (one: WorldImage, from = 'Old', to = 'New'): World => ({
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode(from, [one, photo('b')]), albumNode(to, [photo('c')])],
})
