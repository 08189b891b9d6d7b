/**
 * An item's facts as XMP: the words, the place, the time, and the keys that lead back to SmugMug. The format is described in
 * docs/sidecars.md. Nothing in it says when it was written: a run without changes changes no byte.
 */

import { createHash } from 'node:crypto'
import XMLBuilder from 'fast-xml-builder'
import type { Json } from '../../model.ts'
import type { CaptureTime } from '../naming/capture-time.ts'
import type { AlbumHead, ItemRecord } from './album-record.ts'
import { captionText } from './caption-text.ts'
import { keywordsOf } from './keywords.ts'

/** The namespace of the facts that only SmugMug knows. It is a name, not an address; it stays when the project moves. */
export const SMUGMUG_NAMESPACE = 'https://github.com/smugmug-backup/smugmug-backup/ns/1.0/'

/** RDF's own namespace. */
export const RDF_NAMESPACE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'

const namespaces = {
  dc: 'http://purl.org/dc/elements/1.1/',
  exif: 'http://ns.adobe.com/exif/1.0/',
  lr: 'http://ns.adobe.com/lightroom/1.0/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  xmp: 'http://ns.adobe.com/xap/1.0/',
  smugmug: SMUGMUG_NAMESPACE,
} as const

/** The name of a property as this program writes it. */
type PropertyName = `${keyof typeof namespaces}:${string}`

/** A text, or the texts of a list, each with its language (`''` where none is named). */
export type XmpValue = string | readonly (readonly [language: string, text: string])[]

/** The facts that may be known about an item. Absent means unknown; texts may hold anything. */
export interface XmpFacts {
  readonly imageKey: string
  readonly albumKey: string
  /** The album's `UrlPath`, as SmugMug spells it. */
  readonly albumPath: string
  readonly fileName?: string
  readonly webUri?: string
  /** The time in ISO 8601; true UTC. */
  readonly uploaded?: string
  readonly title?: string
  /** The caption without HTML. */
  readonly caption?: string
  /** The keywords; `|` separates the levels of a hierarchy. */
  readonly keywords?: readonly string[]
  /** Decimal degrees; 0/0 is no place (fact sheet 4.2). */
  readonly latitude?: string | number
  readonly longitude?: string | number
  /** Metres above the sea; 0 is none. */
  readonly altitude?: string | number
  readonly captureTime?: CaptureTime
}

/**
 * Returns the facts of an item in a record. `time` is the caller's best knowledge (`captureTime`), so that file times and CSV agree with
 * it.
 */
export const xmpFacts = (album: Pick<AlbumHead, 'key' | 'urlPath'>, item: ItemRecord, time: CaptureTime | undefined): XmpFacts => ({
  imageKey: item.imageKey,
  albumKey: album.key,
  albumPath: album.urlPath,
  fileName: item.fileName,
  ...(item.webUri !== undefined && { webUri: item.webUri }),
  ...(item.dateTimeUploaded !== undefined && { uploaded: item.dateTimeUploaded }),
  title: item.title,
  caption: plainCaption(item.caption, item.smugmug),
  keywords: keywordsOf(item),
  ...(item.latitude !== undefined && { latitude: item.latitude }),
  ...(item.longitude !== undefined && { longitude: item.longitude }),
  ...(item.altitude !== undefined && { altitude: item.altitude }),
  ...(time !== undefined && { captureTime: time }),
})

/** Returns SmugMug's own plain text of the caption, where its answer has one that differs from the caption. */
const plainCaption = (caption: string, answer: Json | undefined): string => {
  const bare = captionText(caption)
  if (bare === caption) return caption
  const plain = member(member(member(answer, 'FormattedValues'), 'Caption'), 'text')
  return typeof plain === 'string' && plain.trim() !== '' && plain !== caption ? plain : bare
}

const member = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: Json })[name] : undefined

/**
 * The properties that other programs also use, in groups that are kept or replaced as a whole: a sidecar never has the latitude of one
 * program and the longitude of another. See: [Note: whose property] in xmp-merge.ts
 */
export const xmpGroups = {
  title: ['dc:title'],
  description: ['dc:description'],
  keywords: ['dc:subject', 'lr:hierarchicalSubject'],
  place: ['exif:GPSLatitude', 'exif:GPSLongitude', 'exif:GPSAltitude', 'exif:GPSAltitudeRef'],
  time: ['photoshop:DateCreated', 'exif:DateTimeOriginal', 'xmp:CreateDate'],
} as const satisfies Readonly<Record<string, readonly PropertyName[]>>

/** The name of such a group. */
export type XmpGroup = keyof typeof xmpGroups

/** All groups, in the order of the ledger. */
export const xmpGroupNames = Object.keys(xmpGroups) as readonly XmpGroup[]

/** Returns the namespace's URI and the local name as one text. */
export const expandName = (name: PropertyName): string => {
  const colon = name.indexOf(':')
  return namespaces[name.slice(0, colon) as keyof typeof namespaces] + name.slice(colon + 1)
}

/**
 * Returns the fingerprint of a group's values; undefined when it has none. `valueAt` takes expanded names; null is a value of a kind that
 * is never written here. Lists count as sets, because programs put them in an order of their own.
 */
export const groupDigest = (group: XmpGroup, valueAt: (name: string) => XmpValue | null | undefined): string | undefined => {
  const values = xmpGroups[group].map((name) => {
    const value = valueAt(expandName(name))
    if (value === null) return [null]
    const entries = typeof value === 'string' ? [['', value] as const] : (value ?? [])
    return entries.flatMap((entry) => (entry[1] === '' ? [] : [JSON.stringify(entry)])).toSorted()
  })
  if (values.every((entries) => entries.length === 0)) return undefined
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16)
}

/** Renders `smugmug:Written`: the groups that were written, each with its fingerprint. */
export const renderLedger = (digests: ReadonlyMap<XmpGroup, string>): string =>
  digests.size === 0 ? 'nothing' : [...digests].map(([group, digest]) => `${group}:${digest}`).join(' ')

/** Reads the text of `renderLedger`; leaves out damaged or unknown parts. */
export const readLedger = (text: string): ReadonlyMap<XmpGroup, string> =>
  new Map(
    text.split(/\s+/).flatMap((entry) => {
      const [name, digest = ''] = entry.split(':')
      const group = xmpGroupNames.find((each) => each === name)
      return group !== undefined && /^[\da-f]{16}$/.test(digest) ? [[group, digest] as const] : []
    }),
  )

/** The properties of an item, in the order in which they are written; undefined where unknown or empty. */
type Properties = Readonly<Record<PropertyName, XmpValue | undefined>>

const sharedProperties = (facts: XmpFacts): Properties => {
  const place = placeOf(facts)
  const time = facts.captureTime && facts.captureTime.local + (facts.captureTime.offset ?? '')
  return {
    'dc:title': inAnyLanguage(facts.title),
    'dc:description': inAnyLanguage(facts.caption),
    ...keywordProperties(facts.keywords ?? []),
    'exif:GPSLatitude': place && coordinate(place.latitude, 'N', 'S'),
    'exif:GPSLongitude': place && coordinate(place.longitude, 'E', 'W'),
    ...(place && altitudeProperties(toNumber(facts.altitude))),
    'photoshop:DateCreated': time,
    'exif:DateTimeOriginal': time,
    'xmp:CreateDate': time,
  }
}

const ownProperties = (facts: XmpFacts): Properties => ({
  'smugmug:ImageKey': clean(facts.imageKey),
  'smugmug:AlbumKey': clean(facts.albumKey),
  'smugmug:AlbumPath': clean(facts.albumPath),
  'smugmug:FileName': clean(facts.fileName),
  'smugmug:WebUri': clean(facts.webUri),
  // SmugMug's zero date and other junk do not count as dates (fact sheet 6.2).
  'smugmug:Uploaded': facts.uploaded !== undefined && !Number.isNaN(Date.parse(facts.uploaded)) ? clean(facts.uploaded) : undefined,
})

const inAnyLanguage = (text: string | undefined): XmpValue | undefined => {
  const cleaned = clean(text)
  return cleaned && [['x-default', cleaned]]
}

/**
 * Makes the properties of keywords as Lightroom writes them: each level of a hierarchy is a word of its own in `dc:subject`.
 * `lr:hierarchicalSubject` has the paths, and the flat words too, because digiKam and Immich read only that one where it exists, and Immich
 * never reads `dc:subject`.
 */
const keywordProperties = (keywords: readonly string[]): Properties => {
  const paths = keywords.map((keyword) => keyword.split('|').flatMap((level) => clean(level) ?? [])).filter((path) => path.length > 0)
  return {
    'dc:subject': listOf(paths.flat()),
    'lr:hierarchicalSubject': listOf(paths.map((path) => path.join('|'))),
  }
}

const listOf = (texts: readonly string[]): XmpValue | undefined =>
  texts.length === 0 ? undefined : [...new Set(texts)].map((text) => ['', text])

/** Returns the characters that XML 1.0 can hold, with one kind of line end; undefined when nothing is left. */
const clean = (text: string | undefined): string | undefined => text?.replace(unwritable, '').replace(/\r\n?/g, '\n').trim() || undefined

/** Controls, halves of surrogate pairs, code points that are no characters. */
const unwritable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const toNumber = (value: string | number | undefined): number | undefined => {
  const number = typeof value === 'string' && /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

const placeOf = (facts: XmpFacts): { readonly latitude: number; readonly longitude: number } | undefined => {
  const latitude = toNumber(facts.latitude)
  const longitude = toNumber(facts.longitude)
  if (latitude === undefined || longitude === undefined || (latitude === 0 && longitude === 0)) return undefined
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined
}

/** Formats a coordinate as XMP's `59,54.800000N`: degrees, and minutes to two millimetres. */
const coordinate = (degrees: number, positive: string, negative: string): string => {
  const millionths = Math.round(Math.abs(degrees) * 60e6)
  const whole = Math.floor(millionths / 60e6)
  return `${whole},${((millionths - whole * 60e6) / 1e6).toFixed(6)}${degrees < 0 ? negative : positive}`
}

const altitudeProperties = (metres: number | undefined): Properties => {
  const hundredths = Math.round(Math.abs(metres ?? 0) * 100)
  if (metres === undefined || hundredths === 0) return {}
  const fraction = hundredths % 100 === 0 ? `${hundredths / 100}/1` : `${hundredths}/100`
  return { 'exif:GPSAltitude': fraction, 'exif:GPSAltitudeRef': metres < 0 ? '1' : '0' }
}

const builder = new XMLBuilder({ ignoreAttributes: false, format: true, indentBy: ' ', suppressBooleanAttributes: false })

const elements = (properties: Properties): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, typeof value === 'string' ? value : value && container(value)]),
  )

const container = (entries: Exclude<XmpValue, string>): unknown => {
  const items = entries.map(([language, text]) => (language === '' ? text : { '@_xml:lang': language, '#text': text }))
  return { [entries.some(([language]) => language !== '') ? 'rdf:Alt' : 'rdf:Bag']: { 'rdf:li': items } }
}

const declarations = (prefixes: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(prefixes).map(([prefix, uri]) => [`@_xmlns:${prefix}`, uri]))

/**
 * Renders a whole sidecar: a well-formed document with one `rdf:Description`. It declares every prefix it uses, so that it can be put into
 * a document of another program (`mergeXmp`). The same facts give the same bytes.
 */
export const renderXmp = (facts: XmpFacts): string => {
  const shared = sharedProperties(facts)
  const values = new Map(Object.entries(shared).map(([name, value]) => [expandName(name as PropertyName), value]))
  const digests = new Map(
    xmpGroupNames.flatMap((group) => {
      const digest = groupDigest(group, (name) => values.get(name))
      return digest === undefined ? [] : [[group, digest] as const]
    }),
  )
  const description = {
    '@_rdf:about': '',
    ...declarations({ rdf: RDF_NAMESPACE, ...namespaces }),
    ...elements({ ...shared, ...ownProperties(facts), 'smugmug:Written': renderLedger(digests) }),
  }
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    'x:xmpmeta': {
      ...declarations({ x: 'adobe:ns:meta/' }),
      'rdf:RDF': { ...declarations({ rdf: RDF_NAMESPACE }), 'rdf:Description': description },
    },
  })
}

/** The beginning and the end of one RDF document about many files; between them `describeFile` of each. */
export const rdfDocument = {
  head: `<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF ${Object.entries({ rdf: RDF_NAMESPACE, ...namespaces })
    .map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`)
    .join(' ')}>\n`,
  foot: '</rdf:RDF>\n',
} as const

/** Renders one file's part of such a document. `path` is relative, with `/`; it becomes a URI reference. */
export const describeFile = (path: string, facts: XmpFacts): string => {
  const about = path.toWellFormed().split('/').map(encodeURIComponent).join('/')
  return builder.build({
    'rdf:Description': { '@_rdf:about': about, ...elements({ ...sharedProperties(facts), ...ownProperties(facts) }) },
  })
}
