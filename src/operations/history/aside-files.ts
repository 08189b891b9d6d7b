import { inFolder, layout } from '../../vault/layout.ts'
import type { Storage } from '../../vault/storage/storage.ts'

/**
 * Yields every file in the history and the trash, with its size in bytes. The journal beside them may lack one: a run that was killed moved it and
 * noted nothing. Throws `StorageError` for a folder that cannot be read.
 */
export async function* asideFiles(storage: Storage): AsyncGenerator<{ readonly path: string; readonly size: number }> {
  const folders: string[] = [layout.history, layout.trash]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if ((await storage.stat(folder))?.kind !== 'folder') continue
    for (const { name, kind, size } of await storage.list(folder)) {
      const path = inFolder(folder, name)
      if (kind === 'folder') folders.push(path)
      else if (kind === 'file' && path !== layout.historyJournal) yield { path, size }
    }
  }
}
