import { formatCount, formatNumber } from '../../../events.ts'
import type { TreeNode } from '../../../smugmug/account.ts'
import type { AccountView, Run } from '../run/run.ts'

/** The note of the number of items that SmugMug counted in the account beyond those of its albums, when nothing was in doubt. */
const BEYOND = 'items.beyond'

/**
 * Returns the reason why SmugMug's lists do not show what is gone: a changed album could not be listed, the account counts more items
 * than the listed albums have, or the folders show an album of the vault that the list leaves out. Returns undefined when they agree. `tree`
 * is absent if it was not read.
 */
export function doubtOf({ view, vault, changes }: Run, tree: readonly TreeNode[] | undefined): string | undefined {
  const { size } = changes.unlisted
  if (size > 0) return `${formatCount(size, 'changed album')} could not be listed, and what is gone from here may be there`
  const counted = view.owner.imageCount ?? 0
  // A sum that is unknown proves nothing.
  if (beyond(view) > Number(vault.catalogue.meta(BEYOND) ?? 0))
    return `SmugMug counts ${formatCount(counted, 'item')} in the account, and its albums have only ${formatNumber(view.counted)}`
  const isLeftOut = (key: string): boolean => {
    const row = view.live.has(key) ? undefined : vault.catalogue.album(key)
    return row !== undefined && row.vanishedAt === undefined
  }
  if (tree?.some(({ albumKey }) => albumKey !== undefined && isLeftOut(albumKey)))
    return "SmugMug's list of albums leaves out an album that its folders have"
  return undefined
}

/** Notes the difference between SmugMug's counts, if nothing was in doubt or nothing is gone: what always was there, hides no album. */
export function noteBeyond({ view, vault: { catalogue }, selection }: Run): void {
  if (selection !== undefined || Number.isNaN(view.counted)) return
  const note = beyond(view) > 0 ? String(beyond(view)) : undefined
  if (note !== catalogue.meta(BEYOND)) catalogue.setMeta(BEYOND, note)
}

/** Returns the number of items that SmugMug counts in the account and in none of its albums. A collected photo counts in each album, so it may be below 0. */
const beyond = ({ owner, counted }: AccountView): number => (owner.imageCount ?? 0) - counted
