import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packed } from './packed.ts'

test('comes back as it was, in its order', () => {
  const long = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`Field${index}`, `value ${index * 7919}`]))
  for (const value of [long, { b: 1, a: [true, null, { c: 'Tromsø 🏔' }], '2': 'x' }, {}, { ...long, b: '' }]) {
    assert.equal(JSON.stringify(packed(value)()), JSON.stringify(value))
  }
})
