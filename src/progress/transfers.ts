import type { Event } from '../events.ts'
import type { Moving } from './pace.ts'

/** A file that is being received. */
export interface Transfer {
  readonly path: string
  readonly received: number
  readonly size?: number
}

/** A transfer, with its beginning: the time, and the bytes that had come before. */
interface UnderWay extends Transfer {
  readonly began: number
  readonly from: number
}

type TransferEvent = Extract<Event, { event: 'transfer.started' | 'transfer.progress' | 'transfer.finished' }>

/** A file that has come is stored, given up or tried again within this time. */
const SETTLES_WITHIN = 20_000

/** The files of a run that are being received, and those that have just come. */
export class Transfers {
  readonly #now: () => number
  readonly #underWay = new Map<string, UnderWay>()
  /** The bytes of files that have come and are neither stored nor tried again yet: they are no less here than before. */
  readonly #landed = new Map<string, { readonly received: number; readonly until: number }>()
  /** Bytes received so far. */
  bytes = 0

  constructor(now: () => number) {
    this.#now = now
  }

  apply(event: TransferEvent): void {
    // A transfer that continues a partial file has received its first bytes before.
    const received = event.event === 'transfer.started' ? (event.from ?? 0) : event.received
    const before = this.#underWay.get(event.path)
    this.bytes += received - (before?.received ?? received)
    this.#underWay.delete(event.path)
    if (event.event === 'transfer.finished') {
      this.#land(event.path, before?.size === undefined ? received : Math.min(received, before.size))
      return
    }
    this.#landed.delete(event.path)
    const known = event.event === 'transfer.started' ? undefined : before
    const size = event.size ?? before?.size
    this.#underWay.set(event.path, {
      path: event.path,
      received,
      began: known?.began ?? this.#now(),
      from: known?.from ?? received,
      ...(size === undefined ? {} : { size }),
    })
  }

  /** Notes that a file is counted as an item from now on. */
  settle(path: string | undefined): void {
    if (path !== undefined) this.#landed.delete(path)
  }

  get count(): number {
    return this.#underWay.size
  }

  /** The bytes of all these files that are here. */
  get here(): number {
    const now = this.#now()
    let sum = 0
    for (const { received, size } of this.#underWay.values()) sum += size === undefined ? received : Math.min(received, size)
    for (const { received, until } of this.#landed.values()) if (until > now) sum += received
    return sum
  }

  /** Returns the files under way; the one that moved last comes first. */
  latest(most: number): readonly Transfer[] {
    const last = [...this.#underWay.values()].slice(-most).reverse()
    return last.map(({ began: _began, from: _from, ...transfer }) => transfer)
  }

  moving(): readonly Moving[] {
    const now = this.#now()
    return [...this.#underWay.values()].map(({ received, size, began, from }) => ({
      received,
      ...(size !== undefined && { size }),
      forMs: now - began,
      came: received - from,
    }))
  }

  #land(path: string, received: number): void {
    const now = this.#now()
    for (const [each, { until }] of this.#landed) {
      if (until > now) break
      this.#landed.delete(each)
    }
    this.#landed.set(path, { received, until: now + SETTLES_WITHIN })
  }
}
