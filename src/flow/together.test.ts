import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { together } from './together.ts'

describe('together', () => {
  test('gives the values in their order, whatever order they come in', async () => {
    const late = Promise.withResolvers<number>()
    const both = together([late.promise, Promise.resolve('b')])
    await nextTurn()
    late.resolve(1)
    assert.deepEqual(await both, [1, 'b'])
    assert.deepEqual(await together([]), [])
  })

  test('a failure is reported at once, and thrown when all have ended', async () => {
    const late = Promise.withResolvers<void>()
    const seen: unknown[] = []
    let ended = false
    const failure = new Error('first')
    const both = together([late.promise, Promise.reject(failure)], (error) => seen.push(error)).finally(() => {
      ended = true
    })
    const thrown = assert.rejects(both, (error) => error === failure)
    await nextTurn()
    assert.deepEqual(seen, [failure])
    assert.equal(ended, false)
    late.resolve()
    await thrown
  })

  test('of several failures the first in time is thrown, and all are reported', async () => {
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const seen: unknown[] = []
    const thrown = assert.rejects(
      together([one.promise, two.promise], (error) => seen.push(error)),
      /^Error: two$/,
    )
    two.reject(new Error('two'))
    await nextTurn()
    one.reject(new Error('one'))
    await thrown
    assert.deepEqual(seen.map(String), ['Error: two', 'Error: one'])
  })

  test('a failure without a reason is a failure', async () => {
    await assert.rejects(
      () => together([Promise.resolve(1), Promise.reject(undefined)]),
      (error) => error === undefined,
    )
  })
})
