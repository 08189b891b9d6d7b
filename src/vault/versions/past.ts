import { layout } from '../layout.ts'
import { type Storage, StorageError } from '../storage/storage.ts'
import { NEWEST_VERSION, VersionChain } from './chain.ts'
import { type Change, type Doc, undo, writingsOf } from './delta.ts'
import { PastTexts } from './past-texts.ts'
import { changeOf, listVersions, readVersionTexts, type VersionEntry, type VersionHead } from './version-file.ts'
import { VersionError } from './version-text.ts'

/** A record as it was: a document, none, or one whose past is lost because it could not be read when it was replaced. */
export type Then = Doc | undefined | 'lost'

/** The reason for a record whose past is lost, for people. */
export const LOST = 'its record was damaged later, and nobody knows how it was then'

/** A file of reverse changes. */
interface Night extends VersionHead {
  readonly path: string
  /** The records that it changed, with the letters of their changes. */
  readonly records: ReadonlyMap<string, number>
}

/** The parts of a vault that say how it was: the files of the past, and the runs that wrote them. */
export interface Pasts {
  readonly storage: Storage
  readonly catalogue: { readonly runs: { endedWell(run: number): boolean }; meta(name: string): string | undefined }
}

/** The most times to read the past while a prune goes on. */
const TRIES = 3

/** The most letters of the changes of one record in one night: those of all items of the largest album are a tenth of it. */
const MOST_LETTERS = 256 * 1024 * 1024

/** Describes the newest file: each change of a record is noted there first. */
const markOf = ([newest]: readonly VersionEntry[]): string => `${newest?.run} ${newest?.size}`

/** Reads a file; undefined if not even its first line is whole. */
async function readNight({ storage, catalogue }: Pasts, { run, path }: VersionEntry, texts: PastTexts): Promise<Night | undefined> {
  let head: VersionHead | undefined
  const records = new Map<string, number>()
  for await (const line of readVersionTexts(storage, path, { isWhole: catalogue.runs.endedWell(run) })) {
    if ('head' in line) head = line.head
    else {
      const letters = (records.get(line.record) ?? 0) + line.text.length
      if (letters > MOST_LETTERS) throw new VersionError(`${path} is larger than any past`)
      records.set(line.record, letters)
      texts.add(line.record, run, line.text)
    }
  }
  return head && { ...head, run, path, records }
}

const missing = (run: number): VersionError => new VersionError(`the file of run ${run} is missing in ${layout.versions}`)

/** The past of a vault: every change back to a run. The state after run R is the present, with the changes of all later runs undone. */
export class Past {
  /** The newest file when it was opened. */
  readonly #newest: string
  /** Newest first. */
  readonly #nights: readonly Night[]

  /** The nights that changed each record, newest first: most records change in few of thousands. */
  readonly #byRecord = new Map<string, Night[]>()

  readonly #texts: PastTexts

  private constructor(nights: readonly Night[], { newest, texts }: { readonly newest: string; readonly texts: PastTexts }) {
    this.#nights = nights
    this.#newest = newest
    this.#texts = texts
    for (const night of nights) {
      for (const record of night.records.keys()) {
        const known = this.#byRecord.get(record)
        if (known === undefined) this.#byRecord.set(record, [night])
        else known.push(night)
      }
    }
  }

  /** Reads the changes of all runs after `run`. Throws `VersionError` for a damaged file, `StorageError` when the disk refuses one. */
  static async open(vault: Pasts, run: number): Promise<Past> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await Past.#read(vault, run)
      } catch (error) {
        // A prune that goes on meanwhile removes files that were just listed.
        if (!(error instanceof StorageError && error.code === 'ENOENT') || tries === TRIES) throw error
      }
    }
  }

  static async #read(vault: Pasts, run: number): Promise<Past> {
    const versions = await listVersions(vault.storage)
    const nights: Night[] = []
    const texts = new PastTexts()
    // As `readVersions` does, but each file is opened once: there are thousands.
    const chain = new VersionChain(vault.catalogue.meta(NEWEST_VERSION))
    for (const entry of versions) {
      if (entry.run <= run) break
      if (chain.isForgotten(entry)) continue
      const gone = chain.meet(entry)
      if (gone !== undefined) throw missing(gone)
      const night = await readNight(vault, entry, texts)
      if (night === undefined) continue
      nights.push(night)
      chain.take(night)
    }
    if (chain.wanted > run) throw missing(chain.wanted)
    return new Past(nights, { newest: markOf(versions), texts })
  }

  /** Has a run changed records since this was opened? Records that were read meanwhile may be of before or after it. */
  async isStale(storage: Storage): Promise<boolean> {
    return markOf(await listVersions(storage)) !== this.#newest
  }

  /** The records that any of these runs changed. */
  get records(): ReadonlySet<string> {
    return this.recordsBetween(0, Number.POSITIVE_INFINITY)
  }

  /** Returns the records of which any of these runs may have changed a row, or whose past may be lost: those that do not name it are left out. */
  recordsWith(row: string): ReadonlySet<string> {
    const named = JSON.stringify(row)
    const names = (text: string): boolean => text.includes(named) || text.includes('"lost"')
    return new Set(
      this.#nights.flatMap(({ run, records }) => [...records.keys()].filter((record) => this.#texts.of(record, run).some(names))),
    )
  }

  /** Returns the records that a run after the first one, up to the second one, changed. */
  recordsBetween(after: number, upTo: number): ReadonlySet<string> {
    return new Set(this.#nights.filter(({ run }) => run > after && run <= upTo).flatMap(({ records }) => [...records.keys()]))
  }

  /**
   * Yields each run that changed a row or the head of its record, newest first, with both before and after it; other rows are left out.
   * `now` is the record as it is now.
   */
  *lifeOf(
    record: string,
    row: string,
    now: Doc,
  ): Generator<{ readonly run: number; readonly at: number; readonly before: Then; readonly after: Then }> {
    const [mine] = [now.rows.get(row)]
    let after: Then = { head: now.head, rows: new Map(mine === undefined ? [] : [[row, mine]]) }
    for (const night of this.#byRecord.get(record) ?? []) {
      const { run, at } = night
      const own = this.#changesOf(record, night).filter((change) => !('row' in change) || change.row === row)
      if (own.some(({ op }) => op === 'lost')) return
      const before = undo(after, own)
      yield { run, at, before, after }
      after = before
    }
  }

  #changesOf(record: string, { run, path }: Night): readonly Change[] {
    return this.#texts.of(record, run).flatMap((text) => changeOf(text, path) ?? [])
  }

  /** Is the state after this run forgotten? Returns the first forgotten run beside it, and the first after it whose state is known. */
  gapAt(run: number): { readonly from: number; readonly after: number } | undefined {
    const next = this.#nights.findLast((night) => night.run > run)
    if (next?.forgottenFrom === undefined || next.forgottenFrom > run) return undefined
    return { from: next.forgottenFrom, after: next.run }
  }

  /** Returns a record as it was after a run, from the record as it is now. The run must not be before the one that the past was opened for. */
  recordBack(record: string, now: Doc | undefined, run = 0): Then {
    let doc = now
    let isLost = false
    for (const night of this.#byRecord.get(record) ?? []) {
      if (night.run <= run) break
      const changes = this.#changesOf(record, night)
      for (const writing of writingsOf(changes)) {
        // The state before a loss is known again only where all of a record is written down, or that there was none.
        if (writing.some(({ op }) => op === 'lost')) isLost = true
        else if (writing.some(({ op }) => op === 'record' || op === 'new')) isLost = false
      }
      doc = undo(doc, changes)
    }
    return isLost ? 'lost' : doc
  }
}
