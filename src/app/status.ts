import { systemClock } from '../flow/clock.ts'
import type { StatusReport } from '../operations/outcome.ts'
import { vaultStatus } from '../operations/status.ts'
import { usedBy } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, withVault } from './vault.ts'

/** Reports the state of the vault, without asking SmugMug. */
export async function runStatus(request: Request): Promise<StatusReport> {
  return atDestination(request.settings, async (destination) => {
    return withVault(destination, { mode: 'read', operation: 'status' }, async (vault) =>
      vaultStatus(vault, { now: systemClock.now(), days: request.settings.fullListingDays, usedBy: usedBy(destination)?.operation }),
    )
  })
}
