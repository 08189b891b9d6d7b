import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type AppError,
  ConfigurationError,
  DestinationError,
  type ExitCode,
  ServiceError,
  SignInError,
  VaultBusyError,
} from '../../../errors.ts'
import type { Totals } from '../../../model.ts'
import { noTotals } from '../../../model.ts'
import { Tally } from '../run/tally.ts'
import type { Braked } from '../settle/hold.ts'
import { type Changes, type Report, reportPage } from './report.ts'
import { verdict } from './verdict.ts'

type Facts = Parameters<typeof verdict>[0]

/** Totals whose items are the sum of the outcomes. */
const totalsOf = (counts: Partial<Totals>): Totals => {
  const totals = { ...noTotals, ...counts }
  const { stored, adopted, copied, moved, kept, replaced, failed, impossible, pending } = totals
  return { ...totals, items: stored + adopted + copied + moved + kept + replaced + failed + impossible + pending }
}

const tallyWith = (albumsFailed: number): Tally => {
  const tally = new Tally(() => undefined)
  for (let n = 0; n < albumsFailed; n += 1) tally.problem({ kind: 'album', reason: 'refused' })
  return tally
}

const judge = (facts: Omit<Partial<Facts>, 'totals'> & { readonly totals?: Partial<Totals> } = {}) =>
  verdict({ tally: tallyWith(0), interrupted: false, dryRun: false, ...facts, totals: totalsOf(facts.totals ?? {}) })

const braked: Braked = { vanished: 30, replaced: 0, held: 100, otherAccount: false }

describe('the exit code', () => {
  const fine = { stored: 1, adopted: 2, copied: 3, moved: 4, kept: 5, replaced: 6, vanished: 7, impossible: 8, pending: 9, albums: 2 }
  const errors: readonly (readonly [AppError, ExitCode])[] = [
    [new ConfigurationError('c'), 2],
    [new ServiceError('s'), 3],
    [new SignInError('i'), 4],
    [new DestinationError('d'), 5],
    [new VaultBusyError('b'), 6],
  ]
  const rows: readonly (readonly [what: string, facts: Parameters<typeof judge>[0], exitCode: ExitCode])[] = [
    ['nothing at all', {}, 0],
    ['all outcomes that are no failure', { totals: fine }, 0],
    ['one item failed', { totals: { ...fine, failed: 1 } }, 3],
    ['one album failed', { totals: fine, tally: tallyWith(1) }, 3],
    ['only failed', { totals: { failed: 5 } }, 3],
    ['a dry run', { totals: fine, dryRun: true }, 0],
    ['a dry run in which an album failed', { totals: fine, dryRun: true, tally: tallyWith(1) }, 3],
    ['the brake', { totals: fine, braked }, 7],
    ['the brake, before what failed', { totals: { ...fine, failed: 1 }, braked, tally: tallyWith(1) }, 7],
    ...errors.map(([error, exitCode]) => [`${error.name}, before the brake`, { totals: fine, error, braked }, exitCode] as const),
    ...errors.map(([error]) => [`interrupted, before ${error.name}`, { totals: fine, error, interrupted: true }, 130] as const),
    ['interrupted, before anything else', { totals: { failed: 1 }, braked, interrupted: true, dryRun: true }, 130],
    ['an error before there was anything to count', { tally: undefined, error: new SignInError('i') }, 4],
    ['nothing to count, and no error', { tally: undefined }, 0],
  ]
  for (const [what, facts, exitCode] of rows) test(`${exitCode}: ${what}`, () => assert.equal(judge(facts).exitCode, exitCode))
})

describe('the sentence', () => {
  test('of an error is its own, with its hint and its class', () => {
    const error = new DestinationError('The disk is full.', { hint: 'Make room.' })
    assert.deepEqual(judge({ error }), { exitCode: 5, error: 'DestinationError', message: 'The disk is full.', hint: 'Make room.' })
    assert.deepEqual(judge({ error: new ServiceError('x') }), { exitCode: 3, error: 'ServiceError', message: 'x' })
  })

  test('of a complete run counts what is held and proven', () => {
    assert.deepEqual(judge({ totals: { stored: 1, adopted: 1, copied: 1, moved: 1, kept: 1230, replaced: 1, albums: 12 } }), {
      exitCode: 0,
      message: 'Complete: all 1,235 items in 12 albums are held and proven.',
    })
  })

  test('of a complete run with exceptions says so', () => {
    assert.equal(
      judge({ totals: { kept: 10, impossible: 2, pending: 1, albums: 2 } }).message,
      'Complete: 10 items in 2 albums are held and proven; 3 items cannot be had from SmugMug now.',
    )
  })

  test('of an empty account is not that all is held', () => {
    assert.match(judge().message, /^Complete: .*holds no items\.$/)
    assert.equal(judge({ selection: { since: '2024' } }).message, 'Complete for --since 2024: no item of the account is selected.')
  })

  test('of what failed says how much, and what to do', () => {
    const items = judge({ totals: { kept: 1000, failed: 1500, albums: 3 } })
    assert.equal(items.message, 'Not complete: 1,500 items failed. 1,000 of 2,500 items are held and proven.')
    assert.match(items.hint ?? '', /again/)
    assert.match(judge({ totals: { kept: 5 }, tally: tallyWith(2) }).message, /^Not complete: 2 albums failed\./)
    assert.match(judge({ totals: { failed: 1 }, tally: tallyWith(1) }).message, /^Not complete: 1 item and 1 album failed\./)
  })

  test('of an interrupted run says what is kept and that it goes on', () => {
    const { message, hint } = judge({ interrupted: true, totals: { stored: 20, kept: 1000 } })
    assert.equal(message, 'Interrupted: 1,020 items held and proven so far, 20 of them new. Everything finished is kept.')
    assert.match(hint ?? '', /goes on where it stopped/)
    assert.equal(judge({ interrupted: true }).message, 'Interrupted: nothing was changed.')
  })

  test('of a dry run says what would be done, and that nothing was', () => {
    assert.equal(judge({ dryRun: true, totals: { kept: 12 } }).message, 'Nothing to do: 12 items are held already.')
    assert.equal(
      judge({ dryRun: true, totals: { stored: 3, copied: 2, kept: 12 } }).message,
      'Would bring in 5 items (3 to download); 12 items are held already. Nothing was changed.',
    )
    assert.match(
      judge({ dryRun: true, totals: { replaced: 2, moved: 1 } }).message,
      /^Would bring in 2 items \(2 to download\) and move 1 item within the vault; 0 items are held already\./,
    )
    assert.match(
      judge({ dryRun: true, totals: { moved: 4, kept: 1 } }).message,
      /^Would move 4 items within the vault; 1 item is held already\./,
    )
  })

  test('of the brake says what would happen, of how many, and how to let it', () => {
    const both = judge({ braked: { ...braked, vanished: 30, replaced: 1200 }, totals: { stored: 2, moved: 40, kept: 30 } })
    assert.match(
      both.message,
      /of 100 items held, 30 items would vanish and 1,200 items would be replaced, and that is more than is plausible/,
    )
    assert.match(both.message, /Nothing was replaced, moved aside or trashed; 2 new items came in\.$/)
    assert.match(both.hint ?? '', /--accept-changes/)
    const one = judge({ braked: { ...braked, vanished: 0, replaced: 1 }, totals: { stored: 1 } })
    assert.match(one.message, /held, 1 item would be replaced, and .*; 1 new item came in\.$/)
    assert.match(judge({ braked: { ...braked, otherAccount: true } }).message, /another account than the one the vault was made from/)
  })

  test('of one item is in the singular', () => {
    const said = [
      judge({ totals: { kept: 1, albums: 1 } }),
      judge({ totals: { kept: 1, pending: 1, albums: 1 } }),
      judge({ totals: { kept: 1, failed: 1 } }),
      judge({ dryRun: true, totals: { kept: 1 } }),
      judge({ dryRun: true, totals: { kept: 1, stored: 1 } }),
    ]
    for (const { message } of said) assert.doesNotMatch(message, /\b1 item\b[^.;]* are\b/)
  })

  test('of a dry run never says that anything was done', () => {
    const said = [
      judge({ dryRun: true, totals: { stored: 3, failed: 1 } }),
      judge({ dryRun: true, totals: { stored: 3 }, interrupted: true }),
      judge({ dryRun: true, totals: { stored: 3 }, braked }),
    ]
    for (const { message } of said) assert.doesNotMatch(message, /came in|is kept|3 items.*held and proven/)
  })
})

test('an adoption that did not find everything says how much is left', () => {
  const tally = tallyWith(0)
  tally.notFound = 6
  assert.equal(judge({ tally }).message, '0 of 6 items adopted; 6 are still to be fetched: run smugmug-backup.')
  assert.equal(
    judge({ tally, totals: { adopted: 2, kept: 1 } }).message,
    '2 of 9 items adopted; 6 are still to be fetched: run smugmug-backup.',
  )
  tally.notFound = 0
  assert.match(judge({ tally, totals: { adopted: 2 } }).message, /^Complete/)
})

const nothing: Changes = { *each() {} }

describe('the page', () => {
  const report: Report = {
    operation: 'backup',
    startedAt: Date.UTC(2026, 10, 3, 3, 4, 5),
    exitCode: 3,
    message: 'Not complete: 1 item failed.',
    hint: 'Run it again.',
    byGrade: { original: { files: 8, bytes: 800 }, fallback: { files: 1, bytes: 10 } },
    dryRun: false,
    totals: totalsOf({ stored: 1, kept: 5, failed: 1, vanished: 2 }),
    problems: [
      { kind: 'failed', album: '/Travel', name: 'x.jpg', reason: 'HTTP 404' },
      { kind: 'album', album: '/Home', reason: 'refused' },
      { kind: 'notice', reason: 'fyi' },
    ],
    albums: [
      { album: '/Travel', key: 'T', counted: 7, listed: 7, held: 6, skipped: false },
      { album: '/Home', key: 'H', listed: 3, held: 3, skipped: true },
    ],
    removed: [{ path: '.smugmug-backup/trash/2026-01-01/a.jpg', size: 1234 }],
  }

  test('tells when, what, each exception and each album', () => {
    const page = [...reportPage(report, nothing)].join('')
    for (const line of [
      'smugmug-backup report, 2026-11-03T03:04:05.000Z',
      'Not complete: 1 item failed.',
      'Run it again.',
      '.smugmug-backup/trash/2026-01-01/a.jpg  (1,234 bytes)',
      'failed: /Travel/x.jpg: HTTP 404',
      'album: /Home: refused',
      'notice: fyi',
    ]) {
      assert.ok(page.split('\n').includes(line), `${line} in\n${page}`)
    }
    assert.match(page, /new 1, .*unchanged 5\nfailed 1, impossible 0, pending 0, vanished 2/)
    assert.match(page, /^ {5}6 \/ 7 {6}\/Travel {2}\(listed\)\n1 album without a change, whole: 3 items\n$/m)
    assert.ok(page.endsWith('\n'))
  })

  test('without exceptions or a hint says nothing of them', () => {
    const { hint: _hint, ...rest } = report
    const page = [...reportPage({ ...rest, problems: [], albums: [] }, nothing)].join('')
    assert.doesNotMatch(page, /Exceptions|undefined/)
  })

  test('names the first of the changes in each album, and sums up the albums that are whole and unchanged', () => {
    const changes: Changes = {
      *each(what) {
        if (what === 'came') for (let n = 0; n < 25; n++) yield { what, album: '/A', name: `${n}.jpg` }
        if (what === 'went') yield { what, album: '/C', name: 'c.jpg', note: 'no longer on SmugMug; its file is kept' }
        if (what === 'moved') yield { what, album: '/B', from: 'Old/B', items: 7 }
      },
    }
    const whole = [1, 2, 3].map((n) => ({ album: `/W${n}`, key: `W${n}`, counted: n, listed: n, held: n, skipped: true }))
    const page = [...reportPage({ ...report, albums: [...report.albums, ...whole] }, changes)].join('')
    assert.match(page, /^\/A \(25\): 0\.jpg, .*19\.jpg, and 5 more \(the \.json names them\)$/m)
    assert.match(page, /^\/B \(7\): the whole album \(from Old\/B\)$/m)
    assert.match(page, /^No longer on SmugMug\n-+\n\/C \(1\): c\.jpg \(its file is kept\)$/m)
    assert.match(page, /^4 albums without a change, whole: 9 items$/m)
    assert.doesNotMatch(page, /W1|Changed/)
  })
  test('lets others have their turn while it counts the changes of small and large albums', () => {
    for (const size of [1, 100, 1000, 10_000]) {
      const changes: Changes = {
        *each(what) {
          if (what === 'came') for (let n = 0; n < 10_000; n++) yield { what, album: `/${Math.floor(n / size)}`, name: `${n}.jpg` }
        },
      }
      const turns = [...reportPage(report, changes)].filter((piece) => piece === '').length
      assert.ok(turns >= 10, `${turns} turns with ${size} an album`)
    }
  })
})
