/** A time that is further back than this many milliseconds is not near the last one: the clock was set back. */
const NEAR_MS = 60_000

/**
 * Gives each file a modification time of its own. Systems move a file's clock only every few milliseconds, and small files of one moment
 * get one time. If two of them also have one size, nothing but their bytes shows that they changed places.
 */
export class OwnTimes {
  #last = Number.NEGATIVE_INFINITY

  /** Returns this time (milliseconds), or the next one that no other file has. */
  next(time: number): number {
    const isTaken = time <= this.#last && time > this.#last - NEAR_MS
    this.#last = isTaken ? this.#last + 1 : time
    return this.#last
  }
}
