import type { Emit } from '../../events.ts'
import { Autopilot, type Experience } from '../../flow/autopilot.ts'
import type { Clock } from '../../flow/clock.ts'
import { Room } from '../../flow/room.ts'

/** The number of requests at once to begin with, and the most ever. Both at least 1. */
export interface AtOnce {
  readonly start: number
  readonly most: number
}

/** Starts with the numbers that users of the Go program report to work; twice as many are allowed where they bring more (fact sheet 7.1). */
export const AT_ONCE = { calls: { start: 12, most: 24 }, files: { start: 32, most: 64 } }

/** The right of one request to be under way. */
export interface Lease {
  /** Milliseconds waited for it. */
  readonly waitedMs: number
  /** Notes that the gate held the request back: answers of that time must not influence the limit. */
  heldBack(): void
  /** Notes the status of the answer, and the milliseconds from the request to it; undefined: there will be no answer. */
  answered(status: number | undefined, afterMs: number): void
  /** Call when the answer ends; further calls do nothing. `amount` is the number of calls or bytes that it brought; undefined: it broke off. */
  end(amount: number | undefined): void
}

/** The requests of one kind to one host, first come, first served. The autopilot sets the number that may be under way at once. */
export class Lane {
  readonly #parts: LaneParts
  readonly #pilot: Autopilot
  readonly #room: Room

  constructor(parts: LaneParts) {
    this.#parts = parts
    this.#pilot = new Autopilot(parts.atOnce)
    this.#room = new Room(parts.atOnce.start)
    const { emit, host, kind, atOnce } = parts
    emit({ event: 'limit', host, kind, atOnce: atOnce.start, reason: 'to begin with' })
  }

  /** Waits for a lease. Rejects with the signal's reason. */
  async enter(signal?: AbortSignal): Promise<Lease> {
    const { clock, kind } = this.#parts
    const arrived = clock.monotonic()
    const release = await this.#room.acquire(1, signal)
    const crowded = this.#room.isFull
    const waitedMs = clock.monotonic() - arrived
    const { era } = this.#pilot
    let met: Pick<Experience, 'outcome' | 'answeredInMs'> | undefined
    let over = false
    const note = (amount: number): void => {
      if (met !== undefined) this.#learn({ era, now: clock.monotonic(), amount, crowded, ...met })
    }
    return {
      waitedMs,
      heldBack: () => this.#pilot.restart(clock.monotonic()),
      answered: (status, afterMs) => {
        // The time of an API answer depends on the question (fact sheet 0.3), so a slow one is no sign of strain.
        const answeredInMs = kind === 'files' && status !== undefined ? { answeredInMs: afterMs } : {}
        met = { outcome: outcomeOf(status), ...answeredInMs }
        // Learnt at once, so that no other request follows a refused one.
        if (met.outcome !== 'refused') return
        note(0)
        met = undefined
      },
      end: (amount) => {
        if (over) return
        over = true
        if (met !== undefined && amount === undefined) met = { outcome: 'trouble' }
        note(amount ?? 0)
        release()
      },
    }
  }

  #learn(experience: Experience): void {
    const before = this.#pilot.limit
    const reason = this.#pilot.note(experience)
    const { limit } = this.#pilot
    if (reason === undefined || limit === before) return
    this.#room.setLimit(limit)
    const { emit, host, kind } = this.#parts
    emit({ event: 'limit', host, kind, atOnce: limit, before, reason })
  }
}

/** The parts of a lane. */
export interface LaneParts {
  /** The name, with the port where it is not the usual one. */
  readonly host: string
  readonly atOnce: AtOnce
  readonly kind: 'calls' | 'files'
  readonly clock: Clock
  readonly emit: Emit
}

const outcomeOf = (status: number | undefined): Experience['outcome'] => {
  if (status === 429) return 'refused'
  return status === undefined || status === 408 || status >= 500 ? 'trouble' : 'fine'
}
