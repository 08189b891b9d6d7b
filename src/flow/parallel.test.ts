import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fc } from '../../test/support/properties.ts'
import { parallel } from './parallel.ts'

async function* count(length: number): AsyncGenerator<number> {
  for (let index = 0; index < length; index += 1) yield index
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

describe('parallel', () => {
  test('works on every item exactly once, never on more than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 9 }), fc.scheduler(), async (length, workers, scheduler) => {
        const done: number[] = []
        let atOnce = 0
        const work = parallel(count(length), { workers }, async (item) => {
          atOnce += 1
          assert.ok(atOnce <= workers)
          await scheduler.schedule(Promise.resolve())
          atOnce -= 1
          done.push(item)
        })
        await scheduler.waitFor(work)
        assert.deepEqual(
          done.sort((a, b) => a - b),
          Array.from({ length }, (_, index) => index),
        )
      }),
      { numRuns: 50 },
    )
  })

  test('works on as many at a time as it has workers', async () => {
    let started = 0
    const all = Promise.withResolvers<void>()
    // Ends only when three have started together.
    await parallel([1, 2, 3], { workers: 3 }, async () => {
      started += 1
      if (started === 3) all.resolve()
      await all.promise
    })
  })

  test('asks for an item only when a worker is free, one at a time', async () => {
    let asked = 0
    let asking = 0
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          asking += 1
          assert.equal(asking, 1)
          await nextTurn()
          asking -= 1
          asked += 1
          return asked > 20 ? { done: true as const, value: undefined } : { done: false as const, value: asked }
        },
      }),
    }
    let busy = 0
    await parallel(source, { workers: 4 }, async () => {
      busy += 1
      assert.ok(asked <= busy + 4)
      await nextTurn()
    })
    assert.equal(busy, 20)
  })

  test('the first exception stops the others, waits for them, and is rethrown', async () => {
    const broken = new Error('worker broken')
    let ended = 0
    let closed = false
    const source = async function* () {
      try {
        yield* count(100)
      } finally {
        closed = true
      }
    }
    const work = parallel(source(), { workers: 3 }, async (item, signal) => {
      if (item === 2) throw broken
      await aborted(signal)
      await nextTurn()
      ended += 1
      throw new Error('a consequence')
    })
    await assert.rejects(work, broken)
    assert.equal(ended, 2)
    assert.ok(closed)
  })

  test('an exception of the source stops the workers and is rethrown', async () => {
    const broken = new Error('source broken')
    const source = async function* () {
      yield 1
      throw broken
    }
    let ended = false
    const work = parallel(source(), { workers: 2 }, async (_, signal) => {
      await aborted(signal)
      ended = true
    })
    await assert.rejects(work, broken)
    assert.ok(ended)
  })

  test('a source given as a function gets a signal to stop waiting', async () => {
    const broken = new Error('worker broken')
    const source = async function* (signal: AbortSignal) {
      yield 1
      await aborted(signal)
    }
    await assert.rejects(
      parallel(source, { workers: 2 }, async () => {
        throw broken
      }),
      broken,
    )
  })

  test('aborting from outside stops the workers, and is the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('interrupted')
    const seen: number[] = []
    const work = parallel(count(100), { workers: 2, signal: controller.signal }, async (item, signal) => {
      seen.push(item)
      if (item === 1) controller.abort(reason)
      else await aborted(signal)
    })
    await assert.rejects(work, reason)
    assert.deepEqual(seen, [0, 1])
  })

  test('does nothing when it was aborted before', async () => {
    const reason = new Error('interrupted')
    const work = parallel(count(5), { workers: 2, signal: AbortSignal.abort(reason) }, async () => assert.fail('worked'))
    await assert.rejects(work, reason)
  })

  test('takes plain arrays, and nothing at all', async () => {
    const seen: string[] = []
    await parallel(['a', 'b'], { workers: 5 }, async (item) => void seen.push(item))
    await parallel([], { workers: 5 }, async () => assert.fail('worked'))
    assert.deepEqual(seen.sort(), ['a', 'b'])
  })

  test('refuses to do nothing with no workers', async () => {
    await assert.rejects(
      parallel([1], { workers: 0 }, async () => {}),
      RangeError,
    )
  })
})
