import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { oauthProblem, presentable } from './redact.ts'

const sample = (name: string): string =>
  JSON.parse(readFileSync(new URL(`../../../test/samples/${name}.json`, import.meta.url), 'utf8')).Message

describe('oauthProblem', () => {
  test('of recorded messages', () => {
    assert.equal(oauthProblem(sample('error.401.nonce_used')), 'nonce_used')
    assert.equal(oauthProblem(sample('error.401.signature')), 'signature_invalid')
    assert.equal(oauthProblem(sample('unlock.401.wrong-password')), undefined)
  })
  test('of a message that is percent-encoded as a whole', () => {
    assert.equal(oauthProblem(encodeURIComponent('oauth_problem=token_rejected&debug_sbs=GET')), 'token_rejected')
  })
})

describe('presentable', () => {
  test('drops what SmugMug repeats of the signed request', () => {
    assert.equal(presentable(sample('error.401.signature')), 'oauth_problem=signature_invalid')
    assert.equal(presentable(encodeURIComponent(sample('error.401.signature'))), 'oauth_problem=signature_invalid')
  })

  test('strikes out tokens, signatures and keys', () => {
    const text = 'refused oauth_token=abc123&oauth_signature="x%2By%3D", APIKey=k3y in Authorization: OAuth oauth_consumer_key="k3y"'
    const clean = presentable(text)
    assert.doesNotMatch(clean, /abc123|x\+y|x%2B|k3y/)
    assert.match(clean, /^refused oauth_token=…/)
  })

  test('strikes out the secrets it is told, however encoded', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w+/= ]{8,40}$/), fc.nat(2), (secret, times) => {
        let text = `about ${secret} here`
        for (let time = 0; time < times; time += 1) text = encodeURIComponent(text)
        assert.ok(!presentable(text, [secret]).includes(secret))
      }),
    )
  })

  test('is one line of bounded length without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const clean = presentable(text)
        assert.ok(clean.length <= 200)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        assert.doesNotMatch(clean, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/)
      }),
    )
  })

  test('leaves what people wrote', () => {
    assert.equal(presentable('The user has not granted the required permissions'), 'The user has not granted the required permissions')
    assert.equal(presentable('100 % sure'), '100 % sure')
  })
})
