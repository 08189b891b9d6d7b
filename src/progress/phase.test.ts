import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepText } from './phase.ts'

const sums = { event: 'step', name: 'checksum files as they were written', durationMs: 0 } as const

test('a step that found nothing to look at does not claim that anything is right', () => {
  assert.equal(stepText({ ...sums, checked: 2, found: 0 }), 'Checksum files: 2 files as written')
  assert.equal(stepText({ ...sums, checked: 2, found: 1 }), 'Checksum files: 1 of 2 files missing or changed')
  assert.equal(stepText({ ...sums, checked: 0, found: 0 }), 'Checksum files: none checked')
  assert.equal(stepText({ ...sums, name: 'nothing foreign', checked: 0, found: 0 }), 'Foreign files: none')
})
