import type { Emit, Problem } from '../events.ts'
import { formatCount } from '../events.ts'
import { Hashing, hashAll } from '../flow/checked.ts'
import { type Clock, stopwatch } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import { ALBUM_RECORD, inFolder, layout, splitPath } from '../vault/layout.ts'
import { isOfTheSystem } from '../vault/litter.ts'
import { type AlbumHead, rowsOf } from '../vault/record/album-record.ts'
import { readAlbumRecord } from '../vault/record/read-album-record.ts'
import { RecordError, readText } from '../vault/record/read-json.ts'
import { hashed } from '../vault/record/write-if-changed.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { noteLook } from './look.ts'
import type { Outcome } from './outcome.ts'
import { cured, plain, prefixed, unreadableRecord } from './plain.ts'
import { summaryText } from './read-report.ts'
import { readStanding } from './read-standing.ts'
import { noteLost, noteUnsound } from './rebuild-notes.ts'
import { takeRuns } from './rebuild-runs.ts'
import { foldersWithRecords, type RecordPlace, readable } from './record-folders.ts'
import { isWhole, standingSentence } from './standing.ts'
import { noteGeneration, parseState, printOf, type VaultState } from './state.ts'

/** One rebuild: the vault to read, and the catalogue to fill. */
export interface RebuildJob {
  readonly storage: Storage
  /** New and empty. */
  readonly catalogue: Catalogue
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A record that claims to be its album's. */
interface Claim extends RecordPlace {
  readonly head: AlbumHead
}

/**
 * Fills a new catalogue from the vault itself: the records of its albums, its state and its reports. Downloads nothing and changes no file.
 * A damaged record is named and its readable part is used; the next backup lists its album and adopts the rest by hash.
 */
export async function rebuild(job: RebuildJob): Promise<Outcome> {
  const { storage, catalogue, clock } = job
  const startedAt = clock.now()
  const elapsed = stopwatch(clock)
  const problems: Problem[] = []
  const report = (problem: Problem): void => {
    problems.push(problem)
    job.emit({ event: 'problem', problem })
  }
  const state = await takeState(job, report)
  const { claims, unread } = await claimsIn(job, report)
  const total = [...claims.values()].reduce((sum, { head }) => sum + (head.imageCount ?? 0), 0)
  let items = 0
  for (const claim of claims.values()) {
    job.signal.throwIfAborted()
    items += await takeRecord(job, claim, { state, report })
    // A record may hold more than SmugMug counts: items that are gone from there.
    job.emit({ event: 'progress', done: items, total: Math.max(items, total), unit: 'items' })
  }
  doubtChanged(catalogue, [...claims.values()], state)
  const lost = state === undefined ? undefined : noteLost(catalogue, state)
  const isPart = unread.length > 0 && lost !== 0
  noteUnsound(catalogue, state?.unsound ?? [])
  // Only the state named the damaged files. Without it no file is believed by its size alone.
  if (problems.some(({ name }) => name === layout.state)) catalogue.doubtFiles()
  const entries = await readable(storage, layout.reports, (name, error) =>
    report({ kind: 'notice', name, ...prefixed('it cannot be read, and no run of it is in the new catalogue', plain(error)) }),
  )
  const reports = entries.filter((entry) => entry.kind === 'file' && entry.name.endsWith('.json')).map(({ name }) => name)
  await takeRuns({ ...job, reports, withoutReport: state?.runs ?? [] })
  const run = catalogue.runs.begin('rebuild', startedAt)
  const holdings = await catalogue.counts.holdings()
  const { failed, pending, impossible } = holdings
  const standing = await readStanding(catalogue, { requireOriginals: false }, holdings)
  const outcome: Outcome = {
    ...ending(problems, isPart || problems.some(({ name }) => name === layout.reports)),
    message: `A new catalogue was made from the vault: ${formatCount(items, 'item')} in ${formatCount(claims.size, 'album')}.${isWhole(standing) ? '' : ` ${standingSentence(standing)}`}`,
    standing,
    totals: {
      ...noTotals,
      albums: claims.size,
      items: holdings.items,
      kept: holdings.items - failed - pending - impossible,
      failed,
      pending,
      impossible,
      durationMs: elapsed(),
    },
    problems,
  }
  catalogue.runs.end(run, { finishedAt: startedAt + outcome.totals.durationMs, exitCode: outcome.exitCode, summary: summaryText(outcome) })
  catalogue.flush()
  return outcome
}

/** Returns the end of a rebuild. `isPart`: an album may lie in a folder that could not be read. */
const ending = (problems: readonly Problem[], isPart: boolean): Pick<Outcome, 'exitCode' | 'hint'> => {
  if (isPart) return { exitCode: 3, hint: 'Make the folders readable that could not be read, then run it again.' }
  const isDamaged = problems.some(({ kind }) => kind === 'damaged')
  return isDamaged ? { exitCode: 3, hint: 'Run a backup: it adopts by hash the files that the records did not name.' } : { exitCode: 0 }
}

/** Reads which record each album has. Names the folders that cannot be read, and throws `StorageError` if that is the whole vault. */
async function claimsIn(
  { storage, signal }: Pick<RebuildJob, 'storage' | 'signal'>,
  report: (problem: Problem) => void,
): Promise<{ readonly claims: ReadonlyMap<string, Claim>; readonly unread: readonly string[] }> {
  const claims = new Map<string, Claim>()
  const unread: string[] = []
  const noteUnread = (folder: string, error: StorageError): void => {
    if (isOfTheSystem(splitPath(folder).name)) return
    // Nothing is known of the whole vault then: the catalogue of before is better than an empty one.
    if (folder === '') throw error
    unread.push(folder)
    report({ kind: 'notice', name: folder, ...prefixed('it cannot be read, and no album of it is in the new catalogue', plain(error)) })
  }
  for await (const { folder, mtime, changedAt } of foldersWithRecords(storage, noteUnread)) {
    signal.throwIfAborted()
    const head = await named(inFolder(folder, ALBUM_RECORD), report, () => readHead(storage, folder))
    if (head === undefined) continue
    const claim = { head, folder, mtime, changedAt }
    const other = claims.get(head.key)
    const [wins, loses] = other === undefined || outranks(claim, other) ? [claim, other] : [other, claim]
    claims.set(head.key, wins)
    if (loses !== undefined) {
      const reason = `it is of the same album as the one in ${wins.folder || 'the top folder'}, which is newer; its files are adopted by hash`
      report({ kind: 'notice', name: inFolder(loses.folder, ALBUM_RECORD), reason })
    }
  }
  return { claims, unread }
}

/** Runs `work`. If its record cannot be read, reports that and returns undefined. */
async function named<T>(path: string, report: (problem: Problem) => void, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    report(unreadable(path, error))
    return undefined
  }
}

const unreadable = (path: string, error: RecordError | StorageError): Problem => ({
  kind: 'damaged',
  name: path,
  ...cured(unreadableRecord(error), 'the next backup writes it anew, and adopts files by hash'),
})

/** The state, and the time of its file. A record that is newer is of a run that was killed before it had settled everything. */
type KnownState = VaultState & { readonly mtime: number }

/** Puts the state into the catalogue, and returns it; undefined if it cannot be read. */
async function takeState(job: RebuildJob, report: (problem: Problem) => void): Promise<KnownState | undefined> {
  const { storage, catalogue } = job
  const entry = await storage.stat(layout.state)
  if (entry === undefined) return undefined
  const state = await named(layout.state, report, async () => parseState(await readText(storage.read(layout.state))))
  if (state === undefined) return undefined
  catalogue.setMeta('vault.id', state.vault)
  noteGeneration(catalogue, state.generation)
  for (const [key, value] of Object.entries(state.notes)) catalogue.setMeta(key, value)
  if (state.look !== undefined) noteLook(catalogue, state.look)
  // The next run reads the folders again, and writes what it finds.
  if (state.records !== undefined && (await printAt(storage, layout.tree)) !== state.records['']) catalogue.setMeta('tree.readAt', '0')
  // In a bucket the prints of the records say which of them are newer.
  return { ...state, mtime: state.records === undefined ? (entry.mtime ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY }
}

/** Doubts files of equal sizes in folders that no run finished, or whose names changed since the last one: they may have each other's. */
function doubtChanged(catalogue: Catalogue, claims: readonly Claim[], state: KnownState | undefined): void {
  const changed = claims.filter(({ head, changedAt }) => state?.listed[head.key] === undefined || changedAt > state.mtime)
  catalogue.doubtEqualSizes(changed.map(({ head }) => head.key))
}

/** Returns the print of a file; undefined if it cannot be read. */
async function printAt(storage: Storage, path: string): Promise<string | undefined> {
  try {
    return printOf((await hashAll(storage.read(path))).digest().sha256)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return undefined
  }
}

async function readHead(storage: Storage, folder: string): Promise<AlbumHead> {
  for await (const part of readAlbumRecord(storage.read(inFolder(folder, ALBUM_RECORD)))) if ('head' in part) return part.head
  throw new RecordError('it is empty')
}

/** Decides between two records of one album: the one that lies in the folder it names wins, else that of the newer listing, else the later file. */
function outranks(one: Claim, other: Claim): boolean {
  const rank = ({ head, folder, mtime }: Claim): readonly (number | string)[] => [
    head.folder === folder ? 1 : 0,
    head.lastUpdated ?? '',
    head.imagesLastUpdated ?? '',
    mtime,
  ]
  const [a, b] = [rank(one), rank(other)]
  for (const [index, value] of a.entries()) {
    const against = b[index] ?? 0
    if (value !== against) return value > against
  }
  return false
}

/** A run was killed after it wrote the record, or a process that was stopped brought an old one back. */
const NOT_LAST =
  'it is not the one that the last finished run wrote: the next backup lists its album again, and reads its files before it believes them'

/** Puts one album's record into the catalogue. Returns the number of items. */
async function takeRecord(
  { storage, catalogue }: RebuildJob,
  { head, folder, mtime }: Claim,
  known: { readonly state: KnownState | undefined; report(problem: Problem): void },
): Promise<number> {
  const path = inFolder(folder, ALBUM_RECORD)
  let items = 0
  let trouble: RecordError | undefined
  const seen = new Set<string>()
  const hashing = new Hashing()
  const isWhole = await named(path, known.report, async () => {
    const parts = readAlbumRecord(hashed(storage.read(path), hashing), (error) => {
      trouble ??= error
    })
    for await (const part of parts) {
      if ('head' in part) continue
      const rows = rowsOf(head.key, part.record)
      if (seen.has(rows.item.imageKey)) trouble ??= new RecordError(`it has the item ${rows.item.imageKey} twice`)
      seen.add(rows.item.imageKey)
      if (part.record.comments !== undefined || part.record.imageMetadata !== undefined) catalogue.setMeta('extras', 'some')
      catalogue.putItem(rows.item)
      for (const file of rows.files) catalogue.putFile(file)
      items += 1
    }
    if (trouble !== undefined) known.report(unreadable(path, trouble))
    return trouble === undefined
  })
  const isLast = known.state?.records === undefined || known.state.records[head.key] === printOf(hashing.digest().sha256)
  if (isWhole === true && !isLast) {
    known.report({ kind: 'notice', name: path, reason: NOT_LAST })
    for (const file of catalogue.files(head.key)) catalogue.noteMark(file, 'doubt')
  }
  catalogue.putAlbum({
    key: head.key,
    nodeId: head.nodeId,
    name: head.name,
    urlPath: head.urlPath,
    folder,
    imageCount: head.imageCount,
    lastUpdated: head.lastUpdated,
    imagesLastUpdated: head.imagesLastUpdated,
    listedAt: isWhole === true && isLast && mtime <= (known.state?.mtime ?? 0) ? known.state?.listed[head.key] : undefined,
    vanishedAt: head.vanishedAt === undefined ? undefined : Date.parse(head.vanishedAt),
  })
  return items
}
