/** The copy of the catalogue in the bucket: another machine goes on from it, and it costs little. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { editImage, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { makeKey, runRebuild } from '../../src/app/app.ts'
import { openLabOfBucket } from '../support/bucket-lab.ts'
import type { RunOutcome } from '../support/lab.ts'
import { realDisk } from '../support/real-disk.ts'
import type { S3Double } from '../support/s3-double.ts'

const many = Array.from({ length: 60 }, (_, at) => photo(`p${at}`))
const [a] = many
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', many)]), albumNode('Top', [photo('t1')])],
}
const ALL = 61

/** The files of the copy by number, and the kind of each. */
const copyIn = (double: S3Double): readonly string[] =>
  [...double.objects]
    .filter(([key]) => key.includes('/catalogue/'))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, { bytes }]) => {
      const kind = gunzipSync(bytes).subarray(0, 6).toString('latin1') === 'SQLite' ? 'snapshot' : 'changes'
      return `${Number(/(\d{8})\.[^/]*gz/.exec(key)?.[1])} ${kind}`
    })

const isRebuilt = ({ events }: RunOutcome): boolean => events.some((event) => event.event === 'warning' && /made anew/.test(event.message))
const isTaken = ({ events }: RunOutcome): boolean =>
  events.some((event) => event.event === 'warning' && /taken from its copy/.test(event.message))

async function open(t: TestContext) {
  const opened = await openLabOfBucket(t, world)
  const { lab, place } = opened
  const caption = (text: string) => lab.change((w) => editImage(w, a?.key ?? '', { caption: text }))
  const on = (machine: string) => ({ settings: { stateFolder: join(place, machine) } })
  return { ...opened, caption, on }
}

describe("the catalogue's copy in the bucket", () => {
  test('is a snapshot, and a small change-set a run; an unchanged night adds one of them at most', async (t) => {
    const { lab, double, caption } = await open(t)
    await lab.complete()
    assert.deepEqual(copyIn(double), ['1 snapshot'])
    await lab.complete()
    assert.deepEqual(copyIn(double), ['1 snapshot', '2 changes'])
    const sizes = [...double.objects].filter(([key]) => key.includes('/catalogue/')).map(([, { bytes }]) => bytes.length)
    t.diagnostic(`snapshot and change-set: ${sizes.join(', ')} bytes`)
    assert.ok((sizes[1] ?? 0) < 1500, `${sizes[1]} bytes`)
    caption('one')
    await lab.complete()
    assert.deepEqual(copyIn(double), ['1 snapshot', '2 changes', '3 changes'])
  })

  test('begins anew with a snapshot once the change-sets have outgrown half of it', async (t) => {
    const { lab, double } = await open(t)
    const seen: (readonly string[])[] = []
    for (let run = 0; run < 20 && (run < 2 || seen.at(-1)?.length !== 1); run += 1) {
      await lab.complete()
      seen.push(copyIn(double))
    }
    assert.match(seen.at(-1)?.[0] ?? '', /^\d+ snapshot$/)
    assert.ok(seen.length > 3, JSON.stringify(seen))
  })

  test('lets another machine go on without a rebuild, also one that was here before', async (t) => {
    const { lab, caption, on } = await open(t)
    await lab.complete()
    caption('one')
    await lab.complete()
    const second = await lab.complete(on('second'))
    assert.deepEqual([second.downloads, second.totals.kept, isTaken(second), isRebuilt(second)], [0, ALL, true, false])
    caption('two')
    await lab.complete(on('second'))
    // Its own catalogue is older than the vault: every file would have to be read.
    const { downloads, totals, events, listings } = await lab.complete()
    assert.deepEqual([downloads, totals.kept, listings], [0, ALL, 0])
    assert.ok(events.every((event) => event.event !== 'warning'))
    const third = await lab.complete(on('third'))
    assert.deepEqual([third.downloads, third.totals.kept, isTaken(third), third.listings], [0, ALL, true, 0])
  })

  test('that is not whole is left, and the catalogue is made anew from the records', async (t) => {
    const { lab, double, on } = await open(t)
    await lab.complete()
    await lab.complete()
    const keys = [...double.objects.keys()].filter((key) => key.includes('/catalogue/')).toSorted()
    for (const [machine, harm] of [
      [
        'cut',
        (key: string, bytes: Buffer) => double.objects.set(key, { ...double.objects.get(key), bytes: bytes.subarray(0, -9) } as never),
      ],
      ['other', (key: string) => double.objects.set(key, { ...double.objects.get(key), bytes: gzipSync('another file') } as never)],
      ['gone', (key: string) => double.objects.delete(key)],
    ] as const) {
      const [snapshot = ''] = keys
      const whole = double.objects.get(snapshot)
      assert.ok(whole)
      harm(snapshot, whole.bytes)
      const outcome = await lab.complete(on(machine))
      assert.deepEqual([outcome.downloads, outcome.totals.kept, isRebuilt(outcome), isTaken(outcome)], [0, ALL, true, false])
      for (const key of [...double.objects.keys()].filter((each) => each.includes('/catalogue/')))
        if (!keys.includes(key)) double.objects.delete(key)
      double.objects.set(snapshot, whole)
    }
  })

  test('that the server refuses to give ends the run, and no run of another machine is lost', async (t) => {
    const { lab, double, caption, on } = await open(t)
    await lab.complete(on('second'))
    await lab.complete()
    caption('changed')
    await lab.complete()
    const before = [...double.objects].map(([key, { etag }]) => `${key} ${etag}`)
    const denied = { status: 403, code: 'AccessDenied' }
    for (const [file, trouble, words] of [
      ['/catalogue/', denied, 'does not let this access key read'],
      ['/state.', denied, 'does not let this access key read'],
      ['/catalogue/', { status: 404, code: 'NoSuchKey' }, 'is not in the bucket'],
    ] as const) {
      double.habits.trouble = (kind, _, key) => (kind === 'get' && key.includes(file) ? trouble : undefined)
      for (const machine of ['second', 'third'])
        await assert.rejects(lab.backup(on(machine)), {
          exitCode: 5,
          message: new RegExp(`^The catalogue cannot be taken from its copy in s3://photos/vault: .*${words}`),
        })
    }
    assert.deepEqual(
      [...double.objects].map(([key, { etag }]) => `${key} ${etag}`),
      before,
    )
    double.habits.trouble = () => undefined
    for (const machine of ['second', 'third']) {
      const { downloads, totals } = await lab.complete(on(machine))
      assert.deepEqual([downloads, totals.kept], [0, ALL])
    }
  })

  test('for which this computer has no room ends the run in a sentence', async (t) => {
    const disk = realDisk(t, 'tmpfs')
    if (disk === undefined) return
    const { lab } = await open(t)
    await lab.complete()
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(join(disk, 'mine'), Buffer.alloc(bavail * bsize - 60_000))
    const there = { settings: { stateFolder: join(disk, 'state') } }
    await assert.rejects(lab.backup(there), { exitCode: 5, message: /^The catalogue cannot be taken from its copy into .*: no space left/ })
    rmSync(join(disk, 'mine'))
    assert.equal((await lab.complete(there)).downloads, 0)
  })

  test('is a snapshot again after a run that was killed, and after a rebuild', async (t) => {
    const { lab, double, place, on } = await open(t)
    await lab.complete()
    const home = join(place, 'state', 'elsewhere', readdirSync(join(place, 'state', 'elsewhere'))[0] ?? '')
    await lab.complete()
    // The catalogue of a run that was killed before it noted anything: its note is dirty.
    const note = JSON.parse(readFileSync(join(home, 'catalogue-copy.json'), 'utf8'))
    assert.equal(note.isDirty, false)
    writeFileSync(join(home, 'catalogue-copy.json'), JSON.stringify({ isDirty: true, base: note.base }))
    await lab.complete()
    assert.deepEqual(copyIn(double), ['3 snapshot'])
    await runRebuild(lab.work())
    await lab.complete()
    assert.deepEqual(copyIn(double), ['4 snapshot'])
    const other = await lab.complete(on('other'))
    assert.deepEqual([other.totals.kept, isTaken(other)], [ALL, true])
  })

  test('of a sealed vault needs the private key, else the run of another machine ends with 2', async (t) => {
    const { lab, place, on } = await open(t)
    const key = await makeKey()
    const sealed = { encryptionRecipients: [key.recipient] }
    await lab.complete({ settings: sealed })
    const identityFile = join(place, 'key.txt')
    writeFileSync(identityFile, `${key.identity}\n`)
    const { settings } = on('second')
    await assert.rejects(lab.backup({ settings: { ...settings, ...sealed } }), { exitCode: 2 })
    const second = await lab.complete({ settings: { ...settings, ...sealed, encryptionIdentityFile: identityFile } })
    assert.deepEqual([second.downloads, second.totals.kept, isTaken(second)], [0, ALL, true])
    // The first machine looks into the files that the second one sealed.
    lab.change((w) => replaceImage(w, a?.key ?? '', photo('another').bytes))
    await lab.complete({ settings: { ...settings, ...sealed, encryptionIdentityFile: identityFile } })
    await assert.rejects(lab.backup({ settings: sealed }), { exitCode: 2 })
    const first = await lab.complete({ settings: { ...sealed, encryptionIdentityFile: identityFile } })
    assert.deepEqual([first.downloads, first.totals.kept + first.totals.adopted], [0, ALL])
  })
})
