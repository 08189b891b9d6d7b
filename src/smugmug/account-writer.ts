import type { JsonObject } from '../model.ts'

/** The end of a change. Nothing is sent twice: an unknown end stays unknown until the caller has asked the account. */
export type Verdict<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Certainly not done. `reason` is in a photographer's words where they are known, `detail` in SmugMug's own. */
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string; readonly status: number; readonly cause: RefusalCause }
  /** May have been done: no answer came, or none that says it. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** The cause of a refusal, where it decides the next step. */
export type RefusalCause =
  /** A sibling has this name already. */
  | 'conflict'
  /** The album holds as many items as SmugMug allows (code 63). */
  | 'album full'
  /** SmugMug does not take this file, now or later (codes 6, 64, 72). */
  | 'unfit file'
  /** SmugMug's "system error" (code 5): a few more tries may help. */
  | 'system error'
  | 'other'

/** A folder or an album that is to be made. */
export interface NewNode {
  readonly type: 'Folder' | 'Album'
  readonly parentId: string
  readonly name: string
  /** Absent: SmugMug derives it from the name. */
  readonly urlName?: string
  readonly privacy: 'Public' | 'Unlisted' | 'Private'
  /** Further fields of the node, such as `Description` and `SortMethod`. */
  readonly fields?: JsonObject
}

/** A node as SmugMug made or lists it. */
export interface MadeNode {
  readonly nodeId: string
  readonly type: string
  readonly name: string
  readonly urlName: string
  readonly urlPath: string
  /** Absent for folders. */
  readonly albumKey?: string
  readonly raw: JsonObject
}

/** An object whose fields can be changed. `serial` is the present one. */
export type Target =
  | { readonly kind: 'node'; readonly nodeId: string }
  | { readonly kind: 'album'; readonly albumKey: string }
  | { readonly kind: 'image'; readonly imageKey: string; readonly serial: number }

/** A file that is to be uploaded. */
export interface NewFile {
  readonly albumKey: string
  /** May be empty: an item without a name. */
  readonly fileName: string
  /** In bytes. */
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly md5: string
  /** Opens the bytes. An error that they throw breaks the upload off, before SmugMug has the whole file, and is thrown on. */
  readonly bytes: () => AsyncIterable<Uint8Array>
  readonly title?: string
  readonly caption?: string
  readonly keywords?: string
  readonly hidden?: boolean
  /** The same for every try of this file: SmugMug may recognise a repetition by it (fact sheet 9.1). */
  readonly requestId: string
}

/**
 * Returns a text as an upload carries it in a header: percent-encoded where it is not plain ASCII (fact sheet 9.1). Which form SmugMug decodes is
 * open (fact sheet 12.10), so an image may keep this form of its name.
 */
export const headerText = (text: string): string =>
  text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character))

/** An image that was uploaded. */
export interface Uploaded {
  readonly imageKey: string
  readonly serial: number
}

/** An image that SmugMug did not collect. */
export interface NotCollected {
  readonly imageKey: string
  readonly reason: string
}

/**
 * A SmugMug account, to be written to. Every change is sent once: a request that may have arrived is never repeated. Every method throws
 * `SignInError` when SmugMug refuses the keys or the permission, and `RequestError` when SmugMug could not be reached, so that certainly
 * nothing was done. Nothing is ever deleted or replaced.
 */
export interface AccountWriter {
  /** Was this sign-in granted Modify? Asks with a change that changes nothing; undefined when SmugMug's answer does not say. */
  mayModify(signal?: AbortSignal): Promise<boolean | undefined>

  /** Makes a folder or an album. */
  create(node: NewNode, signal?: AbortSignal): Promise<Verdict<MadeNode>>

  /** Changes these fields and no others. SmugMug ignores some without a word: read the object back. */
  change(target: Target, fields: JsonObject, signal?: AbortSignal): Promise<Verdict<undefined>>

  /** Uploads one file, last in its album. */
  upload(file: NewFile, signal?: AbortSignal): Promise<Verdict<Uploaded>>

  /**
   * Collects images into an album, at most a hundred at once. Images that are there already change nothing. Returns those that SmugMug
   * refuses by name; the others may or may not be there then, which the album's listing says.
   */
  collect(
    albumKey: string,
    images: readonly { readonly imageKey: string; readonly serial: number }[],
    signal?: AbortSignal,
  ): Promise<Verdict<readonly NotCollected[]>>

  /** Reads an object as it is now, unexpanded: all its fields. Undefined when it is gone. */
  read(target: Target, signal?: AbortSignal): Promise<JsonObject | undefined>

  /** Lists the children of a folder, in SmugMug's order. Throws `RequestError` rather than return a part. */
  children(nodeId: string, signal?: AbortSignal): Promise<readonly MadeNode[]>

  /** API requests sent so far, uploads included. */
  readonly apiCalls: number

  /** Closes every connection. */
  close(): Promise<void>
}

/** The ways out when only Read was granted: the level of an application cannot be raised by authorising again (fact sheet 1.1). */
export const MAY_ONLY_READ =
  'In SmugMug, under Account Settings > Privacy > Authorized Services, give this program permission to modify, or revoke it there; or get a second API key and set write_api_key and write_api_secret. Then run `smugmug-backup login --write`.'
