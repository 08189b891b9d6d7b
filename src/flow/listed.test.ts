import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listed } from './listed.ts'

test('words are joined as English joins them', () => {
  for (const [last, type] of [
    ['and', 'conjunction'],
    ['or', 'disjunction'],
  ] as const)
    for (const words of [[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']])
      assert.equal(listed(words, last), new Intl.ListFormat('en', { type }).format(words))
})
