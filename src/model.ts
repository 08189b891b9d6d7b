/**
 * The nouns of the program. They know nothing of SmugMug's JSON, of disks or of databases.
 * Absent means unknown, never `0` or `''`.
 */

/** Any JSON value, as it was received. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object, as it was received. */
export type JsonObject = { readonly [key: string]: Json }

/** Is this value, parsed from JSON, an object (not an array)? */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The account that a run speaks to. */
export interface Owner {
  readonly nickName: string
  readonly name?: string
  /** SmugMug's own count of the items in the whole account (only owners receive it). */
  readonly imageCount?: number
  /** `Full` for the owner signed in with `Access=Full`; anything else sees less than everything. */
  readonly responseLevel?: string
}

/** A gallery, in SmugMug's words an Album. */
export interface Album {
  readonly key: string
  readonly nodeId?: string
  readonly name: string
  /** `UrlPath` as SmugMug gives it, such as `/Travel/2024-Norway`. Hostile values are possible: never join it to a path unsanitised. */
  readonly urlPath: string
  readonly webUri?: string
  /** SmugMug's own count of the items in this album; immediate, where listings lag. */
  readonly imageCount?: number
  readonly lastUpdated?: string
  readonly imagesLastUpdated?: string
  /** The size of its originals, as SmugMug adds it up for owners. */
  readonly bytes?: number
  /** The size of its originals and of all renditions. */
  readonly allBytes?: number
  /** Returns the full answer, `Uris` included; each call unpacks it again. It may hold secrets: see vault/record/secrets. */
  readonly raw: () => JsonObject
}

/** The grade of a stored file: the untouched upload, the best that SmugMug keeps of it, or less than exists. */
export type Grade = 'original' | 'rendition' | 'fallback'

/** Size and MD5, which prove bytes. Either may be unknown; `md5` is lower-case hexadecimal. */
export interface Fingerprint {
  readonly size?: number
  readonly md5?: string
}

/** An address to fetch bytes from, with the size and MD5 that SmugMug gives for exactly those bytes. */
export interface Source extends Fingerprint {
  readonly url: string
  readonly grade: Grade
  /** The type of the bytes, lower-case, without the dot; present when it differs from the file name's (`mp4` for a video). */
  readonly extension?: string
}

/** The availability of an item: ready, with the source of its bytes, or the reason why not. */
export type Availability =
  | { readonly kind: 'ready'; readonly source: Source }
  /** The listing does not say: `Account.resolve` must ask. */
  | { readonly kind: 'unresolved' }
  /** SmugMug has not finished; a later run will have it. */
  | { readonly kind: 'pending'; readonly reason: string }
  /** SmugMug cannot offer it, now or later, until the owner changes something. */
  | { readonly kind: 'impossible'; readonly reason: string }

/** One photo or video in one album (SmugMug's AlbumImage). Collected into three albums, it is three items. */
export interface Item {
  readonly albumKey: string
  readonly imageKey: string
  /** Grows when the image is replaced, rotated, cropped… */
  readonly serial?: number
  /** Position in the album's own order, from 0. */
  readonly position: number
  /** May be empty, duplicate, hostile or of another type than the bytes. */
  readonly fileName: string
  readonly title: string
  readonly caption: string
  /** SmugMug's `;`-separated string, as received. */
  readonly keywords: string
  readonly keywordArray: readonly string[]
  readonly isVideo: boolean
  readonly format?: string
  readonly uploadKey?: string
  /** The URL of the untouched upload; of a video it is a JPEG still. */
  readonly archivedUri?: string
  readonly archivedSize?: number
  readonly archivedMd5?: string
  /** As SmugMug sends it: camera time shifted from US Pacific time (fact sheet 6.2). */
  readonly dateTimeOriginal?: string
  /** True UTC. */
  readonly dateTimeUploaded?: string
  readonly lastUpdated?: string
  /** Decimal degrees as text, as received (`"0"`, `"46.44270833333300"`); a number is rendered as JavaScript prints it. */
  readonly latitude?: string
  readonly longitude?: string
  readonly altitude?: number
  readonly hidden?: boolean
  /** Collected from another album. */
  readonly collected: boolean
  readonly webUri?: string
  /** JSON text of an object with additional answers: `imageMetadata` (SmugMug's reading of the EXIF), `comments`. */
  readonly extras?: string
  readonly availability: Availability
  /** The full AlbumImage as JSON text, `Uris` included: thousands of small objects would take four times the memory. */
  readonly raw: string
}

/** One answer to `Account.open`: bytes in order, from `start` on. */
export interface Download {
  /** Size of the whole file in bytes, where the server says it. */
  readonly totalSize?: number
  /** Position in the file of the first byte: `start` if the server could resume, else 0. */
  readonly start: number
  /** The server's name for these bytes (ETag, unquoted); a partial file is resumed only if it is the same. */
  readonly validator?: string
  /** Throws `RequestError` when the connection breaks or falls silent. Must be read to its end or returned. */
  readonly body: AsyncIterable<Uint8Array>
}

/** A whole album as listed, each item once. */
export interface Listing {
  readonly items: readonly Item[]
  /** SmugMug's newest count for the album, read again when the listing disagreed with it. */
  readonly imageCount?: number
  /** True when the number of items agrees with `imageCount`. Only then may an item count as vanished. */
  readonly complete: boolean
  /** Comments on the album itself, where they were asked for and could be read. */
  readonly comments?: readonly Json[]
  /** True when comments on the album or its items could not be read now: it must be listed again. */
  readonly commentsMissing?: boolean
}

/** The outcome of one item in one run. Every planned item gets exactly one. */
export type OutcomeKind = 'stored' | 'adopted' | 'copied' | 'moved' | 'kept' | 'replaced' | 'failed' | 'impossible' | 'pending'

/** The counts of a run: one number for each outcome, and further sums. */
export interface Totals {
  readonly albums: number
  readonly albumsSkipped: number
  /** stored + adopted + copied + moved + kept + replaced + failed + impossible + pending */
  readonly items: number
  readonly stored: number
  readonly adopted: number
  readonly copied: number
  readonly moved: number
  readonly kept: number
  readonly replaced: number
  /** Gone from the account since the last run; not part of `items`. */
  readonly vanished: number
  readonly failed: number
  readonly impossible: number
  readonly pending: number
  /** Bytes received from SmugMug. */
  readonly bytes: number
  readonly apiCalls: number
  readonly durationMs: number
}

/** A count of zero for every outcome. */
export const noOutcomes: Readonly<Record<OutcomeKind, number>> = {
  stored: 0,
  adopted: 0,
  copied: 0,
  moved: 0,
  kept: 0,
  replaced: 0,
  failed: 0,
  impossible: 0,
  pending: 0,
}

/** No items, no time, no calls. */
export const noTotals: Totals = {
  albums: 0,
  albumsSkipped: 0,
  items: 0,
  ...noOutcomes,
  vanished: 0,
  bytes: 0,
  apiCalls: 0,
  durationMs: 0,
}

/** The kinds of changes of a run: an item came, was replaced, moved, or is gone from SmugMug. */
export const CHANGES = ['came', 'changed', 'moved', 'went'] as const

/** One change of the vault's holdings by a run. */
export interface ItemChange {
  readonly what: (typeof CHANGES)[number]
  readonly album: string
  /** Absent: a whole album, with `items` of them. */
  readonly name?: string
  readonly imageKey?: string
  /** The former path of an item that moved, or of an album. */
  readonly from?: string
  readonly items?: number
  /** The fate of an item that went. */
  readonly note?: string
}

/** The versions of a vault that are to be kept: all, or the last one of each of some days, weeks, months and years. */
export type Retention = 'forever' | { readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }
