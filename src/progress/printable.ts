/**
 * Control characters (escape sequences begin with one), what reverses or hides text, and line separators. SmugMug hands on whatever
 * a file was called, so any of them can stand in a name.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{2060}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}\p{Cs}]/gu

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

/** One line of text that is safe to print: control characters, escape sequences and text reversal shown as `\x1b`, everything else as it is. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, escaped)

/** The same for text of several lines, such as a stack trace. */
export const printableLines = (text: string): string => text.split(/\r?\n/).map(printable).join('\n')

/**
 * JSON text that cannot act on a terminal either: JSON itself escapes only what lies below a space.
 * Its value is unchanged.
 */
export const printableJson = (json: string): string =>
  json.replaceAll(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  )
