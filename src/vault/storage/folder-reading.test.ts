import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { hashAll } from '../../flow/checked.ts'
import { hashFile } from './abilities.ts'
import { openFolder } from './folder.ts'
import { digestFile, readFile } from './folder-reading.ts'
import { RootFolder } from './root-folder.ts'
import { StorageError } from './storage.ts'

const root = mkdtempSync(join(tmpdir(), 'folder-reading-'))
after(() => rmSync(root, { recursive: true }))
const storage = openFolder(root)

describe('hashing a file of a folder', () => {
  test('gives the same as reading it, for small and large files', async () => {
    for (const size of [0, 1, 262_143, 262_144, 3_000_000]) {
      writeFileSync(join(root, 'photo.jpg'), randomBytes(size))
      assert.deepEqual(await hashFile(storage, 'photo.jpg'), (await hashAll(storage.read('photo.jpg'))).digest(), `${size} bytes`)
    }
  })

  test('refuses all that reading refuses, with the same words', async () => {
    writeFileSync(join(root, 'large.jpg'), Buffer.alloc(1_000_000))
    symlinkSync('large.jpg', join(root, 'link.jpg'))
    mkdirSync(join(root, 'folder.jpg'))
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(root, 'pipe.jpg')])
    for (const path of ['missing.jpg', 'link.jpg', 'folder.jpg', ...(process.platform === 'win32' ? [] : ['pipe.jpg'])]) {
      const reading = await hashAll(storage.read(path)).catch((error: unknown) => error)
      assert.ok(reading instanceof Error, path)
      await assert.rejects(hashFile(storage, path), { name: reading.name, message: reading.message }, path)
    }
  })
})

describe('reading a file of a folder', () => {
  const read = async (start: number): Promise<Buffer> => {
    const pieces: Uint8Array[] = []
    for await (const piece of storage.read('photo.jpg', { start })) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  test('gives every byte from the start on, whatever the size', async () => {
    for (const size of [0, 1, 4096, 262_143, 262_144, 262_145, 524_288]) {
      const bytes = randomBytes(size)
      writeFileSync(join(root, 'photo.jpg'), bytes)
      for (const start of [0, 1, size, size + 1])
        assert.ok((await read(start)).equals(bytes.subarray(start)), `${size} bytes from ${start}`)
    }
  })

  test('gives what is added to the file meanwhile', async () => {
    writeFileSync(join(root, 'photo.jpg'), randomBytes(262_144))
    const pieces = storage.read('photo.jpg')[Symbol.asyncIterator]()
    const { value: first } = await pieces.next()
    appendFileSync(join(root, 'photo.jpg'), 'more')
    const { value: second } = await pieces.next()
    const { value: third } = await pieces.next()
    assert.equal(first?.length, 262_144)
    assert.equal(Buffer.concat([second ?? Buffer.alloc(0), third ?? Buffer.alloc(0)]).toString(), 'more')
  })
})

/** Lets a test take the disk away: its open file is closed behind its back, so that reading and closing it fail. */
class LosingFolder extends RootFolder {
  fd = -1

  override async openFile(...given: Parameters<RootFolder['openFile']>): Promise<number> {
    this.fd = await super.openFile(...given)
    return this.fd
  }
}

test('a disk that goes away while a file is read is a refusal of the storage, not a bug', async () => {
  writeFileSync(join(root, 'photo.jpg'), randomBytes(1_000_000))
  const losing = new LosingFolder(root)
  const bytes = readFile(losing, 'photo.jpg', {})
  await bytes.next()
  closeSync(losing.fd)
  await assert.rejects(bytes.next(), StorageError)
  const seen = (): void => closeSync(losing.fd)
  writeFileSync(join(root, 'small.jpg'), randomBytes(1000))
  await assert.rejects(digestFile(losing, 'small.jpg', { seen }), StorageError)
})
