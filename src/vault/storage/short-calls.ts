/** A call in line that takes longer than this many milliseconds holds everything else up. */
const LONG_MS = 2
/** A single long call may be one that the system interrupted for another program. */
const IN_A_ROW = 2
/**
 * The number of calls that go to the thread pool after long ones, before one is made in line again. Each further long call doubles it.
 */
const AVOID = { first: 256, most: 65_536 }

/**
 * Makes short system calls (open, stat, rename, close) in line as long as the disk answers at once. In the thread pool they cost ten times
 * as much: with small photos, a fifth of all processor time. On a slow disk, such as a network's, they go to the pool, so that only the
 * caller waits.
 */
export class ShortCalls {
  readonly #now: () => number
  #pooled = 0
  #long = 0
  #avoid = AVOID.first

  /** `now` returns milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Makes one call, given in both forms. Rejects with the error of the call. */
  async make<T>(inLine: () => T, pooled: () => Promise<T>): Promise<T> {
    if (this.#pooled > 0) {
      this.#pooled -= 1
      return await pooled()
    }
    const began = this.#now()
    try {
      return inLine()
    } finally {
      this.#long = this.#now() - began > LONG_MS ? this.#long + 1 : 0
      if (this.#long >= IN_A_ROW) {
        this.#pooled = this.#avoid
        this.#avoid = Math.min(2 * this.#avoid, AVOID.most)
      } else this.#avoid = AVOID.first
    }
  }
}
