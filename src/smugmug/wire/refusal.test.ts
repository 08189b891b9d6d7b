import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError, SignInError } from '../../errors.ts'
import { type RefusedAnswer, refusal } from './refusal.ts'

const NOW = Date.parse('2026-11-01T12:00:00Z')
const answer = (facts: Partial<RefusedAnswer>): RefusedAnswer => ({ status: 401, isJson: true, hints: {}, now: NOW, ...facts })

describe('OAuth problems end the run, whatever was asked', () => {
  const messages = [
    'signature_invalid',
    'consumer_key_unknown',
    'token_rejected',
    'timestamp_refused',
    'permission_denied',
    'verifier_invalid',
    'version_rejected',
  ].map((problem) => {
    const error = refusal(answer({ problem }), false)
    assert.ok(error instanceof SignInError, problem)
    assert.ok(error.hint !== undefined && error.hint.length > 20)
    assert.ok(error.message.includes(problem))
    return error.message
  })

  test('each with a message of its own', () => assert.equal(new Set(messages).size, messages.length))
  test('but nonce_used, which is transient', () => assert.equal(refusal(answer({ problem: 'nonce_used' }), false), undefined))
})

describe('at the sign-in', () => {
  const problems = [
    ...['consumer_key_unknown', 'consumer_key_rejected', 'consumer_key_refused', 'signature_invalid', 'signature_method_rejected'],
    ...['timestamp_refused', 'token_expired', 'token_rejected', 'token_revoked', 'token_used', 'verifier_invalid', 'version_rejected'],
    ...['permission_denied', 'permission_unknown', 'user_refused', 'parameter_absent', 'parameter_rejected', 'something_new'],
  ]
  for (const status of [400, 401, 403]) {
    test(`${status} with a problem is a refusal that names it, and the next step is never to sign in`, () => {
      for (const problem of problems) {
        const error = refusal(answer({ problem, status, signIn: true }), true)
        assert.ok(error instanceof SignInError, problem)
        assert.equal(error.problem, problem)
        assert.ok(error.message.includes(problem))
        assert.doesNotMatch(error.hint ?? '', /smugmug-backup login/, problem)
      }
    })
  }
  test('without a problem, neither', () => {
    const error = refusal(answer({ signIn: true, message: 'Invalid API Key' }), true)
    assert.match(error?.message ?? '', /Invalid API Key/)
    assert.doesNotMatch(error?.hint ?? 'login', /login/)
  })
  test('a wrong secret is not called the user’s', () => {
    assert.doesNotMatch(refusal(answer({ problem: 'signature_invalid', signIn: true }), true)?.message ?? '', /user_secret/)
  })
})

describe('timestamp_refused says how wrong the clock is', () => {
  const said = (date: string | undefined): string =>
    refusal(answer({ problem: 'timestamp_refused', hints: date === undefined ? {} : { date } }), false)?.message ?? ''

  test('behind', () => assert.match(said('Sun, 01 Nov 2026 14:05:09 GMT'), /clock is 2 hours 5 minutes behind SmugMug's/))
  test('ahead', () => assert.match(said('Sat, 31 Oct 2026 12:00:00 GMT'), /clock is 1 day ahead of SmugMug's/))
  test('neither', () => assert.match(said('Sun, 01 Nov 2026 12:00:05 GMT'), /agrees with SmugMug's/))
  test('unknown', () => assert.match(said(undefined), /probably wrong/))
})

describe('refusals without an OAuth problem', () => {
  test('of a single thing are its own trouble', () => {
    for (const status of [401, 402, 403]) assert.equal(refusal(answer({ status }), false), undefined)
  })
  test('of the account: not signed in', () => assert.ok(refusal(answer({}), true) instanceof SignInError))
  test('of the account: not paid', () => assert.ok(refusal(answer({ status: 402 }), true) instanceof ServiceError))
  test('of the account: no permission, in SmugMug’s own words', () => {
    const error = refusal(answer({ status: 403, message: 'The user has not granted the required permissions' }), true)
    assert.ok(error instanceof SignInError)
    assert.match(error.message, /The user has not granted the required permissions/)
    assert.match(error.hint ?? '', /Authorized Services/)
  })
  test('a web server’s 403 is not about permission', () => assert.equal(refusal(answer({ status: 403, isJson: false }), true), undefined))
})
