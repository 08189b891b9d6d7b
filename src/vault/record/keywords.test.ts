import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keywordsOf } from './keywords.ts'

test('keywords are those of the list, and of the text where there is no list', () => {
  const from = (keywords: string, ...keywordArray: readonly string[]) => keywordsOf({ keywords, keywordArray })
  assert.deepEqual(from('"a;b"; c', 'a;b', 'c'), ['a;b', 'c'])
  assert.deepEqual(from('"a;b"; c d;e'), ['a;b', 'c d', 'e'])
  for (const none of ['', ' ', ';', ' ; ;']) assert.deepEqual(from(none), [], none)
  assert.deepEqual(from('5" screen; b'), ['5" screen', 'b'])
})
