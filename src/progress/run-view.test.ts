import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRunView } from './run-view.ts'

const clock = () => {
  let now = 0
  return { now: () => now, pass: (milliseconds: number) => (now += milliseconds) }
}

const item = (path: string, size: number) =>
  ({ event: 'item', outcome: 'stored', album: '/A', albumKey: 'a', imageKey: path, path, size }) as const
const ended = (path: string, received: number) => ({ event: 'transfer.finished', path, received }) as const

describe('a run as its events tell it', () => {
  test('albums and items, skipped ones too', () => {
    const view = createRunView(() => 0)
    view.apply({ event: 'account', nickName: 'n', albums: 3, items: 100 })
    view.apply({ event: 'album.skipped', album: '/S', albumKey: 's', items: 40 })
    view.apply(item('a.jpg', 5))
    view.apply({ event: 'item', outcome: 'failed', album: '/A', albumKey: 'a', imageKey: 'b', reason: 'no' })
    view.apply({ event: 'album.finished', album: '/A', albumKey: 'a', listed: 2, held: 1 })
    assert.deepEqual(view.albums, { done: 2, total: 3 })
    assert.deepEqual(view.items, { done: 42, total: 100 })
    const totals = view.totals()
    assert.deepEqual([totals.items, totals.kept, totals.stored, totals.failed, totals.albumsSkipped], [42, 40, 1, 1, 1])
  })

  test('a further operation, as a step of the same run, has a measure of its own; results stay', () => {
    const view = createRunView(() => 0, 'leave')
    const begin = (operation: string) => view.apply({ event: 'run.started', operation, destination: '/v', dryRun: false })
    begin('leave')
    begin('backup')
    view.apply({ event: 'account', nickName: 'n', albums: 1, items: 1 })
    view.apply({ event: 'album.listed', album: '/A', albumKey: 'a', items: 1, toFetch: 1, bytes: 5 })
    view.apply({ ...item('a.jpg', 5), wanted: { size: 5 } })
    assert.deepEqual(view.measure, { done: 5, total: 5, unit: 'bytes' })
    begin('verify')
    assert.deepEqual([view.measure, view.albums.total, view.operation], [undefined, undefined, 'verify'])
    view.apply({ event: 'progress', done: 1, total: 9, unit: 'bytes' })
    assert.equal(view.measure?.total, 9)
    assert.equal(view.totals().stored, 1)
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
    assert.equal(view.measure?.done, 10)
    view.apply({ event: 'album.started', album: '/A', albumKey: 'a' })
    assert.equal(view.measure, undefined)
  })

  test('a file that has come is no less here until it is an item, or is tried again', () => {
    const { now, pass } = clock()
    const view = createRunView(now)
    view.apply({ event: 'account', nickName: 'n', albums: 1, items: 1 })
    view.apply({ event: 'album.listed', album: '/A', albumKey: 'a', items: 2, toFetch: 2, bytes: 200 })
    const done = (): number | undefined => view.measure?.done
    view.apply({ event: 'transfer.started', path: 'A/a.jpg', size: 100 })
    view.apply({ event: 'transfer.progress', path: 'A/a.jpg', received: 60, size: 100 })
    view.apply({ event: 'transfer.finished', path: 'A/a.jpg', received: 60 })
    assert.equal(done(), 60, 'the connection broke')
    view.apply({ event: 'transfer.started', path: 'A/a.jpg', size: 100, from: 60 })
    assert.equal(done(), 60, 'it goes on there')
    view.apply({ event: 'transfer.finished', path: 'A/a.jpg', received: 100 })
    assert.equal(done(), 100)
    view.apply({
      event: 'item',
      outcome: 'stored',
      album: '/A',
      albumKey: 'a',
      imageKey: 'k',
      path: 'A/a.jpg',
      size: 100,
      wanted: { size: 100 },
    })
    assert.deepEqual(view.measure, { done: 100, total: 200, unit: 'bytes' })
    view.apply({ event: 'transfer.started', path: 'A/b.jpg', size: 100 })
    view.apply({ event: 'transfer.finished', path: 'A/b.jpg', received: 50 })
    assert.equal(done(), 150)
    pass(30_000)
    assert.equal(done(), 100, 'nothing is counted for ever')
  })

  test('of a slice, the time left is that of the bytes or that of the slice, whichever is over first', () => {
    const { now, pass } = clock()
    const view = createRunView(now, 'verify')
    const begun = now()
    const read = (done: number, total: number): void =>
      view.apply({ event: 'progress', done, total, unit: 'bytes', endsAt: begun + 60_000 })
    read(0, 1e9)
    assert.equal(view.remaining(), 60_000, 'known before anything was read')
    for (let n = 1; n <= 20; n++) {
      pass(1000)
      read(n * 1e6, 1e9)
    }
    assert.equal(view.remaining(), 40_000)
    read(20e6, 30e6)
    assert.ok(Math.abs((view.remaining() ?? 0) - 10_000) < 1000, `${view.remaining()}`)
    pass(50_000)
    assert.equal(view.remaining(), undefined, 'the files in flight are finished after it')
  })

  test('the time of a part is not that of the run', () => {
    const { now, pass } = clock()
    const view = createRunView(now, 'twin')
    for (let n = 0; n <= 20; n++) {
      view.apply({ event: 'progress', done: n, total: 100, unit: 'albums', more: true })
      pass(1000)
    }
    assert.equal(view.remaining(), undefined)
    assert.equal(view.measure?.total, 100)
  })
})
