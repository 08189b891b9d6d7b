import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
import { parallel } from '../flow/parallel.ts'
import type { Source } from '../model.ts'
import { openMemory } from '../vault/storage/memory.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { folderSource } from './adopt.ts'

const fill = async (storage: Storage, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await storage.put(
      path,
      (async function* () {
        yield Buffer.from(content)
      })(),
    )
  }
}

const sourceOf = (content: string): Source => ({
  url: '',
  grade: 'original',
  size: content.length,
  md5: createHash('md5').update(content).digest('hex'),
})

const quiet = { emit: () => undefined, signal: new AbortController().signal }

const unreadable = new StorageError('Could not read it (EACCES)', { code: 'EACCES', path: 'a' })

describe('a folder to adopt from', () => {
  test('gives the bytes of the right file although another one of the size cannot be read', async () => {
    const [folder, vault] = [openMemory(), openMemory()]
    await fill(folder, { a: 'photo', b: 'photo', c: 'other' })
    const faulty = faultyStorage(folder, [{ method: 'read', path: (path) => path === 'a', error: unreadable }])
    const { load } = await folderSource({ folder: faulty.storage, vault: vault, ...quiet })
    assert.equal((await load(sourceOf('photo'), 'x.jpg'))?.size, 5)
    assert.equal((await vault.stat('x.jpg'))?.size, 5)
    assert.equal(await load(sourceOf('photx'), 'y.jpg'), undefined)
  })

  test('does not remember that a file could not be read', async () => {
    const [folder, vault] = [openMemory(), openMemory()]
    await fill(folder, { a: 'photo' })
    let broken = true
    const faulty = faultyStorage(folder, [{ method: 'read', path: () => broken, error: unreadable }])
    const { load, notices } = await folderSource({ folder: faulty.storage, vault: vault, ...quiet })
    assert.equal(await load(sourceOf('photo'), 'x.jpg'), undefined)
    assert.deepEqual(
      notices().map(({ kind, name, reason }) => [kind, name, reason]),
      [['notice', 'a', 'nothing of it is adopted: Could not read it']],
    )
    broken = false
    assert.equal((await load(sourceOf('photo'), 'x.jpg'))?.size, 5)
    assert.deepEqual(notices(), [])
  })

  test('lets the trouble of the vault through', async () => {
    const folder = openMemory()
    await fill(folder, { a: 'photo', b: 'photo' })
    const vault = faultyStorage(openMemory(), [{ method: 'put', error: unreadable }])
    const { load } = await folderSource({ folder: folder, vault: vault.storage, ...quiet })
    await assert.rejects(load(sourceOf('photo'), 'x.jpg'), unreadable)
  })

  const MANY = 300
  const contents = Array.from({ length: MANY }, (_, n) => `photo ${String(n).padStart(6, '0')}`)

  /** Looks for photos of one size, many at a time, in the order of the list; returns how many were found, and the reads of each file. */
  async function searched(files: Readonly<Record<string, string>>, wanted: ReadonlyMap<string, string>) {
    const folder = faultyStorage(openMemory())
    await fill(folder.storage, files)
    const vault = openMemory()
    const { load } = await folderSource({ folder: folder.storage, vault, ...quiet })
    let found = 0
    await parallel(wanted, { workers: 32, failed: assert.ifError }, async ([path, content]) => {
      if ((await load(sourceOf(content), path)) !== undefined) found += 1
    })
    return { found, vault, reads: Object.values(Object.groupBy(folder.paths('read'), (path) => path)).map((each) => each?.length ?? 0) }
  }

  test('of many files of one size reads each once, where it has the name and folder that it had', async () => {
    const named = contents.map((content, n) => [`A${n % 7}/IMG_${n}.jpg`, content] as const)
    const files = Object.fromEntries(named.map(([path, content]) => [`old/${path}`, content]))
    const { found, reads } = await searched(files, new Map(named.toReversed()))
    assert.deepEqual([found, reads.length, Math.max(...reads)], [MANY, MANY, 1])
  })

  test('of many files of one size reads each once to know it, and once to copy it, whatever its name is', async () => {
    const files = Object.fromEntries(contents.map((content, n) => [`old/${n}.bin`, content]))
    const wanted = new Map(contents.toReversed().map((content, n) => [`new/${n}x.jpg`, content]))
    const { found, reads } = await searched(files, wanted)
    assert.deepEqual([found, reads.length, Math.max(...reads)], [MANY, MANY, 2])
  })

  test('of many files of one size that nobody wants reads each once, however many photos are looked for', async () => {
    const files = Object.fromEntries(contents.map((content, n) => [`old/${n}.bin`, content]))
    const wanted = new Map(contents.map((content, n) => [`new/${n}.jpg`, content.replace('photo', 'image')]))
    const { found, reads } = await searched(files, wanted)
    assert.deepEqual([found, reads.length, Math.max(...reads)], [0, MANY, 1])
  })

  test('copies a file to every place that wants it, and leaves nothing of a wrong one', async () => {
    const wanted = new Map([
      ['a.jpg', 'photo'],
      ['b.jpg', 'photo'],
      ['c.jpg', 'other'],
    ])
    const { found, reads, vault } = await searched({ 'x.jpg': 'photo' }, wanted)
    assert.deepEqual([found, reads], [2, [2]])
    const names = (await vault.list('')).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['a.jpg', 'b.jpg'])
  })

  test('tries a file that cannot be read a few times, not for every photo', async () => {
    const folder = openMemory()
    await fill(folder, { a: 'photo' })
    const faulty = faultyStorage(folder, [{ method: 'read', error: unreadable }])
    const { load } = await folderSource({ folder: faulty.storage, vault: openMemory(), ...quiet })
    for (const content of ['photo', 'image', 'other', 'thing', 'piece'])
      assert.equal(await load(sourceOf(content), `${content}.jpg`), undefined)
    assert.equal(faulty.calls('read'), 3)
  })
})
