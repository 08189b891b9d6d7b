import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { DestinationError } from '../errors.ts'
import { withLocalFile } from './local-file.ts'
import { moveEntry } from './storage/abilities.ts'
import { openFolder } from './storage/folder.ts'
import { openMemory } from './storage/memory.ts'
import { pretend } from './storage/pretend.ts'
import type { Storage } from './storage/storage.ts'

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const withPhoto = async (storage: Storage): Promise<Storage> => {
  await storage.put('Travel/a.jpg', text('bytes of a'))
  return storage
}

const contentOf = async (file: string): Promise<string> => readFileSync(file, 'utf8')

/** Makes a folder, for the vault or for the temporary files. */
const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'local-file-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Sets the folder for temporary files while a test runs. */
const withTemporary = (t: TestContext, folder: string): void => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
}

describe('a real file for a path of a storage', () => {
  test('is the file itself where it lies on this computer, in a dry run too', async (t) => {
    const root = folderOf(t)
    const folder = await withPhoto(openFolder(root))
    for (const storage of [folder, pretend(folder)])
      assert.equal(await withLocalFile(storage, 'Travel/a.jpg', async (file) => file), join(root, 'Travel/a.jpg'))
    const dryRun = pretend(folder)
    await moveEntry(dryRun, 'Travel', 'Trips')
    assert.equal(await withLocalFile(dryRun, 'Trips/a.jpg', contentOf), 'bytes of a')
    await assert.rejects(withLocalFile(dryRun, 'Travel/a.jpg', contentOf), { code: 'ENOENT' })
  })

  test('is a copy with the same ending elsewhere, and nothing is left of it', async (t) => {
    const temporary = folderOf(t)
    const storage = await withPhoto(openMemory())
    withTemporary(t, temporary)
    const place = await withLocalFile(storage, 'Travel/a.jpg', async (file) => {
      assert.match(file, /\.jpg$/)
      assert.equal(await contentOf(file), 'bytes of a')
      return file
    })
    assert.ok(!existsSync(dirname(place)))
    await assert.rejects(
      withLocalFile(storage, 'Travel/a.jpg', () => Promise.reject(new Error('no picture'))),
      /no picture/,
    )
    assert.deepEqual(readdirSync(temporary), [])
  })

  test('is refused as the storage refuses it, and nothing is left', async (t) => {
    const temporary = folderOf(t)
    const storage = await withPhoto(openMemory())
    withTemporary(t, temporary)
    const broken: Storage = {
      ...storage,
      async *read() {
        yield Buffer.from('half')
        throw new Error('the line is cut')
      },
    }
    const unused = (): Promise<void> => assert.fail('there is no file to use')
    await assert.rejects(withLocalFile(storage, 'Travel/none.jpg', unused), { name: 'StorageError', code: 'ENOENT' })
    await assert.rejects(withLocalFile(broken, 'Travel/a.jpg', unused), /the line is cut/)
    assert.deepEqual(readdirSync(temporary), [])
  })

  test('needs a folder for temporary files, else a person is told so', async (t) => {
    const storage = await withPhoto(openMemory())
    withTemporary(t, join(folderOf(t), 'none'))
    await assert.rejects(withLocalFile(storage, 'Travel/a.jpg', contentOf), (error) => {
      assert.ok(error instanceof DestinationError)
      assert.match(error.message, /temporary files/)
      return true
    })
  })
})
