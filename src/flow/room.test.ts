import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fc } from '../../test/support/properties.ts'
import { Room } from './room.ts'

/** Asks for admission, and notes it. */
const enter = (gate: Room, weight: number, signal?: AbortSignal) => {
  const visitor = { inside: false, leave: () => {}, error: undefined as unknown }
  gate.acquire(weight, signal).then(
    (release) => {
      visitor.inside = true
      visitor.leave = release
    },
    (error: unknown) => {
      visitor.error = error
    },
  )
  return visitor
}

describe('Room', () => {
  test('admits up to its limit, and the next when there is room', async () => {
    const gate = new Room(10)
    const [a, b, c] = [enter(gate, 4), enter(gate, 6), enter(gate, 1)]
    await nextTurn()
    assert.deepEqual([a.inside, b.inside, c.inside], [true, true, false])
    a.leave()
    await nextTurn()
    assert.ok(c.inside)
  })

  test('raising its limit admits waiting ones, lowering it sends nobody out', async () => {
    const gate = new Room(1)
    const visitors = [enter(gate, 1), enter(gate, 1), enter(gate, 1)]
    const inside = () => visitors.map((visitor) => visitor.inside)
    await nextTurn()
    assert.deepEqual([inside(), gate.isFull], [[true, false, false], true])
    gate.setLimit(3)
    await nextTurn()
    assert.deepEqual([inside(), gate.isFull], [[true, true, true], true])
    gate.setLimit(2)
    visitors[0]?.leave()
    const late = enter(gate, 1)
    await nextTurn()
    assert.equal(late.inside, false)
    visitors[1]?.leave()
    await nextTurn()
    assert.equal(late.inside, true)
  })

  test('is first come, first served: the light do not overtake the heavy', async () => {
    const gate = new Room(10)
    const first = enter(gate, 5)
    const heavy = enter(gate, 8)
    const light = enter(gate, 1)
    await nextTurn()
    assert.deepEqual([heavy.inside, light.inside], [false, false])
    first.leave()
    await nextTurn()
    assert.deepEqual([heavy.inside, light.inside], [true, true])
  })

  test('a weight above the limit is admitted alone', async () => {
    const gate = new Room(10)
    const small = enter(gate, 1)
    const huge = enter(gate, 50)
    const after = enter(gate, 1)
    await nextTurn()
    assert.deepEqual([huge.inside, after.inside], [false, false])
    small.leave()
    await nextTurn()
    assert.deepEqual([huge.inside, after.inside], [true, false])
    huge.leave()
    await nextTurn()
    assert.ok(after.inside)
  })

  test('leaving twice counts once', async () => {
    const gate = new Room(1)
    const a = enter(gate, 1)
    await nextTurn()
    a.leave()
    a.leave()
    const [b, c] = [enter(gate, 1), enter(gate, 1)]
    await nextTurn()
    assert.deepEqual([b.inside, c.inside], [true, false])
  })

  test('an aborted one waits no longer, and holds nobody up', async () => {
    const gate = new Room(10)
    const controller = new AbortController()
    const first = enter(gate, 6)
    const heavy = enter(gate, 8, controller.signal)
    const light = enter(gate, 4)
    await nextTurn()
    controller.abort(new Error('stop'))
    await nextTurn()
    assert.match(String(heavy.error), /stop/)
    assert.ok(light.inside)
    first.leave()
    light.leave()
    const all = enter(gate, 10)
    await nextTurn()
    assert.ok(all.inside)
  })

  test('one aborted before is not admitted, and one aborted after admission is not disturbed', async () => {
    const gate = new Room(1)
    const controller = new AbortController()
    const admitted = enter(gate, 1, controller.signal)
    await nextTurn()
    controller.abort()
    assert.ok(admitted.inside)
    admitted.leave()
    await assert.rejects(gate.acquire(1, controller.signal))
    const next = enter(gate, 1)
    await nextTurn()
    assert.ok(next.inside)
  })

  test('never holds more than its limit, and everyone comes in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 15 })), fc.scheduler(), async (weights, scheduler) => {
        const gate = new Room(10)
        let inside: number[] = []
        const visits = weights.map(async (weight, index) => {
          const release = await gate.acquire(weight)
          inside.push(index)
          const sum = inside.reduce((total, each) => total + (weights[each] ?? 0), 0)
          assert.ok(sum <= 10 || inside.filter((each) => weights[each] !== 0).length === 1)
          await scheduler.schedule(Promise.resolve())
          inside = inside.filter((each) => each !== index)
          release()
        })
        await scheduler.waitFor(Promise.all(visits))
      }),
    )
  })
})
