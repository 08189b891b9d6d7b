import type { Item } from '../../../model.ts'
import type { ItemState } from '../../../vault/catalogue/rows.ts'
import type { Plain } from '../../plain.ts'
import { sizeOf } from '../album/plan.ts'
import { type Job, pathOf } from '../run/album-under-way.ts'
import { itemRow, type Run } from '../run/run.ts'
import type { ItemOutcome } from '../run/tally.ts'

/** The words about a photo of which SmugMug offers less than its original. */
export const SMALLER: Plain = {
  reason: 'smaller than your original',
  detail: 'SmugMug does not offer the original: see whether the album allows downloads and its largest size is Original',
}

/** Gives the task its one outcome. With `require_originals`, a photo that is smaller than its original has failed. */
export function conclude(
  run: Run,
  { album, task }: Job,
  result: Omit<ItemOutcome, 'album' | 'albumKey' | 'imageKey' | 'name' | 'path'>,
): void {
  const isRefused = run.settings.requireOriginals && result.grade === 'fallback'
  if (isRefused) run.tally.refused += 1
  const outcome = isRefused ? ({ ...result, kind: 'failed', ...SMALLER } as const) : result
  const wanted = run.counts(task) ? { wanted: sizeOf(task) } : {}
  run.tally.item({
    ...outcome,
    ...wanted,
    album: album.label,
    albumKey: album.row.key,
    imageKey: task.item.imageKey,
    name: task.name,
    path: pathOf(album, task.name),
  })
}

/** Concludes a task for which nothing can be done now, with the reason. */
export function leave(run: Run, job: Job, why: { readonly kind: 'failed' | 'pending' | 'impossible' } & Plain): void {
  noteState(run, job, { state: why.kind, reason: why.reason })
  conclude(run, job, why)
}

/** Notes an item's state in the catalogue. */
export function noteState(run: Run, { album, task }: Job, standing: { readonly state: ItemState; readonly reason?: string }): void {
  const wanted = album.wanted.get(task.item.imageKey) ?? task.name
  run.vault.catalogue.putItem(itemRow(task.item, { name: task.name, wanted }, standing))
}

/**
 * Notes a collected item that waits for all listings, with its present name: as held elsewhere if it is, else as pending until its turn comes. The record
 * of its album is written before that, and must not have its old name, which may be another item's by now.
 */
export function noteElsewhere(run: Run, job: Job): void {
  const { item } = job.task
  const state = run.vault.catalogue.item(item.albumKey, item.imageKey)?.state
  const isElsewhere = isHeldElsewhere(run, item)
  if ((state === undefined || state === 'elsewhere') && isElsewhere) noteState(run, job, { state: 'elsewhere' })
  else if (state === undefined || (state === 'elsewhere' && !isElsewhere))
    noteState(run, job, { state: 'pending', reason: 'waits until all albums are listed' })
}

/** Does another album hold the item's bytes? */
export function isHeldElsewhere({ vault: { catalogue } }: Run, { albumKey, imageKey, availability }: Item): boolean {
  const md5 = availability.kind === 'ready' ? availability.source.md5 : undefined
  const files = md5 === undefined ? catalogue.filesByImage(imageKey) : catalogue.filesByMd5(md5)
  return files.some((file) => file.albumKey !== albumKey || file.imageKey !== imageKey)
}
