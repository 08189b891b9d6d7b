/** Lists of SmugMug that leave something out, say it twice, or change while they are read. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { addImage, albumsOf, changeAlbum, moveImage, placementsOf, removeImage, whilePaging, withPlacements } from '../../simulator/edit.ts'
import type { World, WorldAlbum, WorldImage, WorldNode } from '../../simulator/world.ts'
import { albumNode, collected, KEYS, photo } from '../../simulator/worlds/make.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { type Storage, StorageError } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { albumKey, assertMirrors, openLab } from '../support/lab.ts'

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

for (const [what, fault] of [
  ['cannot be listed', { on: 'images', does: { kind: 'status', status: 500 } }],
  [
    'is listed with fewer items than it has',
    { on: 'images', does: { kind: 'patch', response: { Pages: { Total: 1, Count: 1 }, AlbumImage: { 1: null } } } },
  ],
] as const) {
  test(`a photo that moved to an album that ${what} is not taken for vanished`, async (t) => {
    const [moved] = photos('moved', 1)
    assert.ok(moved)
    const world = worldOf(albumNode('A', photos('a', 1)), albumNode('B', [moved, ...photos('b', 1)]))
    const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
    await lab.complete()
    const [a, b] = [albumKey(world, 'A'), albumKey(world, 'B')]
    lab.change((w) => moveImage(w, moved.key, b, a))
    lab.sim.setBehaviour({ faults: [{ ...fault, match: a }] })
    const run = await lab.backup()
    assert.deepEqual([run.exitCode, run.totals.vanished, lab.ours('trash').size], [3, 0, 0])
    assert.match(
      run.problems.map(({ reason }) => reason).join(),
      /^.*1 changed album could not be listed, and what is gone from here may be there/,
    )
    lab.sim.setBehaviour({})
    const next = await lab.complete()
    assert.deepEqual([next.totals.moved, next.totals.vanished, next.downloads], [1, 0, 0])
    assertMirrors(lab)
    // An album that is as it was hides nothing.
    lab.sim.setBehaviour({ faults: [{ ...fault, match: b }] })
    lab.change((w) => removeImage(w, a, moved.key))
    assert.equal((await lab.backup({ full: true })).totals.vanished, 1)
  })
}

for (const [what, does] of [
  ['can never be listed', { kind: 'status', status: 404 }],
  ['never lists an item that it counts', { kind: 'patch', response: { Pages: { Total: 0, Count: 0 }, AlbumImage: { 0: null, 1: null } } }],
] as const) {
  test(`an album that ${what} keeps nothing from being taken for vanished, as long as it does not change`, async (t) => {
    const [a, b, d, g] = [photos('a', 4), photos('b', 4), photos('d', 4), photos('g', 1)]
    const world = worldOf(albumNode('A', a), albumNode('B', b), albumNode('D', d), albumNode('G', g))
    const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
    const key = (name: string) => albumKey(world, name)
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: key('G'), does }] })
    const gone = (name: string, image: WorldImage | undefined) => (w: World) => removeImage(w, key(name), image?.key ?? '')
    await lab.backup()
    lab.change(gone('A', a[0]))
    const run = await lab.backup()
    assert.deepEqual([run.exitCode, run.totals.vanished, lab.ours('trash').size], [3, 1, 1], JSON.stringify(run.problems))
    assert.deepEqual(
      run.problems.filter(({ kind }) => kind === 'album').map(({ album }) => album),
      ['/G'],
    )
    // Now a photo may have moved there.
    lab.change((w) => moveImage(w, b[0]?.key ?? '', key('B'), key('G')))
    for (let night = 0; night < 2; night += 1) {
      const moved = await lab.backup()
      assert.deepEqual([moved.exitCode, moved.totals.vanished, lab.ours('trash').size], [3, 0, 1])
    }
    lab.sim.setBehaviour({})
    const next = await lab.complete()
    assert.deepEqual([next.totals.moved, next.totals.vanished], [1, 0])
    assertMirrors(lab)
  })
}

test('what is gone from an album that could not be listed before may be in another one that cannot be listed', async (t) => {
  const [a, b, g] = [photos('a', 4), photos('b', 2), photos('g', 2)]
  const world = worldOf(albumNode('A', a), albumNode('B', b), albumNode('G', g))
  const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
  await lab.complete()
  const key = (name: string) => albumKey(world, name)
  const refused = (...names: readonly string[]) =>
    lab.sim.setBehaviour({ faults: names.map((name) => ({ on: 'images', match: key(name), does: { kind: 'status', status: 404 } })) })
  lab.change((w) => moveImage(w, a[0]?.key ?? '', key('A'), key('G')))
  refused('A', 'G')
  await lab.backup()
  refused('G')
  const run = await lab.backup()
  assert.deepEqual([run.exitCode, run.totals.vanished, lab.ours('trash').size], [3, 0, 0], JSON.stringify(run.problems))
})

test('items that SmugMug always counts beyond those of its albums keep nothing from being taken for vanished', async (t) => {
  const of = (beyond: number, ...root: readonly WorldNode[]): World => {
    const sum = albumsOf(worldOf(...root)).reduce((items, { count }) => items + count, 0)
    return { ...worldOf(...root), userFields: { ImageCount: sum + beyond } }
  }
  const [one, two, three] = [photos('a', 5), photos('b', 4), photos('c', 3)].map((all, n) => albumNode('ABC'[n] ?? '', all)) as [
    WorldNode,
    WorldNode,
    WorldNode,
  ]
  const lab = await openLab(t, of(2, one, two, three))
  await lab.complete()
  // Nor are the folders searched for them again each night.
  lab.sim.resetCounters()
  await lab.complete()
  assert.equal(lab.sim.counters.byEndpoint.children, undefined)
  lab.change(() => of(2, albumNode('A', photos('a', 4)), two, three))
  assert.equal((await lab.complete()).totals.vanished, 1)
  // More than always: the list leaves an album out.
  lab.change(() => of(5, albumNode('A', photos('a', 4)), two))
  for (let night = 0; night < 2; night += 1) {
    const run = await lab.backup()
    assert.deepEqual([run.exitCode, run.totals.vanished], [3, 0])
  }
  lab.change(() => of(2, albumNode('A', photos('a', 4)), two))
  assert.equal((await lab.complete()).totals.vanished, 3)
})

test('items that SmugMug always counts beyond those of its albums hide no album for ever: the folders are searched in time', async (t) => {
  const [a, n] = [albumNode('A', photos('a', 3)), albumNode('N', photos('n', 5))]
  const of = (items: number): World => ({ ...worldOf(a, n), userFields: { ImageCount: items } })
  const lacks = (on: 'albums' | 'children', what: string) =>
    ({ on, does: { kind: 'patch', response: { Pages: { Total: 1, Count: 1 }, [what]: { 1: null } } } }) as const
  const lab = await openLab(t, of(8), { settings: { onVanished: 'trash' } })
  // A new album that neither the list nor the folders have yet.
  lab.sim.setBehaviour({ faults: [lacks('albums', 'Album'), lacks('children', 'Node')] })
  assert.equal((await lab.complete()).totals.items, 3)
  lab.sim.setBehaviour({ faults: [lacks('albums', 'Album')] })
  const clock = { ...systemClock, now: () => Date.now() + 40 * 24 * 60 * 60 * 1000 }
  assert.equal((await lab.backupWith({ clock })).totals.items, 8)
  // One that the vault has, while fewer items than always are beyond the albums.
  lab.sim.setBehaviour({})
  lab.change(() => of(14))
  await lab.complete()
  lab.sim.setBehaviour({ faults: [lacks('albums', 'Album')] })
  lab.change(() => of(8))
  assert.equal((await lab.complete()).totals.items, 8)
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

test('many photos that move into an album which cannot be listed stop no run at the brake: nothing vanishes, and the next one finds them', async (t) => {
  const many = photos('p', 25)
  const lab = await openLab(t, worldOf(albumNode('A', [photo('a'), ...many]), albumNode('B', [photo('b')])), {
    settings: { maxVanished: 0.1, onVanished: 'trash', maxRetries: 0 },
  })
  await lab.complete()
  const [from, to] = [albumKey(lab.world, 'A'), albumKey(lab.world, 'B')]
  lab.change((world) => many.reduce((now, { key }) => moveImage(now, key, from, to), world))
  lab.sim.setBehaviour({ faults: [{ on: 'images', match: to, does: { kind: 'status', status: 500 } }] })
  const troubled = await lab.backup()
  assert.deepEqual([troubled.exitCode, troubled.totals.vanished], [3, 0], troubled.message)
  assert.equal(
    troubled.problems.some(({ kind }) => kind === 'would-vanish'),
    false,
  )
  lab.sim.setBehaviour({})
  const { downloads, totals } = await lab.complete()
  assert.deepEqual([downloads, totals.moved, totals.vanished], [0, 25, 0])
  assertMirrors(lab)
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
