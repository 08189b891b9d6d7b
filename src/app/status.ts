import { systemClock } from '../flow/clock.ts'
import type { StatusReport } from '../operations/outcome.ts'
import { vaultStatus } from '../operations/status.ts'
import { hasCatalogue, usedBy } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, stillThere, withVault } from './vault.ts'

/** Reports the state of the vault, without asking SmugMug. */
export async function runStatus(request: Request): Promise<StatusReport> {
  return atDestination(request.settings, async (destination) => {
    if (!hasCatalogue(destination)) await stillThere(destination, request)
    return withVault(destination, { mode: 'read', operation: 'status' }, async (vault) =>
      vaultStatus(vault, {
        now: systemClock.now(),
        days: request.settings.fullListingDays,
        usedBy: usedBy(destination)?.operation,
        requireOriginals: request.settings.requireOriginals,
      }),
    )
  })
}
