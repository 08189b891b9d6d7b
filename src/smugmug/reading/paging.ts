import { ServiceError } from '../../errors.ts'
import type { PageFacts } from './decode.ts'
import { known } from './fields.ts'

/** One page of a list. */
export interface Page<T> extends PageFacts {
  /** The entries; undefined for one that could not be read. */
  readonly entries: readonly (T | undefined)[]
}

/** The parts that reading a list needs. */
export interface Paged<T> {
  /** The name of the list, for people. */
  readonly what: string
  /**
   * Reads the page that begins at `start`, from 1. Uses the same parameters every time and never `NextPage`, which drops some (fact sheet
   * 0.2).
   */
  readonly read: (start: number) => Promise<Page<T>>
  /** Returns the identity of an entry. */
  readonly keyOf: (entry: T) => string
  /** Pages after the first read at once. */
  readonly atOnce: number
  /** The most entries of a real list; a server that gives more does not end. Default 200,000. */
  readonly most?: number
}

const MOST_ENTRIES = 200_000
/** The most pages of a list; a page has a hundred entries, or fifty. */
const MOST_PAGES = 2_000

/** A list read to its end. */
export interface Listed<T> {
  /** Each entry once, in order. */
  readonly entries: readonly T[]
  /** Entries that could not be read. */
  readonly unreadable: number
  /** Entries that came once more: while a list changes, or because SmugMug counts one twice. */
  readonly repeated: number
  /** SmugMug's newest count of the list, where it says one. */
  readonly total?: number
}

/**
 * Reads all pages of a list. The server may give fewer entries than asked for, so the next page begins after the entries that came (fact
 * sheet 2.3). While the list changes, entries may come twice or not at all: the caller compares the number with `total`. Throws
 * `ServiceError` when a page makes no progress, and when the list is, or says it is, longer than `most`.
 */
export const readPages = async <T>(paged: Paged<T>): Promise<Listed<T>> => {
  const reader = new PageReader(paged)
  const step = await reader.read(1)
  const total = reader.newestTotal
  if (total === undefined) {
    // Without a count of the whole list, reading goes on until a page brings nothing new.
    for (let start = 1 + step; reader.newest > 0; ) start += await reader.read(start)
  } else if (step > 0) {
    const starts = pageStarts(step, total)
    const worker = async (): Promise<void> => {
      for (const start of starts) await reader.readUpTo(start, Math.min(start + step, total + 1))
    }
    await Promise.all(Array.from({ length: paged.atOnce }, worker))
    // The list may have grown meanwhile.
    await reader.readUpTo(total + 1, reader.highestTotal + 1)
  }
  return reader.listed(step)
}

/** Yields the start of each page after the first. A worker that fails ends it for all. */
function* pageStarts(step: number, total: number): Generator<number> {
  for (let start = 1 + step; start <= total; start += step) yield start
}

/** The hint for the person. */
const UNCHANGED = 'Run it again later: nothing was changed here. If it stays so, SmugMug has trouble with this list.'

class PageReader<T> {
  readonly #paged: Paged<T>
  readonly #pages: { readonly start: number; readonly page: Page<T> }[] = []
  readonly #keys = new Set<string>()
  newestTotal: number | undefined
  highestTotal = 0
  /** Entries of the newest page that no earlier page had. */
  newest = 0

  constructor(paged: Paged<T>) {
    this.#paged = paged
  }

  /** Reads one page. Resolves to the number of entries that it stands for. */
  async read(start: number): Promise<number> {
    if (this.#pages.length >= MOST_PAGES) throw this.#noEnd(MOST_PAGES, 'pages')
    const page = await this.#paged.read(start)
    const most = this.#paged.most ?? MOST_ENTRIES
    if (page.total !== undefined && page.total > most) throw this.#noEnd(most, 'entries')
    const given = page.count === undefined || page.count === 0 ? page.entries.length : page.count
    // A list that shrank meanwhile ends earlier; a list that claims more entries and gives none is broken.
    if (given === 0 && page.total !== undefined && start <= page.total) throw this.#noProgress(start)
    this.newestTotal = page.total ?? this.newestTotal
    this.highestTotal = Math.max(this.highestTotal, page.total ?? 0)
    this.#pages.push({ start, page })
    const before = this.#keys.size
    for (const entry of page.entries) if (entry !== undefined) this.#keys.add(this.#paged.keyOf(entry))
    this.newest = this.#keys.size - before
    if (this.#keys.size > most) throw this.#noEnd(most, 'entries')
    return given
  }

  /** Reads until `end` (not included) or to the end of the list. */
  async readUpTo(start: number, end: number): Promise<void> {
    let given = 0
    for (let next = start; next < end; next += given) {
      given = await this.read(next)
      if (given === 0) return
    }
  }

  /** Returns all entries that were read, in order, each once. Throws when a full page of `step` entries brought nothing new. */
  listed(step: number): Listed<T> {
    const unique = new Map<string, T>()
    let [unreadable, repeated] = [0, 0]
    for (const { start, page } of this.#pages.toSorted((a, b) => a.start - b.start)) {
      const before = unique.size
      const readable = page.entries.filter((entry) => entry !== undefined)
      unreadable += page.entries.length - readable.length
      for (const entry of readable) if (!unique.has(this.#paged.keyOf(entry))) unique.set(this.#paged.keyOf(entry), entry)
      repeated += readable.length - (unique.size - before)
      const full = readable.length > 0 && page.entries.length >= step
      if (full && unique.size === before && this.newestTotal !== undefined) throw this.#noProgress(start)
    }
    return known({ entries: [...unique.values()], unreadable, repeated, total: this.newestTotal })
  }

  #noProgress(start: number): ServiceError {
    return new ServiceError(`SmugMug's answer about ${this.#paged.what} makes no progress at entry ${start}.`, { hint: UNCHANGED })
  }

  #noEnd(most: number, what: string): ServiceError {
    return new ServiceError(`SmugMug's answer about ${this.#paged.what} does not end: it has more than ${most} ${what}.`, {
      hint: UNCHANGED,
    })
  }
}
