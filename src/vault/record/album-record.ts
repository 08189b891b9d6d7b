import * as v from 'valibot'
import type { Item, Json, JsonObject } from '../../model.ts'
import type { AlbumRow, FileRow, ItemRow } from '../catalogue/rows.ts'
import { COUNT, checkShape, DATE, LONGEST, MD5, NAME, parseJson, RecordError, SHA256, WHOLE } from './read-json.ts'

/**
 * `album.json`: all facts and words of one album and, in album order, of each of its items. A catalogue can be rebuilt from these files.
 * Format: docs/vault-format.md.
 *
 * One item stands on one line, so a record of thousands is written and read as a stream. Nothing in it says when a run was: a run without
 * changes changes no byte.
 */
export const ALBUM_FORMAT = 'smugmug-backup/album/1'

/** SmugMug's facts about an item, normalised, without the place of its bytes. */
export type ItemWords = Omit<Item, 'availability' | 'raw' | 'extras' | 'albumKey'>

/** A stored file in a record. */
export interface FileRecord {
  readonly component?: string
  readonly name: string
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly grade: FileRow['grade']
  readonly serial?: number
  readonly toldSize?: number
  readonly toldMd5?: string
  /** The camera's clock as recorded in the file. */
  readonly captured?: string
  readonly state?: FileRow['state']
}

/** One item's line. */
export interface ItemRecord extends ItemWords {
  /** Its name in the album's folder. */
  readonly name: string
  readonly wanted?: string
  readonly state: ItemRow['state']
  readonly reason?: string
  /** The time at which it was found gone from SmugMug, in ISO 8601. */
  readonly vanishedAt?: string
  readonly files: readonly FileRecord[]
  /** SmugMug's EXIF of the item, where it was asked for. */
  readonly imageMetadata?: JsonObject
  readonly comments?: readonly Json[]
  /** SmugMug's answer, unchanged. */
  readonly smugmug?: Json
}

/** The album's own part. */
export interface AlbumHead {
  readonly key: string
  readonly nodeId?: string
  readonly name: string
  readonly urlPath: string
  readonly folder: string
  readonly webUri?: string
  readonly imageCount?: number
  readonly lastUpdated?: string
  readonly imagesLastUpdated?: string
  readonly vanishedAt?: string
  /** Comments on the album itself, where they were asked for. */
  readonly comments?: readonly Json[]
  /** SmugMug's answer; secrets withheld. */
  readonly smugmug: JsonObject
}

/** Makes the album's own part from the catalogue's row and SmugMug's answer. */
export function albumHead(row: AlbumRow, raw: JsonObject, comments: readonly Json[] = []): AlbumHead {
  const webUri = raw.WebUri
  return {
    key: row.key,
    name: row.name,
    urlPath: row.urlPath,
    folder: row.folder,
    ...(row.nodeId !== undefined && { nodeId: row.nodeId }),
    ...(typeof webUri === 'string' && { webUri }),
    ...(row.imageCount !== undefined && { imageCount: row.imageCount }),
    ...(row.lastUpdated !== undefined && { lastUpdated: row.lastUpdated }),
    ...(row.imagesLastUpdated !== undefined && { imagesLastUpdated: row.imagesLastUpdated }),
    ...(row.vanishedAt !== undefined && { vanishedAt: new Date(row.vanishedAt).toISOString() }),
    ...(comments.length > 0 && { comments }),
    smugmug: raw,
  }
}

/** Returns SmugMug's facts about an item, without those of the catalogue. */
export function itemWords(item: Item): ItemWords {
  const { availability: _availability, raw: _raw, extras: _extras, albumKey: _albumKey, ...words } = item
  return words
}

/** SmugMug's own words about an item, as JSON text. */
export interface RawWords {
  readonly raw: string | undefined
  /** The text of an object with `imageMetadata` and `comments`. */
  readonly extras: string | undefined
}

/** Renders one item's line: its words, its facts in the catalogue, and SmugMug's own answer at the end. */
export function itemLine(words: ItemWords, row: ItemRow, files: readonly FileRow[], { raw, extras }: RawWords): string {
  const { imageKey, serial, fileName, position: _position, collected: _collected, ...rest } = words
  const record = {
    imageKey,
    ...(serial !== undefined && { serial }),
    position: row.position,
    name: row.name,
    ...(row.wanted !== row.name && { wanted: row.wanted }),
    fileName,
    collected: row.collected,
    state: row.state,
    ...(row.reason !== undefined && { reason: row.reason }),
    ...(row.vanishedAt !== undefined && { vanishedAt: new Date(row.vanishedAt).toISOString() }),
    ...rest,
    files: files.map(fileRecord),
  }
  const json = JSON.stringify(record)
  const more = [
    extras === undefined || extras === '{}' ? '' : `,${extras.slice(1, -1)}`,
    raw === undefined ? '' : `,"smugmug":${raw}`,
  ].join('')
  return `${json.slice(0, -1)}${more}}`
}

function fileRecord(file: FileRow): FileRecord {
  return {
    ...(file.component !== '' && { component: file.component }),
    name: file.name,
    size: file.size,
    md5: file.md5,
    sha256: file.sha256,
    grade: file.grade,
    ...(file.serial !== undefined && { serial: file.serial }),
    ...(file.toldSize !== undefined && { toldSize: file.toldSize }),
    ...(file.toldMd5 !== undefined && { toldMd5: file.toldMd5 }),
    ...(file.captured !== undefined && { captured: file.captured }),
    ...(file.state !== 'held' && { state: file.state }),
  }
}

/** Renders the whole record as text, piece by piece. */
export function* renderAlbumRecord(head: AlbumHead, lines: Iterable<string>): Generator<string> {
  yield `{\n"format": ${JSON.stringify(ALBUM_FORMAT)},\n"album": ${JSON.stringify(head, undefined, 2)},\n"items": [`
  let separator = '\n'
  for (const line of lines) {
    yield separator + line
    separator = ',\n'
  }
  yield '\n]\n}\n'
}

/** One item of a record that is read back, with the text of SmugMug's answer. */
export interface ReadItem {
  readonly record: ItemRecord
  /** SmugMug's answer as JSON text, exactly as it stands in the record. */
  readonly raw: string | undefined
}

/**
 * Reads a record. A file that somebody reformatted is read too, as a whole. Throws `RecordError` when the file is no record. A damaged item
 * or a missing end is reported to `damaged` and skipped; without `damaged` it is thrown.
 */
export async function* readAlbumRecord(
  bytes: AsyncIterable<Uint8Array>,
  damaged: (error: RecordError) => void = (error) => {
    throw error
  },
): AsyncGenerator<{ readonly head: AlbumHead } | ReadItem> {
  let head = ''
  let state: 'head' | 'items' | 'whole' = 'head'
  for await (const line of lines(bytes)) {
    if (state === 'head') {
      head += `${line}\n`
      if (head.length > LONGEST) throw new RecordError('it is larger than any record')
      if (line !== '"items": [') continue
      state = 'items'
      yield { head: headOf(parseJson(`${head}]}`, v.unknown())) }
    } else if (line === ']') {
      state = 'whole'
    } else if (state === 'items') {
      const text = line.endsWith(',') ? line.slice(0, -1) : line
      yield* readItem(
        damaged,
        () => parseJson(text, v.unknown()),
        () => rawOf(text),
      )
    }
  }
  if (state === 'items') damaged(new RecordError('it is cut short'))
  if (state === 'head') yield* readReformatted(head, damaged)
}

function* readItem(
  damaged: (error: RecordError) => void,
  parse: () => unknown,
  raw: (record: ItemRecord) => string | undefined,
): Generator<ReadItem> {
  try {
    const record = checkShape(parse(), ITEM) as ItemRecord
    yield { record, raw: record.smugmug === undefined ? undefined : raw(record) }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    damaged(error)
  }
}

const MARK = ',"smugmug":'

/**
 * Returns SmugMug's answer at the end of a line. The part before it must be whole JSON, because metadata and comments may hold a part of
 * that field's name.
 */
function rawOf(line: string): string | undefined {
  for (let at = line.indexOf(MARK, line.indexOf('"files":[')); at >= 0; at = line.indexOf(MARK, at + 1)) {
    const isLast = line.indexOf(MARK, at + 1) < 0
    if (isLast || isJson(`${line.slice(0, at)}}`)) return line.slice(at + MARK.length, -1)
  }
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function* readReformatted(text: string, damaged: (error: RecordError) => void): Generator<{ readonly head: AlbumHead } | ReadItem> {
  const parsed = parseJson(text, v.unknown())
  yield { head: headOf(parsed) }
  for (const item of checkShape(parsed, LIST).items ?? []) {
    yield* readItem(
      damaged,
      () => item,
      (record) => JSON.stringify(record.smugmug),
    )
  }
}

const LIST = v.object({ items: v.exactOptional(v.array(v.unknown())) })

const OBJECT = v.record(v.string(), v.unknown())

const HEAD = v.object({
  format: v.literal(ALBUM_FORMAT),
  album: v.looseObject({
    key: v.pipe(v.string(), v.nonEmpty()),
    nodeId: v.exactOptional(v.string()),
    name: v.string(),
    urlPath: v.string(),
    folder: v.string(),
    webUri: v.exactOptional(v.string()),
    imageCount: v.exactOptional(COUNT),
    lastUpdated: v.exactOptional(v.string()),
    imagesLastUpdated: v.exactOptional(v.string()),
    vanishedAt: v.exactOptional(DATE),
    comments: v.exactOptional(v.array(v.unknown())),
    smugmug: OBJECT,
  }),
})

const FILE = v.looseObject({
  component: v.exactOptional(v.pipe(v.string(), v.nonEmpty())),
  name: NAME,
  size: COUNT,
  md5: MD5,
  sha256: SHA256,
  grade: v.picklist(['original', 'rendition', 'fallback']),
  serial: v.exactOptional(WHOLE),
  toldSize: v.exactOptional(COUNT),
  toldMd5: v.exactOptional(MD5),
  captured: v.exactOptional(v.string()),
  state: v.exactOptional(v.picklist(['held', 'missing', 'damaged'])),
})

const ITEM = v.looseObject({
  imageKey: v.pipe(v.string(), v.nonEmpty()),
  serial: v.exactOptional(WHOLE),
  position: COUNT,
  name: NAME,
  wanted: v.exactOptional(v.string()),
  fileName: v.string(),
  collected: v.boolean(),
  state: v.picklist(['held', 'elsewhere', 'failed', 'pending', 'impossible']),
  reason: v.exactOptional(v.string()),
  vanishedAt: v.exactOptional(DATE),
  title: v.string(),
  caption: v.string(),
  keywords: v.string(),
  keywordArray: v.array(v.string()),
  isVideo: v.boolean(),
  format: v.exactOptional(v.string()),
  uploadKey: v.exactOptional(v.string()),
  archivedUri: v.exactOptional(v.string()),
  archivedSize: v.exactOptional(v.number()),
  archivedMd5: v.exactOptional(v.string()),
  dateTimeOriginal: v.exactOptional(v.string()),
  dateTimeUploaded: v.exactOptional(v.string()),
  lastUpdated: v.exactOptional(v.string()),
  latitude: v.exactOptional(v.string()),
  longitude: v.exactOptional(v.string()),
  altitude: v.exactOptional(v.number()),
  hidden: v.exactOptional(v.boolean()),
  webUri: v.exactOptional(v.string()),
  files: v.array(FILE),
  imageMetadata: v.exactOptional(OBJECT),
  comments: v.exactOptional(v.array(v.unknown())),
})

const headOf = (parsed: unknown): AlbumHead => checkShape(parsed, HEAD).album as AlbumHead

async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    // Only the new part is searched: a long line comes in many chunks.
    parts[0] = rest + (parts[0] ?? '')
    rest = parts.pop() ?? ''
    if (rest.length > LONGEST) throw new RecordError('it is larger than any record')
    yield* parts
  }
  if (rest !== '') yield rest
}

/** Makes the catalogue's rows from a line. */
export function rowsOf(albumKey: string, record: ItemRecord): { readonly item: ItemRow; readonly files: readonly FileRow[] } {
  return {
    item: {
      albumKey,
      imageKey: record.imageKey,
      serial: record.serial,
      position: record.position,
      fileName: record.fileName,
      collected: record.collected,
      state: record.state,
      reason: record.reason,
      wanted: record.wanted ?? record.name,
      name: record.name,
      vanishedAt: record.vanishedAt === undefined ? undefined : Date.parse(record.vanishedAt),
    },
    files: record.files.map((file) => ({
      albumKey,
      imageKey: record.imageKey,
      component: file.component ?? '',
      name: file.name,
      size: file.size,
      md5: file.md5,
      sha256: file.sha256,
      grade: file.grade,
      serial: file.serial,
      toldSize: file.toldSize,
      toldMd5: file.toldMd5,
      state: file.state ?? 'held',
      captured: file.captured,
    })),
  }
}
