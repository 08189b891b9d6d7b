import type { Event } from '../events.ts'
import type { OutcomeKind } from '../model.ts'
import type { Measure } from './measure.ts'
import { phaseOf } from './phase.ts'
import type { RunView } from './run-view.ts'
import type { Transfer } from './transfers.ts'

/** The requests of one kind that had one result. */
export interface Calls {
  /** The kind of request, without keys: `album!images`, `file`. */
  readonly endpoint: string
  /** The HTTP status; absent when no answer came. */
  readonly status?: number
  readonly count: number
  /** The sum of the times until the answers began. */
  readonly durationMs: number
}

/** The most requests of one kind that may be under way at once to one host. */
export type AtOnce = Pick<Extract<Event, { event: 'limit' }>, 'host' | 'kind' | 'atOnce'>

/** One request that was tried again. */
export interface Retry {
  readonly at: number
  readonly what: string
  readonly reason: string
}

/** The numbers that `--stats` shows of a run at one moment. Moments are in milliseconds since 1970; absent means unknown. */
export interface Numbers {
  readonly at: number
  readonly startedAt: number
  readonly account?: string
  readonly dryRun: boolean
  readonly operation: string
  /** The current phase when nothing is transferred, in words. */
  readonly phase?: string
  readonly albums: RunView['albums']
  readonly items: RunView['items']
  readonly outcomes: Readonly<Record<OutcomeKind, number>>
  readonly vanished: number
  /** Bytes received so far. */
  readonly bytes: number
  /** Bytes a second, over the last seconds. */
  readonly speed?: number
  readonly remainingMs?: number
  /** Bytes a second over the last ten minutes, the newest last: one number for each five seconds. */
  readonly speeds: readonly number[]
  /** The transfers under way; the one that moved last comes first. */
  readonly transfers: readonly Transfer[]
  /** The number of all files being received. */
  readonly underWay: number
  readonly calls: readonly Calls[]
  /** Number of waits that a server asked for. */
  readonly waits: number
  /** The time spent in such waits, up to now. */
  readonly waitedMs: number
  /** The present waits, the longest first. */
  readonly waiting: RunView['waits']
  /** The servers that do not answer at present, the oldest outage first. */
  readonly outages: RunView['outages']
  /** Nothing has moved since the last wait began. */
  readonly isStill: boolean
  readonly retries: number
  /** The sum of the pauses before the retries. */
  readonly retryWaitMs: number
  /** The newest last. */
  readonly lastRetries: readonly Retry[]
  /** Listed items whose bytes are wanted and that are not finished. */
  readonly wanted: number
  /** Files asked for whose first byte has not come. */
  readonly asked: number
  /** The progress of the run in its one measure: for a backup the wanted bytes that are here, of all that are wanted. */
  readonly measure?: Measure
  /** The limits reported for each host and kind of request. */
  readonly atOnce: readonly AtOnce[]
}

/** Counts the events of a run; its memory does not grow with the account. */
export interface Counters {
  /** Counts an event. The view must have taken it before. */
  apply(event: Event): void
  /** Notes the speed. Call it about once a second. */
  sample(): void
  numbers(): Numbers
}

/** The number of speeds kept, and the milliseconds that each covers: ten minutes in all. */
export const SPEEDS = { most: 120, everyMs: 5000 } as const

const MOST_CALLS = 200
const MOST_LANES = 20
const MOST_RETRIES = 3
const MOST_TRANSFERS = 100

/** Returns counters that add to the view's own counts. `now` is in milliseconds since 1970. */
export const createCounters = (view: RunView, now: () => number): Counters => new RunCounters(view, now)

class RunCounters implements Counters {
  readonly #view: RunView
  readonly #now: () => number
  readonly #startedAt: number
  #account: string | undefined
  readonly #calls = new Map<string, Calls>()
  readonly #atOnce = new Map<string, AtOnce>()
  #waits = 0
  /** The time waited up to `#waitingUntil`, which may lie in the future. */
  #waitedMs = 0
  #waitingUntil = 0
  #retries = 0
  #retryWaitMs = 0
  #lastRetries: readonly Retry[] = []
  readonly #speeds: number[] = []
  #sampled: { readonly at: number; readonly bytes: number }

  constructor(view: RunView, now: () => number) {
    this.#view = view
    this.#now = now
    this.#startedAt = now()
    this.#sampled = { at: this.#startedAt, bytes: view.bytes }
  }

  apply(event: Event): void {
    switch (event.event) {
      case 'account':
        this.#account = event.nickName
        break
      case 'request':
        this.#called(event)
        break
      case 'limit':
        this.#limited(event)
        break
      case 'waiting':
        this.#waitsFor(event)
        break
      case 'retry':
        this.#retries++
        this.#retryWaitMs += event.waitMs
        this.#lastRetries = [...this.#lastRetries, { at: this.#now(), what: event.what, reason: event.reason }].slice(-MOST_RETRIES)
        break
      default:
        break
    }
  }

  sample(): void {
    const at = this.#now()
    const over = at - this.#sampled.at
    if (over < SPEEDS.everyMs) return
    const { bytes } = this.#view
    this.#speeds.push(((bytes - this.#sampled.bytes) * 1000) / over)
    if (this.#speeds.length > SPEEDS.most) this.#speeds.shift()
    this.#sampled = { at, bytes }
  }

  numbers(): Numbers {
    const view = this.#view
    const at = this.#now()
    const { stored, adopted, copied, moved, kept, replaced, failed, impossible, pending, vanished } = view.totals()
    const [speed, remainingMs, phase] = [view.speed(), view.remaining(), phaseOf(view)]
    return {
      at,
      startedAt: this.#startedAt,
      ...(this.#account !== undefined && { account: this.#account }),
      dryRun: view.dryRun,
      operation: view.operation,
      ...(phase !== undefined && { phase }),
      albums: view.albums,
      items: view.items,
      outcomes: { stored, replaced, adopted, copied, moved, kept, failed, impossible, pending },
      vanished,
      bytes: view.bytes,
      ...(speed !== undefined && { speed }),
      ...(remainingMs !== undefined && { remainingMs }),
      speeds: [...this.#speeds],
      transfers: view.transfers(MOST_TRANSFERS),
      underWay: view.underWay,
      calls: [...this.#calls.values()],
      waits: this.#waits,
      waitedMs: this.#waitedMs - Math.max(0, this.#waitingUntil - at),
      waiting: view.waits,
      isStill: view.isStill && view.waits.length > 0,
      outages: view.outages,
      retries: this.#retries,
      retryWaitMs: this.#retryWaitMs,
      lastRetries: this.#lastRetries,
      wanted: view.wanted,
      asked: view.asked,
      ...(view.measure !== undefined && { measure: view.measure }),
      atOnce: [...this.#atOnce.values()],
    }
  }

  #called({ endpoint, status, durationMs }: Extract<Event, { event: 'request' }>): void {
    const known = this.#calls.has(`${endpoint} ${status}`) || this.#calls.size < MOST_CALLS
    const kind = known ? endpoint : 'other'
    const key = `${kind} ${status}`
    const before = this.#calls.get(key)
    this.#calls.set(key, {
      endpoint: kind,
      ...(status !== undefined && { status }),
      count: (before?.count ?? 0) + 1,
      durationMs: (before?.durationMs ?? 0) + durationMs,
    })
  }

  #limited({ host, kind, atOnce }: AtOnce): void {
    const key = `${kind} ${host}`
    if (this.#atOnce.has(key) || this.#atOnce.size < MOST_LANES) this.#atOnce.set(key, { host, kind, atOnce })
  }

  /** Counts a wait. Several hosts may ask for a wait at the same time: that time counts once. */
  #waitsFor({ untilMs, spread }: Extract<Event, { event: 'waiting' }>): void {
    if (spread === true) return
    const at = this.#now()
    this.#waits++
    const begins = Math.max(at, this.#waitingUntil)
    this.#waitedMs += Math.max(0, untilMs - begins)
    this.#waitingUntil = Math.max(untilMs, begins)
  }
}
