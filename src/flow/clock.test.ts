import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, FakeClock, MINUTE, stopwatch, systemClock } from './clock.ts'

describe('systemClock', () => {
  test('sleeps about as long as asked', async () => {
    const began = performance.now()
    await systemClock.sleep(20)
    assert.ok(performance.now() - began >= 15)
  })

  test('an aborted signal ends a sleep at once, with its own reason', async () => {
    const controller = new AbortController()
    const sleep = systemClock.sleep(60_000, controller.signal)
    const reason = new Error('stop')
    controller.abort(reason)
    await assert.rejects(sleep, reason)
    await assert.rejects(systemClock.sleep(60_000, controller.signal), reason)
  })

  test('a month is not cut to the longest timer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let over = false
    const sleep = systemClock.sleep(30 * 86_400_000).then(() => {
      over = true
    })
    t.mock.timers.tick(2_147_483_647)
    await Promise.resolve()
    await Promise.resolve()
    assert.equal(over, false)
    t.mock.timers.tick(30 * 86_400_000)
    await sleep
    assert.equal(over, true)
  })
})

test('a stopwatch goes on while the clock is set back, and while the computer sleeps', async () => {
  const clock = new FakeClock()
  const elapsed = stopwatch(clock)
  await clock.advance(1000)
  clock.set(-DAY)
  assert.equal(elapsed(), 1000)
  clock.set(DAY + MINUTE)
  assert.equal(elapsed(), 1000 + MINUTE)
})

describe('FakeClock', () => {
  test('wakes sleepers in their order, each at its own time', async () => {
    const clock = new FakeClock({ now: 1000 })
    const woken: string[] = []
    const sleepers = [
      clock.sleep(200).then(() => woken.push(`b ${clock.now()}`)),
      clock.sleep(100).then(() => woken.push(`a ${clock.now()}`)),
      clock.sleep(900).then(() => woken.push('c')),
    ]
    await clock.advance(300)
    assert.deepEqual(woken, ['a 1100', 'b 1200'])
    assert.equal(clock.now(), 1300)
    assert.equal(clock.sleeping, 1)
    await clock.advance(600)
    await Promise.all(sleepers)
    assert.deepEqual(woken, ['a 1100', 'b 1200', 'c'])
  })

  test('an aborted sleeper is gone', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const sleep = clock.sleep(100, controller.signal)
    controller.abort(new Error('stop'))
    await assert.rejects(sleep, /stop/)
    assert.equal(clock.sleeping, 0)
  })

  test('setting it changes the time and wakes nobody', async () => {
    const clock = new FakeClock({ now: 1000 })
    const sleep = clock.sleep(100)
    clock.set(5000)
    await clock.advance(99)
    assert.deepEqual([clock.now(), clock.monotonic(), clock.sleeping], [6099, 99, 1])
    await clock.advance(1)
    await sleep
  })

  test('an impatient one lets nobody wait, and counts the time', async () => {
    const clock = new FakeClock({ now: 0, patient: false })
    await clock.sleep(5000)
    await clock.sleep(10)
    assert.equal(clock.now(), 5010)
    assert.deepEqual(clock.sleeps, [5000, 10])
  })
})
