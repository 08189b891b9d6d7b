/** Keeps a vault current by the clock: one turn after the other, each a task of its own. */
import type { Settings } from '../config/settings.ts'
import { AppError } from '../errors.ts'
import { type Clock, DAY, MINUTE } from '../flow/clock.ts'
import { runOf } from '../progress/phase.ts'
import { haltText, noticed, printOf, timesOf, troubleOf } from './facts.ts'
import type { Notifier } from './notify/notifier.ts'
import { plan, type Try, TURNS, type Turn, type TurnKind } from './schedule.ts'
import { type RunSource, SeenRuns } from './seen-runs.ts'
import type { Standing, Trouble } from './standing.ts'
import type { Task, TaskKind, Tasks } from './tasks.ts'

/** News of a service, for its log. */
export type ServiceNews =
  | { readonly kind: 'begins'; readonly task: Task; readonly why: string }
  | { readonly kind: 'ended'; readonly task: Task }
  | { readonly kind: 'next'; readonly turn: Turn }
  /** Nothing can be done, or one operation waits: said when it begins, and each day. */
  | { readonly kind: 'waits'; readonly sentence: string }
  | { readonly kind: 'goes on' }

/** The surroundings of a service. */
export interface ServiceOptions extends RunSource {
  readonly tasks: Tasks
  readonly clock: Clock
  /** Once aborted, the task under way finishes what is in flight, and nothing new begins. */
  readonly signal: AbortSignal
  /** Names the service: others of another name have other moments. */
  readonly seed: string
  /** Reads the settings anew. Throws `AppError` when they cannot be read, or lack what a backup needs. */
  load(): Promise<Settings>
  /** Names the operation of another process that holds the vault; undefined if there is none. Throws `AppError` when the destination cannot be used. */
  holder(settings: Settings): string | undefined
  standing(): Promise<Standing>
  readonly notifier?: Notifier | undefined
  report(news: ServiceNews): void
}

/** The state of a service, for those who watch it. */
export interface ServiceView {
  readonly next?: Turn
  /** The next backup, in milliseconds since 1970. */
  readonly nextBackup?: number
  /** The exit code of what it waits for a person to change. */
  readonly waiting?: { readonly exitCode: number; readonly sentence: string }
  readonly overdueSince?: number
  /** The last backup, if it failed and the vault could note nothing of it. */
  readonly refused?: Pick<Try, 'startedAt' | 'exitCode'>
}

/** The longest rest between two looks: a computer that slept is noticed within this time. */
const MOST_REST = 10_000

/** Milliseconds until a task is tried again that found the vault in use. */
const AFTER_BUSY = MINUTE

/** Milliseconds that a person has to begin the first backup after a set-up. */
const AFTER_SET_UP = 10 * MINUTE

/** Runs one vault's operations by the clock. Make it, and call `run` once. */
export class Service {
  readonly #options: ServiceOptions
  #firstAt: number
  readonly #seen: SeenRuns
  #settings: Settings | undefined
  #view: ServiceView = {}
  #said: { readonly text: string; readonly at: number } | undefined
  /** The reason why nothing can be done at present. */
  #trouble: Trouble | undefined
  #announced = ''
  #considered: number
  #consideredSigns = ''
  /** When the next backup is due, as of the last look at the vault: `never` if it comes by hand, or waits for a person. Undefined before the first look. */
  #nextBackup: number | 'never' | undefined
  #notBefore = 0
  #wake: () => void = () => undefined

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#seen = new SeenRuns(options)
    this.#firstAt = options.clock.now()
    this.#considered = this.#firstAt
  }

  /** The state, as of the last look. */
  get view(): ServiceView {
    return this.#view
  }

  /** Runs until the signal is aborted; then ends the task that is under way. */
  async run(): Promise<void> {
    const { tasks, signal, notifier } = this.#options
    const forget = tasks.feed.listen(({ value }) => {
      if (value.kind !== 'warning') this.#wake()
    })
    try {
      while (!signal.aborted) {
        const running = tasks.list().find(({ state }) => state !== 'ended')
        if (running !== undefined) await this.#follow(running)
        else await this.#turn()
      }
    } finally {
      forget()
      await notifier?.close()
    }
  }

  /** Takes the turn that is due, or rests until the next look. */
  async #turn(): Promise<void> {
    const { clock } = this.#options
    const turn = await this.#look()
    const now = clock.now()
    const isNews = this.#signs() !== this.#consideredSigns
    if (isNews || now - this.#considered >= DAY || now < this.#considered) await this.#consider(undefined)
    if (turn === undefined) return await this.#rest(MOST_REST)
    const at = Math.max(turn.at, this.#notBefore <= now + AFTER_BUSY ? this.#notBefore : 0)
    if (at > now) return await this.#rest(Math.min(at - now, MOST_REST))
    const task = this.#options.tasks.start(turn.kind, this.#argumentsOf(turn.kind))
    if (task !== undefined) await this.#follow(task, turn.why)
  }

  /** Returns a text that differs when there is something to consider: a trouble, a backup that it keeps from beginning, a run of a person. */
  #signs(): string {
    const { newest } = this.#seen
    return JSON.stringify([this.#trouble?.message, this.#isMissed(), newest?.run, newest?.state])
  }

  /** Is a backup due that a trouble keeps from beginning? */
  #isMissed(): boolean {
    const at = this.#settings?.serviceEvery === 'never' ? 'never' : (this.#nextBackup ?? this.#firstAt)
    return this.#trouble !== undefined && at !== 'never' && this.#options.clock.now() >= at
  }

  #argumentsOf(kind: TurnKind): readonly string[] {
    // The copies have a turn of their own.
    if (kind === 'backup') return ['--no-copies']
    return kind === 'verify' && this.#settings !== undefined ? ['--days', String(this.#settings.serviceVerifyDays)] : []
  }

  /** Looks at settings and vault. Returns the next turn; undefined if there is none, or none can be taken now. */
  async #look(): Promise<Turn | undefined> {
    const { load, clock } = this.#options
    try {
      const settings = await load()
      const now = clock.now()
      // Somebody is at the page that has just set it up: the first backup is theirs to begin.
      if (this.#settings === undefined && this.#said !== undefined) this.#firstAt = Math.max(this.#firstAt, now + AFTER_SET_UP)
      // The clock was ahead when the service started.
      if (this.#firstAt > now + AFTER_SET_UP) this.#firstAt = now
      this.#settings = settings
      await this.#seen.read(settings)
      const turn = this.#decide(settings, now)
      this.#trouble = undefined
      return turn
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#trouble = troubleOf(error)
      const { exitCode, message, hint } = this.#trouble
      const sentence = [message, hint].filter((text) => text !== undefined).join(' ')
      this.#say(sentence)
      this.#view = { waiting: { exitCode, sentence } }
      return undefined
    }
  }

  #decide(settings: Settings, now: number): Turn | undefined {
    const { seed, holder } = this.#options
    const print = printOf(settings)
    const tries = this.#seen.tries(settings)
    const { next, backup, halted, overdueSince } = plan({ now, firstAt: this.#firstAt, times: timesOf(settings), print, tries, seed })
    this.#nextBackup = backup?.at ?? 'never'
    const isDue = next !== undefined && next.at <= now
    // Only when it matters: asking opens a file on the vault's disk, which may want to rest.
    const busy = isDue || overdueSince !== undefined ? holder(settings) : undefined
    const [halt] = halted
    this.#view = {
      ...(next !== undefined && { next }),
      ...(backup !== undefined && { nextBackup: backup.at }),
      ...(halt !== undefined && { waiting: { exitCode: halt.exitCode, sentence: haltText(halt) } }),
      ...(overdueSince !== undefined && busy === undefined && { overdueSince }),
      ...(this.#seen.refused !== undefined && { refused: this.#seen.refused }),
    }
    if (halt !== undefined) this.#say(haltText(halt))
    else if (busy !== undefined && isDue)
      this.#say(`${runOf(busy)} that was started elsewhere is under way: the service waits for its end.`)
    else this.#goOn()
    if (busy !== undefined && isDue) return undefined
    if (next !== undefined && next.at > now) this.#announce(next)
    return next
  }

  /** Follows a task to its end: one of a turn, or one that a person began on the page. Once the signal is aborted, the task finishes what is in flight. */
  async #follow(task: Task, why = 'a person asked for it'): Promise<void> {
    const { tasks, signal, clock, notifier, report } = this.#options
    const isNoted = task.kind !== 'dry-run' && task.kind !== 'look-ahead'
    const before = this.#seen.newest?.run ?? 0
    const { next: _next, overdueSince: _overdue, ...resting } = this.#view
    this.#view = resting
    report({ kind: 'begins', task, why })
    if (isNoted) notifier?.began({ kind: task.kind })
    const stop = (): void => void tasks.cancel(task.id)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const ended = (await tasks.ended(task.id)) ?? task
    signal.removeEventListener('abort', stop)
    report({ kind: 'ended', task: ended })
    const { kind, startedAt, endedAt, exitCode, isStopped, message } = ended
    if (exitCode === 6) this.#notBefore = clock.now() + AFTER_BUSY
    else if (isTurn(kind)) {
      const print = this.#settings && printOf(this.#settings)
      await this.#seen.add({ kind, startedAt, endedAt, exitCode, isStopped, message, print }, { before, settings: this.#settings })
    }
    if (isNoted) await this.#consider(ended)
  }

  async #consider(task: Task | undefined): Promise<void> {
    const { notifier, clock, standing } = this.#options
    this.#considered = clock.now()
    this.#consideredSigns = this.#signs()
    if (notifier === undefined) return
    const lastGood = this.#seen.lastGood(this.#settings)
    const found = this.#trouble ?? (await standing())
    // It goes out by itself: a way that hangs holds up no turn.
    void notifier.consider({
      now: clock.now(),
      standing: found,
      ...(this.#isMissed() && { isMissed: true }),
      ...(task !== undefined && { task: noticed(task) }),
      ...(this.#seen.hasOwnDamage && { hasOwnDamage: true }),
      ...(lastGood !== undefined && { lastGood }),
    })
  }

  /** Says what the service waits for: when it begins, and each day. */
  #say(text: string): void {
    const now = this.#options.clock.now()
    if (this.#said?.text === text && now - this.#said.at < DAY && now >= this.#said.at) return
    this.#said = { text, at: now }
    this.#announced = ''
    this.#options.report({ kind: 'waits', sentence: text })
  }

  #goOn(): void {
    if (this.#said !== undefined) this.#options.report({ kind: 'goes on' })
    this.#said = undefined
  }

  #announce(turn: Turn): void {
    const text = `${turn.kind} ${turn.at}`
    if (text === this.#announced) return
    this.#announced = text
    this.#options.report({ kind: 'next', turn })
  }

  /** Waits: for some time, for news of a task or a set-up, or for the end. */
  async #rest(ms: number): Promise<void> {
    const { clock, signal } = this.#options
    const over = new AbortController()
    this.#wake = () => over.abort()
    try {
      await clock.sleep(ms, AbortSignal.any([signal, over.signal]))
    } catch (error) {
      if (!over.signal.aborted && !signal.aborted) throw error
    } finally {
      this.#wake = () => undefined
    }
  }
}

const isTurn = (kind: TaskKind): kind is TurnKind => (TURNS as readonly string[]).includes(kind)
