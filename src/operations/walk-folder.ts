import { inFolder } from '../vault/layout.ts'
import { type Entry, type Storage, StorageError } from '../vault/storage/storage.ts'
import { plain } from './plain.ts'

/** An entry of a folder that is not the vault. Paths are relative to that folder. */
export type Outside =
  | { readonly kind: 'file'; readonly path: string; readonly size: number }
  /** A folder that this user may not read, a link or device, or an entry whose name is no text: its content is unknown. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: string; readonly detail?: string }

/** Yields every file in a folder and below it, in text order. */
export async function* walk(storage: Storage, folder = ''): AsyncGenerator<Outside> {
  let entries: readonly Entry[]
  try {
    entries = await storage.list(folder)
  } catch (error) {
    if (!(error instanceof StorageError) || folder === '') throw error
    yield { kind: 'unreadable', path: folder, ...plain(error) }
    return
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = inFolder(folder, entry.name)
    if (entry.kind === 'folder') yield* walk(storage, path)
    else if (entry.kind === 'file') yield { kind: 'file', path, size: entry.size }
    else yield { kind: 'unreadable', path, reason: reasonFor(entry.name) }
  }
}

const reasonFor = (name: string): string =>
  name.includes('\uFFFD')
    ? 'its name is not in UTF-8, and it cannot be opened by it: give it another name'
    : 'it is a link or a device, not a file'
