/**
 * The process that makes thumbnails: an image that brings its library down, or takes much memory, must not end a run. It gets the path of
 * a file in each message, or the bytes of a still, and answers with a picture; it ends with its parent.
 */
import process from 'node:process'
import type { Encoded, Made } from '../vault/thumbnails/maker.ts'
import { sharpMaker } from '../vault/thumbnails/sharp.ts'
import { loadBeside } from './own-files.ts'

/** The first message: false where sharp is not installed. */
export interface Ready {
  readonly hasSharp: boolean
}

/** The answer to a path, or to the bytes of a still. */
export interface Answer {
  readonly made: Made | Encoded
  /** Does the process keep much memory? A picture that is unpacked whole leaves some behind, and the next one would exceed the bound. */
  readonly isSwollen: boolean
}

/** A photo that is to be made anew. */
export interface ToEncode {
  readonly path: string
  readonly box: { readonly width: number; readonly height: number }
}

/** Memory in bytes at which the process gives up a picture: an interlaced or lossless one is unpacked whole. The usual photo needs half of it. */
const MEMORY = 148e6

/** Memory in bytes, after a picture, with which another process takes over. */
const SWOLLEN = 100e6

// sharp works in a thread of its own, so this one stays free to watch. An exit in order would wait for that thread.
const end = (): boolean => process.kill(process.pid, 'SIGKILL')
let isAsked = false
setInterval(() => {
  if (process.memoryUsage.rss() <= MEMORY) return
  // A picture that is too large is no failure of the process. It ends all the same: nothing else stops the thread.
  if (isAsked) process.send?.({ made: 'large', isSwollen: true } satisfies Answer, end)
  else end()
}, 5).unref()

/** Answers photos until the parent is gone. */
async function answerPhotos(): Promise<void> {
  const maker = await sharpMaker(async () => loadBeside('sharp') as typeof import('sharp').default)
  if (maker !== undefined) {
    process.on('message', (photo: string | Uint8Array | ToEncode) => {
      const making = typeof photo === 'object' && 'box' in photo ? maker.encode?.(photo.path, photo.box) : maker.make(photo)
      isAsked = true
      void making?.then((made) => {
        isAsked = false
        process.send?.({ made, isSwollen: process.memoryUsage.rss() > SWOLLEN } satisfies Answer)
      }, end)
    })
  }
  process.send?.({ hasSharp: maker !== undefined } satisfies Ready)
}

// The terminal sends Ctrl-C to this process too: the parent decides when to stop.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', end)
// An executable has one script without `await` at its top.
void answerPhotos()
