import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cronFields, readTimes, timesLines, timesText, timesWords } from './clock.ts'

const NONE = { serviceEvery: undefined, serviceSchedule: undefined }

describe('the times of a set-up', () => {
  test('are an interval, a schedule, or none', () => {
    assert.equal(readTimes('24h')?.serviceEvery, 86_400_000)
    assert.equal(readTimes(' never ')?.serviceEvery, 'never')
    assert.equal(readTimes('30 2 * * *')?.serviceSchedule, '30 2 * * *')
    for (const text of ['', 'often', '24', '99 2 * * *', '30s']) assert.equal(readTimes(text), undefined, text)
  })

  test('only one of the two lines counts', () => {
    assert.deepEqual(timesLines('12h', NONE), { service: [['every', '12h']] })
    assert.deepEqual(timesLines('12h', { ...NONE, serviceSchedule: '0 1 * * *' }), {
      service: [
        ['every', '12h'],
        ['schedule', ''],
      ],
    })
    assert.deepEqual(timesLines('0 1 * * *', { ...NONE, serviceEvery: 'never' }), {
      service: [
        ['every', ''],
        ['schedule', '0 1 * * *'],
      ],
    })
  })

  test('are written as a person would, and read again as the same', () => {
    const all = { never: 'never', '24h': '24h', '1d': '24h', '90m': '90m', '1h30m': '90m', '1m30s': '90s', '*/5 1 * * 1': '*/5 1 * * 1' }
    for (const [typed, text] of Object.entries(all)) {
      const times = readTimes(typed) ?? assert.fail(typed)
      assert.equal(timesText(times), text)
      assert.deepEqual(readTimes(text), times)
    }
    assert.equal(timesText(NONE), undefined)
  })

  test('are named, and given to cron where it has such times', () => {
    const every = (text: string) => readTimes(text) ?? assert.fail(text)
    assert.deepEqual(
      ['never', '24h', '90m', '6h', '5h', '15m', '0 1 * * *'].map((text) => [timesWords(every(text)), cronFields(every(text))]),
      [
        ['by hand', undefined],
        ['every 24 h', '30 2 * * *'],
        ['every 90 min', undefined],
        ['every 6 h', '0 */6 * * *'],
        ['every 5 h', undefined],
        ['every 15 min', '*/15 * * * *'],
        ["at 0 1 * * * (cron's five fields)", '0 1 * * *'],
      ],
    )
    assert.equal(timesWords(NONE), undefined)
    assert.equal(timesWords(every('1m30s')), 'every 90 s')
  })
})
