import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import { type ServerHints, untilResetMs } from './retry.ts'

/** Closures that end this close to one another are one to a reader: no second event. */
const SAME_CLOSURE_MS = 5_000

/** With fewer calls than this left in a window (of about 100,000, fact sheet 7.1), they are spread over what is left of it. */
const SCARCE = 100
/** At most so far apart: a run that needs only a few more need not wait for all of the window. */
const LONGEST_SPACE_MS = 5_000

/** Holds requests back while a host wants none: one gate per host, shared by all workers. */
export class Throttle {
  readonly #gates = new Map<string, Gate>()
  readonly #clock: Clock
  readonly #emit: Emit

  constructor(clock: Clock, emit: Emit) {
    this.#clock = clock
    this.#emit = emit
  }

  /** The gate of a host (name and port). */
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
 * The gate of one host. Every request passes `enter`, and calls `leave` once its answer's headers are there or it has failed.
 * It closes when told to (a 429), and by itself when the rate limit is used up, before a 429 is earned. The last calls of a window it
 * spreads over the time that is left.
 */
export class Gate {
  readonly #host: string
  readonly #clock: Clock
  readonly #emit: Emit
  #closedUntil = 0
  #announcedUntil = 0
  #reportedUntil = 0
  /** What was told last was a closure, not the spreading of calls. */
  #toldClosed = false
  #reason = ''
  #inFlight = 0
  #lastAt = 0
  /** Requests that may still be sent before `resetAt`, by the answer to what was asked at `askedAt`. */
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

  /** A request that was sent at `askedAt` (of the monotonic clock; absent: just now) is answered, or has failed (no hints). */
  leave(hints?: ServerHints, askedAt = this.#clock.monotonic()): void {
    this.#inFlight -= 1
    if (hints?.rateLimitRemaining === undefined) return
    // A long listing tells how it was when it was asked for: many calls ago.
    if (this.#budget !== undefined && askedAt < this.#budget.askedAt) return
    const remaining = Number.parseInt(hints.rateLimitRemaining, 10)
    const resetMs = untilResetMs(hints, this.#clock.now())
    if (Number.isNaN(remaining) || resetMs === undefined) {
      this.#budget = undefined
      return
    }
    // Those in flight may not be counted yet: better a few calls too few than a 429 for everybody.
    this.#budget = { left: remaining - this.#inFlight, resetAt: this.#clock.monotonic() + resetMs, askedAt }
  }

  /** Closes the gate for so long, in full; a longer closure stays. */
  close(waitMs: number, reason: string): void {
    const until = this.#clock.monotonic() + waitMs
    // What the server says of the next wait replaces what it said of the window.
    this.#budget = undefined
    if (until <= this.#closedUntil) return
    this.#closedUntil = until
    this.#reason = reason
  }

  /** Reports that one request waits by itself, because the server asked for it, without holding others back. Requests that wait alike are one report. */
  report(waitMs: number, reason: string): void {
    const untilMs = this.#clock.monotonic() + waitMs
    if (untilMs <= this.#reportedUntil + SAME_CLOSURE_MS) return
    this.#reportedUntil = untilMs
    this.#emit({ event: 'waiting', reason: `${this.#host}: ${reason}`, untilMs: this.#clock.now() + waitMs })
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

  /** Said once, and only when somebody really waits. */
  #announce(): void {
    const now = this.#clock.monotonic()
    const isClosed = this.#closedUntil > now
    const untilMs = isClosed ? this.#closedUntil : (this.#budget?.resetAt ?? now)
    const isNews = isClosed && !this.#toldClosed
    if (!isNews && untilMs <= this.#announcedUntil + SAME_CLOSURE_MS && now < this.#announcedUntil) return
    this.#announcedUntil = untilMs
    this.#toldClosed = isClosed
    const reason = isClosed ? this.#reason : 'few calls are left of those SmugMug allows in a while: they are spread'
    const until = this.#clock.now() + untilMs - now
    this.#emit({ event: 'waiting', reason: `${this.#host}: ${reason}`, untilMs: until, ...(!isClosed && { spread: true }) })
  }
}
