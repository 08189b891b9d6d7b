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
  /** The room that the text of a heading needs, and the space between two groups beside each other. */
  readonly headingWidth: number
  readonly beside: number
}

/** All rows, one index a row. Rows of short groups stand beside each other, at the same height. */
export interface Rows {
  /** The row's distance from the top, and from the left. */
  readonly tops: Float64Array
  readonly lefts: Float32Array
  readonly heights: Float32Array
  /** The number of the row's first item; one more at the end for the number of items. */
  readonly firsts: Uint32Array
  /** The distance of each group's heading from the top, and from the left. */
  readonly headings: Float64Array
  readonly headingLefts: Float32Array
  readonly height: number
}

/** The least part of a line that shared rows fill, to be stretched to its end; the most that they grow by, and the least. */
const [NEARLY_FULL, MOST_GROWTH, LEAST_GROWTH] = [0.75, 1.35, 0.88]

/** A group whose photos fit beside those of others: its number, the sum of its ratios, and the gaps between its photos. */
interface Short {
  readonly group: number
  readonly sum: number
  readonly gaps: number
}

/** Lays out items in rows. `ratio` returns the width by the height of the item with that number. */
export function layOut(groups: readonly Group[], ratio: (item: number) => number, measures: Measures): Rows {
  const sheet = new Sheet(groups, ratio, measures)
  for (const [index, group] of groups.entries()) sheet.add(index, group)
  return sheet.rows()
}

class Sheet {
  readonly #groups: readonly Group[]
  readonly #ratio: (item: number) => number
  readonly #measures: Measures
  readonly #tops: number[] = []
  readonly #lefts: number[] = []
  readonly #heights: number[] = []
  readonly #firsts: number[] = []
  readonly #headings: Float64Array
  readonly #headingLefts: Float32Array
  #y = 0
  /** The short groups of the line that is being filled. */
  #line: Short[] = []

  constructor(groups: readonly Group[], ratio: (item: number) => number, measures: Measures) {
    this.#groups = groups
    this.#ratio = ratio
    this.#measures = measures
    this.#headings = new Float64Array(groups.length)
    this.#headingLefts = new Float32Array(groups.length)
  }

  add(index: number, group: Group): void {
    const short = this.#short(index, group)
    if (short === undefined) this.#addLong(index, group)
    else {
      if (growth([...this.#line, short], this.#measures) === undefined) this.#endLine()
      this.#line.push(short)
    }
  }

  #addLong(index: number, group: Group): void {
    const { width, rowHeight, gap, heading, below } = this.#measures
    this.#endLine()
    this.#headings[index] = this.#y
    this.#y += heading
    const end = group.first + group.count
    for (let item = group.first; item < end; ) {
      let sum = 0
      let next = item
      let isFull = false
      while (next < end && !isFull) {
        sum += this.#ratio(next)
        next += 1
        isFull = sum * rowHeight + (next - item - 1) * gap >= width
      }
      // The last row of a group keeps the usual height. A single wide item is made no higher than that either.
      const height = isFull ? (width - (next - item - 1) * gap) / sum : rowHeight
      this.#put(item, 0, height)
      this.#y += height + gap
      item = next
    }
    this.#y += below
  }

  rows(): Rows {
    this.#endLine()
    const last = this.#groups.at(-1)
    return {
      tops: Float64Array.from(this.#tops),
      lefts: Float32Array.from(this.#lefts),
      heights: Float32Array.from(this.#heights),
      firsts: Uint32Array.from([...this.#firsts, last === undefined ? 0 : last.first + last.count]),
      headings: this.#headings,
      headingLefts: this.#headingLefts,
      height: this.#y,
    }
  }

  #put(item: number, left: number, height: number): void {
    this.#tops.push(this.#y)
    this.#lefts.push(left)
    this.#heights.push(height)
    this.#firsts.push(item)
  }

  /** Returns a group that fills less than a line; undefined for a longer one. */
  #short(group: number, { first, count }: Group): Short | undefined {
    const { width, rowHeight, gap } = this.#measures
    let sum = 0
    for (let item = first; item < first + count; item += 1) {
      sum += this.#ratio(item)
      if (sum * rowHeight + (item - first) * gap >= width) return undefined
    }
    return { group, sum, gaps: Math.max(0, count - 1) * gap }
  }

  #endLine(): void {
    if (this.#line.length === 0) return
    const { rowHeight, gap, heading, below, beside, headingWidth } = this.#measures
    const height = rowHeight * (growth(this.#line, this.#measures) ?? 1)
    for (const { group } of this.#line) this.#headings[group] = this.#y
    this.#y += heading
    let x = 0
    for (const { group, sum, gaps } of this.#line) {
      this.#headingLefts[group] = x
      this.#put(this.#groups[group]?.first ?? 0, x, height)
      x += Math.max(sum * height + gaps, headingWidth) + beside
    }
    this.#y += height + gap + below
    this.#line = []
  }
}

/**
 * Returns the factor by which the rows of a line grow or shrink, so that they end where the page does; undefined if they have no room beside
 * each other. A line that is far from full stays as it is.
 */
function growth(line: readonly Short[], { width, rowHeight, beside, headingWidth }: Measures): number | undefined {
  let [photos, fixed, least, most] = [0, (line.length - 1) * beside, LEAST_GROWTH, MOST_GROWTH]
  for (const { sum, gaps } of line) {
    /** The factor that makes the photos as wide as the heading. */
    const even = (headingWidth - gaps) / (sum * rowHeight)
    if (even <= 1) {
      photos += sum * rowHeight
      fixed += gaps
      least = Math.max(least, even)
    } else {
      // The heading is wider than its photos: its room does not grow, and they may not outgrow it.
      fixed += headingWidth
      most = Math.min(most, even)
    }
  }
  const factor = (width - fixed) / Math.max(1, photos)
  if (photos + fixed > width) return factor < least ? undefined : factor
  return line.length < 2 || photos + fixed < width * NEARLY_FULL ? 1 : Math.max(1, Math.min(most, factor))
}
