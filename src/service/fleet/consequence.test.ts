import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE } from '../../flow/clock.ts'
import { consequenceOf } from './consequence.ts'

const NOW = Date.UTC(2026, 0, 2)
const NEXT = NOW + 20 * HOUR
const end = (exitCode: number | undefined, tries = 0) => consequenceOf({ now: NOW, exitCode, tries, nextTurn: NEXT })

test('a backup that ended well comes at its next turn', () => {
  assert.deepEqual(end(0, 2), { state: 'active', nextAt: NEXT, tries: 0 })
})

test('what failed comes again in an hour, three times, and then at its next turn', () => {
  for (const code of [3, 5]) {
    for (const tries of [0, 1, 2]) assert.deepEqual(end(code, tries), { state: 'active', nextAt: NOW + HOUR, tries: tries + 1 })
    assert.deepEqual(end(code, 3), { state: 'active', nextAt: NEXT, tries: 0 })
  }
})

test('a vault in use is tried again in ten minutes, and an interrupted backup at once; neither counts as a failure', () => {
  assert.deepEqual(end(6, 2), { state: 'active', nextAt: NOW + 10 * MINUTE, tries: 2 })
  assert.deepEqual(end(130, 2), { state: 'active', nextAt: NOW, tries: 2 })
})

test('all else waits for a person', () => {
  for (const code of [1, 2, 4, 7, 13]) assert.equal(end(code).state, 'waiting', String(code))
})

test('a backup that signals end is begun again three times, and then waits for a person', () => {
  assert.deepEqual(end(undefined), { state: 'active', nextAt: NOW, tries: 1 })
  assert.equal(end(undefined, 3).state, 'waiting')
})
