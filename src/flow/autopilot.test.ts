import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Autopilot, type Experience } from './autopilot.ts'

/** The answer of a service to a request, given the number of requests under way. */
type Service = (underWay: number) => Pick<Experience, 'outcome' | 'answeredInMs'> & { readonly takesMs: number }

const ok = (takesMs: number, answeredInMs = takesMs): ReturnType<Service> => ({ outcome: 'fine', takesMs, answeredInMs })

/** Lets an autopilot send `requests` requests to a service, always as many at once as its limit allows. */
function fly(service: Service, options: { readonly start?: number; readonly most?: number; readonly requests?: number } = {}) {
  const { start = 32, most = 64, requests = 5000 } = options
  const pilot = new Autopilot({ start, most })
  const limits: number[] = [start]
  const underWay: { readonly ends: number; readonly experience: Omit<Experience, 'now'> }[] = []
  const outcomes = { fine: 0, trouble: 0, refused: 0 }
  let now = 1
  for (let sent = 0; sent < requests; ) {
    while (underWay.length < pilot.limit && sent < requests) {
      const { takesMs, ...met } = service(underWay.length + 1)
      underWay.push({ ends: now + takesMs, experience: { ...met, era: pilot.era, amount: met.outcome === 'fine' ? 1 : 0, crowded: true } })
      sent += 1
    }
    underWay.sort((a, b) => a.ends - b.ends)
    const next = underWay.shift()
    if (next === undefined) break
    now = next.ends
    outcomes[next.experience.outcome] += 1
    pilot.note({ ...next.experience, now })
    if (pilot.limit !== limits.at(-1)) limits.push(pilot.limit)
  }
  return { pilot, limits, outcomes, seconds: now / 1000 }
}

describe('the autopilot', () => {
  test('raises the limit to the maximum while that raises throughput', () => {
    assert.equal(fly(() => ok(1000)).pilot.limit, 64)
    assert.equal(fly(() => ok(550), { start: 12, most: 24, requests: 200 }).pilot.limit, 24)
  })

  test('keeps the limit when the line is full, and tries a step again now and then', () => {
    const { limits, pilot } = fly((underWay) => ok(Math.max(100, underWay * 10), 50))
    assert.deepEqual(new Set(limits), new Set([32, 48]))
    assert.equal(pilot.limit, 32)
    assert.ok(limits.length > 4 && limits.length < 60, `${limits.length} changes`)
  })

  test('lowers the limit when answers slow down and fewer do no worse', () => {
    let sent = 0
    // After a while the service answers ten at a time; the others wait.
    const { pilot } = fly(
      (underWay) => {
        sent += 1
        return sent < 1000 || underWay <= 10 ? ok(500, 100) : ok(50 * underWay, 100 * underWay)
      },
      { most: 32, requests: 20_000 },
    )
    assert.ok(pilot.limit <= 16, `${pilot.limit}`)
  })

  test('does not lower the limit for slowness with another cause', () => {
    let sent = 0
    const { pilot, seconds } = fly(
      () => {
        sent += 1
        return ok(sent < 1000 ? 100 : 2000)
      },
      { most: 32, requests: 10_000 },
    )
    assert.equal(pilot.limit, 32)
    assert.ok(seconds < 700, `${seconds} s, where 566 would be the least`)
  })

  test('halves the limit at once on a refusal, and stays below it for minutes', () => {
    const { pilot, limits, outcomes } = fly((underWay) => (underWay > 20 ? { outcome: 'refused', takesMs: 50 } : ok(200)), {
      requests: 20_000,
    })
    assert.deepEqual(limits.slice(0, 3), [32, 16, 24])
    assert.ok(pilot.limit <= 20, `${pilot.limit}`)
    // 12 of the first 32, then one more experiment; all else is remembered.
    assert.ok(outcomes.refused <= 40, `${outcomes.refused} refused`)
  })

  test('one refusal or many of the same round halve the limit once', () => {
    const pilot = new Autopilot({ start: 32, most: 32 })
    const { era } = pilot
    for (let n = 0; n < 32; n += 1) pilot.note({ era, now: n, outcome: 'refused', amount: 0, crowded: true })
    assert.equal(pilot.limit, 16)
    for (let times = 0; times < 10; times += 1) pilot.note({ era: pilot.era, now: 100, outcome: 'refused', amount: 0, crowded: true })
    assert.equal(pilot.limit, 1)
  })

  test('a line that always loses a third keeps at least an eighth of the start', () => {
    let sent = 0
    const { pilot } = fly(() => {
      sent += 1
      return sent % 3 === 0 ? { outcome: 'trouble', takesMs: 500 } : ok(500)
    })
    assert.equal(pilot.limit, 4)
  })

  test('the limit falls when nothing is answered, and comes back with the network', () => {
    let sent = 0
    const { limits, pilot } = fly(
      () => {
        sent += 1
        return sent > 1000 && sent <= 1500 ? { outcome: 'trouble', takesMs: 100 } : ok(500)
      },
      { requests: 40_000 },
    )
    assert.equal(Math.min(...limits), 4)
    assert.equal(pilot.limit, 64)
  })

  test('a line that chokes on too many recovers, and is not choked again for minutes', () => {
    let isChoked = false
    const { outcomes, seconds } = fly(
      (underWay) => {
        isChoked = underWay > 40 || (isChoked && underWay > 8)
        return isChoked ? { outcome: 'trouble', takesMs: 90_000 } : ok(1000)
      },
      { requests: 40_000 },
    )
    assert.ok(outcomes.trouble < 500, `${outcomes.trouble} lost`)
    assert.ok(seconds < 2400, `${seconds} s, where 1000 would be the least`)
  })

  test('learns nothing while the limit is not reached', () => {
    const pilot = new Autopilot({ start: 32, most: 64 })
    for (let n = 1; n < 1000; n += 1) pilot.note({ era: pilot.era, now: n * 100, outcome: 'fine', amount: 1, crowded: false })
    assert.equal(pilot.limit, 32)
  })

  test('slow answers never raise the limit, and become normal: it comes back after a brown-out', () => {
    let sent = 0
    const { limits, pilot } = fly(
      (underWay) => {
        sent += 1
        if (sent < 500) return ok(100)
        if (sent < 900 && underWay > 2) return { outcome: 'refused', takesMs: 50 }
        return ok(500)
      },
      { most: 32, requests: 30_000 },
    )
    assert.deepEqual(limits.slice(0, 5), [32, 16, 8, 4, 2])
    assert.ok(pilot.limit >= 12, limits.join(' '))
  })

  test('one at a time stays one at a time', () => {
    assert.equal(fly(() => ok(100), { start: 1, most: 1 }).pilot.limit, 1)
    assert.equal(fly(() => ({ outcome: 'refused', takesMs: 5 }), { start: 1, most: 1 }).pilot.limit, 1)
  })

  test('gives the reason for each change', () => {
    const pilot = new Autopilot({ start: 2, most: 2 })
    assert.equal(pilot.note({ era: 0, now: 1, outcome: 'fine', amount: 1, crowded: true }), undefined)
    assert.equal(pilot.note({ era: 0, now: 2, outcome: 'refused', amount: 0, crowded: true }), 'there were too many')
  })
})
