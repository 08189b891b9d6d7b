import { checked } from '../../flow/checked.ts'
import type { Item } from '../../model.ts'
import { headerText, type NewFile, type Uploaded, type Verdict } from '../../smugmug/account-writer.ts'
import type { ItemName } from '../../vault/catalogue/restore-journal.ts'
import { keywordsOf } from '../../vault/record/keywords.ts'
import type { RestoreJob } from './job.ts'
import { type SourceItem, spareName, uploadName } from './source.ts'
import { listTarget } from './target.ts'

/** An album at SmugMug that is being filled. Its known images make the difference between a lost answer and an upload that never arrived. */
export interface Filling {
  readonly albumKey: string
  /** The images that are known to be in it, by key, with their names. */
  readonly known: Map<string, string>
}

/** An item whose file the vault holds. */
export type Held = SourceItem & Required<Pick<SourceItem, 'file'>>

/** Returns the name of an item in the journal. */
export const nameOf = ({ album, record }: SourceItem): ItemName => ({ album, imageKey: record.imageKey })

/** The end of an upload. */
export type Sent =
  | { readonly kind: 'made'; readonly image: Uploaded }
  | { readonly kind: 'album full' }
  /** SmugMug does not take the file. */
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string }
  /** It may be there: nothing more is sent for this item now. */
  | { readonly kind: 'open'; readonly reason: string; readonly detail?: string }
  /** The vault has no such file. */
  | { readonly kind: 'missing'; readonly reason: string; readonly detail?: string }

/** Tries of one file in one restore: a second one only after count and list have both denied the first. */
const TRIES = 2

/**
 * Uploads an item, last in the album, and notes the intent before and the end after it. After an answer that was lost the album is asked:
 * only when its count and, later, its list both deny that the file arrived is it sent once more. If the album has another image of its name
 * and SmugMug refuses that, it goes under its name in the vault. Throws the vault's error when the file cannot
 * be read, or is not what was proven.
 */
export async function sendItem(job: RestoreJob, filling: Filling, item: Held): Promise<Sent> {
  const { journal, writer, clock } = job
  const name = nameOf(item)
  let fileName = uploadName(item)
  let tries = 0
  for (;;) {
    tries += 1
    journal.intendItem(name, { album: filling.albumKey, at: clock.now(), namesakes: namesakesOf(filling, item) })
    // No signal: an upload under way is finished, so that its end is known.
    const verdict = await writer.upload(fileOf(job, filling, { item, fileName })).catch((error: unknown) => {
      // Nothing arrived whole: the vault's bytes were not what was proven, or SmugMug could not be reached.
      journal.dropItem(name)
      throw error
    })
    const end = await endOf(job, filling, { item, verdict })
    if (end.kind === 'made') {
      filling.known.set(end.image.imageKey, fileName)
      journal.settleItem(name, { state: 'made', album: filling.albumKey, ...end.image, at: clock.now() })
      return end
    }
    if (end.kind === 'open') return end
    journal.dropItem(name)
    if (end.kind === 'name taken' && fileName !== spareName(item)) {
      fileName = spareName(item)
      tries = 0
    } else if (end.kind !== 'denied') return end.kind === 'name taken' ? { ...end, kind: 'refused' } : end
    else if (tries === TRIES) return { kind: 'open', reason: 'SmugMug did not answer, and does not have it', detail: end.reason }
  }
}

/** The end of a single request. */
type End =
  | Sent
  /** Count and list agree that it is not there. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** Another image of the album has its name, and this SmugMug allows that only once (fact sheet 12.19). */
  | { readonly kind: 'name taken'; readonly reason: string; readonly detail: string }

async function endOf(
  job: RestoreJob,
  filling: Filling,
  { item, verdict }: { readonly item: SourceItem; readonly verdict: Verdict<Uploaded> },
): Promise<End> {
  if (verdict.kind === 'done') return { kind: 'made', image: verdict.value }
  if (verdict.kind === 'refused') {
    const { reason, detail } = verdict
    switch (verdict.cause) {
      case 'album full':
        return { kind: 'album full' }
      case 'unfit file':
        return { kind: 'refused', reason, detail }
      case 'system error':
        return { kind: 'denied', reason: detail }
      // The name may be there because an earlier upload of ours arrived.
      case 'conflict':
        break
      case 'other':
        return { kind: 'open', reason, detail }
    }
  }
  const reason = verdict.kind === 'unknown' ? verdict.reason : verdict.detail
  const found = await lookFor(job, filling, item)
  if (found === 'denied') {
    return verdict.kind === 'unknown' ? { kind: 'denied', reason } : { kind: 'name taken', reason: verdict.reason, detail: reason }
  }
  if (found === undefined)
    return { kind: 'open', reason: 'SmugMug did not answer, and does not show yet whether it has it', detail: reason }
  return { kind: 'made', image: found }
}

/**
 * Looks whether an upload arrived. Returns the new image, `denied` when count and list agree that there is none until all waits are over, and
 * undefined while they do not say.
 */
export async function lookFor(job: RestoreJob, filling: Filling, item: SourceItem): Promise<Uploaded | 'denied' | undefined> {
  let answer: 'denied' | undefined
  for (const wait of job.bounds.waits) {
    await job.clock.sleep(wait, job.signal)
    const { items, count, agrees } = await listTarget(job, filling.albumKey, job.signal)
    const fresh = items.filter(({ imageKey }) => !filling.known.has(imageKey))
    const found =
      fresh.find((each) => isOf(each, item)) ?? (fresh.length === 1 && agrees ? fresh.find((each) => isNamed(each, item)) : undefined)
    if (found !== undefined) return { imageKey: found.imageKey, serial: found.serial ?? 0 }
    answer = agrees && count === filling.known.size ? 'denied' : undefined
  }
  return answer
}

/** Is this image of exactly the bytes that the vault holds? */
export const isOf = ({ archivedMd5, isVideo }: Item, { file }: SourceItem): boolean =>
  !isVideo && archivedMd5 !== undefined && archivedMd5 === file?.md5

/** Has this image the name of the item? SmugMug changes the bytes of videos, and of some photos, so nothing else is left to know them by. */
export const isNamed = (image: Item, item: SourceItem): boolean => isOneOf(namesOf(item), image) && image.isVideo === item.record.isVideo

/** Returns the names that an upload of this item may have. They are sent percent-encoded, and it is open whether SmugMug decodes them (fact sheet 12.10). */
const namesOf = (item: SourceItem): ReadonlySet<string> => {
  const [name, spare] = [uploadName(item), spareName(item)]
  return name === '' ? new Set(['']) : new Set([name, headerText(name), spare, headerText(spare)])
}

/** An image without a name has none at SmugMug, or its own key. */
const isOneOf = (names: ReadonlySet<string>, { imageKey, fileName }: Pick<Item, 'imageKey' | 'fileName'>): boolean =>
  names.has(fileName) || (names.has('') && fileName.startsWith(imageKey))

function namesakesOf({ known }: Filling, item: SourceItem): readonly string[] {
  const names = namesOf(item)
  return [...known].flatMap(([imageKey, fileName]) => (isOneOf(names, { imageKey, fileName }) ? [imageKey] : []))
}

function fileOf(
  { vault }: RestoreJob,
  { albumKey }: Filling,
  { item, fileName }: { readonly item: Held; readonly fileName: string },
): NewFile {
  const { record, file } = item
  const { size, md5, path } = file
  return {
    albumKey,
    fileName,
    size,
    md5,
    bytes: () => checked(vault.storage.read(path), { size, md5 }).stream,
    title: record.title,
    caption: record.caption,
    keywords: keywordsOf(record).join('; '),
    ...(record.hidden !== undefined && { hidden: record.hidden }),
    requestId: `${item.album}-${record.imageKey}-${md5}`,
  }
}
