import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { albumsOf, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, photo, video } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertAddsUp, assertHolds, assertNothingWrong, mediaIn, openScene, partsIn, promisedBy, type Scene } from './harness.ts'

const LARGE = 12 * 1024 * 1024

/** Three albums of forty files in all, namesakes and a clip among them. */
function world(): World {
  const photos = (album: string, count: number) =>
    Array.from({ length: count }, (_, n) => photo(`${album} ${n}`, { bytes: { kind: 'seeded', seed: `${album} ${n}`, size: 30_000 + n } }))
  return {
    ...smallWorld(),
    root: [
      folder('Far', [albumNode('One', photos('one', 15))]),
      albumNode('Two', [...photos('two', 15), photo('twin a', { fileName: 'twin.jpg' }), photo('twin b', { fileName: 'twin.jpg' })]),
      albumNode('Three', [...photos('three', 7), video('clip')]),
    ],
  }
}

/** Starts a backup, and kills it when it prints this for the n-th time. */
async function killAt(scene: Scene, pattern: RegExp, n: number): Promise<void> {
  const running = scene.start(['--json'])
  await running.says(pattern, n)
  running.kill('SIGKILL')
  const { code, signal } = await running.ended
  // At the very end the run may have finished before the kill.
  assert.ok(signal === 'SIGKILL' || code === 0)
}

const MOMENTS: readonly (readonly [name: string, pattern: RegExp, n: number])[] = [
  ['before the first file', /"album\.started"/, 1],
  ['while the first files come', /"transfer\.started"/, 2],
  ['after an album', /"album\.finished"/, 1],
  ['near the end', /"outcome":"stored"/, 36],
  ['at the end of the last album', /"album\.finished"/, 3],
]

describe('kill -9', { concurrency: 2 }, () => {
  for (const [name, pattern, n] of MOMENTS) {
    test(`${name}: nothing half under a real name, nothing held is lost, and the next run goes on`, async (t) => {
      const account = world()
      const scene = await openScene(t, {
        world: account,
        behaviour: { latency: { fileMs: 12 } },
        env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '3' },
      })
      await killAt(scene, pattern, n)
      await assertNothingWrong(scene.vault, account)
      const held = await mediaIn(scene.vault)
      scene.simulator.resetCounters()
      const { summary } = await scene.backup()
      assertAddsUp(summary)
      assert.equal(summary.exitCode, 0, summary.message)
      await assertHolds(scene.vault, account)
      assert.deepEqual(await partsIn(scene.vault), [])
      assert.deepEqual([summary.items, summary.kept + summary.adopted, summary.stored], [40, held.size, 40 - held.size])
      assert.equal(scene.simulator.counters.cdn, 40 - held.size, 'what came is not asked for again')
      const after = await mediaIn(scene.vault)
      for (const [path, { md5 }] of held) assert.equal(after.get(path)?.md5, md5, path)
    })
  }

  test('again and again on one vault', async (t) => {
    const account = world()
    const scene = await openScene(t, {
      world: account,
      behaviour: { latency: { fileMs: 12 } },
      env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '3' },
    })
    let held = 0
    for (const n of [3, 5, 4]) {
      await killAt(scene, /"outcome":"stored"/, n)
      await assertNothingWrong(scene.vault, account)
      const now = (await mediaIn(scene.vault)).size
      assert.ok(now >= held, `${held} were held, now ${now}`)
      held = now
    }
    const { summary } = await scene.backup()
    assert.deepEqual([summary.exitCode, summary.kept + summary.adopted], [0, held])
    const next = await scene.backup()
    assert.deepEqual([next.summary.exitCode, next.summary.kept, next.summary.albumsSkipped], [0, 40, 3])
    await assertHolds(scene.vault, account)
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('while an old file is replaced, the old or the new one stands there', async (t) => {
    const before: World = {
      ...smallWorld(),
      root: [albumNode('One', [photo('a', { bytes: { kind: 'seeded', seed: 'a', size: 400_000 } }), photo('b')])],
    }
    const key = promisedBy(before).find(({ image }) => image.fileName === 'a.jpg')?.image.key ?? ''
    const after = replaceImage(before, key, { kind: 'seeded', seed: 'newer', size: 500_000 })
    const scene = await openScene(t, { world: before })
    await scene.backup()
    scene.simulator.setWorld(after)
    scene.simulator.setBehaviour({ faults: [{ on: 'original', does: { kind: 'stall', after: 250_000 } }] })
    await killAt(scene, /"transfer\.started"/, 1)
    await assertHolds(scene.vault, before)
    scene.simulator.setBehaviour({})
    const { summary } = await scene.backup()
    assert.deepEqual([summary.exitCode, summary.replaced], [0, 1])
    await assertHolds(scene.vault, after)
    assert.deepEqual(await partsIn(scene.vault), [])
  })
})

describe('a large file', { concurrency: 2 }, () => {
  const account = (seed = 'film'): World => ({
    ...smallWorld(),
    root: [albumNode('Films', [photo('film', { bytes: { kind: 'seeded', seed, size: LARGE } }), photo('small')])],
  })

  const film = promisedBy(account())[0]?.image.key ?? ''

  /** Kills a run that has most of the film on the disk. Returns the partial file and its size. */
  const interrupt = async (scene: Scene): Promise<{ readonly path: string; readonly size: number }> => {
    scene.simulator.setBehaviour({ faults: [{ on: 'original', match: film, does: { kind: 'stall', after: LARGE - 2 * 1024 * 1024 } }] })
    const running = scene.start(['--json'])
    const films = join(scene.vault, 'Films')
    const part = (): { readonly path: string; readonly size: number } => {
      const name = existsSync(films) ? readdirSync(films).find((each) => each.startsWith('.film')) : undefined
      const path = join(films, name ?? '')
      return { path, size: name === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0) }
    }
    // The small one has its name by then, or it would be fetched again, too.
    await running.until(() => part().size >= 9_000_000 && existsSync(join(films, 'small.jpg')))
    running.kill('SIGKILL')
    await running.ended
    scene.simulator.setBehaviour({})
    return part()
  }

  test('goes on where it was interrupted', async (t) => {
    const scene = await openScene(t, { world: account() })
    const part = await interrupt(scene)
    assert.ok(part.size > 8 * 1024 * 1024, JSON.stringify(part))
    await assertNothingWrong(scene.vault, account())
    scene.simulator.resetCounters()
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assert.equal(scene.simulator.counters.byStatus[206], 1)
    assert.equal(scene.simulator.counters.cdnBytes, LARGE - part.size)
    assert.equal(summary.bytes, LARGE - part.size)
    await assertHolds(scene.vault, account())
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('begins anew when SmugMug has other bytes meanwhile', async (t) => {
    const scene = await openScene(t, { world: account() })
    await interrupt(scene)
    const key = albumsOf(account())[0]?.placement(0).image.key ?? ''
    const changed = replaceImage(account(), key, { kind: 'seeded', seed: 'another film', size: LARGE })
    scene.simulator.setWorld(changed)
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, changed)
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('is held right although its partial file is damaged', async (t) => {
    const scene = await openScene(t, { world: account() })
    const part = await interrupt(scene)
    const file = await open(part.path, 'r+')
    await file.write(Buffer.from('damage'), 0, 6, 5_000_000)
    await file.close()
    const { summary } = await scene.backup([], { env: { SMGMG_BK_MAX_RETRIES: '2' } })
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, account())
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('a connection that breaks is resumed within the run', async (t) => {
    const key = promisedBy(account())[0]?.image.key ?? ''
    const scene = await openScene(t, {
      world: account(),
      behaviour: { faults: [{ on: 'original', match: key, nth: 1, does: { kind: 'truncate', at: 10 * 1024 * 1024, clean: false } }] },
    })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, account())
    assert.equal(scene.simulator.counters.byStatus[206], 1)
    assert.ok(summary.bytes < LARGE * 1.25, `${summary.bytes} of ${LARGE}`)
  })
})
