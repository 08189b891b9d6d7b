/** Disks that are full, read-only, gone or suddenly empty. The tests mount small file systems; without that permission they are skipped, visibly. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { addImage } from '../../simulator/edit.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { albumKey } from '../support/lab.ts'
import {
  assertCode,
  assertHolds,
  assertNothingWrong,
  assertSame,
  jsonOf,
  mediaIn,
  openScene,
  partsIn,
  type Scene,
  snapshot,
} from './harness.ts'

const photos = (name: string, count: number, size = 100_000): readonly WorldImage[] =>
  Array.from({ length: count }, (_, n) => photo(`${name}${n}`, { bytes: { kind: 'seeded', seed: `${name}${n}`, size, starts: 'jpg' } }))

const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', photos('n', 30))]), albumNode('Home', photos('h', 10))],
}

/** Mounts a disk in the scene's folder. Returns undefined, and skips the test, if this process may not mount. */
function mounted(t: TestContext, scene: Scene, size: string): string | undefined {
  const place = join(scene.folder, 'disk')
  mkdirSync(place)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0777`, 'tmpfs', place])
  if (status !== 0) {
    t.skip('mounting a disk is not permitted here')
    return undefined
  }
  // Before the scene clears its folder: hooks run in the order of their making, so the scene's own comes first and must find it unmounted.
  disks.add(place)
  return place
}

const disks = new Set<string>()
const unmount = (place: string): void => {
  spawnSync('umount', ['--lazy', place])
  disks.delete(place)
}
process.once('exit', () => {
  for (const place of disks) unmount(place)
})

const on = (place: string) => ({ env: { SMGMG_BK_DESTINATION: place } })

describe('a disk', { concurrency: 4 }, () => {
  test('that becomes full: photos are stored until then, exit 5, the message names the disk and the size; with room it goes on', async (t) => {
    const scene = await openScene(t, { world })
    const place = mounted(t, scene, '2500k')
    if (place === undefined) return
    try {
      const first = await scene.backup([], on(place))
      assertCode(first, 5)
      assert.match(first.summary.message, /full/i)
      assert.match(first.summary.message, /MB|bytes/)
      assert.ok(first.summary.hint)
      const held = await mediaIn(place)
      assert.ok(held.size >= 15, `only ${held.size} of 24 that fit`)
      await assertNothingWrong(place, world)
      assert.deepEqual(await partsIn(place), [])
      // Each further run ends in the same way, without harm.
      assertCode(await scene.backup([], on(place)), 5)
      await assertNothingWrong(place, world)
      assert.equal(spawnSync('mount', ['-o', 'remount,size=20m', place]).status, 0)
      scene.simulator.resetCounters()
      assertCode(await scene.backup([], on(place)), 0)
      await assertHolds(place, world)
      assert.ok(scene.simulator.counters.cdn <= 40 - held.size, `${held.size} were held, ${scene.simulator.counters.cdn} downloads`)
      assertCode(await scene.json(['verify'], on(place)), 0)
    } finally {
      unmount(place)
    }
  })

  test('that is full to the last byte before the first run: exit 5, and nothing of ours under a real name', async (t) => {
    const scene = await openScene(t, { world })
    const place = mounted(t, scene, '64k')
    if (place === undefined) return
    try {
      spawnSync('sh', ['-c', `cat /dev/zero > '${place}/filler' 2>/dev/null`])
      const { summary } = await scene.backup([], on(place))
      assert.equal(summary.exitCode, 5, summary.message)
      assert.deepEqual([...(await mediaIn(place)).keys()], ['filler'])
    } finally {
      unmount(place)
    }
  })

  test('that is full has no room for a replacement either: no held photo is lost', async (t) => {
    const scene = await openScene(t, { world })
    const place = mounted(t, scene, '6m')
    if (place === undefined) return
    try {
      assertCode(await scene.backup([], on(place)), 0)
      spawnSync('sh', ['-c', `cat /dev/zero > '${place}/filler' 2>/dev/null`])
      scene.simulator.setWorld(addImage(world, albumKey(world, 'Home'), photo('new')))
      assertCode(await scene.backup([], on(place)), 5)
      rmSync(join(place, 'filler'))
      assertCode(await scene.backup([], on(place)), 0)
      await assertHolds(place, addImage(world, albumKey(world, 'Home'), photo('new')))
    } finally {
      unmount(place)
    }
  })

  test('that is read-only: exit 5, with that reason; status and proof still work', async (t) => {
    const scene = await openScene(t, { world })
    const place = mounted(t, scene, '20m')
    if (place === undefined) return
    try {
      const empty = await scene.backup([], on(place))
      assertCode(empty, 0)
      const before = await snapshot(place)
      assert.equal(spawnSync('mount', ['-o', 'remount,ro', place]).status, 0)
      scene.simulator.setWorld(addImage(world, albumKey(world, 'Home'), photo('new')))
      const told = await scene.backup([], on(place))
      assertCode(told, 5)
      assert.match(`${told.summary.message} ${told.summary.hint}`, /read-only|writ/i)
      assertCode(await scene.json(['status'], on(place)), 0)
      const verified = await scene.json(['verify'], on(place))
      assertCode(verified, 0)
      assert.ok(verified.lines.some((line) => line.event === 'warning' && /nothing of this is noted/.test(line.message)))
      assertCode(await scene.run(['export', '--format', 'csv'], on(place)), 0)
      cpSync(join(place, 'Home/h1.jpg'), join(scene.cwd, 'mine.jpg'))
      assertCode(await scene.json(['proof', scene.cwd], on(place)), 0)
      assertSame(await snapshot(place), before)
    } finally {
      unmount(place)
    }
  })

  test("that is another user's: verify reads it, finds what is damaged, and notes nothing", async (t) => {
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    // Only the rights of others count for this user: root without its powers.
    chmodSync(join(scene.vault, '.smugmug-backup'), 0o555)
    for (const name of readdirSync(join(scene.vault, '.smugmug-backup'))) chmodSync(join(scene.vault, '.smugmug-backup', name), 0o555)
    const before = await snapshot(scene.vault)
    assertCode(await scene.json(['verify'], { unprivileged: true }), 0)
    assertSame(await snapshot(scene.vault), before)
    writeFileSync(join(scene.vault, 'Home/h1.jpg'), Buffer.alloc(100_000))
    const found = await scene.json(['verify'], { unprivileged: true })
    assertCode(found, 3)
    assertCode(await scene.json(['status']), 0)
  })

  for (const shut of ['.smugmug-backup', '']) {
    test(`whose ${shut || 'top'} this user may not look into: every command says so and ends with 5`, async (t) => {
      const scene = await openScene(t, { world })
      mkdirSync(join(scene.vault, '.smugmug-backup'))
      chmodSync(join(scene.vault, shut), 0o000)
      for (const command of [['backup'], ['verify'], ['rebuild'], ['list'], ['proof', scene.cwd]]) {
        const told = await scene.json(command, { unprivileged: true })
        assert.equal(told.code, 5, `${command}: ${told.summary.message}`)
      }
    })
  }

  test('that is read-only and was never used: exit 5', async (t) => {
    const scene = await openScene(t, { world })
    const place = mounted(t, scene, '20m')
    if (place === undefined) return
    try {
      assert.equal(spawnSync('mount', ['-o', 'remount,ro', place]).status, 0)
      assertCode(await scene.backup([], on(place)), 5)
    } finally {
      unmount(place)
    }
  })

  test('with a folder at its top that nobody but root may read (lost+found) is a disk like any other', async (t) => {
    const scene = await openScene(t, { world })
    mkdirSync(join(scene.vault, 'lost+found'), { mode: 0o000 })
    const { summary } = await scene.backup([], { unprivileged: true })
    assert.equal(summary.exitCode, 0, summary.message)
    await assertHolds(scene.vault, world)
    const [then, moved, twin] = ['then', 'moved', 'twin'].map((name) => join(scene.folder, name))
    for (const command of [
      ['verify'],
      ['checkout', '1', `--output=${then}`],
      ['handover', 'immich', `--output=${moved}`],
      ['twin', `--output=${twin}`],
    ])
      assertCode(await scene.json(command, { unprivileged: true }), 0)
    const rebuilt = await scene.json(['rebuild'], { unprivileged: true })
    assert.deepEqual([rebuilt.code, rebuilt.lines.filter(({ event }) => event === 'problem')], [0, []])
  })

  test('with a folder that this user may not read: a rebuild names it, and is whole only if no album lies there', async (t) => {
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    mkdirSync(join(scene.vault, 'my own'), { mode: 0o000 })
    assertCode(await scene.json(['rebuild'], { unprivileged: true }), 0)
    rmdirSync(join(scene.vault, 'my own'))
    chmodSync(join(scene.vault, 'Home'), 0o000)
    const { code, lines } = await scene.json(['rebuild'], { unprivileged: true })
    chmodSync(join(scene.vault, 'Home'), 0o777)
    assert.equal(code, 3)
    assert.deepEqual(
      lines.flatMap(({ event, problem }) => (event === 'problem' ? [[problem.kind, problem.name, problem.reason]] : [])),
      [['notice', 'Home', 'it cannot be read, and no album of it is in the new catalogue: permission denied']],
    )
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })

  test('that keeps a leftover of a dead run: the backup works all the same', async (t) => {
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    writeFileSync(join(scene.vault, 'Home/.h1.jpg.deadbeef.part'), 'half')
    chmodSync(join(scene.vault, 'Home'), 0o555)
    assertCode(await scene.backup([], { unprivileged: true }), 0)
    chmodSync(join(scene.vault, 'Home'), 0o777)
    assertCode(await scene.backup([], { unprivileged: true }), 0)
    assert.deepEqual(await partsIn(scene.vault), [])
  })

  test('on which some album folders may not be written: its items fail by name, all others are stored', async (t) => {
    const scene = await openScene(t, { world })
    mkdirSync(join(scene.vault, 'Home'), { mode: 0o555 })
    const { summary, lines } = await scene.backup([], { unprivileged: true })
    assert.equal(summary.exitCode, 3, summary.message)
    assert.deepEqual([summary.stored, summary.failed], [30, 10])
    assert.ok(
      lines.some(
        (line) => line.event === 'problem' && /Home/.test(JSON.stringify(line.problem)) && /EACCES|permission/i.test(line.problem.reason),
      ),
    )
    chmodSync(join(scene.vault, 'Home'), 0o777)
    assertCode(await scene.backup([], { unprivileged: true }), 0)
    await assertHolds(scene.vault, world)
  })
})

describe('a destination', { concurrency: 4 }, () => {
  test('that vanishes midway (unplugged): exit 5, and it is not made again', async (t) => {
    const scene = await openScene(t, { world, behaviour: { latency: { fileMs: 60 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '2' } })
    const running = scene.start(['--json', 'backup'])
    await running.says(/(?:"event":"item"[\s\S]*?){4}/)
    renameSync(scene.vault, `${scene.vault}-unplugged`)
    const ended = await running.ended
    assert.equal(ended.code, 5, ended.stdout.slice(-600) + ended.stderr)
    assert.equal(existsSync(scene.vault), false)
    renameSync(`${scene.vault}-unplugged`, scene.vault)
    scene.simulator.setBehaviour({})
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })

  test('that is unmounted midway, leaving its empty mount point: exit 5, and nothing is written into it', async (t) => {
    const scene = await openScene(t, { world, behaviour: { latency: { fileMs: 60 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '2' } })
    const running = scene.start(['--json', 'backup'])
    await running.says(/(?:"event":"item"[\s\S]*?){4}/)
    renameSync(scene.vault, `${scene.vault}-unmounted`)
    mkdirSync(scene.vault)
    const ended = await running.ended
    assert.equal(ended.code, 5, ended.stdout.slice(-600) + ended.stderr)
    assert.deepEqual(readdirSync(scene.vault), [])
    rmSync(scene.vault, { recursive: true })
    renameSync(`${scene.vault}-unmounted`, scene.vault)
    scene.simulator.setBehaviour({})
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })

  test('that does not exist: exit 5, and it is not made', async (t) => {
    const scene = await openScene(t, { world })
    rmSync(scene.vault, { recursive: true })
    assertCode(await scene.backup(), 5)
    assert.equal(existsSync(scene.vault), false)
  })

  test('suddenly empty where there was a vault: exit 5 and not a byte written; --accept-changes begins a new one', async (t) => {
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    renameSync(scene.vault, `${scene.vault}-elsewhere`)
    mkdirSync(scene.vault)
    for (const args of [[], ['--full'], ['--dry-run']]) {
      const told = await scene.backup(args)
      assertCode(told, 5)
      assert.match(told.summary.message, /40/)
      assert.match(`${told.summary.hint}`, /--accept-changes/)
      assert.deepEqual(readdirSync(scene.vault), [])
    }
    assertCode(await scene.backup(['--accept-changes']), 0)
    await assertHolds(scene.vault, world)
    assertCode(await scene.backup(), 0)
  })

  test('suddenly empty except for the files that an unmounted disk shows', async (t) => {
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    rmSync(scene.vault, { recursive: true })
    mkdirSync(join(scene.vault, 'lost+found'), { recursive: true })
    assertCode(await scene.backup(), 5)
  })

  test('another vault in the same place is no vanished one', async (t) => {
    const scene = await openScene(t, { world })
    assertCode(await scene.backup(), 0)
    const other = join(scene.folder, 'other')
    mkdirSync(other)
    assertCode(await scene.backup([], on(other)), 0)
    renameSync(scene.vault, `${scene.vault}-1`)
    renameSync(other, scene.vault)
    const { summary } = await scene.backup()
    assert.deepEqual([summary.exitCode, summary.kept], [0, 40])
  })

  test('without a state folder to remember it by: the backup works all the same', async (t) => {
    const scene = await openScene(t, { world, env: { XDG_STATE_HOME: import.meta.filename } })
    assertCode(await scene.backup(), 0)
    assertCode(await scene.backup(), 0)
  })
})

describe('two runs at once', { concurrency: 4 }, () => {
  test('the second ends with 6 at once and names the first; the first is not disturbed', async (t) => {
    // No file comes before the others have ended.
    const { promise: others, resolve: goOn } = Promise.withResolvers<void>()
    const scene = await openScene(t, { world, behaviour: { faults: [{ on: 'file', does: { kind: 'stall', after: 100, until: others } }] } })
    const running = scene.start(['--json', 'backup'])
    await running.says(/"event":"transfer.started"/)
    const second = await scene.backup()
    assertCode(second, 6)
    assert.match(second.summary.message, new RegExp(String(running.pid)))
    for (const command of [['verify'], ['rebuild'], ['adopt', scene.cwd]]) assertCode(await scene.json(command), 6)
    // Reading is allowed. The catalogue is read as it was committed: a new run is seen within a second.
    let status = ''
    for (let n = 0; n < 100 && !/A backup is under way/.test(status); n += 1) {
      if (n > 0) await wait(50)
      status = (await scene.run(['status'])).stdout
    }
    assert.match(status, /A backup is under way/)
    for (const command of [
      ['proof', scene.cwd],
      ['export', '--format', 'jsonl'],
    ])
      assertCode(await scene.run(command), 0)
    assertCode(await scene.backup(['--dry-run']), 0)
    goOn()
    assert.equal((await running.ended).code, 0)
    await assertHolds(scene.vault, world)
  })

  test('started in the same instant: one works, the other ends with 6', async (t) => {
    const scene = await openScene(t, { world, behaviour: { latency: { fileMs: 1000 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '1' } })
    // On a busy machine they begin seconds apart: the one that works goes on until the two others have ended.
    let ended = 0
    const runs = Array.from({ length: 3 }, async () => {
      const { code } = jsonOf(await scene.start(['--json', 'backup']).ended)
      ended += 1
      if (ended === 2) scene.simulator.setBehaviour({})
      return code
    })
    assert.deepEqual((await Promise.all(runs)).toSorted(), [0, 6, 6])
    await assertHolds(scene.vault, world)
  })

  test('leftovers of a dead run (lock files of another host) stop no run', async (t) => {
    const scene = await openScene(t, { world })
    mkdirSync(join(scene.vault, '.smugmug-backup'))
    writeFileSync(
      join(scene.vault, '.smugmug-backup/lock.json'),
      '{"pid":1,"host":"elsewhere","since":"2020-01-01T00:00:00Z","operation":"backup"}',
    )
    assertCode(await scene.backup(), 0)
  })
})
