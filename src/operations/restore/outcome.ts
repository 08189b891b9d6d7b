import type { Outcome } from '../outcome.ts'

/** An album at SmugMug, compared with the vault at the end. */
export interface RestoredAlbum {
  /** True when SmugMug's own list has every item, and guards it as before. Only then is the album opened. */
  readonly isWhole: boolean
  readonly album: string
  readonly counted: number
  readonly listed: number
  readonly held: number
}

/** The end of a restore. */
export interface RestoreOutcome extends Outcome {
  /** Each album as SmugMug counts and lists it at the end, and how many of the vault's items are in it. */
  readonly albums: readonly RestoredAlbum[]
}
