/** Returns the number of letters to add, remove, change or swap with their neighbour to turn one word into the other. */
const editDistance = (from: readonly string[], to: readonly string[]): number => {
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of from.entries()) {
    const next = [line + 1]
    for (const [column, other] of to.entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1)
      const swapped = letter === to[column - 1] && from[line - 1] === other ? (before[column - 1] ?? 0) + 1 : changed
      next.push(Math.min(changed, swapped, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}

/** The fewest letters that count as the beginning of a word: with fewer, nearly every word would begin so. */
const SHORTEST_BEGINNING = 3

/** More than any number of slips, and than the letters of a word. */
const FAR = 1000

/** The most letters that a slip of the pen gets wrong, however long the word. */
const MOST_SLIPS = 3

const isBeginning = (part: readonly string[], whole: readonly string[]): boolean =>
  part.length >= SHORTEST_BEGINNING && part.every((letter, at) => letter === whole[at])

/** Returns the number of wrong letters; undefined if the two words are too unlike for a slip. */
const slips = (written: readonly string[], known: readonly string[]): number | undefined => {
  const most = Math.min(MOST_SLIPS, Math.floor(written.length / 3))
  if (Math.abs(written.length - known.length) > most) return undefined
  const steps = editDistance(written, known)
  return steps <= most ? steps : undefined
}

/**
 * Returns the known word that was probably meant; the first of several equally near. Near is a word with one wrong letter in three, at most
 * three, whatever the case, or one of which the other is the beginning (`dest`, `destination`). Undefined if none is near:
 * a wild guess would lead astray.
 */
export const nearest = <Word extends string>(written: string, known: Iterable<Word>): Word | undefined => {
  const letters = [...written.toLowerCase()]
  let best: { readonly word: Word; readonly steps: number } | undefined
  for (const word of known) {
    const other = [...word.toLowerCase()]
    const more = Math.abs(other.length - letters.length)
    // A slip is one letter at least: the rest of a word left out counts before it, and the word with the shortest rest before others.
    const steps = isBeginning(letters, other)
      ? more / FAR
      : (slips(letters, other) ?? (isBeginning(other, letters) ? FAR + more : undefined))
    if (steps !== undefined && (best === undefined || steps < best.steps)) best = { word, steps }
  }
  return best?.word
}

/** Returns ` Did you mean …?`, to be put behind a sentence, or nothing if no known word is near. `show` returns the word as people write it. */
export const didYouMean = <Word extends string>(written: string, known: Iterable<Word>, show = (word: Word): string => word): string => {
  const word = nearest(written, known)
  return word === undefined ? '' : ` Did you mean ${show(word)}?`
}
