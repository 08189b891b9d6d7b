import { setTimeout as wait } from 'node:timers/promises'

/** SmugMug's observed window: about 100,000 calls (fact sheet 7.1). Its length is not known; we assume an hour. */
const NORMAL = { calls: 100_000, windowMs: 3_600_000 }

/** The state of a caller in the window of calls. */
export interface RateState {
  readonly allowed: boolean
  readonly remaining: number
  /** The end of the window, in milliseconds of the server's clock. */
  readonly endsAt: number
}

/** A fixed window of calls that starts with the first (fact sheet 7.1). */
export class RateLimit {
  readonly #calls: number
  readonly #windowMs: number
  #used = 0
  #endsAt = Number.NEGATIVE_INFINITY

  constructor(limit: { readonly calls: number; readonly windowMs: number } = NORMAL) {
    this.#calls = limit.calls
    this.#windowMs = limit.windowMs
  }

  /** Takes one call. `now` in milliseconds. */
  take(now: number): RateState {
    if (now >= this.#endsAt) {
      this.#used = 0
      this.#endsAt = now + this.#windowMs
    }
    const allowed = this.#used < this.#calls
    if (allowed) this.#used += 1
    return { allowed, remaining: this.#calls - this.#used, endsAt: this.#endsAt }
  }
}

/** Limits the bytes a second of all answers together. */
export class Bandwidth {
  readonly #bytesPerSecond: number
  #freeAt = 0

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** The largest piece worth sending at once: a twentieth of a second's worth. */
  get piece(): number {
    return Math.max(1024, Math.floor(this.#bytesPerSecond / 20))
  }

  /** Waits until the bytes may be sent. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = performance.now()
    this.#freeAt = Math.max(now, this.#freeAt) + (bytes / this.#bytesPerSecond) * 1000
    if (this.#freeAt > now + 1) await wait(this.#freeAt - now, undefined, { signal })
  }
}

/** Waits; ends early when the simulator closes or the client leaves. */
export async function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  if (ms !== undefined && ms > 0) await wait(ms, undefined, { signal })
}

/** Waits until the promise resolves; ends early when the simulator closes or the client leaves. */
export async function pauseUntil(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: left, reject } = Promise.withResolvers<never>()
  const leave = (): void => reject(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', leave, { once: true })
  try {
    await Promise.race([promise, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
