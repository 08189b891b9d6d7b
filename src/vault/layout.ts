/**
 * Where things lie in a vault. Paths are relative to its root, with `/`.
 * The format is described for strangers in docs/vault-format.md.
 */

/** The folder of everything that is ours and not the photographer's. */
export const OURS = '.smugmug-backup'

export const layout = {
  catalogue: `${OURS}/catalogue.sqlite`,
  lock: `${OURS}/lock.sqlite`,
  /** What was replaced, or stood in the way: `history/DATE/<path>`, and a line in the journal telling when and why. */
  history: `${OURS}/history`,
  historyJournal: `${OURS}/history/history.jsonl`,
  /** What vanished, where `on_vanished = "trash"`. */
  trash: `${OURS}/trash`,
  /** Files on their way to a name that another one has yet to leave. Empty after a finished run. */
  moving: `${OURS}/moving`,
  reports: `${OURS}/reports`,
  /** What the records of albums do not hold, for `rebuild`: the vault's id, when each album was listed. */
  state: `${OURS}/state.json`,
  md5sums: `${OURS}/MD5SUMS`,
  sha256sums: `${OURS}/SHA256SUMS`,
  metadataCsv: 'metadata.csv',
  tree: 'tree.json',
  readme: 'README.txt',
} as const

/** The name of an album's record, in the album's folder. */
export const ALBUM_RECORD = 'album.json'

/** Joins a folder (`''` is the root) and a name. */
export const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

/** The folder of a path, `''` for the root, and its last segment. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? { folder: '', name: path } : { folder: path.slice(0, slash), name: path.slice(slash + 1) }
}
