import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, parseShare } from './values.ts'

test('durations are read in every unit and in mixtures', () => {
  assert.equal(parseDuration('30m'), 1_800_000)
  assert.equal(parseDuration('1h30m'), 5_400_000)
  assert.equal(parseDuration('90S'), 90_000)
  assert.equal(parseDuration('2d'), 172_800_000)
})

test('anything that is no duration is refused', () => {
  for (const text of ['', '0m', '30', 'm', '-5m', '1m1h', '1.5h', 'soon']) assert.equal(parseDuration(text), undefined, text)
})

test('a share needs its sign', () => {
  assert.equal(parseShare('5%'), 0.05)
  assert.equal(parseShare('0.5 %'), 0.005)
  assert.equal(parseShare('100%'), 1)
  for (const text of ['5', '0%', '101%', '-5%', '%', 'all']) assert.equal(parseShare(text), undefined, text)
})
