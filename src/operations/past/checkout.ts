import { ConfigurationError, DestinationError } from '../../errors.ts'
import { type Emit, formatBytes, formatCount, formatNumber, type Problem } from '../../events.ts'
import { type Clock, stopwatch } from '../../flow/clock.ts'
import { noTotals, type Totals } from '../../model.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { type CheckoutFolder, UNFINISHED } from '../../vault/checkout-folder.ts'
import { ALBUM_RECORD, inFolder, layout } from '../../vault/layout.ts'
import { readPresentDoc } from '../../vault/reading/as-of.ts'
import type { FileRecord, ItemRecord } from '../../vault/record/album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { holdsSecrets } from '../../vault/record/secrets.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { renderAlbumDoc, renderTreeDoc } from '../../vault/versions/docs.ts'
import { LOST } from '../../vault/versions/past.ts'
import { TREE } from '../../vault/versions/version-file.ts'
import type { Outcome } from '../outcome.ts'
import { type AlbumsJob, type AlbumThen, albumsThen, filesOf } from './albums-then.ts'
import { KnownBytes } from './bytes.ts'
import { formatDay } from './words.ts'

/** A past state of a vault that is to be written into a folder. */
export interface CheckoutJob extends AlbumsJob {
  readonly folder: CheckoutFolder
  /** The words that name the one item that is wanted. */
  readonly itemWords?: string
  /** The way in which files come into the folder. */
  readonly by: 'links' | 'clones' | 'copies'
  readonly emit: Emit
  readonly clock: Clock
}

/** Numbers of a checkout. */
interface Counts {
  albums: number
  items: number
  files: number
  /** Bytes of all files, and those that need room. */
  bytes: number
  needed: number
  /** Records and rows that could not be read. */
  unread: number
}

/**
 * Writes the account as it was after a run: plain folders with the photos and videos, and the records of that day beside them. Every file is proven
 * by its hash as it is written. Names what is no longer held, and what the disk does not take. Interrupted or killed, it goes on when it is called
 * again with the same folder.
 */
export async function checkout(job: CheckoutJob): Promise<Outcome> {
  const { folder, emit, signal } = job
  const writing = new Writing(job)
  emit({ event: 'phase', name: 'reading the past' })
  // Twice through the records: to know the room that is needed, and to write; memory does not grow with the account.
  const counts = await countsOf(job)
  if (signal.aborted) return { ...writing.interrupted(counts), message: 'Interrupted before anything was done.' }
  if (job.itemWords !== undefined && counts.items === 0 && counts.unread === 0) throw noSuchItem(job.itemWords, job.moment.run)
  const free = await folder.free()
  if (free !== undefined && free < counts.needed) {
    throw new DestinationError(`This needs ${formatBytes(counts.needed)}, and ${formatBytes(free)} are free in ${folder.path}.`, {
      hint: 'Name a folder on a larger disk, or only a part with --album or --item.',
    })
  }
  const room = free === undefined ? '' : `; ${formatBytes(free)} are free`
  emit({
    event: 'phase',
    name: folder.goesOn ? 'going on where it was broken off' : 'writing the files',
    detail: `${formatBytes(counts.needed)} are needed in ${folder.path}${room}`,
  })
  if (job.itemWords === undefined) await writing.tree()
  const known = await KnownBytes.open(job.vault)
  for await (const album of albumsThen(job, writing.reportUnread)) {
    await writing.record(album)
    for (const item of album.items) {
      const ends: FileEnd[] = []
      for (const file of filesOf(item)) {
        if (signal.aborted) return writing.interrupted(counts)
        ends.push(await writing.file({ album, item, file, known }))
        emit({ event: 'progress', done: writing.bytes, total: Math.max(writing.bytes, counts.bytes), unit: 'bytes' })
      }
      writing.count(item, ends)
    }
  }
  if (signal.aborted) return writing.interrupted(counts)
  if (await job.moment.past.isStale(job.vault.storage)) writing.report({ kind: 'failed', reason: MIXED })
  const why = writing.mayGoOn ? undefined : await folder.finish()
  if (why !== undefined)
    emit({ event: 'warning', message: `The finished folder ${folder.path} still has ${UNFINISHED}, which can go: ${why}.` })
  return writing.outcome(counts)
}

/** The reason for a second checkout. */
const MIXED = 'a run changed the vault meanwhile, and some of it may be of another day: check it out again when no run is under way'

async function countsOf(job: CheckoutJob): Promise<Counts> {
  const counts: Counts = { albums: 0, items: 0, files: 0, bytes: 0, needed: 0, unread: 0 }
  const noteUnread = (): void => {
    counts.unread += 1
  }
  for await (const { head, items } of albumsThen(job, noteUnread)) {
    counts.albums += 1
    counts.items += items.length
    for (const file of items.flatMap(filesOf)) {
      counts.files += 1
      counts.bytes += file.size
      const isThere = (await job.folder.standing(inFolder(head.folder, file.name), file)) === 'same size'
      if (job.by === 'copies' && !isThere) counts.needed += file.size
    }
  }
  return counts
}

/** One file that is to be brought, and the places in the vault at which its bytes may stand. */
interface Brief {
  readonly album: AlbumThen
  readonly item: ItemRecord
  readonly file: FileRecord
  readonly known: KnownBytes
}

/** The end of one file: `kept` stood there from a checkout that was broken off. */
type FileEnd = 'stored' | 'kept' | 'failed'

/** The part of a checkout that writes. */
class Writing {
  readonly #job: CheckoutJob
  readonly #elapsed: () => number
  readonly #problems: Problem[] = []
  #there = 0
  #missing = 0
  #failed = 0
  readonly #ends = { stored: 0, kept: 0, failed: 0, impossible: 0, pending: 0 }
  /** Was there something that could not be read, and perhaps can be later? Then the same command goes on with it. */
  mayGoOn = false
  /** Bytes that are dealt with. */
  bytes = 0

  constructor(job: CheckoutJob) {
    this.#job = job
    this.#elapsed = stopwatch(job.clock)
  }

  readonly report = (problem: Problem): void => {
    this.#problems.push(problem)
    this.#job.emit({ event: 'problem', problem })
  }

  /** Reports a record that could not be read. */
  readonly reportUnread = (problem: Problem): void => {
    this.mayGoOn = true
    this.report(problem)
  }

  /** Writes the folders of that day. */
  async tree(): Promise<void> {
    const { vault, moment, folder } = this.#job
    let text = ''
    try {
      const then = moment.past.recordBack(TREE, await readPresentDoc(vault, TREE))
      if (then === 'lost') throw new RecordError(LOST)
      if (then === undefined) return
      text = renderTreeDoc(then)
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      this.reportUnread({ kind: 'notice', name: layout.tree, reason: 'the folders of that day cannot be read', detail: error.message })
      return
    }
    const why = await folder.write(layout.tree, [text], { isPrivate: holdsSecrets(text) })
    if (why !== undefined) this.report({ kind: 'failed', name: layout.tree, reason: refused(why) })
  }

  async record({ head, doc }: AlbumThen): Promise<void> {
    const isPrivate = holdsSecrets(JSON.stringify(doc.head))
    const why = await this.#job.folder.write(inFolder(head.folder, ALBUM_RECORD), renderAlbumDoc(doc), { isPrivate })
    if (why !== undefined) this.report({ kind: 'failed', album: head.urlPath, name: ALBUM_RECORD, reason: refused(why) })
  }

  /** Counts an item by the ends of its files; one that the vault had no file of counts as it stood then. */
  count({ state }: ItemRecord, ends: readonly FileEnd[]): void {
    const bare = state === 'impossible' || state === 'pending' ? state : state === 'elsewhere' ? 'kept' : 'failed'
    this.#ends[(['failed', 'stored', 'kept'] as const).find((end) => ends.includes(end)) ?? bare] += 1
  }

  async file(brief: Brief): Promise<FileEnd> {
    const { album, item, file } = brief
    const reason = await this.#bring(inFolder(album.head.folder, file.name), brief)
    this.bytes += file.size
    if (reason === 'stored' || reason === 'kept') {
      this.#there += 1
      return reason
    }
    if (reason === GONE) this.#missing += 1
    else this.#failed += 1
    const kind = reason === GONE ? 'missing' : 'failed'
    this.report({ kind, album: album.head.urlPath, name: file.name, imageKey: item.imageKey, reason })
    return 'failed'
  }

  /** Returns `stored` or `kept`, or the reason for which the file did not come. */
  async #bring(to: string, { album, file, known }: Brief): Promise<string> {
    const { folder, by } = this.#job
    const standing = await folder.standing(to, file)
    if (standing !== 'nothing') {
      return standing === 'same size' && (await folder.holds(to, file)) ? 'kept' : 'another file stands there; it was left alone'
    }
    let reason = GONE
    for (const from of known.pathsOf(file, album.head.folder)) {
      const brought = await folder.bring({ from, to, links: by === 'links' }, file)
      if (brought.end === 'brought') return 'stored'
      if (brought.end === 'refused') return refused(brought.why)
      if (brought.end === 'unreadable') reason = `its file in the vault cannot be read: ${brought.why}`
    }
    if (reason === GONE && this.#isWanted(file)) reason = LOST_NOW
    if (reason === GONE && known.unseen !== undefined) reason = `its file in the vault cannot be read: ${known.unseen}`
    if (reason !== GONE) this.mayGoOn = true
    return reason
  }

  /** Does an item that SmugMug has have these bytes? Then the next backup misses them, too. */
  #isWanted({ md5 }: FileRecord): boolean {
    const { catalogue } = this.#job.vault
    const isPresent = (row: FileRow): boolean => catalogue.item(row.albumKey, row.imageKey)?.vanishedAt === undefined
    return md5 !== '' && catalogue.filesByMd5(md5).some(isPresent)
  }

  interrupted(counts: Counts): Outcome {
    return {
      exitCode: 130,
      message: `Interrupted: ${formatNumber(this.#there)} of ${formatCount(counts.files, 'file')}, ${this.#then()}.`,
      hint: 'Give the same command again: it goes on with the rest.',
      totals: this.#totals(counts),
      problems: this.#problems,
    }
  }

  outcome(counts: Counts): Outcome {
    const what = `${formatCount(this.#there, 'file')} of ${formatCount(counts.albums, 'album')}`
    const missing = this.#missing > 0 ? `; no longer held: ${formatNumber(this.#missing)}` : ''
    const failed = this.#failed > 0 ? `; could not be written: ${formatNumber(this.#failed)}` : ''
    return {
      exitCode: this.#problems.length > 0 ? 3 : 0,
      message: `${what}, ${this.#then()}${missing}${failed}.`,
      ...(this.mayGoOn && { hint: 'Give the same command again, once it can be read: it goes on with what is not there yet.' }),
      totals: this.#totals(counts),
      problems: this.#problems,
    }
  }

  #then(): string {
    const { moment, folder } = this.#job
    const day = moment.at === undefined ? '' : ` (${formatDay(moment.at)})`
    return `as they were after run ${moment.run}${day}, are in ${folder.path}`
  }

  #totals({ albums }: Counts): Totals {
    const items = Object.values(this.#ends).reduce((sum, count) => sum + count, 0)
    return { ...noTotals, albums, items, ...this.#ends, bytes: this.bytes, durationMs: this.#elapsed() }
  }
}

const GONE = 'its bytes of that day are no longer held'
const LOST_NOW = 'its file is missing or damaged in the vault: the next backup fetches it again; check it out anew then'

const refused = (why: string): string => `the disk does not take it: ${why}`

const noSuchItem = (item: string, run: number): ConfigurationError =>
  new ConfigurationError(`There was no item ${item} after run ${run}.`, {
    hint: 'Give its path in the vault or the address of its page at SmugMug; `smugmug-backup history --item PATH` shows the life of one.',
  })
