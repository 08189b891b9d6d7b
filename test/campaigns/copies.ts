/**
 * The program is killed, or its disk fails, at chosen calls while a copy follows a vault that changes. No byte that was ever in the copy is lost, and
 * in the end the copy is the vault, and nothing else is left in it.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { mediaIn, openScene, partsIn, type Scene, snapshot } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'
import { CODES, runOver, runUntil } from './failing-disk.ts'

const KILLS = IS_QUICK ? 5 : 200
const FAULTS = IS_QUICK ? 15 : 1000
/** The number of troubles before a whole run. */
const ROUND = 5

const COPY = ['copy', 'usb', '--accept-changes']

interface Kept extends Scene {
  readonly copy: string
}

async function openKept(t: Parameters<typeof openScene>[0]): Promise<Kept> {
  const env = { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_ON_VANISHED: 'trash', SMGMG_BK_SERVICE_VERIFY_DAYS: '2' }
  const scene = await openScene(t, { world: firstAccount, env })
  const copy = join(scene.folder, 'copy')
  mkdirSync(copy)
  const withCopy = { ...scene.env, SMGMG_BK_COPY_USB_DESTINATION: copy }
  return {
    ...scene,
    copy,
    env: withCopy,
    run: (args, options = {}) => scene.run(args, { ...options, env: { SMGMG_BK_COPY_USB_DESTINATION: copy, ...options.env } }),
    json: (args, options = {}) => scene.json(args, { ...options, env: { SMGMG_BK_COPY_USB_DESTINATION: copy, ...options.env } }),
    start: (args, options = {}) => scene.start(args, { ...options, env: { SMGMG_BK_COPY_USB_DESTINATION: copy, ...options.env } }),
  }
}

const isPhoto = (path: string): boolean => !path.endsWith('.xmp')

const bytesIn = async (folder: string): Promise<ReadonlySet<string>> =>
  new Set([...(await snapshot(folder))].flatMap(([path, { md5 }]) => (/\.jpg$/.test(path) || /\/moving\//.test(path) ? [md5] : [])))

/** Fails if bytes are gone that were in the copy. Returns all that are there. */
async function assertNothingLost({ copy }: Kept, before: ReadonlySet<string>, what: string): Promise<ReadonlySet<string>> {
  const now = await bytesIn(copy)
  for (const md5 of before) assert.ok(now.has(md5), `${what}: bytes are lost`)
  return now
}

/** Fails unless the copy is the vault, and proves itself. */
async function assertFollows(scene: Kept, what: string): Promise<void> {
  await scene.json(COPY)
  const { summary } = await scene.json(COPY)
  assert.equal(summary.exitCode, 0, `${what}: ${summary.message}`)
  const media = async (folder: string) =>
    [...(await mediaIn(folder))].filter(([path]) => isPhoto(path)).map(([path, { md5 }]) => `${path} ${md5}`)
  assert.deepEqual(await media(scene.copy), await media(scene.vault), what)
  const { summary: verified, lines } = await scene.json(['verify'], { env: { SMGMG_BK_DESTINATION: scene.copy } })
  const problems = lines.filter(({ event }) => event === 'problem').map(({ problem }) => JSON.stringify(problem))
  assert.deepEqual([verified.exitCode, problems], [0, []], `${what}: ${verified.message}`)
  for (const line of readFileSync(join(scene.copy, '.smugmug-backup/SHA256SUMS'), 'utf8').trimEnd().split('\n')) {
    const [, sum, path = ''] = /^([0-9a-f]{64}) [ *](.*)$/.exec(line) ?? []
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(scene.copy, path)))
        .digest('hex'),
      sum,
      `${what}: ${path}`,
    )
  }
  assert.deepEqual(await partsIn(scene.copy), [], what)
  const all = [...(await snapshot(scene.copy)).keys()]
  assert.deepEqual(
    all.filter((path) => /\/mov(?:ing|es)\//.test(path)),
    [],
    `${what}: what was being moved`,
  )
  const words = async (folder: string) =>
    [...(await snapshot(folder))].flatMap(([path, { md5 }]) =>
      !path.startsWith('.smugmug-backup') && /(?:album|tree)\.json$|\.xmp$/.test(path) ? [`${path} ${md5}`] : [],
    )
  assert.deepEqual(await words(scene.copy), await words(scene.vault), what)
}

/** Changes the account, and brings the vault up to date. */
async function change(scene: Kept, world: World, chance: Chance): Promise<World> {
  let now = world
  for (let n = chance.upTo(6); n > 0; n -= 1) now = edited(now, chance)
  scene.simulator.setWorld(now)
  const { summary } = await scene.json(['backup', '--accept-changes', '--no-copies'])
  assert.equal(summary.exitCode, 0, summary.message)
  return now
}

test(`${KILLS} kills`, async (t) => {
  const chance = chanceOf(SEED)
  const scene = await openKept(t)
  let world = firstAccount
  let held: ReadonlySet<string> = new Set()
  const kills: string[] = []
  while (kills.length < KILLS) {
    world = await change(scene, world, chance)
    const at = 1 + chance.upTo(chance.of([30, 60, 120, 240]))
    const { code, signal, struck, stderr } = await runUntil(scene, COPY, at)
    if (signal === 'SIGKILL') kills.push(`kill ${kills.length + 1}, call ${at}: ${struck}`)
    else assert.ok(code === 0 || code === 3, `a run that was not killed ended with ${code}\n${stderr}`)
    held = await assertNothingLost(scene, held, kills.at(-1) ?? 'at first')
    if (kills.length % ROUND === 0 && kills.length > 0) await assertFollows(scene, `after ${kills.slice(-ROUND).join('; ')}`)
  }
})

test(`${FAULTS} failing calls`, async (t) => {
  const chance = chanceOf(SEED + 1)
  const scene = await openKept(t)
  let world = firstAccount
  let held: ReadonlySet<string> = new Set()
  for (let n = 0; n < FAULTS; n += 1) {
    if (n % 2 === 0) world = await change(scene, world, chance)
    const fault = { at: 1 + chance.upTo(chance.of([40, 100, 300, 600])), code: chance.of(CODES) }
    const { code, struck, said } = await runOver(scene, COPY, fault)
    const what = `fault ${n + 1}, call ${fault.at} ${fault.code}: ${struck}`
    // A configuration that cannot be read is another trouble than a disk.
    assert.ok((/config\.toml/.test(struck) ? [0, 2] : [0, 3, 5]).includes(code), `${what}: exit code ${code}\n${said}`)
    held = await assertNothingLost(scene, held, what)
    if (n % ROUND === ROUND - 1) await assertFollows(scene, what)
  }
})
