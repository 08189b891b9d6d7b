import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { type Answer, isOpen, type PublicPicture, publicAlbum, publicPicture, stricter } from './public.ts'

const NODE: Answer = { Privacy: 'Public', SecurityType: 'None' }

/** An album of which everything may be copied. */
const ALBUM: Answer = {
  ...NODE,
  ...{ Geography: true, EXIF: true, Filenames: true, Protected: false, Watermark: false },
  ...{ AllowDownloads: true, HasDownloadPassword: false, LargestSize: 'Original', MaxPhotoDownloadSize: 'Original' },
}
const PHOTO: Answer = { Hidden: false, IsVideo: false }

const without = (answer: Answer, field: string): Answer => Object.fromEntries(Object.entries(answer).filter(([name]) => name !== field))
const openAlbum = (changes: Answer = {}) => publicAlbum([NODE, NODE], { ...ALBUM, ...changes })
const photos = (changes: Answer): PublicPicture | undefined => openAlbum(changes)?.photos
const STRANGE: readonly unknown[] = ['Friends only', '', 'public', 'PUBLIC', 0, 1, null, true, {}, []]

describe('An album is public', () => {
  test('if it and everything above it is', () => {
    assert.deepEqual(openAlbum(), {
      ...{ showsPlaces: true, showsCamera: true, showsFileNames: true },
      ...{ photos: { kind: 'copy' }, videos: { kind: 'copy' } },
    })
  })

  for (const field of ['Privacy', 'SecurityType'])
    test(`only with a ${field} that is known, at every level`, () => {
      for (const value of [undefined, ...STRANGE, 'Private', 'Unlisted', 'Password', 'GrantAccess']) {
        const closed = value === undefined ? without(NODE, field) : { ...NODE, [field]: value }
        assert.equal(isOpen(closed), false, `${field} ${String(value)}`)
        assert.equal(publicAlbum([closed, NODE], ALBUM), undefined)
        assert.equal(publicAlbum([NODE, closed], ALBUM), undefined)
        assert.equal(publicAlbum([NODE], { ...ALBUM, [field]: value }), undefined)
      }
    })

  test('not if SmugMug says that something above it closes it', () => {
    assert.equal(isOpen({ ...NODE, EffectivePrivacy: 'Private' }), false)
    assert.equal(isOpen({ ...NODE, EffectiveSecurityType: 'Password' }), false)
    assert.equal(isOpen({ ...NODE, EffectivePrivacy: 'Public', EffectiveSecurityType: 'None' }), true)
  })

  test('not with a password, whatever its security is called', () => {
    assert.equal(openAlbum({ Password: '(withheld)' }), undefined)
    assert.ok(openAlbum({ Password: '' }))
  })

  test('not if nothing is known of what stands above it', () => {
    assert.equal(publicAlbum([], ALBUM), undefined)
    assert.equal(publicAlbum([NODE, undefined], ALBUM), undefined)
  })
})

describe('A file is copied', () => {
  for (const field of Object.keys(ALBUM).filter((name) => !(name in NODE)))
    test(`only if ${field} permits it: not if it is missing or unknown`, () => {
      for (const value of [undefined, ...STRANGE.filter((each) => each !== ALBUM[field]), 'Original '])
        assert.notEqual(photos({ [field]: value })?.kind, 'copy', `${field} ${String(value)}`)
    })

  test('not if a download needs a password', () => {
    assert.equal(photos({ DownloadPassword: '(withheld)' })?.kind, 'encoded')
  })

  test('a film as it is or not at all', () => {
    assert.deepEqual(openAlbum({ Geography: false })?.videos, { kind: 'none' })
  })
})

describe('A picture is made anew', () => {
  const box = (width: number, height: number): PublicPicture => ({ kind: 'encoded', box: { width, height } })

  test('no larger than SmugMug shows it, nor than it may be downloaded', () => {
    assert.deepEqual(photos({ LargestSize: 'Large' }), box(800, 600))
    assert.deepEqual(photos({ LargestSize: 'X3Large', MaxPhotoDownloadSize: 'Medium' }), box(600, 450))
    assert.deepEqual(photos({ LargestSize: 'Medium', MaxPhotoDownloadSize: '5K' }), box(600, 450))
    assert.deepEqual(photos({ AllowDownloads: false, MaxPhotoDownloadSize: undefined, LargestSize: 'XLarge' }), box(1024, 768))
    assert.deepEqual(photos({ Geography: false }), box(2048, 1536))
  })

  test('not where the size is missing or unknown, or where SmugMug draws a watermark', () => {
    for (const LargestSize of [undefined, 'Huge', 600]) assert.deepEqual(photos({ LargestSize }), { kind: 'none' })
    for (const Watermark of [true, undefined, 'No']) assert.deepEqual(photos({ Watermark }), { kind: 'none' })
  })
})

describe('An item', () => {
  const album = openAlbum()
  assert.ok(album)

  test('is public unless it is hidden, or does not say that it is not', () => {
    assert.deepEqual(publicPicture(album, PHOTO), { kind: 'copy' })
    for (const Hidden of [true, undefined, 'false', 0, null]) assert.equal(publicPicture(album, { ...PHOTO, Hidden }), undefined)
    assert.equal(publicPicture(album, without(PHOTO, 'IsVideo')), undefined)
  })

  test('with a watermark of its own has a tile', () => {
    for (const Watermark of ['Yes', 'Later', true, null]) assert.deepEqual(publicPicture(album, { ...PHOTO, Watermark }), { kind: 'none' })
    for (const Watermark of ['No', 'Inherit from Album']) assert.deepEqual(publicPicture(album, { ...PHOTO, Watermark }), { kind: 'copy' })
    for (const Watermarked of [true, 'maybe', null]) assert.deepEqual(publicPicture(album, { ...PHOTO, Watermarked }), { kind: 'none' })
  })

  test('that is protected is not copied', () => {
    for (const Protected of [true, 'no', null]) {
      assert.equal(publicPicture(album, { ...PHOTO, Protected })?.kind, 'encoded')
      assert.equal(publicPicture(album, { Hidden: false, IsVideo: true, Protected })?.kind, 'none')
    }
    assert.equal(publicPicture(album, { ...PHOTO, Protected: false })?.kind, 'copy')
  })

  test('of two albums shows what both permit', () => {
    const small = openAlbum({ LargestSize: 'Medium', EXIF: false })
    assert.deepEqual(stricter(album, small), small)
    assert.deepEqual(stricter(small, album), small)
    assert.deepEqual(stricter(small, openAlbum({ LargestSize: 'Large' }))?.photos, small?.photos)
    assert.deepEqual(stricter(small, openAlbum({ Watermark: true }))?.photos, { kind: 'none' })
    assert.equal(stricter(album, undefined), undefined)
    assert.equal(stricter(undefined, album), undefined)
  })
})

test('To take a setting away never shows more', () => {
  const order = (picture: PublicPicture | undefined): number =>
    picture === undefined ? -1 : picture.kind === 'none' ? 0 : picture.kind === 'copy' ? 1e6 : picture.box.width
  const values = fc.constantFrom('Public', 'None', 'Original', 'Medium', '4K', true, false, 'Private')
  const answers = fc.record(Object.fromEntries([...Object.keys(ALBUM), 'DownloadPassword'].map((name) => [name, values])), {
    requiredKeys: [],
  })
  fc.assert(
    fc.property(answers, fc.constantFrom(...Object.keys(ALBUM)), (changes, field) => {
      const answer = { ...ALBUM, ...changes }
      const before = order(publicAlbum([NODE], answer)?.photos)
      assert.ok(order(publicAlbum([NODE], without(answer, field))?.photos) <= before)
    }),
  )
})
