import type { AlbumRow } from '../vault/catalogue/rows.ts'

const DAY = 86_400_000

/**
 * When an album that has not changed is listed all the same: between 1 and `days` days after its last full listing,
 * spread by a hash of its key, so that nightly runs take their share.
 */
export function isDue(album: Pick<AlbumRow, 'key' | 'listedAt'>, options: { readonly now: number; readonly days: number }): boolean {
  if (album.listedAt === undefined) return true
  // Half-way between nightly runs: neither a run an hour later nor one that starts a little early makes a difference.
  const wait = options.days <= 1 ? DAY : (1.5 + Math.floor(spread(album.key) * (options.days - 1))) * DAY
  const since = options.now - album.listedAt
  // A clock that was set back must not keep an album from being listed for years.
  return since >= wait || since < -DAY
}

/** A number from 0 to 1 that is always the same for a key and evenly spread over keys (FNV-1a). */
function spread(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d) >>> 0
  hash ^= hash >>> 12
  return (hash >>> 0) / 2 ** 32
}

/** Has the album changed since it was listed, as far as its dates and count tell (fact sheet 3.4)? */
export function isUnchanged(
  row: AlbumRow,
  album: { readonly imageCount?: number; readonly lastUpdated?: string; readonly imagesLastUpdated?: string },
): boolean {
  const told = album.imageCount !== undefined && (album.lastUpdated !== undefined || album.imagesLastUpdated !== undefined)
  return (
    told &&
    row.imageCount === album.imageCount &&
    row.lastUpdated === album.lastUpdated &&
    row.imagesLastUpdated === album.imagesLastUpdated
  )
}
