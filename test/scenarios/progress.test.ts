import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import type { Fault, World, WorldImage } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runAdopt, runExport, runProof, runRebuild, runTwin } from '../../src/app/app.ts'
import type { Event } from '../../src/events.ts'
import { shareOf } from '../../src/progress/measure.ts'
import { createRunView } from '../../src/progress/run-view.ts'
import { openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const SIZE = 40_000
const photos = Array.from({ length: 12 }, (_, n) =>
  photo(`p${n}`, { bytes: { kind: 'seeded', seed: `${n}`, size: SIZE + n, starts: 'jpg' } }),
)
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('One', photos.slice(0, 6))]), albumNode('Two', photos.slice(6))],
}
const ALL = photos.reduce((sum, _, n) => sum + SIZE + n, 0)

type Progress = Extract<Event, { event: 'progress' }>

const put = (root: string, path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), bytes)
}
const putImages = (root: string, images: readonly WorldImage[]): void => {
  for (const [n, image] of images.entries()) put(root, `roll ${n % 2}/DSC_${n}.JPG`, readBytes(image.bytes))
}

const outside = (t: TestContext): string => {
  const place = mkdtempSync(join(QUICK, 'smugmug-outside-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  return place
}

/** Fails if a count goes back within its phase, or exceeds its total. Returns the counts that have one. */
function assertTrue(events: readonly Event[]): readonly Progress[] {
  const counts: Progress[] = []
  let before: Progress | undefined
  for (const event of events) {
    if (event.event === 'phase' || event.event === 'run.started' || event.event === 'album.started') before = undefined
    if (event.event !== 'progress') continue
    if (event.total !== undefined) {
      assert.ok(event.done <= event.total, JSON.stringify(event))
      counts.push(event)
    }
    if (before?.unit === event.unit) assert.ok(before.done <= event.done, `${JSON.stringify(before)} → ${JSON.stringify(event)}`)
    before = event
  }
  return counts
}

/** Returns the finished part after each event, as every face shows it. */
const sharesOf = (events: readonly Event[]): readonly number[] => {
  const view = createRunView(() => 0)
  return events.flatMap((event) => {
    view.apply(event)
    const share = view.measure && shareOf(view.measure)
    return share === undefined ? [] : [share]
  })
}

describe('how much of how much', { concurrency: 4 }, () => {
  test('backup: only bytes that are fetched again set it back, when that begins; in the end it is all', async (t) => {
    const faults: readonly Fault[] = [
      { on: 'original', nth: [1, 4, 7], does: { kind: 'reset', after: 30_000 } },
      { on: 'original', nth: [2, 9], does: { kind: 'truncate', at: 20_000, clean: false } },
      { on: 'original', nth: 5, does: { kind: 'status', status: 503 } },
    ]
    const lab = await openLab(t, world, { behaviour: { faults }, settings: { maxRetries: 3 } })
    const { events } = await lab.complete()
    assert.ok(events.filter(({ event }) => event === 'retry').length >= 5)
    const view = createRunView(() => 0)
    let before = 0
    for (const event of events) {
      view.apply(event)
      const share = (view.measure && shareOf(view.measure)) ?? 0
      assert.ok(share >= before || event.event === 'transfer.started', `${before} → ${share}: ${JSON.stringify(event)}`)
      before = share
    }
    assert.equal(before, 1)
  })

  test('adopt: the wanted bytes that the folder may have; all of them in the end', async (t) => {
    const lab = await openLab(t, world)
    const place = outside(t)
    putImages(place, photos)
    const work = lab.work()
    await runAdopt({ ...work, folder: place })
    const counts = assertTrue(work.events).filter(({ unit }) => unit === 'bytes')
    assert.deepEqual([counts.at(0)?.total, counts.at(-1)?.done, counts.at(-1)?.total], [ALL, ALL, ALL])
    const forecast = work.events.find((event) => event.event === 'forecast')
    assert.equal(forecast?.atMost, ALL)
    const shares = sharesOf(work.events)
    assert.deepEqual(
      shares,
      shares.toSorted((one, other) => one - other),
      'it never goes back',
    )
    assert.deepEqual([shares.at(0), shares.at(-1)], [0, 1])
  })

  test('adopt: a folder with a part of the account, and much else, is not measured by the account', async (t) => {
    const lab = await openLab(t, world)
    const place = outside(t)
    putImages(place, photos.slice(0, 3))
    put(place, 'film.mov', Buffer.alloc(3_000_000))
    const work = lab.work({ settings: { concurrentAlbums: 1, concurrentDownloads: 1 } })
    await runAdopt({ ...work, folder: place })
    assertTrue(work.events)
    const view = createRunView(() => 0)
    work.events.forEach(view.apply, view)
    const three = 3 * SIZE + 3
    assert.deepEqual(view.measure, { done: three, total: three, unit: 'bytes' }, 'in the end the total is that of the three')
    const listed = work.events.flatMap((event) => (event.event === 'album.listed' ? [event.toFetch] : []))
    assert.deepEqual(listed.toSorted(), [0, 3], 'only files of a wanted size count')
  })

  test('verify: all bytes; of a sample, those that it will read', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const all = assertTrue((await lab.verify()).events).filter(({ unit }) => unit === 'bytes')
    assert.deepEqual(
      [all.at(0), all.at(-1)?.done, all.at(-1)?.total],
      [{ event: 'progress', done: 0, total: ALL, unit: 'bytes' }, ALL, ALL],
    )
    const sample = assertTrue((await lab.verify({ sample: 0.4 })).events).filter(({ unit }) => unit === 'bytes')
    assert.equal(sample.at(0)?.total, Math.round(ALL * 0.4))
    assert.equal(sample.at(-1)?.done, sample.at(-1)?.total)
    // A sample this small hardly ever chooses a file, and is finished all the same.
    const none = assertTrue((await lab.verify({ sample: 1e-5 })).events).filter(({ unit }) => unit === 'bytes')
    assert.equal(none.at(0)?.total, Math.round(ALL * 1e-5))
    assert.equal(none.at(-1)?.done, none.at(-1)?.total)
  })

  test('verify in slices: the bytes that are left of the pass, and the end of the slice', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const began = Date.now()
    const { events } = await lab.verify({ maxDuration: 60_000 })
    const counts = assertTrue(events).filter(({ unit }) => unit === 'bytes')
    assert.equal(counts.at(0)?.total, ALL)
    assert.ok(counts.every(({ endsAt = 0 }) => endsAt >= began + 60_000 && endsAt <= Date.now() + 60_000))
  })

  test('verify --remote: albums', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const last = assertTrue((await lab.verify({ remote: true })).events).at(-1)
    assert.deepEqual(last, { event: 'progress', done: 2, total: 2, unit: 'albums' })
  })

  test('export: items, of the whole account and of a part', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const exported = async (settings: Parameters<typeof lab.work>[0]) => {
      const work = lab.work(settings)
      let text = ''
      const write = async (more: string): Promise<void> => {
        text += more
      }
      const { totals } = await runExport({ ...work, format: 'jsonl', write })
      return { counts: assertTrue(work.events), lines: text.trim().split('\n').length, totals }
    }
    const all = await exported({})
    assert.deepEqual(
      [all.counts.at(0), all.counts.at(-1)],
      [
        { event: 'progress', done: 0, total: 12, unit: 'items' },
        { event: 'progress', done: 12, total: 12, unit: 'items' },
      ],
    )
    assert.deepEqual([all.lines, all.totals.items], [12, 12])
    const some = await exported({ settings: { album: ['/Two'] } })
    assert.deepEqual([some.counts.at(0)?.total, some.counts.at(-1)?.done, some.lines], [6, 6, 6])
  })

  test('proof, rebuild and twin', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const card = outside(t)
    putImages(card, photos.slice(0, 2))
    const proof = lab.work()
    await runProof({ ...proof, folder: card })
    const bytes = statSync(join(card, 'roll 0/DSC_0.JPG')).size + statSync(join(card, 'roll 1/DSC_1.JPG')).size
    assert.equal(assertTrue(proof.events).at(-1)?.total, bytes)

    const twin = lab.work()
    await runTwin(twin)
    const units = new Map(assertTrue(twin.events).map((count) => [count.unit, count]))
    assert.deepEqual([...units.keys()], ['albums', 'items', 'files'], 'albums are read, pictures are made, pages are written')
    assert.deepEqual([units.get('items')?.done, units.get('items')?.total, units.get('items')?.more], [12, 12, undefined])
    assert.ok(
      assertTrue(twin.events).every(({ unit, more }) => (unit === 'items') === (more === undefined)),
      'only the pictures are the time left',
    )

    const gone = lab.work()
    await runTwin({ ...gone, remove: true })
    assert.ok((assertTrue(gone.events).at(0)?.total ?? 0) > 12)

    rmSync(lab.at('.smugmug-backup/catalogue.db'), { force: true })
    const rebuild = lab.work()
    await runRebuild(rebuild)
    assert.deepEqual(assertTrue(rebuild.events).at(-1), { event: 'progress', done: 12, total: 12, unit: 'items' })
  })
})
