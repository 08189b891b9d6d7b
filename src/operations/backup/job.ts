import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Account } from '../../smugmug/account.ts'
import type { Template } from '../../vault/naming/template.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Selection } from '../selection.ts'
import type { Loader } from './loader.ts'
import type { Bounds } from './run/bounds.ts'

/** How a backup treats what it finds; docs/settings.md explains each. */
export interface BackupSettings {
  readonly template: Template
  readonly useMetadataTimes: boolean
  readonly forceMetadataTimes: boolean
  readonly writeCsv: boolean
  readonly concurrentAlbums: number
  readonly concurrentDownloads: number
  readonly onVanished: 'keep' | 'trash'
  /** Days. */
  readonly keepTrash: number | 'forever'
  /** Days; 0 keeps nothing. */
  readonly keepReplaced: number | 'forever'
  /** A share, 0 to 1. */
  readonly maxVanished: number
  readonly collected: 'link' | 'copy' | 'skip'
  readonly fullListingDays: number
  /** Tries after the first for one file. */
  readonly maxRetries: number
  readonly keepSecrets: boolean
  readonly sidecars: readonly 'xmp'[]
  readonly sidecarNames: 'append' | 'replace'
  /** What the account was told to bring besides; when that changes, everything is listed once. */
  readonly comments: boolean
  readonly imageMetadata: boolean
}

/** One backup: from where, to where, how. */
export interface BackupJob {
  readonly account: Account
  readonly vault: Vault
  readonly settings: BackupSettings
  /** Absent: the whole account. */
  readonly selection?: Selection
  /** Lists every album, changed or not. */
  readonly full?: boolean
  /** Lets a sudden mass change pass the brake. */
  readonly acceptChanges?: boolean
  /** Where bytes come from instead of the line; what it has not got is left for another run. */
  readonly from?: Loader
  /** Default: `defaultBounds`. */
  readonly bounds?: Bounds
  readonly emit: Emit
  readonly clock: Clock
  /** Aborted: finish what is in flight, start nothing new. */
  readonly signal: AbortSignal
}
