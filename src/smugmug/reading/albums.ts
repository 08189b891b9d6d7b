import { RequestError, ServiceError } from '../../errors.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { breathe } from '../../flow/breathe.ts'
import type { Album } from '../../model.ts'
import { walkTree } from './albums-by-tree.ts'
import { ALBUM_LINKS, type AlbumsContext } from './context.ts'
import { decodeAlbum, entriesOf, pageFacts } from './decode.ts'
import { readPages } from './paging.ts'

/** The most albums that one answer of `user!albums` gives (fact sheet 2.3). */
const PAGE = '100'
const AT_ONCE = 4
const LISTINGS = 3

/** Does the account always count this number of items beyond those of these albums? */
type IsUsual = (albums: readonly Album[], beyond: number) => boolean

/**
 * Lists every album of the account once. `user!albums` sometimes fails for one page or one account while the node tree works (fact sheet
 * 2.3): then the tree is walked. It is walked too when the account counts more items than the listed albums have, unless that
 * `isUsual`, because an album that is missing from the list would count as gone. Throws `ServiceError` rather than return a list that may be incomplete.
 */
export const listAlbums = async (context: AlbumsContext, isUsual: IsUsual = () => false): Promise<readonly Album[]> => {
  const albums = await consistentList(context, isUsual)
  await refuseImplausible(albums, context)
  return albums
}

const consistentList = async (context: AlbumsContext, isUsual: IsUsual): Promise<readonly Album[]> => {
  let reason = ''
  let counted = 0
  let repeated = 0
  const found = new Map<string, Album>()
  for (let listing = 1; listing <= LISTINGS; listing += 1) {
    try {
      const { entries, total, unreadable, ...listed } = await readAlbums(context)
      repeated = listed.repeated
      for (const album of entries) {
        await breathe()
        found.set(album.key, album)
      }
      counted = total ?? counted
      if (unreadable > 0) reason = `${formatCount(unreadable, 'album')} in it cannot be read`
      else if (total === undefined && !hasAllItems(entries, context)) reason = 'it does not say how many albums there are'
      else if (total !== undefined && total !== entries.length)
        reason = `it has ${formatCount(entries.length, 'album')}, and SmugMug counts ${formatNumber(total)}`
      else if (lacksItems(entries, context, isUsual)) return withTree(entries, context)
      else return entries
      if (total === undefined) break
    } catch (error) {
      if (!mayWalkInstead(error)) throw error
      reason = error.message
      break
    }
  }
  const warning = `SmugMug's list of albums cannot be used (${reason}); the folders are read one by one instead.`
  context.emit({ event: 'warning', message: warning })
  for (const album of await walkTree(context, reason)) found.set(album.key, album)
  // An album that SmugMug lists twice, it counts twice.
  if (found.size + repeated < counted) {
    const message = `SmugMug counts ${formatCount(counted, 'album')}, but its list and its folders together have ${formatNumber(found.size)}. Nothing was changed here.`
    throw new ServiceError(message, { hint: TRY_LATER })
  }
  return [...found.values()]
}

const itemsOf = (albums: readonly Album[]): number => albums.reduce((sum, album) => sum + (album.imageCount ?? Number.NaN), 0)

/** Do these albums have fewer items than the account? More is normal, because a collected photo counts in each album. */
const lacksItems = (albums: readonly Album[], { user }: AlbumsContext, isUsual: IsUsual): boolean => {
  const beyond = (user.owner.imageCount ?? 0) - itemsOf(albums)
  return albums.length > 0 && beyond > 0 && !isUsual(albums, beyond)
}

const hasAllItems = (albums: readonly Album[], { user }: AlbumsContext): boolean =>
  albums.length === 0 || itemsOf(albums) >= (user.owner.imageCount ?? Number.NaN)

/** Adds the albums that only the folders name. */
const withTree = async (albums: readonly Album[], context: AlbumsContext): Promise<readonly Album[]> => {
  if (context.user.rootNodeUri === undefined) return albums
  const listed = new Set(albums.map(({ key }) => key))
  const inTree = await walkTree(context, 'its albums have fewer items than the account')
  return [...albums, ...inTree.filter(({ key }) => !listed.has(key))]
}

const readAlbums = (context: AlbumsContext) =>
  readPages<Album>({
    what: 'the albums',
    atOnce: AT_ONCE,
    keyOf: (album) => album.key,
    read: async (start) => {
      const query = { count: PAGE, start: String(start), _verbosity: '1', _filteruri: ALBUM_LINKS }
      const { response } = await context.http.json(context.user.albumsUri, { query, wholeAccount: true, signal: context.signal })
      const entries: (Album | undefined)[] = []
      for (const entry of entriesOf(response, 'Album')) {
        await breathe()
        entries.push(decodeAlbum(entry))
      }
      return { ...pageFacts(response), entries }
    },
  })

/** Was it an answer that failed? Without any answer, the tree could not be read either. */
const mayWalkInstead = (error: unknown): error is RequestError | ServiceError =>
  error instanceof ServiceError || (error instanceof RequestError && error.status !== undefined)

const refuseImplausible = async (albums: readonly Album[], context: AlbumsContext): Promise<void> => {
  const { imageCount = 0 } = context.user.owner
  if (albums.length === 0) {
    const inTree = imageCount > 0 || context.user.rootNodeUri === undefined ? [] : await walkTree(context, 'it is empty')
    if (imageCount === 0 && inTree.length === 0) return
    const counted =
      imageCount > 0 ? `${formatCount(imageCount, 'item')} in the account` : `${formatCount(inTree.length, 'album')} in its folders`
    throw new ServiceError(`SmugMug lists no albums, but counts ${counted}. Nothing was changed here.`, { hint: TRY_LATER })
  }
  if (itemsOf(albums) === 0 && imageCount > 0) {
    throw new ServiceError(
      `SmugMug lists ${formatCount(albums.length, 'album')} without any item, but counts ${formatCount(imageCount, 'item')} in the account.`,
      {
        hint: TRY_LATER,
      },
    )
  }
}

const TRY_LATER = 'Run the program again later. If it stays so, run `smugmug-backup login` with full access.'
