import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event } from '../../events.ts'
import { FakeClock } from '../../flow/clock.ts'
import { type AtOnce, Lane, type Lease } from './lane.ts'

const setUp = (atOnce: AtOnce) => {
  const clock = new FakeClock()
  const events: Event[] = []
  const lane = new Lane({ host: 'photos.smugmug.com', atOnce, kind: 'files', clock, emit: (event) => events.push(event) })
  const [begins] = events.splice(0)
  return { begins, clock, events, lane }
}

/** A visitor of the lane: has a lease once it was let in. */
const visit = (lane: Lane, signal?: AbortSignal) => {
  const seen: { lease?: Lease } = {}
  lane.enter(signal).then(
    (lease) => {
      seen.lease = lease
    },
    () => undefined,
  )
  return seen
}

describe('a lane', () => {
  test('reports the number it begins with', () => {
    const begins = { event: 'limit', host: 'photos.smugmug.com', kind: 'files', atOnce: 2, reason: 'to begin with' }
    assert.deepEqual(setUp({ start: 2, most: 4 }).begins, begins)
  })

  test('lets as many in as its limit, and the next in its turn; ending twice is ending once', async () => {
    const { clock, lane } = setUp({ start: 2, most: 2 })
    const visits = [visit(lane), visit(lane), visit(lane), visit(lane)]
    const inside = () => visits.map(({ lease }) => lease !== undefined)
    await nextTurn()
    assert.deepEqual(inside(), [true, true, false, false])
    await clock.advance(700)
    visits[0]?.lease?.answered(200, 100)
    visits[0]?.lease?.end(1000)
    visits[0]?.lease?.end(1000)
    await nextTurn()
    assert.deepEqual(inside(), [true, true, true, false])
    assert.equal(visits[2]?.lease?.waitedMs, 700)
  })

  test('one who gives up waiting holds no lease', async () => {
    const { lane } = setUp({ start: 1, most: 1 })
    const first = visit(lane)
    const controller = new AbortController()
    const second = lane.enter(controller.signal)
    const third = visit(lane)
    controller.abort(new Error('stop'))
    await assert.rejects(second, /stop/)
    await nextTurn()
    assert.equal(third.lease, undefined)
    first.lease?.end(0)
    await nextTurn()
    assert.ok(third.lease)
  })

  test('narrows at once when one is refused, before its answer is over, and reports it', async () => {
    const { events, lane } = setUp({ start: 8, most: 8 })
    const visits = Array.from({ length: 9 }, () => visit(lane))
    await nextTurn()
    for (const { lease } of visits.slice(0, 3)) lease?.answered(429, 100)
    assert.deepEqual(events, [
      { event: 'limit', host: 'photos.smugmug.com', kind: 'files', atOnce: 4, before: 8, reason: 'there were too many' },
    ])
    for (const { lease } of visits.slice(0, 4)) lease?.end(0)
    await nextTurn()
    assert.equal(visits[8]?.lease, undefined, 'four are still inside')
    visits[4]?.lease?.end(0)
    await nextTurn()
    assert.ok(visits[8]?.lease)
  })

  test('narrows when many are not answered, or break off', async () => {
    const { clock, events, lane } = setUp({ start: 16, most: 16 })
    for (let round = 0; round < 2; round += 1) {
      const leases = await Promise.all(Array.from({ length: 16 }, () => lane.enter()))
      await clock.advance(1000)
      for (const [index, lease] of leases.entries()) {
        lease.answered(index % 4 === 0 ? undefined : 200, 100)
        lease.end(index % 4 === 1 ? undefined : 1000)
      }
    }
    assert.deepEqual(
      events.map((event) => (event.event === 'limit' ? [event.before, event.atOnce, event.reason] : event.event)),
      [[16, 8, 'too many of them failed']],
    )
  })

  test('narrows as the crowd makes answers slow, though nobody ever waits for a lease', async () => {
    const { clock, events, lane } = setUp({ start: 16, most: 16 })
    let [sent, inside] = [0, 0]
    const worker = async (): Promise<void> => {
      while (sent < 1000) {
        sent += 1
        const lease = await lane.enter()
        inside += 1
        // After a while the other side answers one request each 100 ms, however many are sent.
        const ms = sent < 200 ? 100 : inside * 100
        await clock.sleep(ms)
        lease.answered(200, ms)
        inside -= 1
        lease.end(1000)
      }
    }
    const workers = Promise.all(Array.from({ length: 16 }, worker))
    await clock.advance(3_600_000)
    await workers
    assert.deepEqual(events.map((event) => event.event === 'limit' && event.atOnce).slice(0, 3), [12, 9, 6])
  })

  test('an answer that was broken off here changes nothing', async () => {
    const { clock, events, lane } = setUp({ start: 4, most: 4 })
    for (let n = 0; n < 100; n += 1) {
      const lease = await lane.enter()
      await clock.advance(500)
      lease.end(0)
    }
    assert.deepEqual(events, [])
  })
})
