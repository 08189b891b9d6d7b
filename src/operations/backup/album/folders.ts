import type { Album } from '../../../model.ts'
import { putAside } from '../../../vault/aside.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { assignFolders } from '../../../vault/naming/assign.ts'
import { foldName, safeFolder, suffixFolder } from '../../../vault/naming/safe-path.ts'
import { relocate } from '../../../vault/relocate.ts'
import { longestNameOf } from '../../../vault/storage/storage.ts'
import { albumRow, type Run } from '../run/run.ts'

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
 * without a listing and without a download. An album that is gone makes way when another one comes to its path.
 */
export async function followFolders(run: Run): Promise<readonly Placement[]> {
  const { albums, live } = run.view
  const { catalogue } = run.vault
  const rows = new Map(catalogue.albums().map((row) => [row.key, row]))
  const gone = [...rows.values()].filter((row) => !live.has(row.key))
  const waits = goneWait(run, gone)
  const stay = new Set(gone.filter((row) => row.vanishedAt === undefined && waits).map((row) => foldName(row.folder)))
  const longest = await longestNameOf(run.vault.storage)
  const known = stickyFolders([...rows.values()], { live, stay, longest })
  const folders = assignFolders(albums, known, { taken: (folded) => stay.has(folded), longest })
  const taken = new Set([...folders.values()].map(foldName))
  const changes = albums.flatMap((album) => {
    const [row, to] = [rows.get(album.key), folders.get(album.key)]
    return row === undefined || to === undefined || row.folder === to ? [] : [{ row, to }]
  })
  for (const row of gone) {
    if (stay.has(foldName(row.folder)) || !taken.has(foldName(row.folder))) continue
    changes.push({ row, to: freeFolder(row, taken, longest) })
  }
  // Where another album has its place already, a run that was stopped in a swap moved it there: those are not this album's files to move.
  const settled = new Set(
    albums.filter((album) => rows.get(album.key)?.folder === folders.get(album.key)).map((album) => foldName(folders.get(album.key) ?? '')),
  )
  const [foreign, moves] = [true, false].map((isForeign) => changes.filter(({ row }) => settled.has(foldName(row.folder)) === isForeign))
  for (const { row, to } of foreign ?? []) catalogue.putAlbum({ ...row, folder: to })
  await moveFolders(run, moves ?? [], [...folders.values()])
  const movedFrom = new Map(changes.map(({ row }) => [row.key, row.folder]))
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

/** The albums that take longest begin, so that none of them trails behind. */
export const largestFirst = (placements: readonly Placement[]): readonly Placement[] =>
  placements.toSorted((a, b) => weightOf(b.album) - weightOf(a.album))

/** Where nothing tells of films, what SmugMug made of them may; and listing an item takes about as long as fetching a megabyte. */
const weightOf = ({ allBytes, bytes = 0, imageCount = 0 }: Album): number => (allBytes ?? bytes) + imageCount * 1_000_000

/**
 * The folders that albums keep. One that had to take another folder than its own path comes back to it once nobody alive
 * stands there any more.
 */
function stickyFolders(
  rows: readonly AlbumRow[],
  others: { readonly live: ReadonlySet<string>; readonly stay: ReadonlySet<string>; readonly longest: number },
): Map<string, AlbumRow> {
  const present = rows.filter((row) => row.vanishedAt === undefined)
  const occupied = new Set([...present.filter((row) => others.live.has(row.key)).map((row) => foldName(row.folder)), ...others.stay])
  const plain = (row: AlbumRow): string => safeFolder(row.urlPath, row.key, others.longest)
  return new Map(present.filter((row) => row.folder === plain(row) || occupied.has(foldName(plain(row)))).map((row) => [row.key, row]))
}

/** Would too many items vanish with the albums that are gone? Then nothing of theirs is touched yet. */
function goneWait(run: Run, gone: readonly AlbumRow[]): boolean {
  const items = gone
    .filter((row) => row.vanishedAt === undefined)
    .reduce((sum, row) => sum + (run.vault.catalogue.countStates(row.key).held ?? 0), 0)
  return run.changes.otherAccount || run.changes.isTooMuch(items)
}

function freeFolder(row: AlbumRow, taken: Set<string>, longest: number): string {
  const { folder: parent, name } = splitPath(row.folder)
  for (let n = 1; ; n += 1) {
    const folder = inFolder(parent, suffixFolder(name, n === 1 ? `-${row.key}` : `-${row.key}-${n}`, longest))
    if (taken.has(foldName(folder))) continue
    taken.add(foldName(folder))
    return folder
  }
}

interface FolderChange {
  readonly row: AlbumRow
  readonly to: string
}

async function moveFolders(run: Run, changes: readonly FolderChange[], all: readonly string[]): Promise<void> {
  if (changes.length === 0) return
  const { storage, catalogue } = run.vault
  const clear = async (path: string): Promise<void> => {
    await putAside(storage, path, { place: 'history', now: run.clock.now(), reason: { why: 'stood where a renamed album belongs' } })
  }
  const byFrom = new Map(changes.map((change) => [change.row.folder, change]))
  const hooks = {
    clear,
    moved: ({ from, to }: { readonly from: string; readonly to: string }): void => {
      const change = byFrom.get(from)
      if (change === undefined) return
      catalogue.putAlbum({ ...change.row, folder: to })
      catalogue.moveStrays(from, to)
      // At once: two albums that swapped folders may have files of equal names and sizes.
      catalogue.flush()
    },
  }
  // A folder that stands free moves in one step; one with other albums below it, or to a place that exists, file by file.
  const whole: FolderChange[] = []
  const piecemeal: FolderChange[] = []
  for (const change of changes) {
    const shared = all.some((folder) => folder !== change.to && (isBelow(folder, change.row.folder) || isBelow(folder, change.to)))
    const sameFolder = foldName(change.to) === foldName(change.row.folder)
    const stands = !sameFolder && (await storage.stat(change.to)) !== undefined && !byFrom.has(change.to)
    if (shared || stands) piecemeal.push(change)
    else whole.push(change)
  }
  for (const { row, to } of piecemeal) {
    const files = (await storage.list(row.folder)).filter((entry) => entry.kind === 'file')
    await relocate(
      storage,
      files.map((entry) => ({ from: inFolder(row.folder, entry.name), to: inFolder(to, entry.name) })),
      { clear, moved: () => undefined },
    )
    catalogue.putAlbum({ ...row, folder: to })
  }
  await relocate(
    storage,
    whole.map(({ row, to }) => ({ from: row.folder, to })),
    hooks,
  )
  for (const { row, to } of whole) catalogue.putAlbum({ ...row, folder: to })
  for (const { row } of changes) await storage.pruneFolders(row.folder)
}

const isBelow = (folder: string, parent: string): boolean => foldName(folder).startsWith(`${foldName(parent)}/`)

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
