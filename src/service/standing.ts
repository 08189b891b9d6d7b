import type { VaultHealth } from '../app/health.ts'

/** A look at the vault, as every watcher has it. */
export type Standing = { readonly kind: 'known'; readonly health: VaultHealth } | Trouble

/** A vault that cannot be looked at, and the reason. */
export interface Trouble {
  readonly kind: 'trouble'
  readonly exitCode: number
  readonly message: string
  readonly hint?: string
}
