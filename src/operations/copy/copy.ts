import type { Problem } from '../../events.ts'
import { breathe } from '../../flow/breathe.ts'
import { stopwatch } from '../../flow/clock.ts'
import { parallel } from '../../flow/parallel.ts'
import { findDue, removeDue } from '../../vault/prune-aside.ts'
import type { Outcome } from '../outcome.ts'
import { mayBeWrong } from '../past/policy.ts'
import { pruneVersions } from '../past/prune.ts'
import { checkGeneration, writeState } from '../state.ts'
import { surveyVault } from '../survey.ts'
import { type Batch, batches } from './batch.ts'
import { readFirst, takeOwn } from './bring.ts'
import { dropDeparted } from './departed.ts'
import { writeCopyFiles } from './derived.ts'
import { type CopyJob, copyBounds } from './job.ts'
import { moveFiles } from './moves.ts'
import { type CopyNote, claimCopy, isOlder, noteCopy } from './note.ts'
import { outcomeOf } from './outcome.ts'
import { takePast } from './past.ts'
import { isBraked, planAlbum, sameBytes } from './plan.ts'
import { readSlice } from './proof.ts'
import { formerFolders, leaveFormer, leaveSidecars, noteRows, takeWords } from './rows.ts'
import { type CopyRun, keyOf, noTally } from './run.ts'
import { putLeftoversAside } from './tidy.ts'

/**
 * Brings a copy up to date with the first vault, by hash: every byte that enters it is hashed on its way and is the one that the first vault proved.
 * A file that moved there is moved here, without being read again; one that was replaced or went there lies in the copy's own history afterwards. The files of
 * the copy are read again, a share each day, and what is damaged comes anew. Throws `ConfigurationError` for a place that is no copy of this vault,
 * `DestinationError` when one of the two disks fails.
 */
export async function copyVault(job: CopyJob): Promise<Outcome> {
  const { from, emit, clock, signal } = job
  const startedAt = clock.now()
  const elapsed = stopwatch(clock)
  const { note, to } = await claimCopy(job)
  await checkGeneration(to, emit)
  if (to.isNew) await writeState(to)
  const problems: Problem[] = []
  emit({ event: 'phase', name: 'looking through the copy' })
  const unsound = new Set(to.catalogue.unsoundFiles().map(keyOf))
  const survey = await surveyVault(to, { emit, now: startedAt, signal })
  await readSlice({ ...job, to }, { startedAt, problems })
  const would = await foresee(job)
  const allWords = from.catalogue.meta('manner') !== to.catalogue.meta('manner')
  const older = isOlder(from.catalogue, note)
  const braked = !job.acceptChanges && (older || isBraked(would, job.rules.maxVanished))
  const run: CopyRun = {
    bounds: copyBounds,
    ...job,
    to,
    startedAt,
    elapsed,
    unsound,
    allWords,
    isBraked: braked,
    left: new Set(survey.loneSidecars.map(({ folder }) => folder)),
    problems,
    tally: noTally(),
  }
  to.catalogue.setMeta('derived', to.catalogue.meta('derived') ?? 'stale')
  emit({ event: 'phase', name: 'copying' })
  // The past stands before the records that it leads back from.
  const other = await takePast(run, older ? 0 : (note.run?.id ?? 0))
  await work(run)
  const isWhole = !signal.aborted && !braked && run.tally.failed === 0
  if (isWhole) noteCopy(to.catalogue, { ...note, source: from.id, ...lastRunOf(from) })
  await writeCopyFiles(run, survey, other)
  if (isWhole) await forgetOld(run, note)
  return outcomeOf(run, { would, older })
}

/** Counts what the copy would lose, and what would be replaced in it. */
async function foresee({ from, to, signal }: CopyJob): Promise<{ readonly lose: number; readonly replace: number; readonly held: number }> {
  const would = { lose: 0, replace: 0, held: 0 }
  for (const album of to.catalogue.albums()) {
    signal.throwIfAborted()
    const files = to.catalogue.files(album.key)
    const plan = planAlbum({ folder: '', files: from.catalogue.files(album.key) }, { folder: album.folder, files })
    would.held += files.filter(({ state }) => state === 'held').length
    would.replace += plan.replaced.length
    for (const file of plan.departed) if (!from.catalogue.filesByMd5(file.md5).some((each) => sameBytes(each, file))) would.lose += 1
    await breathe()
  }
  return would
}

async function work(run: CopyRun): Promise<void> {
  const { from, to, signal } = run
  let done = 0
  const total = (await from.catalogue.counts.holdings()).held
  const progress = (files: number): void => {
    done += files
    run.emit({ event: 'progress', done, total: Math.max(done, total), unit: 'files' })
  }
  for (const batch of batches(run)) {
    if (signal.aborted) return
    await bringBatch(run, batch, progress)
    to.catalogue.flush()
  }
  if (signal.aborted) return
  await takeWords(run)
  if (run.isBraked) return
  await dropDeparted(run)
  await leaveSidecars(run)
  await putLeftoversAside(run)
}

async function bringBatch(run: CopyRun, { albums, plans }: Batch, progress: (files: number) => void): Promise<void> {
  const all = plans.flatMap((plan) => [
    ...plan.lacking.map((wanted) => ({ ...wanted, replaces: false })),
    ...(run.isBraked ? [] : plan.replaced.map((wanted) => ({ ...wanted, replaces: true }))),
  ])
  const kept = plans.reduce((sum, plan) => sum + plan.kept.length, 0)
  run.tally.kept += kept
  progress(kept)
  await moveFiles(run, { moved: plans.flatMap(({ moved }) => moved), doubtful: plans.flatMap(({ doubtful }) => doubtful) })
  const former = formerFolders(run, albums)
  for (const album of albums) noteRows(run, album)
  // The rows of files that are about to come stand before them: a killed run leaves no file that nobody knows.
  run.to.catalogue.flush()
  // Equal bytes are read once: the others are found in the copy by then.
  const groups = new Map<string, typeof all>()
  for (const wanted of all) {
    if (run.signal.aborted) return
    if (await takeOwn(run, wanted)) progress(1)
    else {
      const key = `${wanted.file.md5} ${wanted.file.size}`
      groups.set(key, [...(groups.get(key) ?? []), wanted])
    }
  }
  await parallel(groups.values(), { workers: run.bounds.readers }, async (group) => {
    for (const [index, wanted] of group.entries()) {
      if (run.signal.aborted) return
      if (index === 0 || !(await takeOwn(run, wanted))) await readFirst(run, wanted)
      progress(1)
    }
  })
  if (run.signal.aborted) return
  for (const album of albums) await takeWords(run, album)
  await leaveFormer(run, former)
}

const lastRunOf = ({ catalogue }: CopyJob['from']): Pick<CopyNote, 'run'> => {
  const last = catalogue.runs.lastOfAccount()
  return last === undefined ? {} : { run: { id: last.id, startedAt: last.startedAt } }
}

/**
 * Removes from the history what has lain there long enough, unless the clock may be wrong. Forgets the versions that the rule for the first vault lets
 * go, once that has ended a run well and forgotten its own.
 */
async function forgetOld({ from, to, rules, clock, emit, signal }: CopyRun, note: CopyNote): Promise<void> {
  const { keepReplaced: days } = rules
  const now = clock.now()
  if (mayBeWrong({ now, lastRun: note.run?.startedAt })) return
  const warn = (message: string): void => emit({ event: 'warning', message })
  if (days !== 'forever') await removeDue(to.storage, await findDue(to.storage, { place: 'history', days, now, warn }), warn)
  if (from.catalogue.runs.lastLook()?.exitCode === 0)
    await pruneVersions({ vault: to, settings: rules, isReal: true, shows: false, signal, warn })
}
