import { breathe } from '../../../flow/breathe.ts'
import { putAside } from '../../../vault/aside.ts'
import { ALBUM_RECORD, inFolder, layout, splitPath } from '../../../vault/layout.ts'
import type { ItemRecord } from '../../../vault/record/album-record.ts'
import { readAlbumRecord } from '../../../vault/record/read-album-record.ts'
import { RecordError } from '../../../vault/record/read-json.ts'
import { hashFile } from '../../../vault/storage/abilities.ts'
import type { Entry } from '../../../vault/storage/storage.ts'
import { scrubLeaving } from '../../../vault/versions/scrub.ts'
import type { Survey } from '../../survey.ts'
import { movesAreUnderWay } from '../album/move-folders.ts'
import { firstStanding } from '../bytes/place.ts'
import { ownTrouble, pruneQuietly, refused, rethrown } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { foldersOf, gatherSidecars } from '../written/sidecar-homes.ts'

/*
 * Files that killed runs left behind in the middle of moves. A file goes into history only if it is provably ours: it lies in our own
 * folder, or a record of ours beside it names it and its bytes are held elsewhere. Other files stay.
 */

/**
 * Empties `moving/`. Puts aside records outside of album folders, with those files beside them that they name and that are held elsewhere.
 * Brings sidecars to their photos. Call it when everything has been settled: by then every wanted file has been taken from there.
 */
export async function clearLeftovers(run: Run, { strayRecords, loneSidecars }: Survey): Promise<void> {
  if (run.vault.mode !== 'write' || run.signal.aborted) return
  // Moves that were refused are still under way; the next run settles them.
  if (!movesAreUnderWay(run.vault)) {
    await gather(run, layout.moving)
    await clearMoving(run, layout.moving)
  }
  const folders = new Set(strayRecords.map((path) => splitPath(path).folder))
  for (const album of folders.size === 0 ? [] : run.vault.catalogue.eachAlbum()) {
    await breathe()
    folders.delete(album.folder)
  }
  for (const path of strayRecords) {
    const { folder } = splitPath(path)
    if (!folders.has(folder) || `${folder}/`.startsWith(`${layout.moving}/`)) continue
    await ownTrouble(
      () => clearOldFolder(run, folder),
      refused(run, { name: path }, 'it is left of an album that was moved, and could not be put aside'),
    )
  }
  const stayedBehind = run.loneSidecars.values().map((path) => splitPath(path).folder)
  for (const folder of new Set([...foldersOf(run, loneSidecars), ...stayedBehind])) await gather(run, folder)
}

async function gather(run: Run, folder: string): Promise<void> {
  const trouble = refused(run, { name: folder }, 'a sidecar in it lies beside no photo, and could not be moved')
  if ((await run.vault.storage.stat(folder)) !== undefined) await ownTrouble(() => gatherSidecars(run, folder, trouble), trouble)
}

async function clearMoving(run: Run, folder: string): Promise<void> {
  const entries = await ownTrouble(
    () => run.vault.storage.list(folder),
    () => undefined,
  )
  for (const { name, kind } of entries ?? []) {
    const path = inFolder(folder, name)
    if (kind === 'folder') await clearMoving(run, path)
    else
      await ownTrouble(
        () => aside(run, path),
        refused(run, { name: path }, 'it was on its way when a run was stopped, and could not be put aside'),
      )
  }
  await pruneQuietly(run, folder)
}

/** Puts aside the record of an album that has another folder now, and the files it names. A record of an unknown album stays. */
async function clearOldFolder(run: Run, folder: string): Promise<void> {
  const { storage, catalogue } = run.vault
  const path = inFolder(folder, ALBUM_RECORD)
  if ((await storage.stat(path))?.kind !== 'file') return
  const named = new Map<string, ItemRecord['files'][number]>()
  try {
    for await (const part of readAlbumRecord(storage.read(path))) {
      if ('record' in part) for (const file of part.record.files) named.set(file.name, file)
      else if (!(await livesElsewhere(run, part.head.key))) return
    }
  } catch (error) {
    if (error instanceof RecordError) return
    throw error
  }
  for (const entry of await storage.list(folder)) {
    const file = named.get(entry.name)
    if (file !== undefined && (await isHeldElsewhere(run, inFolder(folder, entry.name), { entry, md5: file.md5 }))) {
      await aside(run, inFolder(folder, entry.name))
      catalogue.strays.remove(inFolder(folder, entry.name))
    }
  }
  await aside(run, path)
  await gatherSidecars(run, folder, rethrown)
}

/** Does the record of an album stand in its own folder? */
async function livesElsewhere({ vault, unreadable }: Run, albumKey: string): Promise<boolean> {
  const row = unreadable.has(albumKey) ? undefined : vault.catalogue.album(albumKey)
  return row !== undefined && (await vault.storage.stat(inFolder(row.folder, ALBUM_RECORD)))?.kind === 'file'
}

/** Has a file exactly these bytes, and do they stand under an item's own name, too? */
async function isHeldElsewhere(run: Run, path: string, { entry, md5 }: { readonly entry: Entry; readonly md5: string }): Promise<boolean> {
  const held = await firstStanding(run, run.vault.catalogue.filesByMd5(md5))
  if (held === undefined || held.size !== entry.size || entry.kind !== 'file') return false
  return (await hashFile(run.vault.storage, path)).md5 === md5
}

async function aside(run: Run, path: string): Promise<void> {
  if (!run.settings.keepSecrets && splitPath(path).name === ALBUM_RECORD) await scrubLeaving(run.vault.storage, path)
  const reason = { why: 'left where it was by a run that was stopped while it moved' }
  await putAside(run.vault.storage, path, { place: 'history', now: run.clock.now(), reason })
  run.vault.catalogue.strays.remove(path)
}
