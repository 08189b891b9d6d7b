import { AppError, DestinationError, isAbort } from '../../../errors.ts'
import { stopwatch } from '../../../flow/clock.ts'
import { CHANGES } from '../../../model.ts'
import { layout } from '../../../vault/layout.ts'
import { writeIfChanged } from '../../../vault/record/write-if-changed.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { NEWEST_VERSION } from '../../../vault/versions/chain.ts'
import { keepSecretsOut } from '../../../vault/versions/scrub.ts'
import { listVersions, VersionWriter } from '../../../vault/versions/version-file.ts'
import { VersionError } from '../../../vault/versions/version-text.ts'
import { endCopy } from '../../copy/note.ts'
import type { Standing } from '../../outcome.ts'
import { summaryText } from '../../read-report.ts'
import { readStanding } from '../../read-standing.ts'
import { smallerHint, smallerWords } from '../../standing.ts'
import type { BackupJob } from '../job.ts'
import { Tally } from '../run/tally.ts'
import type { Braked } from '../settle/hold.ts'
import { knownTrouble, noteTrouble } from './known-trouble.ts'
import { removeOld } from './remove-old.ts'
import { removeOldReports } from './remove-old-reports.ts'
import { type Report, reportJson, reportPage } from './report.ts'
import { type Facts, verdict } from './verdict.ts'

/** The beginning of a run. */
export interface Opening {
  readonly job: BackupJob
  readonly tally: Tally
  readonly versions: VersionWriter
  readonly emit: BackupJob['emit']
  readonly now: number
  /** Aborted by the person (transfers in flight are finished) or by `abort`. */
  readonly signal: AbortSignal
  abort(error: unknown): void
}

/**
 * Runs `work` and reports its end. An `AppError` becomes the report's exit code. Anything else is a bug and is thrown; the catalogue then
 * shows a run that did not finish.
 */
export async function reported(job: BackupJob, work: (opening: Opening) => Promise<Braked | undefined>): Promise<Report> {
  const now = job.clock.now()
  const elapsed = stopwatch(job.clock)
  const { catalogue } = job.vault
  const tally = new Tally(job.emit, { isKnown: knownTrouble(catalogue), note: (change) => catalogue.changes.add(change) })
  const stop = new AbortController()
  const signal = AbortSignal.any([job.signal, stop.signal])
  const { operation = 'backup' } = job
  // A copy that a backup writes into has become the destination.
  endCopy(catalogue)
  catalogue.changes.clear()
  const lastRun = catalogue.runs.lastOfAccount()?.startedAt
  // A run that was killed may have left its file of changes, and no trace in the catalogue.
  const newest = await newestVersion(job)
  const id = catalogue.runs.begin(operation, now, newest + 1)
  const noted = { isPrivate: job.settings.keepSecrets, hasPast: newest > 0 }
  const versions = new VersionWriter(job.vault.storage, { run: id, at: now, ...(newest > 0 && { previous: newest }) }, noted)
  job.emit({ event: 'run.started', operation, destination: job.vault.location, dryRun: job.vault.mode === 'pretend' })
  const factsOf = (end: { readonly braked?: Braked | undefined; readonly error?: AppError }) => {
    const totals = tally.totals({ apiCalls: job.account.apiCalls, durationMs: elapsed() })
    return { ...end, tally, totals, interrupted: job.signal.aborted, dryRun: job.vault.mode === 'pretend', ...selectionOf(job) }
  }
  let end: Parameters<typeof factsOf>[0] = {}
  try {
    await takeSecretsOut(job)
    end = { braked: await work({ job, tally, versions, emit: job.emit, now, signal, abort: (error) => stop.abort(error) }) }
    if (verdict(factsOf(end)).exitCode === 0) {
      await removeOld(job, tally, { now, lastRun })
      await removeOldReports(job, { now, lastRun })
    }
  } catch (error) {
    if (error instanceof AppError) end = { error }
    else if (error instanceof StorageError) end = { error: ownFileTrouble(error) }
    else if (!job.signal.aborted || !isAbort(error, job.signal)) throw error
  }
  if (versions.isWritten) catalogue.setMeta(NEWEST_VERSION, String(id))
  const holdings = await catalogue.counts.holdings()
  const { requireOriginals } = job.settings
  const thisRun = { operation, startedAt: now, exitCode: 0, ...selectionOf(job) }
  const facts = { ...factsOf(end), standing: await readStanding(catalogue, { requireOriginals, lastRun: thisRun }, holdings) }
  const report: Report = {
    operation,
    ...(!facts.dryRun && { run: id }),
    startedAt: now,
    ...selectionOf(job),
    dryRun: facts.dryRun,
    totals: facts.totals,
    problems: tally.problems,
    albums: tally.albums,
    removed: tally.removed,
    byGrade: holdings.byGrade,
    ...concluded(job, facts),
  }
  if (facts.dryRun) foretell(job)
  noteTrouble(catalogue, report.problems, { isWhole: job.selection === undefined && (report.exitCode === 0 || report.exitCode === 3) })
  return writeReport(job, id, report)
}

/** Names each change that a real run would make: a dry run writes no report. */
function foretell({ vault, emit }: BackupJob): void {
  for (const what of CHANGES) for (const change of vault.catalogue.changes.each(what)) emit({ event: 'change', ...change })
}

/** Returns the field with the options that restricted the run; none if there were none. */
const selectionOf = ({ selection }: BackupJob): Pick<Report, 'selection'> =>
  selection === undefined || Object.keys(selection.given).length === 0 ? {} : { selection: selection.given }

/** Returns the end of the run, and how the vault stands then. */
function concluded(
  job: BackupJob,
  facts: Facts & { readonly standing: Standing },
): ReturnType<typeof verdict> & Pick<Report, 'standing' | 'notice'> {
  const end = verdict(facts)
  const { lastRun } = facts.standing
  const ended = lastRun && { ...lastRun, exitCode: end.exitCode, message: end.message }
  return { ...end, standing: { ...facts.standing, ...(ended !== undefined && { lastRun: ended }) }, ...smallerNotice(job, facts.standing) }
}

/** Takes the passwords out of the past, once, when secrets are kept no more. `verify` names a file that cannot be read. */
async function takeSecretsOut({ vault, settings, emit, clock }: BackupJob): Promise<void> {
  if (vault.mode !== 'write') return
  const warn = (trouble: string): void =>
    emit({ event: 'warning', message: `Passwords may remain in the past of the vault, because a file of it cannot be read: ${trouble}.` })
  await keepSecretsOut(vault, { keepSecrets: settings.keepSecrets, now: clock.now(), warn })
}

/** Returns the run of the newest file of reverse changes, 0 if there is none: a killed run's number must not be given again. */
async function newestVersion({ vault }: BackupJob): Promise<number> {
  try {
    return (await listVersions(vault.storage))[0]?.run ?? 0
  } catch (error) {
    // The run itself will meet such trouble again, and report it.
    if (error instanceof StorageError || error instanceof VersionError || error instanceof AppError) return 0
    throw error
  }
}

/** The note of the number of photos that are held only smaller than their original, at the end of the last run. */
const SMALLER = 'smaller'

/** Returns a notice of photos that are held only smaller than their original, if their number has changed since the last run. */
function smallerNotice({ vault }: BackupJob, standing: Standing): Pick<Report, 'notice'> {
  const { catalogue } = vault
  const { smaller } = standing
  if (String(smaller) === (catalogue.meta(SMALLER) ?? '0')) return {}
  const hint = smallerHint(standing)
  return hint === undefined ? {} : { notice: `Held are ${smallerWords(standing)}. ${hint}` }
}

/** Returns the error for a file of the vault's own (a record, a checksum file) that cannot be written or moved. */
const ownFileTrouble = (error: StorageError): DestinationError =>
  new DestinationError(`The vault could not be brought up to date: ${error.message}.`, {
    hint: 'Check that this user may write everywhere in the vault, then run the backup again.',
    cause: error,
  })

/** Writes the report into the vault, and into the catalogue for `status`. If the destination fails now, the report still has the run's end. */
async function writeReport(job: BackupJob, id: number, found: Report): Promise<Report> {
  const { catalogue, mode } = job.vault
  const { report, path } = mode === 'write' ? await writeFiles(job, found) : { report: found, path: undefined }
  const summary = summaryText({ ...report, path: path === undefined ? undefined : `${path}.json` })
  try {
    if (report.standing !== undefined) catalogue.setMeta(SMALLER, String(report.standing.smaller))
    catalogue.runs.end(id, { finishedAt: report.startedAt + report.totals.durationMs, exitCode: report.exitCode, summary })
    catalogue.flush()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return endedBy(report, error)
  }
  return path === undefined ? report : { ...report, path: `${path}.txt` }
}

/** Writes the report's two files. If only they fail, a warning says it, and the catalogue notes the end of the run. */
async function writeFiles(job: BackupJob, report: Report): Promise<{ readonly report: Report; readonly path?: string }> {
  const { storage, catalogue } = job.vault
  const at = `${layout.reports}/${new Date(report.startedAt).toISOString().replaceAll(':', '-')}`
  try {
    let path = at
    for (let n = 2; (await storage.stat(`${path}.json`)) !== undefined; n += 1) path = `${at}-${n}`
    await writeIfChanged(storage, `${path}.json`, () => reportJson(report, catalogue.changes))
    await writeIfChanged(storage, `${path}.txt`, () => reportPage(report, catalogue.changes))
    return { report, path }
  } catch (error) {
    if (error instanceof AppError) return { report: endedBy(report, error) }
    if (!(error instanceof StorageError)) throw error
    job.emit({ event: 'warning', message: `The report could not be written: ${error.message}.` })
    return { report }
  }
}

/** Returns the report with this error as its end, if the run had ended well before. */
const endedBy = (report: Report, error: AppError): Report =>
  report.exitCode === 0
    ? { ...report, ...verdict({ tally: undefined, error, totals: report.totals, interrupted: false, dryRun: report.dryRun }) }
    : report
