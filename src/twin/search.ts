import { fold } from './fold.ts'

/** Returns the words of a query, the longest first: it excludes most. */
export const wordsOf = (query: string): readonly string[] =>
  fold(query)
    .split(' ')
    .filter((word) => word !== '')
    .toSorted((a, b) => b.length - a.length)

/**
 * Returns the numbers of the lines that hold every word, in their order. The scan looks for the longest word in the whole text, and for
 * the others only in the lines where it stands.
 */
export function findLines(lines: string, words: readonly string[]): readonly number[] {
  const [first, ...others] = words
  if (first === undefined) return []
  const found: number[] = []
  let line = 0
  let counted = 0
  for (let at = lines.indexOf(first); at >= 0; ) {
    const begin = lines.lastIndexOf('\n', at) + 1
    const next = lines.indexOf('\n', at)
    const end = next < 0 ? lines.length : next
    for (let k = lines.indexOf('\n', counted); k >= 0 && k < begin; k = lines.indexOf('\n', counted)) {
      line += 1
      counted = k + 1
    }
    if (others.every((word) => lines.slice(begin, end).includes(word))) found.push(line)
    at = lines.indexOf(first, end)
  }
  return found
}
