import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noTotals } from '../../model.ts'
import type { CopyOutcome } from '../outcome.ts'
import { endOfAll } from './outcome.ts'

const ended = (exitCode: CopyOutcome['exitCode']): CopyOutcome =>
  ({ name: 'usb', exitCode, message: 'It has ended.', totals: noTotals, problems: [] }) as unknown as CopyOutcome

test('copies count as interrupted if one of them was, or was not begun, and not if all have come to their end', () => {
  assert.equal(endOfAll([ended(0)], { chosen: 1 }).exitCode, 0)
  assert.equal(endOfAll([ended(0), ended(3)], { chosen: 2 }).exitCode, 3)
  assert.equal(endOfAll([ended(0)], { chosen: 2 }).exitCode, 130)
  assert.equal(endOfAll([ended(130), ended(0)], { chosen: 2 }).exitCode, 130)
  assert.equal(endOfAll([], { chosen: 1 }).message, 'Interrupted before anything was done.')
})
