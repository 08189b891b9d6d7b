import type { FileRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { linkFile, moveEntry } from '../../../vault/storage/abilities.ts'
import { provenStrays } from '../bytes/strays.ts'
import { ownTrouble, pruneQuietly, refused, rethrown } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { sidecarsFollow } from '../written/sidecars.ts'

/**
 * Finds the lost files of vanished items in the vault, by hash, and moves them back: they cannot be fetched again. A file in the trash is
 * where it belongs, and stays.
 */
export async function bringBack(run: Run): Promise<void> {
  for (const file of run.vault.catalogue.vanishedNotHeld()) {
    const album = run.vault.catalogue.album(file.albumKey)?.urlPath ?? file.albumKey
    const concerned = { album, name: file.name, imageKey: file.imageKey }
    await ownTrouble(
      () => find(run, file),
      refused(run, concerned, 'it is no longer on SmugMug, and could not be brought back to its place'),
    )
  }
}

async function find(run: Run, file: FileRow): Promise<void> {
  const { catalogue, storage } = run.vault
  const path = filePath(run, file)
  const source = { url: '', grade: file.grade, md5: file.md5, size: file.size }
  const [found] = await provenStrays(run, source, path)
  if (found === undefined) return
  if (found.path.startsWith(inFolder(layout.trash, ''))) {
    catalogue.removeFile(file.albumKey, file.imageKey, file.component)
    return
  }
  if (found.path !== path) {
    if ((await storage.stat(path)) !== undefined) return
    if (found.path.startsWith(inFolder(layout.history, ''))) await linkFile(storage, found.path, path)
    else {
      await sidecarsFollow(run, [{ from: found.path, to: path }], rethrown)
      await moveEntry(storage, found.path, path)
    }
    await pruneQuietly(run, splitPath(found.path).folder)
  }
  catalogue.strays.remove(found.path)
  catalogue.putFile({ ...file, state: 'held' })
  run.derived.recordsChanged = true
}
