import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nearest } from './nearest.ts'

describe('nearest', () => {
  const known = ['api_key', 'api_secret', 'destination', 'user_token']

  for (const [written, meant] of [
    ['apikey', 'api_key'],
    ['API_SECRE', 'api_secret'],
    ['destinatoin', 'destination'],
    ['usertokens', 'user_token'],
  ] as const) {
    test(`${written} is nearest to ${meant}`, () => assert.equal(nearest(written, known), meant))
  }

  test('something is always named, unless nothing is known', () => {
    assert.ok(known.includes(nearest('q', known) ?? ''))
    assert.equal(nearest('q', []), undefined)
  })
})
