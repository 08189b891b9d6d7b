import { StorageError } from '../../../vault/storage/storage.ts'
import type { AlbumWork, Run } from '../run/run.ts'
import { rewriteHead, writeRecord } from '../written/records.ts'

/** Gives back one of an album's open tasks; the last one finishes the album. */
export async function done(run: Run, work: AlbumWork): Promise<void> {
  work.open -= 1
  if (work.open === 0) await finishAlbum(run, work)
}

/**
 * Every task of an album has its outcome: its record is written, then its row, so that a later run may skip it.
 * One from which something has departed, or where a replacement waits, is finished in `settleAlbum`; until then it is not skipped.
 */
async function finishAlbum(run: Run, work: AlbumWork): Promise<void> {
  const { complete, imageCount } = work.listing
  // An item without a row had no outcome (an interruption): the album must be listed again.
  const unrecorded = await writeRecord(run, work).catch((error: unknown) => recordTrouble(run, work, error))
  work.unjudged ||= unrecorded > 0
  putRow(run, work, complete && !work.unsettled && !work.unjudged)
  if (!complete) {
    const reason = `SmugMug counts ${imageCount ?? 'an unknown number of'} items and lists ${work.listed}: something may be missing`
    run.tally.problem({ kind: 'album', album: work.label, reason })
  }
  work.listing = { ...work.listing, items: [] }
  work.release()
  if (work.unsettled) run.unsettled.push(work)
  else tellAlbum(run, work)
}

/** What departed from the album, or waited, has been settled. */
export async function settleAlbum(run: Run, work: AlbumWork): Promise<void> {
  putRow(run, work, work.listing.complete && !work.unjudged)
  await rewriteHead(run, work.row).catch((error: unknown) => recordTrouble(run, work, error))
  tellAlbum(run, work)
}

/** A record that cannot be written is its album's own trouble; the album is listed again next time. */
function recordTrouble(run: Run, work: AlbumWork, error: unknown): number {
  if (!(error instanceof StorageError)) throw error
  run.tally.problem({ kind: 'album', album: work.label, reason: `its record could not be written: ${error.message}` })
  return work.listed
}

/** Counts an album: what SmugMug counts, lists, and what is held of it. */
export function tellAlbum(run: Run, work: AlbumWork): void {
  const states = run.vault.catalogue.countStates(work.row.key)
  const { imageCount } = work.listing
  run.tally.album({
    album: work.label,
    key: work.row.key,
    listed: work.listed,
    held: (states.held ?? 0) + (states.elsewhere ?? 0),
    skipped: false,
    ...(imageCount !== undefined && { counted: imageCount }),
  })
}

/** An album may be skipped only after a complete listing of all of it. */
function putRow(run: Run, work: AlbumWork, finished: boolean): void {
  const whole = run.selection?.byItem !== true
  const before = run.vault.catalogue.album(work.row.key)
  if (whole)
    run.vault.catalogue.putAlbum({ ...work.row, folder: before?.folder ?? work.row.folder, listedAt: finished ? run.startedAt : undefined })
}
