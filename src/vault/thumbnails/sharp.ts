import { type Made, type PictureMaker, THUMBNAIL } from './maker.ts'
import { isJpeg, isPixels, readHead } from './photo-file.ts'

type Sharp = typeof import('sharp').default

/** Pixels of the largest picture that is opened: a panorama of 100,000 by 10,000. */
const PIXELS = 1e9

/** The readers of sharp's library that may be used. All others stay closed, whatever the first bytes of a file say. */
const READERS = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Tiff', 'Heif'].flatMap((format) =>
  ['File', 'Buffer'].map((source) => `VipsForeignLoad${format}${source}`),
)

/** Returns a maker that uses sharp, or undefined where sharp is not installed or cannot start. Use it in a process of its own. */
export async function sharpMaker(load: () => Promise<Sharp>): Promise<PictureMaker | undefined> {
  const sharp = await load().catch(() => undefined)
  if (sharp === undefined) return undefined
  sharp.concurrency(1)
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: READERS })
  return {
    way: 'sharp',
    async make(photo) {
      if (typeof photo !== 'string') return isJpeg(photo) ? poster(sharp, photo) : 'none'
      const head = await readHead(photo, 16)
      if (head === undefined) return 'unread'
      return isPixels(head) ? thumbnail(sharp, photo) : 'none'
    },
    async encode(photo, box) {
      const head = await readHead(photo, 16)
      if (head === undefined) return 'unread'
      return isPixels(head) ? made('poster', () => encoded(sharp, photo, box)) : 'none'
    },
    async close() {},
  }
}

/** Makes a JPEG. Nothing of the file goes into it but its pixels: sharp keeps no metadata and no colour profile unless asked to. */
const encoded = (sharp: Sharp, photo: string, box: { readonly width: number; readonly height: number }) =>
  sharp(photo, { failOn: 'none', limitInputPixels: PIXELS })
    .autoOrient()
    .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .jpeg({ quality: 85 })
    .toBuffer({ resolveWithObject: true })

const small = (sharp: Sharp, photo: string | Uint8Array) =>
  sharp(photo, { failOn: 'none', limitInputPixels: PIXELS })
    .autoOrient()
    .resize({ ...THUMBNAIL, fit: 'inside', withoutEnlargement: true })

const thumbnail = (sharp: Sharp, file: string): Promise<Made> =>
  made('thumbnail', () => small(sharp, file).webp({ quality: 75, effort: 2 }).toBuffer({ resolveWithObject: true }))

const poster = (sharp: Sharp, still: Uint8Array): Promise<Made> =>
  made('poster', () => small(sharp, still).jpeg({ quality: 80 }).toBuffer({ resolveWithObject: true }))

/** Returns a picture; `none` for a file that sharp does not read: a damaged one, or one of a format of its own; `large` for one beyond the bound of its memory. */
async function made(
  kind: 'thumbnail' | 'poster',
  make: () => Promise<{ readonly data: Uint8Array; readonly info: { readonly width: number; readonly height: number } }>,
): Promise<Made> {
  try {
    const { data, info } = await make()
    return { kind, bytes: data, width: info.width, height: info.height }
  } catch (error) {
    // sharp throws plain errors for everything that it cannot read.
    if (!(error instanceof Error)) throw error
    return /memory limit/i.test(error.message) ? 'large' : 'none'
  }
}
