import { breathe } from '../../../flow/breathe.ts'
import type { Album } from '../../../model.ts'
import type { Catalogue } from '../../../vault/catalogue/catalogue.ts'
import { isUnchanged } from '../../compare.ts'
import { noteLook, readLook } from '../../look.ts'
import type { Selection } from '../../selection.ts'
import type { Run } from './run.ts'

/** Notes the album list as the last complete look at the account. Call it before any row of an album changes. */
export async function noteAlbumList(
  catalogue: Catalogue,
  { albums, selection }: { readonly albums: readonly Album[]; readonly selection: Selection | undefined },
): Promise<void> {
  const isLeftOut = (album: Album): boolean => selection !== undefined && !selection.album(album)
  const hasChanged = (album: Album): boolean => {
    const row = catalogue.album(album.key)
    // One that was never listed completely is known by its row.
    return row?.listedAt !== undefined && row.vanishedAt === undefined && !isUnchanged(row, album)
  }
  const counted: Record<string, number | null> = {}
  let changed = 0
  for (const album of albums) {
    await breathe()
    counted[album.key] = album.imageCount ?? null
    if (isLeftOut(album) && hasChanged(album)) changed += 1
  }
  noteLook(catalogue, { counted, changed })
}

/** Brings the counts up to date with the listings of the run, which are newer than the album list. */
export async function noteListings({ vault: { catalogue }, tally }: Run): Promise<void> {
  const look = readLook(catalogue)
  if (look === undefined) return
  const counted = { ...look.counted }
  let isNewer = false
  for (const album of tally.albums) {
    await breathe()
    if (album.skipped || album.counted === undefined || !(album.key in counted) || counted[album.key] === album.counted) continue
    counted[album.key] = album.counted
    isNewer = true
  }
  if (isNewer) noteLook(catalogue, { ...look, counted })
}
