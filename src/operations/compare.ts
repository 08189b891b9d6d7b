import { DAY } from '../flow/clock.ts'
import type { AlbumRow } from '../vault/catalogue/rows.ts'

/**
 * Returns true if an unchanged album is due for a full listing: between 1 and `days` days after its last one. The day depends on a hash of
 * its key, which spreads the listings over nightly runs.
 */
export function isDue(album: Pick<AlbumRow, 'key' | 'listedAt'>, options: { readonly now: number; readonly days: number }): boolean {
  if (album.listedAt === undefined) return true
  // Half-way between nightly runs: a run that starts an hour early or late makes no difference.
  const wait = options.days <= 1 ? DAY : (1.5 + Math.floor(spread(album.key) * (options.days - 1))) * DAY
  const since = options.now - album.listedAt
  // A clock that was set back must not keep an album from being listed for years.
  return since >= wait || since < -DAY
}

/** Returns a number from 0 to 1, always the same for a key and evenly spread over keys (FNV-1a). */
function spread(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d) >>> 0
  hash ^= hash >>> 12
  return (hash >>> 0) / 2 ** 32
}

/** Are the album's dates and count the same as when it was listed (fact sheet 3.4)? */
export function isUnchanged(
  row: AlbumRow,
  album: { readonly imageCount?: number; readonly lastUpdated?: string; readonly imagesLastUpdated?: string },
): boolean {
  const isKnown = album.imageCount !== undefined && (album.lastUpdated !== undefined || album.imagesLastUpdated !== undefined)
  return (
    isKnown &&
    row.imageCount === album.imageCount &&
    row.lastUpdated === album.lastUpdated &&
    row.imagesLastUpdated === album.imagesLastUpdated
  )
}
