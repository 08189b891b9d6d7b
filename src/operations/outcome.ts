import type { ExitCode } from '../errors.ts'
import type { Problem } from '../events.ts'
import type { Totals } from '../model.ts'
import type { CopyStanding } from './copy/standing.ts'

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
  /** The standing of the vault, for an operation that computes it. */
  readonly standing?: Standing
  /** A sentence that a quiet run prints, too, although its exit code is 0. */
  readonly notice?: string
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
  /** Its title; SmugMug makes the last part of the path from it, once. */
  readonly name?: string
  /** SmugMug's own count; 0 if it gives none. It is the sum of `held`, `missing` and `impossible`. */
  readonly items: number
  /** The size of the originals, if SmugMug says it (to owners only). */
  readonly bytes?: number
  readonly held: number
  /** Items that a backup would bring in. */
  readonly missing: number
  /** Items that SmugMug had not finished when they were last looked at. */
  readonly pending: number
  /** Items that SmugMug does not offer. */
  readonly impossible: number
}

/** The answer of `list`. */
export interface AccountList extends Outcome {
  readonly albums: readonly AlbumLine[]
  /** The titles of folders, by their paths, where they are known and differ from the path's last part. */
  readonly folderNames: Readonly<Record<string, string>>
  /** The held files, by grade. */
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  /** The time that the missing items would take, without pending ones, in milliseconds, at the speed of the last run that fetched something; absent if nothing was measured. */
  readonly estimatedMs?: number
}

/** The last run that brought something into the vault, or tried to. */
export interface LastRun {
  readonly operation: string
  readonly startedAt: number
  readonly finishedAt?: number
  readonly exitCode?: number
  readonly message?: string
  readonly isUnderWay?: true
  /** The options that restricted it to a part of the account; absent: it was about all of it. */
  readonly selection?: Given
}

/** The items that SmugMug counts and the vault lacks, by reason. */
export interface Missing {
  readonly failed: number
  /** SmugMug has not finished with them. */
  readonly pending: number
  /** SmugMug does not offer them. */
  readonly impossible: number
  /** Their file is missing or damaged in the vault. */
  readonly damaged: number
  /** Their album's folder in the vault could not be read. */
  readonly unreadable: number
  /** The last run was only for a part of the account. */
  readonly notSelected: number
  readonly notFetched: number
}

/** The standing of a vault against its account: every face renders this one value. */
export interface Standing {
  /** The items that SmugMug counted at the last complete look at its album list; absent: not known. */
  readonly expected?: number
  /** Those of them that are held. */
  readonly held: number
  /** Held as the untouched upload. */
  readonly originals: number
  /** Held as the best that SmugMug keeps, such as a video. */
  readonly renditions: number
  /** Photos held only smaller than their original, because their album locks it. */
  readonly smaller: number
  /** The paths of those albums. */
  readonly lockedAlbums: readonly string[]
  readonly missing: Missing
  /** Albums that have changed, or were never listed completely: their items are not known for certain. */
  readonly unlistedAlbums: number
  /** Items gone from the account whose file is kept. */
  readonly vanishedKept: number
  /** Items gone from the account whose file is missing or damaged. */
  readonly vanishedLost: number
  readonly lastRun?: LastRun
  /** The last time that everything held was re-read and found right, if nothing was found wrong since; milliseconds since 1970. */
  readonly lastFullyProven?: number
  /** True if all that is held was re-read then, and found right. */
  readonly isFullyProven: boolean
  readonly requireOriginals: boolean
}

/** A run of an operation on a vault, in numbers. */
export interface PastRun {
  /** Its number in this vault. */
  readonly run: number
  /** `backup`, `adopt`, `verify` or `rebuild`. */
  readonly operation: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly finishedAt?: number
  /** `unfinished`: it was killed, or its machine stopped. */
  readonly state: 'finished' | 'under way' | 'unfinished'
  /** Present when it is finished. */
  readonly exitCode?: number
  readonly message?: string
  /** The options that restricted it to a part; absent if it was of the whole. */
  readonly selection?: Given
  /** Items that came into the vault: downloaded, taken from a folder, or copied within the vault. */
  readonly came: number
  /** Items whose bytes were replaced. */
  readonly changed: number
  readonly moved: number
  /** Items that were gone from the account. */
  readonly went: number
  readonly failed: number
  /** Bytes received from SmugMug. */
  readonly bytes: number
  readonly durationMs?: number
  /** The path of its report for programs, in the vault; the report may have been removed since. */
  readonly report?: string
}

/** A day on which there were runs. */
export interface RunDay {
  /** Such as `2026-11-26`, on the local clock. */
  readonly day: string
  /** The end of its last run: `well`; `proven`: well, and files were read again; `some`: something failed; `stopped`: for any other reason. */
  readonly end: 'well' | 'proven' | 'some' | 'stopped'
  /** The number of its runs. */
  readonly runs: number
}

/** The state of a vault. */
export interface StatusReport extends Omit<Outcome, 'standing' | 'notice'>, Omit<Standing, 'held' | 'requireOriginals' | 'lastRun'> {
  readonly destination: string
  readonly account?: string
  readonly lastRun?: Omit<LastRun, 'selection'>
  /** The options that restricted the last run to a part of the account; absent: it was about all of it. */
  readonly selection?: Given
  /** The last runs of every operation, newest first. */
  readonly runs: readonly PastRun[]
  /** The days with runs of this month and the two before, newest first. */
  readonly days: readonly RunDay[]
  /** The number of items held of those that SmugMug counts, and of everything kept, the files and their bytes. */
  readonly held: { readonly albums: number; readonly items: number; readonly files: number; readonly bytes: number }
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  /** The time when the next unchanged album is listed anew, in milliseconds since 1970. */
  readonly nextDue?: number
  /** The time of the next run, if the settings for the service say it, in milliseconds since 1970. */
  readonly nextRun?: number
  /** The further copies, if the settings name any. */
  readonly copies?: readonly CopyStanding[]
}

/** The end of bringing one copy up to date. */
export interface CopyOutcome extends Outcome {
  readonly name: string
  readonly standing?: never
  /** The standing of the copy at the end. */
  readonly copy: CopyStanding
}

/** The end of bringing several copies up to date: the highest exit code counts. */
export interface CopiesOutcome extends Outcome {
  readonly copies: readonly CopyOutcome[]
}
