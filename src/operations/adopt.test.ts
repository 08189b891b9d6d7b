import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
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
    const { load } = await folderSource({ folder: faulty.storage, vault: vault, ...quiet })
    assert.equal(await load(sourceOf('photo'), 'x.jpg'), undefined)
    broken = false
    assert.equal((await load(sourceOf('photo'), 'x.jpg'))?.size, 5)
  })

  test('lets the trouble of the vault through', async () => {
    const folder = openMemory()
    await fill(folder, { a: 'photo', b: 'photo' })
    const vault = faultyStorage(openMemory(), [{ method: 'put', error: unreadable }])
    const { load } = await folderSource({ folder: folder, vault: vault.storage, ...quiet })
    await assert.rejects(load(sourceOf('photo'), 'x.jpg'), unreadable)
  })
})
