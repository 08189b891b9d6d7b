/** The program is killed at chosen calls to its disk while its account changes; in the end the vault is the account, and nothing else is left in it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { mediaIn, openScene, partsIn, promisedBy, type Scene, snapshot } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'
import { runUntil } from './failing-disk.ts'

/** Kills on each of the three vaults. */
const KILLS = IS_QUICK ? 10 : 100
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

/** Changes the account, then kills a run at the call that chance chooses; tries again until one was killed before its end. */
async function kill(scene: Scene, world: World, chance: Chance): Promise<{ readonly world: World; readonly struck: string }> {
  let now = world
  for (;;) {
    const edits = chance.upTo(4)
    for (let n = 0; n < edits; n++) now = edited(now, chance)
    scene.simulator.setWorld(now)
    // A run changes the disk a few dozen times, one with many edits some hundred times.
    const at = 1 + chance.upTo(chance.of([30, 60, 120, 240]))
    const { code, signal, struck, stderr } = await runUntil(scene, ['backup', '--accept-changes'], at)
    if (signal === 'SIGKILL') return { world: now, struck: `call ${at}: ${struck}` }
    assert.equal(code, 0, `a run that was not killed ended with ${code}\n${stderr}`)
  }
}

for (const [index, collected] of (['copy', 'link', 'skip'] as const).entries()) {
  test(`${KILLS} kills, collected = ${collected}`, async (t) => {
    const chance = chanceOf(SEED + index)
    // One thing at a time: then the n-th call is the same one in each repetition. With links, which have the most ways, several at once.
    const many = collected === 'link' ? '3' : '1'
    const atOnce = { SMGMG_BK_CONCURRENT_ALBUMS: many, SMGMG_BK_CONCURRENT_DOWNLOADS: many }
    const env = { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_COLLECTED: collected, SMGMG_BK_WRITE_CSV: 'true', ...atOnce }
    let world = firstAccount
    const scene = await openScene(t, { world, env })
    const kills: string[] = []
    while (kills.length < KILLS) {
      const killed = await kill(scene, world, chance)
      world = killed.world
      kills.push(`kill ${kills.length + 1}, ${killed.struck}`)
      if (kills.length % ROUND === 0 || kills.length === KILLS) {
        await assertWhole(scene, world, `after ${kills.slice(-ROUND).join('; ')}`)
      }
    }
  })
}
