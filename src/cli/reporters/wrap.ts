import { displayWidth } from './width.ts'

/** Splits a text into characters as a reader sees them. */
const characters = (text: string): string[] => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)

/** Returns the text's characters in pieces that fit. */
function* pieces(word: string, columns: number): Generator<string> {
  let piece = ''
  let width = 0
  for (const character of characters(word)) {
    const wide = displayWidth(character)
    if (piece !== '' && width + wide > columns) {
      yield piece
      piece = ''
      width = 0
    }
    piece += character
    width += wide
  }
  if (piece !== '') yield piece
}

/** The narrowest room that text is wrapped to: below it, words would fall apart into letters. */
const NARROWEST = 10

/**
 * Breaks a line between words, so that no part is wider than `columns`; a word that is wider is cut. Further lines are indented by two more
 * than the first. Without `columns` the line stays whole.
 */
export const wrapped = (text: string, columns: number | undefined): readonly string[] => {
  if (columns === undefined || displayWidth(text) <= columns) return [text]
  const indent = /^ */.exec(text)?.[0] ?? ''
  const further = columns - indent.length - 2 < NARROWEST ? '' : `${indent}  `
  const lines: string[] = []
  let line = indent.length < columns - NARROWEST ? indent : ''
  let width = line.length
  let isEmpty = true
  const breakLine = (): void => {
    lines.push(line)
    line = further
    width = further.length
    isEmpty = true
  }
  for (const word of text.trimStart().split(' ')) {
    const wide = displayWidth(word)
    if (!isEmpty && width + 1 + wide > columns) breakLine()
    if (width + (isEmpty ? 0 : 1) + wide <= columns) {
      line += isEmpty ? word : ` ${word}`
      width += wide + (isEmpty ? 0 : 1)
      isEmpty = false
      continue
    }
    for (const piece of pieces(word, columns - further.length)) {
      if (!isEmpty) breakLine()
      line += piece
      width += displayWidth(piece)
      isEmpty = false
    }
  }
  lines.push(line)
  return lines
}
