import stringWidth from 'fast-string-width'

const ELLIPSIS = '…'

const NO_WIDTH = /^[\p{M}\p{Cf}]$/u

/** Made when it is needed: it takes milliseconds to start. */
let segmenter: Intl.Segmenter | undefined

/** Splits a text into characters as a reader sees them: accents, families of emoji and flags stay whole. */
const characters = (text: string): string[] => {
  segmenter ??= new Intl.Segmenter()
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

const PLAIN = /^[ -~]*$/

/** Returns the columns of one character: of a joined one, as many as its parts would take alone. */
const characterWidth = (character: string): number => {
  let apart = 0
  for (const part of character) if (!NO_WIDTH.test(part)) apart += stringWidth(part)
  return Math.max(apart, stringWidth(character.replaceAll(/\p{Cf}/gu, '')))
}

/**
 * Returns the number of columns that a terminal may need for the text. Wide characters (CJK, emoji) take two. Terminals differ about
 * joined emoji; the widest counts, because a line that is too long would break in two. Of texts that are cut between characters the
 * widths add up.
 */
export const displayWidth = (text: string): number =>
  PLAIN.test(text) ? text.length : characters(text).reduce((sum, character) => sum + characterWidth(character), 0)

/** Returns as many of the first parts as fit. */
const fitting = (parts: Iterable<string>, columns: number): string[] => {
  const taken: string[] = []
  let width = 0
  for (const part of parts) {
    width += displayWidth(part)
    if (width > columns) break
    taken.push(part)
  }
  return taken
}

/** Returns the text, cut at its end to fit. */
export const truncateEnd = (text: string, columns: number): string => {
  if (displayWidth(text) <= columns) return text
  return columns < 1 ? '' : [...fitting(characters(text), columns - 1), ELLIPSIS].join('')
}

/** Returns the text, cut at its beginning to fit: the end of a path says more. */
export const truncateStart = (text: string, columns: number): string => {
  if (displayWidth(text) <= columns) return text
  return columns < 1 ? '' : [ELLIPSIS, ...fitting(characters(text).reverse(), columns - 1).reverse()].join('')
}

/** Characters that belong to the one before them: accents, joiners, skin tones. SmugMug passes on names that begin with one. */
const CONTINUES = String.raw`[\p{M}\p{Grapheme_Extend}\p{Emoji_Modifier}\u200d]`

/** Splits a text into characters; one that is wider than `columns`, such as a hundred joined emoji, into its code points. */
const narrowed = (text: string, columns: number): readonly string[] =>
  characters(text).flatMap((character) => (displayWidth(character) > columns ? [...character] : [character]))

/** Returns the text's characters in pieces that fit. A path is cut after a slash where that leaves a piece of at least half the room. */
function* pieces(word: string, columns: number): Generator<string> {
  let piece = ''
  let width = 0
  let slash = { end: 0, width: 0 }
  for (const character of narrowed(word, columns)) {
    const wide = displayWidth(character)
    while (piece !== '' && width + wide > columns) {
      const kept = slash.width >= columns / 2 ? piece.slice(0, slash.end) : piece
      yield kept
      piece = piece.slice(kept.length)
      width = displayWidth(piece)
      slash = { end: 0, width: 0 }
    }
    piece += character
    width += wide
    if (character === '/') slash = { end: piece.length, width }
  }
  if (piece !== '') yield piece
}

/** The narrowest room that text is wrapped to: below it, words would fall apart into letters. */
const NARROWEST = 10

const ADDRESS = /^https?:\/\//

/** A space between two words. */
const BETWEEN = new RegExp(` (?!${CONTINUES})`, 'u')

/**
 * Breaks a line between words, so that no part is wider than `columns`; a word that is wider is cut. An address is not: it stays whole on a
 * line of its own, to be copied or clicked. Further lines are indented by two more than the first. Without `columns` the line stays whole.
 */
export const wrapped = (text: string, columns: number | undefined): readonly string[] => {
  if (columns === undefined || displayWidth(text) <= columns) return [text]
  const indent = /^ */.exec(text)?.[0] ?? ''
  const further = columns - indent.length - 2 < NARROWEST ? '' : `${indent}  `
  const lines: string[] = []
  let line = further === '' ? '' : indent
  let width = line.length
  let isEmpty = true
  const breakLine = (): void => {
    lines.push(line)
    line = further
    width = further.length
    isEmpty = true
  }
  for (const word of text.trimStart().split(BETWEEN)) {
    const wide = displayWidth(word)
    if (!isEmpty && width + 1 + wide > columns) breakLine()
    if (width + (isEmpty ? 0 : 1) + wide <= columns) {
      line += isEmpty ? word : ` ${word}`
      width += wide + (isEmpty ? 0 : 1)
      isEmpty = false
      continue
    }
    for (const piece of ADDRESS.test(word) ? [word] : pieces(word, columns - further.length)) {
      if (!isEmpty) breakLine()
      line += piece
      width += displayWidth(piece)
      isEmpty = false
    }
  }
  lines.push(line)
  return lines
}

const FIRST_AND_LAST = new RegExp(`^(/?[^/]+)/(?!${CONTINUES}).+/((?!${CONTINUES})[^/]+)$`, 'u')

/** Returns an album's path, shortened in its middle to fit: `Weddings/…/Dance-Floor`. A path of fewer than three folders stays whole. */
export const shortPath = (path: string, columns: number | undefined): string => {
  const [, first, last] = FIRST_AND_LAST.exec(path) ?? []
  if (columns === undefined || first === undefined || displayWidth(path) <= columns) return path
  return `${first}/${ELLIPSIS}/${last}`
}
