import type { Album, Availability, Download, Item, JsonObject, Listing, Owner, Source } from '../model.ts'

export type { Download, Listing }

/** A file that SmugMug keeps beside a photo: the RAW of an account with SmugMug Source (fact sheet 4.6). */
export interface Component {
  /** The same from run to run. */
  readonly key: string
  /** May be empty. */
  readonly fileName: string
  /** Lower-case, without the dot. */
  readonly extension?: string
  readonly source: Source
}

/** A node of SmugMug's tree. */
export interface TreeNode {
  readonly nodeId: string
  /** Absent for the root. */
  readonly parentId?: string
  /** Folder, Album, Page, System Album…; other values are possible. */
  readonly type: string
  /** The key of the album, where the node is one. */
  readonly albumKey?: string
  /** The full answer, `Uris` included; unpacked at each call. May hold secrets. */
  readonly raw: () => JsonObject
}

/**
 * A SmugMug account, as the rest of the program sees it. Every method repeats requests that failed for a passing reason, and throws
 * `SignInError` when SmugMug refuses the keys, otherwise `ServiceError` or `RequestError`.
 */
export interface Account {
  /** Returns the signed-in user. One call, remembered. */
  owner(signal?: AbortSignal): Promise<Owner>

  /**
   * Lists every album of the account once. Throws `ServiceError` rather than return a list that may be incomplete. If the account counts
   * items `beyond` those of the list, the folders are searched for more albums, unless `isUsual` says that it is always so.
   */
  albums(signal?: AbortSignal, isUsual?: (albums: readonly Album[], beyond: number) => boolean): Promise<readonly Album[]>

  /** Lists every item of one album, in album order. Throws when a page makes no progress. */
  items(album: Album, signal?: AbortSignal): Promise<Listing>

  /**
   * Asks where an item's bytes are when the listing did not say (videos without an expanded rendition, photos without ArchivedUri): the
   * ladder of fact sheet 4.3. Never `unresolved`.
   */
  resolve(item: Item, signal?: AbortSignal): Promise<Exclude<Availability, { kind: 'unresolved' }>>

  /** Asks for the item anew (one call), because an address expires after the listing. Undefined when the item is gone. */
  refresh(item: Item, signal?: AbortSignal): Promise<Item | undefined>

  /**
   * Opens a source's bytes. The request is repeated until an answer begins; the bytes are tried once. `start` asks for a Range. `turn` ends
   * only the wait before the request; `signal` ends the bytes too.
   */
  open(
    source: Source,
    options?: { readonly start?: number; readonly validator?: string; readonly signal?: AbortSignal; readonly turn?: AbortSignal },
  ): Promise<Download>

  /** Does the listing hint at companions of this item? Makes no call. */
  mayHaveComponents(item: Item): boolean

  /** Lists the companions of a photo (one call). Undefined when SmugMug does not offer the list. */
  components(item: Item, signal?: AbortSignal): Promise<readonly Component[] | undefined>

  /** Lists every node of the account's tree, parents before their children, children in SmugMug's own order: about one call a folder. */
  tree(signal?: AbortSignal): Promise<readonly TreeNode[]>

  /** Returns `!metadata` of an item, raw: it has the camera's own times. */
  metadata(item: Item, signal?: AbortSignal): Promise<JsonObject | undefined>

  /** API requests sent so far, retries included. Downloads are not API calls. */
  readonly apiCalls: number

  /** Closes every connection. */
  close(): Promise<void>
}
