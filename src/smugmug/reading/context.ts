import { RequestError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import type { Http } from '../wire/http.ts'
import type { DecodedUser } from './decode.ts'

/** The parts that listing albums and folders needs. */
export interface AlbumsContext {
  readonly http: Http
  readonly user: DecodedUser
  readonly emit: Emit
  readonly signal: AbortSignal | undefined
}

/** The links of an album that this program uses. The others would make up most of an answer. */
export const ALBUM_LINKS = 'AlbumImages,AlbumComments,Node,Folder,UnlockAlbum'

/** A web site of photos has a few hundred folders, a few levels deep. Beyond these bounds the server invents folders as it is asked. */
const DEEPEST = 40
const MOST_FOLDERS = 20_000

/** Returns a guard for a walk of the folders. Call it once a level; it throws `RequestError` when the tree grows beyond any real one. */
export const folderBounds = (): ((level: number) => void) => {
  let depth = 0
  let folders = 0
  return (level) => {
    depth += 1
    folders += level
    if (depth <= DEEPEST && folders <= MOST_FOLDERS) return
    throw new RequestError(`the folders do not end: ${folders} of them, ${depth} levels deep`, { transient: true })
  }
}

/** Throws `RequestError` when a folder's list is not the whole folder: an entry that it lacks must not count as gone. */
export const refusePart = (
  listed: { readonly entries: readonly unknown[]; readonly unreadable: number; readonly total?: number },
  hasChildren: boolean | undefined,
): void => {
  const { entries, unreadable, total } = listed
  const saysMore = unreadable > 0 || (total === undefined ? entries.length === 0 : total !== entries.length)
  if (!saysMore && (hasChildren !== true || entries.length > 0)) return
  throw new RequestError(`a folder has ${entries.length} readable entries, and SmugMug counts ${total || 'more'}`, { transient: true })
}
