import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import { type ServerHints, untilResetMs } from './retry.ts'

/** Waits that end this close to one another are one to a reader, so there is no second event while the first lasts. */
const SAME_WAIT_MS = 1_000

/** With fewer calls than this left in a window (of about 100,000, fact sheet 7.1), the calls are spread over the rest of it. */
const SCARCE = 100
/** The longest pause between two spread calls: a run that needs only a few more need not wait for the whole window. */
const LONGEST_SPACE_MS = 5_000

/** Holds requests back while a host asks to wait. All workers share one gate per host. */
export class Throttle {
  readonly #gates = new Map<string, Gate>()
  readonly #clock: Clock
  readonly #emit: Emit

  constructor(clock: Clock, emit: Emit) {
    this.#clock = clock
    this.#emit = emit
  }

  /** Returns the gate of a host (name and port). */
  gate(host: string): Gate {
    let gate = this.#gates.get(host)
    if (gate === undefined) {
      gate = new Gate(host, this.#clock, this.#emit)
      this.#gates.set(host, gate)
    }
    return gate
  }
}

/**
 * The gate of one host. Every request passes `enter`, and calls `leave` once its answer's headers have come or it has failed. A 429 closes
 * the gate. It also closes by itself when the rate limit is used up, before a 429 comes, and spreads the last calls of a window over the
 * rest of it.
 */
export class Gate {
  readonly #host: string
  readonly #clock: Clock
  readonly #emit: Emit
  #closedUntil = 0
  #announcedUntil = 0
  #reportedUntil = 0
  /** True when the last event was about a closure, false when it was about spreading. */
  #lastEventWasClosure = false
  #reason = ''
  #inFlight = 0
  #lastAt = 0
  /** The requests that may still be sent before `resetAt`, by the answer to a request that was sent at `askedAt`. */
  #budget: { left: number; readonly resetAt: number; readonly askedAt: number } | undefined

  constructor(host: string, clock: Clock, emit: Emit) {
    this.#host = host
    this.#clock = clock
    this.#emit = emit
  }

  /** Waits until the gate is open. Resolves to the milliseconds waited; rejects with the signal's reason. */
  async enter(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted()
    const arrived = this.#clock.monotonic()
    for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) {
      this.#announce()
      await this.#clock.sleep(waitMs, signal)
    }
    this.#inFlight += 1
    this.#lastAt = this.#clock.monotonic()
    if (this.#budget !== undefined) this.#budget.left -= 1
    return this.#clock.monotonic() - arrived
  }

  /** Waits while the gate is closed, for a request that has entered and was not sent. Resolves to true if it was. */
  async reopened(signal?: AbortSignal): Promise<boolean> {
    const arrived = this.#clock.monotonic()
    if (this.#closedUntil <= arrived) return false
    this.#announce()
    for (let now = arrived; now < this.#closedUntil; now = this.#clock.monotonic()) await this.#clock.sleep(this.#closedUntil - now, signal)
    return true
  }

  /**
   * Notes that a request is answered, or has failed (no hints). `askedAt` is when it was sent, by the monotonic clock; absent: just now.
   */
  leave(hints?: ServerHints, askedAt = this.#clock.monotonic()): void {
    this.#inFlight -= 1
    if (hints?.rateLimitRemaining === undefined) return
    // A long listing counts the calls as they were when it was asked for, many calls ago.
    if (this.#budget !== undefined && askedAt < this.#budget.askedAt) return
    const remaining = Number.parseInt(hints.rateLimitRemaining, 10)
    const resetMs = untilResetMs(hints, this.#clock.now())
    if (Number.isNaN(remaining) || resetMs === undefined) {
      this.#budget = undefined
      return
    }
    // The server may not have counted the requests in flight: a few calls too few are better than a 429 for every worker.
    this.#budget = { left: remaining - this.#inFlight, resetAt: this.#clock.monotonic() + resetMs, askedAt }
  }

  /** Closes the gate for `waitMs`, in full. A longer closure stays. */
  close(waitMs: number, reason: string): void {
    const until = this.#clock.monotonic() + waitMs
    // The next wait that the server names replaces what it said of the window.
    this.#budget = undefined
    if (until <= this.#closedUntil) return
    this.#closedUntil = until
    this.#reason = reason
  }

  /**
   * Reports that one request waits by itself because the server asked for it, while others go on. Waits that end close to one another are
   * one report.
   */
  report(waitMs: number, reason: string): void {
    const now = this.#clock.monotonic()
    const untilMs = now + waitMs
    if (now < this.#reportedUntil && untilMs <= this.#reportedUntil + SAME_WAIT_MS) return
    this.#reportedUntil = untilMs
    this.#emit({ event: 'waiting', host: this.#host, reason: `${this.#host}: ${reason}`, untilMs: this.#clock.now() + waitMs })
  }

  #waitMs(): number {
    const now = this.#clock.monotonic()
    if (this.#budget !== undefined && this.#budget.left <= 0 && this.#budget.resetAt > now) {
      this.close(this.#budget.resetAt - now, 'the number of calls SmugMug allows in a while is used up')
    }
    return Math.max(this.#closedUntil, this.#spacedUntil(now)) - now
  }

  #spacedUntil(now: number): number {
    if (this.#budget === undefined || this.#budget.left >= SCARCE || this.#budget.resetAt <= now) return now
    return this.#lastAt + Math.min((this.#budget.resetAt - now) / Math.max(1, this.#budget.left), LONGEST_SPACE_MS)
  }

  /** Announces a wait once, and only when a request really waits. */
  #announce(): void {
    const now = this.#clock.monotonic()
    const isClosed = this.#closedUntil > now
    const untilMs = isClosed ? this.#closedUntil : (this.#budget?.resetAt ?? now)
    const isNews = isClosed && !this.#lastEventWasClosure
    if (!isNews && untilMs <= this.#announcedUntil + SAME_WAIT_MS && now < this.#announcedUntil) return
    this.#announcedUntil = untilMs
    this.#lastEventWasClosure = isClosed
    const reason = isClosed ? this.#reason : 'few calls are left of those SmugMug allows in a while: they are spread'
    const until = this.#clock.now() + untilMs - now
    const host = this.#host
    this.#emit({ event: 'waiting', host, reason: `${host}: ${reason}`, untilMs: until, ...(!isClosed && { spread: true }) })
  }
}
