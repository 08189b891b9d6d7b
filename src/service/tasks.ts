/** Tasks of one vault: each a process of this program, one at a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Event } from '../events.ts'
import { createCounters } from '../progress/counters.ts'
import { createRunView } from '../progress/run-view.ts'
import { type Words, wordsOf } from '../progress/words.ts'
import { type ExceptionGroup, Exceptions } from './exceptions.ts'
import { Feed } from './feed.ts'

/** The kinds of tasks, with the words of the command line for each. */
export const TASK_KINDS = {
  backup: ['backup'],
  'dry-run': ['backup', '--dry-run'],
  verify: ['verify'],
  twin: ['twin'],
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

/** The way to start this program. */
export interface Program {
  readonly command: string
  /** The arguments before those of the program itself. */
  readonly before: readonly string[]
  /** The options of every task: configuration, account, destination. */
  readonly options: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The changes that a listener hears of. */
export type TaskNews =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'warning'; readonly task: number; readonly message: string }

/** The most tasks that are remembered, lines of a log, and pieces of news. */
const [MOST_TASKS, MOST_LINES, MOST_NEWS] = [20, 200, 500]

/** The longest line of a task, in characters: a longer one is cut. */
const LONGEST_LINE = 2000

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

  /** Starts a task. Returns undefined if one is running: a vault has one at a time. */
  start(kind: TaskKind): Task | undefined {
    if (this.#running !== undefined) return undefined
    const { command, before, options, env } = this.#program
    const child = spawn(command, [...before, ...TASK_KINDS[kind], '--json', ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#count += 1
    const running = new Running({ id: this.#count, kind, child, now: this.#now, changed: (news) => this.feed.add(news) })
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
  readonly #child: ChildProcess
  readonly #view: ReturnType<typeof createRunView>
  readonly #counters: ReturnType<typeof createCounters>
  readonly #exceptions = new Exceptions()
  readonly #log: string[] = []
  readonly #changed: (news: TaskNews) => void
  readonly #timer: NodeJS.Timeout
  #task: Task

  constructor(start: {
    readonly id: number
    readonly kind: TaskKind
    readonly child: ChildProcess
    now(): number
    changed(news: TaskNews): void
  }) {
    const { id, kind, child, now, changed } = start
    this.#child = child
    this.#changed = changed
    this.#view = createRunView(now)
    this.#counters = createCounters(this.#view, now)
    this.#task = { id, kind, state: 'running', startedAt: now() }
    this.#timer = setInterval(() => this.#counters.sample(), 1000).unref()
    this.ended = this.#follow(now)
    changed({ kind: 'task', task: this.#task })
  }

  get task(): Task {
    return this.#task
  }

  view(): TaskView {
    const { exitCode, message = '' } = this.#task
    const { rss, heapUsed, external } = process.memoryUsage()
    const vitals = { rss, heapUsed, external, delay: { mean: 0, p99: 0, max: 0 } }
    const ending = this.#task.state === 'ended' ? { exitCode: (exitCode ?? 130) as 0, message } : undefined
    return {
      task: this.#task,
      words: wordsOf(this.#counters.numbers(), vitals, ending),
      exceptions: this.#exceptions.groups(),
      log: [...this.#log],
    }
  }

  stop(): void {
    this.#child.kill('SIGTERM')
    if (this.#task.state !== 'running') return
    this.#task = { ...this.#task, state: 'stopping' }
    this.#changed({ kind: 'task', task: this.#task })
  }

  async #follow(now: () => number): Promise<void> {
    const { stdout, stderr } = this.#child
    const failed = Promise.withResolvers<Error>()
    this.#child.once('error', failed.resolve)
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#hear(line))
    if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => this.#note(line))
    const end = await Promise.race([once(this.#child, 'close'), failed.promise])
    clearInterval(this.#timer)
    const exitCode = Array.isArray(end) && typeof end[0] === 'number' ? end[0] : undefined
    const message = this.#task.message ?? (end instanceof Error ? `The program could not be started: ${end.message}.` : 'It was stopped.')
    this.#task = { ...this.#task, state: 'ended', endedAt: now(), message, ...(exitCode !== undefined && { exitCode }) }
    this.#changed({ kind: 'task', task: this.#task })
  }

  /** Reads a line of `--json`. Lines of another form are kept for people. */
  #hear(line: string): void {
    const event = eventOf(line)
    if (event === undefined) {
      this.#note(line)
      return
    }
    this.#view.apply(event)
    this.#counters.apply(event)
    this.#exceptions.apply(event)
    if (event.event === 'warning') {
      this.#note(event.message)
      this.#changed({ kind: 'warning', task: this.#task.id, message: event.message })
    }
    if (event.event === 'summary') {
      this.#task = { ...this.#task, message: event.message, ...(event.hint !== undefined && { hint: event.hint }) }
    }
  }

  #note(line: string): void {
    if (line.trim() === '') return
    this.#log.push(line.slice(0, LONGEST_LINE))
    if (this.#log.length > MOST_LINES) this.#log.shift()
  }
}

/** Reads an event. Its form is ours: the process is this program. */
function eventOf(line: string): Event | undefined {
  try {
    const found: unknown = JSON.parse(line)
    return typeof found === 'object' && found !== null && 'event' in found ? (found as Event) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
