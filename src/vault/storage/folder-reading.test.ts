import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { hashAll } from '../../flow/checked.ts'
import { hashFile } from './abilities.ts'
import { openFolder } from './folder.ts'

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
