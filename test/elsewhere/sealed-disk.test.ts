/** Disks that become full under a sealed vault: that of the vault, and that of the notes in the state folder. Without the right to mount they are skipped, visibly. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { makeKey } from '../../src/app/app.ts'
import { assertCode, openScene, partsIn } from '../scenarios/harness.ts'

const photos = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    photo(`${name}${n}`, { bytes: { kind: 'seeded', seed: `${name}${n}`, size: 100_000, starts: 'jpg' } }),
  )

const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', photos('n', 30))]), albumNode('Home', photos('h', 10))],
}

const [key, paper] = [await makeKey(), await makeKey()]

/** Returns the number of whole sealed photos in a vault. */
const photosIn = (vault: string): number =>
  readdirSync(vault, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.jpg.age') && !path.startsWith('.smugmug'))
    .length

/** Opens a scene of a sealed vault with a small disk in it. Returns undefined, and skips the test, if this process may not mount. */
async function openWithDisk(t: TestContext, size: string) {
  const place: { disk?: string } = {}
  // Before the scene clears its folder: hooks run in the order of their making.
  t.after(() => {
    if (place.disk !== undefined) spawnSync('umount', ['--lazy', place.disk])
  })
  const scene = await openScene(t, { world, env: { SMGMG_BK_ENCRYPTION_RECIPIENTS: `${key.recipient},${paper.recipient}` } })
  const disk = join(scene.folder, 'disk')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0777`, 'tmpfs', disk]).status !== 0) {
    t.skip('mounting a disk is not permitted here')
    return undefined
  }
  place.disk = disk
  return { scene, disk, grow: (to: string) => assert.equal(spawnSync('mount', ['-o', `remount,size=${to}`, disk]).status, 0) }
}

describe('a full disk', () => {
  for (const [what, size, name] of [
    ['of a sealed vault', '2500k', 'SMGMG_BK_DESTINATION'],
    ['with the notes of a sealed vault', '400k', 'SMGMG_BK_STATE_FOLDER'],
  ] as const) {
    test(`${what} ends the run with 5 and a sentence; nothing is lost, and with room it goes on`, async (t) => {
      const small = await openWithDisk(t, size)
      if (small === undefined) return
      const { scene, disk, grow } = small
      const run = { env: { [name]: disk } }
      const vault = name === 'SMGMG_BK_DESTINATION' ? disk : scene.vault
      for (let n = 0; n < 2; n++) {
        const full = await scene.backup([], run)
        assertCode(full, 5)
        assert.match(full.summary.message, /full/i)
        assert.ok(full.summary.hint)
        assert.deepEqual(await partsIn(vault), [])
      }
      const held = photosIn(vault)
      assert.ok(held > 5 && held < 40, `${held} photos are held`)
      grow('30m')
      scene.simulator.resetCounters()
      assertCode(await scene.backup([], run), 0)
      assert.equal(photosIn(vault), 40)
      assert.ok(scene.simulator.counters.cdn <= 40 - held + 1, `${held} were held, ${scene.simulator.counters.cdn} downloads`)
      assertCode(await scene.json(['verify'], run), 0)
    })
  }
})
