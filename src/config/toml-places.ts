import { parse } from 'smol-toml'

/** The positions of a key and its value in the text of a TOML file. Positions count UTF-16 units; ends are exclusive. */
export interface KeyPlace {
  /** The tables it is in, and its own name, as spelt. */
  readonly path: readonly string[]
  readonly keyStart: number
  /** The beginning of the last part of a dotted key. */
  readonly nameStart: number
  readonly valueStart: number
  readonly valueEnd: number
  /** It stands between the braces of an inline table. */
  readonly inline: boolean
}

/** The position of a table's header, `[path]`. */
export interface HeaderPlace {
  readonly path: readonly string[]
  readonly end: number
}

/** All keys and headers of a TOML file in order, but for those inside arrays. */
export interface TomlPlaces {
  readonly keys: readonly KeyPlace[]
  readonly headers: readonly HeaderPlace[]
}

interface Key {
  readonly names: readonly string[]
  readonly nameStart: number
  readonly end: number
}

const matchEnd = (text: string, at: number, pattern: RegExp): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

const skipBlanks = (text: string, at: number): number => matchEnd(text, at, /[ \t]+/y)

/** Skips everything between two keys or values: blanks, line ends, comments, commas. */
const skipVoid = (text: string, at: number): number => matchEnd(text, at, /(?:[\s,\ufeff]|#[^\n]*)+/y)

/** Returns the end of the string that begins here, in any of TOML's four kinds of quotes; the same position when none begins. */
const skipString = (text: string, at: number): number => {
  for (const pattern of [/"""(?:\\.|[^\\])*?"""(?:"{0,2})/sy, /'''.*?'''(?:'{0,2})/sy, /"(?:\\.|[^"\\])*"/y, /'[^']*'/y]) {
    const end = matchEnd(text, at, pattern)
    if (end > at) return end
  }
  return at
}

const readKey = (text: string, start: number): Key => {
  const names: string[] = []
  for (let nameStart = start; ; ) {
    const quoted = skipString(text, nameStart)
    const nameEnd = quoted > nameStart ? quoted : matchEnd(text, nameStart, /[\w-]+/y)
    const name = text.slice(nameStart, nameEnd)
    names.push(quoted > nameStart ? String(parse(`name = ${name}`).name) : name)
    const end = skipBlanks(text, nameEnd)
    if (text[end] !== '.') return { names, nameStart, end }
    nameStart = skipBlanks(text, end + 1)
  }
}

/**
 * Finds the keys of a TOML text, so that one value can be changed without touching anything else. The text must have been parsed
 * without error; for any other text the answer means nothing.
 */
export const findPlaces = (text: string): TomlPlaces => {
  const keys: KeyPlace[] = []
  const headers: HeaderPlace[] = []

  /** Goes past one value. `path` is undefined inside arrays, whose keys have no name of their own. */
  const scanValue = (at: number, path: readonly string[] | undefined): number => {
    if (text[at] === '[' || text[at] === '{') {
      let next = skipVoid(text, at + 1)
      while (next < text.length && text[next] !== ']' && text[next] !== '}') {
        next = skipVoid(text, text[at] === '[' ? scanValue(next, undefined) : scanKey(next, path, true))
      }
      return next + 1
    }
    const end = skipString(text, at)
    if (end > at) return end
    // At least one character, so that even a text that is no TOML comes to an end.
    return at + Math.max(1, text.slice(at, matchEnd(text, at, /[^,\]}#\r\n]+/y)).trimEnd().length)
  }

  const scanKey = (keyStart: number, table: readonly string[] | undefined, inline: boolean): number => {
    const key = readKey(text, keyStart)
    const path = table === undefined ? undefined : [...table, ...key.names]
    const valueStart = skipVoid(text, key.end + 1)
    const place = keys.length
    const valueEnd = scanValue(valueStart, path)
    if (path !== undefined) keys.splice(place, 0, { path, keyStart, nameStart: key.nameStart, valueStart, valueEnd, inline })
    return valueEnd
  }

  let table: readonly string[] | undefined = []
  for (let at = skipVoid(text, 0); at < text.length; at = skipVoid(text, at)) {
    if (text[at] !== '[') {
      at = scanKey(at, table, false)
      continue
    }
    const ofArray = text.startsWith('[[', at)
    const key = readKey(text, skipBlanks(text, at + (ofArray ? 2 : 1)))
    at = key.end + (ofArray ? 2 : 1)
    table = ofArray ? undefined : key.names
    if (!ofArray) headers.push({ path: key.names, end: at })
  }
  return { keys, headers }
}
