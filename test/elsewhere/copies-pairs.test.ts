/** A copy between folders and buckets, sealed and plain: it follows a change, is killed midway, goes on, and becomes the destination. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { addImage, albumsOf, editImage, placementsOf, removeImage, renameAlbum, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { makeKey } from '../../src/app/app.ts'
import { firstAccount } from '../campaigns/account.ts'
import { runUntil } from '../campaigns/failing-disk.ts'
import { type EndedJson, openScene, promisedBy, type Scene } from '../scenarios/harness.ts'
import { type S3Double, startS3Double } from '../support/s3-double.ts'

const key = await makeKey()

/** The kind of a place, and whether the files there are sealed. */
interface Place {
  readonly in: 'folder' | 'bucket'
  readonly isSealed?: true
}

const pairs: Readonly<Record<string, readonly [first: Place, copy: Place]>> = {
  'a folder to a folder': [{ in: 'folder' }, { in: 'folder' }],
  'a folder to a sealed folder': [{ in: 'folder' }, { in: 'folder', isSealed: true }],
  'a folder to a sealed bucket': [{ in: 'folder' }, { in: 'bucket', isSealed: true }],
  'a bucket to a folder': [{ in: 'bucket' }, { in: 'folder' }],
  'a bucket to a bucket': [{ in: 'bucket' }, { in: 'bucket' }],
  'a sealed folder to a folder': [{ in: 'folder', isSealed: true }, { in: 'folder' }],
  'a sealed bucket to a sealed folder': [
    { in: 'bucket', isSealed: true },
    { in: 'folder', isSealed: true },
  ],
}

interface Pair {
  readonly scene: Scene
  readonly double: S3Double
  /** The settings of a machine that has no private key. */
  readonly env: Readonly<Record<string, string>>
  readonly withKey: Readonly<Record<string, string>>
  /** The settings once the copy is the destination. */
  readonly promoted: Readonly<Record<string, string>>
}

async function openPair(t: TestContext, [first, copy]: readonly [Place, Place]): Promise<Pair> {
  const double = await startS3Double()
  t.after(() => double.stop())
  const env = {
    ...{ SMGMG_BK_SERVICE_VERIFY_DAYS: '0', SMGMG_BK_ON_VANISHED: 'trash' },
    ...{ SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
    ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
  }
  const scene = await openScene(t, { world: firstAccount, env })
  const identity = join(scene.folder, 'key.txt')
  writeFileSync(identity, `${key.identity}\n`, { mode: 0o600 })
  mkdirSync(join(scene.folder, 'copy'))
  const placed = (place: Place, name: string): string => (place.in === 'folder' ? join(scene.folder, name) : `s3://photos/${name}`)
  const settings = (place: Place, name: string, before: string): Readonly<Record<string, string>> => ({
    [`SMGMG_BK_${before}DESTINATION`]: placed(place, name),
    [`SMGMG_BK_${before}ENCRYPTION_RECIPIENTS`]: place.isSealed ? key.recipient : '',
  })
  return {
    scene,
    double,
    env: { ...settings(first, 'vault', ''), ...settings(copy, 'copy', 'COPY_USB_') },
    // Only what is read needs a key.
    withKey: first.isSealed ? { SMGMG_BK_ENCRYPTION_IDENTITY_FILE: identity } : {},
    promoted: { ...settings(copy, 'copy', ''), SMGMG_BK_COPY_USB_DESTINATION: '', SMGMG_BK_COPY_USB_ENCRYPTION_RECIPIENTS: '' },
  }
}

const why = ({ summary, stderr, lines }: EndedJson): string =>
  `${summary.message}\n${stderr}\n${JSON.stringify(lines.filter(({ event }) => event === 'problem'))}`

/** Kills the copying in the midst of its changes. */
async function killCopy({ scene, double, env, withKey }: Pair, copy: Place): Promise<void> {
  const all = { ...env, ...withKey }
  if (copy.in === 'folder') {
    assert.equal(
      (await runUntil({ ...scene, start: (args, how) => scene.start(args, { env: { ...all, ...how?.env } }) }, ['copy', 'usb'], 30)).signal,
      'SIGKILL',
    )
    return
  }
  const running = scene.start(['copy', 'usb'], { env: all })
  let changes = 0
  double.habits.trouble = (kind, _, path) => {
    if (!path.startsWith('copy/') || !['put', 'copy', 'delete', 'delete-many'].includes(kind) || ++changes < 6) return undefined
    running.kill('SIGKILL')
    return { cut: 0 }
  }
  assert.equal((await running.ended).signal, 'SIGKILL')
  double.habits.trouble = () => undefined
}

const changed = (): World => {
  const [norway, italy] = albumsOf(firstAccount)
  assert.ok(norway !== undefined && italy !== undefined)
  const [one = '', other = '', third = ''] = placementsOf(italy).map(({ image }) => image.key)
  const edits: readonly ((world: World) => World)[] = [
    (world) => renameAlbum(world, norway.key, 'Norge'),
    (world) => addImage(world, italy.key, photo('new')),
    (world) => replaceImage(world, one, photo('other').bytes),
    (world) => editImage(world, other, { caption: 'Another caption' }),
    (world) => removeImage(world, italy.key, third),
  ]
  return edits.reduce((world, edit) => edit(world), firstAccount)
}

describe('a copy from', { concurrency: 2 }, () => {
  for (const [what, places] of Object.entries(pairs))
    test(`${what} follows a change, is killed midway, goes on, and becomes the destination`, async (t) => {
      const pair = await openPair(t, places)
      const { scene, env, withKey, promoted } = pair
      const first = await scene.backup([], { env: { ...env, ...withKey } })
      assert.equal(first.summary.exitCode, 0, why(first))
      const world = changed()
      scene.simulator.setWorld(world)
      const backed = await scene.backup(['--no-copies'], { env })
      assert.equal(backed.summary.exitCode, 0, why(backed))
      await killCopy(pair, places[1])
      const again = await scene.json(['copy', 'usb'], { env: { ...env, ...withKey } })
      assert.equal(again.summary.exitCode, 0, why(again))
      const same = await scene.json(['copy', 'usb'], { env: { ...env, ...withKey } })
      assert.deepEqual([same.summary.exitCode, same.summary.bytes, same.summary.stored], [0, 0, 0], why(same))
      const verified = await scene.json(['verify'], { env: { ...env, ...promoted } })
      assert.deepEqual([verified.summary.exitCode, verified.summary.items], [0, promisedBy(world).length], why(verified))
      const last = await scene.backup(['--full'], { env: { ...env, ...promoted } })
      assert.deepEqual([last.summary.exitCode, last.summary.bytes, last.summary.stored], [0, 0, 0], why(last))
      assert.equal(last.summary.items, promisedBy(world).length)
    })
})
