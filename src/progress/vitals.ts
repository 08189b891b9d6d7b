import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How the program itself fares. Bytes, and milliseconds. */
export interface Vitals {
  readonly rss: number
  readonly heapUsed: number
  /** Outside the heap: what has been received and is not written yet, mostly. */
  readonly external: number
  /** How late its timers are: over the last quarter of a minute, and the longest delay of all. */
  readonly delay: { readonly mean: number; readonly p99: number; readonly max: number }
}

/** Watches the process that we are, and does not keep it running. */
export interface Monitor {
  read(): Vitals
  close(): void
}

/** How long a timer of the measurement takes when nothing delays it; it is part of what is measured. */
const RESOLUTION_MS = 20
const WINDOW_MS = 15_000

/** Begins to watch. `now` is in milliseconds. */
export const openMonitor = (now: () => number): Monitor => {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let began = now()
  let max = 0
  let last: { readonly mean: number; readonly p99: number } | undefined
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  return {
    read: () => {
      const { rss, heapUsed, external } = process.memoryUsage()
      const recent = histogram.count === 0 ? { mean: 0, p99: 0 } : { mean: late(histogram.mean), p99: late(histogram.percentile(99)) }
      max = Math.max(max, late(histogram.max))
      if (now() - began >= WINDOW_MS) {
        last = recent
        began = now()
        histogram.reset()
      }
      return { rss, heapUsed, external, delay: { ...(last ?? recent), max } }
    },
    close: () => histogram.disable(),
  }
}
