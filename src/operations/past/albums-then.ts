import type { Problem } from '../../events.ts'
import type { JsonObject } from '../../model.ts'
import type { AlbumRow } from '../../vault/catalogue/rows.ts'
import { isSafePath } from '../../vault/naming/safe-path.ts'
import { readPresentDoc } from '../../vault/reading/as-of.ts'
import type { AlbumHead, FileRecord, ItemRecord } from '../../vault/record/album-record.ts'
import { headOfRow, itemOfRow } from '../../vault/record/read-album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Doc } from '../../vault/versions/delta.ts'
import { LOST } from '../../vault/versions/past.ts'
import { TREE } from '../../vault/versions/version-file.ts'
import type { ItemQuery } from '../item-query.ts'
import type { KnownMoment } from './when.ts'

/** An album as it was, and the items of it that are wanted. */
export interface AlbumThen {
  readonly head: AlbumHead
  readonly doc: Doc
  readonly items: readonly ItemRecord[]
}

/** The question for albums of a moment. */
export interface AlbumsJob {
  readonly vault: Vault
  readonly moment: KnownMoment
  readonly isChosen?: (album: { readonly urlPath: string }) => boolean
  /** The one item that is wanted. */
  readonly item?: ItemQuery
  readonly signal: AbortSignal
}

/** Yields every wanted album as it was, one at a time, until the signal is aborted. Albums and items that cannot be read are reported. */
export async function* albumsThen(job: AlbumsJob, report: (problem: Problem) => void): AsyncGenerator<AlbumThen> {
  const { vault, moment, signal } = job
  const rows = new Map(vault.catalogue.albums().map((row) => [row.key, row]))
  for (const key of candidates(job, rows)) {
    if (signal.aborted) return
    const row = rows.get(key)
    const path = row?.urlPath ?? key
    try {
      const now = await readPresentDoc(vault, key)
      const then = moment.past.recordBack(key, now)
      if (then === 'lost') {
        if (job.isChosen?.({ urlPath: path }) !== false) report({ kind: 'album', album: path, reason: LOST })
      } else if (then !== undefined) {
        const album = albumThen(then, now, { ...job, report })
        if (album !== undefined) yield album
      }
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      report({ kind: 'album', album: path, reason: 'its record cannot be read; the next backup writes it anew', detail: error.message })
    }
  }
}

/** Returns the albums that may have what is wanted: one photo of a million is found without reading the records of all albums. */
function candidates({ vault, moment, isChosen, item }: AlbumsJob, rows: ReadonlyMap<string, AlbumRow>): readonly string[] {
  const { past } = moment
  const key = item?.imageKey
  const own = key === undefined ? undefined : new Set(vault.catalogue.itemsByImage(key).map(({ albumKey }) => albumKey))
  const changed = key === undefined ? past.records : past.recordsWith(key)
  // An album whose record no run has changed since is as it was then.
  const isPossible = (row: AlbumRow): boolean => isChosen?.(row) !== false && (own?.has(row.key) ?? item?.isIn(row) !== false)
  const unchanged = [...rows.values()].filter((row) => !changed.has(row.key) && isPossible(row)).map((row) => row.key)
  // Nobody knows which photos were in an album whose record is lost.
  return [...unchanged, ...new Set([...changed, ...vault.catalogue.records.lost()].filter((record) => record !== TREE))]
}

/** Returns the wanted part of an album; undefined if it was not in the account then, or is not wanted. */
function albumThen(
  doc: Doc,
  now: Doc | undefined,
  { isChosen, item, report }: Pick<AlbumsJob, 'isChosen' | 'item'> & { readonly report: (problem: Problem) => void },
): AlbumThen | undefined {
  const head = doc.head === now?.head ? (doc.head as unknown as AlbumHead) : headOfRow(doc.head)
  if (head.vanishedAt !== undefined || isChosen?.({ urlPath: head.urlPath }) === false || item?.isIn(head) === false) return undefined
  if (!isSafePath(head.folder)) return undefined
  const items: ItemRecord[] = []
  for (const [key, row] of doc.rows) {
    try {
      // A row that nothing was undone of was checked when it was read.
      const record = row === now?.rows.get(key) ? (row as JsonObject as unknown as ItemRecord) : itemOfRow(row)
      if (record.vanishedAt === undefined && item?.is(record) !== false) items.push(record)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      report({ kind: 'failed', album: head.urlPath, imageKey: key, reason: 'its record of that day is damaged', detail: error.message })
    }
  }
  return item !== undefined && items.length === 0 ? undefined : { head, doc, items }
}

/** The files of an item that the vault held then. */
export const filesOf = ({ files, state }: ItemRecord): readonly FileRecord[] =>
  state === 'held' ? files.filter((file) => (file.state ?? 'held') === 'held' && isSafePath(file.name)) : []
