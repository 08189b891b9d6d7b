import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { faultyStorage } from '../../../test/support/faulty-storage.ts'
import { openFolder } from '../storage/folder.ts'
import { openMemory } from '../storage/memory.ts'
import { writeIfChanged } from './write-if-changed.ts'

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'write-if-changed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('writeIfChanged', () => {
  test('writes what is not there, piece by piece', async (t) => {
    const folder = folderOf(t)
    assert.equal((await writeIfChanged(openFolder(folder), 'a/b.json', () => ['{', '"ä": 1', '}\n'])).isWritten, true)
    assert.equal(readFileSync(join(folder, 'a/b.json'), 'utf8'), '{"ä": 1}\n')
  })

  test('lets others have their turn at an empty piece of a text that takes long', async () => {
    let turns = 0
    const busy = (milliseconds: number): void => {
      for (const end = performance.now() + milliseconds; performance.now() < end; );
    }
    function* text(): Generator<string> {
      setImmediate(() => (turns += 1))
      busy(30)
      yield ''
      assert.equal(turns, 1)
      yield 'the end'
    }
    const storage = openMemory()
    assert.equal((await writeIfChanged(storage, 'a.txt', text, { isNew: true })).size, 7)
  })

  test('leaves alone what is the same: neither its time nor the file itself changes', async (t) => {
    const folder = folderOf(t)
    const path = join(folder, 'b.json')
    // Larger than what a storage reads at once.
    const pieces = Array.from({ length: 50_000 }, (_, n) => `line ${n} ä\n`)
    writeFileSync(path, pieces.join(''))
    utimesSync(path, 1000, 1000)
    const before = statSync(path, { bigint: true })
    assert.equal((await writeIfChanged(openFolder(folder), 'b.json', () => pieces)).isWritten, false)
    const after = statSync(path, { bigint: true })
    assert.deepEqual([after.mtimeNs, after.ctimeNs, after.ino], [before.mtimeNs, before.ctimeNs, before.ino])
  })

  for (const [what, from, to] of [
    ['shorter', 'abcd', 'abc'],
    ['longer', 'abc', 'abcd'],
    ['other at the end', `${'x'.repeat(600_000)}a`, `${'x'.repeat(600_000)}b`],
    ['other at the beginning', `a${'x'.repeat(600_000)}`, `b${'x'.repeat(600_000)}`],
    ['now empty', 'abc', ''],
    ['no longer empty', '', 'abc'],
    ['as many letters, other bytes', 'ä', 'é'],
  ] as const) {
    test(`writes what is ${what}`, async (t) => {
      const folder = folderOf(t)
      writeFileSync(join(folder, 'a'), from)
      assert.equal((await writeIfChanged(openFolder(folder), 'a', () => [to])).isWritten, true)
      assert.equal(readFileSync(join(folder, 'a'), 'utf8'), to)
      assert.equal((await writeIfChanged(openFolder(folder), 'a', () => [to])).isWritten, false)
    })
  }

  test('an empty text makes an empty file, once', async () => {
    const storage = openMemory()
    assert.equal((await writeIfChanged(storage, 'a', () => [])).isWritten, true)
    assert.equal((await writeIfChanged(storage, 'a', () => [''])).isWritten, false)
    assert.equal((await storage.stat('a'))?.size, 0)
  })

  test('does not read what has another size', async () => {
    const faulty = faultyStorage(openMemory())
    await writeIfChanged(faulty.storage, 'a', () => ['abc'])
    await writeIfChanged(faulty.storage, 'a', () => ['abcd'])
    assert.equal(faulty.calls('read'), 0)
    await writeIfChanged(faulty.storage, 'a', () => ['abcd'])
    assert.deepEqual([faulty.calls('read'), faulty.calls('put')], [1, 2])
  })

  test('what cannot be written leaves what stood there', async () => {
    const memory = openMemory()
    await writeIfChanged(memory, 'a', () => ['old'])
    const faulty = faultyStorage(memory, [{ method: 'put', error: new Error('disk') }])
    await assert.rejects(
      writeIfChanged(faulty.storage, 'a', () => ['new']),
      /disk/,
    )
    assert.equal((await writeIfChanged(memory, 'a', () => ['old'])).isWritten, false)
  })
})
