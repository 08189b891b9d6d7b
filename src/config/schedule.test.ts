import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, readSchedule } from './schedule.ts'

test('durations are read in every unit and in mixtures', () => {
  assert.equal(parseDuration('30m'), 1_800_000)
  assert.equal(parseDuration('1h30m'), 5_400_000)
  assert.equal(parseDuration('90S'), 90_000)
  assert.equal(parseDuration('2d'), 172_800_000)
})

test('anything that is no duration is refused', () => {
  for (const text of ['', '0m', '30', 'm', '-5m', '1m1h', '1.5h', 'soon']) assert.equal(parseDuration(text), undefined, text)
})

test('a schedule has the five fields of cron', () => {
  for (const text of ['30 2 * * *', '*/15 0-6,22 1,15 jan-mar MON-fri', '0 0 29 2 *', '5/10 * * * 7', '0 0 31 2 mon'])
    assert.equal(readSchedule(text), text)
  assert.equal(readSchedule('  30\t2 *  * * '), '30 2 * * *')
})

test('anything that is no schedule, or never comes, is refused', () => {
  const wrong = ['', '30 2 * *', '0 30 2 * * *', '60 2 * * *', '30 24 * * *', '30 2 0 * *', '30 2 * 13 *', '30 2 * * 8', '30 2 * * moon']
  const broken = [
    '5-1 * * * *',
    '*/0 * * * *',
    '1,,2 * * * *',
    '1-2-3 * * * *',
    '@daily',
    'a b c d e',
    '0 0 30 2 *',
    '0 0 31 4,6 *',
    '-1 * * * *',
  ]
  for (const text of [...wrong, ...broken]) assert.equal(readSchedule(text), undefined, text)
})
