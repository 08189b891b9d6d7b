import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isSystemError } from '../system-error.ts'

/** Windows knows neither of them. `NONBLOCK`: to open a pipe without a writer would wait for ever. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)

/**
 * Returns up to `most` bytes from the beginning of a regular file; undefined where something else stands, or the disk refuses. Follows no
 * link and waits for no pipe.
 */
export async function readHead(file: string, most: number): Promise<Uint8Array | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, FLAGS)
    if (!(await handle.stat()).isFile()) return undefined
    const { bytesRead, buffer } = await handle.read(new Uint8Array(most), 0, most, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    if (!isSystemError(error)) throw error
    return undefined
  } finally {
    await handle?.close()
  }
}

/** The first bytes of every format that becomes a thumbnail, as hexadecimal digits; a dot stands for any digit. */
const PICTURES = [
  /^ffd8ff/, // JPEG
  /^89504e470d0a1a0a/, // PNG
  /^474946383[79]61/, // GIF
  /^52494646.{8}57454250/, // WebP
  /^(?:49492a00|4d4d002a|49492b00|4d4d002b)/, // TIFF
  /^.{8}66747970617669(?:66|73)/, // AVIF, also moving
] as const

/**
 * Returns true for the first bytes of a picture made of pixels. An SVG is none: it is a program for drawing, and may name other files.
 */
export const isPixels = (head: Uint8Array): boolean => {
  const digits = Buffer.from(head.subarray(0, 16)).toString('hex')
  return PICTURES.some((format) => format.test(digits))
}

/** Returns true for the first bytes of a JPEG. */
export const isJpeg = (head: Uint8Array): boolean => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff
