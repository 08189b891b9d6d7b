import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readPeriod } from './period.ts'

describe('a period', () => {
  for (const [text, start, end] of [
    ['2024', '2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2024-12', '2024-12-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2024-05-01T10:30', '2024-05-01T10:30:00.000Z', '2024-05-01T10:31:00.000Z'],
    ['2024-05-01T10:30:05Z', '2024-05-01T10:30:05.000Z', '2024-05-01T10:30:06.000Z'],
    ['2024-05-01 10:30:05.250+02:00', '2024-05-01T08:30:05.250Z', '2024-05-01T08:30:05.251Z'],
    ['2024-05-01T10:30:05-0700', '2024-05-01T17:30:05.000Z', '2024-05-01T17:30:06.000Z'],
  ] as const) {
    test(text, () => {
      const period = readPeriod(text)
      assert.equal(period?.text, text)
      assert.equal(new Date(period.start).toISOString(), start)
      assert.equal(new Date(period.end).toISOString(), end)
    })
  }

  for (const text of [
    '',
    '24',
    '2024-13',
    '2023-02-29',
    '2024-00-10',
    '2024-5-1',
    'yesterday',
    '01/05/2024',
    '2023-02-30T10:00',
    '2024-05-01T25:00',
    '10:00',
  ]) {
    test(`"${text}" is refused`, () => assert.equal(readPeriod(text), undefined))
  }
})
