import { formatCount, formatNumber } from '../../../events.ts'
import type { TreeNode } from '../../../smugmug/account.ts'
import type { Run } from '../run/run.ts'

/**
 * Returns the reason why SmugMug's list of albums does not show what is gone: the account counts more items than the listed albums have, or
 * the folders show an album of the vault that the list leaves out. Returns undefined when they agree. `tree` is absent if it was not read.
 */
export function doubtOf({ view, vault }: Pick<Run, 'view' | 'vault'>, tree: readonly TreeNode[] | undefined): string | undefined {
  const counted = view.owner.imageCount ?? 0
  // A sum that is unknown proves nothing.
  if (view.counted < counted)
    return `SmugMug counts ${formatCount(counted, 'item')} in the account, and its albums have only ${formatNumber(view.counted)}`
  const isLeftOut = (key: string): boolean => {
    const row = view.live.has(key) ? undefined : vault.catalogue.album(key)
    return row !== undefined && row.vanishedAt === undefined
  }
  if (tree?.some(({ albumKey }) => albumKey !== undefined && isLeftOut(albumKey)))
    return "SmugMug's list of albums leaves out an album that its folders have"
  return undefined
}
