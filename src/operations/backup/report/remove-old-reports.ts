import { DAY } from '../../../flow/clock.ts'
import { inFolder, layout } from '../../../vault/layout.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { mayBeWrong } from '../../past/policy.ts'
import type { BackupJob } from '../job.ts'

/** The name of a report's file: the time of its run, with `-` where a name may have no colon; a number if there were several at that time. */
const NAME = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3}Z)(?:-\d+)?\.(?:json|txt)$/

/** Returns the names of the reports that are older than `days`, in milliseconds since 1970 at `now`. Pure. Other files are never among them. */
export const oldReports = (names: readonly string[], { days, now }: { readonly days: number; readonly now: number }): readonly string[] =>
  names.filter((name) => {
    const [, day, hour, minute, rest] = NAME.exec(name) ?? []
    const at = Date.parse(`${day}${hour}:${minute}:${rest}`)
    return Number.isFinite(at) && at < now - days * DAY
  })

/**
 * Removes reports that are older than the settings say. Call it only after a run that ended well. A run whose clock is before the last
 * run's, or more than 30 days after it, removes none.
 */
export async function removeOldReports(
  job: BackupJob,
  times: { readonly now: number; readonly lastRun: number | undefined },
): Promise<void> {
  const { storage, mode } = job.vault
  const days = job.settings.keepReports
  if (mode !== 'write' || days === 'forever' || mayBeWrong(times)) return
  try {
    const entries = await storage.list(layout.reports)
    const names = entries.filter(({ kind }) => kind === 'file').map(({ name }) => name)
    for (const name of oldReports(names, { days, now: times.now })) await storage.remove(inFolder(layout.reports, name))
  } catch (error) {
    // A report that stays is no trouble; the next run tries again.
    if (!(error instanceof StorageError)) throw error
    job.emit({ event: 'warning', message: `An old report could not be removed: ${error.message}.` })
  }
}
