import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { redact, secretsOf } from './secrets.ts'
import { defaultSettings } from './settings.ts'

describe('redact', () => {
  test('masks every secret, wherever it stands', () => {
    assert.equal(redact('key=abc&token=def abc', ['abc', 'def']), 'key=***&token=*** ***')
  })

  test('masks them as addresses, signatures and JSON spell them', () => {
    const secret = 'a+/=!"\\é'
    const inAddress = encodeURIComponent(secret)
    const inSignature = inAddress.replace('!', '%21')
    const text = [secret, inAddress, inSignature, encodeURIComponent(inSignature), JSON.stringify({ secret })].join(' ')
    assert.equal(redact(text, [secret]), '*** *** *** *** {"secret":"***"}')
  })

  test('leaves nothing of a secret that holds another', () => assert.equal(redact('abcdef', ['bcd', 'abcdef']), '***'))

  test('an empty secret masks nothing', () => assert.equal(redact('abc', ['']), 'abc'))

  test('no secret is ever left', () => {
    const letters = fc.string({ minLength: 4, unit: 'binary' }).filter((secret) => !secret.includes('*'))
    fc.assert(
      fc.property(letters, fc.string(), fc.string(), (secret, left, right) => {
        assert.ok(!redact(left + secret + right, [secret]).includes(secret))
      }),
    )
  })
})

test('the secrets of the settings are those that were given', () => {
  assert.deepEqual(secretsOf(defaultSettings), [])
  assert.deepEqual(secretsOf({ ...defaultSettings, apiKey: 'k', userSecret: 's', destination: '/d' }), ['k', 's'])
  const urls = ['https://u:hidden@example.org/a', 'ntfy://ntfy.sh/topic']
  const masked = redact(`to ${urls[0]} and ${urls[1]} with hidden`, secretsOf({ ...defaultSettings, notifyUrls: urls }))
  assert.equal(masked, 'to *** and *** with ***')
})

test('every private key of age is masked, which no setting holds', () => {
  const identity = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX'
  assert.equal(redact(`a log with ${identity}.`, []), 'a log with AGE-SECRET-KEY-….')
})
