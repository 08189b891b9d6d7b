import type { Event } from '../events.ts'
import { noOutcomes, type Totals } from '../model.ts'

/** A file that is being received. */
export interface Transfer {
  readonly path: string
  readonly received: number
  readonly size?: number
}

/** The progress of a run, gathered from its events, for every reporter. */
export interface RunView {
  /** Returns milliseconds since 1970. */
  readonly now: () => number
  apply(event: Event): void
  readonly operation: string
  readonly dryRun: boolean
  /** The current phase, in the operation's own words. */
  readonly phase: string | undefined
  /** The reason why nothing moves, and its end (milliseconds since 1970). */
  readonly waiting: { readonly reason: string; readonly untilMs: number } | undefined
  readonly albums: { readonly done: number; readonly total: number | undefined }
  readonly items: { readonly done: number; readonly total: number | undefined }
  /** Bytes received so far. */
  readonly bytes: number
  /** The operation's own count, if it has one. */
  readonly progress: Extract<Event, { event: 'progress' }> | undefined
  /** Returns the files being received; the one that moved last comes first. */
  transfers(most: number): readonly Transfer[]
  /** Returns bytes a second over the last seconds; undefined when nothing moved. */
  speed(): number | undefined
  /** Returns milliseconds until the end at the speed of the last minute; undefined when that cannot be estimated. */
  remaining(): number | undefined
  /** Returns the counts gathered from events. `apiCalls` is 0, because events do not report it. */
  totals(): Totals
}

interface Sample {
  readonly at: number
  readonly bytes: number
  /** Items finished one by one, or the count of `progress`. */
  readonly done: number
}

const SAMPLE_EVERY = 1000
const SPEED_WINDOW = 15_000
const PACE_WINDOW = 60_000
const PACE_NEEDS = 8000

/** The last minute of a run, in samples of a second. */
class Pace {
  readonly #samples: Sample[] = []

  note(sample: Sample): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && sample.at - last.at < SAMPLE_EVERY) return
    this.#samples.push(sample)
    while ((this.#samples[1]?.at ?? sample.at) < sample.at - PACE_WINDOW) this.#samples.shift()
  }

  /** Returns the rate per millisecond since the oldest sample within the window. */
  rate(of: 'bytes' | 'done', current: Sample, window: number): { readonly perMs: number; readonly over: number } | undefined {
    const oldest = this.#samples.find((sample) => sample.at >= current.at - window)
    const over = oldest === undefined ? 0 : current.at - oldest.at
    return oldest === undefined || over <= 0 ? undefined : { perMs: (current[of] - oldest[of]) / over, over }
  }
}

/** Returns a view that gathers the events of one run. `now` is in milliseconds since 1970; `operation` is its name until an event reports it. */
export const createRunView = (now: () => number, operation = ''): RunView => new View(now, operation)

class View implements RunView {
  operation: string
  dryRun = false
  phase: string | undefined
  waiting: RunView['waiting']
  bytes = 0
  progress: RunView['progress']
  readonly now: () => number
  readonly #startedAt: number
  #pace = new Pace()
  readonly #outcomes = { ...noOutcomes }
  readonly #transfers = new Map<string, Transfer>()
  #albumsTotal: number | undefined
  #albumsFinished = 0
  #albumsSkipped = 0
  #itemsTotal: number | undefined
  #itemsSkipped = 0
  #vanished = 0

  constructor(now: () => number, operation: string) {
    this.operation = operation
    this.now = now
    this.#startedAt = now()
  }

  apply(event: Event): void {
    switch (event.event) {
      case 'run.started':
        this.operation = event.operation
        this.dryRun = event.dryRun
        break
      case 'account':
        // A second account adds to the counts of the first.
        this.#albumsTotal = this.albums.done + event.albums
        this.#itemsTotal = event.items === undefined ? undefined : this.items.done + event.items
        break
      case 'phase':
        this.phase = event.detail === undefined ? event.name : `${event.name}: ${event.detail}`
        this.#count(undefined)
        break
      case 'album.started':
        this.#count(undefined)
        break
      case 'album.skipped':
        this.#albumsSkipped++
        this.#itemsSkipped += event.items
        this.#count(undefined)
        break
      case 'album.finished':
        this.#albumsFinished++
        break
      case 'transfer.started':
      case 'transfer.progress':
      case 'transfer.finished':
        this.#moved(event)
        break
      case 'item':
        this.#outcomes[event.outcome]++
        this.waiting = undefined
        break
      case 'waiting':
        if (event.spread !== true) this.waiting = event
        break
      case 'progress':
        this.#count(event)
        break
      case 'problem':
        if (event.problem.kind === 'vanished') this.#vanished++
        break
      default:
        break
    }
    this.#pace.note(this.#sample())
  }

  get albums(): RunView['albums'] {
    return { done: this.#albumsFinished + this.#albumsSkipped, total: this.#albumsTotal }
  }

  get items(): RunView['items'] {
    return { done: this.#itemsOneByOne + this.#itemsSkipped, total: this.#itemsTotal }
  }

  transfers(most: number): readonly Transfer[] {
    return [...this.#transfers.values()].slice(-most).reverse()
  }

  speed(): number | undefined {
    const rate = this.#pace.rate('bytes', this.#sample(), SPEED_WINDOW)
    return rate === undefined || rate.perMs <= 0 ? undefined : rate.perMs * 1000
  }

  remaining(): number | undefined {
    const { done, total } = this.progress ?? this.items
    const rate = this.#pace.rate('done', this.#sample(), PACE_WINDOW)
    if (total === undefined || total <= done || rate === undefined || rate.over < PACE_NEEDS || rate.perMs <= 0) return undefined
    return (total - done) / rate.perMs
  }

  totals(): Totals {
    return {
      albums: this.#albumsFinished + this.#albumsSkipped,
      albumsSkipped: this.#albumsSkipped,
      items: this.items.done,
      ...this.#outcomes,
      kept: this.#outcomes.kept + this.#itemsSkipped,
      vanished: this.#vanished,
      bytes: this.bytes,
      apiCalls: 0,
      durationMs: this.now() - this.#startedAt,
    }
  }

  get #itemsOneByOne(): number {
    return Object.values(this.#outcomes).reduce((sum, count) => sum + count, 0)
  }

  #sample(): Sample {
    return { at: this.now(), bytes: this.bytes, done: this.progress?.done ?? this.#itemsOneByOne }
  }

  /** Sets the operation's own count, and forgets a pace that was measured in other units. */
  #count(progress: RunView['progress']): void {
    if (progress?.unit !== this.progress?.unit) this.#pace = new Pace()
    this.progress = progress
  }

  #moved(event: Extract<Event, { event: 'transfer.started' | 'transfer.progress' | 'transfer.finished' }>): void {
    // A transfer that continues a partial file has received its first bytes before.
    const received = event.event === 'transfer.started' ? (event.from ?? 0) : event.received
    const before = this.#transfers.get(event.path)
    this.bytes += received - (before?.received ?? received)
    this.waiting = undefined
    this.#transfers.delete(event.path)
    if (event.event === 'transfer.finished') return
    const size = event.size ?? before?.size
    this.#transfers.set(event.path, { path: event.path, received, ...(size === undefined ? {} : { size }) })
  }
}
