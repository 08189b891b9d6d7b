import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { workOf } from '../test/support/work.ts'
import { albumsOf } from './edit.ts'
import { startSimulator } from './simulator.ts'
import { authorization, type Loose, ownerOf, send } from './test-client.ts'
import type { World } from './world.ts'
import { largeWorld } from './worlds/large.ts'
import { album, collected, folder, KEYS, photo, video } from './worlds/make.ts'
import { smallWorld } from './worlds/small.ts'

const world = smallWorld()
const simulator = await startSimulator(world)
test.after(() => simulator.close())
const owner = ownerOf(simulator, world)
const [norway, kitchen, best] = albumsOf(world)
assert.ok(norway && kitchen && best)
const images = `/api/v2/album/${norway.key}!images`
const anybody = (path: string): Promise<Loose> =>
  send(`${simulator.apiUrl}${path}${path.includes('?') ? '&' : '?'}APIKey=${KEYS.apiKey}`, { headers: { Accept: 'application/json' } })

describe('paging', () => {
  const pages = async (query: string): Promise<Loose> => (await owner.get(`${images}?${query}&_verbosity=1`)).Response

  test('walks in steps of count, and the last page has no NextPage', async () => {
    const first = await pages('count=4')
    assert.deepEqual(first.Pages, {
      Total: 6,
      Start: 1,
      Count: 4,
      RequestedCount: 4,
      FirstPage: `${images}?count=4&start=1`,
      LastPage: `${images}?count=4&start=5`,
      NextPage: `${images}?count=4&start=5`,
    })
    const last = await pages('start=5&count=4')
    assert.deepEqual([last.AlbumImage.length, last.Pages.Count, last.Pages.NextPage], [2, 2, undefined])
    assert.equal(last.Pages.PrevPage, `${images}?start=1&count=4`)
  })

  test('a start between pages is misaligned, one behind the end is empty', async () => {
    const odd = (await pages('start=2&count=4')).Pages
    assert.deepEqual([odd.Misaligned, odd.PrevPage, odd.Count], [true, undefined, 4])
    const behind = await pages('start=100&count=4')
    assert.deepEqual([behind.AlbumImage, behind.Pages.Count, behind.Pages.Total, behind.Pages.NextPage], [undefined, 0, 6, undefined])
  })

  test('counts are clamped and defaulted as probed', async () => {
    const requested = async (path: string): Promise<number> => (await owner.get(path)).Response.Pages.RequestedCount
    const root = (await owner.get('/api/v2!authuser')).Response.User.Uris.Node.Uri
    assert.deepEqual(
      await Promise.all([
        requested(images),
        requested(`${images}?count=5000`),
        requested('/api/v2/user/simon!albums'),
        requested('/api/v2/user/simon!albums?count=500&Order=Last+Updated'),
        requested(`${root}!children?count=1000`),
      ]),
      [100, 500, 50, 100, 200],
    )
  })

  test('links keep endpoint parameters and filters as they were sent, and lose everything else', async () => {
    const uri = `${images}?_config=%7B%7D&_filter=ImageKey%2cUris&FileNames=fjord-1.jpg,fjord-2.jpg&count=1&_expand=Album&Unknown=1&_pretty=`
    const { Response } = await owner.get(uri)
    assert.equal(Response.Uri, `${images}?_filter=ImageKey%2cUris&FileNames=fjord-1.jpg,fjord-2.jpg&count=1`)
    assert.equal(Response.Pages.NextPage, `${Response.Uri}&start=2`)
    assert.equal(Response.Pages.Total, 2)
  })
})

describe('options', () => {
  test('the four verbosities', async () => {
    const keys = async (query: string): Promise<string[]> => Object.keys(await owner.get(`${images}?${query}`))
    assert.deepEqual(await keys('x='), ['Options', 'Response', 'Code', 'Message'])
    assert.deepEqual(await keys('_verbosity=1'), ['Response', 'Code', 'Message'])
    assert.deepEqual(await keys('_verbosity=2'), ['Request', 'Response', 'Code', 'Message'])
    assert.deepEqual(await keys('_verbosity=3'), ['Request', 'Options', 'Response', 'Code', 'Message'])
  })

  test('filters: of fields, of links, and both empty', async () => {
    const first = async (query: string): Promise<Loose> => (await owner.get(`${images}?count=1&${query}`)).Response.AlbumImage[0]
    assert.deepEqual(Object.keys(await first('_filter=FileName,AlbumKey')), ['FileName', 'Uris', 'AlbumKey'])
    assert.deepEqual(await first('_filter=&_filteruri='), {})
    assert.deepEqual(await first('_filter=&_filteruri=Album&_shorturis'), { Uris: { Album: `/api/v2/album/${norway.key}` } })
    assert.deepEqual(await first('_filter=&_filteruri=NoSuchLink'), {})
    assert.deepEqual(await first(`_config=${encodeURIComponent('{"filter":["FileName"],"filteruri":[]}')}`), {
      FileName: 'Harbour at dawn.jpg',
    })
  })

  test('expansions stand under exactly the string of the link', async () => {
    for (const query of ['', '&_verbosity=1', '&_shorturis', '&_verbosity=2']) {
      const answer = await owner.get(`${images}?_expand=LargestVideo,ImageMetadata${query}`)
      const links = answer.Response.AlbumImage.map((item: Loose) => item.Uris.LargestVideo).filter(Boolean)
      const key = links[0].Uri ?? links[0]
      assert.equal(links.length, 1)
      assert.match(answer.Expansions[key].LargestVideo.Url, /\/1920\/ferry-1920\.mp4$/)
      assert.equal(Object.keys(answer.Expansions).length, 7)
    }
  })

  test('a link that is filtered away is not expanded', async () => {
    assert.equal((await owner.get(`${images}?_expand=LargestVideo&_filteruri=Album`)).Expansions, undefined)
    assert.equal((await owner.get(`${images}?_expand=LargestVideo&_filteruri=`)).Expansions, undefined)
    const both = await owner.get(`${images}?_expand=LargestVideo&_filteruri=Album,LargestVideo`)
    assert.equal(Object.keys(both.Expansions).length, 1)
  })

  test('expansions nest, and inline ones stand inside their link', async () => {
    const nested = await owner.get('/api/v2/user/simon?_expand=Node.ChildNodes.HighlightImage&_verbosity=1')
    const kinds = Object.values<Loose>(nested.Expansions).map(({ Locator }) => Locator)
    assert.deepEqual(kinds.sort(), ['Image', 'Image', 'Image', 'Node', 'Node'])
    const inline = await owner.get(`${images}?_expand=Album&_expandmethod=inline&count=1`)
    assert.equal(inline.Expansions, undefined)
    assert.equal(inline.Response.AlbumImage[0].Uris.Album.Album.Name, '2024 Norway')
  })

  test('_config gives an expansion its own filters and arguments, which show in the link', async () => {
    const config = { expand: { AlbumImages: { filter: ['ImageKey'], filteruri: [], args: { count: 2 } } } }
    const answer = await owner.get(`/api/v2/album/${norway.key}?_config=${encodeURIComponent(JSON.stringify(config))}`)
    const link = answer.Response.Album.Uris.AlbumImages.Uri
    assert.equal(link, `${images}?_filter=ImageKey&_filteruri=&count=2`)
    const items = answer.Expansions[link].AlbumImage
    assert.deepEqual([items.length, Object.keys(items[0])], [2, ['ImageKey']])
  })
})

describe('answers that are not 200', () => {
  test('an image without its serial, or with an old one, is elsewhere: same query, signature and all', async () => {
    const key = norway.placement(0).image.key
    for (const [from, to] of [
      [`/api/v2/image/${key}`, `/api/v2/image/${key}-0`],
      [`/api/v2/image/${key}-7`, `/api/v2/image/${key}-0`],
      [`/api/v2/album/${norway.key}/image/${key}`, `/api/v2/album/${norway.key}/image/${key}-0`],
    ]) {
      const answer = await owner.raw(`${from}?_verbosity=1&count=3`)
      assert.deepEqual([answer.status, answer.headers.location], [301, `${to}?_verbosity=1&count=3`])
      assert.equal((await owner.raw(String(answer.headers.location))).status, 200)
    }
    const url = `${simulator.apiUrl}/api/v2/image/${key}`
    const header = authorization(url, owner.secrets)
    const moved = await send(url, { headers: { Authorization: header } })
    const followed = await send(`${simulator.apiUrl}${moved.headers.location}`, { headers: { Authorization: header } })
    assert.equal(followed.status, 401)
  })

  test('several keys at once; one of them alone is no list; too many are refused in HTML', async () => {
    const keys = [0, 1, 2].map((index) => norway.placement(index).image.key)
    const several = (await owner.get(`/api/v2/image/${keys.join(',')}`)).Response
    assert.deepEqual([several.LocatorType, several.Image.length], ['Objects', 3])
    const single = (await owner.get(`/api/v2/image/${keys[0]},nothing`)).Response
    assert.deepEqual([single.LocatorType, single.Image.ImageKey], ['Object', keys[0]])
    const tooMany = await owner.raw(`/api/v2/image/${Array.from({ length: 300 }, (_, index) => `key${index}`).join(',')}`)
    assert.deepEqual([tooMany.status, tooMany.headers['content-type']], [403, 'text/html'])
  })

  test('unknown things and methods', async () => {
    for (const path of [
      '/api/v2/album/nothing!images',
      '/api/v2/image/nothing-0',
      '/api/v2/node/nothing!children',
      '/api/v2/nowhere',
      '/elsewhere',
    ]) {
      const answer = await owner.raw(path)
      assert.equal(answer.status, 404, path)
      assert.equal(JSON.parse(answer.body.toString()).Response.Uri, path)
    }
    const url = `${simulator.apiUrl}/api/v2!authuser`
    const posted = await send(url, { method: 'PATCH', headers: { Authorization: authorization(url, owner.secrets, {}, 'PATCH') } })
    assert.equal(posted.status, 405)
  })

  test('videos without a rendition, and components of images that have none', async () => {
    const own: World = {
      ...world,
      root: [{ type: 'Album', album: album('V', [video('none', { noRendition: true }), video('soon', { processing: true })]) }],
    }
    const other = await startSimulator(own)
    try {
      const { raw, get } = ownerOf(other, own)
      const listed = (await get(`/api/v2/album/${albumsOf(own)[0]?.key}!images?_expand=LargestVideo&_verbosity=1`)) as Loose
      const [none, soon] = listed.Response.AlbumImage
      assert.equal((await raw(none.Uris.LargestVideo)).status, 404)
      assert.deepEqual([soon.Uris.LargestVideo, soon.ArchivedUri, soon.Status], [undefined, undefined, 'Preprocess'])
      assert.equal((await raw(`/api/v2/image/${soon.ImageKey}-0!largestvideo`)).status, 404)
      assert.equal(listed.Expansions, undefined)
      assert.equal((await raw(`/api/v2/library/asset/${none.ImageKey}!components`)).status, 404)
    } finally {
      await other.close()
    }
  })
})

describe('transport', () => {
  test('cache and rate headers', async () => {
    const { headers } = await owner.raw('/api/v2!authuser')
    assert.equal(headers['cache-control'], 'private, no-store, no-cache, max-age=0, must-revalidate')
    assert.equal(headers.vary, 'Accept-Encoding')
    assert.deepEqual([headers.etag, headers['last-modified']], [undefined, undefined])
    assert.ok(Number(headers['x-ratelimit-remaining']) > 90_000)
    assert.ok(Number(headers['x-ratelimit-reset']) > Date.now() / 1000)
  })

  test('gzip when asked for, the same JSON inside', async () => {
    const zipped = await owner.raw(images, { 'Accept-Encoding': 'gzip, deflate' })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.deepEqual(JSON.parse(gunzipSync(zipped.body).toString()), await owner.get(images))
  })

  test('HTML for a request that does not ask for JSON', async () => {
    for (const accept of ['*/*', 'text/html', '']) {
      assert.equal((await owner.raw('/api/v2!authuser', { Accept: accept })).headers['content-type'], 'text/html; charset=utf-8')
    }
    const asked = await owner.raw('/api/v2!authuser?_accept=application/json', { Accept: 'text/html' })
    assert.equal(asked.headers['content-type'], 'application/json')
  })

  test('the rate limit: 429 with the time to wait, then a new window', async (t) => {
    let now = Date.now()
    const limited = await startSimulator(world, { rateLimit: { calls: 2, windowMs: 400 }, now: () => now })
    t.after(() => limited.close())
    const { raw } = ownerOf(limited, world)
    const answers = [await raw('/api/v2!authuser'), await raw('/api/v2!authuser'), await raw('/api/v2!authuser')]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429],
    )
    assert.deepEqual(
      answers.map(({ headers }) => headers['x-ratelimit-remaining']),
      ['1', '0', '0'],
    )
    assert.deepEqual([answers[2]?.body.toString(), answers[2]?.headers['retry-after']], ['{"Code":429,"Message":"Too Many Requests"}', '1'])
    now += 401
    assert.equal((await raw('/api/v2!authuser')).status, 200)
  })

  test('latency: of the call, and of every listed image', async (t) => {
    const slow = await startSimulator(world, { latency: { callMs: 60, perItemMs: 20 } })
    t.after(() => slow.close())
    const { raw } = ownerOf(slow, world)
    const measure = async (path: string): Promise<number> => {
      const start = performance.now()
      await raw(path)
      return performance.now() - start
    }
    await raw('/api/v2!authuser')
    // The shortest of some: a busy machine lengthens one of them at times.
    const calls: number[] = []
    for (let time = 0; time < 8; time += 1) calls.push(await measure('/api/v2/user/simon!albums'))
    const call = Math.min(...calls)
    const page = await measure(images)
    assert.ok(call >= 59, `${call}`)
    assert.ok(page >= 60 + 6 * 20 - 2 && page > call + 100, `${page}`)
  })

  test('everything is counted and logged', async (t) => {
    const counted = await startSimulator(world)
    t.after(() => counted.close())
    const { get, raw } = ownerOf(counted, world)
    await get('/api/v2!authuser')
    const listed = await get(images)
    await send(listed.Response.AlbumImage[0].ArchivedUri)
    await raw('/api/v2/nowhere?x=1')
    assert.deepEqual(counted.counters, {
      byEndpoint: { authuser: 1, images: 1, original: 1, unknown: 1 },
      byStatus: { 200: 3, 404: 1 },
      api: 3,
      cdn: 1,
      cdnBytes: 20_000,
      maxInFlight: 1,
      maxInFlightApi: 1,
      maxInFlightCdn: 1,
    })
    assert.deepEqual(counted.requests.at(-1), {
      method: 'GET',
      url: '/api/v2/nowhere?x=1',
      endpoint: 'unknown',
      status: 404,
      signed: true,
      host: counted.apiUrl.slice(7),
    })
    assert.equal(counted.requests[2]?.signed, false)
    counted.resetCounters()
    assert.deepEqual([counted.counters.api, counted.requests.length], [0, 0])
  })
})

describe('who sees what', () => {
  test('anybody sees public albums only, and no secrets', async (t) => {
    const secret = album('Secret', [photo('secret')], { privacy: 'Private', password: 'hush' })
    const unlisted = album('Unlisted', [photo('unlisted')], { privacy: 'Unlisted' })
    const own: World = { ...world, root: [{ type: 'Album', album: secret }, { type: 'Album', album: unlisted }, ...world.root] }
    simulator.setWorld(own)
    t.after(() => simulator.setWorld(world))
    const json = async (path: string): Promise<Loose> => JSON.parse((await anybody(path)).body.toString())
    const listed = await json('/api/v2/user/simon!albums')
    assert.deepEqual(
      listed.Response.Album.map(({ Name }: Loose) => Name),
      ['2024 Norway', 'Best of'],
    )
    assert.equal(listed.Response.Album[0].UploadKey, undefined)
    assert.equal((await json('/api/v2!authuser')).Response.User.Email, undefined)
    assert.equal((await anybody(`/api/v2/album/${secret.key}`)).status, 404)
    assert.equal((await anybody(`/api/v2/image/${secret.placement(0).image.key}-0`)).status, 404)
    assert.equal((await anybody(`/api/v2/album/${unlisted.key}!images`)).status, 200)
    const all = (await owner.get('/api/v2/user/simon!albums')).Response.Album
    assert.deepEqual([all.length, all[0].Password, all[0].Privacy], [5, 'hush', 'Private'])
    assert.equal((await send(`${simulator.apiUrl}/api/v2!authuser?APIKey=wrong`)).status, 401)
  })

  test('a private folder makes everything in it private, though nodes keep their own word', async (t) => {
    const inner = album('Inner', [photo('inner')])
    const own: World = { ...world, root: [folder('Vault', [{ type: 'Album', album: inner }], { privacy: 'Private' })] }
    simulator.setWorld(own)
    t.after(() => simulator.setWorld(world))
    const seen = (await owner.get(`/api/v2/album/${inner.key}?_expand=Node`)) as Loose
    const node = seen.Expansions[seen.Response.Album.Uris.Node.Uri].Node
    assert.deepEqual([seen.Response.Album.Privacy, node.Privacy, node.EffectivePrivacy], ['Private', 'Public', 'Private'])
    assert.equal((await anybody(`/api/v2/album/${inner.key}!images`)).status, 404)
  })

  test('collected images know their home and all their albums', async () => {
    const listed = (await owner.get(`/api/v2/album/${best.key}!images?_verbosity=1`)).Response.AlbumImage
    assert.deepEqual(
      [listed[0].Origin, listed[0].CollectedFrom, listed[0].Uris.ImageAlbum],
      ['Collected', '2024 Norway', `/api/v2/album/${norway.key}`],
    )
    assert.equal(listed[0].ArchivedUri, (await owner.get(`${images}?count=1`)).Response.AlbumImage[0].ArchivedUri)
    const albums = (await owner.get(listed[0].Uris.ImageAlbums)).Response.Album
    assert.deepEqual(
      albums.map(({ AlbumKey }: Loose) => AlbumKey),
      [norway.key, best.key],
    )
  })

  test('the tree: types, order and parents', async (t) => {
    const page = { type: 'Page', nodeId: 'pageX1', name: 'About', urlName: 'About' } as const
    simulator.setWorld({
      ...world,
      root: [...world.root, page, { type: 'Album', album: album('Collects', [collected(norway.placement(0).image)]) }],
    })
    t.after(() => simulator.setWorld(world))
    const root = (await owner.get('/api/v2!authuser')).Response.User.Uris.Node.Uri
    const names = async (query: string): Promise<string[]> =>
      ((await owner.get(`${root}!children?${query}`)).Response.Node ?? []).map(({ Name }: Loose) => Name)
    assert.deepEqual(await names(''), ['Travel', 'Home', 'Best of', 'About', 'Collects'])
    assert.deepEqual(await names('Type=Folder'), ['Travel', 'Home'])
    assert.deepEqual(await names('Type=Folder+Album+Page&SortMethod=Name&SortDirection=Descending'), [
      'Travel',
      'Home',
      'Collects',
      'Best of',
      'About',
    ])
    assert.deepEqual(await names('Type=System%20Album'), [])
    const line = (await owner.get(`/api/v2/node/${norway.nodeId}!parents`)).Response.Node
    assert.deepEqual(
      line.map(({ UrlPath, IsRoot }: Loose) => [UrlPath, IsRoot]),
      [
        ['/Travel/2024-Norway', false],
        ['/Travel', false],
        ['/', true],
      ],
    )
  })
})

test('a million items: the first and the last page, quickly, in little memory', async (t) => {
  const before = process.memoryUsage().heapUsed
  const large = largeWorld({ albums: 200, imagesPerAlbum: 5000, bytesPerImage: 2000, sharedSeeds: 50 })
  const big = await startSimulator(large)
  t.after(() => big.close())
  const { get } = ownerOf(big, large)
  const user = (await get('/api/v2!authuser')).Response.User
  assert.equal(user.ImageCount, 1_000_000)
  const albums = (await get('/api/v2/user/archive!albums?start=101&count=100&_verbosity=1')).Response
  assert.deepEqual([albums.Pages.Total, albums.Album.length], [200, 100])
  const uri = albums.Album.at(-1).Uris.AlbumImages
  const pageFrom = async (start: number) => (await get(`${uri}?start=${start}&count=100&_verbosity=1`)).Response
  assert.ok((await workOf(() => Promise.all([1, 4901].map(pageFrom)))) < 500)
  const [first, last] = [await pageFrom(1), await pageFrom(4901)]
  assert.deepEqual([first.AlbumImage.length, last.AlbumImage.length, last.Pages.NextPage], [100, 100, undefined])
  const file = await send(last.AlbumImage.at(-1).ArchivedUri)
  assert.deepEqual([file.status, file.headers.etag], [200, `"${last.AlbumImage.at(-1).ArchivedMD5}"`])
  assert.ok(process.memoryUsage().heapUsed - before < 60_000_000)
})
