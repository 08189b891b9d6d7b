import type { Item, Json, JsonObject } from '../../model.ts'
import type { AlbumRow, FileRow, ItemRow } from '../catalogue/rows.ts'

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
