import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rateAt, readRateLimit } from './rate.ts'

describe('a rate', () => {
  for (const [text, rate] of [
    ['500k', 500_000],
    ['500K', 500_000],
    ['2M', 2_000_000],
    ['2m', 2_000_000],
    ['1.5M', 1_500_000],
    ['1g', 1_000_000_000],
    ['800Ki', 819_200],
    ['1MiB/s', 1_048_576],
    ['2 MB/s', 2_000_000],
    ['250000', 250_000],
    ['off', Number.POSITIVE_INFINITY],
    ['0', Number.POSITIVE_INFINITY],
  ] as const) {
    test(`${text} is ${rate} bytes a second, all day`, () => assert.deepEqual(readRateLimit(text), [{ from: 0, to: 1440, rate }]))
  }

  for (const text of [
    '',
    'fast',
    '-1',
    '2MM',
    '2X',
    '1.M',
    '08:00-23:00',
    '8-23 2M',
    '25:00-26:00 2M',
    '08:00-08:00 2M',
    '24:00-08:00 2M',
    '08:60-09:00 1k',
    '2M,',
  ]) {
    test(`"${text}" is refused`, () => assert.equal(readRateLimit(text), undefined))
  }
})

describe('a timetable', () => {
  test('one span limits only its hours', () => {
    const limit = readRateLimit('08:00-23:00 2M')
    assert.deepEqual(limit, [{ from: 480, to: 1380, rate: 2_000_000 }])
    assert.equal(rateAt(limit, 479), Number.POSITIVE_INFINITY)
    assert.equal(rateAt(limit, 480), 2_000_000)
    assert.equal(rateAt(limit, 1379), 2_000_000)
    assert.equal(rateAt(limit, 1380), Number.POSITIVE_INFINITY)
  })

  test('a span may pass midnight', () => {
    const limit = readRateLimit('22:30 - 6:00 off,  10M') ?? []
    assert.equal(rateAt(limit, 1350), Number.POSITIVE_INFINITY)
    assert.equal(rateAt(limit, 0), Number.POSITIVE_INFINITY)
    assert.equal(rateAt(limit, 360), 10_000_000)
    assert.equal(rateAt(limit, 720), 10_000_000)
  })

  test('where spans overlap the first counts', () => {
    const limit = readRateLimit('00:00-24:00 1k, 08:00-09:00 5k') ?? []
    assert.equal(rateAt(limit, 500), 1000)
  })
})
