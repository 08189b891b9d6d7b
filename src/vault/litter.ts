/**
 * Names of files that desktops and NAS boxes leave in folders. Nothing of the account gets such a name, because the system would overwrite
 * it. These lists name the files that need not be mentioned to a person. They never decide that a file may be deleted, nor that an item's
 * file is missing.
 */
export const LITTER: readonly string[] = [
  '.DS_Store',
  '.directory',
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '@eaDir',
  '.@__thumb',
  '.AppleDouble',
]

/** Names of entries that a system keeps at the top of a disk. */
const OF_THE_DISK = [
  'lost+found',
  '#recycle',
  '@Recycle',
  '.Trashes',
  '.Spotlight-V100',
  '.fseventsd',
  '.DocumentRevisions-V100',
  '.TemporaryItems',
  '#snapshot',
  '.snapshot',
  '$RECYCLE.BIN',
  'System Volume Information',
]

const ofTheSystem: ReadonlySet<string> = new Set([...LITTER, ...OF_THE_DISK].map((name) => name.toLowerCase()))

/** Would a desktop, a NAS or a system leave an entry under this name? `._x` is macOS's shadow of x, `.Trash-1000` the trash of a user. */
export const isOfTheSystem = (name: string): boolean =>
  ofTheSystem.has(name.toLowerCase()) || name.startsWith('._') || /^\.Trash-\d+$/.test(name)
