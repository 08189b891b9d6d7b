/** The look at an account before its first backup: items, bytes and time. */
import { formatBytes, formatCount } from '../../events.ts'
import { bytesToFetch } from '../../operations/list.ts'
import type { AccountList } from '../../operations/outcome.ts'
import { formatDuration } from '../../progress/format.ts'

/** Bytes a second of a line that many homes have: 50 Mbit/s. */
const USUAL_SPEED = 50_000_000 / 8

/** The numbers of the look. */
export interface Outlook {
  readonly albums: number
  /** The photos and videos to fetch. */
  readonly items: number
  /** Absent where SmugMug does not say. */
  readonly bytes?: number
  readonly estimatedMs?: number
  /** The photos and videos that are in the folder already. */
  readonly held: number
  /** The bytes of files in the folder that no backup has looked at: they may be the photos to fetch. Absent where all have room beside them. */
  readonly lying?: number
  /** True if the time follows from the speed of the last backup. */
  readonly isMeasured: boolean
}

/** Returns the numbers of a list of the account. */
export function outlookOf({ albums, estimatedMs }: AccountList): Outlook {
  const sum = (of: (album: (typeof albums)[number]) => number): number => albums.reduce((all, album) => all + of(album), 0)
  const known = albums.every((album) => album.bytes !== undefined || album.items === 0)
  const bytes = sum(bytesToFetch)
  const ms = estimatedMs ?? (bytes / USUAL_SPEED) * 1000
  return {
    albums: albums.length,
    items: sum(({ missing, pending }) => missing - pending),
    held: sum((album) => album.held),
    isMeasured: estimatedMs !== undefined,
    ...(known && { bytes: Math.round(bytes), estimatedMs: Math.round(ms) }),
  }
}

/** Names the time that a backup takes; undefined where nothing is to be fetched, or SmugMug does not say how much. */
const timeWords = ({ items, estimatedMs, isMeasured }: Outlook): string | undefined =>
  estimatedMs === undefined || items === 0
    ? undefined
    : `about ${formatDuration(estimatedMs)}${isMeasured ? ' at the speed of the last backup' : ' at 50 Mbit/s'}`

/** Says in one sentence what a backup would fetch. */
export function outlookWords(outlook: Outlook): string {
  const { albums, items, bytes } = outlook
  const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
  const time = timeWords(outlook)
  return `${formatCount(items, 'item')} in ${formatCount(albums, 'album')} to fetch${size}${time === undefined ? '' : `, ${time}`}.`
}

/** Returns the bytes that the disk lacks for the photos, beside the files that may be these: 0 or less if it has room. NaN where that cannot be known. */
export const lackingRoom = ({ bytes, lying = 0 }: Outlook, free: number | undefined): number =>
  bytes === undefined || free === undefined ? Number.NaN : bytes - lying - free

/** Says when the disk has less room than the photos need, or when that cannot be known. */
export function roomWords(outlook: Outlook, free: number | undefined): string | undefined {
  const { bytes, lying = 0 } = outlook
  if (bytes === undefined) return 'SmugMug does not say how many bytes they have.'
  if (free === undefined || !(lackingRoom(outlook, free) > 0)) return undefined
  return `The disk is too small: ${formatBytes(bytes - lying)} are needed, and ${formatBytes(free)} are free.`
}
