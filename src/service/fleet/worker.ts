/** A worker of a fleet: puts accounts whose turn has come into the queue, and works through it. */

import type { AccountKeys } from '../../config/fleet-account.ts'
import { AppError, ConfigurationError } from '../../errors.ts'
import { type Clock, HOUR } from '../../flow/clock.ts'
import type { WorkerNumbers } from '../../progress/metrics.ts'
import type { OwnProcess, Program } from '../own-process.ts'
import type { BegunAccount, FleetWorker, Following, Job } from './account.ts'
import { Broker } from './broker.ts'
import { consequenceOf } from './consequence.ts'
import type { FleetDatabase } from './database.ts'
import { wordsOf } from './database-errors.ts'
import { type JobEnd, runJob } from './run-job.ts'
import { turnAfter } from './turns.ts'

/** News of a worker, for its log. */
export type WorkerNews =
  | { readonly kind: 'begins'; readonly account: string; readonly attempt: number }
  | {
      readonly kind: 'ended'
      readonly account: string
      readonly durationMs: number
      /** Undefined where the database is away or refuses the worker, which stops. */
      readonly following: Following | undefined
      readonly end: JobEnd
    }
  /** The database is away: said when it begins, and when it ends. */
  | { readonly kind: 'away'; readonly message: string }
  | { readonly kind: 'back' }
  /** The database answers, and does not allow the calls that backups wait for. */
  | { readonly kind: 'refused'; readonly message: string }

/** The surroundings of a worker. */
export interface WorkerOptions {
  readonly self: FleetWorker
  readonly database: FleetDatabase
  readonly clock: Clock
  /** Once aborted, nothing new begins, and what runs finishes what is in flight. */
  readonly signal: AbortSignal
  readonly program: Program
  /** The most calls a second of each API key, of all workers; undefined for no bound. */
  readonly perSecond: number | undefined
  keysOf(secret: string): Promise<AccountKeys>
  report(news: WorkerNews): void
}

/** Milliseconds between two looks at the queue, and between two signs of life. */
const [LOOK, BEAT] = [1000, 4000]
/** The times that a worker which is stopped asks a database that is away. */
const MOST_FAREWELLS = 3
/** The most accounts that are put into the queue at once. */
const MOST_DUE = 500
/**
 * The longest that a backup goes on. Then it stops and begins again at once, as far as it came: a queue of pg-boss gives a job that lasts a day to
 * another worker.
 */
const LONGEST = 23 * HOUR

interface Held {
  readonly job: Job
  running?: OwnProcess
  /** The API key of its calls, once it has asked for some. */
  apiKey?: string
}

/** Works through the queue until it is stopped. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #broker: Broker
  readonly #held = new Map<string, Held>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #ended = new Map<string, number>()
  #bytes = 0
  #apiCalls = 0
  #heardAt: number
  #isAway = false
  #beatAt = 0
  /** The milliseconds by which the clock of the database is ahead of this machine's: turns are moments of the database. */
  #aheadMs = 0
  /** Aborted when the worker is stopped, or meets an error that it cannot go on with. */
  readonly #signal: AbortSignal
  readonly #broken = new AbortController()
  /** Aborted when the worker is stopped, and no backup runs any more: until then backups need calls to finish what is in flight. */
  readonly #over = new AbortController()

  constructor(options: WorkerOptions) {
    this.#options = options
    const { clock, database, perSecond = 1, signal } = options
    this.#heardAt = clock.now()
    this.#signal = AbortSignal.any([signal, this.#broken.signal])
    this.#broker = new Broker({
      clock,
      signal: this.#over.signal,
      perSecond,
      lease: (key, calls) => database.lease(key, calls, perSecond),
      refused: (error) => {
        if (!this.#isAway) options.report({ kind: 'refused', message: wordsOf(error) })
      },
    })
  }

  get numbers(): WorkerNumbers {
    return {
      running: this.#held.size,
      most: this.#options.self.jobs,
      ended: this.#ended,
      bytes: this.#bytes,
      apiCalls: this.#apiCalls,
      callsGiven: this.#broker.given,
      callsWaitedMs: this.#broker.waitedMs,
      heardAt: this.#heardAt,
    }
  }

  /**
   * Works until the signal. Backups that run then finish what is in flight, and their accounts go back into the queue. Throws the error that ended it
   * early, such as a `ConfigurationError` of the database.
   */
  async run(): Promise<void> {
    const { clock, database, self } = this.#options
    while (!this.#signal.aborted) {
      await this.#turn().catch((error: unknown) => this.#broken.abort(error))
      await clock.sleep(LOOK, this.#signal).catch(() => undefined)
    }
    void Promise.all(this.#underWay).then(() => this.#over.abort())
    await this.#bidFarewell()
    // A database that is away would be waited for in vain: the worker is silent from now on, which says the same.
    if (!this.#isAway) await this.#heard(() => database.leave(self.id)).catch(() => undefined)
    if (this.#broken.signal.aborted) throw this.#broken.signal.reason
  }

  /** Keeps the jobs this worker's until they have ended. Those that wait for calls of a database that is away or allows none stop at once after a while. */
  async #bidFarewell(): Promise<void> {
    const { clock, perSecond } = this.#options
    const cut = new Set<Held>()
    for (let missed = 0; !this.#over.signal.aborted; ) {
      await clock.sleep(BEAT, this.#over.signal).catch(() => undefined)
      const isHeard = this.#over.signal.aborted || (await this.#heard(() => this.#beat()).catch(() => false))
      missed = isHeard ? 0 : missed + 1
      if (perSecond === undefined) continue
      for (const held of this.#held.values()) {
        const isRefused = held.apiKey !== undefined && this.#broker.isRefused(held.apiKey)
        if (cut.has(held) || (missed < MOST_FAREWELLS && !isRefused)) continue
        cut.add(held)
        held.running?.stop()
      }
    }
  }

  /** Stops what runs at once, for the moment in which the process ends. */
  leave(): void {
    for (const { running } of this.#held.values()) running?.child?.kill('SIGKILL')
  }

  async #turn(): Promise<void> {
    const { database, self } = this.#options
    await this.#heard(async () => {
      await this.#beat()
      await this.#fill()
      const free = self.jobs - this.#held.size
      if (free <= 0 || this.#signal.aborted) return
      for (const job of await database.fetch(free)) this.#start(job)
    })
  }

  async #beat(): Promise<void> {
    const { clock, database, self } = this.#options
    if (clock.monotonic() - this.#beatAt < BEAT && this.#beatAt > 0) return
    const held = [...this.#held.values()].map(({ job }) => job)
    this.#aheadMs = (await database.beat(self, held)) - clock.now()
    this.#beatAt = clock.monotonic()
  }

  /** Returns the time of the database, in milliseconds since 1970. */
  #now(): number {
    return this.#options.clock.now() + this.#aheadMs
  }

  /** Puts the accounts whose turn has come into the queue. */
  async #fill(): Promise<void> {
    const { database } = this.#options
    const due = await database.due(MOST_DUE)
    if (due.length === 0) return
    await database.queue(due.map(({ name, schedule, rank }) => ({ name, rank, nextAt: turnAfter({ name, schedule }, this.#now()) })))
  }

  #start(job: Job): void {
    const held: Held = { job }
    this.#held.set(job.id, held)
    const work = this.#work(held)
      .catch((error: unknown) => this.#broken.abort(error))
      .finally(() => {
        if (this.#held.get(job.id) === held) this.#held.delete(job.id)
        this.#underWay.delete(work)
      })
    this.#underWay.add(work)
  }

  async #work(held: Held): Promise<void> {
    const { database, self, clock, report } = this.#options
    const { job } = held
    const entry = await this.#insist(() => database.begin(job.account, self.id))
    if (entry !== undefined && entry !== 'lost') {
      report({ kind: 'begins', account: entry.name, attempt: job.attempt })
      const began = clock.monotonic()
      const end = await this.#run(held, entry)
      const durationMs = clock.monotonic() - began
      const { exitCode, message } = end
      const now = this.#now()
      const consequence = consequenceOf({ now, exitCode, tries: entry.tries, nextTurn: turnAfter(entry, now) })
      this.#count(end)
      let noted: Following | 'lost' = 'lost'
      try {
        noted = await this.#insist(() => database.end({ account: entry.name, worker: self.id, exitCode, message, consequence }))
      } finally {
        report({ kind: 'ended', account: entry.name, durationMs, following: noted === 'lost' ? undefined : noted, end })
      }
    }
    if (entry !== 'lost') await this.#insist(() => database.complete(job))
  }

  async #run(held: Held, entry: BegunAccount): Promise<JobEnd> {
    const { program, perSecond, keysOf, clock } = this.#options
    const late = new AbortController()
    const over = new AbortController()
    void clock.sleep(LONGEST, over.signal).then(
      () => late.abort(),
      () => undefined,
    )
    try {
      return await runJob({
        entry,
        program,
        signal: AbortSignal.any([this.#signal, late.signal]),
        keys: () => keysOf(entry.secret),
        calls:
          perSecond === undefined
            ? undefined
            : (key, calls, give) => {
                held.apiKey = key
                this.#broker.ask(key, calls, give)
              },
        began: (running) => {
          held.running = running
        },
      })
    } catch (error) {
      if (!this.#signal.aborted) throw error
      return { exitCode: 130, message: 'The worker was stopped before the backup began.', bytes: 0, apiCalls: 0 }
    } finally {
      over.abort()
    }
  }

  #count({ exitCode, bytes, apiCalls }: JobEnd): void {
    const code = String(exitCode ?? 'signal')
    this.#ended.set(code, (this.#ended.get(code) ?? 0) + 1)
    this.#bytes += bytes
    this.#apiCalls += apiCalls
  }

  /** Asks the database until it answers. Gives up, with `lost`, when the worker is stopped: another one takes the job over. */
  async #insist<T>(ask: () => Promise<T>): Promise<T | 'lost'> {
    const { clock } = this.#options
    for (let tries = 0; ; tries++) {
      const answers: T[] = []
      if (await this.#heard(async () => void answers.push(await ask()))) return answers[0] as T
      if (this.#signal.aborted && tries >= MOST_FAREWELLS) return 'lost'
      await clock.sleep(LOOK)
    }
  }

  /** Asks the database. Returns false, and says so once, if it is away. */
  async #heard(ask: () => Promise<void>): Promise<boolean> {
    const { clock, report } = this.#options
    try {
      await ask()
      this.#heardAt = clock.now()
      if (this.#isAway) report({ kind: 'back' })
      this.#isAway = false
      return true
    } catch (error) {
      if (!(error instanceof AppError) || error instanceof ConfigurationError) throw error
      if (!this.#isAway) report({ kind: 'away', message: error.message })
      this.#isAway = true
      return false
    }
  }
}
