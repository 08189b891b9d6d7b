/**
 * Accounts as data. A world holds everything that the simulated SmugMug knows; it is plain data or a lazy view of it,
 * so that a million items need not be a million objects. Imports nothing from src.
 */

/** The source of a file's bytes. Deterministic: the same world gives the same bytes in every process. */
export type Bytes =
  | { readonly kind: 'inline'; readonly data: Uint8Array }
  | { readonly kind: 'file'; readonly path: string }
  /** Pseudo-random bytes of this size made from the seed, produced in chunks. `starts` gives them the first bytes of a real file type. */
  | { readonly kind: 'seeded'; readonly seed: string; readonly size: number; readonly starts?: FileStart }

/** The first bytes of a file type; default `mp4` for videos, `jpg` for everything else; `none` for bytes of no type. */
export type FileStart = 'jpg' | 'png' | 'gif' | 'tif' | 'heic' | 'mp4' | 'none'

/** A photo or video as SmugMug keeps it. One image may be in many albums. */
export interface WorldImage {
  readonly key: string
  readonly serial?: number
  readonly fileName?: string
  /** The untouched upload (photos), or the best rendition (videos). */
  readonly bytes: Bytes
  readonly isVideo?: boolean
  /** SmugMug's `Format`: JPG, PNG, GIF, MP4… Default JPG, MP4 for videos. */
  readonly format?: string
  /** The JPEG still that a video's ArchivedUri leads to. */
  readonly still?: Bytes
  readonly title?: string
  readonly caption?: string
  /** As an array; the `;` string is derived. */
  readonly keywords?: readonly string[]
  readonly latitude?: string | number
  readonly longitude?: string | number
  readonly altitude?: number
  readonly hidden?: boolean
  /** The camera's wall clock, `2019-08-04T11:28:12`; the API answers it shifted as SmugMug does (fact sheet 6.2). */
  readonly capturedLocal?: string
  readonly uploaded?: string
  readonly lastUpdated?: string
  readonly processing?: boolean
  readonly status?: string
  readonly subStatus?: string
  /** False or missing fields in the listing: field name → value, `undefined` removes the field. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** `!metadata` fields, besides the capture time. */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly comments?: readonly Readonly<Record<string, unknown>>[]
  /** RAW companions: the `!components` list. */
  readonly components?: readonly { readonly fileName: string; readonly bytes: Bytes; readonly type?: string }[]
  /** `!largestvideo` answers 404, and no other video size is listed. */
  readonly noRendition?: boolean
  /** `!largestvideo` answers 404 although `!sizedetails` lists the video's sizes. */
  readonly largestVideoMissing?: boolean
  /** Overrides of `!largestvideo`'s fields; `undefined` removes one. */
  readonly video?: Readonly<Record<string, unknown>>
  /**
   * The rung of a photo's best copy on the ladder of fact sheet 4.3: `archived` (default) has an ArchivedUri, `download` only
   * `!download`, `sizedetails` only ImageSizeOriginal, `largest` only a smaller LargestImage, `none` nothing at all.
   */
  readonly offers?: 'archived' | 'download' | 'sizedetails' | 'largest' | 'none'
}

/** An image's place in an album. */
export interface WorldPlacement {
  readonly image: WorldImage
  /** Collected from another album. */
  readonly collected?: boolean
}

/** A gallery. `placements` may be lazy. */
export interface WorldAlbum {
  readonly key: string
  readonly nodeId: string
  readonly name: string
  readonly urlName: string
  /** Number of items, without making them. */
  readonly count: number
  placement(index: number): WorldPlacement
  readonly description?: string
  readonly keywords?: string
  readonly privacy?: 'Public' | 'Unlisted' | 'Private'
  readonly securityType?: 'None' | 'Password' | 'GrantAccess'
  readonly password?: string
  readonly lastUpdated?: string
  readonly imagesLastUpdated?: string
  readonly sortMethod?: string
  readonly sortDirection?: string
  readonly comments?: readonly Readonly<Record<string, unknown>>[]
  readonly fields?: Readonly<Record<string, unknown>>
  /** Returns the album's state after `calls` requested pages (see `whilePaging`). Absent: it never changes. */
  atListing?(calls: number): WorldAlbum
}

/** A node of SmugMug's tree. */
export type WorldNode =
  | {
      readonly type: 'Folder'
      readonly nodeId: string
      readonly name: string
      readonly urlName: string
      readonly children: readonly WorldNode[]
      readonly description?: string
      readonly privacy?: 'Public' | 'Unlisted' | 'Private'
      readonly fields?: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'Album'; readonly album: WorldAlbum }
  | {
      readonly type: 'Page' | 'System Album'
      readonly nodeId: string
      readonly name: string
      readonly urlName: string
      readonly fields?: Readonly<Record<string, unknown>>
    }

/** A whole account and the keys that open it. */
export interface World {
  readonly nickName: string
  readonly name: string
  readonly keys: WorldKeys
  /** The root folder's children, in order. */
  readonly root: readonly WorldNode[]
  /** Overrides of the user object's fields. */
  readonly userFields?: Readonly<Record<string, unknown>>
  readonly rootNodeId?: string
  /** Returns the places of an image, home album first. Lazy worlds give it to avoid a walk over a million items. Absent: the world is searched. */
  locate?(imageKey: string): readonly { readonly albumKey: string; readonly index: number }[]
}

/** The four secrets; a completed sign-in returns the token pair. */
export interface WorldKeys {
  readonly apiKey: string
  readonly apiSecret: string
  readonly userToken: string
  readonly userSecret: string
  /** A second application of the same owner, with a token of its own. */
  readonly second?: Omit<WorldKeys, 'second'>
}

/** A fault in some requests of a kind. */
export interface Fault {
  /** Which requests: an endpoint name (`authuser`, `user`, `albums`, `images`, `image`, `largestvideo`, `metadata`, `children`, `node`, `comments`, `download`, `sizedetails`, `components`, `original`, `video`, `still`, `any`…; all in `routes.ts`, `cdn.ts` and `sign-in.ts`). `any` is every call under `/api/v2`, `file` every file. */
  readonly on: string
  /** Only URLs that contain this text. */
  readonly match?: string
  /** The n-th such request, from 1; a list of them; or all when absent. */
  readonly nth?: number | readonly number[]
  /** A change that meets this fault is not made. Default: made, and only its answer suffers, except for a status below 500. */
  readonly unapplied?: boolean
  readonly does:
    | {
        readonly kind: 'status'
        readonly status: number
        readonly retryAfter?: number
        readonly body?: string
        readonly headers?: Readonly<Record<string, string>>
      }
    | { readonly kind: 'reset' /** Bytes of the body sent before it. */; readonly after?: number }
    /** Silence for some milliseconds, until a promise resolves, or for ever. */
    | { readonly kind: 'stall'; readonly after?: number; readonly ms?: number; readonly until?: Promise<unknown> }
    /** Fewer bytes than announced. `clean`: Content-Length agrees with the cut body. */
    | { readonly kind: 'truncate'; readonly at: number; readonly clean: boolean }
    | { readonly kind: 'wrongBytes' }
    | { readonly kind: 'html' }
    | { readonly kind: 'empty' }
    | { readonly kind: 'badJson' }
    | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
    /** Replaces the parsed JSON answer's `Response` fields (deep merge; null removes). */
    | { readonly kind: 'patch'; readonly response: Readonly<Record<string, unknown>> }
    | { readonly kind: 'delay'; readonly ms: number }
}

/** The behaviour of the simulated service. */
export interface Behaviour {
  readonly faults?: readonly Fault[]
  /** `perItemMs` is for each item of an `!images` page (fact sheet 0.3); `fileMs` is to the first byte of a file. */
  readonly latency?: { readonly callMs?: number; readonly perItemMs?: number; readonly fileMs?: number }
  /** Bytes a second in all, over the CDN. */
  readonly bandwidth?: number
  /** A fixed window with a number of API calls, with SmugMug's headers. */
  readonly rateLimit?: { readonly calls: number; readonly windowMs: number }
  /** The limit of the CDN: while this number of files is under way, it refuses every further one at once, with this status (503). */
  readonly crowd?: { readonly files: number; readonly status?: number; readonly retryAfter?: number }
  /** Milliseconds by which the server's clock is ahead; OAuth timestamps are checked against it. */
  readonly clockSkewMs?: number
  /** The server's clock before that: milliseconds since 1970. Default: the machine's. */
  readonly now?: () => number
  /** CDN refuses unsigned requests for private albums' files. Default true. */
  readonly privateNeedsSignature?: boolean
  /** OAuth is checked. Default true. */
  readonly verifyOAuth?: boolean
  /** The account as one writes to it. */
  readonly writing?: Writing
}

/** The behaviour towards those who write (fact sheet 9). */
export interface Writing {
  /** The permission of the world's own token. Default: that of the sign-in, and `Read` without one. */
  readonly permission?: 'Read' | 'Add' | 'Modify'
  /** Milliseconds until lists of items, nodes and albums show a change. Default 0. */
  readonly listingLagMs?: number
  /** Milliseconds until an album's `ImageCount` shows a change. Default 0. */
  readonly countLagMs?: number
  /** Items that an album takes. Default 5000. */
  readonly albumLimit?: number
  /** Levels of folders that are allowed. Default 5. */
  readonly folderDepth?: number
  /** An upload whose name is in the album already: a second image (default), or 409. */
  readonly sameName?: 'accept' | 'refuse'
  /** The encoding that names and texts in upload headers are decoded from. Default percent. */
  readonly headerText?: 'percent' | 'raw'
  /** SmugMug Source, which takes RAW files. Default false. */
  readonly source?: boolean
  /** Files whose bytes SmugMug changes, so that their MD5 is another one. Default none. */
  changesBytes?(fileName: string): boolean
  /** Fields that a change drops without a word. */
  readonly ignoredFields?: readonly string[]
  /** Headers of uploads that are ignored, in small letters. */
  readonly ignoredHeaders?: readonly string[]
  /** Fields that make a change, or the making of a node, a 400. */
  readonly refusedFields?: readonly string[]
  /** Listings and reads during which an uploaded video is still processing. Default 0. */
  readonly processingReads?: number
  /** Images that cannot be collected, by key. */
  readonly notCollectable?: readonly string[]
  /** Returns the facts that SmugMug reads out of a file, by its MD5: the camera's time, a caption, a place. */
  reads?(md5: string): Partial<WorldImage> | undefined
}

/** The port and host names of a simulator. */
export interface SimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  readonly cdnPort?: number
  /** The host name in file URLs: `127.0.0.1` (default), or `localhost` to tell the two hosts apart by name. */
  readonly cdnHost?: '127.0.0.1' | 'localhost'
}

/** A running simulator. Base URLs have no trailing slash. */
export interface Simulator {
  readonly apiUrl: string
  readonly cdnUrl: string
  /** Counts by endpoint name (see `Fault.on`), and `total` of API calls; `bytes` sent by the CDN. */
  readonly counters: {
    readonly byEndpoint: Readonly<Record<string, number>>
    readonly byStatus: Readonly<Record<number, number>>
    readonly api: number
    readonly cdn: number
    readonly cdnBytes: number
    /** Most requests ever under way at once: in all, on the API and on the CDN. */
    readonly maxInFlight: number
    readonly maxInFlightApi: number
    readonly maxInFlightCdn: number
  }
  /** Every request so far: method, path with query, endpoint name, status, signed or not. Bounded to the newest 10,000. */
  readonly requests: readonly {
    readonly method: string
    readonly url: string
    readonly endpoint: string
    readonly status: number
    readonly signed: boolean
    readonly host: string
  }[]
  resetCounters(): void
  /** The account as it is now, with all that was written to it. */
  readonly world: World
  /** Swaps the account or the behaviour while running. */
  setWorld(world: World): void
  setBehaviour(behaviour: Behaviour): void
  close(): Promise<void>
}
