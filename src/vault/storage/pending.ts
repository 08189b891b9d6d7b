/** Calls that were made and have not ended. */
export class Pending {
  readonly #work = new Set<Promise<unknown>>()

  /** Makes a call, and remembers it until it ends. */
  track<T>(work: () => Promise<T>): Promise<T> {
    const promise = work()
    this.#work.add(promise)
    const forget = () => this.#work.delete(promise)
    promise.then(forget, forget)
    return promise
  }

  /** Resolves when every call has ended, with or without success. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }
}
