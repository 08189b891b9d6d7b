import type { Json, JsonObject } from '../../model.ts'
import { WITHHELD } from '../../vault/record/secrets.ts'
import { plainText } from './plain-text.ts'
import { heldPassword, showsPassword } from './privacy.ts'

/**
 * The settings of an album that can be written (fact sheet 9.2). Those that guard the photos come first: an album is opened only when SmugMug
 * has taken all of them. `MaxPhotoDownloadSize` stands after `AllowDownloads`, which resets it.
 */
const GUARDS = [
  'DownloadPassword',
  'AllowDownloads',
  'MaxPhotoDownloadSize',
  'LargestSize',
  'Protected',
  'Watermark',
  'External',
  'EXIF',
  'Filenames',
  'Geography',
  'HideOwner',
  'Printable',
  'Share',
  'SmugSearchable',
  'WorldSearchable',
] as const

const OTHERS = [
  'Name',
  'Description',
  'Keywords',
  'Comments',
  'CanRank',
  'Slideshow',
  'SquareThumbs',
  'SortMethod',
  'SortDirection',
  'PasswordHint',
] as const

const SETTINGS: readonly string[] = [...GUARDS, ...OTHERS]

/** SmugMug resets the size with it (fact sheet 9.2). */
const DOWNLOADS_OFF = { AllowDownloads: false, MaxPhotoDownloadSize: null } as const

/**
 * The settings that hide a folder from searches and its owner's name from visitors, and the value that does. Any other value is the one that a
 * folder has by itself, or that SmugMug refuses (fact sheet 3.2, 9.2).
 */
const HIDING = { HideOwner: 'true', SmugSearchable: 'No', WorldSearchable: 'No' } as const

/** Returns those settings of a folder that hide it, as it is made with them. */
export const hidingSettings = (raw: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(HIDING).flatMap(([name, hides]) => (plainText(raw[name]) === hides ? [[name, raw[name] ?? hides]] : [])),
  )

/** The settings of a folder that are known to be writable (fact sheet 9.2). */
const OF_FOLDERS: readonly string[] = ['Name', 'Description', 'SortMethod', 'SortDirection', 'ShowCoverImage', 'PasswordHint']

/** Returns the settings of an album or folder that differ, with the values of the vault. Settings that the vault does not know are left alone. */
export function differingSettings(kind: 'Folder' | 'Album', record: JsonObject, present: JsonObject): JsonObject {
  const names = kind === 'Album' ? SETTINGS : [...Object.keys(hidingSettings(record)), ...OF_FOLDERS]
  const wanted = lacksDownloadPassword(record, present) ? { ...record, ...DOWNLOADS_OFF } : record
  const isThere = (name: string, value: Json): boolean =>
    name === 'DownloadPassword' ? hasDownloadPassword(present, String(value)) : same(value, present[name])
  return Object.fromEntries(
    names.flatMap((name): readonly [string, Json][] => {
      const value = knownValue(name, wanted[name])
      return value === undefined || isThere(name, value) ? [] : [[name, value]]
    }),
  )
}

const TEXTS: readonly string[] = ['Name', 'Description', 'Keywords', 'PasswordHint']

/** Returns the value of a setting; undefined if the vault does not know it, as where SmugMug has an empty one for a choice (fact sheet 3.4). */
function knownValue(name: string, value: Json | undefined): Json | undefined {
  if (name === 'DownloadPassword') return heldPassword(value)
  return value === null || (value === '' && !TEXTS.includes(name)) ? undefined : value
}

/**
 * Could only people with a password download from an album, and does neither the vault hold that password nor SmugMug have one? Then downloads
 * stay off: without it everybody would get the originals. That there was one may be known only by the mark that it was withheld.
 */
export const lacksDownloadPassword = (
  { HasDownloadPassword, DownloadPassword, AllowDownloads }: JsonObject,
  present: JsonObject,
): boolean =>
  (isTrue(HasDownloadPassword) || DownloadPassword === WITHHELD) &&
  AllowDownloads !== false &&
  heldPassword(DownloadPassword) === undefined &&
  !isTrue(present.HasDownloadPassword)

const isTrue = (value: Json | undefined): boolean => plainText(value) === 'true'

/** Has the album at SmugMug this download password? It may not show it, but it says whether there is one. */
export const hasDownloadPassword = ({ HasDownloadPassword, DownloadPassword }: JsonObject, password: string): boolean =>
  isTrue(HasDownloadPassword) && showsPassword(DownloadPassword, password)

/** Returns those of the settings that guard the photos. */
export const guardsAmong = (names: readonly string[]): readonly string[] => GUARDS.filter((name) => names.includes(name))

/** The reason for a loss: see `lacksDownloadPassword`. */
export const NO_DOWNLOADS = 'its downloads stay off: the vault does not hold its download password (keep_secrets)'

/** The reason for leaving the settings of a folder or album alone that no restore made. */
export const STOOD_THERE = 'it stood there already, with other settings; they were left'

/** The reason for leaving the protection of a folder or album alone that a restore made, and that was opened since. */
export const OPENED_BEFORE = 'it was opened before, and its protection is another one now; it was left'

/** The reason for not opening a folder or album of which the journal says only that it was made. */
export const MAYBE_OPENED = 'it stays private: an earlier version of the program made it, and did not note whether it had opened it already'

/** A boolean may come as text, a list as an empty object. */
const same = (a: Json, b: Json | undefined): boolean => textOf(a) === textOf(b)

function textOf(value: Json | undefined): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(Object.values(value)) : plainText(value)
}
