import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { heldBy, lockVault } from './lock.ts'

const vault = (t: TestContext): { readonly root: string; readonly folder: string } => {
  const root = mkdtempSync(join(tmpdir(), 'lock-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  return { root, folder: join(root, '.smugmug-backup') }
}

const holder = { pid: 1234, host: 'nas', since: '2026-11-03T03:00:00.000Z', operation: 'backup' }

/** Another process that locks the vault, and holds it until it is killed. Resolves when it holds it. */
const otherProcess = async (t: TestContext, folder: string) => {
  const program = `
    const { lockVault } = await import(${JSON.stringify(new URL('lock.ts', import.meta.url).href)})
    await lockVault(${JSON.stringify({ home: folder, location: dirname(folder) })}, { ...${JSON.stringify(holder)}, pid: process.pid })
    process.stdout.write('held')
    setInterval(() => globalThis.gc?.(), 10)
  `
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const started = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'exit').then(() => false)])
  assert.ok(started, errors)
  return { child, errors: () => errors }
}

describe('lockVault', () => {
  test('the second run learns who holds the vault', async (t) => {
    const { root, folder } = vault(t)
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, { ...holder, pid: 5 }), (error) => {
      assert.ok(error instanceof VaultBusyError)
      assert.match(error.message, /^Another run \(backup, process 1234 on nas, since 2026-11-0\d \d\d:\d0\) is using /)
      assert.ok(error.message.endsWith(`is using ${root}.`))
      assert.ok(error.hint)
      return true
    })
    await lock.release()
  })

  test('a vault that was let go can be locked again', async (t) => {
    const { folder } = vault(t)
    const first = await lockVault({ home: folder, location: dirname(folder) }, holder)
    await first.release()
    await first.release()
    const second = await lockVault({ home: folder, location: dirname(folder) }, holder)
    await first.release()
    await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), VaultBusyError)
    assert.ok(existsSync(join(folder, 'lock.json')))
    await second.release()
    assert.ok(!existsSync(join(folder, 'lock.json')))
  })

  test('another process keeps this one out until it dies, however it dies', async (t) => {
    const { folder } = vault(t)
    const { child, errors } = await otherProcess(t, folder)
    await assert.rejects(
      lockVault({ home: folder, location: dirname(folder) }, holder),
      (error) => error instanceof VaultBusyError && error.message.includes(`process ${child.pid} on nas`),
    )
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    assert.equal(JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8')).pid, 1234)
    await lock.release()
    assert.equal(errors(), '')
  })

  test('this process keeps another one out', async (t) => {
    const { folder } = vault(t)
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    await assert.rejects(otherProcess(t, folder), /Another run/)
    await lock.release()
    const { child } = await otherProcess(t, folder)
    child.kill('SIGKILL')
    await once(child, 'exit')
  })

  test('a run that only looks learns whether it is held, here or elsewhere, and lets go of nothing', async (t) => {
    const { folder } = vault(t)
    assert.equal(heldBy(folder), undefined, 'nothing was ever locked')
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    assert.equal(heldBy(folder)?.operation, 'backup')
    await assert.rejects(otherProcess(t, folder), /Another run/)
    await lock.release()
    assert.equal(heldBy(folder), undefined)
    const { child } = await otherProcess(t, folder)
    assert.equal(heldBy(folder)?.operation, 'backup')
    await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), VaultBusyError)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(heldBy(folder), undefined)
  })

  test('of many at once, one gets it', async (t) => {
    const { folder } = vault(t)
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockVault({ home: folder, location: dirname(folder) }, holder)),
    )
    const got = results.filter((result) => result.status === 'fulfilled')
    assert.equal(got.length, 1)
    await got[0]?.value.release()
  })

  test('a note that says nothing is no obstacle', async (t) => {
    const { root, folder } = vault(t)
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    for (const note of ['', 'null', '[]', '{"pid":', '"text"']) {
      writeFileSync(join(folder, 'lock.json'), note)
      await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), { message: `Another run is using ${root}.` })
    }
    await lock.release()
  })

  test('a destination that is not there is not made', async (t) => {
    const { root } = vault(t)
    const folder = join(root, 'unmounted', '.smugmug-backup')
    await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), DestinationError)
    assert.ok(!existsSync(join(root, 'unmounted')))
  })

  test('a disk without file locks is not called another run', async (t) => {
    const { root, folder } = vault(t)
    // SQLite's answer to a system that knows no locks (ENOLCK) is the same as to a lock that is held.
    const withoutLocks = (): never => {
      throw Object.assign(new Error('database is locked'), { errcode: 5 })
    }
    await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder, withoutLocks), (error) => {
      assert.ok(error instanceof DestinationError)
      assert.equal(error.message, `The vault ${root} cannot be locked: its disk has no file locks.`)
      assert.match(error.hint ?? '', /file locks/)
      return true
    })
    assert.deepEqual(readdirSync(folder), [])
  })

  test('nor does the question leave anything behind when there is another run', async (t) => {
    const { folder } = vault(t)
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), VaultBusyError)
    assert.deepEqual(
      readdirSync(folder).filter((name) => !/^lock\.(?:json|sqlite|sqlite-journal)$/.test(name)),
      [],
    )
    await lock.release()
  })

  test('a note that cannot be removed again is no bug', async (t) => {
    const { folder } = vault(t)
    const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
    // Node refuses to remove a folder as a file, as an append-only folder refuses a file.
    rmSync(join(folder, 'lock.json'))
    mkdirSync(join(folder, 'lock.json'))
    await lock.release()
    const again = await lockVault({ home: folder, location: dirname(folder) }, holder)
    await again.release()
  })

  for (const [what, make] of [
    ['a link', (path: string, outside: string) => symlinkSync(outside, path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
  ] as const) {
    test(`${what} in place of the note is left alone`, async (t) => {
      const { root, folder } = vault(t)
      mkdirSync(folder)
      writeFileSync(join(root, 'theirs'), 'theirs')
      make(join(folder, 'lock.json'), join(root, 'theirs'))
      const lock = await lockVault({ home: folder, location: dirname(folder) }, holder)
      await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), { message: `Another run is using ${root}.` })
      assert.deepEqual(heldBy(folder), {})
      await lock.release()
      assert.equal(readFileSync(join(root, 'theirs'), 'utf8'), 'theirs')
      assert.ok(readdirSync(folder).includes('lock.json'))
    })

    for (const name of ['lock.sqlite', 'lock.sqlite-journal']) {
      test(`${what} in place of ${name} is not opened`, { timeout: 10_000 }, async (t) => {
        const { root, folder } = vault(t)
        await (await lockVault({ home: folder, location: dirname(folder) }, holder)).release()
        rmSync(join(folder, name), { force: true })
        make(join(folder, name), join(root, 'theirs'))
        assert.equal(heldBy(folder), undefined)
        await assert.rejects(lockVault({ home: folder, location: dirname(folder) }, holder), DestinationError)
        assert.ok(!existsSync(join(root, 'theirs')))
      })
    }
  }
})
