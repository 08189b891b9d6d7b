/** What desktops and NAS boxes leave in folders: nothing of the account may be called so, and nobody misses it. */
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

/** What a system keeps at the top of a disk. */
const OF_THE_DISK = [
  'lost+found',
  '#recycle',
  '@Recycle',
  '.Trashes',
  '.Trash-1000',
  '.Spotlight-V100',
  '.fseventsd',
  '$RECYCLE.BIN',
  'System Volume Information',
]

const litter: ReadonlySet<string> = new Set(LITTER)
const ofTheDisk: ReadonlySet<string> = new Set(OF_THE_DISK)

/** A file or folder that a desktop or a NAS left: an empty folder with it in is empty. `._x` is macOS's shadow of x. */
export const isLitter = (name: string): boolean => litter.has(name) || name.startsWith('._')

/** Litter, or what a system keeps for itself: not looked into, and no stranger. */
export const isOfTheSystem = (name: string): boolean => isLitter(name) || ofTheDisk.has(name)
