/** The public twin: what strangers see on SmugMug, and no byte of anything else, whenever it is killed. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import sharp from 'sharp'
import { changeAlbum, editImage, removeImage } from '../../simulator/edit.ts'
import type { Bytes, World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { openVaultAt, runPublicTwin } from '../../src/app/app.ts'
import { placeOf } from '../../src/app/place.ts'
import { ConfigurationError } from '../../src/errors.ts'
import type { Event } from '../../src/events.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { makePublicTwin, type PublicJob, removePublicTwin } from '../../src/operations/twin/public/twin.ts'
import { folderElsewhere, MARKS } from '../../src/vault/folder-elsewhere.ts'
import { Shown } from '../../src/vault/shown.ts'
import { openFolder } from '../../src/vault/storage/folder.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { exifMaker } from '../../src/vault/thumbnails/exif.ts'
import type { PictureMaker } from '../../src/vault/thumbnails/maker.ts'
import { sharpMaker } from '../../src/vault/thumbnails/sharp.ts'
import { WrittenFiles } from '../../src/vault/written-files.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'

/** A record of the vault. */
// biome-ignore lint/suspicious/noExplicitAny: a record is looked into at any depth
type Json = Record<string, any>

const hasExiftool = spawnSync('exiftool', ['-ver']).status === 0

/** Every fact of the camera that must not leave, in one JPEG. */
const camera: Bytes = {
  kind: 'inline',
  data: await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#a40' } })
    .withExif({
      IFD0: { Make: 'Zenit', Artist: 'Ownerword', Copyright: 'Ownerword' },
      IFD2: { BodySerialNumber: 'Serialword', CameraOwnerName: 'Ownerword' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '62/1 6/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '7/1 5/1 0/1' },
    })
    .jpeg()
    .toBuffer(),
}

/** Settings with which an album's files may be copied. */
const FREE = { Filenames: true, LargestSize: 'Original' } as const
const PLACE = { latitude: '62.1', longitude: '7.09' } as const

/** Makes a photo all of whose words hold one unique word. */
const worded = (word: string, more: Partial<WorldImage> = {}): WorldImage =>
  photo(`${word}name`, {
    ...{ bytes: camera, title: `${word}title`, caption: `${word}caption`, keywords: [`${word}keyword`], ...PLACE },
    capturedLocal: '2021-03-04T10:11:12',
    ...more,
  })

const shared = worded('Shared')
const theWorld = (): World => ({
  nickName: 'nickword',
  name: 'Accountword',
  keys: KEYS,
  root: [
    folder('Openfolder', [
      albumNode('Free', [worded('Free'), worded('Hidden', { hidden: true }), video('Freefilm')], { fields: FREE }),
      albumNode('Bound', [worded('Bound'), collected(shared), video('Boundfilm')], {
        fields: { Geography: false, EXIF: false, LargestSize: 'Medium' },
      }),
      albumNode('Marked', [worded('Marked')], { fields: { ...FREE, Watermark: true } }),
      albumNode('Both', [shared], { fields: FREE }),
      albumNode('Privatealbum', [worded('Privateone')], { privacy: 'Private', description: 'Privatealbum words' }),
    ]),
    folder('Privatefolder', [albumNode('Privateinside', [worded('Privatetwo')])], { privacy: 'Private' }),
    folder('Privateonly', [albumNode('Privateunlisted', [worded('Privatethree')], { privacy: 'Unlisted' })]),
    folder('Privatelocked', [albumNode('Privatebelow', [worded('Privatefour')])], { fields: { SecurityType: 'Password' } }),
    albumNode('Privatepassword', [worded('Privatefive')], { securityType: 'Password', password: 'hush' }),
    albumNode('Privatestrange', [worded('Privatesix')], { fields: { Privacy: 'Friends' } }),
    albumNode('Privatemissing', [worded('Privateseven')], { fields: { SecurityType: undefined } }),
  ],
})

interface Made {
  readonly exitCode: number
  readonly message: string
  readonly names: readonly string[]
  readonly events: readonly Event[]
}

interface Options {
  readonly storage?: (base: Storage) => Storage
  readonly withoutSharp?: boolean
  readonly remove?: boolean
  /** Called with each photo that a picture is made of. */
  readonly encoding?: (photo: string) => void
}

const placeFor = (t: TestContext): string => {
  const place = mkdtempSync(join(tmpdir(), 'public-twin-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  return join(place, 'site')
}

const watched = (maker: PictureMaker | undefined, encoding: Options['encoding'] = () => undefined): PictureMaker | undefined =>
  maker && {
    ...maker,
    encode: async (photo, box) => {
      encoding(photo)
      return (await maker.encode?.(photo, box)) ?? 'none'
    },
  }

/** Brings the public twin of a lab's vault up to date. */
async function publish(lab: Lab, site: string, { storage, withoutSharp, remove, encoding }: Options = {}): Promise<Made> {
  const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'twin' })
  const place = folderElsewhere({ kind: 'public', folder: site, vault: placeOf(lab.root) })
  const target = (storage ?? ((base) => base))(openFolder(site))
  const shown = Shown.open(place.shown)
  const files = WrittenFiles.open(target, place.written)
  const events: Event[] = []
  const job: PublicJob = {
    ...{ vault, shown, files, target, assets: [], placeOf: () => 'Placeword', clock: systemClock },
    startPictures: async () => (withoutSharp === true ? exifMaker : watched(await sharpMaker(async () => sharp), encoding)),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
  }
  try {
    if (place.isNew) place.mark()
    const { exitCode, message, problems } = await (remove === true ? removePublicTwin(job) : makePublicTwin(job))
    return { exitCode, message, events, names: problems.map(({ name = '' }) => name) }
  } finally {
    files.close()
    shown.close()
    await target.close()
    await vault.close()
  }
}

const hashesBelow = (folder: string) => filesBelow(folder, () => true)
const pathsOf = (site: string): readonly string[] => [...hashesBelow(site).keys()].toSorted()
const allOf = (site: string): string =>
  pathsOf(site)
    .map((path) => `${path}\n${readFileSync(join(site, path), 'latin1')}`)
    .join('\n')

async function published(t: TestContext): Promise<{ readonly lab: Lab; readonly site: string }> {
  const lab = await openLab(t, theWorld())
  await lab.complete()
  const site = placeFor(t)
  const made = await publish(lab, site)
  assert.equal(made.exitCode, 0, made.message)
  return { lab, site }
}

describe('A public twin', () => {
  test('holds what strangers see, and no byte of anything else', async (t) => {
    const { lab, site } = await published(t)
    const paths = pathsOf(site)
    const bytes = allOf(site)
    for (const word of ['Freetitle', 'Freecaption', 'Freekeyword', 'Boundtitle', 'Markedtitle', 'Sharedtitle', 'Openfolder'])
      assert.ok(bytes.includes(word), word)
    for (const word of [/private/i, /hidden(title|name|caption|keyword)/i, /accountword/i, /boundname/i, /hush/, new RegExp(lab.root)])
      assert.doesNotMatch(bytes, word)
    for (const { key } of [worded('Hidden'), worded('Privateone'), worded('Privatetwo')]) assert.ok(!bytes.includes(key))
    assert.deepEqual(serialsIn(site), ['Openfolder/Free/Freename.jpg'], 'only where nothing forbids it')
    assert.ok(paths.some((path) => /^Openfolder\/Free\/Freefilm\.(mp4|mov)$/i.test(path)))
    assert.deepEqual(
      paths.filter((path) => path.includes('Marked')),
      ['Openfolder/Marked/index.html'],
    )
    assert.ok(!paths.some((path) => /Bound\/.*(mov|mp4)$/i.test(path)), 'a film is copied whole or not at all')
    const encoded = await sharp(join(site, `Openfolder/Bound/${worded('Bound').key}.jpg`)).metadata()
    assert.deepEqual([encoded.width, encoded.height, encoded.exif, encoded.icc, encoded.xmp], [600, 450, undefined, undefined, undefined])
    const bound = readFileSync(join(site, 'Openfolder/Bound/index.html'), 'utf8')
    assert.doesNotMatch(bound, /Placeword|2021|Zenit/)
    assert.match(readFileSync(join(site, 'Openfolder/Free/index.html'), 'utf8'), /Placeword/)
  })

  test('has no place, serial number or owner in any picture made anew', {
    skip: !hasExiftool && 'exiftool is not installed',
  }, async (t) => {
    const { site } = await published(t)
    rmSync(join(site, 'Openfolder/Free'), { recursive: true })
    const { stdout } = spawnSync('exiftool', ['-r', '-G', '-a', '-u', site], { encoding: 'utf8', maxBuffer: 1e8 })
    assert.match(stdout, /JPEG/)
    assert.doesNotMatch(stdout, /GPS|Serial|Owner|Artist|\[EXIF\]|\[XMP\]|\[IPTC\]/)
  })

  test('a second run writes nothing', async (t) => {
    const { lab, site } = await published(t)
    const before = hashesBelow(site)
    const made = await publish(lab, site)
    assert.match(made.message, /up to date: 4 albums/)
    const phases = made.events.flatMap((event) => (event.event === 'phase' ? [event.name] : []))
    assert.deepEqual(phases, ['looking at what is public'], 'nothing is made twice')
    assert.deepEqual(hashesBelow(site), before)
  })

  test('makes anew what somebody removed', async (t) => {
    const { lab, site } = await published(t)
    const before = hashesBelow(site)
    for (const path of pathsOf(site)) if (path !== MARKS.public) rmSync(join(site, path))
    assert.equal((await publish(lab, site)).exitCode, 0)
    assert.deepEqual(hashesBelow(site), before)
  })

  const changes = (lab: Lab): void =>
    lab.change(
      (w) => changeAlbum(w, albumKey(w, 'Both'), (album) => ({ ...album, privacy: 'Private', lastUpdated: '2026-01-01T00:00:00+00:00' })),
      (w) => editImage(w, worded('Bound').key, { hidden: true }),
      (w) => editImage(w, worded('Free').key, { caption: 'Newcaption' }),
      (w) => editImage(w, worded('Hidden').key, { hidden: false }),
    )

  test('loses what is not public any more', async (t) => {
    const { lab, site } = await published(t)
    changes(lab)
    await lab.complete({ full: true })
    const made = await publish(lab, site)
    assert.equal(made.exitCode, 0, made.message)
    const bytes = allOf(site)
    assert.doesNotMatch(bytes, /Freecaption|Boundtitle|Openfolder\/Both/)
    assert.match(bytes, /Newcaption/)
    assert.match(bytes, /Hiddentitle/)
    assert.match(bytes, /Sharedtitle/)
    assert.ok(!existsSync(join(site, 'Openfolder/Both')), 'the name of a folder is private, too')
    assert.ok(!pathsOf(site).some((path) => path.includes(worded('Bound').key)))
  })

  const serialsIn = (site: string): readonly string[] =>
    pathsOf(site).filter((path) => readFileSync(join(site, path)).includes('Serialword'))

  test('publishes no more of a photo when an album that forbids it is closed, or its record cannot be read', async (t) => {
    const { lab, site } = await published(t)
    lab.change((w) =>
      changeAlbum(w, albumKey(w, 'Bound'), (album) => ({ ...album, privacy: 'Private', lastUpdated: '2026-01-01T00:00:00+00:00' })),
    )
    await lab.complete({ full: true })
    assert.equal((await publish(lab, site)).exitCode, 0)
    const encoded = `Openfolder/Both/${shared.key}.jpg`
    assert.ok(existsSync(join(site, encoded)) && !existsSync(join(site, 'Openfolder/Bound')))
    assert.deepEqual(serialsIn(site), ['Openfolder/Free/Freename.jpg'])
    writeFileSync(lab.at('Openfolder/Bound/album.json'), '{')
    const made = await publish(lab, site)
    assert.deepEqual([made.exitCode, made.names], [3, ['Openfolder/Bound/album.json']])
    assert.ok(!existsSync(join(site, encoded)), 'nothing is known of what that album forbids')
    assert.deepEqual(serialsIn(site), ['Openfolder/Free/Freename.jpg'])
  })

  test('loses a collected photo that vanished from everywhere', async (t) => {
    const { lab, site } = await published(t)
    lab.change((w) => removeImage(w, albumKey(w, 'Both'), shared.key))
    await lab.complete({ full: true })
    const made = await publish(lab, site)
    assert.deepEqual([made.exitCode, made.names], [0, []], made.message)
    assert.doesNotMatch(allOf(site), /Sharedtitle/)
  })

  test('shows a photo nowhere that the record of one album has as hidden, while that of another is older', async (t) => {
    const { lab, site } = await published(t)
    lab.change(
      (w) => editImage(w, shared.key, { hidden: true }, { albumDates: false }),
      (w) => changeAlbum(w, albumKey(w, 'Both'), (album) => ({ ...album, imagesLastUpdated: '2026-01-01T00:00:00+00:00' })),
    )
    await lab.complete()
    const hidden = (album: string): boolean =>
      (JSON.parse(readFileSync(lab.at(`Openfolder/${album}/album.json`), 'utf8')) as Json).items.find(
        ({ imageKey }: Json) => imageKey === shared.key,
      ).hidden
    assert.deepEqual([hidden('Both'), hidden('Bound')], [true, false])
    assert.equal((await publish(lab, site)).exitCode, 0)
    assert.doesNotMatch(allOf(site), /Sharedtitle/)
    assert.ok(!pathsOf(site).some((path) => path.includes(shared.key)))
  })

  test('shows nothing more where any one answer of SmugMug is missing in the records', async (t) => {
    const { lab, site } = await published(t)
    const [record, treeFile] = [lab.at('Openfolder/Free/album.json'), lab.at('tree.json')]
    const [album, tree] = [record, treeFile].map((path) => readFileSync(path, 'utf8')) as [string, string]
    const photo = `Openfolder/Free/Freename.jpg`
    /** Removes a field at a place of a record, publishes, and puts the record back. Returns everything that is published then. */
    const publishedWithout = async (path: string, place: (json: Json) => Json, field: string): Promise<string> => {
      const whole = path === record ? album : tree
      const json = JSON.parse(whole) as Json
      assert.ok(Object.hasOwn(place(json), field), `${field} stands in ${path}`)
      delete place(json)[field]
      writeFileSync(path, JSON.stringify(json))
      await publish(lab, site)
      const found = allOf(site)
      writeFileSync(path, whole)
      return found
    }
    const freeItem = (json: Json): Json => json.items.find((item: Json) => item.fileName === 'Freename.jpg').smugmug
    const openFolder = (json: Json): Json => json.root.children.find((node: Json) => node.name === 'Openfolder')
    const freeNode = (json: Json): Json => openFolder(json).children.find((node: Json) => node.name === 'Free')
    for (const field of ['Privacy', 'SecurityType'])
      assert.doesNotMatch(await publishedWithout(record, (json) => json.album.smugmug, field), /Freetitle/, `album ${field}`)
    let looked = 0
    for (const place of [openFolder, freeNode, (json: Json): Json => json.root])
      for (const field of ['privacy', 'securityType', 'hasPassword', 'smugmug'])
        if (Object.hasOwn(place(JSON.parse(tree)), field)) {
          looked += 1
          assert.doesNotMatch(await publishedWithout(treeFile, place, field), /Freetitle/, `node ${field}`)
        }
    assert.ok(looked >= 8, `${looked} fields of the tree`)
    for (const field of ['Hidden', 'IsVideo'])
      assert.doesNotMatch(await publishedWithout(record, freeItem, field), /Freetitle/, `item ${field}`)
    for (const field of [
      'Geography',
      'EXIF',
      'Filenames',
      'Watermark',
      'AllowDownloads',
      'LargestSize',
      'MaxPhotoDownloadSize',
      'Protected',
    ]) {
      const found = await publishedWithout(record, (json) => json.album.smugmug, field)
      assert.ok(found.includes('Freetitle') && !found.includes(`${photo}\n`) && !found.includes('Serialword'), `album ${field}`)
      if (field === 'Geography') assert.doesNotMatch(readFileSync(join(site, 'Openfolder/Free/index.html'), 'utf8'), /Placeword/)
      if (field === 'EXIF') assert.doesNotMatch(readFileSync(join(site, 'Openfolder/Free/index.html'), 'utf8'), /2021|Zenit/)
    }
    await publish(lab, site)
    assert.ok(existsSync(join(site, photo)), 'it comes back with the record')
  })

  test('is empty without a tree that can be read', async (t) => {
    const { lab, site } = await published(t)
    writeFileSync(lab.at('tree.json'), '{')
    assert.equal((await publish(lab, site)).exitCode, 3)
    assert.deepEqual(
      pathsOf(site).filter((path) => /(Openfolder|posters)/.test(path)),
      [],
    )
    assert.doesNotMatch(allOf(site), /Freetitle|Boundtitle|Openfolder/)
  })

  for (const [field, value] of [
    ['Filenames', false],
    ['Geography', undefined],
    ['EXIF', 'some'],
    ['AllowDownloads', false],
    ['MaxPhotoDownloadSize', undefined],
    ['LargestSize', 'Huge'],
    ['Protected', true],
    ['Watermark', undefined],
    ['Privacy', 'Everybody'],
    ['SecurityType', 'Grant'],
  ] as const)
    test(`loses its originals when ${field} becomes ${value}`, async (t) => {
      const { lab, site } = await published(t)
      lab.change((w) =>
        changeAlbum(w, albumKey(w, 'Free'), (album) => ({
          ...album,
          fields: { ...album.fields, [field]: value },
          lastUpdated: '2026-01-01T00:00:00+00:00',
        })),
      )
      await lab.complete({ full: true })
      assert.equal((await publish(lab, site)).exitCode, 0)
      assert.deepEqual(serialsIn(site), [])
      assert.ok(!pathsOf(site).some((path) => path.includes('Freefilm')))
      // A film without a picture is there in words, which speak of no backup.
      assert.doesNotMatch(allOf(site), /<small>[^<]*backup/)
    })

  test('that cannot be kept up to date after a backup is a warning', async (t) => {
    const lab = await openLab(t, theWorld())
    const { events } = await lab.complete({ settings: { publicTwin: lab.at('site') } })
    const warnings = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []))
    assert.match(warnings.join(), /The public twin is not up to date: The folder .* is part of a vault/)
    assert.ok(!existsSync(lab.at('site')))
  })

  test('killed at any change, shows a part of the old state or of the new one, never some of both', async (t) => {
    const { lab, site } = await published(t)
    changes(lab)
    await lab.complete({ full: true })
    for (let left = 0; ; left += 1) {
      assert.ok(left < 300, 'it ends')
      let calls = left
      const dying = (base: Storage): Storage =>
        new Proxy(base, {
          get: (whole, name) => {
            const value = Reflect.get(whole, name, whole)
            if (typeof value !== 'function') return value
            const changing = name === 'put' || name === 'remove' || name === 'pruneFolders'
            return (...given: readonly unknown[]) => {
              if (changing && calls-- <= 0) throw new Error('killed')
              return Reflect.apply(value, whole, given)
            }
          },
        })
      const isDone = await publish(lab, site, { storage: dying }).then(
        () => true,
        (error: Error) => {
          assert.equal(error.message, 'killed')
          return false
        },
      )
      const bytes = allOf(site)
      const isOld = /Freecaption|Boundtitle/.test(bytes)
      const isNew = /Newcaption|Hiddentitle/.test(bytes)
      assert.ok(!(isOld && isNew), `after ${left} changes`)
      if (isDone) {
        assert.ok(isNew)
        return
      }
    }
  })

  test('stopped among its pictures, goes on with the album that it was stopped in', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const site = placeFor(t)
    const [first, second]: [string[], string[]] = [[], []]
    const stops = (photo: string): void => {
      if (first.length > 0 && dirname(photo) !== dirname(first[0] ?? '')) throw new Error('stopped')
      first.push(photo)
    }
    await assert.rejects(publish(lab, site, { encoding: stops }), { message: 'stopped' })
    assert.notDeepEqual(first, [])
    assert.equal((await publish(lab, site, { encoding: (photo) => void second.push(photo) })).exitCode, 0)
    assert.notDeepEqual(second, [])
    assert.deepEqual(
      second.filter((photo) => first.includes(photo)),
      [],
    )
  })

  test('without sharp has no picture but what may be copied', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const site = placeFor(t)
    const made = await publish(lab, site, { withoutSharp: true })
    assert.ok(made.events.some((event) => event.event === 'warning' && event.message.includes('sharp')))
    assert.deepEqual(
      pathsOf(site).filter((path) => /\.(jpe?g|webp)$/i.test(path)),
      ['Openfolder/Free/Freename.jpg'],
    )
    assert.match(allOf(site), /Boundtitle/)
  })

  test('leaves the file of a person alone, and names it', async (t) => {
    const { lab, site } = await published(t)
    writeFileSync(join(site, 'Openfolder/index.html'), 'mine')
    writeFileSync(join(site, 'CNAME'), 'photos.example.org')
    changes(lab)
    await lab.complete({ full: true })
    const made = await publish(lab, site)
    assert.equal(made.exitCode, 3)
    assert.ok(made.names.includes('Openfolder/index.html'))
    assert.equal(readFileSync(join(site, 'Openfolder/index.html'), 'utf8'), 'mine')
    assert.match(allOf(site), /Newcaption/)
    assert.equal((await publish(lab, site, { remove: true })).exitCode, 3)
    assert.deepEqual(pathsOf(site), [MARKS.public, 'CNAME', 'Openfolder/index.html'])
  })
})

describe('The folder of a public twin', () => {
  test('is not made to be removed, and stays as it is without the mark of one', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const site = placeFor(t)
    const { exitCode, message } = await runPublicTwin({ ...lab.work(), folder: site, remove: true })
    assert.deepEqual([exitCode, message], [0, `There is no public twin in ${site}.`])
    assert.ok(!existsSync(site))
  })

  test('is refused in, around and instead of a vault, with files of others, with a link, or if it is that of another vault', async (t) => {
    const { lab, site } = await published(t)
    const refused = (path: string): void => {
      assert.throws(() => folderElsewhere({ kind: 'public', folder: path, vault: placeOf(lab.root) }), ConfigurationError, path)
    }
    const before = hashesBelow(dirname(lab.root))
    for (const path of [lab.root, lab.at('site'), lab.at('Openfolder/site'), lab.at('.smugmug-backup/site'), dirname(lab.root)])
      refused(path)
    assert.ok(!existsSync(lab.at('site')) && !existsSync(lab.at('Openfolder/site')))
    const link = join(dirname(site), 'link')
    symlinkSync(lab.root, link)
    for (const path of [link, join(link, 'site')]) refused(path)
    assert.deepEqual(hashesBelow(dirname(lab.root)), before)
    const other = join(dirname(site), 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'mine.txt'), '')
    refused(other)
    rmSync(join(other, 'mine.txt'))
    writeFileSync(join(other, MARKS.public), 'smugmug-backup\n11111111-1111-4111-8111-111111111111\n')
    refused(other)
    symlinkSync(lab.root, join(site, 'Elsewhere'))
    refused(site)
  })
})
