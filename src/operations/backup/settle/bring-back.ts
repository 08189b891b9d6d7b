import { inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { provenStrays } from '../bytes/strays.ts'
import { filePath, type Run } from '../run/run.ts'

/**
 * Files kept of items that vanished cannot be fetched again: where one is not in its place, its bytes are looked for in the vault, proven by
 * hash, and brought back. One that lies in the trash is where it belongs.
 */
export async function bringBack(run: Run): Promise<void> {
  const { catalogue, storage } = run.vault
  for (const file of catalogue.vanishedNotHeld()) {
    const path = filePath(run, file)
    const source = { url: '', grade: file.grade, md5: file.md5, size: file.size }
    const [found] = await provenStrays(run, source, path)
    if (found === undefined) continue
    if (found.path.startsWith(inFolder(layout.trash, ''))) {
      catalogue.removeFile(file.albumKey, file.imageKey, file.component)
      continue
    }
    if (found.path !== path) {
      if ((await storage.stat(path)) !== undefined) continue
      if (found.path.startsWith(inFolder(layout.history, ''))) await storage.link(found.path, path)
      else await storage.move(found.path, path)
      await storage.pruneFolders(splitPath(found.path).folder)
    }
    catalogue.removeStray(found.path)
    catalogue.putFile({ ...file, state: 'held' })
    run.derived.recordsChanged = true
  }
}
