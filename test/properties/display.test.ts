/**
 * Names come from SmugMug as they are: any script, joined emoji, marks that stand alone, control codes, a kilobyte long. Whatever they are,
 * on a terminal of 20 to 300 columns no line of ours is wider than it, none carries a control code or half a character, and none begins
 * within a character.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { albumTree, type TreeAlbum } from '../../src/cli/reporters/album-tree.ts'
import { Foreseen } from '../../src/cli/reporters/foreseen.ts'
import { fullRunText, itemText } from '../../src/cli/reporters/history.ts'
import { displayLines } from '../../src/cli/reporters/progress.ts'
import { runLines } from '../../src/cli/reporters/runs.ts'
import { statusText } from '../../src/cli/reporters/status.ts'
import { summaryLines } from '../../src/cli/reporters/summary.ts'
import { createTextLines } from '../../src/cli/reporters/text.ts'
import { displayWidth, shortPath, truncateEnd, truncateStart, wrapped } from '../../src/cli/reporters/width.ts'
import type { Event, Problem } from '../../src/events.ts'
import { type ItemChange, noOutcomes, type Totals } from '../../src/model.ts'
import { runDays } from '../../src/operations/history/days.ts'
import type { PastRun } from '../../src/operations/outcome.ts'
import { printable } from '../../src/progress/printable.ts'
import { createRunView } from '../../src/progress/run-view.ts'
import { fc } from '../support/properties.ts'

const RUNS = { numRuns: Number(process.env.DISPLAY_RUNS ?? 50) }
const NOW = Date.UTC(2026, 10, 26, 12)

/** Pieces of names, each a trial of its own. */
const PIECES = [
  ...['Hochzeit', 'IMG_0001', 'Łódź', 'Ελλάδα', 'Москва', '家族', '写真', '사진', 'ภาพ', 'परिवार', 'தமிழ்', 'ﷺ'],
  ...['صور العائلة', 'תמונות', 'e\u0301', 'Z\u0351\u036b\u0343\u036a\u0302', '\u0301', '\u0323'],
  ...['👨‍👩‍👧', '👩🏽‍🎤', '🇳🇴', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '❤️', '1️⃣', '👍🏿', '\u200d', '\ufe0f', '🏽'],
  ...[
    '\x1b[2J',
    '\x1b]0;x\x07',
    '\r',
    '\n',
    '\t',
    '\x00',
    '\x7f',
    '\x9b',
    '\u2028',
    '\u202e',
    '\u2066',
    '\u200f',
    '\ufeff',
    '\ud83d',
    '\udc00',
  ],
  ...[' ', '  ', '.', '/', '…', '-', '(', ', '],
] as const

const name = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join('')) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(...PIECES).map((piece) => piece.repeat(Math.ceil(1000 / piece.length))) },
)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`)
const columns = fc.integer({ min: 20, max: 300 })

const segmenter = new Intl.Segmenter()
/** Returns the positions at which a text may be cut, with those inside a character that is wider than a whole line. */
const cuts = (text: string, width: number): ReadonlySet<number> => {
  const at = new Set([0, text.length])
  for (const { segment, index } of segmenter.segment(text)) {
    at.add(index)
    if (displayWidth(segment) <= width - 2) continue
    let within = index
    for (const point of segment) {
      within += point.length
      at.add(within)
    }
  }
  return at
}

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u
const ADDRESS = /https?:\/\//

/** Fails if a line is wider than the terminal, or holds what no terminal may get. */
const assertSafe = (lines: readonly string[], width: number): void => {
  for (const line of lines) {
    assert.ok(line.isWellFormed(), `half a character: ${JSON.stringify(line)}`)
    assert.doesNotMatch(line, CONTROL, JSON.stringify(line))
    if (!ADDRESS.test(line)) assert.ok(displayWidth(line) <= width, `${displayWidth(line)} of ${width}: ${JSON.stringify(line)}`)
  }
}

const linesOf = (text: string): readonly string[] => text.replace(/\n$/, '').split('\n')

const REASONS = ['smaller than your original', 'SmugMug had trouble and did not answer', 'it is no longer on SmugMug'] as const
const problem: fc.Arbitrary<Problem> = fc.record({
  kind: fc.constantFrom('failed', 'impossible', 'pending', 'vanished', 'would-vanish', 'missing', 'damaged', 'foreign', 'album', 'notice'),
  album: path,
  name,
  reason: fc.oneof(fc.constantFrom(...REASONS), name),
  detail: name,
})
const problems = fc.array(problem, { maxLength: 20 })

const totals: Totals = {
  albums: 56,
  albumsSkipped: 50,
  items: 1234,
  ...noOutcomes,
  stored: 12,
  vanished: 3,
  bytes: 1,
  apiCalls: 321,
  durationMs: 180_000,
}

const run: fc.Arbitrary<PastRun> = fc.record({
  run: fc.integer({ min: 1, max: 9999 }),
  operation: fc.constantFrom('backup', 'adopt', 'verify', 'rebuild'),
  startedAt: fc.constant(NOW),
  state: fc.constant('finished' as const),
  exitCode: fc.constantFrom(0, 3, 4, 5, 7, 130),
  message: name,
  selection: fc.record({ album: fc.array(path, { minLength: 1, maxLength: 2 }) }),
  came: fc.nat({ max: 5_000_000 }),
  changed: fc.nat({ max: 9 }),
  moved: fc.nat({ max: 9 }),
  went: fc.nat({ max: 9 }),
  failed: fc.nat({ max: 9999 }),
  bytes: fc.nat(),
  durationMs: fc.nat({ max: 90_000_000 }),
})

const change: fc.Arbitrary<ItemChange> = fc.record({
  what: fc.constantFrom('came', 'changed', 'moved', 'went'),
  album: path,
  name,
  from: path,
  note: fc.constant('no longer on SmugMug; its file is kept'),
})

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ event: fc.constant('transfer.started' as const), path, size: fc.nat() }),
  fc.record({ event: fc.constant('transfer.progress' as const), path, received: fc.nat(), size: fc.nat() }),
  fc.record({ event: fc.constant('waiting' as const), host: name, reason: name, untilMs: fc.constant(NOW + 30_000) }),
  fc.record({
    ...{
      event: fc.constant('retry' as const),
      what: name,
      reason: name,
      waitMs: fc.nat({ max: 9000 }),
      attempt: fc.integer({ min: 1, max: 7 }),
    },
    ...{ host: name, status: fc.constantFrom(200, 503) },
  }),
  fc.record({ event: fc.constant('phase' as const), name, detail: name }),
  fc.record({ event: fc.constant('account' as const), nickName: name, albums: fc.nat(), items: fc.nat(), bytes: fc.nat() }),
  fc.record({ event: fc.constant('album.finished' as const), album: path, albumKey: fc.constant('k'), listed: fc.nat(), held: fc.nat() }),
  fc.record({
    event: fc.constant('item' as const),
    outcome: fc.constantFrom('stored', 'failed', 'moved'),
    album: path,
    albumKey: name,
    imageKey: name,
    path,
    from: path,
    reason: name,
  }),
  fc.record({ event: fc.constant('file' as const), path, state: name, detail: name }),
  fc.record({ event: fc.constant('warning' as const), message: name }),
  fc.record({ event: fc.constant('debug' as const), message: name }),
  problem.map((each) => ({ event: 'problem' as const, problem: each })),
  change.map((each) => ({ event: 'change' as const, ...each })),
)

const check = <T>(given: fc.Arbitrary<T>, assertion: (given: T, width: number) => void): void =>
  fc.assert(fc.property(given, columns, assertion), RUNS)

describe('on a terminal of 20 to 300 columns, names of any script leave every line whole', () => {
  test('wrapped text is cut only between characters', () =>
    check(
      fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => printable(names.join(' '))),
      (text, width) => {
        const lines = wrapped(text, width)
        assertSafe(lines, width)
        const allowed = cuts(text, width)
        let at = 0
        for (const line of lines) {
          const bare = line.trim()
          const found = text.indexOf(bare, at)
          assert.ok(found >= 0 && text.slice(at, found).trim() === '', `${JSON.stringify(bare)} in ${JSON.stringify(text)}`)
          // A mark after the first spaces stays with them.
          const isWhole = found > 0 && line.trimEnd().endsWith(`${text[found - 1]}${bare}`)
          assert.ok(allowed.has(found) || found === at || isWhole, `begins within a character: ${JSON.stringify(bare)}`)
          at = found + bare.length
          assert.ok(allowed.has(at) || /\s/.test(text[at] ?? ''), `ends within a character: ${JSON.stringify(bare)}`)
        }
        assert.equal(text.slice(at).trim(), '')
      },
    ))

  test('cut text is cut only between characters', () =>
    check(name.map(printable), (text, width) => {
      const [start, end] = [truncateEnd(text, width), truncateStart(text, width)]
      assertSafe([start, end], width)
      const allowed = cuts(text, Number.POSITIVE_INFINITY)
      if (start !== text) assert.ok(allowed.has(start.length - 1), JSON.stringify(start))
      if (end !== text) assert.ok(allowed.has(text.length - end.length + 1), JSON.stringify(end))
    }))

  test('shortened paths are cut only between characters', () =>
    check(path.map(printable), (text, width) => {
      const short = shortPath(text, width)
      if (short === text) return
      const [first = '', last = ''] = short.split('/…/')
      const allowed = cuts(text, Number.POSITIVE_INFINITY)
      assert.ok(allowed.has(first.length) && allowed.has(text.length - last.length), JSON.stringify([text, short]))
    }))

  test('the display of a run', () =>
    check(fc.array(event, { minLength: 1, maxLength: 12 }), (events, width) => {
      const view = createRunView(() => NOW, 'backup')
      const lines = createTextLines({ detail: 'verbose', view, now: () => NOW })
      for (const each of events) {
        view.apply(each)
        assertSafe(
          lines(each).flatMap((line) => wrapped(line, width)),
          width,
        )
        assertSafe(displayLines(view, width - 1), width - 1)
      }
    }))

  test('the end of a run', () =>
    check(fc.record({ problems, changes: fc.array(change, { maxLength: 12 }), message: name, verbose: fc.boolean() }), (given, width) => {
      const foreseen = new Foreseen()
      for (const each of given.changes) foreseen.add({ event: 'change', ...each })
      const end = {
        command: 'backup',
        dryRun: true,
        exitCode: 3,
        totals,
        quiet: false,
        hint: given.message,
        foreseen: foreseen.lines(),
      } as const
      const lines = summaryLines({ ...end, message: given.message, problems: given.problems, verbose: given.verbose, columns: width })
      assertSafe(
        lines.map(({ text }) => text),
        width,
      )
    }))

  test('the runs, and one in full', () =>
    check(
      fc.record({ runs: fc.array(run, { minLength: 1, maxLength: 5 }), problems, changes: fc.array(change, { maxLength: 5 }) }),
      (given, width) => {
        assertSafe(runLines(given.runs, width), width)
        const [first] = given.runs
        if (first === undefined) return
        const changes = { came: given.changes, moved: given.changes, went: given.changes }
        const full = { run: { ...first, came: 1, moved: 1, went: 1 }, totals, changes, reportState: 'read' as const }
        assertSafe(linesOf(fullRunText(full, { problems: given.problems, columns: width })), width)
      },
    ))

  test('the life of an item', () =>
    check(
      fc.record({ path, album: path, imageKey: name, reason: name, alsoIn: fc.array(path, { maxLength: 3 }), text: name }),
      (given, width) => {
        const life = {
          ...given,
          state: 'failed',
          md5: 'd41d8cd98f00b204e9800998ecf8427e',
          sha256: 'e3b0c442'.repeat(8),
          facts: [{ at: NOW, run: 3, text: given.text }],
        }
        assertSafe(linesOf(itemText(life, width)), width)
      },
    ))

  test('the list of albums', () => {
    const album: fc.Arbitrary<TreeAlbum> = fc.record({
      ...{ path, name, items: fc.nat(), bytes: fc.nat(), held: fc.nat() },
      ...{ missing: fc.nat({ max: 3 }), pending: fc.nat({ max: 3 }), impossible: fc.nat({ max: 3 }) },
    })
    check(fc.array(album, { maxLength: 8 }), (albums, width) => {
      const folderNames = Object.fromEntries(albums.map((each) => [each.path, each.name ?? '']))
      assertSafe(linesOf(albumTree(albums, { columns: width, folderNames, estimatedMs: 90_000 })), width)
    })
  })

  test('the state of a vault', () =>
    check(
      fc.record({ destination: path, account: name, message: name, runs: fc.array(run, { maxLength: 4 }), problems }),
      (given, width) => {
        const facts = {
          ...{
            destination: given.destination,
            account: given.account,
            runs: given.runs,
            days: runDays(given.runs),
            expected: 1e6,
            originals: 1,
            renditions: 2,
            smaller: 3,
          },
          ...{
            held: { albums: 3, items: 9, files: 10, bytes: 1e12 },
            lockedAlbums: [given.destination],
            unlistedAlbums: 0,
            vanishedKept: 2,
            vanishedLost: 0,
          },
          ...{ isFullyProven: false, lastFullyProven: NOW - 1e9, nextRun: NOW + 1e9, nextDue: NOW + 1e9, byGrade: {} },
          lastRun: { operation: 'backup', startedAt: NOW - 1e6, finishedAt: NOW, exitCode: 3, message: given.message },
          missing: { failed: 0, pending: 0, impossible: 0, damaged: 0, unreadable: 0, notSelected: 0, notFetched: 0 },
        }
        assertSafe(
          linesOf(statusText(facts, { message: given.message, hint: given.message, problems: given.problems, now: NOW, columns: width })),
          width,
        )
      },
    ))
})
