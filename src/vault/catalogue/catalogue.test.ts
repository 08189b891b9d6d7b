import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { Catalogue } from './catalogue.ts'
import type { AlbumRow, FileRow, ItemRow } from './rows.ts'

const make = (): Catalogue => Catalogue.open({ path: ':memory:', mode: 'write' })

const open = (t: TestContext): Catalogue => {
  const catalogue = make()
  t.after(() => catalogue.close())
  return catalogue
}

/** Gives each of many examples a catalogue of its own. */
const tried = <T extends readonly unknown[]>(work: (catalogue: Catalogue, ...examples: T) => void) => {
  return (...examples: T): void => {
    const catalogue = make()
    try {
      work(catalogue, ...examples)
    } finally {
      catalogue.close()
    }
  }
}

const album = (key: string, facts: Partial<AlbumRow> = {}): AlbumRow => ({
  key,
  nodeId: undefined,
  name: key,
  urlPath: `/${key}`,
  folder: key,
  imageCount: 1,
  lastUpdated: undefined,
  imagesLastUpdated: undefined,
  listedAt: undefined,
  vanishedAt: undefined,
  ...facts,
})

const item = (albumKey: string, imageKey: string, facts: Partial<ItemRow> = {}): ItemRow => ({
  albumKey,
  imageKey,
  serial: 0,
  position: 0,
  fileName: `${imageKey}.jpg`,
  collected: false,
  state: 'held',
  reason: undefined,
  wanted: `${imageKey}.jpg`,
  name: `${imageKey}.jpg`,
  vanishedAt: undefined,
  ...facts,
})

const file = (albumKey: string, imageKey: string, facts: Partial<FileRow> = {}): FileRow => ({
  albumKey,
  imageKey,
  component: '',
  name: `${imageKey}.jpg`,
  size: 10,
  md5: `md5 of ${imageKey}`,
  sha256: `sha256 of ${imageKey}`,
  grade: 'original',
  serial: 0,
  toldSize: undefined,
  toldMd5: undefined,
  state: 'held',
  captured: undefined,
  ...facts,
})

const text = fc.string({ unit: 'binary', maxLength: 30 })
const whole = fc.maxSafeNat()
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 2 })

const anyAlbum: fc.Arbitrary<AlbumRow> = fc.record(
  {
    key: text,
    nodeId: maybe(text),
    name: text,
    urlPath: text,
    folder: text,
    imageCount: maybe(whole),
    lastUpdated: maybe(text),
    imagesLastUpdated: maybe(text),
    listedAt: maybe(whole),
    vanishedAt: maybe(whole),
  },
  { noNullPrototype: true },
)

const anyItem: fc.Arbitrary<ItemRow> = fc.record(
  {
    albumKey: text,
    imageKey: text,
    serial: maybe(whole),
    position: whole,
    fileName: text,
    collected: fc.boolean(),
    state: fc.constantFrom('held', 'elsewhere', 'failed', 'pending', 'impossible'),
    reason: maybe(text),
    wanted: text,
    name: text,
    vanishedAt: maybe(whole),
  },
  { noNullPrototype: true },
)

const anyFile: fc.Arbitrary<FileRow> = fc.record(
  {
    albumKey: text,
    imageKey: text,
    component: text,
    name: text,
    size: whole,
    md5: text,
    sha256: text,
    grade: fc.constantFrom('original', 'rendition', 'fallback'),
    serial: maybe(whole),
    toldSize: maybe(whole),
    toldMd5: maybe(text),
    state: fc.constantFrom('held', 'missing', 'damaged'),
    captured: maybe(text),
  },
  { noNullPrototype: true },
)

describe('rows come back as they went in, and a later one replaces them', () => {
  test('albums', () => {
    fc.assert(
      fc.property(
        anyAlbum,
        anyAlbum,
        tried((catalogue: Catalogue, first, second) => {
          catalogue.putAlbum(first)
          assert.deepEqual(catalogue.album(first.key), first)
          const changed = { ...second, key: first.key }
          catalogue.putAlbum(changed)
          assert.deepEqual(catalogue.albums(), [changed])
          catalogue.removeAlbum(first.key)
          assert.equal(catalogue.album(first.key), undefined)
        }),
      ),
    )
  })

  test('items', () => {
    fc.assert(
      fc.property(
        anyItem,
        anyItem,
        tried((catalogue: Catalogue, first, second) => {
          catalogue.putItem(first)
          assert.deepEqual(catalogue.item(first.albumKey, first.imageKey), first)
          const changed = { ...second, albumKey: first.albumKey, imageKey: first.imageKey }
          catalogue.putItem(changed)
          assert.deepEqual(catalogue.items(first.albumKey), [changed])
          assert.deepEqual(catalogue.itemsByImage(first.imageKey), [changed])
          catalogue.removeItem(first.albumKey, first.imageKey)
          assert.equal(catalogue.item(first.albumKey, first.imageKey), undefined)
        }),
      ),
    )
  })

  test('files', () => {
    fc.assert(
      fc.property(
        anyFile,
        anyFile,
        tried((catalogue: Catalogue, first, second) => {
          catalogue.putFile(first)
          assert.deepEqual(catalogue.file(first.albumKey, first.imageKey, first.component), first)
          const changed = { ...second, albumKey: first.albumKey, imageKey: first.imageKey, component: first.component }
          catalogue.putFile(changed)
          assert.deepEqual(catalogue.files(first.albumKey), [changed])
          catalogue.removeFile(first.albumKey, first.imageKey, first.component)
          assert.equal(catalogue.file(first.albumKey, first.imageKey, first.component), undefined)
        }),
      ),
    )
  })

  test('remarks of its own', () => {
    fc.assert(
      fc.property(
        text,
        text,
        text,
        tried((catalogue: Catalogue, key, first, second) => {
          assert.equal(catalogue.meta(key), undefined)
          catalogue.setMeta(key, first)
          assert.equal(catalogue.meta(key), first)
          catalogue.setMeta(key, second)
          assert.equal(catalogue.meta(key), second)
          catalogue.setMeta(key, undefined)
          assert.equal(catalogue.meta(key), undefined)
        }),
      ),
    )
  })
})

describe('items and files', () => {
  test('items stand in album order', (t) => {
    const catalogue = open(t)
    for (const [key, position] of [
      ['C', 0],
      ['B', 2],
      ['A', 2],
      ['D', 1],
    ] as const)
      catalogue.putItem(item('K', key, { position }))
    catalogue.putItem(item('other', 'E'))
    assert.deepEqual(
      catalogue.items('K').map((row) => row.imageKey),
      ['C', 'D', 'A', 'B'],
    )
  })

  test('an image is found in all its albums, and its files only where they stand', (t) => {
    const catalogue = open(t)
    for (const key of ['B', 'A', 'C']) catalogue.putItem(item(key, 'x'))
    catalogue.putFile(file('B', 'x'))
    catalogue.putFile(file('B', 'x', { component: 'raw' }))
    catalogue.putFile(file('A', 'x'))
    catalogue.putFile(file('C', 'x', { state: 'missing' }))
    catalogue.putFile(file('A', 'y', { md5: 'md5 of x' }))
    catalogue.putFile(file('D', 'y', { md5: 'md5 of x', state: 'damaged' }))
    const places = (rows: readonly { readonly albumKey: string; readonly imageKey: string }[]): readonly string[] =>
      rows.map((row) => `${row.albumKey}/${row.imageKey}`)
    assert.deepEqual(places(catalogue.itemsByImage('x')), ['A/x', 'B/x', 'C/x'])
    assert.deepEqual(places(catalogue.filesByImage('x')), ['A/x', 'B/x'])
    assert.deepEqual(places(catalogue.filesByMd5('md5 of x')), ['A/x', 'A/y', 'B/x', 'B/x'])
    assert.deepEqual(catalogue.filesByMd5('unheard of'), [])
  })

  test('a file is the item itself unless a companion is asked for', (t) => {
    const catalogue = open(t)
    catalogue.putFile(file('K', 'x', { name: 'x.jpg' }))
    catalogue.putFile(file('K', 'x', { name: 'x.cr2', component: 'raw' }))
    assert.equal(catalogue.file('K', 'x')?.name, 'x.jpg')
    assert.equal(catalogue.file('K', 'x', 'raw')?.name, 'x.cr2')
    catalogue.removeFile('K', 'x', '')
    assert.deepEqual(
      catalogue.files('K').map((row) => row.name),
      ['x.cr2'],
    )
  })

  test('an item is forgotten with its files, and nothing else is', (t) => {
    const catalogue = open(t)
    for (const [albumKey, imageKey] of [
      ['K', 'x'],
      ['K', 'y'],
      ['L', 'x'],
    ] as const) {
      catalogue.putItem(item(albumKey, imageKey))
      catalogue.putFile(file(albumKey, imageKey))
      catalogue.putFile(file(albumKey, imageKey, { component: 'raw' }))
    }
    catalogue.removeItem('K', 'x')
    assert.deepEqual([catalogue.items('K').length, catalogue.files('K').length], [1, 2])
    assert.deepEqual([catalogue.items('L').length, catalogue.files('L').length], [1, 2])
  })

  test('every file comes with its path, folder by folder', async (t) => {
    const catalogue = open(t)
    catalogue.putAlbum(album('1', { folder: 'Travel/2024' }))
    catalogue.putAlbum(album('2', { folder: '' }))
    catalogue.putAlbum(album('3', { folder: 'Family' }))
    catalogue.putAlbum(album('4', { folder: 'Empty' }))
    catalogue.putFile(file('1', 'a', { name: 'z.jpg' }))
    catalogue.putFile(file('1', 'b', { name: 'y.jpg', state: 'missing' }))
    catalogue.putFile(file('2', 'a', { name: 'top.jpg' }))
    catalogue.putFile(file('3', 'a', { name: 'x.jpg' }))
    const told: unknown[] = []
    for await (const { path, state } of catalogue.eachFile()) told.push([path, state])
    assert.deepEqual(told, [
      ['top.jpg', 'held'],
      ['Family/x.jpg', 'held'],
      ['Travel/2024/y.jpg', 'missing'],
      ['Travel/2024/z.jpg', 'held'],
    ])
  })
})

describe('what is counted', () => {
  test('an album is troubled by what failed, is pending, missing or damaged, and by nothing that has vanished', (t) => {
    const catalogue = open(t)
    const states = {
      held: [item('held', 'x'), file('held', 'x')],
      elsewhere: [item('elsewhere', 'x', { state: 'elsewhere' })],
      impossible: [item('impossible', 'x', { state: 'impossible' })],
      failed: [item('failed', 'x', { state: 'failed' })],
      pending: [item('pending', 'x', { state: 'pending' })],
      missing: [item('missing', 'x'), file('missing', 'x', { state: 'missing' })],
      damaged: [item('damaged', 'x'), file('damaged', 'x', { state: 'damaged' })],
      companion: [item('companion', 'x'), file('companion', 'x', { component: 'raw', state: 'missing' })],
      'failed, gone': [item('failed, gone', 'x', { state: 'failed', vanishedAt: 1 })],
      'missing, gone': [item('missing, gone', 'x', { vanishedAt: 1 }), file('missing, gone', 'x', { state: 'missing' })],
    } satisfies Record<string, readonly [ItemRow, FileRow?]>
    for (const [row, stored] of Object.values(states) as readonly (readonly [ItemRow, FileRow?])[]) {
      catalogue.putItem(row)
      if (stored !== undefined) catalogue.putFile(stored)
    }
    assert.deepEqual([...catalogue.troubledAlbums()].toSorted(), ['companion', 'damaged', 'failed', 'missing', 'pending'])
  })

  test('states are counted for one album, without what has vanished', async (t) => {
    const catalogue = open(t)
    catalogue.putItem(item('K', '1'))
    catalogue.putItem(item('K', '2'))
    catalogue.putItem(item('K', '3', { state: 'failed' }))
    catalogue.putItem(item('K', '4', { vanishedAt: 5 }))
    catalogue.putItem(item('L', '5', { state: 'pending' }))
    assert.deepEqual(catalogue.counts.states('K'), { held: 2, failed: 1 })
    assert.deepEqual(catalogue.counts.states('M'), {})
    for (const key of ['K', 'L']) catalogue.putAlbum(album(key))
    assert.equal(await catalogue.counts.held(), 2)
  })

  test('an album is only collected when it has items and each of them is', (t) => {
    const catalogue = open(t)
    assert.equal(catalogue.counts.onlyCollected('K'), false)
    catalogue.putItem(item('K', '1', { collected: true }))
    catalogue.putItem(item('K', '2', { collected: false, vanishedAt: 5 }))
    catalogue.putItem(item('L', '3', { collected: false }))
    assert.equal(catalogue.counts.onlyCollected('K'), true)
    catalogue.putItem(item('K', '4', { collected: false }))
    assert.equal(catalogue.counts.onlyCollected('K'), false)
  })

  test('holdings', async (t) => {
    const catalogue = open(t)
    catalogue.putAlbum(album('K'))
    catalogue.putAlbum(album('L'))
    catalogue.putAlbum(album('gone', { vanishedAt: 1 }))
    const put = (imageKey: string, facts: Partial<ItemRow>, stored?: Partial<FileRow>): void => {
      catalogue.putItem(item('K', imageKey, facts))
      if (stored !== undefined) catalogue.putFile(file('K', imageKey, stored))
    }
    put('1', {}, { size: 4_000_000_000 })
    put('2', {}, { size: 5 })
    put('3', {}, { size: 100, grade: 'rendition' })
    put('4', {}, { size: 70, state: 'missing' })
    put('5', {}, { size: 80, state: 'damaged' })
    put('6', { state: 'failed' })
    put('7', { state: 'pending' })
    put('8', { state: 'impossible' })
    put('9', { state: 'elsewhere' })
    put('10', { vanishedAt: 5 }, { size: 1 })
    put('11', { vanishedAt: 5 }, { size: 1, state: 'missing' })
    put('12', { vanishedAt: 5 }, { size: 1, state: 'damaged' })
    put('13', { vanishedAt: 5 })
    const { byAlbum, ...all } = await catalogue.counts.holdings()
    const none = { states: {}, grades: {}, unsound: 0, vanishedKept: 0, vanishedLost: 0 }
    assert.deepEqual(
      byAlbum.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      [
        {
          key: 'K',
          states: { held: 5, failed: 1, pending: 1, impossible: 1, elsewhere: 1 },
          grades: { original: 2, rendition: 1 },
          unsound: 2,
          vanishedKept: 1,
          vanishedLost: 2,
        },
        { key: 'L', ...none },
        { key: 'gone', ...none },
      ],
    )
    assert.deepEqual(all, {
      albums: 2,
      items: 9,
      held: 4,
      bytes: 4_000_000_106,
      byGrade: { original: { files: 3, bytes: 4_000_000_006 }, rendition: { files: 1, bytes: 100 } },
      vanished: 4,
      failed: 1,
      pending: 1,
      impossible: 1,
      missing: 2,
      damaged: 2,
    })
  })

  test('holdings of an empty vault', async (t) => {
    const { byGrade, byAlbum, ...counts } = await open(t).counts.holdings()
    assert.deepEqual([byGrade, byAlbum], [{}, []])
    assert.ok(Object.values(counts).every((count) => count === 0))
  })
})

describe('strays', () => {
  const stray = { path: 'Travel/old.jpg', size: 10, mark: '1000' }
  const hash = { md5: 'm', sha256: 's' }

  test('a hash is remembered while size and time stay the same', (t) => {
    const catalogue = open(t)
    catalogue.strays.see(stray, 1)
    assert.deepEqual([...catalogue.strays.unhashed(10, { page: 1 })], [{ ...stray, md5: undefined, sha256: undefined }])
    catalogue.strays.setHash(stray.path, hash)
    catalogue.strays.see(stray, 2)
    assert.deepEqual(catalogue.strays.byMd5(hash.md5, 10), [{ ...stray, ...hash }])
  })

  for (const changed of [{ size: 11 }, { mark: '1001' }, { size: 11, mark: '1001' }]) {
    test(`a hash is forgotten when ${Object.keys(changed).join(' and ')} changed`, (t) => {
      const catalogue = open(t)
      catalogue.strays.see(stray, 1)
      catalogue.strays.setHash(stray.path, hash)
      catalogue.strays.see({ ...stray, ...changed }, 2)
      assert.deepEqual([...catalogue.strays.each()], [{ ...stray, ...changed, md5: undefined, sha256: undefined }])
    })
  }

  test('what a survey has not met is forgotten', (t) => {
    const catalogue = open(t)
    for (const path of ['a', 'b', 'c']) catalogue.strays.see({ ...stray, path }, 1)
    catalogue.strays.see({ ...stray, path: 'b' }, 2)
    catalogue.strays.dropNotSeenBy(2)
    assert.deepEqual(
      [...catalogue.strays.each()].map((row) => row.path),
      ['b'],
    )
    catalogue.strays.remove('b')
    assert.deepEqual([...catalogue.strays.each()], [])
  })

  test('going through them survives writes, and may be left early', (t) => {
    const catalogue = open(t)
    for (let n = 0; n < 500; n += 1) catalogue.strays.see({ ...stray, path: `p${String(n).padStart(3, '0')}` }, 1)
    const met: string[] = []
    for (const { path } of catalogue.strays.each()) {
      catalogue.strays.setHash(path, hash)
      if (met.length % 100 === 0) catalogue.flush()
      met.push(path)
    }
    assert.equal(new Set(met).size, 500)
    assert.ok([...catalogue.strays.each()].every((row) => row.md5 === 'm'))
    for (const _first of catalogue.strays.each()) break
    catalogue.strays.remove('p000')
    assert.equal([...catalogue.strays.each()].length, 499)
  })
})

describe('the changes of a run', () => {
  test('two albums that move to one path are two changes, and an item without a key is one', (t) => {
    const { changes } = open(t)
    const moves = ['/Old/A', '/Old/B'].map((from) => ({ what: 'moved', album: '/New', from, items: 3 }) as const)
    const photo = { what: 'moved', album: '/New', name: 'x.jpg', from: 'Old/x.jpg' } as const
    for (const change of [...moves, photo]) changes.add(change)
    assert.deepEqual([...changes.each('moved')], [...moves, photo])
  })
})

describe('runs', () => {
  test('the newest run of an operation, or of any', (t) => {
    const catalogue = open(t)
    assert.equal(catalogue.runs.last(), undefined)
    const first = catalogue.runs.begin('backup', 100)
    catalogue.runs.end(first, { finishedAt: 200, exitCode: 3, summary: '{}' })
    const second = catalogue.runs.begin('verify', 300)
    assert.notEqual(second, first)
    assert.deepEqual(catalogue.runs.last('backup'), {
      id: first,
      operation: 'backup',
      startedAt: 100,
      finishedAt: 200,
      exitCode: 3,
      summary: '{}',
    })
    const unfinished = { id: second, operation: 'verify', startedAt: 300, finishedAt: undefined, exitCode: undefined, summary: undefined }
    assert.deepEqual(catalogue.runs.last(), unfinished)
    assert.deepEqual(
      catalogue.runs.recent(2).map(({ id }) => id),
      [second, first],
    )
    assert.deepEqual(catalogue.runs.recent(1), [unfinished])
    assert.equal(catalogue.runs.last('rebuild'), undefined)
  })

  test('other writes do not confuse the number of a run', (t) => {
    const catalogue = open(t)
    const first = catalogue.runs.begin('backup', 100)
    catalogue.putFile(file('K', 'x'))
    catalogue.strays.see({ path: 'a', size: 1, mark: '1' }, 1)
    assert.equal(catalogue.runs.begin('backup', 200), first + 1)
  })

  test('a run keeps a number that it had, unless another has it or a later one', (t) => {
    const { runs } = open(t)
    const numbers = [runs.begin('backup', 1), runs.begin('adopt', 2, 7), runs.begin('verify', 3, 5), runs.begin('backup', 4, 7)]
    assert.deepEqual(numbers, [1, 7, 8, 9])
    assert.equal(runs.lastOfAccount()?.id, 9)
    runs.begin('rebuild', 5)
    assert.equal(runs.lastOfAccount()?.id, 9)
  })

  test('that a run ended well is known however many ended otherwise since', (t) => {
    const { runs } = open(t)
    const ended = (operation: string, exitCode: number): void =>
      runs.end(runs.begin(operation, 1), { finishedAt: 2, exitCode, summary: '{}' })
    ended('verify', 0)
    assert.equal(runs.everEndedWell('backup'), false)
    ended('backup', 0)
    for (let later = 0; later < 150; later += 1) ended('backup', 3)
    assert.equal(runs.everEndedWell('backup'), true)
  })
})
