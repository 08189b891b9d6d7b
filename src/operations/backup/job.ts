import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Retention } from '../../model.ts'
import type { Account } from '../../smugmug/account.ts'
import type { Template } from '../../vault/naming/template.ts'
import type { Vault } from '../../vault/vault.ts'
import type { CopyBytes } from '../copy/bytes.ts'
import type { Selection } from '../selection.ts'
import type { OtherSource } from './loader.ts'
import type { Bounds } from './run/bounds.ts'

/** The settings of a backup; docs/settings.md explains each. */
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
  /** Days. */
  readonly keepReports: number | 'forever'
  /** Days; 0 keeps nothing. */
  readonly keepReplaced: number | 'forever'
  readonly keepVersions: Retention
  /** A share, 0 to 1. */
  readonly maxVanished: number
  readonly collected: 'link' | 'copy' | 'skip'
  readonly fullListingDays: number
  /** Is a photo that is held smaller than its original a failure? */
  readonly requireOriginals: boolean
  /** Tries after the first for one file. */
  readonly maxRetries: number
  readonly keepSecrets: boolean
  readonly sidecars: readonly 'xmp'[]
  readonly sidecarNames: 'append' | 'replace'
  /** The additional answers to ask for; when they change, everything is listed once. */
  readonly comments: boolean
  readonly imageMetadata: boolean
  /** Does a twin follow, with a thumbnail of each new photo? */
  readonly twin: boolean
}

/** One backup: the account, the vault and the options. */
export interface BackupJob {
  readonly account: Account
  readonly vault: Vault
  readonly settings: BackupSettings
  /** The operation that the run is noted as. Default: `backup`. */
  readonly operation?: 'backup' | 'adopt'
  /** Absent: the whole account. */
  readonly selection?: Selection
  /** Must every album be listed, changed or not? */
  readonly full?: boolean
  /** May a sudden mass change pass the brake? */
  readonly acceptChanges?: boolean
  /** The source of bytes instead of SmugMug; items that it lacks are left for another run. */
  readonly from?: OtherSource
  /** The bytes of further copies, which are taken before SmugMug is asked for them. */
  readonly copies?: CopyBytes | undefined
  /** Default: `defaultBounds`. */
  readonly bounds?: Bounds
  readonly emit: Emit
  readonly clock: Clock
  /** Once aborted, the run finishes the files in flight and starts nothing new. */
  readonly signal: AbortSignal
}
