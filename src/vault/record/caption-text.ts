/** The text of SmugMug's captions, which may be HTML (fact sheet 4.2). */

/** Tags that begin and end a line. */
const blocks =
  'address|article|aside|blockquote|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|tr|ul'

/** Tags within a line. A tag in neither list is the photographer's own text: `I <3 Oslo`, `<me@example.com>`. */
const inline =
  'a|abbr|audio|b|big|center|cite|code|del|em|embed|font|i|iframe|img|input|ins|kbd|link|mark|meta|object|param|q|s|samp|small|source|span|strike|' +
  'strong|sub|sup|td|th|tt|u|var|video'

const tag = (names: string): string => `</?(?:${names})(?:\\s[^<>]*|/)?>`
const breaks = new RegExp(`${tag(blocks)}(?:\\s*${tag(blocks)})*`, 'gi')
const lineBreak = new RegExp(tag('br'), 'gi')
const inlineTag = new RegExp(tag(inline), 'gi')

/** Parts that nobody sees. A missing end is the end of the text, as in a browser. */
const unseen = /<!--.*?(?:-->|$)|<(script|style)\b[^<>]*>.*?(?:<\/\1\s*>|$)/gis

const entity = /&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]+));/gi
const characters: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0', copy: '©', reg: '®', deg: '°', hellip: '…' }).concat(
    Object.entries({ ndash: '–', mdash: '—', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', bull: '•', middot: '·', euro: '€' }),
  ),
)

/**
 * Turns a caption that may be HTML into text: removes known tags, makes line breaks of blocks and `<br>`, resolves references to
 * characters. Text without any of these stays as it is.
 */
export const captionText = (caption: string): string => {
  const bare = caption
    .replace(unseen, '')
    .replace(breaks, (run) => (/<\/?p\b/i.test(run) ? '\n\n' : '\n'))
    .replace(lineBreak, '\n')
    .replace(inlineTag, '')
  const text = bare.replace(entity, (reference, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return characters.get(name) ?? reference
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : reference
  })
  return text === caption ? caption : tidy(text)
}

const tidy = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
