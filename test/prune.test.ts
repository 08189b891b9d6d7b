import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { changeAlbum } from '../simulator/edit.ts'
import type { World } from '../simulator/world.ts'
import { openVaultAt, runPrune } from '../src/app/app.ts'
import type { Settings } from '../src/config/settings.ts'
import { type Clock, DAY, systemClock } from '../src/flow/clock.ts'
import { prune } from '../src/operations/past/prune.ts'
import { edited, firstAccount } from './campaigns/account.ts'
import { chanceOf } from './campaigns/chance.ts'
import { dyingStorage } from './support/dying-storage.ts'
import { albumKey, filesBelow, type Lab, openLab } from './support/lab.ts'
import { assertComesBack, checkoutOf, type Seen, seenAfter } from './support/past.ts'

const none = { days: 0, weeks: 0, months: 0, years: 0 }
const clockAt = (now: number): Clock => ({ ...systemClock, now: () => now })
const noon = new Date().setHours(12, 0, 0, 0)

/** Backs up every `step` days, each time after some changes. */
async function days(
  lab: Lab,
  count: number,
  { settings = {}, seed = 1, step = 1 }: { readonly settings?: Partial<Settings>; readonly seed?: number; readonly step?: number } = {},
) {
  const chance = chanceOf(seed)
  const seen: Seen[] = []
  for (let day = 0; day < count; day += 1) {
    for (let edit = 0; day > 0 && edit < 3; edit += 1) lab.change((world) => edited(world, chance))
    const clock = clockAt(noon - (count - day) * step * DAY)
    const report = (await lab.backupWith({ clock, full: true, acceptChanges: true, settings })) as {
      readonly run?: number
      readonly exitCode: number
    }
    assert.equal(report.exitCode, 0)
    seen.push(seenAfter(lab, report.run ?? 0))
  }
  return seen
}

const runsOf = (lab: Lab): readonly number[] =>
  [...lab.ours('versions').keys()].map((path) => Number(/(\d+)\.jsonl/.exec(path)?.[1])).toSorted((a, b) => a - b)

const linesOf = (lab: Lab, run: number) => {
  const path = [...lab.ours('versions').keys()].find((each) => each.endsWith(`/${run}.jsonl.gz`)) ?? assert.fail(`run ${run}`)
  const text = gunzipSync(readFileSync(lab.at(`.smugmug-backup/versions/${path}`))).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('versions are forgotten', () => {
  test('by a backup that ended well: the kept ones come back, the others are refused with the nearest ones', async (t) => {
    const lab = await openLab(t, firstAccount)
    const seen = await days(lab, 8, { settings: { keepVersions: { ...none, days: 3 } } })
    assert.deepEqual(runsOf(lab), [1, 6, 7, 8])
    for (const each of seen.filter(({ run }) => [1, 6, 7, 8].includes(run))) await assertComesBack(lab, each)
    for (const run of [2, 3, 4, 5]) {
      await assert.rejects(checkoutOf(lab, run), (error: Error & { exitCode?: number; hint?: string }) => {
        assert.equal(error.exitCode, 2)
        assert.match(error.message, /was forgotten, as keep_versions says/)
        assert.match(error.hint ?? '', /run 1 and run 6/)
        return true
      })
    }
    assert.equal(linesOf(lab, 6)[0].forgottenFrom, 2)
  })

  test('prune says what and why first, and changes nothing then', async (t) => {
    const lab = await openLab(t, firstAccount)
    const seen = await days(lab, 5)
    const settings = { keepVersions: { ...none, days: 1, weeks: 0, months: 0 } }
    const before = filesBelow(lab.root, () => true)
    const foreseen = await runPrune({ ...lab.work({ settings }), dryRun: true })
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
    )
    const told = foreseen.versions.map(({ run, reasons }) => [run, reasons.join(', ')])
    assert.deepEqual(told, [
      [5, 'the present, daily snapshot'],
      [4, ''],
      [3, ''],
      [2, ''],
      [1, 'the first'],
    ])
    assert.match(foreseen.message, /would forget 3 of 5 versions, and remove 0 files/)
    const done = await runPrune(lab.work({ settings }))
    assert.deepEqual([done.exitCode, done.forgotten], [0, [4, 3, 2]])
    assert.deepEqual(runsOf(lab), [1, 5])
    for (const each of [seen[0], seen[4]]) await assertComesBack(lab, each ?? assert.fail())
    assert.deepEqual((await runPrune(lab.work({ settings }))).forgotten, [])
  })

  test('not after a backup that failed, was killed or interrupted, and not by a clock that may be wrong', async (t) => {
    const lab = await openLab(t, firstAccount)
    await days(lab, 4)
    const settings = { keepVersions: { ...none, days: 1 } }
    lab.sim.setBehaviour({ faults: [{ on: 'images', does: { kind: 'status', status: 500 } }] })
    const failed = await lab.backup({ full: true, settings })
    assert.notEqual(failed.exitCode, 0)
    const { message, exitCode, forgotten } = await runPrune(lab.work({ settings }))
    assert.match(message, /Nothing may be pruned now, because the last backup, run 5, ended with exit code 3/)
    assert.deepEqual([exitCode, forgotten], [0, []])
    lab.sim.setBehaviour({})
    const stopped = new AbortController()
    stopped.abort()
    assert.equal((await lab.backup({ signal: stopped.signal, settings })).exitCode, 130)
    assert.match((await runPrune(lab.work({ settings }))).message, /ended with exit code 130/)
    for (const [now, says] of [
      [noon - 200 * DAY, /No version is forgotten in this run, because the clock may be wrong/],
      [noon + 31 * DAY, /No version is forgotten in this run, because the clock may be wrong/],
    ] as const) {
      const run = await lab.backupWith({ clock: clockAt(now), full: true, settings })
      assert.equal(run.exitCode, 0)
      assert.ok(run.events.some((event) => event.event === 'warning' && says.test(event.message)))
      assert.deepEqual(runsOf(lab).slice(0, 4), [1, 2, 3, 4])
    }
    assert.match((await runPrune(lab.work({ settings }))).message, /the clock may be wrong: the last backup was at/)
    assert.deepEqual(runsOf(lab).slice(0, 4), [1, 2, 3, 4])
  })

  test('a backup with settings that cannot be used looked at nothing, and keeps no prune from its work', async (t) => {
    const lab = await openLab(t, firstAccount)
    await days(lab, 2)
    assert.equal((await lab.backup({ settings: { album: ['Nowhere/**'] } })).exitCode, 2)
    assert.equal((await runPrune(lab.work())).refusal, undefined)
  })

  test('nothing may go while a backup is under way, and after one that was killed: a dry run knows the two apart', async (t) => {
    const lab = await openLab(t, firstAccount)
    await lab.complete()
    const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'backup' })
    const run = vault.catalogue.runs.begin('backup', Date.now())
    vault.catalogue.flush()
    assert.equal((await runPrune({ ...lab.work(), dryRun: true })).refusal, `a backup, run ${run}, is under way`)
    await vault.close()
    assert.equal((await runPrune({ ...lab.work(), dryRun: true })).refusal, `the last backup, run ${run}, did not come to its end`)
  })

  // A kill at a call that only reads leaves the disk as the one before it did.
  test('a kill at any call that changes the disk leaves every kept run as it was, and the next prune goes on', async (t) => {
    const lab = await openLab(t, firstAccount)
    const seen = await days(lab, 8, { seed: 3, step: 2 })
    const settings = { ...lab.work().settings, keepVersions: { ...none, weeks: 9 }, keepTrash: 'forever', keepReplaced: 'forever' } as const
    const foreseen = await runPrune({ ...lab.work({ settings }), dryRun: true })
    const keptRuns = foreseen.versions.filter(({ reasons }) => reasons.length > 0).map(({ run }) => run)
    const kept = seen.filter(({ run }) => keptRuns.includes(run))
    const original = lab.at('../original')
    cpSync(lab.root, original, { recursive: true })
    const pruneWith = async (storage: ReturnType<typeof dyingStorage>) => {
      const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'prune' })
      const facts = { settings, now: noon, isReal: true, shows: true, signal: new AbortController().signal, warn: assert.fail }
      try {
        return await prune({ ...facts, vault: { ...vault, storage: storage.wrap(vault.storage) } })
      } finally {
        await vault.close()
      }
    }
    let kills = 0
    for (const how of ['dies before', 'dies after'] as const) {
      for (let at = 0; ; at += 1) {
        let changes = 0
        const dying = dyingStorage((method) => (/^(put|remove|pruneFolders)$/.test(method) && changes++ === at ? how : 'alive'))
        const done = await pruneWith(dying).catch(() => undefined)
        assert.equal(done === undefined, dying.isDead())
        if (done !== undefined) break
        kills += 1
        for (const each of kept) await assertComesBack(lab, each, `${how} change ${at}:`)
        await pruneWith(dyingStorage(() => 'alive'))
        assert.deepEqual(runsOf(lab), keptRuns.toReversed(), `${how} change ${at}`)
        for (const each of kept) await assertComesBack(lab, each, `pruned after ${how} change ${at}:`)
        rmSync(lab.root, { recursive: true })
        cpSync(original, lab.root, { recursive: true })
      }
    }
    assert.ok(kills >= 10, `${kills} kills`)
  })

  test('passwords leave the past when secrets are kept no more', async (t) => {
    const lab = await openLab(t, firstAccount, { settings: { keepSecrets: true } })
    const [name = ''] = [...albumNames(lab.world)]
    const key = albumKey(lab.world, name)
    const locked = (password: string) => (world: World) => changeAlbum(world, key, (album) => ({ ...album, password }))
    lab.change(locked('first secret'))
    await lab.complete({ full: true })
    lab.change(locked('second secret'))
    await lab.complete({ full: true })
    const holds = () => [1, 2, 3, 4].some((run) => runsOf(lab).includes(run) && JSON.stringify(linesOf(lab, run)).includes('secret'))
    assert.ok(holds(), 'the past has them as long as secrets are kept')
    const path = lab.at(`.smugmug-backup/versions/${[...lab.ours('versions').keys()].find((each) => each.endsWith('/2.jsonl.gz'))}`)
    assert.equal(statSync(path).mode & 0o77, 0)
    // A run that was killed while it moved the album left its record in the old folder.
    cpSync(lab.at(`${folderOf(lab, key)}/album.json`), lab.at('Former/album.json'))
    await lab.complete({ full: true, settings: { keepSecrets: false } })
    assert.ok(!holds())
    const [left] = filesBelow(lab.at('.smugmug-backup/history'), (each) => each.endsWith('Former/album.json')).keys()
    assert.doesNotMatch(readFileSync(lab.at(`.smugmug-backup/history/${left}`), 'utf8'), /secret/)
  })
})

const folderOf = (lab: Lab, key: string): string => lab.rows().albums.find((album) => album.key === key)?.folder ?? assert.fail()

function* albumNames(world: World): Generator<string> {
  for (const node of world.root) if (node.type === 'Album') yield node.album.name
}
