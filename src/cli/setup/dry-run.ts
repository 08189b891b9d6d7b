import { statfs } from 'node:fs/promises'
import type { Settings } from '../../config/settings.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { formatBytes, formatDuration } from '../../progress/format.ts'
import type { CommandContext, CommandResult } from '../command.ts'

/** Bytes a second of a line that many homes have: 50 Mbit/s. */
const USUAL_SPEED = 50_000_000 / 8

/** A look at the account before the first backup. */
export interface Outlook {
  readonly result: CommandResult
  /** Lines for people. */
  readonly lines: readonly string[]
}

/** Asks the account what a backup would bring: items, bytes and time. Downloads nothing, and lists no album. */
export const lookAhead = async (context: CommandContext, settings: Settings): Promise<Outlook> => {
  const app = await context.app()
  const result = await app.runList(context.request(settings))
  const sum = (of: (album: (typeof result.albums)[number]) => number): number => result.albums.reduce((all, album) => all + of(album), 0)
  const missing = sum((album) => album.missing)
  const known = result.albums.every((album) => album.bytes !== undefined || album.items === 0)
  const bytes = sum((album) => (album.items === 0 ? 0 : ((album.bytes ?? 0) * album.missing) / album.items))
  const ms = result.estimatedMs ?? (bytes / USUAL_SPEED) * 1000
  const facts = { albums: result.albums.length, items: missing, ...(known && { bytes: Math.round(bytes), estimatedMs: Math.round(ms) }) }
  context.stage.line({ event: 'outlook', ...facts })
  const size = known ? `, ${formatBytes(bytes)}` : ''
  const speed = result.estimatedMs === undefined ? ' at 50 Mbit/s' : ' at the speed of the last backup'
  const time = known && missing > 0 ? `, about ${formatDuration(ms)}${speed}` : ''
  const held = sum((album) => album.held)
  const lines = [
    `Dry run: ${formatCount(missing, 'item')} in ${formatCount(result.albums.length, 'album')} to fetch${size}${time}.`,
    ...(held > 0 ? [`${formatNumber(held)} are held already.`] : []),
    ...(known ? await shortage(settings, bytes) : ['SmugMug does not say how many bytes they have.']),
  ]
  return { result, lines }
}

/** Says when the disk has less room than the photos need. */
const shortage = async ({ destination }: Settings, bytes: number): Promise<readonly string[]> => {
  if (destination === undefined) return []
  const free = await statfs(destination).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  )
  return free >= bytes ? [] : [`The disk is too small: ${formatBytes(bytes)} are needed, and ${formatBytes(free)} are free.`]
}
