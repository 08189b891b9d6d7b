/**
 * The process that makes thumbnails: an image that brings its library down, or takes much memory, must not end a run. It gets the path of
 * a file in each message and answers with a picture; it ends with its parent.
 */
import process from 'node:process'
import { exifMaker } from '../vault/thumbnails/exif.ts'
import type { Picture } from '../vault/thumbnails/maker.ts'
import { sharpMaker } from '../vault/thumbnails/sharp.ts'

/** The first message: the way that pictures are made. */
export interface Ready {
  readonly way: 'sharp' | 'exif'
}

/** The answer to a path. */
export interface Made {
  readonly picture: Picture | undefined
}

const maker = (await sharpMaker(async () => (await import('sharp')).default)) ?? exifMaker

process.on('message', (file: string) => {
  void maker.make(file).then(
    async (picture) => process.send?.({ picture: picture ?? (await exifMaker.make(file)) } satisfies Made),
    () => process.exit(1),
  )
})
// The terminal sends Ctrl-C to this process too: the parent decides when to stop.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
process.send?.({ way: maker.way } satisfies Ready)
