/** The program is killed at chosen calls to its disk while its account changes; in the end the vault is the account, and nothing else is left in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { openScene, type Scene } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'
import { runUntil } from './failing-disk.ts'
import { assertWholeFolder } from './whole.ts'

/** Kills on each of the three vaults. */
const KILLS = IS_QUICK ? 10 : 100
/** The number of kills before a whole run. */
const ROUND = 5

/** Fails unless the vault holds the account, is proven, and holds no more than it should. */
async function assertWhole(scene: Scene, world: World, what: string): Promise<void> {
  const { summary } = await scene.backup(['--accept-changes'])
  assert.equal(summary.exitCode, 0, `${what}: ${summary.message}`)
  await assertWholeFolder(scene.vault, world, what)
  const { summary: verified, lines } = await scene.json(['verify'])
  const problems = lines.filter(({ event }) => event === 'problem').map(({ problem }) => JSON.stringify(problem))
  assert.equal(verified.exitCode, 0, `${what}: ${verified.message} ${problems.join('\n')}`)
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
