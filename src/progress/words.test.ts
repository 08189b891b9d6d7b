import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCounters, type Numbers } from './counters.ts'
import { createRunView } from './run-view.ts'
import type { Vitals } from './vitals.ts'
import { type Row, wordsOf } from './words.ts'

const vitals: Vitals = { rss: 120_000_000, heapUsed: 40_000_000, external: 5_000_000, delay: { mean: 0.5, p99: 12, max: 250 } }
const clock = () => Date.UTC(2026, 0, 2, 3, 4, 5)
const begun: Numbers = createCounters(createRunView(clock, 'backup'), clock).numbers()
const going: Numbers = {
  ...begun,
  at: begun.startedAt + 3_600_000,
  account: 'jane',
  items: { done: 1234, total: 5678 },
  albums: { done: 12, total: 340 },
  bytes: 12_345_678_901,
  speed: 8_123_456.7,
  remainingMs: 7_500_000,
}

const lines = (rows: readonly Row[]): readonly string[] => rows.map(({ cells }) => cells.join(' | '))

describe('the words of the page', () => {
  test('big numbers: how far, how much, how fast, how long', () => {
    const { texts, done, title, state } = wordsOf(going, vitals)
    assert.deepEqual(
      [texts.items, texts['items-of'], texts.bytes, texts.speed, texts.left, texts.albums, texts['albums-of'], texts.elapsed],
      ['1,234', 'of 5,678 photos and videos', '12.3 GB', '8.1 MB/s', '2 h 5 min', '12', 'of 340 albums', '1 h'],
    )
    assert.ok(done !== undefined && Math.abs(done - 0.2173) < 0.001)
    assert.deepEqual([texts.account, texts.status, state, title], ['jane', 'Backing up', 'running', '21 % · smugmug-backup'])
  })

  test('unknown numbers are left out, rather than shown as nothing', () => {
    const { texts, done, title, tables } = wordsOf({ ...begun, phase: 'Reading the list of albums' }, vitals)
    assert.deepEqual([texts.speed, texts.left, texts['items-of'], done], ['–', '–', 'photos and videos', undefined])
    assert.deepEqual([title, texts.detail], ['smugmug-backup', 'Reading the list of albums'])
    assert.deepEqual([lines(tables.transfers), lines(tables.outcomes)], [['Nothing at the moment'], ['Nothing yet']])
  })

  test('more than SmugMug counted is no hundred and one percent', () => {
    const { texts, done } = wordsOf({ ...going, items: { done: 6000, total: 5678 } }, vitals)
    assert.deepEqual([texts['items-of'], done], ['photos and videos', 1])
  })

  test('a wait comes first, with its reason', () => {
    const waiting = [
      { reason: 'api: too many requests', untilMs: going.at + 60_000 },
      { reason: 'cdn: busy', untilMs: going.at + 1000 },
    ]
    const { texts, state, tables } = wordsOf({ ...going, waiting, isStill: true, waits: 3, waitedMs: 90_000 }, vitals)
    assert.match(texts.status, /^Waiting until \d\d:\d\d$/)
    assert.deepEqual([state, texts.detail], ['waiting', 'api: too many requests'])
    assert.ok(lines(tables.waits).some((line) => /^Waiting until \d\d:\d\d \(1 s\): cdn: busy$/.test(line)))
    assert.ok(lines(tables.waits).includes('asked for by SmugMug | 3 waits, 90 s'))
    assert.equal(wordsOf({ ...going, waiting }, vitals).state, 'running', 'something else moves all the same')
  })

  test('the part in bytes, in the words of the terminal; an outage; the files asked for', () => {
    const measure = { done: 58.9e6, total: 195e6, unit: 'bytes' } as const
    const run: Numbers = { ...going, measure, speed: 4.1e6, remainingMs: 33_000, asked: 64, underWay: 3 }
    const { texts, done, title, tables } = wordsOf(run, vitals)
    assert.deepEqual([texts.progress, texts.left, title], ['58.9 of 195 MB (30 %) · 4.1 MB/s · 33 s left', '33 s', '30 % · smugmug-backup'])
    assert.ok(done !== undefined && Math.abs(done - 0.302) < 0.001)
    assert.deepEqual(lines(tables.queue).slice(1, 3), ['asked for | 64 files', 'on their way | 3 files'])
    const least = wordsOf({ ...run, measure: { ...measure, isLeast: true } }, vitals)
    assert.deepEqual([least.done, least.title], [undefined, 'smugmug-backup'], 'a part of an unknown whole has no percent')
    assert.match(least.texts.progress, /^58\.9 of at least 195 MB · /)

    const outage = { host: 'api', since: going.at - 9000, status: 503, reason: 'unavailable', attempt: 4, nextAt: going.at + 7500, most: 7 }
    const out = wordsOf({ ...going, outages: [outage] }, vitals)
    assert.deepEqual([out.texts.status, out.state], ['SmugMug does not answer (503): try 4 of 7', 'waiting'])
    assert.ok(lines(out.tables.waits).includes('SmugMug does not answer (503): try 4 of 7 | the next one in 8 s'))
    const tried = wordsOf({ ...going, outages: [{ ...outage, nextAt: going.at }] }, vitals)
    assert.ok(lines(tried.tables.waits).includes('SmugMug does not answer (503): try 4 of 7'))
    const goesOn = wordsOf({ ...going, outages: [outage], transfers: [{ path: 'a.jpg', received: 1 }] }, vitals)
    assert.deepEqual([goesOn.texts.status, goesOn.state], ['Backing up', 'running'], 'photos come all the same')
    const over = wordsOf({ ...run, outages: [outage] }, vitals, { exitCode: 3, message: 'm' })
    assert.deepEqual(
      [over.texts.progress, over.texts.left, lines(over.tables.queue)[1]],
      ['58.9 of 195 MB (30 %)', '–', 'asked for | 0 files'],
    )
    assert.ok(!lines(over.tables.waits).some((line) => line.includes('does not answer')))
  })

  test('the name of another operation than a backup', () => {
    assert.equal(wordsOf({ ...begun, operation: 'verify' }, vitals).texts.status, 'Verifying')
  })

  test('the end says how it was, and that nothing moves any more', () => {
    const transfers = [{ path: 'a.jpg', received: 0 }]
    const { texts, state, title, tables } = wordsOf({ ...going, transfers }, vitals, { exitCode: 3, message: 'Two failed.' })
    assert.deepEqual([texts.status, texts.detail, state, title], ['Ended', 'Two failed.', 'warning', 'Ended · smugmug-backup'])
    assert.deepEqual([texts.speed, texts.left, lines(tables.transfers)], ['–', '–', ['Nothing at the moment']])
    assert.equal(wordsOf(going, vitals, { exitCode: 0, message: 'm' }).state, 'good')
    assert.equal(wordsOf(going, vitals, { exitCode: 5, message: 'm' }).state, 'bad')
    assert.equal(wordsOf(going, vitals, { exitCode: 130, message: 'm' }).texts.status, 'Stopped')
  })

  test('transfers: name, folder, how much; eight of them', () => {
    const transfers = Array.from({ length: 11 }, (_, n) => ({ path: `Travel/2024 Norway/${n}.jpg`, received: 50, size: 200 }))
    const rows = wordsOf({ ...going, transfers, underWay: 11 }, vitals).tables.transfers
    assert.equal(rows.length, 9)
    assert.deepEqual(rows[0], { cells: ['0.jpg', 'Travel/2024 Norway', '25% of 200 bytes'], done: 0.25 })
    assert.deepEqual(rows[8]?.cells, ['3 more on their way'])
    const atTop = wordsOf({ ...going, transfers: [{ path: 'a.jpg', received: 0 }] }, vitals).tables.transfers
    assert.deepEqual(atTop, [{ cells: ['a.jpg', '', '0 bytes'] }])
  })

  test('outcomes: only those that happened; a failure stands out; a dry run shows the plan', () => {
    const outcomes = { ...begun.outcomes, stored: 1500, failed: 2 }
    const rows = wordsOf({ ...going, outcomes, vanished: 1 }, vitals).tables.outcomes
    assert.deepEqual(lines(rows), [
      'new: fetched and proven | 1,500',
      'failed: the next run tries again | 2',
      'gone from SmugMug; your files stay | 1',
    ])
    assert.deepEqual(
      rows.map(({ tone }) => tone),
      [undefined, 'bad', undefined],
    )
    const dry = wordsOf({ ...going, outcomes, dryRun: true }, vitals)
    assert.equal(dry.texts.status, 'Trying out, nothing is written')
    assert.equal(lines(dry.tables.outcomes)[0], 'to fetch | 1,500')
  })

  test('calls: the most frequent first, by answer, with their time', () => {
    const calls = [
      { endpoint: 'album!images', status: 200, count: 10, durationMs: 6400 },
      { endpoint: 'file', status: 503, count: 6, durationMs: 600 },
      { endpoint: 'file', status: 200, count: 2994, durationMs: 299_400 },
      { endpoint: 'file', count: 1, durationMs: 30_000 },
    ]
    assert.deepEqual(lines(wordsOf({ ...going, calls }, vitals).tables.calls), [
      'photos and videos | none: 1, 200: 2,994, 503: 6 | 0.1 s',
      'album!images | 200: 10 | 0.6 s',
    ])
  })

  test('the queue, the pauses and the program', () => {
    const { tables } = wordsOf(
      {
        ...going,
        wanted: 5517,
        atOnce: [
          { host: 'api.smugmug.com', kind: 'calls', atOnce: 1 },
          { host: 'photos.smugmug.com', kind: 'files', atOnce: 32 },
        ],
        retries: 1,
        retryWaitMs: 2000,
        lastRetries: [{ at: going.at, what: 'a.jpg', reason: 'answered 503' }],
      },
      vitals,
    )
    assert.deepEqual(lines(tables.queue), [
      'waiting to be fetched | 5,517 items',
      'asked for | 0 files',
      'on their way | 0 files',
      'api.smugmug.com | at most 1 call at once',
      'photos.smugmug.com | at most 32 files at once',
    ])
    assert.match(lines(tables.waits).join('\n'), /tried again \| 1 time, 2\.0 s of pauses\nat \d\d:\d\d: a\.jpg: answered 503$/)
    assert.match(lines(tables.program).join('\n'), /memory \| 120\.0 MB[\s\S]*mean \| 0\.5 ms[\s\S]*longest \| 250\.0 ms/)
  })

  test('names do not reverse or hide what stands beside them', () => {
    const transfers = [{ path: 'a\u202egpj.exe', received: 0 }]
    assert.deepEqual(wordsOf({ ...going, transfers }, vitals).tables.transfers[0]?.cells[0], 'a\\u202egpj.exe')
  })
})
