import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { FakeClock } from './clock.ts'
import { Pace, paced } from './pace.ts'

/** Returns a body in chunks of this many bytes, which notes whether it was closed. */
const bodyOf = (sizes: readonly number[]) => {
  const body = { closed: false, bytes: chunks() }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (const size of sizes) yield new Uint8Array(size)
    } finally {
      body.closed = true
    }
  }
  return body
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

describe('Pace', () => {
  test('many streams together take exactly the time the rate asks for, and come in no burst', async () => {
    const stream = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(stream, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 10_000, max: 50_000_000 }),
        async (streams, rate) => {
          const clock = new FakeClock({ now: 0, patient: false })
          const pace = new Pace(clock, () => rate)
          const arrivals: { readonly at: number; readonly bytes: number }[] = []
          await Promise.all(
            streams.map(async (sizes) => {
              for await (const chunk of paced(bodyOf(sizes).bytes, pace)) arrivals.push({ at: clock.now(), bytes: chunk.byteLength })
            }),
          )
          const ideal = (sum(streams.flat()) / rate) * 1000
          // A millisecond is the clock's own grain.
          assert.ok(clock.now() >= ideal - 1 && clock.now() <= ideal + 1, `${clock.now()} ms, not ${ideal}`)
          let soFar = 0
          for (const { at, bytes } of arrivals) {
            soFar += bytes
            assert.ok(soFar <= (rate * at) / 1000 + 1, `${soFar} bytes after ${at} ms at ${rate} a second`)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('streams share it equally, whatever the size of their chunks', async () => {
    const clock = new FakeClock({ now: 0 })
    const pace = new Pace(clock, () => 1_000_000)
    const received = [0, 0]
    const streams = [Array(200).fill(16_000), Array(20).fill(160_000)].map(async (sizes: number[], index) => {
      for await (const chunk of paced(bodyOf(sizes).bytes, pace)) received[index] = (received[index] ?? 0) + chunk.byteLength
    })
    await clock.advance(4000)
    const [small = 0, large = 0] = received
    assert.ok(small >= 1_900_000 && small <= 2_100_000, `${small} bytes in small chunks`)
    assert.ok(large >= 1_800_000 && large <= 2_000_000, `${large} bytes in large chunks`)
    await clock.advance(4000)
    await Promise.all(streams)
  })

  test('a stream that has begun goes before those that have not', async () => {
    const clock = new FakeClock({ now: 0 })
    const pace = new Pace(clock, () => 100_000)
    const seen: string[] = []
    const waiting = [
      pace.take(100_000, { begun: false }).then(() => seen.push(`new ${clock.now()}`)),
      pace.take(50_000, { begun: false }).then(() => seen.push(`newer ${clock.now()}`)),
    ]
    await clock.advance(500)
    waiting.push(pace.take(60_000, { begun: true }).then(() => seen.push(`begun ${clock.now()}`)))
    await clock.advance(5000)
    await Promise.all(waiting)
    assert.deepEqual(seen, ['begun 600', 'new 1600', 'newer 2100'])
  })

  test('streams that wait to begin do not slow down those that have begun', async () => {
    const clock = new FakeClock({ now: 0 })
    const pace = new Pace(clock, () => 100_000)
    const next = pace.take(400_000, { begun: false })
    let endedAt = Number.NaN
    const under = (async () => {
      for await (const _ of paced(bodyOf([250_000, 250_000]).bytes, pace));
      endedAt = clock.now()
    })()
    await clock.advance(6000)
    await under
    assert.ok(endedAt >= 5000 && endedAt <= 5010, `${endedAt} ms`)
    await clock.advance(3000)
    await next
  })

  test('a second of silence may be caught up on, and no more', async () => {
    const clock = new FakeClock({ now: 0 })
    const pace = new Pace(clock, () => 100_000)
    await clock.advance(60_000)
    const seen: number[] = []
    const take = () => pace.take(25_000, { begun: true }).then(() => seen.push(clock.now() / 1000))
    const takes = [take()]
    await clock.advance(60_000)
    takes.push(...Array.from({ length: 7 }, take))
    await clock.advance(60_000)
    await Promise.all(takes)
    assert.deepEqual(seen, [60.25, 120, 120, 120, 120, 120, 120.25, 120.5])
  })

  test('the rate may change, or end, during a wait', async () => {
    const clock = new FakeClock({ now: 0 })
    let rate = 1
    const pace = new Pace(clock, () => rate)
    const seen: number[] = []
    const takes = [pace.take(1_000_000, { begun: true }).then(() => seen.push(clock.now()))]
    await clock.advance(60_000)
    rate = Number.POSITIVE_INFINITY
    takes.push(pace.take(1_000_000_000, { begun: true }).then(() => seen.push(clock.now())))
    await clock.advance(1000)
    await Promise.all(takes)
    assert.ok(seen.length === 2 && seen.every((at) => at >= 60_000 && at <= 60_250), seen.join())
    rate = 1_000_000
    const after = pace.take(1_500_000, { begun: true })
    await clock.advance(499)
    assert.equal(clock.sleeping, 1, 'what was free is not held against the limit, nor is it more of a credit than silence')
    await clock.advance(251)
    await after
  })

  test('an aborted stream waits no longer, and holds nobody up', async () => {
    const clock = new FakeClock({ now: 0 })
    const pace = new Pace(clock, () => 1000)
    const controller = new AbortController()
    const huge = pace.take(1_000_000, { begun: false, signal: controller.signal })
    const small = pace.take(1000, { begun: false })
    controller.abort(new Error('stop'))
    await assert.rejects(huge, /stop/)
    await assert.rejects(pace.take(1, { begun: true, signal: controller.signal }), /stop/)
    await clock.advance(1000)
    await small
  })
})

describe('paced', () => {
  test('paid bytes are not paid again, and bytes that did not come are given back', async () => {
    const clock = new FakeClock({ now: 0 })
    const pace = new Pace(clock, () => 1000)
    const paid = pace.take(1000, { begun: false })
    await clock.advance(1000)
    await paid
    for await (const _ of paced(bodyOf([300, 300]).bytes, pace, { paid: 1000 }));
    const next = pace.take(500, { begun: false })
    await clock.advance(99)
    assert.equal(clock.sleeping, 1)
    await clock.advance(1)
    await next
  })

  test('an error of the source, or leaving it early, gives back paid bytes and closes it', async () => {
    const clock = new FakeClock({ now: 0, patient: false })
    const pace = new Pace(clock, () => 1000)
    const broken = async function* () {
      yield new Uint8Array(100)
      throw new Error('cut')
    }
    await assert.rejects(async () => {
      for await (const _ of paced(broken(), pace, { paid: 600 }));
    }, /cut/)
    await pace.take(500, { begun: true })
    assert.equal(clock.now(), 0)
    const body = bodyOf([100, 100])
    for await (const _ of paced(body.bytes, pace, { paid: 200 })) break
    assert.ok(body.closed)
    await pace.take(100, { begun: true })
    assert.equal(clock.now(), 0)
  })

  test('a stream that is never begun is closed all the same', async () => {
    let closed = false
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: true as const, value: undefined }),
        return: async () => {
          closed = true
          return { done: true as const, value: undefined }
        },
      }),
    }
    await paced(source, new Pace(new FakeClock(), () => 1))
      [Symbol.asyncIterator]()
      .return?.()
    assert.ok(closed)
  })
})
