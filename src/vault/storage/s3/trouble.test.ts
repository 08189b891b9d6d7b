import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Asked, type Failure, NOT_OF_S3, troubleOf } from './trouble.ts'

const asked: Asked = { bucket: 'photos', host: 's3.example.org', does: 'read', key: 'a.jpg', storageClass: 'FAST' }

type Case = readonly [says: string, name: string, failure: Omit<Failure, 'cause'>, asked?: Partial<Asked>]

const cases: readonly Case[] = [
  ['There is no bucket "photos" at s3.example.org.', 'DestinationError', { name: 'NoSuchBucket', status: 404 }],
  ['s3.example.org does not accept the access key (403 ExpiredToken).', 'DestinationError', { name: 'ExpiredToken', status: 403 }],
  ['The bucket "photos" belongs to another region or address (301).', 'DestinationError', { name: '301', status: 301 }],
  ['s3.example.org does not know the storage class FAST.', 'ConfigurationError', { name: 'InvalidStorageClass', status: 400 }],
  [
    's3.example.org does not know the storage class FAST.',
    'ConfigurationError',
    { name: 'InvalidArgument', status: 400 },
    { does: 'write' },
  ],
  ['s3.example.org refused a.jpg (400 InvalidArgument)', 'StorageError', { name: 'InvalidArgument', status: 400 }],
  [
    'The bucket "photos" at s3.example.org is full, or at its limit (403 QuotaExceeded).',
    'DestinationError',
    { name: 'QuotaExceeded', status: 403 },
  ],
  ['s3.example.org takes no more requests at present (429).', 'DestinationError', { name: 'Unknown', status: 429 }],
  [
    's3.example.org does not let this access key write to the bucket "photos" (403 AccessDenied).',
    'DestinationError',
    { name: 'AccessDenied', status: 403 },
    { does: 'write' },
  ],
  ['s3.example.org does not let this access key read a.jpg (403)', 'StorageError', { name: 'Forbidden?', status: 403 }],
  ['a.jpg is not in the bucket (404 NoSuchKey)', 'StorageError', { name: 'NoSuchKey', status: 404 }],
  ['s3.example.org refused a.jpg (404)', 'StorageError', { name: 'UnknownError', status: 404 }, { does: 'write' }],
  ['a.jpg is larger than s3.example.org takes a file (400 EntityTooLarge)', 'StorageError', { name: 'EntityTooLarge', status: 400 }],
  ['s3.example.org refused a.jpg (200, an answer that is not one of S3)', 'StorageError', { name: NOT_OF_S3, status: 200 }],
  ['s3.example.org refused a.jpg (500 InternalError)', 'StorageError', { name: 'InternalError', status: 500 }],
  [
    'its certificate is signed by nobody whom this computer trusts (DEPTH_ZERO_SELF_SIGNED_CERT)',
    'DestinationError',
    { name: 'Error', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  ],
  ['its certificate is for another name', 'DestinationError', { name: 'Error', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
  ['its certificate has expired', 'DestinationError', { name: 'Error', code: 'CERT_HAS_EXPIRED' }],
  ['s3.example.org was not found: no such name, or no network (EAI_AGAIN).', 'DestinationError', { name: 'Error', code: 'EAI_AGAIN' }],
  ['the connection to s3.example.org broke off at a.jpg (EPIPE)', 'StorageError', { name: 'Error', code: 'EPIPE' }],
]

describe('trouble of a bucket', () => {
  for (const [says, name, failure, more] of cases) {
    test(says, () => {
      const error = troubleOf({ ...failure, cause: undefined }, { ...asked, ...more })
      assert.equal(error?.name, name)
      assert.ok(error.message.includes(says), error.message)
    })
  }

  test('an error of no server and no connection is a bug', () => {
    assert.equal(troubleOf({ name: 'TypeError', cause: undefined }, asked), undefined)
    assert.equal(troubleOf({ name: 'Error', code: 'ERR_INVALID_ARG_TYPE', cause: undefined }, asked), undefined)
  })
})
