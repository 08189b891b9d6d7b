import { formatCount, formatNumber } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { noted } from '../operations/noted.ts'
import type { Pruned, PruneOutcome } from '../operations/past/outcome.ts'
import { mayBeWrong } from '../operations/past/policy.ts'
import { prune } from '../operations/past/prune.ts'
import { isUnderWay } from '../operations/under-way.ts'
import { heldBy } from '../vault/home/lock.ts'
import type { Vault } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** Forgets versions, and removes files of the trash and the history, as the settings say. With `dryRun` it only says what and why. */
export async function runPrune(request: Request & { readonly dryRun?: boolean }): Promise<PruneOutcome> {
  const { dryRun = false } = request
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    return withVault(place, { mode: dryRun ? 'read' : 'write', operation: 'prune' }, (vault) =>
      dryRun
        ? pruned(vault, request, true)
        : noted({ operation: 'prune', catalogue: vault.catalogue, clock: systemClock, given: {} }, () => pruned(vault, request, false)),
    )
  })
}

async function pruned(vault: Vault, { settings, emit, signal }: Request, dryRun: boolean): Promise<PruneOutcome> {
  const now = systemClock.now()
  const refusal = refusalOf(vault, now)
  const problems: PruneOutcome['problems'][number][] = []
  const warn = (reason: string): void => {
    problems.push({ kind: 'failed', reason })
    emit({ event: 'warning', message: reason })
  }
  const isReal = !dryRun && refusal === undefined
  const found = await prune({ vault, settings, now, isReal, shows: true, signal, warn })
  return {
    ...found,
    exitCode: problems.length > 0 ? 3 : 0,
    message: messageOf(found, { dryRun, refusal }),
    totals: noTotals,
    problems,
    dryRun,
    ...(refusal !== undefined && { refusal }),
  }
}

/** Returns why nothing may be pruned now: the last run did not end well, or the clock may be wrong. */
function refusalOf({ catalogue, home }: Vault, now: number): string | undefined {
  const last = catalogue.runs.lastLook()
  if (last === undefined) return 'no backup has been made yet'
  if (last.finishedAt === undefined && isUnderWay(last.operation, heldBy(home)?.operation)) return `a backup, run ${last.id}, is under way`
  if (last.finishedAt === undefined) return `the last backup, run ${last.id}, did not come to its end`
  if (last.exitCode !== 0) return `the last backup, run ${last.id}, ended with exit code ${last.exitCode}`
  if (mayBeWrong({ now, lastRun: last.startedAt })) {
    const [then, here] = [last.startedAt, now].map((time) => new Date(time).toISOString())
    return `the clock may be wrong: the last backup was at ${then}, and now it is ${here}`
  }
  return undefined
}

function messageOf(
  { versions, places, forgotten }: Pruned,
  { dryRun, refusal }: { readonly dryRun: boolean; readonly refusal: string | undefined },
): string {
  const due = versions.filter(({ reasons }) => reasons.length === 0).length
  const sum = (of: 'due' | 'removed'): number => places.reduce((total, place) => total + place[of].length, 0)
  if (refusal !== undefined) return `Nothing may be pruned now, because ${refusal}. The next backup decides.`
  const [all, aside] = [formatCount(versions.length, 'version'), formatCount(sum(dryRun ? 'due' : 'removed'), 'file')]
  if (dryRun) return `A prune would forget ${formatNumber(due)} of ${all}, and remove ${aside} of the trash and the history.`
  return `A prune forgot ${formatNumber(forgotten.length)} of ${all}, and removed ${aside} of the trash and the history.`
}
