import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTooMuch } from './brake.ts'
import type { Run } from './run.ts'

describe('the safety brake', () => {
  const cases: Readonly<Record<string, readonly [lost: number, held: number, share: number, tooMuch: boolean]>> = {
    'nothing lost': [0, 1000, 0.1, false],
    'a tenth': [100, 1000, 0.1, false],
    'more than a tenth': [101, 1000, 0.1, true],
    'all, of a few': [20, 20, 0.1, false],
    'all, of some': [21, 21, 0.1, true],
    'many, but not a tenth': [999, 10_000, 0.1, false],
    'more than what was held': [30, 0, 0.1, true],
    'a share of nothing': [21, 1_000_000, 0, true],
    'a share of nothing, and a few': [20, 1_000_000, 0, false],
    'all, where all may go': [1000, 1000, 1, false],
  }
  for (const [what, [lost, heldBefore, maxVanished, tooMuch]] of Object.entries(cases)) {
    const run = { heldBefore, settings: { maxVanished } as Run['settings'] }
    test(`${tooMuch ? 'holds' : 'lets pass'}: ${what}`, () => assert.equal(isTooMuch(run, lost), tooMuch))
    test(`lets pass what was accepted: ${what}`, () => assert.equal(isTooMuch({ ...run, acceptChanges: true }, lost), false))
  }
})
