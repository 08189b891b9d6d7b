import { ALBUM_RECORD, inFolder, layout, OURS } from '../vault/layout.ts'
import { isOtherVault } from '../vault/other-vault.ts'
import { type Entry, type Storage, StorageError } from '../vault/storage/storage.ts'

/** A folder that has the record of an album. */
export interface RecordPlace {
  readonly folder: string
  readonly mtime: number
  /** The time of the last change of names in the folder; 0 if the storage does not know it. */
  readonly changedAt: number
}

/** Is there anything in a vault to make a catalogue from? */
export async function hasRecords(storage: Storage): Promise<boolean> {
  if ((await storage.stat(layout.state)) !== undefined) return true
  for await (const _folder of foldersWithRecords(storage)) return true
  return false
}

/** Yields the folders of a vault that have a record. One that cannot be listed goes to `unread`, and may be thrown there. */
export async function* foldersWithRecords(
  storage: Storage,
  unread?: (folder: string, error: StorageError) => void,
): AsyncGenerator<RecordPlace> {
  const folders = [{ folder: '', changedAt: 0 }]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { folder, changedAt } = next
    const entries = await readable(storage, folder, unread)
    if (await isOtherVault(storage, folder, entries)) continue
    // A folder, a link or a pipe of that name is passed on, too: reading it fails, by name.
    const record = entries.find(({ name }) => name === ALBUM_RECORD)
    if (record !== undefined) yield { folder, mtime: record.mtime ?? 0, changedAt }
    for (const entry of entries)
      if (entry.kind === 'folder' && !(folder === '' && entry.name === OURS))
        folders.push({ folder: inFolder(folder, entry.name), changedAt: entry.mtime ?? 0 })
  }
}

/** Lists a folder. One that this user may not read counts as empty, and goes to `unread`. */
export async function readable(
  storage: Storage,
  folder: string,
  unread?: (folder: string, error: StorageError) => void,
): Promise<readonly Entry[]> {
  try {
    return await storage.list(folder)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    unread?.(folder, error)
    return []
  }
}
