import type { Album, Availability, Item, Json, JsonObject, Owner, Source } from '../model.ts'

/** One answer to `Account.open`: bytes in order, from `start` on. */
export interface Download {
  /** What the server says the whole file measures, where it says. */
  readonly totalSize?: number
  /** Where in the file the bytes begin: `start` if the server could resume, else 0. */
  readonly start: number
  /** The server's name for these bytes (ETag, unquoted); a partial file is resumed only if it is the same. */
  readonly validator?: string
  /** Throws `RequestError` when the connection breaks or falls silent. Must be consumed or returned. */
  readonly body: AsyncIterable<Uint8Array>
}

/** A whole album as listed: consistent with itself, de-duplicated by image key. */
export interface Listing {
  readonly items: readonly Item[]
  /** SmugMug's newest count for the album (re-read when the listing disagreed with it). */
  readonly imageCount?: number
  /** `true` when the number of items agrees with `imageCount`; only then may anything count as vanished. */
  readonly complete: boolean
  /** Comments on the album itself, where they were asked for. */
  readonly comments?: readonly Json[]
}

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

/** A node of SmugMug's tree, as it gave it. */
export interface TreeNode {
  readonly nodeId: string
  /** Absent for the root. */
  readonly parentId?: string
  /** Folder, Album, Page, System Album…; other values are possible. */
  readonly type: string
  /** Of a node that is an album. */
  readonly albumKey?: string
  /** The full answer, `Uris` included; unpacked each time it is asked for. May hold secrets. */
  readonly raw: () => JsonObject
}

/**
 * A SmugMug account, as the rest of the program sees it. Every method retries what is transient by itself
 * and throws `SignInError` when SmugMug refuses the keys, `ServiceError` or `RequestError` otherwise.
 */
export interface Account {
  /** Who is signed in. One call, remembered. */
  owner(signal?: AbortSignal): Promise<Owner>

  /** Every album of the account, each once. Throws `ServiceError` rather than return a list that cannot be trusted. */
  albums(signal?: AbortSignal): Promise<readonly Album[]>

  /** Every item of one album, in album order. Throws when a page makes no progress. */
  items(album: Album, signal?: AbortSignal): Promise<Listing>

  /** Asks for what a listing did not tell (videos without an expanded rendition, photos without ArchivedUri): the ladder of fact sheet 4.3. Never `unresolved`. */
  resolve(item: Item, signal?: AbortSignal): Promise<Exclude<Availability, { kind: 'unresolved' }>>

  /** The item as SmugMug tells of it now (one call), for a URL that has gone stale since the listing; undefined when it is gone. */
  refresh(item: Item, signal?: AbortSignal): Promise<Item | undefined>

  /**
   * Opens a source's bytes. One attempt at the bytes; the answer's headers are retried. `start` asks for a Range.
   * `turn` ends the wait for a turn, and what has not begun does not begin; `signal` ends the bytes too.
   */
  open(
    source: Source,
    options?: { readonly start?: number; readonly validator?: string; readonly signal?: AbortSignal; readonly turn?: AbortSignal },
  ): Promise<Download>

  /** Does the listing hint at files beside the displayed one? Costs nothing. */
  mayHaveComponents(item: Item): boolean

  /** The files that SmugMug keeps beside a photo (one call); undefined when it does not offer the list. */
  components(item: Item, signal?: AbortSignal): Promise<readonly Component[] | undefined>

  /** Every node of the account's tree, parents before their children, children in SmugMug's own order: about one call a folder. */
  tree(signal?: AbortSignal): Promise<readonly TreeNode[]>

  /** `!metadata` of an item, raw: the camera's own times. */
  metadata(item: Item, signal?: AbortSignal): Promise<JsonObject | undefined>

  /** What has been asked of SmugMug so far: API requests sent, retries included; downloads are not API calls. */
  readonly apiCalls: number

  /** Closes every connection. */
  close(): Promise<void>
}
