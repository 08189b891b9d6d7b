import { formatCount } from '../../../events.ts'
import { mayBeWrong } from '../../past/policy.ts'
import { prune } from '../../past/prune.ts'
import type { BackupJob } from '../job.ts'
import type { Tally } from '../run/tally.ts'

/**
 * Removes files that have been in the trash or the history for as long as the settings say, and forgets versions, and reports each. Call it only
 * after a run that ended well. A run whose clock is before the last run's, or more than 30 days after it, removes nothing: the clock may be wrong.
 */
export async function removeOld(
  job: BackupJob,
  tally: Tally,
  times: { readonly now: number; readonly lastRun: number | undefined },
): Promise<void> {
  const { vault, settings, signal } = job
  if (vault.mode !== 'write') return
  const { now, lastRun } = times
  const warn = (message: string): void => job.emit({ event: 'warning', message })
  const isReal = !mayBeWrong(times)
  const { places, versions, forgotten } = await prune({ vault, settings, now, isReal, shows: false, signal, warn })
  const since =
    lastRun === undefined ? 'it is not known when the last run was' : `the last run was at ${iso(lastRun)}, and now it is ${iso(now)}`
  for (const { place, days, due, removed } of places) {
    if (due.length > 0 && !isReal)
      warn(`Nothing is removed from the ${place} in this run, because the clock may be wrong: ${since}. The next run decides.`)
    if (removed.length === 0) continue
    tally.removed.push(...removed)
    for (const { path } of removed)
      job.emit({ event: 'file', path, state: 'removed', detail: `after ${formatCount(days, 'day')} in the ${place}` })
    const bytes = removed.reduce((sum, { size }) => sum + size, 0)
    const files = formatCount(removed.length, 'file')
    tally.problem({
      kind: 'notice',
      reason: `removed from the ${place} after ${formatCount(days, 'day')}: ${files}, ${formatCount(bytes, 'byte')}`,
    })
  }
  if (!isReal && versions.some(({ reasons }) => reasons.length === 0))
    warn(`No version is forgotten in this run, because the clock may be wrong: ${since}. The next run decides.`)
  for (const run of forgotten) job.emit({ event: 'debug', message: `The version of run ${run} was forgotten, as keep_versions says.` })
}

const iso = (time: number): string => new Date(time).toISOString()
