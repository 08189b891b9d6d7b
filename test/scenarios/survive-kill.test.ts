/**
 * `kill -9` at any instant: nothing that was held is lost, no half file stands under a real name, the next run goes on.
 * Fifteen kills by default, spread over a run; `SMUGMUG_TEST_KILLS=100` makes it a hundred.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, editImage, moveImage, removeImage, renameAlbum, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { albumKey, filesBelow, openLab } from '../support/lab.ts'
import { assertHolds, assertNothingWrong, mediaIn, openScene, partsIn, promisedBy, type Scene } from './harness.ts'

const KILLS = Number(process.env.SMUGMUG_TEST_KILLS ?? 15)

const photos = (name: string, count: number): readonly WorldImage[] =>
  Array.from({ length: count }, (_, n) =>
    photo(`${name}${n}`, { bytes: { kind: 'seeded', seed: `${name}${n}`, size: 40_000, starts: 'jpg' } }),
  )

const many = photos('m', 30)
const some = photos('s', 12)
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [...many, video('clip')]), albumNode('Italy', some)]),
    albumNode('Best', many.slice(0, 5).map(collected)),
  ],
}
const [norway, italy] = [albumKey(world, 'Norway'), albumKey(world, 'Italy')]
/** A slow line, so that a kill finds files half arrived. */
const SLOW = { latency: { callMs: 4, fileMs: 4 }, bandwidth: 6_000_000 }

/** Starts a backup and kills it after a while; resolves to whether it was still alive. */
async function killed(scene: Scene, afterMs: number): Promise<boolean> {
  const running = scene.start(['--json', 'backup'])
  await Promise.race([new Promise((resolve) => setTimeout(resolve, afterMs)), running.ended])
  running.kill('SIGKILL')
  return (await running.ended).signal === 'SIGKILL'
}

/** Kills a run some milliseconds after it has reported a number of events of a kind. */
async function killedInside(
  scene: Scene,
  moment: { readonly event: string; readonly times: number; readonly ms: number },
): Promise<boolean> {
  const running = scene.start(['--json', 'backup'])
  const { event, times, ms } = moment
  await running.says(new RegExp(`(?:"event":"${event}"[^]*?){${times}}`)).catch(() => undefined)
  await Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), running.ended])
  running.kill('SIGKILL')
  return (await running.ended).signal === 'SIGKILL'
}

/** Returns the bytes of all partial files in the vault. */
const sizeOfParts = (vault: string): number =>
  readdirSync(vault, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.part'))
    .reduce((sum, path) => sum + (statSync(join(vault, path), { throwIfNoEntry: false })?.size ?? 0), 0)

/** Returns every entry of the vault. */
const everything = (scene: Scene): ReadonlySet<string> => new Set(filesBelow(scene.vault, () => true).values())

describe('kill -9', { concurrency: 2 }, () => {
  test(`${KILLS} times in a row during a first backup, then a run to the end`, async (t) => {
    const share = Math.round(KILLS * 0.6)
    const large = photos('l', share * 5)
    const account: World = { ...world, root: [...world.root, albumNode('Large', large)] }
    const scene = await openScene(t, { world: account, behaviour: SLOW, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '3' } })
    let alive = 0
    let held = new Set<string>()
    for (let kill = 0; kill < share; kill += 1) {
      // At any moment of the beginning, and in the midst of files.
      if (
        await (kill % 3 === 0
          ? killed(scene, 150 + kill * 10)
          : killedInside(scene, { event: 'transfer.started', times: 1 + ((kill * 5) % 7), ms: 0 }))
      )
        alive += 1
      await assertNothingWrong(scene.vault, account)
      const now = new Set((await mediaIn(scene.vault)).values().map(({ md5 }) => md5))
      for (const md5 of held) assert.ok(now.has(md5), `what was held is lost after kill ${kill}`)
      held = now
    }
    assert.equal(alive, share, `only ${alive} of ${share} kills struck`)
    scene.simulator.setBehaviour({})
    const before = scene.simulator.counters.cdn
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, account)
    assert.deepEqual(await partsIn(scene.vault), [])
    const { cdn } = scene.simulator.counters
    assert.ok(cdn - before <= 43 + large.length - held.size, `${held.size} were held, and ${cdn - before} downloads`)
    // A kill costs what was in flight, three files here.
    assert.ok(cdn <= 43 + large.length + share * 4, `${cdn} downloads in all`)
    assert.equal((await scene.json(['verify'])).summary.exitCode, 0)
  })

  test('while everything changes: renames, moves, replacements, vanished', async (t) => {
    const scene = await openScene(t, { world, env: { SMGMG_BK_ON_VANISHED: 'trash', SMGMG_BK_MAX_VANISHED: '100%' } })
    assert.equal((await scene.backup()).code, 0)
    const before = everything(scene)
    const changes: readonly ((w: World, n: number) => World)[] = [
      (w, n) => renameFolder(w, idFrom('node Travel', 6), `Travel ${n}`),
      (w, n) => renameAlbum(w, norway, `Norway ${n}`),
      (w, n) => editImage(w, many[n]?.key ?? '', { fileName: many[n + 1]?.fileName ?? '' }),
      (w, n) => editImage(w, many[n + 1]?.key ?? '', { fileName: many[n]?.fileName ?? '' }),
      (w, n) => moveImage(w, some[n % 12]?.key ?? '', italy, norway),
      (w, n) => replaceImage(w, many[n + 2]?.key ?? '', { kind: 'seeded', seed: `r${n}`, size: 41_000, starts: 'jpg' }),
      (w, n) => addImage(w, italy, photo(`new${n}`)),
      (w, n) => removeImage(w, norway, many[29 - n]?.key ?? ''),
    ]
    const replacements = Array.from({ length: 10 }, (_, n) => md5Of({ kind: 'seeded', seed: `r${n}`, size: 41_000, starts: 'jpg' }))
    let now = world
    let alive = 0
    for (let kill = 0; kill < KILLS * 0.4; kill += 1) {
      if (kill < 10) now = changes.reduce((w, change) => change(w, kill), now)
      scene.simulator.setWorld(now)
      if (await killedInside(scene, { event: 'account', times: 1, ms: (kill * 7) % 60 })) alive += 1
      const standing = everything(scene)
      for (const md5 of [...before].filter((each) => promised.has(each))) assert.ok(standing.has(md5), `lost after kill ${kill}`)
    }
    assert.ok(alive > KILLS * 0.2, `only ${alive} kills struck`)
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    const second = await scene.backup(['--full'])
    assert.deepEqual([second.code, second.summary.bytes, second.summary.kept], [0, 0, promisedBy(now).length])
    // Besides the present files there may be older ones that a kill left in their old places, as strays.
    const media = [...(await mediaIn(scene.vault)).values()].map(({ md5 }) => md5)
    for (const { md5, image } of promisedBy(now)) assert.ok(media.includes(md5), `${image.fileName} is not held`)
    const known = new Set([...promised, ...promisedBy(now).map(({ md5 }) => md5), ...replacements])
    assert.deepEqual(
      media.filter((md5) => !known.has(md5)),
      [],
    )
    const standing = everything(scene)
    for (const md5 of promised) assert.ok(standing.has(md5), 'old bytes are in history or trash')
    assert.equal((await scene.json(['verify'])).summary.exitCode, 0)
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('a second run starts at once after a kill: the lock is gone with the process', async (t) => {
    const scene = await openScene(t, { world, behaviour: SLOW })
    const running = scene.start(['--json', 'backup'])
    await running.says(/"event":"transfer.started"/)
    running.kill('SIGKILL')
    await running.ended
    scene.simulator.setBehaviour({})
    assert.equal((await scene.backup()).code, 0)
    await assertHolds(scene.vault, world)
  })

  test('a large file goes on where it stopped', async (t) => {
    const size = 30_000_000
    const film = video('film', { bytes: { kind: 'seeded', seed: 'film', size, starts: 'mp4' } })
    const films: World = { ...world, root: [albumNode('Films', [film])] }
    // The rest never comes, so it is in the midst of the file whenever it is killed.
    const scene = await openScene(t, { world: films, behaviour: { faults: [{ on: 'video', does: { kind: 'stall', after: 20_000_000 } }] } })
    const running = scene.start(['--json', 'backup'])
    await running.until(() => sizeOfParts(scene.vault) >= 12_000_000)
    running.kill('SIGKILL')
    await running.ended
    assert.equal((await mediaIn(scene.vault)).size, 0)
    scene.simulator.setBehaviour({})
    scene.simulator.resetCounters()
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, films)
    assert.ok(scene.simulator.counters.cdnBytes < size - 8_000_000, `${scene.simulator.counters.cdnBytes} bytes were sent again`)
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('a large file that was cut off by the line goes on where it stopped, in the same run', async (t) => {
    const size = 20_000_000
    const film = video('film', { bytes: { kind: 'seeded', seed: 'film', size, starts: 'mp4' } })
    const films: World = { ...world, root: [albumNode('Films', [film])] }
    const behaviour = { faults: [{ on: 'video', nth: 1, does: { kind: 'reset', after: 15_000_000 } }] } as const
    const scene = await openScene(t, { world: films, behaviour })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, films)
    assert.ok(scene.simulator.counters.cdnBytes < size + 6_000_000, `${scene.simulator.counters.cdnBytes} bytes were sent`)
  })
})

const promised = new Set(promisedBy(world).map(({ md5 }) => md5))

test('the last line of a run is true of the disk', async (t) => {
  const scene = await openScene(t, { world })
  const { summary } = await scene.backup()
  assert.equal(summary.exitCode, 0)
  const reports = [...filesBelow(`${scene.vault}/.smugmug-backup/reports`, (path) => path.endsWith('.json')).keys()]
  const report = JSON.parse(readFileSync(`${scene.vault}/.smugmug-backup/reports/${reports.at(-1)}`, 'utf8'))
  assert.equal(report.totals.stored, summary.stored)
})

test('the next run removes partial files that a killed run left of the sums, the state, the reports and the past', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  const years = readdirSync(lab.at('.smugmug-backup/versions')).map((year) => `.smugmug-backup/versions/${year}`)
  assert.equal(years.length, 1)
  for (const folder of ['.smugmug-backup', '.smugmug-backup/reports', ...years]) {
    writeFileSync(lab.at(`${folder}/.~2a8406ab624459ad.88c2d444.part`), 'half')
  }
  await lab.complete()
  assert.deepEqual(await partsIn(lab.root), [])
})
