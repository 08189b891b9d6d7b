import { RequestError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import type { Http } from '../wire/http.ts'
import type { DecodedUser } from './decode.ts'

/** What listing albums and folders needs. */
export interface AlbumsContext {
  readonly http: Http
  readonly user: DecodedUser
  readonly emit: Emit
  readonly signal: AbortSignal | undefined
}

/** The links of an album that anything here uses: the others are most of an answer's size. */
export const ALBUM_LINKS = 'AlbumImages,AlbumComments,Node,Folder,UnlockAlbum'

/** A web site of photos has a few hundred folders, a few levels deep: beyond these the server makes folders up as it is asked. */
const DEEPEST = 40
const MOST_FOLDERS = 20_000

/** Bounds a walk of the folders. Call it once a level; throws `RequestError` when no tree of folders can be like that. */
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

/** Throws `RequestError` when a folder's list is not the whole folder: what it lacks must not count as gone. */
export const refusePart = (listed: {
  readonly entries: readonly unknown[]
  readonly unreadable: number
  readonly total?: number
}): void => {
  const { entries, unreadable, total } = listed
  if (unreadable === 0 && (total === undefined || total === entries.length)) return
  throw new RequestError(`a folder has ${entries.length} readable entries, and SmugMug counts ${total ?? 'more'}`, { transient: true })
}
