import { RequestError, ServiceError } from '../../errors.ts'
import type { Album } from '../../model.ts'
import { presentable } from '../wire/redact.ts'
import { ALBUM_LINKS, type AlbumsContext, folderBounds, refusePart } from './context.ts'
import { type DecodedNode, decodeAlbum, decodeNode, entriesOf, expansionOf, objectOf, pageFacts } from './decode.ts'
import { readPages } from './paging.ts'

const PAGE = '100'
const AT_ONCE = 4

interface Folder {
  readonly uri: string
  readonly hasChildren: boolean | undefined
}

interface Branch {
  readonly folders: readonly Folder[]
  readonly albums: readonly Album[]
}

/**
 * Lists every album by walking the node tree from the root (fact sheet 3.2), four folders at a time. `because` says why, for messages.
 * Throws `ServiceError` when any part of the tree cannot be read: a part is not the whole.
 */
export const walkTree = async (context: AlbumsContext, because: string): Promise<readonly Album[]> => {
  const { rootNodeUri } = context.user
  if (rootNodeUri === undefined) {
    throw new ServiceError(`SmugMug's list of albums cannot be used (${because}), and it does not tell where the folders begin.`, {
      hint: LATER,
    })
  }
  const albums = new Map<string, Album>()
  const seen = new Set<string>()
  let level: readonly Folder[] = [{ uri: `${rootNodeUri.split('!', 1).join()}!children`, hasChildren: undefined }]
  try {
    const bounds = folderBounds()
    while (level.length > 0) {
      bounds(level.length)
      const folders = unseen(level, seen)
      const below: Folder[] = []
      const worker = async (): Promise<void> => {
        for (const folder of folders) {
          const branch = await readChildren(context, folder)
          for (const album of branch.albums) albums.set(album.key, album)
          below.push(...branch.folders)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
      level = below
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    throw new ServiceError(`Neither SmugMug's list of albums (${because}) nor its folders can be read: ${error.message}.`, {
      hint: LATER,
      cause: error,
    })
  }
  return [...albums.values()]
}

/** Yields each folder once. A worker that fails ends it for all. */
function* unseen(folders: readonly Folder[], seen: Set<string>): Generator<Folder> {
  for (const folder of folders) {
    if (seen.has(folder.uri)) continue
    seen.add(folder.uri)
    yield folder
  }
}

const LATER = 'Run the program again later; nothing was changed here.'

/** Reads one folder: its folders and its albums, which come in the same call. */
const readChildren = async (context: AlbumsContext, { uri, hasChildren }: Folder): Promise<Branch> => {
  const expansions: unknown[] = []
  const listed = await readPages<DecodedNode>({
    what: 'a folder',
    atOnce: AT_ONCE,
    keyOf: (node) => node.key,
    read: async (start) => {
      // Only the order of adding stays the same while pages are read (fact sheet 3.2).
      const order = { SortMethod: 'DateAdded', SortDirection: 'Ascending' }
      const query = { count: PAGE, start: String(start), ...order, _verbosity: '1', _expand: 'Album', _filteruri: 'ChildNodes,Album' }
      const answer = await context.http.json(uri, { query, signal: context.signal })
      expansions.push(answer.expansions)
      return { ...pageFacts(answer.response), entries: entriesOf(answer.response, 'Node').map(decodeNode) }
    },
  })
  refusePart(listed, hasChildren)
  const folders: Folder[] = []
  const albums: Album[] = []
  for (const { type, name, childrenUri, albumUri, hasChildren: isFilled } of listed.entries) {
    if ((type === 'Album' && albumUri === undefined) || (type === 'Folder' && childrenUri === undefined && isFilled !== false))
      throw new RequestError(`SmugMug's answer about "${presentable(name)}" does not say where it is`, { transient: true })
    if (type === 'Folder' && childrenUri !== undefined) folders.push({ uri: childrenUri, hasChildren: isFilled })
    if (type !== 'Album' || albumUri === undefined) continue
    const expanded = expansions.map((all) => expansionOf(all, albumUri, 'Album')).find((album) => album !== undefined)
    const album = decodeAlbum(expanded) ?? (await readAlbum(context, albumUri))
    if (album === undefined)
      throw new RequestError(`SmugMug's answer about the album "${presentable(name)}" cannot be read`, { transient: true })
    albums.push(album)
  }
  return { folders, albums }
}

const readAlbum = async (context: AlbumsContext, uri: string): Promise<Album | undefined> => {
  const query = { _verbosity: '1', _filteruri: ALBUM_LINKS }
  const { response } = await context.http.json(uri, { query, signal: context.signal })
  return decodeAlbum(objectOf(response, 'Album'))
}
