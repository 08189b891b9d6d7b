import type { ExitCode } from '../errors.ts'
import type { Problem } from '../events.ts'
import type { Totals } from '../model.ts'

/** The options that restrict a run to a part of the account or the vault, as given: by the names of the options, without dashes. */
export type Given = Readonly<Record<string, string | readonly string[]>>

/** The end of an operation. */
export interface Outcome {
  readonly exitCode: ExitCode
  /** The result in one sentence. */
  readonly message: string
  /** The next thing to do. */
  readonly hint?: string
  readonly totals: Totals
  readonly problems: readonly Problem[]
}

/** The end of a verification. */
export interface VerifyOutcome extends Outcome {
  /** The last time that everything held was re-read and found right, in milliseconds since 1970. */
  readonly lastFullyProven?: number
}

/** An album, as `list` shows it. */
export interface AlbumLine {
  /** Its `UrlPath`. */
  readonly path: string
  readonly key: string
  /** SmugMug's own count; 0 if it gives none. */
  readonly items: number
  /** The size of the originals, if SmugMug says it (to owners only). */
  readonly bytes?: number
  readonly held: number
  readonly missing: number
}

/** The answer of `list`. */
export interface AccountList extends Outcome {
  readonly albums: readonly AlbumLine[]
  /** The held files, by grade. */
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  /** The time that the missing items would take, in milliseconds, at the speed of the last run that fetched something; absent if nothing was measured. */
  readonly estimatedMs?: number
}

/** The state of a vault. */
export interface StatusReport extends Outcome {
  readonly destination: string
  readonly account?: string
  readonly lastRun?: {
    readonly operation: string
    readonly startedAt: number
    readonly finishedAt?: number
    readonly exitCode?: number
    readonly message?: string
    readonly isUnderWay?: true
  }
  /** The last time that everything held was re-read and found right, in milliseconds since 1970. */
  readonly lastFullyProven?: number
  readonly held: { readonly albums: number; readonly items: number; readonly files: number; readonly bytes: number }
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  /** The time when the next unchanged album is listed anew, in milliseconds since 1970. */
  readonly nextDue?: number
}
