import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openMonitor } from './vitals.ts'

const block = (milliseconds: number): void => {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

test('memory is reported, and how long the program was too busy', async (t) => {
  let now = 0
  const monitor = openMonitor(() => now)
  t.after(monitor.close)
  const { rss, heapUsed, delay } = monitor.read()
  assert.ok(rss > heapUsed && heapUsed > 1_000_000, `${rss} ${heapUsed}`)
  assert.ok(Number.isFinite(delay.mean) && Number.isFinite(delay.p99), 'also before anything was measured')
  // The first measurement sets the beginning.
  await wait(50)
  block(300)
  await wait(50)
  const busy = monitor.read().delay
  assert.ok(busy.max > 200, `${busy.max} ms`)
  now += 15_000
  monitor.read()
  const later = monitor.read().delay
  assert.equal(later.max, busy.max, 'the longest of all stays')
})
