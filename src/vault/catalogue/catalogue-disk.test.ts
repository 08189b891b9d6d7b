import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { DestinationError } from '../../errors.ts'
import { FakeClock } from '../../flow/clock.ts'
import { layout } from '../layout.ts'
import { openMemory } from '../storage/memory.ts'
import { openVault } from '../vault.ts'
import { Catalogue } from './catalogue.ts'
import { copyDatabase, type DatabaseOptions, mustRollBack } from './database.ts'
import { migrations } from './migrations.ts'
import type { FileRow } from './rows.ts'

const place = (t: TestContext): { readonly folder: string; readonly path: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, path: join(folder, 'catalogue.sqlite') }
}

/** Opens one that is closed at the test's end, if it is still open then. */
const open = (t: TestContext, options: DatabaseOptions): Catalogue => {
  const catalogue = Catalogue.open(options)
  t.after(() => {
    try {
      catalogue.close()
    } catch {
      // The test has closed it, or broken its file on purpose.
    }
  })
  return catalogue
}

const write = (t: TestContext, path: string): Catalogue => open(t, { path, mode: 'write' })

const file = (n: number, name = `${n}.jpg`): FileRow => ({
  albumKey: 'K',
  imageKey: `i${n}`,
  component: '',
  name,
  size: n,
  md5: `md5 ${n}`,
  sha256: `sha256 ${n}`,
  grade: 'original',
  serial: 0,
  toldSize: undefined,
  toldMd5: undefined,
  state: 'held',
  captured: undefined,
})

/** Returns the rows that another process finds committed. */
const committed = (path: string): number => {
  const catalogue = Catalogue.open({ path, mode: 'read' })
  try {
    return catalogue.files('K').length
  } finally {
    catalogue.close()
  }
}

/** A catalogue of some pages, closed. */
const filled = (path: string, rows = 300): void => {
  const catalogue = Catalogue.open({ path, mode: 'write' })
  for (let n = 0; n < rows; n += 1) {
    catalogue.putFile(file(n, `${n} ${'x'.repeat(200)}.jpg`))
    catalogue.strays.see({ path: `stray ${n}`, size: n, mark: `${n}` }, 1)
  }
  catalogue.putAlbum({
    key: 'K',
    nodeId: undefined,
    name: 'K',
    urlPath: '/K',
    folder: 'K',
    imageCount: 1,
    lastUpdated: undefined,
    imagesLastUpdated: undefined,
    listedAt: undefined,
    vanishedAt: undefined,
  })
  catalogue.close()
}

const schemaOf = (path: string): readonly unknown[] => {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return [db.prepare('PRAGMA user_version').get(), db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()]
  } finally {
    db.close()
  }
}

describe('something else in the place of the catalogue', () => {
  for (const [what, make] of Object.entries({
    'a link to a file outside': (path: string, outside: string) => symlinkSync(outside, path),
    'a link to a device': (path: string) => symlinkSync('/dev/zero', path),
    'a pipe': (path: string) => execFileSync('mkfifo', [path]),
    'a folder': (path: string) => mkdirSync(path),
  })) {
    test(`${what} is refused, and nothing is written behind it`, { timeout: 10_000 }, (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const { folder, path } = place(t)
      const outside = join(folder, 'outside')
      writeFileSync(outside, '')
      make(path, outside)
      for (const mode of ['write', 'read', 'pretend'] as const)
        assert.throws(() => open(t, { path, mode }), {
          name: 'DestinationError',
          message: /is no file, but a (link|folder or a device)\.$/,
        })
      assert.equal(statSync(outside).size, 0)
    })

    test(`${what} in place of its journal is refused, and not waited for`, { timeout: 10_000 }, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const { folder, path } = place(t)
      write(t, path).close()
      make(`${path}-journal`, join(folder, 'outside'))
      const refused = { name: 'DestinationError', message: /-journal is no file, but a (link|folder or a device)\.$/ }
      for (const mode of ['write', 'read', 'pretend'] as const) assert.throws(() => open(t, { path, mode }), refused)
      assert.throws(() => mustRollBack(path), refused)
      await assert.rejects(copyDatabase(path, join(folder, 'copy')), refused)
    })
  }
})

describe('migrations', () => {
  test('a new catalogue has taken every step, and takes none twice', (t) => {
    const { path } = place(t)
    write(t, path).close()
    const made = schemaOf(path)
    assert.deepEqual({ ...(made[0] as object) }, { user_version: migrations.length })
    const catalogue = write(t, path)
    catalogue.putFile(file(1))
    catalogue.close()
    assert.deepEqual(schemaOf(path), made)
  })

  for (const [taken] of migrations.entries()) {
    test(`a catalogue of format ${taken} becomes what a new one is, in each mode that writes`, (t) => {
      const { folder, path } = place(t)
      write(t, join(folder, 'new')).close()
      const db = new DatabaseSync(path)
      for (const step of migrations.slice(0, taken)) db.exec(step)
      db.exec(`PRAGMA user_version = ${taken}`)
      db.close()
      const before = readFileSync(path)
      const pretended = open(t, { path, mode: 'pretend' })
      pretended.putFile(file(1))
      assert.equal(pretended.files('K').length, 1)
      pretended.close()
      assert.deepEqual(readFileSync(path), before)
      write(t, path).close()
      assert.deepEqual(schemaOf(path), schemaOf(join(folder, 'new')))
    })
  }

  for (const mode of ['write', 'read', 'pretend'] as const) {
    test(`a catalogue of a newer program is refused and stays as it is (${mode})`, (t) => {
      const { path } = place(t)
      filled(path)
      const db = new DatabaseSync(path)
      db.exec(`PRAGMA user_version = ${migrations.length + 1}`)
      db.close()
      const before = readFileSync(path)
      assert.throws(
        () => open(t, { path, mode }),
        (error) => {
          assert.ok(error instanceof DestinationError)
          assert.match(error.message, /made by a newer smugmug-backup/)
          assert.equal(error.hint, 'Update smugmug-backup.')
          return true
        },
      )
      assert.deepEqual(readFileSync(path), before)
    })
  }
})

describe('batches', () => {
  /** A `later` that runs when the test says so. */
  const fakeLater = () => {
    const asked: { readonly run: () => void; readonly ms: number; off: boolean }[] = []
    return {
      asked,
      later: (run: () => void, ms: number): (() => void) => {
        const entry = { run, ms, off: false }
        asked.push(entry)
        return () => {
          entry.off = true
        }
      },
    }
  }

  test('writes are one batch until what was asked for later comes, at most a second on', (t) => {
    const { path } = place(t)
    const { asked, later } = fakeLater()
    const catalogue = open(t, { path, mode: 'write', later })
    assert.equal(asked.length, 0)
    for (let n = 0; n < 5; n += 1) catalogue.putFile(file(n))
    assert.equal(asked.length, 1)
    assert.ok((asked[0]?.ms ?? 0) > 0 && (asked[0]?.ms ?? 0) <= 1000)
    assert.equal(catalogue.files('K').length, 5)
    assert.equal(committed(path), 0)

    asked[0]?.run()
    assert.equal(committed(path), 5)
    catalogue.files('K')
    assert.equal(asked.length, 1)

    catalogue.putFile(file(5))
    assert.equal(asked.length, 2)
    assert.equal(committed(path), 5)
    asked[1]?.run()
    assert.equal(committed(path), 6)
  })

  test('a flush commits at once and calls the later one off', (t) => {
    const { path } = place(t)
    const { asked, later } = fakeLater()
    const catalogue = open(t, { path, mode: 'write', later })
    catalogue.putFile(file(1))
    catalogue.flush()
    assert.equal(committed(path), 1)
    assert.equal(asked[0]?.off, true)
    catalogue.flush()
    catalogue.putFile(file(2))
    catalogue.close()
    assert.equal(asked[1]?.off, true)
    assert.equal(committed(path), 2)
  })

  test('without it only a flush or the end commits', (t) => {
    const { path } = place(t)
    const catalogue = write(t, path)
    catalogue.putFile(file(1))
    assert.equal(committed(path), 0)
    catalogue.flush()
    assert.equal(committed(path), 1)
    catalogue.putFile(file(2))
    catalogue.close()
    assert.equal(committed(path), 2)
  })
})

describe('modes', () => {
  /** Everything of a folder that a dry run could change. */
  const snapshot = (folder: string): unknown =>
    readdirSync(folder)
      .toSorted()
      .map((name) => {
        const { size, mtimeNs, ctimeNs } = statSync(join(folder, name), { bigint: true })
        const hash = createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')
        return { name, size, mtimeNs, ctimeNs, hash }
      })

  test('pretending changes not a byte and no time, however much is written', async (t) => {
    const { folder, path } = place(t)
    filled(path)
    const before = snapshot(folder)
    const catalogue = open(t, { path, mode: 'pretend', later: () => assert.fail('a dry run has nothing to commit') })
    assert.equal(catalogue.readOnly, false)
    // More than the database's cache holds, so that it would have to be put somewhere.
    for (let n = 0; n < 12_000; n += 1) catalogue.putFile(file(n, `${n} ${'y'.repeat(2000)}`))
    catalogue.removeFile('K', 'i0', '')
    catalogue.setMeta('account', 'someone')
    const run = catalogue.runs.begin('backup', 1)
    catalogue.runs.end(run, { finishedAt: 2, exitCode: 0, summary: '{}' })
    catalogue.flush()
    assert.equal((await catalogue.counts.holdings()).held, 11_999)
    assert.equal(catalogue.runs.last()?.finishedAt, 2)
    assert.deepEqual(snapshot(folder), before)
    assert.equal(committed(path), 300)
    catalogue.close()
    assert.deepEqual(snapshot(folder), before)
  })

  test('pretending in an empty file leaves it empty', (t) => {
    const { folder, path } = place(t)
    writeFileSync(path, '')
    const before = snapshot(folder)
    const catalogue = open(t, { path, mode: 'pretend' })
    catalogue.putFile(file(1))
    assert.equal(catalogue.files('K').length, 1)
    catalogue.close()
    assert.deepEqual(snapshot(folder), before)
  })

  test('who only reads sees what is committed, and can change nothing', (t) => {
    const { folder, path } = place(t)
    filled(path, 3)
    const before = snapshot(folder)
    const reader = open(t, { path, mode: 'read' })
    assert.equal(reader.readOnly, true)
    assert.equal(reader.files('K').length, 3)
    assert.deepEqual(reader.check(), [])
    assert.throws(() => reader.putFile(file(9)), DestinationError)
    reader.close()
    assert.deepEqual(snapshot(folder), before)

    const writer = write(t, path)
    writer.putFile(file(9))
    const second = open(t, { path, mode: 'read' })
    assert.equal(second.files('K').length, 3)
    writer.flush()
    assert.equal(second.files('K').length, 4)
  })

  test('reading where nothing is makes nothing', (t) => {
    const { folder, path } = place(t)
    assert.throws(() => open(t, { path, mode: 'read' }), DestinationError)
    assert.deepEqual(readdirSync(folder), [])
  })

  test('a folder that is not there is a destination that cannot be used', async (t) => {
    const { folder } = place(t)
    for (const mode of ['write', 'read', 'pretend'] as const) {
      assert.throws(() => open(t, { path: join(folder, 'none', 'catalogue.sqlite'), mode }), DestinationError)
    }
  })
})

describe('damage', () => {
  const namesRebuild = (error: unknown): boolean => {
    assert.ok(error instanceof DestinationError, `not a DestinationError: ${String(error)}`)
    assert.match(error.message, /is damaged .*Your photos are not affected/)
    assert.match(error.hint ?? '', /`smugmug-backup rebuild`/)
    return true
  }

  /** Opens it and reads all there is. */
  const readAll = (options: DatabaseOptions): readonly string[] => {
    const catalogue = Catalogue.open(options)
    try {
      const complaints = catalogue.check()
      for (const { key } of catalogue.albums()) {
        catalogue.counts.states(key)
        catalogue.files(key)
      }
      catalogue.unsoundFiles()
      catalogue.runs.last()
      catalogue.meta('account')
      return complaints
    } finally {
      catalogue.close()
    }
  }

  test('what is no database', (t) => {
    const { path } = place(t)
    for (const content of ['no', 'not a database\n'.repeat(1000), '\0'.repeat(8192)]) {
      for (const mode of ['read', 'pretend', 'write'] as const) {
        writeFileSync(path, content)
        assert.throws(() => readAll({ path, mode }), namesRebuild)
        assert.equal(readFileSync(path, 'latin1'), content)
      }
    }
  })

  test('a database that was cut short is found out when it is opened, wherever it was cut', (t) => {
    const { path } = place(t)
    filled(path)
    const whole = readFileSync(path)
    const cuts = [2, 100, 511, 512, 4095, 4096, 8192, whole.length - 4096, whole.length - 1]
    for (const cut of cuts) {
      for (const mode of ['read', 'pretend', 'write'] as const) {
        writeFileSync(path, whole.subarray(0, cut))
        assert.throws(() => Catalogue.open({ path, mode }), namesRebuild, `cut to ${cut}, ${mode}`)
      }
    }
  })

  test('an overwritten part is found by the check, or by the next reader; nothing else is ever thrown', (t) => {
    const { path } = place(t)
    filled(path)
    const whole = readFileSync(path)
    const found = { sound: 0, damaged: 0 }
    // From the second page on: the first begins with what SQLite calls a format it does not know.
    const overwritten = fc.tuple(fc.integer({ min: 4096, max: whole.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 4096 }))
    fc.assert(
      fc.property(overwritten, ([at, bytes]) => {
        const broken = Buffer.from(whole)
        broken.set(bytes.subarray(0, whole.length - at), at)
        writeFileSync(path, broken)
        try {
          found[readAll({ path, mode: 'read' }).length === 0 ? 'sound' : 'damaged'] += 1
        } catch (error) {
          namesRebuild(error)
          found.damaged += 1
        }
      }),
      { numRuns: 60 },
    )
    assert.ok(found.damaged > 5, `only ${found.damaged} of ${found.damaged + found.sound} found`)
  })

  test('damage among the strays', (t) => {
    const { path } = place(t)
    filled(path)
    const whole = readFileSync(path)
    let met = 0
    for (let page = 1; page < whole.length / 4096; page += 1) {
      writeFileSync(path, Buffer.from(whole).fill(0xa5, page * 4096, (page + 1) * 4096))
      try {
        const catalogue = Catalogue.open({ path, mode: 'read' })
        try {
          for (const _stray of catalogue.strays.each());
        } finally {
          catalogue.close()
        }
      } catch (error) {
        namesRebuild(error)
        met += 1
      }
    }
    assert.ok(met > 1)
  })

  test('a database of a format that SQLite does not know, or of somebody else', (t) => {
    const { path } = place(t)
    filled(path)
    const broken = readFileSync(path)
    broken[47] = 99
    writeFileSync(path, broken)
    for (const mode of ['read', 'pretend', 'write'] as const) assert.throws(() => readAll({ path, mode }), namesRebuild)
    rmSync(path)
    const db = new DatabaseSync(path)
    db.exec('CREATE TABLE meta (x)')
    db.close()
    for (const mode of ['read', 'pretend', 'write'] as const) assert.throws(() => readAll({ path, mode }), namesRebuild)
  })

  test('a database that loses its end while it is open', (t) => {
    const { path } = place(t)
    filled(path, 2000)
    const catalogue = open(t, { path, mode: 'read' })
    truncateSync(path, 8192)
    assert.throws(() => catalogue.files('K'), namesRebuild)
  })
})

describe('sudden ends', { skip: process.platform === 'win32' && 'Windows has neither signal' }, () => {
  /** Runs a program of a few lines in another process; `write(n)` puts many rows, `options` are those of its catalogue. */
  const other = (path: string, program: string, limit = '') => {
    const script = `
      const { Catalogue } = await import(${JSON.stringify(new URL('catalogue.ts', import.meta.url).href)})
      const path = ${JSON.stringify(path)}
      const write = (catalogue, rows) => {
        for (let n = 0; n < rows; n += 1) catalogue.putFile({ ...${JSON.stringify(file(0))}, imageKey: 'i' + n, name: 'z'.repeat(20_000) })
      }
      const tell = (work) => {
        try { work(); return 'done' } catch (error) { return error.name + ': ' + error.message }
      }
      // Instead of dying: a disk that takes no more.
      process.on('SIGXFSZ', () => undefined)
      ${program}
    `
    const command = [process.execPath, '--input-type=module', '-e', script]
    return spawnSync('sh', ['-c', `${limit} exec "$0" "$@"`, ...command], { encoding: 'utf8' })
  }

  test('a killed process loses the batch it was in, and nothing before', (t) => {
    const { path } = place(t)
    const killed = other(
      path,
      `const catalogue = Catalogue.open({ path, mode: 'write' })
      write(catalogue, 100)
      catalogue.flush()
      write(catalogue, 200)
      process.kill(process.pid, 'SIGKILL')`,
    )
    assert.equal(killed.signal, 'SIGKILL', killed.stderr)
    const catalogue = write(t, path)
    assert.equal(catalogue.files('K').length, 100)
    assert.deepEqual(catalogue.check(), [])
  })

  /** A process killed while a batch was on its way to the disk. */
  const killedMidway = (path: string): void => {
    filled(path)
    const killed = other(
      path,
      `const catalogue = Catalogue.open({ path, mode: 'write' })
      write(catalogue, 1200)
      process.kill(process.pid, 'SIGKILL')`,
    )
    assert.equal(killed.signal, 'SIGKILL', killed.stderr)
    assert.ok(statSync(`${path}-journal`).size > 0, 'the batch was too small to show anything')
  }

  test('a batch that was half on the disk is taken back by the next run', (t) => {
    const { path } = place(t)
    killedMidway(path)
    const catalogue = write(t, path)
    assert.equal(catalogue.files('K').length, 300)
    assert.deepEqual(catalogue.check(), [])
  })

  for (const mode of ['read', 'pretend'] as const) {
    test(`who opens the vault to ${mode} can do so after it, too, and changes nothing on the disk`, async (t) => {
      const { path } = place(t)
      killedMidway(path)
      const root = mkdtempSync(join(tmpdir(), 'smugmug-backup-killed-'))
      t.after(() => rmSync(root, { recursive: true, force: true }))
      mkdirSync(join(root, '.smugmug-backup'))
      const there = join(root, layout.catalogue)
      copyFileSync(path, there)
      copyFileSync(`${path}-journal`, `${there}-journal`)
      const before = [readFileSync(there), readFileSync(`${there}-journal`)]
      const holder = { pid: 1, host: 'here', since: '', operation: 'status' }
      const vault = await openVault({
        home: dirname(there),
        location: root,
        folders: [root],
        mode,
        storage: openMemory(),
        clock: new FakeClock(),
        holder,
      })
      assert.equal(vault.catalogue.files('K').length, 300)
      await vault.close()
      assert.deepEqual([readFileSync(there), readFileSync(`${there}-journal`)], before)
    })
  }

  test('who opens the vault to read while a run is in the middle of a batch sees what was there before it', async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'smugmug-backup-running-'))
    t.after(() => rmSync(root, { recursive: true, force: true }))
    mkdirSync(join(root, '.smugmug-backup'))
    const path = join(root, layout.catalogue)
    filled(path)
    const running = write(t, path)
    const holder = { pid: 1, host: 'here', since: '', operation: 'status' }
    for (let batch = 0; batch < 20; batch += 1) {
      running.putFile(file(1000 + batch))
      assert.ok(existsSync(`${path}-journal`))
      assert.equal(mustRollBack(path), false)
      const vault = await openVault({
        home: dirname(path),
        location: root,
        folders: [root],
        mode: 'read',
        storage: openMemory(),
        clock: new FakeClock(),
        holder,
      })
      assert.equal(vault.catalogue.files('K').length, 300 + batch)
      await vault.close()
      running.flush()
    }
  })

  test('a full disk is reported when the batch ends; closing hides nothing and leaves no lock', (t) => {
    const { path } = place(t)
    filled(path)
    const { stdout, stderr } = other(
      path,
      `const catalogue = Catalogue.open({ path, mode: 'write' })
      write(catalogue, 100)
      console.log(tell(() => catalogue.flush()))
      console.log(tell(() => write(catalogue, 1)))
      console.log(tell(() => catalogue.close()))
      console.log(tell(() => Catalogue.open({ path, mode: 'write' }).close()))`,
      'ulimit -f 1000;',
    )
    const refused = `DestinationError: The catalogue ${path} cannot be read or written (disk I/O error).`
    assert.deepEqual(stdout.split('\n'), [refused, refused, 'done', 'done', ''], stderr)
    assert.equal(committed(path), 300)
  })

  test('when the batch ended in the background, the next write reports it', (t) => {
    const { path } = place(t)
    filled(path)
    const { stdout, stderr } = other(
      path,
      `let later
      const catalogue = Catalogue.open({ path, mode: 'write', later: (run) => { later = run; return () => undefined } })
      write(catalogue, 100)
      console.log(tell(() => later()))
      console.log(tell(() => write(catalogue, 1)))`,
      'ulimit -f 1000;',
    )
    assert.match(stdout, /^done\nDestinationError: /, stderr)
  })
})

describe('a full disk', () => {
  /** A small disk with a catalogue on it, where this process may mount one. */
  const smallDisk = (t: TestContext): string | undefined => {
    const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { stdio: 'ignore' })
    } catch {
      rmSync(folder, { recursive: true })
      t.skip('mounting a disk is not permitted here')
      return undefined
    }
    t.after(() => {
      // Lazily: what the test has opened is closed later.
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    })
    const path = join(folder, 'catalogue.sqlite')
    filled(path, 10)
    return path
  }

  const isFull = (error: unknown): boolean => {
    assert.ok(error instanceof DestinationError, `not a DestinationError: ${String(error)}`)
    assert.match(error.message, /^The disk is full, or your quota on it is used up: the catalogue .* could not be written\.$/)
    assert.match(error.hint ?? '', /^Make room on the destination/)
    return true
  }

  const tooMuch = (catalogue: Catalogue): void => {
    for (let n = 0; n < 500; n += 1) catalogue.putFile(file(n, 'z'.repeat(2000)))
  }

  test('is reported by every write and flush until the end', (t) => {
    const path = smallDisk(t)
    if (path === undefined) return
    const catalogue = write(t, path)
    tooMuch(catalogue)
    assert.throws(() => catalogue.flush(), isFull)
    assert.throws(() => catalogue.setMeta('a', 'b'), isFull)
    assert.throws(() => catalogue.flush(), isFull)
    catalogue.close()
    assert.equal(committed(path), 10)
  })

  test('found in the background, is reported by the next flush', (t) => {
    const path = smallDisk(t)
    if (path === undefined) return
    let commit = (): void => assert.fail('nothing was asked for')
    const later: DatabaseOptions['later'] = (run) => {
      commit = run
      return () => undefined
    }
    const catalogue = open(t, { path, mode: 'write', later })
    tooMuch(catalogue)
    commit()
    assert.throws(() => catalogue.flush(), isFull)
  })

  test('found at the end, is reported, and the file is closed all the same', (t) => {
    const path = smallDisk(t)
    if (path === undefined) return
    const catalogue = write(t, path)
    tooMuch(catalogue)
    assert.throws(() => catalogue.close(), isFull)
    const next = write(t, path)
    next.putFile(file(11))
    next.close()
    assert.equal(committed(path), 11)
  })
})
