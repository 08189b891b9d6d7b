import { warnOfIdleKeywords } from '../../selection.ts'
import { reportUnasked } from '../bytes/companions.ts'
import type { Run } from '../run/run.ts'
import { reportFallbacks } from './fallbacks.ts'

/** Reports what is known only when every album has been looked at. */
export function reportNotices(run: Run): void {
  warnOfIdleKeywords(run.selection, run.emit)
  reportUnasked(run)
  reportFallbacks(run)
}
