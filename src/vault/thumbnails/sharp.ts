import { type Picture, type PictureMaker, THUMBNAIL } from './maker.ts'

type Sharp = typeof import('sharp').default

/** Returns a maker that uses sharp, or undefined where sharp is not installed. Use it in a process of its own. */
export async function sharpMaker(load: () => Promise<Sharp>): Promise<PictureMaker | undefined> {
  const sharp = await load().catch(() => undefined)
  if (sharp === undefined) return undefined
  sharp.concurrency(1)
  sharp.cache(false)
  return {
    way: 'sharp',
    make: (file) => thumbnail(sharp, file),
    async close() {},
  }
}

/** Returns a thumbnail; undefined for a file that sharp does not read: a damaged one, or one of a format of its own. */
async function thumbnail(sharp: Sharp, file: string): Promise<Picture | undefined> {
  try {
    const { data, info } = await sharp(file, { failOn: 'none', limitInputPixels: 1e9 })
      .autoOrient()
      .resize({ ...THUMBNAIL, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75, effort: 2 })
      .toBuffer({ resolveWithObject: true })
    return { kind: 'thumbnail', bytes: data, width: info.width, height: info.height }
  } catch (error) {
    // sharp throws plain errors for everything that it cannot read.
    if (!(error instanceof Error)) throw error
    return undefined
  }
}
