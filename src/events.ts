import type { Album, Grade, ItemChange, OutcomeKind, Totals } from './model.ts'

/** One entry of a report: an item or album, what happened to it, and what to do. */
export interface Problem {
  readonly kind:
    | 'failed'
    | 'impossible'
    | 'pending'
    | 'vanished'
    | 'replaced'
    /** The safety brake held: these would vanish, or be replaced, if the person accepted it. Nothing has happened to them. */
    | 'would-vanish'
    | 'would-be-replaced'
    | 'missing'
    | 'damaged'
    | 'foreign'
    | 'album'
    | 'notice'
  /** The album's path, as SmugMug spells it. */
  readonly album?: string
  /** The file name in the vault, else SmugMug's. */
  readonly name?: string
  readonly imageKey?: string
  /** The reason in a photographer's words. Equal causes have equal reasons, so that they can be counted together. */
  readonly reason: string
  /** The facts behind it: paths, hashes, addresses, status codes. Shown with `--verbose` and in reports. */
  readonly detail?: string
  /** The last run reported the same. */
  readonly asBefore?: true
  /** No run can mend it: a person must, as the reason says. */
  readonly needsYou?: true
  /** Every item of the album has this problem. */
  readonly wholeAlbum?: true
}

/**
 * The events of an operation: one stream for the terminal, `--json` and users of the library.
 * The faces add `at`. Nothing in an event is secret. Paths are relative to the vault.
 */
export type Event =
  | { readonly event: 'run.started'; readonly operation: string; readonly destination: string; readonly dryRun: boolean }
  | {
      readonly event: 'account'
      readonly nickName: string
      /** The albums and items of the whole account. */
      readonly albums: number
      readonly items?: number
      /** The part of them that was chosen, where not all are. */
      readonly chosen?: { readonly albums: number; readonly items?: number }
      /** The size of the originals of all that was chosen; absent if SmugMug does not give it for every album. */
      readonly bytes?: number
    }
  /** The work ahead, as the album list and the catalogue let expect it before any album is listed. */
  | ({
      readonly event: 'forecast'
      /** Bytes free in the vault's folder, if the disk says it. */
      readonly free?: number
      /** The bytes that need room: without those of files that lie in the vault already, which may be the photos; absent for an adoption, which takes only what its folder has. */
      readonly needs?: number
      /** The bytes that thumbnails of the twin take after the run; absent if no twin follows. */
      readonly thumbnails?: number
      /** The most bytes that can come: those of the folder that files are adopted from. */
      readonly atMost?: number
    } & Expected)
  | { readonly event: 'phase'; readonly name: string; readonly detail?: string }
  | {
      readonly event: 'album.started'
      readonly album: string
      readonly albumKey: string
      readonly items?: number
      /** Its part of the forecast, which its listing replaces. */
      readonly expected?: Expected
    }
  | {
      readonly event: 'album.listed'
      readonly album: string
      readonly albumKey: string
      readonly items: number
      /** The number of them whose bytes are wanted. */
      readonly toFetch: number
      /** The sum of their sizes, as far as SmugMug gives them, and the number of those without a size. */
      readonly bytes?: number
      readonly unsized?: number
    }
  | { readonly event: 'album.skipped'; readonly album: string; readonly albumKey: string; readonly items: number }
  | {
      readonly event: 'album.finished'
      readonly album: string
      readonly albumKey: string
      /** SmugMug's own count; the others are the items listed, and the counted ones that are held and proven. */
      readonly counted?: number
      readonly listed: number
      readonly held: number
    }
  | {
      readonly event: 'transfer.started'
      readonly path: string
      readonly size?: number
      /** Bytes of the file that had come before: the transfer continues there. */
      readonly from?: number
    }
  | { readonly event: 'transfer.progress'; readonly path: string; readonly received: number; readonly size?: number }
  /** The end of a transfer, whether it succeeded or not: one for each that started. */
  | { readonly event: 'transfer.finished'; readonly path: string; readonly received: number }
  | {
      readonly event: 'item'
      readonly outcome: OutcomeKind
      readonly album: string
      /** Two albums can have one path: this tells them apart. */
      readonly albumKey: string
      readonly imageKey: string
      readonly path?: string
      readonly from?: string
      readonly grade?: Grade
      readonly size?: number
      readonly reason?: string
      readonly detail?: string
      /** Present if its bytes were wanted, as `album.listed` counts them: their size, if SmugMug gives it. */
      readonly wanted?: { readonly size?: number }
    }
  | {
      readonly event: 'retry'
      readonly what: string
      readonly reason: string
      readonly waitMs: number
      /** The number of retries of this request, this one included, and their bound. */
      readonly attempt: number
      readonly most?: number
      /** The host that did not answer as it should, and the HTTP status of its answer. A status of success: the answer was wrong in itself. */
      readonly host?: string
      readonly status?: number
    }
  | {
      readonly event: 'waiting'
      readonly host?: string
      readonly reason: string
      readonly untilMs: number
      /** Requests go on until then, spread over the time. */
      readonly spread?: true
    }
  | {
      readonly event: 'progress'
      readonly done: number
      /** Never below `done`; absent if it is not known. */
      readonly total?: number
      readonly unit: 'bytes' | 'files' | 'items' | 'albums'
      /** This is only a part of the operation, and more follows: its end is not that of the operation. */
      readonly more?: true
      /** The moment at which the operation ends by itself, wherever it is then: milliseconds since 1970. */
      readonly endsAt?: number
    }
  | { readonly event: 'file'; readonly path: string; readonly state: string; readonly detail?: string }
  | { readonly event: 'step'; readonly name: string; readonly checked: number; readonly found: number; readonly durationMs: number }
  | { readonly event: 'problem'; readonly problem: Problem }
  /** A change that a real run would make, by name: a dry run ends with them, sorted by kind, album and name. */
  | ({ readonly event: 'change' } & ItemChange)
  | {
      readonly event: 'warning'
      readonly message: string
      /** The run does not see a part of the account: nothing that it says of the whole holds for that part. */
      readonly leavesOut?: true
    }
  | { readonly event: 'debug'; readonly message: string }
  /** The number of files asked for whose first byte has not come yet. A detail. */
  | { readonly event: 'asked'; readonly files: number }
  /** A request whose answer has begun; without a status, no answer will come. A detail. */
  | {
      readonly event: 'request'
      /** The host, with its port if that is not the usual one. */
      readonly host: string
      /** The thing asked for: an API path, or a file's name. */
      readonly what: string
      /** Its kind, without keys: `album!images`, `file`. */
      readonly endpoint: string
      readonly status?: number
      readonly durationMs: number
    }
  /** The limit on simultaneous requests of one kind to one host, from now on. A detail. */
  | {
      readonly event: 'limit'
      readonly host: string
      /** Calls of the API, or photos and videos. */
      readonly kind: 'calls' | 'files'
      readonly atOnce: number
      /** The last limit; absent at the beginning. */
      readonly before?: number
      readonly reason: string
    }
  | ({
      readonly event: 'summary'
      readonly exitCode: number
      readonly message: string
      readonly error?: string
      readonly hint?: string
      /** The number of things that speak against closing the account, at the end of `leave`. */
      readonly open?: number
    } & Totals)

/** Items whose bytes are expected to be wanted. */
export interface Expected {
  readonly items: number
  /** The sum of their sizes, as far as it is known. */
  readonly bytes: number
  /** The number of those without a known size. */
  readonly unsized: number
}

/** Receives events. Must not throw and must be quick: it is called in line. */
export type Emit = (event: Event) => void

/** Is this event a detail, which only `--verbose` shows? */
export const isDetail = ({ event }: Event): boolean => event === 'debug' || event === 'request' || event === 'limit' || event === 'asked'

/** Returns an album's name for people. */
export const albumLabel = (album: Pick<Album, 'urlPath' | 'name' | 'key'>): string => album.urlPath || album.name || album.key

/** Made when it is needed: it takes ten milliseconds to start. */
let grouped: Intl.NumberFormat | undefined

/** Returns a number as `1,234`. */
export const formatNumber = (value: number): string => {
  if (Number.isInteger(value) && value >= 0 && value < 1000) return String(value)
  grouped ??= new Intl.NumberFormat('en-US')
  return grouped.format(value)
}

/** Returns a count with its noun, whose plural adds an `s`: `1 item`, `1,234 items`. */
export const formatCount = (value: number, noun: string): string => `${formatNumber(value)} ${noun}${value === 1 ? '' : 's'}`

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Returns a size as `0 bytes`, `999 bytes`, `1.2 kB`, `12.3 GB`: in decimal units, as disks are sold. */
export const formatBytes = (bytes: number): string => {
  let value = bytes
  let unit = 0
  // 999.95 would print as 1000.0 of the smaller unit.
  while (unit < UNITS.length - 1 && value >= (unit === 0 ? 1000 : 999.95)) {
    value /= 1000
    unit++
  }
  return unit === 0 ? formatCount(value, 'byte') : `${value.toFixed(1)} ${UNITS[unit]}`
}
