import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
import { openFolder } from '../vault/storage/folder.ts'
import { openMemory } from '../vault/storage/memory.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { type OutsideFile, walk } from './outside.ts'

const folderWith = (t: TestContext, paths: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'outside-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), path)
  }
  return folder
}

const filesOf = async (storage: Storage, folder?: string): Promise<readonly OutsideFile[]> => {
  const files: OutsideFile[] = []
  for await (const file of walk(storage, folder)) files.push(file)
  return files
}

const pathsOf = async (storage: Storage, folder?: string): Promise<readonly string[]> =>
  (await filesOf(storage, folder)).map(({ path }) => path)

describe('walking a folder', () => {
  test('meets every file once, in a steady order, with its size and time', async (t) => {
    const folder = folderWith(t, ['b/2.jpg', 'b/1.jpg', 'a.jpg', 'b/c/d/3.jpg', 'z.jpg'])
    const files = await filesOf(openFolder(folder))
    assert.deepEqual(
      files.map(({ path }) => path),
      ['a.jpg', 'b/1.jpg', 'b/2.jpg', 'b/c/d/3.jpg', 'z.jpg'],
    )
    assert.ok(files.every(({ path, size, mtime }) => size === path.length && mtime > 0))
  })

  test('what it meets can be read under that path, whatever the name', async (t) => {
    const windowless = process.platform === 'win32' ? [] : ['line\nbreak', 'a:b?.jpg', ' ']
    const names = ['a b.jpg', 'ü\u0308.jpg', "quote'.jpg", '-dash', '..x', ...windowless]
    const storage = openFolder(folderWith(t, [...names, ...names.map((name) => `sub/${name}`)]))
    const met = await pathsOf(storage)
    assert.equal(met.length, names.length * 2)
    for (const path of met) {
      let content = ''
      for await (const chunk of storage.read(path)) content += Buffer.from(chunk).toString()
      assert.equal(content, path)
    }
  })

  const unix = { skip: process.platform === 'win32' && 'it parts folders there', todo: true }
  test('a backslash in a name is a letter', unix, async (t) => {
    assert.deepEqual(await pathsOf(openFolder(folderWith(t, ['sub/back\\slash.jpg']))), ['sub/back\\slash.jpg'])
  })

  test('can begin further down', async () => {
    const storage = openMemory()
    for (const path of ['a/1', 'a/b/2', 'c/3']) await storage.put(path, (async function* () {})())
    assert.deepEqual(await pathsOf(storage, 'a'), ['a/1', 'a/b/2'])
    assert.deepEqual(await pathsOf(storage, 'none'), [])
  })

  test('leaves out what systems leave behind, hidden folders and a vault’s own', async (t) => {
    const left = [
      '.DS_Store',
      'a/Thumbs.db',
      'a/desktop.ini',
      '@eaDir/a.jpg',
      '#recycle/a.jpg',
      '.smugmug-backup/history/a.jpg',
      'a/.hidden/b.jpg',
    ]
    const storage = openFolder(folderWith(t, [...left, 'a/b.jpg', '.hidden.jpg']))
    assert.deepEqual(await pathsOf(storage), ['.hidden.jpg', 'a/b.jpg'])
  })

  test('follows no link', { skip: process.platform === 'win32' && 'links need a right there' }, async (t) => {
    const folder = folderWith(t, ['a/b.jpg'])
    symlinkSync('..', join(folder, 'a/up'))
    symlinkSync('b.jpg', join(folder, 'a/link.jpg'))
    assert.deepEqual(await pathsOf(openFolder(folder)), ['a/b.jpg'])
  })

  test('a folder that cannot be read at all is no empty one', async () => {
    const error = new StorageError('not permitted', { code: 'EACCES', path: '' })
    await assert.rejects(pathsOf(faultyStorage(openMemory(), [{ method: 'list', error }]).storage), error)
  })
})
