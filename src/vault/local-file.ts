import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { noScratch, scratchFolder } from './scratch.ts'
import type { Storage } from './storage/storage.ts'
import { isSystemError } from './system-error.ts'

/**
 * Hands `use` the absolute path of a real file with the bytes at a path of the storage: the file itself where it lies on this computer, else a
 * temporary copy, which is removed when `use` ends. `use` must not change it. A file itself may be missing, or be something else; of a copy, the
 * storage says so (`StorageError`). Throws `DestinationError` when there is no room for the copy.
 */
export async function withLocalFile<T>(storage: Storage, path: string, use: (file: string) => Promise<T>): Promise<T> {
  const file = storage.pathOf?.(path)
  if (file !== undefined) return await use(file)
  const folder = await scratchFolder('smugmug-backup-')
  try {
    return await use(await copied(storage, { path, to: join(folder, `file${extname(path)}`) }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function copied(storage: Storage, { path, to }: { readonly path: string; readonly to: string }): Promise<string> {
  try {
    await pipeline(storage.read(path), createWriteStream(to))
    return to
  } catch (error) {
    throw isSystemError(error) ? noScratch(error) : error
  }
}
