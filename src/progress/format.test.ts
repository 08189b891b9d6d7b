import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCount, formatNumber } from '../events.ts'
import { formatBytes, formatBytesOf, formatClock, formatCountdown, formatDuration, formatPercent } from './format.ts'

test('numbers are grouped, nouns counted', () => {
  assert.equal(formatNumber(1234567), '1,234,567')
  assert.equal(formatCount(0, 'item'), '0 items')
  assert.equal(formatCount(1, 'item'), '1 item')
  assert.equal(formatCount(1234, 'item'), '1,234 items')
})

test('bytes in decimal units, never 1000.0 of one', () => {
  for (const [bytes, text] of [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [12_345_678_901, '12.3 GB'],
    [1e21, '1000000.0 PB'],
  ] as const)
    assert.equal(formatBytes(bytes), text)
})

test('a time of day, with the date if it is another one', () => {
  const now = new Date(2026, 10, 22, 9, 5).getTime()
  for (const [at, text] of [
    [new Date(2026, 10, 22, 14, 3), '14:03'],
    [new Date(2026, 10, 22, 0, 0), '00:00'],
    [new Date(2026, 10, 23, 0, 0), '2026-11-23 00:00'],
    [new Date(2026, 11, 22, 9, 5), '2026-12-22 09:05'],
    [new Date(2026, 10, 21, 23, 59), '2026-11-21 23:59'],
  ] as const)
    assert.equal(formatClock(at.getTime(), now), text)
})

test('durations as people say them', () => {
  for (const [milliseconds, text] of [
    [0, '0.0 s'],
    [412, '0.4 s'],
    [9_960, '10 s'],
    [45_000, '45 s'],
    [180_000, '3 min'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [2 * 86_400_000, '2 days'],
    [3 * 86_400_000 + 4 * 3_600_000, '3 days 4 h'],
  ] as const)
    assert.equal(formatDuration(milliseconds), text)
})

test('a part of an amount has the unit of the whole, and is never rounded up to it', () => {
  const cases: readonly (readonly [number, number, string])[] = [
    [58_940_000, 195_000_000, '58.9 of 195 MB'],
    [0, 2_000_000_000, '0.0 of 2.0 GB'],
    [199_999_999, 200_000_000, '199 of 200 MB'],
    [1999, 2000, '1.9 of 2.0 kB'],
    [5, 1, '1 of 1 bytes'],
    [0, 0, '0 of 0 bytes'],
    [999_999, 1_000_000, '0.9 of 1.0 MB'],
  ]
  for (const [done, total, text] of cases) assert.equal(formatBytesOf(done, total), text)
  assert.deepEqual(
    [formatPercent(1, 3), formatPercent(2_999_999, 3_000_000), formatPercent(0, 0), formatPercent(9, 3)],
    ['33 %', '99 %', '100 %', '100 %'],
  )
  assert.deepEqual([formatCountdown(27_001), formatCountdown(-5), formatCountdown(240_000)], ['28 s', '0 s', '4 min'])
})
