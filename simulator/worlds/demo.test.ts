import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { md5Of, readBytes, sizeOf } from '../bytes.ts'
import type { WorldAlbum, WorldImage, WorldNode, WorldPlacement } from '../world.ts'
import { demoFolder, demoItems, demoWorld, readDemoAccount } from './demo.ts'

const world = demoWorld()
const albums = albumsOf(world.root, '')
const placements = albums.flatMap(({ album }) => placementsOf(album))
const images = [...new Set(placements.map(({ image }) => image))]
const photos = images.filter((image) => !image.isVideo)

interface Found {
  readonly path: string
  readonly album: WorldAlbum
}

function albumsOf(nodes: readonly WorldNode[], above: string): readonly Found[] {
  return nodes.flatMap((node) => {
    if (node.type === 'Folder') return albumsOf(node.children, `${above}/${node.urlName}`)
    return node.type === 'Album' ? [{ path: `${above}/${node.album.urlName}`, album: node.album }] : []
  })
}

function placementsOf(album: WorldAlbum): readonly WorldPlacement[] {
  return Array.from({ length: album.count }, (_, index) => album.placement(index))
}

function idsOf(nodes: readonly WorldNode[]): readonly string[] {
  return nodes.flatMap((node) => {
    if (node.type === 'Folder') return [node.nodeId, ...idsOf(node.children)]
    return [node.type === 'Album' ? node.album.nodeId : node.nodeId]
  })
}

function album(path: string): WorldAlbum {
  const found = albums.find((entry) => entry.path === path)
  assert.ok(found, `${path} is in the account`)
  return found.album
}

function named(fileName: string): WorldImage {
  const found = images.find((image) => image.fileName === fileName)
  assert.ok(found, `${fileName} is in the account`)
  return found
}

/** Reads width and height from a JPEG's frame header. */
function jpegSize(bytes: Buffer): readonly [number, number] {
  let at = 2
  while (at < bytes.length) {
    const marker = bytes.readUInt16BE(at)
    if (marker === 0xffc0 || marker === 0xffc2) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  throw new Error('no frame header')
}

describe('the demo account', () => {
  test('is about sixty items in a dozen albums, in nested folders', () => {
    assert.equal(albums.length, 12)
    assert.ok(placements.length >= 55 && placements.length <= 65, `${placements.length} items`)
    assert.ok(albums.some(({ path }) => path === '/Travel/2019-Norway/Fjords'))
  })

  test('has keys that are unique, also to a case-blind disk', () => {
    for (const keys of [images.map(({ key }) => key), albums.map((entry) => entry.album.key), idsOf(world.root)]) {
      assert.equal(new Set(keys.map((key) => key.toLowerCase())).size, keys.length)
    }
    for (const { key } of images) assert.match(key, /^[A-Za-z0-9]{7}$/)
  })

  test('is the same each time it is opened', () => {
    const again = albumsOf(demoWorld().root, '').map((entry) => placementsOf(entry.album))
    assert.deepEqual(
      again,
      albums.map((entry) => placementsOf(entry.album)),
    )
  })

  test('refuses an item beyond the end of an album', () => {
    assert.throws(() => album('/Archive/To-Sort').placement(0), RangeError)
  })
})

describe('what the demo account shows', () => {
  test('an empty album, and one of collected pictures only', () => {
    assert.equal(album('/Archive/To-Sort').count, 0)
    const best = placementsOf(album('/Portfolio/Best-Of'))
    assert.ok(best.length >= 5 && best.every(({ collected }) => collected))
    for (const { image } of best)
      assert.ok(
        placements.some((other) => other.image === image && !other.collected),
        `${image.fileName} has a home`,
      )
  })

  test('every image is at home in exactly one album', () => {
    for (const image of images) assert.equal(placements.filter((placement) => placement.image === image && !placement.collected).length, 1)
  })

  test('twins in one album, and albums that differ by case alone', () => {
    const names = placementsOf(album('/Family/2021/Birthday')).map(({ image }) => image.fileName)
    assert.deepEqual(names.slice(0, 3), ['IMG_0001.JPG', 'IMG_0001.JPG', 'img_0001.jpg'])
    assert.ok(album('/Family/2021/birthday').count > 0)
  })

  test('names that a disk refuses, an empty one, a private and a passworded album', () => {
    assert.ok(named('Sunset: 10/10?.jpg'))
    assert.ok(named(''))
    assert.equal(album('/Clients/Wedding-Miller-Private').privacy, 'Private')
    assert.equal(album('/Archive/Film-Scans').securityType, 'Password')
  })

  test('each exception that a backup names, once', () => {
    assert.deepEqual(
      images.filter(({ processing, subStatus }) => processing && subStatus !== 'CanNotProcess').map(({ fileName }) => fileName),
      ['MVI_0011.MOV'],
    )
    assert.deepEqual(
      images.filter(({ status, subStatus }) => status === 'Preprocess' && subStatus === 'CanNotProcess').map(({ fileName }) => fileName),
      ['MVI_0012.AVI'],
    )
    assert.deepEqual(
      images.filter(({ offers }) => offers !== undefined && offers !== 'archived').map(({ fileName, offers }) => [fileName, offers]),
      [['Scan-0004.jpg', 'largest']],
    )
  })

  test('words in several scripts, and keywords of several words', () => {
    const words = images.flatMap(({ title = '', caption = '', keywords = [] }) => [title, caption, ...keywords]).join(' ')
    for (const script of [
      /\p{Script=Latin}/u,
      /[æøå]/,
      /[äöü]/,
      /\p{Script=Han}/u,
      /\p{Script=Hiragana}/u,
      /\p{Script=Arabic}/u,
      /\p{Emoji_Presentation}/u,
    ]) {
      assert.match(words, script)
    }
    assert.ok(images.some(({ keywords = [] }) => keywords.some((keyword) => keyword.includes(' '))))
  })

  test('uploads come after the picture was taken, changes after the upload', () => {
    for (const { fileName, capturedLocal, uploaded = '', lastUpdated = '' } of images) {
      assert.match(uploaded, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
      // A day's grace: the wall clock knows no zone.
      if (capturedLocal)
        assert.ok(Date.parse(`${capturedLocal}Z`) < Date.parse(uploaded) + 86_400_000, `${fileName} was taken before it was uploaded`)
      assert.ok(lastUpdated >= uploaded, `${fileName} was changed after it was uploaded`)
    }
  })
})

describe('the files of the demo account', () => {
  const media = join(demoFolder, 'media')

  test('are all there, all used, and under 2 MB together', () => {
    const used = demoItems(readDemoAccount().root).flatMap(({ file, still }) => [file, still].filter((name) => name !== undefined))
    const present = readdirSync(media)
    assert.deepEqual(present.sort(), used.sort())
    const total = present.reduce((sum, name) => sum + statSync(join(media, name)).size, 0)
    assert.ok(total < 2_000_000, `${total} bytes`)
  })

  test('are what they are said to be', () => {
    const starts: Record<string, RegExp> = { JPG: /^ffd8ff/, PNG: /^89504e470d0a1a0a/, GIF: /^474946383961/, MP4: /^.{8}66747970/ }
    for (const image of images.filter(({ bytes }) => sizeOf(bytes) > 0)) {
      const bytes = readBytes(image.bytes)
      const format = image.isVideo ? 'MP4' : (image.format ?? 'JPG')
      assert.match(bytes.subarray(0, 12).toString('hex'), starts[format] ?? /never/, image.fileName)
      if (format === 'JPG') assert.deepEqual(jpegSize(bytes), [image.fields?.OriginalWidth, image.fields?.OriginalHeight], image.fileName)
      if (image.still) assert.match(readBytes(image.still).subarray(0, 3).toString('hex'), /^ffd8ff/)
    }
    assert.deepEqual([...new Set(photos.map(({ format = 'JPG' }) => format))].sort(), ['GIF', 'JPG', 'PNG'])
  })

  test('differ from each other', () => {
    const sums = images.flatMap(({ bytes, still }) => [bytes, still].filter((file) => file !== undefined)).map(md5Of)
    assert.equal(new Set(sums).size, sums.length)
  })

  test('videos that can be played have a still, and their index before their pictures', () => {
    const ready = images.filter(({ isVideo, processing }) => isVideo && !processing)
    assert.equal(ready.length, 2)
    for (const { bytes, still, fileName } of ready) {
      assert.ok(still, fileName)
      const file = readBytes(bytes)
      assert.ok(file.indexOf('moov') < file.indexOf('mdat'), fileName)
    }
  })

  test('every photo carries the time that the account says, and no other', () => {
    for (const { bytes, capturedLocal, fileName, format = 'JPG' } of photos) {
      if (format !== 'JPG') continue
      const times =
        readBytes(bytes)
          .toString('latin1')
          .match(/\d{4}:\d\d:\d\d \d\d:\d\d:\d\d/g) ?? []
      const expected = capturedLocal === undefined ? [] : [capturedLocal.replaceAll('-', ':').replace('T', ' ')]
      assert.deepEqual([...new Set(times)], expected, fileName)
    }
  })
})

const exiftool = spawnSync('exiftool', ['-ver']).status === 0

describe('what exiftool reads in the files', { skip: exiftool ? false : 'exiftool is not installed' }, () => {
  interface Tags {
    readonly SourceFile: string
    readonly [tag: string]: unknown
  }
  const read = (): ReadonlyMap<string, Tags> => {
    const json = execFileSync('exiftool', ['-q', '-json', '-n', '-charset', 'iptc=UTF8', join(demoFolder, 'media')], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
    return new Map((JSON.parse(json) as Tags[]).map((tags) => [md5Of({ kind: 'file', path: tags.SourceFile }), tags]))
  }

  test('agrees with the account: camera, times, places, words', () => {
    const files = read()
    const counts = { cameras: 0, offsets: 0, places: 0, words: 0 }
    for (const image of images) {
      if (sizeOf(image.bytes) === 0) continue
      const tags = files.get(md5Of(image.bytes))
      assert.ok(tags, image.fileName)
      const taken = image.capturedLocal?.replaceAll('-', ':').replace('T', ' ')
      if (image.isVideo) assert.equal(tags.CreateDate, taken, image.fileName)
      else assert.equal(tags.DateTimeOriginal, taken, image.fileName)
      if (image.metadata?.Make) {
        counts.cameras++
        assert.deepEqual([tags.Make, tags.Model, tags.LensModel ?? ''], [image.metadata.Make, image.metadata.Model, image.metadata.Lens])
      }
      if (image.latitude !== undefined) {
        counts.places++
        assert.ok(Math.abs(Number(tags.GPSLatitude) - Number(image.latitude)) < 1e-5, image.fileName)
        assert.ok(Math.abs(Number(tags.GPSLongitude) - Number(image.longitude)) < 1e-5, image.fileName)
      }
      if (tags.OffsetTimeOriginal) counts.offsets++
      if (tags.Subject) {
        counts.words++
        assert.deepEqual([tags.Subject].flat(), image.keywords, image.fileName)
        assert.deepEqual([tags.Keywords].flat(), image.keywords, image.fileName)
        assert.equal(tags.Description ?? '', image.caption, image.fileName)
      }
    }
    assert.ok(counts.cameras > 45 && counts.offsets > 30 && counts.places > 15 && counts.words > 15, JSON.stringify(counts))
  })
})
