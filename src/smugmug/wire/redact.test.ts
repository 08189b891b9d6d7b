import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
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
  test('of every form in which a server may say it', () => {
    const forms = [
      'oauth_problem=PROBLEM',
      'oauth_problem=PROBLEM&oauth_acceptable_timestamps=1-2',
      'foo=bar&oauth_problem=PROBLEM\n',
      '{"Code":401,"Message":"oauth_problem=PROBLEM"}',
      '{"oauth_problem":"PROBLEM","oauth_problem_advice":"Try again"}',
      '{"error": { "oauth_problem" : "PROBLEM" }}',
      'OAuth realm="https://api.smugmug.com/", oauth_problem="PROBLEM"',
      'OAuth oauth_problem=PROBLEM',
      'oauth_problem: PROBLEM',
      'PROBLEM',
      'Invalid request (PROBLEM).',
      'oauth_problem%3DPROBLEM',
    ]
    for (const form of forms) {
      for (const problem of ['consumer_key_unknown', 'token_expired', 'verifier_invalid', 'permission_denied', 'timestamp_refused'])
        assert.equal(oauthProblem(form.replace('PROBLEM', problem)), problem, form)
    }
    assert.equal(oauthProblem('OAUTH_PROBLEM=Token_Rejected'), 'token_rejected')
    assert.equal(oauthProblem('oauth_problem=something_new'), 'something_new')
  })
  test('of anything else there is none', () => {
    for (const text of ['', 'Unauthorized', '{"Code":401,"Message":"Invalid password."}', 'the token was rejected', 'oauth_problem='])
      assert.equal(oauthProblem(text), undefined, text)
    assert.equal(oauthProblem(`<html>${' '.repeat(300)}an essay about token_rejected</html>`), undefined)
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

  test('strikes out the secrets it is given, however encoded', () => {
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

  describe('strikes out the header that was sent', () => {
    const header =
      'OAuth oauth_consumer_key="kEy7kEy7kEy7kEy7kEy7kEy7kEy7kEy7", oauth_nonce="0a1b2c3d4e5f60718293a4b5c6d7e8f9", oauth_signature="q%2Fx7Jw%2BbR1sT5uV9wX3yZ7aB2cD%3D", oauth_token="tOk7tOk7tOk7tOk7tOk7tOk7tOk7tOk7"'
    const secrets = ['kEy7kEy7kEy7kEy7kEy7kEy7kEy7kEy7', 'tOk7tOk7tOk7tOk7tOk7tOk7tOk7tOk7']
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    const html = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    const forms: Readonly<Record<string, (text: string) => string>> = {
      'as it is': (text) => text,
      'in base64': base64,
      'in base64 for addresses': (text) => Buffer.from(text).toString('base64url'),
      'in base64, from the second byte on': (text) => base64(text.slice(1)),
      'in base64 of base64': (text) => base64(base64(text)),
      'in hexadecimal': (text) => Buffer.from(text).toString('hex'),
      'percent-encoded': encodeURIComponent,
      'percent-encoded base64': (text) => encodeURIComponent(base64(text)),
      'in HTML': html,
      'in JSON within JSON': (text) => JSON.stringify(JSON.stringify({ Authorization: text })),
      'in JSON, escaped': (text) => text.replaceAll('"', String.raw`\u0022`),
      'in capitals': (text) => text.toUpperCase(),
      'cut off': (text) => text.slice(0, 190),
      'behind much else': (text) => `${'x '.repeat(2350)}${text}`,
      'behind what is struck out': (text) => `${`${base64(text)} `.repeat(20)}${text}`,
      'its signature alone': () => 'bad signature q/x7Jw+bR1sT5uV9wX3yZ7aB2cD=',
      'its parts, as in JSON': () => '{"oauth_nonce": "0a1b2c", "oauth_signature": "q/x7"}',
    }
    for (const [name, form] of Object.entries(forms)) {
      test(name, () => {
        const clean = presentable(`You sent ${form(header)}`, secrets)
        assert.doesNotMatch(clean, /kEy7|tOk7|0a1b2c|q\/x7|q%2F|Jw\+b/i)
        const run = /[A-Za-z0-9+/_-]{24,}/.exec(clean)?.[0] ?? ''
        assert.doesNotMatch(Buffer.from(run, 'base64').toString('latin1') + Buffer.from(run, 'hex').toString('latin1'), /oauth|kEy7|tOk7/i)
      })
    }

    test('but not a path, nor words', () => {
      for (const text of ['/api/v2/album/SJT3DX/image/Bx2Kw3P-0!metadata is gone', 'oauth_problem=additional_authorization_required']) {
        assert.equal(presentable(text, secrets), text)
      }
    })
  })

  test('leaves what people wrote', () => {
    assert.equal(presentable('The user has not granted the required permissions'), 'The user has not granted the required permissions')
    assert.equal(presentable('100 % sure'), '100 % sure')
  })
})
