import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseShare } from './values.ts'

test('a share needs its sign', () => {
  assert.equal(parseShare('5%'), 0.05)
  assert.equal(parseShare('0.5 %'), 0.005)
  assert.equal(parseShare('100%'), 1)
  for (const text of ['5', '0%', '101%', '-5%', '%', 'all']) assert.equal(parseShare(text), undefined, text)
})
