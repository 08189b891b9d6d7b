import type { Item } from '../../model.ts'
import type { RestoreJournal } from '../../vault/catalogue/restore-journal.ts'
import { isNamed, isOf, nameOf } from './send.ts'
import type { SourceItem } from './source.ts'

/** An item of the vault, and the image at SmugMug that it is. */
export interface Match {
  readonly item: SourceItem
  readonly image: Item
  /** The way it was recognised. `name` proves least, and is said. */
  readonly by: 'journal' | 'key' | 'bytes' | 'name'
}

/** The items of an album, compared with the album at SmugMug. */
export interface Matched {
  readonly matches: ReadonlyMap<SourceItem, Match>
  /** Images at SmugMug that no item of the vault is. */
  readonly strangers: readonly Item[]
}

/**
 * Finds out which items of an album are at SmugMug already: by the journal, by SmugMug's own key, by their bytes as a multiset (two equal
 * photos need two images), and videos by name, because SmugMug changes their bytes. Each image counts once.
 */
export function matchItems(items: readonly SourceItem[], listed: readonly Item[], journal: Pick<RestoreJournal, 'item'>): Matched {
  const free = new Map(listed.map((image) => [image.imageKey, image]))
  const matches = new Map<SourceItem, Match>()
  const take = (item: SourceItem, image: Item | undefined, by: Match['by']): void => {
    if (image === undefined || matches.has(item)) return
    free.delete(image.imageKey)
    matches.set(item, { item, image, by })
  }
  for (const item of items) take(item, free.get(journal.item(nameOf(item))?.imageKey ?? ''), 'journal')
  for (const item of items) if (!matches.has(item)) take(item, free.get(item.record.imageKey), 'key')
  const isLeft = (item: SourceItem): boolean => !matches.has(item) && !item.record.collected
  const byMd5 = Map.groupBy(
    [...free.values()].filter(({ isVideo }) => !isVideo),
    ({ archivedMd5 }) => archivedMd5,
  )
  for (const item of items.filter(isLeft))
    take(
      item,
      byMd5.get(item.file?.md5)?.find((image) => free.has(image.imageKey) && isOf(image, item)),
      'bytes',
    )
  const videos = Map.groupBy(
    [...free.values()].filter(({ isVideo }) => isVideo),
    ({ fileName }) => fileName,
  )
  for (const item of items.filter(isLeft)) {
    if (item.record.isVideo)
      take(
        item,
        videos.get(item.record.fileName)?.find((image) => free.has(image.imageKey) && isNamed(image, item)),
        'name',
      )
  }
  return { matches, strangers: [...free.values()] }
}
