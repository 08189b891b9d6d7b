import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthWords, namesTime, timeWords } from './dates.ts'

test('Times are words that can be read in one way only', () => {
  assert.equal(timeWords('2019-07-04T22:41:03'), '4 July 2019, 22:41')
  assert.equal(timeWords('2019-07-04T22:41:03+02:00'), '4 July 2019, 22:41')
  assert.equal(timeWords('2019-07-04'), '4 July 2019')
  assert.equal(timeWords('2019-13-04T22:41:03'), '2019-13-04T22:41:03')
  assert.equal(timeWords('long ago'), 'long ago')
  assert.deepEqual([monthWords(2019, 7), monthWords(2019, 0), monthWords(0, 0)], ['July 2019', '2019', 'Undated'])
})

test('A word names a year, a month or both', () => {
  const month = { year: 2019, month: 7 }
  for (const word of ['2019', '2019-07', 'july', 'jul']) assert.ok(namesTime(word, month), word)
  for (const word of ['201', '2018', '2019-08', 'ju', 'june', '']) assert.ok(!namesTime(word, month), word)
  assert.ok(namesTime('undated', { year: 0, month: 0 }))
  assert.ok(!namesTime('0', { year: 0, month: 0 }))
})
