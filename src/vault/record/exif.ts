/**
 * Reads the camera's clock from the first bytes of a photo, and nothing else of its metadata. Own code, because it is three tags in two
 * formats; the libraries for it read everything, and are unmaintained (exifr) or large.
 */

/** The camera's clock as written in the file, unchecked: `captureTime` judges it. */
export interface ExifTimes {
  /** The time as EXIF writes it: `2019:08:04 11:28:12`. */
  readonly dateTimeOriginal: string
  /** `OffsetTimeOriginal`, such as `-04:00`. */
  readonly offset?: string
  /** `SubSecTimeOriginal`: the digits after the second's point. */
  readonly subSecond?: string
}

/** Bytes from the beginning of a file that are enough: EXIF lies in the first 64 KB of a JPEG, rarely behind another block or two. */
export const exifHeadBytes = 256 * 1024

/**
 * Returns the EXIF capture time of a JPEG or TIFF (also TIFF-like raw files), given its first bytes. Undefined when there is none, when it
 * lies beyond `head`, or when the bytes are damaged or of another format. Never throws, and does little work on any bytes.
 */
export const readExifTimes = (head: Uint8Array): ExifTimes | undefined => {
  const tiff = findTiff(new DataView(head.buffer, head.byteOffset, head.byteLength))
  return tiff && readTiff(tiff)
}

/** Returns the number of first bytes that `readExifTimes` needs of this file. It may be more than these, or than the file has. */
export const exifExtent = (head: Uint8Array): number => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const start = read32(view, 0, false)
  if (start === undefined) return exifHeadBytes
  if (start >>> 16 === 0xffd8) return findExif(view)?.end ?? exifHeadBytes
  return tiffOrder(view) === undefined ? 0 : exifHeadBytes
}

/** Returns the TIFF block of a JPEG's EXIF, or a file that is one itself. Undefined for a JPEG without EXIF. */
export const findTiff = (view: DataView): DataView | undefined => (read16(view, 0, false) === 0xffd8 ? findExif(view)?.tiff : view)

/** Returns true if a TIFF block is written with the least significant byte first, false for the other order, undefined for another block. */
export const tiffOrder = (tiff: DataView): boolean | undefined => {
  const order = read16(tiff, 0, false)
  if (order !== 0x4949 && order !== 0x4d4d) return undefined
  const little = order === 0x4949
  return read16(tiff, 2, little) === 42 ? little : undefined
}

const exifHeader = [0x45786966, 0x0000] as const // "Exif", NUL, NUL

/**
 * Finds the TIFF block in a JPEG, as far as it is there: walks the segments before the picture until the one marked as EXIF. `end`: no byte behind it
 * matters. Undefined if the walk goes beyond these bytes.
 */
const findExif = (jpeg: DataView): { readonly tiff: DataView | undefined; readonly end: number } | undefined => {
  let at = 2
  for (;;) {
    const marker = read16(jpeg, at, false)
    const length = read16(jpeg, at + 2, false)
    if (marker === 0xffff) {
      at += 1 // a fill byte before the marker
      continue
    }
    if (marker === undefined || length === undefined) return undefined
    if (marker < 0xffc0 || marker === 0xffda) return { tiff: undefined, end: at }
    if (marker === 0xffe1 && read32(jpeg, at + 4, false) === exifHeader[0] && read16(jpeg, at + 8, false) === exifHeader[1]) {
      const end = at + 2 + length
      const size = Math.min(end, jpeg.byteLength) - at - 10
      return { tiff: size > 0 ? new DataView(jpeg.buffer, jpeg.byteOffset + at + 10, size) : undefined, end }
    }
    at += 2 + length
  }
}

const tags = { exifFolder: 0x8769, dateTimeOriginal: 0x9003, offsetTimeOriginal: 0x9011, subSecTimeOriginal: 0x9291 } as const

const readTiff = (tiff: DataView): ExifTimes | undefined => {
  const little = tiffOrder(tiff)
  if (little === undefined) return undefined
  const main = findEntry(tiff, read32(tiff, 4, little), tags.exifFolder, little)
  const folder = main === undefined ? undefined : read32(tiff, main + 8, little)
  const text = (tag: number) => readText(tiff, findEntry(tiff, folder, tag, little), little)

  const dateTimeOriginal = text(tags.dateTimeOriginal)
  if (dateTimeOriginal === undefined) return undefined
  const offset = text(tags.offsetTimeOriginal)
  const subSecond = text(tags.subSecTimeOriginal)
  return { dateTimeOriginal, ...(offset !== undefined && { offset }), ...(subSecond !== undefined && { subSecond }) }
}

/** Returns the position in the TIFF block of the 12-byte entry for a tag. */
const findEntry = (tiff: DataView, folder: number | undefined, tag: number, little: boolean): number | undefined => {
  if (folder === undefined) return undefined
  const count = read16(tiff, folder, little) ?? 0
  for (let index = 0; index < count; index++) {
    const at = folder + 2 + index * 12
    if (read16(tiff, at, little) === tag) return at
  }
  return undefined
}

/** Returns an entry's text without its padding. In an honest file none of the three tags is longer than 64 bytes. */
const readText = (tiff: DataView, entry: number | undefined, little: boolean): string | undefined => {
  if (entry === undefined) return undefined
  const type = read16(tiff, entry + 2, little)
  const length = read32(tiff, entry + 4, little)
  const isText = type === 2 || type === 129 // ASCII, and UTF-8 since EXIF 3
  if (!isText || length === undefined || length > 64) return undefined
  const at = length <= 4 ? entry + 8 : read32(tiff, entry + 8, little)
  if (at === undefined || at + length > tiff.byteLength) return undefined
  const bytes = new Uint8Array(tiff.buffer, tiff.byteOffset + at, length)
  const text = String.fromCharCode(...bytes.subarray(0, bytes.includes(0) ? bytes.indexOf(0) : length)).trim()
  return text === '' ? undefined : text
}

/** Reads two bytes; undefined beyond the end. */
export const read16 = (view: DataView, at: number, little: boolean): number | undefined =>
  at + 2 <= view.byteLength ? view.getUint16(at, little) : undefined

/** Reads four bytes; undefined beyond the end. */
export const read32 = (view: DataView, at: number, little: boolean): number | undefined =>
  at + 4 <= view.byteLength ? view.getUint32(at, little) : undefined
