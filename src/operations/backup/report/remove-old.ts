import { formatNumber } from '../../../events.ts'
import { DAY } from '../../../flow/clock.ts'
import type { AsidePlace } from '../../../vault/aside.ts'
import { findDue, removeDue } from '../../../vault/prune-aside.ts'
import type { BackupJob } from '../job.ts'
import type { Tally } from '../run/tally.ts'

/** A clock that moved further than this since the last run may be wrong. */
const longestPause = 30 * DAY

const PLACES = [
  { place: 'trash', setting: 'keepTrash' },
  { place: 'history', setting: 'keepReplaced' },
] as const satisfies readonly { place: AsidePlace; setting: keyof BackupJob['settings'] }[]

/**
 * Removes files that have been in the trash or the history for as long as the settings say, and reports each. Call it only after a run that
 * ended well. A run whose clock is before the last run's, or more than 30 days after it, removes nothing: the clock may be wrong.
 */
export async function removeOld(
  job: BackupJob,
  tally: Tally,
  times: { readonly now: number; readonly lastRun: number | undefined },
): Promise<void> {
  const { storage, mode } = job.vault
  if (mode !== 'write') return
  const { now, lastRun } = times
  const warn = (message: string): void => job.emit({ event: 'warning', message })
  for (const { place, setting } of PLACES) {
    const days = job.settings[setting]
    if (days === 'forever') continue
    const due = await findDue(storage, { place, days, now, warn })
    if (due.length === 0) continue
    if (mayBeWrong(times)) {
      const since =
        lastRun === undefined ? 'it is not known when the last run was' : `the last run was at ${iso(lastRun)}, and now it is ${iso(now)}`
      warn(`Nothing is removed from the ${place} in this run, because the clock may be wrong: ${since}. The next run decides.`)
      continue
    }
    const removed = await removeDue(storage, due, warn)
    if (removed.length === 0) continue
    tally.removed.push(...removed)
    for (const { path } of removed) job.emit({ event: 'file', path, state: 'removed', detail: `after ${days} days in the ${place}` })
    const bytes = removed.reduce((sum, { size }) => sum + size, 0)
    const files = `${formatNumber(removed.length)} ${removed.length === 1 ? 'file' : 'files'}`
    tally.problem({ kind: 'notice', reason: `removed from the ${place} after ${days} days: ${files}, ${formatNumber(bytes)} bytes` })
  }
}

/** May the clock be wrong? It is before the last run's, more than 30 days after it, or there is nothing to compare it with. */
export const mayBeWrong = ({ now, lastRun }: { readonly now: number; readonly lastRun: number | undefined }): boolean =>
  lastRun === undefined || now < lastRun || now > lastRun + longestPause

const iso = (time: number): string => new Date(time).toISOString()
