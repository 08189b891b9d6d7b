import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { addImage, removeImage, replaceImage, whilePaging } from '../../simulator/edit.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Behaviour, Fault, SimulatorOptions, World } from '../../simulator/world.ts'
import { largeWorld } from '../../simulator/worlds/large.ts'
import { albumNode, album as albumOf, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { RequestError, ServiceError, SignInError } from '../errors.ts'
import type { Event } from '../events.ts'
import { type Clock, FakeClock, systemClock } from '../flow/clock.ts'
import type { Album, Item, Source } from '../model.ts'
import type { Account, Download } from './account.ts'
import { openSmugMug, type SmugMugOptions } from './api.ts'

/** The machine's time, but no wait takes any. */
const hurried: Clock = { ...systemClock, sleep: async (_, signal) => signal?.throwIfAborted() }

/** A clock that only waits move; waits that begin together pass together. */
const waitingClock = (): Clock => {
  const begun = Date.now()
  let passed = 0
  return {
    now: () => begun + passed,
    monotonic: () => passed,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      const until = passed + ms
      await nextTurn()
      passed = Math.max(passed, until)
    },
  }
}

const setUp = async (
  t: TestContext,
  world: World = smallWorld(),
  behaviour: Behaviour & { readonly options?: Partial<SmugMugOptions>; readonly listen?: SimulatorOptions } = {},
) => {
  const simulator = await startSimulator(world, behaviour, behaviour.listen)
  t.after(() => simulator.close())
  const events: Event[] = []
  const account = openSmugMug({
    baseUrl: simulator.apiUrl,
    keys: KEYS,
    userAgent: 'smugmug-backup/test (+http://localhost)',
    clock: hurried,
    emit: (event) => events.push(event),
    ...behaviour.options,
  })
  t.after(() => account.close())
  const warnings = (): string[] => events.flatMap((event) => (event.event === 'warning' ? [event.message] : []))
  return { simulator, account, events, warnings }
}

const named = (albums: readonly Album[], name: string): Album => albums.find((album) => album.name === name) ?? assert.fail(name)
const itemNamed = (items: readonly Item[], name: string): Item => items.find((item) => item.fileName === name) ?? assert.fail(name)

const md5Of = async (account: Account, source: Source): Promise<string> => {
  const hash = createHash('md5')
  for await (const chunk of (await account.open(source)).body) hash.update(chunk)
  return hash.digest('hex')
}

const bytesOf = async (download: Download): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of download.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const sourceOf = async (account: Account, item: Item): Promise<Source> => {
  const availability = await account.resolve(item)
  return availability.kind === 'ready' ? availability.source : assert.fail(`${item.fileName}: ${availability.kind}`)
}

/** Makes a world of one album that holds these. */
const oneAlbum = (images: Parameters<typeof albumNode>[1], details: Parameters<typeof albumNode>[2] = {}): World => ({
  ...smallWorld(),
  root: [albumNode('Only', images, details)],
})

describe('a small account', () => {
  test('is read with one call for the user, one for the albums, one for each', async (t) => {
    const { account, simulator, warnings } = await setUp(t)
    assert.deepEqual(await account.owner(), { nickName: 'simon', name: 'Simon Ulator', imageCount: 12, responseLevel: 'Full' })
    const albums = await account.albums()
    assert.deepEqual(
      albums.map(({ urlPath, imageCount }) => [urlPath, imageCount]),
      [
        ['/Travel/2024-Norway', 6],
        ['/Home/Kitchen', 3],
        ['/Best-of', 3],
      ],
    )
    const listings = await Promise.all(albums.map((album) => account.items(album)))
    assert.deepEqual(
      listings.map(({ items, imageCount, complete }) => [items.length, imageCount, complete]),
      [
        [6, 6, true],
        [3, 3, true],
        [3, 3, true],
      ],
    )
    assert.equal(account.apiCalls, 5)
    assert.equal(simulator.counters.api, 5)
    assert.deepEqual(warnings(), [])
  })

  test('every file is what SmugMug says of it', async (t) => {
    const { account } = await setUp(t)
    for (const album of await account.albums()) {
      for (const item of (await account.items(album)).items) {
        const source = await sourceOf(account, item)
        assert.equal(await md5Of(account, source), source.md5, item.fileName)
        assert.equal(source.grade, item.isVideo ? 'rendition' : 'original')
      }
    }
  })

  test('what is asked for is terse, and the same on every page', async (t) => {
    const { account, simulator } = await setUp(t, largeWorld({ albums: 1, imagesPerAlbum: 250, bytesPerImage: 100, videoEvery: 100 }))
    const [album = assert.fail()] = await account.albums()
    const { items, complete } = await account.items(album)
    assert.equal(complete, true)
    assert.deepEqual(
      items.map(({ position }) => position),
      Array.from({ length: 250 }, (_, index) => index),
    )
    assert.equal(items[199]?.availability.kind, 'ready', 'a video of the second page has its rendition')
    const pages = simulator.requests.filter(({ endpoint }) => endpoint === 'images').map(({ url }) => new URL(url, simulator.apiUrl))
    assert.deepEqual(pages.map((page) => page.searchParams.get('start')).toSorted(), ['1', '101', '201'])
    assert.equal(new Set(pages.map((page) => page.search.replace(/start=\d+/, ''))).size, 1)
    assert.match(pages[0]?.search ?? '', /_expand=LargestVideo.*_filteruri=LargestVideo/)
    assert.ok(!items[0]?.raw.includes('EndpointType'))
  })

  test('albums beyond the first hundred are found', async (t) => {
    const { account, simulator } = await setUp(t, largeWorld({ albums: 250, imagesPerAlbum: 1, bytesPerImage: 100 }))
    assert.equal(new Set((await account.albums()).map(({ key }) => key)).size, 250)
    assert.equal(simulator.counters.byEndpoint.albums, 3)
  })

  test('an album without items is listed and counted, because a 0 in the list of albums is no proof', async (t) => {
    const { account, simulator } = await setUp(t, { ...smallWorld(), root: [albumNode('Empty', []), albumNode('Full', [photo('a')])] })
    const empty = named(await account.albums(), 'Empty')
    simulator.resetCounters()
    assert.deepEqual(await account.items(empty), { items: [], imageCount: 0, complete: true })
    assert.deepEqual(simulator.counters.byEndpoint, { images: 1, album: 1 })
  })

  test('a 0 in the list of albums hides nothing, nor does a listing that is empty as well', async (t) => {
    const zero: Fault = { on: 'albums', does: { kind: 'patch', response: { Album: { 0: { ImageCount: 0 } } } } }
    const none: Fault = { on: 'images', does: { kind: 'patch', response: { AlbumImage: null, Pages: { Total: 0, Count: 0 } } } }
    const { account, simulator } = await setUp(
      t,
      { ...oneAlbum([photo('a'), photo('b')]), userFields: { ImageCount: null } },
      { faults: [zero] },
    )
    const [album = assert.fail()] = await account.albums()
    assert.equal(album.imageCount, 0)
    const listing = await account.items(album)
    assert.deepEqual([listing.items.length, listing.imageCount, listing.complete], [2, 2, true])
    simulator.setBehaviour({ faults: [zero, none] })
    const empty = await account.items(album)
    assert.deepEqual([empty.items.length, empty.imageCount, empty.complete], [0, 2, false])
  })
})

describe('a nasty account', () => {
  test('every album can be listed, every item has its end', async (t) => {
    const { account } = await setUp(t, nastyWorld())
    const ends: Record<string, string> = {}
    let items = 0
    for (const album of await account.albums()) {
      const listing = await account.items(album)
      assert.equal(listing.complete, true, album.name)
      items += listing.items.length
      for (const item of listing.items) {
        const availability = await account.resolve(item)
        if (!['Videos', 'Ladder'].includes(album.name)) assert.equal(availability.kind, 'ready', item.fileName)
        else
          ends[item.fileName] =
            availability.kind === 'ready' ? `${availability.source.grade} ${availability.source.extension ?? ''}`.trim() : availability.kind
      }
    }
    assert.equal(items, (await account.owner()).imageCount)
    assert.deepEqual(ends, {
      '': 'rendition mp4',
      'plain.mp4': 'rendition mp4',
      'IMG_3643.MOV': 'rendition mp4',
      'OLD.AVI': 'rendition mp4',
      'IMG_3643.mp4': 'rendition mp4',
      'processing.MOV': 'pending',
      'cannot-process.MOV': 'impossible',
      'flag-stuck.MOV': 'pending',
      'no-rendition.MOV': 'impossible',
      'largest-missing.MOV': 'rendition mp4',
      'no-md5.MOV': 'rendition mp4',
      'no-size.MOV': 'rendition mp4',
      'numbers.MOV': 'rendition mp4',
      'by-download.jpg': 'original',
      'by-sizedetails.jpg': 'rendition jpg',
      'by-largest.jpg': 'fallback jpg',
      'by-nothing.jpg': 'impossible',
    })
  })

  test('a video that SmugMug says is still processed is fetched when forced', async (t) => {
    const { account } = await setUp(t, nastyWorld(), { options: { forceVideo: true } })
    const { items } = await account.items(named(await account.albums(), 'Videos'))
    assert.equal((await account.resolve(itemNamed(items, 'flag-stuck.MOV'))).kind, 'ready')
    assert.equal((await account.resolve(itemNamed(items, 'cannot-process.MOV'))).kind, 'impossible')
  })

  test('files of private albums are signed, files on a foreign host are not', async (t) => {
    const { account, simulator } = await setUp(t, nastyWorld())
    const { items } = await account.items(named(await account.albums(), 'Private'))
    for (const item of items) await md5Of(account, await sourceOf(account, item))
    assert.ok(simulator.requests.filter(({ endpoint }) => endpoint === 'original').every(({ signed }) => signed))
    const foreign = await setUp(t, smallWorld(), { listen: { cdnHost: 'localhost' } })
    const [album = assert.fail()] = await foreign.account.albums()
    const [item = assert.fail()] = (await foreign.account.items(album)).items
    await md5Of(foreign.account, await sourceOf(foreign.account, item))
    assert.deepEqual(
      foreign.simulator.requests.filter(({ host }) => host.startsWith('localhost')).map(({ signed }) => signed),
      [false],
    )
  })

  test('its secrets are in no event and no error', async (t) => {
    const { account, events } = await setUp(t, nastyWorld(), {
      faults: [{ on: 'images', nth: [2, 3], does: { kind: 'status', status: 503 } }],
    })
    for (const album of await account.albums()) await account.items(album)
    assert.doesNotMatch(JSON.stringify(events), /secret|sim-api|sim-user|oauth_/)
  })
})

describe('an album that changes while it is listed', () => {
  const images = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => photo(`p${from + index}`))

  test('is listed again until it agrees with its own count', async (t) => {
    const grown = albumOf('Only', [photo('new'), ...images(0, 220)])
    const growing = whilePaging(albumOf('Only', images(0, 220)), (before, calls) => (calls < 2 ? before : grown))
    const { account, simulator } = await setUp(t, { ...smallWorld(), root: [{ type: 'Album', album: growing }] })
    const [album = assert.fail()] = await account.albums()
    assert.equal(album.imageCount, 220)
    const listing = await account.items(album)
    assert.deepEqual([listing.items.length, listing.imageCount, listing.complete], [221, 221, true])
    assert.equal(new Set(listing.items.map(({ imageKey }) => imageKey)).size, 221)
    assert.equal(listing.items[0]?.fileName, 'new.jpg')
    assert.equal(simulator.counters.byEndpoint.images, 7, 'three pages and the one that was added, then three')
  })

  test('one that has just got an item is listed once, its count read again', async (t) => {
    const before = oneAlbum(images(0, 5))
    const { account, simulator } = await setUp(t, before)
    const [album = assert.fail()] = await account.albums()
    simulator.setWorld(addImage(before, album.key, photo('new')))
    simulator.resetCounters()
    const listing = await account.items(album)
    assert.deepEqual([listing.items.length, listing.imageCount, listing.complete], [6, 6, true])
    assert.deepEqual(simulator.counters.byEndpoint, { images: 1, album: 1 })
  })

  test('one whose list stays short of its count is reported as not complete', async (t) => {
    const { account, simulator } = await setUp(t, oneAlbum(images(0, 5)), {
      faults: [{ on: 'images', does: { kind: 'patch', response: { AlbumImage: { 4: null }, Pages: { Total: 4, Count: 4 } } } }],
    })
    const [album = assert.fail()] = await account.albums()
    const listing = await account.items(album)
    assert.deepEqual([listing.items.length, listing.imageCount, listing.complete], [4, 5, false])
    assert.equal(simulator.counters.byEndpoint.images, 3)
  })

  test('an entry without a key is reported, and the others are kept', async (t) => {
    const { account, simulator, warnings } = await setUp(t, oneAlbum(images(0, 5)), {
      faults: [{ on: 'images', does: { kind: 'patch', response: { AlbumImage: { 1: { ImageKey: null, Uri: null } } } } }],
    })
    const [album = assert.fail()] = await account.albums()
    const listing = await account.items(album)
    assert.deepEqual(
      listing.items.map(({ fileName, position }) => [fileName, position]),
      [
        ['p0.jpg', 0],
        ['p2.jpg', 1],
        ['p3.jpg', 2],
        ['p4.jpg', 3],
      ],
    )
    assert.equal(listing.complete, false)
    assert.match(warnings().join(), /1 entries/)
    assert.equal(simulator.counters.byEndpoint.images, 1)
  })

  test('a list that stops in the middle is an error', async (t) => {
    const { account } = await setUp(t, oneAlbum(images(0, 220)), {
      faults: [{ on: 'images', match: 'start=101', does: { kind: 'patch', response: { AlbumImage: null, Pages: { Count: 0 } } } }],
    })
    const [album = assert.fail()] = await account.albums()
    await assert.rejects(account.items(album), ServiceError)
  })

  test('a locked album is not an empty one', async (t) => {
    const { account, simulator } = await setUp(t)
    const [album = assert.fail()] = await account.albums()
    const { imageCount: _, ...uncounted } = album
    simulator.resetCounters()
    const locked: readonly Album[] = [
      { ...album, imageCount: 0, raw: () => ({ ...album.raw(), ResponseLevel: 'Password' }) },
      { ...album, imageCount: 0, raw: () => ({ ...album.raw(), ResponseLevel: 'GrantAccess' }) },
      { ...uncounted, raw: () => ({ Uris: { UnlockAlbum: '/api/v2/album/K!unlock' } }) },
    ]
    for (const one of locked)
      await assert.rejects(account.items(one), (error) => error instanceof RequestError && /locked/.test(error.message))
    assert.equal(simulator.counters.api, 0)
  })
})

describe('a list of albums that cannot be trusted', () => {
  const list = (t: TestContext, fault: Fault | readonly Fault[], world?: World) =>
    setUp(t, world ?? smallWorld(), { faults: [fault].flat() })
  const broken: Record<string, Fault> = {
    'that is not found': { on: 'albums', does: { kind: 'status', status: 404 } },
    'that always fails': { on: 'albums', does: { kind: 'status', status: 500 } },
    'that is a web page': { on: 'albums', does: { kind: 'html' } },
    'that is shorter than counted': { on: 'albums', does: { kind: 'patch', response: { Pages: { Total: 7 } } } },
    'that lacks an album it counts': { on: 'albums', does: { kind: 'patch', response: { Album: { 1: null }, Pages: { Count: 3 } } } },
    'with an album without a key': { on: 'albums', does: { kind: 'patch', response: { Album: { 1: { AlbumKey: null, Uri: null } } } } },
  }
  for (const [name, fault] of Object.entries(broken)) {
    test(`${name} is replaced by a walk through the folders, with a warning`, async (t) => {
      const { account, warnings } = await list(t, fault)
      const albums = await account.albums()
      assert.deepEqual(albums.map(({ urlPath }) => urlPath).toSorted(), ['/Best-of', '/Home/Kitchen', '/Travel/2024-Norway'])
      assert.equal(warnings().length, 1)
      for (const album of albums) assert.equal((await account.items(album)).complete, true)
    })
  }

  test('without Pages is believed only when all of it can be read', async (t) => {
    const believed = await list(t, { on: 'albums', does: { kind: 'patch', response: { Pages: null } } })
    assert.equal((await believed.account.albums()).length, 3)
    assert.deepEqual(believed.warnings(), [])
    const unread = { Pages: null, Album: { 1: { AlbumKey: null, Uri: null } } }
    const { account, warnings } = await list(t, { on: 'albums', does: { kind: 'patch', response: unread } })
    assert.equal((await account.albums()).length, 3)
    assert.equal(warnings().length, 1)
  })

  test('that has fewer items than the account is completed from the folders', async (t) => {
    const short = { Album: { 1: null }, Pages: { Total: 2, Count: 2 } }
    const { account, warnings } = await list(t, { on: 'albums', does: { kind: 'patch', response: short } })
    assert.equal((await account.albums()).length, 3)
    assert.deepEqual(warnings(), [])
  })

  test('that counts more albums than it and the folders have is an error', async (t) => {
    const more: Fault = { on: 'albums', does: { kind: 'patch', response: { Album: { 1: null }, Pages: { Total: 4, Count: 3 } } } }
    await assert.rejects(
      (await list(t, more)).account.albums(),
      (error) => error instanceof ServiceError && /counts 4 albums, but its list and its folders together have 3/.test(error.message),
    )
  })

  test('without Pages, and without a count of items, is compared with the folders', async (t) => {
    const short: Fault = { on: 'albums', does: { kind: 'patch', response: { Album: { 1: null }, Pages: null } } }
    const { account, warnings } = await list(t, short, { ...smallWorld(), userFields: { ImageCount: null } })
    assert.equal((await account.albums()).length, 3)
    assert.equal(warnings().length, 1)
  })

  test('on one page only, too', async (t) => {
    const world = largeWorld({ albums: 230, imagesPerAlbum: 1, bytesPerImage: 100 })
    const { account, simulator, warnings } = await list(
      t,
      { on: 'albums', match: 'start=101', does: { kind: 'status', status: 404 } },
      world,
    )
    assert.equal(new Set((await account.albums()).map(({ key }) => key)).size, 230)
    assert.equal(warnings().length, 1)
    assert.equal(simulator.counters.byEndpoint.album, undefined, 'albums come along with the folders')
  })

  test('albums that do not come along with a folder are asked for', async (t) => {
    const { account, simulator } = await list(
      t,
      [
        { on: 'albums', does: { kind: 'status', status: 404 } },
        { on: 'children', does: { kind: 'patch', response: { Node: { 0: { Uris: { Album: '/api/v2/album/%4a' } } } } } },
      ],
      oneAlbum([photo('a')], { key: 'J' }),
    )
    assert.deepEqual(
      (await account.albums()).map(({ key }) => key),
      ['J'],
    )
    assert.equal(simulator.counters.byEndpoint.album, 1)
  })

  test('and folders that cannot be read either are an error', async (t) => {
    const faults: readonly Fault[] = [
      { on: 'albums', does: { kind: 'status', status: 404 } },
      { on: 'children', nth: 2, does: { kind: 'status', status: 404 } },
    ]
    await assert.rejects((await list(t, faults)).account.albums(), ServiceError)
  })

  test('and folders without end are one', async (t) => {
    const deep = Array.from({ length: 60 }).reduce<World['root'][number]>(
      (inner, _, depth) => folder(`F${depth}`, [inner]),
      folder('Last', []),
    )
    const { account } = await list(t, { on: 'albums', does: { kind: 'status', status: 404 } }, { ...smallWorld(), root: [deep] })
    const endless = (error: unknown): boolean => error instanceof ServiceError && /folders do not end/.test(error.message)
    await assert.rejects(account.albums(), endless)
    await assert.rejects(account.tree(), endless)
  })

  test('nor is a part of the folders the whole', async (t) => {
    const faults: readonly Fault[] = [
      { on: 'albums', does: { kind: 'status', status: 404 } },
      { on: 'children', nth: 1, does: { kind: 'patch', response: { Node: { 0: null } } } },
    ]
    await assert.rejects((await list(t, faults)).account.albums(), ServiceError)
  })

  test('nor is an empty list of a folder that is not empty, for the albums and for the tree', async (t) => {
    const gone: Fault = { on: 'albums', does: { kind: 'status', status: 404 } }
    const lies: Record<string, object> = {
      'with a count of none': { Node: null, Pages: { Total: 0, Count: 0 } },
      'without a count': { Node: null, Pages: null },
    }
    for (const [name, response] of Object.entries(lies)) {
      const { account } = await list(t, [gone, { on: 'children', nth: [2, 4], does: { kind: 'patch', response: { ...response } } }])
      await assert.rejects(account.albums(), ServiceError, name)
      await assert.rejects(account.tree(), ServiceError, name)
    }
  })

  test('an empty one is never taken for an account without albums', async (t) => {
    const empty: Fault = { on: 'albums', does: { kind: 'patch', response: { Album: null, Pages: { Total: 0, Count: 0 } } } }
    await assert.rejects(
      (await list(t, empty)).account.albums(),
      (error) => error instanceof ServiceError && /counts 12 items/.test(error.message),
    )
    const uncounted = { ...smallWorld(), userFields: { ImageCount: 0 } }
    await assert.rejects(
      (await list(t, empty, uncounted)).account.albums(),
      (error) => error instanceof ServiceError && /3 albums in its folders/.test(error.message),
    )
  })

  test('nor is one whose albums are all empty', async (t) => {
    const world: World = { ...smallWorld(), root: [albumNode('Empty', [])], userFields: { ImageCount: 5 } }
    await assert.rejects((await setUp(t, world)).account.albums(), ServiceError)
  })

  test('an account without albums is one', async (t) => {
    const { account, warnings } = await setUp(t, {
      ...smallWorld(),
      root: [folder('Empty', []), { type: 'Page', nodeId: 'p', name: 'About', urlName: 'About' }],
    })
    assert.deepEqual(await account.albums(), [])
    assert.deepEqual(warnings(), [])
  })
})

describe('who is signed in', () => {
  test('is asked once, unless it failed', async (t) => {
    const { account, simulator } = await setUp(t, smallWorld(), {
      faults: [{ on: 'authuser', nth: 1, does: { kind: 'status', status: 400 } }],
    })
    await assert.rejects(account.owner(), ServiceError)
    await Promise.all([account.owner(), account.owner(), account.albums()])
    assert.equal(simulator.counters.byEndpoint.authuser, 2)
  })

  test('wrong keys, wrong tokens and wrong clocks are three messages', async (t) => {
    const messageOf = async (keys: Partial<typeof KEYS>, clockSkewMs = 0): Promise<string> => {
      const { account } = await setUp(t, smallWorld(), { clockSkewMs, options: { keys: { ...KEYS, ...keys } } })
      const error: unknown = await account.albums().catch((thrown: unknown) => thrown)
      assert.ok(error instanceof SignInError && error.exitCode === 4)
      return error.message
    }
    assert.match(await messageOf({ apiKey: 'x' }), /consumer_key_unknown/)
    assert.match(await messageOf({ apiSecret: 'x' }), /signature_invalid/)
    assert.match(await messageOf({ userToken: 'x' }), /token_rejected/)
    assert.match(await messageOf({ userSecret: 'x' }), /signature_invalid/)
    assert.match(await messageOf({}, -3_600_000), /clock is (1 hour|59 minutes \d+ seconds|1 hour \d seconds?) ahead of/)
  })

  test('a token that is revoked in the middle ends the run', async (t) => {
    const { account, simulator } = await setUp(t)
    const [album = assert.fail()] = await account.albums()
    simulator.setWorld({ ...smallWorld(), keys: { ...KEYS, userToken: 'another' } })
    await assert.rejects(account.items(album), SignInError)
  })

  test('an answer without a nickname is an error', async (t) => {
    const { account } = await setUp(t, smallWorld(), {
      faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: { NickName: null } } } }],
    })
    await assert.rejects(account.albums(), ServiceError)
  })

  test('a sign-in that sees only what is public is warned about', async (t) => {
    const stranger = {
      ResponseLevel: 'Public',
      ImageCount: null,
      Plan: null,
      AccountStatus: null,
      Uris: { UserDeletedAlbums: null, UserUploadLimits: null },
    }
    const { account, warnings } = await setUp(t, smallWorld(), {
      faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: stranger } } }],
    })
    await account.owner()
    assert.match(warnings().join(), /only what is public/)
    const owner = await setUp(t, smallWorld(), {
      faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: { ResponseLevel: 'Public' } } } }],
    })
    await owner.account.owner()
    assert.deepEqual(owner.warnings(), [], 'recorded of an owner: ResponseLevel alone does not tell')
  })

  test('a suspended account is reported, one whose payment is due is read', async (t) => {
    const withStatus = (AccountStatus: string) => setUp(t, { ...smallWorld(), userFields: { AccountStatus } })
    await assert.rejects(
      (await withStatus('Suspended')).account.albums(),
      (error) => error instanceof ServiceError && /suspended/.test(error.message),
    )
    const due = await withStatus('PastDue')
    assert.equal((await due.account.albums()).length, 3)
    assert.match(due.warnings().join(), /payment/)
  })

  test('403 and 402 about the account', async (t) => {
    const answering = (status: number) =>
      setUp(t, smallWorld(), {
        faults: [
          {
            on: 'authuser',
            does: {
              kind: 'status',
              status,
              headers: { 'content-type': 'application/json' },
              body: `{"Code":${status},"Message":"The user has not granted the required permissions"}`,
            },
          },
        ],
      })
    await assert.rejects((await answering(403)).account.owner(), SignInError)
    await assert.rejects((await answering(402)).account.owner(), ServiceError)
  })

  test('nobody answers', async () => {
    const account = openSmugMug({
      baseUrl: 'http://127.0.0.1:1',
      keys: KEYS,
      userAgent: 'test',
      clock: new FakeClock({ patient: false }),
      emit: () => {},
    })
    await assert.rejects(
      account.albums(),
      (error) => error instanceof ServiceError && error.exitCode === 3 && /refused the connection/.test(error.message),
    )
    assert.equal(account.apiCalls, 7)
    await account.close()
  })
})

describe('one item', () => {
  const first = async (account: Account, name?: string): Promise<Item> => {
    const { items } = await account.items((await account.albums())[0] ?? assert.fail())
    return (name === undefined ? items[0] : itemNamed(items, name)) ?? assert.fail()
  }

  test('what cannot be asked for now is not impossible', async (t) => {
    const faults: readonly Fault[] = [{ on: 'sizedetails', does: { kind: 'status', status: 503 } }]
    const { account } = await setUp(t, oneAlbum([video('v', { noRendition: true })]), { faults })
    const item = await first(account)
    await assert.rejects(account.resolve(item), (error) => error instanceof RequestError && error.transient)
  })

  test('metadata: the camera’s own time', async (t) => {
    const { account } = await setUp(t)
    assert.match(String((await account.metadata(await first(account)))?.DateTimeCreated), /^2024-06-14T05:02:11/)
  })

  test('metadata that is not offered is undefined', async (t) => {
    const { account } = await setUp(t, smallWorld(), { faults: [{ on: 'metadata', does: { kind: 'status', status: 404 } }] })
    assert.equal(await account.metadata(await first(account)), undefined)
  })

  test('refresh returns it as it is now: replaced, or gone', async (t) => {
    const { account, simulator } = await setUp(t)
    const item = await first(account)
    const fresh = await account.refresh(item)
    assert.deepEqual({ ...fresh, raw: '' }, { ...item, raw: '' })
    simulator.setWorld(replaceImage(smallWorld(), item.imageKey, { kind: 'seeded', seed: 'new', size: 333 }))
    const replaced = await account.refresh(item)
    assert.equal(replaced?.serial, (item.serial ?? 0) + 1)
    assert.ok(replaced !== undefined && replaced.archivedSize === 333)
    assert.equal(await md5Of(account, await sourceOf(account, replaced)), replaced.archivedMd5)
    simulator.setWorld(removeImage(smallWorld(), item.albumKey, item.imageKey))
    assert.equal(await account.refresh(item), undefined)
  })

  test('refresh of a video brings its rendition along', async (t) => {
    const { account, simulator } = await setUp(t)
    const item = await first(account, 'ferry.MOV')
    simulator.resetCounters()
    assert.deepEqual((await account.refresh(item))?.availability, item.availability)
    assert.equal(simulator.counters.api, 1)
  })

  test('resumes on the second half of a file', async (t) => {
    const { account } = await setUp(t)
    const source = await sourceOf(account, await first(account))
    const whole = await account.open(source)
    const bytes = await bytesOf(whole)
    assert.equal(whole.validator, source.md5)
    const rest = await account.open(source, { start: 12_345, validator: whole.validator ?? '' })
    assert.deepEqual([rest.start, rest.totalSize], [12_345, bytes.length])
    assert.deepEqual(await bytesOf(rest), bytes.subarray(12_345))
  })
})

describe('a bad day', () => {
  test('every kind of trouble that passes is got over', async (t) => {
    const kinds: readonly Fault['does'][] = [
      { kind: 'status', status: 503 },
      { kind: 'reset' },
      { kind: 'html' },
      { kind: 'empty' },
      { kind: 'badJson' },
      { kind: 'truncate', at: 200, clean: true },
      { kind: 'truncate', at: 200, clean: false },
      { kind: 'reset', after: 100 },
    ]
    const faults = kinds.map((does, index): Fault => ({ on: 'any', nth: [index + 1, index + 12], does }))
    const { account, simulator } = await setUp(t, smallWorld(), { faults, options: { maxRetries: 20 } })
    let items = 0
    for (const album of await account.albums()) items += (await account.items(album)).items.length
    assert.equal(items, 12)
    assert.equal(account.apiCalls, simulator.counters.api)
  })

  test('the rate limit is kept to, hardly a 429 is earned', async (t) => {
    // The server's clock is the client's, and stands still but for waits: how fast this machine answers decides nothing.
    const clock = waitingClock()
    const { account, simulator, events } = await setUp(t, largeWorld({ albums: 12, imagesPerAlbum: 1, bytesPerImage: 100 }), {
      rateLimit: { calls: 8, windowMs: 60_000 },
      now: clock.now,
      options: { clock, maxRetries: 0 },
    })
    const albums = await account.albums()
    const listings = await Promise.all(albums.map((album) => account.items(album)))
    assert.ok(listings.every(({ complete }) => complete))
    assert.ok((simulator.counters.byStatus[429] ?? 0) <= 1, `${simulator.counters.byStatus[429]} times`)
    const waits = events.filter((event) => event.event === 'waiting').length
    assert.ok(waits >= 1 && waits < listings.length, `${waits} waits are reported`)
  })

  test('an aborted signal ends everything with its reason', async (t) => {
    const { account } = await setUp(t)
    const [album = assert.fail()] = await account.albums()
    const stopped = AbortSignal.abort(new Error('enough'))
    const item = (await account.items(album)).items[0] ?? assert.fail()
    await assert.rejects(account.items(album, stopped), /^Error: enough$/)
    await assert.rejects(account.albums(stopped), /^Error: enough$/)
    await assert.rejects(account.open(await sourceOf(account, item), { signal: stopped }), /^Error: enough$/)
  })
})
