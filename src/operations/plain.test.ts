import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IntegrityError, RequestError, ServiceError } from '../errors.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { cured, plain, prefixed } from './plain.ts'

const refusal = (message: string, path: string): StorageError => new StorageError(message, { code: 'EACCES', path })

describe('a trouble in plain words', () => {
  test('has neither host nor status, and is equal for every file of one outage', () => {
    const one = plain(new RequestError('api:80 answered 503 (unavailable) when asked for a.jpg, 7 times', { status: 503, transient: true }))
    const other = plain(new RequestError('cdn:81 answered 500 (server error) when asked for b.jpg', { status: 500, transient: true }))
    assert.equal(one.reason, other.reason)
    assert.match(one.detail ?? '', /answered 503.*a\.jpg, 7 times/)
    for (const status of [undefined, 200, 302, 400, 401, 403, 404, 408, 410, 429, 500, 503])
      assert.doesNotMatch(plain(new RequestError('x', { transient: true, ...(status !== undefined && { status }) })).reason, /\d/)
  })

  test('of damaged bytes leaves the checksums to the detail', () => {
    const [expected, found] = ['9'.repeat(32), '2'.repeat(32)]
    assert.deepEqual(plain(new IntegrityError('arrived damaged', { expected, found, times: 3 })), {
      reason: 'arrived damaged',
      detail: `MD5 ${found} where ${expected} was promised, 3 times`,
    })
    assert.deepEqual(
      plain(new IntegrityError('arrived incomplete', { expected: '5 bytes', found: '4 bytes' })).detail,
      '4 bytes where 5 bytes was promised',
    )
  })

  for (const [message, path, reason] of [
    ['Could not store A/b.jpg: permission denied (EACCES)', 'A/b.jpg', 'permission denied'],
    ['Could not read a (EIO)', 'a', 'Could not read it'],
    ['in the vault A/b is a file (EIO)', 'A', 'in the vault A/b is a file'],
    ['The name (x) of it is long', '(x)', 'The name it of it is long'],
    ['Could not move to A/b.jpg: i/o error (EIO)', 'A/b.jpg', 'i/o error'],
    [
      'A/b.jpg is a folder, where a file should be; it is left as it is: move it away',
      'A/b.jpg',
      'it is a folder, where a file should be; it is left as it is: move it away',
    ],
    ['A/b.jpg (5000.1 MB) is larger than this disk takes a file (EFBIG)', 'A/b.jpg', 'it is larger than this disk takes a file'],
    ['A/b.jpg (7.0 kB) is larger than this disk takes a file (EFBIG)', 'A/b.jpg', 'it is larger than this disk takes a file'],
    ['Something stands at A/b.jpg already', 'A/b.jpg', 'Something stands at it already'],
    ['Could not list : permission denied (EACCES)', '', 'Could not list : permission denied'],
  ] as const)
    test(`of the disk: ${message}`, () => assert.deepEqual(plain(refusal(message, path)), { reason, detail: message }))

  test('of the service is its own', () => assert.deepEqual(plain(new ServiceError('It is closed.')), { reason: 'It is closed.' }))

  test('takes words before and behind it', () => {
    const why = { reason: 'permission denied', detail: 'EACCES' }
    assert.deepEqual(prefixed('its record could not be written', why), {
      reason: 'its record could not be written: permission denied',
      detail: 'EACCES',
    })
    assert.deepEqual(cured(why, 'try again'), { reason: 'permission denied; try again', detail: 'EACCES' })
  })
})
