import type { Problem } from '../../events.ts'
import { beginPass, reread } from '../verify/reread.ts'
import type { CopyJob } from './job.ts'

/** Reads the share of a day of the copy's files again, so that each is read within some days. Marks those that are damaged, and returns their number. */
export async function readSlice(
  { to, rules, emit, clock, signal }: CopyJob,
  { startedAt, problems }: { readonly startedAt: number; readonly problems: Problem[] },
): Promise<number> {
  if (rules.verifyDays === 0 || to.isNew) return 0
  const verification = {
    ...{ vault: to, days: rules.verifyDays, emit, clock, signal, startedAt },
    random: () => 0,
    isReported: () => false,
    report: (problem: Problem) => {
      // It is mended in the same run, from the first vault.
      problems.push({ ...problem, kind: 'notice' })
    },
  }
  emit({ event: 'phase', name: 'reading a part of the copy again' })
  beginPass(verification)
  return (await reread(verification)).found
}
