/**
 * Rows of photos with one height each, as wide as the page: from nothing but aspect ratios, so that any place of a million items is known
 * before one is loaded.
 */

/** Items that stand below one heading. */
export interface Group {
  /** The number of its first item. */
  readonly first: number
  readonly count: number
}

/** The measures of a page, in pixels. */
export interface Measures {
  readonly width: number
  /** The height that rows should have about. */
  readonly rowHeight: number
  readonly gap: number
  /** The height of a heading, and the space below a group. */
  readonly heading: number
  readonly below: number
}

/** All rows, one index a row. */
export interface Rows {
  /** The row's distance from the top. */
  readonly tops: Float64Array
  readonly heights: Float32Array
  /** The number of the row's first item; one more at the end for the number of items. */
  readonly firsts: Uint32Array
  /** The distance of each group's heading from the top. */
  readonly headings: Float64Array
  readonly height: number
}

/** Lays out items in rows. `ratio` returns the width by the height of the item with that number. */
export function layOut(groups: readonly Group[], ratio: (item: number) => number, measures: Measures): Rows {
  const { width, rowHeight, gap, heading, below } = measures
  const tops: number[] = []
  const heights: number[] = []
  const firsts: number[] = []
  const headings = new Float64Array(groups.length)
  let y = 0
  let last = 0
  for (const [index, group] of groups.entries()) {
    headings[index] = y
    y += heading
    const end = group.first + group.count
    for (let item = group.first; item < end; ) {
      let sum = 0
      let next = item
      let isFull = false
      while (next < end && !isFull) {
        sum += ratio(next)
        next += 1
        isFull = sum * rowHeight + (next - item - 1) * gap >= width
      }
      // The last row of a group keeps the usual height. A single wide item is made no higher than that either.
      const height = isFull ? (width - (next - item - 1) * gap) / sum : rowHeight
      tops.push(y)
      heights.push(height)
      firsts.push(item)
      y += height + gap
      item = next
    }
    last = end
    y += below
  }
  return {
    tops: Float64Array.from(tops),
    heights: Float32Array.from(heights),
    firsts: Uint32Array.from([...firsts, last]),
    headings,
    height: y,
  }
}

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
