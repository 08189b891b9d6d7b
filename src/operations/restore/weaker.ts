import type { Json, JsonObject } from '../../model.ts'
import { differingSettings, guardsAmong } from './album-settings.ts'
import type { RestoreJob } from './job.ts'
import { plainText } from './plain-text.ts'
import { isOpen } from './privacy.ts'
import { type SourceAlbum, settingsOf } from './source.ts'

/** The value of each setting that guards the photos. Any other one guards less. */
const GUARDING: Readonly<Record<string, string>> = {
  AllowDownloads: 'false',
  Protected: 'true',
  Watermark: 'true',
  External: 'false',
  EXIF: 'false',
  Filenames: 'false',
  Geography: 'false',
  HideOwner: 'true',
  Printable: 'false',
  Share: 'false',
  SmugSearchable: 'No',
  WorldSearchable: 'No',
}

/** SmugMug's sizes, the smallest first (fact sheet 3.4). */
const SIZES = ['Medium', 'Large', 'XLarge', 'X2Large', 'X3Large', 'X4Large', '4K', 'X5Large', '5K', 'Original']

/** Returns the settings by which an album at SmugMug guards its photos less than that of the vault does. */
export function weakerGuards(record: JsonObject, present: JsonObject): readonly string[] {
  const wanted = differingSettings('Album', record, present)
  const isWeaker = (name: string): boolean => {
    if (name in GUARDING) return plainText(wanted[name]) === GUARDING[name]
    // A size or a password for downloads guards nothing while nobody may download.
    if (name !== 'LargestSize' && plainText(present.AllowDownloads) === 'false') return false
    return name === 'DownloadPassword' || isLarger(present[name], wanted[name])
  }
  return guardsAmong(Object.keys(wanted)).filter(isWeaker)
}

/** A size that is not known counts as a larger one. */
function isLarger(size: Json | undefined, than: Json | undefined): boolean {
  const [at, bound] = [SIZES.indexOf(plainText(size)), SIZES.indexOf(plainText(than))]
  return at < 0 || at > bound
}

/** An album at SmugMug: `raw` is SmugMug's answer about its node. */
interface Standing {
  readonly albumKey?: string
  readonly raw: JsonObject
}

/** Returns the settings by which those of these albums that are open guard their photos less than the album of the vault does. */
export async function weakerNow(
  { writer, signal }: RestoreJob,
  { head }: SourceAlbum,
  parts: readonly Standing[],
): Promise<readonly string[]> {
  const names = new Set<string>()
  for (const { albumKey, raw } of parts) {
    if (albumKey === undefined || !isOpen(raw)) continue
    const present = (await writer.read({ kind: 'album', albumKey }, signal)) ?? {}
    for (const name of weakerGuards(settingsOf(head), present)) names.add(name)
  }
  return [...names]
}
