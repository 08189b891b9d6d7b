import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { ConfigurationError } from '../../errors.ts'
import type { Item } from '../../model.ts'
import { safeName } from './safe-path.ts'
import { parseTemplate, renderName, wantedName, withExtension } from './template.ts'

const item = (facts: Partial<Item> = {}): Item => ({
  albumKey: 'aLbUm1',
  imageKey: 'ImageKeyValue',
  position: 0,
  fileName: 'ti_7095_R.jpg',
  title: '',
  caption: '',
  keywords: '',
  keywordArray: [],
  isVideo: false,
  uploadKey: 'UploadKeyValue',
  archivedMd5: 'ArchivedMD5Value',
  collected: false,
  availability: { kind: 'unresolved' },
  raw: '{}',
  ...facts,
})
const dated = item({ dateTimeOriginal: '2012-06-06T21:08:48+00:00' })
const render = (template: string, of: Item = dated): string => renderName(parseTemplate(template), of)

describe("the Go program's templates and values", () => {
  const same: readonly (readonly [template: string, name: string, of?: Item])[] = [
    ['{{.FileName}}', 'ti_7095_R.jpg'],
    ['{{.FileName}}', "FileName'Value", item({ fileName: "FileName'Value" })],
    ['{{.ImageKey}}-{{.FileName}}', 'ImageKeyValue-ti_7095_R.jpg'],
    [
      'prefix-{{.UploadKey}}_{{.ImageKey}}-{{.FileName}}_{{.ArchivedMD5}}',
      'prefix-UploadKeyValue_ImageKeyValue-ti_7095_R.jpg_ArchivedMD5Value',
    ],
    ['prefix-{{.Date}}_{{.Time}}', 'prefix-2012-06-06_21_08_48'],
    ['{{.UploadKey}}-{{.Date}}_{{.Time}}', 'UploadKeyValue-_', item()],
    ['prefix-{{.FileName}}_{{.FileNameNoExt}}_{{.Extension}}', 'prefix-ti_7095_R.jpg_ti_7095_R_.jpg'],
  ]
  for (const [template, name, of] of same) test(`${template} is ${name}`, () => assert.equal(render(template, of), name))

  test('an empty setting is {{.FileName}}', () => assert.equal(render(''), 'ti_7095_R.jpg'))

  test("Extension and FileNameNoExt are filepath.Ext's and filepath.Base's", () => {
    const parts = (fileName: string) => render('{{.FileNameNoExt}}|{{.Extension}}', item({ fileName }))
    assert.equal(parts('a.tar.gz'), 'a.tar|.gz')
    assert.equal(parts('none'), 'none|')
    assert.equal(parts('.jpg'), '|.jpg')
    assert.equal(parts('end.'), 'end|.')
    assert.equal(parts('dir.d/name'), 'name|')
    assert.equal(parts('dir/a.JPG'), 'a|.JPG')
    assert.equal(parts('dir.d/'), 'dir.d|')
    assert.equal(parts('//'), '/|')
    assert.equal(parts(''), '|', 'not the dot that filepath.Base makes of nothing')
  })

  test('Date and Time are the digits that SmugMug sent, in the offset they were sent with', () => {
    const parts = (dateTimeOriginal: string) => render('x{{.Date}}|{{.Time}}', item({ dateTimeOriginal }))
    assert.equal(parts('2019-08-04T18:28:12+00:00'), 'x2019-08-04|18_28_12')
    assert.equal(parts('2019-08-04T18:28:12-07:00'), 'x2019-08-04|18_28_12')
    assert.equal(parts('2019-08-04T18:28:12+24:00'), 'x2019-08-04|18_28_12', 'Go takes a whole day for an offset')
    assert.equal(parts('2019-08-04T18:28:12+25:00'), 'x|')
    assert.equal(parts('2019-08-04T18:28:12.5Z'), 'x2019-08-04|18_28_12')
    for (const wrong of [
      '2019-08-04T18:28:12',
      '2019-08-04',
      '2019-02-30T00:00:00Z',
      '0000-00-00T00:00:00+00:00',
      '2019-08-04T24:00:00Z',
      'x',
      '',
    ]) {
      assert.equal(parts(wrong), 'x|', wrong)
    }
  })
})

describe('our keys', () => {
  test('give title, serial and position in the album', () => {
    const of = item({ title: 'Fjord', serial: 3, position: 41 })
    assert.equal(render('{{.Position}} {{.Title}} {{.Serial}}', of), '0042 Fjord 3')
    assert.equal(render('{{.Position}}', item({ position: 12_344 })), '12345')
    assert.equal(render('{{.Serial}}x', item()), 'x', 'unknown is empty')
  })

  test("give the camera's time: SmugMug's shifted back, or the caller's", () => {
    const of = item({ dateTimeOriginal: '2019-08-05T01:28:12+00:00' })
    const template = parseTemplate('{{.CaptureDate}} {{.CaptureTime}}')
    assert.equal(renderName(template, of), '2019-08-04 18_28_12')
    assert.equal(renderName(template, of, { capture: { local: '2019-08-05T03:28:12', from: 'exif' } }), '2019-08-05 03_28_12')
  })
})

describe("Go's spelling", () => {
  test('white space inside the braces does not matter', () => {
    assert.equal(render('{{ .ImageKey }}|{{\t.ImageKey\r\n}}'), 'ImageKeyValue|ImageKeyValue')
  })

  test('trim marks take the white space of the text beside them, and only that', () => {
    assert.equal(render('a \n {{- .ImageKey -}} \t b'), 'aImageKeyValueb')
    assert.equal(render('a {{- .ImageKey }} b'), 'aImageKeyValue b')
    assert.equal(render('a {{ .ImageKey -}} b'), 'a ImageKeyValueb')
    assert.equal(render('{{.Title -}} - {{- .Title}}', item({ title: ' t ' })), ' t - t ')
  })

  test('any mix of text, keys and trim marks', () => {
    const space = fc.stringMatching(/^[ \t\n]{0,3}$/)
    const text = fc.tuple(space, fc.stringMatching(/^[a-z}{]?[a-z-]{0,3}$/), space)
    const action = fc.record({ before: fc.boolean(), after: fc.boolean(), padding: fc.stringMatching(/^[ \t\n]{0,2}$/) })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, action), { maxLength: 4 }), text, (pairs, last) => {
        let template = ''
        let expected = ''
        let trimmed = false
        const literal = ([front, middle, back]: readonly string[], trim: boolean) => {
          if (middle === '') return trimmed || trim ? '' : `${front}${back}`
          return `${trimmed ? '' : front}${middle}${trim ? '' : back}`
        }
        for (const [words, { before, after, padding }] of pairs) {
          template += `${words.join('')}{{${before ? '- ' : ''}${padding}.UploadKey${padding}${after ? ' -' : ''}}}`
          expected += `${literal(words, before)}<>`
          trimmed = after
        }
        template += last.join('')
        expected += literal(last, false)
        // Braces of the text that touch an action's are the action's.
        fc.pre(!/\{\{\{|\}\}\}/.test(template))
        const name = render(template === '' ? '{{.UploadKey}}' : template, item({ uploadKey: '<>' }))
        assert.equal(name, /^[\s.]*$/.test(expected) ? (template === '' ? '<>' : 'ImageKeyValue') : expected)
      }),
    )
  })
})

describe('a wrong template', () => {
  const wrong: readonly (readonly [template: string, part: string, what: RegExp])[] = [
    ['{{.WrongKey}}-', '{{.WrongKey}}', /not a known key/],
    ['{{.filename}}', '{{.filename}}', /not a known key/],
    ['a{{if .Title}}b{{end}}', '{{if .Title}}', /not a key/],
    ['{{.FileName | upper}}', '{{.FileName | upper}}', /not a key/],
    ['{{.FileName.Base}}', '{{.FileName.Base}}', /not a key/],
    ['{{-.FileName-}}', '{{-.FileName-}}', /not a key/],
    ['{{/* why */}}', '{{/* why */}}', /not a key/],
    ['{{.}}', '{{.}}', /not a key/],
    ['{{}}', '{{}}', /not a key/],
    ['{{{.FileName}}}', '{{{.FileName}}', /not a key/],
    ['x{{.FileName', '{{.FileName', /not closed/],
    ['x{{.FileName}', '{{.FileName}', /not closed/],
    ['{.FileName}}', '{.FileName}}', /closes what was not opened/],
    ['{{.Date}}/{{.FileName}}', '/', /has a \//],
    ['{{.Date}}\\{{.FileName}}', '\\', /has a \\/],
    ['../{{.FileName}}', '../', /has a \//],
  ]
  for (const [template, part, what] of wrong) {
    test(`${template} is refused by name`, () => {
      assert.throws(
        () => parseTemplate(template),
        (error) => error instanceof ConfigurationError && error.message.includes(`"${part}"`) && what.test(error.message),
      )
    })
  }

  test('an unknown key comes with the nearest known one', () => {
    const near = {
      filename: 'FileName',
      FileNameNoExtension: 'FileNameNoExt',
      captureDate: 'CaptureDate',
      Imagekey: 'ImageKey',
      Positon: 'Position',
      Ext: 'Extension',
    }
    for (const [name, meant] of Object.entries(near)) {
      assert.throws(
        () => parseTemplate(`{{.${name}}}`),
        (error) => error instanceof ConfigurationError && error.hint?.startsWith(`Did you mean {{.${meant}}}?`) === true,
      )
    }
    for (const name of ['Wrong', 'Md5'])
      assert.throws(
        () => parseTemplate(`{{.${name}}}`),
        (error) => error instanceof ConfigurationError && error.hint?.startsWith('The keys are') === true,
      )
  })

  test('nothing but a template or a ConfigurationError comes of any text', () => {
    const unit = fc.constantFrom('{{', '}}', '{', '}', '.', '-', ' ', '/', 'FileName', 'x', '\n', '|')
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        try {
          assert.notEqual(render(text), '')
        } catch (error) {
          assert.ok(error instanceof ConfigurationError)
        }
      }),
    )
  })
})

test('a name without a legible character becomes the image key', () => {
  for (const fileName of ['', ' ', '.', '..', '\t']) assert.equal(render('{{.FileName}}', item({ fileName })), 'ImageKeyValue')
  assert.equal(render('{{.Title}} ', item()), 'ImageKeyValue')
})

describe('an extension', () => {
  const cases: readonly (readonly [name: string, extension: string | undefined, result: string])[] = [
    ['clip.MOV', 'mp4', 'clip.mp4'],
    ['clip.m4v', 'mp4', 'clip.mp4'],
    ['CLIP.MP4', 'mp4', 'CLIP.MP4'],
    ['IMG_1.HEIC', 'jpg', 'IMG_1.jpg'],
    ['IMG_1.CR2', 'jpg', 'IMG_1.jpg'],
    ['IMG_1.jpeg', 'jpg', 'IMG_1.jpeg'],
    ['IMG_1.JPG', 'jpeg', 'IMG_1.JPG'],
    ['a.TIFF', 'tif', 'a.TIFF'],
    ['x7Kp2', 'mp4', 'x7Kp2.mp4'],
    ['Mr. Smith', 'mp4', 'Mr. Smith.mp4'],
    ['v1.2', 'mp4', 'v1.2.mp4'],
    ['a.xyz', 'xyz', 'a.xyz'],
    ['end.', 'mp4', 'end.mp4'],
    ['.mov', 'mp4', '.mp4'],
    ['clip.MOV', undefined, 'clip.MOV'],
    ['clip.MOV', '', 'clip.MOV'],
  ]
  for (const [name, extension, result] of cases) {
    test(`${name} holding ${extension} is ${result}`, () => assert.equal(withExtension(name, extension), result))
  }

  test('is given once, and is there afterwards', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '.', ' ', 'mov', '.mp4', '.JPEG', 'jpg', '\n'), minLength: 1 })
    fc.assert(
      fc.property(name, fc.constantFrom('mp4', 'jpg', 'xyz'), (before, extension) => {
        const after = withExtension(before, extension)
        assert.match(after, extension === 'jpg' ? /\.jpe?g$/i : new RegExp(`\\.${extension}$`, 'i'))
        assert.equal(withExtension(after, extension), after)
      }),
    )
  })
})

test('an item without a file name has the extension of its format, if that is one', () => {
  const named = (fields: Partial<Item>, template = '') => wantedName(parseTemplate(template), item(fields))
  for (const fileName of ['', ' ', '..', '\u202e\u2060']) {
    assert.equal(named({ fileName, format: 'JPG' }), 'ImageKeyValue.jpg')
    assert.equal(wantedName(parseTemplate(''), item({ fileName, format: 'HEIC' }), { extension: 'jpg' }), 'ImageKeyValue.jpg')
  }
  assert.equal(named({ fileName: '', format: 'HEIC', title: '' }, '{{.Title}}'), 'ImageKeyValue.heic')
  for (const format of ['', 'Unknown', '../JPG', 'exe', undefined])
    assert.equal(named({ fileName: '', ...(format !== undefined && { format }) }), 'ImageKeyValue')
  assert.equal(named({ fileName: 'scan', format: 'JPG' }), 'scan')
  assert.equal(named({ fileName: '', format: 'JPG', title: 'T' }, '{{.Title}}'), 'T')
})

test('the wanted name is rendered, has the extension of the bytes, and is legal', () => {
  const template = parseTemplate('{{.Title}}: {{.FileName}}')
  assert.equal(wantedName(template, item({ title: 'A/B', fileName: 'clip.MOV' }), { extension: 'mp4' }), 'A_B_ clip.mp4')
  assert.equal(wantedName(parseTemplate(''), item({ fileName: '' }), { extension: 'mp4' }), 'ImageKeyValue.mp4')
  assert.equal(wantedName(parseTemplate('{{.Title}}'), item({ title: '', fileName: 'a.jpg' })), 'ImageKeyValue')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (fileName, title) => {
      const name = wantedName(template, item({ fileName, title }), { extension: 'mp4' })
      assert.equal(safeName(name), name)
      assert.match(name, /\.mp4$/i)
    }),
  )
})
