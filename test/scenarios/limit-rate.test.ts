/** Measures `--limit-rate` by the real clock: it limits the bytes of the file host, over all downloads together. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runBackup } from '../../src/app/app.ts'
import { readRateLimit } from '../../src/config/rate.ts'
import type { Emit } from '../../src/events.ts'
import { backup, openAccount, openVault } from '../../src/index.ts'
import { openLab } from '../support/lab.ts'

const sized = (id: string, size: number): WorldImage => photo(id, { bytes: { kind: 'seeded', seed: id, size, starts: 'jpg' } })

const worldOf = (images: readonly WorldImage[]): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Home', images)] })

const RATE = 1_000_000
const SECONDS = 6
const SIZE = SECONDS * RATE

/** The time that a timer may be late on a machine that has time for it, in milliseconds. */
const LATE_MS = 20

/**
 * Backs up six million bytes at a million a second; resolves to the seconds from the end of the listing until the last byte had come,
 * the most that was sent ahead of the limit, and the seconds that the machine had no time for this process.
 */
async function measure(t: TestContext, images: readonly WorldImage[]) {
  const lab = await openLab(t, worldOf(images), { settings: { limitRate: readRateLimit('1M') } })
  await lab.backup({ dryRun: true })
  let began = Number.POSITIVE_INFINITY
  let ended = 0
  const emit: Emit = ({ event }) => {
    if (event === 'album.listed') began = performance.now()
    if (event === 'transfer.finished') ended = performance.now()
  }
  let [ahead, stolen] = [0, 0]
  let over = false
  const watching = (async () => {
    while (!over) {
      const may = (Math.max(0, performance.now() - began) / 1000) * RATE
      ahead = Math.max(ahead, lab.sim.counters.cdnBytes - may)
      const asleep = performance.now()
      await wait(10)
      const late = performance.now() - asleep - 10
      if (late > LATE_MS) stolen += late / 1000
    }
  })()
  const { totals } = await runBackup({ ...lab.work(), emit, dryRun: false, full: false, acceptChanges: false })
  over = true
  await watching
  assert.equal(totals.bytes, SIZE)
  return { seconds: (ended - began) / 1000, ahead, stolen }
}

/** Not faster at all, and slower by five hundredths at most, and by the machine's own absence. */
function assertOnTime({ seconds, stolen }: { readonly seconds: number; readonly stolen: number }): void {
  assert.ok(seconds >= SECONDS * 0.999 && seconds <= SECONDS * 1.05 + stolen, `${seconds.toFixed(3)} s, ${stolen.toFixed(3)} s stolen`)
}

describe('six million bytes at a million a second take six seconds', { concurrency: true }, () => {
  test('in many small files, without a burst at the beginning', async (t) => {
    const { ahead, ...time } = await measure(
      t,
      Array.from({ length: 120 }, (_, n) => sized(`small ${n}`, SIZE / 120)),
    )
    assertOnTime(time)
    assert.ok(ahead <= SIZE / 120, `${ahead} bytes were sent ahead of the limit`)
  })

  test('in a large file and ten others', async (t) => {
    const others = Array.from({ length: 10 }, (_, n) => sized(`other ${n}`, SIZE / 20))
    assertOnTime(await measure(t, [sized('large', SIZE / 2), ...others]))
  })

  test('in one large file', async (t) => {
    assertOnTime(await measure(t, [sized('alone', SIZE)]))
  })
})

test('a run of the library is interrupted at once where all files wait for their turn', async (t) => {
  const lab = await openLab(t, worldOf([sized('a', 300_000), sized('b', 300_000)]))
  const account = openAccount({ ...KEYS, baseUrl: lab.sim.apiUrl, limitRate: [{ from: 0, to: 1440, rate: 1000 }] })
  const vault = await openVault(lab.root)
  const stop = new AbortController()
  const emit: Emit = ({ event }) => {
    if (event === 'album.listed') setTimeout(() => stop.abort(), 100)
  }
  const began = performance.now()
  const report = await backup(account, vault, { emit, signal: stop.signal })
  await vault.close()
  await account.close()
  assert.deepEqual([report.exitCode, lab.sim.counters.cdn], [130, 0])
  assert.ok(performance.now() - began < 60_000, 'a turn would have come after minutes')
})

test('outside the hours of a timetable nothing is limited', async (t) => {
  const now = new Date()
  const inAnHour = (now.getHours() + 1) % 24
  const limitRate = readRateLimit(`${inAnHour}:00-${inAnHour}:59 1k`)
  assert.ok(limitRate)
  const lab = await openLab(t, worldOf([sized('a', 1_000_000)]), { settings: { limitRate } })
  const { totals } = await lab.complete()
  assert.ok(totals.durationMs < 120_000, 'at 1k it would have taken a quarter of an hour')
})
