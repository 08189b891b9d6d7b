import { namesTime } from './dates.ts'
import { fold } from './fold.ts'
import type { Group } from './layout.ts'

/** Returns the words of a query, the longest first: it excludes most. */
export const wordsOf = (query: string): readonly string[] =>
  fold(query)
    .split(' ')
    .filter((word) => word !== '')
    .toSorted((a, b) => b.length - a.length)

/**
 * Returns the numbers of the lines that hold every word, in their order, counted from `from` on. The scan looks for the longest word in
 * the whole text, and for the others only in the lines where it stands.
 */
export function findLines(lines: string, words: readonly string[], from = 0): readonly number[] {
  const [first, ...others] = words
  if (first === undefined) return []
  const found: number[] = []
  // The line that is looked at: its number, its beginning and its end.
  let [line, begin, end] = [0, 0, endOf(lines, 0)]
  for (let at = lines.indexOf(first); at >= 0; at = lines.indexOf(first, end)) {
    while (end < at) {
      line += 1
      begin = end + 1
      end = endOf(lines, begin)
    }
    if (others.every((word) => lines.slice(begin, end).includes(word))) found.push(from + line)
  }
  return found
}

function endOf(lines: string, begin: number): number {
  const end = lines.indexOf('\n', begin)
  return end < 0 ? lines.length : end
}

/** A month of the timeline with its lines. */
export interface SearchMonth extends Group {
  readonly year: number
  readonly month: number
  readonly lines: string
}

/**
 * Returns the numbers of a month's items whose lines hold every word, but for those that name the month: `grandmother 2009` and
 * `fjord july` find what people mean.
 */
export function findItems(month: SearchMonth, words: readonly string[]): readonly number[] {
  const { first, count, lines } = month
  const others = words.filter((word) => !namesTime(word, month))
  if (others.length === 0 && words.length > 0) return Array.from({ length: count }, (_, n) => first + n)
  return findLines(lines, others, first)
}
