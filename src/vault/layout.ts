/**
 * The layout of a vault. Paths are relative to its root, with `/`.
 * The format is described for strangers in docs/vault-format.md.
 */
import { HOME } from './home/home.ts'

/** The folder of the program's own files. */
export const OURS = '.smugmug-backup'

export const layout = {
  /** The catalogue of a vault in a folder, whose home this folder is. */
  catalogue: `${OURS}/${HOME.catalogue}`,
  /** Files that were replaced or stood in the way: `history/DATE/<path>`, and a line in the journal with the time and the reason. */
  history: `${OURS}/history`,
  historyJournal: `${OURS}/history/history.jsonl`,
  /** Files of vanished items, if `on_vanished = "trash"`. */
  trash: `${OURS}/trash`,
  /** Files on their way to a name that another file must leave first. Empty after a finished run. */
  moving: `${OURS}/moving`,
  /** Notes of moves under way, where the storage can only copy and remove. Empty after a finished run. */
  moves: `${OURS}/moves`,
  /** The locks of computers that change a vault in a bucket. */
  locks: `${OURS}/locks`,
  reports: `${OURS}/reports`,
  /** The past of words, places and order: one file of reverse changes a run that changed something, by year. */
  versions: `${OURS}/versions`,
  /** The copy of the catalogue of a vault in a bucket: snapshots, and the changes since. */
  catalogueCopy: `${OURS}/catalogue`,
  /** The certificates of last looks before an account is closed. None is ever replaced or removed. */
  leaving: `${OURS}/leaving`,
  /** Facts for `rebuild` that no album record holds: the vault's id, and the time of each album's listing. */
  state: `${OURS}/state.json`,
  /** The mark of a vault whose files are sealed. Absent in others. */
  sealed: `${OURS}/sealed.json`,
  md5sums: `${OURS}/MD5SUMS`,
  sha256sums: `${OURS}/SHA256SUMS`,
  metadataCsv: 'metadata.csv',
  tree: 'tree.json',
  readme: 'README.txt',
  /** The twin's page for unknown addresses, and the folder of everything of the twin but its pages. */
  notFound: '404.html',
  twinFiles: 'twin.files',
} as const

/** The files of which one at least is in every vault in a folder: each stands there as it is, also in a sealed vault. */
export const VAULT_MARKS: readonly string[] = [layout.catalogue, layout.sealed]

/** The name of an album's record, in the album's folder. */
export const ALBUM_RECORD = 'album.json'

/** The name of the twin's page, in the folder of an album or of folders. */
export const PAGE = 'index.html'

/** Returns the path of a name in a folder (`''` is the root). */
export const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

/** Returns the folder of a path, `''` for the root, and its last segment. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? { folder: '', name: path } : { folder: path.slice(0, slash), name: path.slice(slash + 1) }
}

/** Is this the path of a file that marks a folder below the top as a vault of its own? */
export const isMarkOfOther = (path: string): boolean => VAULT_MARKS.some((mark) => path.endsWith(`/${mark}`))

/** Is this folder part of the history or the trash? */
export const isPutAside = (folder: string): boolean => [layout.history, layout.trash].some((place) => `${folder}/`.startsWith(`${place}/`))

/** Is this the name of a record: in an album's folder, or at the top? */
export const isRecord = (folder: string, name: string): boolean => name === ALBUM_RECORD || (folder === '' && TOP_RECORDS.has(name))

/** Is this a file of words of our own: a record, a sidecar, or anything in our folder that is no photo which was put aside? */
export function isOwnRecord(path: string): boolean {
  const { folder, name } = splitPath(path)
  if (isRecord(folder, name) || name.toLowerCase().endsWith('.xmp') || path === layout.historyJournal) return true
  return path.startsWith(`${OURS}/`) && !isPutAside(folder) && !`${folder}/`.startsWith(`${layout.moving}/`)
}

const TOP_RECORDS: ReadonlySet<string> = new Set([layout.metadataCsv, layout.tree, layout.readme])
