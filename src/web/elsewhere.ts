/** The run of another process that holds the vault: known by the vault's lock, and by the catalogue that it writes. */
import { formatBytes, formatCount, formatNumber } from '../events.ts'
import type { PastRun } from '../operations/outcome.ts'
import { formatDuration } from '../progress/format.ts'
import { nounOf, runOf } from '../progress/phase.ts'
import type { Standing } from '../service/standing.ts'
import type { TaskNews } from '../service/tasks.ts'
import type { Elsewhere } from './contract.ts'

/** The holder of a vault, as its lock names it. */
interface Holder {
  readonly operation?: string
  readonly since?: string
}

/** The counts of a vault at a moment, in milliseconds since 1970. */
interface Look {
  readonly at: number
  readonly items: number
  readonly bytes: number
  readonly expected?: number | undefined
}

/** The surroundings of the watch. */
export interface ElsewhereOptions {
  /** Returns the process that holds the vault and is none of ours; undefined if there is none. */
  holder(): Holder | undefined
  /** Returns a text that differs when the vault has changed; undefined where a task of ours may have changed it. */
  state(): string | undefined
  /** Counts the vault; the answer may be some seconds old. */
  count(): Promise<Standing>
  /** Counts the vault now. */
  countAnew(): Promise<Standing>
  /** Is called when a run begins or ends. */
  news(news: TaskNews): void
  now(): number
}

/** Milliseconds between two counts: with a million items one takes seconds. */
const EVERY_MS = 4000

/** The counts that the speed is taken from. */
const LOOKS = 5

/** Follows the runs that other processes start, whenever it is asked. */
export class ElsewhereWatch {
  readonly #options: ElsewhereOptions
  #seen: Holder | undefined
  #looks: readonly Look[] = []
  #countedAt = Number.NEGATIVE_INFINITY
  #counting: Promise<void> | undefined
  #ending: Promise<void> | undefined
  /** The state of the vault when nobody held it, at the last look, and its time. */
  #rest: { readonly state: string; readonly at: number } | undefined

  constructor(options: ElsewhereOptions) {
    this.#options = options
  }

  /** Returns the run that is under way elsewhere, as far as it is known; undefined if there is none. */
  look(): Elsewhere | undefined {
    const holder = this.#options.holder()
    if (holder?.since !== this.#seen?.since || (holder === undefined) !== (this.#seen === undefined)) this.#changed(holder)
    if (holder === undefined) {
      this.#lookBack()
      return undefined
    }
    this.#rest = undefined
    // The clock may have been set back since.
    if (Math.abs(this.#options.now() - this.#countedAt) >= EVERY_MS && this.#counting === undefined) {
      this.#counting = this.#count().finally(() => {
        this.#counting = undefined
      })
    }
    const { operation, since } = holder
    const { words, done } = wordsOf(holder, this.#looks, this.#options.now())
    return {
      ...(operation !== undefined && { operation }),
      ...(since !== undefined && { since }),
      texts: words,
      ...(done !== undefined && { done }),
    }
  }

  /** Waits for the counts that are under way. */
  async close(): Promise<void> {
    await Promise.all([this.#counting, this.#ending])
  }

  #changed(holder: Holder | undefined): void {
    const before = this.#seen
    this.#seen = holder
    this.#looks = []
    this.#countedAt = Number.NEGATIVE_INFINITY
    if (holder !== undefined)
      this.#options.news({
        kind: 'elsewhere',
        state: 'began',
        ...(holder.operation !== undefined && { operation: nounOf(holder.operation) }),
      })
    else if (before !== undefined) this.#ending = this.#tellEnd(before)
  }

  /** Notices a run that began and ended between two looks. */
  #lookBack(): void {
    const before = this.#rest
    const state = this.#options.state()
    this.#rest = state === undefined ? undefined : { state, at: this.#options.now() }
    if (before === undefined || state === undefined || state === before.state) return
    this.#ending = Promise.all([this.#ending, this.#tellShort(before.at)]).then(() => undefined)
  }

  /** Gives the end of the newest run, if it began after this time. */
  async #tellShort(since: number): Promise<void> {
    const standing = await this.#options.countAnew()
    const run = standing.kind === 'known' ? standing.health.runs[0] : undefined
    if (run === undefined || run.startedAt < since || run.state === 'under way') return
    this.#tell(run.operation, run)
  }

  async #count(): Promise<void> {
    const standing = await this.#options.count()
    const at = this.#options.now()
    this.#countedAt = at
    if (standing.kind !== 'known' || this.#seen === undefined) return
    const { held, expected } = standing.health.status
    this.#looks = [...this.#looks, { at, items: held.items, bytes: held.bytes, expected }].slice(-LOOKS)
  }

  /** Gives the end of a run, as the catalogue has it. A run that was killed has none. */
  async #tellEnd({ operation, since }: Holder): Promise<void> {
    const standing = await this.#options.countAnew()
    const begun = Date.parse(since ?? '') - 60_000
    const run =
      standing.kind === 'known' ? standing.health.runs.find((each) => each.operation === operation && !(each.startedAt < begun)) : undefined
    this.#tell(operation, run)
  }

  #tell(operation: string | undefined, run: PastRun | undefined): void {
    this.#options.news({
      kind: 'elsewhere',
      state: 'ended',
      ...(operation !== undefined && { operation: nounOf(operation) }),
      ...(run?.exitCode !== undefined && { exitCode: run.exitCode }),
      ...(run?.message !== undefined && { message: run.message }),
    })
  }
}

/** Returns the words about a run, for the elements of the page that show those of a task. */
function wordsOf(
  { operation, since }: Holder,
  looks: readonly Look[],
  now: number,
): { readonly words: Elsewhere['texts']; readonly done?: number } {
  const began = Date.parse(since ?? '')
  const first = looks[0]
  const last = looks.at(-1)
  const detail = [
    Number.isNaN(began) ? 'It was started elsewhere.' : `It was started elsewhere, ${formatDuration(Math.max(0, now - began))} ago.`,
    'Stop it where it was started: here it can only be watched.',
  ].join(' ')
  const status = `${runOf(operation)} is under way`
  if (first === undefined || last === undefined)
    return { words: { status, detail, progress: '', items: '…', 'items-of': 'photos and videos', bytes: '…', speed: '–', left: '–' } }
  const { expected } = last
  const seconds = (last.at - first.at) / 1000
  const perSecond = seconds === 0 ? 0 : (last.bytes - first.bytes) / seconds
  const isOut = expected !== undefined && expected > 0
  return {
    words: {
      status,
      detail,
      progress: `${formatCount(last.items, 'item')} ${isOut ? `of ${formatNumber(expected)} ` : ''}in the vault, as its catalogue has it.`,
      items: formatNumber(last.items),
      'items-of': isOut ? `of ${formatCount(expected, 'item')} held` : 'photos and videos held',
      bytes: formatBytes(last.bytes),
      speed: perSecond > 0 ? `${formatBytes(Math.round(perSecond))}/s` : '–',
      left: '–',
    },
    ...(isOut && { done: Math.min(1, last.items / expected) }),
  }
}
