import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, removeImage } from '../../simulator/edit.ts'
import type { Behaviour, Fault, World, WorldImage } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runBackup } from '../../src/app/app.ts'
import { FakeClock } from '../../src/flow/clock.ts'
import { albumKey, assertMirrors, openLab } from '../support/lab.ts'

const photos = (name: string, count: number): readonly WorldImage[] =>
  Array.from({ length: count }, (_, n) =>
    photo(`${name}${n}`, { bytes: { kind: 'seeded', seed: `${name}${n}`, size: 2000, starts: 'jpg' } }),
  )

const poison = photo('poison')
const clip = video('clip')
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [...photos('n', 20), poison, clip])]), albumNode('Home', photos('h', 10))],
}
const ITEMS = 32
const norway = albumKey(world, 'Norway')

describe('one poisonous item never stops the others', { concurrency: 8 }, () => {
  const kinds: Readonly<Record<string, Fault['does']>> = {
    'wrong bytes': { kind: 'wrongBytes' },
    'a cut file': { kind: 'truncate', at: 900, clean: true },
    'a cut connection': { kind: 'reset', after: 900 },
    'an empty answer': { kind: 'empty' },
    'a page instead of a photo': { kind: 'html' },
    '404 after a fresh listing': { kind: 'status', status: 404 },
    '403': { kind: 'status', status: 403 },
    '500 for ever': { kind: 'status', status: 500 },
    'a redirect in a circle': { kind: 'redirect', location: '/circle' },
  }
  for (const [what, does] of Object.entries(kinds)) {
    test(`${what}: it fails by name, the run ends with 3, the next one heals`, async (t) => {
      const lab = await openLab(t, world, { behaviour: { faults: [{ on: 'original', match: poison.key, does }] } })
      const told = await lab.backup({ settings: { maxRetries: 0 } })
      assert.equal(told.exitCode, 3, told.message)
      assert.deepEqual([told.totals.stored, told.totals.failed, told.totals.items], [ITEMS - 1, 1, ITEMS])
      const named = told.problems.filter((problem) => problem.kind === 'failed')
      assert.deepEqual(
        named.map(({ album, name, imageKey }) => [album, name, imageKey]),
        [['/Travel/Norway', 'poison.jpg', poison.key]],
      )
      assert.ok((named[0]?.reason.length ?? 0) > 10, 'a reason that tells something')
      assert.equal(lab.media().has('Travel/Norway/poison.jpg'), false)
      lab.sim.setBehaviour({})
      const again = await lab.complete()
      assert.deepEqual([again.downloads, again.totals.stored, again.totals.kept], [1, 1, ITEMS - 1])
      assertMirrors(lab)
    })
  }

  test('a video whose only version is missing is named as impossible, exit 0', async (t) => {
    const lab = await openLab(t, world, {
      behaviour: { faults: [{ on: 'video', match: clip.key, does: { kind: 'status', status: 404 } }] },
    })
    const told = await lab.complete({ settings: { maxRetries: 0 } })
    assert.equal(told.totals.impossible, 1)
    assert.ok(told.problems.some((problem) => problem.kind === 'impossible' && problem.imageKey === clip.key))
  })
})

describe('a service that', { concurrency: 8 }, () => {
  const down: readonly [string, Behaviour][] = [
    ['answers 500 to everything', { faults: [{ on: 'any', does: { kind: 'status', status: 500 } }] }],
    ['answers 503 to everything', { faults: [{ on: 'any', does: { kind: 'status', status: 503 } }] }],
    ['cuts every connection', { faults: [{ on: 'any', does: { kind: 'reset' } }] }],
    ['answers with pages of HTML', { faults: [{ on: 'any', does: { kind: 'html' } }] }],
    ['answers broken JSON', { faults: [{ on: 'any', does: { kind: 'badJson' } }] }],
    ['answers nothing', { faults: [{ on: 'any', does: { kind: 'empty' } }] }],
    [
      'lists no albums where there were some',
      { faults: [{ on: 'albums', does: { kind: 'patch', response: { Album: [], Pages: { Total: 0, Count: 0 } } } }] },
    ],
  ]
  for (const [what, behaviour] of down) {
    test(`${what}: exit 3, never "complete", and the vault is not touched`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const before = lab.media()
      lab.sim.setBehaviour(behaviour)
      const outcome = await lab
        .backup({ settings: { maxRetries: 0 } })
        .catch((error: { exitCode?: number; message: string }) => ({ ...error, message: error.message, exitCode: error.exitCode }))
      assert.equal(outcome.exitCode, 3, outcome.message)
      assert.deepEqual(lab.media(), before)
      lab.sim.setBehaviour({})
      const again = await lab.complete()
      assert.deepEqual([again.downloads, again.totals.kept, again.totals.vanished], [0, ITEMS, 0])
    })
  }

  test('lists no albums and counts no items where there were some: exit 3, until the change is accepted', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = lab.media()
    lab.change((now) => ({ ...now, root: [] }))
    for (const dryRun of [true, false]) {
      const run = await lab.backup({ dryRun })
      assert.deepEqual([run.exitCode, run.totals.vanished], [3, 0])
      assert.match(run.message, /SmugMug lists no albums, where there were \d+\. Nothing was changed here\./)
    }
    assert.deepEqual(lab.media(), before)
    const accepted = await lab.backup({ acceptChanges: true })
    assert.deepEqual([accepted.exitCode, accepted.totals.vanished], [0, ITEMS])
    assert.equal((await lab.backup()).exitCode, 0)
  })

  test('fails in the album list alone: the tree is read instead, and the report is true', async (t) => {
    const lab = await openLab(t, world, { behaviour: { faults: [{ on: 'albums', does: { kind: 'status', status: 500 } }] } })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    if (told.exitCode === 0) assertMirrors(lab)
    else assert.equal(told.exitCode, 3)
  })

  test('lists an empty album list in the first run: never "0 albums, complete"', async (t) => {
    const lab = await openLab(t, world, {
      behaviour: { faults: [{ on: 'albums', does: { kind: 'patch', response: { Album: [], Pages: { Total: 0, Count: 0 } } } }] },
    })
    const outcome = await lab.backup({ settings: { maxRetries: 0 } }).catch((error: { exitCode?: number; message: string }) => error)
    assert.equal(outcome.exitCode, 3, outcome.message)
  })

  test('lists an empty album where it counts items: reported, nothing vanishes', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = lab.media()
    lab.sim.setBehaviour({
      faults: [{ on: 'images', does: { kind: 'patch', response: { AlbumImage: [], Pages: { Total: 0, Count: 0 } } } }],
    })
    const told = await lab.backup({ full: true, settings: { maxRetries: 0 } })
    assert.deepEqual([told.exitCode, told.totals.vanished], [3, 0])
    assert.deepEqual(lab.media(), before)
    assert.ok(told.problems.some((problem) => problem.album === '/Home'))
  })

  test('revokes the keys midway: exit 4, stored photos stay, the next run goes on', async (t) => {
    const lab = await openLab(t, world, {
      behaviour: {
        faults: [
          {
            on: 'images',
            match: norway,
            does: { kind: 'status', status: 401, body: '{"Code":401,"Message":"oauth_problem=token_rejected"}' },
          },
        ],
      },
    })
    const outcome = await lab
      .backup({ settings: { maxRetries: 0, concurrentAlbums: 1 } })
      .catch((error: { exitCode?: number; message: string }) => error)
    assert.equal(outcome.exitCode, 4, outcome.message)
    lab.sim.setBehaviour({})
    await lab.complete()
    assertMirrors(lab)
  })

  test('limits the rate: the run waits as asked, loses nothing, and counts no item as failed', async (t) => {
    const lab = await openLab(t, world, { behaviour: { rateLimit: { calls: 3, windowMs: 400 } } })
    const told = await lab.complete({ settings: { maxRetries: 0 } })
    assert.equal(told.totals.failed, 0)
    assertMirrors(lab)
    assert.ok(
      told.events.some((event) => event.event === 'waiting'),
      'it says that it waits',
    )
  })

  test('asks for an hour (Retry-After): waited for in full, not counted as a try', async (t) => {
    const lab = await openLab(t, world)
    lab.sim.setBehaviour({
      faults: [{ on: 'original', match: poison.key, nth: [1, 2], does: { kind: 'status', status: 429, retryAfter: 2 } }],
    })
    const told = await lab.complete({ settings: { maxRetries: 0 } })
    assert.equal(told.totals.failed, 0)
    assertMirrors(lab)
  })

  test('is slow and cuts some connections: every file arrives whole', async (t) => {
    const cuts: Fault[] = [3, 7, 11].map((nth) => ({ on: 'original', nth, does: { kind: 'reset', after: 500 } }))
    const stalls: Fault[] = [{ on: 'original', nth: 5, does: { kind: 'truncate', at: 700, clean: true } }]
    const lab = await openLab(t, world, { behaviour: { faults: [...cuts, ...stalls] } })
    await lab.complete({ settings: { maxRetries: 3 } })
    assertMirrors(lab)
  })

  test('loses an item between the album’s listing and its file: failed, not impossible', async (t) => {
    const lab = await openLab(t, world)
    lab.sim.setBehaviour({ faults: [{ on: 'original', match: poison.key, does: { kind: 'status', status: 404 } }] })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    assert.deepEqual([told.totals.failed, told.totals.impossible], [1, 0])
  })
})

describe('an interruption (Ctrl-C)', { concurrency: 8 }, () => {
  for (const after of [0, 1, 5, 20]) {
    test(`after ${after} items: exit 130, everything finished is kept and known, the next run goes on`, async (t) => {
      const lab = await openLab(t, world, { behaviour: { latency: { fileMs: 5 } }, settings: { concurrentDownloads: 2 } })
      const stop = new AbortController()
      const each = lab.work({ signal: stop.signal })
      let items = 0
      const report = await runBackup({
        ...each,
        emit: (event) => {
          each.emit(event)
          if (event.event === 'item') items += 1
          if ((event.event === 'account' && after === 0) || (event.event === 'item' && items === after)) stop.abort()
        },
      })
      assert.equal(report.exitCode, 130)
      const held = lab.media().size
      assert.ok(held >= after)
      assert.equal(report.totals.stored, held)
      assert.equal([...lab.media().keys()].filter((path) => path.endsWith('.part')).length, 0)
      const told = await lab.complete()
      assert.deepEqual([told.totals.kept, told.downloads], [held, ITEMS - held])
      assertMirrors(lab)
    })
  }

  test('in the midst of vanishing and replacing marks nothing twice', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change(
      (w) => photos('n', 5).reduce((each, image) => removeImage(each, norway, image.key), w),
      (w) => addImage(w, norway, photo('new')),
    )
    const stop = new AbortController()
    const each = lab.work({ signal: stop.signal })
    const report = await runBackup({
      ...each,
      emit: (event) => (event.event === 'item' && event.outcome === 'stored' ? stop.abort() : undefined),
    })
    assert.equal(report.exitCode, 130)
    const told = await lab.complete()
    assert.equal(told.totals.vanished + report.totals.vanished, 5)
    assert.equal(lab.media().size, ITEMS + 1)
  })
})

describe('a clock that jumps', { concurrency: 8 }, () => {
  const at = (iso: string) => ({ clock: new FakeClock({ now: Date.parse(iso), patient: false }) })

  test('ahead by years and back: nothing is lost, nothing pruned too early after it is right again', async (t) => {
    const lab = await openLab(t, world, { settings: { onVanished: 'trash', keepTrash: 90, keepReplaced: 90 } })
    await lab.backupWith(at('2026-03-01T03:00:00Z'))
    lab.change((w) => removeImage(w, norway, poison.key))
    // The clock believes it is 1970: a NAS without its battery.
    const told = await lab.backupWith(at('1970-01-01T00:10:00Z'))
    assert.equal(told.exitCode, 0, told.message)
    assert.equal(told.totals.vanished, 1)
    assert.ok([...lab.ours('trash').values()].includes(md5Of(poison.bytes)))
    await lab.backupWith(at('1970-01-02T00:10:00Z'))
    assertMirrors(lab)
    const later = await lab.backupWith(at('2026-03-02T03:00:00Z'))
    assert.equal(later.exitCode, 0)
    assertMirrors(lab)
    const future = await lab.backupWith(at('2099-01-01T00:00:00Z'))
    assert.equal(future.exitCode, 0)
    const back = await lab.backupWith(at('2026-03-03T03:00:00Z'))
    assert.deepEqual([back.exitCode, back.totals.kept], [0, ITEMS - 1])
    assertMirrors(lab)
  })

  test('between two runs of one second: both have their report', async (t) => {
    const lab = await openLab(t, world)
    await lab.backupWith(at('2026-03-01T03:00:00Z'))
    lab.change((w) => addImage(w, norway, photo('new')))
    await lab.backupWith(at('2026-03-01T03:00:00Z'))
    const reports = [...lab.ours('reports').keys()].filter((path) => path.endsWith('.json'))
    assert.equal(reports.length, 2)
  })
})
