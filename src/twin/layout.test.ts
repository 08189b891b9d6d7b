import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lastNotAbove, layOut } from './layout.ts'

const measures = { width: 1000, rowHeight: 200, gap: 4, heading: 42, below: 10 }

test('Full rows are as wide as the page, every item stands in one row, and rows do not overlap', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.2, max: 7, noNaN: true }), { minLength: 1, maxLength: 60 }), (ratios) => {
      const rows = layOut([{ first: 0, count: ratios.length }], (item) => ratios[item] ?? 1, measures)
      assert.equal(rows.firsts.at(-1), ratios.length)
      for (const [row, top] of rows.tops.entries()) {
        const [first, next] = [rows.firsts[row] ?? 0, rows.firsts[row + 1] ?? 0]
        assert.ok(next > first)
        const height = rows.heights[row] ?? 0
        const width = ratios.slice(first, next).reduce((sum, ratio) => sum + ratio * height, 0) + (next - first - 1) * measures.gap
        if (row < rows.tops.length - 1) assert.ok(Math.abs(width - measures.width) < 0.5, `${width}`)
        else assert.ok(width <= measures.width + 0.5)
        const below = rows.tops[row + 1]
        if (below !== undefined) assert.ok(below >= top + height)
      }
    }),
  )
})

test('A group begins with its heading, and no row holds items of two groups', () => {
  const rows = layOut(
    [
      { first: 0, count: 2 },
      { first: 2, count: 1 },
    ],
    () => 1,
    measures,
  )
  assert.deepEqual([...rows.firsts], [0, 2, 3])
  assert.deepEqual([...rows.headings], [0, 42 + 204 + 10])
})

test('The row at a height is the last that begins above it', () => {
  assert.deepEqual(
    [-5, 0, 99, 100, 5000].map((y) => lastNotAbove([0, 100, 200], y)),
    [0, 0, 0, 1, 2],
  )
})
