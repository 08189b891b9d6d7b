import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import type { Item, JsonObject } from '../../model.ts'
import { isObject } from '../../model.ts'
import { decodeAlbum, decodeItem, decodeNode, decodeUser, entriesOf, expansionOf, objectOf, pageFacts } from './decode.ts'

const sample = (name: string): { response: JsonObject; expansions: unknown } => {
  const envelope: JsonObject = JSON.parse(readFileSync(new URL(`../../../test/samples/${name}.json`, import.meta.url), 'utf8'))
  assert.ok(isObject(envelope.Response))
  return { response: envelope.Response, expansions: envelope.Expansions }
}

const context = { albumKey: 'ALBUM1', position: 0, forceVideo: false }
const itemsOf = (name: string): readonly (Item | undefined)[] =>
  entriesOf(sample(name).response, 'AlbumImage').map((entry, position) => decodeItem(entry, { ...context, position }))

/** An image with these fields beside the usual. */
const decoded = (fields: Record<string, unknown>, more: object = {}): Item => {
  const usual = { ImageKey: 'abcdefg', Serial: 0, FileName: 'a.jpg', ArchivedUri: 'https://photos.smugmug.com/i-abcdefg/0/x/D/a-D.jpg' }
  const item = decodeItem({ ...usual, ...fields }, { ...context, ...more })
  assert.ok(item !== undefined)
  return item
}

describe('a list', () => {
  test('of an empty album has no payload (recorded)', () => {
    assert.deepEqual(entriesOf(sample('album.images.empty').response, 'AlbumImage'), [])
    assert.deepEqual(entriesOf(sample('album.locked.images.2026').response, 'AlbumImage'), [])
    assert.deepEqual(entriesOf(sample('comments.empty').response, 'Comment'), [])
  })
  test('may be null, an empty hash, or one object instead of a list', () => {
    const list = (payload: JsonObject | null) => entriesOf({ Locator: 'Album', Album: payload }, 'Album')
    assert.deepEqual(list(null), [])
    assert.deepEqual(list({}), [])
    assert.deepEqual(list({ AlbumKey: 'a' }), [{ AlbumKey: 'a' }])
  })
  test('may have several names, of which one is there', () => {
    assert.deepEqual(entriesOf({ Locator: 'Folder,Album,Page', Album: [{ AlbumKey: 'a' }] }, 'Folder'), [{ AlbumKey: 'a' }])
  })
  test('may lack its name', () => assert.deepEqual(entriesOf({ Album: [1] }, 'Album'), [1]))
})

describe('one thing', () => {
  test('that is missing answers 200 without payload (recorded)', () => {
    assert.equal(objectOf(sample('image.size-missing.200').response, 'ImageSizeTiny'), undefined)
  })
  test('may have another name than asked for', () => {
    assert.match(String(objectOf(sample('image.download').response, 'ImageDownload')?.Url), /\/D\/file-D\.jpg$/)
  })
})

describe('Pages', () => {
  test('as recorded', () => assert.deepEqual(pageFacts(sample('album.images.2026.page1.verbosity1').response), { total: 61, count: 3 }))
  test('of an empty list', () => assert.deepEqual(pageFacts(sample('album.images.empty').response), { total: 0, count: 0 }))
  test('may be missing', () => assert.deepEqual(pageFacts(sample('comments.empty').response), {}))
  test('may hold texts and junk', () => assert.deepEqual(pageFacts({ Pages: { Total: '12', Start: -99, Count: null } }), { total: 12 }))
})

test('an expansion is found by the very text of its link, odd query included (recorded)', () => {
  const { response, expansions } = sample('user.albums.2026.public')
  const [album] = entriesOf(response, 'Album')
  assert.ok(isObject(album) && isObject(album.Uris))
  assert.equal(album.Uris.HighlightImage, '/api/v2/highlight/node/sXQz4G?_shorturis=')
  assert.equal(expansionOf(expansions, '/api/v2/highlight/node/sXQz4G?_shorturis=', 'Image')?.ImageKey, 'gBn6dDh')
  assert.equal(expansionOf(expansions, '/api/v2/highlight/node/sXQz4G', 'Image'), undefined)
  assert.equal(expansionOf(undefined, '/api/v2/x', 'Image'), undefined)
})

describe('the user', () => {
  test('recorded as an owner whose answer says Public', () => {
    const user = decodeUser(objectOf(sample('authuser.public-level').response, 'User'))
    assert.deepEqual(user, {
      owner: { nickName: 'exampleuser', name: 'Example Person', imageCount: 8, responseLevel: 'Public' },
      accountStatus: 'Active',
      albumsUri: '/api/v2/user/exampleuser!albums',
      rootNodeUri: '/api/v2/node/zx4Fx',
      ownersView: true,
    })
  })
  test('recorded as a stranger sees it', () => {
    assert.equal(decodeUser(objectOf(sample('user.public').response, 'User'))?.ownersView, false)
  })
  test('without links is asked for albums by nickname', () => {
    assert.equal(decodeUser({ NickName: 'a b' })?.albumsUri, '/api/v2/user/a%20b!albums')
  })
  test('without a nickname is nobody', () => {
    for (const value of [undefined, null, [], {}, { NickName: '' }, { NickName: null }]) assert.equal(decodeUser(value), undefined)
  })
})

describe('an album', () => {
  test('as its owner sees it (recorded)', () => {
    const raw = objectOf(sample('album.owner-level').response, 'Album')
    const { raw: kept, ...album } = decodeAlbum(raw) ?? assert.fail()
    assert.deepEqual(kept(), raw)
    assert.deepEqual(album, {
      key: '2GsRNZ',
      nodeId: 'jZ7bdZ',
      name: '2019-08-04 Ride the Hurricane',
      urlPath: '/Activities/2019/2019-08-04-Ride-the-Hurricane',
      webUri: 'https://photos.example.com/Activities/2019/2019-08-04-Ride-the-Hurricane/n-jZ7bdZ',
      imageCount: 14,
      bytes: 55_631_020,
      allBytes: 93_250_912,
      lastUpdated: '2020-09-22T15:34:12+00:00',
      imagesLastUpdated: '2022-09-12T20:35:57+00:00',
    })
  })
  test('that is locked has no count (recorded)', () => {
    const album = decodeAlbum(objectOf(sample('album.locked.2026').response, 'Album'))
    assert.equal(album?.key, 'zzwtrF')
    assert.ok(album !== undefined && !('imageCount' in album) && !('lastUpdated' in album))
  })
  test('has a key, if need be from its Uri', () => {
    assert.equal(decodeAlbum({ Uri: '/api/v2/album/Ab12Cd' })?.key, 'Ab12Cd')
    assert.equal(decodeAlbum({ Name: 'No key' }), undefined)
    assert.equal(decodeAlbum('no object'), undefined)
  })
  test('keeps an empty path, and makes one only where there is none', () => {
    assert.equal(decodeAlbum({ AlbumKey: 'a', UrlPath: '', UrlName: 'Name' })?.urlPath, '')
    assert.equal(decodeAlbum({ AlbumKey: 'a', UrlName: 'Name' })?.urlPath, '/Name')
    assert.equal(decodeAlbum({ AlbumKey: 'a', NiceName: 'Nice' })?.urlPath, '/Nice')
  })
  test('has its old title where it has no name', () => assert.equal(decodeAlbum({ AlbumKey: 'a', Title: 'Old' })?.name, 'Old'))
})

test('nodes of albums and folders (recorded)', () => {
  const [album] = entriesOf(sample('node.children.albums').response, 'Node').map(decodeNode)
  assert.deepEqual(
    { ...album, childrenUri: '' },
    { key: 'Tm2d3', type: 'Album', name: 'San Francisco by helicopter 2014', childrenUri: '', albumUri: '/api/v2/album/DDnhRD' },
  )
  const folder = decodeNode(objectOf(sample('node.root').response, 'Node'))
  assert.equal(folder?.type, 'Folder')
  assert.match(folder?.childrenUri ?? '', /!children$/)
})

describe('an item', () => {
  test('as its owner sees it (recorded)', () => {
    const [first] = itemsOf('album.images.owner-2025')
    const { raw, ...item } = first ?? assert.fail()
    const archivedUri = 'https://photos.smugmug.com/Family-Photos/i-sw6XxhC/2/LK23nn8CNJjTwLkGDk8mmt7wgvgmBkmK48MLLGtrg/D/photo%208-D.jpg'
    assert.deepEqual(item, {
      albumKey: 'ALBUM1',
      imageKey: 'sw6XxhC',
      serial: 2,
      position: 0,
      fileName: 'photo 8.jpg',
      title: '',
      caption: '',
      keywords: 'Car',
      keywordArray: ['Car'],
      isVideo: false,
      format: 'JPG',
      uploadKey: '8515151344',
      archivedUri,
      archivedSize: 302011,
      archivedMd5: '05547d39813d2701ea3fe1f5d49e6fae',
      dateTimeOriginal: '2015-02-23T01:34:44+00:00',
      dateTimeUploaded: '2019-07-13T17:03:38+00:00',
      lastUpdated: '2022-02-12T21:24:12+00:00',
      latitude: '0',
      longitude: '0',
      altitude: 0,
      hidden: false,
      collected: false,
      webUri: 'https://owneruser.smugmug.com/Family-Photos/i-sw6XxhC',
      availability: {
        kind: 'ready',
        source: { url: archivedUri, size: 302011, md5: '05547d39813d2701ea3fe1f5d49e6fae', grade: 'original' },
      },
    })
    assert.deepEqual(JSON.parse(raw), entriesOf(sample('album.images.owner-2025').response, 'AlbumImage')[0])
  })

  test('of 2017 has no Serial but in its Uri (recorded)', () => {
    const [item] = itemsOf('album.images.with-archived')
    assert.deepEqual([item?.imageKey, item?.serial, item?.latitude], ['hKdKMzB', 0, '0.00000000000000'])
    assert.equal(item?.dateTimeUploaded, '2014-09-13T01:09:01+00:00', 'Date is the time of the upload')
  })

  test('without ArchivedUri must be asked for (recorded)', () => {
    const [item] = itemsOf('album.images.collected.public')
    assert.equal(item?.collected, true)
    assert.deepEqual(item?.availability, { kind: 'unresolved' })
  })

  test('with the addresses of its links as texts, or with none at all (recorded)', () => {
    assert.equal(itemsOf('album.images.2026.page1.verbosity1').length, 2)
    assert.equal(itemsOf('album.images.2026.archived')[0]?.availability.kind, 'ready')
    const [noLinks] = entriesOf(sample('image.search.2026').response, 'Image')
    assert.ok(isObject(noLinks) && noLinks.Uris === undefined)
    assert.ok(decodeItem(noLinks, context) !== undefined)
  })

  test('needs a key, if need be from its Uri', () => {
    assert.equal(decodeItem({ Uri: '/api/v2/album/A/image/Xy12345-3' }, context)?.imageKey, 'Xy12345')
    assert.equal(decodeItem({ Uri: '/api/v2/album/A/image/Xy12345-3' }, context)?.serial, 3)
    for (const value of [{}, { ImageKey: null }, { ImageKey: '' }, null, 'text', [], 7]) assert.equal(decodeItem(value, context), undefined)
  })

  test('absent and null texts are empty, absent facts absent', () => {
    const item = decoded({ FileName: null, Title: null, Keywords: null, KeywordArray: null, Serial: null, Latitude: '', Altitude: null })
    assert.deepEqual([item.fileName, item.title, item.caption, item.keywords, item.keywordArray], ['', '', '', '', []])
    for (const name of ['latitude', 'altitude', 'hidden', 'format', 'dateTimeOriginal', 'archivedMd5']) assert.ok(!(name in item), name)
  })

  test('numbers, texts and booleans in each other’s clothes', () => {
    const item = decoded({
      Serial: '7',
      ArchivedSize: '123',
      ArchivedMD5: 'ABCDEF0123456789ABCDEF0123456789',
      Latitude: 46.442708333333,
      Longitude: '-122.3',
      Altitude: '168',
      Hidden: 'true',
      UploadKey: 8515151344,
      IsVideo: 0,
      KeywordArray: { 0: 'a', 1: 2024 },
      FileName: 20240101,
    })
    assert.deepEqual(
      [
        item.serial,
        item.archivedSize,
        item.archivedMd5,
        item.latitude,
        item.longitude,
        item.altitude,
        item.hidden,
        item.uploadKey,
        item.isVideo,
      ],
      [7, 123, 'abcdef0123456789abcdef0123456789', '46.442708333333', '-122.3', 168, true, '8515151344', false],
    )
    assert.deepEqual([item.keywordArray, item.fileName], [['a', '2024'], '20240101'])
  })

  test('nonsense is as good as absent', () => {
    const item = decoded({ ArchivedSize: 0, ArchivedMD5: 'none', Altitude: 'high', Hidden: 'Inherit', Serial: -1, KeywordArray: {} })
    for (const name of ['archivedSize', 'archivedMd5', 'altitude', 'hidden', 'serial']) assert.ok(!(name in item), name)
  })

  test('never fails, whatever the fields are', () => {
    const names = fc.constantFrom(
      'Serial',
      'FileName',
      'IsVideo',
      'Uris',
      'ArchivedUri',
      'ArchivedSize',
      'Keywords',
      'KeywordArray',
      'Latitude',
      'Status',
      'Uri',
      'Format',
    )
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (fields) => {
        const item = decodeItem({ ...fields, ImageKey: 'abcdefg' }, context)
        assert.equal(item?.imageKey, 'abcdefg')
        assert.deepEqual(JSON.parse(item?.raw ?? ''), JSON.parse(JSON.stringify({ ...fields, ImageKey: 'abcdefg' })))
      }),
    )
  })
})

describe('HEIC is kept as JPEG: never called an original', () => {
  const sourceOf = (fileName: string, Format?: string) => {
    const { availability } = decoded({ FileName: fileName, ...(Format === undefined ? {} : { Format }) })
    return availability.kind === 'ready' ? [availability.source.grade, availability.source.extension] : assert.fail()
  }
  test('by its name', () => {
    assert.deepEqual(sourceOf('IMG_1.HEIC', 'JPG'), ['rendition', 'jpg'])
    assert.deepEqual(sourceOf('IMG_1.heif'), ['rendition', 'jpg'])
    assert.deepEqual(sourceOf('IMG_1_heic.JPG', 'JPG'), ['rendition', 'jpg'])
  })
  test('but nothing else is suspected', () => {
    assert.deepEqual(sourceOf('heic.jpg', 'JPG'), ['original', undefined])
    assert.deepEqual(sourceOf('My heic photo.png', 'PNG'), ['original', undefined])
    assert.deepEqual(sourceOf('IMG_1.HEIC', 'HEIC'), ['original', undefined])
  })
})

describe('a photo under processing', () => {
  test('with its upload already there is ready', () => assert.equal(decoded({ Processing: true }).availability.kind, 'ready'))
  test('without is pending', () => assert.equal(decoded({ Processing: true, ArchivedUri: undefined }).availability.kind, 'pending'))
})

describe('a video', () => {
  const still = 'https://photos.smugmug.com/i-abcdefg/0/x/D/a-D.jpg'
  const link = '/api/v2/image/abcdefg-0!largestvideo'
  const clip = {
    Url: 'https://photos.smugmug.com/i-abcdefg/0/x/1920/a-1920.mp4',
    Size: '22941093',
    MD5: '4489A64D183A94FB79879EA981FB81D4',
    Ext: 'MP4',
  }
  const facts = { IsVideo: true, FileName: 'a.MOV', ArchivedUri: still, ArchivedSize: 10, Uris: { LargestVideo: link } }
  const expansions = (fields: object) => ({
    expansions: { [link]: { Uri: link, Locator: 'LargestVideo', LargestVideo: { ...clip, ...fields } } },
  })
  const source = { url: clip.Url, size: 22941093, md5: '4489a64d183a94fb79879ea981fb81d4', grade: 'rendition', extension: 'mp4' }

  test('is its largest rendition, when that came along', () => {
    assert.deepEqual(decoded(facts, expansions({})).availability, { kind: 'ready', source })
  })
  test('is never its still (synthetic sample)', () => {
    const [playable, stuck] = itemsOf('album.images.videos.owner')
    assert.deepEqual(playable?.availability, { kind: 'unresolved' })
    assert.equal(stuck?.availability.kind, 'impossible')
  })
  test('that did not come along, or cannot be used, must be asked for', () => {
    assert.equal(decoded(facts).availability.kind, 'unresolved')
    assert.equal(decoded(facts, { expansions: {} }).availability.kind, 'unresolved')
    assert.equal(decoded(facts, expansions({ Url: undefined })).availability.kind, 'unresolved')
    assert.equal(decoded(facts, expansions({ Usable: false })).availability.kind, 'unresolved')
  })
  test('under processing is pending, unless it is forced', () => {
    assert.equal(decoded({ ...facts, Processing: true }, expansions({})).availability.kind, 'pending')
    assert.equal(decoded({ ...facts, Processing: true }, { ...expansions({}), forceVideo: true }).availability.kind, 'ready')
  })
  test('that SmugMug cannot process is impossible, forced or not', () => {
    const stuck = { ...facts, Processing: true, Status: 'Preprocess', SubStatus: 'CanNotProcess' }
    assert.equal(decoded(stuck, { forceVideo: true }).availability.kind, 'impossible')
  })
  test('is recognised without IsVideo', () => {
    assert.equal(decoded({ ...facts, IsVideo: undefined }).isVideo, true)
    assert.equal(decoded({ IsVideo: undefined, Format: 'MP4' }).isVideo, true)
    assert.equal(decoded({ IsVideo: undefined, Format: 'JPG' }).isVideo, false)
  })
})
