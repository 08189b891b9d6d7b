import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY } from '../../flow/clock.ts'
import { type CopyFacts, copiesCode, copyStanding, copyTrouble, withTry } from './standing.ts'

const NOW = Date.UTC(2026, 10, 29)
const USB = { name: 'usb', destination: '/usb', maxLagDays: 7 }
const end = (exitCode: 0 | 2 | 3 | 5 | 6 | 7, at = NOW) => ({ at, exitCode, message: `It ended with ${exitCode}.` })
const current = (days: number): CopyFacts => ({ since: NOW - 100 * DAY, current: { at: NOW - days * DAY, files: 3 }, tries: [] })

/** The facts, whether it is late, whether it is troubled, and what is said of it. */
const cases: readonly (readonly [what: string, facts: CopyFacts | undefined, isLate: boolean, isTroubled: boolean, says?: RegExp])[] = [
  ['nothing was tried yet', undefined, false, false],
  ['up to date a week ago', current(7), false, false],
  ['up to date more than a week ago', current(7.1), true, false, /^The copy usb is 7 days behind\.$/],
  ['away for an hour', withTry(current(1), end(5), undefined), false, false],
  ['away for 8 days', withTry(current(8), end(5), undefined), true, false, /^The copy usb is 8 days behind\. It ended with 5\.$/],
  ['in use', withTry(current(1), end(6), undefined), false, false],
  [
    'damaged',
    withTry(current(1), end(3), undefined),
    false,
    true,
    /^The copy usb needs you\. It ended with 3\. Run `smugmug-backup copy usb`: it says what helps\.$/,
  ],
  ['held by its brake', withTry(current(1), end(7), undefined), false, true, /needs you/],
  ['of a wrong setting', withTry(current(1), end(2), undefined), false, true, /needs you/],
  [
    'never up to date for 8 days',
    { since: NOW - 8 * DAY, tries: [end(5)] },
    true,
    false,
    /^The copy usb was never up to date, for 8 days\./,
  ],
  ['damaged, and up to date since', withTry(withTry(current(9), end(3), undefined), end(0), { files: 4 }), false, false],
  ['of a clock that was ahead', current(-3), false, false],
]

for (const [what, facts, isLate, isTroubled, says] of cases)
  test(`a copy ${what}`, () => {
    const standing = copyStanding(USB, facts, NOW)
    assert.deepEqual([standing.isLate, standing.isTroubled, copiesCode([standing])], [isLate, isTroubled, isLate || isTroubled ? 3 : 0])
    if (says === undefined) assert.equal(copyTrouble(standing), undefined)
    else assert.match(copyTrouble(standing) ?? '', says)
  })

test('the tries of a copy are kept, newest first, and not without end', () => {
  let facts: CopyFacts | undefined
  for (let n = 0; n < 100; n += 1) facts = withTry(facts, end(0, NOW + n), { files: n })
  assert.deepEqual(
    [facts?.tries.length, facts?.tries[0]?.at, facts?.since, facts?.current],
    [30, NOW + 99, NOW, { at: NOW + 99, files: 99 }],
  )
})
