import type { JsonObject } from '../../model.ts'
import { inFolder, isPutAside } from '../../vault/layout.ts'
import { readAlbumDoc, readPresentDoc } from '../../vault/reading/as-of.ts'
import { type RecordedTree, readTree, treeOf } from '../../vault/reading/tree.ts'
import type { AlbumHead, FileRecord, ItemRecord } from '../../vault/record/album-record.ts'
import { headOfRow, itemOfRow } from '../../vault/record/read-album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { hashFile } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Doc } from '../../vault/versions/delta.ts'
import { renderTreeDoc } from '../../vault/versions/docs.ts'
import { LOST } from '../../vault/versions/past.ts'
import { TREE } from '../../vault/versions/version-file.ts'
import { KnownBytes } from '../past/bytes.ts'
import type { KnownMoment } from '../past/when.ts'

/** An album that the vault has, or had. */
export interface AlbumRow {
  readonly key: string
  readonly nodeId?: string | undefined
  readonly name: string
  readonly urlPath: string
  readonly folder: string
  readonly items: number
}

/** The account as a vault knows it: now, or at a moment of its past. */
export interface VaultRecords {
  /** Reads the tree; undefined if there is none. Throws `RecordError` or `StorageError` when it cannot be read. */
  tree(): Promise<RecordedTree | undefined>
  /** The albums that are, or were, in the account. */
  albums(): Promise<readonly AlbumRow[]>
  /** Reads an album; undefined if there is none. Throws `RecordError` or `StorageError` when it cannot be read whole. */
  album(row: Pick<AlbumRow, 'key' | 'folder'>): Promise<Doc | undefined>
  /** Returns the keys of the images whose home an album is, with a file that is held, as far as they are known without its record. */
  homeOf(albumKey: string): readonly string[]
  /** The reason for a record that cannot be read, and the way out, for people. */
  readonly unreadable: string
  /** Returns the path at which an item's file stands; undefined if its bytes are no longer held. */
  pathOf(file: FileRecord, folder: string): Promise<string | undefined>
}

/** The vault as it is. */
export const presentRecords = (vault: Vault): VaultRecords => ({
  tree: () => readTree(vault.storage),
  albums: async () =>
    vault.catalogue
      .albums()
      .flatMap((album) => (album.vanishedAt === undefined ? [{ ...album, items: vault.catalogue.counts.present(album.key) }] : [])),
  album: ({ folder }) => readAlbumDoc(vault.storage, folder),
  homeOf: (albumKey) =>
    vault.catalogue.items(albumKey).flatMap(({ imageKey, collected, vanishedAt }) => {
      const isHere = !collected && vanishedAt === undefined && vault.catalogue.file(albumKey, imageKey)?.state === 'held'
      return isHere ? [imageKey] : []
    }),
  unreadable: 'its record in the vault cannot be read; the next backup writes it anew',
  pathOf: async (file, folder) => inFolder(folder, file.name),
})

/** The vault as it was at a moment. */
export function recordsAt(vault: Vault, { past }: KnownMoment): VaultRecords {
  const present = [...vault.catalogue.albums().map(({ key }) => key), ...vault.catalogue.records.lost()]
  // A checkout asks for the albums alone.
  let bytes: Promise<KnownBytes> | undefined
  const hashes: Hashes = new Map()
  const album = async (key: string): Promise<Doc | undefined> => {
    const now = await readPresentDoc(vault, key)
    const then = past.recordBack(key, now)
    if (then === 'lost') throw new RecordError(LOST)
    if (then !== undefined && then.head !== now?.head) headOfRow(then.head)
    for (const [image, row] of then?.rows ?? []) if (row !== now?.rows.get(image)) itemOfRow(row)
    return then
  }
  // An album that cannot be read is named when its turn comes.
  const rowThen = async (key: string): Promise<AlbumRow | undefined> => {
    try {
      return rowOf(await album(key))
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      const row = vault.catalogue.album(key)
      // Of an album that has gone since only the key is left, and the tree may have its path.
      return row === undefined
        ? { key, name: key, urlPath: key, folder: '', items: 0 }
        : { ...row, items: vault.catalogue.counts.present(key) }
    }
  }
  const rowsThen = async (): Promise<readonly AlbumRow[]> => {
    const found: AlbumRow[] = []
    for (const key of new Set([...present, ...[...past.records].filter((record) => record !== TREE)])) {
      const row = await rowThen(key)
      if (row !== undefined) found.push(row)
    }
    return found
  }
  let rows: Promise<readonly AlbumRow[]> | undefined
  return {
    tree: async () => {
      const then = past.recordBack(TREE, await readPresentDoc(vault, TREE))
      if (then === 'lost') throw new RecordError(LOST)
      return then === undefined ? undefined : treeOf(renderTreeDoc(then))
    },
    albums: () => {
      rows ??= rowsThen()
      return rows
    },
    album: ({ key }) => album(key),
    // A record that was damaged then stays so.
    homeOf: () => [],
    unreadable: 'nobody knows how it was then, because its record was damaged; choose another moment with --at, or none',
    pathOf: async (file, folder) => {
      bytes ??= KnownBytes.open(vault)
      for (const path of (await bytes).pathsOf(file, folder)) if (await holds(vault, { path, hashes }, file)) return path
      return undefined
    },
  }
}

function rowOf(doc: Doc | undefined): AlbumRow | undefined {
  if (doc === undefined) return undefined
  const { key, nodeId, name, urlPath, folder, vanishedAt } = doc.head as unknown as AlbumHead
  if (vanishedAt !== undefined) return undefined
  const items = [...doc.rows.values()].filter((row: JsonObject) => (row as unknown as ItemRecord).vanishedAt === undefined).length
  return { key, nodeId, name, urlPath, folder, items }
}

/** The hashes of files that were put aside, by path. A restore reads each album several times, and a film has gigabytes. */
type Hashes = Map<string, Promise<string>>

/** Does the file at a path have these bytes? A file that was put aside is known only by its size, so it is read; each upload proves the bytes again. */
async function holds(
  { storage }: Vault,
  { path, hashes }: { readonly path: string; readonly hashes: Hashes },
  { size, sha256 }: FileRecord,
): Promise<boolean> {
  try {
    const entry = await storage.stat(path)
    if (entry?.kind !== 'file' || entry.size !== size) return false
    if (!isPutAside(path)) return true
    const hash = hashes.get(path) ?? hashFile(storage, path).then(({ sha256 }) => sha256)
    hashes.set(path, hash)
    return (await hash) === sha256
  } catch (error) {
    if (error instanceof StorageError) return false
    throw error
  }
}
