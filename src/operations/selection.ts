import { posix } from 'node:path'
import { ConfigurationError, ServiceError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { nearest } from '../flow/nearest.ts'
import type { Album, Item } from '../model.ts'
import type { Account } from '../smugmug/account.ts'
import { captureTime } from '../vault/naming/capture-time.ts'
import { foldName, withoutTowers } from '../vault/naming/safe-path.ts'
import { keywordsOf } from '../vault/record/keywords.ts'
import type { Given } from './outcome.ts'

/** The part of an account that a run is restricted to. A partial run never takes the rest for vanished. */
export interface Selection {
  album(album: Pick<Album, 'urlPath'>): boolean
  item(item: Pick<Item, 'isVideo' | 'keywords' | 'keywordArray' | 'dateTimeOriginal' | 'dateTimeUploaded'>): boolean
  /** Leaves out single items, not only albums. */
  readonly byItem: boolean
  /** The patterns that albums are chosen and left out by, as given. */
  readonly patterns: Pick<SelectionSettings, 'album' | 'exclude'>
  /** The options that made it, as given. */
  readonly given: Given
  /** Returns the keywords, as given, that no item passed to `item` had. */
  idleKeywords(): readonly string[]
}

/** Returns such options as a command line has them: `--album "Travel/**" --type photo`. */
export const givenText = (given: Given): string =>
  Object.entries(given)
    .flatMap(([name, values]) => [values].flat().map((value) => `--${name} ${/^[\w.:%+-]+$/.test(value) ? value : JSON.stringify(value)}`))
    .join(' ')

/** The restrictions of a run; an absent or empty one restricts nothing. */
export interface SelectionSettings {
  /** Globs on the album's path; a leading `/`, capitals and the way letters are written make no difference. */
  readonly album: readonly string[]
  readonly exclude: readonly string[]
  readonly type?: 'photo' | 'video' | undefined
  /** Items dated at or after its start, in milliseconds since 1970. Capture times count as if they were UTC; without one the upload counts. */
  readonly since?: { readonly text: string; readonly start: number } | undefined
  /** Items dated before its end, in milliseconds since 1970. */
  readonly until?: { readonly text: string; readonly end: number } | undefined
  readonly keyword: readonly string[]
}

/** Returns the selection, or undefined when nothing is left out. */
export function makeSelection(settings: SelectionSettings): Selection | undefined {
  const { album, exclude, type, since, until, keyword } = settings
  const byItem = type !== undefined || since !== undefined || until !== undefined || keyword.length > 0
  if (!byItem && album.length === 0 && exclude.length === 0) return undefined
  const [taken, left] = [album.map(matcher), exclude.map(matcher)]
  const words = new Set(keyword.map(foldWord))
  const idle = new Set(words)
  const hasKeyword = (word: string): boolean => {
    const folded = foldWord(word)
    idle.delete(folded)
    return words.has(folded)
  }
  return {
    byItem,
    patterns: { album, exclude },
    given: {
      ...(album.length > 0 && { album }),
      ...(exclude.length > 0 && { exclude }),
      ...(type !== undefined && { type }),
      ...(since !== undefined && { since: since.text }),
      ...(until !== undefined && { until: until.text }),
      ...(keyword.length > 0 && { keyword }),
    },
    album: ({ urlPath }) => {
      const path = plainPath(urlPath)
      return (taken.length === 0 || taken.some((matches) => matches(path))) && !left.some((matches) => matches(path))
    },
    item: (item) =>
      // No early end: every word is checked off the list of idle keywords.
      (words.size === 0 || keywordsOf(item).filter(hasKeyword).length > 0) &&
      (type === undefined || item.isVideo === (type === 'video')) &&
      isDated(item, since?.start, until?.end),
    idleKeywords: () => keyword.filter((word) => idle.has(foldWord(word))),
  }
}

/** Returns the selection, or one of everything, marked as leaving out single items. */
export const byItemOf = (selection: Selection | undefined): Selection => ({
  album: () => true,
  item: () => true,
  patterns: { album: [], exclude: [] },
  given: {},
  idleKeywords: () => [],
  ...selection,
  byItem: true,
})

const foldWord = (word: string): string => withoutTowers(word).normalize('NFKC').toLowerCase()

/** Returns a path in the form that patterns are compared with: without `/` at its beginning, folded. */
const plainPath = (path: string): string => foldName(path.replace(/^\/+/, ''))

/** Returns the test of one pattern on plain paths. A bare path includes everything below it; `Travel/**` includes `Travel`. */
function matcher(glob: string): (path: string) => boolean {
  if (/^\/+$/.test(glob)) return () => true
  const pattern = plainPath(glob).replace(/\/+$/, '/**')
  const above = pattern.endsWith('/**') ? pattern.slice(0, -3) : undefined
  return (path) =>
    path === pattern ||
    (pattern !== '' && path.startsWith(`${pattern}/`)) ||
    posix.matchesGlob(path, pattern) ||
    (above !== undefined && (path === above || posix.matchesGlob(path, above)))
}

/** Returns the paths of albums and of the folders above them. */
const withFolders = (albums: readonly Pick<Album, 'urlPath'>[]): ReadonlySet<string> =>
  new Set(albums.flatMap(({ urlPath }) => [urlPath, ...[...urlPath.matchAll(/(?<=[^/])\//g)].map(({ index }) => urlPath.slice(0, index))]))

/** The patterns to check, and the albums to check them against. */
export interface PatternCheck {
  readonly selection: Selection | undefined
  /** All albums, chosen or not. */
  readonly albums: readonly Pick<Album, 'urlPath'>[]
  readonly emit: Emit
  /** Returns the paths of folders, empty ones too. Called only before a refusal. */
  folders?(): Promise<readonly string[]>
}

/**
 * Refuses a selection whose `--album` patterns match no album and no folder: a mistyped one would look like a complete backup of
 * nothing. Warns of each other pattern that matches nothing. Throws `ConfigurationError`, with a path that is near, and `ServiceError` when
 * there are no albums at all: then the patterns may be right.
 */
export async function checkPatterns({ selection, albums, emit, folders }: PatternCheck): Promise<void> {
  const { album = [], exclude = [] } = selection?.patterns ?? {}
  if (album.length + exclude.length === 0) return
  if (albums.length === 0) {
    if (album.length === 0) return
    throw new ServiceError('There are no albums to choose from, so nothing could be compared with --album.', {
      hint: 'Run it again without --album: if that works, look whether the account has albums.',
    })
  }
  const paths = [...withFolders(albums)]
  const plain = paths.map(plainPath)
  const isIdle = (glob: string, among: readonly string[] = plain): boolean => !among.some(matcher(glob))
  const idle = album.filter((glob) => isIdle(glob))
  if (idle.length > 0 && idle.length === album.length) {
    const others = (await folders?.()) ?? []
    if (idle.every((glob) => isIdle(glob, others.map(plainPath)))) throw noSuchAlbum(idle, [...paths, ...others])
  }
  // Such as `{Travel,Home}`: a pattern that is no bare path takes nothing from below the folders that it matches.
  const own = albums.map(({ urlPath }) => plainPath(urlPath))
  for (const glob of album.filter((each) => isIdle(each, own)))
    emit({ event: 'warning', message: `--album ${JSON.stringify(glob)} matches no album.${nearestTo(glob, paths)}` })
  for (const glob of exclude.filter((each) => isIdle(each, own)))
    emit({
      event: 'warning',
      message: `--exclude ${JSON.stringify(glob)} matches no album, so nothing is left out by it.${nearestTo(glob, paths)}`,
    })
}

/** Returns ` The nearest is "…".` with the path that was probably meant, or nothing. A path is also known by its last name alone. */
const nearestTo = (glob: string, paths: readonly string[]): string => {
  // Without the slash at the beginning, and without the `/**` at the end of a pattern.
  const bare = glob.replace(/^\/+|\/*\**$/g, '').normalize('NFC')
  const known = new Map<string, string>()
  for (const path of paths) {
    const shown = withoutTowers(path.replace(/^\/+/, '')).normalize('NFC')
    if (shown === '') continue
    known.set(shown, shown)
    const name = shown.slice(shown.lastIndexOf('/') + 1)
    if (!known.has(name)) known.set(name, shown)
  }
  const word = nearest(bare, known.keys())
  const found = word === undefined ? undefined : known.get(word)
  return found === undefined ? '' : ` The nearest is ${JSON.stringify(found)}.`
}

const noSuchAlbum = (globs: readonly string[], paths: readonly string[]): ConfigurationError => {
  const [first = ''] = globs
  const named = globs.map((glob) => JSON.stringify(glob)).join(', ')
  return new ConfigurationError(`--album ${named} matches no album and no folder of the account.${nearestTo(first, paths)}`, {
    hint: '`smugmug-backup list` shows the paths of all albums.',
  })
}

/** Warns of each keyword that no item had. Call when all chosen albums have been looked at. */
export function warnOfIdleKeywords(selection: Selection | undefined, emit: Emit): void {
  for (const word of selection?.idleKeywords() ?? [])
    emit({ event: 'warning', message: `--keyword ${JSON.stringify(word)}: none of the photos and videos that were looked at has it.` })
}

/** Returns the paths of the account's folders. One reading of the tree. */
export async function folderPaths(account: Account, signal: AbortSignal): Promise<readonly string[]> {
  const nodes = await account.tree(signal)
  return nodes.flatMap((node) => {
    const path = node.albumKey === undefined ? node.raw().UrlPath : undefined
    return typeof path === 'string' && path !== '/' ? [path] : []
  })
}

function isDated(item: Pick<Item, 'dateTimeOriginal' | 'dateTimeUploaded'>, since: number | undefined, until: number | undefined): boolean {
  if (since === undefined && until === undefined) return true
  const local = captureTime({ dateTimeOriginal: item.dateTimeOriginal })?.local
  const date = local === undefined ? Date.parse(item.dateTimeUploaded ?? '') : Date.parse(`${local}Z`)
  // An item without any date is included: better one too many.
  if (Number.isNaN(date)) return true
  return (since === undefined || date >= since) && (until === undefined || date < until)
}
