import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { photoWithPreview } from '../../../test/support/camera-file.ts'
import { fc } from '../../../test/support/properties.ts'
import { exifMaker, readExifPicture } from './exif.ts'
import { jpegSize } from './picture-size.ts'

const preview = await sharp({ create: { width: 160, height: 120, channels: 3, background: '#48a' } })
  .jpeg()
  .toBuffer()

describe('The small picture that a camera put into its file', () => {
  for (const little of [false, true])
    test(`is found, ${little ? 'least' : 'most'} significant byte first`, () => {
      const found = readExifPicture(photoWithPreview(preview, { little }))
      assert.deepEqual(found, { kind: 'preview', bytes: new Uint8Array(preview), width: 160, height: 120 })
    })

  for (const [orientation, width, height] of [
    [1, 160, 120],
    [3, 160, 120],
    [6, 120, 160],
    [8, 120, 160],
  ] as const)
    test(`stands upright in a browser for orientation ${orientation}`, async () => {
      const found = readExifPicture(photoWithPreview(preview, { orientation }))
      assert.ok(found)
      assert.deepEqual([found.width, found.height], [width, height])
      assert.equal((await sharp(found.bytes).metadata()).orientation ?? 1, orientation)
      const upright = await sharp(found.bytes).autoOrient().toBuffer({ resolveWithObject: true })
      assert.deepEqual([upright.info.width, upright.info.height], [width, height])
    })

  test('is none if it is tiny', async () => {
    const tiny = await sharp(preview).resize(60, 45).jpeg().toBuffer()
    assert.equal(readExifPicture(photoWithPreview(tiny, {})), undefined)
  })

  test('is none if its end lies beyond the block', () => {
    const photo = photoWithPreview(preview, { claims: 60_000 })
    assert.equal(readExifPicture(photo), undefined)
  })

  test('is looked for in any bytes without an error, and never larger than they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const found = readExifPicture(bytes)
        assert.ok(found === undefined || found.bytes.length <= bytes.length + 40)
      }),
    )
  })

  test('is looked for in damaged photos without an error', () => {
    const photo = photoWithPreview(preview, { orientation: 6 })
    const damage = fc.array(fc.tuple(fc.nat(photo.length - 1), fc.nat(255)), { maxLength: 6 })
    fc.assert(
      fc.property(damage, fc.nat(photo.length), (changes, length) => {
        const bytes = Uint8Array.from(photo.subarray(0, length))
        for (const [at, value] of changes) if (at < length) bytes[at] = value
        const found = readExifPicture(bytes)
        assert.ok(found === undefined || found.bytes.length <= bytes.length + 40)
      }),
    )
  })
})

describe('Stills without sharp', () => {
  test('are taken as they come', async () => {
    assert.deepEqual(await exifMaker.make(preview), { kind: 'poster', bytes: preview, width: 160, height: 120 })
  })

  test('are none if they are no JPEG', async () => {
    assert.equal(await exifMaker.make(Buffer.from('<html>')), 'none')
  })
})

test('The size of a JPEG is found behind fill bytes', () => {
  const filled = Buffer.concat([preview.subarray(0, 2), Buffer.from([0xff, 0xff]), preview.subarray(2)])
  assert.deepEqual(jpegSize(filled), { width: 160, height: 120 })
})
