/** The program is killed at chosen calls to its disk, in backups and in prunes; each run that is kept checks out as the vault had the account then. */
import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { openScene, type Scene } from '../scenarios/harness.ts'
import { filesBelow } from '../support/lab.ts'
import { present, recordsIn } from '../support/past.ts'
import { edited, firstAccount } from './account.ts'
import { chanceOf, IS_QUICK, SEED } from './chance.ts'
import { runUntil } from './failing-disk.ts'

const NIGHTS = IS_QUICK ? 8 : 60

const recordsOf = (folder: string) => present(recordsIn(folder, filesBelow(folder, (path) => !path.startsWith('.smugmug-backup/')).keys()))

/** Checks every run out that is kept. Returns their number. */
async function assertAll(scene: Scene, seen: ReadonlyMap<number, ReadonlyMap<string, unknown>>, what: string): Promise<number> {
  const { lines } = await scene.json(['prune', '--dry-run'])
  const kept = lines.filter(({ event }) => event === 'version').map(({ run }) => Number(run))
  const out = join(scene.folder, 'out')
  let count = 0
  for (const [run, records] of seen) {
    const { summary } = await scene.json(['checkout', String(run), '--output', out])
    if (summary.exitCode === 2)
      assert.ok(!kept.includes(run) && /was forgotten/.test(summary.message), `${what}: run ${run}: ${summary.message}`)
    else {
      assert.equal(summary.exitCode, 0, `${what}: run ${run}: ${summary.message}`)
      assert.deepEqual(recordsOf(out), records, `${what}: run ${run}`)
      count += 1
    }
    if (existsSync(out)) rmSync(out, { recursive: true })
  }
  return count
}

/** Fails if a record says that its album lies elsewhere. */
function assertOwnFolder(path: string, record: unknown, what: string): void {
  const { album } = record as { readonly album?: { readonly folder?: string } }
  if (album !== undefined) assert.equal(album.folder, dirname(path), `${what}: ${path}`)
}

test(`${NIGHTS} nights with kills`, async (t) => {
  const chance = chanceOf(SEED)
  let world = firstAccount
  const scene = await openScene(t, { world, env: { SMGMG_BK_ON_VANISHED: 'trash', SMGMG_BK_KEEP_TRASH: 'forever' } })
  const seen = new Map<number, ReadonlyMap<string, unknown>>()
  let kills = 0
  for (let night = 1; night <= NIGHTS; night += 1) {
    for (let edit = chance.upTo(4); edit > 0; edit -= 1) world = edited(world, chance)
    scene.simulator.setWorld(world)
    const killed = await runUntil(scene, ['backup', '--accept-changes'], 1 + chance.upTo(chance.of([30, 60, 120])))
    if (killed.signal === 'SIGKILL') kills += 1
    const { summary, lines } = await scene.backup(['--accept-changes'])
    assert.equal(summary.exitCode, 0, summary.message)
    const { lines: runs } = await scene.json(['history', '--limit', '1'])
    const last = runs.find(({ event }) => event === 'run') ?? assert.fail(`${lines.length} lines`)
    const records = recordsOf(scene.vault)
    const call = killed.signal === 'SIGKILL' ? killed.struck : 'none'
    for (const [path, record] of records) assertOwnFolder(path, record, `night ${night}, after a kill at ${call}`)
    seen.set(Number(last.run), records)
    if (night % 4 !== 0) continue
    // All runs are of one day: this keeps the first and the last of them.
    await assertAll(scene, seen, `night ${night}, before a prune`)
    const pruning = { ...scene, env: { ...scene.env, SMGMG_BK_KEEP_VERSIONS: '1d' } }
    const struck = await runUntil(
      { ...pruning, start: (args, options) => scene.start(args, { ...options, env: { ...options?.env, SMGMG_BK_KEEP_VERSIONS: '1d' } }) },
      ['prune'],
      1 + chance.upTo(40),
    )
    if (struck.signal === 'SIGKILL') kills += 1
    const back = await assertAll(scene, seen, `night ${night}, after a prune that ended at ${struck.struck || 'its end'}`)
    assert.ok(back >= 2, `${back} came back`)
  }
  assert.ok(kills >= NIGHTS / 4, `${kills} kills`)
})
