import { readWhen } from '../config/when.ts'
import { ConfigurationError } from '../errors.ts'
import { history } from '../operations/history/history.ts'
import type { RunHistory } from '../operations/history/past-run.ts'
import { usedBy } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** The number of runs that are listed when nothing else is asked for. */
const USUAL = 30

/**
 * Lists the runs of the vault, newest first: at most `limit` of them, 30 by default. `run` shows one in full: its number, or a day such as
 * `2026-11-26`, which means the last run up to its end. `item` shows the life of the item at a path.
 */
export async function runHistory(
  request: Request & { readonly run?: string; readonly limit?: number; readonly item?: string },
): Promise<RunHistory> {
  const { run, limit = USUAL, item } = request
  const when = run === undefined ? undefined : readWhen(run)
  if (run !== undefined && when === undefined) {
    throw new ConfigurationError(
      `A run is given by its number, such as 12, or by a day, such as 2026-11-26, and not by ${JSON.stringify(run)}.`,
      {
        hint: 'Run `smugmug-backup history`: it lists the runs with their numbers.',
      },
    )
  }
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    await requireCatalogue(destination)
    return withVault(destination, { mode: 'read', operation: 'history' }, (vault) =>
      history({ vault, limit, when, item, usedBy: usedBy(destination)?.operation }),
    )
  })
}
