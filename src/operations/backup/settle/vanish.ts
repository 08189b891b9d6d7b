import { putAside } from '../../../vault/aside.ts'
import type { AlbumRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, splitPath } from '../../../vault/layout.ts'
import { pruneFolders } from '../../../vault/storage/abilities.ts'
import { lostFile } from '../bytes/strays.ts'
import { ownTrouble, pruneQuietly, refused } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { noteAlbumRemoved } from '../written/past.ts'
import { rewriteHead } from '../written/records.ts'
import { sidecarsFollow } from '../written/sidecars.ts'

/**
 * Marks an item as vanished and names it once; its file stays, or moves to the trash. Returns false if the disk refused the move: then the
 * item is not settled, and the next run tries again.
 */
export async function vanish(run: Run, row: ItemRow): Promise<boolean> {
  const { catalogue } = run.vault
  const album = catalogue.album(row.albumKey)?.urlPath ?? row.albumKey
  const concerned = { album, name: row.name, imageKey: row.imageKey }
  const fate = await ownTrouble(
    () => putAway(run, row, album),
    refused(run, concerned, 'it is no longer on SmugMug, and could not be moved to the trash'),
  )
  if (fate === undefined) return false
  catalogue.putItem({ ...row, vanishedAt: run.startedAt })
  run.tally.problem({
    kind: 'vanished',
    ...concerned,
    reason: `no longer on SmugMug; ${fate.words}`,
    ...(fate.path !== undefined && { detail: fate.path }),
  })
  return true
}

/** The fate of a vanished item's file, in words, and its path in the trash. */
interface Fate {
  readonly words: string
  readonly path?: string
}

const KEPT: Fate = { words: 'its file is kept' }

/** Moves an item's files to the trash, if the settings say so. Returns their fate. */
async function putAway(run: Run, row: ItemRow, album: string): Promise<Fate> {
  const { catalogue, storage } = run.vault
  const files = catalogue.filesOf(row.albumKey, row.imageKey)
  if (!files.some((file) => file.component === '')) return { words: 'it was not held' }
  if (run.settings.onVanished !== 'trash') return KEPT
  let fate: Fate = KEPT
  for (const each of files) {
    const path = (await lostFile(run, each)) ?? filePath(run, each)
    const reason = { why: 'vanished from SmugMug', album, imageKey: row.imageKey }
    const to = await putAside(storage, path, { place: 'trash', now: run.clock.now(), reason })
    if (to !== undefined) {
      const sidecar = refused(run, { album, name: row.name, imageKey: row.imageKey }, 'its sidecar could not be moved to the trash')
      await sidecarsFollow(run, [{ from: path, to }], sidecar)
    }
    catalogue.strays.remove(path)
    catalogue.removeFile(each.albumKey, each.imageKey, each.component)
    await pruneQuietly(run, splitPath(path).folder)
    if (to !== undefined) fate = { words: 'its file is in the trash', path: to }
  }
  return fate
}

/** Marks an album as vanished in its record and in the catalogue. If the disk refuses the record, the next run tries again. */
export async function vanishAlbum(run: Run, row: AlbumRow): Promise<void> {
  const { catalogue, storage } = run.vault
  await ownTrouble(
    async () => {
      if (catalogue.items(row.key).length === 0) {
        // Every item moved elsewhere: nothing of the album is left to keep.
        await noteAlbumRemoved(run, row.key, inFolder(row.folder, ALBUM_RECORD))
        await storage.remove(inFolder(row.folder, ALBUM_RECORD))
        await pruneFolders(storage, row.folder)
        catalogue.removeAlbum(row.key)
        return
      }
      // If SmugMug restores the album with its old dates, it must be listed.
      const gone = { ...row, vanishedAt: run.startedAt, listedAt: undefined }
      await rewriteHead(run, gone)
      catalogue.putAlbum(gone)
    },
    refused(run, { album: row.urlPath }, 'it is no longer on SmugMug, and its record could not be written'),
  )
}
