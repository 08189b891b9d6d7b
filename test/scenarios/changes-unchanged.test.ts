import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addImage, changeAlbum, editImage, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { FakeClock } from '../../src/flow/clock.ts'
import { albumKey, assertMirrors, filesBelow, type Lab, openLab } from '../support/lab.ts'

const DAY = 86_400_000
const albums = Array.from({ length: 30 }, (_, n) =>
  albumNode(`Album ${n}`, [photo(`p${n}`, { bytes: { kind: 'seeded', seed: `p${n}`, size: 400, starts: 'jpg' } })]),
)
const world: World = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [folder('All', albums)] }
const first = albumKey(world, 'Album 0')

const nightly =
  (lab: Lab, start: number) =>
  (day: number, options: { readonly fullListingDays?: number } = {}) =>
    lab.backupWith({
      clock: new FakeClock({ now: start + day * DAY, patient: false }),
      ...(options.fullListingDays !== undefined && { settings: { fullListingDays: options.fullListingDays } }),
    })

describe('an account that has not changed', { concurrency: 8 }, () => {
  test('is not listed again: a call or two for the album list, and not a byte in the vault changes', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const ours = (path: string) => !/catalogue|reports\/|lock/.test(path)
    const before = filesBelow(lab.root, ours)
    const told = await lab.complete()
    assert.deepEqual([told.listings, told.downloads], [0, 0])
    assert.ok(told.totals.apiCalls <= 4, `${told.totals.apiCalls} calls`)
    assert.deepEqual([told.totals.kept, told.totals.albumsSkipped, told.totals.albums], [30, 30, 30])
    assert.deepEqual(filesBelow(lab.root, ours), before)
  })

  test('is listed whole with --full', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const told = await lab.complete({ full: true })
    assert.deepEqual([told.listings, told.downloads, told.totals.albumsSkipped], [30, 0, 0])
  })

  for (const days of [7, 3, 1]) {
    test(`every album is listed between 1 and ${days} days after its last listing, a share each night`, async (t) => {
      const lab = await openLab(t, world)
      const run = nightly(lab, Date.UTC(2026, 0, 1, 3))
      const options = { fullListingDays: days }
      await run(0, options)
      assert.equal((await run(0.04, options)).listings, 0)
      assert.equal((await run(0.9, options)).listings, 0)
      const perNight: number[] = []
      const listedBy = new Set<string>()
      for (let day = 1; day <= days; day += 1) {
        lab.sim.resetCounters()
        const told = await run(day, options)
        perNight.push(told.listings)
        for (const { url, endpoint } of lab.sim.requests)
          if (endpoint === 'images') listedBy.add(/album\/(\w+)!images/.exec(url)?.[1] ?? url)
      }
      assert.equal(listedBy.size, 30, `listed a night: ${perNight}`)
      if (days === 7) assert.ok(Math.max(...perNight) < 20, `listed a night: ${perNight}`)
      assert.equal((await run(days + 0.04, options)).listings, 0)
    })
  }

  test('a clock set back far does not put the listing off for ever', async (t) => {
    const lab = await openLab(t, world)
    const run = nightly(lab, Date.UTC(2026, 0, 1, 3))
    await run(1000)
    assert.equal((await run(0)).listings, 30)
    assert.equal((await run(0.1)).listings, 0)
    assert.equal((await run(7)).exitCode, 0)
  })

  test('an album that changed is the only one that is listed', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => addImage(w, first, photo('new')))
    const told = await lab.complete()
    assert.deepEqual([told.listings, told.downloads, told.totals.albumsSkipped], [1, 1, 29])
    assertMirrors(lab)
  })

  test('a change of LastUpdated, of ImagesLastUpdated or of ImageCount alone makes it be listed', async (t) => {
    for (const fields of [{ lastUpdated: '2025-01-01T00:00:00+00:00' }, { imagesLastUpdated: '2025-01-01T00:00:00+00:00' }]) {
      const lab = await openLab(t, world)
      await lab.complete()
      lab.change((w) => changeAlbum(w, first, (each) => ({ ...each, ...fields })))
      assert.equal((await lab.complete()).listings, 1)
      assert.equal((await lab.complete()).listings, 0)
    }
  })

  test('a file that is gone from the disk is fetched again, without --full', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    rmSync(lab.at('All/Album-3/p3.jpg'))
    const told = await lab.complete()
    assert.deepEqual([told.listings, told.downloads], [1, 1])
    assertMirrors(lab)
  })

  test('a file of another size is fetched again, and the damaged bytes are kept aside', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    writeFileSync(lab.at('All/Album-3/p3.jpg'), 'cut')
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    assertMirrors(lab)
    assert.ok([...lab.ours('history').keys()].some((path) => path.endsWith('/All/Album-3/p3.jpg')))
  })

  test('a record that is gone is written again', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const record = lab.at('All/Album-3/album.json')
    const before = readFileSync(record, 'utf8')
    rmSync(record)
    const told = await lab.complete()
    assert.deepEqual([told.listings, told.downloads], [1, 0])
    assert.equal(readFileSync(record, 'utf8'), before)
  })

  test('files that a person moved or renamed inside of the vault are taken back by hash, without a download', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    renameSync(lab.at('All'), lab.at('My own order'))
    renameSync(lab.at('My own order/Album-3/p3.jpg'), lab.at('favourite.jpeg'))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertMirrors(lab)
    assert.equal((await lab.verify()).exitCode, 0)
    assert.equal((await lab.complete()).listings, 0)
  })

  test('whole folders deleted from the vault come back', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    rmSync(lab.at('All'), { recursive: true })
    const told = await lab.complete()
    assert.equal(told.downloads, 30)
    assertMirrors(lab)
  })

  test('an album with something failed or pending is listed every run', async (t) => {
    const clip = video('clip', { processing: true })
    const lab = await openLab(t, { ...world, root: [...world.root, albumNode('Videos', [clip])] })
    const told = await lab.complete()
    assert.equal(told.totals.pending, 1)
    assert.equal((await lab.complete()).listings, 1)
    // SmugMug finishes a video without moving any date of the album.
    lab.change((w) => editImage(w, clip.key, { processing: false }, { albumDates: false }))
    const done = await lab.complete()
    assert.deepEqual([done.listings, done.downloads, done.totals.pending], [1, 1, 0])
    assertMirrors(lab)
    assert.equal((await lab.complete()).listings, 0)
  })

  test('a file that failed is tried again in the next run, and only it', async (t) => {
    const lab = await openLab(t, world)
    lab.sim.setBehaviour({ faults: [{ on: 'original', match: photo('p5').key, does: { kind: 'status', status: 404 } }] })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    assert.deepEqual([told.exitCode, told.totals.failed, told.totals.stored], [3, 1, 29])
    assert.ok(told.problems.some((problem) => problem.kind === 'failed' && problem.name === 'p5.jpg'))
    lab.sim.setBehaviour({})
    const again = await lab.complete()
    assert.deepEqual([again.listings, again.downloads], [1, 1])
    assertMirrors(lab)
  })
})

describe('counters that disagree', { concurrency: 8 }, () => {
  const telling = (count: number) => (w: World) => changeAlbum(w, first, (each) => ({ ...each, fields: { ImageCount: count } }))

  test('are reported with both numbers, exit 3, in every run until they agree', async (t) => {
    const lab = await openLab(t, world)
    lab.change(telling(5))
    for (let night = 0; night < 2; night += 1) {
      const told = await lab.backup()
      assert.equal(told.exitCode, 3)
      const named = told.problems.filter((problem) => problem.album === '/All/Album-0')
      assert.equal(named.length, 1)
      assert.match(named[0]?.reason ?? '', /5.*1/)
      assertMirrors(lab)
    }
    lab.change(telling(1))
    await lab.complete()
    assert.equal((await lab.complete()).listings, 0)
  })

  test('fewer counted than listed: everything listed is fetched, nothing vanishes', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => addImage(w, first, photo('new')), telling(1))
    const told = await lab.backup()
    assert.deepEqual([told.exitCode, told.downloads, told.totals.vanished], [3, 1, 0])
    assertMirrors(lab)
  })

  test('an album that cannot be listed does not stop the others, and is listed by the next run', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change(
      (w) => addImage(w, first, photo('new')),
      (w) => replaceImage(w, photo('p1').key, { kind: 'seeded', seed: 'n', size: 500, starts: 'jpg' }),
    )
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: first, does: { kind: 'status', status: 403 } }] })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    assert.deepEqual([told.exitCode, told.totals.replaced, told.totals.vanished], [3, 1, 0])
    assert.ok(told.problems.some((problem) => problem.album === '/All/Album-0'))
    assert.ok(lab.media().has('All/Album-0/p0.jpg'))
    lab.sim.setBehaviour({})
    const again = await lab.complete()
    assert.equal(again.downloads, 1)
    assertMirrors(lab)
  })
})
