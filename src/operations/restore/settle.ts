import type { RestoreJob } from './job.ts'
import { type Match, type Matched, matchItems } from './match.ts'
import type { Part } from './parts.ts'
import type { RestoreRun } from './run.ts'
import { type Filling, isNamed, nameOf } from './send.ts'
import { labelOf, type SourceItem } from './source.ts'
import { type Listed, listSettled, patiently } from './target.ts'

/** An album of the vault, compared with SmugMug. */
export interface Settled {
  /** The items that are at SmugMug. */
  readonly there: ReadonlySet<SourceItem>
  /** The albums at SmugMug, to be filled. */
  readonly fillings: Filling[]
}

/**
 * Finds out which items are at SmugMug already, and settles what earlier restores left open. Undefined while SmugMug's count and list
 * disagree, because then nobody knows what is missing.
 */
export async function settleAlbum(run: RestoreRun, items: readonly SourceItem[], parts: readonly Part[]): Promise<Settled | undefined> {
  await waitForIntents(run, items)
  const lists: Listed[] = []
  for (const { albumKey } of parts) {
    const list = await listSettled(run.job, albumKey)
    if (!list.agrees) return undefined
    lists.push(list)
  }
  const found = matchItems(
    items,
    lists.flatMap((list) => list.items),
    run.job.journal,
  )
  const matches = run.job.journal.together(() => {
    const all = new Map([...found.matches, ...arrived(run, items, found)])
    noteMatches(run, all, albumsOf(parts, lists))
    return all
  })
  const there = new Set(matches.keys())
  const others = await elsewhere(
    run,
    items.filter((item) => !there.has(item)),
  )
  for (const item of others) there.add(item)
  const fillings = parts.map(({ albumKey }, at): Filling => {
    const known = new Map(lists[at]?.items.map(({ imageKey, fileName }) => [imageKey, fileName]))
    return { albumKey, known }
  })
  return { there, fillings }
}

/** Waits until an upload whose end is not known must show, if it arrived. */
async function waitForIntents({ job }: RestoreRun, items: readonly SourceItem[]): Promise<void> {
  const intents = items.flatMap((item) => {
    const before = job.journal.item(nameOf(item))
    return before?.state === 'intended' ? [before.at] : []
  })
  await patiently(job, Math.max(0, ...intents))
}

/** Finds the uploads that arrived although their end was never known: they have the name, and were not there before. */
function arrived({ job }: RestoreRun, items: readonly SourceItem[], { matches, strangers }: Matched): ReadonlyMap<SourceItem, Match> {
  const free = new Set(strangers)
  const found = new Map<SourceItem, Match>()
  for (const item of items) {
    const before = job.journal.item(nameOf(item))
    if (matches.has(item) || before?.state !== 'intended') continue
    const image = [...free].find((each) => isNamed(each, item) && !before.namesakes.includes(each.imageKey))
    if (image === undefined) job.journal.dropItem(nameOf(item))
    else {
      free.delete(image)
      found.set(item, { item, image, by: 'journal' })
    }
  }
  return found
}

const albumsOf = (parts: readonly Part[], lists: readonly Listed[]): ReadonlyMap<string, string> =>
  new Map(parts.flatMap(({ albumKey }, at) => (lists[at]?.items ?? []).map(({ imageKey }) => [imageKey, albumKey] as const)))

function noteMatches(run: RestoreRun, matches: ReadonlyMap<SourceItem, Match>, albums: ReadonlyMap<string, string>): void {
  const { journal, clock } = run.job
  for (const [item, { image, by }] of matches) {
    const before = journal.item(nameOf(item))
    if (before?.imageKey === image.imageKey) continue
    const state = before?.state === 'intended' ? 'made' : 'found'
    const album = albums.get(image.imageKey) ?? ''
    journal.settleItem(nameOf(item), { state, album, imageKey: image.imageKey, serial: image.serial ?? 0, at: clock.now() })
    if (by === 'name' && state === 'found') {
      run.note({
        kind: 'notice',
        ...labelOf(item, ''),
        reason: 'a video of this name is there already; SmugMug changes the bytes of videos, so they cannot be compared',
      })
    }
  }
}

/** Is the image of an item that the journal knows at SmugMug, in whichever album? */
export async function isKept(
  { journal, writer, signal }: Pick<RestoreJob, 'journal' | 'writer' | 'signal'>,
  item: SourceItem,
): Promise<boolean> {
  const { imageKey, serial = 0 } = journal.item(nameOf(item)) ?? {}
  return imageKey !== undefined && (await writer.read({ kind: 'image', imageKey, serial }, signal)) !== undefined
}

/** The parts of a restore that ask SmugMug for single images. */
type Asking = Pick<RestoreJob, 'journal' | 'writer' | 'signal' | 'bounds' | 'clock'>

/**
 * Returns the items that the journal knows and that are at SmugMug, although their album does not list them: a list that lags behind says nothing,
 * and their owner may have moved them. An image that is gone is forgotten, so that it is sent again; one that arrived a moment ago may not show yet.
 * That is waited for once, for all of them.
 */
export async function elsewhere({ job }: { readonly job: Asking }, items: readonly SourceItem[]): Promise<ReadonlySet<SourceItem>> {
  const kept = new Set<SourceItem>()
  const unseen: { readonly item: SourceItem; readonly imageKey: string }[] = []
  let newest = 0
  for (const item of items) {
    const { imageKey, at = 0 } = job.journal.item(nameOf(item)) ?? {}
    if (imageKey === undefined) continue
    if (await isKept(job, item)) kept.add(item)
    else {
      unseen.push({ item, imageKey })
      newest = Math.max(newest, at)
    }
  }
  const isLater = unseen.length > 0 && (await patiently(job, newest))
  for (const { item, imageKey } of unseen) {
    if (isLater && (await isKept(job, item))) kept.add(item)
    else job.journal.forgetImage(imageKey)
  }
  return kept
}
