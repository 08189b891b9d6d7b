import assert from 'node:assert/strict'
import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DestinationError } from '../errors.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { withDisk } from './vault.ts'

test('unexpected trouble with a file is the disk’s, and an unknown error stays a bug', async () => {
  const root = tmpdir()
  const failing = (error: unknown) => withDisk(root, () => Promise.reject(error))
  await assert.rejects(
    failing(new StorageError('Could not look at a.jpg: i/o error (EIO)', { code: 'EIO', path: 'a.jpg' })),
    DestinationError,
  )
  await assert.rejects(
    withDisk(root, () => stat(join(root, 'no such file at all'))),
    DestinationError,
  )
  await assert.rejects(
    withDisk(root, () => stat('/no such file at all')),
    { code: 'ENOENT' },
  )
  const open = openSync(import.meta.filename, 'r')
  await assert.rejects(
    withDisk(root, async () => ftruncateSync(open)),
    DestinationError,
  )
  closeSync(open)
  await assert.rejects(
    withDisk(root, async () => fstatSync(2 ** 20)),
    { code: 'EBADF' },
  )
  const bug = new TypeError('bug')
  await assert.rejects(failing(bug), bug)
  assert.equal(await withDisk(root, async () => 7), 7)
})
