import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRunView } from './run-view.ts'

const clock = () => {
  let now = 0
  return { now: () => now, pass: (milliseconds: number) => (now += milliseconds) }
}

const item = (path: string, size: number) => ({ event: 'item', outcome: 'stored', album: '/A', imageKey: path, path, size }) as const
const ended = (path: string, received: number) => ({ event: 'transfer.finished', path, received }) as const

describe('a run as its events tell it', () => {
  test('albums and items, skipped ones too', () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'account', nickName: 'n', albums: 3, items: 100 })
    view.apply({ event: 'album.skipped', album: '/S', albumKey: 's', items: 40 })
    view.apply(item('a.jpg', 5))
    view.apply({ event: 'item', outcome: 'failed', album: '/A', imageKey: 'b', reason: 'no' })
    view.apply({ event: 'album.finished', album: '/A', albumKey: 'a', listed: 2, held: 1 })
    assert.deepEqual(view.albums, { done: 2, total: 3 })
    assert.deepEqual(view.items, { done: 42, total: 100 })
    const totals = view.totals()
    assert.deepEqual([totals.items, totals.kept, totals.stored, totals.failed, totals.albumsSkipped], [42, 40, 1, 1, 1])
  })

  test('a second account adds to the first', () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'account', nickName: 'n', albums: 1, items: 40 })
    view.apply({ event: 'album.skipped', album: '/S', albumKey: 's', items: 40 })
    view.apply({ event: 'account', nickName: 'm', albums: 5, items: 7 })
    assert.deepEqual([view.albums.total, view.items.total], [6, 47])
  })

  test('bytes are counted once, with or without progress events, and again when they come again; items bring none', () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'transfer.started', path: 'a', size: 100 })
    view.apply({ event: 'transfer.progress', path: 'a', received: 60, size: 100 })
    assert.equal(view.bytes, 60)
    view.apply(ended('a', 65))
    view.apply({ event: 'transfer.started', path: 'a', size: 100 })
    view.apply({ event: 'transfer.progress', path: 'a', received: 30, size: 100 })
    view.apply(ended('a', 100))
    view.apply(item('a', 100))
    assert.equal(view.bytes, 165)
    view.apply({ event: 'transfer.started', path: 'b', size: 7 })
    view.apply(ended('b', 7))
    assert.equal(view.bytes, 172)
  })

  test('bytes that came in another run are none of this one', () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'transfer.started', path: 'a', size: 100, from: 70 })
    assert.equal(view.bytes, 0)
    view.apply({ event: 'transfer.progress', path: 'a', received: 80, size: 100 })
    assert.equal(view.bytes, 10)
    view.apply(ended('a', 85))
    view.apply({ event: 'transfer.started', path: 'a', size: 100, from: 85 })
    assert.equal(view.bytes, 15)
    view.apply(ended('a', 100))
    assert.equal(view.bytes, 30)
  })

  test('a dry run receives nothing', () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'run.started', operation: 'backup', destination: '/v', dryRun: true })
    view.apply(item('a', 100))
    assert.equal(view.bytes, 0)
  })

  test('the file that moved last comes first, finished files are gone', () => {
    const view = createRunView(() => 0)
    for (let n = 0; n < 1000; n++) view.apply({ event: 'transfer.started', path: `f${n}` })
    view.apply({ event: 'transfer.progress', path: 'f950', received: 1 })
    view.apply(ended('f999', 1))
    assert.deepEqual(
      view.transfers(3).map(({ path }) => path),
      ['f950', 'f998', 'f997'],
    )
    assert.equal(view.transfers(1000).length, 999)
  })

  test('speed is that of the last seconds; the remaining time follows from the last minute, once there is enough of it', () => {
    const { now, pass } = clock()
    const view = createRunView(now)
    view.apply({ event: 'account', nickName: 'n', albums: 1, items: 100 })
    assert.equal(view.speed(), undefined)
    for (let n = 0; n < 20; n++) {
      pass(1000)
      view.apply({ event: 'transfer.started', path: `f${n}` })
      view.apply(ended(`f${n}`, 5000))
      view.apply(item(`f${n}`, 5000))
      if (n === 3) assert.equal(view.remaining(), undefined)
    }
    assert.ok(Math.abs((view.speed() ?? 0) - 5000) < 400, String(view.speed()))
    assert.ok(Math.abs((view.remaining() ?? 0) - 80_000) < 6000, String(view.remaining()))
    pass(60_000)
    assert.equal(view.speed(), undefined, 'nothing moves any more')
  })

  test("an operation's own count takes over until albums begin", () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'progress', done: 10, total: 20, unit: 'files' })
    assert.equal(view.progress?.done, 10)
    view.apply({ event: 'album.started', album: '/A', albumKey: 'a' })
    assert.equal(view.progress, undefined)
  })
})
