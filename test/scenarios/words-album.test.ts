import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { albumsOf, changeAlbum, editImage, placementsOf, removeAlbum, removeImage, withPlacements } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'
import { answersOf, assertKeptWhole, itemOf, type Loose, recordOf, recordsIn, violations } from '../support/records.ts'

const WITHHELD = '(withheld)'
const SECRETS = ['Password', 'DownloadPassword', 'UploadKey']

/** Returns the expected `smugmug` of an album whose secrets are withheld. */
const discreet = (album: Loose): Loose =>
  Object.fromEntries(Object.entries(album).map(([name, value]) => [name, SECRETS.includes(name) && value !== '' ? WITHHELD : value]))

/** Every record of a vault, as bytes. */
const recordBytes = (lab: Lab): ReadonlyMap<string, string> => filesBelow(lab.root, (path) => /(^|\/)(album|tree)\.json$/.test(path))

const worldOf = (...root: World['root']): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })

describe('album.json', { concurrency: 8 }, () => {
  for (const [name, world] of [
    ['a small account', smallWorld()],
    ['the nasty account', nastyWorld()],
  ] as const) {
    test(`of ${name} holds every field of the album and of each item as SmugMug gave it, in album order`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const records = new Map([...recordsIn(lab.root).values()].map((record) => [record.album.key, record]))
      const answers = await answersOf(lab.sim, world)
      assert.deepEqual([...records.keys()].sort(), [...answers.keys()].sort())
      for (const [key, { album, images }] of answers) {
        const record = records.get(key)
        assertKeptWhole(record.album.smugmug, discreet(album), album.Name)
        assert.deepEqual(
          record.items.map((item: Loose) => item.imageKey),
          images.map((image) => image.ImageKey),
          `${album.Name} in album order`,
        )
        assert.deepEqual(
          record.items.map((item: Loose) => item.position),
          images.map((_, index) => index),
        )
        for (const [index, image] of images.entries())
          assertKeptWhole(record.items[index].smugmug, image, `${album.Name}, ${image.FileName}`)
      }
    })

    test(`of ${name} is what docs/album.schema.json says, and nothing besides`, async (t) => {
      const lab = await openLab(t, world, { settings: { comments: true, imageMetadata: true } })
      await lab.complete()
      const wrong = [...recordsIn(lab.root)].flatMap(([path, record]) => violations(record).map((each) => `${path}: ${each}`))
      assert.deepEqual(wrong, [])
    })

    test(`of ${name} keeps its bytes over an unchanged run, a full one, and one over a part`, async (t) => {
      const lab = await openLab(t, world, { settings: { comments: true, imageMetadata: true } })
      await lab.complete()
      const before = recordBytes(lab)
      assert.ok(before.size > 3)
      await lab.complete()
      assert.deepEqual(recordBytes(lab), before)
      await lab.complete({ full: true })
      assert.deepEqual(recordBytes(lab), before)
      await lab.complete({ full: true, settings: { type: 'video' } })
      assert.deepEqual(recordBytes(lab), before)
    })
  }

  test('normalises the words beside the raw answer', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    const record = recordOf(lab.root, 'Travel/2024-Norway')
    const { album } = record
    assert.equal(record.format, 'smugmug-backup/album/1')
    assert.deepEqual(
      [album.name, album.urlPath, album.folder, album.imageCount],
      ['2024 Norway', '/Travel/2024-Norway', 'Travel/2024-Norway', 6],
    )
    assert.deepEqual([album.lastUpdated, album.imagesLastUpdated], ['2024-07-01T09:00:00+00:00', '2024-07-02T09:00:00+00:00'])
    assert.equal(album.smugmug.Description, 'Two weeks by boat.')
    const harbour = itemOf(record, 'Harbour at dawn.jpg')
    assert.equal(harbour.title, 'Harbour')
    assert.equal(harbour.caption, 'The harbour of Bergen, before the boats leave.')
    assert.deepEqual(harbour.keywordArray, ['Bergen', 'harbour', 'early morning'])
    assert.deepEqual([harbour.latitude, harbour.longitude, harbour.altitude], ['60.39299000000000', '5.32415000000000', 12])
    // As SmugMug shifts it: the camera said 05:02:11.
    assert.equal(harbour.dateTimeOriginal, '2024-06-14T12:02:11+00:00')
    assert.deepEqual([harbour.collected, itemOf(recordOf(lab.root, 'Best-of'), 'Harbour at dawn.jpg').collected], [false, true])
    const ferry = itemOf(record, 'ferry.mp4')
    assert.deepEqual([ferry.fileName, ferry.isVideo, ferry.files[0].grade], ['ferry.MOV', true, 'rendition'])
  })

  test('follows the order of the album, also where only the order changes', async (t) => {
    const world = smallWorld()
    const lab = await openLab(t, world)
    await lab.complete()
    const key = albumKey(world, 'Kitchen')
    const names = (): readonly string[] => recordOf(lab.root, 'Home/Kitchen').items.map((item: Loose) => item.name)
    assert.deepEqual(names(), ['kitchen-1.jpg', 'kitchen-2.jpg', 'kitchen-3.jpg'])
    lab.change((w) =>
      changeAlbum(w, key, (album) => ({
        ...withPlacements(album, placementsOf(album).toReversed()),
        imagesLastUpdated: '2025-01-01T00:00:00+00:00',
        sortMethod: 'Position',
      })),
    )
    assert.equal((await lab.complete()).downloads, 0)
    assert.deepEqual(names(), ['kitchen-3.jpg', 'kitchen-2.jpg', 'kitchen-1.jpg'])
    assert.equal(recordOf(lab.root, 'Home/Kitchen').album.smugmug.SortMethod, 'Position')
  })

  test('of an empty album is there, with its words', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('Empty', [], { description: 'Nothing yet.', keywords: 'a; b' })))
    await lab.complete()
    const { album, items } = recordOf(lab.root, 'Empty')
    assert.deepEqual([items, album.imageCount, album.smugmug.Description, album.smugmug.Keywords], [[], 0, 'Nothing yet.', 'a; b'])
  })

  test('has each item on one line, as the manual says', async (t) => {
    const lab = await openLab(t, nastyWorld())
    await lab.complete()
    for (const [path, record] of recordsIn(lab.root)) {
      const lines = readFileSync(lab.at(`${path}/album.json`), 'utf8').split('\n')
      for (const item of record.items) {
        const found = lines.filter((line) => line.startsWith('{"imageKey":') && line.includes(`"name":${JSON.stringify(item.name)},`))
        assert.ok(found.length > 0, `${path}/${item.name}`)
        assert.ok(found.some((line) => JSON.parse(line.replace(/,$/, '')).imageKey === item.imageKey))
      }
    }
  })
})

describe('what was changed in words alone', { concurrency: 8 }, () => {
  test('captions, titles, keywords and places come without a download, by the next listing', async (t) => {
    const world = smallWorld()
    const lab = await openLab(t, world)
    await lab.complete()
    const words = { title: 'T', caption: 'C', keywords: ['x'], latitude: '1.5', longitude: '-2.5' }
    lab.change((w) => editImage(w, photo('harbour').key, words))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    for (const path of ['Travel/2024-Norway', 'Best-of']) {
      const item = itemOf(recordOf(lab.root, path), 'Harbour at dawn.jpg')
      assert.deepEqual([item.title, item.caption, item.keywords, item.latitude, item.longitude], ['T', 'C', 'x', '1.5', '-2.5'], path)
    }
  })

  test("an album's own texts come with the album list", async (t) => {
    const world = smallWorld()
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) =>
      changeAlbum(w, albumKey(w, 'Kitchen'), (album) => ({ ...album, description: 'New words', lastUpdated: '2025-02-01T00:00:00+00:00' })),
    )
    assert.equal((await lab.complete()).downloads, 0)
    assert.equal(recordOf(lab.root, 'Home/Kitchen').album.smugmug.Description, 'New words')
  })

  test('an item that failed, and one that SmugMug cannot offer, keep their words', async (t) => {
    const world = worldOf(
      albumNode('A', [photo('a', { caption: 'kept' }), video('v', { noRendition: true, caption: 'kept too' }), photo('b')]),
    )
    const lab = await openLab(t, world, {
      behaviour: { faults: [{ on: 'original', match: photo('a').key, does: { kind: 'status', status: 404 } }] },
    })
    assert.equal((await lab.backup({ settings: { maxRetries: 0 } })).exitCode, 3)
    const record = recordOf(lab.root, 'A')
    assert.deepEqual(
      record.items.map(({ state, caption, files }: Loose) => [state, caption, files.length]),
      [
        ['failed', 'kept', 0],
        ['impossible', 'kept too', 0],
        ['held', '', 1],
      ],
    )
    for (const { state, reason } of record.items) assert.equal(typeof reason, state === 'held' ? 'undefined' : 'string')
    assert.deepEqual(violations(record), [])
  })

  test('what vanished stands last, with the words it had, and when', async (t) => {
    const world = worldOf(
      albumNode('A', [photo('a', { caption: 'gone, not forgotten' }), photo('b')]),
      albumNode('B', [photo('c', { title: 'c' })]),
    )
    const lab = await openLab(t, world, { settings: { comments: true, imageMetadata: true } })
    await lab.complete()
    const before = itemOf(recordOf(lab.root, 'A'), 'a.jpg')
    const album = recordOf(lab.root, 'B')
    lab.change((w) => ({ ...w, root: w.root.slice(0, 1) }))
    lab.change((w) =>
      changeAlbum(w, albumKey(w, 'A'), (each) => ({
        ...withPlacements(each, placementsOf(each).slice(1)),
        imagesLastUpdated: '2025-02-01T00:00:00+00:00',
      })),
    )
    await lab.complete()
    const record = recordOf(lab.root, 'A')
    assert.deepEqual(
      record.items.map(({ name }: Loose) => name),
      ['b.jpg', 'a.jpg'],
    )
    const { vanishedAt, ...after } = itemOf(record, 'a.jpg')
    assert.ok(Date.parse(vanishedAt) > 0)
    assert.deepEqual(after, before)
    const gone = recordOf(lab.root, 'B')
    assert.ok(Date.parse(gone.album.vanishedAt) > 0)
    assert.deepEqual(gone.album.smugmug, album.album.smugmug)
    assert.deepEqual([gone.items[0].title, gone.items[0].smugmug], ['c', album.items[0].smugmug])
    for (const each of [record, gone]) assert.deepEqual(violations(each), [])
    const bytes = recordBytes(lab)
    await lab.complete({ full: true })
    assert.deepEqual(recordBytes(lab), bytes)
  })
})

/** Returns the files of the vault that hold a secret. */
const leaking = (lab: Lab): readonly string[] =>
  [...filesBelow(lab.root, () => true).keys()].filter((path) => readFileSync(lab.at(path)).includes('SECRET'))

describe('secrets in records', { concurrency: 8 }, () => {
  const secrets = {
    DownloadPassword: 'SECRET-download',
    UploadKey: 'SECRET-guest',
    Password: 'SECRET-album',
  }
  const world: World = {
    ...worldOf(
      folder(
        'Locked',
        [
          albumNode('A', [photo('a', { comments: [{ Comment: 'hello', Name: 'Eve', Email: 'SECRET-eve@example.com' }] })], {
            securityType: 'Password',
            password: 'SECRET-album',
            fields: secrets,
            comments: [{ Comment: 'nice', Name: 'Bob', Email: 'SECRET-bob@example.com' }],
          }),
        ],
        { fields: { Password: 'SECRET-folder', SecurityType: 'Password' } },
      ),
    ),
    userFields: { ViewPassword: 'SECRET-site', Email: 'SECRET-ann@example.com', RefTag: 'SECRET-ref' },
  }

  test('are withheld, and said to be', async (t) => {
    const lab = await openLab(t, world, { settings: { comments: true, imageMetadata: true } })
    await lab.complete()
    assert.deepEqual(leaking(lab), [])
    const { album, items } = recordOf(lab.root, 'Locked/A')
    assert.deepEqual(
      Object.keys(secrets).map((name) => album.smugmug[name]),
      [WITHHELD, WITHHELD, WITHHELD],
    )
    assert.deepEqual([album.comments[0].Comment, album.comments[0].Name, album.comments[0].Email], ['nice', 'Bob', WITHHELD])
    assert.deepEqual([items[0].comments[0].Comment, items[0].comments[0].Email], ['hello', WITHHELD])
    assert.match(items[0].uploadKey, /^\d+$/)
    const tree = JSON.parse(readFileSync(lab.at('tree.json'), 'utf8'))
    assert.equal(tree.root.children[0].smugmug.Password, WITHHELD)
  })

  test('are kept with keep_secrets, withheld again without, and either is stable', async (t) => {
    const lab = await openLab(t, world, { settings: { comments: true } })
    await lab.complete()
    const withheld = recordBytes(lab)
    const keep = { settings: { keepSecrets: true } }
    assert.equal((await lab.complete(keep)).downloads, 0)
    const { album, items } = recordOf(lab.root, 'Locked/A')
    for (const [name, value] of Object.entries(secrets)) assert.equal(album.smugmug[name], value)
    assert.deepEqual([album.comments[0].Email, items[0].comments[0].Email], ['SECRET-bob@example.com', 'SECRET-eve@example.com'])
    assert.match(readFileSync(lab.at('tree.json'), 'utf8'), /SECRET-folder/)
    const kept = recordBytes(lab)
    const answers = await answersOf(lab.sim, world)
    assertKeptWhole(album.smugmug, answers.get(album.key)?.album, 'the album, whole')
    await lab.complete({ ...keep, full: true })
    assert.deepEqual(recordBytes(lab), kept)
    await lab.complete()
    assert.deepEqual(recordBytes(lab), withheld)
  })

  test('kept, are for the eyes of their owner: album.json and tree.json are 0600', async (t) => {
    const lab = await openLab(t, world, { settings: { comments: true } })
    const mode = (path: string): number => statSync(lab.at(path)).mode & 0o777
    await lab.complete()
    assert.equal(mode('Locked/A/album.json') & 0o044, 0o044 & ~process.umask())
    await lab.complete({ settings: { keepSecrets: true } })
    for (const path of ['Locked/A/album.json', 'tree.json']) assert.equal(mode(path), 0o600, path)
    lab.change((w) => changeAlbum(w, albumKey(w, 'A'), (album) => ({ ...album, urlName: 'Other' })))
    await lab.complete({ settings: { keepSecrets: true } })
    assert.equal(mode('Locked/Other/album.json'), 0o600)
  })

  test('kept until now, are withheld from the run without keep_secrets on: also of what vanished with that run, or before', async (t) => {
    const more = (id: string) => photo(id, { comments: [{ Comment: 'hello', Email: `SECRET-${id}@example.com` }] })
    const leaving = albumNode('Leaving', [more('l')], { fields: secrets })
    const wide: World = {
      ...world,
      root: [
        ...world.root,
        leaving,
        albumNode('Gone', [more('g')], { fields: secrets }),
        albumNode('Stays', [more('s1'), more('s2'), more('s3')]),
      ],
    }
    const lab = await openLab(t, wide, { settings: { comments: true } })
    const keep = { settings: { keepSecrets: true } }
    await lab.complete(keep)
    lab.change(
      (w) => removeAlbum(w, albumKey(w, 'Gone')),
      (w) => removeImage(w, albumKey(w, 'Stays'), photo('s1').key),
    )
    await lab.complete(keep)
    lab.change(
      (w) => removeAlbum(w, albumKey(w, 'Leaving')),
      (w) => removeImage(w, albumKey(w, 'Stays'), photo('s2').key),
    )
    await lab.complete()
    assert.deepEqual(leaking(lab), [])
    assert.equal(itemOf(recordOf(lab.root, 'Stays'), 's1.jpg').comments[0].Comment, 'hello')
    assert.equal(recordOf(lab.root, 'Gone').album.smugmug.Name, 'Gone')
  })

  test('do not come back with an album that is renamed, or gone', async (t) => {
    const lab = await openLab(t, world, { settings: { comments: true } })
    await lab.complete()
    lab.change((w) => changeAlbum(w, albumKey(w, 'A'), (album) => ({ ...album, urlName: 'Other' })))
    await lab.complete()
    assert.equal(recordOf(lab.root, 'Locked/Other').album.smugmug.UploadKey, WITHHELD)
    lab.change((w) => ({ ...w, root: [albumNode('New', [photo('n')])] }))
    await lab.complete({ acceptChanges: true })
    assert.deepEqual(leaking(lab), [])
  })
})

describe('bad input', { concurrency: 8 }, () => {
  test('is kept as it came: HTML, control characters, 65,535 characters, odd keywords, places and dates of every kind', async (t) => {
    const world = nastyWorld()
    const lab = await openLab(t, world)
    const told = await lab.complete()
    assert.equal(told.totals.failed, 0)
    const record = recordOf(lab.root, 'Odd-values')
    const by = (id: string): Loose => itemOf(record, `${id}.jpg`)
    assert.equal(by('html').caption, '<a href="http://example.com">link</a> & <script>alert(1)</script>\u0000\u0007\u001b[31mred')
    assert.equal(by('html').title, '<b>bold & brave</b>')
    assert.equal(by('long-caption').caption.length, 65_535)
    assert.equal(record.album.smugmug.Description, albumsOf(world).find((album) => album.name === 'Odd values')?.description)
    assert.equal(record.album.smugmug.Keywords, 'a; "b c"; d')
    assert.deepEqual(by('keywords').keywordArray, ['a, b', 'say "hi"', 'semi;colon', '2024', 'æøå', '<i>'])
    assert.deepEqual(
      [by('numeric-place').latitude, by('numeric-place').longitude, by('numeric-place').altitude],
      ['47.25', '-122.5', 16_777_215],
    )
    assert.deepEqual([by('numeric-place').smugmug.Latitude, by('numeric-place').smugmug.Longitude], [47.25, -122.5])
    assert.deepEqual([by('null-texts').title, by('null-texts').keywordArray, by('null-texts').smugmug.Title], ['', [], null])
    assert.deepEqual([by('hash-keywords').keywordArray, by('hash-keywords').smugmug.KeywordArray], [[], {}])
    assert.equal(by('year-0').smugmug.DateTimeOriginal, '0000-00-00T00:00:00+00:00')
    assert.equal(by('no-date-at-all').smugmug.DateTimeOriginal, 'yesterday')
    assert.deepEqual(by('unknown-fields').smugmug.Nested, { deep: [1, null, { deeper: true }] })
    assert.deepEqual([by('upload-key-number').uploadKey, by('upload-key-number').smugmug.UploadKey], ['1234567890', 1234567890])
    for (const item of record.items) assert.equal(item.state, 'held', item.name)
  })

  test('fields of any type whatever fail nothing and are kept raw', async (t) => {
    const junk = [null, {}, [], '', 'text', 0, -1, 1.5, true, ['a', 1], { a: { b: [] } }]
    const fields =
      'Title Caption Keywords KeywordArray Latitude Longitude Altitude DateTimeOriginal DateTimeUploaded Date LastUpdated Hidden Format UploadKey WebUri FormattedValues ComponentFileTypes Watermark Serial'.split(
        ' ',
      )
    const images = junk.map((value, n) => photo(`junk-${n}`, { fields: Object.fromEntries(fields.map((name) => [name, value])) }))
    const world = worldOf(
      albumNode('Junk', images, { fields: { Description: {}, Keywords: [], Privacy: 7, SortMethod: null, PasswordHint: ['x'] } }),
    )
    const lab = await openLab(t, world, { settings: { writeCsv: true, useMetadataTimes: true } })
    const told = await lab.complete()
    assert.equal(told.totals.stored, junk.length)
    const record = recordOf(lab.root, 'Junk')
    for (const [n, value] of junk.entries()) {
      const { smugmug } = record.items.find((item: Loose) => item.imageKey === photo(`junk-${n}`).key)
      for (const name of fields) assert.deepEqual(smugmug[name], value, `${name} of ${JSON.stringify(value)}`)
    }
    assert.deepEqual(violations(record), [])
    assert.deepEqual([record.album.smugmug.Privacy, record.album.smugmug.PasswordHint], [7, ['x']])
    const bytes = recordBytes(lab)
    await lab.complete({ full: true })
    assert.deepEqual(recordBytes(lab), bytes)
  })

  test('texts that look like the format itself are texts', async (t) => {
    const traps = [
      '"items": [',
      '\n]\n}',
      ',"smugmug":{}',
      '"files":[',
      '{"imageKey":"x"}',
      '\u2028\u2029',
      '\ud83d',
      '\\',
      '\\u0000',
      ']',
      '},',
    ]
    const world = worldOf(
      albumNode(
        'Traps',
        traps.map((text, n) =>
          photo(`trap-${n}`, {
            title: text,
            caption: text,
            keywords: [text],
            fields: { Odd: text, smugmug: { smugmug: text }, files: [text] },
          }),
        ),
        {
          description: '\n"items": [\n',
        },
      ),
      albumNode('Other', [photo('o')]),
    )
    const lab = await openLab(t, world)
    await lab.complete()
    const before = recordOf(lab.root, 'Traps')
    for (const [n, text] of traps.entries()) {
      const item = itemOf(before, `trap-${n}.jpg`)
      assert.deepEqual([item.title, item.caption, item.smugmug.Odd, item.smugmug.smugmug.smugmug], [text, text, text, text])
    }
    // Read back and written again: by what vanishes, and by a move of the whole album.
    lab.change((w) => changeAlbum(w, albumKey(w, 'Traps'), (album) => ({ ...album, urlName: 'Moved' })))
    const told = await lab.complete()
    assert.equal(told.listings, 0)
    assert.deepEqual(recordOf(lab.root, 'Moved').items, before.items)
    lab.change((w) =>
      changeAlbum(w, albumKey(w, 'Traps'), (album) => ({
        ...withPlacements(album, placementsOf(album).slice(0, 1)),
        imagesLastUpdated: '2025-02-01T00:00:00+00:00',
      })),
    )
    await lab.complete({ acceptChanges: true })
    const after = recordOf(lab.root, 'Moved')
    assert.equal(after.items.length, traps.length)
    for (const { vanishedAt, ...gone } of after.items.slice(1)) {
      assert.ok(vanishedAt)
      assert.deepEqual(gone, itemOf(before, gone.name))
    }
  })

  test('collected items are named as such, with the album they come from', async (t) => {
    const shared = photo('shared')
    const lab = await openLab(t, worldOf(albumNode('Home', [shared]), albumNode('Best', [collected(shared)])))
    await lab.complete()
    const item = itemOf(recordOf(lab.root, 'Best'), 'shared.jpg')
    assert.deepEqual([item.collected, item.smugmug.Origin, item.smugmug.CollectedFrom], [true, 'Collected', 'Home'])
    assert.equal(albumsOf(lab.world).length, 2)
  })
})
