/**
 * The process that makes thumbnails: an image that brings its library down, or takes much memory, must not end a run. It gets the path of
 * a file in each message, or the bytes of a still, and answers with a picture; it ends with its parent.
 */
import process from 'node:process'
import type { Encoded, Made } from '../vault/thumbnails/maker.ts'
import { sharpMaker } from '../vault/thumbnails/sharp.ts'

/** The first message: false where sharp is not installed. */
export interface Ready {
  readonly hasSharp: boolean
}

/** The answer to a path, or to the bytes of a still. */
export interface Answer {
  readonly made: Made | Encoded
}

/** A photo that is to be made anew. */
export interface ToEncode {
  readonly path: string
  readonly box: { readonly width: number; readonly height: number }
}

/** Memory in bytes at which the process ends itself: a large progressive photo is unpacked whole. The usual photo takes a fifth of it. */
const MEMORY = 500e6

// sharp works in a thread of its own, so this one stays free to watch. An exit in order would wait for that thread.
const end = (): boolean => process.kill(process.pid, 'SIGKILL')
setInterval(() => {
  if (process.memoryUsage.rss() > MEMORY) end()
}, 50).unref()

const maker = await sharpMaker(async () => (await import('sharp')).default)
if (maker !== undefined) {
  process.on('message', (photo: string | Uint8Array | ToEncode) => {
    const making = typeof photo === 'object' && 'box' in photo ? maker.encode?.(photo.path, photo.box) : maker.make(photo)
    void making?.then((made) => process.send?.({ made } satisfies Answer), end)
  })
}
// The terminal sends Ctrl-C to this process too: the parent decides when to stop.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', end)
process.send?.({ hasSharp: maker !== undefined } satisfies Ready)
