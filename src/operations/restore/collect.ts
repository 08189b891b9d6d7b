import { hide } from './hide.ts'
import type { RestoreJob } from './job.ts'
import type { Part } from './parts.ts'
import type { RestoreRun } from './run.ts'
import { nameOf } from './send.ts'
import { labelOf, type SourceAlbum, type SourceItem } from './source.ts'
import { listSettled } from './target.ts'

/** Returns the items of an album that are collected from an image which is at SmugMug, or will be. Any other one is uploaded, if the vault has its file. */
export async function collectedIn(
  job: RestoreJob,
  items: readonly SourceItem[],
  { homes, sameAccount, matched }: Sources & { readonly matched: Pick<ReadonlySet<SourceItem>, 'has'> },
): Promise<readonly SourceItem[]> {
  const found: SourceItem[] = []
  for (const item of items) {
    const { record, file } = item
    if (!record.collected) continue
    const before = job.journal.item(nameOf(item))?.state
    // An earlier restore, without the album that it was collected from, uploaded it: it is an image of its own now.
    const isOwn = before === 'made' || before === 'intended'
    const isAtHome = !isOwn && homes.has(record.imageKey)
    if (file === undefined || isAtHome || (!isOwn && !matched.has(item) && (await stands(job, sameAccount, item)))) found.push(item)
  }
  return found
}

/** The images that others can be collected from. */
export interface Sources {
  /** The images of the vault that have a home in an album which goes back. */
  readonly homes: ReadonlySet<string>
  /** Do the photos go into the account that they came from? There, images that still stand have their own keys. */
  readonly sameAccount: boolean
}

/** Names an item, over all albums. */
export const idOf = ({ album, record }: SourceItem): string => `${album} ${record.imageKey}`

/** Is this item collected, as `collectedIn` found? */
export const isCollected = ({ collected }: Pick<RestoreRun, 'collected'>, item: SourceItem): boolean => collected.has(idOf(item))

async function stands(job: RestoreJob, sameAccount: boolean, item: SourceItem): Promise<boolean> {
  const known = job.journal.imageOf(item.record.imageKey)
  if (known === undefined) return (await own({ job, sameAccount }, item)) !== undefined
  return (await job.writer.read({ kind: 'image', ...known }, job.signal)) !== undefined
}

interface Link {
  readonly item: SourceItem
  readonly imageKey: string
  readonly serial: number
}

/**
 * Collects into an album, the last of its parts, the images of other albums that stood in it. Images that SmugMug refuses are named, and the rest
 * are sent again: an image that is there already is no trouble (fact sheet 9.3). Returns whether all are there.
 */
export async function collectInto(
  run: RestoreRun,
  album: SourceAlbum,
  { parts, items }: { readonly parts: readonly Part[]; readonly items: readonly SourceItem[] },
): Promise<boolean> {
  const last = parts.at(-1)
  if (items.length === 0 || last === undefined) return true
  const links: Link[] = []
  for (const item of items) {
    const image = run.job.journal.imageOf(item.record.imageKey) ?? (await own(run, item))
    if (image !== undefined) links.push({ item, ...image })
    else fail(run, album, { item, reason: 'the photo that it was collected from is not at SmugMug' })
  }
  const refused = new Map<string, string>()
  const absent = await stillMissing(run, parts, links)
  run.counts.there += links.length - absent.length
  let missing = await unseen(run, album, absent)
  const wanted = missing.length
  // Two rounds: a photo that another one's refusal kept from being collected goes with the second.
  for (let round = 1; round <= 2; round += 1) {
    const again = missing.filter(({ imageKey }) => !refused.has(imageKey))
    if (again.length === 0) break
    await collect(run, { albumKey: last.albumKey, links: again, refused })
    missing = await stillMissing(run, parts, missing)
  }
  run.counts.collected += wanted - missing.length
  for (const { item, imageKey } of missing) {
    const detail = refused.get(imageKey)
    const reason = detail === undefined ? 'SmugMug did not collect it' : 'SmugMug refused to collect it'
    fail(run, album, { item, reason, ...(detail !== undefined && { detail }) })
  }
  return missing.length === 0 && wanted === absent.length && links.length === items.length
}

/** Leaves out the photos that were hidden in the album, and that people would see there now. */
async function unseen(run: RestoreRun, { head }: SourceAlbum, links: readonly Link[]): Promise<readonly Link[]> {
  const found: Link[] = []
  for (const link of links)
    if (link.item.record.hidden !== true || (await hide(run, labelOf(link.item, head.urlPath), link))) found.push(link)
  return found
}

/** Sends the requests, some images with each. Adds those that SmugMug refuses to `refused`, with its words. */
async function collect(
  { job }: RestoreRun,
  { albumKey, links, refused }: { readonly albumKey: string; readonly links: readonly Link[]; readonly refused: Map<string, string> },
): Promise<void> {
  const { collectedAtOnce } = job.bounds
  for (let at = 0; at < links.length; at += collectedAtOnce) {
    job.signal.throwIfAborted()
    const batch = links.slice(at, at + collectedAtOnce)
    const verdict = await job.writer.collect(albumKey, batch)
    if (verdict.kind === 'done') for (const { imageKey, reason } of verdict.value) refused.set(imageKey, reason)
    if (verdict.kind === 'refused') for (const { imageKey } of batch) refused.set(imageKey, verdict.detail)
  }
}

/** In the account that the vault was made of, an image may still have its own key. */
async function own(
  { job, sameAccount }: Pick<RestoreRun, 'job' | 'sameAccount'>,
  { record }: SourceItem,
): Promise<{ readonly imageKey: string; readonly serial: number } | undefined> {
  if (!sameAccount) return undefined
  const serial = record.serial ?? 0
  const raw = await job.writer.read({ kind: 'image', imageKey: record.imageKey, serial }, job.signal)
  return raw === undefined ? undefined : { imageKey: record.imageKey, serial: Number(raw.Serial ?? serial) }
}

async function stillMissing({ job }: RestoreRun, parts: readonly Part[], links: readonly Link[]): Promise<readonly Link[]> {
  const albums = new Map<string, string>()
  for (const { albumKey } of parts) {
    const { items } = await listSettled(job, albumKey)
    for (const { imageKey } of items) albums.set(imageKey, albumKey)
  }
  return job.journal.together(() =>
    links.filter(({ item, imageKey, serial }) => {
      const album = albums.get(imageKey)
      if (album !== undefined) job.journal.settleItem(nameOf(item), { state: 'found', album, imageKey, serial, at: job.clock.now() })
      return album === undefined
    }),
  )
}

function fail(
  run: RestoreRun,
  { head }: SourceAlbum,
  { item, reason, detail }: { readonly item: SourceItem; readonly reason: string; readonly detail?: string },
): void {
  run.open({ ...labelOf(item, head.urlPath), reason, ...(detail !== undefined && { detail }) })
}
