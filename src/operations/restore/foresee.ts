import { DestinationError } from '../../errors.ts'
import { formatCount, type Problem } from '../../events.ts'
import { parallel } from '../../flow/parallel.ts'
import { type Album, type Item, isObject, type JsonObject } from '../../model.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { lacksDownloadPassword, NO_DOWNLOADS } from './album-settings.ts'
import { collectedIn, idOf, isCollected } from './collect.ts'
import type { RestoreJob } from './job.ts'
import { type Matched, matchItems } from './match.ts'
import { laterParts } from './parts.ts'
import type { PlannedNode } from './plan.ts'
import { isKept } from './settle.ts'
import { readSourceAlbum, type Source, type SourceAlbum, type SourceItem, settingsOf } from './source.ts'
import { listSettled, type Target, type TargetNode } from './target.ts'
import { weakerNow } from './weaker.ts'

/** The work ahead, as the vault and SmugMug's lists let foresee it. */
export interface Foreseen {
  readonly folders: number
  readonly albums: number
  /** Items of the vault, in all albums that were chosen. */
  readonly items: number
  /** Those of them that can never go back, because SmugMug never gave a file. */
  readonly impossible: number
  /** Items to upload, and their bytes. */
  readonly toSend: number
  readonly bytes: number
  readonly toCollect: number
  /** The items that are collected, by `idOf`: those of all albums, also where they stand already. */
  readonly collected: ReadonlySet<string>
  readonly there: number
  /** Images in the account that the vault does not know. */
  readonly strangers: number
  /** The albums in the account that neither the vault knows nor a restore made. */
  readonly unknown: readonly Album[]
  /** The open albums of a restore that nothing new may go into, each with the settings by which it guards its photos less than before. */
  readonly weaker: ReadonlyMap<PlannedNode, readonly string[]>
  /** The things that cannot go back, by album. */
  readonly losses: readonly Problem[]
}

/** Reads the records of every album, and lists the albums that stand at SmugMug already. */
export async function foresee(
  job: RestoreJob,
  planned: readonly PlannedNode[],
  { source, target, sameAccount }: { readonly source: Source; readonly target: Target; readonly sameAccount: boolean },
): Promise<Foreseen> {
  const albums = planned.filter(({ source: { album } }) => album !== undefined)
  const homes = await homesIn(job, albums)
  const known = new Set(job.vault.catalogue.albums().map(({ key }) => key))
  const sums = { items: 0, impossible: 0, toSend: 0, bytes: 0, toCollect: 0, there: 0, strangers: 0 }
  const collected = new Set<string>()
  const losses = new Map<PlannedNode, readonly Problem[]>()
  const weaker = new Map<PlannedNode, readonly string[]>()
  await parallel(albums, { workers: job.bounds.albumsAtOnce, signal: job.signal }, async (node) => {
    const album = node.barred === undefined ? await readAgain(job, node) : undefined
    if (album === undefined) {
      sums.items += node.source.album?.items ?? 0
      return
    }
    const albumKey = node.present?.albumKey
    const later = await laterParts(job, node.source)
    const parts = node.present === undefined ? later : [node.present, ...later]
    const listed = await listAll(job, parts)
    const { matches, strangers } = matchItems(album.items, listed, job.journal)
    for (const item of await collectedIn(job, album.items, { homes, sameAccount, matched: matches })) collected.add(idOf(item))
    const ahead: SourceItem[] = []
    for (const item of album.items)
      if (!matches.has(item) && (isCollected({ collected }, item) || !(await isKept(job, item)))) ahead.push(item)
    const toCollect = ahead.filter((item) => isCollected({ collected }, item))
    const files = ahead.flatMap((item) => (item.file === undefined || isCollected({ collected }, item) ? [] : [item.file]))
    sums.items += album.items.length + album.fileless.length
    const names = files.length + toCollect.length > 0 ? await weakerNow(job, album, node.isOurs ? parts : later) : []
    if (names.length > 0) return void weaker.set(node, names)
    sums.impossible += album.fileless.length
    sums.there += album.items.length - ahead.length
    sums.toCollect += toCollect.length
    sums.toSend += files.length
    sums.bytes += files.reduce((sum, { size }) => sum + size, 0)
    if (albumKey !== undefined && !node.isOurs && !known.has(albumKey)) sums.strangers += strangers.length
    const present = new Set(listed.map(({ imageKey }) => imageKey))
    const fileless = album.fileless.filter(({ record }) => !present.has(record.imageKey)).length
    const isDisordered = losesOrder(album, { matches, ahead, listed, isCollected: (item) => isCollected({ collected }, item) })
    const isNew = node.present === undefined
    const found = lossesOf(album, { ahead, fileless, isNew, isDisordered })
    // The restore itself names it as something that is open.
    const isOff = job.dryRun && isNew && lacksDownloadPassword(settingsOf(album.head), {})
    losses.set(node, isOff ? [...found, { kind: 'notice', album: album.head.urlPath, reason: NO_DOWNLOADS }] : found)
  })
  const made = job.journal.madeAlbums()
  const unknown = target.albums.filter(({ key }) => !known.has(key) && !made.has(key))
  const looked = new Set(albums.map(({ present }) => present?.albumKey))
  for (const { key, imageCount = 0 } of unknown) if (!looked.has(key)) sums.strangers += imageCount
  const toMake = (type: string): number =>
    planned.filter(({ present, barred, source: node }) => present === undefined && barred === undefined && node.type === type).length
  const others = source.others.map(
    ({ path, type }): Problem => ({ kind: 'notice', album: path, reason: `a ${type.toLowerCase()} cannot go back` }),
  )
  const inOrder = albums.flatMap((node) => losses.get(node) ?? [])
  return { ...sums, unknown, collected, weaker, folders: toMake('Folder'), albums: toMake('Album'), losses: [...inOrder, ...others] }
}

/** Lists an album at SmugMug, with the further ones of an album that is too large. */
async function listAll(job: RestoreJob, parts: readonly Pick<TargetNode, 'albumKey'>[]): Promise<readonly Item[]> {
  const items: Item[] = []
  for (const { albumKey } of parts) if (albumKey !== undefined) items.push(...(await listSettled(job, albumKey)).items)
  return items
}

/**
 * Returns the images that have a home in one of these albums, with a file that can go there: now, or once an album that is barred may go back. One that
 * is collected from there is not uploaded meanwhile: the account would have it twice.
 */
async function homesIn(job: RestoreJob, albums: readonly PlannedNode[]): Promise<ReadonlySet<string>> {
  const homes = new Set<string>()
  for (const node of albums) {
    job.signal.throwIfAborted()
    const album = await (node.barred === undefined ? readAgain : albumOf)(job, node)
    if (album === undefined) for (const imageKey of job.records.homeOf(node.source.album?.key ?? '')) homes.add(imageKey)
    for (const { record, file } of album?.items ?? []) if (!record.collected && file !== undefined) homes.add(record.imageKey)
  }
  return homes
}

/**
 * Reads the record of an album that was legible a moment ago; undefined for a folder. Throws `DestinationError` if it is not any more: a plan without it
 * would upload photos that are to be collected from it, and say nothing.
 */
async function readAgain({ records }: RestoreJob, { source }: PlannedNode): Promise<SourceAlbum | undefined> {
  if (source.album === undefined) return undefined
  const unread = (cause?: Error): DestinationError =>
    new DestinationError(`The record of ${source.urlPath} cannot be read any more${cause === undefined ? '' : `: ${cause.message}`}.`, {
      hint: 'Nothing was sent. Check the disk of the vault, and that no other program changes it, then run it again.',
      cause,
    })
  try {
    const album = await readSourceAlbum(records, source.album)
    if (album === undefined) throw unread()
    return album
  } catch (error) {
    if (error instanceof RecordError || error instanceof StorageError) throw unread(error)
    throw error
  }
}

/** Reads an album's record; undefined when it cannot be read, which the restore itself names. */
export async function albumOf({ records }: RestoreJob, { source }: PlannedNode): Promise<SourceAlbum | undefined> {
  try {
    return source.album === undefined ? undefined : await readSourceAlbum(records, source.album)
  } catch (error) {
    if (error instanceof RecordError || error instanceof StorageError) return undefined
    throw error
  }
}

/** Will an album that is sorted by hand be in another order? Uploads come behind the photos that stand there, and collected ones behind all. */
function losesOrder(
  { head, items }: SourceAlbum,
  facts: Pick<Matched, 'matches'> & {
    readonly ahead: readonly SourceItem[]
    readonly listed: readonly Item[]
    readonly isCollected: (item: SourceItem) => boolean
  },
): boolean {
  if (settingsOf(head).SortMethod !== 'Position') return false
  const { matches, ahead, listed, isCollected } = facts
  const at = new Map(listed.map(({ imageKey }, place) => [imageKey, place]))
  const placeOf = (item: SourceItem): number => at.get(matches.get(item)?.image.imageKey ?? '') ?? 0
  const standing = items.filter((item) => matches.has(item)).toSorted((a, b) => placeOf(a) - placeOf(b))
  const uploads = ahead.filter((item) => item.file !== undefined && !isCollected(item))
  const order = [...standing, ...uploads, ...ahead.filter(isCollected)]
  const wanted = new Set(order)
  return items.filter((item) => wanted.has(item)).some((item, place) => item !== order[place])
}

const fieldsOf = ({ smugmug }: SourceItem['record']): JsonObject => (isObject(smugmug) ? smugmug : {})

/**
 * Says what SmugMug has no way to take back, counted. `ahead` are the items that are to be sent or collected, `fileless` is the number of those of
 * which there never was a file; `isNew` says that the album is made, too, `isDisordered` that its order by hand will be another one.
 */
function lossesOf(
  { head }: SourceAlbum,
  facts: { readonly ahead: readonly SourceItem[]; readonly fileless: number; readonly isNew: boolean; readonly isDisordered: boolean },
): readonly Problem[] {
  const { ahead, fileless, isNew, isDisordered } = facts
  const count = (isSo: (item: SourceItem) => boolean): number => ahead.filter(isSo).length
  const comments = ahead.reduce((sum, { record }) => sum + (record.comments?.length ?? 0), isNew ? (head.comments?.length ?? 0) : 0)
  const raws = count(({ record }) => record.files.some(({ component }) => component !== undefined))
  const missing = count(({ file, record }) => file === undefined && !record.collected)
  const smaller = count(({ file }) => file?.grade === 'fallback')
  const settings = settingsOf(head)
  const marked = count(({ record }) => settings.Watermark !== true && fieldsOf(record).Watermark === 'Yes')
  const guarded = count(({ record }) => settings.Protected !== true && fieldsOf(record).Protected === true)
  return [
    ...(comments > 0 ? [`${formatCount(comments, 'comment')} cannot go back`] : []),
    ...(raws > 0 ? [`the RAW files beside ${formatCount(raws, 'photo')} stay in the vault`] : []),
    ...(fileless > 0 ? [`${formatCount(fileless, 'item')} cannot go back: SmugMug never gave a file`] : []),
    ...(missing > 0 ? [`${formatCount(missing, 'item')} ${missing === 1 ? 'has' : 'have'} no file in the vault`] : []),
    ...(smaller > 0 ? [`${formatCount(smaller, 'photo')} ${smaller === 1 ? 'goes' : 'go'} back smaller than the original`] : []),
    ...(marked > 0 ? [`the watermark that ${formatCount(marked, 'photo')} had, but not the album, cannot go back`] : []),
    ...(guarded > 0 ? [`the right-click protection that ${formatCount(guarded, 'photo')} had, but not the album, cannot go back`] : []),
    ...(isDisordered
      ? ['its order by hand cannot go back whole: uploads come behind the photos that stand there, and collected ones last']
      : []),
  ].map((reason): Problem => ({ kind: 'notice', album: head.urlPath, reason }))
}
