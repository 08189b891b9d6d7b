import type { Problem } from '../../events.ts'
import { isObject, type JsonObject } from '../../model.ts'
import { layout } from '../../vault/layout.ts'
import type { RecordedNode, RecordedTree } from '../../vault/reading/tree.ts'
import type { AlbumHead, FileRecord, ItemRecord } from '../../vault/record/album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { AlbumRow, VaultRecords } from './records.ts'

/** A folder or album of the vault that is to go back. */
export interface SourceNode {
  /** The name in the journal: SmugMug's key of the node, else its path. */
  readonly id: string
  readonly type: 'Folder' | 'Album'
  readonly name: string
  readonly urlName?: string
  readonly urlPath: string
  /** Absent at the top. */
  readonly parent?: SourceNode
  /** SmugMug's answer about the node; for an album without one, about the album. */
  readonly raw: JsonObject
  /** Present for an album. */
  readonly album?: { readonly key: string; readonly folder: string; readonly items: number }
}

/** The folders and albums of a vault that were chosen, parents before their children, in SmugMug's order. */
export interface Source {
  readonly nickName?: string
  readonly nodes: readonly SourceNode[]
  /** Pages and other nodes that cannot go back: their paths, with their types. */
  readonly others: readonly { readonly path: string; readonly type: string }[]
  /** SmugMug's keys of all folders and albums that the vault has, chosen or not. */
  readonly ids: ReadonlySet<string>
  /** Present when the tree cannot be read: then folders are known by the addresses of their albums alone. */
  readonly treeLoss?: Problem
}

/** Reads which folders and albums the vault holds, with the empty folders if everything was chosen. */
export async function readSource(
  records: VaultRecords,
  isChosen: ((album: { readonly urlPath: string }) => boolean) | undefined,
): Promise<Source> {
  const albums = new Map((await records.albums()).map((album) => [album.key, album]))
  const { tree, treeLoss } = await treeIn(records, albums.size > 0)
  const nodes: SourceNode[] = []
  const others: { path: string; type: string }[] = []
  const ids = new Set([...albums.values()].flatMap(({ nodeId }) => (nodeId === undefined ? [] : [nodeId])))
  const wanted = (urlPath: string): boolean => isChosen === undefined || isChosen({ urlPath })

  const visit = (recorded: RecordedNode, parent: SourceNode | undefined): SourceNode[] => {
    const { type, name = '', urlPath = '', albumKey, smugmug = {} } = recorded
    if (recorded.nodeId !== undefined) ids.add(recorded.nodeId)
    const shared = {
      id: recorded.nodeId ?? urlPath,
      name,
      urlPath,
      raw: smugmug as JsonObject,
      ...(recorded.urlName !== undefined && { urlName: recorded.urlName }),
      ...(parent !== undefined && { parent }),
    }
    if (type === 'Album' && albumKey !== undefined) {
      const row = albums.get(albumKey)
      albums.delete(albumKey)
      // Of an album whose record is lost only the tree may know the path.
      if (row === undefined || !(wanted(row.urlPath) || wanted(urlPath))) return []
      return [{ ...shared, type: 'Album', album: { key: albumKey, folder: row.folder, items: row.items } }]
    }
    if (type !== 'Folder') {
      if (isChosen === undefined) others.push({ path: urlPath || name, type })
      return []
    }
    const folder: SourceNode = { ...shared, type: 'Folder' }
    const below = recorded.children.flatMap((child) => visit(child, folder))
    return below.length > 0 || isChosen === undefined ? [folder, ...below] : []
  }
  for (const child of tree?.root.children ?? []) nodes.push(...visit(child, undefined))
  // Albums that no tree names, such as those of a vault whose tree was never read.
  for (const [key, { urlPath, nodeId, name, folder, items }] of albums) {
    if (!wanted(urlPath)) continue
    const parent = foldersOf(urlPath, nodes)
    nodes.push({
      id: nodeId ?? key,
      type: 'Album',
      name,
      urlPath,
      raw: {},
      ...(parent !== undefined && { parent }),
      album: { key, folder, items },
    })
  }
  return { nodes, others, ids, ...(treeLoss !== undefined && { treeLoss }), ...(tree !== undefined && { nickName: tree.account.nickName }) }
}

/** Reads the tree; names its loss if there are albums that should be in it. */
async function treeIn(records: VaultRecords, hasAlbums: boolean): Promise<{ readonly tree?: RecordedTree; readonly treeLoss?: Problem }> {
  try {
    const tree = await records.tree()
    if (tree !== undefined) return { tree }
    return hasAlbums ? { treeLoss: treeLoss('it is missing') } : {}
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return { treeLoss: treeLoss(error.message) }
  }
}

const treeLoss = (detail: string): Problem => ({
  kind: 'failed',
  name: layout.tree,
  reason: 'the record of the folders cannot be read: their names and order are guessed, and all of it stays private',
  detail,
})

/** Finds or adds the folders above an album; their privacy is unknown, so they stay private. */
function foldersOf(urlPath: string, nodes: SourceNode[]): SourceNode | undefined {
  let parent: SourceNode | undefined
  const segments = urlPath.split('/').filter((segment) => segment !== '')
  for (const [at, urlName] of segments.slice(0, -1).entries()) {
    const path = `/${segments.slice(0, at + 1).join('/')}`
    let folder = nodes.find((node) => node.type === 'Folder' && node.urlPath === path)
    if (folder === undefined) {
      folder = {
        id: path,
        type: 'Folder',
        name: urlName.replaceAll('-', ' '),
        urlName,
        urlPath: path,
        raw: {},
        ...(parent !== undefined && { parent }),
      }
      nodes.push(folder)
    }
    parent = folder
  }
  return parent
}

/** An item of the vault that is to go back. */
export interface SourceItem {
  /** The key of its album in the vault. */
  readonly album: string
  readonly record: ItemRecord
  /** Its file and the file's path in the vault; absent when the vault holds none. */
  readonly file?: FileRecord & { readonly path: string }
}

/** An album of the vault with its items in album order, those left out that are gone from the account. */
export interface SourceAlbum {
  readonly head: AlbumHead
  readonly items: readonly SourceItem[]
  /** Items of which SmugMug never gave a file, such as videos that it could not process: nothing of them can go back. */
  readonly fileless: readonly SourceItem[]
}

/** Reads an album. Throws `RecordError` or `StorageError` when it cannot be read whole. */
export async function readSourceAlbum(records: VaultRecords, row: Pick<AlbumRow, 'key' | 'folder'>): Promise<SourceAlbum | undefined> {
  const doc = await records.album(row)
  if (doc === undefined) return undefined
  const head = doc.head as unknown as AlbumHead
  const items: SourceItem[] = []
  for (const fields of doc.rows.values()) {
    const record = { ...fields, position: items.length } as unknown as ItemRecord
    if (record.vanishedAt === undefined) items.push(await withFile(records, record, head))
  }
  return { head, items: items.filter((item) => !isFileless(item)), fileless: items.filter(isFileless) }
}

const isFileless = ({ file, record: { state } }: SourceItem): boolean =>
  file === undefined && (state === 'impossible' || state === 'pending')

async function withFile(records: VaultRecords, record: ItemRecord, { key: album, folder }: AlbumHead): Promise<SourceItem> {
  const file = record.files.find(({ component, state = 'held' }) => component === undefined && state === 'held')
  const path = file && (await records.pathOf(file, folder))
  return { album, record, ...(file !== undefined && path !== undefined && { file: { ...file, path } }) }
}

/** The name of an item, for people. */
export interface Label {
  readonly album: string
  readonly name: string
  readonly imageKey: string
}

/** Names an item for people. */
export const labelOf = ({ record: { name, imageKey } }: SourceItem, album: string): Label => ({ album, name, imageKey })

/** Returns the album's own answer, for its settings. */
export const settingsOf = ({ smugmug }: AlbumHead): JsonObject => (isObject(smugmug) ? smugmug : {})

/**
 * Returns the name to upload an item under: SmugMug's own. A photo that is held in another format than it was uploaded in (HEIC as JPEG) gets the
 * extension of its bytes, or SmugMug would refuse it; videos keep theirs, because SmugMug converts them all.
 */
export function uploadName({ record: { fileName, isVideo }, file }: SourceItem): string {
  const [own, held] = [extensionOf(fileName), extensionOf(file?.name ?? '')]
  if (fileName === '' || isVideo || held === '' || own.toLowerCase() === held.toLowerCase()) return fileName
  const isSame = JPEG.has(own.toLowerCase()) && JPEG.has(held.toLowerCase())
  return isSame ? fileName : `${fileName.slice(0, fileName.length - own.length)}${held}`
}

/** Returns a name that nothing else in its album has: that of its file in the vault. */
export const spareName = ({ record: { name }, file }: SourceItem): string => file?.name ?? name

const JPEG: ReadonlySet<string> = new Set(['.jpg', '.jpeg'])

const extensionOf = (name: string): string => /\.[^./]{1,5}$/.exec(name)?.[0] ?? ''
