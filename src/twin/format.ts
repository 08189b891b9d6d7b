/**
 * The twin's data files, shared by the writer, the server and the client in the browser. Format: docs/twin-format.md.
 *
 * Each file is a classic script that calls `twin(…)` with one of these objects, because a page opened from disk may load scripts but
 * fetch nothing. Items are numbered within their year, newest first: a change touches the files of its own years only.
 */

/** The version of the format. A higher number after the last slash means a newer one. */
export const TWIN_FORMAT = 'smugmug-backup/twin/1'

/** The folder of everything but the pages. The dot in its name keeps it apart from every path on SmugMug. */
export const TWIN_FILES = 'twin.files'

/** The most items in one part of a month. */
export const PART = 4000

/** The name of the global function that the data files call. */
export const CALL = 'twin'

/** A year of the timeline: its number (0: undated), the number of its items, and the hash in the name of its file. */
export type YearEntry = readonly [year: number, items: number, hash: string]

/**
 * `data/index.js`: written last. It leads to all other files, whose names hold the beginning of their own hash: a twin that is being
 * written is the old one, whole, until this file is replaced.
 */
export interface IndexData {
  readonly kind: 'index'
  readonly format: string
  /** The account's name, for titles. */
  readonly title: string
  /** Newest first; undated items come last. */
  readonly years: readonly YearEntry[]
  /** The hash in the name of the albums' file. */
  readonly albums: string
}

/** `data/albums.HASH.js`: each album by its key. */
export interface AlbumsData {
  readonly kind: 'albums'
  readonly albums: readonly (readonly [key: string, name: string, folder: string])[]
}

/** A part of a month: the hashes in the names of its grid, its words and its search text. */
export type PartEntry = readonly [grid: string, words: string, text: string]

/** A month: 1 to 12 (0: not known), the number of its items, its parts of `PART` items. */
export type MonthEntry = readonly [month: number, items: number, parts: readonly PartEntry[]]

/** `data/YEAR.HASH.js`: the months, newest first, and one byte of aspect ratio an item. */
export interface YearData {
  readonly kind: 'year'
  readonly year: number
  readonly months: readonly MonthEntry[]
  /** The hash in the name of the points; empty if no item has a place. */
  readonly points: string
  /** Base64; see `ratioByte`. */
  readonly ratios: string
}

/** `data/YEAR-MM.text.HASH.js`, `data/YEAR-MM.1.text.HASH.js`…: one folded line an item of the part, for the search. */
export interface TextData {
  readonly kind: 'text'
  readonly month: string
  readonly part: number
  readonly lines: string
}

/** `data/YEAR.points.HASH.js`: ten bytes an item with a place, base64. See `encodePoints`. */
export interface PointsData {
  readonly kind: 'points'
  readonly year: number
  readonly points: string
}

/** The kinds of pictures and films of an item: bits of `GridItem[4]`. */
export const SHOWS = { video: 1, thumbnail: 2, poster: 4, preview: 8 } as const

/** An item of the grid. `album` is an index into the part's own list of keys; `md5` is that of its file. */
export type GridItem = readonly [album: number, imageKey: string, md5: string, name: string, shows: number, width: number, height: number]

/** `data/YEAR-MM.HASH.js`, `data/YEAR-MM.1.HASH.js`…: the items of a month in parts of `PART`. */
export interface MonthData {
  readonly kind: 'month'
  readonly month: string
  readonly part: number
  readonly albums: readonly string[]
  readonly items: readonly GridItem[]
}

/** A fact for the lightbox: its name and its value, as people read them. */
export type Fact = readonly [name: string, value: string]

/** The words of an item, as plain text. */
export interface ItemWords {
  readonly title?: string
  readonly caption?: string
  readonly keywords?: readonly string[]
  /** The camera's own time, such as `2019-07-24T22:41:03`. */
  readonly taken?: string
  readonly place?: string
  readonly facts?: readonly Fact[]
}

/** `data/YEAR-MM.words.HASH.js`, `data/YEAR-MM.1.words.HASH.js`…: the words of the items in the part of the same number. */
export interface WordsData {
  readonly kind: 'words'
  readonly month: string
  readonly part: number
  readonly items: readonly ItemWords[]
}

/** Any data file. */
export type TwinData = IndexData | AlbumsData | YearData | TextData | PointsData | MonthData | WordsData

/** Returns a year as it stands in names of files: four digits, `0000` for undated items. */
export const yearName = (year: number): string => String(year).padStart(4, '0')

/** Returns a month as it stands in names of files: `2019-07`, `0000-00` for undated items. */
export const monthName = (year: number, month: number): string => `${yearName(year)}-${String(month).padStart(2, '0')}`

const suffix = (part: number): string => (part === 0 ? '' : `.${part}`)

/** The place of a data file among the others. */
export interface DataPlace {
  readonly kind: TwinData['kind']
  readonly year?: number
  readonly month?: string
  readonly part?: number
}

/** Returns the path of a data file below `twin.files/`. The index alone has no hash. */
export function dataPath({ kind, year = 0, month = '', part = 0 }: DataPlace, hash: string): string {
  switch (kind) {
    case 'index':
      return 'data/index.js'
    case 'albums':
      return `data/albums.${hash}.js`
    case 'year':
      return `data/${yearName(year)}.${hash}.js`
    case 'points':
      return `data/${yearName(year)}.points.${hash}.js`
    case 'month':
      return `data/${month}${suffix(part)}.${hash}.js`
    case 'words':
    case 'text':
      return `data/${month}${suffix(part)}.${kind}.${hash}.js`
    default:
      return kind satisfies never
  }
}

/** Returns the path of a thumbnail below `twin.files/`. */
export const thumbnailPath = (md5: string): string => `thumbs/${md5.slice(0, 2)}/${md5}.webp`

/** Returns the path of the small picture that a camera made itself, below `twin.files/`. */
export const previewPath = (md5: string): string => `previews/${md5.slice(0, 2)}/${md5}.jpg`

/** Returns the path of a video's poster below `twin.files/`, by the video's MD5. */
export const posterPath = (md5: string): string => `posters/${md5.slice(0, 2)}/${md5}.jpg`

/** Returns the path of an item's picture below `twin.files/`, by the bits of what it shows; undefined if it has none. */
export function picturePath(md5: string, shows: number): string | undefined {
  if ((shows & SHOWS.thumbnail) > 0) return thumbnailPath(md5)
  if ((shows & SHOWS.preview) > 0) return previewPath(md5)
  return (shows & SHOWS.poster) > 0 ? posterPath(md5) : undefined
}

/**
 * Renders a data file as a script. `<`, U+2028 and U+2029 are escaped: the text then stays harmless wherever a reader pastes it.
 */
export const dataScript = (data: TwinData): string =>
  `${CALL}(${JSON.stringify(data).replace(/[<\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)})\n`

/** Returns the byte for an aspect ratio: 128 for a square, 32 more for each doubling. */
export const ratioByte = (width: number, height: number): number =>
  width > 0 && height > 0 ? Math.max(1, Math.min(255, Math.round(128 + 32 * Math.log2(width / height)))) : 147

/** Returns the aspect ratio (width by height) of a byte. */
export const ratioOf = (byte: number): number => 2 ** ((byte - 128) / 32)

/** A place on the map: the item's number within its year, and decimal degrees. */
export interface Point {
  readonly ordinal: number
  readonly latitude: number
  readonly longitude: number
}

/** Steps of a degree: about 2.4 metres. */
const STEPS = 46_603

/** The bytes of a point: ordinal (4), latitude (3), longitude (3), least significant byte first. */
const POINT = 10

/** Packs points into bytes. */
export function encodePoints(points: readonly Point[]): Uint8Array {
  const bytes = new Uint8Array(points.length * POINT)
  const view = new DataView(bytes.buffer)
  const put3 = (at: number, value: number): void => {
    view.setUint16(at, value & 0xffff, true)
    view.setUint8(at + 2, value >> 16)
  }
  for (const [index, { ordinal, latitude, longitude }] of points.entries()) {
    view.setUint32(index * POINT, ordinal, true)
    put3(index * POINT + 4, Math.round((latitude + 90) * STEPS))
    put3(index * POINT + 7, Math.min(0xffffff, Math.round((longitude + 180) * STEPS)))
  }
  return bytes
}

/** Returns packed points whose items are numbered from another one on. */
export function movePoints(points: Uint8Array, first: number): Uint8Array {
  const bytes = points.slice()
  const view = new DataView(bytes.buffer)
  for (let at = 0; at + POINT <= bytes.length; at += POINT) view.setUint32(at, view.getUint32(at, true) + first, true)
  return bytes
}

/** Unpacks points. */
export function decodePoints(bytes: Uint8Array): readonly Point[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const get3 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  return Array.from({ length: Math.floor(bytes.length / POINT) }, (_, index) => ({
    ordinal: view.getUint32(index * POINT, true),
    latitude: get3(index * POINT + 4) / STEPS - 90,
    longitude: get3(index * POINT + 7) / STEPS - 180,
  }))
}
