import type { JsonObject } from '../../model.ts'
import { ALBUM_RECORD, inFolder, layout } from '../layout.ts'
import { readAlbumRecord } from '../record/read-album-record.ts'
import { RecordError, readText } from '../record/read-json.ts'
import { type Storage, StorageError } from '../storage/storage.ts'
import type { Vault } from '../vault.ts'
import type { Doc } from '../versions/delta.ts'
import { albumHeadRow, itemRow, treeDoc } from '../versions/docs.ts'
import { TREE } from '../versions/version-file.ts'

/** Reads an album's record as rows; undefined if there is none. Throws `RecordError` or `StorageError` for one that cannot be read whole. */
export async function readAlbumDoc(storage: Storage, folder: string): Promise<Doc | undefined> {
  let head: JsonObject | undefined
  const rows = new Map<string, JsonObject>()
  try {
    for await (const part of readAlbumRecord(storage.read(inFolder(folder, ALBUM_RECORD)))) {
      if ('head' in part) head = albumHeadRow(part.head)
      else rows.set(part.record.imageKey, itemRow(part.record as unknown as JsonObject))
    }
  } catch (error) {
    if (error instanceof StorageError && error.code === 'ENOENT') return undefined
    throw error
  }
  return head === undefined ? undefined : { head, rows }
}

/** Reads `tree.json` as rows; undefined if there is none. Throws `RecordError` or `StorageError` for one that cannot be read. */
export async function readTreeDoc(storage: Storage): Promise<Doc | undefined> {
  try {
    return treeDoc(await readText(storage.read(layout.tree)))
  } catch (error) {
    if (error instanceof StorageError && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Reads a record as it is now, by an album's key or `TREE`; undefined if there is none. Throws `RecordError` also if it should be there and is
 * not, because its past must not be taken for nothing, and `StorageError`.
 */
export async function readPresentDoc(
  { storage, catalogue }: Pick<Vault, 'storage' | 'catalogue'>,
  record: string,
): Promise<Doc | undefined> {
  const folder = record === TREE ? undefined : catalogue.album(record)?.folder
  const isLost = record !== TREE && catalogue.records.isLost(record)
  if (record !== TREE && folder === undefined) {
    if (isLost) throw new RecordError('it is missing')
    return undefined
  }
  const doc = folder === undefined ? await readTreeDoc(storage) : await readAlbumDoc(storage, folder)
  if (doc === undefined && (isLost || catalogue.records.get(recordPath(folder)) !== undefined)) throw new RecordError('it is missing')
  return doc
}

/** Returns the path of the record of an album in this folder; without a folder, that of the tree. */
export const recordPath = (folder: string | undefined): string => (folder === undefined ? layout.tree : inFolder(folder, ALBUM_RECORD))
