import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../flow/clock.ts'
import { readTurns, turnAfter } from './turns.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const names = Array.from({ length: 2400 }, (_, at) => `client ${at}`)

/** Counts the moments by hour of the day after now. */
const byHour = (moments: readonly number[]): readonly number[] => {
  const counts = Array.from({ length: 24 }, () => 0)
  for (const moment of moments) counts[Math.floor((moment - NOW) / HOUR)] = (counts[Math.floor((moment - NOW) / HOUR)] ?? 0) + 1
  return counts
}

test('the accounts of a day are spread over the day, each at the same moment of every day', () => {
  const turns = names.map((name) => turnAfter({ name, schedule: '24h' }, NOW))
  for (const count of byHour(turns)) assert.ok(count > 60 && count < 140, String(count))
  for (const [at, name] of names.entries()) assert.equal(turnAfter({ name, schedule: '24h' }, turns[at] ?? 0), (turns[at] ?? 0) + DAY)
})

test('the accounts of one moment of cron are spread over the hour after it, and keep their order', () => {
  const moment = new Date(NOW)
  moment.setHours(22, 0, 0, 0)
  const turns = names.map((name) => turnAfter({ name, schedule: '0 22 * * *' }, NOW) - moment.getTime())
  assert.ok(turns.every((turn) => turn >= 0 && turn < HOUR))
  assert.ok(Math.max(...turns) - Math.min(...turns) > 50 * MINUTE)
})

test('a moment of cron whose spread is not over yet still comes', () => {
  const name =
    names.toSorted((a, b) => turnAfter({ name: b, schedule: '0 * * * *' }, NOW) - turnAfter({ name: a, schedule: '0 * * * *' }, NOW))[0] ??
    ''
  const turn = turnAfter({ name, schedule: '0 * * * *' }, NOW)
  assert.equal(turnAfter({ name, schedule: '0 * * * *' }, turn - 1), turn)
  assert.equal(turnAfter({ name, schedule: '0 * * * *' }, turn), turn + HOUR)
})

test('turns that are close together are spread over half of the time between them', () => {
  for (const name of names.slice(0, 50)) {
    const turn = turnAfter({ name, schedule: '*/10 * * * *' }, NOW)
    assert.ok(turn % (10 * MINUTE) < 5 * MINUTE)
  }
})

test('a schedule has one spelling', () => {
  assert.deepEqual(
    [readTurns(' 12H '), readTurns('30  2 * * 7'), readTurns('never'), readTurns('30s'), readTurns('nightly')],
    ['12h', '30 2 * * 7', undefined, undefined, undefined],
  )
})
