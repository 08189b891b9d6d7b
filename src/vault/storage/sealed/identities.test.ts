import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigurationError } from '../../../errors.ts'
import { makeKey } from './age.ts'
import { identitiesOf } from './identities.ts'

const IDENTITY = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX'

describe('a key file', () => {
  test('is read as age reads it: keys between comments, with any line ends', async () => {
    const { identity } = await makeKey()
    assert.deepEqual(identitiesOf(`# created: today\r\n# public key: age1…\r\n${identity}\r\n\r\n${IDENTITY} \r\n`, 'key.txt'), [
      identity,
      IDENTITY,
    ])
  })

  const refused: readonly (readonly [text: string, says: RegExp])[] = [
    ['', /key\.txt holds no private key/],
    ['# nothing\n', /holds no private key/],
    [`# one\n${IDENTITY.replace('GFPY', 'GFPX')}`, /Line 2 of .* is a private key with a mistyped letter/],
    [IDENTITY.toLowerCase(), /small letters/],
    [IDENTITY.replace('1GFPYYSJZ', '1 GFPY YSJZ'), /a gap/],
    [IDENTITY.slice(0, -1), /mistyped/],
    ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p', /is a public key/],
    ['-----BEGIN AGE ENCRYPTED FILE-----\nabc', /open it first/],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', /is no private key as age-keygen/],
    ['AGE-SECRET-KEY-PQ-1QQQQ', /is no private key as age-keygen/],
  ]
  for (const [text, says] of refused) {
    test(`is refused, and not shown: ${says.source}`, () => {
      assert.throws(
        () => identitiesOf(text, 'key.txt'),
        (error) => error instanceof ConfigurationError && says.test(error.message) && !/GFPY|gfpy/.test(error.message + error.hint),
      )
    })
  }
})
