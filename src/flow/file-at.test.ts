import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileAt } from './file-at.ts'

test('a file is named by its path on the disk, or below the address of the vault', () => {
  assert.equal(fileAt('/mnt/photos', 'Travel/a.jpg').replaceAll('\\', '/'), '/mnt/photos/Travel/a.jpg')
  assert.equal(fileAt('s3://bucket/photos', 'Travel/a.jpg'), 's3://bucket/photos/Travel/a.jpg')
})
