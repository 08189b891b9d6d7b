import { readXml, type Span, type XmlElement } from './xml-tree.ts'
import { RDF_NAMESPACE, type XmpValue } from './xmp.ts'

/** A property of a packet, as an attribute or an element. */
export interface XmpProperty extends Span {
  /** The namespace's URI and the local name as one text. */
  readonly name: string
  /** The value; null when it is neither a text nor a list of texts. */
  readonly value: XmpValue | null
}

/** One of the descriptions that make up a packet. */
export interface XmpDescription {
  readonly element: XmlElement
  /** The properties, each with the white space before it. */
  readonly properties: readonly XmpProperty[]
  /** `rdf:about`, decoded, and its position in the text. */
  readonly about: (Span & { readonly value: string }) | undefined
}

/** An XMP packet with the positions of its parts. */
export interface XmpPacket {
  readonly rdf: XmlElement
  readonly descriptions: readonly XmpDescription[]
}

/** Reads an XMP packet. Undefined when the text is not well-formed, in another encoding than UTF-8, or no packet as XMP describes it. */
export const readXmp = (text: string): XmpPacket | undefined => {
  const encoding = /^\uFEFF?<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)/.exec(text)?.[1]
  if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) return undefined
  const root = readXml(text)
  const [rdf, ...more] = root?.name === rdfName('RDF') ? [root] : (root?.children.filter(({ name }) => name === rdfName('RDF')) ?? [])
  if (rdf === undefined || more.length > 0 || rdf.children.some(({ name }) => name !== rdfName('Description'))) return undefined
  return { rdf, descriptions: rdf.children.map((element) => describe(element, text)) }
}

const rdfName = (local: string): string => RDF_NAMESPACE + local
const language = 'http://www.w3.org/XML/1998/namespacelang'

const describe = (element: XmlElement, text: string): XmpDescription => {
  const about = element.attributes.find(({ name }) => name === rdfName('about'))
  // A property's name has a namespace, but not RDF's or XML's own.
  const attributes = element.attributes.filter(({ name }) => /[:/#]/.test(name) && !name.startsWith(RDF_NAMESPACE) && name !== language)
  const children = element.children.map((child) => ({ name: child.name, value: readValue(child), ...withSpace(child, text) }))
  return { element, properties: [...attributes, ...children], about }
}

/** Returns the span with the white space before it. */
export const withSpace = ({ start, end }: Span, text: string): Span => {
  let from = start
  while (from > 0 && /[\t\n\r ]/.test(text.charAt(from - 1))) from -= 1
  return { start: from, end }
}

const readValue = (property: XmlElement): XmpValue | null => {
  if (property.attributes.length > 0) return null
  const [list, ...more] = property.children
  if (list === undefined) return property.text
  const isList = ['Alt', 'Bag', 'Seq'].some((kind) => list.name === rdfName(kind))
  if (!isList || more.length > 0 || !list.children.every(isText)) return null
  return list.children.map((item) => [item.attributes[0]?.value ?? '', item.text])
}

const isText = (item: XmlElement): boolean =>
  item.name === rdfName('li') && item.children.length === 0 && item.attributes.every(({ name }) => name === language)
