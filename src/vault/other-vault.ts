import { inFolder, layout, OURS, VAULT_MARKS } from './layout.ts'
import { type Entry, type Storage, StorageError } from './storage/storage.ts'

/**
 * Is a folder below the top of a vault the top of another vault: of another account, or a copy? Its files are that vault's own, and no strays.
 * `entries` are the folder's.
 */
export async function isOtherVault(storage: Storage, folder: string, entries: readonly Entry[]): Promise<boolean> {
  if (folder === '' || folder.startsWith(`${OURS}/`) || !entries.some(({ name, kind }) => name === OURS && kind === 'folder')) return false
  return await isVaultTop(storage, folder)
}

/** Is a folder the top of a vault, in a folder or a bucket, sealed or not? */
export async function isVaultTop(storage: Storage, folder: string): Promise<boolean> {
  try {
    // By one listing: a key for a part of a bucket may list all of it, and may not ask for an object outside its part.
    for (const { name, kind } of await storage.list(inFolder(folder, OURS))) {
      const path = inFolder(OURS, name)
      if (kind === 'file' && VAULT_MARKS.includes(path)) return true
      // The catalogue of one in a bucket lies on a computer, and that of one in a folder may be lost: each finished run left a report.
      if (kind === 'folder' && path === layout.reports) return true
    }
    return false
  } catch (error) {
    // One that this user may not look into is somebody's all the more.
    if (error instanceof StorageError) return true
    throw error
  }
}
