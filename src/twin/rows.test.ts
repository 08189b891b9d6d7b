import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layOut } from './layout.ts'
import { firstOfLast, itemInLine, lastNotAbove } from './rows.ts'

test('The row at a height is the last that begins above it', () => {
  assert.deepEqual(
    [-5, 0, 99, 100, 5000].map((y) => lastNotAbove([0, 100, 200], y)),
    [0, 0, 0, 1, 2],
  )
})

test('Of entries at one height the first is found', () => {
  assert.deepEqual(
    [-5, 0, 50, 100, 101].map((y) => firstOfLast([0, 0, 100, 100, 100, 200], y)),
    [0, 0, 0, 2, 2],
  )
})

test('The photo below another is the nearest in the next line, also where two groups share it', () => {
  const groups = [
    { first: 0, count: 1 },
    { first: 1, count: 1 },
    { first: 2, count: 7 },
  ]
  const rows = layOut(groups, () => 1, { width: 1000, rowHeight: 200, gap: 4, heading: 40, below: 10, headingWidth: 150, beside: 20 })
  const move = (item: number, by: 1 | -1): number => itemInLine(rows, () => 1, { item, by })
  assert.deepEqual([move(0, 1), move(1, 1), move(2, 1), move(8, 1)], [2, 3, 7, 8])
  assert.deepEqual([move(0, -1), move(2, -1), move(6, -1), move(7, -1)], [0, 0, 1, 2])
})
