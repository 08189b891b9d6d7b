import { monitorEventLoopDelay } from 'node:perf_hooks'

/** The state of the program's own process, in bytes and milliseconds. */
export interface Vitals {
  readonly rss: number
  readonly heapUsed: number
  /** Bytes outside the heap: mostly data received and not yet written. */
  readonly external: number
  /** The delay of its timers over the last 15 seconds, and the longest delay of all. */
  readonly delay: { readonly mean: number; readonly p99: number; readonly max: number }
}

/** Watches this process, without keeping it running. */
export interface Monitor {
  read(): Vitals
  close(): void
}

/** The length of the measuring timer when nothing delays it; each measured value includes it. */
const RESOLUTION_MS = 20
const WINDOW_MS = 15_000

/** Begins to watch this process. `now` is in milliseconds. */
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
