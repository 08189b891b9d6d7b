import { read16, read32 } from '../record/exif.ts'

/** The width and height of a picture, in pixels. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const sizeOf = (width: number | undefined, height: number | undefined): PictureSize | undefined =>
  width === undefined || height === undefined || width === 0 || height === 0 ? undefined : { width, height }

/** Returns the size of a JPEG from its frame header, as it is stored; undefined when it has none. Never throws. */
export function jpegSize(bytes: Uint8Array): PictureSize | undefined {
  const view = viewOf(bytes)
  if (read16(view, 0, false) !== 0xffd8) return undefined
  for (let at = 2; ; ) {
    const marker = read16(view, at, false)
    if (marker === 0xffff) {
      at += 1 // a fill byte before the marker
      continue
    }
    const length = read16(view, at + 2, false)
    if (marker === undefined || length === undefined || length < 2 || marker < 0xffc0 || marker === 0xffda) return undefined
    const isFrame = marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffc8 && marker !== 0xffcc
    if (isFrame) return sizeOf(read16(view, at + 7, false), read16(view, at + 5, false))
    at += 2 + length
  }
}

const WEBP = { riff: 0x52494646, webp: 0x57454250, lossy: 0x56503820, lossless: 0x5650384c, extended: 0x56503858 } as const

/** Returns the size of a WebP from its first 30 bytes; undefined for other bytes. Never throws. */
export function webpSize(bytes: Uint8Array): PictureSize | undefined {
  const view = viewOf(bytes)
  if (view.byteLength < 30 || read32(view, 0, false) !== WEBP.riff || read32(view, 8, false) !== WEBP.webp) return undefined
  switch (read32(view, 12, false)) {
    case WEBP.lossy:
      return sizeOf(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
    case WEBP.lossless: {
      const bits = view.getUint32(21, true)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
    }
    case WEBP.extended:
      return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 }
    default:
      return undefined
  }
}
