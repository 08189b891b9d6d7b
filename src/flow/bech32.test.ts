import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isBech32 } from './bech32.ts'

/** The public key in the manual page of `age`, and the vectors of BIP 173. */
const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

describe('bech32', () => {
  test('takes right texts', () => {
    assert.ok(isBech32(RECIPIENT, 'age', 62))
    assert.ok(isBech32('A12UEL5L', 'A', 8))
    assert.ok(isBech32('a12uel5l', 'a', 8))
    assert.ok(isBech32('abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', 'abcdef', 45))
  })

  test('refuses every text with one letter mistyped, or two exchanged', () => {
    for (let at = 4; at < RECIPIENT.length; at++) {
      for (const letter of 'qpzry9x8gf2tvdw0s3jn54khce6mua7lb') {
        const mistyped = RECIPIENT.slice(0, at) + letter + RECIPIENT.slice(at + 1)
        assert.equal(isBech32(mistyped, 'age', 62), mistyped === RECIPIENT, mistyped)
      }
      const [a = '', b = ''] = RECIPIENT.slice(at, at + 2)
      const exchanged = RECIPIENT.slice(0, at) + b + a + RECIPIENT.slice(at + 2)
      assert.equal(isBech32(exchanged, 'age', 62), exchanged === RECIPIENT, exchanged)
    }
  })

  test('refuses another prefix, another length, and capitals among small letters', () => {
    assert.ok(!isBech32(RECIPIENT, 'agf', 62))
    assert.ok(!isBech32(RECIPIENT, 'age', 61))
    assert.ok(!isBech32(RECIPIENT.toUpperCase(), 'age', 62))
    assert.ok(!isBech32(RECIPIENT.replace('q', 'Q'), 'age', 62))
    assert.ok(!isBech32('', 'age', 0))
  })
})
