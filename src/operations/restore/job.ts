import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Account } from '../../smugmug/account.ts'
import type { AccountWriter } from '../../smugmug/account-writer.ts'
import type { RestoreJournal } from '../../vault/catalogue/restore-journal.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Given } from '../outcome.ts'
import type { VaultRecords } from './records.ts'

/** The parts that a restore needs. */
export interface RestoreJob {
  readonly vault: Vault
  /** The account as the vault knows it: now, or at the moment that is to go back. */
  readonly records: VaultRecords
  /** The account that the photos go to, signed in with the write token. */
  readonly account: Account
  readonly writer: AccountWriter
  readonly journal: RestoreJournal
  readonly isChosen?: (album: { readonly urlPath: string }) => boolean
  /** The folder of the account that everything goes into: its path, such as `/Old/2019`. Absent: the top. */
  readonly into?: string
  readonly keepPrivate: boolean
  readonly acceptChanges: boolean
  readonly dryRun: boolean
  /** The options that restrict it to a part of the vault, as given. */
  readonly given: Given
  readonly emit: Emit
  /** Once aborted, what is in flight is finished and nothing new is sent. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly bounds: RestoreBounds
}

/** The bounds of a restore, so that a test can set each of them low. */
export interface RestoreBounds {
  /** Albums that are filled at once; each takes one upload at a time. */
  readonly albumsAtOnce: number
  /** Items that SmugMug takes in an album. */
  readonly albumLimit: number
  /** Levels of folders that SmugMug allows. */
  readonly folderDepth: number
  /** Images that are collected with one request. */
  readonly collectedAtOnce: number
  /** The waits between questions about something that SmugMug may not show yet, in milliseconds. */
  readonly waits: readonly number[]
}

/** The bounds of every real restore (fact sheet 7.3, 9.1). */
export const restoreBounds: RestoreBounds = {
  albumsAtOnce: 4,
  albumLimit: 5000,
  folderDepth: 5,
  collectedAtOnce: 100,
  waits: [1000, 2000, 4000, 8000, 15_000, 30_000],
}
