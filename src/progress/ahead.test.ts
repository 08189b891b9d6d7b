import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Event } from '../events.ts'
import { measureText } from './measure.ts'
import { createRunView, type RunView } from './run-view.ts'

const MB = 1e6

const progressOf = ({ measure }: RunView): string | undefined => measure && measureText(measure)

/** A backup of one account, with a clock. */
const running = () => {
  let at = 0
  const view = createRunView(() => at, 'backup')
  const report = (...events: readonly Event[]): void => events.forEach(view.apply, view)
  report({ event: 'account', nickName: 'n', albums: 2, items: 303 })
  return { view, report, pass: (ms: number) => (at += ms) }
}

const listed = (album: string, toFetch: number, bytes: number, unsized = 0): Event => ({
  event: 'album.listed',
  album,
  albumKey: album,
  items: toFetch,
  toFetch,
  bytes,
  unsized,
})
const started = (album: string, items: number, bytes: number): Event => ({
  event: 'album.started',
  album,
  albumKey: album,
  expected: { items, bytes, unsized: 0 },
})
const fetched = (album: string, path: string, size: number): readonly Event[] => [
  { event: 'transfer.started', path, size },
  { event: 'transfer.finished', path, received: size },
  { event: 'item', outcome: 'stored', album, albumKey: album, imageKey: path, path, size, wanted: { size } },
]

describe('the progress of a backup in bytes', () => {
  test('is that of the forecast, until listings are more exact', () => {
    const { view, report } = running()
    report({ event: 'forecast', items: 303, bytes: 200 * MB, unsized: 0 })
    assert.equal(progressOf(view), '0.0 of 200 MB (0 %)')
    report(started('/A', 300, 20 * MB), listed('/A', 300, 15 * MB))
    assert.deepEqual(view.measure, { done: 0, total: 195 * MB, unit: 'bytes' })
    report(...fetched('/A', 'A/1.jpg', 5 * MB))
    assert.equal(progressOf(view), '5.0 of 195 MB (2 %)')
  })

  test('leaves out what need not be fetched, and what cannot be had', () => {
    const { view, report } = running()
    report(listed('/A', 2, 20 * MB))
    report({ event: 'item', outcome: 'kept', album: '/A', albumKey: '/A', imageKey: 'k', path: 'A/k.jpg', size: 900 * MB })
    assert.equal(view.measure?.total, 20 * MB)
    report({ event: 'item', outcome: 'failed', album: '/A', albumKey: '/A', imageKey: 'f', reason: 'no', wanted: { size: 10 * MB } })
    assert.equal(progressOf(view), '0.0 of 10.0 MB (0 %)')
    report(...fetched('/A', 'A/2.jpg', 10 * MB))
    assert.equal(progressOf(view), '10.0 of 10.0 MB (100 %)')
  })

  test('counts the part of a file that is on its way, and never more than all', () => {
    const { view, report } = running()
    report(listed('/A', 1, 60 * MB), { event: 'transfer.started', path: 'A/film.mp4', size: 60 * MB })
    report({ event: 'transfer.progress', path: 'A/film.mp4', received: 15 * MB, size: 60 * MB })
    assert.equal(progressOf(view), '15.0 of 60.0 MB (25 %)')
    report({ event: 'transfer.progress', path: 'A/film.mp4', received: 80 * MB, size: 60 * MB })
    assert.equal(progressOf(view), '60.0 of 60.0 MB (100 %)')
  })

  test('is a lower bound, without percent, while sizes are unknown', () => {
    const { view, report } = running()
    report(listed('/A', 2, 20 * MB, 1))
    assert.equal(progressOf(view), '0.0 of at least 20.0 MB')
    report({ event: 'item', outcome: 'stored', album: '/A', albumKey: '/A', imageKey: 'v', path: 'A/v.mp4', size: 5 * MB, wanted: {} })
    assert.equal(progressOf(view), '5.0 of 25.0 MB (20 %)')
  })

  test('an adoption never expects more than the folder has', () => {
    const { view, report } = running()
    report({ event: 'forecast', items: 300, bytes: 300 * MB, unsized: 0, atMost: 30 * MB })
    assert.equal(progressOf(view), '0.0 of 30.0 MB (0 %)')
    report(started('/A', 100, 100 * MB), listed('/A', 1, 10 * MB), ...fetched('/A', 'A/1.jpg', 10 * MB))
    assert.equal(progressOf(view), '10.0 of 30.0 MB (33 %)')
    report(started('/B', 200, 200 * MB), listed('/B', 1, 5 * MB))
    assert.equal(progressOf(view), '10.0 of 15.0 MB (66 %)')
    const unknown = running()
    unknown.report({ event: 'forecast', items: 300, bytes: 0, unsized: 300, atMost: 30 * MB })
    assert.equal(progressOf(unknown.view), '0.0 of 30.0 MB (0 %)', 'sizes that SmugMug does not give make no difference')
  })

  test('an album that could not be listed leaves the total; a dry run receives nothing', () => {
    const { view, report } = running()
    report({ event: 'forecast', items: 3, bytes: 30 * MB, unsized: 0 }, started('/A', 1, 10 * MB))
    report({ event: 'album.finished', album: '/A', albumKey: '/A', listed: 0, held: 0 })
    assert.equal(view.measure?.total, 20 * MB)
    report({ event: 'run.started', operation: 'backup', destination: '/v', dryRun: true })
    assert.equal(view.measure, undefined)
  })
})

describe('the time left', () => {
  test('of 300 photos and three films is that of the films, when the photos are done', () => {
    const { view, report, pass } = running()
    report(listed('/A', 303, 195 * MB), { event: 'transfer.started', path: 'A/film.mp4', size: 60 * MB })
    for (let n = 0; n < 300; n++) {
      pass(48)
      report(...fetched('/A', `A/${n}.jpg`, 0.05 * MB))
      report({ event: 'transfer.progress', path: 'A/film.mp4', received: n * 0.15 * MB, size: 60 * MB })
    }
    // 58.9 MB in 14.4 s: 4.1 MB a second, and 136 MB to go.
    assert.equal(progressOf(view), '59.8 of 195 MB (30 %)')
    const left = (view.remaining() ?? 0) / 1000
    assert.ok(left > 30 && left < 36, `${left} s`)
  })

  test('is never less than the slowest file needs, and does not become absurd when one stands still', () => {
    const { view, report, pass } = running()
    report(listed('/A', 101, 110 * MB), { event: 'transfer.started', path: 'A/slow.mp4', size: 10 * MB })
    for (let n = 0; n < 99; n++) {
      pass(200)
      report(...fetched('/A', `A/${n}.jpg`, MB))
      report({ event: 'transfer.progress', path: 'A/slow.mp4', received: n * 0.05 * MB, size: 10 * MB })
    }
    // 5 MB of it came in 20 s; 1 MB besides: the rest of the whole is done in two seconds, but this file needs 20 more.
    const left = (view.remaining() ?? 0) / 1000
    assert.ok(left > 18 && left < 23, `${left} s`)
    const still = running()
    still.report(listed('/A', 101, 110 * MB), { event: 'transfer.started', path: 'A/still.mp4', size: 10 * MB })
    for (let n = 0; n < 99; n++) {
      still.pass(200)
      still.report(...fetched('/A', `A/${n}.jpg`, MB))
    }
    const bounded = (still.view.remaining() ?? 0) / 1000
    assert.ok(bounded > 50 && bounded < 120, `${bounded} s`)
  })

  test('is not that of files which wait for their turn', () => {
    const { view, report, pass } = running()
    report(listed('/A', 104, 104 * MB))
    for (let n = 0; n < 100; n++) {
      pass(200)
      if (n === 50) for (const file of 'bcde') report({ event: 'transfer.started', path: `A/${file}.jpg`, size: MB })
      report(...fetched('/A', `A/${n}.jpg`, MB))
    }
    // Four of 104 are left, and each takes a fifth of a second.
    const left = (view.remaining() ?? 0) / 1000
    assert.ok(left > 0.5 && left < 3, `${left} s`)
  })

  test('of many small items counts each of them, whatever its size', () => {
    const { view, report, pass } = running()
    report(listed('/A', 10_000, 50 * MB))
    for (let n = 0; n < 200; n++) {
      pass(100)
      report(...fetched('/A', `A/${n}.jpg`, n % 2 === 0 ? 0.009 * MB : 0.001 * MB))
    }
    const left = (view.remaining() ?? 0) / 1000
    assert.ok(left > 950 && left < 1050, `${left} s`)
  })

  test('does not count the time of an outage, or of a wait, as a pace', () => {
    const { view, report, pass } = running()
    report(listed('/A', 1000, 1000 * MB))
    const come = (from: number, to: number): void => {
      for (let n = from; n < to; n++) {
        pass(500)
        report(...fetched('/A', `A/${n}.jpg`, MB))
      }
    }
    come(0, 20)
    const before = view.remaining() ?? 0
    const trouble = { what: 'w', reason: 'api answered 503', waitMs: 8000, most: 6, host: 'api', status: 503 } as const
    for (let attempt = 1; attempt <= 5; attempt++) {
      report({ event: 'retry', attempt, ...trouble })
      // A display asks as often.
      for (let n = 0; n < 8; n++) {
        pass(1000)
        view.remaining()
      }
    }
    report({ event: 'waiting', host: 'api', reason: 'api: answered 429', untilMs: 120_000 })
    pass(60_000)
    const after = view.remaining() ?? 0
    assert.ok(Math.abs(after - before) < 0.3 * before, `${before} → ${after} ms`)
    assert.equal(view.speed(), undefined, 'nothing comes at present')
    report({ event: 'request', host: 'api', what: 'w', endpoint: 'file', status: 200, durationMs: 1 })
    come(20, 25)
    const again = view.remaining() ?? 0
    assert.ok(Math.abs(again - before) < 0.3 * before, `${before} → ${again} ms`)
  })

  test('is unknown when the sizes of many are', () => {
    const { view, report, pass } = running()
    report(listed('/A', 100, 50 * MB, 50))
    for (let n = 0; n < 20; n++) {
      pass(1000)
      report(...fetched('/A', `A/${n}.jpg`, MB))
    }
    assert.equal(view.remaining(), undefined)
  })

  test('moves smoothly from second to second', () => {
    const { view, report, pass } = running()
    report(listed('/A', 1000, 1000 * MB))
    let before: number | undefined
    for (let n = 0; n < 600; n++) {
      pass(500 + (n % 7) * 150)
      report(...fetched('/A', `A/${n}.jpg`, (n % 3) * MB))
      const left = view.remaining()
      if (before !== undefined && left !== undefined) assert.ok(Math.abs(left - before) < before * 0.25 + 5000, `${before} → ${left}`)
      before = left
    }
  })
})
