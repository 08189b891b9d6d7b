/**
 * A bounded queue between producers and consumers. `push` waits while it is full, iteration waits while it is empty.
 * Each value goes to one consumer. After `close`, consumers take the rest, and iteration ends.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #limit: number
  readonly #values: T[] = []
  readonly #readers: (() => void)[] = []
  readonly #writers: (() => void)[] = []
  #closed = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Adds a value when there is room. Returns false if the channel was closed in the meantime: the value is not taken. */
  async push(value: T): Promise<boolean> {
    while (this.#values.length >= this.#limit && !this.#closed) await new Promise<void>((resolve) => this.#writers.push(resolve))
    if (this.#closed) return false
    this.#values.push(value)
    this.#readers.shift()?.()
    return true
  }

  /** Takes no more values; `drop` forgets those that no consumer has taken yet. */
  close(options: { readonly drop?: boolean } = {}): void {
    this.#closed = true
    if (options.drop === true) this.#values.length = 0
    for (const wake of [...this.#readers.splice(0), ...this.#writers.splice(0)]) wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#values.length === 0) {
        if (this.#closed) return
        await new Promise<void>((resolve) => this.#readers.push(resolve))
      }
      const value = this.#values.shift() as T
      this.#writers.shift()?.()
      yield value
    }
  }
}
