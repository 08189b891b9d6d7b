import { AppError, ConfigurationError } from '../errors.ts'
import type { Emit, Event, Problem } from '../events.ts'
import { stopwatch, systemClock } from '../flow/clock.ts'
import { isOfRefusedRaw } from '../operations/backup/bytes/companions.ts'
import type { Report } from '../operations/backup/report/report.ts'
import { concluded, endedEarly, endsTheLook, interrupted } from '../operations/leave/conclude.ts'
import { countAside, countFiles, treeFacts } from '../operations/leave/gather.ts'
import { openThings } from '../operations/leave/open.ts'
import type { LeaveOutcome } from '../operations/leave/outcome.ts'
import { passToGoOn, rememberPass } from '../operations/leave/pass.ts'
import { toDoOf } from '../operations/leave/to-do.ts'
import { writeCertificate } from '../operations/leave/write.ts'
import { notedAtEnd } from '../operations/noted.ts'
import type { VerifyOutcome } from '../operations/outcome.ts'
import { readAlbums, readStanding } from '../operations/read-standing.ts'
import { givenText } from '../operations/selection.ts'
import { LINKED } from '../operations/survey.ts'
import type { Holdings } from '../vault/catalogue/counts.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { transferInto, withVaultForBackup } from './backup.ts'
import { manifest } from './installation.ts'
import { keepPublicTwin } from './public-twin.ts'
import { type Request, selectionOf } from './request.ts'
import { updateTwin } from './twin.ts'
import { verifyInto } from './verify.ts'

/**
 * Takes the last look before an account is closed, under one lock: a backup that lists everything, every byte read again, the twin, and a
 * certificate of it all. A look that cannot see the whole account ends with the code of its backup, and certifies nothing.
 */
export async function runLeave(request: Request): Promise<LeaveOutcome> {
  refuseSelection(request)
  return await withVaultForBackup(request, { mode: 'write', operation: 'leave' }, (vault) =>
    notedAtEnd({ operation: 'leave', catalogue: vault.catalogue, clock: systemClock, given: {} }, () => lookInto(vault, request)),
  )
}

function refuseSelection({ settings }: Request): void {
  const given = selectionOf(settings)?.given
  if (given === undefined) return
  throw new ConfigurationError(`A last look is about the whole account, and the settings restrict it to a part: ${givenText(given)}.`, {
    hint: 'Take that out of the configuration and the environment: a part is never everything.',
  })
}

async function lookInto(vault: Vault, request: Request): Promise<LeaveOutcome> {
  const elapsed = stopwatch(systemClock)
  const begin = (operation: string): void => request.emit({ event: 'run.started', operation, destination: vault.location, dryRun: false })
  begin('leave')
  const { report, leftOut } = await lookAtAccount(vault, request)
  const listed = { from: report.startedAt, to: systemClock.now() }
  if (endsTheLook(report)) return endedEarly(report)

  begin('verify')
  const { verified, from } = await readAll(vault, request)
  const reread = { from, to: systemClock.now() }
  const problems = plainly([...report.problems, ...leftOut, ...verified.problems])
  if (verified.exitCode === 130)
    return interrupted({ report, problems, durationMs: elapsed(), standing: await standingNow(vault, request) })

  // In a sealed vault a twin would be sealed, too.
  const isSealed = vault.storage.seal !== undefined
  if (!isSealed) begin('twin')
  const twin = isSealed ? [] : await twinProblems(vault, request)
  await keepPublicTwin(vault, request, report.exitCode)
  request.signal.throwIfAborted()

  const holdings = await vault.catalogue.counts.holdings()
  const standing = await standingNow(vault, request, holdings)
  const open = openThings({ backup: [...report.problems, ...leftOut], verify: verified.problems, twin, standing })
  const files = await countFiles(vault)
  const { comments } = request.settings
  const toDo = toDoOf({
    ...(await treeFacts(vault)),
    ...standing,
    unavailable: standing.missing.pending + standing.missing.impossible,
    isRawRefused: report.problems.some(isOfRefusedRaw),
    rawFiles: files.rawFiles,
    comments,
    linked: verified.problems.flatMap(({ kind, reason, album }) =>
      kind === 'notice' && reason === LINKED && album !== undefined ? [album] : [],
    ),
    isSealed,
  })
  const written = await writeCertificate(vault.storage, {
    account: vault.catalogue.meta('account'),
    vault: vault.id,
    version: manifest().version,
    writtenAt: systemClock.now(),
    listed,
    reread: { ...reread, ...files },
    notRead: await countAside(vault),
    standing,
    albums: readAlbums(vault.catalogue, holdings),
    open,
    toDo,
  })
  return concluded({ report, problems: [...problems, ...twin], durationMs: elapsed(), standing }, written)
}

/** Lists everything, fetches what is new, and collects the warnings about parts of the account that the run does not see. */
async function lookAtAccount(vault: Vault, request: Request): Promise<{ readonly report: Report; readonly leftOut: readonly Problem[] }> {
  const leftOut: Problem[] = []
  const emit: Emit = (event) => {
    if (event.event === 'warning' && event.leavesOut === true) leftOut.push({ kind: 'failed', reason: event.message })
    request.emit(event)
  }
  // A twin follows in any case: the forecast of the room reckons with its thumbnails.
  const settings = { ...request.settings, twin: vault.storage.seal === undefined }
  const report = await transferInto(vault, { ...request, emit, settings }, { full: true })
  return { report, leftOut }
}

/** Reads every file again, from its beginning or from where an earlier look was stopped, if nothing has changed since. */
async function readAll(vault: Vault, request: Request): Promise<{ readonly verified: VerifyOutcome; readonly from: number }> {
  const now = systemClock.now()
  const begun = passToGoOn(vault.catalogue, now)
  let verified = await verifyInto(vault, { ...request, content: true, goesOn: begun !== undefined })
  const isDone = verified.exitCode !== 0 || verified.lastFullyProven !== undefined
  // The file at which the earlier look was stopped is gone: this pass read nothing.
  if (!isDone) verified = await verifyInto(vault, { ...request, content: true })
  rememberPass(vault.catalogue, { isStopped: verified.exitCode === 130 })
  return { verified, from: isDone ? (begun ?? now) : now }
}

/** Brings the twin up to date. Its trouble is a finding: the photos are held without it. */
async function twinProblems(vault: Vault, request: Request): Promise<readonly Problem[]> {
  const found = (error: AppError | StorageError): Problem => ({ kind: 'failed', reason: `The twin is not up to date: ${error.message}` })
  try {
    const { problems, isBlocked } = await updateTwin(vault, request)
    // Without any twin at all it is open, though only a person can mend it.
    return isBlocked === true ? problems.map(({ needsYou: _person, ...problem }) => problem) : problems
  } catch (error) {
    if (request.signal.aborted || !(error instanceof AppError || error instanceof StorageError)) throw error
    const problem = found(error)
    request.emit({ event: 'problem', problem } satisfies Event)
    return [problem]
  }
}

const standingNow = (vault: Vault, { settings }: Request, holdings?: Holdings) =>
  readStanding(vault.catalogue, { requireOriginals: settings.requireOriginals }, holdings)

/**
 * Names each problem once, those that the last run reported as well too: a last look leaves nothing out. The backup and the verification may both have
 * noticed it.
 */
const plainly = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map(({ asBefore: _known, ...problem }) => [JSON.stringify(problem), problem])).values(),
]
