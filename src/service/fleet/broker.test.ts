import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../flow/clock.ts'
import { Broker, printOfKey } from './broker.ts'

/** A database that allows calls of each key at a rate, as the real one does. */
const open = (perSecond: number) => {
  const clock = new FakeClock()
  const free = new Map<string, number>()
  const asked: number[] = []
  const refusals: string[] = []
  let isAway = false
  const stop = new AbortController()
  const broker = new Broker({
    clock,
    signal: stop.signal,
    perSecond,
    lease: async (key, calls) => {
      asked.push(calls)
      if (isAway) throw new Error('away')
      const from = Math.max(free.get(key) ?? 0, clock.now())
      free.set(key, from + (calls * 1000) / perSecond)
      return from - clock.now()
    },
    refused: (error) => refusals.push(String(error)),
  })
  const given: { readonly who: string; readonly at: number }[] = []
  const ask = (who: string, calls: number, key = 'key'): void =>
    broker.ask(key, calls, (inMs) => given.push(...inMs.map((ms) => ({ who, at: clock.now() + ms }))))
  return { clock, broker, ask, given, asked, refusals, stop, away: (value: boolean) => (isAway = value) }
}

test('calls come at the rate, whoever asks, and with one question to the database for eight of them', async () => {
  const { clock, ask, given, asked, broker } = open(10)
  const began = clock.now()
  ask('a', 20)
  ask('b', 4)
  for (let at = 0; at < 40; at++) await clock.advance(100)
  assert.equal(given.length, 24)
  assert.deepEqual(
    given.map(({ at }) => at - began).toSorted((a, b) => a - b),
    Array.from({ length: 24 }, (_, at) => at * 100),
  )
  assert.equal(asked.length, 3)
  assert.deepEqual([broker.given, given.filter(({ who }) => who === 'b').length], [24, 4])
  const last = given.findLast(({ who }) => who === 'b')
  assert.ok((last?.at ?? 0) - began <= 1500, 'one that wants little does not wait for one that wants much')
})

test('another key has an allowance of its own', async () => {
  const { clock, ask, given } = open(1)
  ask('a', 1)
  ask('b', 1, 'another')
  await clock.advance(0)
  assert.deepEqual(
    given.map(({ at }) => at - clock.now()),
    [0, 0],
  )
  assert.notEqual(printOfKey('key'), printOfKey('another'))
  assert.ok(!printOfKey('key').includes('key'))
})

test('a database that is away is asked again, and nobody loses their calls', async () => {
  const { clock, ask, given, away } = open(10)
  away(true)
  ask('a', 2)
  await clock.advance(3000)
  assert.equal(given.length, 0)
  away(false)
  await clock.advance(1000)
  assert.equal(given.length, 2)
})

test('calls that are refused again and again are said once, until some are allowed', async () => {
  const { clock, broker, ask, refusals, away } = open(10)
  for (const round of [1, 2]) {
    away(true)
    ask('a', 1)
    await clock.advance(1000)
    assert.deepEqual([broker.isRefused('key'), refusals.length], [false, round - 1])
    await clock.advance(9000)
    assert.deepEqual([broker.isRefused('key'), broker.isRefused('another'), refusals.length], [true, false, round])
    away(false)
    await clock.advance(1000)
    assert.equal(broker.isRefused('key'), false)
  }
})

test('a worker that is stopped allows nothing more', async () => {
  const { clock, ask, given, stop, away } = open(10)
  away(true)
  ask('a', 2)
  await clock.advance(0)
  stop.abort()
  away(false)
  await clock.advance(5000)
  assert.equal(given.length, 0)
})
