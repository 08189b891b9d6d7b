import type { Album } from '../../../model.ts'
import type { Catalogue } from '../../../vault/catalogue/catalogue.ts'
import { isUnchanged } from '../../compare.ts'
import { noteLook, readLook } from '../../look.ts'
import type { Selection } from '../../selection.ts'
import type { Run } from './run.ts'

/** Notes the album list as the last complete look at the account. Call it before any row of an album changes. */
export function noteAlbumList(
  catalogue: Catalogue,
  { albums, selection }: { readonly albums: readonly Album[]; readonly selection: Selection | undefined },
): void {
  const isLeftOut = (album: Album): boolean => selection !== undefined && !selection.album(album)
  const hasChanged = (album: Album): boolean => {
    const row = catalogue.album(album.key)
    // One that was never listed completely is known by its row.
    return row?.listedAt !== undefined && row.vanishedAt === undefined && !isUnchanged(row, album)
  }
  noteLook(catalogue, {
    counted: Object.fromEntries(albums.map((album) => [album.key, album.imageCount ?? null])),
    changed: albums.filter((album) => isLeftOut(album) && hasChanged(album)).length,
  })
}

/** Brings the counts up to date with the listings of the run, which are newer than the album list. */
export function noteListings({ vault: { catalogue }, tally }: Run): void {
  const look = readLook(catalogue)
  if (look === undefined) return
  const newer = tally.albums.filter(({ key, skipped, counted }) => !skipped && counted !== undefined && key in look.counted)
  noteLook(catalogue, { ...look, counted: { ...look.counted, ...Object.fromEntries(newer.map(({ key, counted = 0 }) => [key, counted])) } })
}
