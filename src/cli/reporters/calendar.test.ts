import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunDay } from '../../operations/outcome.ts'
import { calendarLines } from './calendar.ts'

const now = new Date(2026, 10, 29, 12).getTime()
const day = (text: string, end: RunDay['end'] = 'well'): RunDay => ({ day: text, end, runs: 1 })

test('a line a month, a mark a day, and the meaning of each mark that is there', () => {
  const days = [day('2026-11-28', 'stopped'), day('2026-11-27', 'some'), day('2026-11-01', 'proven'), day('2026-10-30')]
  assert.deepEqual(calendarLines(days, { now, columns: 80 }), [
    'Day       1   5    10   15   20   25   30',
    `2026-10   ${' '.repeat(29)}+.`,
    `2026-11   *${'.'.repeat(25)}!x.`,
    '          + well   * well, files read again   ! not whole   x stopped   . no run',
  ])
})

test('nothing before the first run, after today, for one day alone, or where there is no room', () => {
  const lines = calendarLines([day('2026-11-29'), day('2026-11-28')], { now, columns: undefined })
  assert.deepEqual(lines.slice(1), [`2026-11   ${' '.repeat(27)}++`, '          + well'])
  assert.deepEqual(calendarLines([day('2026-11-29')], { now, columns: 80 }), [])
  assert.deepEqual(calendarLines([day('2026-11-29'), day('2026-11-28')], { now, columns: 40 }), [])
})

test('a day of a clock that was ahead is shown all the same', () => {
  const lines = calendarLines([day('2026-11-30'), day('2026-11-28')], { now, columns: 80 })
  assert.equal(lines[1], `2026-11   ${' '.repeat(27)}+.+`)
})
