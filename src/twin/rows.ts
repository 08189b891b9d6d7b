/** Places within rows of photos: the row at a height, and the photo above or below another. */
import type { Rows } from './layout.ts'

/** Returns the index of the last entry that is not above `value`; 0 if there is none. The entries must ascend. */
export function lastNotAbove(entries: ArrayLike<number>, value: number): number {
  let low = 0
  let high = entries.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((entries[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}

/** Returns the index of the first entry that is equal to the one that `lastNotAbove` finds. */
export function firstOfLast(entries: ArrayLike<number>, value: number): number {
  let index = lastNotAbove(entries, value)
  while (index > 0 && entries[index - 1] === entries[index]) index -= 1
  return index
}

/** Returns the index of the row that holds an item. */
export const rowOf = (rows: Rows, item: number): number => lastNotAbove(rows.firsts.subarray(0, -1), item)

/** Returns the item above (-1) or below (1) another: the one whose middle is nearest to its own. */
export function itemInLine(
  rows: Rows,
  ratio: (item: number) => number,
  { item, by }: { readonly item: number; readonly by: 1 | -1 },
): number {
  const { tops, lefts, heights, firsts } = rows
  const middleOf = (other: number, row: number): number => {
    let x = lefts[row] ?? 0
    for (let n = firsts[row] ?? 0; n < other; n += 1) x += ratio(n) * (heights[row] ?? 0)
    return x + (ratio(other) * (heights[row] ?? 0)) / 2
  }
  const own = rowOf(rows, item)
  let row = own
  while (row >= 0 && row < tops.length && tops[row] === tops[own]) row += by
  const middle = middleOf(item, own)
  let best = { item, distance: Number.POSITIVE_INFINITY }
  for (const y = tops[row]; y !== undefined && tops[row] === y; row += by) {
    for (let other = firsts[row] ?? 0; other < (firsts[row + 1] ?? 0); other += 1) {
      const distance = Math.abs(middleOf(other, row) - middle)
      if (distance < best.distance) best = { item: other, distance }
    }
  }
  return best.item
}
