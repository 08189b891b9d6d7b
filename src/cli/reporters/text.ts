import type { Event, Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import type { OutcomeKind } from '../../model.ts'
import { formatBytes, formatDuration } from '../../progress/format.ts'
import { measureText, timeLeftText } from '../../progress/measure.ts'
import { stepText, waitText } from '../../progress/phase.ts'
import { printable } from '../../progress/printable.ts'
import type { RunView } from '../../progress/run-view.ts'
import { inPlural, isOld, problemText, shownKind } from './exceptions.ts'
import { foreseenText } from './foreseen.ts'
import { accountLines, OutageLines, Repeated, WaitLines } from './meanwhile.ts'

/**
 * The detail of the lines during a run: `quiet` prints warnings only, `brief` failures too (a display shows the rest), `normal` also each
 * finished album, `verbose` everything.
 */
export type Detail = 'quiet' | 'brief' | 'normal' | 'verbose'

const DETAILS: readonly Detail[] = ['quiet', 'brief', 'normal', 'verbose']

/** The facts that the lines need besides the event. */
export interface TextOptions {
  readonly detail: Detail
  readonly view: RunView
  readonly now: () => number
}

const PROGRESS_EVERY = 30_000

const STARTED: Readonly<Record<string, string>> = {
  list: 'Listing the account; the vault is',
  verify: 'Verifying',
  export: 'Exporting from',
  proof: 'Comparing with',
  rebuild: 'Rebuilding the catalogue of',
  twin: 'Making the twin of',
  restore: 'Restoring to SmugMug from',
  handover: 'Preparing the handover of',
  leave: 'Taking the last look before the account is closed; the vault is',
}

const PROBLEMS: Readonly<Record<Problem['kind'], string>> = {
  failed: 'Failed',
  impossible: 'Impossible',
  pending: 'Pending',
  vanished: 'Vanished',
  replaced: 'Replaced',
  'would-vanish': 'Would vanish',
  'would-be-replaced': 'Would be replaced',
  missing: 'Missing',
  damaged: 'Damaged',
  foreign: 'Foreign',
  album: 'Album failed',
  notice: 'Note',
}

/** The problems that are on our side, and those that a person must decide about: shown with --quiet too. */
export const WRONG: ReadonlySet<Problem['kind']> = new Set(['failed', 'album', 'missing', 'damaged', 'would-vanish', 'would-be-replaced'])

/** The problems that come all at once, just before the end of the run names them. */
const SAID_AT_THE_END: ReadonlySet<Problem['kind']> = new Set(['would-vanish', 'would-be-replaced'])

/** The words of a dry run for each outcome. */
const WOULD: Readonly<Record<OutcomeKind, string>> = {
  stored: 'fetch',
  adopted: 'adopt',
  copied: 'copy',
  moved: 'move',
  kept: 'keep',
  replaced: 'replace',
  failed: 'fail on',
  impossible: 'go without',
  pending: 'wait for',
}

/** The reason of each outcome, for events without one. */
const WHY: { readonly [Kind in OutcomeKind]?: string } = {
  stored: 'new',
  adopted: 'the right file is there already',
  copied: 'the bytes are in the vault already',
  moved: 'moved in the account',
  replaced: 'changed in the account',
}

/** The states of a file that is as it should be. */
const GOOD_STATES: ReadonlySet<string> = new Set(['ok', 'good', 'intact', 'held', 'proven', 'kept', 'adopted', 'recorded', 'of a twin'])

/** Returns the progress of a run on one line. */
export const progressText = (view: RunView): string => {
  const of = (done: number, total: number | undefined): string =>
    total === undefined || total < done ? formatNumber(done) : `${formatNumber(done)} of ${formatNumber(total)}`
  const { albums, items } = view
  const progress = view.measure === undefined ? undefined : measureText(view.measure)
  const [speed, remaining] = [view.speed(), view.remaining()]
  const isListed = albums.total !== undefined
  return [
    ...(isListed || progress === undefined ? [`${of(albums.done, albums.total)} albums`, `${of(items.done, items.total)} items`] : []),
    ...(progress === undefined ? [] : [progress]),
    ...(view.bytes > 0 && progress === undefined ? [formatBytes(view.bytes)] : []),
    ...(speed === undefined ? [] : [`${formatBytes(Math.round(speed))}/s`]),
    ...(remaining === undefined ? [] : [`about ${timeLeftText(remaining)}`]),
    ...(view.failed === 0 ? [] : [`${formatNumber(view.failed)} failed so far`]),
  ].join(', ')
}

/** The items of one album in a dry run, by outcome and reason. */
type Planned = Map<string, { readonly outcome: OutcomeKind; readonly reason: string | undefined; count: number }>

const plannedText = (album: string, planned: Planned): string | undefined => {
  const parts = [...planned.values()].filter(({ outcome }) => outcome !== 'kept')
  if (parts.length === 0) return undefined
  const kept = [...planned.values()].reduce((sum, { outcome, count }) => sum + (outcome === 'kept' ? count : 0), 0)
  const would = parts.map(
    ({ outcome, reason, count }) =>
      `${WOULD[outcome]} ${formatNumber(count)}${reason === undefined ? '' : ` (${count === 1 ? reason : inPlural(reason)})`}`,
  )
  return `${album}: would ${would.join(', ')}${kept === 0 ? '' : `; ${formatNumber(kept)} unchanged`}`
}

/** Returns a function that turns an event into lines, in plain words and without control codes. */
export const createTextLines = (options: TextOptions): ((event: Event) => readonly string[]) => {
  const lines = new TextLines(options)
  return (event) => lines.of(event).map(printable)
}

class TextLines {
  readonly #view: RunView
  readonly #now: () => number
  readonly #level: number
  readonly #planned = new Map<string, Planned>()
  /** The numbers of items that each album under way got, by its key. */
  readonly #came = new Map<string, Readonly<Record<'new' | 'replaced' | 'adopted', number>>>()
  readonly #repeated = new Repeated()
  readonly #waits = new WaitLines()
  readonly #outages: OutageLines
  #progressAt: number

  constructor({ detail, view, now }: TextOptions) {
    this.#view = view
    this.#now = now
    this.#level = DETAILS.indexOf(detail)
    this.#progressAt = now()
    this.#outages = new OutageLines(view, now)
  }

  of(event: Event): string[] {
    const lines = this.#lines(event)
    if (this.#level < 2) return lines
    if (lines.length > 0) this.#progressAt = this.#now()
    if (this.#now() - this.#progressAt < PROGRESS_EVERY) return lines
    if (this.#view.measure === undefined && this.#view.albums.total === undefined) return lines
    this.#progressAt = this.#now()
    return [progressText(this.#view)]
  }

  #lines(event: Event): string[] {
    switch (event.event) {
      case 'warning':
        return [`Warning: ${event.message}`]
      case 'problem':
        return this.#problem(event.problem)
      case 'item':
        return this.#item(event)
      case 'album.finished':
        return this.#albumFinished(event)
      case 'run.started': {
        const words = STARTED[event.operation]
        return this.#from('brief', ...(words === undefined ? [] : [`${words} ${event.destination}`]))
      }
      case 'account':
        return this.#from('brief', ...accountLines(this.#view, event))
      case 'change':
        return this.#from('verbose', foreseenText(event))
      case 'phase':
        return event.detail === undefined ? this.#from('verbose', event.name) : this.#from('normal', `${event.name}: ${event.detail}`)
      case 'waiting':
        return this.#waits.isDue(event, this.#now()) ? this.#from('normal', waitText(event, this.#now())) : []
      case 'file':
        return this.#from(
          // The end of a proof names each file that is not held.
          GOOD_STATES.has(event.state) || event.state === 'not held' ? 'verbose' : 'normal',
          `${event.state}: ${event.path}${event.detail === undefined ? '' : ` (${event.detail})`}`,
        )
      case 'step':
        return this.#from('brief', stepText(event))
      case 'retry': {
        const again = `Trying again in ${formatDuration(event.waitMs)} (${event.attempt}): ${event.what}: ${event.reason}`
        return [...this.#from('verbose', again), ...this.#from('normal', ...this.#outages.tried())]
      }
      case 'album.skipped':
        return this.#from('verbose', `${event.album}: unchanged, ${formatCount(event.items, 'item')}`)
      case 'debug':
        return this.#from('verbose', event.message)
      case 'request': {
        const answer = `GET ${event.what} from ${event.host}: ${event.status ?? 'no answer'} after ${formatNumber(event.durationMs)} ms`
        return [...this.#from('verbose', answer), ...this.#from('normal', ...this.#outages.answered())]
      }
      case 'limit':
        if (event.before === undefined) return []
        return this.#from(
          'verbose',
          `${event.host}: at most ${event.atOnce} requests at once from now on, not ${event.before}: ${event.reason}`,
        )
      case 'asked':
      case 'forecast':
      case 'album.started':
      case 'album.listed':
      case 'transfer.started':
      case 'transfer.progress':
      case 'transfer.finished':
      case 'progress':
      case 'summary':
        return []
      default:
        return event satisfies never
    }
  }

  #from(detail: Detail, ...lines: readonly string[]): string[] {
    return this.#level >= DETAILS.indexOf(detail) ? [...lines] : []
  }

  /**
   * Returns the line of a problem; of many with one reason only the first has a line, and the rest are counted. Above a display only
   * failures are printed: the others may be thousands, and the summary has them. `verbose` prints all.
   */
  #problem(problem: Problem): string[] {
    const title = PROBLEMS[shownKind(problem)]
    // The end of a dry run names each.
    if (this.#view.dryRun && problem.kind === 'vanished') return []
    if (this.#level === 3) return [`${title}: ${problemText(problem, true)}`]
    const isShown = this.#level === 2 || (this.#level === 1 && WRONG.has(problem.kind))
    if (!isShown || SAID_AT_THE_END.has(problem.kind) || isOld(problem) || this.#repeated.has(problem)) return []
    return [`${title}: ${problemText(problem)}`]
  }

  #item(event: Extract<Event, { event: 'item' }>): string[] {
    if (this.#view.dryRun) this.#plan(event)
    else this.#noteCame(event)
    const path = event.path ?? `${event.album}/${event.imageKey}`
    const notes = [
      ...(event.from === undefined ? [] : [`from ${event.from}`]),
      ...(event.size === undefined ? [] : [formatBytes(event.size)]),
      ...(event.grade === undefined || event.grade === 'original' ? [] : [event.grade]),
      ...(event.reason === undefined ? [] : [event.reason]),
    ]
    const what = this.#view.dryRun ? `would ${WOULD[event.outcome]}` : event.outcome
    return this.#from('verbose', `${what} ${path}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`)
  }

  #noteCame({ albumKey, outcome }: Extract<Event, { event: 'item' }>): void {
    const how = outcome === 'stored' ? 'new' : outcome === 'replaced' || outcome === 'adopted' ? outcome : undefined
    if (how === undefined) return
    const came = this.#came.get(albumKey) ?? { new: 0, replaced: 0, adopted: 0 }
    this.#came.set(albumKey, { ...came, [how]: came[how] + 1 })
  }

  #plan({ albumKey, outcome, reason = WHY[outcome] }: Extract<Event, { event: 'item' }>): void {
    const planned: Planned = this.#planned.get(albumKey) ?? new Map()
    const key = `${outcome} ${reason ?? ''}`
    const known = planned.get(key)
    if (known === undefined) planned.set(key, { outcome, reason, count: 1 })
    else known.count++
    this.#planned.set(albumKey, planned)
  }

  #albumFinished(event: Extract<Event, { event: 'album.finished' }>): string[] {
    if (this.#view.dryRun) {
      const line = plannedText(event.album, this.#planned.get(event.albumKey) ?? new Map())
      this.#planned.delete(event.albumKey)
      return this.#level === 0 || line === undefined ? [] : [line]
    }
    const came = Object.entries(this.#came.get(event.albumKey) ?? {}).flatMap(([how, count]) =>
      count === 0 ? [] : [`, ${formatNumber(count)} ${how}`],
    )
    this.#came.delete(event.albumKey)
    const counted = event.counted ?? event.listed
    return this.#from('normal', `${event.album}: ${formatNumber(event.held)} of ${formatCount(counted, 'item')} held${came.join('')}`)
  }
}
