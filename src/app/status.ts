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
      vaultStatus(vault, statusOptions(request.settings, { destination, now: systemClock.now() })),
    )
  })
}

/** Returns the surroundings that a catalogue does not know: the hour, the schedule, the run that holds the vault. */
export const statusOptions = (settings: Settings, { destination, now }: { readonly destination: string; readonly now: number }) => ({
  now,
  nextRun: (lastRun: number | undefined) => nextRun(settings, { now, lastRun }),
  days: settings.fullListingDays,
  usedBy: usedBy(destination)?.operation,
  requireOriginals: settings.requireOriginals,
})

/** Returns the time of the next run, if the settings for the service say when runs are; milliseconds since 1970. */
function nextRun(
  { serviceEvery, serviceSchedule }: Settings,
  { now, lastRun }: { readonly now: number; readonly lastRun: number | undefined },
): number | undefined {
  if (serviceSchedule !== undefined) return nextMoment(serviceSchedule, now)
  return typeof serviceEvery === 'number' ? Math.max(now, (lastRun ?? now) + serviceEvery) : undefined
}
