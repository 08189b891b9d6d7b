import type { FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import type { Run } from '../run/run.ts'
import { isPresent } from './vanish.ts'

/** Has the image moved to another album, in this run or before? */
export const hasNewHome = (run: Run, row: ItemRow): boolean =>
  !row.collected && run.vault.catalogue.itemsByImage(row.imageKey).some((other) => other.albumKey !== row.albumKey && isAtHome(run, other))

/** Returns the image's file in the album that it moved to. */
export const newHome = (run: Run, { albumKey, imageKey }: ItemRow): FileRow | undefined =>
  run.vault.catalogue
    .filesByImage(imageKey)
    .find((file) => file.albumKey !== albumKey && isAtHome(run, run.vault.catalogue.item(file.albumKey, imageKey)))

/** Did the image move to another album, which could not get it yet? Then this file may be the only one. */
export const isWaitedFor = (run: Run, { imageKey, albumKey, state }: ItemRow): boolean =>
  state === 'held' &&
  run.vault.catalogue
    .itemsByImage(imageKey)
    .some((other) => other.albumKey !== albumKey && !other.collected && other.state !== 'held' && isPresent(run, other))

/** Is an image at home in this album now? It has one home: it is held there, and not as collected. */
export const isAtHome = (run: Run, row: ItemRow | undefined): boolean =>
  row?.collected === false && row.state === 'held' && row.vanishedAt === undefined && run.view.live.has(row.albumKey)
