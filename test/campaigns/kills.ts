/** The program is killed at chosen calls to its disk while its account changes; in the end the vault is the account, and nothing else is left in it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import type { World } from '../../simulator/world.ts'
import { makeKey } from '../../src/app/app.ts'
import { openScene, promisedBy, type Scene } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'
import { runUntil } from './failing-disk.ts'
import { assertWholeFolder } from './whole.ts'

/** Kills on each of the four vaults. */
const KILLS = IS_QUICK ? 10 : 100
/** The number of kills before a whole run. */
const ROUND = 5

/** Returns the folder with what is in the vault: the vault itself, or one with the opened files of a sealed one. */
type Look = (world: World, what: string) => string

/** Fails unless the vault holds the account, is proven, and holds no more than it should. */
async function assertWhole(scene: Scene, { world, look }: { readonly world: World; readonly look: Look }, what: string): Promise<void> {
  const { summary } = await scene.backup(['--accept-changes'])
  assert.equal(summary.exitCode, 0, `${what}: ${summary.message}`)
  await assertWholeFolder(look(world, what), world, what)
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

/** The two files of a sealed vault that are not sealed. */
const CLEAR = ['README.txt', '.smugmug-backup/sealed.json', '.smugmug-backup/lock.sqlite']

/**
 * Opens every file of a sealed vault with Debian's `age`, as a stranger with a key does, into a folder, beside the sealed ones, whose sums are checked. Fails if a file is not sealed, cannot be
 * opened, or shows a word or the bytes of the account.
 */
function openedWith(identityFile: string, { vault, folder }: Scene): Look {
  const opened = join(folder, 'opened')
  return (world, what) => {
    rmSync(opened, { recursive: true, force: true })
    const images = promisedBy(world).map(({ image }) => image)
    const clear = images
      .flatMap((image) => [image.key, image.caption ?? '', readBytes(image.bytes).subarray(0, 100)])
      .filter(({ length }) => length > 4)
    const files = readdirSync(vault, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const path of files.map(({ parentPath, name }) => relative(vault, join(parentPath, name)))) {
      const target = join(opened, path.replace(/\.age$/, ''))
      mkdirSync(dirname(target), { recursive: true })
      if (CLEAR.includes(path)) {
        copyFileSync(join(vault, path), target)
        continue
      }
      assert.match(path, /\.age$/, `${what}: a file that is not sealed`)
      const sealed = readFileSync(join(vault, path))
      linkSync(join(vault, path), join(opened, path))
      for (const words of clear) assert.ok(!sealed.includes(words), `${what}: ${path} shows ${String(words).slice(0, 40)}`)
      const age = spawnSync('age', ['--decrypt', '--identity', identityFile, '--output', target, join(vault, path)], { encoding: 'utf8' })
      assert.equal(age.status, 0, `${what}: ${path}: ${age.stderr}`)
      // age makes no file for no bytes.
      if (!existsSync(target)) writeFileSync(target, '')
    }
    return opened
  }
}

/** Kills one run after the other, each while the account changes, and looks at the vault after every few of them. */
async function killAndLook(scene: Scene, chance: Chance, look: Look): Promise<void> {
  let world = firstAccount
  const kills: string[] = []
  while (kills.length < KILLS) {
    const killed = await kill(scene, world, chance)
    world = killed.world
    kills.push(`kill ${kills.length + 1}, ${killed.struck}`)
    if (kills.length % ROUND === 0 || kills.length === KILLS)
      await assertWhole(scene, { world, look }, `after ${kills.slice(-ROUND).join('; ')}`)
  }
}

for (const [index, collected] of (['copy', 'link', 'skip'] as const).entries()) {
  test(`${KILLS} kills, collected = ${collected}`, async (t) => {
    // One thing at a time: then the n-th call is the same one in each repetition. With links, which have the most ways, several at once.
    const many = collected === 'link' ? '3' : '1'
    const atOnce = { SMGMG_BK_CONCURRENT_ALBUMS: many, SMGMG_BK_CONCURRENT_DOWNLOADS: many }
    const env = { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_COLLECTED: collected, SMGMG_BK_WRITE_CSV: 'true', ...atOnce }
    const scene = await openScene(t, { world: firstAccount, env })
    await killAndLook(scene, chanceOf(SEED + index), () => scene.vault)
  })
}

const noAge = spawnSync('age', ['--version']).status === 0 ? false : 'age is not installed'

test(`${KILLS} kills, a sealed vault on a machine without a private key`, { skip: noAge }, async (t) => {
  const [key, paper] = [await makeKey(), await makeKey()]
  const env = {
    SMGMG_BK_SIDECARS: 'xmp',
    SMGMG_BK_WRITE_CSV: 'true',
    SMGMG_BK_ENCRYPTION_RECIPIENTS: `${key.recipient},${paper.recipient}`,
  }
  const scene = await openScene(t, { world: firstAccount, env })
  const identityFile = join(scene.folder, 'key.txt')
  writeFileSync(identityFile, `${paper.identity}\n`)
  await killAndLook(scene, chanceOf(SEED + 3), openedWith(identityFile, scene))
})
