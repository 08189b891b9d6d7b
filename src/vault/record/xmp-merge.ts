/**
 * Updates an existing sidecar without removing anything that another program wrote.
 *
 * [Note: whose property] A sidecar of ours lists in `smugmug:Written` the groups of shared properties that were written, each with a
 * fingerprint. While a group still has its fingerprint, it is ours, and follows SmugMug. Once somebody has changed or removed it, it is
 * theirs for good. A group that was theirs from the beginning has no fingerprint and is never changed; a group without values is filled in.
 * Everything else (ratings, edits, histories, comments, the order) keeps its bytes: our properties are cut out where they stand and put
 * into one `rdf:Description` at the end.
 */

import type { Span } from './xml-tree.ts'
import {
  expandName,
  groupDigest,
  RDF_NAMESPACE,
  readLedger,
  renderLedger,
  SMUGMUG_NAMESPACE,
  type XmpGroup,
  type XmpValue,
  xmpGroupNames,
  xmpGroups,
} from './xmp.ts'
import { readXmp, withSpace, type XmpDescription, type XmpPacket } from './xmp-read.ts'

const imageKey = expandName('smugmug:ImageKey')
const written = expandName('smugmug:Written')

/**
 * Returns the text that the sidecar should have: `existing` itself when nothing is to be done, so that a run without changes changes no
 * byte. `ours` comes from `renderXmp`. Undefined when `existing` must be left alone: it cannot be read for certain, or belongs to another
 * item (where `photo.jpg` and `photo.mov` share `photo.xmp`).
 */
export const mergeXmp = (existing: string, ours: string): string | undefined => {
  const theirs = readXmp(existing)
  const mine = readXmp(ours)
  const [description] = mine?.descriptions ?? []
  if (theirs === undefined || mine === undefined || description === undefined) return undefined
  const has = valuesOf(theirs)
  const wants = valuesOf(mine)
  if (has.has(imageKey) && has.get(imageKey) !== wants.get(imageKey)) return undefined

  const before = readLedger(textOf(has.get(written)))
  const after = new Map<XmpGroup, string>()
  const left = new Set<XmpGroup>()
  let changed = false
  for (const group of xmpGroupNames) {
    const now = groupDigest(group, (name) => has.get(name))
    const wanted = groupDigest(group, (name) => wants.get(name))
    if (now !== before.get(group) || (now ?? wanted) === undefined) left.add(group)
    else if (now !== wanted) changed = true
    const digest = left.has(group) ? before.get(group) : wanted
    if (digest !== undefined) after.set(group, digest)
  }
  const ledger = renderLedger(after)
  if (!changed && ledger === textOf(has.get(written)) && sameOwn(has, wants)) return existing

  const leftNames = new Set([...left].flatMap((group) => xmpGroups[group].map(expandName)))
  const block = renderBlock(ours, description, { leftNames, ledger, about: aboutOf(theirs, existing) })
  return edit(existing, [...theirs.descriptions.flatMap((each) => cutOurs(each, existing, leftNames)), insertion(theirs, existing, block)])
}

/**
 * Returns the key of the image that a sidecar of ours belongs to; undefined for a sidecar of another program, or one that cannot be read
 * for certain.
 */
export const sidecarImageKey = (text: string): string | undefined => {
  const packet = readXmp(text)
  return (packet && textOf(valuesOf(packet).get(imageKey))) || undefined
}

type Values = ReadonlyMap<string, XmpValue | null>

/** Returns the values of all properties. A property that occurs twice has no value that could be trusted. */
const valuesOf = (packet: XmpPacket): Values => {
  const values = new Map<string, XmpValue | null>()
  for (const { name, value } of packet.descriptions.flatMap(({ properties }) => properties))
    values.set(name, values.has(name) ? null : value)
  return values
}

const textOf = (value: XmpValue | null | undefined): string => (typeof value === 'string' ? value : '')

/** Do both have the same values of the properties that only SmugMug knows? */
const sameOwn = (has: Values, wants: Values): boolean => {
  const own = (values: Values) => [...values].filter(([name]) => name.startsWith(SMUGMUG_NAMESPACE) && name !== written)
  return own(has).length === own(wants).length && own(wants).every(([name, value]) => has.get(name) === value)
}

const shared: ReadonlySet<string> = new Set(xmpGroupNames.flatMap((group) => xmpGroups[group].map(expandName)))

interface Edit extends Span {
  readonly text: string
}

const cut = ({ start, end }: Span): Edit => ({ start, end, text: '' })

/** Cuts out our properties, and the description with them if it held nothing else. */
const cutOurs = ({ element, properties }: XmpDescription, text: string, leftNames: ReadonlySet<string>): readonly Edit[] => {
  const ours = properties.filter(({ name }) => name.startsWith(SMUGMUG_NAMESPACE) || (shared.has(name) && !leftNames.has(name)))
  const edits = ours.map(cut)
  const rest = element.attributes.filter(({ start }) => !ours.some((each) => each.start === start))
  const bare =
    ours.length > 0 &&
    rest.every(({ name }) => name === `${RDF_NAMESPACE}about`) &&
    isBlank(element.inner && editWithin(text, element.inner, edits))
  return bare ? [cut(withSpace(element, text))] : edits
}

const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === ''

interface BlockFacts {
  /** Properties that are the user's. */
  readonly leftNames: ReadonlySet<string>
  readonly ledger: string
  /** The value, in quotes. */
  readonly about: string | undefined
}

/** Renders our description for the other document, with the white space before it. */
const renderBlock = (ours: string, { element, properties, about }: XmpDescription, facts: BlockFacts): string => {
  const edits = properties.filter(({ name }) => facts.leftNames.has(name)).map(cut)
  const place = element.children.find(({ name }) => name === written)?.inner
  if (place !== undefined) edits.push({ ...place, text: facts.ledger })
  if (about !== undefined && facts.about !== undefined) edits.push({ ...about, text: ` rdf:about=${facts.about}` })
  return editWithin(ours, withSpace(element, ours), edits)
}

/** Returns the value of `rdf:about` with its quotes, where it is not empty: in one packet it must be the same everywhere. */
const aboutOf = (packet: XmpPacket, text: string): string | undefined => {
  const about = packet.descriptions.find((each) => (each.about?.value ?? '') !== '')?.about
  return about && /=\s*(.*)$/s.exec(text.slice(about.start, about.end))?.[1]
}

const insertion = ({ rdf }: XmpPacket, text: string, block: string): Edit => {
  if (rdf.inner === undefined) return { start: rdf.end - '/>'.length, end: rdf.end, text: `>${block}\n</${rdf.tag}>` }
  const { start } = withSpace({ start: rdf.inner.end, end: rdf.inner.end }, text)
  return { start, end: start, text: block }
}

/** Returns the text with edits made, which must not overlap. */
const edit = (text: string, edits: readonly Edit[]): string => {
  let result = ''
  let at = 0
  for (const { start, end, text: put } of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + put
    at = end
  }
  return result + text.slice(at)
}

/** Returns the text within a span, with the edits made that lie in it. */
const editWithin = (text: string, { start, end }: Span, edits: readonly Edit[]): string =>
  edit(
    text.slice(0, end),
    edits.filter((each) => each.start >= start),
  ).slice(start)

/**
 * Returns a sidecar's text, from its bytes. Undefined when they are not UTF-8: such a file must be left alone. A byte-order mark stays, so
 * that bytes which `mergeXmp` leaves alone stay the same.
 */
export const sidecarText = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
