import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fc } from '../../test/support/properties.ts'
import { Channel } from './channel.ts'

/** Takes all values that a channel has for this consumer. */
const drain = async <T>(channel: Channel<T>): Promise<T[]> => {
  const values: T[] = []
  for await (const value of channel) values.push(value)
  return values
}

/** Is a promise settled once everything that needs no I/O has run? */
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  promise.then(settle, settle)
  await nextTurn()
  return settled
}

describe('channel', () => {
  test('values come out in the order they went in', async () => {
    const channel = new Channel<number>(3)
    const reading = drain(channel)
    for (let n = 0; n < 10; n += 1) assert.equal(await channel.push(n), true)
    channel.close()
    assert.deepEqual(await reading, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('push waits while it is full, and goes on when one is taken', async () => {
    const channel = new Channel<number>(2)
    await channel.push(1)
    await channel.push(2)
    const third = channel.push(3)
    assert.equal(await isSettled(third), false)
    const reader = channel[Symbol.asyncIterator]()
    assert.deepEqual(await reader.next(), { done: false, value: 1 })
    assert.equal(await isSettled(third), true)
    assert.equal(await isSettled(channel.push(4)), false)
  })

  test('iteration waits while it is empty', async () => {
    const channel = new Channel<number>(2)
    const next = channel[Symbol.asyncIterator]().next()
    assert.equal(await isSettled(next), false)
    await channel.push(1)
    assert.deepEqual(await next, { done: false, value: 1 })
  })

  test('each value goes to one of several consumers, and no consumer waits while there is a value', async () => {
    const channel = new Channel<number>(1)
    const readers = [1, 2, 3].map(() => channel[Symbol.asyncIterator]().next())
    await Promise.all([1, 2, 3].map((value) => channel.push(value)))
    const taken = (await Promise.all(readers)).map(({ value }) => value as number)
    assert.deepEqual(taken.toSorted(), [1, 2, 3])
  })

  test('after it is closed the rest is consumed, then iteration ends for everybody', async () => {
    const channel = new Channel<number>(5)
    await channel.push(1)
    await channel.push(2)
    channel.close()
    assert.deepEqual(await drain(channel), [1, 2])
    assert.deepEqual(await drain(channel), [])
    assert.equal(await channel.push(3), false)
  })

  test('closing wakes everybody: readers see the end, writers learn that their value was not taken', async () => {
    const empty = new Channel<number>(1)
    const readers = [drain(empty), drain(empty)]
    await nextTurn()
    empty.close()
    assert.deepEqual(await Promise.all(readers), [[], []])

    const full = new Channel<number>(1)
    await full.push(1)
    const writers = [full.push(2), full.push(3)]
    await nextTurn()
    full.close()
    assert.deepEqual(await Promise.all(writers), [false, false])
    assert.deepEqual(await drain(full), [1])
  })

  test('closed with drop, it forgets values that no consumer has taken', async () => {
    const channel = new Channel<number>(5)
    await channel.push(1)
    await channel.push(2)
    channel.close({ drop: true })
    channel.close()
    assert.deepEqual(await drain(channel), [])
  })

  test('a consumer that leaves early leaves the others the rest', async () => {
    const channel = new Channel<number>(5)
    for (const n of [1, 2, 3]) await channel.push(n)
    channel.close()
    for await (const value of channel) {
      assert.equal(value, 1)
      break
    }
    assert.deepEqual(await drain(channel), [2, 3])
  })

  test('whatever the timing, every value taken comes out once, and never more than the limit wait', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.integer({ min: 1, max: 4 }),
          writers: fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
          readers: fc.integer({ min: 1, max: 4 }),
        }),
        fc.scheduler(),
        async ({ limit, writers, readers }, scheduler) => {
          const channel = new Channel<string>(limit)
          let [pushed, taken] = [0, 0]
          const writing = writers.map(async (length, writer) => {
            for (let n = 0; n < length; n += 1) {
              await scheduler.schedule(Promise.resolve())
              assert.equal(await channel.push(`${writer}/${n}`), true)
              pushed += 1
              // A reader may have received a value that it has not noted yet.
              assert.ok(pushed - taken <= limit + readers)
            }
          })
          const reading = Array.from({ length: readers }, async () => {
            const values: string[] = []
            for await (const value of channel) {
              taken += 1
              values.push(value)
              await scheduler.schedule(Promise.resolve())
            }
            return values
          })
          await scheduler.waitFor(Promise.all(writing))
          channel.close()
          const got = await scheduler.waitFor(Promise.all(reading))
          const sent = writers.flatMap((length, writer) => Array.from({ length }, (_, n) => `${writer}/${n}`))
          assert.deepEqual(got.flat().toSorted(), sent.toSorted())
          // The values of one writer reach one reader in their order.
          for (const values of got) {
            for (const writer of writers.keys()) {
              const own = values.filter((value) => value.startsWith(`${writer}/`))
              assert.deepEqual(own, own.toSorted())
            }
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})
