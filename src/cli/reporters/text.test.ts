import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Event } from '../../events.ts'
import { createRunView } from '../../progress/run-view.ts'
import { createTextLines, type Detail, progressText } from './text.ts'

const reporter = (detail: Detail) => {
  let now = 0
  const view = createRunView(() => now)
  const lines = createTextLines({ detail, view, now: () => now })
  return {
    view,
    lines: (...events: readonly Event[]): string[] =>
      events.flatMap((event) => {
        view.apply(event)
        return [...lines(event)]
      }),
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

const started: Event = { event: 'run.started', operation: 'backup', destination: '/vault', dryRun: false }
const stored = (path: string): Event => ({
  event: 'item',
  outcome: 'stored',
  album: '/Travel',
  albumKey: 't',
  imageKey: path,
  path,
  size: 1_200_000,
  grade: 'rendition',
})
const finished: Event = { event: 'album.finished', album: '/Travel', albumKey: 't', counted: 3, listed: 3, held: 2 }
const failed: Event = { event: 'problem', problem: { kind: 'failed', album: '/Travel', name: 'a.jpg', reason: 'SmugMug answered 404' } }
const pending: Event = { event: 'problem', problem: { kind: 'pending', album: '/Travel', name: 'b.mp4', reason: 'being processed' } }
const warning: Event = { event: 'warning', message: 'the file is open to others' }
const run: readonly Event[] = [
  started,
  { event: 'account', nickName: 'jane', albums: 1, items: 3 },
  { event: 'album.started', album: '/Travel', albumKey: 't' },
  stored('Travel/x.jpg'),
  { event: 'retry', what: 'Travel/a.jpg', reason: 'the connection broke', waitMs: 2000, attempt: 1 },
  failed,
  pending,
  finished,
  { event: 'debug', message: 'GET /api' },
  warning,
]

describe('lines of text', () => {
  test('normal: a line for each album finished and each exception, no item, no retry', () => {
    assert.deepEqual(reporter('normal').lines(...run), [
      'Backing up jane → /vault',
      '3 items in 1 album',
      'Failed: /Travel/a.jpg: SmugMug answered 404',
      'Pending: /Travel/b.mp4: being processed',
      '/Travel: 2 of 3 items held, 1 new',
      'Warning: the file is open to others',
    ])
  })

  test('verbose: items, retries and debug lines too', () => {
    const lines = reporter('verbose').lines(...run)
    assert.ok(lines.includes('stored Travel/x.jpg (1.2 MB, rendition)'), lines.join('\n'))
    assert.ok(lines.some((line) => line.includes('Trying again in 2.0 s') && line.includes('the connection broke')))
    assert.ok(lines.includes('GET /api'))
  })

  test('verbose: how many requests at once, when that changes', () => {
    const begins = { event: 'limit', host: 'api.smugmug.com', kind: 'calls', atOnce: 12, reason: 'to begin with' } as const
    assert.deepEqual(reporter('verbose').lines(begins, { ...begins, atOnce: 18, before: 12, reason: 'more may bring more' }), [
      'api.smugmug.com: at most 18 requests at once from now on, not 12: more may bring more',
    ])
  })

  test('brief: only what went wrong, for a display shows the rest', () => {
    assert.deepEqual(reporter('brief').lines(...run), [
      'Backing up jane → /vault',
      '3 items in 1 album',
      'Failed: /Travel/a.jpg: SmugMug answered 404',
      'Warning: the file is open to others',
    ])
  })

  test('quiet: warnings only; failures come with the summary', () => {
    assert.deepEqual(reporter('quiet').lines(...run), ['Warning: the file is open to others'])
  })

  test('a long silence is broken by a line of progress, at most every 30 seconds', () => {
    const { lines, pass } = reporter('normal')
    lines(started, { event: 'account', nickName: 'jane', albums: 2, items: 100 }, { event: 'transfer.started', path: 'a' })
    const progress: Event = { event: 'transfer.progress', path: 'a', received: 1_000_000 }
    pass(29_000)
    assert.deepEqual(lines(progress), [])
    pass(2000)
    assert.match(lines(progress)[0] ?? '', /^0 of 2 albums, 0 of 100 items, 1\.0 MB/)
    pass(29_000)
    assert.deepEqual(lines(progress), [])
  })

  test('one file that could not be written is not called an album', () => {
    const of = (what: { readonly album?: string; readonly name?: string; readonly reason: string }): Event => ({
      event: 'problem',
      problem: { kind: 'album', ...what },
    })
    const lines = reporter('normal').lines(of({ name: 'tree.json', reason: 'not written' }), of({ album: '/Travel', reason: 'not listed' }))
    assert.deepEqual(lines, ['Failed: tree.json: not written', 'Album failed: /Travel: not listed'])
  })

  test('nothing that a name contains reaches a terminal', () => {
    const lines = reporter('verbose').lines(stored('Travel/\x1b]0;owned\x07\n.jpg'), {
      event: 'problem',
      problem: { kind: 'failed', album: '/\x1b[2J', name: 'a\u202e.jpg', reason: 'x\r\nFake: line' },
    })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/)
  })
})

describe('waits', () => {
  test('that end close to one another have one line; one that begins later has its own', () => {
    let now = 0
    const lines = createTextLines({ detail: 'normal', view: createRunView(() => now), now: () => now })
    const wait = (untilMs: number, host = 'api.smugmug.com') =>
      lines({ event: 'waiting', host, reason: `${host}: answered 429`, untilMs }).length
    assert.deepEqual([wait(30_000), wait(32_000), wait(30_000, 'photos.smugmug.com'), wait(60_000)], [1, 0, 1, 1])
    now = 60_000
    assert.equal(wait(62_000), 1)
  })
})

describe('a dry run', () => {
  const dry: Event = { event: 'run.started', operation: 'backup', destination: '/vault', dryRun: true }
  const would = (outcome: 'stored' | 'kept' | 'replaced', reason?: string): Event => ({
    event: 'item',
    outcome,
    album: '/Travel',
    albumKey: 't',
    imageKey: 'k',
    ...(reason === undefined ? {} : { reason }),
  })

  test('says for each album what would be done and why, also beside a display', () => {
    for (const detail of ['normal', 'brief'] as const) {
      const lines = reporter(detail).lines(
        dry,
        would('stored', 'new'),
        would('stored', 'new'),
        would('replaced', 'changed on SmugMug'),
        would('stored', 'its file was missing in the vault'),
        would('stored', 'its file was missing in the vault'),
        would('kept'),
        finished,
      )
      assert.equal(
        lines.at(-1),
        '/Travel: would fetch 2 (new), replace 1 (changed on SmugMug), fetch 2 (their files were missing in the vault); 1 unchanged',
      )
    }
  })

  test('says nothing of albums with nothing to do', () => {
    assert.deepEqual(reporter('brief').lines(dry, would('kept'), finished), [])
  })
})

test('two albums with one path are counted apart', () => {
  const lines = reporter('normal').lines(
    ...(['a', 'b', 'b'] as const).map(
      (albumKey, n): Event => ({ event: 'item', outcome: 'stored', album: '/Twice', albumKey, imageKey: `${n}`, path: `Twice/${n}.jpg` }),
    ),
    { event: 'album.finished', album: '/Twice', albumKey: 'a', listed: 1, held: 1 },
    { event: 'album.finished', album: '/Twice', albumKey: 'b', listed: 2, held: 2 },
  )
  assert.deepEqual(lines, ['/Twice: 1 of 1 item held, 1 new', '/Twice: 2 of 2 items held, 2 new'])
})

test('an album says how many of its items are new, and how many were adopted', () => {
  const items = (['stored', 'adopted', 'adopted', 'kept', 'replaced'] as const).map(
    (outcome, n): Event => ({ event: 'item', outcome, album: '/A', albumKey: 'a', imageKey: `${n}`, path: `A/${n}.jpg` }),
  )
  const finished: Event = { event: 'album.finished', album: '/A', albumKey: 'a', listed: 5, held: 5 }
  assert.deepEqual(reporter('normal').lines(...items, finished), ['/A: 5 of 5 items held, 1 new, 1 replaced, 2 adopted'])
  assert.deepEqual(reporter('normal').lines(finished), ['/A: 5 of 5 items held'])
})

describe('many problems with one reason', () => {
  const same = (n: number): Event => ({ event: 'problem', problem: { kind: 'failed', album: '/A', name: `${n}.jpg`, reason: 'no answer' } })
  const many = Array.from({ length: 67 }, (_, n) => same(n))

  test('take a line for the first', () => {
    for (const detail of ['brief', 'normal'] as const) assert.deepEqual(reporter(detail).lines(...many), ['Failed: /A/0.jpg: no answer'])
  })

  test('take a line each with --verbose', () => assert.equal(reporter('verbose').lines(...many).length, 67))

  test('and those that the last run had as well take none', () => {
    const old: Event = { event: 'problem', problem: { kind: 'pending', album: '/A', name: 'v.mp4', reason: 'not yet', asBefore: true } }
    assert.deepEqual(reporter('normal').lines(old), [])
    assert.equal(reporter('verbose').lines(old).length, 1)
  })
})

test('progress in bytes is shown in bytes', () => {
  const { view } = reporter('normal')
  view.apply({ event: 'progress', done: 1_500_000, total: 3_000_000, unit: 'bytes' })
  assert.equal(progressText(view), '1.5 of 3.0 MB (50 %)')
})
