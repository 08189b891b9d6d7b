import type { Album } from '../../../model.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, splitPath } from '../../../vault/layout.ts'
import { assignFolders } from '../../../vault/naming/assign.ts'
import { foldName, safeFolder, suffixFolder } from '../../../vault/naming/safe-path.ts'
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
 */
export async function followFolders(run: Run, { misplaced }: Pick<Survey, 'misplaced'>): Promise<readonly Placement[]> {
  const { albums, live } = run.view
  const { catalogue } = run.vault
  const rows = new Map(catalogue.albums().map((row) => [row.key, row]))
  const gone = [...rows.values()].filter((row) => !live.has(row.key))
  const longest = await longestNameOf(run.vault.storage)
  const { folders, changes } = assign(run, rows, { gone, longest })
  const stuck = await moveFolders(run, toMove(changes, folders, run), [...folders.values()])
  keepStuck(folders, { rows, stuck, longest })
  const movedFrom = new Map(changes.flatMap(({ row }) => (stuck.has(row.key) ? [] : [[row.key, row.folder] as const])))
  await rewriteGone(run, gone, misplaced)
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
    const isRenamed = before !== undefined && !sameRow(before, row)
    // Until its record is written anew, the next run must find that it is not.
    if (isRenamed) catalogue.records.forget(inFolder(folder, ALBUM_RECORD))
    if (before === undefined || isRenamed) catalogue.putAlbum(row)
    if (!chosen.has(album)) return []
    const names = inside.get(foldName(folder)) ?? new Set<string>()
    return [{ album, row, movedFrom: movedFrom.get(album.key), isRenamed: isRenamed || misplaced.has(album.key), inside: names }]
  })
}

/** Writes the records of albums that are gone from the account and made way for another album. */
async function rewriteGone(run: Run, gone: readonly AlbumRow[], misplaced: ReadonlySet<string>): Promise<void> {
  for (const { key, folder } of gone) {
    const row = run.vault.catalogue.album(key)
    if (row === undefined || (row.folder === folder && !misplaced.has(key))) continue
    await ownTrouble(() => rewriteHead(run, row), refused(run, { album: row.urlPath }, 'its record could not be written'))
  }
}

/** Returns the folder of every album of the list, and the moves that this needs. */
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
 * Returns the changes that are moves on the disk. If another album already has this folder, a run that was stopped in a swap put it there:
 * its files must not move with this album.
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

/** Lets an album keep a folder that could not be moved. Another album that needs that folder takes a free one until then. */
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

/** Orders albums, the largest first, so that none of them trails behind. */
export const largestFirst = (placements: readonly Placement[]): readonly Placement[] =>
  placements.toSorted((a, b) => weightOf(b.album) - weightOf(a.album))

/** Estimates the time of an album: its bytes, with the copies that SmugMug made (videos have no original), and a megabyte for listing each item. */
const weightOf = ({ allBytes, bytes = 0, imageCount = 0 }: Album): number => (allBytes ?? bytes) + imageCount * 1_000_000

/**
 * Returns the folders that albums keep. An album that had to take another folder than its own path gets its path once no remaining album
 * stands there. `paths` are the present paths of the account's albums.
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
    const free = inFolder(parent, suffixFolder(name, n === 1 ? `-${key}` : `-${key}-${n}`, longest))
    if (taken.has(foldName(free))) continue
    taken.add(foldName(free))
    return free
  }
}

/** Returns, for each folder, the names in it that lead to other albums' folders. All are folded. */
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
