import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { fold } from './fold.ts'
import { findItems, findLines, wordsOf } from './search.ts'

test('A search finds words without their marks and capitals, in any script and in any order', () => {
  const lines = ['Forêt de Brocéliande', 'Bergen harbour at dusk', '桜 Sakura in Kyoto', 'Dusk in Bergen'].map(fold).join('\n')
  const find = (query: string): readonly number[] => findLines(lines, wordsOf(query))
  assert.deepEqual(find('foret'), [0])
  assert.deepEqual(find('dusk BERGEN'), [1, 3])
  assert.deepEqual(find('桜'), [2])
  assert.deepEqual(find('nothing'), [])
  assert.deepEqual(find('  '), [])
})

test('The scan finds the same lines as a look at each line', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(word), fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 5 }), (texts, query) => {
      const words = wordsOf(query)
      const expected = texts.flatMap((text, n) => (words.length > 0 && words.every((each) => text.includes(each)) ? [n] : []))
      assert.deepEqual(findLines(texts.join('\n'), words), expected)
    }),
  )
})

test('A year or a month in a query stands for the photos that were taken then', () => {
  const months = [
    { year: 2010, month: 12, first: 10, count: 2, texts: ['grandmother in the garden', 'christmas'] },
    { year: 2010, month: 5, first: 12, count: 2, texts: ['grandmother bakes', 'img_2009'] },
  ].map(({ texts, ...month }) => ({ ...month, lines: texts.map(fold).join('\n') }))
  const find = (query: string): readonly number[] => months.flatMap((month) => findItems(month, wordsOf(query)))
  assert.deepEqual(find('grandmother 2010'), [10, 12])
  assert.deepEqual(find('Grandmother May'), [12])
  assert.deepEqual(find('2010-12'), [10, 11])
  assert.deepEqual(find('2010'), [10, 11, 12, 13])
  assert.deepEqual(find('2009'), [13])
  assert.deepEqual(find('grandmother 2009'), [])
  assert.deepEqual(find(''), [])
})
