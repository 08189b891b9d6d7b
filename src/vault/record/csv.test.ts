import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import type { Item } from '../../model.ts'
import { type CsvFacts, csvColumns, csvRow, csvStream } from './csv.ts'

const photo: Item = {
  albumKey: 'kT9qz',
  imageKey: 'x7Kp2',
  serial: 1,
  position: 0,
  fileName: 'fname1.jpg',
  title: 'Title, here',
  caption: 'first "line"\nsecond',
  keywords: 'a,b; c',
  keywordArray: ['a,b', 'c'],
  isVideo: false,
  format: 'JPG',
  archivedUri: 'https://photos.smugmug.com/x',
  dateTimeOriginal: '2019-08-04T18:28:12+00:00',
  dateTimeUploaded: '2019-08-05T00:00:00+00:00',
  lastUpdated: '2019-08-06T00:00:00+00:00',
  latitude: '46.44270833333300',
  longitude: '-122.48731944444',
  altitude: 0,
  hidden: false,
  collected: true,
  webUri: 'https://example.smugmug.com/i-x7Kp2',
  availability: { kind: 'unresolved' },
  raw: '{}',
}
const facts: CsvFacts = {
  path: '/photos/Travel/fname1.jpg',
  albumPath: '/Travel',
  privacy: 'Public',
  captureTime: { local: '2019-08-04T11:28:12', offset: '-04:00', from: 'exif' },
  size: 1234,
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha256: 'e3b0c442',
  grade: 'original',
}

const written = async (rows: Iterable<readonly string[]>, options?: { readonly defuse: boolean }): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of csvStream(rows, options)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** A reader that knows RFC 4180 and nothing of how the text was written. */
const read = (csv: string): string[][] => {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain = '', end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('a row', () => {
  test("begins with the Go program's seven columns and values", () => {
    assert.deepEqual(csvColumns.slice(0, 7), ['Filename', 'Type', 'ArchivedUri', 'Caption', 'Keywords', 'Latitude', 'Longitude'])
    assert.deepEqual(csvRow(photo, facts).slice(0, 7), [
      '/photos/Travel/fname1.jpg',
      'image',
      'https://photos.smugmug.com/x',
      'first "line"\nsecond',
      'a,b; c',
      '46.44270833333300',
      '-122.48731944444',
    ])
    assert.equal(csvRow({ ...photo, isVideo: true }, facts)[1], 'video')
  })

  test('goes on with ours', () => {
    const row = csvRow(photo, facts)
    const cells = Object.fromEntries(csvColumns.map((column, index) => [column, row[index]]).slice(7))
    assert.equal(row.length, csvColumns.length)
    assert.deepEqual(cells, {
      Title: 'Title, here',
      AlbumPath: '/Travel',
      ImageKey: 'x7Kp2',
      AlbumKey: 'kT9qz',
      Serial: '1',
      Position: '1',
      CaptureTime: '2019-08-04T11:28:12-04:00',
      DateTimeUploaded: '2019-08-05T00:00:00+00:00',
      LastUpdated: '2019-08-06T00:00:00+00:00',
      Size: '1234',
      MD5: 'd41d8cd98f00b204e9800998ecf8427e',
      SHA256: 'e3b0c442',
      Grade: 'original',
      Format: 'JPG',
      Altitude: '0',
      Hidden: 'false',
      Privacy: 'Public',
      Collected: 'true',
      WebUri: 'https://example.smugmug.com/i-x7Kp2',
    })
  })

  test('has empty cells for what is unknown', () => {
    const { serial, format, latitude, longitude, altitude, hidden, webUri, archivedUri, ...little } = photo
    const row = csvRow(little, { path: '/p', albumPath: '/a' })
    const empty = csvColumns.filter((_, index) => row[index] === '')
    const unknown = ['ArchivedUri', 'Latitude', 'Longitude', 'Serial', 'CaptureTime', 'Size', 'MD5', 'SHA256', 'Grade']
    assert.deepEqual(empty, [...unknown, 'Format', 'Altitude', 'Hidden', 'Privacy', 'WebUri'])
  })
})

describe('the stream', () => {
  test('is a header and lines as the Go program writes them', async () => {
    const row = ['/p/a.jpg', 'image', '', 'say "hi"', 'a; b', '0', ' led by a space', '\\.', 'a\rb', 'é']
    const lines = await written([row])
    assert.equal(lines, `${csvColumns.join(',')}\n/p/a.jpg,image,,"say ""hi""",a; b,0," led by a space","\\.","a\rb",é\n`)
  })

  test('is the header alone when there are no rows', async () => {
    assert.equal(await written([]), `${csvColumns.join(',')}\n`)
  })

  test('reads back as it was, whatever the cells hold', async () => {
    const cell = fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', ',', '\n', '\r', "'", '=', ' ', ';', '\\', '\ufeff'),
        fc.string({ unit: 'binary', maxLength: 1 }),
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { maxLength: 5 }), async (rows) => {
        assert.deepEqual(read(await written(rows)), [csvColumns, ...rows])
      }),
    )
  })

  test('comes in pieces, and asks for rows only as they are taken', async () => {
    let asked = 0
    async function* rows() {
      for (; asked < 5000; asked++) yield [`row ${asked}`]
    }
    let pieces = 0
    let text = ''
    for await (const piece of csvStream(rows())) {
      pieces++
      assert.ok(asked <= pieces * 200, `${asked} rows asked for ${pieces} pieces`)
      text += Buffer.from(piece).toString()
    }
    assert.deepEqual(
      read(text).slice(1),
      Array.from({ length: 5000 }, (_, index) => [`row ${index}`]),
    )
    assert.ok(pieces > 10)
  })

  test('ends with the error of its rows', async () => {
    async function* rows() {
      yield ['a']
      throw new Error('the catalogue is gone')
    }
    await assert.rejects(async () => {
      for await (const _ of csvStream(rows())) void _
    }, /the catalogue is gone/)
  })
})

describe('defusing', () => {
  test('puts an apostrophe before formulas and leaves numbers', async () => {
    const cells = ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1', '-122.48', '+5', '-1e-7', '', 'a=b', "'x", '46.4']
    const [, row] = read(await written([cells], { defuse: true }))
    assert.deepEqual(row, [
      "'=1+1",
      "'+cmd",
      "'-2+3",
      "'@SUM(A1)",
      "'\tx",
      "'\rx",
      "'\nx",
      "'＝1",
      '-122.48',
      '+5',
      '-1e-7',
      '',
      'a=b',
      "'x",
      '46.4',
    ])
  })

  test('leaves no cell that a spreadsheet runs, and changes nothing where it is not asked for', async () => {
    const cell = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '1', '.', 'a', '"') })
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 2 }), async (row) => {
        const [, safe = []] = read(await written([row], { defuse: true }))
        for (const text of safe) assert.ok(!/^[=+\-@\t\r]/.test(text) || !Number.isNaN(Number(text)), text)
        assert.deepEqual(read(await written([row]))[1], row)
      }),
    )
  })
})
