import type { Album, Grade, OutcomeKind, Totals } from './model.ts'

/** An exception named in a report: which item or album, what happened to it, and what to do. */
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
 * Everything an operation reports while it works: the one stream that the terminal, `--json`, and a library's user see.
 * Faces add `at`. Nothing in an event is secret. Paths are relative to the vault.
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
      /** Those of them whose bytes are wanted. */
      readonly toFetch: number
    }
  | { readonly event: 'album.skipped'; readonly album: string; readonly albumKey: string; readonly items: number }
  | {
      readonly event: 'album.finished'
      readonly album: string
      readonly albumKey: string
      /** What SmugMug counts, and what is held and proven of it. */
      readonly counted?: number
      readonly listed: number
      readonly held: number
    }
  | {
      readonly event: 'transfer.started'
      readonly path: string
      readonly size?: number
      /** Where it goes on, of a file that had come in part before. */
      readonly from?: number
    }
  | { readonly event: 'transfer.progress'; readonly path: string; readonly received: number; readonly size?: number }
  /** One for each that started, however it ended. */
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
      /** Not all is held up until then: requests are spread over that time. */
      readonly spread?: true
    }
  | { readonly event: 'progress'; readonly done: number; readonly total?: number; readonly unit: 'bytes' | 'files' | 'items' }
  | { readonly event: 'file'; readonly path: string; readonly state: string; readonly detail?: string }
  | { readonly event: 'step'; readonly name: string; readonly checked: number; readonly found: number; readonly durationMs: number }
  | { readonly event: 'problem'; readonly problem: Problem }
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'debug'; readonly message: string }
  /** A request whose answer has begun, or never will: then there is no status. For those who look closely. */
  | {
      readonly event: 'request'
      /** With the port, where it is not the usual one. */
      readonly host: string
      /** Names what was asked for: an API path, or a file's name. */
      readonly what: string
      /** The kind of that, without keys: `album!images`, `file`. */
      readonly endpoint: string
      readonly status?: number
      readonly durationMs: number
    }
  /** From now on at most so many requests of a kind to a host are under way at once. For those who look closely. */
  | {
      readonly event: 'limit'
      readonly host: string
      /** Of the API, or for photos and videos. */
      readonly kind: 'calls' | 'files'
      readonly atOnce: number
      /** Absent: it begins with that. */
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

/** Events that only those want who look closely: `--verbose` shows them. */
export const isDetail = ({ event }: Event): boolean => event === 'debug' || event === 'request' || event === 'limit'

/** Names an album to people. */
export const albumLabel = (album: Pick<Album, 'urlPath' | 'name' | 'key'>): string => album.urlPath || album.name || album.key
