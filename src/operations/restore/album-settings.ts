import type { Json, JsonObject } from '../../model.ts'
import { plainText } from './plain-text.ts'

/**
 * The settings of an album that can be written (fact sheet 9.2). Those that guard the photos come first: an album is opened only when SmugMug
 * has taken all of them. `MaxPhotoDownloadSize` stands after `AllowDownloads`, which resets it.
 */
const GUARDS = [
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

/** The settings of a folder that are known to be writable (fact sheet 9.2). */
const OF_FOLDERS: readonly string[] = ['Name', 'Description', 'SortMethod', 'SortDirection', 'ShowCoverImage', 'PasswordHint']

/** Returns the settings of an album or folder that differ, with the values of the vault. Settings that the vault does not know are left alone. */
export function differingSettings(kind: 'Folder' | 'Album', wanted: JsonObject, present: JsonObject): JsonObject {
  const names = kind === 'Album' ? SETTINGS : OF_FOLDERS
  return Object.fromEntries(
    names.flatMap((name): readonly [string, Json][] => {
      const value = wanted[name]
      return value === undefined || value === null || same(value, present[name]) ? [] : [[name, value]]
    }),
  )
}

/** Returns those of the settings that guard the photos. */
export const guardsAmong = (names: readonly string[]): readonly string[] => GUARDS.filter((name) => names.includes(name))

/** The reason for leaving the settings of a folder or album alone that no restore made. */
export const STOOD_THERE = 'it stood there already, with other settings; they were left'

/** The reason for leaving the protection of a folder or album alone that a restore made and opened. */
export const OPENED_BEFORE = 'a restore opened it before, and its protection is another one now; it was left'

/** A boolean may come as text, a list as an empty object. */
const same = (a: Json, b: Json | undefined): boolean => textOf(a) === textOf(b)

function textOf(value: Json | undefined): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(Object.values(value)) : plainText(value)
}
