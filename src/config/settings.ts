import type { CopySettings } from './copy-settings.ts'
import { encryptionSettings } from './encryption-settings.ts'
import { fleetSettings } from './fleet-settings.ts'
import { keySettings } from './key-settings.ts'
import {
  choice,
  daysOrForever,
  folder,
  type Kind,
  list,
  percent,
  period,
  rateLimit,
  serviceAddress,
  text,
  wholeNumber,
  yesNo,
} from './kinds.ts'
import { notifySettings } from './notify-settings.ts'
import { placeSettings } from './place-settings.ts'
import { retention } from './retention.ts'
import { s3Settings } from './s3-settings.ts'
import { serviceSettings } from './service-settings.ts'
import { flatSections, optional, preset, type Section, type Setting } from './setting.ts'
import { webSettings } from './web-settings.ts'

/** More requests at once than any service answers. */
const MOST_AT_ONCE = 1000

/**
 * Every setting of the program: the loader, the environment variables, the command line's options, the type `Settings` and
 * docs/settings.md are all made of this one table.
 */
export const settingsTable = {
  ...keySettings,
  ...placeSettings,
  fileNames: preset('{{.FileName}}', {
    section: 'store',
    key: 'file_names',
    kind: text,
    doc: 'The template of file names. Keys: `FileName`, `FileNameNoExt`, `Extension`, `ImageKey`, `ArchivedMD5`, `UploadKey`, `Date`, `Time`, `Title`, `Serial`, `Position`, `CaptureDate`, `CaptureTime`.',
  }),
  useMetadataTimes: preset(false, {
    section: 'store',
    key: 'use_metadata_times',
    kind: yesNo,
    doc: 'Give new files the time of the camera. It is read from the file, or comes from the listing; one more call only if neither has it.',
  }),
  forceMetadataTimes: preset(false, {
    section: 'store',
    key: 'force_metadata_times',
    kind: yesNo,
    doc: 'The same for files that are held already. Refused without `use_metadata_times`.',
  }),
  writeCsv: preset(false, { section: 'store', key: 'write_csv', kind: yesNo, doc: 'Write `metadata.csv` at the top of the vault.' }),
  forceVideoDownload: preset(false, {
    section: 'store',
    key: 'force_video_download',
    kind: yesNo,
    doc: 'Fetch videos also while SmugMug calls them unfinished.',
  }),
  concurrentAlbums: optional({
    section: 'store',
    key: 'concurrent_albums',
    kind: wholeNumber(1, MOST_AT_ONCE),
    doc: 'The most albums to list at once. There may be more calls: up to twelve pages of each album are requested at once, and some files need calls of their own. Absent: the program chooses.',
    flag: { name: '--concurrent-albums', value: 'N' },
  }),
  concurrentDownloads: optional({
    section: 'store',
    key: 'concurrent_downloads',
    kind: wholeNumber(1, MOST_AT_ONCE),
    doc: 'The most files to fetch at once. Absent: the program chooses.',
    flag: { name: '--concurrent-downloads', value: 'N' },
  }),
  onVanished: preset('keep', {
    section: 'store',
    key: 'on_vanished',
    kind: choice('keep', 'trash'),
    doc: 'The treatment of a file whose item is gone from SmugMug: it stays and is marked, or it goes to the trash of the vault.',
  }),
  keepTrash: preset(90, { section: 'store', key: 'keep_trash', kind: daysOrForever, doc: 'The number of days to keep the trash.' }),
  twin: preset(false, {
    section: 'store',
    key: 'twin',
    kind: yesNo,
    doc: 'Bring the twin up to date at the end of each backup: a web site of the vault, in the vault. See [twin](cli.md#twin).',
  }),
  publicTwin: optional({
    section: 'store',
    key: 'public_twin',
    kind: folder,
    doc: 'Keep a public twin in this folder up to date, after each backup: a web site with only what SmugMug shows to strangers. See [a public twin](public-twin.md).',
  }),
  keepReports: preset(400, {
    section: 'store',
    key: 'keep_reports',
    kind: daysOrForever,
    doc: 'The number of days to keep the reports of runs.',
  }),
  keepReplaced: preset('forever', {
    section: 'store',
    key: 'keep_replaced',
    kind: daysOrForever,
    doc: 'The number of days to keep a replaced file in the history of the vault; 0 keeps none.',
  }),
  keepVersions: preset('forever', {
    section: 'store',
    key: 'keep_versions',
    kind: retention,
    doc: 'The versions of words, places and order to keep: all, or the last one of each of the last days, weeks, months and years on which something changed. See [prune](cli.md#prune).',
  }),
  maxVanished: preset('10%', {
    section: 'store',
    key: 'max_vanished',
    kind: percent,
    doc: 'The safety brake: when more than this share, and more than 20 items, vanished or were replaced, the run stops with exit code 7.',
  }),
  collected: preset('link', {
    section: 'store',
    key: 'collected',
    kind: choice('link', 'copy', 'skip'),
    doc: 'The form of an item collected from another album: a second name of the same file, a copy, or nothing.',
  }),
  fullListingDays: preset(7, {
    section: 'store',
    key: 'full_listing_days',
    kind: wholeNumber(1, 3650),
    doc: 'The most days until an album is listed again, even when it looks unchanged.',
  }),
  requireOriginals: preset(false, {
    section: 'store',
    key: 'require_originals',
    kind: yesNo,
    doc: 'A photo that can be held only smaller than its original, because its album locks it, is a failure: exit code 3, and the album is listed again in every run.',
  }),
  sidecars: preset([], {
    section: 'store',
    key: 'sidecars',
    kind: list('a list of "xmp"', choice('xmp')),
    doc: 'Files with title, caption, keywords and place to write beside each photo and video.',
  }),
  sidecarNames: preset('append', {
    section: 'store',
    key: 'sidecar_names',
    kind: choice('append', 'replace'),
    doc: 'The names of sidecars: `photo.jpg.xmp` (append) or `photo.xmp` (replace).',
  }),
  comments: preset(false, {
    section: 'store',
    key: 'comments',
    kind: yesNo,
    doc: 'Keep the comments of albums and items too. Costs one more call for each album that is listed.',
  }),
  imageMetadata: preset(false, {
    section: 'store',
    key: 'image_metadata',
    kind: yesNo,
    doc: 'Keep the metadata SmugMug read from each file too (camera, lens, exposure…): some 2 kB more in `album.json` for each item.',
  }),
  keepSecrets: preset(false, {
    section: 'store',
    key: 'keep_secrets',
    kind: yesNo,
    doc: 'Keep the passwords and guest keys of albums in the vault.',
  }),

  album: preset([], {
    section: 'store',
    key: 'album',
    kind: list('a list of patterns such as "Travel/**"', text),
    doc: 'Only albums whose path matches one of these patterns, such as `Travel/**`. `Travel` and `/Travel/**` mean the same; capitals and accents are compared loosely.',
    flag: { name: '--album', value: 'GLOB' },
  }),
  exclude: preset([], {
    section: 'store',
    key: 'exclude',
    kind: list('a list of patterns such as "Private/**"', text),
    doc: 'No albums whose path matches one of these patterns.',
    flag: { name: '--exclude', value: 'GLOB' },
  }),
  type: optional({
    section: 'store',
    key: 'type',
    kind: choice('photo', 'video'),
    doc: 'Only photos, or only videos.',
    flag: { name: '--type', value: 'photo|video' },
  }),
  since: optional({
    section: 'store',
    key: 'since',
    kind: period,
    doc: 'Only items dated in or after this year, month, day or moment.',
    flag: { name: '--since', value: 'DATE' },
  }),
  until: optional({
    section: 'store',
    key: 'until',
    kind: period,
    doc: 'Only items dated before or in this year, month, day or moment.',
    flag: { name: '--until', value: 'DATE' },
  }),
  keyword: preset([], {
    section: 'store',
    key: 'keyword',
    kind: list('a list of keywords', text),
    doc: 'Only items that carry one of these keywords.',
    flag: { name: '--keyword', value: 'WORD' },
  }),
  limitRate: optional({
    section: 'store',
    key: 'limit_rate',
    kind: rateLimit,
    doc: 'The most that downloads may take, in bytes a second such as `500k` or `2M`, or by the clock: `08:00-23:00 2M`. `k` is 1000, `Ki` is 1024. A timetable is in local time (a container knows only UTC unless given `TZ=Europe/Berlin`), and limits only the hours that it names. Of overlapping spans the first counts; `off` limits nothing.',
    flag: { name: '--limit-rate', value: 'RATE' },
  }),

  baseUrl: preset('https://api.smugmug.com', {
    section: 'http',
    key: 'base_url',
    kind: serviceAddress,
    doc: "The address of SmugMug's API.",
  }),
  uploadUrl: optional({
    section: 'http',
    key: 'upload_url',
    kind: serviceAddress,
    doc: "The address of SmugMug's uploader, for `restore`. Absent: `https://upload.smugmug.com/`, or with another `base_url` that one's root.",
  }),
  maxRetries: preset(6, {
    section: 'http',
    key: 'max_retries',
    kind: wholeNumber(0, 1000),
    doc: 'The number of tries after the first for one request. Waits that SmugMug asks for do not count.',
  }),

  ...serviceSettings,
  ...webSettings,
  ...notifySettings,
  ...encryptionSettings,
  ...s3Settings,
  ...fleetSettings,
} satisfies Record<string, Setting<unknown>>

/** The name of a setting in the program: `apiKey` for `api_key`. */
export type SettingName = keyof typeof settingsTable

type ValueOf<S> = S extends { readonly kind: Kind<infer T>; readonly preset: infer P } ? (P extends undefined ? T | undefined : T) : never

/** Every setting with its value; undefined when none was given and none is preset. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof settingsTable)[Name]> } & {
  /** Further copies of the vault. Their keys are in a table of their own: see `copyRows`. */
  readonly copies: readonly CopySettings[]
}

/** Keys that earlier versions had: still accepted, without effect, and with a warning that gives the reason. */
export const retiredKeys: readonly { readonly section: Section; readonly key: string; readonly reason: string }[] = [
  { section: 'authentication', key: 'username', reason: 'the account is known from the keys' },
]

/** The rows of the table in order, each with the setting's name. */
export const settingRows: readonly (Setting<unknown> & { readonly name: SettingName })[] = Object.entries(settingsTable).map(
  ([name, setting]: [string, Setting<unknown>]) => ({ ...setting, name: name as SettingName }),
)

/** Returns the environment variable of a setting: `SMGMG_BK_API_KEY` for `api_key`, `SMGMG_BK_SERVICE_EVERY` for `every` in `[service]`. */
export const variableOf = ({ section, key }: Pick<Setting<unknown>, 'section' | 'key'>): string =>
  `SMGMG_BK_${flatSections.includes(section) ? '' : `${section.toUpperCase()}_`}${key.toUpperCase()}`

/** Builds all settings by asking for each one by name. Only the table knows which value belongs to which name, hence the one cast. */
export const buildSettings = (find: (row: (typeof settingRows)[number]) => unknown, copies: readonly CopySettings[] = []): Settings =>
  ({ ...Object.fromEntries(settingRows.map((row) => [row.name, find(row)])), copies }) as unknown as Settings

const presetValue = ({ kind, preset: value }: Setting<unknown>): unknown => (value === undefined ? undefined : kind.read(value))

/** The settings when none are given. */
export const defaultSettings: Settings = buildSettings(presetValue)
