import { statfs } from 'node:fs/promises'
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
  return atDestination(request.settings, async (destination) => {
    if (!hasCatalogue(destination)) await stillThere(destination, request)
    const free = await statfs(destination).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    )
    const health = await withVault(destination, { mode: 'read', operation: 'status' }, (vault) =>
      vaultHealth(vault, statusOptions(request.settings, { destination, now: systemClock.now() })),
    )
    return { ...health, ...(free !== undefined && { free }) }
  })
}
