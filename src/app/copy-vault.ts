import type { CopySettings } from '../config/copy-settings.ts'
import { requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { AppError, ConfigurationError, type ExitCode, InterruptedError, isAbort } from '../errors.ts'
import { systemClock } from '../flow/clock.ts'
import { didYouMean } from '../flow/nearest.ts'
import { noTotals } from '../model.ts'
import { copyVault } from '../operations/copy/copy.ts'
import { type CopyStanding, copyStanding, copyTrouble, withTry } from '../operations/copy/standing.ts'
import type { Outcome } from '../operations/outcome.ts'
import { marksPath } from '../vault/home/mark.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { readCopyFacts, writeCopyFacts } from './copy-notes.ts'
import { checkPlace, overlap, type Place, placeOf } from './place.ts'
import { runRebuild } from './rebuild.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { anyRecords, atDestination, rememberVault, requireCatalogue, stillThere, withDisk, withVault } from './vault.ts'

/** The end of bringing one copy up to date. */
export interface CopyOutcome extends Outcome {
  readonly name: string
  readonly standing?: never
  /** The standing of the copy at the end. */
  readonly copy: CopyStanding
}

/** Brings the copies of the vault up to date: the one of a name, or all. Throws `ConfigurationError` for an unknown name. */
export async function runCopy(
  request: Request & { readonly name?: string; readonly acceptChanges?: boolean },
): Promise<readonly CopyOutcome[]> {
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
    return outcomes
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

/** With `looks` the disks are asked, too, one of which may hang. Throws `ConfigurationError` if a copy is equal to, inside or around another vault. */
export function checkCopies(around: Pick<Request, 'settings' | 'env'>, { looks }: { readonly looks: boolean }): void {
  const { destination, copies } = around.settings
  const places = copies.map((copy) => ({ what: `the copy ${copy.name}`, place: placeOfCopy(copy, around) }))
  const all = destination === undefined ? places : [{ what: 'the vault itself', place: placeOf(destination, around) }, ...places]
  for (const [index, { what, place }] of all.entries()) {
    const other = all.slice(0, index).find((before) => overlap(before.place, place, looks))
    if (other === undefined) continue
    throw new ConfigurationError(
      `The destination of ${what}, ${place.location}, is the same as that of ${other.what}, or one lies inside the other.`,
      {
        hint: 'A copy needs a place of its own, best on another disk. Nothing was changed.',
      },
    )
  }
}

/** Returns the place of a copy, which has keys of its own. */
const placeOfCopy = ({ destination, recipients, identityFile }: CopySettings, around: Pick<Request, 'settings' | 'env'>): Place =>
  placeOf(destination, { ...around, keys: recipients.length === 0 ? undefined : { recipients, identityFile } })

/** Brings one copy up to date, and notes its end. Trouble that ends it is its outcome; only a bug throws. */
async function bring(first: Place, copy: CopySettings, request: Request & { readonly acceptChanges?: boolean }): Promise<CopyOutcome> {
  const outcome = await copying(first, copy, request).catch((error: unknown): Outcome & { readonly files?: number } => {
    const { exitCode, message, hint } = endOf(error, request)
    return { exitCode, message, problems: [], totals: noTotals, ...(hint !== undefined && { hint }) }
  })
  const { files, ...end } = outcome
  const now = systemClock.now()
  const isCurrent = end.exitCode === 0 || (end.exitCode === 3 && end.totals.failed === 0)
  const facts = withTry(
    readCopyFacts(first.home, copy.name),
    { at: now, exitCode: end.exitCode, message: end.message },
    isCurrent ? files : undefined,
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
): Promise<Outcome & { readonly files: number }> {
  const { settings, emit, signal, acceptChanges = false } = request
  const place = placeOfCopy(copy, request)
  await checkPlace(place)
  if (!acceptChanges) await stillThere(place, request)
  emit({ event: 'run.started', operation: 'copy', destination: place.location, dryRun: false })
  return await withDisk(place, async () => {
    // A lost catalogue is made anew from the copy itself: an empty one would take everything for new.
    if (!hasCatalogue(place.home) && (await anyRecords(place)))
      await runRebuild({
        ...request,
        settings: {
          ...settings,
          ...{ destination: copy.destination, encryptionRecipients: copy.recipients, encryptionIdentityFile: copy.identityFile },
          twin: false,
        },
      })
    return withVault(place, { mode: 'write', operation: 'copy' }, (to) =>
      // A snapshot of the first vault's catalogue: a backup may go on there meanwhile.
      withVault(first, { mode: 'pretend', operation: 'copy' }, async (from) => {
        const rules = {
          maxVanished: copy.maxVanished,
          keepReplaced: copy.keepReplaced,
          keepSecrets: settings.keepSecrets,
          writeCsv: settings.writeCsv,
          verifyDays: settings.serviceVerifyDays,
        }
        const outcome = await copyVault({ name: copy.name, from, to, rules, acceptChanges, emit, clock: systemClock, signal })
        const marks = marksPath(request.env ?? {})
        if (marks !== undefined) await rememberVault(marks, to, emit)
        return { ...outcome, files: (await to.catalogue.counts.holdings()).held }
      }),
    )
  })
}

/**
 * Brings every copy up to date after a backup, and adds their end to its own: 3 for a copy that is late, damaged or held by its brake. A copy that is
 * away, or in use, is only a warning until it is late.
 */
export async function withCopies<R extends Outcome>(report: R, request: Request): Promise<R> {
  const { settings, emit, signal } = request
  if (settings.copies.length === 0 || signal.aborted || !(report.exitCode === 0 || report.exitCode === 3)) return report
  const troubles: string[] = []
  for (const { copy, message, exitCode } of await runCopy({ ...request, acceptChanges: false })) {
    const trouble = copyTrouble(copy)
    if (trouble !== undefined) troubles.push(trouble)
    if (exitCode !== 0) emit({ event: 'warning', message: `The copy ${copy.name}: ${message}` })
  }
  if (troubles.length === 0) return report
  return { ...report, exitCode: 3, message: `${report.message} ${troubles.join(' ')}` }
}
