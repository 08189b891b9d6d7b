/** The old addresses of albums and photos at SmugMug, and the pages of the twin that they lead to. */
import { encodePath } from '../../../twin/links.ts'
import type { AlbumHead } from '../../../vault/record/album-record.ts'

/** An old address and the new one. */
export interface Redirect {
  /** The old path, decoded, as a server sees it. It begins with `/`. */
  readonly from: string
  /** The new address, encoded: a path, or a whole address. */
  readonly to: string
  /** Another old path is the same but for capitals. */
  readonly isAmbiguous: boolean
}

/** The old paths of one album, and the page that they lead to. */
export interface AlbumAddresses {
  readonly paths: readonly string[]
  /** The album's page, encoded, with a `/` at its end. */
  readonly page: string
  /** The beginning of the new addresses. */
  readonly base: string
  /** The page's path, decoded. */
  readonly pagePath: string
}

/**
 * Returns the old paths of an album: its `UrlPath`, and that of its web address, which for an unlisted album has the key of its node. `base`
 * is the beginning of the new addresses.
 */
export function addressesOf({ urlPath, webUri }: AlbumHead, folder: string, base: string): AlbumAddresses {
  const paths = [withoutSlash(urlPath.startsWith('/') ? urlPath : `/${urlPath}`), pathOf(webUri)]
  const pagePath = folder === '' ? '/' : `/${folder}/`
  return {
    paths: [...new Set(paths.flatMap((path) => (path === undefined || path === '' ? [] : [path])))],
    page: `${base}${encodePath(pagePath)}`,
    ...{ base, pagePath },
  }
}

/** Returns the host of a web address, if the owner's own: the hosts of SmugMug stay with SmugMug. */
export function ownHost(webUri: string | undefined): string | undefined {
  const host = urlOf(webUri)?.host
  return host === undefined || /(^|\.)smugmug\.com(:|$)/.test(host) ? undefined : host
}

const urlOf = (address: string | undefined): URL | undefined =>
  address !== undefined && URL.canParse(address) ? new URL(address) : undefined

/** Returns the decoded path of an address without a `/` at its end; undefined if it has none, or one that cannot be decoded. */
function pathOf(address: string | undefined): string | undefined {
  const path = urlOf(address)?.pathname
  try {
    return path === undefined ? undefined : withoutSlash(decodeURIComponent(path))
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return undefined
  }
}

const withoutSlash = (path: string): string => path.replace(/\/+$/, '')

/** The longest path, in bytes: nginx keeps paths in tables of a fixed size. */
const LONGEST = 3000

/** Can a server be asked for this path, and can its configuration hold it? */
const isUsable = (path: string): boolean =>
  path.isWellFormed() &&
  Buffer.byteLength(path) <= LONGEST &&
  !/\p{Cc}|\/\//u.test(path) &&
  !path.split('/').some((part) => part === '.' || part === '..')

/** Returns the redirects of a path without and with a `/` at its end. An address that is its page's own would lead to itself for ever. */
const both = (
  path: string,
  { page, pagePath, isAmbiguous }: { readonly page: string; readonly pagePath: string; readonly isAmbiguous: boolean },
) =>
  [path, `${path}/`]
    .filter((from) => from !== pagePath)
    .map((from) => ({ from, to: page, isAmbiguous: isAmbiguous || from.toLowerCase() === pagePath.toLowerCase() }))

/** Makes the redirects of albums, each old path only once. */
export class Redirects {
  /** The number of albums by their paths without capitals. */
  readonly #alike = new Map<string, number>()
  readonly #taken = new Set<string>()
  /** Paths that no server can be asked for. */
  readonly unusable: string[] = []

  /** `urlPaths` are those of all albums. */
  constructor(urlPaths: readonly string[]) {
    for (const path of urlPaths) this.#alike.set(path.toLowerCase(), (this.#alike.get(path.toLowerCase()) ?? 0) + 1)
  }

  /**
   * Returns the redirects of one album, of the folders above it, and of its items.
   */
  of(album: AlbumAddresses, imageKeys: readonly string[]): { readonly album: readonly Redirect[]; readonly items: readonly Redirect[] } {
    const { page, pagePath } = album
    const paths = album.paths.filter((path) => this.#take(path))
    const isAmbiguous = album.paths.some((path) => (this.#alike.get(path.toLowerCase()) ?? 0) > 1)
    const alike = new Map<string, number>()
    for (const key of imageKeys) alike.set(key.toLowerCase(), (alike.get(key.toLowerCase()) ?? 0) + 1)
    return {
      album: [...this.#folders(album), ...paths.flatMap((path) => both(path, { page, pagePath, isAmbiguous }))],
      items: paths.flatMap((path) =>
        [...new Set(imageKeys)].map((key) => ({
          from: `${path}/i-${key}`,
          to: `${page}#i-${encodeURIComponent(key)}`,
          isAmbiguous: isAmbiguous || (alike.get(key.toLowerCase()) ?? 0) > 1,
        })),
      ),
    }
  }

  /** Returns the redirects of the folders above an album that have none yet. */
  #folders({ paths: [path = ''], pagePath, base }: AlbumAddresses): readonly Redirect[] {
    const [from, to] = [path.split('/').slice(1, -1), pagePath.split('/').slice(1, -2)]
    // A folder's name differs in the vault where SmugMug's is no name for a file; the number of folders does not.
    if (from.length !== to.length) return []
    return from.flatMap((_, last) => {
      const [old, page] = [from, to].map((names) => `/${names.slice(0, last + 1).join('/')}`)
      if (old === undefined || page === undefined || !this.#take(old)) return []
      return both(old, { page: `${base}${encodePath(`${page}/`)}`, pagePath: `${page}/`, isAmbiguous: false })
    })
  }

  /** Is this path usable, and still free? */
  #take(path: string): boolean {
    if (!isUsable(path)) {
      this.unusable.push(path)
      return false
    }
    if (this.#taken.has(path)) return false
    this.#taken.add(path)
    return true
  }
}
