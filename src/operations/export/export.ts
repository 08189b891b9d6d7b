import type { Problem } from '../../events.ts'
import { fileAt } from '../../flow/file-at.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import type { AlbumRow } from '../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder } from '../../vault/layout.ts'
import type { AlbumHead, ItemRecord } from '../../vault/record/album-record.ts'
import { csvRow, csvStream } from '../../vault/record/csv.ts'
import { readAlbumRecord } from '../../vault/record/read-album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { recordedTime } from '../../vault/record/recorded-time.ts'
import { type Storage, StorageError } from '../../vault/storage/storage.ts'

/** An item, as the vault's records hold it. */
export interface Recorded {
  readonly album: AlbumHead
  /** The album's folder in the vault. */
  readonly folder: string
  readonly item: ItemRecord
}

/** The choice of items to read, and the receiver of records that cannot be read. */
export interface RecordReading {
  /** Default: every album. */
  readonly chosen?: (album: AlbumHead) => boolean
  /** True reads the items that are gone from the account, in place of those that it has. */
  readonly vanished?: boolean
  readonly damaged: (problem: Problem) => void
}

/** Counts the items that `recordedItems` will yield, by the catalogue: the records may hold some more or less. */
export const countItems = (
  { catalogue }: { readonly catalogue: Catalogue },
  { chosen, vanished }: { readonly chosen: (album: AlbumRow) => boolean; readonly vanished: boolean },
): number =>
  catalogue
    .albums()
    .filter((album) => (vanished || album.vanishedAt === undefined) && chosen(album))
    .reduce((sum, { key }) => sum + (vanished ? catalogue.counts.vanished(key) : catalogue.counts.present(key)), 0)

/**
 * Reads every item of the account, or every one that is gone from it, from the records, album by album in the order of their folders; memory does not grow with the account.
 * A record that cannot be read, or not to its end, is named; the others follow.
 */
export async function* recordedItems(
  vault: { readonly catalogue: Catalogue; readonly storage: Storage },
  { chosen = () => true, vanished = false, damaged }: RecordReading,
): AsyncGenerator<Recorded> {
  const albums = vault.catalogue.albums().filter((album) => vanished || album.vanishedAt === undefined)
  for (const { key, folder, listedAt, vanishedAt } of albums.toSorted((a, b) => (a.folder < b.folder ? -1 : 1))) {
    const record = inFolder(folder, ALBUM_RECORD)
    let isReported = false
    const report = (error: Error): void => {
      if (isReported) return
      isReported = true
      damaged({ kind: 'damaged', name: record, reason: 'cannot be read; the next backup writes it anew', detail: error.message })
    }
    try {
      if ((await vault.storage.stat(record)) === undefined) {
        // An album in its first listing has no record yet.
        const isListed = listedAt !== undefined && Object.keys(vault.catalogue.counts.states(key)).length > 0
        if (isListed || vanishedAt !== undefined) report(new RecordError('it is missing'))
        continue
      }
      let album: AlbumHead | undefined
      for await (const part of readAlbumRecord(vault.storage.read(record), report)) {
        if ('head' in part) {
          album = part.head
          if (!chosen(album)) break
        } else if (album !== undefined && (part.record.vanishedAt !== undefined) === vanished) yield { album, folder, item: part.record }
      }
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      report(error)
    }
  }
}

/** Writes CSV, the Go program's columns first. `defuse` puts an apostrophe before text that a spreadsheet would run as a formula. */
export const csvOf = (items: AsyncIterable<Recorded>, { defuse, vanished = false, ...vault }: CsvOptions): AsyncIterable<Uint8Array> =>
  csvStream(csvRows(items, { ...vault, vanished }), { defuse, ...(vanished && { columns: [VANISHED_AT] }) })

/** The vault of the files, and the manner of its table. */
interface CsvOptions {
  readonly location: string
  readonly storage: Pick<Storage, 'seal'>
  readonly defuse: boolean
  readonly vanished?: boolean
}

/** The column that an export of vanished items has after the others. */
const VANISHED_AT = 'VanishedAt'

async function* csvRows(
  items: AsyncIterable<Recorded>,
  { location, storage, vanished = false }: Omit<CsvOptions, 'defuse'>,
): AsyncGenerator<readonly string[]> {
  for await (const { album, folder, item } of items) {
    const file = item.files.find((f) => f.component === undefined)
    const path = inFolder(folder, item.name)
    const privacy = album.smugmug.Privacy
    const row = csvRow(
      { ...item, albumKey: album.key },
      {
        path: isInTrash(item) ? '' : fileAt(location, storage.seal?.at(path) ?? path),
        albumPath: album.urlPath,
        captureTime: recordedTime(item),
        ...(typeof privacy === 'string' && { privacy }),
        ...(file !== undefined && { size: file.size, md5: file.md5, sha256: file.sha256, grade: file.grade }),
      },
    )
    yield vanished ? [...row, item.vanishedAt ?? ''] : row
  }
}

/** Has the item's file left its place, because it is gone from the account and such files go to the trash? */
const isInTrash = ({ vanishedAt, files }: ItemRecord): boolean => vanishedAt !== undefined && files.length === 0

/** Writes one JSON object a line: the album's key and path, the file's path in the vault, then the item's whole record. */
export async function* jsonLinesOf(items: AsyncIterable<Recorded>): AsyncGenerator<Uint8Array> {
  for await (const { album, folder, item } of items) {
    const place = isInTrash(item) ? {} : { path: inFolder(folder, item.name) }
    yield Buffer.from(`${JSON.stringify({ albumKey: album.key, albumPath: album.urlPath, ...place, ...item })}\n`)
  }
}
