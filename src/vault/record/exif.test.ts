import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { workOf } from '../../../test/support/work.ts'
import { exifExtent, exifHeadBytes, readExifTimes } from './exif.ts'

interface Tag {
  readonly tag: number
  readonly text: string
  readonly type?: number
}

const original = { tag: 0x9003, text: '2019:08:04 11:28:12' }
const offset = { tag: 0x9011, text: '-04:00' }
const subSecond = { tag: 0x9291, text: '342' }

/** A TIFF block: header, one main folder that points to the EXIF folder, the EXIF folder, its texts. */
const tiff = (tags: readonly Tag[], littleEndian: boolean): Buffer => {
  const u16 = (value: number) => {
    const bytes = Buffer.alloc(2)
    if (littleEndian) bytes.writeUInt16LE(value)
    else bytes.writeUInt16BE(value)
    return bytes
  }
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    if (littleEndian) bytes.writeUInt32LE(value)
    else bytes.writeUInt32BE(value)
    return bytes
  }
  const main = [u16(2), u16(0x010f), u16(2), u32(4), Buffer.from('Cam\0'), u16(0x8769), u16(4), u32(1), u32(38), u32(0)]
  const texts: Buffer[] = []
  let at = 38 + 2 + tags.length * 12 + 4
  const entries = tags.map(({ tag, text, type = 2 }) => {
    const bytes = Buffer.from(`${text}\0`)
    const head = [u16(tag), u16(type), u32(bytes.length)]
    if (bytes.length <= 4) return Buffer.concat([...head, bytes, Buffer.alloc(4 - bytes.length)])
    texts.push(bytes)
    at += bytes.length
    return Buffer.concat([...head, u32(at - bytes.length)])
  })
  return Buffer.concat([Buffer.from(littleEndian ? 'II' : 'MM'), u16(42), u32(8), ...main, u16(tags.length), ...entries, u32(0), ...texts])
}

const segment = (marker: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff]), content])

const jpeg = (...segments: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...segments,
    segment(0xda, Buffer.alloc(10)),
    Buffer.alloc(100, 0x55),
    Buffer.from([0xff, 0xd9]),
  ])

const exif = (block: Buffer): Buffer => segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), block]))
const jfif = segment(0xe0, Buffer.from('JFIF\0\x01\x02\0\0\x01\0\x01\0\0', 'latin1'))

describe('EXIF times', () => {
  const all = { dateTimeOriginal: '2019:08:04 11:28:12', offset: '-04:00', subSecond: '342' }
  for (const littleEndian of [true, false]) {
    const order = littleEndian ? 'little' : 'big'
    test(`are read from JPEG and TIFF, ${order} end first`, () => {
      const block = tiff([original, offset, subSecond], littleEndian)
      assert.deepEqual(readExifTimes(jpeg(exif(block))), all)
      assert.deepEqual(readExifTimes(block), all)
    })
  }

  test('are found behind other blocks, XMP among them', () => {
    const xmp = segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>'))
    const fill = Buffer.from([0xff, 0xff, 0xff])
    const large = segment(0xe2, Buffer.alloc(65_000))
    assert.deepEqual(readExifTimes(jpeg(jfif, xmp, large, fill, exif(tiff([original], true)))), { dateTimeOriginal: '2019:08:04 11:28:12' })
  })

  test('are read from a part of a larger buffer', () => {
    const bytes = jpeg(exif(tiff([original], false)))
    const around = Buffer.concat([Buffer.alloc(13, 0xff), bytes, Buffer.alloc(13, 0xff)])
    assert.deepEqual(readExifTimes(around.subarray(13, 13 + bytes.length)), { dateTimeOriginal: '2019:08:04 11:28:12' })
  })

  test('are absent where there are none', () => {
    assert.equal(readExifTimes(jpeg(jfif)), undefined)
    assert.equal(readExifTimes(jpeg(exif(tiff([offset], true)))), undefined, 'an offset alone is no time')
    assert.equal(readExifTimes(tiff([{ ...original, text: '' }], true)), undefined)
    assert.equal(readExifTimes(tiff([{ ...original, type: 3 }], true)), undefined, 'not a text')
    assert.equal(readExifTimes(tiff([{ ...original, text: 'x'.repeat(1000) }], true)), undefined, 'no time is that long')
    assert.equal(readExifTimes(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')), undefined)
    assert.equal(readExifTimes(Buffer.alloc(0)), undefined)
  })

  test('are absent where the file ends before them', () => {
    const whole = jpeg(jfif, exif(tiff([original], true)))
    const complete = whole.indexOf('11:28:12') + 9
    for (let length = 0; length < complete; length++) assert.equal(readExifTimes(whole.subarray(0, length)), undefined, `${length} bytes`)
    assert.notEqual(readExifTimes(whole.subarray(0, complete)), undefined)
  })

  test('are not looked for in the picture itself', () => {
    const picture = segment(0xda, Buffer.alloc(10))
    assert.equal(readExifTimes(Buffer.concat([Buffer.from([0xff, 0xd8]), jfif, picture, exif(tiff([original], true))])), undefined)
  })
})

describe('a hostile file', () => {
  const sound = (value: unknown) => assert.ok(value === undefined || typeof value === 'object')

  test('of any bytes neither throws nor hangs', () => {
    const start = fc.constantFrom([], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xe1], [0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 400, size: 'max' }), (front, rest) =>
        sound(readExifTimes(Uint8Array.from([...front, ...rest]))),
      ),
    )
  })

  test('that was honest but for some bytes neither throws nor hangs', () => {
    const honest = fc.constantFrom(jpeg(jfif, exif(tiff([original, offset, subSecond], true))), tiff([original, offset], false))
    const changes = fc.array(fc.tuple(fc.nat({ max: 200 }), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(honest, changes, (bytes, all) => {
        const damaged = Uint8Array.from(bytes)
        for (const [at, value] of all) damaged[at % damaged.length] = value
        sound(readExifTimes(damaged))
      }),
      { numRuns: 2000 },
    )
  })

  test('of nothing but fill bytes, empty blocks or entries takes no longer than its length', async () => {
    const soi = Buffer.from([0xff, 0xd8])
    const blocks = Buffer.alloc(exifHeadBytes, Buffer.from([0xff, 0xe0, 0, 2]))
    const entries = Buffer.alloc(exifHeadBytes)
    tiff([original], true).copy(entries, 0, 0, 8)
    entries.writeUInt16LE(0xffff, 8)
    const work = await workOf(() => {
      for (const bytes of [Buffer.concat([soi, Buffer.alloc(exifHeadBytes, 0xff)]), Buffer.concat([soi, blocks]), entries]) {
        assert.equal(readExifTimes(bytes), undefined)
      }
    })
    assert.ok(work < 1000, `${work} ms`)
  })
})

describe('the bytes that EXIF times need', () => {
  const whole = jpeg(jfif, exif(tiff([original, offset], true)))
  const end = whole.indexOf(Buffer.from('-04:00')) + 7

  test('end with the EXIF block, or where the picture begins', () => {
    assert.equal(exifExtent(whole), end)
    const without = jpeg(jfif)
    assert.equal(exifExtent(without), 2 + jfif.length)
    assert.equal(exifExtent(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')), 0)
  })

  test('are as many as are ever looked at where these bytes do not show it', () => {
    assert.equal(exifExtent(tiff([original], true)), exifHeadBytes)
    assert.equal(exifExtent(whole.subarray(0, 3)), exifHeadBytes)
    assert.equal(exifExtent(whole.subarray(0, jfif.length)), exifHeadBytes)
  })

  test('give the same answer as the whole file, however it is cut', () => {
    const expected = readExifTimes(whole)
    for (let length = 0; length <= whole.length; length++) {
      const first = whole.subarray(0, length)
      if (exifExtent(first) <= length) assert.deepEqual(readExifTimes(first), expected, `${length} bytes`)
    }
  })
})
