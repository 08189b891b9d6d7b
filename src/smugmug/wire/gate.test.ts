import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Event } from '../../events.ts'
import { FakeClock } from '../../flow/clock.ts'
import { Throttle } from './gate.ts'

const setUp = () => {
  const clock = new FakeClock()
  const events: Event[] = []
  const throttle = new Throttle(clock, (event) => events.push(event))
  return { clock, events, throttle, gate: throttle.gate('api.smugmug.com') }
}

/** Follows a promise, to see whether it is over. */
const watch = (promise: Promise<number>): { waited: number | undefined } => {
  const seen: { waited: number | undefined } = { waited: undefined }
  void promise.then((waited) => {
    seen.waited = waited
  })
  return seen
}

describe('Gate', () => {
  test('an open gate lets pass at once', async () => {
    const { gate, events } = setUp()
    assert.equal(await gate.enter(), 0)
    assert.deepEqual(events, [])
  })

  test('one closure holds everybody, is announced once, and ends for all', async () => {
    const { clock, events, gate, throttle } = setUp()
    for (let worker = 0; worker < 5; worker += 1) gate.close(60_000, 'answered 429')
    const held = [watch(gate.enter()), watch(gate.enter()), watch(gate.enter())]
    await clock.advance(59_999)
    assert.deepEqual(
      held.map(({ waited }) => waited),
      [undefined, undefined, undefined],
    )
    assert.equal(await throttle.gate('photos.smugmug.com').enter(), 0, 'another host is open')
    await clock.advance(1)
    assert.deepEqual(
      held.map(({ waited }) => waited),
      [60_000, 60_000, 60_000],
    )
    assert.deepEqual(events, [{ event: 'waiting', host: 'api.smugmug.com', reason: 'api.smugmug.com: answered 429', untilMs: clock.now() }])
  })

  test('a wait of one request is reported whenever it begins: right after the start, and right after the last one', async () => {
    const { clock, events, gate } = setUp()
    const ends = (): readonly number[] => events.flatMap((event) => (event.event === 'waiting' ? [event.untilMs - began] : []))
    const began = clock.now()
    gate.report(3000, 'answered 503')
    gate.report(3000, 'answered 503')
    assert.deepEqual(ends(), [3000], 'two at once are one to a reader')
    await clock.advance(500)
    gate.report(4000, 'answered 503')
    assert.deepEqual(ends(), [3000, 4500], 'the wait lasts longer')
    await clock.advance(4000)
    gate.report(900, 'answered 503')
    assert.deepEqual(ends(), [3000, 4500, 5400], 'the others are over')
  })

  test('a shorter closure does not shorten a longer one, and nothing is reported when nobody waits', async () => {
    const { clock, events, gate } = setUp()
    gate.close(60_000, 'long')
    gate.close(1000, 'short')
    await clock.advance(60_000)
    assert.equal(await gate.enter(), 0)
    assert.deepEqual(events, [])
    gate.close(60_000, 'long')
    gate.close(1000, 'short')
    const held = watch(gate.enter())
    await clock.advance(59_999)
    assert.equal(held.waited, undefined)
  })

  test('a closure that grows while somebody waits is waited out, and reported anew', async () => {
    const { clock, events, gate } = setUp()
    gate.close(1000, 'first')
    const held = watch(gate.enter())
    await clock.advance(500)
    gate.close(3_600_000, 'second')
    await clock.advance(1000)
    assert.equal(held.waited, undefined)
    await clock.advance(3_600_000)
    assert.equal(held.waited, 3_600_500)
    assert.deepEqual(
      events.map((event) => event.event === 'waiting' && event.reason),
      ['api.smugmug.com: first', 'api.smugmug.com: second'],
    )
  })

  test('setting the clock, forward or back, makes a wait neither shorter nor longer', async () => {
    for (const ms of [-3_600_000, 3_600_000]) {
      const { clock, events, gate } = setUp()
      const began = clock.now()
      gate.close(10_000, 'answered 429')
      const held = [watch(gate.enter()), watch(gate.enter())]
      await clock.advance(5000)
      clock.set(ms)
      const late = watch(gate.enter())
      gate.close(7000, 'answered 429 again')
      await clock.advance(6999)
      assert.deepEqual(
        [...held, late].map(({ waited }) => waited),
        [undefined, undefined, undefined],
      )
      await clock.advance(1)
      assert.deepEqual(
        [...held, late].map(({ waited }) => waited),
        [12_000, 12_000, 7000],
      )
      assert.deepEqual(
        events.map((event) => event.event === 'waiting' && event.untilMs),
        [began + 10_000, began + ms + 12_000],
        'by the clock on the wall',
      )
    }
  })

  test('an aborted signal ends the wait at once', async () => {
    const { gate } = setUp()
    gate.close(60_000, 'answered 429')
    const controller = new AbortController()
    const held = gate.enter(controller.signal)
    controller.abort(new Error('stop'))
    await assert.rejects(held, /stop/)
  })

  const hints = (clock: FakeClock, remaining: number, seconds: number) => ({
    date: new Date(clock.now()).toUTCString(),
    rateLimitRemaining: String(remaining),
    rateLimitReset: String(clock.now() / 1000 + seconds),
  })

  test('closes before a 429 is earned: when the window is used up, until it ends', async () => {
    const { clock, events, gate } = setUp()
    await gate.enter()
    gate.leave(hints(clock, 2, 30))
    const three = [watch(gate.enter()), watch(gate.enter()), watch(gate.enter())]
    await clock.advance(29_999)
    assert.deepEqual(
      three.map(({ waited }) => waited),
      [5000, 10_000, undefined],
    )
    await clock.advance(1)
    assert.equal(three[2]?.waited, 30_000)
    assert.equal(events.length, 2, 'first that calls are spread, then that they end')
  })

  test('spreads the last calls of a window over what is left of it, says so once, and no further apart than five seconds', async () => {
    const { clock, events, gate } = setUp()
    await gate.enter()
    gate.leave(hints(clock, 80, 40))
    const began = clock.now()
    const calls = Array.from({ length: 40 }, () => watch(gate.enter()))
    await clock.advance(60_000)
    const waits = calls.map(({ waited }) => waited ?? 0)
    assert.ok(
      waits.every((waited, index) => waited >= 500 * index && waited < 600 * (index + 1)),
      waits.join(' '),
    )
    gate.leave(hints(clock, 60, 3600))
    assert.equal(await gate.enter(), 0, 'the last one was long ago')
    const next = watch(gate.enter())
    await clock.advance(5000)
    assert.equal(next.waited, 5000)
    gate.leave(hints(clock, 5000, 3600))
    assert.equal(await gate.enter(), 0)
    assert.deepEqual(
      events.map((event) => event.event === 'waiting' && [/few calls are left/.test(event.reason), event.untilMs]),
      [
        [true, began + 40_000],
        [true, began + 60_000 + 3_600_000],
      ],
    )
  })

  test('a closure while calls are spread is reported, though it ends sooner', async () => {
    const { clock, events, gate } = setUp()
    await gate.enter()
    gate.leave(hints(clock, 50, 3600))
    const spread = watch(gate.enter())
    await clock.advance(5000)
    assert.equal(spread.waited, 5000)
    gate.close(600_000, 'answered 429')
    const held = watch(gate.enter())
    await clock.advance(600_000)
    assert.equal(held.waited, 600_000)
    assert.deepEqual(
      events.map((event) => event.event === 'waiting' && [event.spread, event.untilMs < clock.now() + 1000]),
      [
        [true, false],
        [undefined, true],
      ],
    )
  })

  test('those under way may not be counted yet', async () => {
    const { clock, gate } = setUp()
    await Promise.all([gate.enter(), gate.enter(), gate.enter()])
    gate.leave(hints(clock, 3, 30))
    const [first, next] = [watch(gate.enter()), watch(gate.enter())]
    await clock.advance(20_000)
    assert.deepEqual([first.waited, next.waited], [5000, undefined], '3 remain, 2 are under way')
  })

  test('an answer that took long does not bring back what is used up since', async () => {
    const { clock, gate } = setUp()
    await gate.enter()
    const longAgo = clock.monotonic()
    await clock.advance(5000)
    await gate.enter()
    gate.leave(hints(clock, 2, 25))
    gate.leave(hints(clock, 120, 25), longAgo)
    const [first, second] = [watch(gate.enter()), watch(gate.enter())]
    await clock.advance(24_999)
    assert.deepEqual([first.waited, second.waited], [5000, undefined], 'one was left')
    await clock.advance(1)
    assert.equal(second.waited, 25_000)
  })

  test('the window is measured by the server’s clock', async () => {
    const { clock, gate } = setUp()
    await gate.enter()
    const skewed = clock.now() + 7_200_000
    gate.leave({ date: new Date(skewed).toUTCString(), rateLimitRemaining: '0', rateLimitReset: String(skewed / 1000 + 10) })
    const held = watch(gate.enter())
    await clock.advance(10_000)
    assert.equal(held.waited, 10_000)
  })

  test('nothing remaining of a window that is over is no reason to wait', async () => {
    const { clock, gate } = setUp()
    await gate.enter()
    gate.leave(hints(clock, 0, -5))
    assert.equal(await gate.enter(), 0)
  })

  test('a wait that the server names replaces what it said of the window', async () => {
    const { clock, gate } = setUp()
    await gate.enter()
    gate.leave(hints(clock, 0, 3600))
    gate.close(2000, 'answered 429')
    const held = watch(gate.enter())
    await clock.advance(2000)
    assert.equal(held.waited, 2000)
  })

  test('a window that ends by itself frees what was held back', async () => {
    const { clock, gate } = setUp()
    await gate.enter()
    gate.leave(hints(clock, 0, 5))
    const held = watch(gate.enter())
    await clock.advance(5000)
    assert.equal(held.waited, 5000)
    assert.equal(await gate.enter(), 0)
    assert.equal(await gate.enter(), 0)
  })
})
