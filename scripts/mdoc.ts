/** Words in mdoc, the language of manual pages. */

/** Returns the text with everything escaped that mdoc would read as its own. */
export const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replace(/[^\n -~]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/^[.]/gm, '\\&.')

/** Marks that mdoc reads as punctuation where a word of a macro consists of nothing else. */
const PUNCTUATION = /^[.,:;()[\]?!|]+$/

/** Returns the text as one argument of a macro. */
export const argument = (text: string): string => {
  const safe = PUNCTUATION.test(text) ? `\\&${escaped(text)}` : escaped(text)
  return /[\s]/.test(safe) || safe === '' ? `"${safe}"` : safe
}

/** The longest line of a source, before anything is escaped. */
const WIDTH = 66

const broken = (line: string): readonly string[] => {
  const lines: string[] = []
  for (const word of line.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Returns one paragraph of prose: a new line for each sentence, code spans of Markdown in bold, addresses and links as plain text. */
export const prose = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<(https?:[^>]*)>/g, '$1')
    .split(/(?<=[.?!])\s+(?=[A-Z`0-9])/)
    .flatMap((sentence) => broken(sentence))
    .join('\n')
    .split(/(`[^`]*`)/)
    .map((part) => (/^`[\s\S]*`$/.test(part) ? `\\fB${escaped(part.slice(1, -1))}\\fR` : escaped(part)))
    .join('')
    .replace(/^[.']/gm, '\\&$&')

/** Returns a list of terms, each with its explanation below. `term` is everything behind `.It`. */
export const tagged = (items: readonly (readonly [term: string, text: string])[]): string =>
  ['.Bl -tag -width Ds', ...items.flatMap(([term, text]) => [`.It ${term}`, text]), '.El'].join('\n')

/** Returns lines that are shown as they are. */
export const literal = (text: string): string =>
  ['.Bd -literal -offset indent', ...text.split('\n').map((line) => escaped(line)), '.Ed'].join('\n')
