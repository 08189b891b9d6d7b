/** `metadata.csv` and `export --format csv`: one row an item. */

import { stringify } from 'csv-stringify/sync'
import type { Grade, Item } from '../../model.ts'
import type { CaptureTime } from '../naming/capture-time.ts'

/** The facts of a row besides the item. Absent means unknown, and becomes an empty cell. */
export interface CsvFacts {
  /** The absolute path at which the file lies, or would lie. */
  readonly path: string
  /** The album's `UrlPath`, as SmugMug spells it. */
  readonly albumPath: string
  /** The album's `Privacy`. */
  readonly privacy?: string | undefined
  readonly captureTime?: CaptureTime | undefined
  /** Facts of the stored file: bytes, hashes in lower-case hexadecimal, and grade. */
  readonly size?: number | undefined
  readonly md5?: string | undefined
  readonly sha256?: string | undefined
  readonly grade?: Grade | undefined
}

/** The part of an item that a row needs. */
export type CsvItem = Omit<Item, 'availability' | 'keywordArray' | 'raw'>

type Cell = (item: CsvItem, facts: CsvFacts) => string | number | boolean | undefined

/** The columns in order: the Go program's seven with its values, then ours. */
const columns = {
  Filename: (_, facts) => facts.path,
  Type: (item) => (item.isVideo ? 'video' : 'image'),
  ArchivedUri: (item) => item.archivedUri,
  Caption: (item) => item.caption,
  Keywords: (item) => item.keywords,
  Latitude: (item) => item.latitude,
  Longitude: (item) => item.longitude,
  Title: (item) => item.title,
  AlbumPath: (_, facts) => facts.albumPath,
  ImageKey: (item) => item.imageKey,
  AlbumKey: (item) => item.albumKey,
  Serial: (item) => item.serial,
  Position: (item) => item.position + 1,
  CaptureTime: (_, { captureTime }) => captureTime && captureTime.local + (captureTime.offset ?? ''),
  DateTimeUploaded: (item) => item.dateTimeUploaded,
  LastUpdated: (item) => item.lastUpdated,
  Size: (_, facts) => facts.size,
  MD5: (_, facts) => facts.md5,
  SHA256: (_, facts) => facts.sha256,
  Grade: (_, facts) => facts.grade,
  Format: (item) => item.format,
  Altitude: (item) => item.altitude,
  Hidden: (item) => item.hidden,
  Privacy: (_, facts) => facts.privacy,
  Collected: (item) => item.collected,
  WebUri: (item) => item.webUri,
} satisfies Record<string, Cell>

/** The header: the Go program's seven columns first. */
export const csvColumns: readonly string[] = Object.keys(columns)

/**
 * Returns one row, in the order of `csvColumns`. Positions count from 1, as in `file_names`. Capture times are the camera's wall clock,
 * with its offset where one was recorded. SmugMug's own shifted time (fact sheet 6.2) stands only in album.json.
 */
export const csvRow = (item: CsvItem, facts: CsvFacts): readonly string[] =>
  Object.values<Cell>(columns).map((cell) => cell(item, facts)?.toString() ?? '')

/** Rows are written in groups of this many: large enough to be quick, small enough to stream. */
const rowsAtOnce = 200

/**
 * Yields the header and the rows as CSV: UTF-8 without a byte-order mark, lines ended by one line feed, quoted where the Go program's
 * writer quotes. Asks for rows only as fast as the bytes are taken; an error of `rows` is thrown. `defuse` puts an apostrophe before text
 * that a spreadsheet would run as a formula; numbers, negative ones too, stay numbers. `columns` are further titles: each row has their cells
 * at its end.
 */
export async function* csvStream(
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  options: { readonly defuse?: boolean; readonly columns?: readonly string[] } = {},
): AsyncGenerator<Uint8Array> {
  const defuse = options.defuse === true
  let waiting: (readonly string[])[] = [[...csvColumns, ...(options.columns ?? [])]]
  for await (const row of rows) {
    waiting.push(defuse ? row.map(defuseCell) : row)
    if (waiting.length < rowsAtOnce) continue
    yield csvBytes(waiting)
    waiting = []
  }
  if (waiting.length > 0) yield csvBytes(waiting)
}

// Go's writer also quotes leading white space and a lone `\.`, which CSV does not require: readers that trim then keep the text as it was
// written.
const csvBytes = (rows: readonly (readonly string[])[]): Uint8Array =>
  Buffer.from(stringify(rows.slice(), { quoted_match: [/^\s/u, /^\\\.$/], quote_record_delimiter: true }))

const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const number = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const defuseCell = (text: string): string => (formula.test(text) && !number.test(text) ? `'${text}` : text)
