import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { displayWidth, truncateEnd, truncateStart } from './width.ts'

test('wide characters take two columns, joined ones as many as each would alone', () => {
  assert.equal(displayWidth('👨‍👩‍👧'), 6)
  assert.equal(displayWidth('日本'), 4)
  assert.equal(displayWidth('📷'), 2)
  assert.equal(displayWidth('e\u0301'), 1)
  assert.equal(displayWidth('Ü'), 1)
})

test('a cut never tears a character apart and says that it was made', () => {
  assert.equal(truncateEnd('日本語のアルバム', 9), '日本語の…')
  assert.equal(truncateStart('/旅行/日本/写真.jpg', 11), '…/写真.jpg')
  assert.equal(truncateEnd('ab👨‍👩‍👧cd', 4), 'ab…')
  assert.equal(truncateEnd('fits', 4), 'fits')
  assert.equal(truncateEnd('no room', 0), '')
})

test('any text that is cut fits, from either end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, columns) => {
      assert.ok(displayWidth(truncateEnd(text, columns)) <= columns)
      assert.ok(displayWidth(truncateStart(text, columns)) <= columns)
    }),
  )
})
