/**
 * A restore is killed again and again, while SmugMug loses answers, lags behind and ignores changes. In the end everything is there once, in its
 * order, and at no moment could a stranger see more than before. Every second one puts back the account of an earlier day (`--at`).
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { albumsOf, removeAlbum } from '../../simulator/edit.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Fault, Simulator, World, Writing } from '../../simulator/world.ts'
import type { Settings } from '../../src/config/settings.ts'
import { type Ended, startProgram } from '../scenarios/harness.ts'
import { type Lab, openLab } from '../support/lab.ts'
import { describeWorld, emptyOf, readsOf, richWorld, seenByStrangers } from '../support/restored.ts'
import { edited } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'

/** Accounts that the vault goes back to, one after the other, and kills on the way to each. */
const ACCOUNTS = IS_QUICK ? 4 : 20
const KILLS = IS_QUICK ? 5 : 20

const PROCESS = new URL('restore-process.ts', import.meta.url).pathname
const CHANGES = ['upload', 'createnode', 'collect', 'patchnode', 'patchalbum', 'patchimage']

/** The SmugMugs that are thinkable. */
const MANNERS: readonly Writing[] = [
  { listingLagMs: 80 },
  { listingLagMs: 120, countLagMs: 120 },
  { changesBytes: (fileName) => fileName.length % 3 === 0, processingReads: 2 },
  { sameName: 'refuse', listingLagMs: 40 },
  { folderDepth: 5, countLagMs: 60 },
]

/** Makes six of a hundred changes lose their answers, three answer 503 although they were made, and three not be made at all. */
const faultsOf = (chance: Chance): readonly Fault[] =>
  CHANGES.flatMap((on) =>
    Array.from({ length: 400 }, (_, n) => n + 1).flatMap((nth): readonly Fault[] => {
      const lot = chance.upTo(100)
      if (lot < 6) return [{ on, nth, does: { kind: 'reset' } }]
      if (lot < 9) return [{ on, nth, does: { kind: 'status', status: 503 } }]
      return lot < 12 ? [{ on, nth, unapplied: true, does: { kind: 'reset' } }] : []
    }),
  )

const changesOf = ({ counters }: Simulator): number => CHANGES.reduce((sum, name) => sum + (counters.byEndpoint[name] ?? 0), 0)

/** A vault on its way back: as it is, or as it was after a run. */
interface Trial {
  readonly lab: Lab
  readonly target: Simulator
  /** The account that must be there in the end. */
  readonly world: World
  readonly at?: string
}

/** Runs the restore; kills it once it has sent this number of changes. Fails as soon as a stranger sees more than before. */
async function run({ lab, target, world, at }: Trial, killAfter: number | undefined): Promise<Ended> {
  const { apiKey, apiSecret, userToken, userSecret } = lab.world.keys
  const settings: Partial<Settings> = {
    ...{ apiKey, apiSecret, writeToken: userToken, writeSecret: userSecret },
    ...{ destination: lab.root, baseUrl: target.apiUrl, maxRetries: 1 },
  }
  const env = { RESTORE_SETTINGS: JSON.stringify(settings), HOME: lab.root, ...(at !== undefined && { RESTORE_AT: at }) }
  const running = startProgram([], { program: PROCESS, cwd: lab.root, env })
  const before = changesOf(target)
  let isOver = false
  void running.ended.then(() => {
    isOver = true
  })
  const allowed = seenByStrangers(world)
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    // A name that was taken already got the vault's own, with a key in it.
    for (const each of seenByStrangers(target.world)) assert.ok(allowed.has(each.replace(/-\w{7}\./, '.')), `a stranger can see ${each}`)
    if (killAfter !== undefined && changesOf(target) - before >= killAfter) running.kill('SIGKILL')
  }
  return await running.ended
}

async function killed(trial: Trial, chance: Chance): Promise<readonly string[]> {
  const kills: string[] = []
  for (let n = 0; n < KILLS; n += 1) {
    const after = 1 + chance.upTo(chance.of([4, 10, 30]))
    const ended = await run(trial, after)
    kills.push(`after ${after} changes: ${ended.signal ?? ended.code} ${ended.stderr}`)
    if (ended.code === 0) return kills
    if (ended.code !== null) assert.equal(ended.code, 3, `${ended.stdout}\n${ended.stderr}`)
  }
  return kills
}

/**
 * Describes an account; a folder or album that could not be made at first comes after the others. So does a photo whose upload a fault refused at first:
 * the report names such an album, and its photos are compared without their order.
 */
const described = (world: World, { changesBytes, sameName }: Writing, reordered: ReadonlySet<string>): unknown => {
  const blank = (name: string, value: unknown): unknown =>
    (name === 'md5' && changesBytes !== undefined) || (name === 'fileName' && sameName === 'refuse') ? '' : value
  const told = describeWorld(world).map((node) => {
    const plain = JSON.parse(JSON.stringify(node, blank)) as { readonly path: string; readonly items?: readonly unknown[] }
    if (!reordered.has(plain.path) || plain.items === undefined) return JSON.stringify(plain)
    return JSON.stringify({ ...plain, items: plain.items.map((item) => JSON.stringify(item)).toSorted() })
  })
  return told.toSorted().map((text) => JSON.parse(text))
}

/** Goes on with the account for some nights: photos and albums change, move and vanish. */
async function liveOn(lab: Lab, chance: Chance): Promise<void> {
  for (let night = 0; night < 4; night += 1) {
    lab.change(...Array.from({ length: 5 }, () => (world: World) => edited(world, chance)), (world) =>
      night === 2 ? removeAlbum(world, chance.of(albumsOf(world)).key) : world,
    )
    await lab.complete({ full: true, acceptChanges: true, settings: { onVanished: 'trash' } })
  }
}

for (let at = 0; at < ACCOUNTS; at += 1) {
  test(`account ${at + 1}`, async (t: TestContext) => {
    const chance = chanceOf(SEED + at)
    const lab = await openLab(t, richWorld(), { settings: { keepSecrets: true } })
    await lab.complete()
    const { world } = lab
    const isPast = at % 2 === 1
    if (isPast) await liveOn(lab, chance)
    const manner = MANNERS[at % MANNERS.length] ?? {}
    const target = await startSimulator(emptyOf(world), {
      faults: faultsOf(chance),
      writing: { permission: 'Modify', reads: readsOf(world), ...manner },
    })
    t.after(() => target.close())
    const trial: Trial = { lab, target, world, ...(isPast && { at: '1' }) }
    const kills = await killed(trial, chance)
    let ended = await run(trial, undefined)
    for (let tries = 1; ended.code === 3 && tries < 6; tries += 1) ended = await run(trial, undefined)
    const what = `${kills.join('; ')}\n${ended.stdout}\n${ended.stderr}`
    const { problems } = JSON.parse(ended.stdout) as { readonly problems: readonly { readonly album?: string; readonly reason: string }[] }
    const reordered = new Set(problems.flatMap(({ album, reason }) => (/in another order than before/.test(reason) ? [album ?? ''] : [])))
    assert.deepEqual(described(target.world, manner, reordered), described(world, manner, reordered), what)
    assert.equal(ended.code, 0, what)
    t.diagnostic(kills.join('; '))
  })
}
