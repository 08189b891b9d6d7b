import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
import { openFolder, openForeignFolder } from '../vault/storage/folder.ts'
import { openMemory } from '../vault/storage/memory.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { type Outside, walk } from './walk-folder.ts'

const folderWith = (t: TestContext, paths: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'outside-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), path)
  }
  return folder
}

const allOf = async (storage: Storage, folder?: string): Promise<readonly Outside[]> => {
  const all: Outside[] = []
  for await (const each of walk(storage, folder)) all.push(each)
  return all
}

const pathsOf = async (storage: Storage, folder?: string): Promise<readonly string[]> =>
  (await allOf(storage, folder)).map(({ path }) => path)

describe('walking a folder', () => {
  test('meets every file once, in a steady order, with its size', async (t) => {
    const paths = ['a.jpg', 'b/1.jpg', 'b/2.jpg', 'b/c/d/3.jpg', 'z.jpg']
    assert.deepEqual(
      await allOf(openFolder(folderWith(t, paths.toReversed()))),
      paths.map((path) => ({ kind: 'file', path, size: path.length })),
    )
  })

  test('what it meets can be read under that path, whatever the name', async (t) => {
    const windowless = process.platform === 'win32' ? [] : ['back\\slash.jpg', 'line\nbreak', 'a:b?.jpg', ' ']
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

  test('can begin further down', async () => {
    const storage = openMemory()
    for (const path of ['a/1', 'a/b/2', 'c/3']) await storage.put(path, (async function* () {})())
    assert.deepEqual(await pathsOf(storage, 'a'), ['a/1', 'a/b/2'])
    assert.deepEqual(await pathsOf(storage, 'none'), [])
  })

  test('meets hidden files and what is in hidden folders: somebody may have put photos there', async (t) => {
    const paths = ['.2019/only-copy.jpg', '.hidden.jpg', 'a/.b/c.jpg']
    assert.deepEqual(await pathsOf(openFolder(folderWith(t, paths))), paths)
  })

  test('passes over nothing, whatever a system calls so', async (t) => {
    const paths = [
      '#recycle/a.jpg',
      '$RECYCLE.BIN/x.jpg',
      '._IMG.jpg',
      '.DS_Store',
      '.film.mp4.deadbeef.part',
      'a/Thumbs.db',
      'lost+found/#1',
    ]
    assert.deepEqual((await pathsOf(openForeignFolder(folderWith(t, paths)))).toSorted(), paths.toSorted())
  })

  const links = { skip: process.platform === 'win32' && 'links need a right there' }
  test('follows no link, and says that it did not', links, async (t) => {
    const folder = folderWith(t, ['a/b.jpg'])
    symlinkSync('..', join(folder, 'a/up'))
    symlinkSync('b.jpg', join(folder, 'a/link.jpg'))
    const reason = 'it is a link or a device, not a file'
    assert.deepEqual(await allOf(openFolder(folder)), [
      { kind: 'file', path: 'a/b.jpg', size: 7 },
      { kind: 'unreadable', path: 'a/link.jpg', reason },
      { kind: 'unreadable', path: 'a/up', reason },
    ])
  })

  test('names what it cannot open, because its name is no text', { skip: process.platform !== 'linux' }, async (t) => {
    const folder = folderWith(t, ['a.jpg', 'b\uFFFD.jpg'])
    const odd = (...bytes: readonly number[]) => Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from(bytes), Buffer.from('.jpg')])
    for (const bytes of [[0xff], [0xfe], [0xe9, 0xe8]]) writeFileSync(odd(...bytes), 'the only one')
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/sub`), Buffer.from([0xff])]))
    const met = await allOf(openForeignFolder(folder))
    assert.deepEqual(
      met.map(({ kind }) => kind),
      ['file', ...Array.from({ length: 5 }, () => 'unreadable')],
    )
    assert.match(JSON.stringify(met[1]), /its name is not in UTF-8/)
  })

  const refusal = new StorageError('Could not list it (EACCES)', { code: 'EACCES', path: '' })

  test('says which folder it could not read, and goes on', async () => {
    const storage = openMemory()
    for (const path of ['a/1', 'b/2', 'c/3']) await storage.put(path, (async function* () {})())
    const faulty = faultyStorage(storage, [{ method: 'list', path: (path) => path === 'b', error: refusal }])
    assert.deepEqual(await allOf(faulty.storage), [
      { kind: 'file', path: 'a/1', size: 0 },
      { kind: 'unreadable', path: 'b', reason: 'Could not list it', detail: 'Could not list it (EACCES)' },
      { kind: 'file', path: 'c/3', size: 0 },
    ])
  })

  test('a folder that cannot be read at all is no empty one', async () => {
    await assert.rejects(allOf(faultyStorage(openMemory(), [{ method: 'list', error: refusal }]).storage), refusal)
  })

  test('what is wrong with the program is not taken for a folder that cannot be read', async () => {
    const storage = openMemory()
    await storage.put('b/2', (async function* () {})())
    const bug = new TypeError('bug')
    await assert.rejects(allOf(faultyStorage(storage, [{ method: 'list', path: (path) => path === 'b', error: bug }]).storage), bug)
  })
})
