/** Work that was handed over and has not ended. */
export class Pending {
  readonly #work = new Set<Promise<unknown>>()

  /** Runs it, and remembers it until it ends. */
  track<T>(work: () => Promise<T>): Promise<T> {
    const promise = work()
    this.#work.add(promise)
    const forget = () => this.#work.delete(promise)
    promise.then(forget, forget)
    return promise
  }

  /** Resolves when nothing is left, however it ended. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }
}
