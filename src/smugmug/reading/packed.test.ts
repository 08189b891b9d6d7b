import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packer } from './packed.ts'

const long = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`Field${index}`, `value ${index * 7919}`]))
const values = [long, { b: 1, a: [true, null, { c: 'Tromsø 🏔\n' }], '2': 'x' }, {}, { ...long, b: '' }, { b: 1 }]

for (const together of [1, 2, 10]) {
  test(`comes back as it was, in its order, packed ${together} together`, () => {
    const pack = packer(together)
    const unpack = [...pack(values), ...pack(values.toReversed())]
    const wanted = [...values, ...values.toReversed()]
    for (const index of [...unpack.keys(), ...unpack.keys().toArray().toReversed(), 3, 3, 0])
      assert.equal(JSON.stringify(unpack[index]?.()), JSON.stringify(wanted[index]))
    assert.deepEqual(pack([]), [])
  })
}
