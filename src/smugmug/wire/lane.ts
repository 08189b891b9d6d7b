import type { Emit } from '../../events.ts'
import { Autopilot, type Experience } from '../../flow/autopilot.ts'
import type { Clock } from '../../flow/clock.ts'
import { Room } from '../../flow/room.ts'

/** How many requests to begin with, and the most ever, at once. Both at least 1. */
export interface AtOnce {
  readonly start: number
  readonly most: number
}

/** A request's place in the lane. */
export interface Place {
  /** Milliseconds waited for it. */
  readonly waitedMs: number
  /** It was held back before it was sent: what comes meanwhile tells nothing of how many at once are good. */
  heldBack(): void
  /** The answer's status is known, so long after it was asked for; undefined: there will be none. */
  answered(status: number | undefined, afterMs: number): void
  /** The answer is over. `amount` is what it brought; undefined: it broke off. To be called in the end; again does nothing. */
  leave(amount: number | undefined): void
}

/** The requests of one kind to one host: as many at once as the autopilot thinks good, first come, first served. */
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

  /** Waits for a place. Rejects with the signal's reason. */
  async enter(signal?: AbortSignal): Promise<Place> {
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
        // The API takes its time by what it is asked for (fact sheet 0.3): that tells of no strain.
        const answeredInMs = kind === 'files' && status !== undefined ? { answeredInMs: afterMs } : {}
        met = { outcome: outcomeOf(status), ...answeredInMs }
        // At once, so that nobody else is sent after it.
        if (met.outcome !== 'refused') return
        note(0)
        met = undefined
      },
      leave: (amount) => {
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

/** What a lane is made of. */
export interface LaneParts {
  /** With the port, where it is not the usual one. */
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
