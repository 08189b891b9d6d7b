import type { Item, Source } from '../../../model.ts'
import type { AlbumRow, FileRow, ItemRow, StrayRow } from '../../../vault/catalogue/rows.ts'

/** What is to be done about one item, and why. Pure data. */
export type Task = { readonly item: Item /** Its name in the album's folder. */; readonly name: string } & (
  | {
      readonly kind: 'keep'
      readonly file: FileRow
      /** The item's row as it was; what has changed in it is written down. */
      readonly before?: ItemRow | undefined
      /** Where the file was until now, when it was renamed or its folder was. */
      readonly from?: string
    }
  | { readonly kind: 'obtain'; readonly because: 'new' | 'missing' | 'damaged' }
  /** SmugMug has other bytes than the vault. */
  | { readonly kind: 'replace'; readonly old: FileRow }
  | { readonly kind: 'leave'; readonly outcome: 'pending' | 'impossible'; readonly reason: string }
)

/** The task for an item, given its file in the vault, if it ever had one. */
export function planItem(item: Item, name: string, file: FileRow | undefined): Task {
  if (file?.state === 'held') {
    return isSame(item, file) ? { kind: 'keep', item, name, file } : { kind: 'replace', item, name, old: file }
  }
  const { availability } = item
  if (availability.kind === 'pending' || availability.kind === 'impossible') {
    return { kind: 'leave', item, name, outcome: availability.kind, reason: availability.reason }
  }
  return { kind: 'obtain', item, name, because: file === undefined ? 'new' : file.state }
}

/**
 * Does SmugMug still have the bytes of this file? By MD5 where both are known, else by size and serial.
 * While SmugMug does not say (an item that is being processed again), what is held counts.
 */
function isSame(item: Item, file: FileRow): boolean {
  const source = item.availability.kind === 'ready' ? item.availability.source : undefined
  const sameSerial = item.serial === file.serial
  if (source === undefined) return sameSerial || item.availability.kind !== 'unresolved'
  if (source.md5 !== undefined) return source.md5 === file.md5 || source.md5 === file.toldMd5
  if (source.size !== undefined && source.size !== file.size && source.size !== file.toldSize) return false
  return sameSerial || (source.size !== undefined && item.serial === undefined)
}

/** How an item's bytes come to its name. */
export type Way =
  | { readonly kind: 'fetch' }
  /** They stand elsewhere in the vault, for an item that has left that place: it is moved. */
  | { readonly kind: 'move'; readonly from: FileRow }
  /** They stand elsewhere in the vault and stay there: a further name for them. */
  | { readonly kind: 'copy'; readonly from: FileRow }
  /** They stand in the vault for nobody. */
  | { readonly kind: 'adopt'; readonly from: StrayRow }

/** The cheapest honest way, given what is in the vault. `strays` are already proven to have the source's bytes. */
export function chooseWay(known: {
  readonly elsewhere: readonly FileRow[]
  readonly strays: readonly StrayRow[]
  readonly hasLeft: (file: FileRow) => boolean
}): Way {
  const left = known.elsewhere.find(known.hasLeft)
  if (left !== undefined) return { kind: 'move', from: left }
  const [other] = known.elsewhere
  if (other !== undefined) return { kind: 'copy', from: other }
  const [stray] = known.strays
  return stray === undefined ? { kind: 'fetch' } : { kind: 'adopt', from: stray }
}

/** Are these the bytes that the source promises? With an MD5 it is proof; size and serial must do where SmugMug gives none. */
export function hasBytesOf(source: Source, item: Item, file: FileRow): boolean {
  if (source.md5 !== undefined) return file.md5 === source.md5 && (source.size === undefined || source.size === file.size)
  return (
    file.imageKey === item.imageKey &&
    file.serial !== undefined &&
    file.serial === item.serial &&
    file.grade === source.grade &&
    (source.size === undefined || file.toldSize === source.size || file.size === source.size)
  )
}

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
