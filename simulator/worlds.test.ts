import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pacificAsUtc } from './dates.ts'
import {
  addAlbum,
  addImage,
  albumsOf,
  collectImage,
  editImage,
  moveAlbum,
  moveImage,
  placementsOf,
  removeAlbum,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
  whilePaging,
  withPlacements,
} from './edit.ts'
import { Atlas } from './lookup.ts'
import { startSimulator } from './simulator.ts'
import { type Loose, ownerOf, send } from './test-client.ts'
import type { World } from './world.ts'
import { folderWorld } from './worlds/folder.ts'
import { largeWorld } from './worlds/large.ts'
import { album, photo } from './worlds/make.ts'
import { HOSTILE_NAMES, nastyWorld } from './worlds/nasty.ts'
import { smallWorld } from './worlds/small.ts'

async function everything(world: World): Promise<Map<string, Loose[]>> {
  const simulator = await startSimulator(world)
  const { get } = ownerOf(simulator, world)
  const found = new Map<string, Loose[]>()
  try {
    const albums = (await get(`/api/v2/user/${world.nickName}!albums?count=100&_verbosity=1`)).Response.Album
    for (const each of albums)
      found.set(each.Name, (await get(`${each.Uris.AlbumImages}?count=500&_verbosity=1`)).Response.AlbumImage ?? [])
  } finally {
    await simulator.close()
  }
  return found
}

describe('ready-made worlds', () => {
  test('small: two folders, three albums, twelve items, one video', async () => {
    const items = [...(await everything(smallWorld())).values()].flat()
    assert.deepEqual([albumsOf(smallWorld()).length, items.length, items.filter(({ IsVideo }) => IsVideo).length], [3, 12, 1])
  })

  test('nasty: everything can be listed, with its oddities as they are', async () => {
    const world = nastyWorld()
    const found = await everything(world)
    const names = found.get('Hostile names')?.map(({ FileName }) => FileName)
    assert.deepEqual(names, HOSTILE_NAMES)
    const byKind = new Map([...found.values()].flat().map((item) => [item.ImageKey, item]))
    const keys = new Set([...found.values()].flat().map(({ ImageKey }) => ImageKey))
    assert.equal(keys.size, byKind.size)
    assert.equal(found.get('Missing fields')?.filter((item) => !('ArchivedMD5' in item)).length, 2)
    assert.deepEqual(found.get('Empty'), [])
    assert.equal(found.get('Videos')?.filter(({ Processing }) => Processing).length, 3)
    assert.deepEqual(found.get('Odd values')?.[0].Latitude, 47.25)
    const paths = new Map(new Atlas(world).albums.map((place) => [new Atlas(world).album(place).name, place.urlPath]))
    assert.deepEqual(
      [paths.get('Climber'), paths.get('Trip upper'), paths.get('Trip lower'), paths.get('Bottom')],
      ['/../../out', '/Trip', '/trip', '/Deep/Deeper/Deepest/Bottom'],
    )
  })

  test('nasty: every file there is can be fetched, whatever it is called', async () => {
    const world = nastyWorld()
    const simulator = await startSimulator(world)
    const { get, raw } = ownerOf(simulator, world)
    try {
      const albums = (await get('/api/v2/user/nasty!albums?count=100&_verbosity=1')).Response.Album
      for (const each of albums) {
        for (const item of (await get(`${each.Uris.AlbumImages}?_verbosity=1`)).Response.AlbumImage ?? []) {
          if (item.ArchivedUri === undefined) continue
          const answer = await raw(item.ArchivedUri)
          assert.equal(answer.status, 200, `${each.Name}: ${item.FileName}`)
          if (item.ArchivedSize !== undefined) assert.equal(answer.body.length, item.ArchivedSize)
        }
      }
      assert.equal(simulator.counters.byStatus[404], undefined)
    } finally {
      await simulator.close()
    }
  })

  test('large: keys lead back to their images', () => {
    const world = largeWorld({ albums: 250, imagesPerAlbum: 40, bytesPerImage: 100, videoEvery: 10 })
    const atlas = new Atlas(world)
    assert.deepEqual([atlas.albums.length, atlas.imageCount, world.root.length], [250, 10_000, 3])
    const { image } = albumsOf(world)[249]?.placement(39) ?? {}
    assert.ok(image?.isVideo)
    const found = atlas.image(image.key)
    assert.deepEqual([found?.image.key, found?.home.urlPath], [image.key, '/Shelf-3/Album-00250'])
    assert.equal(atlas.image('i0zzzzz'), undefined)
    assert.equal(atlas.image('nothing'), undefined)
  })

  test('folder: real files become an account', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'folder-world-'))
    t.after(() => rmSync(directory, { recursive: true }))
    mkdirSync(join(directory, 'Trips', '2024'), { recursive: true })
    mkdirSync(join(directory, 'Nothing'))
    for (const [name, content] of [
      ['Trips/a.JPG', 'photo a'],
      ['Trips/2024/b.png', 'photo b'],
      ['Trips/2024/c.mov', 'a video'],
      ['Trips/2024/notes.txt', 'no photo'],
      ['Trips/.hidden.jpg', 'hidden'],
      ['top.heic', 'photo t'],
    ] as const) {
      writeFileSync(join(directory, name), content)
    }
    const world = folderWorld(directory)
    const atlas = new Atlas(world)
    assert.deepEqual(atlas.albums.map(({ urlPath }) => urlPath).slice(1), ['/Trips/Trips', '/Trips/2024'])
    const found = await everything(world)
    assert.deepEqual(
      found.get('2024')?.map(({ FileName, Format, IsVideo }) => [FileName, Format, IsVideo]),
      [
        ['b.png', 'PNG', false],
        ['c.mov', 'MP4', true],
      ],
    )
    assert.equal(found.get('Trips')?.[0].ArchivedSize, 7)
  })
})

describe('edits', () => {
  const before = smallWorld()
  const [norway, kitchen, best] = albumsOf(before)
  assert.ok(norway && kitchen && best)
  const harbour = norway.placement(0).image
  const names = (world: World, key: string): (string | undefined)[] => {
    const found = albumsOf(world).find((each) => each.key === key)
    return found === undefined ? ['gone'] : placementsOf(found).map(({ image }) => image.fileName)
  }
  const dates = (world: World, key: string): unknown[] => {
    const found = albumsOf(world).find((each) => each.key === key)
    return [found?.lastUpdated !== norway.lastUpdated, found?.imagesLastUpdated !== norway.imagesLastUpdated]
  }
  const pathOf = (world: World, key: string): string | undefined => new Atlas(world).albumPlace(key)?.urlPath

  test('of folders and albums change addresses, and the old world stays', () => {
    const travel = before.root[0]?.type === 'Folder' ? before.root[0].nodeId : ''
    const renamed = renameFolder(before, travel, 'Journeys & more')
    assert.deepEqual([pathOf(renamed, norway.key), dates(renamed, norway.key)], ['/Journeys-more/2024-Norway', [false, false]])
    const album2 = renameAlbum(before, norway.key, 'Norge')
    assert.deepEqual([pathOf(album2, norway.key), dates(album2, norway.key)], ['/Travel/Norge', [true, false]])
    assert.equal(pathOf(moveAlbum(before, norway.key), norway.key), '/2024-Norway')
    assert.equal(pathOf(moveAlbum(before, best.key, travel), best.key), '/Travel/Best-of')
    assert.equal(pathOf(addAlbum(before, album('New', []), travel), album('New', []).key), '/Travel/New')
    assert.equal(pathOf(before, norway.key), '/Travel/2024-Norway')
  })

  test('of images: added, moved, collected, removed', () => {
    const added = addImage(before, norway.key, photo('late'), 0)
    assert.deepEqual(
      [names(added, norway.key)[0], names(added, norway.key).length, dates(added, norway.key)],
      ['late.jpg', 7, [true, true]],
    )
    const moved = moveImage(before, harbour.key, norway.key, kitchen.key)
    assert.deepEqual([names(moved, norway.key).length, names(moved, kitchen.key).at(-1)], [5, harbour.fileName])
    assert.equal(new Atlas(moved).image(harbour.key)?.home.urlPath, '/Home/Kitchen')
    const both = collectImage(before, harbour.key, kitchen.key)
    assert.deepEqual(new Atlas(both).image(harbour.key)?.places.length, 3)
    assert.deepEqual(
      [
        names(removeImage(both, kitchen.key, harbour.key), best.key).length,
        names(removeImage(both, kitchen.key, harbour.key), kitchen.key).length,
      ],
      [3, 3],
    )
    const gone = removeImage(both, norway.key, harbour.key)
    assert.equal(new Atlas(gone).image(harbour.key), undefined)
    assert.deepEqual(
      [names(removeAlbum(before, norway.key), norway.key), names(removeAlbum(before, norway.key), best.key).length],
      [['gone'], 2],
    )
  })

  test('of an image itself show in every album it is in', () => {
    const replaced = new Atlas(replaceImage(before, harbour.key, { kind: 'inline', data: new Uint8Array(3) })).image(harbour.key)
    assert.deepEqual(
      replaced?.places.map(({ placement }) => [placement.image.serial, placement.image.bytes.kind]),
      [
        [1, 'inline'],
        [1, 'inline'],
      ],
    )
    const silent = editImage(before, harbour.key, { caption: 'new' }, { albumDates: false })
    assert.deepEqual([new Atlas(silent).image(harbour.key)?.image.caption, dates(silent, norway.key)], ['new', [false, false]])
    assert.notEqual(new Atlas(silent).image(harbour.key)?.image.lastUpdated, harbour.lastUpdated)
    assert.deepEqual(dates(editImage(before, harbour.key, {}), norway.key), [true, true])
    assert.throws(() => editImage(before, 'nothing', {}), RangeError)
    assert.throws(() => renameAlbum(before, 'nothing', 'x'), RangeError)
  })

  test('an album that changes while it is paged gives duplicates', async (t) => {
    const grows = whilePaging(
      album(
        'Grows',
        [1, 2, 3, 4].map((n) => photo(`g${n}`)),
      ),
      (own, calls) => (calls === 0 ? own : withPlacements(own, [{ image: photo('g0') }, ...placementsOf(own)])),
    )
    const world: World = { ...before, root: [{ type: 'Album', album: grows }] }
    const simulator = await startSimulator(world)
    t.after(() => simulator.close())
    const { get } = ownerOf(simulator, world)
    const page = async (start: number): Promise<Loose> => (await get(`/api/v2/album/${grows.key}!images?count=2&start=${start}`)).Response
    const [first, second, third] = [await page(1), await page(3), await page(5)]
    const listed = [first, second, third].map(({ AlbumImage }) => AlbumImage.map(({ FileName }: Loose) => FileName))
    assert.deepEqual(listed, [['g1.jpg', 'g2.jpg'], ['g2.jpg', 'g3.jpg'], ['g4.jpg']])
    assert.deepEqual([first.Pages.Total, second.Pages.Total], [4, 5])
    assert.equal((await get(`/api/v2/album/${grows.key}`)).Response.Album.ImageCount, 5)
    assert.equal((await send(third.AlbumImage[0].ArchivedUri)).status, 200)
  })
})

test('dates are shifted as from US Pacific time, summer and winter', () => {
  assert.equal(pacificAsUtc('2019-08-04T11:28:12'), '2019-08-04T18:28:12+00:00')
  assert.equal(pacificAsUtc('2000-01-01T00:00:11'), '2000-01-01T08:00:11+00:00')
  assert.equal(pacificAsUtc('2026-09-11T18:18:07'), '2026-09-12T01:18:07+00:00')
  assert.equal(pacificAsUtc('2024-03-10T01:59:59'), '2024-03-10T09:59:59+00:00')
  assert.equal(pacificAsUtc('2024-03-10T03:00:00'), '2024-03-10T10:00:00+00:00')
  assert.equal(pacificAsUtc('2024-11-03T03:00:00'), '2024-11-03T11:00:00+00:00')
  assert.equal(pacificAsUtc('not a date'), undefined)
})

test('serve.ts prints where it listens, and ends with its standard input', async () => {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./serve.ts', import.meta.url)), '--world', 'large', '--albums', '3', '--images', '5', '--bytes', '100'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  const [line] = await once(createInterface(child.stdout), 'line')
  const { apiUrl, keys, nickName } = JSON.parse(String(line))
  const { get } = ownerOf({ apiUrl } as Loose, { keys } as World)
  assert.deepEqual([nickName, (await get('/api/v2!authuser')).Response.User.ImageCount], ['archive', 15])
  child.stdin.end()
  assert.deepEqual(await ended, [0, null])
})
