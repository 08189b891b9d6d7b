import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { printable, printableJson, printableLines } from './printable.ts'

/** Does the text hold anything that can move a cursor, change a colour, ring, hide or reverse text? */
const acts = (text: string): boolean => [...text].some((character) => /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character))

test('escape sequences, line ends and reversed text become visible, everything else stays', () => {
  assert.equal(printable('\x1b[31mred\x07\r\n'), '\\x1b[31mred\\x07\\x0d\\x0a')
  assert.equal(printable('a\u202egpj.exe'), 'a\\u202egpj.exe')
  assert.equal(printable('\u009b2J'), '\\x9b2J')
  assert.equal(printable('日本 👨‍👩‍👧 Ünï – «x»'), '日本 👨‍👩‍👧 Ünï – «x»')
  assert.equal(printable('lone \ud800 half'), 'lone \\ud800 half')
})

test('nothing that acts on a terminal comes through, whatever the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.ok(!acts(printable(text)))))
})

test('several lines stay several lines', () => assert.equal(printableLines('a\r\nb\x1b\nc'), 'a\nb\\x1b\nc'))

test('JSON is made safe without changing its value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = printableJson(JSON.stringify({ text }))
      assert.ok(!acts(json))
      assert.deepEqual(JSON.parse(json), { text })
    }),
  )
})
