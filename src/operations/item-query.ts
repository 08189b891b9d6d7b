import { splitPath } from '../vault/layout.ts'
import { foldName } from '../vault/naming/safe-path.ts'

/** The parts of an item by which a person may name it. */
export interface NamedItem {
  readonly imageKey: string
  readonly name: string
  readonly fileName: string
  /** Its files, with a RAW beside it. */
  readonly files?: readonly { readonly name: string }[]
}

/** The places of an album: its folder in the vault, and its path at SmugMug. */
export interface NamedAlbum {
  readonly folder: string
  readonly urlPath: string
}

/**
 * An item as a person names it: by its path in the vault or at SmugMug (capitals make no difference), by the address of its page at SmugMug, or by
 * its key. An address or a key alone is sure of the image, whatever the album is called by then.
 */
export interface ItemQuery {
  /** The key of the image, if it was given. */
  readonly imageKey?: string
  /** Can items of this album be meant? */
  isIn(album: NamedAlbum): boolean
  /** Is this item of such an album meant? */
  is(item: NamedItem): boolean
}

/** SmugMug's last segment for an item: `i-KEY`. */
const SEGMENT = /^i-([A-Za-z0-9]+)$/

/** Reads the words of a person. `location` is that of the vault: a path that begins with it is taken, too. */
export function readItemQuery(text: string, location: string): ItemQuery {
  const words = text.trim()
  const address = /^https?:\/\//i.test(words) ? addressOf(words) : undefined
  const path = (address ?? (words.startsWith(`${location}/`) ? words.slice(location.length) : words)).replace(/^(?:\.?\/)+/, '')
  const segments = path.split('/').filter((segment) => segment !== '')
  // An address may go on after the key: `/i-KEY/A`, `/i-KEY/0/…/IMG-X3.jpg`.
  const last = address === undefined ? segments.slice(-1) : segments
  const imageKey = last.map((segment) => SEGMENT.exec(segment)?.[1]).findLast((key) => key !== undefined) ?? bareKey(segments)
  if (imageKey !== undefined) return { imageKey, isIn: () => true, is: (item) => item.imageKey === imageKey }
  const { folder, name } = splitPath(foldPath(segments.join('/')))
  return {
    isIn: (album) => [album.folder, album.urlPath.replace(/^\//, '')].some((place) => foldPath(place) === folder),
    is: ({ name: own, fileName, files = [] }) => [own, fileName, ...files.map((file) => file.name)].some((each) => foldName(each) === name),
  }
}

/** Returns the key if nothing but one was given: every path of an item has its album's folder. */
const bareKey = (segments: readonly string[]): string | undefined => {
  const [only = ''] = segments
  return segments.length === 1 && /^[A-Za-z0-9]{4,}$/.test(only) ? only : undefined
}

/** Returns the path of an address; undefined if it is none. */
function addressOf(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null) return undefined
  try {
    return decodeURIComponent(url.pathname)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return url.pathname
  }
}

const foldPath = (path: string): string => path.split('/').map(foldName).join('/')
