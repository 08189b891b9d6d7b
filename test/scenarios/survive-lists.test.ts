/** Lists of SmugMug that leave something out, say it twice, or change while they are read. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { addImage, albumsOf, changeAlbum, placementsOf, whilePaging, withPlacements } from '../../simulator/edit.ts'
import type { World, WorldAlbum, WorldImage, WorldNode } from '../../simulator/world.ts'
import { albumNode, collected, KEYS, photo } from '../../simulator/worlds/make.ts'
import { type Storage, StorageError } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { assertMirrors, openLab } from '../support/lab.ts'

const photos = (name: string, count: number): readonly WorldImage[] =>
  Array.from({ length: count }, (_, n) =>
    photo(`${name}${n}`, { bytes: { kind: 'seeded', seed: `${name}${n}`, size: 2000, starts: 'jpg' } }),
  )
const worldOf = (...root: readonly WorldNode[]): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })
const LATER = { imagesLastUpdated: '2026-11-02T00:00:00+00:00', lastUpdated: '2026-11-02T00:00:00+00:00' }

test('an album whose node does not say where it is makes the folders no list of albums: nothing vanishes', async (t) => {
  const some = photos('p', 5)
  const world = {
    ...worldOf(albumNode('A', some), albumNode('B', some.map(collected)), albumNode('C', photos('c', 3))),
    userFields: { ImageCount: 8 },
  }
  const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
  await lab.complete()
  lab.sim.setBehaviour({
    faults: [
      { on: 'albums', does: { kind: 'status', status: 404 } },
      { on: 'children', does: { kind: 'patch', response: { Node: { 2: { Uris: { Album: null } } } } } },
    ],
  })
  const run = await lab.backup()
  assert.deepEqual([run.exitCode, run.totals.vanished, lab.ours('trash').size], [3, 0, 0])
  assert.match(run.message, /does not say where it is/)
  lab.sim.setBehaviour({})
  assert.equal((await lab.complete()).downloads, 0)
})

test('an album that SmugMug lists and counts twice is backed up all the same', async (t) => {
  const world = worldOf(albumNode('A', [photo('a')]), albumNode('B', [photo('b')]))
  const lab = await openLab(t, world)
  const [first] = albumsOf(world)
  const twice = { AlbumKey: first?.key, Name: 'A', UrlPath: '/A', UrlName: 'A', ImageCount: 1, Uri: `/api/v2/album/${first?.key}` }
  const response = { Pages: { Total: 3, Count: 3 }, Album: { 2: twice } }
  lab.sim.setBehaviour({ faults: [{ on: 'albums', does: { kind: 'patch', response } }] })
  await lab.complete()
  assertMirrors(lab)
})

test('a photo that only falls between two pages, while an album changes, is not taken for vanished', async (t) => {
  const world = worldOf(albumNode('A', photos('p', 150)))
  const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
  await lab.complete()
  const key = albumsOf(world)[0]?.key ?? ''
  const changed = (album: WorldAlbum) => ({
    ...withPlacements(album, [...placementsOf(album).slice(1), { image: photo('new') }]),
    ...LATER,
  })
  lab.change((now) =>
    changeAlbum(now, key, (album) => whilePaging({ ...album, ...LATER }, (each, calls) => (calls < 1 ? each : changed(each)))),
  )
  const run = await lab.backup()
  assert.deepEqual([run.exitCode, run.totals.vanished, lab.ours('trash').size], [0, 1, 1])
  assert.ok(lab.media().has('A/p100.jpg'))
})

test('a key with odd characters never becomes a part of a path', async (t) => {
  for (const key of ['a:b*c', 'a/../../..']) {
    const lab = await openLab(t, worldOf(albumNode('A', [photo('a')], { key }), albumNode('Z', [photo('z')])))
    await lab.backup()
    lab.sim.setWorld(worldOf(albumNode('A', [photo('q')], { key: 'NEW' }), albumNode('Z', [photo('z')])))
    const run = await lab.backup()
    assert.equal(run.exitCode, 0, run.message)
    for (const name of readdirSync(lab.root)) assert.match(name, /^[\w.-]+$/)
  }
})

test('an album with long words that the disk refuses gives its room back: the others go on', async (t) => {
  const long = photo('a', { fields: { Extra: 'x'.repeat(1_500_000) } })
  const world = worldOf(albumNode('A', [long, photo('b')]), albumNode('B', [photo('z')]), albumNode('C', [photo('y')]))
  const lab = await openLab(t, world, { settings: { fileNames: '{{.Position}}{{.Extension}}' } })
  await lab.complete()
  const [a, b, c] = albumsOf(world).map((album) => album.key)
  lab.change(
    (now) => changeAlbum(now, a ?? '', (album) => ({ ...withPlacements(album, placementsOf(album).toReversed()), ...LATER })),
    (now) => addImage(now, b ?? '', photo('n1')),
    (now) => addImage(now, c ?? '', photo('n2')),
  )
  const path = '.smugmug-backup/moving/'
  const error = new StorageError(`Could not move ${path} (EIO)`, { code: 'EIO', path })
  const refusing = (storage: Storage): Storage =>
    faultyStorage(storage, [{ method: 'rename', path: (from) => from.startsWith(path), error }]).storage
  const run = await lab.backupWith({ bounds: { room: 100 }, settings: { concurrentAlbums: 1 }, storage: refusing })
  assert.deepEqual([run.exitCode, run.totals.stored], [3, 2], run.message)
})

test('originals that SmugMug offers at last, as the advice asks for, are no change that the brake holds', async (t) => {
  const smaller = photos('p', 30).map((image) => ({ ...image, offers: 'largest' as const }))
  const world = worldOf(albumNode('A', smaller))
  const lab = await openLab(t, world)
  assert.match((await lab.backup()).hint ?? '', /The next backup then fetches the originals/)
  const key = albumsOf(world)[0]?.key ?? ''
  const opened = (album: WorldAlbum) =>
    withPlacements(
      album,
      placementsOf(album).map((each) => ({ ...each, image: { ...each.image, offers: 'archived' as const } })),
    )
  lab.change((now) => changeAlbum(now, key, (album) => ({ ...opened(album), ...LATER })))
  const run = await lab.complete()
  assert.deepEqual([run.totals.replaced, run.hint], [30, undefined])
})
