/** The grade of a file: the untouched upload, the best that SmugMug keeps, or less; and the additional answers. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addImage, changeAlbum, editImage } from '../../simulator/edit.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runList, runStatus } from '../../src/app/app.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'
import { itemOf, type Loose, recordOf, violations } from '../support/records.ts'

const heic = (id: string): WorldImage => photo(id, { fileName: `${id}.HEIC` })
const worldOf = (...root: World['root']): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })
const graded = worldOf(
  albumNode('A', [
    photo('plain'),
    photo('png', { fileName: 'png.png', format: 'PNG', bytes: { kind: 'seeded', seed: 'png', size: 9000, starts: 'png' } }),
    video('clip'),
    heic('phone'),
    photo('by-download', { offers: 'download' }),
    photo('by-sizes', { offers: 'sizedetails' }),
    photo('locked', { offers: 'largest' }),
    photo('nothing', { offers: 'none' }),
  ]),
)
const GRADES: Readonly<Record<string, string>> = {
  'plain.jpg': 'original',
  'png.png': 'original',
  'clip.mp4': 'rendition',
  'by-download.jpg': 'original',
  'locked.jpg': 'fallback',
}

/** The newest report for people. */
function pageOf(lab: Lab): string {
  const name = [...lab.ours('reports').keys()].findLast((path) => path.endsWith('.txt'))
  return readFileSync(lab.at(`.smugmug-backup/reports/${name}`), 'utf8')
}

describe('the grade of a file', { concurrency: 8 }, () => {
  test('is told by the event, the record, status and the catalogue alike', async (t) => {
    const lab = await openLab(t, graded)
    const told = await lab.complete()
    const record = recordOf(lab.root, 'A')
    for (const [name, grade] of Object.entries(GRADES)) {
      const event = told.events.find((each) => each.event === 'item' && each.path === `A/${name}`)
      assert.equal(event?.event === 'item' && event.grade, grade, name)
      assert.equal(itemOf(record, name).files[0].grade, grade, name)
    }
    const counts: Record<string, { files: number; bytes: number }> = {}
    for (const { files } of record.items)
      for (const { grade, size } of files) {
        const { files: n, bytes } = counts[grade] ?? { files: 0, bytes: 0 }
        counts[grade] = { files: n + 1, bytes: bytes + size }
      }
    assert.equal(Object.keys(counts).length, 3)
    assert.deepEqual((await runStatus(lab.work())).byGrade, counts)
  })

  test('of HEIC is rendition: SmugMug made a JPEG of it, and the upload is gone', async (t) => {
    const lab = await openLab(t, graded)
    await lab.complete()
    const phone = recordOf(lab.root, 'A').items.find((item: Loose) => item.fileName === 'phone.HEIC')
    assert.equal(phone.files[0].grade, 'rendition')
  })

  test('of what is less than the upload is a notice that says what to do; an original is none', async (t) => {
    const lab = await openLab(t, graded)
    const told = await lab.complete()
    const notices = told.problems.filter(({ kind }) => kind === 'notice')
    assert.deepEqual(
      notices.map(({ name }) => name),
      ['locked.jpg'],
    )
    assert.equal(notices[0]?.reason, 'smaller than your original')
    assert.match(notices[0]?.detail ?? '', /allows downloads.*largest size.*Original/i)
    const impossible = told.problems.filter(({ kind }) => kind === 'impossible')
    assert.deepEqual(
      impossible.map(({ name }) => name),
      ['nothing.jpg'],
    )
    assert.match(impossible[0]?.reason ?? '', /download|original|setting/i)
  })

  test('is still told when nothing has changed: by status, and by the report of a later run', async (t) => {
    const lab = await openLab(t, graded)
    await lab.complete()
    assert.equal((await lab.complete()).totals.albumsSkipped, 1)
    assert.equal((await runStatus(lab.work())).byGrade.fallback?.files, 1)
    assert.match(pageOf(lab), /fallback/)
  })

  test('rises when SmugMug offers more: the original takes the place of the fallback', async (t) => {
    const lab = await openLab(t, graded)
    await lab.complete()
    lab.change((w) => editImage(w, photo('locked').key, { offers: 'archived' }))
    await lab.complete()
    assert.equal(itemOf(recordOf(lab.root, 'A'), 'locked.jpg').files[0].grade, 'original')
    const { byGrade } = await runStatus(lab.work())
    assert.equal(byGrade.fallback, undefined)
  })

  test('does not fall: an original held stays when SmugMug offers less', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('A', [photo('p')])))
    await lab.complete()
    const before = lab.media()
    lab.change((w) => editImage(w, photo('p').key, { offers: 'largest' }))
    const told = await lab.complete()
    assert.equal(told.totals.replaced, 0)
    assert.deepEqual(lab.media(), before)
    assert.equal(itemOf(recordOf(lab.root, 'A'), 'p.jpg').files[0].grade, 'original')
  })

  test('of a collected copy is that of the file', async (t) => {
    const image = photo('locked', { offers: 'largest' })
    const lab = await openLab(t, worldOf(albumNode('A', [image]), albumNode('B', [collected(image)])))
    await lab.complete()
    for (const path of ['A', 'B']) assert.equal(recordOf(lab.root, path).items[0].files[0].grade, 'fallback')
  })

  test('is counted by the report that lies in the vault', async (t) => {
    const lab = await openLab(t, graded)
    await lab.complete()
    const page = pageOf(lab)
    assert.match(page, /original\D+\d|\d+ original/i)
    assert.match(page, /rendition/i)
    assert.match(page, /fallback/i)
    assert.match(page, /notice: .*locked\.jpg.*largest size/)
  })

  test('is counted by list', async (t) => {
    const lab = await openLab(t, graded)
    await lab.complete()
    const listed: Loose = await runList(lab.work())
    assert.ok(/original|rendition|fallback/.test(JSON.stringify(listed)), 'list tells of grades')
  })
})

/** Calls of the API in the last run, by endpoint. */
async function callsOf(lab: Lab, run: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  lab.sim.resetCounters()
  await run()
  return { ...lab.sim.counters.byEndpoint }
}

describe('comments and image metadata', { concurrency: 8 }, () => {
  const comment = (text: string) => ({ Comment: text, Name: 'Eve', Rating: 5, Date: '2024-02-03T04:05:06+00:00' })
  const images = [
    photo('talked', {
      comments: [comment('Great!'), comment('<b>so</b> "true", æøå 📷')],
      metadata: { Make: 'Nikon', ISO: 'Auto 400', Rating: ['1', '2'] },
    }),
    ...Array.from({ length: 119 }, (_, n) => photo(`p${n}`, { bytes: { kind: 'seeded', seed: `p${n}`, size: 300, starts: 'jpg' } })),
  ]
  const world = worldOf(albumNode('Talk', images, { comments: [comment('Lovely place')] }), albumNode('Quiet', [photo('q')]))
  const both = { settings: { comments: true, imageMetadata: true } }

  test('stand in album.json where they were asked for, and nowhere else', async (t) => {
    for (const [settings, [hasComments, hasMetadata]] of [
      [{}, [false, false]],
      [{ comments: true }, [true, false]],
      [{ imageMetadata: true }, [false, true]],
      [both.settings, [true, true]],
    ] as const) {
      const lab = await openLab(t, world, { settings })
      await lab.complete()
      const record = recordOf(lab.root, 'Talk')
      assert.deepEqual(violations(record), [])
      const item = itemOf(record, 'talked.jpg')
      assert.deepEqual(
        record.album.comments?.map((each: Loose) => each.Comment),
        hasComments ? ['Lovely place'] : undefined,
      )
      assert.deepEqual(
        item.comments?.map((each: Loose) => each.Comment),
        hasComments ? ['Great!', '<b>so</b> "true", æøå 📷'] : undefined,
      )
      if (hasComments)
        assert.deepEqual([item.comments[0].Name, item.comments[0].Rating, item.comments[0].Date], ['Eve', 5, '2024-02-03T04:05:06+00:00'])
      assert.deepEqual(
        item.imageMetadata && [item.imageMetadata.Make, item.imageMetadata.ISO, item.imageMetadata.Rating],
        hasMetadata ? ['Nikon', 'Auto 400', ['1', '2']] : undefined,
      )
      assert.equal(record.items.filter(({ imageMetadata }: Loose) => imageMetadata).length, hasMetadata ? 120 : 0)
      assert.equal(recordOf(lab.root, 'Quiet').album.comments, undefined)
    }
  })

  test('cost no call more than the pages, but one for the comments of each album listed', async (t) => {
    const plain = await openLab(t, world)
    const rich = await openLab(t, world, both)
    const [without, withBoth] = [await callsOf(plain, () => plain.complete()), await callsOf(rich, () => rich.complete())]
    const { comments = 0, ...others } = withBoth
    assert.deepEqual(others, without)
    assert.ok(comments <= 2, `${comments} calls for comments`)
    assert.equal(withBoth.images, 3)
    const later = await callsOf(rich, () => rich.complete())
    const laterPlain = await callsOf(plain, () => plain.complete())
    assert.deepEqual(later, laterPlain)
  })

  test('turned on later, they come with one listing of everything and no download; the next run lists nothing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const told = await lab.complete(both)
    assert.deepEqual([told.downloads, told.listings], [0, 3])
    assert.equal(itemOf(recordOf(lab.root, 'Talk'), 'talked.jpg').comments.length, 2)
    assert.equal((await lab.complete(both)).listings, 0)
  })

  test('stay in the record where they do not come, and the album is listed again until they do', async (t) => {
    const many = photo('many', { comments: Array.from({ length: 130 }, (_, n) => comment(`comment ${n}`)), metadata: { Make: 'Leica' } })
    const lab = await openLab(t, worldOf(albumNode('A', [many], { comments: [comment('album')] })), both)
    await lab.complete()
    const kept = (): Loose => {
      const record = recordOf(lab.root, 'A')
      const { comments, imageMetadata } = itemOf(record, 'many.jpg')
      return [record.album.comments?.length, comments?.length, imageMetadata?.Make]
    }
    for (const status of [503, 403]) {
      lab.change((w) => addImage(w, albumKey(w, 'A'), photo(`new${status}`)))
      const withoutLinks = { AlbumImage: { 0: { Uris: { ImageMetadata: null } } } }
      lab.sim.setBehaviour({
        faults: [
          { on: 'comments', does: { kind: 'status', status } },
          { on: 'images', does: { kind: 'patch', response: withoutLinks } },
        ],
      })
      await lab.backup()
      assert.deepEqual(kept(), [1, 130, 'Leica'], `${status}`)
      lab.sim.setBehaviour({})
      assert.equal((await lab.complete()).listings, status === 503 ? 1 : 0)
      assert.deepEqual(kept(), [1, 130, 'Leica'])
    }
    lab.change((w) => editImage(w, many.key, { comments: [comment('the last one')] }))
    await lab.complete({ full: true })
    assert.deepEqual(kept(), [1, 1, 'Leica'])
  })

  test('turned off again, what was kept is not thrown away', async (t) => {
    const lab = await openLab(t, world, both)
    await lab.complete()
    await lab.complete({ settings: { comments: false, imageMetadata: false } })
    const record = recordOf(lab.root, 'Talk')
    assert.equal(itemOf(record, 'talked.jpg').comments?.length, 2)
    assert.equal(record.album.comments?.length, 1)
  })

  test('turned off one by one, each is kept without the other; also over a rebuilt catalogue', async (t) => {
    const lab = await openLab(t, world, both)
    await lab.complete()
    const kept = (): Loose => {
      const record = recordOf(lab.root, 'Talk')
      const { comments, imageMetadata } = itemOf(record, 'talked.jpg')
      return [comments?.length, imageMetadata?.Make, record.album.comments?.length]
    }
    await lab.complete({ settings: { comments: false, imageMetadata: true } })
    assert.deepEqual(kept(), [2, 'Nikon', 1], 'without comments')
    await lab.complete({ settings: { comments: true, imageMetadata: false } })
    assert.deepEqual(kept(), [2, 'Nikon', 1], 'without metadata')
    rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    rmSync(lab.at('.smugmug-backup/state.json'))
    await lab.complete({ full: true, settings: { comments: false, imageMetadata: false } })
    assert.deepEqual(kept(), [2, 'Nikon', 1], 'after a rebuild')
  })

  test('deleted on SmugMug while they are asked for, comments go from the record too', async (t) => {
    const lab = await openLab(t, world, { settings: { comments: true } })
    await lab.complete()
    lab.change(
      (w) => editImage(w, photo('talked').key, { comments: [] }),
      (w) => changeAlbum(w, albumKey(w, 'Talk'), (album) => ({ ...album, comments: [] })),
    )
    await lab.complete()
    const record = recordOf(lab.root, 'Talk')
    assert.deepEqual([record.album.comments, itemOf(record, 'talked.jpg').comments], [undefined, undefined])
  })

  test('are whole: all of 150 comments on one photo, and on an album', async (t) => {
    const many = Array.from({ length: 150 }, (_, n) => comment(`number ${n}`))
    const lab = await openLab(t, worldOf(albumNode('Loud', [photo('loud', { comments: many })], { comments: many })), both)
    await lab.complete()
    const { album, items } = recordOf(lab.root, 'Loud')
    assert.equal(album.comments.length, 150, 'of the album')
    assert.equal(items[0].comments.length, 150, 'of the photo')
  })

  test('of an album without photos are kept too', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('Empty', [], { comments: [comment('Nothing here yet?')] })), both)
    await lab.complete()
    assert.equal(recordOf(lab.root, 'Empty').album.comments?.length, 1)
  })

  test('new ones come with the next listing', async (t) => {
    const lab = await openLab(t, world, both)
    await lab.complete()
    lab.change((w) => editImage(w, photo('q').key, { comments: [comment('At last')] }))
    await lab.complete()
    assert.equal(itemOf(recordOf(lab.root, 'Quiet'), 'q.jpg').comments[0].Comment, 'At last')
  })

  for (const [what, on, does] of [
    ['comments refused', 'comments', { kind: 'status', status: 404 }],
    ['comments failing', 'comments', { kind: 'status', status: 500 }],
    ['comments garbled', 'comments', { kind: 'badJson' }],
    ['comments of another shape', 'comments', { kind: 'patch', response: { Comment: 'none' } }],
  ] as const) {
    test(`${what}: no photo fails for them`, async (t) => {
      const lab = await openLab(t, world, { ...both, behaviour: { faults: [{ on, does }] } })
      const told = await lab.backup({ settings: { maxRetries: 0 } })
      assert.deepEqual([told.totals.failed, told.totals.stored, [...lab.media().keys()].length], [0, 121, 121])
      assert.deepEqual(violations(recordOf(lab.root, 'Talk')), [])
      lab.sim.setBehaviour({})
      await lab.complete({ full: true })
      assert.equal(recordOf(lab.root, 'Talk').album.comments.length, 1)
    })
  }

  test('an answer without its expansions still brings the photos', async (t) => {
    const lab = await openLab(t, world, {
      ...both,
      behaviour: { faults: [{ on: 'images', does: { kind: 'patch', response: { Expansions: null } } }] },
    })
    const told = await lab.complete()
    assert.equal(told.totals.stored, 121)
    assert.equal(albumKey(world, 'Talk').length, 6)
  })
})
