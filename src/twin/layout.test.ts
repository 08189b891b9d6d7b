import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { layOut } from './layout.ts'

const measures = { width: 1000, rowHeight: 200, gap: 4, heading: 42, below: 10, headingWidth: 150, beside: 20 }

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

test('A group that fills lines begins with its heading on a line of its own', () => {
  const rows = layOut(
    [
      { first: 0, count: 6 },
      { first: 6, count: 1 },
    ],
    () => 1,
    measures,
  )
  assert.deepEqual([...rows.firsts], [0, 5, 6, 7])
  assert.deepEqual(
    [...rows.headings].map((y) => Math.round(y)),
    [0, 42 + 201 + 204 + 10],
  )
})

test('Short groups stand beside each other, each below its heading, within the page and without touching', () => {
  const group = fc.array(fc.double({ min: 0.2, max: 4, noNaN: true }), { minLength: 1, maxLength: 7 })
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 20 }), (all) => {
      const ratios = all.flat()
      let first = 0
      const groups = all.map(({ length: count }) => {
        first += count
        return { first: first - count, count }
      })
      const rows = layOut(groups, (item) => ratios[item] ?? 1, measures)
      assert.equal(rows.firsts.at(-1), ratios.length)
      let line: { readonly top: number; readonly right: number } | undefined
      for (const [row, top] of rows.tops.entries()) {
        const [from, to] = [rows.firsts[row] ?? 0, rows.firsts[row + 1] ?? 0]
        const index = groups.findIndex((each) => from >= each.first && from < each.first + each.count)
        const own = groups[index]
        assert.ok(own !== undefined && to <= own.first + own.count, 'no row holds items of two groups')
        const left = rows.lefts[row] ?? 0
        const width =
          ratios.slice(from, to).reduce((sum, ratio) => sum + ratio * (rows.heights[row] ?? 0), 0) + (to - from - 1) * measures.gap
        assert.ok(left + width <= measures.width + 0.5, `${left} + ${width}`)
        if (line?.top === top) assert.ok(left >= line.right + measures.beside - 0.5)
        if (from === own.first) {
          assert.ok(Math.abs((rows.headings[index] ?? 0) + measures.heading - top) < 1e-6)
          assert.equal(rows.headingLefts[index], left)
        }
        line = { top, right: left + Math.max(width, from === own.first && line?.top === top ? measures.headingWidth : 0) }
      }
      assert.deepEqual(rows.headings, rows.headings.toSorted())
      assert.deepEqual(rows.tops, rows.tops.toSorted())
    }),
  )
})

test('Twelve months of one photo take two lines, not twelve', () => {
  const rows = layOut(
    Array.from({ length: 12 }, (_, first) => ({ first, count: 1 })),
    () => 0.7,
    measures,
  )
  assert.equal(new Set(rows.tops).size, 2)
})
