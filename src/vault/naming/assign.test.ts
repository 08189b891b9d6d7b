import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { assignFolders, assignNames, type KnownName, type NameRequest, uniqueName } from './assign.ts'
import { foldName, safeName } from './safe-path.ts'

const item = (imageKey: string, wanted: string, order = ''): NameRequest => ({ imageKey, wanted, order })
const known = (names: Record<string, readonly [name: string, wanted: string]>): Map<string, KnownName> =>
  new Map(Object.entries(names).map(([key, [name, wanted]]) => [key, { name, wanted }]))
const named = (
  items: readonly NameRequest[],
  before: ReadonlyMap<string, KnownName> = new Map(),
  taken: ReadonlySet<string> = new Set(),
): Record<string, string> => Object.fromEntries(assignNames({ items, known: before, taken }))

test('a unique name is the wanted one, then with the key, then with numbers', () => {
  const used = new Set<string>()
  const next = () => {
    const name = uniqueName({ wanted: 'IMG.jpg', imageKey: 'kEy1', taken: (folded) => used.has(folded) })
    used.add(foldName(name))
    return name
  }
  assert.deepEqual([next(), next(), next(), next()], ['IMG.jpg', 'IMG-kEy1.jpg', 'IMG-kEy1-2.jpg', 'IMG-kEy1-3.jpg'])
})

test('a hostile key does no harm', () => {
  const taken = (folded: string) => folded === 'IMG.JPG'
  assert.equal(uniqueName({ wanted: 'IMG.jpg', imageKey: '../x\0', taken }), 'IMG-___x_.jpg')
  assert.equal(uniqueName({ wanted: 'IMG.jpg', imageKey: 'k'.repeat(500), taken }), `IMG-${'k'.repeat(40)}.jpg`)
})

describe('names of the items of a folder', () => {
  test('namesakes differ, also those that are namesakes to a case-blind or normalising disk only', () => {
    assert.deepEqual(named([item('A', 'x.jpg'), item('B', 'x.jpg'), item('C', 'X.JPG'), item('D', 'é.jpg'), item('E', 'e\u0301.jpg')]), {
      A: 'x.jpg',
      B: 'x-B.jpg',
      C: 'X-C.JPG',
      D: 'é.jpg',
      E: 'e\u0301-E.jpg',
    })
  })

  test('the earlier upload comes first, then the lower key', () => {
    assert.deepEqual(named([item('A', 'x.jpg', '2020'), item('C', 'x.jpg', '2019'), item('B', 'x.jpg', '2019')]), {
      B: 'x.jpg',
      C: 'x-C.jpg',
      A: 'x-A.jpg',
    })
  })

  test('keys that differ in case only have names that differ', () => {
    assert.deepEqual(named([item('0', 'x.jpg'), item('Ab', 'x.jpg'), item('aB', 'x.jpg')]), {
      0: 'x.jpg',
      Ab: 'x-Ab.jpg',
      aB: 'x-aB-2.jpg',
    })
  })

  test('a known name stays, even when the bare one is free again or an earlier item comes', () => {
    const before = known({ B: ['x-B.jpg', 'x.jpg'] })
    assert.deepEqual(named([item('B', 'x.jpg')], before), { B: 'x-B.jpg' })
    const owner = known({ B: ['x.jpg', 'x.jpg'] })
    assert.deepEqual(named([item('A', 'x.jpg'), item('B', 'x.jpg')], owner), { B: 'x.jpg', A: 'x-A.jpg' })
  })

  test('an item that wants another name gets it: swaps and chains too', () => {
    const swap = known({ A: ['a.jpg', 'a.jpg'], B: ['b.jpg', 'b.jpg'] })
    assert.deepEqual(named([item('A', 'b.jpg'), item('B', 'a.jpg')], swap), { A: 'b.jpg', B: 'a.jpg' })
    const chain = known({ A: ['a.jpg', 'a.jpg'], B: ['b.jpg', 'b.jpg'], C: ['c.jpg', 'c.jpg'] })
    assert.deepEqual(named([item('A', 'b.jpg'), item('B', 'c.jpg'), item('C', 'd.jpg')], chain), { A: 'b.jpg', B: 'c.jpg', C: 'd.jpg' })
  })

  test('names of others are not taken, nor those reserved', () => {
    const taken = new Set(['album.json', 'Day 1', 'gone.jpg'].map(foldName))
    assert.deepEqual(named([item('A', 'Album.json'), item('B', 'day 1'), item('C', 'gone.jpg')], new Map(), taken), {
      A: 'Album-A.json',
      B: 'day 1-B',
      C: 'gone-C.jpg',
    })
    assert.deepEqual(named([item('C', 'gone.jpg')], known({ C: ['gone.jpg', 'gone.jpg'] }), taken), { C: 'gone-C.jpg' })
  })

  const keys = fc.uniqueArray(fc.constantFrom('A', 'a', 'B', 'b', 'C', 'c1', 'C1', 'D'), { maxLength: 8 })
  const wantedNames = fc.constantFrom('x.jpg', 'X.JPG', 'x-a.jpg', 'x-A-2.jpg', 'é', 'e\u0301', 'y', `${'z'.repeat(236)}.jpg`, 'album.json')
  const album = keys.chain((all) =>
    fc.record({
      items: fc.tuple(
        ...all.map((key) => fc.record({ imageKey: fc.constant(key), wanted: wantedNames, order: fc.constantFrom('1', '2') })),
      ),
      before: fc.array(fc.tuple(fc.constantFrom('A', 'a', 'B', 'b', 'gone'), fc.record({ name: wantedNames, wanted: wantedNames })), {
        maxLength: 6,
      }),
      taken: fc.array(wantedNames, { maxLength: 3 }).map((names) => new Set(names.map(foldName))),
    }),
  )

  test('all differ on every disk, none is taken, and each is legal', () => {
    fc.assert(
      fc.property(album, ({ items, before, taken }) => {
        const names = assignNames({ items, known: new Map(before), taken })
        const folded = new Set([...names.values()].map(foldName))
        assert.equal(names.size, items.length)
        assert.equal(folded.size, items.length)
        for (const name of folded) assert.ok(!taken.has(name))
        for (const name of names.values()) assert.equal(safeName(name).normalize('NFD'), name.normalize('NFD'))
      }),
    )
  })

  test('do not depend on the order of the listing', () => {
    fc.assert(
      fc.property(album, fc.infiniteStream(fc.nat()), ({ items, before, taken }, random) => {
        const shuffled = items
          .map((one) => ({ one, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one)
        assert.deepEqual(named(shuffled, new Map(before), taken), named(items, new Map(before), taken))
      }),
    )
  })

  test('are the same the next time, also when others come or go', () => {
    fc.assert(
      fc.property(album, fc.nat(), wantedNames, ({ items, before, taken }, leave, wanted) => {
        const names = assignNames({ items, known: new Map(before), taken })
        const now = new Map(items.map(({ imageKey, wanted }) => [imageKey, { name: names.get(imageKey) ?? '', wanted }]))
        assert.deepEqual(assignNames({ items, known: now, taken }), names)
        const others = [...items.filter((_, index) => index !== leave % (items.length + 1)), item('0new', wanted, '0')]
        const later = assignNames({ items: others, known: now, taken })
        for (const { imageKey } of others) if (imageKey !== '0new') assert.equal(later.get(imageKey), names.get(imageKey))
      }),
    )
  })
})

describe('a disk whose names are short', () => {
  const longest = 143
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).map((text) => safeName(`${text}.jpg`))

  test('has names that fit with their sidecars, all different, the same when asked again', () => {
    const items = fc
      .array(name, { minLength: 1, maxLength: 6 })
      .map((all) => [...all, ...all].map((wanted, n) => ({ imageKey: `k${n}`, wanted, order: '' })))
    fc.assert(
      fc.property(items, (all) => {
        const names = assignNames({ items: all, known: new Map(), taken: new Set(), longest })
        for (const each of names.values()) {
          assert.ok(Buffer.byteLength(`${each}.xmp`) <= longest, each)
          assert.equal(safeName(each), each)
        }
        assert.equal(new Set([...names.values()].map(foldName)).size, all.length)
        const known = new Map(all.map(({ imageKey, wanted }) => [imageKey, { name: names.get(imageKey) ?? '', wanted }]))
        assert.deepEqual(assignNames({ items: all, known, taken: new Set(), longest }), names)
      }),
    )
  })

  test('keeps a name that it took already', () => {
    const wanted = `${'x'.repeat(137)}.jpg`
    const items = [{ imageKey: 'k', wanted, order: '' }]
    const known = new Map([['k', { name: wanted, wanted }]])
    assert.equal(assignNames({ items, known, taken: new Set(), longest }).get('k'), wanted)
    assert.equal(Buffer.byteLength(assignNames({ items, known: new Map(), taken: new Set(), longest }).get('k') ?? ''), 139)
  })

  test('has folders that fit, at every depth', async () => {
    const urlPath = `/${'Ж'.repeat(100)}/${'ж'.repeat(100)}`
    const albums = ['k1', 'k2'].map((key) => ({ key, urlPath }))
    const folders = [...(await assignFolders(albums, new Map([['k1', { folder: urlPath.slice(1), urlPath }]]), { longest })).values()]
    assert.equal(new Set(folders).size, 2)
    for (const segment of folders.flatMap((folder) => folder.split('/'))) assert.ok(Buffer.byteLength(segment) <= longest)
  })
})

describe('folders of albums', () => {
  const folders = async (albums: Record<string, string>, before: Record<string, readonly [folder: string, urlPath: string]> = {}) =>
    Object.fromEntries(
      await assignFolders(
        Object.entries(albums).map(([key, urlPath]) => ({ key, urlPath })),
        new Map(Object.entries(before).map(([key, [folder, urlPath]]) => [key, { folder, urlPath }])),
      ),
    )

  test('are their UrlPaths', async () => {
    assert.deepEqual(await folders({ k1: '/Trip/A', k2: '/trip/B', k3: '/Trip' }), { k1: 'Trip/A', k2: 'trip/B', k3: 'Trip' })
  })

  test('differ when a case-blind disk would make one of them, or SmugMug gives one path twice', async () => {
    assert.deepEqual(await folders({ k2: '/trip/a', k1: '/Trip/A', k3: '/Trip/A', k4: '/v1.2', k5: '/V1.2' }), {
      k1: 'Trip/A',
      k2: 'trip/a-k2',
      k3: 'Trip/A-k3',
      k4: 'v1.2',
      k5: 'V1.2-k5',
    })
  })

  test('stay as long as the UrlPath does, and follow it when it changes', async () => {
    assert.deepEqual(await folders({ k1: '/Trip', k2: '/trip' }, { k2: ['trip', '/trip'] }), { k2: 'trip', k1: 'Trip-k1' })
    assert.deepEqual(await folders({ k2: '/trip' }, { k2: ['trip-k2', '/trip'] }), { k2: 'trip-k2' })
    assert.deepEqual(await folders({ k1: '/B', k2: '/A' }, { k1: ['A', '/A'], k2: ['B', '/B'] }), { k1: 'B', k2: 'A' })
  })

  test('an album without a path is called by its key', async () => {
    assert.deepEqual(await folders({ k1: '/', k2: '', k3: '/k1' }), { k1: 'k1', k2: 'k2', k3: 'k1-k3' })
  })

  test('a taken folder is left alone', async () => {
    const albums = [{ key: 'k1', urlPath: '/Trip' }]
    assert.deepEqual(await assignFolders(albums, new Map(), { taken: (folded) => folded === 'TRIP' }), new Map([['k1', 'Trip-k1']]))
  })

  test('all differ on every disk, whatever SmugMug answers, in whatever order', async () => {
    const path = fc.array(fc.constantFrom('a', 'A', '..', 'é', 'e\u0301', '', 'a-k1', '.smugmug-backup', 'x:'), { maxLength: 3 })
    const albums = fc.uniqueArray(
      fc.record({ key: fc.stringMatching(/^[kK][0-3]$/), urlPath: path.map((parts) => `/${parts.join('/')}`) }),
      {
        selector: (one) => one.key,
      },
    )
    await fc.assert(
      fc.asyncProperty(albums, async (all) => {
        const result = await assignFolders(all, new Map())
        assert.equal(new Set([...result.values()].map(foldName)).size, all.length)
        assert.deepEqual(Object.fromEntries(await assignFolders(all.toReversed(), new Map())), Object.fromEntries(result))
        const now = new Map(all.map(({ key, urlPath }) => [key, { folder: result.get(key) ?? '', urlPath }]))
        assert.deepEqual(await assignFolders(all, now), result)
      }),
    )
  })
})
