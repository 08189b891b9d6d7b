import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { albumsOf, editImage, placementsOf } from '../../simulator/edit.ts'
import { ownerOf } from '../../simulator/test-client.ts'
import type { World } from '../../simulator/world.ts'
import { largeWorld } from '../../simulator/worlds/large.ts'
import { albumNode, folder, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import {
  assertAddsUp,
  assertCode,
  assertHolds,
  assertSame,
  mediaIn,
  openScene,
  partsIn,
  promisedBy,
  type Scene,
  snapshot,
} from './harness.ts'

/** The files that record each run: the catalogue, the reports. */
const OF_RUNS = /^\.smugmug-backup\/(?:catalogue\.sqlite|reports|lock)|^\.smugmug-backup$/

/** The sums of a vault as a stranger checks them, with the tool of every Linux; throws when one is wrong. */
function check(tool: 'md5sum' | 'sha256sum', scene: Scene): readonly string[] {
  const list = join('.smugmug-backup', tool === 'md5sum' ? 'MD5SUMS' : 'SHA256SUMS')
  execFileSync(tool, ['-c', '--strict', '--quiet', list], { cwd: scene.vault })
  return readFileSync(join(scene.vault, list), 'utf8').split('\n').slice(0, -1)
}

const keyOf = (world: World, fileName: string): string =>
  promisedBy(world).find(({ image }) => image.fileName === fileName)?.image.key ?? assert.fail(`no ${fileName}`)

describe('the first backup', { concurrency: 2 }, () => {
  test('holds a small account byte for byte, in the same folders', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    const first = await scene.backup()
    assertCode(first, 0)
    await assertHolds(scene.vault, world)
    assert.deepEqual(
      [...(await mediaIn(scene.vault)).keys()],
      [
        'Best-of/Harbour at dawn.jpg',
        'Best-of/portrait.jpg',
        'Best-of/scan.png',
        'Home/Kitchen/kitchen-1.jpg',
        'Home/Kitchen/kitchen-2.jpg',
        'Home/Kitchen/kitchen-3.jpg',
        'Travel/2024-Norway/Harbour at dawn.jpg',
        'Travel/2024-Norway/ferry.mp4',
        'Travel/2024-Norway/fjord-1.jpg',
        'Travel/2024-Norway/fjord-2.jpg',
        'Travel/2024-Norway/fjord-3.jpg',
        'Travel/2024-Norway/fjord-4.jpg',
      ],
    )
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('sums up what it did', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    const { summary, lines } = await scene.backup()
    assertAddsUp(summary)
    assert.deepEqual([summary.exitCode, summary.albums, summary.albumsSkipped, summary.items], [0, 3, 0, 12])
    assert.deepEqual([summary.stored, summary.copied, summary.vanished], [11, 1, 0], 'the collected photo costs nothing')
    assert.equal(summary.bytes, scene.simulator.counters.cdnBytes)
    assert.equal(summary.apiCalls, scene.simulator.counters.api)
    const outcomes = lines.filter(({ event }) => event === 'item').map(({ imageKey, album }) => `${album} ${imageKey}`)
    assert.equal(new Set(outcomes).size, 12, 'every item has an outcome')
    assert.equal(outcomes.length, 12, 'and only one')
    assert.deepEqual(
      lines
        .filter(({ event }) => event === 'album.finished')
        .map(({ album, counted, listed, held }) => [album, counted, listed, held])
        .sort(),
      [
        ['/Best-of', 3, 3, 3],
        ['/Home/Kitchen', 3, 3, 3],
        ['/Travel/2024-Norway', 6, 6, 6],
      ],
    )
  })

  test('a second run downloads nothing, changes nothing and asks one call per 100 albums and at most three more', async (t) => {
    const world = largeWorld({ albums: 120, imagesPerAlbum: 2, bytesPerImage: 300, sharedSeeds: 240, videoEvery: 2 })
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    const before = await snapshot(scene.vault)
    scene.simulator.resetCounters()
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assertAddsUp(summary)
    assert.deepEqual([summary.items, summary.kept, summary.albumsSkipped, summary.bytes], [240, 240, 120, 0])
    const { api, cdn } = scene.simulator.counters
    assert.equal(cdn, 0)
    assert.ok(api <= 2 + 3, `${api} calls`)
    assert.equal(summary.apiCalls, api)
    assertSame(await snapshot(scene.vault), before, OF_RUNS)
  })

  test('md5sum and sha256sum accept the checksum files, which name every photo and video', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const media = [...(await mediaIn(scene.vault))]
    assert.deepEqual(check('md5sum', scene).toSorted(), media.map(([path, { md5 }]) => `${md5}  ${path}`).sort())
    assert.deepEqual(
      check('sha256sum', scene)
        .map((line) => line.slice(66))
        .toSorted(),
      media.map(([path]) => path),
    )
  })

  test('a collected photo is a second name of the same file, or a copy, or nothing', async (t) => {
    const world = smallWorld()
    for (const [collected, names, links] of [
      ['link', 2, 2],
      ['copy', 2, 1],
      ['skip', 1, 1],
    ] as const) {
      const scene = await openScene(t, { world, env: { SMGMG_BK_COLLECTED: collected } })
      const { summary } = await scene.backup()
      assertAddsUp(summary)
      assert.deepEqual([summary.exitCode, summary.items], [0, 12], collected)
      const found = [...(await mediaIn(scene.vault)).keys()].filter((path) => path.endsWith('Harbour at dawn.jpg'))
      assert.equal(found.length, names, collected)
      for (const path of found) assert.equal(statSync(join(scene.vault, path)).nlink, links, collected)
      assert.equal(scene.simulator.counters.cdn, 11, 'its bytes come once')
    }
  })
})

describe('the files beside the photos', { concurrency: 2 }, () => {
  test('album.json has every field SmugMug gave, the order and the texts', async (t) => {
    const plain = smallWorld()
    const world = editImage(plain, keyOf(plain, 'Harbour at dawn.jpg'), { fields: { Mood: { deep: ['cheerful', null, 1.5] } } })
    const scene = await openScene(t, { world })
    await scene.backup()
    const owner = ownerOf(scene.simulator, world)
    for (const album of albumsOf(world)) {
      const { Response } = await owner.get(`/api/v2/album/${album.key}!images?_verbosity=1&_expand=LargestVideo`)
      const { UrlPath } = (await owner.get(`/api/v2/album/${album.key}`)).Response.Album
      const record = JSON.parse(readFileSync(join(scene.vault, UrlPath, 'album.json'), 'utf8'))
      assert.equal(record.album.name, album.name)
      assert.equal(record.album.smugmug.Description, album.description ?? '')
      const images: readonly Readonly<Record<string, unknown>>[] = Response.AlbumImage
      assert.equal(record.items.length, images.length)
      for (const [index, image] of images.entries()) {
        const { Uris: _, ...told } = image
        const { Uris: __, ...kept } = record.items[index].smugmug
        assert.deepEqual(kept, told)
        const { caption, title, keywords, position } = record.items[index]
        assert.deepEqual([caption, title, keywords, position], [image.Caption, image.Title, image.Keywords, index])
      }
    }
  })

  test('the top of the vault has the tree, and a text for strangers', async (t) => {
    const plain = smallWorld()
    const root = [folder('Travel far', plain.root.slice(0, 1), { description: 'Where we have been.' }), ...plain.root.slice(1)]
    const scene = await openScene(t, { world: { ...plain, root } })
    await scene.backup()
    assert.match(readFileSync(join(scene.vault, 'README.txt'), 'utf8'), /smugmug-backup/)
    const tree = readFileSync(join(scene.vault, 'tree.json'), 'utf8')
    assert.doesNotThrow(() => JSON.parse(tree))
    assert.match(tree, /Where we have been\./)
    assert.ok(!existsSync(join(scene.vault, 'metadata.csv')), 'write_csv is off')
  })

  for (const [umask, file, directory] of [
    ['022', 0o644, 0o755],
    ['007', 0o660, 0o770],
    ['000', 0o666, 0o777],
  ] as const) {
    test(`media files are 0666 and folders 0777 less the umask (${umask})`, async (t) => {
      const scene = await openScene(t)
      assertCode(await scene.backup([], { umask }), 0)
      for (const [path, { kind, mode }] of await snapshot(scene.vault)) {
        if (path.startsWith('.smugmug-backup')) continue
        assert.equal(mode.toString(8), (kind === 'folder' ? directory : file).toString(8), path)
      }
    })
  }
})

describe('the times of files', { concurrency: 2 }, () => {
  const captured = (world: World): ReadonlyMap<string, string> =>
    new Map(promisedBy(world).flatMap(({ md5, image }) => (image.capturedLocal === undefined ? [] : [[md5, image.capturedLocal] as const])))

  for (const [zone, offset] of [
    ['Asia/Tokyo', '+09:00'],
    ['America/Phoenix', '-07:00'],
  ] as const) {
    test(`use_metadata_times shows the camera's wall clock in ${zone}`, async (t) => {
      const world = smallWorld()
      const scene = await openScene(t, { world, env: { TZ: zone, SMGMG_BK_USE_METADATA_TIMES: 'true' } })
      assertCode(await scene.backup(), 0)
      const times = captured(world)
      let compared = 0
      for (const [path, { md5, mtimeMs }] of await mediaIn(scene.vault)) {
        const local = times.get(md5)
        if (local === undefined) continue
        assert.equal(new Date(mtimeMs).toISOString(), new Date(`${local}${offset}`).toISOString(), path)
        compared += 1
      }
      assert.equal(compared, 11)
    })
  }

  test("the hour that the Pacific clock skips or repeats is the camera's all the same", async (t) => {
    const shots = { spring: '2024-03-10T02:30:00', autumn: '2024-11-03T01:30:00', later: '2024-11-03T03:30:00' }
    const world = smallWorld()
    const root = [
      folder('Odd hours', [
        albumNode(
          'Odd',
          Object.entries(shots).map(([id, capturedLocal]) => photo(id, { capturedLocal })),
        ),
      ]),
    ]
    const scene = await openScene(t, { world: { ...world, root }, env: { SMGMG_BK_USE_METADATA_TIMES: 'true' } })
    assertCode(await scene.backup(), 0)
    const found = [...(await mediaIn(scene.vault))].map(([path, { mtimeMs }]) => [
      path.split('/').at(-1),
      new Date(mtimeMs).toISOString().slice(0, 19),
    ])
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(Object.entries(shots).map(([id, time]) => [`${id}.jpg`, time])))
  })

  test('force_metadata_times sets them for files that are held already', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const env = { SMGMG_BK_USE_METADATA_TIMES: 'true', SMGMG_BK_FORCE_METADATA_TIMES: 'true' }
    scene.simulator.resetCounters()
    assertCode(await scene.backup([], { env }), 0)
    assert.equal(scene.simulator.counters.cdn, 0)
    const times = captured(world)
    for (const [path, { md5, mtimeMs }] of await mediaIn(scene.vault)) {
      const local = times.get(md5)
      if (local !== undefined) assert.equal(new Date(mtimeMs).toISOString(), new Date(`${local}Z`).toISOString(), path)
    }
  })
})

describe('metadata.csv', { concurrency: 2 }, () => {
  const SEVEN = ['Filename', 'Type', 'ArchivedUri', 'Caption', 'Keywords', 'Latitude', 'Longitude']

  test("has the Go program's columns first, with its values", async (t) => {
    const plain = smallWorld()
    const odd = { caption: 'a "quoted", two\nlines', keywords: ['say "hi"', 'a, b', 'æøå'] }
    const world = editImage(plain, keyOf(plain, 'fjord-1.jpg'), odd)
    const scene = await openScene(t, { world, env: { SMGMG_BK_WRITE_CSV: 'true' } })
    assertCode(await scene.backup(), 0)
    const bytes = readFileSync(join(scene.vault, 'metadata.csv'))
    assert.notEqual(bytes[0], 0xef, 'no byte-order mark')
    const [header = [], ...rows] = readCsv(bytes.toString('utf8'))
    assert.deepEqual(header.slice(0, 7), SEVEN)
    assert.equal(new Set(header).size, header.length)
    assert.ok(rows.every((row) => row.length === header.length))

    const owner = ownerOf(scene.simulator, world)
    const expected: string[][] = []
    for (const album of albumsOf(world)) {
      const { UrlPath } = (await owner.get(`/api/v2/album/${album.key}`)).Response.Album
      const { Response } = await owner.get(`/api/v2/album/${album.key}!images`)
      for (const [index, image] of Response.AlbumImage.entries()) {
        const { fileName = '', isVideo } = placementsOf(album)[index]?.image ?? {}
        const path = join(scene.vault, UrlPath, isVideo ? fileName.replace('.MOV', '.mp4') : fileName)
        assert.ok(existsSync(path), path)
        const { ArchivedUri, Caption, Keywords, Latitude, Longitude } = image
        expected.push([path, isVideo ? 'video' : 'image', ArchivedUri, Caption, Keywords, String(Latitude), String(Longitude)])
      }
    }
    assert.deepEqual(rows.map((row) => row.slice(0, 7)).sort(), expected.sort())
  })

  test('is replaced whole at the end, and not before', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world, env: { SMGMG_BK_WRITE_CSV: 'true' } })
    await scene.backup()
    const path = join(scene.vault, 'metadata.csv')
    const before = readFileSync(path, 'utf8')
    scene.simulator.setWorld(editImage(world, keyOf(world, 'fjord-1.jpg'), { caption: 'Another caption' }))
    scene.simulator.setBehaviour({ faults: [{ on: 'images', does: { kind: 'stall' } }] })
    const stuck = scene.start(['--json'])
    await stuck.says(/"album\.started"/)
    assert.equal(readFileSync(path, 'utf8'), before)
    stuck.kill('SIGKILL')
    await stuck.ended
    assert.equal(readFileSync(path, 'utf8'), before)
    scene.simulator.setBehaviour({})
    await scene.backup()
    assert.match(readFileSync(path, 'utf8'), /Another caption/)
    assert.equal(readCsv(readFileSync(path, 'utf8')).length, 13)
  })
})

test('reports are kept in the vault, with the sentence that the run printed', async (t) => {
  const scene = await openScene(t)
  const { summary } = await scene.backup()
  const folderOfReports = join(scene.vault, '.smugmug-backup', 'reports')
  const names = readdirSync(folderOfReports)
  const report = JSON.parse(readFileSync(join(folderOfReports, names.find((name) => name.endsWith('.json')) ?? ''), 'utf8'))
  assert.equal(report.exitCode, 0)
  assert.equal(report.message, summary.message)
  assert.equal(report.totals.items, summary.items)
})

/** RFC 4180, read strictly. */
function readCsv(text: string): readonly string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const field = /("(?:[^"]|"")*"|[^",\n]*)(,|\n)/gy
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    const [, cell = '', end] = match
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    if (end === '\n') {
      rows.push(row)
      row = []
    }
    if (field.lastIndex === text.length) return rows
  }
  return assert.fail('metadata.csv is not well-formed')
}
