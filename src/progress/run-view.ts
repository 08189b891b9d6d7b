import type { Event, Problem } from '../events.ts'
import { noOutcomes, type Totals } from '../model.ts'
import { Ahead } from './ahead.ts'
import type { Measure } from './measure.ts'
import { Obstacles, type Outage, type Wait } from './obstacles.ts'
import { Pace, type Sample } from './pace.ts'
import { type Transfer, Transfers } from './transfers.ts'

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
  /** The progress of the run in its one measure: for a backup the wanted bytes that are here, of all that are wanted. Undefined if nothing is known. */
  readonly measure: Measure | undefined
  /** The count of something that a backup does besides, such as looking at the files of the vault. */
  readonly aside: Measure | undefined
  /** The moment at which the operation ends by itself, wherever it is then. */
  readonly endsAt: number | undefined
  /** Listed items whose bytes are wanted and that are not finished. */
  readonly wanted: number
  /** Failures and findings: items and albums that failed, and files that are missing or damaged. */
  readonly failed: number
  /** Returns the files being received; the one that moved last comes first. */
  transfers(most: number): readonly Transfer[]
  /** Returns bytes a second over the last seconds; undefined when nothing moved. */
  speed(): number | undefined
  /** Returns milliseconds until the end, at the pace of the last minute, or until the operation ends by itself; undefined when neither is known. */
  remaining(): number | undefined
  /** Returns the counts gathered from events. */
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
  readonly now: () => number
  readonly #startedAt: number
  #pace = new Pace()
  #active = 0
  #keptAt: number
  #isHeldUp = false
  readonly #outcomes = { ...noOutcomes }
  readonly #transfers: Transfers
  #ahead = new Ahead()
  readonly #obstacles: Obstacles
  #albumsTotal: number | undefined
  #albumsFinished = 0
  #albumsSkipped = 0
  #itemsTotal: number | undefined
  #itemsSkipped = 0
  #vanished = 0
  #calls = 0
  #progress: Extract<Event, { event: 'progress' }> | undefined

  constructor(now: () => number, operation: string) {
    this.operation = operation
    this.now = now
    this.#startedAt = now()
    this.#keptAt = this.#startedAt
    this.#obstacles = new Obstacles(now)
    this.#transfers = new Transfers(now)
  }

  apply(event: Event): void {
    this.#ahead.apply(event)
    this.#obstacles.apply(event)
    switch (event.event) {
      case 'run.started':
        if (event.operation !== this.operation) this.#beginStep()
        this.operation = event.operation
        this.destination = event.destination
        this.dryRun = event.dryRun
        this.phase = undefined
        this.#count(undefined)
        break
      case 'account':
        this.#begin(event)
        break
      case 'asked':
        this.asked = event.files
        break
      case 'request':
        if (event.endpoint !== 'file') this.#calls++
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
        this.#transfers.apply(event)
        this.isStill = false
        break
      case 'item':
        this.#outcomes[event.outcome]++
        this.#transfers.settle(event.path)
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
    this.#keepTime()
    if (this.#pace.isDue(this.#active)) this.#pace.note(this.#sample())
  }

  get waits(): readonly Wait[] {
    return this.#obstacles.waits
  }

  get outages(): readonly Outage[] {
    return this.#obstacles.outages
  }

  get underWay(): number {
    return this.#transfers.count
  }

  get wanted(): number {
    return this.#ahead.open
  }

  get bytes(): number {
    return this.#transfers.bytes
  }

  get measure(): Measure | undefined {
    return this.#counted ?? this.#work
  }

  get aside(): Measure | undefined {
    return this.#counted === undefined ? this.#progress : undefined
  }

  get endsAt(): number | undefined {
    return this.#progress?.endsAt
  }

  get albums(): RunView['albums'] {
    return { done: this.#albumsFinished + this.#albumsSkipped, total: this.#albumsTotal }
  }

  get items(): RunView['items'] {
    return { done: this.#itemsOneByOne + this.#itemsSkipped, total: this.#itemsTotal }
  }

  transfers(most: number): readonly Transfer[] {
    return this.#transfers.latest(most)
  }

  speed(): number | undefined {
    return this.#pace.speed(this.#sample())
  }

  remaining(): number | undefined {
    if (this.#progress?.more === true) return undefined
    const untilEnd = this.endsAt === undefined ? Number.POSITIVE_INFINITY : this.endsAt - this.now()
    const left = Math.min(this.#estimated() ?? Number.POSITIVE_INFINITY, untilEnd)
    return left > 0 && left < Number.POSITIVE_INFINITY ? left : undefined
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
      apiCalls: this.#calls,
      durationMs: Math.max(0, this.now() - this.#startedAt),
    }
  }

  get #itemsOneByOne(): number {
    return Object.values(this.#outcomes).reduce((sum, count) => sum + count, 0)
  }

  /** Wanted bytes that are here, those of files under way included. */
  get #got(): number {
    return this.#ahead.bytes + this.#transfers.here
  }

  get #work(): Measure | undefined {
    const { bytes, unsized } = this.#ahead.left
    const total = this.#ahead.bytes + bytes
    if (total === 0 || this.dryRun) return undefined
    return { done: Math.min(total, this.#got), total, unit: 'bytes', ...(unsized > 0 && { isLeast: true }) }
  }

  /** The operation's own count, where that is what its end depends on. */
  get #counted(): Measure | undefined {
    return this.#albumsTotal === undefined ? this.#progress : undefined
  }

  #estimated(): number | undefined {
    const current = this.#sample()
    if (this.#counted === undefined && this.#work !== undefined)
      return this.#pace.timeForWanted(this.#ahead.left, this.#transfers.moving(), current)
    const { done, total } = this.#counted ?? this.items
    return total === undefined ? undefined : this.#pace.timeFor(total - done, current)
  }

  /** Counts the time since the last call, unless the run was held up then: by a wait or an outage, with no file under way. */
  #keepTime(): void {
    const now = this.now()
    if (!this.#isHeldUp) this.#active += now - this.#keptAt
    this.#keptAt = now
    this.#isHeldUp = this.underWay === 0 && this.waits.length + this.outages.length > 0
  }

  #sample(): Sample {
    this.#keepTime()
    return {
      at: this.now(),
      active: this.#active,
      bytes: this.#counted?.unit === 'bytes' ? this.#counted.done : this.bytes,
      done: this.#counted?.done ?? this.#itemsOneByOne,
      items: this.#ahead.items,
      got: this.#got,
    }
  }

  /** Forgets the work ahead and the measure: another operation begins, as a step of the same run. Its results so far stay. */
  #beginStep(): void {
    this.#ahead = new Ahead()
    this.#albumsTotal = undefined
    this.#itemsTotal = undefined
    this.#pace = new Pace()
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
  #count(progress: Extract<Event, { event: 'progress' }> | undefined): void {
    if (progress?.unit !== this.#progress?.unit && this.#albumsTotal === undefined) this.#pace = new Pace()
    this.#progress = progress
  }
}
