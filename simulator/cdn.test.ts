import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { md5Of, mediaOf, readBytes, sizeOf } from './bytes.ts'
import { albumsOf, replaceImage } from './edit.ts'
import { startSimulator } from './simulator.ts'
import { authorization, type Loose, ownerOf, send } from './test-client.ts'
import type { Fault, World } from './world.ts'
import { albumNode, KEYS, photo, video } from './worlds/make.ts'
import { smallWorld } from './worlds/small.ts'

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const world = smallWorld()
const simulator = await startSimulator(world)
test.after(() => simulator.close())
const owner = ownerOf(simulator, world)
const [norway] = albumsOf(world)
assert.ok(norway)
const listed: Loose[] = (await owner.get(`/api/v2/album/${norway.key}!images?_verbosity=1`)).Response.AlbumImage
const harbour = listed[0]

describe('bytes', () => {
  test('seeded bytes are the same however they are read, and start like their type', () => {
    const bytes = { kind: 'seeded', seed: 'x', size: 700_001, starts: 'mp4' } as const
    assert.equal(md5Of(bytes), md5(readBytes(bytes)))
    assert.equal(readBytes(bytes).subarray(4, 12).toString(), 'ftypisom')
    assert.notEqual(md5Of(bytes), md5Of({ ...bytes, seed: 'y' }))
    // Fixed for ever: other processes must make the same.
    assert.equal(md5Of({ kind: 'seeded', seed: 'x', size: 100 }), 'aa70798571fc638882907403fcd67e01')
  })

  test('a seeded video looks like one even if the world forgot to say so', () => {
    const image = { key: 'abc', isVideo: true, bytes: { kind: 'seeded', seed: 'v', size: 50 } } as const
    assert.equal(readBytes(mediaOf(image)).subarray(4, 8).toString(), 'ftyp')
  })
})

describe('the file host', () => {
  test('an original: its bytes, its MD5 as ETag, the headers that were recorded', async () => {
    const { status, headers, body } = await send(harbour.ArchivedUri)
    assert.equal(status, 200)
    assert.deepEqual([body.length, md5(body)], [harbour.ArchivedSize, harbour.ArchivedMD5])
    const { date: _, connection: __, 'last-modified': modified, ...rest } = headers
    assert.ok(Date.parse(String(modified)) > 0)
    assert.deepEqual(rest, {
      'content-type': 'image/jpeg',
      'content-length': '20000',
      etag: `"${harbour.ArchivedMD5}"`,
      'cache-control': 'private, max-age=31536000, s-maxage=0',
      'content-disposition': 'attachment',
    })
    assert.match(new URL(harbour.ArchivedUri).pathname, /^\/Travel\/2024-Norway\/i-\w{7}\/0\/\w{41}\/D\/Harbour%20at%20dawn-D\.jpg$/)
  })

  test('Range is answered with 206; If-None-Match is not heard', async () => {
    const whole = (await send(harbour.ArchivedUri)).body
    for (const [range, from, to] of [
      ['bytes=0-99', 0, 100],
      ['bytes=15000-', 15_000, 20_000],
      ['bytes=19990-99999', 19_990, 20_000],
      ['bytes=-10', 19_990, 20_000],
    ] as const) {
      const part = await send(harbour.ArchivedUri, { headers: { Range: range } })
      assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes ${from}-${to - 1}/20000`])
      assert.deepEqual(part.body, whole.subarray(from, to))
      assert.equal(part.headers.etag, `"${harbour.ArchivedMD5}"`)
    }
    assert.equal((await send(harbour.ArchivedUri, { headers: { Range: 'bytes=20000-' } })).status, 416)
    assert.equal((await send(harbour.ArchivedUri, { headers: { 'If-None-Match': `"${harbour.ArchivedMD5}"` } })).status, 200)
  })

  test('a video: the still behind ArchivedUri, the rendition behind LargestVideo', async () => {
    const film = listed.at(-1)
    const still = await send(film.ArchivedUri)
    assert.deepEqual(
      [still.headers['content-type'], still.body.length, film.OriginalSize],
      ['image/jpeg', film.ArchivedSize, film.ArchivedSize],
    )
    assert.match(film.ArchivedUri, /-D\.jpg$/)
    const { LargestVideo } = (await owner.get(film.Uris.LargestVideo)).Response
    const rendition = await send(LargestVideo.Url, { headers: { Range: 'bytes=0-89999' } })
    assert.deepEqual([rendition.status, rendition.headers['content-type'], md5(rendition.body)], [206, 'video/mp4', LargestVideo.MD5])
    assert.equal(typeof LargestVideo.Duration, 'string')
    assert.deepEqual(simulator.counters.byEndpoint.still, 1)
  })

  test('renditions have no ETag', async () => {
    const { headers, status } = await send(harbour.ThumbnailUrl)
    assert.deepEqual([status, headers.etag, headers['cache-control']], [200, undefined, 'public, max-age=31536000'])
  })

  test('a missing file is 404 in HTML, and so is an old serial', async (t) => {
    for (const path of ['/', '/x/i-nothing/0/abc/D/x-D.jpg', new URL(harbour.ArchivedUri.replace('/0/', '/1/')).pathname, '/favicon.ico']) {
      const { status, headers } = await send(`${simulator.cdnUrl}${path}`)
      assert.deepEqual([status, headers['content-type'], headers['cache-control']], [404, 'text/html', 'no-store'], path)
    }
    simulator.setWorld(replaceImage(world, harbour.ImageKey, { kind: 'inline', data: Buffer.from('new bytes') }))
    t.after(() => simulator.setWorld(world))
    assert.equal((await send(harbour.ArchivedUri)).status, 404)
    const [replaced] = (await owner.get(`/api/v2/album/${norway.key}!images`)).Response.AlbumImage
    assert.deepEqual([replaced.Serial, (await send(replaced.ArchivedUri)).body.toString()], [1, 'new bytes'])
  })

  test('files of private albums need a signature; unlisted ones do not', async (t) => {
    const own: World = {
      ...world,
      root: [albumNode('P', [photo('p')], { privacy: 'Private' }), albumNode('U', [photo('u')], { privacy: 'Unlisted' })],
    }
    simulator.setWorld(own)
    t.after(() => simulator.setWorld(world))
    const [hidden, unlisted] = albumsOf(own)
    const uriOf = async (key: string | undefined): Promise<string> =>
      (await owner.get(`/api/v2/album/${key}!images`)).Response.AlbumImage[0].ArchivedUri
    const url = await uriOf(hidden?.key)
    assert.match(new URL(url).pathname, /^\/photos\/i-(\w+)\/0\/\w+\/D\/i-\1-D\.jpg$/)
    assert.equal((await send(url)).status, 403)
    const header = authorization(url, owner.secrets)
    assert.equal((await send(url, { headers: { Authorization: header } })).status, 200)
    assert.equal((await send(url, { headers: { Authorization: header } })).status, 403)
    assert.equal((await send(await uriOf(unlisted?.key))).status, 200)
    simulator.setBehaviour({ privateNeedsSignature: false })
    assert.equal((await send(url)).status, 200)
    simulator.setBehaviour({})
  })

  test('the rungs below ArchivedUri', async (t) => {
    const rungs = ['archived', 'download', 'sizedetails', 'largest', 'none'] as const
    const own: World = {
      ...world,
      root: [
        albumNode(
          'L',
          rungs.map((offers) => photo(offers, { offers })),
        ),
      ],
    }
    simulator.setWorld(own)
    t.after(() => simulator.setWorld(world))
    const items = (await owner.get(`/api/v2/album/${albumsOf(own)[0]?.key}!images?_verbosity=1`)).Response.AlbumImage
    const found: unknown[] = []
    for (const item of items) {
      const details = (await owner.get(item.Uris.ImageSizeDetails)).Response.ImageSizeDetails
      const largest = (await owner.get(item.Uris.LargestImage)).Response.LargestImage
      const download = await owner.raw(`/api/v2/image/${item.ImageKey}-0!download`)
      found.push([item.ArchivedUri !== undefined, download.status, details.ImageSizeOriginal !== undefined, largest?.Url.includes('/O/')])
      if (download.status === 200)
        assert.equal((await send(JSON.parse(download.body.toString()).Response.ImageDownload.Url)).body.length, 20_000)
      for (const size of [details.ImageSizeOriginal, largest]) {
        if (size !== undefined) assert.deepEqual(md5((await send(size.Url)).body), size.MD5)
      }
    }
    assert.deepEqual(found, [
      [true, 200, true, true],
      [false, 200, true, true],
      [false, 404, true, true],
      [false, 404, false, false],
      [false, 404, false, undefined],
    ])
  })

  test('the smaller sizes of a video, where the largest is missing', async (t) => {
    const own: World = { ...world, root: [albumNode('V', [video('v', { largestVideoMissing: true })])] }
    simulator.setWorld(own)
    t.after(() => simulator.setWorld(world))
    const [item] = (await owner.get(`/api/v2/album/${albumsOf(own)[0]?.key}!images?_verbosity=1`)).Response.AlbumImage
    assert.equal((await owner.raw(item.Uris.LargestVideo)).status, 404)
    const details = (await owner.get(item.Uris.ImageSizeDetails)).Response.ImageSizeDetails
    for (const name of ['VideoSize1920', 'VideoSize640']) assert.equal(md5((await send(details[name].Url)).body), details[name].MD5)
  })

  test('RAW companions come from the vault, to their owner', async (t) => {
    const raw = { kind: 'seeded', seed: 'raw', size: 30_000, starts: 'none' } as const
    const own: World = { ...world, root: [albumNode('R', [photo('pair', { components: [{ fileName: 'pair.rw2', bytes: raw }] })])] }
    simulator.setWorld(own)
    t.after(() => simulator.setWorld(world))
    const [item] = (await owner.get(`/api/v2/album/${albumsOf(own)[0]?.key}!images?_verbosity=1`)).Response.AlbumImage
    const [shown, companion] = (await owner.get(item.Uris.Components)).Response.Component
    assert.deepEqual([shown.ComponentType, shown.DownloadUrl], ['i', item.ArchivedUri])
    assert.deepEqual(
      [companion.ComponentType, companion.Extension, companion.FileSize, companion.MD5],
      ['svi', 'RW2', sizeOf(raw), md5Of(raw)],
    )
    assert.equal((await send(companion.DownloadUrl)).status, 403)
    const got = await send(companion.DownloadUrl, { headers: { Authorization: authorization(companion.DownloadUrl, owner.secrets) } })
    assert.deepEqual([got.status, md5(got.body)], [200, companion.MD5])
  })
})

test('bandwidth is shared, and large files are streamed', async (t) => {
  const size = 6_000_000
  const own: World = {
    nickName: 'x',
    name: 'X',
    keys: KEYS,
    root: [
      albumNode(
        'A',
        [1, 2].map((n) => photo(`big-${n}`, { bytes: { kind: 'seeded', seed: `${n}`, size } })),
      ),
    ],
  }
  const slow = await startSimulator(own, { bandwidth: 24_000_000, latency: { fileMs: 30 } })
  t.after(() => slow.close())
  const items = (await ownerOf(slow, own).get(`/api/v2/album/${albumsOf(own)[0]?.key}!images`)).Response.AlbumImage
  const start = performance.now()
  const files = await Promise.all(items.map(({ ArchivedUri }: Loose) => send(ArchivedUri)))
  const took = performance.now() - start
  assert.deepEqual(
    files.map(({ body }) => md5(body)),
    items.map(({ ArchivedMD5 }: Loose) => ArchivedMD5),
  )
  assert.ok(took > 450 && took < 15_000, `${took}`)
  assert.deepEqual([slow.counters.cdnBytes, slow.counters.maxInFlightCdn], [2 * size, 2])
})

test('a crowd is refused, those who came first are served', async (t) => {
  // The first two are served when the third has its answer.
  const { promise: isRefused, resolve: refused } = Promise.withResolvers<void>()
  const faults: readonly Fault[] = [{ on: 'original', nth: [1, 2], does: { kind: 'stall', until: isRefused } }]
  const busy = await startSimulator(world, { crowd: { files: 2, status: 429, retryAfter: 3 }, faults })
  t.after(() => busy.close())
  const [item] = (await ownerOf(busy, world).get(`/api/v2/album/${norway.key}!images`)).Response.AlbumImage
  const asked = [1, 2, 3].map(() => send(item.ArchivedUri))
  await Promise.race(asked)
  refused()
  const answers = await Promise.all(asked)
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 200, 429])
  assert.equal(answers.find(({ status }) => status === 429)?.headers['retry-after'], '3')
  assert.equal((await send(item.ArchivedUri)).status, 200)
})

test('the file host may be called localhost', async (t) => {
  const other = await startSimulator(world, {}, { cdnHost: 'localhost' })
  t.after(() => other.close())
  const [item] = (await ownerOf(other, world).get(`/api/v2/album/${norway.key}!images`)).Response.AlbumImage
  assert.equal(new URL(item.ArchivedUri).hostname, 'localhost')
  await send(item.ArchivedUri.replace('localhost', '127.0.0.1'), { headers: { Host: 'localhost:1' } })
  assert.equal(other.requests.at(-1)?.host, 'localhost:1')
})
