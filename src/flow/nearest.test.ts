import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { didYouMean, nearest } from './nearest.ts'

const known = ['api_key', 'api_secret', 'destination', 'user_token', 'list', 'full', 'verbose', 'Été/Köln'] as const

describe('nearest', () => {
  for (const [written, meant] of [
    ['apikey', 'api_key'],
    ['API_SECRE', 'api_secret'],
    ['destinatoin', 'destination'],
    ['usertokens', 'user_token'],
    ['lst', 'list'],
    ['lits', 'list'],
    ['FULL', 'full'],
    ['fulll', 'full'],
    ['dest', 'destination'],
    ['destination-folder', 'destination'],
    ['été/kolm', 'Été/Köln'],
  ] as const) {
    test(`${written} is near to ${meant}`, () => assert.equal(nearest(written, known), meant))
  }

  for (const written of ['', 'v', 'n', 'q', 'ap', 'restore', 'web', 'twin', 'leaf', 'token', 'something quite else', '𝒳'])
    test(`nothing is near to ${JSON.stringify(written)}`, () => assert.equal(nearest(written, known), undefined))

  test('a beginning counts before a slip, and fewer letters before more', () => {
    assert.equal(nearest('hist', ['list', 'history']), 'history')
    assert.equal(nearest('list', ['listing', 'lisp']), 'listing')
    assert.equal(nearest('lists', ['list', 'lasts']), 'list')
    assert.equal(nearest('conf', ['configuration', 'config']), 'config')
    assert.equal(nearest('q', []), undefined)
  })
})

test('a guess is put behind a sentence, and no guess leaves nothing behind', () => {
  assert.equal(`There is none.${didYouMean('dest', known, (word) => `--${word}`)}`, 'There is none. Did you mean --destination?')
  assert.equal(`There is none.${didYouMean('restore', known)}`, 'There is none.')
})
