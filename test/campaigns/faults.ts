/** Every call to the disk fails once, in every operation that touches the vault: no bug, no hang, and the next run makes it right. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mediaOf, readBytes } from '../../simulator/bytes.ts'
import type { World } from '../../simulator/world.ts'
import { mediaIn, openScene, partsIn, promisedBy, type Scene } from '../scenarios/harness.ts'
import { edited, firstAccount } from './account.ts'
import { chanceOf, IS_QUICK, SEED } from './chance.ts'
import { CODES, type Fault, runOver } from './failing-disk.ts'

/** Calls of one operation that fail in a quick campaign, chosen by chance. A whole one has each call fail, with an error that goes by the seed. */
const CASES = 12

/** Number of changes of the account since the vault was made. */
const EDITS = 25

/** Each operation, as a command line; `DIR` is a folder with all files of the account, `OUT` a new one. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  backup: ['backup', '--accept-changes'],
  adopt: ['adopt', 'DIR'],
  verify: ['verify'],
  rebuild: ['rebuild'],
  export: ['export', '--output', 'out.csv'],
  proof: ['proof', 'DIR'],
  prune: ['prune'],
  checkout: ['checkout', '1', '--output', 'OUT'],
  handover: ['handover', 'immich', '--output', 'OUT'],
  twin: ['twin', '--output', 'OUT'],
}

/** The operations that the same command finishes after a fault. The others leave that to the next backup. */
const AGAIN: ReadonlySet<string> = new Set(['rebuild', 'export', 'proof', 'prune', 'checkout', 'handover', 'twin'])

const SETTINGS = { SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_WRITE_CSV: 'true', SMGMG_BK_USE_METADATA_TIMES: 'true' }

/** Returns the troubles of a vault after a fault: none when the next backup and verify end well and nothing is lost or left. */
async function troubles(scene: Scene, world: World): Promise<readonly string[]> {
  const none = { at: 0, code: 'EIO' } as const
  const backup = await runOver(scene, ['backup', '--accept-changes'], none)
  const held = new Set([...(await mediaIn(scene.vault)).values()].map(({ md5 }) => md5))
  const verify = await runOver(scene, ['verify'], none)
  return [
    ...(backup.code === 0 ? [] : [`the next backup ended with ${backup.code}\n${backup.said}`]),
    ...promisedBy(world).flatMap(({ md5, image }) => (held.has(md5) ? [] : [`${image.fileName} is lost`])),
    ...(await partsIn(scene.vault)).map((path) => `${path} is left`),
    ...(verify.code === 0 ? [] : [`verify then ended with ${verify.code}\n${verify.said}`]),
  ]
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
    const out = join(scene.folder, 'out')
    const args = command.map((word) => (word === 'DIR' ? files : word === 'OUT' ? out : word))
    const restore = (): void => {
      rmSync(out, { recursive: true, force: true })
      rmSync(scene.vault, { recursive: true })
      cpSync(origin, scene.vault, { recursive: true, preserveTimestamps: true })
    }

    const { calls, code: whole } = await runOver(scene, args, { at: 0, code: 'EIO' })
    assert.notEqual(calls, 0, 'no call is noticed')
    const all = Array.from({ length: calls }, (_, n): Fault => ({ at: n + 1, code: CODES[(SEED + n) % CODES.length] ?? 'EIO' }))
    const cases = IS_QUICK ? Array.from({ length: CASES }, () => chance.of(all)) : all
    const found: string[] = []
    for (const fault of cases) {
      restore()
      const { code, struck, said } = await runOver(scene, args, fault)
      const bug = code === 1 ? [`it ended with 1\n${said}`] : []
      const again = AGAIN.has(name) && code !== whole ? await runOver(scene, args, { at: 0, code: 'EIO' }) : undefined
      if (again !== undefined && again.code !== whole) bug.push(`the same command then ended with ${again.code}\n${again.said}`)
      const what = `${name}, call ${fault.at} of ${calls} (${struck}) fails with ${fault.code}`
      for (const trouble of [...bug, ...(await troubles(scene, world))]) {
        found.push(`${what}: ${trouble}`)
        process.stderr.write(`${found.at(-1)}\n`)
      }
    }
    t.diagnostic(`${cases.length} of ${calls} calls`)
    assert.equal(found.length, 0, found.map((each) => each.split('\n', 1)[0]).join('\n'))
  })
}
