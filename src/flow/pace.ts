import type { Clock } from './clock.ts'

/** The most bytes that a stream takes in one turn, whatever the size of its chunks. */
const PIECE = 16 * 1024
/** Unused bytes of this last period may still be used: a busy machine stands still for hundreds of milliseconds. */
const CATCH_UP_MS = 1000
/** The longest wait before the rate is asked for again. */
const LOOK_AGAIN_MS = 250

interface Waiter {
  readonly bytes: number
  readonly go: () => void
}

/**
 * Limits the bytes of many streams together: a bucket fills at the current rate, and a stream waits until the bucket holds
 * the bytes that it wants. Streams that have begun go first and take turns; a new one begins when they leave something over.
 * That keeps few streams open at once, so an interruption has little to wait for or to lose.
 */
export class Pace {
  readonly #clock: Clock
  readonly #rateNow: () => number
  readonly #begun: Waiter[] = []
  readonly #fresh: Waiter[] = []
  #bytes = 0
  /** Milliseconds since 1970; absent until the first request, when the bucket begins to fill. */
  #filledAt: number | undefined
  #serving = false
  #nap = new AbortController()

  /** `rateNow` returns the current limit in bytes a second; `Infinity` limits nothing. */
  constructor(clock: Clock, rateNow: () => number) {
    this.#clock = clock
    this.#rateNow = rateNow
  }

  /** Waits until the bytes may come. `begun`: the stream is under way. Rejects with the signal's reason if that is aborted first. */
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

  /** Puts bytes back that were taken and did not come. */
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
        // A stream that has begun goes first: its request ends this sleep.
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

  /** Fills the bucket. Returns the time until it holds the bytes; 0 when it does. */
  #waitMs(bytes: number): number {
    const now = this.#clock.now()
    const rate = this.#rateNow()
    const passedMs = Math.max(0, now - (this.#filledAt ?? now))
    this.#filledAt = now
    if (rate === Number.POSITIVE_INFINITY) {
      this.#bytes = bytes
      return 0
    }
    // A request for more than the bucket holds must still be served, and bytes put back stay.
    const most = (rate * CATCH_UP_MS) / 1000 + bytes
    this.#bytes = Math.max(this.#bytes, Math.min(this.#bytes + (rate * passedMs) / 1000, most))
    const missing = bytes - this.#bytes
    return missing <= 0 ? 0 : Math.min(Math.ceil((missing * 1000) / rate), LOOK_AGAIN_MS)
  }
}

/**
 * Returns the same bytes, no faster than the pace allows. The first `paid` bytes have been taken from the pace already.
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

    /** Takes the bytes that the credit does not cover. Returns the rest of the credit. */
    async function pay(size: number, credit: number): Promise<number> {
      for (let due = size - credit; due > 0; due -= PIECE) await pace.take(Math.min(due, PIECE), { begun: true, signal })
      return Math.max(0, credit - size)
    }
  },
})
