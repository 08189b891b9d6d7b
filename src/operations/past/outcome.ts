import type { Json } from '../../model.ts'
import type { Outcome } from '../outcome.ts'

/** One difference between two moments. */
export interface Difference {
  /** `words`: texts, keywords, places and settings; `changed`: the bytes; `moved`: the name, the folder or the album; `went`: no longer on SmugMug. */
  readonly what: 'came' | 'changed' | 'words' | 'moved' | 'went'
  /** The album's path at SmugMug; `/` for the folders. */
  readonly album: string
  /** Absent for the album itself. */
  readonly name?: string
  readonly imageKey?: string
  /** The former path, of something that moved. */
  readonly from?: string
  /** The fields whose values differ, with both values; absent values are left out. */
  readonly fields?: Readonly<Record<string, { readonly before?: Json; readonly after?: Json }>>
}

/** The end of a comparison. */
export interface DiffOutcome extends Outcome {
  readonly differences: readonly Difference[]
}

/** A version of a vault, judged by `keep_versions`. */
export interface JudgedVersion {
  readonly run: number
  /** The time at which that run began, in milliseconds since 1970. */
  readonly at: number
  /** The reasons to keep it; without any it is forgotten. */
  readonly reasons: readonly string[]
}

/** A file in the trash or the history. */
export interface OldFile {
  /** Its path in the vault. */
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** The files of the trash or the history that have lain there long enough. */
export interface OldFiles {
  readonly place: 'trash' | 'history'
  /** The days that files are kept there, by `keep_trash` or `keep_replaced`. */
  readonly days: number
  readonly due: readonly OldFile[]
  /** Those of them that are gone now. */
  readonly removed: readonly OldFile[]
}

/** The past of a vault, judged: what is kept and why, and the rest, which is gone unless it was only looked at. */
export interface Pruned {
  /** Newest first. */
  readonly versions: readonly JudgedVersion[]
  /** The runs whose states were forgotten. */
  readonly forgotten: readonly number[]
  readonly places: readonly OldFiles[]
}

/** The end of a `prune`. */
export interface PruneOutcome extends Outcome, Pruned {
  /** True if it only looked, and changed nothing. */
  readonly dryRun: boolean
  /** The reason why nothing may be pruned now; absent if something may. */
  readonly refusal?: string
}
