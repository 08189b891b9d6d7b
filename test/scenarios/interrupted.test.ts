import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import type { Event } from '../../src/events.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { assertMirrors, openLab } from '../support/lab.ts'
import { assertAddsUp, assertCode, assertHolds, assertNothingWrong, jsonOf, mediaIn, openScene, partsIn, type Running } from './harness.ts'

describe('130: interrupted', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} lets transfers in flight finish, and reports; the next run goes on`, async (t) => {
      const world = smallWorld()
      const scene = await openScene(t, { world, behaviour: { latency: { fileMs: 300 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '2' } })
      const running = scene.start(['--json'])
      await running.says(/"outcome":"stored"/)
      running.kill(signal)
      await running.says(/Finishing what is in flight/)
      const { lines, summary } = jsonOf(await running.ended)
      assertAddsUp(summary)
      assert.equal(summary.exitCode, 130)
      assert.ok(summary.stored >= 1 && summary.stored < 11, `${summary.stored} stored`)
      const begun = lines.filter(({ event }) => event === 'transfer.started').map(({ path }) => path)
      const finished = new Set(lines.filter(({ outcome }) => outcome === 'stored').map(({ path }) => path))
      assert.deepEqual(
        begun.filter((path) => !finished.has(path)),
        [],
        'what had begun was finished',
      )
      await assertNothingWrong(scene.vault, world)
      assert.deepEqual(await partsIn(scene.vault), [])
      const held = (await mediaIn(scene.vault)).size
      const next = await scene.backup()
      assertAddsUp(next.summary)
      assert.deepEqual([next.summary.exitCode, next.summary.kept + next.summary.adopted], [0, held])
      await assertHolds(scene.vault, world)
    })

    test(`${signal} twice stops now`, async (t) => {
      const world = smallWorld()
      const scene = await openScene(t, {
        world,
        behaviour: { faults: [{ on: 'file', nth: [3, 4, 5], does: { kind: 'stall', after: 5000 } }] },
      })
      const running = scene.start(['--json'])
      await running.says(/"outcome":"stored"/)
      await stopTwice(running, signal)
      assert.equal(jsonOf(await running.ended).summary.exitCode, 130)
      await assertNothingWrong(scene.vault, world)
      scene.simulator.setBehaviour({})
      assertCode(await scene.backup(), 0)
      await assertHolds(scene.vault, world)
      assert.deepEqual(await partsIn(scene.vault), [])
    })
  }

  test('while the program begins', async (t) => {
    const hook = `const { once } = process
      process.once = (name, ...more) => {
        if (name === 'beforeExit') process.kill(process.pid, 'SIGTERM')
        return once.call(process, name, ...more)
      }`
    const scene = await openScene(t, { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` } })
    const { exitCode, items } = jsonOf(await scene.start(['--json']).ended).summary
    assert.deepEqual([exitCode, items], [130, 0])
  })

  test('while SmugMug is asked for the albums', async (t) => {
    const scene = await openScene(t, { behaviour: { faults: [{ on: 'albums', does: { kind: 'stall' } }] } })
    const running = scene.start(['--json'])
    await running.says(/"run\.started"/)
    running.kill('SIGINT')
    assert.equal(jsonOf(await running.ended).summary.exitCode, 130)
  })

  test('for people: one line says that it will finish, the last says that everything finished is kept', async (t) => {
    const scene = await openScene(t, { behaviour: { latency: { fileMs: 300 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '1' } })
    const running = scene.start(['--verbose'])
    await running.says(/fjord-1\.jpg/)
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    assert.equal(code, 130)
    assert.match(stdout + stderr, /Finishing what is in flight; press Ctrl-C again to stop now\.[\s\S]*Interrupted/)
  })
})

async function stopTwice(running: Running, signal: NodeJS.Signals): Promise<void> {
  running.kill(signal)
  await running.says(/Finishing what is in flight/)
  running.kill(signal)
}

describe('many replacements of which a run was interrupted', { concurrency: 2 }, () => {
  const many = Array.from({ length: 200 }, (_, n) => photo(`many ${n}`))
  const world: World = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Norway', many)] }
  for (const acceptChanges of [true, false]) {
    test(`the next run reads only those that were about to come${acceptChanges ? ', also with --accept-changes' : ''}`, async (t) => {
      const lab = await openLab(t, world, { settings: { maxVanished: 100, concurrentDownloads: 2 } })
      await lab.complete()
      lab.change(
        ...many.map(
          ({ key }) =>
            (w: World) =>
              replaceImage(w, key, { kind: 'seeded', seed: key, size: 20_000, starts: 'jpg' }),
        ),
      )
      const stop = new AbortController()
      const emit = (event: Event): void => {
        if (event.event === 'item' && event.outcome === 'replaced') stop.abort()
      }
      const stopped = await lab.backupWith({ acceptChanges, signal: stop.signal, emit, bounds: { queue: 3 } })
      assert.deepEqual([stopped.exitCode, stopped.totals.replaced > 0], [130, true])
      let hashed = 0
      const counting = dyingStorage((method) => {
        if (method === 'digest') hashed += 1
        return 'alive'
      })
      lab.change(
        ...many.map(
          ({ key, bytes }) =>
            (w: World) =>
              replaceImage(w, key, bytes),
        ),
      )
      await lab.backupWith({ storage: counting.wrap })
      assert.ok(hashed > 0 && hashed < 100, `${hashed} files hashed`)
      assertMirrors(lab)
    })
  }
})
