import { Hashing } from '../flow/checked.ts'
import type { AlbumRow } from '../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder } from '../vault/layout.ts'
import { standingOf } from '../vault/record/own-files.ts'
import { readAlbumRecord } from '../vault/record/read-album-record.ts'
import { RecordError } from '../vault/record/read-json.ts'
import { hashed } from '../vault/record/write-if-changed.ts'
import { type Entry, StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * Is an album's record the one that was written last? If the catalogue has no note of it, because the catalogue was rebuilt or the album moved,
 * the record counts if it can be read whole; it is `misplaced` if it names another folder, path or name than the catalogue.
 */
export async function recordStanding(
  vault: Vault,
  album: AlbumRow,
  { at, entry }: { readonly at: string; readonly entry: Entry },
): Promise<'written' | 'misplaced' | 'damaged'> {
  const { storage, catalogue } = vault
  const path = inFolder(album.folder, ALBUM_RECORD)
  const standing = await standingOf(vault, path, { entry, at })
  if (standing !== 'unknown') return standing === 'written' ? 'written' : 'damaged'
  try {
    const hashing = new Hashing()
    let isMisplaced = false
    for await (const part of readAlbumRecord(hashed(storage.read(at), hashing))) {
      if (!('head' in part)) continue
      const { folder, urlPath, name } = part.head
      isMisplaced = folder !== album.folder || urlPath !== album.urlPath || name !== album.name
    }
    const { size, sha256 } = hashing.digest()
    if (isMisplaced) return 'misplaced'
    catalogue.records.put({ path, size, mark: entry.mark, sha256 })
    return 'written'
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return 'damaged'
  }
}
