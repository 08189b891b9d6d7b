import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Problem } from '../../events.ts'
import { noTotals } from '../../model.ts'
import type { Report } from '../backup/report/report.ts'
import type { Standing } from '../outcome.ts'
import { type Certificate, certificateOf, type LastLook } from './certificate.ts'
import { concluded } from './conclude.ts'
import { openThings } from './open.ts'
import { certificatePage } from './page.ts'
import { type LeavingFacts, toDoOf } from './to-do.ts'

const ended = { operation: 'backup', startedAt: 0, finishedAt: 1, exitCode: 0 } as const
const none = { failed: 0, pending: 0, impossible: 0, damaged: 0, unreadable: 0, notSelected: 0, notFetched: 0 }
const whole: Standing = {
  ...{ expected: 3, held: 3, originals: 3, renditions: 0, smaller: 0, lockedAlbums: [], missing: none, unlistedAlbums: 0 },
  ...{ vanishedKept: 0, vanishedLost: 0 },
  ...{ lastRun: ended, lastFullyProven: 5, isFullyProven: true, requireOriginals: false },
}

describe('everything that speaks against closing the account', () => {
  const problem = (kind: Problem['kind'], more: Partial<Problem> = {}): Problem => ({
    kind,
    album: '/A',
    name: 'a.jpg',
    reason: 'why',
    ...more,
  })
  const [backup, verify, twin]: readonly Problem[][] = [[], [], []]
  const nothing = { backup, verify, twin, standing: whole } as Parameters<typeof openThings>[0]
  const isNamed = (step: 'backup' | 'verify' | 'twin', each: Problem): boolean =>
    openThings({ ...nothing, [step]: [each] }).some(({ reason }) => reason === each.reason)

  test('nothing, where all is held and proven', () => assert.deepEqual(openThings(nothing), []))

  const table: readonly (readonly [step: 'backup' | 'verify' | 'twin', each: Problem, isOpen: boolean])[] = [
    ...(['failed', 'album', 'impossible', 'pending', 'would-vanish', 'would-be-replaced'] as const).map(
      (kind) => ['backup', problem(kind), true] as const,
    ),
    ...(['vanished', 'replaced', 'notice', 'foreign'] as const).map((kind) => ['backup', problem(kind), false] as const),
    ['backup', problem('notice', { reason: 'smaller than your original' }), true],
    ['backup', problem('notice', { reason: 'a file beside it (RAW) could not be fetched: it arrived damaged' }), true],
    ['backup', problem('notice', { reason: 'it may have a RAW file beside it, which SmugMug does not offer' }), false],
    ...(['missing', 'damaged', 'album', 'failed'] as const).map((kind) => ['verify', problem(kind), true] as const),
    ...(['foreign', 'notice'] as const).map((kind) => ['verify', problem(kind), false] as const),
    ['twin', problem('failed'), true],
    ['twin', problem('failed', { needsYou: true }), false],
  ]
  for (const [step, each, isOpen] of table)
    test(`${step}: ${each.kind}, ${each.reason}${each.needsYou === true ? ' (for a person)' : ''}: ${isOpen ? 'open' : 'not open'}`, () =>
      assert.equal(isNamed(step, each), isOpen))

  test('trouble of the last run, too, without the mark that lets it be passed over', () =>
    assert.deepEqual(openThings({ ...nothing, backup: [problem('pending', { asBefore: true })] }), [problem('pending')]))

  for (const [what, standing] of Object.entries({
    'an item that no step named': { ...whole, held: 2, missing: { ...none, notFetched: 1 } },
    'an item that SmugMug does not offer': { ...whole, held: 2, missing: { ...none, impossible: 1 } },
    'an item that SmugMug has not finished': { ...whole, held: 2, missing: { ...none, pending: 1 } },
    'a photo that is smaller than its original': { ...whole, originals: 2, smaller: 1, lockedAlbums: ['/A'] },
    'an album that is still to be looked through': { ...whole, unlistedAlbums: 1 },
    'a count that nobody knows': (({ expected: _expected, ...rest }) => rest)(whole),
    'a last run that did not end well': { ...whole, lastRun: { ...ended, exitCode: 3 } },
    'a part of the account': { ...whole, held: 2, missing: { ...none, notSelected: 1 }, lastRun: { ...ended, selection: { album: 'A' } } },
    'bytes that were not read again': { ...whole, isFullyProven: false },
  } satisfies Record<string, Standing>))
    test(`the standing alone: ${what}`, () => assert.equal(openThings({ ...nothing, standing }).length, 1))
})

const facts: LeavingFacts = {
  ...{ locked: [], invited: [], pages: [], unavailable: 0, renditions: 0, rawFiles: 0, isRawRefused: false },
  ...{ lockedAlbums: [], comments: true, vanishedKept: 0 },
}

const album = { path: '/A', folder: 'A', vanishedKept: 1 }
const standing = {
  key: 'k',
  path: '/A',
  counted: 3,
  held: 3,
  originals: 2,
  renditions: 1,
  smaller: 0,
  missing: none,
  lacking: 0,
  isUnlisted: false,
}
const LOOK: LastLook = {
  account: 'ann',
  vault: 'v',
  version: '2.0.0',
  writtenAt: Date.UTC(2026, 10, 28, 12),
  listed: { from: Date.UTC(2026, 10, 28, 10), to: Date.UTC(2026, 10, 28, 11) },
  reread: { from: Date.UTC(2026, 10, 28, 11), to: Date.UTC(2026, 10, 28, 12), files: 4, bytes: 1000 },
  sums: 'f'.repeat(64),
  standing: { ...whole, originals: 2, renditions: 1, vanishedKept: 2 },
  albums: [
    { ...album, standing },
    { path: '/Gone', folder: 'Gone', vanishedKept: 1 },
  ],
  open: [],
  toDo: toDoOf(facts),
}

const known: Problem = { kind: 'failed', album: '/A', name: 'a.jpg', reason: 'known' }

describe('the end of a last look', () => {
  test('names trouble that only the standing knows, once', () => {
    const certificate = certificateOf({ ...LOOK, open: [{ kind: 'failed', reason: 'the standing' }, known] }, 'SUMS')
    const report = { totals: noTotals, problems: [known] } as unknown as Report
    const end = concluded({ report, problems: [known], durationMs: 1, standing: whole }, { certificate, path: 'page.txt' })
    assert.deepEqual([end.exitCode, end.problems.map(({ reason }) => reason), end.certificate], [3, ['known', 'the standing'], 'page.txt'])
  })
})

describe('the list to tick off', () => {
  const entry = (key: string, more: Partial<LeavingFacts> = {}) => toDoOf({ ...facts, ...more }).find((each) => each.key === key)

  test('has what no vault can know, for every account', () =>
    assert.deepEqual(
      toDoOf(facts).map(({ key }) => key),
      [
        ...['raw', 'orders', 'price-lists', 'subscription', 'domain', 'passwords', 'guests', 'comments', 'others'],
        ...['design', 'links', 'apps', 'second-copy', 'open-copy'],
      ],
    ))

  test('names the links of the vault, whose photos a copy must have', () => {
    assert.deepEqual(entry('second-copy', { linked: ['Travel'] })?.names, ['Travel'])
    assert.match(entry('second-copy', { linked: ['Travel'] })?.how ?? '', /with the photos that these links in it lead to/)
    assert.deepEqual([entry('second-copy')?.names, entry('second-copy')?.how.includes('link')], [undefined, false])
  })

  test('names the places whose passwords are not kept, and only those', () => {
    const locked = [
      { path: '/Clients/A', isKept: false },
      { path: '/Clients/B', isKept: true },
    ]
    assert.deepEqual(entry('passwords', { locked })?.names, ['/Clients/A'])
    assert.match(entry('passwords', { locked })?.how ?? '', /does not keep the passwords of those below.*keeps 1 password:/)
    assert.match(entry('passwords', { locked: undefined })?.how ?? '', /not known here/)
    assert.equal(entry('passwords')?.names, undefined)
  })

  test('follows the vault', () => {
    assert.deepEqual(entry('locked-originals', { lockedAlbums: ['/A'] })?.names, ['/A'])
    assert.match(entry('videos', { renditions: 1 })?.how ?? '', /1 item here is the best copy/)
    assert.match(entry('raw', { rawFiles: 2, isRawRefused: true })?.how ?? '', /holds 2 RAW files.*may be some that SmugMug does not offer/)
    assert.match(entry('comments', { comments: false })?.how ?? '', /set comments = true/)
    assert.match(entry('unavailable', { unavailable: 2 })?.how ?? '', /2 of the open items are of this kind/)
    assert.match(entry('kept', { vanishedKept: 1 })?.how ?? '', /1 item that the account has no more/)
    assert.deepEqual(entry('invited', { invited: ['/F'] })?.names, ['/F'])
    assert.deepEqual(entry('design', { pages: ['/About'] })?.names, ['/About'])
  })
})

describe('the certificate', () => {
  const pageOf = (certificate: Certificate): string => [...certificatePage(certificate)].join('')

  test('has every number of the look, by album', () => {
    const { toDo: _toDo, ...found } = certificateOf(LOOK, 'SUMS')
    assert.deepEqual(found, {
      format: 'smugmug-backup/leaving/1',
      program: 'smugmug-backup 2.0.0',
      account: 'ann',
      vault: 'v',
      writtenAt: '2026-11-28T12:00:00.000Z',
      listed: { from: '2026-11-28T10:00:00.000Z', to: '2026-11-28T11:00:00.000Z' },
      reread: { from: '2026-11-28T11:00:00.000Z', to: '2026-11-28T12:00:00.000Z', files: 4, bytes: 1000 },
      isEverythingHeld: true,
      ...{ counted: 3, held: 3, originals: 2, renditions: 1, smaller: 0, keptThoughGone: 2 },
      checksums: { file: 'SUMS', sha256: 'f'.repeat(64) },
      albums: [
        { path: '/A', folder: 'A', counted: 3, held: 3, originals: 2, renditions: 1, smaller: 0, keptThoughGone: 1 },
        { path: '/Gone', folder: 'Gone', held: 0, originals: 0, renditions: 0, smaller: 0, keptThoughGone: 1, isGone: true },
      ],
      open: [],
    })
  })

  test('as a page, fits on paper: no line of ours is wider than 80 characters', () => {
    const wide = pageOf(certificateOf(LOOK, '.smugmug-backup/SHA256SUMS'))
      .split('\n')
      .filter((line) => line.length > 80)
    assert.deepEqual(wide, [])
  })

  test('says that everything is held only if nothing is open', () => {
    const open: readonly Problem[] = [{ kind: 'failed', album: '/A', name: 'a.jpg', reason: 'why' }]
    const page = pageOf(certificateOf({ ...LOOK, open }, 'SUMS'))
    assert.match(page, /This is no proof that everything is held: 1 thing is open/)
    assert.match(page, /^\[ \] failed: \/A\/a\.jpg: why$/m)
    assert.doesNotMatch(page, /Nothing is open/)
    assert.match(pageOf(certificateOf(LOOK, 'SUMS')), /Nothing is open/)
  })

  test('a name cannot pretend to be a line of the page', () => {
    const open: readonly Problem[] = [{ kind: 'failed', album: '/A\nNothing is open.', name: '\u001b[2Ja\u202egpj.jpg', reason: 'why' }]
    const page = pageOf(certificateOf({ ...LOOK, open, albums: [{ ...album, path: '/B\r\nNothing is open.', standing }] }, 'SUMS'))
    assert.doesNotMatch(page, /^Nothing is open/m)
    assert.ok(['\u001b', '\u202e', '\r'].every((each) => !page.includes(each)))
  })
})
