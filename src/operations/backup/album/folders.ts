import { albumLabel } from '../../../events.ts'
import { breathe } from '../../../flow/breathe.ts'
import type { Album } from '../../../model.ts'
import type { Catalogue } from '../../../vault/catalogue/catalogue.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, splitPath } from '../../../vault/layout.ts'
import { assignFolders, type KnownFolder } from '../../../vault/naming/assign.ts'
import { foldName, plainKey, safeFolder, suffixFolder } from '../../../vault/naming/safe-path.ts'
import { longestNameOf } from '../../../vault/storage/storage.ts'
import type { Survey } from '../../survey.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import { albumRow, type Run } from '../run/run.ts'
import { rewriteHead } from '../written/records.ts'
import { type FolderChange, moveFolders } from './move-folders.ts'

/** An album and its folder in the vault. */
export interface Placement {
  readonly album: Album
  /** Its row in the catalogue, with its present folder. */
  readonly row: AlbumRow
  /** Its former folder, if SmugMug renamed or moved it. */
  readonly movedFrom: string | undefined
  /** Does its record in the vault have a former folder, path or name of it? */
  readonly isRenamed: boolean
  /** Names, folded, of the folders in its folder that belong to other albums. */
  readonly inside: ReadonlySet<string>
}

/**
 * Gives every album of the list its folder, and moves the folders of albums that were renamed or moved on SmugMug: from the album list
 * alone, without a listing or a download. The folder of an album that is gone makes way for another album at its path. A folder that
 * cannot be moved stays for this run. `misplaced` are the albums whose record names another folder or path, because a run was killed.
 * Goes album by album, and lets others have their turn. Returns the placements of the `chosen` albums.
 */
export async function followFolders(run: Run, { albums, chosen, survey: { misplaced } }: Listed): Promise<Placements> {
  const longest = await longestNameOf(run.vault.storage)
  const { folders, changes, gone } = await assign(run, albums, longest)
  const stuck = await moveFolders(run, await toMove(changes, folders, run), folders)
  keepStuck(folders, { changes, stuck, longest })
  await rewriteGone(run, gone, misplaced)
  const { added, renamed } = await noteFolders(run, albums, { folders, changes })
  run.derived.treeChanged = changes.length > 0 || added > 0 || gone.some((row) => row.vanishedAt === undefined)
  return placementsOf(run, chosen, {
    movedFrom: new Map(changes.flatMap(({ row }) => (stuck.has(row.key) ? [] : [[row.key, row.folder] as const]))),
    renamed: new Set([...renamed, ...misplaced]),
    inside: await albumsInside(folders),
  })
}

/** The albums of the account, those of them that the run is about, and the findings of the survey. */
interface Listed {
  readonly albums: readonly Album[]
  readonly chosen: readonly Album[]
  readonly survey: Pick<Survey, 'misplaced'>
}

/**
 * The placements of albums. Each is made when it is needed: all of them together would take as much memory as the album list.
 */
export interface Placements extends Iterable<Placement> {
  /** Yields each placement, the largest album first, and forgets it: afterwards there is none to be had. */
  taken(): Iterable<Placement>
}

/** The albums that are no longer where they were, or have others in them. They are few. */
interface Exceptions {
  readonly movedFrom: ReadonlyMap<string, string>
  readonly renamed: ReadonlySet<string>
  readonly inside: ReadonlyMap<string, ReadonlySet<string>>
}

const NOTHING: ReadonlySet<string> = new Set()

function placementsOf({ vault }: Run, chosen: readonly Album[], { movedFrom, renamed, inside }: Exceptions): Placements {
  // Turned round, so that the largest is taken from the end, and of two of one weight the first.
  const albums = chosen.toSorted((a, b) => weightOf(b) - weightOf(a)).reverse()
  function* placed(album: Album): Generator<Placement> {
    const { key } = album
    const row = vault.catalogue.album(key)
    if (row === undefined) return
    yield { album, row, movedFrom: movedFrom.get(key), isRenamed: renamed.has(key), inside: inside.get(key) ?? NOTHING }
  }
  return {
    *[Symbol.iterator]() {
      for (const album of albums) yield* placed(album)
    },
    *taken() {
      for (let album = albums.pop(); album !== undefined; album = albums.pop()) yield* placed(album)
    },
  }
}

/** Estimates the time of an album: its bytes, with the copies that SmugMug made (videos have no original), and a megabyte for listing each item. */
const weightOf = ({ allBytes, bytes = 0, imageCount = 0 }: Album): number => (allBytes ?? bytes) + imageCount * 1_000_000

/** Brings the rows of all albums up to date with their folders and the album list. Returns the number of new ones, and the keys of those that changed. */
async function noteFolders(
  { vault: { catalogue } }: Run,
  albums: readonly Album[],
  { folders, changes }: { readonly folders: ReadonlyMap<string, string>; readonly changes: readonly FolderChange[] },
): Promise<{ readonly added: number; readonly renamed: ReadonlySet<string> }> {
  const moved = new Map(changes.map(({ row }) => [row.key, row]))
  const renamed = new Set<string>()
  let added = 0
  for (const album of albums) {
    await breathe()
    const { key, nodeId, name, urlPath } = album
    const folder = folders.get(key) ?? ''
    const before = moved.get(key) ?? catalogue.album(key)
    if (before === undefined) {
      // The note of a record at this path is of an album that has left it.
      catalogue.records.forget(inFolder(folder, ALBUM_RECORD))
      catalogue.putAlbum(albumRow(album, folder, undefined))
      added += 1
      continue
    }
    const row = { ...before, nodeId, name, urlPath, folder, vanishedAt: undefined }
    if (sameRow(before, row)) continue
    renamed.add(key)
    // Until its record is written anew, the next run must find that it is not.
    catalogue.records.forget(inFolder(folder, ALBUM_RECORD))
    catalogue.putAlbum(row)
  }
  return { added, renamed }
}

/** Writes the records of albums that are gone from the account and made way for another album. */
async function rewriteGone(run: Run, gone: readonly AlbumRow[], misplaced: ReadonlySet<string>): Promise<void> {
  for (const { key, folder } of gone) {
    const row = run.vault.catalogue.album(key)
    if (row === undefined || (row.folder === folder && !misplaced.has(key))) continue
    await ownTrouble(() => rewriteHead(run, row), refused(run, { album: row.urlPath }, 'its record could not be written'))
  }
}

/** Returns the folder of every album of the list, the moves that this needs, and the albums that are gone from the account. */
async function assign(
  run: Run,
  albums: readonly Album[],
  longest: number,
): Promise<{ readonly folders: Map<string, string>; readonly changes: readonly FolderChange[]; readonly gone: readonly AlbumRow[] }> {
  const { catalogue } = run.vault
  const { standing, gone } = await standingFolders(catalogue, albums)
  const waits = goneWait(run, gone)
  const stay = new Set(gone.filter((row) => row.vanishedAt === undefined && waits).map((row) => foldName(row.folder)))
  const known = await stickyFolders(standing, { stay, longest })
  const folders = await assignFolders(albums, known, { taken: (folded) => stay.has(folded), longest })
  const changes: FolderChange[] = []
  for (const album of albums) {
    await breathe()
    const to = folders.get(album.key)
    const row = to === known.get(album.key)?.folder ? undefined : catalogue.album(album.key)
    if (row !== undefined && to !== undefined && row.folder !== to) changes.push({ row, to, label: albumLabel(album) })
  }
  const taken = new Set(gone.length === 0 ? [] : folders.values().map(foldName))
  for (const row of gone) {
    if (stay.has(foldName(row.folder)) || !taken.has(foldName(row.folder))) continue
    changes.push({ row, to: freeFolder(row, taken, longest), label: row.urlPath })
  }
  return { folders, changes, gone }
}

/** Returns the folders of the albums whose path in the account is what it was, by their keys, and the rows of albums that are gone. */
async function standingFolders(
  catalogue: Catalogue,
  albums: readonly Album[],
): Promise<{ readonly standing: ReadonlyMap<string, KnownFolder>; readonly gone: readonly AlbumRow[] }> {
  const paths = new Map(albums.map(({ key, urlPath }) => [key, urlPath]))
  const standing = new Map<string, KnownFolder>()
  const gone: AlbumRow[] = []
  for (const row of catalogue.eachAlbum()) {
    await breathe()
    const urlPath = paths.get(row.key)
    if (urlPath === undefined) gone.push(row)
    else if (urlPath === row.urlPath && row.vanishedAt === undefined) standing.set(row.key, { folder: row.folder, urlPath })
  }
  return { standing, gone }
}

/**
 * Returns the folders that albums keep. An album that had to take another folder than its own path gets its path once no remaining album
 * stands there.
 */
async function stickyFolders(
  standing: ReadonlyMap<string, KnownFolder>,
  { stay, longest }: { readonly stay: ReadonlySet<string>; readonly longest: number },
): Promise<ReadonlyMap<string, KnownFolder>> {
  const kept = new Map<string, KnownFolder>()
  /** The other albums, by their own paths, folded. */
  const others: (readonly [key: string, plain: string])[] = []
  for (const [key, known] of standing) {
    await breathe()
    const plain = safeFolder(known.urlPath, key, longest)
    if (known.folder === plain) kept.set(key, known)
    else others.push([key, foldName(plain)])
  }
  const occupied = new Set(others.length === 0 ? [] : [...stay, ...kept.values().map(({ folder }) => foldName(folder))])
  for (const [key, plain] of others) {
    const known = standing.get(key)
    if (known !== undefined && occupied.has(plain)) kept.set(key, known)
  }
  return kept
}

/**
 * Returns the changes that are moves on the disk. If another album already has this folder, a run that was stopped in a swap put it there:
 * its files must not move with this album.
 */
async function toMove(
  changes: readonly FolderChange[],
  folders: ReadonlyMap<string, string>,
  { vault: { catalogue } }: Run,
): Promise<readonly FolderChange[]> {
  if (changes.length === 0) return changes
  const settled = new Set<string>()
  for (const [key, folder] of folders) {
    await breathe()
    if (catalogue.album(key)?.folder === folder) settled.add(foldName(folder))
  }
  const isForeign = ({ row }: FolderChange): boolean => settled.has(foldName(row.folder))
  for (const { row, to } of changes.filter(isForeign)) catalogue.putAlbum({ ...row, folder: to })
  return changes.filter((change) => !isForeign(change))
}

/** Lets an album keep a folder that could not be moved. Another album that needs that folder takes a free one until then. */
function keepStuck(
  folders: Map<string, string>,
  { changes, stuck, longest }: { readonly changes: readonly FolderChange[]; readonly stuck: ReadonlySet<string>; readonly longest: number },
): void {
  if (stuck.size === 0) return
  const former = new Map(changes.flatMap(({ row }) => (stuck.has(row.key) ? [[row.key, row.folder] as const] : [])))
  const kept = new Set(former.values().map(foldName))
  const taken = new Set([...folders.values().map(foldName), ...kept])
  for (const [key, folder] of folders) {
    if (stuck.has(key)) folders.set(key, former.get(key) ?? folder)
    else if (kept.has(foldName(folder))) folders.set(key, freeFolder({ folder, key }, taken, longest))
  }
}

/** Would too many items vanish with the albums that are gone? Then their folders are not touched yet. */
function goneWait(run: Run, gone: readonly AlbumRow[]): boolean {
  const items = gone
    .filter((row) => row.vanishedAt === undefined)
    .reduce((sum, row) => sum + (run.vault.catalogue.counts.states(row.key).held ?? 0), 0)
  return run.changes.otherAccount || run.changes.isTooMuch(items)
}

function freeFolder({ folder, key }: { readonly folder: string; readonly key: string }, taken: Set<string>, longest: number): string {
  const { folder: parent, name } = splitPath(folder)
  for (let n = 1; ; n += 1) {
    const free = inFolder(parent, suffixFolder(name, n === 1 ? `-${plainKey(key)}` : `-${plainKey(key)}-${n}`, longest))
    if (taken.has(foldName(free))) continue
    taken.add(foldName(free))
    return free
  }
}

/** Returns, for each album with other albums in its folder, the names in it that lead to them, folded. */
async function albumsInside(folders: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const keys = new Map<string, string>()
  for (const [key, folder] of folders) {
    await breathe()
    keys.set(foldName(folder), key)
  }
  const inside = new Map<string, Set<string>>()
  for (const folder of folders.values()) {
    await breathe()
    const segments = folder.split('/').map(foldName)
    for (let depth = 0; depth < segments.length; depth += 1) {
      const key = keys.get(segments.slice(0, depth).join('/'))
      if (key !== undefined) inside.set(key, (inside.get(key) ?? new Set()).add(segments[depth] ?? ''))
    }
  }
  return inside
}

const sameRow = (a: AlbumRow, b: AlbumRow): boolean =>
  a.nodeId === b.nodeId && a.name === b.name && a.urlPath === b.urlPath && a.folder === b.folder && a.vanishedAt === b.vanishedAt
