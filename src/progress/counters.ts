import type { Event } from '../events.ts'
import type { OutcomeKind } from '../model.ts'
import { phaseOf } from './phase.ts'
import type { RunView, Transfer } from './run-view.ts'

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
  /** The current phase when nothing is transferred, in the operation's own words. */
  readonly phase?: string
  readonly progress?: Extract<Event, { event: 'progress' }>
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
  readonly calls: readonly Calls[]
  /** Number of waits that a server asked for. */
  readonly waits: number
  /** The time spent in such waits, up to now. */
  readonly waitedMs: number
  /** The present waits. */
  readonly waiting: readonly { readonly reason: string; readonly untilMs: number }[]
  /** Nothing has moved since the last wait began. */
  readonly isStill: boolean
  readonly retries: number
  /** The sum of the pauses before the retries. */
  readonly retryWaitMs: number
  /** The newest last. */
  readonly lastRetries: readonly Retry[]
  /** Listed items whose bytes are wanted and that are not finished. */
  readonly wanted: number
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
const MOST_WAITING = 10
const MOST_RETRIES = 3
const MOST_TRANSFERS = 100

/** Returns counters that add to the view's own counts. `now` is in milliseconds since 1970. */
export const createCounters = (view: RunView, now: () => number): Counters => new RunCounters(view, now)

/** The unfinished items of one album. */
interface Open {
  wanted: number
  /** Items that need no bytes, or cannot be had. */
  others: number
}

/** Outcomes that are usual for items that need no bytes, and rare for items that do. */
const RARELY_WANTED: ReadonlySet<OutcomeKind> = new Set(['kept', 'moved', 'impossible', 'pending'])

class RunCounters implements Counters {
  readonly #view: RunView
  readonly #now: () => number
  readonly #startedAt: number
  #account: string | undefined
  readonly #calls = new Map<string, Calls>()
  readonly #open = new Map<string, Open>()
  readonly #atOnce = new Map<string, AtOnce>()
  #waiting: Numbers['waiting'] = []
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
      case 'run.started':
        // Another account begins: items that an interruption left open in the last one will not come.
        this.#open.clear()
        break
      case 'account':
        this.#account = event.nickName
        break
      case 'album.listed':
        if (event.toFetch > 0) this.#open.set(event.album, { wanted: event.toFetch, others: event.items - event.toFetch })
        break
      case 'item':
        this.#itemDone(event)
        break
      case 'album.finished':
        this.#open.delete(event.album)
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
      ...(phase !== undefined && { phase }),
      ...(view.progress !== undefined && { progress: view.progress }),
      albums: view.albums,
      items: view.items,
      outcomes: { stored, replaced, adopted, copied, moved, kept, failed, impossible, pending },
      vanished,
      bytes: view.bytes,
      ...(speed !== undefined && { speed }),
      ...(remainingMs !== undefined && { remainingMs }),
      speeds: [...this.#speeds],
      transfers: view.transfers(MOST_TRANSFERS),
      calls: [...this.#calls.values()],
      waits: this.#waits,
      waitedMs: this.#waitedMs - Math.max(0, this.#waitingUntil - at),
      waiting: this.#waiting.filter(({ untilMs }) => untilMs > at),
      isStill: view.waiting !== undefined && view.waiting.untilMs > at,
      retries: this.#retries,
      retryWaitMs: this.#retryWaitMs,
      lastRetries: this.#lastRetries,
      wanted: [...this.#open.values()].reduce((sum, { wanted }) => sum + wanted, 0),
      atOnce: [...this.#atOnce.values()],
    }
  }

  /** Finishes an item. An event does not say whether its bytes were wanted; if the outcome leaves that open, it counts as not wanted while there are such items. */
  #itemDone({ album, outcome }: Extract<Event, { event: 'item' }>): void {
    const open = this.#open.get(album)
    if (open === undefined) return
    if (RARELY_WANTED.has(outcome) && open.others > 0) open.others--
    else open.wanted--
    if (open.wanted <= 0) this.#open.delete(album)
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
  #waitsFor({ reason, untilMs, spread }: Extract<Event, { event: 'waiting' }>): void {
    if (spread === true) return
    const at = this.#now()
    this.#waits++
    const begins = Math.max(at, this.#waitingUntil)
    this.#waitedMs += Math.max(0, untilMs - begins)
    this.#waitingUntil = Math.max(untilMs, begins)
    const others = this.#waiting.filter((each) => each.untilMs > at && each.reason !== reason)
    this.#waiting = [...others, { reason, untilMs }].slice(-MOST_WAITING)
  }
}
