interface Waiting {
  readonly weight: number
  readonly admit: () => void
}

/**
 * A weighted semaphore: the weights inside (bytes, items) add up to at most `limit`. First come, first served,
 * so nothing heavy starves. A weight above the limit is admitted when nothing else is inside.
 */
export class Room {
  #limit: number
  #inside = 0
  readonly #waiting: Waiting[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Would a weight of 1 have to wait? */
  get isFull(): boolean {
    return this.#waiting.length > 0 || !this.#fits(1)
  }

  /** Changes the limit from now on; everything inside stays. */
  setLimit(limit: number): void {
    this.#limit = limit
    this.#admit()
  }

  /** Waits for room. Returns a function that gives it back; further calls do nothing. Rejects with the signal's reason if that is aborted first. */
  async acquire(weight: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    if (this.#waiting.length === 0 && this.#fits(weight)) this.#inside += weight
    else await this.#wait(weight, signal)
    let released = false
    return () => {
      if (released) return
      released = true
      this.#inside -= weight
      this.#admit()
    }
  }

  #fits(weight: number): boolean {
    return this.#inside === 0 || this.#inside + weight <= this.#limit
  }

  #wait(weight: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal?.reason)
        // The next in line may fit where this one did not.
        this.#admit()
      }
      const waiting: Waiting = {
        weight,
        admit: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      this.#waiting.push(waiting)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.weight); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#inside += next.weight
      next.admit()
    }
  }
}
