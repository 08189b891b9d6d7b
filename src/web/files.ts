/** Files of the vault over HTTP: found without leaving it, whole or in part, with the type that the table gives them. */
import type { Stats } from 'node:fs'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { leadsNowhere } from '../app/inside.ts'
import { pathInVault, placeOf } from '../app/place.ts'
import { HEADERS } from './guard.ts'

/**
 * The types that browsers show (see `twin/formats.ts`). Everything else is handed over as a file: nobody faces an empty page instead of a photo
 * (HEIC, TIFF, films that no browser plays), and a page or drawing that lies in a vault never runs.
 */
const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.wav': 'audio/wav',
}

/** Returns the type of a file that a browser may show; undefined for any other file. */
export const shownType = (name: string): string | undefined => TYPES[extname(name).toLowerCase()]

/** A file that was found and is open. */
export interface Found {
  readonly file: FileHandle
  readonly stats: Stats
  readonly name: string
}

/**
 * Opens a file of the vault at a destination by its segments. Returns undefined if there is none, if links lead out of the vault or to a name that begins
 * with a dot, or if it is no regular file. The caller closes it.
 */
export async function findFile(destination: string, segments: readonly string[]): Promise<Found | undefined> {
  const real = await pathInVault(placeOf(destination), segments)
  return real === undefined ? undefined : await openRegular(real, segments.at(-1) ?? '')
}

/** Opens a file by its real path, under a name of its own. Returns undefined if it is no regular file. The caller closes it. */
export async function openRegular(real: string, name: string): Promise<Found | undefined> {
  try {
    // Never through a link that was put there in the meantime, and without a wait for the other end of a pipe.
    const file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    const stats = await file.stat()
    if (stats.isFile()) return { file, stats, name }
    await file.close()
    return undefined
  } catch (error) {
    if (leadsNowhere(error)) return undefined
    throw error
  }
}

/** A part of a file: the first byte, and the last one. */
interface Part {
  readonly start: number
  readonly end: number
}

/** Reads a Range header. One part is given; several at once, or a unit that is unknown, count as none. `beyond`: nothing of it is there. */
export function rangeOf(header: string | undefined, size: number): Part | 'whole' | 'beyond' {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || from + to === '') return 'whole'
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? 'beyond' : { start: size - length, end: size - 1 }
  }
  const start = Number(from)
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < start) return 'whole'
  return start >= size ? 'beyond' : { start, end }
}

const etagOf = ({ size, mtimeMs, ino }: Stats): string =>
  `"${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}-${ino.toString(36)}"`

/** Returns the header that makes a browser keep a file instead of showing it. */
export const attachment = (name: string): string => {
  const plain = name.replace(/[^\w .()-]/g, '_')
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`
}

/** Is the copy that the browser has still right, by its `If-None-Match`? */
export const isKnown = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag || each.trim() === '*') ?? false

/** Sends an open file, or the part of it that was asked for, and closes it. `asAttachment` hands over a photo as a file, too. */
export async function sendFile(
  { file, stats, name }: Found,
  {
    request,
    response,
    asAttachment = false,
  }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly asAttachment?: boolean },
): Promise<void> {
  try {
    const etag = etagOf(stats)
    const type = shownType(name)
    const headers = {
      ...HEADERS,
      'Cache-Control': 'private, no-cache',
      'Content-Security-Policy': "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
      'Content-Type': type ?? 'application/octet-stream',
      ...((type === undefined || asAttachment) && { 'Content-Disposition': attachment(name) }),
      'Accept-Ranges': 'bytes',
      ETag: etag,
    }
    if (isKnown(request.headers['if-none-match'], etag)) return void response.writeHead(304, headers).end()
    const ifRange = request.headers['if-range']
    const part = rangeOf(ifRange === undefined || ifRange === etag ? request.headers.range : undefined, stats.size)
    if (part === 'beyond')
      return void response.writeHead(416, { ...headers, 'Content-Range': `bytes */${stats.size}`, 'Content-Length': 0 }).end()
    const { start, end } = part === 'whole' ? { start: 0, end: stats.size - 1 } : part
    response.writeHead(part === 'whole' ? 200 : 206, {
      ...headers,
      'Content-Length': end - start + 1,
      ...(part !== 'whole' && { 'Content-Range': `bytes ${start}-${end}/${stats.size}` }),
    })
    if (request.method === 'HEAD' || stats.size === 0) return void response.end()
    await pipeline(file.createReadStream({ start, end, autoClose: false }), response)
  } catch (error) {
    // A visitor who went away, or a disk that stopped in the middle of an answer: the connection is cut, which shows that it is not whole.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    response.destroy()
  } finally {
    await file.close()
  }
}
