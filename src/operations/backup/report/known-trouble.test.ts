import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumNode, KEYS, photo } from '../../../../simulator/worlds/make.ts'
import { openLab } from '../../../../test/support/lab.ts'
import type { Problem } from '../../../events.ts'
import { Catalogue } from '../../../vault/catalogue/catalogue.ts'
import { knownTrouble, noteTrouble } from './known-trouble.ts'

const problem = (name: string, reason = 'why'): Problem => ({ kind: 'pending', album: '/A', name, reason })

test('a problem is known if the last run had the same item, kind and reason', (t) => {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  assert.equal(knownTrouble(catalogue)(problem('a')), false)
  noteTrouble(catalogue, [problem('a'), problem('b')], { isWhole: true })
  const isKnown = knownTrouble(catalogue)
  assert.deepEqual([problem('a'), problem('c'), problem('a', 'other'), { ...problem('b'), kind: 'failed' as const }].map(isKnown), [
    true,
    false,
    false,
    false,
  ])
  noteTrouble(catalogue, [problem('c')], { isWhole: false })
  assert.deepEqual([problem('a'), problem('c')].map(knownTrouble(catalogue)), [true, true], 'a partial run forgets nothing')
  noteTrouble(catalogue, [problem('c')], { isWhole: true })
  assert.deepEqual([problem('a'), problem('c')].map(knownTrouble(catalogue)), [false, true])
})

test('the trouble of last night is marked in the next night, new trouble is not', async (t) => {
  const lab = await openLab(t, { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('A', [photo('x')])] })
  lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
  const marks = async () => (await lab.backup()).problems.map(({ name, asBefore }) => [name, asBefore === true])
  assert.deepEqual(await marks(), [['x.jpg', false]])
  assert.deepEqual(await marks(), [['x.jpg', true]])
})
