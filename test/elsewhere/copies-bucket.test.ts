import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { edited, firstAccount } from '../campaigns/account.ts'
import { chanceOf, SEED } from '../campaigns/chance.ts'
import { md5s, mediaIn, openScene, promisedBy } from '../scenarios/harness.ts'
import { startS3Double } from '../support/s3-double.ts'

test('a copy in a bucket is kept through nights of changes and absences, and can become the destination', async (t) => {
  const double = await startS3Double()
  t.after(() => double.stop())
  const env = {
    ...{ SMGMG_BK_SERVICE_VERIFY_DAYS: '0', SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
    ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
  }
  const scene = await openScene(t, { world: firstAccount, env })
  const state = { SMGMG_BK_STATE_FOLDER: join(scene.folder, 'state') }
  const cloud = { ...state, SMGMG_BK_COPY_CLOUD_DESTINATION: 's3://photos/copy' }
  const chance = chanceOf(SEED)
  let world = firstAccount
  for (let night = 0; night < 8; night += 1) {
    // In two nights the server lets nobody in.
    const isAway = night === 3 || night === 4
    double.habits.trouble = isAway ? () => ({ status: 403, code: 'AccessDenied' }) : () => undefined
    const told = await scene.backup(['--accept-changes'], { env: cloud })
    assert.equal(told.summary.exitCode, 0, `night ${night}: ${told.summary.message}\n${told.stderr}`)
    for (let n = chance.upTo(6); n > 0; n -= 1) world = edited(world, chance)
    scene.simulator.setWorld(world)
  }
  double.habits.trouble = () => undefined
  const last = await scene.backup(['--accept-changes'], { env: cloud })
  assert.equal(last.summary.exitCode, 0, last.stderr)
  const promoted = await scene.backup(['--full'], { env: { ...state, SMGMG_BK_DESTINATION: 's3://photos/copy' } })
  assert.deepEqual([promoted.summary.exitCode, promoted.summary.bytes, promoted.summary.stored], [0, 0, 0], promoted.stderr)
  const held = [...double.objects]
    .filter(([each]) => each.startsWith('copy/') && !/\.smugmug-backup\/|\.(?:json|txt|csv|xmp)$/.test(each))
    .map(([, { bytes }]) => createHash('md5').update(bytes).digest('hex'))
  for (const md5 of md5s(promisedBy(world))) assert.ok(held.includes(md5), md5)
})

test('a copy in a bucket never begins inside or around another vault', async (t) => {
  const double = await startS3Double()
  t.after(() => double.stop())
  const env = {
    ...{ SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
    ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
  }
  const scene = await openScene(t, { env })
  const state = { SMGMG_BK_STATE_FOLDER: join(scene.folder, 'state') }
  const other = await scene.backup([], { env: { ...state, SMGMG_BK_DESTINATION: 's3://photos/family/other' } })
  assert.equal(other.summary.exitCode, 0, other.stderr)
  assert.equal((await scene.backup()).summary.exitCode, 0)
  const before = [...double.objects.keys()].toSorted()
  const places = { 's3://photos/family/other/Travel/cloud': 'inside', 's3://photos/family': 'around', 's3://photos': 'around' }
  for (const [place, where] of Object.entries(places)) {
    for (const more of [[], ['--accept-changes']]) {
      const cloud = { ...state, SMGMG_BK_COPY_CLOUD_DESTINATION: place }
      const { summary } = await scene.json(['copy', 'cloud', ...more], { env: cloud })
      assert.equal(summary.exitCode, 2, summary.message)
      assert.match(summary.message, new RegExp(`lies ${where} another vault, s3://photos/family/other\\.$`))
      assert.deepEqual([...double.objects.keys()].toSorted(), before)
    }
  }
})

test('a copy in a bucket begins also with a key that may read, write and remove below its prefix alone', async (t) => {
  const double = await startS3Double()
  t.after(() => double.stop())
  double.habits.trouble = (kind, _, key) =>
    kind === 'list' || kind === 'uploads' || kind === 'delete-many' || key.startsWith('photos/copy/')
      ? undefined
      : { status: 403, code: 'AccessDenied' }
  const env = {
    ...{ SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1', SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE' },
    ...{ SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret', SMGMG_BK_COPY_CLOUD_DESTINATION: 's3://photos/photos/copy' },
  }
  const scene = await openScene(t, { env })
  const { summary } = await scene.backup()
  assert.equal(summary.exitCode, 0, summary.message)
  assert.match(summary.message, /The copy cloud is up to date\.$/)
})

test('a copy in a bucket is refused beside other things, and leaves nothing there', async (t) => {
  const double = await startS3Double()
  t.after(() => double.stop())
  const env = {
    ...{ SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1', SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE' },
    ...{ SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret', SMGMG_BK_COPY_CLOUD_DESTINATION: 's3://photos/copy' },
  }
  const scene = await openScene(t, { env })
  const object = { bytes: Buffer.from('mine'), etag: 'x', modified: Date.now(), metadata: {}, storageClass: 'STANDARD' }
  double.objects.set('copy/diary.txt', object)
  assert.equal((await scene.backup()).summary.exitCode, 3)
  for (const _again of [1, 2]) {
    const { summary } = await scene.json(['copy', 'cloud'])
    assert.equal(summary.exitCode, 2)
    assert.match(summary.message, /s3:\/\/photos\/copy, is not empty, and holds no copy\.$/)
    assert.deepEqual([...double.objects.keys()], ['copy/diary.txt'])
  }
  double.objects.clear()
  assert.equal((await scene.json(['copy', 'cloud'])).summary.exitCode, 0)
})

test('a copy in a bucket that refuses every look is no trouble of the vault, which is made whole without it', async (t) => {
  const double = await startS3Double()
  t.after(() => double.stop())
  const env = {
    ...{ SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1', SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE' },
    ...{ SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret', SMGMG_BK_COPY_CLOUD_DESTINATION: 's3://photos/copy' },
  }
  const scene = await openScene(t, { world: firstAccount, env })
  assert.equal((await scene.backup()).summary.exitCode, 0)
  const [path = ''] = (await mediaIn(scene.vault)).keys()
  for (const kinds of [['head'], ['get', 'head', 'list']]) {
    rmSync(join(scene.vault, path))
    double.habits.trouble = (kind) => (kinds.includes(kind) ? { status: 403, code: 'AccessDenied' } : undefined)
    const verified = await scene.json(['verify'])
    assert.deepEqual([verified.summary.exitCode, /1 finding/.test(verified.summary.message)], [3, true], verified.summary.message)
    const { summary } = await scene.backup(['--no-copies'])
    assert.deepEqual([summary.exitCode, summary.failed, existsSync(join(scene.vault, path))], [0, 0, true], summary.message)
  }
})
