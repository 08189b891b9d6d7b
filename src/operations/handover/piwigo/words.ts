/**
 * Words as Piwigo keeps them. It takes names and descriptions for HTML, and its database takes no characters beyond the first 65,536 of
 * Unicode, such as emoji: these stand as references.
 */
import { withoutTowers } from '../../../vault/naming/safe-path.ts'

/** The longest name in Piwigo's database, in characters. */
const LONGEST_NAME = 255

/** The longest description in Piwigo's database, in bytes. */
const LONGEST_DESCRIPTION = 65_535

const MARKUP: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

/** Returns a name as HTML in one line, cut where Piwigo's database ends. */
export const nameHtml = (text: string): string => html(text.replace(/\p{Cc}+/gu, ' '), LONGEST_NAME, (piece) => piece.length).trim()

/** Returns a description as HTML, cut where Piwigo's database ends. Line breaks stay. */
export const descriptionHtml = (text: string): string =>
  html(text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, ' '), LONGEST_DESCRIPTION, (piece) => Buffer.byteLength(piece))

function html(text: string, longest: number, sizeOf: (piece: string) => number): string {
  const pieces: string[] = []
  let size = 0
  for (const character of text.toWellFormed().trim()) {
    const code = character.codePointAt(0) ?? 0
    const piece = MARKUP.get(character) ?? (code > 0xffff ? `&#x${code.toString(16)};` : character)
    size += sizeOf(piece)
    if (size > longest) break
    pieces.push(piece)
  }
  return pieces.join('')
}

/** Returns the name of a file for Piwigo, which writes some characters of a name twice encoded: each of them becomes `_`. */
export const uploadName = (name: string): string => name.replace(/[\p{Cc}&<>'"\\\u{10000}-\u{10FFFF}]/gu, '_')

/** The tags of a vault. Piwigo's database has one tag for words that differ only by capitals or accents: the first spelling counts. */
export class Tags {
  readonly #names = new Map<string, string>()

  /** Returns the keys of the tags for these words. */
  keysOf(words: readonly string[]): readonly string[] {
    const keys = words.flatMap((word) => {
      const name = nameHtml(word)
      if (name === '') return []
      const key = foldTag(name)
      if (!this.#names.has(key)) this.#names.set(key, name)
      return [key]
    })
    return [...new Set(keys)]
  }

  /** Returns the tags, as lines of JSON. */
  lines(): readonly string[] {
    return [...this.#names].map(([key, name]) => `${JSON.stringify({ key, name })}\n`)
  }
}

const foldTag = (name: string): string => withoutTowers(name).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 's')
