import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { nextMoment } from './next-moment.ts'

describe('the next moment of a schedule', () => {
  // A Saturday.
  const now = new Date(2026, 10, 28, 2, 30).getTime()
  const rows: Readonly<Record<string, readonly [year: number, month: number, day: number, hour: number, minute: number]>> = {
    '30 2 * * *': [2026, 11, 29, 2, 30],
    '31 2 * * *': [2026, 11, 28, 2, 31],
    '*/15 * * * *': [2026, 11, 28, 2, 45],
    '0 0,12 * * *': [2026, 11, 28, 12, 0],
    '0 3 * * 7': [2026, 11, 29, 3, 0],
    '0 3 1 * *': [2026, 12, 1, 3, 0],
    '0 3 1 * mon': [2026, 11, 30, 3, 0],
    '0 3 29 2 *': [2028, 2, 29, 3, 0],
  }
  for (const [text, [year, month, day, hour, minute]] of Object.entries(rows)) {
    test(text, () => assert.equal(nextMoment(text, now), new Date(year, month - 1, day, hour, minute).getTime()))
  }
})

describe('the night of a change of the clocks', () => {
  const zone = process.env.TZ
  before(() => {
    process.env.TZ = 'Europe/Berlin'
  })
  after(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  const moments = (text: string, from: Date, count: number): readonly string[] =>
    Array.from({ length: count })
      .reduce<number[]>((all) => [...all, nextMoment(text, all.at(-1) ?? from.getTime()) ?? assert.fail()], [])
      .map((at) => new Date(at).toISOString())

  test('a moment that the clock leaves out comes at the next one that there is', () => {
    assert.deepEqual(moments('30 2 * * *', new Date(2026, 2, 28, 3), 2), ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
  })

  test('a moment that the clock shows twice comes once', () => {
    assert.deepEqual(moments('30 2 * * *', new Date(2026, 9, 24, 3), 2), ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
  })
})
