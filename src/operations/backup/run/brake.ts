import type { Run } from './run.ts'

/** Fewer than this many are never a sudden mass change. */
const ALWAYS_PLAUSIBLE = 20

/**
 * The safety brake: would so many of the items held vanish or be replaced at once that a mistake, an intruder or a wrong account
 * is likelier than the photographer's wish? Renames and moves do not count. `--accept-changes` lets it pass.
 */
export const isTooMuch = (run: Pick<Run, 'acceptChanges' | 'heldBefore' | 'settings'>, lost: number): boolean =>
  run.acceptChanges !== true && lost > ALWAYS_PLAUSIBLE && lost > run.heldBefore * run.settings.maxVanished
