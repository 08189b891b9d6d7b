import { open } from 'node:fs/promises'
import { exifHeadBytes, findTiff, read16, read32, tiffOrder } from '../record/exif.ts'
import { isSystemError } from '../system-error.ts'
import type { Picture, PictureMaker } from './maker.ts'

/** A preview narrower than this shows nothing. */
const LEAST = 100

const TAGS = { offset: 0x0201, length: 0x0202 } as const

/**
 * Returns the small JPEG that a camera put into a photo, given the file's first bytes. Undefined when there is none, or when it is
 * damaged or tiny. Never throws.
 */
export function readExifPicture(head: Uint8Array): Picture | undefined {
  const tiff = findTiff(new DataView(head.buffer, head.byteOffset, head.byteLength))
  const little = tiff && tiffOrder(tiff)
  if (tiff === undefined || little === undefined) return undefined
  const main = read32(tiff, 4, little)
  const entries = main === undefined ? undefined : read16(tiff, main, little)
  const second = main === undefined || entries === undefined ? undefined : read32(tiff, main + 2 + entries * 12, little)
  if (second === undefined || second === 0) return undefined
  const count = read16(tiff, second, little) ?? 0
  const found: { offset?: number; length?: number } = {}
  for (let at = second + 2; at < second + 2 + count * 12; at += 12) {
    const tag = read16(tiff, at, little)
    const value = read32(tiff, at + 8, little)
    if (value === undefined) return undefined
    if (tag === TAGS.offset) found.offset = value
    if (tag === TAGS.length) found.length = value
  }
  const { offset, length } = found
  if (offset === undefined || length === undefined || offset + length > tiff.byteLength) return undefined
  const bytes = new Uint8Array(tiff.buffer, tiff.byteOffset + offset, length)
  const size = jpegSize(bytes)
  return size === undefined || size.width < LEAST ? undefined : { kind: 'preview', bytes: bytes.slice(), ...size }
}

/** Returns the size of a JPEG from its frame header; undefined when it has none. */
function jpegSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (read16(view, 0, false) !== 0xffd8) return undefined
  for (let at = 2; ; ) {
    const marker = read16(view, at, false)
    const length = read16(view, at + 2, false)
    if (marker === undefined || length === undefined || length < 2 || marker < 0xffc0 || marker === 0xffda) return undefined
    const isFrame = marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffc8 && marker !== 0xffcc
    if (isFrame) {
      const [height, width] = [read16(view, at + 5, false), read16(view, at + 7, false)]
      return height === undefined || width === undefined || height === 0 || width === 0 ? undefined : { width, height }
    }
    at += 2 + length
  }
}

/** Makes previews from what cameras put into their files. Needs no library. */
export const exifMaker: PictureMaker = {
  way: 'exif',
  async make(file) {
    try {
      const handle = await open(file, 'r')
      try {
        const { bytesRead, buffer } = await handle.read(new Uint8Array(exifHeadBytes), 0, exifHeadBytes, 0)
        return readExifPicture(buffer.subarray(0, bytesRead))
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (!isSystemError(error)) throw error
      return undefined
    }
  },
  async close() {},
}
