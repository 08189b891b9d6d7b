import { systemClock } from '../flow/clock.ts'
import { type Health, vaultHealth } from '../operations/health.ts'
import { hasCatalogue } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { statusOptions } from './status.ts'
import { atDestination, stillThere, withVault } from './vault.ts'

/** The health of a vault, and of its disk. */
export interface VaultHealth extends Health {
  /** Bytes free on its disk, if the disk says it. */
  readonly free?: number
}

/** Reports the health of the vault, without asking SmugMug. */
export async function runHealth(request: Request): Promise<VaultHealth> {
  return atDestination(request, async (place) => {
    if (!hasCatalogue(place.home)) await stillThere(place, request)
    return withVault(place, { mode: 'read', operation: 'status' }, async (vault) => {
      const free = await vault.storage.free?.()
      const health = await vaultHealth(vault, statusOptions(request.settings, { home: place.home, now: systemClock.now() }))
      return { ...health, ...(free !== undefined && { free }) }
    })
  })
}
