import * as v from 'valibot'
import type { JsonObject } from '../../model.ts'
import { ALBUM_FORMAT, type AlbumHead, type ItemRecord } from './album-record.ts'
import { COUNT, checkShape, DATE, LONGEST, MD5, NAME, parseJson, RecordError, recordBytes, SHA256, WHOLE } from './read-json.ts'

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
  for await (const line of lines(recordBytes(bytes))) {
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

/** Checks the head of an album that was brought back from the past. Throws `RecordError`. */
export const headOfRow = (row: JsonObject): AlbumHead => checkShape(row, HEAD.entries.album) as AlbumHead

/** Checks an item that was brought back from the past; its position follows from the order of the rows. Throws `RecordError`. */
export const itemOfRow = (row: JsonObject): ItemRecord => checkShape({ position: 0, ...row }, ITEM) as ItemRecord

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
