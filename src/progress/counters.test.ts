import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Event } from '../events.ts'
import type { OutcomeKind } from '../model.ts'
import { createCounters } from './counters.ts'
import { createRunView } from './run-view.ts'

/** Counters with their view and a clock, fed as `--stats` does. */
const counting = () => {
  let at = 1_000_000
  const now = () => at
  const view = createRunView(now, 'backup')
  const counters = createCounters(view, now)
  return {
    now,
    report: (...events: readonly Event[]) => {
      for (const event of events) {
        view.apply(event)
        counters.apply(event)
      }
    },
    /** A second at a time, as the program does. */
    pass: (seconds: number) => {
      for (let n = 0; n < seconds; n++) {
        at += 1000
        counters.sample()
      }
    },
    numbers: () => counters.numbers(),
  }
}

const listed = (album: string, items: number, toFetch: number): Event => ({ event: 'album.listed', album, albumKey: album, items, toFetch })
const item = (album: string, outcome: OutcomeKind, size = 0): Event => ({
  event: 'item',
  outcome,
  album,
  albumKey: album,
  imageKey: 'k',
  path: 'p',
  size,
})
const wanted = (album: string, outcome: OutcomeKind, size = 0): Event => ({ ...item(album, outcome, size), wanted: { size } }) as Event
const fetched = (size: number): readonly Event[] => [
  { event: 'transfer.started', path: 'p', size },
  { event: 'transfer.finished', path: 'p', received: size },
]
const request = (endpoint: string, status: number | undefined, durationMs = 10): Event => ({
  event: 'request',
  host: 'h',
  what: 'w',
  endpoint,
  durationMs,
  ...(status !== undefined && { status }),
})

describe('calls', () => {
  test('are counted by endpoint and status, without an answer too', () => {
    const { report, numbers } = counting()
    report(request('file', 200, 5), request('file', 503), request('file', 200, 7), request('album!images', 200), request('file', undefined))
    assert.deepEqual(numbers().calls, [
      { endpoint: 'file', status: 200, count: 2, durationMs: 12 },
      { endpoint: 'file', status: 503, count: 1, durationMs: 10 },
      { endpoint: 'album!images', status: 200, count: 1, durationMs: 10 },
      { endpoint: 'file', count: 1, durationMs: 10 },
    ])
  })

  test('of endless kinds take no endless room, and none is lost', () => {
    const { report, numbers } = counting()
    for (let n = 0; n < 10_000; n++) report(request(`kind ${n}`, 200))
    report(request('kind 3', 200))
    const { calls } = numbers()
    assert.ok(calls.length <= 201, `${calls.length} kinds`)
    assert.equal(
      calls.reduce((sum, { count }) => sum + count, 0),
      10_001,
    )
    assert.equal(calls.find(({ endpoint }) => endpoint === 'kind 3')?.count, 2)
    assert.ok((calls.find(({ endpoint }) => endpoint === 'other')?.count ?? 0) > 9000)
  })
})

describe('the queue', () => {
  test('holds the wanted items of listed albums, until they are finished', () => {
    const { report, numbers } = counting()
    report(listed('/A', 10, 3), listed('/B', 5, 5), listed('/C', 7, 0))
    assert.equal(numbers().wanted, 8)
    report(wanted('/A', 'stored', 5), wanted('/A', 'failed'), wanted('/B', 'copied'))
    assert.equal(numbers().wanted, 5)
    report(item('/C', 'kept'))
    assert.equal(numbers().wanted, 5)
  })

  test('is not shortened by items that were never in it, and is by those that cannot be had', () => {
    const { report, numbers } = counting()
    report(listed('/A', 4, 2), item('/A', 'kept'), item('/A', 'impossible'))
    assert.equal(numbers().wanted, 2)
    report(wanted('/A', 'impossible'), wanted('/A', 'stored', 1))
    assert.equal(numbers().wanted, 0)
  })

  test('forgets an album that is finished, and everything when the next account begins; it is never less than empty', () => {
    const { report, numbers } = counting()
    report(listed('/A', 4, 4), { event: 'album.finished', album: '/A', albumKey: '/A', listed: 4, held: 4 }, wanted('/A', 'moved'))
    assert.equal(numbers().wanted, 0)
    report(listed('/B', 4, 4), { event: 'run.started', operation: 'backup', destination: '/v', dryRun: false })
    assert.equal(numbers().wanted, 0)
  })

  test('shows the limit of each host, calls and files apart, for a bounded number of hosts', () => {
    const { report, numbers } = counting()
    const limit = (host: string, kind: 'calls' | 'files', atOnce: number): Event => ({ event: 'limit', host, kind, atOnce, reason: 'r' })
    report(limit('a', 'calls', 8), limit('a', 'files', 2), limit('a', 'calls', 4))
    assert.deepEqual(numbers().atOnce, [
      { host: 'a', kind: 'calls', atOnce: 4 },
      { host: 'a', kind: 'files', atOnce: 2 },
    ])
    for (let n = 0; n < 1000; n++) report(limit(`host ${n}`, 'calls', 1))
    report(limit('a', 'calls', 5))
    assert.ok(numbers().atOnce.length <= 20)
    assert.equal(numbers().atOnce[0]?.atOnce, 5)
  })
})

describe('waits', () => {
  test('are counted as they pass; two at the same time are one time', () => {
    const { report, numbers, pass, now } = counting()
    report({ event: 'waiting', reason: 'api: too many', untilMs: now() + 10_000 })
    assert.equal(numbers().waitedMs, 0)
    pass(4)
    assert.equal(numbers().waitedMs, 4000)
    report({ event: 'waiting', reason: 'cdn: too many', untilMs: now() + 10_000 })
    assert.deepEqual(
      numbers().waiting.map(({ reason }) => reason),
      ['cdn: too many', 'api: too many'],
    )
    pass(6)
    assert.deepEqual(
      numbers().waiting.map(({ reason }) => reason),
      ['cdn: too many'],
    )
    pass(60)
    const { waits, waitedMs, waiting } = numbers()
    assert.deepEqual([waits, waitedMs, waiting], [2, 14_000, []])
  })

  test('go on while other hosts move, and a longer one takes the place of a shorter one', () => {
    const { report, numbers, now } = counting()
    report({ event: 'waiting', reason: 'api', untilMs: now() + 10_000 })
    report({ event: 'waiting', reason: 'api', untilMs: now() + 20_000 })
    assert.equal(numbers().isStill, true)
    report(item('/A', 'stored', 9))
    assert.deepEqual([numbers().waiting, numbers().isStill], [[{ reason: 'api', untilMs: now() + 20_000 }], false])
  })
})

test('retries are counted with their pauses, and the last three are shown', () => {
  const { report, numbers } = counting()
  for (let n = 1; n <= 5; n++) report({ event: 'retry', what: `file ${n}`, reason: 'answered 503', waitMs: 100 * n, attempt: 1 })
  const { retries, retryWaitMs, lastRetries } = numbers()
  assert.deepEqual([retries, retryWaitMs], [5, 1500])
  assert.deepEqual(
    lastRetries.map(({ what }) => what),
    ['file 3', 'file 4', 'file 5'],
  )
})

test('speed is kept for ten minutes, by five seconds', () => {
  const { report, numbers, pass } = counting()
  pass(5)
  report(...fetched(50_000))
  pass(5)
  report(...fetched(5000))
  pass(7)
  assert.deepEqual(numbers().speeds, [0, 10_000, 1000])
  pass(3600)
  assert.equal(numbers().speeds.length, 120)
})

test('a transfer is shown until it ends, however long it stands still, and whether or not its file is an item', () => {
  const { report, numbers, pass } = counting()
  report({ event: 'transfer.started', path: 'a.raw', size: 100 }, { event: 'transfer.started', path: 'b.jpg', size: 100 })
  pass(3600)
  assert.equal(numbers().transfers.length, 2)
  report({ event: 'transfer.finished', path: 'a.raw', received: 100 })
  assert.deepEqual(
    numbers().transfers.map(({ path }) => path),
    ['b.jpg'],
  )
  assert.equal(numbers().bytes, 100)
})

test('the counts of the view are passed on', () => {
  const { report, numbers } = counting()
  assert.equal(numbers().phase, 'Reading the list of albums')
  report({ event: 'account', nickName: 'jane', albums: 3, items: 100 }, ...fetched(7), item('/A', 'stored', 7))
  report({ event: 'problem', problem: { kind: 'vanished', reason: 'r' } })
  const { account, albums, items, outcomes, bytes, vanished, phase } = numbers()
  assert.deepEqual([account, albums.total, items, bytes, vanished, phase], ['jane', 3, { done: 1, total: 100 }, 7, 1, undefined])
  assert.deepEqual(Object.keys(outcomes).length, 9)
  assert.equal(outcomes.stored, 1)
})
