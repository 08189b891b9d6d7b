import { warnOfIdleKeywords } from '../../selection.ts'
import { reportUnasked } from '../bytes/companions.ts'
import type { Run } from '../run/run.ts'
import { reportFallbacks } from './fallbacks.ts'

/** Reports the notices that need a look at every album. */
export function reportNotices(run: Run): void {
  warnOfIdleKeywords(run.selection, run.emit)
  reportUnasked(run)
  reportFallbacks(run)
  for (const notice of run.unreadAtSource()) run.tally.problem(notice)
}
