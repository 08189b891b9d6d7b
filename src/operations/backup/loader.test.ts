import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumNode, KEYS, photo } from '../../../simulator/worlds/make.ts'
import { openLab } from '../../../test/support/lab.ts'

const world = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Norway', [photo('a')])] }

test('a damaged photo is named in plain words, and its checksums only with the tries', async (t) => {
  const lab = await openLab(t, world, { settings: { maxRetries: 1 } })
  lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
  const { problems, events } = await lab.backup()
  assert.deepEqual(
    problems.map(({ kind, reason }) => [kind, reason]),
    [['failed', 'arrived damaged (its checksum differs)']],
  )
  const tries = events.flatMap((event) => (event.event === 'retry' ? [event.reason] : []))
  assert.match(tries.join('\n'), /^arrived damaged \(its checksum differs\): expected [0-9a-f]{32}, found [0-9a-f]{32}$/)
})
