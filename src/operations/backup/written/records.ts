import type { Json, JsonObject } from '../../../model.ts'
import type { AlbumRow, FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder } from '../../../vault/layout.ts'
import {
  type AlbumHead,
  albumHead,
  type ItemWords,
  itemLine,
  itemWords,
  type RawWords,
  renderAlbumRecord,
} from '../../../vault/record/album-record.ts'
import { writeOwn } from '../../../vault/record/own-files.ts'
import { readAlbumRecord } from '../../../vault/record/read-album-record.ts'
import { RecordError } from '../../../vault/record/read-json.ts'
import { withoutSecrets } from '../../../vault/record/secrets.ts'
import type { AlbumUnderWay } from '../run/album-under-way.ts'
import type { Run } from '../run/run.ts'
import { noteAlbumPast } from './past.ts'
import { writeSidecars } from './sidecars.ts'

/**
 * Writes an album's record: the listed items in album order, with the names and proofs of the catalogue, then the kept items that SmugMug
 * no longer has, with the words of the old record. If nothing has changed, no byte changes. Returns the number of listed items that
 * are left out because the catalogue does not know them.
 */
export async function writeRecord(run: Run, album: AlbumUnderWay): Promise<number> {
  const { catalogue } = run.vault
  const { row, listing } = album
  const rows = new Map(catalogue.items(row.key).map((item) => [item.imageKey, item]))
  const files = Map.groupBy(catalogue.files(row.key), (file) => file.imageKey)
  const before = await keptExtras(run, row)
  const lines: string[] = []
  let unknown = 0
  for (const item of listing.items) {
    const itemRow = rows.get(item.imageKey)
    rows.delete(item.imageKey)
    if (itemRow === undefined) unknown += 1
    else
      lines.push(
        itemLine(itemWords(item), itemRow, files.get(item.imageKey) ?? [], {
          raw: item.raw,
          extras: mergedExtras(run, item.extras, before.items.get(item.imageKey)),
        }),
      )
  }
  await writeSidecars(run, album, lines)
  if (rows.size > 0) {
    for (const old of await oldLines(run, row, new Set(rows.keys()))) {
      const itemRow = rows.get(old.imageKey)
      rows.delete(old.imageKey)
      if (itemRow !== undefined) lines.push(itemLine(old.words, itemRow, files.get(old.imageKey) ?? [], old))
    }
    lines.push(...wordlessLines(rows.values(), files))
  }
  // Like its row, the record of an album that was listed for some items only keeps the dates of the last listing for all of them.
  const head = run.selection?.byItem === true ? (catalogue.album(row.key) ?? row) : row
  await write(run, albumHead(head, secretsKept(run, album.listed.raw()), commentsKept(run, listing.comments ?? before.comments)), lines)
  return unknown
}

/**
 * Returns the comments and metadata of the old record, for those that the listing did not bring: they are no longer asked for, or could not
 * be read. They must not be lost. Reads the record only if it may have any.
 */
async function keptExtras(
  run: Run,
  row: AlbumRow,
): Promise<{ readonly comments: readonly Json[] | undefined; readonly items: ReadonlyMap<string, string> }> {
  const { catalogue } = run.vault
  if (run.settings.comments || run.settings.imageMetadata) catalogue.setMeta('extras', 'some')
  if (catalogue.meta('extras') === undefined) return { comments: undefined, items: new Map() }
  const { head, items } = await read(run, row)
  return {
    comments: head?.comments,
    items: new Map(items.flatMap(({ imageKey, extras }) => (extras === undefined ? [] : [[imageKey, extras]]))),
  }
}

/**
 * Writes an unlisted album's record anew, with its new folder, path or state; the words of its items stay. Returns false if some words of items that SmugMug
 * still has could not be read: the album must be listed again.
 */
export async function rewriteHead(run: Run, row: AlbumRow, raw?: JsonObject): Promise<boolean> {
  const { catalogue } = run.vault
  const rows = new Map(catalogue.items(row.key).map((item) => [item.imageKey, item]))
  const files = Map.groupBy(catalogue.files(row.key), (file) => file.imageKey)
  const { head, items } = await read(run, row)
  const lines = items.flatMap((old) => {
    const itemRow = rows.get(old.imageKey)
    rows.delete(old.imageKey)
    return itemRow === undefined ? [] : [itemLine(old.words, itemRow, files.get(old.imageKey) ?? [], old)]
  })
  lines.push(...wordlessLines(rows.values(), files))
  await write(run, albumHead(row, secretsKept(run, raw ?? head?.smugmug ?? {}), commentsKept(run, head?.comments)), lines)
  return rows.values().every(({ vanishedAt }) => vanishedAt !== undefined)
}

/**
 * Renders the lines of vanished items whose words nobody has: a run was killed before it wrote them down, or the record was damaged. Their files and
 * proofs are known all the same, and a rebuild needs them.
 */
function wordlessLines(rows: Iterable<ItemRow>, files: ReadonlyMap<string, readonly FileRow[]>): readonly string[] {
  return [...rows]
    .filter(({ vanishedAt }) => vanishedAt !== undefined)
    .map((row) => {
      const { imageKey, serial, position, fileName, collected, name } = row
      const nothing = { title: '', caption: '', keywords: '', keywordArray: [], isVideo: /\.mp4$/i.test(name) }
      const words = { imageKey, position, fileName, collected, ...nothing, ...(serial !== undefined && { serial }) }
      return itemLine(words, row, files.get(imageKey) ?? [], { raw: undefined, extras: undefined })
    })
}

const secretsKept = (run: Run, raw: JsonObject): JsonObject => (run.settings.keepSecrets ? raw : withoutSecrets(raw))

/** Returns comments without their e-mail addresses (fact sheet 6.3), unless secrets are kept. */
const commentsKept = (run: Run, comments: readonly Json[] = []): readonly Json[] =>
  comments.map((comment) =>
    typeof comment === 'object' && comment !== null && !Array.isArray(comment) ? secretsKept(run, comment as JsonObject) : comment,
  )

function extrasKept(run: Run, extras: string | undefined): string | undefined {
  return extras === undefined || run.settings.keepSecrets ? extras : JSON.stringify(withoutSecrets(JSON.parse(extras) as JsonObject))
}

interface Extras {
  readonly imageMetadata?: Json
  readonly comments?: readonly Json[]
  /** The comments are only the first of them. */
  readonly isPart?: boolean
}

/** Returns an item's comments and metadata: from the listing if the settings ask for them and it brought them, else from the old record. */
function mergedExtras(run: Run, listed: string | undefined, before: string | undefined): string | undefined {
  const [now, old] = [listed, before].map((text) => (text === undefined ? {} : JSON.parse(text)) as Extras)
  const { comments, imageMetadata } = run.settings
  const merged = {
    imageMetadata: (imageMetadata ? now?.imageMetadata : undefined) ?? old?.imageMetadata,
    comments: (comments ? (now?.isPart === true ? longer(old?.comments, now.comments) : now?.comments) : undefined) ?? old?.comments,
  }
  const hasComments = merged.comments !== undefined && merged.comments.length > 0
  if (merged.imageMetadata === undefined && !hasComments) return undefined
  return extrasKept(run, JSON.stringify(hasComments ? merged : { imageMetadata: merged.imageMetadata }))
}

/** Returns the longer one of two lists: where only some comments came, the old ones are not given up for them. */
const longer = <T>(a: readonly T[] = [], b: readonly T[] = []): readonly T[] => (b.length > a.length ? b : a)

async function write(run: Run, head: AlbumHead, lines: readonly string[]): Promise<void> {
  // A dry run writes nothing.
  if (run.vault.mode === 'pretend') return
  const path = inFolder(head.folder, ALBUM_RECORD)
  const before = (): Promise<void> => noteAlbumPast(run, path, { head, lines })
  if (await writeOwn(run.vault, path, () => renderAlbumRecord(head, lines), { isPrivate: run.settings.keepSecrets, before }))
    run.derived.recordsChanged = true
  run.vault.catalogue.records.noteLost(head.key, false)
}

interface OldLine extends RawWords {
  readonly imageKey: string
  readonly words: ItemWords
}

async function oldLines(run: Run, row: AlbumRow, wanted: ReadonlySet<string>): Promise<readonly OldLine[]> {
  return (await read(run, row, wanted)).items
}

/** Reads the old record; returns no items if there is none, and only the readable ones if it is damaged. */
async function read(
  run: Run,
  row: AlbumRow,
  wanted?: ReadonlySet<string>,
): Promise<{ readonly head?: AlbumHead; readonly items: readonly OldLine[] }> {
  const path = inFolder(row.folder, ALBUM_RECORD)
  if ((await run.vault.storage.stat(path)) === undefined) return { items: [] }
  const items: OldLine[] = []
  let head: AlbumHead | undefined
  const damaged = (error: RecordError): void =>
    run.emit({ event: 'warning', message: `${path} could not be read (${error.message}); it is written anew.` })
  try {
    for await (const part of readAlbumRecord(run.vault.storage.read(path), damaged)) {
      if ('head' in part) head = part.head
      else if (wanted === undefined || wanted.has(part.record.imageKey)) {
        const {
          name: _n,
          wanted: _w,
          state: _s,
          reason: _r,
          vanishedAt: _v,
          files: _f,
          smugmug: _m,
          imageMetadata,
          comments,
          ...words
        } = part.record
        const extras =
          imageMetadata === undefined && comments === undefined ? undefined : extrasKept(run, JSON.stringify({ imageMetadata, comments }))
        items.push({ imageKey: part.record.imageKey, words, raw: part.raw, extras })
      }
    }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    damaged(error)
  }
  return { ...(head !== undefined && { head }), items }
}
