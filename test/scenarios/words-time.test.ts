/** The time of a photo is found once: the file, SmugMug's listing and its metadata give one time, used everywhere. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { collectImage } from '../../simulator/edit.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { cameraJpeg } from '../support/camera-file.ts'
import { albumKey, openLab } from '../support/lab.ts'
import { itemOf, type Loose, recordOf } from '../support/records.ts'
import { openScene } from './harness.ts'

interface Case {
  readonly image: WorldImage
  /** The camera's clock, and its offset if the file has one; absent when unknown. */
  readonly local?: string
  readonly offset?: string
  /** The expected `files[].captured`: the time in the file itself. */
  readonly captured?: string
}

const UPLOADED = '2024-05-01T10:00:00+00:00'
const CASES: Readonly<Record<string, Case>> = {
  'EXIF with an offset': {
    image: photo('offset', { bytes: cameraJpeg(1, '2019:08:04 11:28:12', '-04:00'), capturedLocal: '2019-08-04T11:28:12' }),
    local: '2019-08-04T11:28:12',
    offset: '-04:00',
    captured: '2019-08-04T11:28:12-04:00',
  },
  'EXIF without an offset': {
    image: photo('no-offset', { bytes: cameraJpeg(2, '2019:12:24 23:59:59'), capturedLocal: '2019-12-24T23:59:59' }),
    local: '2019-12-24T23:59:59',
    captured: '2019-12-24T23:59:59',
  },
  'EXIF that disagrees with SmugMug: the file counts': {
    image: photo('conflict', { bytes: cameraJpeg(3, '2001:02:03 04:05:06'), capturedLocal: '2019-12-24T23:59:59' }),
    local: '2001-02-03T04:05:06',
    captured: '2001-02-03T04:05:06',
  },
  'EXIF of which SmugMug knows nothing': {
    image: photo('unknown', { bytes: cameraJpeg(4, '2011:11:11 11:11:11', '+05:30') }),
    local: '2011-11-11T11:11:11',
    offset: '+05:30',
    captured: '2011-11-11T11:11:11+05:30',
  },
  "a file without EXIF: SmugMug's time, shifted back, in summer": {
    image: photo('summer', { capturedLocal: '2023-07-15T18:30:00' }),
    local: '2023-07-15T18:30:00',
  },
  'and in winter': { image: photo('winter', { capturedLocal: '2023-01-15T18:30:00' }), local: '2023-01-15T18:30:00' },
  'a video': { image: video('clip', { capturedLocal: '2022-03-04T05:06:07' }), local: '2022-03-04T05:06:07' },
  'EXIF of zeros': {
    image: photo('zeros', { bytes: cameraJpeg(5, '0000:00:00 00:00:00'), capturedLocal: '2020-02-29T12:00:00' }),
    local: '2020-02-29T12:00:00',
  },
  'EXIF that is no date': {
    image: photo('no-date', { bytes: cameraJpeg(6, 'yesterday'), capturedLocal: '2020-02-29T12:00:01' }),
    local: '2020-02-29T12:00:01',
  },
  'an offset that is none': {
    image: photo('bad-offset', { bytes: cameraJpeg(7, '2020:02:29 12:00:02', '+99:99'), capturedLocal: '2020-02-29T12:00:02' }),
    local: '2020-02-29T12:00:02',
    captured: '2020-02-29T12:00:02',
  },
  'an hour that the Pacific clock shows twice': {
    image: photo('twice', { capturedLocal: '2023-11-05T01:30:00' }),
    local: '2023-11-05T01:30:00',
  },
  'an hour that it never shows': { image: photo('never', { capturedLocal: '2024-03-10T02:30:00' }), local: '2024-03-10T02:30:00' },
  'the metadata alone know': {
    image: photo('metadata', { metadata: { DateTimeCreated: '2015-06-07T08:09:10' } }),
    local: '2015-06-07T08:09:10',
  },
  'nobody knows': { image: photo('nobody') },
  'the year 0': { image: photo('year-0', { fields: { DateTimeOriginal: '0000-00-00T00:00:00+00:00' } }) },
  'the year 1899': { image: photo('year-1899', { capturedLocal: '1899-12-31T23:59:59' }) },
  'the zero of a clock': {
    image: photo('zero', { capturedLocal: '1970-01-01T00:00:00', metadata: { DateTimeCreated: '', MicroDateTimeCreated: '' } }),
  },
}

const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    albumNode(
      'A',
      Object.values(CASES).map(({ image }) => image),
    ),
    albumNode('B', [photo('b')]),
  ],
}

/** A file's time as a file manager on that machine shows it. */
const shown = (path: string, timeZone: string): string => {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(statSync(path).mtimeMs)
  return parts.replace(' ', 'T')
}

const nameOf = ({ key, isVideo, fileName = key }: WorldImage): string => (isVideo ? fileName.replace(/\.[^.]*$/, '.mp4') : fileName)

/** Rows of a CSV whose cells hold neither quotes nor line ends, by the file's name. */
function rowsOf(csv: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const [header = '', ...lines] = csv.trimEnd().split('\n')
  const columns = header.split(',')
  return new Map(
    lines.map((line) => {
      const row = Object.fromEntries(line.split(',').map((cell, n) => [columns[n] ?? '', cell]))
      return [row.Filename?.split('/').at(-1) ?? '', row]
    }),
  )
}

describe('the time of the shot', { concurrency: 2 }, () => {
  for (const zone of ['America/Los_Angeles', 'Asia/Kolkata']) {
    test(`is one time in the file's date, album.json, metadata.csv, the export and the sidecar (TZ=${zone})`, async (t) => {
      const scene = await openScene(t, {
        world,
        env: { TZ: zone, SMGMG_BK_USE_METADATA_TIMES: 'true', SMGMG_BK_WRITE_CSV: 'true', SMGMG_BK_SIDECARS: 'xmp' },
      })
      const { summary } = await scene.backup()
      assert.equal(summary.exitCode, 0, summary.message)
      const record = recordOf(scene.vault, 'A')
      const csv = rowsOf(readFileSync(join(scene.vault, 'metadata.csv'), 'utf8'))
      const exported = rowsOf((await scene.run(['export'])).stdout)
      const wrong: string[] = []
      for (const [what, { image, local, offset, captured }] of Object.entries(CASES)) {
        const name = nameOf(image)
        const expect = (place: string, found: unknown, expected: unknown): void => {
          if (found !== expected) wrong.push(`${what} (${name}): ${place} is ${found} instead of ${expected}`)
        }
        const whole = local === undefined ? '' : `${local}${offset ?? ''}`
        const told = itemOf(record, name).files[0].captured
        // The time of SmugMug's metadata may be noted in place of the file's.
        if (told !== local) expect('captured', told, captured)
        expect('the CSV', csv.get(name)?.CaptureTime, whole)
        expect('the export', exported.get(name)?.CaptureTime, whole)
        const sidecar = readFileSync(join(scene.vault, 'A', `${name}.xmp`), 'utf8')
        expect('the sidecar', /<exif:DateTimeOriginal>([^<]*)|exif:DateTimeOriginal="([^"]*)/.exec(sidecar)?.slice(1).join('') ?? '', whole)
        const path = join(scene.vault, 'A', name)
        if (local === undefined) expect('the date', statSync(path).mtimeMs, Date.parse(UPLOADED))
        // That hour is on no clock of the West Coast.
        else if (!(zone === 'America/Los_Angeles' && what.startsWith('an hour that it never'))) expect('the date', shown(path, zone), local)
      }
      assert.deepEqual(wrong, [])
    })
  }

  test("SmugMug's shifted time stands in album.json, and nowhere else", async (t) => {
    const image = photo('shifted', { capturedLocal: '2023-07-15T18:30:00' })
    const lab = await openLab(t, { ...world, root: [albumNode('A', [image])] }, { settings: { writeCsv: true, sidecars: ['xmp'] } })
    await lab.complete()
    assert.equal(itemOf(recordOf(lab.root, 'A'), 'shifted.jpg').dateTimeOriginal, '2023-07-16T01:30:00+00:00')
    for (const path of ['A/shifted.jpg.xmp', 'metadata.csv'])
      assert.ok(!readFileSync(lab.at(path), 'utf8').includes('2023-07-16'), `${path} holds the shifted time`)
  })

  test('conflicts are recorded: the file and SmugMug each as they tell it', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const { dateTimeOriginal, files } = itemOf(recordOf(lab.root, 'A'), 'conflict.jpg')
    assert.deepEqual([dateTimeOriginal, files[0].captured], ['2019-12-25T07:59:59+00:00', '2001-02-03T04:05:06'])
  })
})

describe('file times', { concurrency: 8 }, () => {
  const exif = photo('offset', { bytes: cameraJpeg(1, '2019:08:04 11:28:12', '-04:00'), capturedLocal: '2019-08-04T11:28:12' })
  const small: World = {
    ...world,
    root: [albumNode('A', [exif, photo('summer', { capturedLocal: '2023-07-15T18:30:00' })]), albumNode('B', [])],
  }
  const taken = new Date('2019-08-04T11:28:12').getTime()

  test('are those of the download where nobody asked, and the camera time is recorded all the same', async (t) => {
    const lab = await openLab(t, small)
    const before = Date.now()
    await lab.complete()
    assert.ok(statSync(lab.at('A/offset.jpg')).mtimeMs >= before - 5000)
    assert.equal(itemOf(recordOf(lab.root, 'A'), 'offset.jpg').files[0].captured, '2019-08-04T11:28:12-04:00')
  })

  test('cost a call only where neither the file nor the listing tells', async (t) => {
    const lab = await openLab(t, world, { settings: { useMetadataTimes: true } })
    await lab.complete()
    const asking = Object.values(CASES).filter(({ image }) =>
      ['twice', 'never', 'metadata', 'nobody', 'year-0', 'year-1899', 'zero'].some((id) => photo(id).key === image.key),
    )
    // And b.jpg of the other album.
    assert.equal(lab.sim.counters.byEndpoint.metadata, asking.length + 1)
  })

  test('cost no call where the metadata came with the listing', async (t) => {
    const lab = await openLab(t, world, { settings: { useMetadataTimes: true, imageMetadata: true } })
    await lab.complete()
    assert.equal(lab.sim.counters.byEndpoint.metadata ?? 0, 0)
    assert.equal(statSync(lab.at('A/metadata.jpg')).mtimeMs, new Date('2015-06-07T08:09:10').getTime())
  })

  test('metadata that cannot be had fail no photo', async (t) => {
    const lab = await openLab(t, world, {
      settings: { useMetadataTimes: true, maxRetries: 0 },
      behaviour: { faults: [{ on: 'metadata', does: { kind: 'status', status: 500 } }] },
    })
    const told = await lab.complete()
    assert.equal(told.totals.stored, Object.keys(CASES).length + 1)
  })

  test('of files held already change with force_metadata_times alone', async (t) => {
    const lab = await openLab(t, small)
    await lab.complete()
    const path = lab.at('A/offset.jpg')
    utimesSync(path, 1, 1)
    await lab.complete({ full: true, settings: { useMetadataTimes: true } })
    assert.equal(statSync(path).mtimeMs, 1000)
    await lab.complete({ settings: { useMetadataTimes: true, forceMetadataTimes: true } })
    assert.equal(statSync(path).mtimeMs, taken)
  })

  for (const mode of ['link', 'copy'] as const) {
    test(`of collected photos are the same (collected = ${mode})`, async (t) => {
      const lab = await openLab(t, small, { settings: { useMetadataTimes: true, collected: mode } })
      await lab.complete()
      lab.change((w) => collectImage(w, exif.key, albumKey(w, 'B')))
      await lab.complete()
      assert.equal(statSync(lab.at('B/offset.jpg')).mtimeMs, taken)
      assert.equal(itemOf(recordOf(lab.root, 'B'), 'offset.jpg').files[0].captured, '2019-08-04T11:28:12-04:00')
    })
  }

  test('capture names follow the same clock', async (t) => {
    const lab = await openLab(t, small, { settings: { fileNames: '{{.CaptureDate}} {{.CaptureTime}}{{.Extension}}' } })
    await lab.complete()
    assert.ok(existsSync(lab.at('A/2023-07-15 18_30_00.jpg')), [...lab.media().keys()].join())
    const names: Loose = recordOf(lab.root, 'A').items.map(({ name }: Loose) => name)
    assert.deepEqual(names, ['2019-08-04 11_28_12.jpg', '2023-07-15 18_30_00.jpg'])
  })
})
