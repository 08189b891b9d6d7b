import { RequestError, ServiceError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import { albumLabel, formatCount } from '../../events.ts'
import type { Album, Item, Json, JsonObject } from '../../model.ts'
import { isObject } from '../../model.ts'
import type { Listing } from '../account.ts'
import { segmentOf } from '../wire/addresses.ts'
import { linkOf } from '../wire/answer.ts'
import type { Http } from '../wire/http.ts'
import { ALBUM_LINKS } from './context.ts'
import { decodeAlbum, decodeItem, entriesOf, objectOf, pageFacts, type Wants } from './decode.ts'
import { known } from './fields.ts'
import { type Listed, readPages } from './paging.ts'

/** The parts that listing an album needs. */
export interface ItemsContext {
  readonly http: Http
  readonly emit: Emit
  readonly forceVideo: boolean
  readonly wants: Wants
  readonly signal: AbortSignal | undefined
}

/** Items of one page: about two seconds of SmugMug's time for an owner. Larger pages end in time-outs (fact sheet 0.3). */
const PAGE = '100'
/** Pages of one album asked for at once: a run begins with as many calls, so a large album does not keep the loaders waiting. */
const AT_ONCE = 12
const LISTINGS = 3
/** The most items that an album is listed with; SmugMug allows 5,000 (fact sheet 12.14). */
const MOST_ITEMS = 20_000
const MOST_COMMENTS = 10_000
/** The links of an item that this program uses. LargestVideo must be among them, or its expansion cannot be matched (fact sheet 2.2). */
const ITEM_LINKS = [
  'LargestVideo',
  'ImageDownload',
  'AlbumImageDownload',
  'ImageSizeDetails',
  'LargestImage',
  'ImageMetadata',
  'AlbumImageMetadata',
  'Components',
  'ImageComments',
  'ImageAlbum',
].join(',')

/** Returns the query of a page of items: terse, with the rendition of a video in the same answer. */
export const itemQuery = ({ comments, imageMetadata }: Wants): Readonly<Record<string, string>> => ({
  _verbosity: '1',
  _expand: ['LargestVideo', ...(imageMetadata === true ? ['ImageMetadata'] : []), ...(comments === true ? ['ImageComments'] : [])].join(
    ',',
  ),
  _filteruri: ITEM_LINKS,
})

/**
 * Lists every item of one album once. While an album changes, its pages do not fit together (fact sheet 2.3). When the number of items
 * differs from SmugMug's own count, the count and the album are read again, at most three times. Throws `RequestError` for an album that is
 * locked.
 */
export const listItems = async (album: Album, context: ItemsContext): Promise<Listing> => {
  refuseLocked(album)
  // A 0 in the list of albums does not prove that an album is empty: the album itself and its listing must say so too.
  let imageCount = album.imageCount === 0 ? undefined : album.imageCount
  // The count is up to date at once, while listings lag (fact sheet 2.3).
  const comments =
    context.wants.comments === true
      ? await readComments(linkOf(album.raw().Uris, 'AlbumComments'), `the album ${albumLabel(album)}`, context)
      : undefined
  for (let listing = 1; ; listing += 1) {
    const listed = await readItems(album, context)
    const agrees = (): boolean => listed.entries.length === imageCount && (listed.total ?? imageCount) === imageCount
    if (!agrees()) imageCount = (await readImageCount(album, context)) ?? imageCount
    if (agrees() || listed.unreadable > 0 || listing === LISTINGS) {
      const read = await Promise.all(listed.entries.map((item) => withAllComments(item, context)))
      const commentsMissing = comments === 'not now' || read.some((each) => each.commentsMissing) ? true : undefined
      const ofAlbum = comments === 'not now' ? undefined : comments
      const items = inOrder(read.map(({ item }) => item))
      return known({ items, imageCount, complete: agrees(), comments: ofAlbum, commentsMissing })
    }
    context.emit({
      event: 'debug',
      message: `${albumLabel(album)}: ${formatCount(listed.entries.length, 'item')} listed, ${imageCount ?? 'no'} counted; listing it again`,
    })
  }
}

const readItems = async (album: Album, context: ItemsContext): Promise<Listed<Item>> => {
  const uri = linkOf(album.raw().Uris, 'AlbumImages') ?? `${albumUri(album)}!images`
  const listed = await readPages<Item>({
    what: `the album ${albumLabel(album)}`,
    atOnce: AT_ONCE,
    most: MOST_ITEMS,
    keyOf: (item) => item.imageKey,
    read: async (start) => {
      const query = { count: PAGE, start: String(start), ...itemQuery(context.wants) }
      const { response, expansions } = await context.http.json(uri, { query, signal: context.signal })
      const place = { albumKey: album.key, expansions, forceVideo: context.forceVideo, wants: context.wants }
      const entries = entriesOf(response, 'AlbumImage').map((entry, index) => decodeItem(entry, { ...place, position: start - 1 + index }))
      return { ...pageFacts(response), entries }
    },
  })
  if (listed.unreadable > 0) {
    const message = `${albumLabel(album)}: ${listed.unreadable} entries of SmugMug's list have no key and cannot be backed up.`
    context.emit({ event: 'warning', message, leavesOut: true })
  }
  return listed
}

/** Reads every comment of a list; undefined when SmugMug does not offer it. A comment that cannot be read now must not cost a photo. */
const readComments = async (
  uri: string | undefined,
  what: string,
  context: ItemsContext,
): Promise<readonly Json[] | 'not now' | undefined> => {
  if (uri === undefined) return undefined
  try {
    const listed = await readPages<JsonObject>({
      what: `the comments on ${what}`,
      atOnce: 1,
      most: MOST_COMMENTS,
      keyOf: (comment) => JSON.stringify(comment.CommentKey ?? comment),
      read: async (start) => {
        const query = { count: PAGE, start: String(start), _verbosity: '1' }
        const { response } = await context.http.json(uri, { query, signal: context.signal })
        return { ...pageFacts(response), entries: entriesOf(response, 'Comment').map((entry) => (isObject(entry) ? entry : undefined)) }
      },
    })
    return listed.entries
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof ServiceError)) throw error
    if (error instanceof RequestError && !error.transient) return undefined
    context.emit({ event: 'warning', message: `The comments on ${what} could not be read: ${error.message}.`, leavesOut: true })
    return 'not now'
  }
}

/**
 * Adds the other comments of an item, because an expansion brings only the first page of a list (fact sheet 2.2). Photos with more are
 * rare, so each is asked for by itself. An item whose other comments do not come says that they are a part.
 */
const withAllComments = async (item: Item, context: ItemsContext): Promise<{ readonly item: Item; readonly commentsMissing: boolean }> => {
  const extras =
    item.extras === undefined || context.wants.comments !== true
      ? undefined
      : (JSON.parse(item.extras) as { readonly comments?: readonly Json[]; readonly more?: string })
  if (extras?.more === undefined) return { item, commentsMissing: false }
  const { more, ...others } = extras
  const comments = await readComments(more, `the photo "${item.fileName}"`, context)
  if (typeof comments === 'object') return { item: { ...item, extras: JSON.stringify({ ...others, comments }) }, commentsMissing: false }
  return { item: { ...item, extras: JSON.stringify({ ...others, isPart: true }) }, commentsMissing: comments === 'not now' }
}

const readImageCount = async (album: Album, context: ItemsContext): Promise<number | undefined> => {
  const { response } = await context.http.json(albumUri(album), {
    query: { _verbosity: '1', _filteruri: ALBUM_LINKS },
    signal: context.signal,
  })
  return decodeAlbum(objectOf(response, 'Album'))?.imageCount
}

const albumUri = (album: Album): string => `/api/v2/album/${segmentOf(album.key)}`

/**
 * Throws `RequestError` for a locked album. A stranger gets the same empty list from it as from an empty album; only the album itself shows
 * the difference (fact sheet 0.1, 1.5).
 */
const refuseLocked = (album: Album): void => {
  const { ResponseLevel: level, Uris } = album.raw()
  const locked =
    level === 'Password' || level === 'GrantAccess' || (album.imageCount === undefined && linkOf(Uris, 'UnlockAlbum') !== undefined)
  if (!locked) return
  throw new RequestError(`The album ${albumLabel(album)} is locked for this sign-in; run \`smugmug-backup login\` with full access`, {
    transient: false,
    reason: 'it is locked for this sign-in; run `smugmug-backup login` with full access',
  })
}

/** Numbers the items without gaps, which overlapping pages leave. */
const inOrder = (items: readonly Item[]): readonly Item[] =>
  items.map((item, position) => (item.position === position ? item : { ...item, position }))
