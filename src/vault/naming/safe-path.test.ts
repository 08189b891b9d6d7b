import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { workOf } from '../../../test/support/work.ts'
import { foldName, reservedNames, safeFolder, safeName, suffixFolder, suffixName } from './safe-path.ts'

/** Characters that names go wrong with, alone and together. */
const nasty = [
  ...'/\\:*?"<>|. _-aAxX',
  ...['\0', '\t', '\n', '\x7f', '\x85', '\u2028', '\u202e', '\u2066', '\u200f', '\ufeff', '\u00ad'],
  ...['\ud800', '\udc00', '\ufffe', '\u200d', '\u200c', '\u3164', '\u0301', '\u0338', '\u0345', '\ufe0f'],
  ...['é', 'ß', 'İ', 'ı', 'ς', '한', 'ΐ', '½', '．', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ...['CON', 'nul', 'com1', 'LPT²', 'CONIN$', '.part', '.xmp', '.XMP', '.jpg', '..', 'album.json', '.smugmug-backup'],
]
const unit = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...nasty) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) },
)
const anyName = fc.oneof(
  fc.string({ unit, maxLength: 12 }),
  fc.string({ unit, minLength: 40, maxLength: 400, size: 'max' }),
  fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' }),
  // Around the limits, where a mark, a cut and a rule meet.
  fc
    .tuple(fc.integer({ min: 225, max: 260 }), fc.string({ unit, maxLength: 8 }), fc.string({ unit, maxLength: 8 }))
    .map(([length, front, end]) => front + 'a'.repeat(length) + end),
)

const assertLegal = (name: string, limit: number) => {
  assert.notEqual(name, '')
  assert.ok(Buffer.byteLength(name) <= limit, `${Buffer.byteLength(name)} bytes`)
  assert.ok(name.normalize('NFD').length <= limit)
  assert.ok(name.isWellFormed())
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  assert.doesNotMatch(name, /[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/)
  assert.doesNotMatch(name, /^\s|[\s.]$/)
  assert.doesNotMatch(name.split('.')[0]?.trim() ?? '', /^(con|prn|aux|nul|(com|lpt)[0-9¹²³]|conin\$|conout\$)$/i)
  assert.doesNotMatch(name, /^\..*\.part$/isu)
  assert.doesNotMatch(name, /\.xmp$/i)
}

describe('a safe name', () => {
  test('stays as it is where it is legal', () => {
    const legal = [
      'IMG_0001.JPG',
      '2026-09 SPRING MEET - 01.JPG',
      '.hidden.jpg',
      'Zoë & Ánna (3).jpeg',
      'Mr. Smith',
      'a.part',
      "it's;100%.png",
      'CONSOLE.jpg',
    ]
    for (const name of [...legal, '山田.jpg', '👨‍👩‍👧.jpg', 'می‌خواهم.jpg', '🏴󠁧󠁢󠁥󠁮󠁧󠁿.png', '-rf.jpg', '~1.jpg', 'COM10.jpg', 'A.NUL']) {
      assert.equal(safeName(name, 'KEY'), name)
    }
  })

  const changed: readonly (readonly [name: string, safe: string, why: string])[] = [
    ['a/b\\c:d*e?f"g<h>i|j.jpg', 'a_b_c_d_e_f_g_h_i_j.jpg', 'separators and what Windows forbids'],
    ['../../etc/passwd', '.._.._etc_passwd', 'a way out'],
    ['a\0b\x07\x7f\x9b.jpg', 'ab.jpg', 'controls'],
    ['two\r\nlines\u2028three.jpg', 'two lines three.jpg', 'line ends'],
    ['photo\u202egpj.exe', 'photogpj.exe', 'a reversed end'],
    ['\ufeffa\u200bb\u00adc.jpg', 'abc.jpg', 'invisible characters'],
    ['\u200dtrail\u200c', 'trail', 'joiners that join nothing'],
    ['half\ud83d.jpg', 'half_.jpg', 'half a surrogate pair'],
    ['no\uffffcharacter', 'no_character', 'a code point that is no character'],
    ['nul', '_nul', 'a Windows device'],
    ['Con.tar.gz', '_Con.tar.gz', 'a Windows device with extensions'],
    ['LPT1 .txt', '_LPT1 .txt', 'a Windows device with a space behind it'],
    ['com³.jpg', '_com³.jpg', 'a device with a superscript digit'],
    ['CONOUT$', '_CONOUT$', 'the console'],
    ['  a.jpg . .', 'a.jpg', 'spaces around, dots and spaces behind'],
    ['.IMG_1.jpg.part', '_.IMG_1.jpg.part', 'the name of an unfinished file'],
    ['photo.jpg.XMP', 'photo.jpg.XMP_', 'the name of a sidecar'],
    ['e\u0301te\u0301.jpg', 'été.jpg', 'decomposed letters'],
    ['e\u200b\u0301.jpg', 'é.jpg', 'letters that compose once what is invisible is gone'],
  ]
  for (const [name, safe, why] of changed) {
    test(`changes ${why}`, () => assert.equal(safeName(name, 'KEY'), safe))
  }

  test('is the fallback when nothing legible is left, and never empty', () => {
    for (const name of ['', '.', '..', ' . . ', '\n', '\u200d\ufe0f', '\u3164\u2060']) {
      assert.equal(safeName(name, 'x7Kp2'), 'x7Kp2')
      assert.equal(safeName(name), '_')
      assert.equal(safeName(name, '..'), '_')
    }
    assert.equal(safeName('', 'aux'), '_aux')
  })

  test('is cut in the stem, between graphemes', () => {
    assert.equal(safeName(`${'a'.repeat(300)}.jpg`), `${'a'.repeat(236)}.jpg`)
    const family = '👨‍👩‍👧' // 18 bytes
    assert.equal(safeName(`${family.repeat(20)}.heic`), `${family.repeat(13)}.heic`)
    assert.equal(safeName(`${'é'.repeat(200)}.JPEG`), `${'é'.repeat(117)}.JPEG`)
    assert.equal(safeName(`${'ΐ'.repeat(110)}.jpg`), `${'ΐ'.repeat(78)}.jpg`, 'two bytes, but three units as macOS may count')
    assert.equal(safeName(`${'a'.repeat(239)}. b`), 'a'.repeat(239), 'what the cut uncovers is no trailing dot')
    assert.equal(Buffer.byteLength(safeName(`z${'\u0301'.repeat(500)}.jpg`)), 240, 'one letter longer than a name')
    assert.ok(!safeName(`${'a'.repeat(236)}.xmp`).endsWith('.xmp'), 'no room for the mark')
  })

  test('is legal, idempotent and NFC, whatever comes', () => {
    fc.assert(
      fc.property(anyName, anyName, (name, fallback) => {
        const safe = safeName(name, fallback)
        assertLegal(safe, 240)
        assert.equal(safe, safe.normalize('NFC'))
        assert.equal(safeName(safe, fallback), safe)
      }),
      { numRuns: 1000 },
    )
  })

  test('takes its time from the length of a hostile name, not from its square', async () => {
    const size = 300_000
    for (const name of [`a${' '.repeat(size)}b`, `${'. '.repeat(size)}b`, '\u0301'.repeat(size), `${'a.'.repeat(size)}b`]) {
      assert.ok((await workOf(() => assertLegal(safeName(name), 240))) < 2000)
    }
  })
})

describe('a suffix', () => {
  test('stands before the extension of a file and at the end of a folder', () => {
    assert.equal(suffixName('IMG_1.jpg', '-x7Kp2'), 'IMG_1-x7Kp2.jpg')
    assert.equal(suffixName('no extension', '-x7Kp2'), 'no extension-x7Kp2')
    assert.equal(suffixName('Mr. Smith', '-x7Kp2'), 'Mr. Smith-x7Kp2')
    assert.equal(suffixName('.hidden', '-x7Kp2'), '.hidden-x7Kp2')
    assert.equal(suffixName(`${'a'.repeat(236)}.jpg`, '-x7Kp2'), `${'a'.repeat(230)}-x7Kp2.jpg`)
    assert.equal(suffixFolder('v1.2', '-x7Kp2'), 'v1.2-x7Kp2')
    assert.equal(suffixFolder('a'.repeat(255), '-x7Kp2'), `${'a'.repeat(249)}-x7Kp2`)
  })

  test('keeps a legal name legal', () => {
    fc.assert(
      fc.property(anyName, fc.stringMatching(/^-[A-Za-z0-9_-]{1,40}$/), (name, suffix) => {
        const suffixed = suffixName(safeName(name), suffix)
        assert.ok(suffixed.includes(suffix))
        assert.equal(safeName(suffixed), suffixed)
      }),
    )
  })
})

describe("an album's folder", () => {
  test('is its UrlPath, as SmugMug spells it', () => {
    assert.equal(safeFolder('/Travel/2024-Norway', 'KEY'), 'Travel/2024-Norway')
    assert.equal(safeFolder('/A%20B/e\u0301t\u00e9', 'KEY'), 'A%20B/e\u0301t\u00e9', 'neither decoded nor normalised')
    assert.equal(safeFolder('Travel//Norway/', 'KEY'), 'Travel/Norway')
  })

  test('never leads out, and has no segment that is illegal somewhere', () => {
    assert.equal(safeFolder('/../../etc', 'KEY'), '_/_/etc')
    assert.equal(safeFolder('/Travel/..', 'KEY'), 'Travel/_')
    assert.equal(safeFolder('/C:\\Windows/aux/x.', 'KEY'), 'C__Windows/_aux/x')
  })

  test('is the fallback for an album without a path', () => {
    for (const path of ['', '/', '//']) assert.equal(safeFolder(path, 'kT9qz'), 'kT9qz')
    assert.equal(safeFolder('/', '../..'), '.._')
    assert.equal(safeFolder('/', ''), '_')
  })

  test('keeps clear of our own names, in any case, where they are ours', () => {
    assert.equal(safeFolder('/.SmugMug-Backup/a', 'KEY'), '_.SmugMug-Backup/a')
    assert.equal(safeFolder('/Travel/.smugmug-backup', 'KEY'), 'Travel/.smugmug-backup')
    assert.equal(safeFolder('/metadata.csv/README.TXT', 'KEY'), '_metadata.csv/README.TXT')
    assert.equal(safeFolder('/Travel/ALBUM.json', 'KEY'), 'Travel/_ALBUM.json')
  })

  test('is legal in every segment and idempotent, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 5 }), anyName, (parts, fallback) => {
        const folder = safeFolder(parts.join('/'), fallback)
        for (const [depth, segment] of folder.split('/').entries()) {
          assertLegal(segment, 255)
          assert.ok(!reservedNames(depth === 0).has(foldName(segment)))
        }
        assert.equal(safeFolder(folder, fallback), folder)
      }),
    )
  })
})

describe('folding', () => {
  test('makes one of what some disk takes for one', () => {
    const same = [
      ['IMG.JPG', 'img.jpg', 'Img.Jpg'],
      ['é', 'e\u0301', 'É', 'E\u0301'],
      ['straße', 'STRASSE', 'STRAẞE', 'strasse'],
      ['ΟΔΟΣ', 'οδος', 'οδοσ'],
      ['İi', 'iI', 'ıI', 'i\u0307i'],
      ['ﬁn', 'fin', 'ＦＩＮ'],
      ['a\u200db', 'ab', 'a\ufeffb'],
      ['\u212b', 'Å', 'å'],
      ['ᏸ', 'Ᏸ'],
    ]
    for (const group of same) assert.equal(new Set(group.map(foldName)).size, 1, group.join(' '))
  })

  test('distinguishes names that every disk distinguishes', () => {
    const names = ['a', 'b', 'ä', 'ae', 'a_', 'a-', 'a.jpg', 'a.jpeg', '山', '川', 'a b', 'ab', '1', '2']
    assert.equal(new Set(names.map(foldName)).size, names.length)
  })

  test('holds for every character: its cases and its normal forms are one', () => {
    const different: string[] = []
    for (let code = 0; code <= 0x1ffff; code++) {
      if (code >= 0xd800 && code < 0xe000) continue
      const character = String.fromCodePoint(code)
      const key = foldName(character)
      const spellings = [character.toUpperCase(), character.toLowerCase(), character.normalize('NFD'), character.normalize('NFKC'), key]
      for (const spelling of spellings) if (spelling !== character && foldName(spelling) !== key) different.push(code.toString(16))
    }
    assert.deepEqual(different, [])
  })
})

test('reserved are the records in every folder, and more at the top', () => {
  for (const name of ['album.json', 'ALBUM.JSON', 'Thumbs.db', '@eaDir']) {
    assert.ok(reservedNames(false).has(foldName(name)))
    assert.ok(reservedNames(true).has(foldName(name)))
  }
  for (const name of ['tree.json', 'metadata.csv', 'readme.TXT', '.smugmug-backup']) {
    assert.ok(!reservedNames(false).has(foldName(name)))
    assert.ok(reservedNames(true).has(foldName(name)))
  }
})
