/** A computer is stopped in the middle of a PUT, another one takes over and finishes a run, and then the PUT arrives. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { editImage, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { readGeneration } from '../../src/vault/generations.ts'
import { type EndedJson, jsonOf, openScene } from '../scenarios/harness.ts'
import { syncInto } from '../support/bucket-lab.ts'
import { type S3Double, startS3Double } from '../support/s3-double.ts'

const SIX_MINUTES = 360_000
const [a, b] = [photo('a'), photo('b')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b]), albumNode('Italy', [photo('i1')])]), albumNode('Top', [photo('t1')])],
}
const ALL = 4
/** Too large to be sent at once. */
const large = { kind: 'seeded', seed: 'large', size: 6_000_000, starts: 'jpg' } as const
const [RECORD, PHOTO] = ['vault/Travel/Norway/album.json', 'vault/Travel/Norway/a.jpg']

/** Everything that a reader sees, but for locks and reports: the MD5 by path, of shared files the one of the highest generation. */
function seen(double: S3Double): ReadonlyMap<string, string> {
  const shown = new Map<string, string>()
  const highest = new Map<string, string>()
  for (const [key, { etag }] of double.objects) {
    const shared = readGeneration(key.slice('vault/'.length))
    const path = shared?.path ?? key
    if (/\/(locks|reports)\//.test(key) || (highest.get(path) ?? '') > (shared?.generation ?? '')) continue
    highest.set(path, shared?.generation ?? '')
    shown.set(path, etag)
  }
  return new Map([...shown].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

/** Stops one machine in the middle of the first PUT to such a key, lets another one finish a run, and lets the PUT arrive. */
async function takeOver(t: TestContext, pattern: RegExp, bytes: Bytes = photo('late').bytes) {
  const double = await startS3Double()
  t.after(() => double.stop())
  const scene = await openScene(t, {
    world,
    env: {
      ...{ SMGMG_BK_DESTINATION: 's3://photos/vault', SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
      ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
    },
  })
  const on = async (machine: string, args: readonly string[] = []): Promise<EndedJson> =>
    await scene.backup(args, { env: { SMGMG_BK_STATE_FOLDER: join(scene.folder, machine) } })
  const first = await on('first machine')
  assert.equal(first.code, 0, first.stderr)
  let now = editImage(world, b.key, { caption: 'Fjord' })
  now = replaceImage(now, a.key, bytes)
  scene.simulator.setWorld(now)

  const clock = join(scene.folder, 'clock')
  writeFileSync(clock, '0')
  const [begun, released] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()]
  let isHeld = false
  double.habits.hold = async (key) => {
    if (isHeld || !pattern.test(key)) return
    isHeld = true
    begun.resolve(key)
    await released.promise
  }
  const stopped = scene.start(['--json', 'backup'], {
    env: {
      ...{ SMGMG_BK_STATE_FOLDER: join(scene.folder, 'first machine'), MOVED_CLOCK: clock },
      NODE_OPTIONS: `--import=${new URL('../support/moved-clock.mjs', import.meta.url).href}`,
    },
  })
  const held = await Promise.race([begun.promise, stopped.ended.then(({ stdout }) => assert.fail(`it ended before: ${stdout}`))])
  stopped.kill('SIGSTOP')

  // In the world this lasts for minutes: the lease ends, and the clock of the server goes on. (More than a few of them would let the library of
  // this computer, whose clock does not, try each 404 again.)
  double.habits.ahead = 60_000
  for (const [key, object] of double.objects)
    if (key.includes('/locks/')) double.objects.set(key, { ...object, modified: object.modified - SIX_MINUTES })
  now = editImage(now, b.key, { caption: 'The fjord at midnight' })
  now = replaceImage(now, a.key, photo('another').bytes)
  scene.simulator.setWorld(now)
  const second = await on('second machine')
  assert.equal(second.code, 0, second.stdout)
  const before = seen(double)
  writeFileSync(clock, String(SIX_MINUTES))
  released.resolve()
  stopped.kill('SIGCONT')
  const ended = jsonOf(await stopped.ended)
  await double.quiet()
  assert.ok(double.objects.has(held), `${held} has arrived`)
  return { double, scene, on, before, ended, held }
}

function checkSums(double: S3Double, folder: string): void {
  mkdirSync(folder)
  syncInto(double, folder)
  for (const [program, sums] of [
    ['sha256sum', 'SHA256SUMS'],
    ['md5sum', 'MD5SUMS'],
  ]) {
    const said = execFileSync('sh', ['-c', `${program} -c "$(ls .smugmug-backup/${sums}* | tail -n 1)"`], { cwd: folder, encoding: 'utf8' })
    assert.equal(said.match(/: OK$/gm)?.length, ALL)
  }
}

describe('a PUT that arrives after another machine has taken over and finished a run', () => {
  for (const [what, pattern, code] of [
    ['MD5SUMS', /\/MD5SUMS\./, 5],
    ['SHA256SUMS', /\/SHA256SUMS\./, 5],
    ['the state', /\/state\./, 5],
    ['a file of the past', /\/versions\//, 5],
    // All of its run was finished before.
    ["the catalogue's copy", /\/catalogue\//, 0],
  ] as const) {
    test(`changes nothing that is read, if it is of ${what}`, async (t) => {
      const { double, scene, on, before, ended } = await takeOver(t, pattern)
      assert.equal(ended.code, code, ended.stdout)
      if (code !== 0)
        assert.match(ended.summary.message, /could not be renewed for four minutes, and another computer may hold the vault now/)
      assert.deepEqual(seen(double), before)
      const third = await on('third machine')
      assert.deepEqual([third.code, third.summary.bytes, third.summary.kept, third.summary.items], [0, 0, ALL, ALL], third.stdout)
      assert.ok(
        third.lines.every(({ message = '' }) => !/made anew/.test(message)),
        'the catalogue was taken from its copy',
      )
      // The machine that was stopped goes on, too.
      const again = await on('first machine')
      assert.deepEqual([again.code, again.summary.bytes, again.summary.kept], [0, 0, ALL], again.stdout)
      checkSums(double, join(scene.folder, 'copied'))
    })
  }

  test('is found by the next run, on whatever machine, if it is of a record, which is written anew', async (t) => {
    const { double, scene, on, before, ended } = await takeOver(t, /\/Norway\/album\.json$/)
    assert.equal(ended.code, 5, ended.stdout)
    assert.notEqual(double.objects.get(RECORD)?.etag, before.get(RECORD))
    const third = await on('third machine')
    assert.deepEqual([third.code, third.summary.bytes, third.summary.kept], [0, 0, ALL], third.stdout)
    assert.equal(double.objects.get(RECORD)?.etag, before.get(RECORD))
    checkSums(double, join(scene.folder, 'copied'))
  })

  test('ends without effect if it is of a large photo: its last piece is never sent', async (t) => {
    const { double, on, before, ended } = await takeOver(t, /\/Norway\/a\.jpg$/, large)
    assert.equal(ended.code, 5, ended.stdout)
    assert.deepEqual(seen(double), before)
    const third = await on('third machine')
    assert.deepEqual([third.code, third.summary.bytes, third.summary.kept], [0, 0, ALL], third.stdout)
  })

  test('is found by the next run if it is of a photo, which is fetched again', async (t) => {
    const { double, scene, on, before, ended } = await takeOver(t, /\/Norway\/a\.jpg$/)
    assert.equal(ended.code, 5, ended.stdout)
    assert.notEqual(double.objects.get(PHOTO)?.etag, before.get(PHOTO))
    const third = await on('third machine')
    assert.deepEqual([third.code, third.summary.items, third.summary.failed], [0, ALL, 0], third.stdout)
    assert.equal(double.objects.get(PHOTO)?.etag, before.get(PHOTO))
    checkSums(double, join(scene.folder, 'copied'))
  })
})
