import type { Json, JsonObject } from '../../../model.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder } from '../../../vault/layout.ts'
import {
  type AlbumHead,
  albumHead,
  type ItemWords,
  itemLine,
  itemWords,
  type RawWords,
  readAlbumRecord,
  renderAlbumRecord,
} from '../../../vault/record/album-record.ts'
import { writeOwn } from '../../../vault/record/own-files.ts'
import { RecordError } from '../../../vault/record/read-json.ts'
import { withoutSecrets } from '../../../vault/record/secrets.ts'
import type { AlbumUnderWay } from '../run/album-under-way.ts'
import type { Run } from '../run/run.ts'
import { writeSidecars } from './sidecars.ts'

/**
 * Writes an album's record: the listed items in album order with the names and proofs the catalogue has for them, then those
 * that are kept though SmugMug has them no more, with the words the record had for them. Not a byte changes when nothing has.
 * Returns how many listed items are unknown to the catalogue, and so left out.
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
      if (itemRow !== undefined) lines.push(itemLine(old.words, itemRow, files.get(old.imageKey) ?? [], old))
    }
  }
  await write(run, albumHead(row, secretsKept(run, album.listed.raw()), commentsKept(run, listing.comments ?? before.comments)), lines)
  return unknown
}

/**
 * Comments and metadata that the record has and the listing did not bring, because they are not asked for any more or could not be read:
 * what is held is not thrown away. Asked of the record only where one may have them.
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

/** Writes an unlisted album's record anew: its folder, its path or its standing has changed, its items' words have not. */
export async function rewriteHead(run: Run, row: AlbumRow, raw?: JsonObject): Promise<void> {
  const { catalogue } = run.vault
  const rows = new Map(catalogue.items(row.key).map((item) => [item.imageKey, item]))
  const files = Map.groupBy(catalogue.files(row.key), (file) => file.imageKey)
  const { head, items } = await read(run, row)
  const lines = items.flatMap((old) => {
    const itemRow = rows.get(old.imageKey)
    return itemRow === undefined ? [] : [itemLine(old.words, itemRow, files.get(old.imageKey) ?? [], old)]
  })
  await write(run, albumHead(row, secretsKept(run, raw ?? head?.smugmug ?? {}), commentsKept(run, head?.comments)), lines)
}

const secretsKept = (run: Run, raw: JsonObject): JsonObject => (run.settings.keepSecrets ? raw : withoutSecrets(raw))

/** Comments tell e-mail addresses (fact sheet 6.3). */
const commentsKept = (run: Run, comments: readonly Json[] = []): readonly Json[] =>
  comments.map((comment) =>
    typeof comment === 'object' && comment !== null && !Array.isArray(comment) ? secretsKept(run, comment as JsonObject) : comment,
  )

function extrasKept(run: Run, extras: string | undefined): string | undefined {
  return extras === undefined || run.settings.keepSecrets ? extras : JSON.stringify(withoutSecrets(JSON.parse(extras) as JsonObject))
}

interface Extras {
  readonly imageMetadata?: Json
  readonly comments?: Json
}

/** What is asked for is as the listing has it; what is not asked for any more stays as the record had it. */
function mergedExtras(run: Run, listed: string | undefined, before: string | undefined): string | undefined {
  const [now, old] = [listed, before].map((text) => (text === undefined ? {} : JSON.parse(text)) as Extras)
  const { comments, imageMetadata } = run.settings
  const merged = { imageMetadata: (imageMetadata ? now : old)?.imageMetadata, comments: (comments ? now : old)?.comments }
  return merged.imageMetadata === undefined && merged.comments === undefined ? undefined : extrasKept(run, JSON.stringify(merged))
}

async function write(run: Run, head: AlbumHead, lines: readonly string[]): Promise<void> {
  // What is only pretended is not written down.
  if (run.vault.mode === 'pretend') return
  const path = inFolder(head.folder, ALBUM_RECORD)
  if (await writeOwn(run.vault, path, () => renderAlbumRecord(head, lines), { isPrivate: run.settings.keepSecrets }))
    run.derived.recordsChanged = true
}

interface OldLine extends RawWords {
  readonly imageKey: string
  readonly words: ItemWords
}

async function oldLines(run: Run, row: AlbumRow, wanted: ReadonlySet<string>): Promise<readonly OldLine[]> {
  return (await read(run, row, wanted)).items
}

/** What the record held until now; nothing when there is none or it cannot be read. */
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
