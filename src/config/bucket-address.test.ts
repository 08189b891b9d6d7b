import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isBucketAddress, readBucketAddress } from './bucket-address.ts'

const right: readonly (readonly [text: string, bucket: string, prefix: string])[] = [
  ['s3://photos', 'photos', ''],
  ['s3://photos/', 'photos', ''],
  ['S3://photos/smugmug', 'photos', 'smugmug'],
  ['s3://my.photos-2/a/b c/ü+&/', 'my.photos-2', 'a/b c/ü+&'],
  ['s3://photos/100%20', 'photos', '100%20'],
  ['s3://photos/.hidden/...', 'photos', '.hidden/...'],
  [`s3://abc/${'x'.repeat(255)}`, 'abc', 'x'.repeat(255)],
  [`s3://${'a'.repeat(63)}`, 'a'.repeat(63), ''],
]

const wrong: readonly string[] = [
  '',
  '/mnt/photos',
  's3:photos',
  's3:/photos',
  's3://',
  's3:///prefix',
  's3://ab',
  `s3://${'a'.repeat(64)}`,
  's3://Photos',
  's3://my_photos',
  's3://-photos',
  's3://photos-',
  's3://pho..tos',
  's3://pho.-tos',
  's3://192.168.0.1',
  's3://user:secret@photos',
  's3://photos:9000',
  's3://photos//',
  's3://photos//a',
  's3://photos/a//b',
  's3://photos/a//',
  's3://photos/../b',
  's3://photos/a/.',
  's3://photos/a\nb',
  's3://photos/a\\b',
  's3://photos/\ud800',
  `s3://abc/${'ü'.repeat(128)}`,
  'https://photos/a',
  ' s3://photos',
]

describe('the address of a bucket', () => {
  for (const [text, bucket, prefix] of right) {
    test(`${JSON.stringify(text)} is one`, () => {
      assert.deepEqual(readBucketAddress(text), { bucket, prefix })
      assert.equal(isBucketAddress(text), true)
    })
  }
  for (const text of wrong) test(`${JSON.stringify(text)} is none`, () => assert.equal(readBucketAddress(text), undefined))

  test('a folder is no bucket, also where its address is wrong', () => {
    assert.deepEqual(['/s3://photos', 'photos', 'C:\\s3', 's3:photos', 's3://-'].map(isBucketAddress), [false, false, false, true, true])
  })
})
