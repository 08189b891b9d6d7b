/** The disk of a copy vanishes, fills up, takes no byte, or has something else in the way: the first vault is backed up all the same. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { firstAccount } from '../campaigns/account.ts'
import { assertHolds, type EndedJson, md5s, mediaIn, openScene, promisedBy, type RunOptions } from '../scenarios/harness.ts'
import { realDisk } from '../support/real-disk.ts'
import { startS3Double } from '../support/s3-double.ts'

const ALL = promisedBy(firstAccount).length
const OUTSIDE = 'not a file of the vault'

/** A scene with a copy called usb, in a folder that is there. */
async function withCopy(t: TestContext, copy?: string) {
  const scene = await openScene(t, { world: firstAccount, env: { SMGMG_BK_SERVICE_VERIFY_DAYS: '0' } })
  const folder = copy ?? join(scene.folder, 'copy')
  mkdirSync(folder)
  const env = { SMGMG_BK_COPY_USB_DESTINATION: folder }
  const json = (args: readonly string[], more: RunOptions = {}) => scene.json(args, { ...more, env: { ...env, ...more.env } })
  return {
    ...scene,
    copy: folder,
    json,
    copying: (more?: RunOptions) => json(['copy', 'usb'], more),
    night: (more?: RunOptions) => json(['backup'], more),
  }
}

const why = ({ summary, stderr, lines }: EndedJson): string =>
  `${summary.exitCode} ${summary.message}\n${stderr}\n${JSON.stringify(lines.filter(({ event }) => event === 'problem'))}`

/** Fails unless a backup holds everything, is no failure, and warns of its copy. */
function assertOnlyWarned(backup: EndedJson, words: RegExp): void {
  assert.deepEqual([backup.summary.exitCode, backup.summary.items], [0, ALL], why(backup))
  const [warning] = backup.lines.filter(({ event, message }) => event === 'warning' && /The copy usb: /.test(message))
  assert.match(warning?.message, words)
}

describe('the disk of a copy', { concurrency: 2 }, () => {
  test('vanishes in the midst of a copying', async (t) => {
    const double = await startS3Double()
    t.after(() => double.stop())
    const scene = await withCopy(t)
    const bucket = {
      ...{ SMGMG_BK_DESTINATION: 's3://photos/first', SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
      ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
    }
    assert.equal((await scene.json(['backup', '--no-copies'], { env: bucket })).summary.exitCode, 0)
    let read = 0
    double.habits.trouble = (kind, _, key) => {
      if (kind === 'get' && key.endsWith('.jpg') && ++read === 8) rmSync(scene.copy, { recursive: true })
      return undefined
    }
    const gone = await scene.copying({ env: bucket })
    assert.equal(gone.summary.exitCode, 5, why(gone))
    assert.match(gone.summary.message, /^usb: The destination .* does not exist/)
    assertOnlyWarned(await scene.night({ env: bucket }), /does not exist/)
    mkdirSync(scene.copy)
    const back = await scene.json(['copy', 'usb', '--accept-changes'], { env: bucket })
    assert.equal(back.summary.exitCode, 0, why(back))
    await assertHolds(scene.copy, firstAccount)
  })

  test('is there while that of the first vault vanishes: nothing is made in its place', async (t) => {
    const double = await startS3Double()
    t.after(() => double.stop())
    const scene = await withCopy(t)
    const env = {
      ...{ SMGMG_BK_COPY_USB_DESTINATION: 's3://photos/copy', SMGMG_BK_S3_ENDPOINT: double.endpoint, SMGMG_BK_S3_REGION: 'us-east-1' },
      ...{ SMGMG_BK_S3_ACCESS_KEY_ID: 'DOUBLE', SMGMG_BK_S3_SECRET_ACCESS_KEY: 'a secret' },
    }
    assert.equal((await scene.json(['backup', '--no-copies'], { env })).summary.exitCode, 0)
    let come = 0
    double.habits.trouble = (kind, _, key) => {
      if (kind === 'put' && key.endsWith('.jpg') && ++come === 4) renameSync(scene.vault, `${scene.vault}-away`)
      return undefined
    }
    const gone = await scene.copying({ env })
    assert.equal(gone.summary.exitCode, 5, why(gone))
    assert.match(gone.summary.message, /^usb: The destination .*\/vault (?:is gone|does not exist)/)
    assert.equal(existsSync(scene.vault), false)
    renameSync(`${scene.vault}-away`, scene.vault)
    const back = await scene.copying({ env })
    assert.equal(back.summary.exitCode, 0, why(back))
  })

  test('is full', async (t) => {
    const disk = realDisk(t, 'tmpfs')
    if (disk === undefined) return
    const scene = await withCopy(t, join(disk, 'copy'))
    const filler = join(disk, 'filler')
    writeFileSync(filler, Buffer.alloc(8 * 1024 * 1024 - 150_000))
    assertOnlyWarned(await scene.night(), /is full/)
    const full = await scene.copying()
    assert.equal(full.summary.exitCode, 5, why(full))
    assert.match(full.summary.hint ?? '', /Make room/)
    truncateSync(filler, 0)
    const again = await scene.copying()
    assert.equal(again.summary.exitCode, 0, why(again))
    await assertHolds(scene.copy, firstAccount)
  })

  test('may not be written to', async (t) => {
    const scene = await withCopy(t)
    chmodSync(scene.folder, 0o777)
    for (const folder of [scene.vault, scene.home]) chmodSync(folder, 0o777)
    chmodSync(scene.copy, 0o555)
    const asUser = { unprivileged: true }
    assertOnlyWarned(await scene.night(asUser), /permission denied/)
    const refused = await scene.copying(asUser)
    assert.equal(refused.summary.exitCode, 5, why(refused))
    chmodSync(scene.copy, 0o777)
    const again = await scene.copying(asUser)
    assert.equal(again.summary.exitCode, 0, why(again))
    chmodSync(join(scene.copy, '.smugmug-backup'), 0o555)
    assertOnlyWarned(await scene.night(asUser), /read-only, or this user may not write there/)
    chmodSync(join(scene.copy, '.smugmug-backup'), 0o755)
  })

  test('may not be read: another copy is made all the same', async (t) => {
    const scene = await withCopy(t)
    for (const folder of [scene.folder, scene.vault, scene.home]) chmodSync(folder, 0o777)
    const other = join(scene.folder, 'other')
    mkdirSync(other)
    chmodSync(scene.copy, 0o311)
    const env = { SMGMG_BK_COPY_ZIP_DESTINATION: other }
    assertOnlyWarned(await scene.night({ unprivileged: true, env }), /permission denied/)
    await assertHolds(other, firstAccount)
    chmodSync(scene.copy, 0o755)
  })

  test('has a pipe, a link and a folder in the way: they stay, and the copy needs somebody', async (t) => {
    const scene = await withCopy(t)
    assert.equal((await scene.night()).summary.exitCode, 0)
    const outside = join(scene.folder, 'outside.txt')
    writeFileSync(outside, OUTSIDE)
    const [pipe = '', link = '', folder = ''] = [...(await mediaIn(scene.copy)).keys()]
      .filter((path) => /^Home\/h/.test(path))
      .map((path) => join(scene.copy, path))
    for (const path of [pipe, link, folder]) rmSync(path)
    execFileSync('mkfifo', [pipe])
    symlinkSync(outside, link)
    mkdirSync(folder)
    writeFileSync(join(folder, 'mine.txt'), 'mine')
    const blocked = await scene.copying()
    assert.deepEqual([blocked.summary.exitCode, blocked.summary.failed], [3, 3], why(blocked))
    assert.match(blocked.summary.hint ?? '', /^Look at the disk of the copy/)
    for (const { problem } of blocked.lines.filter(({ event }) => event === 'problem'))
      assert.match(
        problem.reason,
        /^the copy could not store it: it is .*, where a file should be; it is left as it is: move it away|folder/,
      )
    const backup = await scene.night()
    assert.deepEqual([backup.summary.exitCode, backup.summary.kept], [3, ALL], why(backup))
    assert.match(backup.summary.message, /The copy usb needs you\. Not complete: 3 files did not come into the copy/)
    assert.ok(lstatSync(pipe).isFIFO() && lstatSync(link).isSymbolicLink())
    assert.deepEqual([readFileSync(outside, 'utf8'), readFileSync(join(folder, 'mine.txt'), 'utf8')], [OUTSIDE, 'mine'])
    for (const path of [pipe, link, folder]) rmSync(path, { recursive: true })
    await scene.copying()
    assert.equal((await scene.night()).summary.exitCode, 0)
    assert.deepEqual(md5s(await mediaIn(scene.copy)), md5s(promisedBy(firstAccount)))
  })
})
