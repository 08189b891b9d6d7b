/** A call in line that takes longer than this holds everything else up. */
const LONG_MS = 2
/** After a long call so many go to the thread pool before one is made in line again; each further long one doubles that. */
const AVOID = { first: 256, most: 65_536 }

/**
 * Makes short system calls (open, stat, rename, close) in line as long as the disk answers at once: through the thread pool they cost ten
 * times as much, which with small photos is a fifth of all processor time. On a disk that takes its time, a network's above all, they go
 * to the pool, so that nothing waits but who asked.
 */
export class ShortCalls {
  readonly #now: () => number
  #pooled = 0
  #avoid = AVOID.first

  /** `now` tells milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The same call in its two forms. Rejects with what the call throws. */
  async make<T>(inLine: () => T, pooled: () => Promise<T>): Promise<T> {
    if (this.#pooled > 0) {
      this.#pooled -= 1
      return await pooled()
    }
    const began = this.#now()
    try {
      return inLine()
    } finally {
      if (this.#now() - began > LONG_MS) {
        this.#pooled = this.#avoid
        this.#avoid = Math.min(2 * this.#avoid, AVOID.most)
      } else this.#avoid = AVOID.first
    }
  }
}
