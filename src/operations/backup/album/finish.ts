import { formatCount, formatNumber } from '../../../events.ts'
import type { AlbumUnderWay } from '../run/album-under-way.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { heldIn } from '../run/run.ts'
import { rewriteHead, writeRecord } from '../written/records.ts'
import { writeSidecars } from '../written/sidecars.ts'

/** Gives back one of an album's open tasks; the last one finishes the album. */
export async function done(run: Run, album: AlbumUnderWay): Promise<void> {
  album.open -= 1
  if (album.open === 0) await finishAlbum(run, album)
}

/**
 * Finishes an album whose tasks all have their outcome: writes its record, then its row, so that a later run may skip it. If an item has
 * departed or a replacement waits, `settleAlbum` finishes it; until then it is not skipped.
 */
async function finishAlbum(run: Run, album: AlbumUnderWay): Promise<void> {
  const { complete, imageCount } = album.listing
  // An item without a row had no outcome (an interruption): the album must be listed again.
  const unrecorded = await ownTrouble(() => writeRecord(run, album), recordTrouble(run, album))
  album.incomplete ||= unrecorded !== 0 || album.listing.commentsMissing === true
  putRow(run, album, complete && !album.settlesLater && !album.incomplete)
  if (!complete) {
    const reason = `SmugMug counts ${imageCount === undefined ? 'an unknown number of items' : formatCount(imageCount, 'item')} and lists ${formatNumber(album.itemCount)}: something may be missing`
    run.tally.problem({ kind: 'album', album: album.label, reason })
  }
  album.listing = { ...album.listing, items: [] }
  album.release()
  if (album.settlesLater) run.changes.unsettled.push(album)
  else countAlbum(run, album)
}

/** Finishes an album once its departed and waiting items have been settled. */
export async function settleAlbum(run: Run, album: AlbumUnderWay): Promise<void> {
  const { catalogue } = run.vault
  const late = album.lateSidecars ?? []
  album.lateSidecars = undefined
  if (late.length > 0) await writeSidecars(run, album, late)
  const isWhole = await ownTrouble(() => rewriteHead(run, catalogue.album(album.row.key) ?? album.row), recordTrouble(run, album))
  album.incomplete ||= isWhole !== true
  putRow(run, album, album.listing.complete && !album.incomplete)
  countAlbum(run, album)
}

/** Names an album whose record cannot be written; it is listed again next time. */
const recordTrouble = (run: Run, album: AlbumUnderWay) => refused(run, { album: album.label }, 'its record could not be written')

/** Counts an album in the report: SmugMug's count, the items listed, the items held. */
export function countAlbum(run: Run, { row, label, listing, itemCount }: AlbumUnderWay): void {
  run.tally.album({
    album: label,
    key: row.key,
    listed: itemCount,
    held: heldIn(run, row.key, listing.imageCount ?? itemCount),
    skipped: false,
    ...(listing.imageCount !== undefined && { counted: listing.imageCount }),
  })
}

/** Writes an album's row. A later run may skip the album only after a complete listing of all its items. */
function putRow(run: Run, { row }: AlbumUnderWay, finished: boolean): void {
  if (run.selection?.byItem === true) return
  const { catalogue } = run.vault
  catalogue.putAlbum({ ...row, folder: catalogue.album(row.key)?.folder ?? row.folder, listedAt: finished ? run.startedAt : undefined })
}
