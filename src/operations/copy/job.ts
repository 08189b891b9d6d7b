import type { Emit } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Retention } from '../../model.ts'
import type { Vault } from '../../vault/vault.ts'

/** The rules that a copy has of its own. */
export interface CopyRules {
  /** The brake: a share, 0 to 1. */
  readonly maxVanished: number
  /** Days that replaced and departed files stay in its history. */
  readonly keepReplaced: number | 'forever'
  /** The versions that are kept of its past: the same rule as for the first vault. */
  readonly keepVersions: Retention
  /** May only the owner read its records? */
  readonly keepSecrets: boolean
  /** Has it a `metadata.csv`? */
  readonly writeCsv: boolean
  /** The days in which every file of the copy is read again; 0 for never. */
  readonly verifyDays: number
}

/** The bounds of a copying, so that a test can make them small. */
export interface CopyBounds {
  /** The files that are planned together. */
  readonly batch: number
  /** The files that are read at once. */
  readonly readers: number
}

export const copyBounds: CopyBounds = { batch: 2000, readers: 6 }

/** One copying: the first vault, which is only read, and the copy, which is open for writing. */
export interface CopyJob {
  /** As the settings call the copy. */
  readonly name: string
  /** Its catalogue must not change meanwhile. */
  readonly from: Vault
  readonly to: Vault
  readonly rules: CopyRules
  /** May the brake be passed, and a vault that is no copy of this one become one? */
  readonly acceptChanges: boolean
  readonly bounds?: CopyBounds
  readonly emit: Emit
  readonly clock: Clock
  /** Once aborted, the files in flight are finished, and nothing new begins. */
  readonly signal: AbortSignal
}
