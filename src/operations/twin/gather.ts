import { breathe } from '../../flow/breathe.ts'
import { timeWords } from '../../twin/dates.ts'
import { fold } from '../../twin/fold.ts'
import type { Fact, ItemWords } from '../../twin/format.ts'
import { ALBUM_RECORD, inFolder, PAGE } from '../../vault/layout.ts'
import { foldersAbove, type RecordedTree } from '../../vault/reading/tree.ts'
import type { AlbumHead, ItemRecord } from '../../vault/record/album-record.ts'
import { captionText } from '../../vault/record/caption-text.ts'
import { keywordsOf } from '../../vault/record/keywords.ts'
import { recordedTime } from '../../vault/record/recorded-time.ts'
import type { ShownRow } from '../../vault/shown-rows.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { readAlbum } from './read-album.ts'
import type { Showing } from './run.ts'

/**
 * Brings the list up to date: reads the records that changed since, and those of albums whose folders have other names now, and drops the
 * albums that are gone. Returns the paths of the pages whose albums could not be read: they stay as they are.
 */
export async function gather(run: Showing, tree: RecordedTree | undefined): Promise<ReadonlySet<string>> {
  const { catalogue } = run.vault
  const above = foldersAbove(tree)
  const unread = new Set<string>()
  const known = new Map(run.shown.albums().map((album) => [album.key, album]))
  const albums = catalogue.albums().filter((album) => album.vanishedAt === undefined)
  run.emit({ event: 'phase', name: 'reading the albums' })
  for (const [done, { key, folder }] of albums.entries()) {
    run.signal.throwIfAborted()
    run.emit({ event: 'progress', done, total: albums.length, unit: 'albums', more: true })
    const path = inFolder(folder, ALBUM_RECORD)
    const standing = catalogue.records.get(path)?.sha256 ?? (await looksOf(run, path))
    const before = known.get(key)
    known.delete(key)
    if (standing === undefined) continue
    const folders = above.get(key) ?? ''
    const record = `${standing} ${run.hash(folders)}`
    if (before?.record === record && before.folder === folder) continue
    if (!(await takeUp(run, { folder, folders, record }))) unread.add(inFolder(folder, PAGE))
  }
  for (const key of known.keys()) run.shown.removeAlbum(key)
  run.shown.flush()
  return unread
}

/** Returns what stands for the hash of a record that the catalogue has no note of; undefined if there is no record. */
async function looksOf({ vault }: Showing, path: string): Promise<string | undefined> {
  try {
    const entry = await vault.storage.stat(path)
    return entry?.kind === 'file' ? `${entry.size} ${entry.mark}` : undefined
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return undefined
  }
}

/** Reads an album's record into the list. One that cannot be read whole is named, and the album keeps its rows: the next run tries again. */
const takeUp = (
  run: Showing,
  { folder, folders, record }: { readonly folder: string; readonly folders: string; readonly record: string },
): Promise<boolean> =>
  readAlbum(run, { folder }, ({ head, items }) =>
    run.shown.putAlbum({ ...albumFacts(head), folder, record }, rowsOf(run, { head, folders }, items)),
  )

/** The names that the search finds all photos of an album by: its own, and those of the folders that it lies in. */
interface AlbumNames {
  readonly head: AlbumHead
  readonly folders: string
}

const albumFacts = ({ key, name, smugmug }: AlbumHead) => ({
  key,
  name,
  description: captionText(textOf(smugmug.Description)),
  isLocked: isLocked(smugmug),
  cover: coverKey(smugmug),
})

/** Returns the image key of an album's cover; empty if SmugMug names none. */
export const coverKey = (smugmug: Readonly<Record<string, unknown>>): string =>
  /\/image\/([A-Za-z0-9]+)/.exec(textOf(smugmug.HighlightAlbumImageUri))?.[1] ?? ''

/** Returns a text; empty if it is none. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Do strangers not see an album or folder with these settings? A missing setting counts as public: the twin is its owner's. */
export const isLocked = ({ Privacy, SecurityType }: { readonly Privacy?: unknown; readonly SecurityType?: unknown }): boolean =>
  Privacy === 'Private' || Privacy === 'Unlisted' || SecurityType === 'Password' || SecurityType === 'GrantAccess'

async function* rowsOf(run: Showing, album: AlbumNames, items: AsyncIterable<ItemRecord>): AsyncGenerator<ShownRow> {
  for await (const item of items) {
    await breathe()
    yield rowOf(run, album, item)
  }
}

function rowOf(run: Showing, { head, folders }: AlbumNames, item: ItemRecord): ShownRow {
  const file = item.files.find(({ component, state }) => component === undefined && (state === undefined || state === 'held'))
  const place = placeOf(item)
  const words = wordsOf(item, place && run.placeOf(place.latitude, place.longitude))
  const size = sizeOf(item)
  return {
    albumKey: head.key,
    imageKey: item.imageKey,
    position: item.position,
    collected: item.collected,
    md5: file?.md5 ?? '',
    name: file?.name ?? item.name,
    isVideo: item.isVideo,
    ...size,
    taken: words.taken ?? item.dateTimeUploaded?.slice(0, 19) ?? '',
    latitude: place?.latitude,
    longitude: place?.longitude,
    text: fold(
      [
        words.title,
        words.caption,
        ...(words.keywords ?? []),
        head.name,
        folders,
        words.place,
        ...new Set([item.fileName, item.name]),
        item.isVideo ? 'video' : '',
      ].join(' '),
    ),
    words: JSON.stringify(words),
    note: noteOf(item),
    still: item.isVideo ? textOf(rawOf(item).ArchivedUri) : '',
  }
}

/** Returns the place of an item. SmugMug writes 0 and 0 for none. */
export function placeOf({ latitude, longitude }: ItemRecord): { readonly latitude: number; readonly longitude: number } | undefined {
  const place = { latitude: Number(latitude), longitude: Number(longitude) }
  const isPlace = Math.abs(place.latitude) <= 90 && Math.abs(place.longitude) <= 180 && (place.latitude !== 0 || place.longitude !== 0)
  return latitude === undefined || longitude === undefined || !isPlace ? undefined : place
}

/** Returns SmugMug's answer about an item. */
export const rawOf = ({ smugmug }: ItemRecord): Readonly<Record<string, unknown>> =>
  typeof smugmug === 'object' && smugmug !== null && !Array.isArray(smugmug) ? (smugmug as Record<string, unknown>) : {}

/** Returns the size of an item in pixels; 0 by 0 if it is not known. */
export function sizeOf(item: ItemRecord): { readonly width: number; readonly height: number } {
  const raw = rawOf(item)
  const [width, height] = [Number(raw.OriginalWidth ?? 0), Number(raw.OriginalHeight ?? 0)]
  return width > 0 && height > 0 && width < 1e6 && height < 1e6 ? { width, height } : { width: 0, height: 0 }
}

function wordsOf(item: ItemRecord, place: string | undefined): ItemWords {
  const caption = shortened(captionText(item.caption))
  const taken = recordedTime(item)?.local
  // The day alone: SmugMug's clock is not that of the photographer.
  const uploaded = taken === undefined && item.dateTimeUploaded !== undefined ? timeWords(item.dateTimeUploaded.slice(0, 10)) : undefined
  const facts = [...(uploaded === undefined ? [] : [['Uploaded', uploaded] as const]), ...factsOf(item)]
  const keywords = keywordsOf(item)
  return {
    ...(item.title !== '' && { title: item.title }),
    ...(caption !== '' && { caption }),
    ...(keywords.length > 0 && { keywords }),
    ...(taken !== undefined && { taken }),
    ...(place !== undefined && { place }),
    ...(facts.length > 0 && { facts }),
  }
}

/** The longest text that a page shows: as long as SmugMug's longest. Browsers take many seconds for a megabyte of rare characters. */
const LONGEST = 65_535

const shortened = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}… (see album.json)`)

/** Returns the name of the camera; empty if it is not known. */
export const cameraOf = ({ imageMetadata }: ItemRecord): string =>
  [imageMetadata?.Make, imageMetadata?.Model]
    .map(textOf)
    .filter((part) => part !== '')
    .join(' ')

const GRADES = { original: 'original', rendition: 'the best that SmugMug keeps', fallback: 'smaller than the original' } as const

function factsOf(item: ItemRecord): readonly Fact[] {
  const { width, height } = sizeOf(item)
  const file = item.files.find(({ component }) => component === undefined)
  const camera = cameraOf(item)
  return [
    ...(camera === '' ? [] : [['Camera', camera] as const]),
    ...(width === 0 ? [] : [['Size', `${width} × ${height}`] as const]),
    ...(file === undefined ? [] : [['Stored as', GRADES[file.grade]] as const]),
  ]
}

function noteOf(item: ItemRecord): string {
  if (item.state === 'failed' || item.state === 'pending' || item.state === 'impossible') return item.reason ?? 'not held yet'
  const file = item.files.find(({ component }) => component === undefined)
  if (file?.state !== undefined && file.state !== 'held') return `its file is ${file.state}`
  return ''
}
