import { nextMoment } from '../config/next-moment.ts'
import type { Settings } from '../config/settings.ts'
import { systemClock } from '../flow/clock.ts'
import type { StatusReport } from '../operations/outcome.ts'
import { vaultStatus } from '../operations/status.ts'
import { heldBy } from '../vault/home/lock.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { copyStandings } from './copy-notes.ts'
import type { Request } from './request.ts'
import { atDestination, stillThere, withVault } from './vault.ts'

/** Reports the state of the vault, without asking SmugMug. */
export async function runStatus(request: Request): Promise<StatusReport> {
  return atDestination(request, async (place) => {
    // The catalogue of a vault in a folder stands in that folder.
    if (place.kind === 'bucket' || place.keys !== undefined || !hasCatalogue(place.home)) await stillThere(place, request)
    return withVault(place, { mode: 'read', operation: 'status' }, async (vault) =>
      vaultStatus(vault, statusOptions(request.settings, { home: place.home, now: systemClock.now() })),
    )
  })
}

/** Returns the surroundings that a catalogue does not know: the hour, the schedule, the run that holds the vault. */
export const statusOptions = (settings: Settings, { home, now }: { readonly home: string; readonly now: number }) => ({
  now,
  nextRun: (lastRun: number | undefined) => nextRun(settings, { now, lastRun }),
  days: settings.fullListingDays,
  usedBy: heldBy(home)?.operation,
  requireOriginals: settings.requireOriginals,
  copies: copyStandings(settings, { home, now }),
})

/** Returns the time of the next run, if the settings for the service say when runs are; milliseconds since 1970. */
function nextRun(
  { serviceEvery, serviceSchedule }: Settings,
  { now, lastRun }: { readonly now: number; readonly lastRun: number | undefined },
): number | undefined {
  if (serviceSchedule !== undefined) return nextMoment(serviceSchedule, now)
  return typeof serviceEvery === 'number' ? Math.max(now, (lastRun ?? now) + serviceEvery) : undefined
}
