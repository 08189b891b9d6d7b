import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { atOnce } from '../flow/breathe.ts'
import type { LastRun } from './outcome.ts'
import { type AlbumFacts, isWhole, type StandingFacts, smallerHint, standingCode, standingSentence, standingSteps } from './standing.ts'

const album = (key: string, facts: Partial<AlbumFacts> = {}): AlbumFacts => ({
  key,
  path: `/${key}`,
  states: {},
  grades: {},
  unsound: 0,
  vanishedKept: 0,
  vanishedLost: 0,
  isListed: true,
  isUnreadable: false,
  ...facts,
})
/** An album whose items are all held as originals. */
const full = (key: string, items: number): AlbumFacts => album(key, { states: { held: items }, grades: { original: items } })

const ended: LastRun = { operation: 'backup', startedAt: 1, finishedAt: 2, exitCode: 0, message: 'Complete.' }
const only = { ...ended, selection: { album: ['Weddings-2023/**'] } }

const stands = (facts: Partial<StandingFacts> & { readonly counted?: Record<string, number | null>; readonly changed?: number }) =>
  atOnce(
    standingSteps({
      look: facts.counted === undefined ? undefined : { counted: facts.counted, changed: facts.changed ?? 0 },
      albums: [],
      vanishedKept: 0,
      vanishedLost: 0,
      lastRun: ended,
      hasGrownSince: false,
      requireOriginals: false,
      ...facts,
    }),
  )

const locked = album('A', { states: { held: 23 }, grades: { fallback: 20, rendition: 3 } })

describe('how a vault stands', () => {
  const rows: Readonly<Record<string, readonly [facts: Parameters<typeof stands>[0], exitCode: 0 | 3, sentence: string]>> = {
    'all of the account': [{ counted: { A: 2, B: 1 }, albums: [full('A', 2), full('B', 1)] }, 0, 'Everything is held.'],
    'an empty account': [{ counted: {}, albums: [] }, 0, 'The account holds no items.'],
    'empty albums that were never listed': [
      { counted: { A: 2, B: 0, C: 0 }, albums: [full('A', 2), album('B', { isListed: false })] },
      0,
      'Everything is held.',
    ],
    'a selection': [
      { counted: { A: 252, B: 2748 }, albums: [full('A', 252), album('B', { isListed: false })], lastRun: only },
      3,
      'Held 252 of 3,000 items (the last run was only for --album "Weddings-2023/**"): 2,748 items not selected.',
    ],
    'a selection, and its albums alone are in the catalogue': [
      { counted: { A: 1, B: 9 }, albums: [full('A', 1)], lastRun: only },
      3,
      'Held 1 of 10 items (the last run was only for --album "Weddings-2023/**"): 9 items not selected.',
    ],
    'a selection in a vault that has the rest from before': [
      { counted: { A: 2, B: 1 }, albums: [full('A', 2), full('B', 1)], lastRun: only },
      0,
      'Everything is held.',
    ],
    'a selection, while an album beside it changed': [
      { counted: { A: 2, B: 1 }, changed: 1, albums: [full('A', 2), full('B', 1)], lastRun: only },
      3,
      'Held 3 of 3 items (the last run was only for --album "Weddings-2023/**"). The next backup still compares 1 album with SmugMug.',
    ],
    'an adoption': [
      { counted: { A: 3000 }, albums: [album('A', { states: { held: 42 }, grades: { original: 42 }, isListed: false })] },
      3,
      'Held 42 of 3,000 items: 2,958 items not fetched yet.',
    ],
    'one fewer here and one more there are no whole': [
      { counted: { A: 2, B: 2 }, albums: [full('A', 3), full('B', 1)] },
      3,
      'Held 3 of 4 items: 1 item not fetched yet.',
    ],
    'an album that the account has no more does not make up for one that is missing': [
      { counted: { A: 2 }, albums: [full('A', 1), full('gone', 9)] },
      3,
      'Held 1 of 2 items: 1 item not fetched yet.',
    ],
    'locked originals': [
      { counted: { A: 23 }, albums: [locked] },
      0,
      'Held, but 20 of 20 photos only smaller than your originals: allow downloads in 1 album.',
    ],
    'locked originals that are required': [
      { counted: { A: 23 }, albums: [locked], requireOriginals: true },
      3,
      'Held, but 20 of 20 photos only smaller than your originals: allow downloads in 1 album.',
    ],
    'locked originals, of a part': [
      { counted: { A: 23, B: 7 }, albums: [locked], lastRun: only },
      3,
      'Held 23 of 30 items (the last run was only for --album "Weddings-2023/**"): 7 items not selected. Held only smaller than your originals: 20 of 20 photos.',
    ],
    'videos are the best there is, not less': [
      { counted: { A: 3 }, albums: [album('A', { states: { held: 3 }, grades: { rendition: 3 } })] },
      0,
      'Everything is held.',
    ],
    'items that SmugMug does not offer': [
      { counted: { A: 4 }, albums: [album('A', { states: { held: 1, elsewhere: 1, pending: 1, impossible: 1 } })] },
      0,
      'Everything that SmugMug offers is held; 2 items cannot be had now.',
    ],
    'failed, damaged and unreadable': [
      {
        counted: { A: 4, B: 7 },
        albums: [album('A', { states: { held: 3, failed: 1 }, unsound: 2 }), album('B', { states: { held: 7 }, isUnreadable: true })],
        lastRun: { ...ended, exitCode: 3 },
      },
      3,
      'Held 1 of 11 items: 1 item failed, 2 items missing or damaged in the vault, 7 items in a folder that cannot be read.',
    ],
    'gone from the account and not settled yet, beside one that failed': [
      { counted: { A: 2 }, albums: [album('A', { states: { held: 4, failed: 1 } })], lastRun: { ...ended, exitCode: 3 } },
      3,
      'Held 1 of 2 items: 1 item failed.',
    ],
    'gone from the account and not settled yet, and missing in the vault': [
      { counted: { A: 2 }, albums: [album('A', { states: { held: 30 }, unsound: 28 })], lastRun: { ...ended, exitCode: 3 } },
      3,
      'Held 0 of 2 items: 2 items missing or damaged in the vault.',
    ],
    'an album that could not be listed': [
      { counted: { A: 7, B: 3 }, albums: [full('A', 7), album('B', { isListed: false })], lastRun: { ...ended, exitCode: 3 } },
      3,
      'Held 7 of 10 items: 3 items not fetched yet.',
    ],
    'the sign-in is refused since': [
      { counted: { A: 2 }, albums: [full('A', 2)], lastRun: { ...ended, exitCode: 4, message: 'Refused.' } },
      3,
      'Held 2 of 2 items. The last backup ended with exit code 4: Refused.',
    ],
    'a killed run': [
      { counted: { A: 5 }, albums: [full('A', 2)], lastRun: { operation: 'backup', startedAt: 1 } },
      3,
      'Held 2 of 5 items: 3 items not fetched yet. The last backup did not finish.',
    ],
    'a run under way': [
      { counted: { A: 5 }, albums: [full('A', 2)], lastRun: { operation: 'backup', startedAt: 1, isUnderWay: true } },
      3,
      'A backup is under way: 2 of 5 items are held so far.',
    ],
    'an album without a count counts what was listed': [{ counted: { A: null }, albums: [full('A', 2)] }, 0, 'Everything is held.'],
    'an album without a count that was not listed': [
      { counted: { A: 1, B: null }, albums: [full('A', 1)] },
      3,
      'Held 1 item. The next backup of the whole account finds out how many SmugMug counts.',
    ],
    'no look at the account is known': [
      { albums: [full('A', 2)], lastRun: undefined },
      3,
      'Held 2 items. The next backup of the whole account finds out how many SmugMug counts.',
    ],
    'nothing at all': [{ lastRun: undefined }, 3, 'No backup has been made here yet.'],
  }
  for (const [what, [facts, exitCode, sentence]] of Object.entries(rows)) {
    test(what, () => {
      const standing = stands(facts)
      assert.equal(standingSentence(standing), sentence)
      assert.equal(standingCode(standing), exitCode)
    })
  }

  test('is whole after no other exit code than 0', () => {
    for (const exitCode of [1, 2, 3, 4, 5, 6, 7, 130]) {
      const standing = stands({ counted: { A: 1 }, albums: [full('A', 1)], lastRun: { ...ended, exitCode } })
      assert.equal(isWhole(standing), false)
      assert.doesNotMatch(standingSentence(standing), /^Everything/)
    }
  })

  test('the numbers by reason add up to those that SmugMug counts', () => {
    const { expected, held, missing } = stands({
      counted: { A: 20, B: 5, C: 6 },
      albums: [
        album('A', { states: { held: 9, elsewhere: 1, failed: 2, pending: 3, impossible: 4 }, unsound: 2 }),
        album('B', { states: { held: 5 }, isUnreadable: true }),
      ],
    })
    assert.equal(held + Object.values(missing).reduce((sum, n) => sum + n, 0), expected)
    assert.deepEqual(missing, { failed: 2, pending: 3, impossible: 4, damaged: 2, unreadable: 5, notSelected: 0, notFetched: 7 })
  })

  test('is fully proven only if nothing came after the proof', () => {
    assert.deepEqual([stands({}).isFullyProven, stands({}).lastFullyProven], [false, undefined])
    assert.deepEqual([stands({ lastFullyProven: 5 }).isFullyProven, stands({ lastFullyProven: 5 }).lastFullyProven], [true, 5])
    assert.equal(stands({ lastFullyProven: 5, hasGrownSince: true }).isFullyProven, false)
  })

  test('the hint names at most three albums that lock their originals', () => {
    const of = (n: number) =>
      stands({ albums: Array.from({ length: n }, (_, i) => album(`A${i}`, { states: { held: 1 }, grades: { fallback: 1 } })) })
    assert.equal(smallerHint(of(0)), undefined)
    assert.match(smallerHint(of(1)) ?? '', /^In the settings of \/A0: allow downloads, and set the largest size to Original\./)
    assert.match(smallerHint(of(5)) ?? '', /^In the settings of \/A0, \/A1, \/A2 and 2 more albums: /)
  })
})
