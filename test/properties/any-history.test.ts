/**
 * Whatever an owner does on SmugMug, and whenever the power goes: in the end the vault is the account, and nothing that was ever held is lost.
 * `npm run campaign -- histories` tries others, and more of them.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byShare } from '../campaigns/chance.ts'
import { beginAnew, EDITS, edited, start } from '../support/account-edits.ts'
import { History, type RunSettings, type Step } from '../support/history.ts'
import { openFreeLab } from '../support/lab.ts'
import { fc } from '../support/properties.ts'

const HISTORIES = byShare(15, 50, 500)

const number = fc.nat({ max: 30 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom(...EDITS), a: number, b: number, c: number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('undo' as const), a: number }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('backup' as const), how: fc.constantFrom('plain', 'plain', 'full', 'part', 'dry', 'accept') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), at: fc.integer({ min: 1, max: 160 }), after: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const), after: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('verify', 'rebuild', 'lose the catalogue') }) },
)

/** With the camera's times many files have the same time. */
const runSettings: fc.Arbitrary<RunSettings> = fc
  .record({
    collected: fc.constantFrom('link' as const, 'copy' as const),
    onVanished: fc.constantFrom('keep' as const, 'trash' as const),
    useMetadataTimes: fc.boolean(),
  })
  .map((each) => ({ ...each, forceMetadataTimes: each.useMetadataTimes }))

test('any history ends with the account in the vault, and nothing lost', async () => {
  const property = fc.asyncProperty(runSettings, fc.array(step, { minLength: 3, maxLength: 24 }), async (settings, steps) => {
    beginAnew()
    const lab = await openFreeLab(start)
    try {
      const history = new History(lab, settings)
      await history.take({ do: 'backup', how: 'plain' })
      for (const each of steps) await history.take(each)
      await history.end()
    } finally {
      await lab.close()
    }
  })
  await fc.assert(property, {
    numRuns: HISTORIES,
    endOnFailure: process.env.SMUGMUG_TEST_SHRINK !== '1',
    interruptAfterTimeLimit: 600_000,
  })
})

test('every kind of edit can happen', () => {
  for (const what of EDITS) {
    const numbers = Array.from({ length: 4 ** 3 }, (_, n) => ({ a: n % 4, b: (n >> 2) % 4, c: n >> 4 }))
    assert.ok(
      numbers.some((each) => edited(start, { do: what, ...each }) !== start),
      what,
    )
  }
})
