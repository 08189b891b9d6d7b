/** Returns the number of letters to add, remove or change to turn one word into the other (Levenshtein). */
const editDistance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Returns the known word nearest to the written one; the first of several equally near. Undefined only when there is no known word. */
export const nearest = <Word extends string>(written: string, known: Iterable<Word>): Word | undefined => {
  let best: { readonly word: Word; readonly steps: number } | undefined
  for (const word of known) {
    const steps = editDistance(written.toLowerCase(), word.toLowerCase())
    if (best === undefined || steps < best.steps) best = { word, steps }
  }
  return best?.word
}
