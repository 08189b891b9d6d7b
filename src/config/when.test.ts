import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWhen } from './when.ts'

test('a whole number is a run', () => {
  assert.deepEqual(readWhen('12'), { run: 12 })
  assert.deepEqual(readWhen(' 2026 '), { run: 2026 })
})

test('a date is the end of that day, on the local clock', () => {
  assert.deepEqual(readWhen('2026-11-26'), { before: new Date(2026, 10, 27).getTime(), day: '2026-11-26' })
  assert.deepEqual(readWhen('2024-02-29'), { before: new Date(2024, 2, 1).getTime(), day: '2024-02-29' })
})

test('anything else is refused', () => {
  for (const text of [
    '',
    '0',
    '-1',
    '1.5',
    '007',
    '1e3',
    'yesterday',
    '2026-11',
    '2026-02-30',
    '2026-13-01',
    '2026-11-26T10:00',
    '12345678901',
    '１２',
  ])
    assert.equal(readWhen(text), undefined, text)
})

test('the end of a day is right when clocks are put forward or back', (t) => {
  const zone = process.env.TZ
  t.after(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  for (const [place, day, end] of [
    ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T23:00:00.000Z'],
    // Here midnight itself does not exist, and here the last hour of the day comes twice.
    ['America/Sao_Paulo', '2018-11-03', '2018-11-04T03:00:00.000Z'],
    ['America/Sao_Paulo', '2018-02-17', '2018-02-18T03:00:00.000Z'],
  ] as const) {
    process.env.TZ = place
    const when = readWhen(day)
    assert.ok(when !== undefined && 'before' in when)
    assert.equal(new Date(when.before).toISOString(), end, `${place} ${day}`)
  }
})
