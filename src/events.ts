import type { Album, Grade, OutcomeKind, Totals } from './model.ts'

/** One entry of a report: an item or album, what happened to it, and what to do. */
export interface Problem {
  readonly kind: 'failed' | 'impossible' | 'pending' | 'vanished' | 'replaced' | 'missing' | 'damaged' | 'foreign' | 'album' | 'notice'
  /** The album's path, as SmugMug spells it. */
  readonly album?: string
  /** The file name in the vault, else SmugMug's. */
  readonly name?: string
  readonly imageKey?: string
  readonly reason: string
}

/**
 * The events of an operation: one stream for the terminal, `--json` and users of the library.
 * The faces add `at`. Nothing in an event is secret. Paths are relative to the vault.
 */
export type Event =
  | { readonly event: 'run.started'; readonly operation: string; readonly destination: string; readonly dryRun: boolean }
  | { readonly event: 'account'; readonly nickName: string; readonly albums: number; readonly items?: number }
  | { readonly event: 'phase'; readonly name: string; readonly detail?: string }
  | { readonly event: 'album.started'; readonly album: string; readonly albumKey: string; readonly items?: number }
  | {
      readonly event: 'album.listed'
      readonly album: string
      readonly albumKey: string
      readonly items: number
      /** The number of them whose bytes are wanted. */
      readonly toFetch: number
    }
  | { readonly event: 'album.skipped'; readonly album: string; readonly albumKey: string; readonly items: number }
  | {
      readonly event: 'album.finished'
      readonly album: string
      readonly albumKey: string
      /** SmugMug's own count; the others are the items listed, and those held and proven. */
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
      readonly imageKey: string
      readonly path?: string
      readonly from?: string
      readonly grade?: Grade
      readonly size?: number
      readonly reason?: string
    }
  | { readonly event: 'retry'; readonly what: string; readonly reason: string; readonly waitMs: number; readonly attempt: number }
  | {
      readonly event: 'waiting'
      readonly reason: string
      readonly untilMs: number
      /** Requests go on until then, spread over the time. */
      readonly spread?: true
    }
  | { readonly event: 'progress'; readonly done: number; readonly total?: number; readonly unit: 'bytes' | 'files' | 'items' }
  | { readonly event: 'file'; readonly path: string; readonly state: string; readonly detail?: string }
  | { readonly event: 'step'; readonly name: string; readonly checked: number; readonly found: number; readonly durationMs: number }
  | { readonly event: 'problem'; readonly problem: Problem }
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'debug'; readonly message: string }
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
    } & Totals)

/** Receives events. Must not throw and must be quick: it is called in line. */
export type Emit = (event: Event) => void

/** Is this event a detail, which only `--verbose` shows? */
export const isDetail = ({ event }: Event): boolean => event === 'debug' || event === 'request' || event === 'limit'

/** Returns an album's name for people. */
export const albumLabel = (album: Pick<Album, 'urlPath' | 'name' | 'key'>): string => album.urlPath || album.name || album.key

const GROUPED = new Intl.NumberFormat('en-US')

/** Returns a number as `1,234`. */
export const formatNumber = (value: number): string => GROUPED.format(value)

/** Returns a count with its noun, whose plural adds an `s`: `1 item`, `1,234 items`. */
export const formatCount = (value: number, noun: string): string => `${formatNumber(value)} ${noun}${value === 1 ? '' : 's'}`
