import type { Emit } from '../../events.ts'
import type { CallAllowance } from '../../flow/allowance.ts'
import type { Clock } from '../../flow/clock.ts'
import { type Gate, Throttle } from './gate.ts'
import { AT_ONCE, type AtOnce, Lane, type Lease } from './lane.ts'

/** The bounds on requests. */
export interface AdmissionOptions {
  readonly clock: Clock
  readonly emit: Emit
  /** API calls and files under way at once, per host. Default `AT_ONCE`. */
  readonly atOnce?: { readonly calls: AtOnce; readonly files: AtOnce }
  /** The calls that all processes with this API key may make. Default: as many as SmugMug answers. */
  readonly allowance?: CallAllowance | undefined
}

/** A request may be sent. */
export interface Admitted {
  readonly lease: Lease
  readonly gate: Gate
  /** Milliseconds waited. */
  readonly waitedMs: number
}

/** Decides when a request may be sent: by the lane of its kind, the gate of its host, and the allowance of the API key. */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #throttle: Throttle
  readonly #lanes = new Map<string, Lane>()

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#throttle = new Throttle(options.clock, options.emit)
  }

  /** Returns the gate of a host. */
  gate(host: string): Gate {
    return this.#throttle.gate(host)
  }

  /** Waits until a request may be sent. Rejects with the signal's reason. */
  async admit(host: string, kind: 'calls' | 'files', waits: AbortSignal | undefined): Promise<Admitted> {
    const lease = await this.#lane(host, kind).enter(waits)
    const gate = this.gate(host)
    try {
      const heldMs = (await gate.enter(waits)) + (kind === 'calls' ? await this.#allowed(gate, waits) : 0)
      if (heldMs > 0) lease.heldBack()
      return { lease, gate, waitedMs: lease.waitedMs + heldMs }
    } catch (error) {
      lease.end(undefined)
      throw error
    }
  }

  /** Waits for one call of the allowance, for a request that has passed the gate. Returns the milliseconds waited. */
  async #allowed(gate: Gate, waits: AbortSignal | undefined): Promise<number> {
    const { allowance, clock } = this.#options
    if (allowance === undefined) return 0
    const arrived = clock.monotonic()
    try {
      // A gate that closed meanwhile holds this request, too; after that wait the call is to be allowed anew.
      while ((await allowance.take(waits)) && (await gate.reopened(waits)));
      return clock.monotonic() - arrived
    } catch (error) {
      gate.leave()
      throw error
    }
  }

  #lane(host: string, kind: 'calls' | 'files'): Lane {
    const key = `${kind} ${host}`
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      const { clock, emit, atOnce = AT_ONCE } = this.#options
      lane = new Lane({ host, kind, atOnce: atOnce[kind], clock, emit })
      this.#lanes.set(key, lane)
    }
    return lane
  }
}
