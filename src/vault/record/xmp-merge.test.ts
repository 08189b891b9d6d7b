import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { renderXmp, type XmpFacts } from './xmp.ts'
import { mergeXmp, sidecarText } from './xmp-merge.ts'
import { readXmp } from './xmp-read.ts'

const facts: XmpFacts = {
  imageKey: 'x7Kp2',
  albumKey: 'kT9qz',
  albumPath: '/Travel/Norway',
  title: 'Opera',
  caption: 'The roof',
  keywords: ['Places|Norway|Oslo', 'summer'],
  latitude: 59.9,
  longitude: 10.75,
  captureTime: { local: '2024-05-31T10:00:00', offset: '+02:00', from: 'exif' },
}
const ours = (more: Partial<XmpFacts> = {}): string => renderXmp({ ...facts, ...more })
const without = (...names: readonly (keyof XmpFacts)[]): string => {
  const little = Object.fromEntries(Object.entries(facts).filter(([name]) => !names.some((each) => each === name)))
  return renderXmp(little as unknown as XmpFacts)
}

const merged = (existing: string, mine: string): string => {
  const result = mergeXmp(existing, mine)
  assert.ok(result !== undefined, 'left alone')
  assert.equal(mergeXmp(result, mine), result, 'a second merge changes something')
  return result
}

/** Every value of a property, by local name, in whatever description it stands. */
const values = (xmp: string, name: string): readonly unknown[] => {
  const packet = readXmp(xmp)
  assert.ok(packet, `not readable: ${xmp}`)
  const properties = packet.descriptions.flatMap((each) => each.properties)
  return properties.filter((each) => /[^/#]+$/.exec(each.name)?.[0] === name).map(({ value }) => value)
}
const title = (text: string) => [[['x-default', text]]]

/** As darktable writes it: one description, plain values as attributes, lists as elements, and a long history. */
const darktable = `<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:darktable="http://darktable.sf.net/"
   exif:DateTimeOriginal="2024:05:31 10:00:00.000"
   xmp:Rating="4"
   darktable:history_end="2">
   <dc:title>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">mine</rdf:li>
    </rdf:Alt>
   </dc:title>
   <darktable:history>
    <rdf:Seq>
     <rdf:li
      darktable:num="0"
      darktable:operation="exposure"
      darktable:params="gz02eJxjYGBgYAFiCQYYOOHEgAwY0AVwggZ7CB6pfNoAMyERBA=="/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
`

describe('a sidecar of ours', () => {
  test('stays byte for byte when nothing has changed', () => assert.equal(mergeXmp(ours(), ours()), ours()))

  test('becomes what a new one would be', () => {
    const changes: readonly string[] = [
      ours({ title: 'New', keywords: [], albumPath: '/Elsewhere' }),
      ours({ albumPath: '/Elsewhere' }),
      ours({ latitude: 1, longitude: 2, altitude: 3, webUri: 'https://example.smugmug.com/x' }),
      without('title', 'caption', 'captureTime', 'latitude'),
    ]
    for (const from of [ours(), ...changes]) for (const to of [ours(), ...changes]) assert.equal(merged(from, to), to)
  })

  test('keeps what was added to it, and follows SmugMug in the rest', () => {
    const rated = ours().replace('<dc:title>', '<xmp:Rating>5</xmp:Rating>\n   <dc:title>')
    const result = merged(rated, ours({ title: 'New' }))
    assert.deepEqual([values(result, 'Rating'), values(result, 'title')], [['5'], title('New')])
    const attribute = merged(ours().replace('rdf:about=""', 'rdf:about="" xmlns:q="urn:q#" q:mood="good"'), ours({ title: 'New' }))
    assert.deepEqual([values(attribute, 'mood'), values(attribute, 'title')], [['good'], title('New')])
  })

  test('keeps the words that somebody changed, for good', () => {
    const edited = ours().replace('>Opera<', '>My opera<')
    assert.equal(mergeXmp(edited, ours()), edited)
    const later = merged(edited, ours({ title: 'New', caption: 'New roof' }))
    assert.deepEqual([values(later, 'title'), values(later, 'description')], [title('My opera'), title('New roof')])
    const agreed = merged(later, ours({ title: 'My opera' }))
    assert.deepEqual(values(merged(agreed, ours({ title: 'Newer' })), 'title'), title('My opera'))
  })

  test('does not bring back what somebody removed', () => {
    const removed = ours().replace(/<dc:title>.*?<\/dc:title>\s*/s, '')
    assert.equal(mergeXmp(removed, ours()), removed)
    assert.deepEqual(values(merged(removed, ours({ title: 'New', caption: 'New roof' })), 'title'), [])
  })

  test('holds a place, and keywords, of one hand only', () => {
    const moved = ours().replace(/>59,[^<]*</, '>60,0.000000N<')
    assert.deepEqual(values(merged(moved, ours({ longitude: 11, title: 'New' })), 'GPSLongitude'), ['10,45.000000E'])
    const tagged = ours().replace('<rdf:li>Oslo</rdf:li>', '<rdf:li>Bergen</rdf:li>')
    const result = merged(tagged, ours({ keywords: ['new'], title: 'New' }))
    assert.match(JSON.stringify([values(result, 'subject'), values(result, 'hierarchicalSubject')]), /Bergen.*Places\|Norway\|Oslo/)
  })

  test('counts as unchanged when a list is in another order or another kind of list', () => {
    const sorted = ours().replace(
      /<rdf:Bag>\s*<rdf:li>Places<\/rdf:li>\s*<rdf:li>Norway<\/rdf:li>(.*?)<\/rdf:Bag>/s,
      '<rdf:Seq>$1<rdf:li>Norway</rdf:li><rdf:li>Places</rdf:li></rdf:Seq>',
    )
    assert.notEqual(sorted, ours())
    assert.equal(mergeXmp(sorted, ours()), sorted)
    assert.equal(merged(sorted, ours({ keywords: ['new'] })), ours({ keywords: ['new'] }))
  })
})

describe('a sidecar of somebody else', () => {
  test('keeps every byte and gets what it lacks', () => {
    const result = merged(darktable, ours())
    const end = darktable.indexOf('\n </rdf:RDF>')
    assert.ok(result.startsWith(darktable.slice(0, end)) && result.endsWith(darktable.slice(end)))
    assert.deepEqual(values(result, 'title'), title('mine'))
    assert.deepEqual(values(result, 'DateTimeOriginal'), ['2024:05:31 10:00:00.000'])
    assert.deepEqual([values(result, 'CreateDate'), values(result, 'DateCreated')], [[], []], 'the time is of one hand')
    assert.deepEqual([values(result, 'description'), values(result, 'ImageKey')], [title('The roof'), ['x7Kp2']])
  })

  test('is what it was, but for our block, however often SmugMug changes', () => {
    const first = merged(darktable, ours())
    const again = merged(merged(first, ours({ title: 'New', caption: 'New', keywords: ['new'] })), ours())
    assert.equal(again, first)
    assert.deepEqual(values(merged(first, without('caption')), 'description'), [])
  })

  test('that says nothing of something gets it', () => {
    const empty = darktable.replace('>mine<', '><')
    assert.deepEqual(values(merged(empty, ours()), 'title'), title('Opera'))
    assert.deepEqual(values(merged(empty, without('title')), 'title'), title(''))
  })

  test('may have properties in any of the ways RDF knows', () => {
    const attribute = darktable.replace('darktable:history_end', 'exif:GPSLatitude="1,0N" darktable:history_end')
    assert.deepEqual(values(merged(attribute, ours()), 'GPSLatitude'), ['1,0N'])
    assert.deepEqual(values(merged(attribute, ours()), 'GPSLongitude'), [])
    const prefixed = darktable.replaceAll('dc:', 'dublin:').replace('xmlns:dc=', 'xmlns:dublin=')
    assert.deepEqual(values(merged(prefixed, ours()), 'title'), title('mine'))
    const qualified = darktable.replace(
      '<dc:title>',
      '<dc:description rdf:parseType="Resource"><rdf:value>mine</rdf:value></dc:description><dc:title>',
    )
    assert.deepEqual(values(merged(qualified, ours()), 'description'), [null])
    const resource = darktable.replace('<dc:title>', '<exif:GPSLatitude rdf:resource="urn:x"/><dc:title>')
    assert.deepEqual([values(merged(resource, ours()), 'GPSLatitude'), values(merged(resource, ours()), 'GPSLongitude')], [[null], []])
    const nested = darktable.replace(
      '<dc:title>',
      '<dc:subject><rdf:Bag><rdf:li><rdf:Bag><rdf:li>x</rdf:li></rdf:Bag></rdf:li></rdf:Bag></dc:subject><dc:title>',
    )
    assert.deepEqual(values(merged(nested, ours()), 'subject'), [null])
    const twice = ours().replace('<rdf:Description', '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="mine"/>$&')
    assert.deepEqual(values(merged(twice, ours({ title: 'New', caption: 'New' })), 'title'), ['mine', ...title('Opera')])
    const other = darktable.replace('xmlns:dc="http://purl.org/dc/elements/1.1/"', 'xmlns:dc="urn:something-else#"')
    assert.deepEqual(values(merged(other, ours()), 'title').length, 2)
  })

  test('may be a packet with another subject, or nothing in it yet', () => {
    const packet = (inner: string) =>
      `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>\r\n<a:xmpmeta xmlns:a="adobe:ns:meta/">${inner}</a:xmpmeta>\r\n  \r\n<?xpacket end="w"?>`
    const rdf = 'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    const named = merged(packet(`<r:RDF ${rdf}><r:Description r:about='uuid:"1&amp;2"'/></r:RDF>`), ours())
    assert.deepEqual(
      readXmp(named)?.descriptions.map(({ about }) => about?.value),
      ['uuid:"1&2"', 'uuid:"1&2"'],
    )
    const second = merged(packet(`<r:RDF ${rdf}><r:Description r:about=""/><r:Description r:about="urn:x"/></r:RDF>`), ours())
    assert.equal(readXmp(second)?.descriptions[2]?.about?.value, 'urn:x')
    for (const empty of [`<r:RDF ${rdf}/>`, `<r:RDF ${rdf}></r:RDF>`, `<r:RDF ${rdf}>\r\n</r:RDF>`])
      assert.deepEqual(values(merged(packet(empty), ours()), 'title'), title('Opera'))
    const bare = /<rdf:RDF.*<\/rdf:RDF>/s.exec(ours())?.[0] ?? ''
    assert.equal(merged(bare, ours()), bare)
  })
})

describe('what is left alone', () => {
  const broken: Readonly<Record<string, string>> = {
    'an empty file': '',
    'no XML': 'rating=5',
    'half a sidecar': darktable.slice(0, 400),
    'XML that is no XMP': '<settings><title>x</title></settings>',
    'another encoding': darktable.replace('UTF-8', 'ISO-8859-1'),
    'two packets in one': darktable.replace(/<rdf:RDF.*<\/rdf:RDF>/s, '$&$&'),
    'a node that is no description': darktable.replace(/rdf:Description/g, 'darktable:Image'),
    'a DOCTYPE': darktable.replace('<x:', '<!DOCTYPE x [<!ENTITY a "b">]>\n<x:'),
  }
  for (const [name, text] of Object.entries(broken)) test(name, () => assert.equal(mergeXmp(text, ours()), undefined))

  test('the sidecar of another item', () => {
    assert.equal(mergeXmp(ours({ imageKey: 'other' }), ours()), undefined)
    assert.equal(mergeXmp(merged(darktable, ours({ imageKey: 'other' })), ours()), undefined)
  })

  test('bytes that are not UTF-8', () => {
    assert.equal(sidecarText(Buffer.from(darktable, 'utf16le')), darktable.replace(/./gs, '$&\0'))
    assert.equal(mergeXmp(sidecarText(Buffer.from(darktable, 'utf16le')) ?? '', ours()), undefined)
    assert.equal(sidecarText(Buffer.from('caf\u00E9', 'latin1')), undefined)
    const marked = Buffer.from(`\uFEFF${darktable}`)
    assert.deepEqual(Buffer.from(sidecarText(marked) ?? ''), marked)
  })
})

test('whatever stands there beside ours keeps its bytes, through any history', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 10 })
  const step = fc.record({
    title: text,
    caption: text,
    keywords: fc.array(text, { maxLength: 3 }),
    latitude: fc.double({ min: 1, max: 80, noNaN: true }),
  })
  const foreign = fc.array(
    fc.constantFrom(
      '\n  <!-- a comment with <dc:title> in it -->',
      '\n  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/>',
      '<rdf:Description rdf:about=""/>',
      '\n\t<d:Description xmlns:d="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:q="urn:q#">\r\n<q:a>&lt;&#13;<![CDATA[<x>]]></q:a></d:Description>',
      '\n  <?pi here?>',
    ),
  )
  fc.assert(
    fc.property(foreign, fc.array(step, { minLength: 1, maxLength: 4 }), (pieces, steps) => {
      const begin = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
      const original = `${begin}${pieces.join('')}\n</rdf:RDF></x:xmpmeta>`
      let now = original
      for (const each of steps) now = merged(now, ours(each))
      assert.ok(now.startsWith(begin + pieces.join('')))
      assert.ok(now.endsWith('\n</rdf:RDF></x:xmpmeta>'))
      assert.equal(now, merged(original, ours(steps.at(-1))))
    }),
  )
})

const hasExiftool = (() => {
  try {
    return execFileSync('exiftool', ['-ver']).length > 0
  } catch {
    return false
  }
})()

test('a sidecar that ExifTool has edited', { skip: !hasExiftool && 'ExifTool is not installed (libimage-exiftool-perl)' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xmp-'))
  const file = join(folder, 'photo.jpg.xmp')
  const exiftool = (...args: readonly string[]) => execFileSync('exiftool', ['-q', ...args, file], { encoding: 'utf8' })
  try {
    writeFileSync(file, ours())
    exiftool('-overwrite_original', '-XMP-xmp:Rating=5', '-XMP-dc:Title=Mine')
    const edited = readFileSync(file, 'utf8')
    assert.notEqual(edited, ours())
    assert.equal(mergeXmp(edited, ours()), edited, 'nothing new at SmugMug, nothing to write')

    const result = merged(edited, ours({ title: 'New', caption: 'New roof', keywords: ['new'], latitude: -33.5, longitude: 151.25 }))
    writeFileSync(file, result)
    const [tags] = JSON.parse(exiftool('-j', '-G1', '-n', '-a')) as readonly Readonly<Record<string, unknown>>[]
    assert.ok(tags)
    const { 'XMP-dc:Title': name, 'XMP-dc:Description': caption, 'XMP-dc:Subject': words, 'XMP-xmp:Rating': rating } = tags
    assert.deepEqual({ name, caption, words, rating }, { name: 'Mine', caption: 'New roof', words: 'new', rating: 5 })
    assert.deepEqual([tags['XMP-exif:GPSLatitude'], tags['XMP-exif:GPSLongitude'], tags['XMP-smugmug:ImageKey']], [-33.5, 151.25, 'x7Kp2'])

    writeFileSync(file, merged(darktable, ours()))
    const [both] = JSON.parse(exiftool('-j', '-G1', '-n')) as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual([both?.['XMP-dc:Title'], both?.['XMP-dc:Description'], both?.['XMP-xmp:Rating']], ['mine', 'The roof', 4])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
