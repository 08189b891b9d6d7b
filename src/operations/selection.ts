import { posix } from 'node:path'
import type { Item } from '../model.ts'
import { captureTime } from '../vault/naming/capture-time.ts'
import type { Selection } from './backup/job.ts'

/** What a run is restricted to; everything absent or empty means no restriction. */
export interface SelectionSettings {
  /** Globs on the album's path; a leading `/` makes no difference. */
  readonly album: readonly string[]
  readonly exclude: readonly string[]
  readonly type?: 'photo' | 'video' | undefined
  /** Milliseconds since 1970: dated at or after, and before. Capture times count as if they were UTC; without one the upload counts. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly keyword: readonly string[]
}

/** The selection, or undefined when nothing is left out. */
export function makeSelection(settings: SelectionSettings): Selection | undefined {
  const { album, exclude, type, since, until, keyword } = settings
  const byItem = type !== undefined || since !== undefined || until !== undefined || keyword.length > 0
  if (!byItem && album.length === 0 && exclude.length === 0) return undefined
  const words = new Set(keyword.map(fold))
  return {
    byItem,
    album: ({ urlPath }) =>
      (album.length === 0 || album.some((glob) => matches(urlPath, glob))) && !exclude.some((glob) => matches(urlPath, glob)),
    item: (item) =>
      (type === undefined || item.isVideo === (type === 'video')) &&
      (words.size === 0 || item.keywordArray.some((word) => words.has(fold(word)))) &&
      isDated(item, since, until),
  }
}

const fold = (word: string): string => word.normalize('NFKC').toLowerCase()

/** `Travel/**` means the album `Travel`, too. */
function matches(urlPath: string, glob: string): boolean {
  const path = urlPath.replace(/^\/+/, '')
  const pattern = glob.replace(/^\/+/, '').replace(/\/$/, '/**')
  return path === pattern || posix.matchesGlob(path, pattern) || (pattern.endsWith('/**') && posix.matchesGlob(path, pattern.slice(0, -3)))
}

function isDated(item: Pick<Item, 'dateTimeOriginal' | 'dateTimeUploaded'>, since: number | undefined, until: number | undefined): boolean {
  if (since === undefined && until === undefined) return true
  const local = captureTime({ dateTimeOriginal: item.dateTimeOriginal })?.local
  const date = local === undefined ? Date.parse(item.dateTimeUploaded ?? '') : Date.parse(`${local}Z`)
  // Without any date nothing speaks against it: better one too many.
  if (Number.isNaN(date)) return true
  return (since === undefined || date >= since) && (until === undefined || date < until)
}
