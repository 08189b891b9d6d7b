import { ALBUM_RECORD, inFolder } from '../../vault/layout.ts'
import type { AlbumHead, ItemRecord } from '../../vault/record/album-record.ts'
import { readAlbumRecord } from '../../vault/record/read-album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { cured, unreadableRecord } from '../plain.ts'
import type { TwinRun } from './run.ts'

/** An album's record as it is read: its head, and its items without those that are gone from SmugMug. */
export interface AlbumParts {
  readonly head: AlbumHead
  readonly items: AsyncIterable<ItemRecord>
}

/**
 * Hands the record in an album's folder to `use`, which may leave items unread. A record that cannot be read is named, and ends `use`; with
 * `skips` it is only a damaged item that is named and left out. Returns true if there was nothing to name.
 */
export async function readAlbum(
  run: Pick<TwinRun, 'vault' | 'report'>,
  { folder, skips = false }: { readonly folder: string; readonly skips?: boolean },
  use: (parts: AlbumParts) => Promise<void>,
): Promise<boolean> {
  const path = inFolder(folder, ALBUM_RECORD)
  let isWhole = true
  const damaged = (error: RecordError | StorageError): void => {
    isWhole = false
    run.report({ kind: 'damaged', name: path, ...cured(unreadableRecord(error), 'the next backup writes it anew') })
  }
  const parts = skips ? readAlbumRecord(run.vault.storage.read(path), damaged) : readAlbumRecord(run.vault.storage.read(path))
  try {
    const first = await parts.next()
    if (first.done === true || !('head' in first.value)) throw new RecordError('it is empty')
    await use({ head: first.value.head, items: itemsOf(parts) })
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    damaged(error)
  } finally {
    // The file stays open otherwise, one an album.
    await parts.return(undefined)
  }
  return isWhole
}

async function* itemsOf(parts: ReturnType<typeof readAlbumRecord>): AsyncGenerator<ItemRecord> {
  for await (const part of parts) if (!('head' in part) && part.record.vanishedAt === undefined) yield part.record
}
