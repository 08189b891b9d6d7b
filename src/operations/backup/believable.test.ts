import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IntegrityError } from '../../errors.ts'
import { believable } from './believable.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const text = (value: string): Buffer => Buffer.from(value)

/** The bytes that get through, given in pieces of this size. */
const through = async (bytes: Buffer, extension: string | undefined, piece: number): Promise<Buffer> => {
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  }
  const came: Uint8Array[] = []
  for await (const chunk of believable(pieces(), extension)) came.push(chunk)
  return Buffer.concat(came)
}

const noise = Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 167 + 13) % 256))

const pictures: Record<string, Buffer> = {
  JPEG: hex('ff d8 ff e1'),
  PNG: hex('89 50 4e 47 0d 0a 1a 0a'),
  'GIF of 1987': text('GIF87a'),
  'GIF of 1989': text('GIF89a'),
  'TIFF, little-endian': hex('49 49 2a 00'),
  'TIFF, big-endian': hex('4d 4d 00 2a'),
  HEIC: Buffer.concat([hex('00 00 00 18'), text('ftypheic')]),
  AVIF: Buffer.concat([hex('00 00 00 18'), text('ftypavif')]),
  WebP: Buffer.concat([text('RIFF'), hex('10 20 30 00'), text('WEBP')]),
  'a Canon CR3': Buffer.concat([hex('00 00 00 18'), text('ftypcrx ')]),
}

const films: Record<string, Buffer> = {
  MP4: Buffer.concat([hex('00 00 00 20'), text('ftypisom')]),
  'QuickTime of old': Buffer.concat([hex('00 01 00 20'), text('moov')]),
  AVI: Buffer.concat([text('RIFF'), hex('10 20 30 00'), text('AVI LIST')]),
  'MPEG program stream': hex('00 00 01 ba'),
  Matroska: hex('1a 45 df a3'),
}

const others: Record<string, Buffer> = {
  'a log-in page': text('<!DOCTYPE html><html><body>Sign in</body></html>'),
  'a page behind blanks and a byte-order mark': Buffer.concat([hex('ef bb bf'), text('\n\n   <html>')]),
  'an error in JSON': text('{"Code":500,"Message":"Internal error"}'),
  'a list in JSON': text('[1,2,3]'),
  'a plain message': text('upstream connect error or disconnect/reset before headers'),
  'a message of a thousand lines': text('no healthy upstream\r\n'.repeat(1000)),
  'a message in Cyrillic': text('Сервис временно недоступен'),
  'a page in UTF-16': Buffer.concat([hex('ff fe'), Buffer.from('<html>', 'utf16le')]),
  zeros: Buffer.alloc(5000),
  nothing: Buffer.alloc(0),
}

for (const piece of [1, 7, 4096]) {
  describe(`bytes that nothing proves, ${piece} at a time`, () => {
    for (const [name, start] of Object.entries(pictures)) {
      test(`${name} is a photo, whatever its name ends in, and no video`, async () => {
        const bytes = Buffer.concat([start, noise])
        for (const extension of ['jpg', 'jpeg', 'JPG', 'png', 'heic', 'tif', 'nef', 'xyz', undefined]) {
          assert.deepEqual(await through(bytes, extension, piece), bytes)
        }
        if (!name.includes('CR3')) await assert.rejects(through(bytes, 'mp4', piece), IntegrityError)
      })
    }
    for (const [name, start] of Object.entries(films)) {
      test(`${name} is a video, and no photo`, async () => {
        const bytes = Buffer.concat([start, noise])
        for (const extension of ['mp4', 'MOV', 'xyz', undefined]) assert.deepEqual(await through(bytes, extension, piece), bytes)
        await assert.rejects(through(bytes, 'jpg', piece), IntegrityError)
      })
    }
    for (const [name, bytes] of Object.entries(others)) {
      test(`${name} is nothing of the kind`, async () => {
        for (const extension of ['jpg', 'mp4', 'nef', 'xyz', undefined]) {
          await assert.rejects(through(bytes, extension, piece), IntegrityError, `${extension}`)
        }
      })
    }
    test('a camera file of a kind unknown here is believed, unless it reads as text', async () => {
      assert.deepEqual(await through(noise, 'rw2', piece), noise)
      assert.deepEqual(await through(noise, undefined, piece), noise)
      await assert.rejects(through(noise, 'jpg', piece), IntegrityError)
    })
  })
}

test('nothing comes through before it is believed', async () => {
  let came = 0
  const page = async function* () {
    for (let piece = 0; piece < 1000; piece += 1) yield text('<html>'.repeat(1000))
  }
  await assert.rejects(async () => {
    for await (const chunk of believable(page(), 'jpg')) came += chunk.length
  }, IntegrityError)
  assert.equal(came, 0)
})
