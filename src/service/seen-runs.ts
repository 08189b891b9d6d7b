/** The runs and tasks of one vault, as far as a service has seen them. */
import type { RecentRun } from '../app/recent-runs.ts'
import type { Settings } from '../config/settings.ts'
import { AppError } from '../errors.ts'
import { isPart, printOf } from './facts.ts'
import type { Try } from './schedule.ts'
import { isWhole, type SeenTask, triesOf } from './tries.ts'

/** The way to the runs of a vault. */
export interface RunSource {
  /** Returns a text that differs when the vault has changed. Throws `AppError` when the destination cannot be used. */
  state(settings: Settings): string
  /** Reads the runs of the vault, newest first; none where there is no vault yet. Throws `AppError` when the destination cannot be used. */
  runs(settings: Settings): Promise<readonly RecentRun[]>
}

/** The tasks that a service remembers. */
const MOST_TASKS = 50

/** Remembers the runs and tasks of one vault. In the place of another vault it begins anew. */
export class SeenRuns {
  readonly #source: RunSource
  #list: readonly RecentRun[] = []
  #destination: string | undefined
  #state: string | undefined
  #tasks: readonly SeenTask[] = []
  /** The newest run when the service first saw the vault: it and those before it halt nothing. */
  #known: number | undefined
  /** The print of the settings when each further run was first seen. */
  readonly #prints = new Map<number, string>()

  constructor(source: RunSource) {
    this.#source = source
  }

  /** The newest run, as of the last reading; undefined if there is none. */
  get newest(): RecentRun | undefined {
    return this.#list[0]
  }

  /** Reads the runs, if the vault has changed. Throws `AppError` when the destination cannot be used. */
  async read(settings: Settings): Promise<void> {
    const { destination } = settings
    const state = `${destination} ${this.#source.state(settings)}`
    if (this.#state === state) return
    const list = await this.#source.runs(settings)
    // Another vault, or an earlier state of this one, counts its runs anew: the numbers of the tasks mean other runs there.
    if (destination !== this.#destination || (list[0]?.run ?? 0) < (this.newest?.run ?? 0)) this.#forget()
    this.#list = list
    this.#destination = destination
    this.#state = state
  }

  #forget(): void {
    this.#tasks = []
    this.#known = undefined
    this.#prints.clear()
  }

  /** Remembers a task that has ended. `before` is the newest run when it began. */
  async add(task: Try, { before, settings }: { readonly before: number; readonly settings: Settings | undefined }): Promise<void> {
    try {
      if (settings !== undefined) await this.read(settings)
    } catch (error) {
      // The disk is away at the end of the task: the runs are those of the last look.
      if (!(error instanceof AppError)) throw error
    }
    this.#tasks = [{ ...task, before, after: this.newest?.run ?? 0 }, ...this.#tasks].slice(0, MOST_TASKS)
  }

  /** Returns the runs that turns follow from, newest first. */
  tries(settings: Settings): readonly Try[] {
    this.#known ??= this.newest?.run ?? 0
    const print = printOf(settings)
    for (const { run, state } of this.#list)
      if (run > this.#known && state !== 'under way' && !this.#prints.has(run)) this.#prints.set(run, print)
    return triesOf({ runs: this.#list, tasks: this.#tasks, isPart: isPart(settings), printOf: (run) => this.#prints.get(run) })
  }

  /** Returns the end of the last backup that was one, in milliseconds since 1970; undefined if there is none. */
  lastGood(settings: Settings | undefined): number | undefined {
    const isOfAll = settings !== undefined && isPart(settings)
    const good = this.#list.find((run) => run.operation === 'backup' && isWhole(run, isOfAll) && hasBackedUp(run))
    return good && (good.finishedAt ?? good.startedAt)
  }

  /**
   * The newest backup of the service, if it failed and the vault could note nothing of it: the standing of the vault is that of before. One that was
   * interrupted says nothing.
   */
  get refused(): Try | undefined {
    const last = this.#tasks.find(({ kind, exitCode, isStopped }) => kind === 'backup' && exitCode !== 130 && isStopped !== true)
    if (last === undefined || last.exitCode === 0) return undefined
    const isLater = ({ run, operation, state }: RecentRun): boolean => operation === 'backup' && run > last.before && state !== 'under way'
    return this.#list.some(isLater) ? undefined : last
  }

  /** Did the newest verification find files of the vault's own missing or damaged? */
  get hasOwnDamage(): boolean {
    return (
      this.#list.find(({ operation, exitCode }) => operation === 'verify' && (exitCode === 0 || exitCode === 3))?.damage?.isOwn === true
    )
  }
}

/** Did a backup end well, bring something in, or find something held while it failed with the rest? One that reached nothing did not. */
const hasBackedUp = ({ exitCode, came, changed, kept = 0 }: RecentRun): boolean => exitCode === 0 || came + changed + kept > 0
