import { exifHeadBytes, findTiff, read16, read32, tiffOrder } from '../record/exif.ts'
import type { Picture, PictureMaker } from './maker.ts'
import { isJpeg, readHead } from './photo-file.ts'
import { jpegSize } from './picture-size.ts'

/** A preview narrower than this shows nothing. */
const LEAST = 100

const TAGS = { orientation: 0x0112, offset: 0x0201, length: 0x0202 } as const

/**
 * Returns the small JPEG that a camera put into a photo, given the file's first bytes. It lies as the photo lies on the sensor, so it gets
 * the photo's orientation, which browsers obey; its size is that after the turn. Undefined when there is none, or when it is damaged or
 * tiny. Never throws.
 */
export function readExifPicture(head: Uint8Array): Picture | undefined {
  const tiff = findTiff(new DataView(head.buffer, head.byteOffset, head.byteLength))
  const little = tiff && tiffOrder(tiff)
  if (tiff === undefined || little === undefined) return undefined
  const main = read32(tiff, 4, little)
  const count = main === undefined ? undefined : read16(tiff, main, little)
  if (main === undefined || count === undefined) return undefined
  const second = read32(tiff, main + 2 + count * 12, little)
  if (second === undefined || second === 0) return undefined
  const numberIn = (folder: number, tag: number): number | undefined => numberOf({ tiff, folder, little }, tag)
  const [offset, length] = [numberIn(second, TAGS.offset), numberIn(second, TAGS.length)]
  if (offset === undefined || length === undefined || offset + length > tiff.byteLength) return undefined
  const bytes = new Uint8Array(tiff.buffer, tiff.byteOffset + offset, length)
  const size = jpegSize(bytes)
  return size === undefined || size.width < LEAST ? undefined : turned(bytes, size, numberIn(main, TAGS.orientation) ?? 1)
}

/** A directory of tags in a TIFF block. */
interface Directory {
  readonly tiff: DataView
  readonly folder: number
  readonly little: boolean
}

/** Returns the number of a tag: two bytes or four. */
function numberOf({ tiff, folder, little }: Directory, wanted: number): number | undefined {
  const count = read16(tiff, folder, little) ?? 0
  for (let index = 0; index < count; index += 1) {
    const at = folder + 2 + index * 12
    const tag = read16(tiff, at, little)
    if (tag === undefined) return undefined
    if (tag === wanted) return read16(tiff, at + 2, little) === 3 ? read16(tiff, at + 8, little) : read32(tiff, at + 8, little)
  }
  return undefined
}

function turned(bytes: Uint8Array, { width, height }: { readonly width: number; readonly height: number }, orientation: number): Picture {
  if (orientation < 2 || orientation > 8) return { kind: 'preview', bytes: bytes.slice(), width, height }
  const whole = Buffer.concat([bytes.subarray(0, 2), orientationSegment(orientation), bytes.subarray(2)])
  return { kind: 'preview', bytes: whole, ...(orientation >= 5 ? { width: height, height: width } : { width, height }) }
}

/** Returns a JPEG segment that holds nothing but an orientation. */
const orientationSegment = (orientation: number): Uint8Array =>
  Buffer.concat([
    Buffer.from([0xff, 0xe1, 0, 34]),
    Buffer.from('Exif\0\0MM\0*\0\0\0\b', 'latin1'),
    Buffer.from([0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]),
  ])

/** Makes previews from what cameras put into their files, and takes the stills of videos as they come. Needs no library. */
export const exifMaker: PictureMaker = {
  way: 'exif',
  async make(photo) {
    if (typeof photo !== 'string') {
      const size = isJpeg(photo) ? jpegSize(photo) : undefined
      return size === undefined ? 'none' : { kind: 'poster', bytes: photo, ...size }
    }
    const head = await readHead(photo, exifHeadBytes)
    return head === undefined ? 'unread' : (readExifPicture(head) ?? 'none')
  },
  async close() {},
}
