import { HOUR } from '../flow/clock.ts'
import { noTotals, type Totals } from '../model.ts'
import type { Holdings } from '../vault/catalogue/counts.ts'
import type { Vault } from '../vault/vault.ts'
import { isDue } from './compare.ts'
import { recentRuns } from './history/runs.ts'
import type { LastRun, Standing, StatusReport } from './outcome.ts'
import { summaryOf } from './read-report.ts'
import { readStanding } from './read-standing.ts'
import { isWhole, smallerHint, standingCode, standingSentence } from './standing.ts'

/** The number of runs that are shown. */
const RUNS_SHOWN = 5

/** Reads the state of a vault from its catalogue alone. */
export async function vaultStatus(
  vault: Vault,
  options: {
    readonly now: number
    readonly days: number
    readonly usedBy?: string | undefined
    readonly requireOriginals?: boolean
    nextRun?(lastRun: number | undefined): number | undefined
  },
): Promise<StatusReport> {
  const { catalogue } = vault
  const holdings = await catalogue.counts.holdings()
  const { requireOriginals = false, usedBy } = options
  const standing = await readStanding(catalogue, { requireOriginals, usedBy }, holdings)
  const { held, lastRun, requireOriginals: _setting, ...facts } = standing
  const { selection, ...last } = lastRun ?? {}
  const account = catalogue.meta('account')
  const due = nextDue(vault, options)
  const next = options.nextRun?.(lastRun?.startedAt)
  const problems = summaryOf(catalogue.runs.lastOfAccount())?.problems ?? []
  return {
    ...endOf(vault, standing),
    problems: problems.filter((problem) => problem.kind !== 'vanished' && problem.kind !== 'replaced'),
    totals: totalsOf(holdings),
    destination: vault.root,
    ...(account !== undefined && { account }),
    ...facts,
    ...(lastRun !== undefined && { lastRun: last as LastRun }),
    ...(selection !== undefined && { selection }),
    runs: recentRuns(catalogue.runs, { limit: RUNS_SHOWN, usedBy }),
    held: { albums: holdings.albums, items: held, files: holdings.held, bytes: holdings.bytes },
    byGrade: holdings.byGrade,
    ...(due !== undefined && { nextDue: due }),
    ...(next !== undefined && { nextRun: next }),
  }
}

/** Returns the next thing to do after a last run that ended so. After these two another run alone would end the same way. */
const nextStep = (exitCode: number | undefined): string => {
  if (exitCode === 7) return 'Run `smugmug-backup --accept-changes` once if the change is right: look at the account on SmugMug first.'
  if (exitCode === 4) return 'Run `smugmug-backup login` to sign in again, then `smugmug-backup`.'
  return 'Run `smugmug-backup`: it fetches what it can.'
}

/** Returns the exit code of `status`, its sentence and the next thing to do. */
function endOf(vault: Vault, standing: Standing): Pick<StatusReport, 'exitCode' | 'message' | 'hint'> {
  if (vault.isNew) {
    return {
      exitCode: 5,
      message: `There is no vault in ${vault.root} yet.`,
      hint: 'Run `smugmug-backup` to make one, or check `destination`.',
    }
  }
  const exitCode = standingCode(standing)
  const next = isWhole(standing) || standing.lastRun?.isUnderWay === true ? undefined : nextStep(standing.lastRun?.exitCode)
  const hint = smallerHint(standing) ?? next
  return { exitCode, message: standingSentence(standing), ...(hint !== undefined && { hint }) }
}

function totalsOf({ albums, items, failed, pending, impossible }: Holdings): Totals {
  return { ...noTotals, albums, items, kept: items - failed - pending - impossible, failed, pending, impossible }
}

function nextDue(vault: Vault, { now, days }: { readonly now: number; readonly days: number }): number | undefined {
  const albums = vault.catalogue.albums().filter((album) => album.vanishedAt === undefined && album.listedAt !== undefined)
  for (let at = now; albums.length > 0 && at < now + (days + 1) * 24 * HOUR; at += HOUR) {
    if (albums.some((album) => isDue(album, { now: at, days }))) return at
  }
  return undefined
}
