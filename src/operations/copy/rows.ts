import { isDeepStrictEqual } from 'node:util'
import type { AlbumRow } from '../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, layout } from '../../vault/layout.ts'
import { pruneFolders } from '../../vault/storage/abilities.ts'
import { leaveRecord, takeRecord, takeSidecars } from './records.ts'
import { type CopyRun, unlessRefused } from './run.ts'

/** Notes an album and its items as the first vault has them. While the brake holds, what the copy knows already stays. */
export function noteRows({ from, to, isBraked }: CopyRun, album: AlbumRow): void {
  const known = to.catalogue.album(album.key)
  if (known === undefined || (!isBraked && !isDeepStrictEqual(known, album)) || known.folder !== album.folder) to.catalogue.putAlbum(album)
  const items = new Map(to.catalogue.items(album.key).map((item) => [item.imageKey, item]))
  for (const item of from.catalogue.items(album.key)) {
    const own = items.get(item.imageKey)
    if (own === undefined || !(isBraked || isDeepStrictEqual(own, item))) to.catalogue.putItem(item)
  }
  const files = new Map(to.catalogue.files(album.key).map((file) => [`${file.imageKey} ${file.component}`, file]))
  for (const file of from.catalogue.files(album.key)) {
    const own = files.get(`${file.imageKey} ${file.component}`)
    if (own === undefined) to.catalogue.putFile({ ...file, state: 'missing' })
    else if (isBraked) continue
    // Words about equal bytes, such as the serial, may have changed.
    else if (own.state === 'held' && file.state === 'held' && own.md5 === file.md5 && !isDeepStrictEqual(own, file))
      to.catalogue.putFile(file)
  }
}

/** Takes the record and the sidecars of an album; without one, the tree. The record of a former folder leaves. */
export async function takeWords(run: CopyRun, album?: AlbumRow): Promise<void> {
  if (album === undefined) {
    await takeRecord(run, layout.tree)
    return
  }
  // A record that is current says that its sidecars are: they come first.
  const sidecars = (): Promise<boolean> => takeSidecars(run, album.folder)
  if (run.allWords) await sidecars()
  await takeRecord(run, inFolder(album.folder, ALBUM_RECORD), sidecars)
}

/** Puts the sidecars aside whose photos have left their folders. */
export async function leaveSidecars(run: CopyRun): Promise<void> {
  for (const folder of run.left) {
    await takeSidecars(run, folder)
    await unlessRefused(
      () => pruneFolders(run.to.storage, folder),
      () => undefined,
    )
  }
}

/** An album of the first vault, and the other folder that it has in the copy. */
export interface FormerFolder {
  readonly album: AlbumRow
  readonly folder: string
}

/** Returns the albums that have another folder in the copy. Call it before their rows are noted. */
export const formerFolders = ({ to }: CopyRun, albums: readonly AlbumRow[]): readonly FormerFolder[] =>
  albums.flatMap((album) => {
    const folder = to.catalogue.album(album.key)?.folder
    return folder === undefined || folder === album.folder ? [] : [{ album, folder }]
  })

/** Puts the records of former folders aside, of albums whose record stands in the new one. */
export async function leaveFormer(run: CopyRun, former: readonly FormerFolder[]): Promise<void> {
  if (run.isBraked) return
  const stands = ({ album }: FormerFolder): boolean => run.to.catalogue.records.get(inFolder(album.folder, ALBUM_RECORD)) !== undefined
  await leaveRecords(
    run,
    former.filter(stands).map(({ folder }) => folder),
  )
}

/** Puts the records aside that lie in folders which no album has any more. */
export async function leaveRecords(run: CopyRun, left: readonly string[]): Promise<void> {
  if (left.length === 0) return
  const folders = new Set(run.from.catalogue.albums().map(({ folder }) => folder))
  for (const folder of left) {
    if (folders.has(folder)) continue
    await leaveRecord(run, folder)
    await unlessRefused(
      () => pruneFolders(run.to.storage, folder),
      () => undefined,
    )
  }
}
