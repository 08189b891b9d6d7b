import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import type { Item, JsonObject } from '../../model.ts'
import type { AlbumRow, FileRow, ItemRow } from '../catalogue/rows.ts'
import {
  ALBUM_FORMAT,
  type AlbumHead,
  albumHead,
  type ItemRecord,
  type ItemWords,
  itemWords,
  renderAlbumRecord,
  itemLine as renderLine,
  rowsOf,
} from './album-record.ts'
import { type ReadItem, readAlbumRecord } from './read-album-record.ts'
import { RecordError } from './read-json.ts'

type Line = Parameters<typeof renderLine>

const itemLine = (words: Line[0], row: Line[1], files: Line[2], raw: string | undefined, extras?: string): string =>
  renderLine(words, row, files, { raw, extras })

/** Cuts bytes into pieces of this length, so that a piece may end within a character. */
async function* bytesOf(text: string, piece = 1000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
}

interface Read {
  readonly heads: readonly AlbumHead[]
  readonly items: readonly ReadItem[]
}

const read = async (text: string, piece?: number): Promise<Read> => {
  const heads: AlbumHead[] = []
  const items: ReadItem[] = []
  for await (const part of readAlbumRecord(bytesOf(text, piece))) {
    if ('head' in part) heads.push(part.head)
    else items.push(part)
  }
  return { heads, items }
}

const albumRow: AlbumRow = {
  key: 'K',
  nodeId: 'N',
  name: 'Norway',
  urlPath: '/Travel/Norway',
  folder: 'Travel/Norway',
  imageCount: 2,
  lastUpdated: '2024-01-01T00:00:00+00:00',
  imagesLastUpdated: '2024-01-02T00:00:00+00:00',
  listedAt: 5,
  vanishedAt: undefined,
}

const words: ItemWords = {
  imageKey: 'x',
  serial: 0,
  position: 0,
  fileName: 'x.jpg',
  title: '',
  caption: '',
  keywords: '',
  keywordArray: [],
  isVideo: false,
  collected: false,
}

const itemRow: ItemRow = {
  albumKey: 'K',
  imageKey: 'x',
  serial: 0,
  position: 0,
  fileName: 'x.jpg',
  collected: false,
  state: 'held',
  reason: undefined,
  wanted: 'x.jpg',
  name: 'x.jpg',
  vanishedAt: undefined,
}

const render = (head: AlbumHead, lines: readonly string[]): string => [...renderAlbumRecord(head, lines)].join('')

const head = albumHead(albumRow, {})

/** Texts that would end a string, a line or the record, were they not escaped. */
const hostile = fc.constantFrom(
  '"files":[',
  ',"smugmug":',
  '","files":[],"smugmug":{"a":1}}',
  '"items": [',
  '\n"items": [\n',
  '\n]\n}\n',
  '\\',
  '\\"files\\":[',
  '"',
  '\r\n',
  '\u2028',
  '\0',
  '\ud800',
  '}',
)
const text = fc
  .array(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 8 })), { maxLength: 4 })
  .map((parts) => parts.join(''))
/**
 * A field's name: any text without a backslash. V8 13.6 takes a name that needs an escape for another one that it has read before, when that
 * ends in a backslash and begins alike: after `{"\\": 1}` it reads `{"\n": 1}` as the former. No server names its fields like this.
 */
const fieldName = text.map((name) => name.replaceAll('\\', '/'))
/** A file's name: whatever the words, no path. */
const fileName = text.map((name) => `x${name.replaceAll(/[/\\\0]/g, '')}`)
const hash = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const number = fc.oneof(
  fc.maxSafeNat(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
)
const plain = { noNullPrototype: true } as const

const anyWords: fc.Arbitrary<ItemWords> = fc.record(
  {
    imageKey: text.map((key) => `k${key}`),
    position: fc.nat(),
    fileName: text,
    title: text,
    caption: text,
    keywords: text,
    keywordArray: fc.array(text, { maxLength: 3 }),
    isVideo: fc.boolean(),
    collected: fc.boolean(),
    serial: fc.nat(),
    format: text,
    uploadKey: text,
    archivedUri: text,
    archivedSize: fc.maxSafeNat(),
    archivedMd5: text,
    dateTimeOriginal: text,
    dateTimeUploaded: text,
    lastUpdated: text,
    latitude: text,
    longitude: text,
    altitude: number,
    hidden: fc.boolean(),
    webUri: text,
  },
  {
    ...plain,
    requiredKeys: ['imageKey', 'position', 'fileName', 'title', 'caption', 'keywords', 'keywordArray', 'isVideo', 'collected'],
  },
)

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })

const anyFile = fc.record(
  {
    component: fc.oneof(fc.constant(''), text),
    name: fileName,
    size: fc.maxSafeNat(),
    md5: hash(32),
    sha256: fc.oneof(fc.constant(''), hash(64)),
    grade: fc.constantFrom('original' as const, 'rendition' as const, 'fallback' as const),
    serial: maybe(fc.nat()),
    toldSize: maybe(fc.maxSafeNat()),
    toldMd5: maybe(hash(32)),
    state: fc.constantFrom('held' as const, 'missing' as const, 'damaged' as const),
    captured: maybe(text),
  },
  plain,
)

const standing = fc.record(
  {
    state: fc.constantFrom('held' as const, 'elsewhere' as const, 'failed' as const, 'pending' as const, 'impossible' as const),
    reason: maybe(text),
    name: fileName,
    wanted: maybe(text),
    vanishedAt: maybe(fc.integer({ min: 0, max: Date.UTC(2100, 0) })),
  },
  plain,
)

/** SmugMug's answer as JSON text: an object of any depth, spelt as it likes to. */
const anyRaw = fc.oneof(
  fc
    .dictionary(fc.oneof(fieldName, fc.constantFrom('files', 'smugmug', '__proto__')), fc.jsonValue({ maxDepth: 2 }))
    .map((raw) => JSON.stringify(raw)),
  fc.constantFrom('{"Latitude":46.4400,"a":1e2}', '{"files":[],"smugmug":{"files":[]}}', '{}', '{"Caption":"\\u003c\\/b\\u003e"}'),
)

/** Comments and the like, as JSON text. */
const anyExtras = fc
  .record(
    {
      imageMetadata: fc.dictionary(fieldName, fc.oneof(text, fc.nat())),
      comments: fc.array(fc.oneof(text, fc.dictionary(fc.oneof(fieldName, fc.constant('files')), text)), { maxLength: 2 }),
    },
    { requiredKeys: [], ...plain },
  )
  .map((extras) => JSON.stringify(extras))

interface Entry {
  readonly words: ItemWords
  readonly row: ItemRow
  readonly files: readonly FileRow[]
  readonly raw: string | undefined
  readonly extras: string | undefined
}

const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(anyWords, standing, fc.array(anyFile, { maxLength: 3 }), maybe(anyRaw), maybe(anyExtras))
  .map(([words, { wanted, ...rest }, files, raw, extras]) => {
    const keys = { albumKey: 'K', imageKey: words.imageKey }
    const { serial, position, fileName, collected } = words
    return {
      words,
      row: { ...keys, serial, position, fileName, collected, ...rest, wanted: wanted ?? rest.name },
      files: files.map((file) => ({ ...keys, ...file })),
      raw,
      extras,
    }
  })

const lineOf = ({ words, row, files, raw, extras }: Entry): string => itemLine(words, row, files, raw, extras)

/** The words of a line read back, as those who write it anew take them. */
const wordsOf = (record: ItemRecord): ItemWords => {
  const {
    name: _n,
    wanted: _w,
    state: _s,
    reason: _r,
    vanishedAt: _v,
    files: _f,
    smugmug: _m,
    imageMetadata: _i,
    comments: _c,
    ...rest
  } = record
  return rest
}

const extrasOf = ({ imageMetadata, comments }: ItemRecord): JsonObject => ({
  ...(imageMetadata !== undefined && { imageMetadata }),
  ...(comments !== undefined && { comments }),
})

describe('a record', () => {
  test('comes back as it was written, whatever the words; and what was read is written to the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEntry, { maxLength: 3 }), fc.integer({ min: 3, max: 200 }), async (entries, piece) => {
        const written = render(head, entries.map(lineOf))
        const { heads, items } = await read(written, piece)
        assert.deepEqual(heads, [head])
        assert.equal(items.length, entries.length)
        for (const [index, { record, raw }] of items.entries()) {
          const entry = entries[index]
          assert.ok(entry !== undefined)
          assert.equal(raw, entry.raw)
          assert.deepEqual(record.smugmug, entry.raw === undefined ? undefined : JSON.parse(entry.raw))
          assert.deepEqual(extrasOf(record), JSON.parse(entry.extras ?? '{}'))
          assert.deepEqual(wordsOf(record), entry.words)
          assert.deepEqual(rowsOf('K', record), { item: entry.row, files: entry.files })
        }
        const again = items.map(({ record, raw }) => {
          const { item, files } = rowsOf('K', record)
          return itemLine(wordsOf(record), item, files, raw, JSON.stringify(extrasOf(record)))
        })
        assert.equal(render(head, again), written)
      }),
      { numRuns: 60 },
    )
  })

  test('a comment that has a part called as ours is', async () => {
    const extras = { imageMetadata: { a: 1, smugmug: 2, files: [] }, comments: [{ a: 1, smugmug: { Comment: 'x' } }] }
    const raw = '{"a":1,"smugmug":3}'
    const { items } = await read(render(head, [itemLine(words, itemRow, [], raw, JSON.stringify(extras))]))
    assert.equal(items[0]?.raw, raw)
    assert.deepEqual(items[0]?.record.smugmug, JSON.parse(raw))
    const without = await read(render(head, [itemLine(words, itemRow, [], undefined, JSON.stringify(extras))]))
    assert.equal(without.items[0]?.raw, undefined)
  })

  test('is JSON, whole, with the order and every field', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEntry, { maxLength: 3 }), async (entries) => {
        const parsed = JSON.parse(render(head, entries.map(lineOf))) as { format: string; album: AlbumHead; items: ItemRecord[] }
        assert.equal(parsed.format, ALBUM_FORMAT)
        assert.deepEqual(parsed.album, head)
        assert.deepEqual(
          parsed.items.map((record) => rowsOf('K', record).item),
          entries.map((entry) => entry.row),
        )
      }),
      { numRuns: 30 },
    )
  })

  test('one item stands on one line, so that it can be found by its name', () => {
    const lines = ['a\nb', 'c'].map((caption) => itemLine({ ...words, caption }, itemRow, [], '{"Caption":"a\\nb"}'))
    assert.ok(lines.every((line) => !line.includes('\n')))
    const written = render(head, lines).split('\n')
    assert.deepEqual(written.slice(-5), [`${lines[0]},`, lines[1], ']', '}', ''])
    assert.equal(written.at(-6), '"items": [')
  })

  test('what is as expected is not said', () => {
    const file: FileRow = {
      albumKey: 'K',
      imageKey: 'x',
      component: '',
      name: 'x.jpg',
      size: 1,
      md5: 'm',
      sha256: 's',
      grade: 'original',
      serial: undefined,
      toldSize: undefined,
      toldMd5: undefined,
      state: 'held',
      captured: undefined,
    }
    const record = JSON.parse(itemLine({ ...words, serial: 3 }, { ...itemRow, serial: 3 }, [file], undefined))
    assert.deepEqual(record, {
      imageKey: 'x',
      serial: 3,
      position: 0,
      name: 'x.jpg',
      fileName: 'x.jpg',
      collected: false,
      state: 'held',
      title: '',
      caption: '',
      keywords: '',
      keywordArray: [],
      isVideo: false,
      files: [{ name: 'x.jpg', size: 1, md5: 'm', sha256: 's', grade: 'original' }],
    })
  })

  test('the place and the collecting are those of the catalogue', () => {
    const record = JSON.parse(itemLine(words, { ...itemRow, position: 7, collected: true }, [], undefined)) as ItemRecord
    assert.deepEqual([record.position, record.collected], [7, true])
  })

  test('an album without items', async () => {
    const written = render(head, [])
    assert.deepEqual((JSON.parse(written) as { items: unknown }).items, [])
    assert.deepEqual(await read(written), { heads: [head], items: [] })
  })
})

describe('the album', () => {
  test('is written with the known facts, and SmugMug’s answer', () => {
    const raw: JsonObject = { AlbumKey: 'K', WebUri: 'https://example.com/Norway', Description: 'a\nb', Uris: {} }
    assert.deepEqual(albumHead({ ...albumRow, vanishedAt: Date.UTC(2024, 1, 3) }, raw), {
      key: 'K',
      name: 'Norway',
      urlPath: '/Travel/Norway',
      folder: 'Travel/Norway',
      nodeId: 'N',
      webUri: 'https://example.com/Norway',
      imageCount: 2,
      lastUpdated: '2024-01-01T00:00:00+00:00',
      imagesLastUpdated: '2024-01-02T00:00:00+00:00',
      vanishedAt: '2024-02-03T00:00:00.000Z',
      smugmug: raw,
    })
  })

  test('is written without unknown facts', () => {
    const bare = { ...albumRow, nodeId: undefined, imageCount: undefined, lastUpdated: undefined, imagesLastUpdated: undefined }
    assert.deepEqual(albumHead(bare, { WebUri: 5 }), {
      key: 'K',
      name: 'Norway',
      urlPath: '/Travel/Norway',
      folder: 'Travel/Norway',
      smugmug: { WebUri: 5 },
    })
  })

  test('any of its words come back', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, fc.dictionary(fieldName, fc.oneof(text, fc.array(text)), plain), async (name, urlPath, raw) => {
        const hostileHead = albumHead({ ...albumRow, name, urlPath, folder: urlPath }, { ...raw, '"items": [': '\n"items": [\n' })
        const line = itemLine(words, itemRow, [], undefined)
        const { heads, items } = await read(render(hostileHead, [line]), 7)
        assert.deepEqual(heads, [hostileHead])
        assert.equal(items.length, 1)
      }),
      { numRuns: 50 },
    )
  })

  test('of an item, the words are what SmugMug says besides where the bytes are', () => {
    const item: Item = { ...words, albumKey: 'K', availability: { kind: 'pending', reason: 'soon' }, raw: '{}' }
    assert.deepEqual(itemWords(item), words)
  })
})

describe('a record that somebody else has saved', () => {
  const line = itemLine({ ...words, caption: 'ä "x"\n' }, itemRow, [], '{"Caption":"ä \\"x\\"\\n","Files":[1.50]}')
  const second = itemLine({ ...words, imageKey: 'y' }, { ...itemRow, imageKey: 'y' }, [], undefined)
  const written = render(head, [line, second])

  const forms: Readonly<Record<string, string>> = {
    'on one line': JSON.stringify(JSON.parse(written)),
    'indented by 2': JSON.stringify(JSON.parse(written), undefined, 2),
    'indented by tabs': JSON.stringify(JSON.parse(written), undefined, '\t'),
    'with the line ends of Windows': written.replaceAll('\n', '\r\n'),
    'with a byte-order mark': `\uFEFF${written}`,
    'with empty lines at the end': `${written}\n\n`,
    'without a line end': written.trimEnd(),
  }
  for (const [form, content] of Object.entries(forms)) {
    test(form, async () => {
      const { heads, items } = await read(content, 3)
      assert.deepEqual(heads, [head])
      assert.deepEqual(
        items.map((item) => item.record),
        [JSON.parse(line), JSON.parse(second)],
      )
      const [first] = items
      assert.ok(first !== undefined)
      assert.deepEqual(JSON.parse(first.raw ?? ''), first.record.smugmug)
      assert.equal(items[1]?.raw, undefined)
    })
  }
})

describe('what is no record is a RecordError', () => {
  const line = itemLine(words, itemRow, [], '{"a":"b"}')
  const whole = render(head, [line, line])
  const others: Readonly<Record<string, string>> = {
    'an empty file': '',
    'a text': 'hello\n',
    'other JSON': '{"a":1}',
    'a list': '[]',
    'a text in JSON': '"x"',
    'another format': whole.replace(ALBUM_FORMAT, 'smugmug-backup/album/99'),
    'without an album': `{"format":${JSON.stringify(ALBUM_FORMAT)},"items":[]}`,
    'cut in its head': whole.slice(0, 60),
    'cut in a line': whole.slice(0, whole.lastIndexOf(line) + 20),
    'a line that is no JSON': whole.replace(line, 'x'),
    'merged by hand': whole.replace(line, `<<<<<<< mine\n${line}`),
  }
  for (const [what, content] of Object.entries(others)) test(what, () => assert.rejects(read(content), RecordError))

  const form = `"format":${JSON.stringify(ALBUM_FORMAT)}`
  const odd: Readonly<Record<string, string>> = {
    null: 'null',
    'an album that is null': `{${form},"album":null,"items":[]}`,
    'items that are no list': `{${form},"album":{},"items":5}`,
    'an item that is null': `{${form},"album":{},"items":[null]}`,
    'a line that is null': whole.replace(line, 'null'),
  }
  for (const [what, content] of Object.entries(odd)) test(what, () => assert.rejects(read(content), RecordError))

  for (const cut of [`${line},\n`, `${line},`, line]) {
    test(`cut after ${JSON.stringify(cut.slice(-2))} of an item`, async () => {
      const content = whole.slice(0, whole.indexOf(cut) + cut.length)
      await assert.rejects(read(content), RecordError)
    })
  }
})
