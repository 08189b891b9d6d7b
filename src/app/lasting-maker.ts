import type { PictureMaker } from '../vault/thumbnails/maker.ts'

/** The time for which no other maker is started after one that could not be, or that gave up, in milliseconds. */
const PAUSE_MS = 5 * 60_000

/**
 * Returns a maker for a server that runs for months. It is started with the first picture. If it cannot be started, or gives up, pictures
 * are `ended` for five minutes; then another one is started. Ask for one picture at a time.
 */
export function lastingMaker(start: () => Promise<PictureMaker | undefined>, now: () => number): Pick<PictureMaker, 'make' | 'close'> {
  let maker: PictureMaker | undefined
  let notBefore = Number.NEGATIVE_INFINITY
  return {
    make: async (source) => {
      if (now() < notBefore) return 'ended'
      maker ??= await start()
      const made = (await maker?.make(source)) ?? 'ended'
      if (made !== 'ended') return made
      notBefore = now() + PAUSE_MS
      await maker?.close()
      maker = undefined
      return made
    },
    close: async () => await maker?.close(),
  }
}
