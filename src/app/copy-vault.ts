import type { CopySettings } from '../config/copy-settings.ts'
import { requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { AppError, ConfigurationError, DestinationError, type ExitCode, InterruptedError, isAbort } from '../errors.ts'
import { systemClock } from '../flow/clock.ts'
import { didYouMean } from '../flow/nearest.ts'
import { noTotals } from '../model.ts'
import { copyVault } from '../operations/copy/copy.ts'
import { endOfAll } from '../operations/copy/outcome.ts'
import { type CopyHoldings, copyStanding, copyTrouble, withTry } from '../operations/copy/standing.ts'
import type { CopiesOutcome, CopyOutcome, Outcome } from '../operations/outcome.ts'
import { lastFullyProven } from '../operations/proven.ts'
import { marksPath } from '../vault/home/mark.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { readCopyFacts, writeCopyFacts } from './copy-notes.ts'
import { checkCopies, placeOfCopy, refuseAroundVault, refuseInsideVault, refuseOccupied } from './copy-place.ts'
import { checkPlace, type Place } from './place.ts'
import { restoreCatalogue } from './rebuild.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { atDestination, rememberVault, requireCatalogue, stillThere, withDisk, withVault } from './vault.ts'

/** Brings the copies of the vault up to date: the one of a name, or all. Throws `ConfigurationError` for an unknown name. */
export async function runCopy(request: Request & { readonly name?: string; readonly acceptChanges?: boolean }): Promise<CopiesOutcome> {
  const { settings, name } = request
  requireKeys(settings, ['destination'])
  const chosen = name === undefined || name.toLowerCase() === 'all' ? settings.copies : [copyNamed(settings, name)]
  if (chosen.length === 0) {
    throw new ConfigurationError('The configuration names no copy.', { hint: 'Add a section [copy.NAME] with its destination.' })
  }
  checkCopies(request, { looks: true })
  return atDestination(request, async (first) => {
    await stillThere(first, request)
    await requireCatalogue(first)
    await requireKey(first)
    const outcomes: CopyOutcome[] = []
    for (const copy of chosen) {
      if (request.signal.aborted) break
      outcomes.push(await bring(first, copy, request))
    }
    return endOfAll(outcomes, { chosen: chosen.length })
  })
}

function copyNamed({ copies }: Settings, name: string): CopySettings {
  const found = copies.find((copy) => copy.name.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  const names = copies.map((copy) => copy.name)
  throw new ConfigurationError(`There is no copy "${name}".${didYouMean(name, names, (near) => near)}`, {
    hint: names.length === 0 ? 'Add a section [copy.NAME] with its destination.' : `The copies are: ${names.join(', ')}.`,
  })
}

/** Brings one copy up to date, and notes its end. Trouble that ends it is its outcome; only a bug throws. */
async function bring(first: Place, copy: CopySettings, request: Request & { readonly acceptChanges?: boolean }): Promise<CopyOutcome> {
  const outcome = await copying(first, copy, request).catch((error: unknown): Outcome & { readonly holdings?: CopyHoldings } => {
    const { exitCode, message, hint } = endOf(error, request)
    return { exitCode, message, problems: [], totals: noTotals, ...(hint !== undefined && { hint }) }
  })
  const { holdings, ...end } = outcome
  const now = systemClock.now()
  const isCurrent = end.exitCode === 0 || (end.exitCode === 3 && end.totals.failed === 0)
  const facts = withTry(
    readCopyFacts(first.home, copy.name),
    { at: now, exitCode: end.exitCode, message: end.message },
    isCurrent ? holdings : undefined,
  )
  const refusal = writeCopyFacts(first.home, copy.name, facts)
  if (refusal !== undefined) request.emit({ event: 'debug', message: `The copy ${copy.name} could not be noted: ${refusal.message}` })
  const { standing: _standing, ...rest } = end
  return { ...rest, name: copy.name, copy: copyStanding(copy, facts, now) }
}

function endOf(
  error: unknown,
  { signal }: Request,
): { readonly exitCode: ExitCode; readonly message: string; readonly hint?: string | undefined } {
  if (error instanceof AppError) return error
  if (isAbort(error, signal)) return new InterruptedError('Interrupted: what has come into the copy is kept.')
  throw error
}

async function copying(
  first: Place,
  copy: CopySettings,
  request: Request & { readonly acceptChanges?: boolean },
): Promise<Outcome & { readonly holdings: CopyHoldings }> {
  const { settings, emit, signal, acceptChanges = false } = request
  const place = placeOfCopy(copy, request)
  await checkPlace(place)
  // A disk that refuses a look is trouble of this copy alone.
  await withDisk(place, () => refuseWrongPlace(place, copy.name, request))
  emit({ event: 'run.started', operation: 'copy', destination: place.location, dryRun: false })
  const ended = withDisk(place, async () => {
    // A lost catalogue is made anew from the copy itself: an empty one would take everything for new.
    await restoreCatalogue(place, {
      ...request,
      keys: place.keys,
      settings: { ...settings, destination: copy.destination, twin: false },
    })
    return withVault(place, { mode: 'write', operation: 'copy' }, (to) =>
      // A snapshot of the first vault's catalogue: a backup may go on there meanwhile.
      withVault(first, { mode: 'pretend', operation: 'copy' }, async (from) => {
        const rules = {
          maxVanished: copy.maxVanished,
          keepReplaced: copy.keepReplaced,
          // Nothing of the past of a sealed copy can be merged without its private key.
          keepVersions: copy.recipients.length > 0 && copy.identityFile === undefined ? ('forever' as const) : settings.keepVersions,
          keepSecrets: settings.keepSecrets,
          writeCsv: settings.writeCsv,
          verifyDays: settings.serviceVerifyDays,
        }
        const outcome = await copyVault({ name: copy.name, from, to, rules, acceptChanges, emit, clock: systemClock, signal })
        const marks = marksPath(request.env ?? {})
        if (marks !== undefined) await rememberVault(marks, to, emit)
        const proven = lastFullyProven(to.catalogue)
        const holdings = { files: (await to.catalogue.counts.holdings()).held, ...(proven !== undefined && { proven }) }
        return { ...outcome, holdings }
      }),
    )
  })
  return await ended.catch(async (error: unknown) => {
    // A disk that went away meanwhile is named as such, and not by the file that missed it first.
    if (error instanceof DestinationError) await checkPlace(place)
    throw error
  })
}

/** Throws an `AppError` if a copy must not begin at a place that is there, or not go on. Nothing was changed. */
async function refuseWrongPlace(place: Place, name: string, request: Request & { readonly acceptChanges?: boolean }): Promise<void> {
  const { signal, acceptChanges = false } = request
  await refuseInsideVault(place, name)
  // A copy that goes on was asked about when it began.
  if (acceptChanges || !hasCatalogue(place.home)) await refuseAroundVault(place, name, signal)
  if (acceptChanges) return
  await stillThere(place, request, `smugmug-backup copy ${name}`)
  if (!hasCatalogue(place.home)) await refuseOccupied(place, name)
}

/**
 * Brings every copy up to date after a backup, and adds their end to its own: 3 for a copy that is late, damaged or held by its brake. A copy that is
 * away, or in use, is only a warning until it is late.
 */
export async function withCopies<R extends Outcome>(report: R, request: Request): Promise<R> {
  const { settings, emit, signal } = request
  if (settings.copies.length === 0 || signal.aborted || !(report.exitCode === 0 || report.exitCode === 3)) return report
  const ends = await runCopy({ ...request, acceptChanges: false }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    return error
  })
  // No copy could be begun at all.
  if (ends instanceof AppError)
    return { ...report, exitCode: ends.exitCode, message: `${report.message} No copy was made: ${ends.message}`, hint: ends.hint }
  const troubles: string[] = []
  for (const { copy, message, exitCode } of ends.copies) {
    const trouble = copyTrouble(copy)
    if (trouble !== undefined) troubles.push(trouble)
    if (exitCode !== 0) emit({ event: 'warning', message: `The copy ${copy.name}: ${message}` })
  }
  const message = [report.message, upToDate(ends.copies), ...troubles].filter((text) => text !== undefined).join(' ')
  if (troubles.length > 0) return { ...report, exitCode: 3, message }
  return { ...report, message, exitCode: ends.exitCode === 130 && report.exitCode === 0 ? 130 : report.exitCode }
}

/** Names the copies that are up to date now. */
function upToDate(copies: readonly CopyOutcome[]): string | undefined {
  const names = copies.filter(({ exitCode }) => exitCode === 0).map(({ name }) => name)
  if (names.length === 0) return undefined
  return names.length === 1 ? `The copy ${names[0]} is up to date.` : `The copies ${names.join(', ')} are up to date.`
}
