import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../flow/clock.ts'
import { censusOf } from '../../service/fleet/standing.ts'
import { fleetText } from './fleet.ts'

for (const [what, jobs, says] of [
  ['every worker is busy', 1, /^The first .* has waited for 20 min\. Every worker is busy: start another one, or raise jobs\.$/m],
  ['a worker could take one more', 2, /^The first .* has waited for 20 min\.$/m],
  ['no worker runs', 0, /^No worker runs: .* starts one\.\nThe first .* has waited for 20 min\.$/m],
] as const)
  test(`accounts that wait have their time and the next step where ${what}`, () => {
    const workers = jobs === 0 ? [] : [{ id: '1', host: 'here', pid: 1, jobs }]
    const census = censusOf([{ state: 'active', startedAt: 0, count: 1 }], 20 * MINUTE)
    assert.match(fleetText({ accounts: [], workers, census, message: '2 accounts.', now: 0, all: false }), says)
  })
