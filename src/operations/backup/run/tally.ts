import type { Emit, Problem } from '../../../events.ts'
import { type Grade, type ItemChange, noOutcomes, type OutcomeKind, type Totals } from '../../../model.ts'

/** The outcome of one item in one run. */
export interface ItemOutcome {
  readonly kind: OutcomeKind
  readonly album: string
  readonly albumKey: string
  readonly imageKey: string
  /** Its name in the vault. */
  readonly name: string
  readonly path?: string
  /** The former path of the bytes, if they were in the vault already. */
  readonly from?: string
  readonly grade?: Grade
  readonly size?: number
  readonly reason?: string
  readonly detail?: string
  /** No run can mend it: a person must. */
  readonly needsYou?: true
  /** Present if its bytes were wanted: their size, where the listing gives it. */
  readonly wanted?: { readonly size?: number }
}

/** An album's line in the report: SmugMug's count, the items listed, and the counted ones that are held and proven. */
export interface AlbumCount {
  readonly album: string
  readonly key: string
  readonly counted?: number
  readonly listed: number
  readonly held: number
  readonly skipped: boolean
}

/** The kind of change that each outcome is; the others change nothing. */
const CHANGE_OF: { readonly [Kind in OutcomeKind]?: ItemChange['what'] } = {
  stored: 'came',
  adopted: 'came',
  copied: 'came',
  replaced: 'changed',
  moved: 'moved',
}

/** The memory around a tally. */
interface TallyParts {
  readonly isKnown?: (problem: Problem) => boolean
  readonly note?: (change: ItemChange) => void
}

/** Counts a run as it happens, and reports it as events. The exit code is computed from these counts. */
export class Tally {
  readonly problems: Problem[] = []
  readonly albums: AlbumCount[] = []
  /** Removed for good from the trash and the history. */
  readonly removed: { readonly path: string; readonly size: number }[] = []
  readonly #emit: Emit
  readonly #isKnown: (problem: Problem) => boolean
  readonly #note: (change: ItemChange) => void
  readonly #counts = { ...noOutcomes }
  vanished = 0
  /** Items that an adoption did not find: they have no outcome yet. */
  notFound = 0
  /** Bytes received from SmugMug. */
  bytes = 0
  /** Photos that `require_originals` refuses, because they are held only smaller than their original. They count as failed. */
  refused = 0
  readonly #albumsFailed = new Set<string>()
  /** Files of the vault's own, such as `tree.json`, that could not be written. */
  ownFilesFailed = 0

  /** `isKnown` says whether the last run reported a problem as well. `note` keeps each change for the report. */
  constructor(emit: Emit, { isKnown = () => false, note = () => undefined }: TallyParts = {}) {
    this.#emit = emit
    this.#isKnown = isKnown
    this.#note = note
  }

  /** Counts an item's one outcome; a failed, impossible or pending one becomes a named problem. */
  item(outcome: ItemOutcome): void {
    const { kind, name: _name, needsYou, ...rest } = outcome
    this.#counts[kind] += 1
    this.#emit({ event: 'item', outcome: kind, ...rest })
    const what = CHANGE_OF[kind]
    if (what !== undefined) {
      const { album, name, imageKey, from } = outcome
      this.#note({ what, album, name, imageKey, ...(what === 'moved' && from !== undefined && { from }) })
    }
    if (kind === 'failed' || kind === 'impossible' || kind === 'pending') {
      const { album, name, imageKey, reason = 'unknown', detail } = outcome
      this.problem({ kind, album, name, imageKey, reason, ...(detail !== undefined && { detail }), ...(needsYou && { needsYou }) })
    }
  }

  /** Counts the held items of an album that was not listed. `from` is its former path, if it moved. */
  unlisted(album: string, items: number, from?: string): void {
    this.#counts[from === undefined ? 'kept' : 'moved'] += items
    if (from !== undefined) this.#note({ what: 'moved', album, from, items })
  }

  problem(found: Problem): void {
    const problem = this.#isKnown(found) ? { ...found, asBefore: true as const } : found
    if (problem.kind === 'vanished') {
      this.vanished += 1
      const { album = '', name, imageKey, reason } = problem
      this.#note({ what: 'went', album, ...(name !== undefined && { name }), ...(imageKey !== undefined && { imageKey }), note: reason })
    }
    if (problem.kind === 'album') {
      if (problem.album === undefined && problem.name !== undefined) this.ownFilesFailed += 1
      else this.#albumsFailed.add(problem.album ?? `${this.#albumsFailed.size}`)
    }
    this.problems.push(problem)
    this.#emit({ event: 'problem', problem })
  }

  album(count: AlbumCount): void {
    this.albums.push(count)
    const { album, key: albumKey, counted, listed, held, skipped } = count
    if (skipped) this.#emit({ event: 'album.skipped', album, albumKey, items: listed })
    else this.#emit({ event: 'album.finished', album, albumKey, listed, held, ...(counted !== undefined && { counted }) })
  }

  /** Did this run change anything in the vault's holdings? */
  get changed(): boolean {
    const { stored, adopted, copied, moved, replaced } = this.#counts
    return stored + adopted + copied + moved + replaced + this.vanished > 0
  }

  /** Albums that could not be listed or brought up to date, or whose listing disagrees with SmugMug's own count. */
  get albumsFailed(): number {
    return this.#albumsFailed.size
  }

  get failed(): number {
    return this.#counts.failed
  }

  totals(meter: { readonly apiCalls: number; readonly durationMs: number }): Totals {
    return {
      albums: this.albums.length,
      albumsSkipped: this.albums.filter((album) => album.skipped).length,
      items: Object.values(this.#counts).reduce((sum, n) => sum + n, 0),
      ...this.#counts,
      vanished: this.vanished,
      bytes: this.bytes,
      ...meter,
    }
  }
}
