import type { Expected } from '../events.ts'

/** The counts of a run at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Milliseconds of the run until then, without those in which it was held up: a pace is that of the time in which it could go on. */
  readonly active: number
  /** Bytes received. */
  readonly bytes: number
  /** The operation's own count, or the items dealt with. */
  readonly done: number
  /** Wanted items dealt with, and the bytes of them that are here. */
  readonly items: number
  readonly got: number
}

/** A file under way. */
export interface Moving {
  readonly received: number
  readonly size?: number
  /** Milliseconds for which it has been under way, and the bytes that came in this time. */
  readonly forMs: number
  readonly came: number
}

const SAMPLE_EVERY = 1000
const SPEED_WINDOW = 15_000
const PACE_WINDOW = 60_000
/** A pace is known after this time, and a single file's speed after the other. */
const PACE_NEEDS = 8000
const FILE_NEEDS = 3000
/** A file of which nothing came yet waits for its turn; after this time it stands still. */
const STANDSTILL = 15_000
/** With more than this share of sizes unknown, bytes say nothing about the time left. */
const MOST_UNSIZED = 0.1
/** Items count by their number only if those of the last minute were at most this many times as large as those ahead. */
const ALIKE = 2
/** Fewer items of the last minute than this are no pace. */
const FEW_ITEMS = 8
/** A file that hardly moves for a moment counts with this share of the speed that each file has on average. */
const SLOWEST_SHARE = 1 / 50

/** The last minute of a run, in samples of a second. */
export class Pace {
  readonly #samples: Sample[] = []
  /** Milliseconds an item, when items alike those ahead were dealt with last. */
  #itemMs: number | undefined

  /** Is it time for a sample? */
  isDue(active: number): boolean {
    const last = this.#samples.at(-1)
    return last === undefined || active - last.active >= SAMPLE_EVERY
  }

  note(sample: Sample): void {
    this.#samples.push(sample)
    while ((this.#samples[1]?.active ?? sample.active) < sample.active - PACE_WINDOW) this.#samples.shift()
  }

  /** Returns bytes a second over the last seconds; undefined when none came. */
  speed(current: Sample): number | undefined {
    const oldest = this.#samples.find(({ at }) => at >= current.at - SPEED_WINDOW) ?? current
    const [bytes, over] = [current.bytes - oldest.bytes, current.at - oldest.at]
    return over <= 0 || bytes <= 0 ? undefined : (bytes / over) * 1000
  }

  /** Returns the milliseconds for `left` more of `done`; undefined when that cannot be estimated. */
  timeFor(left: number, current: Sample): number | undefined {
    const { done, over } = this.#since(current)
    return over < PACE_NEEDS || done <= 0 || left <= 0 ? undefined : (left * over) / done
  }

  /**
   * Returns the milliseconds for the wanted items ahead, files under way included: by their bytes, by their number where small items are
   * ahead (each costs a request, whatever its size), and never less than the slowest file under way needs; the longest of these counts.
   */
  timeForWanted(left: Expected, moving: readonly Moving[], current: Sample): number | undefined {
    const { items, got, over } = this.#since(current)
    if (over < PACE_NEEDS || got <= 0 || left.items <= 0) return undefined
    const sized = left.items - left.unsized
    if (left.unsized > left.items * MOST_UNSIZED || sized <= 0) return undefined
    const average = left.bytes / sized
    const inFlight = moving.reduce((sum, { received, size }) => sum + (size === undefined ? 0 : Math.min(received, size)), 0)
    const byBytes = (Math.max(0, average * left.items - inFlight) * over) / got
    if (items >= FEW_ITEMS && got / items <= ALIKE * average) this.#itemMs = over / items
    const byItems = this.#itemMs === undefined ? 0 : left.items * this.#itemMs
    const slowest = (got / over / Math.max(1, moving.length)) * SLOWEST_SHARE
    const byFiles = moving.map(({ received, size, forMs, came }) =>
      size === undefined || forMs < (came === 0 ? STANDSTILL : FILE_NEEDS)
        ? 0
        : Math.max(0, size - received) / Math.max(came / forMs, slowest),
    )
    return Math.max(byBytes, byItems, ...byFiles)
  }

  /** Returns the differences to the oldest sample of the last minute. */
  #since(current: Sample): { readonly over: number } & Pick<Sample, 'done' | 'items' | 'got'> {
    const oldest = this.#samples.find(({ active }) => active >= current.active - PACE_WINDOW) ?? current
    return {
      over: current.active - oldest.active,
      done: current.done - oldest.done,
      items: current.items - oldest.items,
      got: current.got - oldest.got,
    }
  }
}
