/** A JPEG as a camera makes it: EXIF with its clock, and pseudo-random bytes instead of a picture. */
import type { Bytes } from '../../simulator/world.ts'

/** Makes the file. `time` is as EXIF writes it (`2019:08:04 11:28:12`), `offset` the camera's offset from UTC if it has one. */
export function cameraJpeg(seed: number, time?: string, offset?: string): Bytes {
  const texts = [
    ...(time === undefined ? [] : [{ tag: 0x9003, text: `${time}\0` }]),
    ...(offset === undefined ? [] : [{ tag: 0x9011, text: `${offset}\0` }]),
  ]
  const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
  const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)])
  const entry = (tag: number, type: number, count: number, value: number): Buffer =>
    Buffer.concat([u16(tag), u16(type), u32(count), u32(value)])
  // The header and a main folder with one entry, which leads to the EXIF folder.
  const exifFolder = 8 + 2 + 12 + 4
  let at = exifFolder + 2 + texts.length * 12 + 4
  const entries = texts.map(({ tag, text }) => {
    at += text.length
    return entry(tag, 2, text.length, at - text.length)
  })
  const tiff = [
    ...[Buffer.from('MM'), u16(42), u32(8), u16(1), entry(0x8769, 4, 1, exifFolder), u32(0)],
    ...[u16(texts.length), ...entries, u32(0), ...texts.map(({ text }) => Buffer.from(text))],
  ]
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), ...tiff])
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 31 + seed * 97 + ((n * n) % 251)) % 251))
  const data = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe1]), u16(exif.length + 2), exif, Buffer.from([0xff, 0xda, 0, 12]), noise])
  return { kind: 'inline', data }
}

/** The differences of a camera's photo from the plain one. */
export interface PreviewOptions {
  /** Is the least significant byte first? */
  readonly little?: boolean
  readonly orientation?: number
  /** The length that the preview claims to have. */
  readonly claims?: number
  /** A whole JPEG that the photo is: nothing but its head otherwise. */
  readonly photo?: Uint8Array
}

/** Makes the head of a camera's photo: EXIF with an orientation and a preview, and no picture. */
export function photoWithPreview(preview: Uint8Array, { little = false, orientation = 1, claims, photo }: PreviewOptions): Buffer {
  const number = (value: number, size: 2 | 4): Buffer => {
    const bytes = Buffer.alloc(size)
    if (little) bytes.writeUIntLE(value, 0, size)
    else bytes.writeUIntBE(value, 0, size)
    return bytes
  }
  const entry = (tag: number, value: Buffer): Buffer =>
    Buffer.concat([number(tag, 2), number(value.length === 2 ? 3 : 4, 2), number(1, 4), value, Buffer.alloc(4 - value.length)])
  const second = 8 + 2 + 12 + 4
  const at = second + 2 + 24 + 4
  const exif = Buffer.concat([
    Buffer.from(`Exif\0\0${little ? 'II' : 'MM'}`),
    ...[number(42, 2), number(8, 4), number(1, 2), entry(0x0112, number(orientation, 2)), number(second, 4)],
    ...[number(2, 2), entry(0x0201, number(at, 4)), entry(0x0202, number(claims ?? preview.length, 4)), number(0, 4), preview],
  ])
  const length = Buffer.from([(exif.length + 2) >> 8, (exif.length + 2) & 0xff])
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe1]), length, exif, photo?.subarray(2) ?? Buffer.from([0xff, 0xda, 0, 12])])
}
