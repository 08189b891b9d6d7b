/** Tasks of one vault: each a process of this program, one at a time. */
import { createCounters } from '../progress/counters.ts'
import { createRunView } from '../progress/run-view.ts'
import { type Words, wordsOf } from '../progress/words.ts'
import { type ExceptionGroup, Exceptions } from './exceptions.ts'
import { Feed } from './feed.ts'
import { type OwnEvent, OwnProcess, type Program } from './own-process.ts'
import type { Outlook } from './set-up/outlook.ts'

/** The kinds of tasks, with the words of the command line for each. */
export const TASK_KINDS = {
  backup: ['backup'],
  'dry-run': ['backup', '--dry-run'],
  verify: ['verify'],
  copy: ['copy'],
  prune: ['prune'],
  twin: ['twin'],
  // Without a terminal the set-up of a whole configuration asks nothing, and looks ahead.
  'look-ahead': ['setup'],
} as const
export type TaskKind = keyof typeof TASK_KINDS

/** One task, as it is or ended. */
export interface Task {
  /** Counts from 1. */
  readonly id: number
  readonly kind: TaskKind
  readonly state: 'running' | 'stopping' | 'ended'
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt?: number
  /** Absent if a signal ended it. */
  readonly exitCode?: number
  /** The last sentence of the run. */
  readonly message?: string
  readonly hint?: string
  /** The numbers that a look ahead has brought. */
  readonly outlook?: Outlook
  /** True if somebody stopped it. */
  readonly isStopped?: true
  /** The bytes that a backup needed room for, and those that were free on the disk. */
  readonly forecast?: { readonly needs: number; readonly free: number }
}

/** The present numbers of a task. */
export interface TaskView {
  readonly task: Task
  readonly words: Words
  /** The photos and videos that are not as they should be, by reason. */
  readonly exceptions: readonly ExceptionGroup[]
  /** The last lines that it wrote for people. */
  readonly log: readonly string[]
}

/** The changes that a listener hears of. */
export type TaskNews =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'warning'; readonly task: number; readonly message: string }
  | {
      /** A run that another process started. */
      readonly kind: 'elsewhere'
      readonly state: 'began' | 'ended'
      readonly operation?: string
      /** Absent for a run that was killed. */
      readonly exitCode?: number
      readonly message?: string
    }
  /** The settings were changed by a set-up. */
  | { readonly kind: 'set-up' }

/** The most tasks that are remembered, lines of a log, and pieces of news. */
const [MOST_TASKS, MOST_LINES, MOST_NEWS] = [20, 200, 500]

/** Starts, shows and stops tasks. */
export class Tasks {
  readonly feed = new Feed<TaskNews>(MOST_NEWS)
  readonly #program: Program
  readonly #now: () => number
  #running: Running | undefined
  #latest: Running | undefined
  #past: Task[] = []
  #count = 0

  constructor(program: Program, now: () => number) {
    this.#program = program
    this.#now = now
  }

  /** Starts a task, with further options of the command line. Returns undefined if one is running: a vault has one at a time. */
  start(kind: TaskKind, more: readonly string[] = []): Task | undefined {
    if (this.#running !== undefined) return undefined
    this.#count += 1
    const running = new Running({
      id: this.#count,
      kind,
      program: this.#program,
      words: [...TASK_KINDS[kind], ...more],
      now: this.#now,
      changed: (news) => this.feed.add(news),
    })
    this.#running = running
    this.#latest = running
    void running.ended.then(() => {
      this.#running = undefined
      this.#past = [running.task, ...this.#past].slice(0, MOST_TASKS)
    })
    return running.task
  }

  /** Lets a task finish what is in flight, and stop; the second time it stops at once. Returns false if it does not run. */
  cancel(id: number): boolean {
    if (this.#running?.task.id !== id) return false
    this.#running.stop()
    return true
  }

  /** Returns a task once it has ended; undefined for one that is forgotten. */
  async ended(id: number): Promise<Task | undefined> {
    if (this.#running?.task.id === id) await this.#running.ended
    return this.list().find((task) => task.id === id)
  }

  /** Lets the task that runs stop, without waiting for it: a second time it stops at once. For the moment in which the process ends. */
  leave(): void {
    this.#running?.stop()
  }

  /** Returns the tasks, newest first. */
  list(): readonly Task[] {
    return [...(this.#running === undefined ? [] : [this.#running.task]), ...this.#past]
  }

  /** Returns the numbers of the task that runs, else of the last one; undefined before the first. */
  view(): TaskView | undefined {
    return this.#latest?.view()
  }

  /** Stops the task that runs, and waits for its end. */
  async close(): Promise<void> {
    this.#running?.stop()
    await this.#running?.ended
  }
}

/** A process, and what it has said so far. */
class Running {
  /** Resolves when it has ended and its output was read. */
  readonly ended: Promise<void>
  readonly #process: OwnProcess
  readonly #view: ReturnType<typeof createRunView>
  readonly #counters: ReturnType<typeof createCounters>
  readonly #exceptions = new Exceptions()
  readonly #log: string[] = []
  readonly #changed: (news: TaskNews) => void
  readonly #timer: NodeJS.Timeout
  #task: Task
  /** The numbers at its end: nothing moves any more, and a page that has them gets them only once. */
  #last: TaskView | undefined

  constructor(start: {
    readonly id: number
    readonly kind: TaskKind
    readonly program: Program
    readonly words: readonly string[]
    now(): number
    changed(news: TaskNews): void
  }) {
    const { id, kind, program, words, now, changed } = start
    this.#changed = changed
    this.#view = createRunView(now)
    this.#counters = createCounters(this.#view, now)
    this.#task = { id, kind, state: 'running', startedAt: now() }
    this.#timer = setInterval(() => this.#counters.sample(), 1000).unref()
    const listener = { event: (event: OwnEvent) => this.#hear(event), note: (line: string) => this.#note(line) }
    this.#process = new OwnProcess(program, words, { listener })
    this.ended = this.#follow(now)
    changed({ kind: 'task', task: this.#task })
  }

  get task(): Task {
    return this.#task
  }

  view(): TaskView {
    return this.#last ?? this.#viewNow()
  }

  #viewNow(): TaskView {
    const { exitCode, message = '', state } = this.#task
    const ending = state === 'ended' ? { exitCode: (exitCode ?? 130) as 0, message } : undefined
    return {
      task: this.#task,
      // The memory of this process says nothing about the one that does the work.
      words: wordsOf(this.#counters.numbers(), undefined, ending),
      exceptions: this.#exceptions.groups(),
      log: [...this.#log],
    }
  }

  stop(): void {
    this.#process.stop()
    if (this.#task.state !== 'running') return
    this.#task = { ...this.#task, state: 'stopping', isStopped: true }
    this.#changed({ kind: 'task', task: this.#task })
  }

  async #follow(now: () => number): Promise<void> {
    const { exitCode, failure } = await this.#process.ended
    clearInterval(this.#timer)
    const message = this.#task.message ?? failure ?? 'It was stopped.'
    this.#task = { ...this.#task, state: 'ended', endedAt: now(), message, ...(exitCode !== undefined && { exitCode }) }
    this.#last = this.#viewNow()
    this.#changed({ kind: 'task', task: this.#task })
  }

  #hear(event: OwnEvent): void {
    if (event.event === 'outlook') {
      const { event: _, ...outlook } = event
      this.#task = { ...this.#task, outlook }
      return
    }
    this.#view.apply(event)
    this.#counters.apply(event)
    this.#exceptions.apply(event)
    if (event.event === 'forecast' && event.free !== undefined && event.needs !== undefined) {
      this.#task = { ...this.#task, forecast: { needs: event.needs, free: event.free } }
    }
    // Its words for people, which are noted, hold it too.
    if (event.event === 'warning') this.#changed({ kind: 'warning', task: this.#task.id, message: event.message })
    if (event.event === 'summary') {
      this.#task = { ...this.#task, message: event.message, ...(event.hint !== undefined && { hint: event.hint }) }
    }
  }

  #note(line: string): void {
    this.#log.push(line)
    if (this.#log.length > MOST_LINES) this.#log.shift()
  }
}
