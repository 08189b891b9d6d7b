/** Every call to the disk fails once, in every operation that touches the vault: no bug, no hang, and the next run makes it right. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mediaOf, readBytes } from '../../simulator/bytes.ts'
import type { World } from '../../simulator/world.ts'
import { mediaIn, openScene, partsIn, promisedBy, type Scene } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { chanceOf, IS_QUICK, SEED } from './chance.ts'

const CODES = ['EIO', 'ENOSPC', 'EACCES', 'ENAMETOOLONG'] as const

/** Cases of one operation, chosen by chance; all that there are when the campaign is whole. */
const CASES = IS_QUICK ? 5 : Number.POSITIVE_INFINITY

/** Number of changes of the account since the vault was made. */
const EDITS = 25

/** Each operation, as a command line; `DIR` is a folder with all files of the account. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  backup: ['backup', '--accept-changes'],
  adopt: ['adopt', 'DIR'],
  verify: ['verify'],
  rebuild: ['rebuild'],
  export: ['export', '--output', 'out.csv'],
  proof: ['proof', 'DIR'],
}

interface Struck {
  /** All calls that concern the vault, the folder to compare with, and the file to write. */
  readonly calls: number
  /** The one that failed. */
  readonly struck: string
}

interface Fault {
  readonly at: number
  readonly code: (typeof CODES)[number]
}

const PRELOAD = join(import.meta.dirname, 'failing-disk.cjs')
const SETTINGS = { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_WRITE_CSV: 'true', SMGMG_BK_USE_METADATA_TIMES: 'true' }

/** Runs an operation while one call of its disk fails. */
async function strike(
  scene: Scene,
  args: readonly string[],
  { at, code }: Fault,
): Promise<Struck & { readonly code: number | null; readonly said: string }> {
  const log = join(scene.folder, 'struck.json')
  const env = { NODE_OPTIONS: `--require ${PRELOAD}`, FAULT_FOLDER: scene.folder, FAULT_AT: String(at), FAULT_CODE: code, FAULT_LOG: log }
  const ended = await scene.run(args, { env })
  const struck = JSON.parse(readFileSync(log, 'utf8')) as Struck
  return { ...struck, code: ended.code, said: `${ended.stdout}\n${ended.stderr}` }
}

/** Fails unless the next run makes the vault whole. */
async function assertHeals(scene: Scene, world: World, what: string): Promise<void> {
  const { summary, lines } = await scene.backup(['--accept-changes'])
  const problems = lines.filter(({ event }) => event === 'problem').map(({ problem }) => JSON.stringify(problem))
  assert.equal(summary.exitCode, 0, `${what}: the next backup: ${summary.message} ${problems.join('\n')}`)
  const held = new Set([...(await mediaIn(scene.vault)).values()].map(({ md5 }) => md5))
  for (const { md5, image } of promisedBy(world)) assert.ok(held.has(md5), `${what}: ${image.fileName} is lost`)
  assert.deepEqual(await partsIn(scene.vault), [], what)
  const verified = await scene.run(['verify'])
  assert.equal(verified.code, 0, `${what}: verify\n${verified.stdout}\n${verified.stderr}`)
}

for (const [index, [name, command]] of Object.entries(OPERATIONS).entries()) {
  test(name, async (t) => {
    const chance = chanceOf(SEED + index)
    const scene = await openScene(t, { world: firstAccount, env: SETTINGS })
    await scene.backup()
    let world = firstAccount
    for (let n = 0; n < EDITS; n++) world = edited(world, chance)
    scene.simulator.setWorld(world)
    const files = join(scene.folder, 'files')
    mkdirSync(files)
    for (const { image, md5 } of promisedBy(world)) writeFileSync(join(files, `${md5}.jpg`), readBytes(mediaOf(image)))
    const origin = join(scene.folder, 'origin')
    cpSync(scene.vault, origin, { recursive: true, preserveTimestamps: true })
    const args = command.map((word) => (word === 'DIR' ? files : word))
    const restore = (): void => {
      rmSync(scene.vault, { recursive: true })
      cpSync(origin, scene.vault, { recursive: true, preserveTimestamps: true })
    }

    const { calls } = await strike(scene, args, { at: 0, code: 'EIO' })
    assert.notEqual(calls, 0, 'no call is noticed')
    const all = Array.from({ length: calls }, (_, at) => CODES.map((code): Fault => ({ at: at + 1, code }))).flat()
    const cases = all.length <= CASES ? all : Array.from({ length: CASES }, () => chance.of(all))
    for (const fault of cases) {
      restore()
      const { code, struck, said } = await strike(scene, args, fault)
      const what = `${name}, call ${fault.at} of ${calls} (${struck}) fails with ${fault.code}`
      assert.ok(code !== null && code !== 1, `${what}: it ended with ${code}\n${said}`)
      await assertHeals(scene, world, what)
    }
    t.diagnostic(`${cases.length} cases of ${all.length}`)
  })
}
