/**
 * Whatever an owner does on SmugMug, whenever the power goes, and however the past is thinned out: each run that is kept checks out as the account
 * was that day, with its bytes. `npm run campaign -- versions` does the same to the program itself, with SIGKILL.
 */
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { runPrune, runRebuild } from '../../src/app/app.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { type Clock, DAY, systemClock } from '../../src/flow/clock.ts'
import { edited, firstAccount } from '../campaigns/account.ts'
import { byShare, type Chance, chanceOf, SEED } from '../campaigns/chance.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { type Lab, openLab } from '../support/lab.ts'
import { assertComesBack, type Seen, seenAfter } from '../support/past.ts'

/** `npm run campaign -- histories` tries others, and more of them. */
const HISTORIES = byShare(1, 4, 50)
const NIGHTS = 12
const POLICIES = ['forever', { days: 3, weeks: 2, months: 0, years: 0 }, { days: 0, weeks: 0, months: 2, years: 1 }] as const

/** Lets the owner do something, and the power go in the middle of a backup, now and then. */
async function night(lab: Lab, chance: Chance, clock: Clock): Promise<Seen | undefined> {
  for (let edit = chance.upTo(4); edit > 0; edit -= 1) lab.change((world) => edited(world, chance))
  const run = { clock, full: chance.upTo(3) > 0, acceptChanges: true }
  if (chance.upTo(3) === 0) {
    let left = chance.upTo(80)
    const how = chance.of(['dies before', 'dies after'] as const)
    await lab.backupWith({ ...run, storage: dyingStorage(() => (left-- > 0 ? 'alive' : how)).wrap })
  }
  // Of a first night that ended before its first record nothing can be made anew.
  const isVault = readdirSync(lab.root, { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('album.json'))
  if (chance.upTo(6) === 0 && isVault) {
    rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    await runRebuild(lab.work())
  }
  const outcome = (await lab.backupWith(run)) as { readonly run?: number; readonly exitCode: number }
  return outcome.exitCode === 0 && outcome.run !== undefined ? seenAfter(lab, outcome.run) : undefined
}

for (let history = 0; history < HISTORIES; history += 1) {
  for (const keepVersions of POLICIES) {
    test(`history ${history + 1}, keep_versions = ${JSON.stringify(keepVersions)}`, async (t) => {
      const chance = chanceOf(SEED * 1000 + history)
      const lab = await openLab(t, firstAccount, { settings: { keepVersions, onVanished: 'trash', keepTrash: 'forever' } })
      const seen: Seen[] = []
      for (let day = 0; day < NIGHTS; day += 1) {
        const found = await night(lab, chance, { ...systemClock, now: () => Date.now() - (NIGHTS - day) * 5 * DAY })
        if (found !== undefined) seen.push(found)
      }
      const { versions } = await runPrune({ ...lab.work(), dryRun: true })
      const kept = new Set(versions.map(({ run }) => run))
      let back = 0
      for (const each of seen) {
        try {
          await assertComesBack(lab, each)
          back += 1
        } catch (error) {
          if (!(error instanceof ConfigurationError) || !/was forgotten/.test(error.message)) throw error
          assert.ok(!kept.has(each.run), `run ${each.run} is kept`)
        }
      }
      assert.ok(back >= (keepVersions === 'forever' ? seen.length : 2), `${back} of ${seen.length} came back`)
    })
  }
}
