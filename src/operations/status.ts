import { albumLabel, type Problem } from '../events.ts'
import { HOUR } from '../flow/clock.ts'
import { noTotals, type Totals } from '../model.ts'
import type { Holdings } from '../vault/catalogue/counts.ts'
import { inFolder } from '../vault/layout.ts'
import type { Vault } from '../vault/vault.ts'
import { isDue } from './compare.ts'
import { type CopyStanding, copiesCode, copyTrouble } from './copy/standing.ts'
import { daysOfRows } from './history/days.ts'
import { recentRuns } from './history/runs.ts'
import type { LastRun, Standing, StatusReport } from './outcome.ts'
import { cured } from './plain.ts'
import { summaryOf } from './read-report.ts'
import { readStanding } from './read-standing.ts'
import { isWhole, smallerHint, standingCode, standingSentence } from './standing.ts'
import { cure } from './verify/reread.ts'

/** The number of runs that are shown. */
const RUNS_SHOWN = 5

/** The most runs that the calendar looks at: several a day, for three months. */
const MOST_RUNS = 1000

/** The most missing or damaged files that are named. */
const MOST_LOST = 1000

/** Returns the days with runs of this month and the two before. */
function recentDays({ catalogue: { runs } }: Vault, { now, usedBy }: { readonly now: number; readonly usedBy: string | undefined }) {
  const today = new Date(now)
  const from = new Date(today.getFullYear(), today.getMonth() - 2, 1).getTime()
  return daysOfRows(
    runs.recent(MOST_RUNS).filter(({ startedAt }) => startedAt >= from),
    usedBy,
  )
}

/** Reads the state of a vault from its catalogue alone. Counts everything, unless `counted` is given. */
export async function vaultStatus(
  vault: Vault,
  options: {
    readonly now: number
    readonly days: number
    readonly usedBy?: string | undefined
    readonly requireOriginals?: boolean
    nextRun?(lastRun: number | undefined): number | undefined
    readonly copies?: readonly CopyStanding[] | undefined
  },
  counted?: Holdings,
): Promise<StatusReport> {
  const { catalogue } = vault
  const holdings = counted ?? (await catalogue.counts.holdings())
  const { requireOriginals = false, usedBy } = options
  const standing = await readStanding(catalogue, { requireOriginals, usedBy }, holdings)
  const { held, lastRun, requireOriginals: _setting, ...facts } = standing
  const { selection, ...last } = lastRun ?? {}
  const account = catalogue.meta('account')
  const due = nextDue(vault, options)
  const next = options.nextRun?.(lastRun?.startedAt)
  const reported = summaryOf(catalogue.runs.lastLook())?.problems ?? []
  const named = reported.filter(({ kind }) => kind !== 'vanished' && kind !== 'replaced')
  const found = foundSince(vault)
  const own = found.filter((problem) => problem.imageKey === undefined && !isNamed(named, problem))
  const problems = [...named, ...lostSince(vault, named, found), ...own]
  return {
    ...withCopies(endOf(vault, standing, problems), options.copies ?? []),
    problems,
    totals: totalsOf(holdings, standing),
    destination: vault.location,
    ...(account !== undefined && { account }),
    ...facts,
    ...(lastRun !== undefined && { lastRun: last as LastRun }),
    ...(selection !== undefined && { selection }),
    runs: recentRuns(catalogue.runs, { limit: RUNS_SHOWN, usedBy }),
    days: recentDays(vault, { now: options.now, usedBy }),
    held: { albums: holdings.albums, items: held, files: holdings.held, bytes: holdings.bytes },
    byGrade: holdings.byGrade,
    ...(due !== undefined && { nextDue: due }),
    ...(next !== undefined && { nextRun: next }),
    ...(options.copies !== undefined && options.copies.length > 0 && { copies: options.copies }),
  }
}

/** The kinds of exceptions that say that a file is not held, or why it could not be brought back. */
const NOT_HELD: ReadonlySet<Problem['kind']> = new Set(['failed', 'missing', 'damaged', 'album'])

/** Returns the trouble that a `verify` has found since the last backup. */
function foundSince({ catalogue: { runs } }: Vault): readonly Problem[] {
  const last = runs.last('verify')
  if (last === undefined || last.id < (runs.lastLook()?.id ?? 0)) return []
  return (summaryOf(last)?.problems ?? []).filter(({ kind }) => NOT_HELD.has(kind))
}

const isNamed = (problems: readonly Problem[], { kind, album, name }: Problem): boolean =>
  problems.some((each) => each.kind === kind && each.album === album && each.name === name)

/**
 * Names the files that are missing or damaged, unless these exceptions of the last run do: `verify`, or a look at the folders, found them since. `found` are the
 * words of `verify`, with paths for names.
 */
const lostSince = ({ catalogue }: Vault, named: readonly Problem[], found: readonly Problem[]): readonly Problem[] => {
  const keyOf = ({ album, imageKey }: Problem): string => JSON.stringify([album, imageKey])
  const known = new Set(named.filter(({ kind }) => NOT_HELD.has(kind)).map(keyOf))
  const words = new Map(found.map((problem) => [problem.name, problem]))
  const lost = catalogue.unsoundFiles(MOST_LOST).map((file): Problem => {
    const { name, imageKey } = file
    const row = catalogue.album(file.albumKey) ?? { urlPath: '', name: '', key: file.albumKey, folder: '' }
    const album = albumLabel(row)
    const said = words.get(inFolder(row.folder, name))
    if (said !== undefined) return { ...said, album, name, imageKey }
    const isMissing = file.state === 'missing'
    const what = isMissing ? 'not where it was stored' : 'its bytes have changed since they were proven'
    return { kind: isMissing ? 'missing' : 'damaged', album, name, imageKey, ...cured({ reason: what }, cure(catalogue, file)) }
  })
  return lost.filter((problem) => !known.has(keyOf(problem)))
}

/** SmugMug's code, in the message of a run, for a clock that is wrong. A new sign-in does not help against it. */
const CLOCK_REFUSED = '(timestamp_refused)'

/** Returns the next thing to do after a last run that ended so. After these four another run alone would end the same way. */
const nextStep = ({ lastRun, missing, smaller }: Standing, problems: readonly Problem[]): string | undefined => {
  const exitCode = lastRun?.exitCode
  if (exitCode === 7) return 'Run `smugmug-backup --accept-changes` once if the change is right: look at the account on SmugMug first.'
  if (exitCode === 2 || exitCode === 5) return 'Run `smugmug-backup` again once what the last one named is mended.'
  if (exitCode === 4 && lastRun?.message?.includes(CLOCK_REFUSED) === true)
    return "Run `smugmug-backup` again once this computer's clock is right, best by switching on automatic time."
  if (exitCode === 4) return 'Run `smugmug-backup login` to sign in again, then `smugmug-backup`.'
  const lacking = missing.failed + missing.damaged + missing.unreadable + missing.notSelected + missing.notFetched
  if (lacking > 0 && lacking === missing.notSelected)
    return 'Run `smugmug-backup` without a selection, neither on the command line nor in the settings: it fetches the rest.'
  const troubles = problems.filter(({ kind }) => NOT_HELD.has(kind))
  if (troubles.length > 0 && troubles.every(({ needsYou }) => needsYou))
    return 'Run `smugmug-backup` once you have done what only you can do, as it is named above.'
  if (lacking > 0) return 'Run `smugmug-backup`: it fetches what it can.'
  // The hint about smaller photos names the step for those.
  return smaller > 0 ? undefined : 'Run `smugmug-backup`.'
}

/** Returns the exit code of `status`, its sentence and the next thing to do. */
function endOf(vault: Vault, standing: Standing, problems: readonly Problem[]): Pick<StatusReport, 'exitCode' | 'message' | 'hint'> {
  if (vault.isNew) {
    return {
      exitCode: 5,
      message: `There is no vault in ${vault.location} yet.`,
      hint: 'Run `smugmug-backup` to make one, or check `destination`.',
    }
  }
  const exitCode = standingCode(standing)
  const next = isWhole(standing) || standing.lastRun?.isUnderWay === true ? undefined : nextStep(standing, problems)
  const hints = [next, smallerHint(standing)].filter((hint) => hint !== undefined)
  return { exitCode, message: standingSentence(standing), ...(hints.length > 0 && { hint: hints.join(' ') }) }
}

/** Adds what is wrong with the copies. */
function withCopies(end: ReturnType<typeof endOf>, copies: readonly CopyStanding[]): ReturnType<typeof endOf> {
  const troubles = copies.flatMap((copy) => copyTrouble(copy) ?? [])
  return { ...end, exitCode: end.exitCode === 0 ? copiesCode(copies) : end.exitCode, message: [end.message, ...troubles].join(' ') }
}

/** Counts a missing or damaged item, or one whose folder cannot be read, as failed. */
function totalsOf({ albums, items, pending, impossible, ...counted }: Holdings, { missing }: Standing): Totals {
  const failed = counted.failed + missing.damaged + missing.unreadable
  return { ...noTotals, albums, items, kept: items - failed - pending - impossible, failed, pending, impossible }
}

function nextDue(vault: Vault, { now, days }: { readonly now: number; readonly days: number }): number | undefined {
  const albums = vault.catalogue.albums().filter((album) => album.vanishedAt === undefined && album.listedAt !== undefined)
  for (let at = now; albums.length > 0 && at < now + (days + 1) * 24 * HOUR; at += HOUR) {
    if (albums.some((album) => isDue(album, { now: at, days }))) return at
  }
  return undefined
}
