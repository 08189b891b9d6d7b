import { IntegrityError } from '../../errors.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { isCollected } from './collect.ts'
import { hide } from './hide.ts'
import { changeAndRead, makeNode, noteIfOpen } from './make-nodes.ts'
import { isAnyWider, laterParts, type Part } from './parts.ts'
import { isWider, type PlannedNode, partName, WIDER } from './plan.ts'
import type { RestoreRun } from './run.ts'
import { type Filling, type Held, sendItem } from './send.ts'
import { settleAlbum } from './settle.ts'
import { labelOf, type SourceAlbum, type SourceItem, settingsOf } from './source.ts'

/** An album of the vault at SmugMug. */
export interface Filled {
  readonly node: PlannedNode
  readonly parts: readonly Part[]
  /** True when every item was sent or stood there. */
  readonly isWhole: boolean
}

/** The place of an album of the vault at SmugMug. */
export interface AlbumPlace {
  readonly node: PlannedNode
  /** Its first or only album there. */
  readonly first: Part
  /** The folder that further albums of it go into. */
  readonly parentId: string
}

/**
 * Uploads the items of an album that are not at SmugMug yet, one at a time, in their order. Collected ones come later. Undefined if its owner
 * opened the album since the plan was made: uploads of others may take days.
 */
export async function fillAlbum(run: RestoreRun, album: SourceAlbum, place: AlbumPlace): Promise<Filled | undefined> {
  const later = await laterParts(run.job, place.node.source)
  const present = await run.job.writer.read({ kind: 'node', nodeId: place.first.nodeId }, run.job.signal)
  if ((present !== undefined && isWider(place.node, present)) || isAnyWider(later, place.node)) {
    run.open({ album: album.head.urlPath, reason: WIDER })
    return undefined
  }
  for (const part of later) noteIfOpen(run, part)
  const parts = [place.first, ...later]
  const own = album.items.filter((item) => !isCollected(run, item))
  const settled = await settleAlbum(run, own, parts)
  if (settled === undefined) {
    run.open({ album: album.head.urlPath, reason: 'SmugMug counts another number of photos in it than it lists; nothing was sent' })
    return { node: place.node, parts, isWhole: false }
  }
  const { there, fillings } = settled
  run.counts.there += there.size
  const left = own.filter((item) => !there.has(item))
  if (left.length > 0) await keepOrder(run, album, parts)
  let isWhole = true
  for (const item of left) {
    run.job.signal.throwIfAborted()
    if (!(await bring(run, { album, item, place, parts, fillings }))) isWhole = false
  }
  return { node: place.node, parts, isWhole }
}

/** SmugMug gives new photos their place in an album that is sorted by hand only while it is sorted so (fact sheet 9.2). */
async function keepOrder(run: RestoreRun, { head }: SourceAlbum, parts: readonly Part[]): Promise<void> {
  const { SortMethod, SortDirection } = settingsOf(head)
  if (SortMethod !== 'Position') return
  for (const { albumKey, isOurs } of parts) {
    if (!isOurs) continue
    const present = await run.job.writer.read({ kind: 'album', albumKey }, run.job.signal)
    if (present?.SortMethod === SortMethod) continue
    await changeAndRead(run, { kind: 'album', albumKey }, { SortMethod, ...(SortDirection !== undefined && { SortDirection }) })
  }
}

interface Bringing {
  readonly album: SourceAlbum
  readonly item: SourceItem
  readonly place: AlbumPlace
  readonly parts: Part[]
  readonly fillings: Filling[]
}

/** Uploads one item into the last album with room. Returns whether it is at SmugMug now. */
async function bring(run: RestoreRun, bringing: Bringing): Promise<boolean> {
  const { album, item, fillings } = bringing
  const label = labelOf(item, album.head.urlPath)
  if (item.file === undefined) {
    run.open({ kind: 'missing', ...label, reason: 'the vault holds no file of it' })
    return false
  }
  const held: Held = { ...item, file: item.file }
  let filling = fillings.at(-1)
  if (filling === undefined || filling.known.size >= run.job.bounds.albumLimit) filling = await addPart(run, bringing)
  let sent = filling === undefined ? ({ kind: 'album full' } as const) : await trySend(run, filling, held)
  if (sent.kind === 'album full' && filling !== undefined && filling.known.size > 0) {
    filling = await addPart(run, bringing)
    if (filling !== undefined) sent = await trySend(run, filling, held)
  }
  if (sent.kind === 'made') {
    run.sent(held.file.size)
    // In an album that stood there already, people may be looking.
    const mustHide = item.record.hidden === true && bringing.place.node.present !== undefined
    return !mustHide || (await hide(run, label, sent.image))
  }
  if (sent.kind === 'album full') run.open({ ...label, reason: 'the album is full, and a further one could not be made' })
  else
    run.open({
      ...(sent.kind === 'missing' && { kind: 'missing' as const }),
      ...label,
      reason: sent.reason,
      ...(sent.detail !== undefined && { detail: sent.detail }),
    })
  return false
}

async function trySend(run: RestoreRun, filling: Filling, item: Held): ReturnType<typeof sendItem> {
  try {
    return await sendItem(run.job, filling, item)
  } catch (error) {
    if (error instanceof IntegrityError)
      return { kind: 'open', reason: 'the file in the vault is damaged; run verify', detail: error.message }
    if (error instanceof StorageError && error.code === 'ENOENT')
      return {
        kind: 'missing',
        reason: 'its file is missing in the vault: a backup fetches it again where SmugMug still has it',
      }
    if (error instanceof StorageError) return { kind: 'open', reason: 'the file in the vault cannot be read', detail: error.message }
    throw error
  }
}

/** Makes a further album beside one that is full. */
async function addPart(run: RestoreRun, { album, place, parts, fillings }: Bringing): Promise<Filling | undefined> {
  const { source } = place.node
  let at = parts.length + 1
  while (run.job.journal.node(partName(source.id, at))?.nodeId !== undefined) at += 1
  const made = await makeNode(run, source, { parentId: place.parentId, journalId: partName(source.id, at), name: `${source.name} (${at})` })
  if (made?.albumKey === undefined) return undefined
  const part: Part = { nodeId: made.nodeId, albumKey: made.albumKey, isOurs: true }
  parts.push(part)
  await keepOrder(run, album, [part])
  const filling: Filling = { albumKey: made.albumKey, known: new Map() }
  fillings.push(filling)
  run.note({
    kind: 'notice',
    album: source.urlPath,
    reason: 'it is too large for one album at SmugMug and goes on in further ones',
    detail: `${source.name} (${at})`,
  })
  return filling
}
