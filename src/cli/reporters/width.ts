import stringWidth from 'fast-string-width'

const ELLIPSIS = '…'

const NO_WIDTH = /^[\p{M}\p{Cf}]$/u

/**
 * Returns the number of columns that a terminal may need for the text. Wide characters (CJK, emoji) take two. Terminals differ about
 * joined emoji; the widest counts, because a line that is too long would break in two.
 */
export const displayWidth = (text: string): number => {
  let apart = 0
  for (const character of text) if (!NO_WIDTH.test(character)) apart += stringWidth(character)
  return Math.max(apart, stringWidth(text.replaceAll(/\p{Cf}/gu, '')))
}

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

/** Splits a text into characters as a reader sees them: accents, families of emoji and flags stay whole. */
const characters = (text: string): string[] => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)

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
