import type { ItemChange, Totals } from '../../model.ts'
import type { Outcome, PastRun } from '../outcome.ts'

/** A photo or video that a run changed, by name; or a whole album that moved, with the number of its items. */
export type NamedItem = Partial<Omit<ItemChange, 'what'>>

/** The kinds of change that a run makes, by which its items are named. */
export type Change = ItemChange['what']

/** One run in full. */
export interface FullRun {
  readonly run: PastRun
  readonly totals: Totals
  /** Its items by name; a list is absent where the report does not name them. */
  readonly changes: { readonly [Kind in Change]?: readonly NamedItem[] }
  /** `removed`: the report is no longer kept. `none`: the run wrote none, or did not come to its end. */
  readonly reportState: 'read' | 'removed' | 'unreadable' | 'none'
}

/** One fact from the life of an item. */
export interface ItemFact {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The number of the run, if it is known. */
  readonly run?: number
  /** The fact, in words. */
  readonly text: string
}

/** The life of one item, as far as the vault knows. */
export interface ItemLife {
  /** The path of its file in the vault. */
  readonly path: string
  /** Its album's path, as SmugMug spells it. */
  readonly album: string
  readonly imageKey: string
  /** `held`, `elsewhere`, `failed`, `pending` or `impossible`. */
  readonly state: string
  readonly reason?: string
  readonly grade?: string
  /** Bytes. */
  readonly size?: number
  readonly md5?: string
  readonly sha256?: string
  /** The file is missing, or damaged. */
  readonly file?: 'missing' | 'damaged'
  /** The path of its file, which was put aside because the item is gone from SmugMug; empty once that is no longer kept. */
  readonly aside?: string
  /** Gone from SmugMug since then, in milliseconds since 1970. */
  readonly vanishedAt?: number
  /** The other albums that show the same image. */
  readonly alsoIn: readonly string[]
  /** The oldest first. */
  readonly facts: readonly ItemFact[]
  /** The paths of what could not be read in the vault: facts that are noted there are missing above. Absent if all was read. */
  readonly unread?: readonly string[]
}

/** The answer of `history`. */
export interface RunHistory extends Outcome {
  /** The runs that were asked for, newest first. */
  readonly runs: readonly PastRun[]
  /** The number of all runs of the vault. */
  readonly runsInAll: number
  /** One run in full, if one was asked for. */
  readonly full?: FullRun
  /** The lives of the items that have the path that was asked for. */
  readonly items?: readonly ItemLife[]
}
