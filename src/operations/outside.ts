import { join } from 'node:path'
import { isOfTheSystem } from '../vault/litter.ts'
import { type Entry, type Storage, StorageError } from '../vault/storage/storage.ts'

/** A file of a folder that is not the vault. */
export interface OutsideFile {
  /** Relative to that folder. */
  readonly path: string
  readonly size: number
  readonly mtime: number
}

/** Every file of a folder and those below it; hidden folders and what systems leave behind are left out, and so is a vault's own folder. */
export async function* walk(storage: Storage, folder = ''): AsyncGenerator<OutsideFile> {
  for (const entry of (await readable(storage, folder)).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : join(folder, entry.name).replaceAll('\\', '/')
    if (entry.kind === 'file' && !isOfTheSystem(entry.name)) yield { path, size: entry.size, mtime: entry.mtime }
    else if (entry.kind === 'folder' && !entry.name.startsWith('.') && !isOfTheSystem(entry.name)) yield* walk(storage, path)
  }
}

/** A folder that this user may not read is passed over, like what systems leave behind. */
async function readable(storage: Storage, folder: string): Promise<readonly Entry[]> {
  try {
    return await storage.list(folder)
  } catch (error) {
    if (error instanceof StorageError && folder !== '') return []
    throw error
  }
}
