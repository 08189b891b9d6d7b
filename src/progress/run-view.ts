import type { Event, Problem } from '../events.ts'
import { noOutcomes, type Totals } from '../model.ts'
import { Ahead, type Work } from './ahead.ts'
import { Obstacles, type Outage, type Wait } from './obstacles.ts'
import { type Moving, Pace, type Sample } from './pace.ts'

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
  readonly account: string | undefined
  readonly destination: string | undefined
  readonly dryRun: boolean
  /** The current phase, in the operation's own words. */
  readonly phase: string | undefined
  /** The present waits that servers asked for, the longest first. */
  readonly waits: readonly Wait[]
  /** True if nothing has moved since the last wait began. */
  readonly isStill: boolean
  /** The servers that do not answer at present. */
  readonly outages: readonly Outage[]
  /** Files asked for whose first byte has not come. */
  readonly asked: number
  /** Files being received. */
  readonly underWay: number
  readonly albums: { readonly done: number; readonly total: number | undefined }
  readonly items: { readonly done: number; readonly total: number | undefined }
  /** Bytes received so far. */
  readonly bytes: number
  /** The wanted bytes that are here, of all that are wanted in this run; undefined if no size is known. */
  readonly work: Work | undefined
  /** Listed items whose bytes are wanted and that are not finished. */
  readonly wanted: number
  /** Failures and findings: items and albums that failed, and files that are missing or damaged. */
  readonly failed: number
  /** The operation's own count, if it has one; within a backup, that of something it does besides. */
  readonly progress: Extract<Event, { event: 'progress' }> | undefined
  /** Returns the files being received; the one that moved last comes first. */
  transfers(most: number): readonly Transfer[]
  /** Returns bytes a second over the last seconds; undefined when nothing moved. */
  speed(): number | undefined
  /** Returns milliseconds until the end, at the pace of the last minute; undefined when that cannot be estimated. */
  remaining(): number | undefined
  /** Returns the counts gathered from events. `apiCalls` is 0, because events do not report it. */
  totals(): Totals
}

/** Returns a view that gathers the events of one run. `now` is in milliseconds since 1970; `operation` is its name until an event reports it. */
export const createRunView = (now: () => number, operation = ''): RunView => new View(now, operation)

const FAILURES: ReadonlySet<Problem['kind']> = new Set(['failed', 'album', 'missing', 'damaged'])

class View implements RunView {
  operation: string
  dryRun = false
  phase: string | undefined
  account: string | undefined
  destination: string | undefined
  isStill = false
  asked = 0
  failed = 0
  bytes = 0
  progress: RunView['progress']
  readonly now: () => number
  readonly #startedAt: number
  #pace = new Pace()
  readonly #outcomes = { ...noOutcomes }
  readonly #transfers = new Map<string, UnderWay>()
  readonly #ahead = new Ahead()
  readonly #obstacles: Obstacles
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
    this.#obstacles = new Obstacles(now)
  }

  apply(event: Event): void {
    this.#ahead.apply(event)
    this.#obstacles.apply(event)
    switch (event.event) {
      case 'run.started':
        this.operation = event.operation
        this.destination = event.destination
        this.dryRun = event.dryRun
        break
      case 'account':
        this.#begin(event)
        break
      case 'asked':
        this.asked = event.files
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
        this.isStill = false
        break
      case 'waiting':
        if (event.spread !== true) this.isStill = true
        break
      case 'progress':
        this.#count(event)
        break
      case 'problem':
        if (event.problem.kind === 'vanished') this.#vanished++
        if (FAILURES.has(event.problem.kind)) this.failed++
        break
      default:
        break
    }
    // Between the end of a transfer and its item, the file is counted nowhere.
    if (event.event !== 'transfer.finished' && this.#pace.isDue(this.now())) this.#pace.note(this.#sample())
  }

  get waits(): readonly Wait[] {
    return this.#obstacles.waits
  }

  get outages(): readonly Outage[] {
    return this.#obstacles.outages
  }

  get underWay(): number {
    return this.#transfers.size
  }

  get wanted(): number {
    return this.#ahead.open
  }

  get work(): Work | undefined {
    const { bytes, unsized } = this.#ahead.left
    const total = this.#ahead.bytes + bytes
    return total === 0 || this.dryRun ? undefined : { done: Math.min(total, this.#got), total, isLeast: unsized > 0 }
  }

  get albums(): RunView['albums'] {
    return { done: this.#albumsFinished + this.#albumsSkipped, total: this.#albumsTotal }
  }

  get items(): RunView['items'] {
    return { done: this.#itemsOneByOne + this.#itemsSkipped, total: this.#itemsTotal }
  }

  transfers(most: number): readonly Transfer[] {
    const last = [...this.#transfers.values()].slice(-most).reverse()
    return last.map(({ began: _began, from: _from, ...transfer }) => transfer)
  }

  speed(): number | undefined {
    return this.#pace.speed(this.#sample())
  }

  remaining(): number | undefined {
    const current = this.#sample()
    if (this.work !== undefined) return this.#pace.timeForWanted(this.#ahead.left, this.#moving(), current)
    const { done, total } = this.#counted ?? this.items
    return total === undefined ? undefined : this.#pace.timeFor(total - done, current)
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

  /** Wanted bytes that are here, those of files under way included. */
  get #got(): number {
    let moving = 0
    for (const { received, size } of this.#transfers.values()) moving += size === undefined ? received : Math.min(received, size)
    return this.#ahead.bytes + moving
  }

  /** The operation's own count, where that is what its end depends on. */
  get #counted(): RunView['progress'] {
    return this.#albumsTotal === undefined ? this.progress : undefined
  }

  #sample(): Sample {
    return {
      at: this.now(),
      bytes: this.bytes,
      done: this.#counted?.done ?? this.#itemsOneByOne,
      items: this.#ahead.items,
      got: this.#got,
    }
  }

  /** Adds an account's counts to those of the accounts before it. */
  #begin({ nickName, albums, items, chosen }: Extract<Event, { event: 'account' }>): void {
    const of = chosen ?? { albums, ...(items !== undefined && { items }) }
    this.account = nickName
    this.#albumsTotal = this.albums.done + of.albums
    this.#itemsTotal = of.items === undefined ? undefined : this.items.done + of.items
    this.#pace = new Pace()
  }

  /** Sets the operation's own count, and forgets a pace that was measured in other units. */
  #count(progress: RunView['progress']): void {
    if (progress?.unit !== this.progress?.unit && this.#albumsTotal === undefined) this.#pace = new Pace()
    this.progress = progress
  }

  #moving(): readonly Moving[] {
    const now = this.now()
    return [...this.#transfers.values()].map(({ received, size, began, from }) => ({
      received,
      ...(size !== undefined && { size }),
      forMs: now - began,
      came: received - from,
    }))
  }

  #moved(event: Extract<Event, { event: 'transfer.started' | 'transfer.progress' | 'transfer.finished' }>): void {
    // A transfer that continues a partial file has received its first bytes before.
    const received = event.event === 'transfer.started' ? (event.from ?? 0) : event.received
    const before = this.#transfers.get(event.path)
    const known = event.event === 'transfer.started' ? undefined : before
    this.bytes += received - (before?.received ?? received)
    this.isStill = false
    this.#transfers.delete(event.path)
    if (event.event === 'transfer.finished') return
    const size = event.size ?? before?.size
    this.#transfers.set(event.path, {
      path: event.path,
      received,
      began: known?.began ?? this.now(),
      from: known?.from ?? received,
      ...(size === undefined ? {} : { size }),
    })
  }
}

/** A transfer, with its beginning: the time, and the bytes that had come before. */
interface UnderWay extends Transfer {
  readonly began: number
  readonly from: number
}
