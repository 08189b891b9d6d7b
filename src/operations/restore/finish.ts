import type { Item, JsonObject } from '../../model.ts'
import { coverKey } from '../twin/gather.ts'
import { differingSettings, guardsAmong, lacksDownloadPassword, NO_DOWNLOADS, STOOD_THERE } from './album-settings.ts'
import { isCollected } from './collect.ts'
import type { Filled } from './fill.ts'
import { hide } from './hide.ts'
import { changeAndRead, withoutGuards } from './make-nodes.ts'
import type { RestoredAlbum } from './outcome.ts'
import type { Part } from './parts.ts'
import type { RestoreRun } from './run.ts'
import { nameOf } from './send.ts'
import { elsewhere } from './settle.ts'
import { type Label, labelOf, type SourceAlbum, settingsOf, uploadName } from './source.ts'
import { type Listed, listSettled } from './target.ts'
import { differingWords } from './words.ts'

/** Gives an album its words, settings and cover, and proves by SmugMug's own list that every item is in it. */
export async function finishAlbum(run: RestoreRun, album: SourceAlbum, filled: Filled): Promise<RestoredAlbum> {
  const lists = await Promise.all(filled.parts.map(({ albumKey }) => listSettled(run.job, albumKey)))
  const images = new Map(lists.flatMap(({ items }) => items.map((item) => [item.imageKey, item] as const)))
  const ours = new Set(filled.parts.flatMap(({ isOurs }, at) => (isOurs ? (lists[at]?.items ?? []) : []).map(({ imageKey }) => imageKey)))
  const isHidden = await giveWords(run, album, { images, ours })
  let isGuarded = true
  for (const [at, part] of filled.parts.entries()) {
    if (!part.isOurs) await nameDifferences(run, album, part)
    else if (!(await giveSettings(run, album, { part, isFirst: at === 0, listed: lists[at]?.items ?? [] }))) isGuarded = false
  }
  const proof = await prove(run, album, { images, lists })
  return { ...proof, isWhole: proof.isWhole && isGuarded && isHidden && filled.isWhole }
}

/**
 * Sets the texts, the place and the visibility of what this journal made. Items that stood there before are left as they are, and named where
 * they differ. `ours` are the images in albums that a restore made. Returns whether all of them that were hidden are hidden.
 */
async function giveWords(
  run: RestoreRun,
  album: SourceAlbum,
  { images, ours }: { readonly images: ReadonlyMap<string, Item>; readonly ours: ReadonlySet<string> },
): Promise<boolean> {
  const { job } = run
  let isHidden = true
  for (const item of album.items) {
    job.signal.throwIfAborted()
    const entry = job.journal.item(nameOf(item))
    const image = images.get(entry?.imageKey ?? '')
    if (entry === undefined || image === undefined) continue
    const label = labelOf(item, album.head.urlPath)
    const isShown = item.record.hidden === true && image.hidden !== true
    if (isShown && entry.state !== 'made' && ours.has(image.imageKey) && !(await hide(run, label, { serial: 0, ...image })))
      isHidden = false
    if (isCollected(run, item)) continue
    if (entry.state === 'made' && uploadName(item) !== '' && image.fileName !== uploadName(item)) {
      run.note({ kind: 'notice', ...label, reason: 'its name at SmugMug is another one than before', detail: image.fileName })
    }
    const differing = differingWords(item.record, image)
    if (differing === undefined) continue
    if (entry.state !== 'made') {
      run.note({
        kind: 'notice',
        ...label,
        reason: 'it was there already, with other words; they were left',
        detail: Object.keys(differing).join(', '),
      })
      continue
    }
    const { Hidden: hidden, ...words } = differing
    // Its owner hid it.
    if (hidden === false) run.note({ kind: 'notice', ...label, reason: 'it was not hidden before, and is hidden at SmugMug; it was left' })
    const left = await setWords(run, label, { image, fields: hidden === true ? differing : words })
    if (left.includes('Hidden') && item.record.hidden === true) isHidden = false
  }
  return isHidden
}

/** Sets the words of one image, and names those that SmugMug did not take, which are returned. */
async function setWords(
  run: RestoreRun,
  label: Label,
  { image, fields }: { readonly image: Item; readonly fields: JsonObject },
): Promise<readonly string[]> {
  let left: readonly string[] = Object.keys(fields)
  await run.attempt({ ...label, reason: 'its words could not be set' }, async () => {
    left = await changeAndRead(run, { kind: 'image', imageKey: image.imageKey, serial: image.serial ?? 0 }, fields)
    if (left.length > 0) run.open({ ...label, reason: 'SmugMug did not take its words', detail: left.join(', ') })
  })
  return left
}

/** Names the settings of an album that stood there already, where they are others than in the vault. They are left as they are. */
async function nameDifferences(run: RestoreRun, { head }: SourceAlbum, { albumKey }: Part): Promise<void> {
  const present = await run.job.writer.read({ kind: 'album', albumKey }, run.job.signal)
  const names = Object.keys(differingSettings('Album', settingsOf(head), present ?? {}))
  if (names.length > 0) run.note({ kind: 'notice', album: head.urlPath, reason: STOOD_THERE, detail: names.join(', ') })
}

/** Sets the settings and the cover of an album that a restore made. Returns whether SmugMug took all that guard the photos. */
async function giveSettings(
  run: RestoreRun,
  album: SourceAlbum,
  { part, isFirst, listed }: { readonly part: Part; readonly isFirst: boolean; readonly listed: readonly Item[] },
): Promise<boolean> {
  const { writer, signal } = run.job
  const { urlPath } = album.head
  const target = { kind: 'album', albumKey: part.albumKey } as const
  let isGuarded = false
  await run.attempt({ album: urlPath, reason: 'its settings could not be set' }, async () => {
    const present = (await writer.read(target, signal)) ?? {}
    const wanted = settingsOf(album.head)
    const fields = withoutGuards(run, { nodeId: part.nodeId, urlPath }, differingSettings('Album', wanted, present))
    if ((fields.AllowDownloads ?? present.AllowDownloads) === false && lacksDownloadPassword(wanted, present))
      run.open({ album: urlPath, needsYou: true, reason: NO_DOWNLOADS })
    // The further albums of one that was too large have names of their own.
    const { Name: name, ...others } = fields
    const left = await changeAndRead(run, target, isFirst && name !== undefined ? { Name: name, ...others } : others)
    if (left.length > 0) run.open({ album: urlPath, reason: 'SmugMug did not take some settings of the album', detail: left.join(', ') })
    await giveCover(run, album, { albumKey: part.albumKey, listed, present })
    isGuarded = guardsAmong(left).length === 0
  })
  return isGuarded
}

async function giveCover(
  run: RestoreRun,
  { head }: SourceAlbum,
  { albumKey, listed, present }: { readonly albumKey: string; readonly listed: readonly Item[]; readonly present: JsonObject },
): Promise<void> {
  const image = run.job.journal.imageOf(coverKey(settingsOf(head)))
  if (image === undefined || coverKey(present) === image.imageKey) return
  if (!listed.some(({ imageKey }) => imageKey === image.imageKey)) return
  const uri = `/api/v2/album/${albumKey}/image/${image.imageKey}-${image.serial}`
  const left = await changeAndRead(run, { kind: 'album', albumKey }, { HighlightAlbumImageUri: uri })
  if (left.length > 0) run.note({ kind: 'notice', album: head.urlPath, reason: 'SmugMug did not take its cover' })
}

/** Compares SmugMug's lists with the vault: every item is there, and in its order. */
async function prove(
  run: RestoreRun,
  album: SourceAlbum,
  { images, lists }: { readonly images: ReadonlyMap<string, Item>; readonly lists: readonly Listed[] },
): Promise<RestoredAlbum> {
  const { urlPath } = album.head
  const order: string[] = []
  let moved = 0
  const sent = album.items.flatMap((item) => {
    const key = run.job.journal.item(nameOf(item))?.imageKey
    return key === undefined ? [] : [{ item, key }]
  })
  const others = await elsewhere(
    run,
    sent.flatMap(({ item, key }) => (images.has(key) ? [] : [item])),
  )
  for (const { item, key } of sent) {
    if (images.has(key)) order.push(key)
    else if (others.has(item)) {
      moved += 1
      run.note({ kind: 'notice', ...labelOf(item, urlPath), reason: 'it is at SmugMug, but no longer in this album' })
    } else run.open({ ...labelOf(item, urlPath), reason: 'it was uploaded, and SmugMug does not have it any more' })
  }
  nameDisorder(run, album, { order, lists })
  const counted = lists.reduce((sum, { count }) => sum + count, 0)
  const listed = lists.reduce((sum, { items }) => sum + items.length, 0)
  const agrees = lists.every((list) => list.agrees)
  if (!agrees) run.open({ album: urlPath, reason: 'SmugMug counts another number of photos in it than it lists' })
  const held = order.length + moved
  return { album: urlPath, counted, listed, held, isWhole: held === album.items.length && agrees }
}

/** Names an album that was in an order of its own and is in another one now. */
function nameDisorder(
  run: RestoreRun,
  album: SourceAlbum,
  { order, lists }: { readonly order: readonly string[]; readonly lists: readonly Listed[] },
): void {
  if (settingsOf(album.head).SortMethod !== 'Position') return
  const wanted = new Set(order)
  const present = lists.flatMap(({ items }) => items.map(({ imageKey }) => imageKey)).filter((key) => wanted.has(key))
  if (present.every((key, at) => key === order[at])) return
  run.note({ kind: 'notice', album: album.head.urlPath, reason: 'its photos are in another order than before' })
}
