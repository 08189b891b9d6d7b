/** The program is killed at random instants while its account changes; in the end the vault is the account, and nothing else is left in it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { World } from '../../simulator/world.ts'
import { mediaIn, openScene, partsIn, promisedBy, type Scene, snapshot } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { chanceOf, IS_QUICK, SEED } from './chance.ts'

/** Kills on each of the two vaults. */
const KILLS = IS_QUICK ? 20 : 150
/** The number of kills before a whole run. */
const ROUND = 5

/** Fails unless the vault holds the account, is proven, and holds no more than it should. */
async function assertWhole(scene: Scene, world: World, what: string): Promise<void> {
  const { summary } = await scene.backup(['--accept-changes'])
  assert.equal(summary.exitCode, 0, `${what}: ${summary.message}`)
  const held = new Set([...(await mediaIn(scene.vault)).values()].map(({ md5 }) => md5))
  for (const { md5, image } of promisedBy(world)) assert.ok(held.has(md5), `${what}: ${image.fileName} is lost`)
  const { summary: verified, lines } = await scene.json(['verify'])
  const problems = lines.filter(({ event }) => event === 'problem').map(({ problem }) => JSON.stringify(problem))
  assert.equal(verified.exitCode, 0, `${what}: ${verified.message} ${problems.join('\n')}`)
  const sums = spawnSync('md5sum', ['--check', '--quiet', '.smugmug-backup/MD5SUMS'], { cwd: scene.vault, encoding: 'utf8' })
  assert.equal(sums.status, 0, `${what}: ${sums.stdout}${sums.stderr}`)
  assert.deepEqual(await partsIn(scene.vault), [], what)
  const all = [...(await snapshot(scene.vault)).keys()]
  assert.deepEqual(
    all.filter((path) => path.includes('/moving/')),
    [],
    `${what}: what was being moved`,
  )
  const sidecars = all.filter((path) => path.endsWith('.xmp') && !path.startsWith('.smugmug-backup/'))
  const alone = sidecars.filter((path) => !all.includes(path.replace(/\.xmp$/, '')))
  assert.deepEqual(alone, [], `${what}: these lie beside nothing`)
  for (const record of all.filter((path) => path.endsWith('/album.json'))) assertOwnWords(scene, record, what)
}

/** Fails when a sidecar beside an item of the account is another item's. */
function assertOwnWords(scene: Scene, record: string, what: string): void {
  const { items } = JSON.parse(readFileSync(join(scene.vault, record), 'utf8')) as {
    readonly items: readonly { readonly imageKey: string; readonly name: string; readonly vanishedAt?: unknown }[]
  }
  for (const { imageKey, name } of items.filter(({ vanishedAt }) => vanishedAt === undefined)) {
    const path = join(dirname(record), `${name}.xmp`)
    const text = existsSync(join(scene.vault, path)) ? readFileSync(join(scene.vault, path), 'utf8') : ''
    const key = /ImageKey[^A-Za-z0-9]+([A-Za-z0-9-]+)/.exec(text)?.[1]
    assert.equal(key ?? imageKey, imageKey, `${what}: ${path} has another item's words`)
  }
}

for (const [index, collected] of (['copy', 'link'] as const).entries()) {
  test(`${KILLS} kills, collected = ${collected}`, async (t) => {
    const chance = chanceOf(SEED + index)
    const env = { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_COLLECTED: collected, SMGMG_BK_WRITE_CSV: 'true', SMGMG_BK_CONCURRENT_DOWNLOADS: '3' }
    let world = firstAccount
    const scene = await openScene(t, { world, behaviour: { latency: { fileMs: 5 } }, env })
    const began = performance.now()
    await assertWhole(scene, world, 'at first')
    const span = (performance.now() - began) / 2
    for (let kill = 1; kill <= KILLS; kill++) {
      const edits = chance.upTo(4)
      for (let n = 0; n < edits; n++) world = edited(world, chance)
      scene.simulator.setWorld(world)
      const running = scene.start(['--json', '--accept-changes'])
      const instant = 100 + chance.upTo(Math.ceil(span))
      await Promise.race([wait(instant), running.ended])
      running.kill('SIGKILL')
      const { code, signal } = await running.ended
      assert.ok(signal === 'SIGKILL' || code === 0, `kill ${kill}: the program ended with ${code ?? signal}`)
      if (kill % ROUND === 0 || kill === KILLS) await assertWhole(scene, world, `after kill ${kill}`)
    }
  })
}
