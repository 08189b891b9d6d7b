import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Item, JsonObject } from '../../model.ts'
import { decodeItem } from './decode.ts'
import { climb } from './originals.ts'

const item = (fields: Record<string, unknown>): Item =>
  decodeItem({ ImageKey: 'abcdefg', Serial: 3, FileName: 'a.jpg', ...fields }, { albumKey: 'A', position: 0, forceVideo: true }) ??
  assert.fail()

const CDN = 'https://photos.smugmug.com/Trip/i-abcdefg/3/sig'
const OWN = '/api/v2/image/abcdefg-3'
const MD5 = '4489a64d183a94fb79879ea981fb81d4'

/** Climbs with these offers, by link; returns the links that were asked for. */
const climbing = async (of: Item, offers: Readonly<Record<string, JsonObject>>) => {
  const asked: string[] = []
  const availability = await climb(of, async (uri) => {
    asked.push(uri)
    return offers[uri]
  })
  return { availability, asked }
}

test('what is known already costs no call', async () => {
  const known = item({ ArchivedUri: `${CDN}/D/a-D.jpg` })
  assert.deepEqual(await climbing(known, {}), { availability: known.availability, asked: [] })
})

describe('a photo', () => {
  const links = { ImageDownload: `${OWN}!download` }

  test('!download of the upload is the original, to be verified by the size and MD5 of the listing', async () => {
    const { availability, asked } = await climbing(item({ Uris: links, ArchivedSize: 5, ArchivedMD5: MD5 }), {
      [`${OWN}!download`]: { Url: `${CDN}/D/a-D.jpg` },
    })
    assert.deepEqual(availability, { kind: 'ready', source: { url: `${CDN}/D/a-D.jpg`, size: 5, md5: MD5, grade: 'original' } })
    assert.deepEqual(asked, [`${OWN}!download`])
  })

  test('!download of another size is not', async () => {
    const graded = async (code: string) => {
      const { availability } = await climbing(item({ Uris: links, ArchivedSize: 5 }), {
        [`${OWN}!download`]: { Url: `${CDN}/${code}/a-${code}.jpg` },
      })
      return availability.kind === 'ready' && [availability.source.grade, availability.source.size]
    }
    assert.deepEqual(await graded('O'), ['rendition', undefined])
    assert.deepEqual(await graded('X3'), ['fallback', undefined])
  })

  test('then ImageSizeOriginal: an original only if its MD5 says so', async () => {
    const details = { ImageSizeOriginal: { Url: `${CDN}/O/a-O.jpg`, Ext: 'jpg', Size: '77', MD5 } }
    const graded = async (ArchivedMD5?: string) => {
      const { availability, asked } = await climbing(item(ArchivedMD5 === undefined ? {} : { ArchivedMD5 }), {
        [`${OWN}!sizedetails`]: details,
      })
      assert.deepEqual(asked, [`${OWN}!sizedetails`], 'no !download is asked for where there is no link')
      return availability.kind === 'ready' && availability.source
    }
    assert.deepEqual(await graded(), { url: `${CDN}/O/a-O.jpg`, size: 77, md5: MD5, grade: 'rendition', extension: 'jpg' })
    assert.deepEqual(await graded(MD5), { url: `${CDN}/O/a-O.jpg`, size: 77, md5: MD5, grade: 'original' })
  })

  test('then LargestImage, a fallback', async () => {
    const largest = `${OWN}!largestimage?MaxSize=X5Large`
    const { availability, asked } = await climbing(item({ Uris: { ...links, LargestImage: { Uri: largest } } }), {
      [largest]: { Url: `${CDN}/X5/a-X5.jpg`, Ext: 'JPG' },
    })
    assert.deepEqual(availability, { kind: 'ready', source: { url: `${CDN}/X5/a-X5.jpg`, grade: 'fallback', extension: 'jpg' } })
    assert.deepEqual(asked, [`${OWN}!download`, `${OWN}!sizedetails`, largest])
  })

  test('else it is impossible, and the reason says what to look at', async () => {
    const { availability } = await climbing(item({}), {})
    assert.ok(availability.kind === 'impossible' && /no original.*downloads/.test(availability.reason))
  })

  test('HEIC is no original by !download either', async () => {
    const { availability } = await climbing(item({ Uris: links, FileName: 'a.HEIC' }), { [`${OWN}!download`]: { Url: `${CDN}/D/a-D.jpg` } })
    assert.ok(availability.kind === 'ready' && availability.source.grade === 'rendition' && availability.source.extension === 'jpg')
  })
})

describe('a video', () => {
  const video = item({ IsVideo: true, FileName: 'a.MOV', ArchivedUri: `${CDN}/D/a-D.jpg` })

  test('!largestvideo, also where the listing has no link', async () => {
    const { availability, asked } = await climbing(video, {
      [`${OWN}!largestvideo`]: { Url: `${CDN}/1920/a.mp4`, Size: 9, MD5, Ext: 'mp4' },
    })
    assert.deepEqual(availability, {
      kind: 'ready',
      source: { url: `${CDN}/1920/a.mp4`, size: 9, md5: MD5, grade: 'rendition', extension: 'mp4' },
    })
    assert.deepEqual(asked, [`${OWN}!largestvideo`])
  })

  test('then the widest usable size; the still and the streaming list never', async () => {
    const details = {
      VideoSize640: { Url: `${CDN}/640/a.mp4`, Width: 640, Ext: 'mp4' },
      VideoSize1280: { Url: `${CDN}/1280/a.mp4`, Width: '1280', Ext: 'mp4' },
      VideoSize1920: { Url: `${CDN}/1920/a.mp4`, Width: 1920, Usable: false },
      VideoSMIL: { Url: `${CDN}/smil`, Width: 4000 },
      ImageSizeOriginal: { Url: `${CDN}/O/a-O.jpg`, Width: 4000 },
    }
    const { availability } = await climbing(video, { [`${OWN}!sizedetails`]: details })
    assert.ok(availability.kind === 'ready')
    assert.equal(availability.source.url, `${CDN}/1280/a.mp4`)
  })

  test('else it is impossible, or pending while SmugMug still works on it', async () => {
    assert.equal((await climbing(video, {})).availability.kind, 'impossible')
    assert.equal((await climbing(item({ IsVideo: true, Processing: true }), {})).availability.kind, 'pending')
  })
})
