import type { Album } from '../../../model.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { assignFolders } from '../../../vault/naming/assign.ts'
import { foldName, safeFolder, suffixFolder } from '../../../vault/naming/safe-path.ts'
import { longestNameOf } from '../../../vault/storage/storage.ts'
import { albumRow, type Run } from '../run/run.ts'
import { type FolderChange, moveFolders } from './move-folders.ts'

/** An album and its place in the vault. */
export interface Placement {
  readonly album: Album
  /** What the catalogue knows of it; its folder is the one it has now. */
  readonly row: AlbumRow
  /** Where it was until now, when SmugMug renamed or moved it. */
  readonly movedFrom: string | undefined
  /** Names, folded, of folders inside its folder that belong to other albums. */
  readonly inside: ReadonlySet<string>
}

/**
 * Gives every album of the list its folder, and moves those that were renamed or moved on SmugMug: from the album list alone,
 * without a listing and without a download. An album that is gone makes way when another one comes to its path. One whose folder
 * cannot be moved keeps it for this run.
 */
export async function followFolders(run: Run): Promise<readonly Placement[]> {
  const { albums, live } = run.view
  const { catalogue } = run.vault
  const rows = new Map(catalogue.albums().map((row) => [row.key, row]))
  const gone = [...rows.values()].filter((row) => !live.has(row.key))
  const longest = await longestNameOf(run.vault.storage)
  const { folders, changes } = assign(run, rows, { gone, longest })
  const stuck = await moveFolders(run, toMove(changes, folders, run), [...folders.values()])
  keepStuck(folders, { rows, stuck, longest })
  const movedFrom = new Map(changes.flatMap(({ row }) => (stuck.has(row.key) ? [] : [[row.key, row.folder] as const])))
  const inside = foldersInside([...folders.values()])
  run.derived.treeChanged =
    changes.length > 0 || gone.some((row) => row.vanishedAt === undefined) || albums.some((album) => !rows.has(album.key))
  const chosen = new Set(run.view.chosen)
  return albums.flatMap((album) => {
    const folder = folders.get(album.key) ?? ''
    const before = rows.get(album.key)
    const row =
      before === undefined
        ? albumRow(album, folder, undefined)
        : { ...before, nodeId: album.nodeId, name: album.name, urlPath: album.urlPath, folder, vanishedAt: undefined }
    if (before === undefined || !sameRow(before, row)) catalogue.putAlbum(row)
    return chosen.has(album)
      ? [{ album, row, movedFrom: movedFrom.get(album.key), inside: inside.get(foldName(folder)) ?? new Set<string>() }]
      : []
  })
}

/** The folder of every album of the list, and which of the vault's must move for it. */
function assign(
  run: Run,
  rows: ReadonlyMap<string, AlbumRow>,
  { gone, longest }: { readonly gone: readonly AlbumRow[]; readonly longest: number },
): { readonly folders: Map<string, string>; readonly changes: readonly FolderChange[] } {
  const { albums } = run.view
  const waits = goneWait(run, gone)
  const stay = new Set(gone.filter((row) => row.vanishedAt === undefined && waits).map((row) => foldName(row.folder)))
  const known = stickyFolders([...rows.values()], { paths: new Map(albums.map(({ key, urlPath }) => [key, urlPath])), stay, longest })
  const folders = assignFolders(albums, known, { taken: (folded) => stay.has(folded), longest })
  const taken = new Set([...folders.values()].map(foldName))
  const changes: FolderChange[] = albums.flatMap((album) => {
    const [row, to] = [rows.get(album.key), folders.get(album.key)]
    return row === undefined || to === undefined || row.folder === to ? [] : [{ row, to }]
  })
  for (const row of gone) {
    if (stay.has(foldName(row.folder)) || !taken.has(foldName(row.folder))) continue
    changes.push({ row, to: freeFolder(row, taken, longest) })
  }
  return { folders, changes }
}

/**
 * The changes that are moves on the disk. Where another album has its place already, a run that was stopped in a swap moved it there: those
 * are not this album's files to move.
 */
function toMove(changes: readonly FolderChange[], folders: ReadonlyMap<string, string>, { view, vault }: Run): readonly FolderChange[] {
  const settled = new Set(
    view.albums.flatMap(({ key }) => {
      const folder = folders.get(key) ?? ''
      return vault.catalogue.album(key)?.folder === folder ? [foldName(folder)] : []
    }),
  )
  const isForeign = ({ row }: FolderChange): boolean => settled.has(foldName(row.folder))
  for (const { row, to } of changes.filter(isForeign)) vault.catalogue.putAlbum({ ...row, folder: to })
  return changes.filter((change) => !isForeign(change))
}

/** An album whose folder could not be moved keeps it; another one that was to come there takes a free one until it has gone. */
function keepStuck(
  folders: Map<string, string>,
  { rows, stuck, longest }: { readonly rows: ReadonlyMap<string, AlbumRow>; readonly stuck: ReadonlySet<string>; readonly longest: number },
): void {
  if (stuck.size === 0) return
  const kept = new Map([...stuck].map((key) => [foldName(rows.get(key)?.folder ?? ''), key]))
  const taken = new Set([...folders.values().map(foldName), ...kept.keys()])
  for (const [key, folder] of folders) {
    if (stuck.has(key)) folders.set(key, rows.get(key)?.folder ?? folder)
    else if (kept.has(foldName(folder))) folders.set(key, freeFolder({ folder, key }, taken, longest))
  }
}

/** The albums that take longest begin, so that none of them trails behind. */
export const largestFirst = (placements: readonly Placement[]): readonly Placement[] =>
  placements.toSorted((a, b) => weightOf(b.album) - weightOf(a.album))

/** Where nothing tells of films, what SmugMug made of them may; and listing an item takes about as long as fetching a megabyte. */
const weightOf = ({ allBytes, bytes = 0, imageCount = 0 }: Album): number => (allBytes ?? bytes) + imageCount * 1_000_000

/**
 * The folders that albums keep. One that had to take another folder than its own path comes back to it once nobody alive
 * stands there to stay. `paths` are those of the account's albums now.
 */
function stickyFolders(
  rows: readonly AlbumRow[],
  others: { readonly paths: ReadonlyMap<string, string>; readonly stay: ReadonlySet<string>; readonly longest: number },
): Map<string, AlbumRow> {
  const present = rows.filter((row) => row.vanishedAt === undefined)
  const plain = (row: AlbumRow): string => safeFolder(row.urlPath, row.key, others.longest)
  const remains = (row: AlbumRow): boolean => others.paths.get(row.key) === row.urlPath && row.folder === plain(row)
  const occupied = new Set([...present.filter(remains).map((row) => foldName(row.folder)), ...others.stay])
  return new Map(present.filter((row) => row.folder === plain(row) || occupied.has(foldName(plain(row)))).map((row) => [row.key, row]))
}

/** Would too many items vanish with the albums that are gone? Then nothing of theirs is touched yet. */
function goneWait(run: Run, gone: readonly AlbumRow[]): boolean {
  const items = gone
    .filter((row) => row.vanishedAt === undefined)
    .reduce((sum, row) => sum + (run.vault.catalogue.counts.states(row.key).held ?? 0), 0)
  return run.changes.otherAccount || run.changes.isTooMuch(items)
}

function freeFolder({ folder, key }: { readonly folder: string; readonly key: string }, taken: Set<string>, longest: number): string {
  const { folder: parent, name } = splitPath(folder)
  for (let n = 1; ; n += 1) {
    const free = inFolder(parent, suffixFolder(name, n === 1 ? `-${key}` : `-${key}-${n}`, longest))
    if (taken.has(foldName(free))) continue
    taken.add(foldName(free))
    return free
  }
}

/** For each folder, folded: the first segments, folded, of what other albums have inside it. */
function foldersInside(folders: readonly string[]): Map<string, Set<string>> {
  const inside = new Map<string, Set<string>>()
  for (const folder of folders) {
    const segments = folder.split('/').map(foldName)
    for (let depth = 0; depth < segments.length; depth += 1) {
      const parent = segments.slice(0, depth).join('/')
      const names = inside.get(parent) ?? new Set()
      inside.set(parent, names.add(segments[depth] ?? ''))
    }
  }
  return inside
}

const sameRow = (a: AlbumRow, b: AlbumRow): boolean =>
  a.nodeId === b.nodeId && a.name === b.name && a.urlPath === b.urlPath && a.folder === b.folder && a.vanishedAt === b.vanishedAt
