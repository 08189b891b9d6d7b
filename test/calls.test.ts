/** Counts a run's calls to SmugMug: speed is few calls, and unlike time they can be counted on any machine. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addAlbum, addImage, albumsOf } from '../simulator/edit.ts'
import type { World } from '../simulator/world.ts'
import { largeWorld } from '../simulator/worlds/large.ts'
import { album, photo, video } from '../simulator/worlds/make.ts'
import { type Lab, openFreeLab, openLab } from './support/lab.ts'

const SMALL_ALBUMS = 119
const ALBUMS = SMALL_ALBUMS + 1
const WEDDING = 130
const ITEMS = SMALL_ALBUMS + WEDDING

/** 119 albums of one photo, in two folders, and at the top one of 130 items, a tenth of them videos. */
const account: World = addAlbum(
  largeWorld({ albums: SMALL_ALBUMS, imagesPerAlbum: 1, bytesPerImage: 300 }),
  album(
    'Wedding',
    Array.from({ length: WEDDING }, (_, index) => {
      const id = `wedding-${index}`
      const bytes = { kind: 'seeded', seed: id, size: 300 } as const
      return index % 10 === 0 ? video(id, { bytes }) : photo(id, { bytes })
    }),
  ),
)

/** The calls at the beginning of every run: the signed-in user, and the albums, 100 a page. */
const BEGINNING = { authuser: 1, albums: Math.ceil(ALBUMS / 100) }
/** The root, and a page for each of the three folders (itself included) that have something in them. */
const TREE = { node: 1, children: 3 }
/** Each album is one page of items, but for the wedding, which is two. */
const PAGES = SMALL_ALBUMS + 2

/** One vault, from run to run. */
describe('the calls of a run', () => {
  let lab: Lab
  before(async () => {
    lab = await openFreeLab(account)
  })
  after(() => lab.close())

  /** Calls by endpoint, and files, since the last time. */
  function calls(): { readonly api: Readonly<Record<string, number>>; readonly total: number; readonly files: number } {
    const { byEndpoint, api: total, cdn: files } = lab.sim.counters
    lab.sim.resetCounters()
    const { original: _, video: __, ...api } = byEndpoint
    return { api, total, files }
  }

  test('the first: a page for each 100 albums, each 100 items of an album and each folder; none for a video; each file once', async () => {
    await lab.complete()
    const { api, files } = calls()
    assert.deepEqual(api, { ...BEGINNING, ...TREE, images: PAGES })
    assert.equal(files, ITEMS)
  })

  test('nothing changed: a page for each 100 albums, at most five more, and no file', async () => {
    const told = await lab.complete()
    const { total, files, api } = calls()
    assert.ok(total <= ALBUMS / 100 + 5, JSON.stringify(api))
    assert.deepEqual([files, told.totals.apiCalls, told.totals.albumsSkipped], [0, total, ALBUMS])
  })

  test('a few photos are new: besides, a page for each album that has one, and those files', async () => {
    const grown = albumsOf(account).slice(40, 45)
    lab.change(
      ...grown.map(
        ({ key }, index) =>
          (world: World) =>
            addImage(world, key, photo(`new-${index}`)),
      ),
    )
    await lab.complete()
    const { api, files } = calls()
    assert.deepEqual(api, { ...BEGINNING, images: grown.length })
    assert.equal(files, grown.length)
  })

  test('all is looked at again, as it must be now and then: what the first run asked, without the files', async () => {
    await lab.complete({ full: true })
    const { api, files } = calls()
    assert.deepEqual(api, { ...BEGINNING, ...TREE, images: PAGES })
    assert.equal(files, 0)
  })
})

test('what takes longest begins first: many photos or a film before a small album, and large files before small ones', async (t) => {
  const sized = (id: string, size: number) => photo(id, { bytes: { kind: 'seeded', seed: id, size } })
  const albums = [
    album('Small', [sized('s1', 300), sized('s2', 400)]),
    album('Large', [sized('l1', 500), sized('l2', 9000), sized('l3', 700), sized('l4', 800)]),
    album('Film', [sized('f1', 4_000_000)]),
  ]
  const empty = largeWorld({ albums: 0, imagesPerAlbum: 0, bytesPerImage: 0 })
  const world = albums.reduce((all, each) => addAlbum(all, each), empty)
  const lab = await openLab(t, world, { settings: { concurrentAlbums: 1, concurrentDownloads: 1 } })
  const { events } = await lab.complete()
  const loaded = events.flatMap((event) => (event.event === 'transfer.started' ? [event.size] : []))
  assert.deepEqual(loaded, [4_000_000, 9000, 800, 700, 500, 400, 300])
})

test('files are loaded while albums are listed', async (t) => {
  const lab = await openLab(t, largeWorld({ albums: 30, imagesPerAlbum: 10, bytesPerImage: 300 }), { settings: { concurrentAlbums: 2 } })
  // The last ten albums are listed when the files of the others have been loaded.
  const { promise: loaded, resolve } = Promise.withResolvers<void>()
  const nth = Array.from({ length: 10 }, (_, n) => n + 21)
  lab.sim.setBehaviour({ faults: [{ on: 'images', nth, does: { kind: 'stall', until: loaded } }] })
  const watch = setInterval(() => (lab.sim.counters.byEndpoint.original ?? 0) >= 200 && resolve(), 5)
  t.after(() => clearInterval(watch))
  await lab.complete()
  const asked = lab.sim.requests.map(({ endpoint }) => endpoint)
  const loadedBefore = asked.slice(0, asked.lastIndexOf('images')).filter((endpoint) => endpoint === 'original')
  assert.ok(loadedBefore.length >= 200, `${loadedBefore.length} of 300 files before the last album was listed`)
})
