/**
 * Control characters (escape sequences begin with one), characters that reverse or hide text, and line separators. SmugMug passes
 * file names on unchanged, so a name can hold any of them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{2060}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}\p{Cs}]/gu

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

/** Returns one line of text that is safe to print: control characters, escape sequences and text reversal become visible, as in `\x1b`. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, escaped)

/** Returns text of several lines, such as a stack trace, made safe to print. */
export const printableLines = (text: string): string => text.split(/\r?\n/).map(printable).join('\n')

/**
 * Returns JSON text of the same value that is safe to print: JSON itself escapes only characters below the space.
 */
export const printableJson = (json: string): string =>
  json.replaceAll(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  )
