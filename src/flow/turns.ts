/** Lets tasks for the same key take turns; tasks for different keys do not wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Calls `work` once no other task holds any of these keys. Keys are taken in text order, so that two tasks never wait for each other. */
  async with<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = []
    try {
      for (const key of new Set(keys.toSorted())) releases.push(await this.#take(key))
      return await work()
    } finally {
      for (const release of releases) release()
    }
  }

  async #take(key: string): Promise<() => void> {
    const before = this.#last.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(key, promise)
    await before
    return () => {
      if (this.#last.get(key) === promise) this.#last.delete(key)
      resolve()
    }
  }
}
