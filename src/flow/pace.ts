import type { Clock } from './clock.ts'

/** Streams take turns of at most so many bytes, whatever the size of their chunks. */
const PIECE = 16 * 1024
/** What was not used may be caught up on, so far back: a busy machine stands still for hundreds of milliseconds. */
const CATCH_UP_MS = 1000
/** So often at least the rate is looked up anew while somebody waits. */
const LOOK_AGAIN_MS = 250

interface Waiter {
  readonly bytes: number
  readonly go: () => void
}

/**
 * A limit on the bytes of many streams together: a bucket that fills at the rate of the moment, and whoever wants bytes waits until
 * there are as many in it. Streams that have begun go first and take turns; a new one is let in when they leave something over.
 * So few are under way at once, which is what an interruption has to wait for, or loses.
 */
export class Pace {
  readonly #clock: Clock
  readonly #rateNow: () => number
  readonly #begun: Waiter[] = []
  readonly #fresh: Waiter[] = []
  #bytes = 0
  /** Milliseconds since 1970; it begins to fill when it is first wanted. */
  #filledAt: number | undefined
  #serving = false
  #nap = new AbortController()

  /** `rateNow` tells the limit in bytes a second as it is now; `Infinity` limits nothing. */
  constructor(clock: Clock, rateNow: () => number) {
    this.#clock = clock
    this.#rateNow = rateNow
  }

  /** Resolves when so many bytes may come. `begun`: of a stream that is under way. Rejects with the signal's reason when that is aborted first. */
  async take(bytes: number, options: { readonly begun: boolean; readonly signal?: AbortSignal | undefined }): Promise<void> {
    const { begun, signal } = options
    signal?.throwIfAborted()
    const queue = begun ? this.#begun : this.#fresh
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(waiter), 1)
        reject(signal?.reason)
      }
      const waiter: Waiter = {
        bytes,
        go: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      queue.push(waiter)
      if (!this.#serving) void this.#serve()
      else if (begun) this.#nap.abort()
    })
  }

  /** Returns what was taken and did not come. */
  giveBack(bytes: number): void {
    this.#bytes += bytes
  }

  async #serve(): Promise<void> {
    this.#serving = true
    for (let queue = this.#next(); queue !== undefined; queue = this.#next()) {
      const [waiter] = queue as [Waiter]
      const waitMs = this.#waitMs(waiter.bytes)
      if (waitMs > 0) {
        this.#nap = new AbortController()
        // Woken when somebody comes who goes before.
        await this.#clock.sleep(waitMs, this.#nap.signal).catch(() => {})
        continue
      }
      queue.shift()
      this.#bytes -= waiter.bytes
      waiter.go()
    }
    this.#serving = false
  }

  #next(): Waiter[] | undefined {
    return [this.#begun, this.#fresh].find((queue) => queue.length > 0)
  }

  /** Fills the bucket, and tells how long it will take until it holds so many bytes; 0 when it does. */
  #waitMs(bytes: number): number {
    const now = this.#clock.now()
    const rate = this.#rateNow()
    const passedMs = Math.max(0, now - (this.#filledAt ?? now))
    this.#filledAt = now
    if (rate === Number.POSITIVE_INFINITY) {
      this.#bytes = bytes
      return 0
    }
    // Who waits for more than the bucket holds gets it all the same, and what was given back stays.
    const most = (rate * CATCH_UP_MS) / 1000 + bytes
    this.#bytes = Math.max(this.#bytes, Math.min(this.#bytes + (rate * passedMs) / 1000, most))
    const missing = bytes - this.#bytes
    return missing <= 0 ? 0 : Math.min(Math.ceil((missing * 1000) / rate), LOOK_AGAIN_MS)
  }
}

/**
 * The same bytes, no faster than the pace allows. The first `paid` bytes have been taken from it already.
 * Leaving early closes the source, begun or not.
 */
export const paced = (
  bytes: AsyncIterable<Uint8Array>,
  pace: Pace,
  options: { readonly paid?: number; readonly signal?: AbortSignal | undefined } = {},
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const { paid = 0, signal } = options
    const chunks = bytes[Symbol.asyncIterator]()
    let credit = paid
    const end = (): void => {
      pace.giveBack(credit)
      credit = 0
    }
    return {
      async next() {
        try {
          const chunk = await chunks.next()
          if (chunk.done === true) end()
          else credit = await pay(chunk.value.byteLength, credit)
          return chunk
        } catch (error) {
          end()
          throw error
        }
      },
      async return() {
        end()
        await chunks.return?.()
        return { done: true, value: undefined }
      },
    }

    /** Takes what the credit does not cover; resolves to what is left of it. */
    async function pay(size: number, credit: number): Promise<number> {
      for (let due = size - credit; due > 0; due -= PIECE) await pace.take(Math.min(due, PIECE), { begun: true, signal })
      return Math.max(0, credit - size)
    }
  },
})
