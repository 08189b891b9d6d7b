import { formatCount, formatNumber } from '../../../events.ts'
import type { Album } from '../../../model.ts'
import type { TreeNode } from '../../../smugmug/account.ts'
import type { Opening } from '../report/reported.ts'
import type { AccountView, Run } from '../run/run.ts'
import { isTreeDue } from '../written/tree-file.ts'

/** The note of the number of items that SmugMug counted in the account beyond those of its albums, when nothing was in doubt. */
const BEYOND = 'items.beyond'

/** The note of the albums that could not be listed, with their dates, when nothing was in doubt: one a line. */
const UNLISTED = 'albums.unlisted'

/** The most albums that are noted. More of them are no lasting trouble of single albums. */
const MOST_NOTED = 100

/**
 * Returns the reason why SmugMug's lists do not show what is gone: a changed album could not be listed, the account counts more items
 * than the listed albums have, or the folders show an album of the vault that the list leaves out. Returns undefined when they agree. `tree`
 * is absent if it was not read.
 */
export function doubtOf({ view, vault, changes }: Run, tree: readonly TreeNode[] | undefined): string | undefined {
  const size = hiding({ changes, vault }).length
  if (size > 0) return `${formatCount(size, 'changed album')} could not be listed, and what is gone from here may be there`
  const counted = view.owner.imageCount ?? 0
  // A sum that is unknown proves nothing.
  if (beyond(view) > usualBeyond(vault.catalogue))
    return `SmugMug counts ${formatCount(counted, 'item')} in the account, and its albums have only ${formatNumber(view.counted)}`
  const isLeftOut = (key: string): boolean => {
    const row = view.live.has(key) ? undefined : vault.catalogue.album(key)
    return row !== undefined && row.vanishedAt === undefined
  }
  if (tree?.some(({ albumKey }) => albumKey !== undefined && isLeftOut(albumKey)))
    return "SmugMug's list of albums leaves out an album that its folders have"
  return undefined
}

/**
 * Returns the changed albums without a list in which an item that departed may be. One that was there already when nothing was in doubt, and
 * has not changed since, hides none: nothing came to it. Items that departed from such an album itself may be in any of them.
 */
function hiding({ changes, vault: { catalogue } }: Pick<Run, 'changes' | 'vault'>): readonly unknown[] {
  const unlisted = [...changes.unlisted.values()]
  const noted = new Set<string | undefined>(unlisted.length === 0 ? [] : catalogue.meta(UNLISTED)?.split('\n'))
  const keys = new Set([...noted].map((each) => each?.split(' ')[0]))
  return changes.departed.some(({ albumKey }) => keys.has(albumKey)) ? unlisted : unlisted.filter((each) => !noted.has(each))
}

/** Notes what disagrees in SmugMug's lists, if nothing was in doubt or nothing is gone: what always was there, hides nothing. */
export function noteUsual({ view, vault: { catalogue }, changes, selection }: Run): void {
  if (selection !== undefined) return
  const note = (key: string, value: string | undefined): void => {
    if (value !== catalogue.meta(key)) catalogue.setMeta(key, value)
  }
  if (!Number.isNaN(view.counted)) note(BEYOND, beyond(view) > 0 ? String(beyond(view)) : undefined)
  const unlisted = [...changes.unlisted.values().filter((each) => each !== undefined)].slice(0, MOST_NOTED)
  note(UNLISTED, unlisted.length > 0 ? unlisted.join('\n') : undefined)
}

/**
 * Is it usual that SmugMug counts this number of items beyond those of its list of albums? Not if the list lacks an album of the vault, and not when
 * the folders are due: they may show an album in the meantime that neither of them had.
 */
export function isUsual({ job, now }: Opening, albums: readonly Album[], items: number): boolean {
  const { catalogue } = job.vault
  if (items > usualBeyond(catalogue) || job.full === true || isTreeDue(catalogue, { now, days: job.settings.fullListingDays })) return false
  const listed = new Set(albums.map(({ key }) => key))
  return catalogue.eachAlbum().every(({ key, vanishedAt }) => vanishedAt !== undefined || listed.has(key))
}

/** Returns the number of items that SmugMug counted beyond those of its albums when nothing was in doubt. */
const usualBeyond = (catalogue: Run['vault']['catalogue']): number => Number(catalogue.meta(BEYOND) ?? 0)

/** Returns the number of items that SmugMug counts in the account and in none of its albums. A collected photo counts in each album, so it may be below 0. */
const beyond = ({ owner, counted }: AccountView): number => (owner.imageCount ?? 0) - counted
