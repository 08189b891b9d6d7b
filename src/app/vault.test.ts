import assert from 'node:assert/strict'
import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultSettings } from '../config/settings.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { atDestination, withDisk } from './vault.ts'

test('unexpected trouble with a file is the disk’s, and an unknown error stays a bug', async () => {
  const root = tmpdir()
  const disk = { folders: [root] }
  const failing = (error: unknown) => withDisk(disk, () => Promise.reject(error))
  await assert.rejects(
    failing(new StorageError('Could not look at a.jpg: i/o error (EIO)', { code: 'EIO', path: 'a.jpg' })),
    DestinationError,
  )
  await assert.rejects(
    withDisk(disk, () => stat(join(root, 'no such file at all'))),
    DestinationError,
  )
  await assert.rejects(
    withDisk(disk, () => stat('/no such file at all')),
    { code: 'ENOENT' },
  )
  const open = openSync(import.meta.filename, 'r')
  await assert.rejects(
    withDisk(disk, async () => ftruncateSync(open)),
    DestinationError,
  )
  closeSync(open)
  await assert.rejects(
    withDisk(disk, async () => fstatSync(2 ** 20)),
    { code: 'EBADF' },
  )
  const bug = new TypeError('bug')
  await assert.rejects(failing(bug), bug)
  assert.equal(await withDisk(disk, async () => 7), 7)
})

test('unexpected trouble with an object of a bucket is none of a disk', async () => {
  const refused = new StorageError('example.org does not let this access key read a.json (403)', { code: 'EACCES', path: 'a.json' })
  await assert.rejects(
    withDisk({ folders: [], location: 's3://photos/vault' }, () => Promise.reject(refused)),
    { exitCode: 5, hint: 'Check [s3] and the permissions of its access key, then run it again.' },
  )
})

test('a vault that is to be sealed is refused, and never made in clear', async () => {
  const settings = { ...defaultSettings, destination: tmpdir(), encryptionRecipients: ['age1'] }
  await assert.rejects(
    atDestination({ settings }, () => assert.fail('it was used')),
    ConfigurationError,
  )
})
