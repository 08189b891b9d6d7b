/**
 * A bounded queue between those who produce and those who consume. `push` waits while it is full, iteration waits while it
 * is empty; several consumers share it, each value goes to one of them. After `close` the rest is consumed and iteration ends.
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

  /** Resolves when there is room; false when the channel was closed meanwhile and the value is not taken. */
  async push(value: T): Promise<boolean> {
    while (this.#values.length >= this.#limit && !this.#closed) await new Promise<void>((resolve) => this.#writers.push(resolve))
    if (this.#closed) return false
    this.#values.push(value)
    this.#readers.shift()?.()
    return true
  }

  /** No more values; `drop` forgets those that nobody has taken yet. */
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
