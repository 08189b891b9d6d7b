import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import sharp from 'sharp'
import type { Made, Picture } from './maker.ts'
import { webpSize } from './picture-size.ts'
import { sharpMaker } from './sharp.ts'

const folder = mkdtempSync(join(tmpdir(), 'thumbnails-'))
after(() => rmSync(folder, { recursive: true }))

const maker = await sharpMaker(async () => sharp)
assert.ok(maker)

const blue = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#2468ac' } })

async function make(name: string, bytes: Uint8Array): Promise<Made> {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return maker?.make(file) ?? 'none'
}

function sizeOf(made: Made): readonly [number, number] {
  assert.ok(typeof made === 'object', `a picture, not ${String(made)}`)
  assert.deepEqual(webpSize(made.bytes), { width: made.width, height: made.height })
  return [made.width, made.height]
}

describe('A thumbnail is made of', () => {
  test('a photo, 360 pixels high', async () => {
    assert.deepEqual(sizeOf(await make('photo.jpg', await blue(1200, 800).jpeg().toBuffer())), [540, 360])
  })

  test('a photo that lies on its side, upright', async () => {
    const bytes = await blue(1200, 800).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    assert.deepEqual(sizeOf(await make('turned.jpg', bytes)), [240, 360])
  })

  test('a panorama, no wider than four times its greatest height', async () => {
    assert.deepEqual(sizeOf(await make('panorama.jpg', await blue(12_000, 600).jpeg().toBuffer())), [1440, 72])
  })

  test('a photo of one pixel, as large as it is', async () => {
    assert.deepEqual(sizeOf(await make('pixel.png', await blue(1, 1).png().toBuffer())), [1, 1])
  })

  test('a photo in the colours of a printer', async () => {
    assert.deepEqual(sizeOf(await make('cmyk.jpg', await blue(720, 720).toColourspace('cmyk').jpeg().toBuffer())), [360, 360])
  })

  test('a picture with 16 bits a colour, and one that one can see through', async () => {
    assert.deepEqual(sizeOf(await make('deep.png', await blue(720, 720).toColourspace('rgb16').png().toBuffer())), [360, 360])
    assert.deepEqual(sizeOf(await make('clear.png', await blue(720, 720).ensureAlpha(0.5).png().toBuffer())), [360, 360])
  })

  test('the first frame of a moving picture', async () => {
    const frames = Buffer.concat([Buffer.alloc(40 * 40 * 3, 10), Buffer.alloc(40 * 40 * 3, 200)])
    const moving = sharp(frames, { raw: { width: 40, height: 80, channels: 3, pageHeight: 40 } })
    assert.deepEqual(sizeOf(await make('moving.gif', await moving.clone().gif().toBuffer())), [40, 40])
    assert.deepEqual(sizeOf(await make('moving.webp', await moving.clone().webp().toBuffer())), [40, 40])
  })

  test('TIFF and AVIF', async () => {
    assert.deepEqual(sizeOf(await make('photo.tif', await blue(720, 720).tiff().toBuffer())), [360, 360])
    assert.deepEqual(sizeOf(await make('photo.avif', await blue(720, 720).avif({ effort: 0 }).toBuffer())), [360, 360])
  })

  test('a photo of which the end is missing', async () => {
    const whole = await blue(1200, 800).jpeg().toBuffer()
    assert.deepEqual(sizeOf(await make('short.jpg', whole.subarray(0, whole.length / 2))), [540, 360])
  })

  test('the still of a video, as a JPEG', async () => {
    const poster = (await maker.make(await blue(1920, 1080).jpeg().toBuffer())) as Picture
    assert.deepEqual([poster.kind, poster.width, poster.height], ['poster', 640, 360])
    assert.equal((await sharp(poster.bytes).metadata()).format, 'jpeg')
  })
})

describe('No thumbnail is made of', () => {
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
  const others = {
    'an empty file': '',
    'a text called a photo': 'This is no photo.',
    'a drawing, which may name other files': drawing,
    'a drawing behind the first bytes of a photo': `\xff\xd8\xff${drawing}`,
  }
  for (const [what, text] of Object.entries(others))
    test(what, async () => assert.equal(await make('other.jpg', Buffer.from(text, 'latin1')), 'none'))

  test('the still of a video that is a web page', async () => {
    assert.equal(await maker.make(Buffer.from('<html>')), 'none')
  })

  test('something that is no file: a later run looks again', { skip: platform() === 'win32' }, async () => {
    mkdirSync(join(folder, 'folder.jpg'))
    symlinkSync(join(folder, 'photo.jpg'), join(folder, 'link.jpg'))
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')])
    for (const name of ['folder.jpg', 'link.jpg', 'pipe.jpg', 'missing.jpg'])
      assert.equal(await maker.make(join(folder, name)), 'unread', name)
  })
})

test('Without sharp there is no such maker', async () => {
  assert.equal(await sharpMaker(() => Promise.reject(new Error("Cannot find package 'sharp'"))), undefined)
})
