import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { isPartialName, partialPrefix, prefixOf, resumableName, temporaryName, validatorIn } from './partial-name.ts'

const validator = '0123456789abcdef0123456789abcdef'

/** Names that a file may have: up to 255 bytes, without `/` and NUL. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 260 })
  .map((text) => text.replaceAll(/[/\0]/g, '_'))
  .filter((text) => Buffer.byteLength(text) <= 255)

test('partial files are hidden, end in .part, fit in 255 bytes, and are known again', () => {
  fc.assert(
    fc.property(name, (target) => {
      for (const partial of [resumableName(target, validator), temporaryName(target)]) {
        assert.ok(partial.startsWith('.') && partial.endsWith('.part'))
        assert.ok(Buffer.byteLength(partial) <= 255, partial)
        assert.equal(Buffer.from(partial).toString(), partial)
        assert.ok(isPartialName(partial))
        assert.equal(prefixOf(partial), partialPrefix(target))
      }
      assert.equal(validatorIn(resumableName(target, validator)), validator)
      assert.equal(validatorIn(temporaryName(target)), undefined)
    }),
  )
})

test('partial files of different targets do not meet', () => {
  const long = 'x'.repeat(254)
  assert.notEqual(partialPrefix(`${long}a`), partialPrefix(`${long}b`))
  assert.notEqual(temporaryName('a'), temporaryName('a'))
  fc.assert(
    fc.property(name, name, (one, other) => {
      fc.pre(one !== other)
      assert.notEqual(partialPrefix(one), partialPrefix(other))
    }),
  )
})

test('other names are not taken for partial files', () => {
  for (const other of [
    '.part',
    'photo.part',
    '.photo.part',
    '.photo.jpg.part',
    `photo.${validator}.part`,
    `.photo.${validator}`,
    `.photo.${validator.toUpperCase()}.part`,
    '.photo.1234567.part',
    '..12345678.part',
    '.12345678.part',
  ]) {
    assert.equal(isPartialName(other), false, other)
    assert.equal(validatorIn(other), undefined)
  }
})
