import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isRecipient, withoutIdentities } from './age-keys.ts'

const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
const IDENTITY = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX'

describe('the keys of age in texts', () => {
  test('a public key is one that every age takes', () => {
    assert.ok(isRecipient(RECIPIENT))
    const others = [
      IDENTITY,
      RECIPIENT.slice(0, -1),
      RECIPIENT.replace('q', 'z'),
      ` ${RECIPIENT}`,
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake',
      'age1pq1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq',
      '',
    ]
    for (const other of others) assert.ok(!isRecipient(other), other)
  })

  test('a private key is masked in every spelling', () => {
    for (const text of [IDENTITY, IDENTITY.toLowerCase(), IDENTITY.replace('1GFP', '1 GFP '), IDENTITY.slice(0, 40)]) {
      assert.equal(withoutIdentities(`the key "${text}", of mine.`), 'the key "AGE-SECRET-KEY-…", of mine.')
    }
    assert.equal(withoutIdentities(RECIPIENT), RECIPIENT)
  })
})
