/** Disks that refuse, in words that nobody expects: calls are refused below Node, in a process of its own. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type Refusal, refusingDisk } from '../../../test/support/refusing-disk.ts'

const { EPERM, EINVAL, ENOSYS, EOVERFLOW, EIO, EISDIR, EOPNOTSUPP, ENOTTY, EDQUOT, ESTALE, EFBIG, ENOSPC } = constants.errno
const EUCLEAN = 117

const run = promisify(execFile)

/** Runs a program on a vault on such a disk: `storage` and `put` are there, `result` is returned. */
async function onDisk(
  t: TestContext,
  refusals: readonly Refusal[],
  program: string,
): Promise<{ root: string; result: unknown } | undefined> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'refusals-')))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const env = refusingDisk(t, root, refusals)
  if (env === undefined) return undefined
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const script = `
    const { openFolder } = await import(${at('folder.ts')})
    const { appendTo, linkFile, moveEntry, setMtime } = await import(${at('abilities.ts')})
    const { Catalogue } = await import(${at('../catalogue/catalogue.ts')})
    const storage = openFolder(${JSON.stringify(root)})
    const catalogue = () => Catalogue.open({ path: ${JSON.stringify(join(root, 'catalogue.sqlite'))}, mode: 'write' })
    const put = (path, options) => storage.put(path, (async function* () { yield Buffer.from(path) })(), options)
    const refused = (work) => work.then(() => 'no error', ({ name, code, message, permanent }) => ({ name, code, message, permanent }))
    const result = await (async () => { ${program} })()
    console.log(JSON.stringify(result))
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, ...env } })
  return { root, result: JSON.parse(stdout) }
}

describe('a disk that refuses', { concurrency: 2 }, () => {
  for (const [word, errno] of Object.entries({ EISDIR, EIO, EPERM, EUCLEAN, ENOTTY })) {
    test(`hard links with ${word} gets copies`, async (t) => {
      const did = await onDisk(t, [{ call: 'link', errno }], `await put('one', { mtime: 5000 }); return linkFile(storage, 'one', 'a/two')`)
      if (did === undefined) return
      assert.equal(did.result, 'copied')
      assert.equal(readFileSync(join(did.root, 'a/two'), 'utf8'), 'one')
      assert.equal(statSync(join(did.root, 'a/two')).mtimeMs, 5000)
    })
  }

  for (const [word, errno] of Object.entries({ EPERM, EINVAL, ENOSYS, EOVERFLOW, EIO })) {
    test(`file times with ${word} keeps its photos`, async (t) => {
      const refusals: readonly Refusal[] = [
        { call: 'futimens', errno },
        { call: 'utimensat', errno },
        { call: 'fchmod', errno },
      ]
      const did = await onDisk(
        t,
        refusals,
        `await put('one', { mtime: 5000 })
         await setMtime(storage, 'one', 6000)
         await storage.copy('one', 'two')
         return 'done'`,
      )
      if (did === undefined) return
      assert.notEqual(statSync(join(did.root, 'one')).mtimeMs, 6000, 'the disk refused the time')
      assert.equal(readFileSync(join(did.root, 'two'), 'utf8'), 'one')
    })
  }

  for (const [word, errno] of Object.entries({ EINVAL, EOPNOTSUPP, ENOSYS })) {
    test(`to flush with ${word} holds photos and the catalogue`, async (t) => {
      const did = await onDisk(
        t,
        [
          { call: 'fsync', errno },
          { call: 'fdatasync', errno },
        ],
        `await put('a/one')
         await appendTo(storage, 'journal', 'line')
         const one = catalogue()
         one.setMeta('seen', 'yes')
         one.close()
         return catalogue().meta('seen')`,
      )
      assert.equal(did?.result, did && 'yes')
    })
  }

  for (const [word, errno, kind, message] of [
    ['EDQUOT', EDQUOT, 'DestinationError', /is full: your quota on this disk is used up/],
    ['ENOSPC', ENOSPC, 'DestinationError', /is full: there was no room/],
    ['ESTALE', ESTALE, 'DestinationError', /does not answer: .*stale file handle.*\(ESTALE\)/],
    ['EUCLEAN', EUCLEAN, 'DestinationError', /has errors on it/],
    ['EFBIG', EFBIG, 'StorageError', /larger than this disk takes a file/],
  ] as const) {
    test(`to write with ${word} says so`, async (t) => {
      const did = await onDisk(
        t,
        [{ call: 'write', errno }],
        `const photo = await refused(put('one', { size: 4e9 }))
         let fetched = 0
         const again = await refused(storage.put('two', (async function* () { for (;;) { fetched += 1; yield Buffer.alloc(1e6) } })(), { size: 5e9 }))
         return { photo, again, fetched, small: (await refused(put('three', { size: 5 }))).code }`,
      )
      if (did === undefined) return
      const { photo, fetched, again } = did.result as {
        photo: { name: string; message: string; permanent?: boolean }
        again: { message: string }
        fetched: number
      }
      assert.equal(photo.name, kind)
      assert.match(photo.message, message)
      assert.match(again.message, message)
      if (word !== 'EFBIG') return
      assert.equal(photo.permanent, true)
      assert.equal(fetched, 1)
    })
  }

  test('a full quota is reported before the lock, too', async (t) => {
    const did = await onDisk(
      t,
      [{ call: 'write', errno: EDQUOT }],
      `const { lockVault } = await import(${JSON.stringify(new URL('../home/lock.ts', import.meta.url).href)})
       return refused((async () => lockVault({ home: storage.location + '/.smugmug-backup', location: storage.location }, { operation: 'backup', version: '1' }))())`,
    )
    if (did === undefined) return
    assert.match((did.result as { message: string }).message, /is full, or your quota on it is used up: the vault cannot be locked\.$/)
  })

  test('a full quota is also reported for the catalogue, which SQLite calls a broken disk', async (t) => {
    const did = await onDisk(
      t,
      [{ call: 'write', errno: EDQUOT }],
      `return refused((async () => { const one = catalogue(); one.setMeta('seen', 'yes'); one.close() })())`,
    )
    if (did === undefined) return
    assert.match((did.result as { message: string }).message, /^The disk is full, or your quota on it is used up: the catalogue /)
  })
})
