import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OwnTimes } from './own-times.ts'

test('files of one moment have times of their own, and a clock that was set back counts', () => {
  const times = new OwnTimes()
  const given = [1_000_000, 1_000_000, 1_000_000, 1_000_001, 1_000_009, 900_000, 900_000].map((time) => times.next(time))
  assert.deepEqual(given, [1_000_000, 1_000_001, 1_000_002, 1_000_003, 1_000_009, 900_000, 900_001])
})
