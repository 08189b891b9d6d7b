/**
 * The time, as a parameter: core code never reads the machine's clock by itself, so that tests can set it.
 */
export interface Clock {
  /** Returns milliseconds since 1970, UTC. */
  now(): number
  /** Returns milliseconds since an arbitrary moment, to measure durations: `now` jumps when the machine's clock is set. */
  monotonic(): number
  /**
   * Waits for `ms` milliseconds (not at all when 0 or less).
   * Rejects with the signal's reason as soon as the signal is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/**
 * Returns a function that returns the milliseconds since now, by the clock that counts more: one that only runs may stand still while the computer sleeps,
 * and one that is set may jump.
 */
export function stopwatch(clock: Pick<Clock, 'now' | 'monotonic'>): () => number {
  const [now, monotonic] = [clock.now(), clock.monotonic()]
  return () => Math.max(clock.now() - now, clock.monotonic() - monotonic)
}

/** A minute, an hour and a day in milliseconds. */
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The longest delay Node's timers take; a longer one would fire at once. */
const LONGEST_TIMER = 2_147_483_647

/** The machine's own clock. A sleep keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Math.floor(performance.now()),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted()
    for (let left = ms; left > 0; left -= LONGEST_TIMER) await timer(Math.min(left, LONGEST_TIMER), signal)
  },
}

const timer = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(handle)
      reject(signal?.reason)
    }
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })

interface Sleeper {
  readonly wakesAt: number
  readonly wake: () => void
}

/**
 * A clock for tests. Time stands still until `advance`; with `patient: false` every sleep ends at once
 * and moves the clock by its length, so that a test of real requests need not wait.
 */
export class FakeClock implements Clock {
  /** The length of every sleep asked for, in order. */
  readonly sleeps: number[] = []
  readonly #patient: boolean
  /** `now` when no time had passed. */
  #start: number
  #passed = 0
  #sleepers: readonly Sleeper[] = []

  constructor(options: { readonly now?: number; readonly patient?: boolean } = {}) {
    this.#start = options.now ?? Date.UTC(2026, 10, 1, 12)
    this.#patient = options.patient ?? true
  }

  /** Number of sleepers now. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  now(): number {
    return this.#start + this.#passed
  }

  monotonic(): number {
    return this.#passed
  }

  /** Sets the clock forward by `ms`, or back when negative: no time passes. */
  set(ms: number): void {
    this.#start += ms
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.sleeps.push(ms)
    if (ms <= 0) return
    if (!this.#patient) {
      this.#passed += ms
      return
    }
    await new Promise<void>((resolve, reject) => {
      const aborted = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', aborted)
        resolve()
      }
      const sleeper: Sleeper = { wakesAt: this.#passed + ms, wake }
      this.#sleepers = [...this.#sleepers, sleeper]
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }

  /** Lets time pass and wakes sleepers in their order. Resolves when they have done everything that needs no I/O. */
  async advance(ms: number): Promise<void> {
    const target = this.#passed + ms
    for (;;) {
      await settled()
      const due = this.#sleepers.filter((sleeper) => sleeper.wakesAt <= target).toSorted((a, b) => a.wakesAt - b.wakesAt)[0]
      if (due === undefined) break
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== due)
      this.#passed = Math.max(this.#passed, due.wakesAt)
      due.wake()
    }
    this.#passed = target
  }
}

/** Waits until every promise that can settle without I/O has settled. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
