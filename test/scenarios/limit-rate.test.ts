/** `--limit-rate` against the clock on the wall: what is limited is what the file host sends, over all downloads together. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { readRateLimit } from '../../src/config/rate.ts'
import { openLab } from '../support/lab.ts'

const sized = (id: string, size: number): WorldImage => photo(id, { bytes: { kind: 'seeded', seed: id, size, starts: 'jpg' } })

const worldOf = (images: readonly WorldImage[]): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Home', images)] })

const RATE = 1_000_000
const SIZE = 3_000_000

/** Backs up three million bytes at a million a second; resolves to the seconds it took and the most that was sent ahead of the limit. */
async function measure(t: TestContext, images: readonly WorldImage[]) {
  const lab = await openLab(t, worldOf(images), { settings: { limitRate: readRateLimit('1M') } })
  await lab.backup({ dryRun: true })
  let ahead = 0
  let over = false
  const began = performance.now()
  const watching = (async () => {
    while (!over) {
      ahead = Math.max(ahead, lab.sim.counters.cdnBytes - ((performance.now() - began) / 1000) * RATE)
      await wait(10)
    }
  })()
  const { totals } = await lab.complete()
  const seconds = (performance.now() - began) / 1000
  over = true
  await watching
  assert.equal(totals.bytes, SIZE)
  return { seconds, ahead }
}

describe('three million bytes at a million a second', { concurrency: true }, () => {
  test('sixty small files: three seconds, and no burst of all that are wanted at once', async (t) => {
    const { seconds, ahead } = await measure(
      t,
      Array.from({ length: 60 }, (_, n) => sized(`small ${n}`, SIZE / 60)),
    )
    assert.ok(seconds > 2.9 && seconds < 3.3, `${seconds.toFixed(2)} s`)
    assert.ok(ahead <= SIZE / 60, `${ahead} bytes were sent ahead of the limit`)
  })

  test('a large file and ten others: three seconds', async (t) => {
    const others = Array.from({ length: 10 }, (_, n) => sized(`other ${n}`, SIZE / 20))
    const { seconds } = await measure(t, [sized('large', SIZE / 2), ...others])
    assert.ok(seconds > 2.9 && seconds < 3.3, `${seconds.toFixed(2)} s`)
  })
})

test('outside the hours of a timetable nothing is limited', async (t) => {
  const now = new Date()
  const inAnHour = (now.getHours() + 1) % 24
  const limitRate = readRateLimit(`${inAnHour}:00-${inAnHour}:59 1k`)
  assert.ok(limitRate)
  const lab = await openLab(t, worldOf([sized('a', 1_000_000)]), { settings: { limitRate } })
  const { totals } = await lab.complete()
  assert.ok(totals.durationMs < 5000, 'at 1k it would have taken a quarter of an hour')
})
