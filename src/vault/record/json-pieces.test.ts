import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { jsonPieces } from './json-pieces.ts'

const text = (value: object): string => `${[...jsonPieces(value)].join('')}\n}`

test('pieces make the text that JSON.stringify makes', () => {
  const field = fc.oneof(fc.jsonValue(), fc.constant(undefined))
  fc.assert(
    fc.property(field, fc.dictionary(fc.string(), field), (first, others) => {
      const value = { format: 'a/1', first, ...others }
      assert.equal(text(value), JSON.stringify(value, undefined, 1))
    }),
  )
})

test('fields that are undefined are left out, at either depth; a list has null for them', () => {
  const value = { a: undefined, b: { c: undefined }, d: [undefined, { e: undefined }], f: [], g: {} }
  assert.equal(text(value), JSON.stringify(value, undefined, 1))
})

test('each entry of a list or an object is a piece; entries may be made when they are written', () => {
  const made: string[] = []
  function* entries(): Generator<readonly [string, number]> {
    for (const name of ['a', 'b', 'c']) {
      made.push(name)
      yield [name, made.length]
    }
  }
  const pieces = jsonPieces({ list: [{ n: 1 }, { n: 2 }], entries })
  let all = ''
  while (!all.includes('"a"')) all += pieces.next().value
  assert.deepEqual(made, ['a'])
  assert.ok(all.endsWith('{\n  "a": 1'), all)
  for (const piece of pieces) all += piece
  assert.equal(`${all}\n}`, JSON.stringify({ list: [{ n: 1 }, { n: 2 }], entries: { a: 1, b: 2, c: 3 } }, undefined, 1))
})
