import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readSmallFile, replaceSmallFile, writeSmallFile } from './small-file.ts'

const place = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'small-file-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('a small file of our own', () => {
  test('is written in place, replaced and read', (t) => {
    const folder = place(t)
    const path = join(folder, 'note')
    assert.equal(readSmallFile(path), undefined)
    assert.ok(writeSmallFile(path, 'a long first text'))
    assert.ok(writeSmallFile(path, 'short'))
    assert.equal(readSmallFile(path), 'short')
    replaceSmallFile(path, 'new')
    assert.equal(readSmallFile(path), 'new')
    replaceSmallFile(join(folder, 'a/b/note'), 'below')
    assert.equal(readSmallFile(join(folder, 'a/b/note')), 'below')
    assert.deepEqual(readdirSync(folder).toSorted(), ['a', 'note'])
  })

  const standing: Readonly<Record<string, (path: string, outside: string) => void>> = {
    'a link to a file': (path, outside) => symlinkSync(outside, path),
    'a link to nothing': (path, outside) => symlinkSync(`${outside}-none`, path),
    'a pipe': (path) => execFileSync('mkfifo', [path]),
    'a folder': (path) => mkdirSync(path),
  }
  for (const [what, make] of Object.entries(standing)) {
    test(`is nothing where ${what} stands: that is not read, not written through, and stays`, (t) => {
      const folder = place(t)
      const [path, outside] = [join(folder, 'note'), join(folder, 'outside')]
      writeFileSync(outside, 'theirs')
      make(path, outside)
      const before = lstatSync(path)
      assert.equal(readSmallFile(path), undefined)
      assert.equal(writeSmallFile(path, 'ours'), false)
      assert.throws(() => replaceSmallFile(path, 'ours'))
      assert.equal(readFileSync(outside, 'utf8'), 'theirs')
      assert.deepEqual([lstatSync(path).ino, lstatSync(path).mode], [before.ino, before.mode])
      assert.deepEqual(readdirSync(folder).toSorted(), ['note', 'outside'])
    })
  }

  test('with a second name elsewhere is not written in place', (t) => {
    const folder = place(t)
    writeFileSync(join(folder, 'outside'), 'theirs')
    linkSync(join(folder, 'outside'), join(folder, 'note'))
    assert.equal(writeSmallFile(join(folder, 'note'), 'ours'), false)
    assert.equal(readFileSync(join(folder, 'outside'), 'utf8'), 'theirs')
  })
})
