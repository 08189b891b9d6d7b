import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { readAhead } from './read-ahead.ts'

/** Counts, and tells how far it has come and whether it was closed. */
const counter = (length: number) => {
  const state = { produced: 0, closed: false }
  const items = async function* () {
    try {
      for (let index = 0; index < length; index += 1) {
        state.produced += 1
        yield index
      }
    } finally {
      state.closed = true
    }
  }
  return { state, items: items() }
}

/** Lets everything run that can run. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn()
}

describe('readAhead', () => {
  test('yields everything in order, however producer and consumer alternate', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.nat(), { nil: undefined })),
        fc.integer({ min: 1, max: 5 }),
        fc.scheduler(),
        async (items, limit, s) => {
          const source = async function* () {
            for (const item of items) {
              await s.schedule(Promise.resolve())
              yield item
            }
          }
          const consume = async () => {
            const seen: unknown[] = []
            for await (const item of readAhead(source(), limit)) {
              seen.push(item)
              await s.schedule(Promise.resolve())
            }
            return seen
          }
          assert.deepEqual(await s.waitFor(consume()), items)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('runs ahead by the limit and no further', async () => {
    const { state, items } = counter(100)
    const ahead = readAhead(items, 3)
    assert.equal(state.produced, 0)
    assert.equal((await ahead.next()).value, 0)
    await settle()
    assert.equal(state.produced, 4)
    await ahead.next()
    await settle()
    assert.equal(state.produced, 5)
    await ahead.return()
  })

  test('an error comes in its place, after the items before it', async () => {
    const broken = new Error('broken')
    const source = async function* () {
      yield 1
      yield 2
      throw broken
    }
    const ahead = readAhead(source(), 10)
    assert.equal((await ahead.next()).value, 1)
    await settle()
    assert.equal((await ahead.next()).value, 2)
    await assert.rejects(ahead.next(), broken)
    assert.equal((await ahead.next()).done, true)
  })

  test('leaving early closes the source', async () => {
    const { state, items } = counter(100)
    for await (const item of readAhead(items, 3)) if (item === 5) break
    assert.ok(state.closed)
    assert.ok(state.produced <= 10)
  })

  test('leaving early closes a source that is at work', async () => {
    const gate = Promise.withResolvers<void>()
    let closed = false
    const source = async function* () {
      try {
        yield 1
        await gate.promise
        yield 2
      } finally {
        closed = true
      }
    }
    const ahead = readAhead(source(), 3)
    await ahead.next()
    await settle()
    const leaving = ahead.return()
    gate.resolve()
    await leaving
    assert.ok(closed)
  })

  test('an error nobody waits for any more is dropped', async () => {
    const source = async function* () {
      yield 1
      throw new Error('broken')
    }
    for await (const _ of readAhead(source(), 3)) break
    await settle()
  })

  test('an empty source ends at once', async () => {
    assert.equal((await readAhead([], 3).next()).done, true)
  })
})
