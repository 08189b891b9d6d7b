import { nextMoment } from '../config/schedule.ts'
import type { Settings } from '../config/settings.ts'
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
        nextRun: (lastRun) => nextRun(request.settings, { now: systemClock.now(), lastRun }),
        days: request.settings.fullListingDays,
        usedBy: usedBy(destination)?.operation,
        requireOriginals: request.settings.requireOriginals,
      }),
    )
  })
}

/** Returns the time of the next run, if the settings for the service say when runs are; milliseconds since 1970. */
function nextRun(
  { serviceEvery, serviceSchedule }: Settings,
  { now, lastRun }: { readonly now: number; readonly lastRun: number | undefined },
): number | undefined {
  if (serviceSchedule !== undefined) return nextMoment(serviceSchedule, now)
  return typeof serviceEvery === 'number' ? Math.max(now, (lastRun ?? now) + serviceEvery) : undefined
}
