import { breathe } from '../../../flow/breathe.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { foldName, plainKey } from '../../../vault/naming/safe-path.ts'
import { readAlbumRecord } from '../../../vault/record/read-album-record.ts'
import { RecordError } from '../../../vault/record/read-json.ts'
import { type Relocation, type RelocationHooks, relocate } from '../../../vault/relocate.ts'
import { moveEntry, pruneFolders } from '../../../vault/storage/abilities.ts'
import type { Storage, StorageError } from '../../../vault/storage/storage.ts'
import type { Vault } from '../../../vault/vault.ts'
import { setAside } from '../bytes/place.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'

/** An album's folder that gets another path. */
export interface FolderChange {
  /** The album's row, with its present folder. */
  readonly row: AlbumRow
  readonly to: string
  /** The name of the album for people. */
  readonly label: string
}

/** The note in the catalogue: the moves under way. */
const UNDER_WAY = 'folders.moving'

interface Move {
  readonly key: string
  readonly from: string
  readonly to: string
  /** True moves file by file: other albums lie below one of the two paths, or something stands at the new one. */
  readonly piecemeal: boolean
}

/**
 * Moves the folders of albums, swaps and chains included. It notes the moves first, so that after a kill the next run can finish them
 * (`finishMoves`). Returns the keys of the albums whose folder could not be moved; each is named in the report and keeps its folder for
 * this run. `all` are the folders that albums have in the end, by key.
 */
export async function moveFolders(
  run: Run,
  changes: readonly FolderChange[],
  all: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const stuck = new Set<string>()
  if (changes.length === 0) return stuck
  const { storage, catalogue } = run.vault
  const byFrom = new Map(changes.map((change) => [change.row.folder, change]))
  const fail = ({ row, to, label }: FolderChange, error: StorageError): void => {
    stuck.add(row.key)
    refused(run, { album: label }, `its folder stays at ${row.folder || '/'} for now, because it could not be moved to ${to}`)(error)
  }
  const piecemeal = await mustGoPiecemeal(storage, changes, all.values())
  noteMoves(
    run.vault,
    changes.map(({ row, to }) => ({ key: row.key, from: row.folder, to, piecemeal: piecemeal.has(row.folder) })),
  )
  const clear = async (path: string): Promise<void> => {
    await setAside(run, path, { reason: { why: 'stood where a renamed album belongs' } })
  }
  const hooks: RelocationHooks = {
    clear,
    moved: ({ from, to }) => {
      const change = byFrom.get(from)
      if (change === undefined) return
      catalogue.putAlbum({ ...change.row, folder: to })
      if (!piecemeal.has(from)) catalogue.strays.moveFolder(from, to)
      // At once: two albums that swapped folders may have files of equal names and sizes.
      catalogue.flush()
    },
    failed: ({ from }, error) => {
      const change = byFrom.get(from)
      if (change !== undefined) fail(change, error)
    },
    move: ({ from }, now, to) => (piecemeal.has(from) ? moveFiles(storage, { from: now, to, clear }) : moveEntry(storage, now, to)),
  }
  const moves: Relocation[] = []
  for (const { row, to } of changes) {
    const standing = await ownTrouble(
      () => storage.stat(row.folder),
      () => undefined,
    )
    // A file in the folder's place is not the album's, and stays. A link moves along, even if its disk is not there.
    if (standing?.kind !== 'file') moves.push({ from: row.folder, to })
  }
  await relocate(storage, moves, hooks)
  for (const { row, to } of changes) {
    // Also for an album without a folder, which has nothing to move.
    if (!stuck.has(row.key)) catalogue.putAlbum({ ...row, folder: to })
    await ownTrouble(
      () => pruneFolders(storage, row.folder),
      () => undefined,
    )
  }
  // After a refusal the note stays: the next run looks where each album is.
  if (stuck.size === 0) noteMoves(run.vault, undefined)
  return stuck
}

/** Returns the present folders of the albums that must move file by file. */
async function mustGoPiecemeal(storage: Storage, changes: readonly FolderChange[], all: Iterable<string>): Promise<ReadonlySet<string>> {
  const leaving = new Set(changes.map(({ row }) => foldName(row.folder)))
  /** Number of folders below each path, folded. */
  const below = new Map<string, number>()
  for (const folder of all) {
    await breathe()
    for (let above = splitPath(foldName(folder)).folder; above !== ''; above = splitPath(above).folder)
      below.set(above, (below.get(above) ?? 0) + 1)
  }
  const piecemeal = new Set<string>()
  for (const { row, to } of changes) {
    const [from, goal] = [foldName(row.folder), foldName(to)]
    const others = (below.get(from) ?? 0) - (isBelow(to, row.folder) ? 1 : 0) + (below.get(goal) ?? 0)
    const stands = async () => from !== goal && !leaving.has(goal) && (await storage.stat(to)) !== undefined
    // If the disk refuses this look, the move decides.
    if (others > 0 || (await ownTrouble(stands, () => undefined))) piecemeal.add(row.folder)
  }
  return piecemeal
}

const isBelow = (folder: string, parent: string): boolean => foldName(folder).startsWith(parent === '' ? '' : `${foldName(parent)}/`)

/** Are moves noted that have not been settled? */
export const movesAreUnderWay = ({ catalogue }: Pick<Vault, 'catalogue'>): boolean => catalogue.meta(UNDER_WAY) !== undefined

function noteMoves({ catalogue }: Pick<Vault, 'catalogue'>, moves: readonly Move[] | undefined): void {
  catalogue.setMeta(UNDER_WAY, moves && JSON.stringify(moves))
  catalogue.flush()
}

/** Moves the files of one folder, and not the folders in it. If one is refused, brings all of them back. */
async function moveFiles(
  storage: Storage,
  { from, to, clear }: { readonly from: string; readonly to: string; clear(path: string): Promise<void> },
): Promise<void> {
  const files = (await storage.list(from)).filter((entry) => entry.kind === 'file')
  const moved: string[] = []
  let trouble: StorageError | undefined
  await relocate(
    storage,
    files.map(({ name }) => ({ from: inFolder(from, name), to: inFolder(to, name) })),
    {
      clear,
      moved: ({ from: path }) => void moved.push(path.slice(from === '' ? 0 : from.length + 1)),
      failed: (_, error) => {
        trouble ??= error
      },
    },
  )
  if (trouble === undefined) return
  for (const name of moved) {
    await ownTrouble(
      () => moveEntry(storage, inFolder(to, name), inFolder(from, name)),
      () => undefined,
    )
  }
  throw trouble
}

/**
 * Settles the moves that a killed run noted: finds each album's record, brings a parked folder out of `moving/`, and notes the folder. Call
 * it before the survey, which must find every file in its album's folder.
 */
export async function finishMoves(vault: Vault): Promise<void> {
  const { catalogue, storage, mode } = vault
  const noted = catalogue.meta(UNDER_WAY)
  if (noted === undefined || mode !== 'write') return
  for (const move of JSON.parse(noted) as readonly Move[]) {
    const row = catalogue.album(move.key)
    if (row === undefined || row.folder === move.to) continue
    const note = (): undefined => undefined
    const folder = await ownTrouble(() => whereabouts(storage, move), note)
    if (folder === undefined || folder === row.folder) continue
    catalogue.putAlbum({ ...row, folder })
    catalogue.flush()
  }
  noteMoves(vault, undefined)
}

/** Returns the folder with an album's record, after bringing it out of `moving/` if it is there; undefined if no folder has it. */
async function whereabouts(storage: Storage, move: Move): Promise<string | undefined> {
  const { key, from, to, piecemeal } = move
  if (await isOf(storage, to, key)) {
    if (piecemeal) await moveFiles(storage, { from, to, clear: async () => undefined })
    return to
  }
  if (await isOf(storage, from, key)) return from
  for (const { name } of await storage.list(layout.moving)) {
    const parked = inFolder(layout.moving, name)
    if (!(await isOf(storage, parked, key))) continue
    for (const folder of [to, from, `${from}-${plainKey(key)}`]) {
      if ((await storage.stat(folder)) !== undefined) continue
      await moveEntry(storage, parked, folder)
      await pruneFolders(storage, layout.moving)
      return folder
    }
  }
  return undefined
}

/** Does the record in a folder belong to an album? */
async function isOf(storage: Storage, folder: string, key: string): Promise<boolean> {
  const path = inFolder(folder, ALBUM_RECORD)
  if ((await storage.stat(path))?.kind !== 'file') return false
  try {
    for await (const part of readAlbumRecord(storage.read(path))) return 'head' in part && part.head.key === key
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
  }
  return false
}
