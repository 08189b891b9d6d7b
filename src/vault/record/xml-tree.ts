/**
 * Reads XML with the position of each part, so that a text can be changed by cutting and pasting while every other byte stays. Own code,
 * because the parsers for Node return values without positions. It reads the XML of sidecars, and refuses the rest (a DOCTYPE, entities of
 * one's own).
 */

/** A part of the text; `end` is behind the last character. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** An attribute; its span includes the white space before it. */
export interface XmlAttribute extends Span {
  /** The namespace's URI and the local name as one text; without a prefix only the local name. */
  readonly name: string
  readonly value: string
}

/** An element; its span is all of it, from `<` to the last `>`. */
export interface XmlElement extends Span {
  /** The namespace's URI and the local name as one text. */
  readonly name: string
  /** The tag as it is spelled, with its prefix. */
  readonly tag: string
  /** The attributes, without the declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** The text that is directly in it, decoded. */
  readonly text: string
  /** The part between the opening and the closing tag; undefined where one tag is both (`<a/>`). */
  readonly inner: Span | undefined
}

/** Returns the root of a well-formed document; undefined for everything else. */
export const readXml = (text: string): XmlElement | undefined => (illegal.test(text) ? undefined : new XmlReader(text).read())

/** Characters that XML 1.0 does not allow anywhere, not even escaped. */
const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Open extends Mutable<XmlElement> {
  readonly attributes: XmlAttribute[]
  readonly children: XmlElement[]
  readonly scope: Scope
}

/** Prefix → URI. */
type Scope = ReadonlyMap<string, string>

const rootScope: Scope = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']])

/** Between `<` and `>`, `/` or white space. */
const tagName = /[^\s<>/="'&]+/y
const attribute = /\s+([^\s<>/="'&]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const tagEnd = /\s*(\/?)>/y
const closingTag = /<\/([^\s<>/="'&]+)\s*>/y

/** One reading of one text. Every method that can fail returns false or undefined when the text is not well-formed. */
class XmlReader {
  readonly #text: string
  readonly #open: Open[] = []
  #at = 0
  #root: Open | undefined

  constructor(text: string) {
    this.#text = text
  }

  read(): XmlElement | undefined {
    for (;;) {
      const next = this.#text.indexOf('<', this.#at)
      if (!this.#takeText(next < 0 ? this.#text.length : next)) return undefined
      if (next < 0) return this.#open.length === 0 ? this.#root : undefined
      if (!this.#takeMarkup()) return undefined
    }
  }

  #takeText(end: number): boolean {
    const raw = this.#text.slice(this.#at, end)
    this.#at = end
    const within = this.#open.at(-1)
    // Outside the root only white space is allowed, and a byte-order mark, which `\s` includes.
    if (within === undefined) return /^\s*$/.test(raw)
    const decoded = decode(raw.replace(/\r\n?/g, '\n'))
    if (decoded !== undefined) within.text += decoded
    return decoded !== undefined
  }

  #takeMarkup(): boolean {
    if (this.#text.startsWith('<!--', this.#at)) return this.#skipTo('-->', 4)
    if (this.#text.startsWith('<?', this.#at)) return this.#skipTo('?>', 2)
    if (this.#text.startsWith('<![CDATA[', this.#at)) {
      const start = this.#at + 9
      const within = this.#open.at(-1)
      if (within === undefined || !this.#skipTo(']]>', 9)) return false
      within.text += this.#text.slice(start, this.#at - 3).replace(/\r\n?/g, '\n')
      return true
    }
    return this.#text.startsWith('</', this.#at) ? this.#takeClosing() : this.#takeOpening()
  }

  #skipTo(end: string, from: number): boolean {
    const found = this.#text.indexOf(end, this.#at + from)
    if (found < 0) return false
    this.#at = found + end.length
    return true
  }

  #takeClosing(): boolean {
    const start = this.#at
    const element = this.#open.pop()
    if (this.#match(closingTag)?.[1] !== element?.tag || element === undefined) return false
    element.inner = { start: element.end, end: start }
    element.end = this.#at
    return true
  }

  #takeOpening(): boolean {
    const start = this.#at
    this.#at += 1
    const tag = this.#match(tagName)?.[0]
    if (tag === undefined || tag.startsWith('!')) return false
    const parent = this.#open.at(-1)
    if (parent === undefined && this.#root !== undefined) return false

    const raw: Mutable<XmlAttribute>[] = []
    for (;;) {
      const from = this.#at
      const found = this.#match(attribute)
      if (found === undefined) break
      const value = decode((found[2] ?? found[3] ?? '').replace(/\r\n|[\t\n\r]/g, ' '))
      const name = found[1] ?? ''
      if (value === undefined || raw.some((other) => other.name === name)) return false
      raw.push({ name, value, start: from, end: this.#at })
    }
    const end = this.#match(tagEnd)
    if (end === undefined) return false

    const scope = scopeOf(parent?.scope ?? rootScope, raw)
    const name = expand(tag, scope, 'element')
    const attributes = attributesOf(raw, scope)
    if (name === undefined || attributes === undefined) return false
    const element: Open = { name, tag, attributes, children: [], text: '', inner: undefined, start, end: this.#at, scope }
    parent?.children.push(element)
    this.#root ??= element
    if (end[1] === '') this.#open.push(element)
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return undefined
    this.#at = pattern.lastIndex
    return found
  }
}

const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:')

const scopeOf = (outer: Scope, attributes: readonly XmlAttribute[]): Scope => {
  const declarations = attributes.filter(({ name }) => isDeclaration(name))
  return declarations.length === 0 ? outer : new Map([...outer, ...declarations.map(({ name, value }) => [name.slice(6), value] as const)])
}

const attributesOf = (raw: readonly XmlAttribute[], scope: Scope): XmlAttribute[] | undefined => {
  const attributes: XmlAttribute[] = []
  for (const attribute of raw) {
    if (isDeclaration(attribute.name)) continue
    const name = expand(attribute.name, scope, 'attribute')
    if (name === undefined) return undefined
    attributes.push({ ...attribute, name })
  }
  return attributes
}

/**
 * Returns the name with its namespace; undefined for a prefix that nobody declared. An attribute without a prefix is in no namespace,
 * whatever the default is.
 */
const expand = (name: string, scope: Scope, of: 'element' | 'attribute'): string | undefined => {
  const [first = '', local, ...more] = name.split(':')
  if (more.length > 0) return undefined
  if (local === undefined) return of === 'attribute' ? name : (scope.get('') ?? '') + name
  const uri = scope.get(first)
  return uri === undefined ? undefined : uri + local
}

const named: ReadonlyMap<string, string> = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }))

/** Decodes a text; undefined when a reference is broken or unknown. */
const decode = (raw: string): string | undefined => {
  if (!raw.includes('&')) return raw
  let known = true
  const text = raw.replace(/&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g, (_, hex?: string, decimal?: string, name?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const character = name === undefined ? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined) : named.get(name)
    if (character === undefined || illegal.test(character)) known = false
    return character ?? ''
  })
  return known ? text : undefined
}
