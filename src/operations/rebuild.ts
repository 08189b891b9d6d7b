import type { Emit, Problem } from '../events.ts'
import type { Clock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import { ALBUM_RECORD, inFolder, layout, OURS } from '../vault/layout.ts'
import { type AlbumHead, readAlbumRecord, rowsOf } from '../vault/record/album-record.ts'
import { type Entry, type Storage, StorageError } from '../vault/storage/storage.ts'
import { counted, type Outcome } from './outcome.ts'
import type { VaultState } from './state.ts'

/** What a rebuild reads and fills. */
export interface RebuildJob {
  readonly storage: Storage
  /** New and empty. */
  readonly catalogue: Catalogue
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Fills a new catalogue from the vault itself: the records of its albums, its state and its reports. Nothing is downloaded and no file is
 * changed. A record that cannot be read is named; its files are adopted by hash in the next backup.
 */
export async function rebuild(job: RebuildJob): Promise<Outcome> {
  const { storage, catalogue, clock } = job
  const startedAt = clock.now()
  const problems: Problem[] = []
  const state = await readState(job)
  if (state.vault !== undefined) catalogue.setMeta('vault.id', state.vault)
  for (const [key, value] of Object.entries(state.notes ?? {})) catalogue.setMeta(key, value)
  const count = { albums: 0, items: 0 }
  const seen = new Map<string, string>()
  for await (const folder of foldersWithRecords(storage)) {
    job.signal.throwIfAborted()
    try {
      count.items += await takeRecord(job, folder, { state, seen })
      count.albums += 1
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
      const problem: Problem = {
        kind: 'damaged',
        name: inFolder(folder, ALBUM_RECORD),
        reason: `cannot be read (${error.message}); the next backup adopts its files by hash`,
      }
      problems.push(problem)
      job.emit({ event: 'problem', problem })
    }
    job.emit({ event: 'progress', done: count.items, unit: 'items' })
  }
  for (const unsound of state.unsound ?? []) {
    const file = catalogue.file(unsound.albumKey, unsound.imageKey, unsound.component)
    if (file !== undefined) catalogue.putFile({ ...file, state: unsound.state })
  }
  await takeReports(job)
  catalogue.flush()
  return {
    exitCode: problems.length > 0 ? 3 : 0,
    message: `A new catalogue was made from the vault: ${counted(count.items, 'item')} in ${counted(count.albums, 'album')}.`,
    ...(problems.length > 0 && { hint: 'Run a backup: it adopts by hash what the records did not tell.' }),
    totals: { ...noTotals, albums: count.albums, items: count.items, kept: count.items, durationMs: clock.now() - startedAt },
    problems,
  }
}

/** Is there anything in a vault to make a catalogue from? */
export async function hasRecords(storage: Storage): Promise<boolean> {
  if ((await storage.stat(layout.state)) !== undefined) return true
  for await (const _folder of foldersWithRecords(storage)) return true
  return false
}

/** A folder that this user may not read (`lost+found`) holds no record of ours. */
async function readable(storage: Storage, folder: string): Promise<readonly Entry[]> {
  try {
    return await storage.list(folder)
  } catch (error) {
    if (error instanceof StorageError) return []
    throw error
  }
}

async function readState({ storage, emit }: RebuildJob): Promise<Partial<VaultState>> {
  if ((await storage.stat(layout.state)) === undefined) return {}
  try {
    return JSON.parse(await text(storage, layout.state)) as Partial<VaultState>
  } catch {
    emit({ event: 'warning', message: `${layout.state} cannot be read: the next backup lists every album.` })
    return {}
  }
}

async function text(storage: Storage, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function* foldersWithRecords(storage: Storage): AsyncGenerator<string> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readable(storage, folder)
    if (entries.some((entry) => entry.kind === 'file' && entry.name === ALBUM_RECORD)) yield folder
    for (const entry of entries)
      if (entry.kind === 'folder' && !(folder === '' && entry.name === OURS)) folders.push(inFolder(folder, entry.name))
  }
}

/** Takes one album's record over; of two records of one album, the one that lies where it says wins. Returns the number of items. */
async function takeRecord(
  { storage, catalogue }: RebuildJob,
  folder: string,
  known: { readonly state: Partial<VaultState>; readonly seen: Map<string, string> },
): Promise<number> {
  let head: AlbumHead | undefined
  let items = 0
  for await (const part of readAlbumRecord(storage.read(inFolder(folder, ALBUM_RECORD)))) {
    if ('head' in part) {
      head = part.head
      const other = known.seen.get(head.key)
      if (other !== undefined && head.folder !== folder) return 0
      known.seen.set(head.key, folder)
      catalogue.putAlbum({
        key: head.key,
        nodeId: head.nodeId,
        name: head.name,
        urlPath: head.urlPath,
        folder,
        imageCount: head.imageCount,
        lastUpdated: head.lastUpdated,
        imagesLastUpdated: head.imagesLastUpdated,
        listedAt: known.state.listed?.[head.key],
        vanishedAt: head.vanishedAt === undefined ? undefined : Date.parse(head.vanishedAt),
      })
    } else if (head !== undefined) {
      const rows = rowsOf(head.key, part.record)
      if (part.record.comments !== undefined || part.record.imageMetadata !== undefined) catalogue.setMeta('extras', 'some')
      catalogue.putItem(rows.item)
      for (const file of rows.files) catalogue.putFile(file)
      items += 1
    }
  }
  return items
}

/** What `status` tells of earlier runs stands in the reports. */
async function takeReports({ storage, catalogue, emit }: RebuildJob): Promise<void> {
  const names = (await storage.list(layout.reports)).map((entry) => entry.name).filter((name) => name.endsWith('.json'))
  for (const name of names.toSorted()) {
    try {
      const report = JSON.parse(await text(storage, `${layout.reports}/${name}`)) as Record<string, unknown>
      const { operation, startedAt, exitCode, message, totals, problems } = report
      const id = catalogue.beginRun(String(operation), Number(startedAt))
      const duration = Number((totals as { durationMs?: number } | undefined)?.durationMs ?? 0)
      const summary = JSON.stringify({
        message,
        totals,
        problems: (problems as unknown[]).slice(0, 1000),
        path: `${layout.reports}/${name}`,
      })
      catalogue.endRun(id, { finishedAt: Number(startedAt) + duration, exitCode: Number(exitCode), summary })
    } catch {
      emit({ event: 'warning', message: `The report ${name} cannot be read; it is left out.` })
    }
  }
}
