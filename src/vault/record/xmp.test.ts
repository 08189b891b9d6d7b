import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import type { ItemRecord } from './album-record.ts'
import { sidecarName } from './sidecar-names.ts'
import { renderXmp, type XmpFacts, xmpFacts } from './xmp.ts'
import { readXmp } from './xmp-read.ts'

const keys = { imageKey: 'x7Kp2', albumKey: 'kT9qz', albumPath: '/Travel/Norway' } as const
const facts: XmpFacts = {
  ...keys,
  fileName: 'IMG_1.jpg',
  webUri: 'https://example.smugmug.com/Travel/Norway/i-x7Kp2',
  uploaded: '2024-06-01T08:00:00+00:00',
  title: 'Opera & <roof>',
  caption: 'first line\nsecond',
  keywords: ['Places|Norway|Oslo', 'summer'],
  latitude: '59.91333333333333',
  longitude: '-10.75',
  altitude: 12,
  captureTime: { local: '2024-05-31T10:00:00', offset: '+02:00', from: 'exif' },
}

/** The values of a sidecar by local name, read by our own reader. */
const valuesOf = (xmp: string): Readonly<Record<string, unknown>> => {
  const packet = readXmp(xmp)
  assert.ok(packet, `not readable: ${xmp}`)
  const properties = packet.descriptions.flatMap((each) => each.properties)
  return Object.fromEntries(properties.map(({ name, value }) => [/[^/#]+$/.exec(name)?.[0], value]))
}
const rendered = (more: Partial<XmpFacts>) => valuesOf(renderXmp({ ...keys, ...more }))

// The fingerprints too: were they to change, every sidecar written before would count as changed by its owner.
test('a whole sidecar', () => {
  assert.equal(
    renderXmp(facts),
    `<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:smugmug="https://github.com/smugmug-backup/smugmug-backup/ns/1.0/">
   <dc:title>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">Opera &amp; &lt;roof&gt;</rdf:li>
    </rdf:Alt>
   </dc:title>
   <dc:description>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">first line
second</rdf:li>
    </rdf:Alt>
   </dc:description>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>Places</rdf:li>
     <rdf:li>Norway</rdf:li>
     <rdf:li>Oslo</rdf:li>
     <rdf:li>summer</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>Places|Norway|Oslo</rdf:li>
     <rdf:li>summer</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <exif:GPSLatitude>59,54.800000N</exif:GPSLatitude>
   <exif:GPSLongitude>10,45.000000W</exif:GPSLongitude>
   <exif:GPSAltitude>12/1</exif:GPSAltitude>
   <exif:GPSAltitudeRef>0</exif:GPSAltitudeRef>
   <photoshop:DateCreated>2024-05-31T10:00:00+02:00</photoshop:DateCreated>
   <exif:DateTimeOriginal>2024-05-31T10:00:00+02:00</exif:DateTimeOriginal>
   <xmp:CreateDate>2024-05-31T10:00:00+02:00</xmp:CreateDate>
   <smugmug:ImageKey>x7Kp2</smugmug:ImageKey>
   <smugmug:AlbumKey>kT9qz</smugmug:AlbumKey>
   <smugmug:AlbumPath>/Travel/Norway</smugmug:AlbumPath>
   <smugmug:FileName>IMG_1.jpg</smugmug:FileName>
   <smugmug:WebUri>https://example.smugmug.com/Travel/Norway/i-x7Kp2</smugmug:WebUri>
   <smugmug:Uploaded>2024-06-01T08:00:00+00:00</smugmug:Uploaded>
   <smugmug:Written>title:600dcee558049e53 description:bf8fc1cb5d4e8ab1 keywords:3c71c37ce45ebd3a place:625a1a556f7a0d1a time:03b34cb63674e1f7</smugmug:Written>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
`,
  )
})

test('what is unknown or empty is not in it', () => {
  const { Written, ...own } = rendered({
    fileName: '',
    title: ' \u0000 ',
    caption: '',
    keywords: ['', ' ', '|'],
    uploaded: '0000-00-00T00:00:00+00:00',
  })
  assert.deepEqual(own, { ImageKey: 'x7Kp2', AlbumKey: 'kT9qz', AlbumPath: '/Travel/Norway' })
  assert.equal(Written, 'nothing')
})

describe('texts', () => {
  test('lose what XML cannot hold, and keep the rest', () => {
    const { title } = rendered({ title: ' a\u0000\u0007\u001B[31m\uD800b\uFFFF \t\u200Fعربي 👨‍👩‍👧 \u2028"\'<>&]]> ' })
    assert.deepEqual(title, [['x-default', 'a[31mb \t\u200Fعربي 👨‍👩‍👧 \u2028"\'<>&]]>']])
  })
  test('have one kind of line end', () => {
    assert.deepEqual(rendered({ caption: 'a\r\nb\rc\n\nd' }).description, [['x-default', 'a\nb\nc\n\nd']])
  })
})

describe('keywords', () => {
  const keywordsOf = (...keywords: readonly string[]) => {
    const { subject, hierarchicalSubject } = rendered({ keywords }) as Readonly<Record<string, readonly (readonly string[])[] | undefined>>
    return [subject?.map(([, text]) => text), hierarchicalSubject?.map(([, text]) => text)]
  }
  test('with | are paths, each level a word too, each once', () => {
    assert.deepEqual(keywordsOf('Places | Norway|Oslo', 'Places|Norway|Bergen', 'Norway', '|Places||'), [
      ['Places', 'Norway', 'Oslo', 'Bergen'],
      ['Places|Norway|Oslo', 'Places|Norway|Bergen', 'Norway', 'Places'],
    ])
  })
  test('with anything else are words', () => {
    const words = ['a/b', 'a, b', 'say "hi"', 'semi;colon', '2024', 'æøå']
    assert.deepEqual(keywordsOf(...words), [words, words])
  })
})

describe('the place', () => {
  const place = (latitude?: string | number, longitude?: string | number, altitude?: string | number) => {
    const given = {
      ...(latitude !== undefined && { latitude }),
      ...(longitude !== undefined && { longitude }),
      ...(altitude !== undefined && { altitude }),
    }
    const { GPSLatitude, GPSLongitude, GPSAltitude, GPSAltitudeRef } = rendered(given)
    return [GPSLatitude, GPSLongitude, GPSAltitude, GPSAltitudeRef]
  }
  const nowhere = [undefined, undefined, undefined, undefined]

  test('is taken as text and as number', () => {
    const here = ['47,15.000000N', '122,30.000000W', undefined, undefined]
    for (const [latitude, longitude] of [
      [47.25, -122.5],
      ['47.25', '-122.5'],
      ['47.25000000000000', ' -122.50 '],
    ] as const)
      assert.deepEqual(place(latitude, longitude), here)
  })
  test('is none at 0/0, when half is missing, out of range or no number', () => {
    for (const [latitude, longitude] of [
      ['0', '0'],
      ['0.00000000000000', 0],
      [-0, '0.0'],
      ['', ''],
      ['1'],
      [undefined, '1'],
      ['91', '1'],
      ['1', '-181'],
      ['north', '1'],
      [Number.NaN, 1],
      ['0x10', '1'],
    ] as const)
      assert.deepEqual(place(latitude, longitude, 100), nowhere, `${latitude}/${longitude}`)
  })
  test('may be on the equator or at a pole', () => {
    assert.deepEqual(place('0', '10.5').slice(0, 2), ['0,0.000000N', '10,30.000000E'])
    assert.deepEqual(place('-90', '-180').slice(0, 2), ['90,0.000000S', '180,0.000000W'])
  })
  test('never has sixty minutes', () => assert.equal(place('59.99999999999', '1')[0], '60,0.000000N'))
  test('has a height where one is known', () => {
    assert.deepEqual(place(1, 1, '2469').slice(2), ['2469/1', '0'])
    assert.deepEqual(place(1, 1, -3.256).slice(2), ['326/100', '1'])
    assert.deepEqual(place(1, 1, 0).slice(2), [undefined, undefined])
    assert.deepEqual(place(1, 1, 'high').slice(2), [undefined, undefined])
  })
})

test('the time has an offset only where one is known', () => {
  const { DateCreated, DateTimeOriginal, CreateDate } = rendered({ captureTime: { local: '2024-05-31T10:00:00', from: 'smugmug' } })
  assert.deepEqual([DateCreated, DateTimeOriginal, CreateDate], Array(3).fill('2024-05-31T10:00:00'))
})

describe('the facts of a record', () => {
  const item: ItemRecord = {
    imageKey: 'x7Kp2',
    position: 0,
    name: 'IMG_1-x7Kp2.jpg',
    fileName: 'IMG_1.jpg',
    state: 'held',
    title: '',
    caption: '',
    keywords: '',
    keywordArray: [],
    isVideo: false,
    collected: false,
    files: [],
  }
  const album = { key: 'kT9qz', urlPath: '/Travel' }
  const factsOf = (more: Partial<ItemRecord>) => xmpFacts(album, { ...item, ...more }, undefined)
  const formatted = (text: unknown) => ({ FormattedValues: { Caption: { html: '…', text } } }) as ItemRecord['smugmug'] & object

  test("are SmugMug's name and keys", () => {
    const { imageKey, albumKey, albumPath, fileName } = factsOf({})
    assert.deepEqual([imageKey, albumKey, albumPath, fileName], ['x7Kp2', 'kT9qz', '/Travel', 'IMG_1.jpg'])
  })
  test("take a caption with HTML as SmugMug's own text of it, if it has one", () => {
    assert.equal(factsOf({ caption: '<b>a</b>\n&amp; b', smugmug: formatted('SmugMug says') }).caption, 'SmugMug says')
    for (const answer of [formatted('<b>a</b>\n&amp; b'), formatted(''), formatted(7), { FormattedValues: [] }, null, []])
      assert.equal(factsOf({ caption: '<b>a</b>\n&amp; b', smugmug: answer }).caption, 'a\n& b')
    assert.equal(factsOf({ caption: '<b>a</b>' }).caption, 'a')
  })
  test('take a caption without HTML as it is', () => {
    assert.equal(factsOf({ caption: 'a\nb < c', smugmug: formatted('a b < c') }).caption, 'a\nb < c')
  })
  test('take keywords from the list, else from the text', () => {
    assert.deepEqual(factsOf({ keywordArray: ['maker faire'], keywords: 'x' }).keywords, ['maker faire'])
    assert.deepEqual(factsOf({ keywords: 'Car; "maker; faire"; say "hi"; ' }).keywords, ['Car', 'maker; faire', 'say "hi"'])
  })
})

test('the name of a sidecar', () => {
  assert.deepEqual(
    ['photo.jpg', 'a.b.JPG', 'DSC00001', '.jpg'].map((name) => [sidecarName(name, 'append'), sidecarName(name, 'replace')]),
    [
      ['photo.jpg.xmp', 'photo.xmp'],
      ['a.b.JPG.xmp', 'a.b.xmp'],
      ['DSC00001.xmp', 'DSC00001.xmp'],
      ['.jpg.xmp', '.jpg.xmp'],
    ],
  )
})

/** The characters of XML 1.0, by their numbers. */
const isCharacter = (code: number): boolean =>
  [9, 10, 13].includes(code) || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000
const writable = (text: string): string => {
  const characters = [...text].filter((character) => isCharacter(character.codePointAt(0) ?? 0))
  return characters.join('').replaceAll('\r\n', '\n').replaceAll('\r', '\n').trim()
}

const nasty = fc.constantFrom(
  '<',
  '>',
  '&',
  '"',
  "'",
  ']]>',
  '<!--',
  '&amp;',
  '&#0;',
  '\u0000',
  '\uD83D',
  '\uFFFE',
  '\r\n',
  '\r',
  '\n',
  '\t',
  ' ',
  '👨‍👩‍👧',
  'עברית',
  '\u202E',
  '\u0301',
  '{',
  '=1+1',
)
const anyText = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 }).map((parts) => parts.join(''))
const anyKeyword = anyText.map((text) => text.replaceAll('|', ''))
const anyFacts = fc.record({
  imageKey: fc.stringMatching(/^[A-Za-z0-9]{5,7}$/),
  albumKey: fc.stringMatching(/^[A-Za-z0-9]{6}$/),
  albumPath: anyText.map((text) => `/${text}`),
  fileName: anyText,
  title: anyText,
  caption: fc.oneof(anyText, fc.constant(`${'c<'.repeat(32_767)}!`)),
  keywords: fc.array(anyKeyword, { maxLength: 5 }),
  latitude: fc.double({ min: -90, max: 90, noNaN: true }).map((degrees) => degrees.toFixed(14)),
  longitude: fc.double({ min: 0.1, max: 180, noNaN: true }),
  altitude: fc.integer({ min: 1, max: 16_777_215 }),
  captureTime: fc.record({
    local: fc
      .date({ min: new Date('1901-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 19)),
    offset: fc.constantFrom('+02:00', '-04:30', '+00:00'),
    from: fc.constant('exif' as const),
  }),
})

const expected = (given: typeof anyFacts extends fc.Arbitrary<infer T> ? T : never) => {
  const words = [...new Set(given.keywords.map(writable).filter((word) => word !== ''))]
  return {
    title: writable(given.title),
    caption: writable(given.caption),
    words,
    path: writable(given.albumPath),
    fileName: writable(given.fileName),
  }
}

test('any texts come back from the XML as they went in', () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const want = expected(given)
      const { title, description, subject, hierarchicalSubject, AlbumPath, FileName } = valuesOf(renderXmp(given))
      assert.deepEqual(title, want.title === '' ? undefined : [['x-default', want.title]])
      assert.deepEqual(description, want.caption === '' ? undefined : [['x-default', want.caption]])
      assert.deepEqual(subject, want.words.length === 0 ? undefined : want.words.map((word) => ['', word]))
      assert.deepEqual(hierarchicalSubject, subject)
      assert.deepEqual([AlbumPath, FileName ?? ''], [want.path, want.fileName])
    }),
  )
})

const exiftool = (() => {
  try {
    return execFileSync('exiftool', ['-ver'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
})()

test('ExifTool reads every field of many sidecars', {
  skip: exiftool === undefined && 'ExifTool is not installed (libimage-exiftool-perl)',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xmp-'))
  try {
    const sample = fc.sample(anyFacts, 80)
    for (const [index, given] of sample.entries())
      writeFileSync(join(folder, `${String(index).padStart(4, '0')}.jpg.xmp`), renderXmp(given))
    const answer = execFileSync('exiftool', ['-j', '-G1', '-n', '-q', '-ext', 'xmp', folder], { encoding: 'utf8', maxBuffer: 1 << 28 })
    // ExifTool writes what looks like a number as one: the text of it is what stands in the sidecar.
    const asText = (_: string, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'object' ? value : typeof value === 'string' ? value : context?.source
    const read = JSON.parse(answer, asText) as readonly Readonly<Record<string, unknown>>[]
    assert.equal(read.length, sample.length)
    const found = read.toSorted((a, b) => (String(a.SourceFile) < String(b.SourceFile) ? -1 : 1))
    for (const [index, given] of sample.entries()) {
      const tags = found[index] ?? {}
      const want = expected(given)
      const time = `${given.captureTime.local.replaceAll('-', ':').replace('T', ' ')}${given.captureTime.offset.replace('+00:00', 'Z')}`
      const list = (value: unknown) => (value === undefined ? [] : [value].flat())
      assert.deepEqual(
        {
          title: tags['XMP-dc:Title'] ?? '',
          caption: tags['XMP-dc:Description'] ?? '',
          words: list(tags['XMP-dc:Subject']),
          paths: list(tags['XMP-lr:HierarchicalSubject']),
          path: tags['XMP-smugmug:AlbumPath'],
          fileName: tags['XMP-smugmug:FileName'] ?? '',
          keys: [tags['XMP-smugmug:ImageKey'], tags['XMP-smugmug:AlbumKey']],
          times: ['XMP-photoshop:DateCreated', 'XMP-exif:DateTimeOriginal', 'XMP-xmp:CreateDate'].map((name) =>
            String(tags[name]).replace('+00:00', 'Z'),
          ),
          altitude: Number(tags['XMP-exif:GPSAltitude']),
        },
        {
          title: want.title,
          caption: want.caption,
          words: want.words,
          paths: want.words,
          path: want.path,
          fileName: want.fileName,
          keys: [given.imageKey, given.albumKey],
          times: [time, time, time],
          altitude: given.altitude,
        },
      )
      assert.ok(Math.abs(Number(tags['XMP-exif:GPSLatitude']) - Number(given.latitude)) < 1e-8)
      assert.ok(Math.abs(Number(tags['XMP-exif:GPSLongitude']) - given.longitude) < 1e-8)
      assert.equal(tags['ExifTool:Warning'], undefined)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
