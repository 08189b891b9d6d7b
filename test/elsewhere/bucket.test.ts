import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { editImage, moveImage, removeAlbum, removeImage, renameAlbum, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { runStatus } from '../../src/app/app.ts'
import { defaultSettings } from '../../src/config/settings.ts'
import { openLabOfBucket } from '../support/bucket-lab.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'
import { type S3Double, type S3Trouble, startS3Double } from '../support/s3-double.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c]), albumNode('Italy', [photo('i1'), photo('i2')])]),
    albumNode('Top', [photo('t1')]),
  ],
}
const ALL = 6
const norway = albumKey(world, 'Norway')
const italy = albumKey(world, 'Italy')

const openBucketLab = (t: TestContext) => openLabOfBucket(t, world)

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

/** The MD5 of each photo in the bucket, by path. */
const photosIn = (double: S3Double): ReadonlyMap<string, string> =>
  new Map(
    [...double.objects]
      .filter(([key]) => key.endsWith('.jpg') && !key.includes('.smugmug-backup'))
      .map(([key, { bytes }]) => [key.replace(/^vault\//, ''), md5(bytes)] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )

/** The same of a vault in a folder, made anew. */
async function inFolder(lab: Lab, place: string): Promise<ReadonlyMap<string, string>> {
  const root = mkdtempSync(join(place, 'folder-'))
  const { exitCode } = await lab.backup({ settings: { destination: root } })
  assert.equal(exitCode, 0)
  return filesBelow(root, (path) => path.endsWith('.jpg') && !path.startsWith('.smugmug-backup'))
}

/** The most requests of each kind for a vault as a whole, however many items it has. */
const QUESTIONS = { list: 20, head: 4, get: 6, put: 8, uploads: 2, delete: 6, 'delete-many': 2 }

/** Fails for more requests of a kind, and for a kind that is not named. */
function assertAtMost(asked: Readonly<Record<string, number>>, most: Readonly<Record<string, number>>): void {
  for (const [kind, count] of Object.entries(asked)) assert.ok(count <= (most[kind] ?? 0), `${kind}: ${JSON.stringify(asked)}`)
}

describe('a vault in a bucket', () => {
  test('holds what one in a folder holds, for about one PUT an item, and an unchanged night asks for a listing alone', async (t) => {
    const many = 40
    const large: World = {
      ...world,
      root: [
        ...world.root,
        albumNode(
          'Many',
          Array.from({ length: many }, (_, n) => photo(`m${n}`)),
        ),
      ],
    }
    const { lab, double, place } = await openLabOfBucket(t, large)
    await lab.complete()
    assert.deepEqual(photosIn(double), await inFolder(lab, place))
    const first = Object.fromEntries(double.counts)
    t.diagnostic(JSON.stringify(first))
    // Before the listing is read, a few questions are asked about the vault as a whole.
    assertAtMost(first, { ...QUESTIONS, put: ALL + many + 24 })
    double.counts.clear()
    const again = await lab.complete()
    assert.equal(again.downloads, 0)
    const night = Object.fromEntries(double.counts)
    t.diagnostic(JSON.stringify(night))
    assertAtMost(night, QUESTIONS)
    assert.ok(Object.values(QUESTIONS).every((most) => most < many))
  })

  test('is verified by what the server states, and with --content by its bytes: what changed is found, and fetched again', async (t) => {
    let photosRead = 0
    const { lab, double } = await openLabOfBucket(t, world, {
      trouble: (kind, _, key) => {
        if (kind === 'get' && key.endsWith('.jpg')) photosRead += 1
        return undefined
      },
    })
    await lab.complete()
    const root = 's3://photos/vault'
    const stated = await lab.verify({ root })
    assert.equal(stated.exitCode, 0)
    assert.match(stated.message, /: 6 files as the server states them \(size and ETag\); --content reads them\.$/)
    assert.equal(photosRead, 0)
    assert.equal((await lab.verify({ root, content: true })).exitCode, 0)
    assert.equal(photosRead, ALL)

    const [key, object] = [...double.objects].find(([each]) => each.endsWith('a.jpg')) ?? []
    assert.ok(key && object)
    const bytes = Buffer.from(object.bytes).fill(7, 0, 1)
    // A server whose disk has rotten states what it knew.
    double.objects.set(key, { ...object, bytes })
    assert.equal((await lab.verify({ root })).exitCode, 0)
    assert.equal((await lab.verify({ root, content: true })).exitCode, 3)
    const { downloads } = await lab.complete()
    assert.equal(downloads, 1)
    assert.equal(md5(double.objects.get(key)?.bytes ?? Buffer.alloc(0)), md5(object.bytes))

    // Somebody has put other bytes there.
    double.objects.set(key, { ...object, bytes, etag: md5(bytes) })
    const found = await lab.verify({ root })
    assert.equal(found.exitCode, 3)
    assert.deepEqual(
      found.problems.map(({ kind, name }) => [kind, name]),
      [['damaged', key.replace(/^vault\//, '')]],
    )
    assert.equal((await lab.complete()).downloads, 1)
  })

  test('follows changes: what moves costs no download, what is replaced lies in the history', async (t) => {
    const { lab, double, place } = await openBucketLab(t)
    await lab.complete()
    lab.change(
      (w) => renameFolder(w, idFrom('node Travel', 6), 'Journeys'),
      (w) => renameAlbum(w, norway, 'Norge'),
      (w) => moveImage(w, b.key, norway, italy),
      (w) => editImage(w, c.key, { caption: 'Another caption' }),
    )
    const moved = await lab.complete()
    assert.equal(moved.downloads, 0)
    assert.deepEqual(photosIn(double), await inFolder(lab, place))
    lab.change(
      (w) => replaceImage(w, a.key, photo('another').bytes),
      (w) => removeImage(w, italy, b.key),
    )
    const replaced = await lab.complete()
    assert.equal(replaced.downloads, 1)
    assert.equal([...double.objects.keys()].filter((key) => /history\/.*\/a\.jpg$/.test(key)).length, 1)
    assert.equal((await lab.verify({ root: 's3://photos/vault' })).exitCode, 0)
  })

  test('goes on from another machine, which has no state, without a download from SmugMug', async (t) => {
    const { lab, place } = await openBucketLab(t)
    await lab.complete()
    const elsewhere = await lab.complete({ settings: { stateFolder: join(place, 'other machine') } })
    assert.equal(elsewhere.downloads, 0)
    assert.equal(elsewhere.totals.kept, ALL)
  })

  test('that another computer holds is left as it is, and the run says who holds it', async (t) => {
    const { lab, double, place } = await openBucketLab(t)
    await lab.complete()
    const lock = 'vault/.smugmug-backup/locks/0123456789abcdef-other'
    const bytes = Buffer.from('{"pid":1,"host":"studio","since":"2026-11-26T02:30:11.000Z","operation":"backup"}')
    double.objects.set(lock, { bytes, etag: md5(bytes), modified: Date.now(), metadata: {}, storageClass: 'STANDARD' })
    const before = [...double.objects.keys()].toSorted()
    for (const stateFolder of [join(place, 'state'), join(place, 'other machine')])
      await assert.rejects(lab.backup({ settings: { stateFolder } }), { exitCode: 6, message: /backup on studio/ })
    assert.deepEqual([...double.objects.keys()].toSorted(), before)
    double.objects.delete(lock)
    await lab.complete()
  })

  test('that turns a large photo away for a moment gets it again; for ever, the run ends with 5', async (t) => {
    const { place, settings: common } = await openBucketLab(t)
    const large = photo('large', { bytes: { kind: 'seeded', seed: 'large', size: 1_500_000, starts: 'jpg' } })
    const slow: S3Trouble = { status: 503, code: 'SlowDown' }
    const cases: readonly (readonly [string, readonly S3Trouble[], number])[] = [
      ['passing', [slow, 'garbage', { cut: 0, applied: true }], 0],
      ['lasting', Array.from({ length: 50 }, () => slow), 5],
    ]
    for (const [name, troubles, exitCode] of cases) {
      let met = 0
      const double = await startS3Double({
        trouble: (kind, _, key) => (kind === 'put' && key.endsWith('large.jpg') ? troubles[met++] : undefined),
      })
      t.after(() => double.stop())
      const settings = { stateFolder: join(place, name), s3Endpoint: double.endpoint, maxRetries: 3, destination: 's3://photos/vault' }
      const lab = await openLab(t, { ...world, root: [albumNode('Norway', [large, a])] }, { settings: { ...common, ...settings } })
      const run = await lab.backup()
      assert.deepEqual([run.exitCode, run.problems, met], [exitCode, [], 4])
      if (exitCode === 0) assert.equal(photosIn(double).size, 2)
      else assert.match(run.message, /takes no more requests at present/)
    }
  })

  test('that is empty although it held a vault ends the run before anything is fetched', async (t) => {
    const { lab, double, settings } = await openBucketLab(t)
    await lab.complete()
    double.objects.clear()
    await assert.rejects(lab.backup(), /is empty, but it held a vault/)
    const request = { settings: { ...defaultSettings, ...settings }, emit: () => undefined, signal: new AbortController().signal }
    await assert.rejects(runStatus(request), { exitCode: 5, message: /is empty, but it held a vault/ })
  })

  test('that is empty although it held photos in its trash alone ends the run as well', async (t) => {
    const { lab, double, settings } = await openBucketLab(t)
    await lab.complete()
    for (const { key } of [a, b, c]) lab.change((w) => removeImage(w, norway, key))
    for (const name of ['Italy', 'Top']) lab.change((w) => removeAlbum(w, albumKey(world, name)))
    await lab.backup({ settings: { onVanished: 'trash', maxVanished: 100 } })
    assert.deepEqual([photosIn(double).size, [...double.objects.keys()].filter((key) => key.includes('/trash/')).length], [0, ALL])
    double.objects.clear()
    await assert.rejects(lab.backup(), /is empty, but it held a vault/)
    const request = { settings: { ...defaultSettings, ...settings }, emit: () => undefined, signal: new AbortController().signal }
    await assert.rejects(runStatus(request), { exitCode: 5, message: /is empty, but it held a vault/ })
  })

  test('that has nothing of a first run which was let down before its first file goes on at once', async (t) => {
    const { lab, double } = await openBucketLab(t)
    double.habits.trouble = (kind, _, key) =>
      kind === 'put' && !key.includes('/locks/') ? { status: 403, code: 'AccessDenied' } : undefined
    assert.equal((await lab.backup()).exitCode, 5)
    double.habits.trouble = () => undefined
    assert.deepEqual([...double.objects.keys()], [])
    assert.equal((await lab.complete()).totals.stored, ALL)
  })

  test('whose records may not be read is not called damaged by them: it is said who refuses', async (t) => {
    const { lab, double } = await openBucketLab(t)
    await lab.complete()
    double.habits.trouble = (kind) => (kind === 'get' ? { status: 403, code: 'AccessDenied' } : undefined)
    const { exitCode, problems } = await lab.verify({ root: 's3://photos/vault' })
    assert.equal(exitCode, 3)
    assert.ok(problems.length > 0)
    for (const { name, reason } of problems)
      assert.match(reason, /^it cannot be read(?:: 127\.0\.0\.1:\d+ does not let this access key read it \(403 AccessDenied\))?; /, name)
    double.habits.trouble = () => undefined
    await lab.complete()
    assert.equal((await lab.verify({ root: 's3://photos/vault' })).exitCode, 0)
  })

  const blockers: Readonly<Record<string, readonly string[]>> = {
    'Travel/Norge is a file, where a folder should be: move that file away': ['Travel/Norge', 'Travel/Norge/x'],
    'Travel/Norge/a.jpg is a folder, where a file should be: move that folder away': ['Travel/Norge/a.jpg', 'Travel/Norge/a.jpg/x'],
  }
  for (const [says, paths] of Object.entries(blockers)) {
    test(`with a key that is both a file and a folder asks a person: ${says}`, async (t) => {
      const { lab, double } = await openBucketLab(t)
      await lab.complete()
      const bytes = Buffer.from('mine')
      const object = { bytes, etag: md5(bytes), modified: Date.now(), metadata: {}, storageClass: 'STANDARD' }
      for (const path of paths) double.objects.set(`vault/${path}`, object)
      lab.change((w) => renameAlbum(w, norway, 'Norge'))
      for (const _night of [1, 2]) {
        const { exitCode, problems } = await lab.backup()
        assert.deepEqual([exitCode, problems.map(({ needsYou }) => needsYou)], [3, [true]])
        assert.ok(problems[0]?.reason.endsWith(`: in the vault ${says}`), problems[0]?.reason)
      }
      for (const path of paths) double.objects.delete(`vault/${path}`)
      await lab.complete()
    })
  }

  test('around another one takes nothing from it', async (t) => {
    const { lab, double } = await openBucketLab(t)
    await lab.complete()
    const inner = new Map([...double.objects].map(([key, { etag }]) => [key, etag]))
    await lab.complete({ settings: { destination: 's3://photos' } })
    await lab.complete({ settings: { destination: 's3://photos' } })
    for (const [key, etag] of inner) assert.equal(double.objects.get(key)?.etag, etag, key)
  })

  test('whose lock is refused ends in a sentence about the bucket, and none about a disk', async (t) => {
    const { lab, double } = await openBucketLab(t)
    const refuse = (code: string) => {
      double.habits.trouble = (kind) => (kind === 'put' ? { status: 400, code } : undefined)
    }
    const settings = { s3StorageClass: 'NONSENSE' }
    for (const code of ['InvalidStorageClass', 'InvalidArgument']) {
      refuse(code)
      await assert.rejects(lab.backup({ settings }), {
        exitCode: 2,
        message: /^127\.0\.0\.1:\d+ does not know the storage class NONSENSE\.$/,
      })
    }
    refuse('InvalidRequest')
    await assert.rejects(lab.backup(), {
      exitCode: 5,
      message: /^The lock on s3:\/\/photos\/vault could not be taken: 127\.0\.0\.1:\d+ refused it \(400 InvalidRequest\)\.$/,
      hint: /^Check \[s3\]/,
    })
  })

  test('that does not exist, or with a wrong key, ends in a sentence', async (t) => {
    const { lab } = await openBucketLab(t)
    await assert.rejects(lab.backup({ settings: { destination: 's3://other-bucket/vault' } }), { exitCode: 5 })
    await assert.rejects(lab.backup({ settings: { s3AccessKeyId: 'WRONG' } }), { exitCode: 5 })
  })
})

test('the nasty world lies in a bucket as it lies in a folder, name for name and byte for byte', async (t) => {
  const { double, place, settings } = await openBucketLab(t)
  const lab = await openLab(t, nastyWorld())
  const inBucket = await lab.backup({ settings })
  const root = mkdtempSync(join(place, 'folder-'))
  const inFolder = await lab.backup({ settings: { destination: root } })
  assert.equal(inBucket.exitCode, inFolder.exitCode)
  assert.deepEqual({ ...inBucket.totals, durationMs: 0 }, { ...inFolder.totals, durationMs: 0 })
  const wanted = (path: string): boolean => !path.startsWith('.smugmug-backup/') && !/(^|\/)(album|tree)\.json$/.test(path)
  const held = [...double.objects].map(([key, { bytes }]) => [key.replace(/^vault\//, ''), md5(bytes)] as const)
  assert.deepEqual(
    held.filter(([path]) => wanted(path)).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    [...filesBelow(root, wanted)],
  )
  const again = { inBucket: await lab.backup({ settings }), inFolder: await lab.backup({ settings: { destination: root } }) }
  assert.deepEqual({ ...again.inBucket.totals, durationMs: 0 }, { ...again.inFolder.totals, durationMs: 0 })
})
