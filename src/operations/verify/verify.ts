import type { Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { stopwatch } from '../../flow/clock.ts'
import { noTotals } from '../../model.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { layout, splitPath } from '../../vault/layout.ts'
import { isOfTheSystem } from '../../vault/litter.ts'
import { otherInTheWay, StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Standing, VerifyOutcome } from '../outcome.ts'
import { cured, type Plain, plain, prefixed, UNSEALED } from '../plain.ts'
import { lastFullyProven, spoilPass } from '../proven.ts'
import { readStanding, unreadableAlbums } from '../read-standing.ts'
import { isWhole, standingSentence } from '../standing.ts'
import { checkGeneration, writeState } from '../state.ts'
import { linkNotices, type Survey, surveyVault } from '../survey.ts'
import type { Step, StepResult, Verification, VerifyJob } from './job.ts'
import { verifyPast, verifyRecords, verifySums } from './own-files.ts'
import { compareWithAccount } from './remote.ts'
import { beginPass, cure, lookAt, notAsStored, type Reread, readDamaged, reread } from './reread.ts'
import { verifyTwin } from './twin-files.ts'

/** The steps, in order. Those before the bytes are cheap. The sum of all findings decides the exit code. */
const SOUND: Step = { name: 'catalogue sound', run: catalogueSound }
const RECORDS: Step = { name: 'records as they were written', run: verifyRecords }
const SUMS: Step = { name: 'checksum files as they were written', run: verifySums }
const PAST: Step = { name: 'the past can be read', run: verifyPast }
const PRESENT: Step<Present> = { name: 'every file present', run: everyFilePresent }
const BYTES = { name: 'bytes as they were proven' } as const
const STATED: Step<Reread> = { name: 'bytes as the server states them', run: stated }
const FOREIGN = { name: 'nothing foreign' } as const
const REMOTE: Step = { name: 'same as on SmugMug', run: (verification) => compareWithAccount(verification, verification.report) }

/**
 * Proves the vault in named steps, counted and timed: the catalogue is sound, records and checksum files are as they were written, every
 * file is there with its size and its proven hash, nothing foreign lies in the vault. Photos and videos are never changed: a damaged file
 * is marked, and the next backup fetches it again or writes it anew, unless a later verification finds its bytes right again.
 */
export async function verify(job: VerifyJob): Promise<VerifyOutcome> {
  const { vault, clock } = job
  const startedAt = clock.now()
  const elapsed = stopwatch(clock)
  const problems: Problem[] = []
  const verification = underWay(job, { startedAt, problems })
  const take = <R extends StepResult>(step: Step<R>): Promise<R> => timed(verification, step)
  await checkGeneration(vault, job.emit)
  const readsBytes = reads(job)
  if (readsBytes) beginPass(verification)
  const sound = await take(SOUND)
  const records = await take(RECORDS)
  const sums = await take(SUMS)
  const past = await take(PAST)
  const present = await take(PRESENT)
  if (sound.found + records.found + sums.found + present.found > 0) spoilPass(vault.catalogue)
  const hashed = await take(readsBytes ? { ...BYTES, run: () => reread(verification, present.spent) } : STATED)
  const foreign = await take({ ...FOREIGN, run: () => nothingForeign(verification, present) })
  const remote = job.account === undefined ? undefined : await take(REMOTE)

  const noted = vault.mode === 'write' ? await noteState(verification) : undefined
  const bad = [sound, records, sums, past, present, hashed, remote, noted].reduce((sum, step) => sum + (step?.found ?? 0), 0)
  const completed = lastFullyProven(vault.catalogue)
  const standing = await readStanding(vault.catalogue, { requireOriginals: false })
  return {
    exitCode: job.signal.aborted ? 130 : bad > 0 ? 3 : 0,
    message: verdict({
      ...job,
      bad,
      hashed,
      readsBytes,
      isSliced: isSliced(job),
      files: present.checked,
      foreign: foreign.found,
      standing,
    }),
    ...(bad > 0 && { hint: cureOf(vault, problems) }),
    totals: {
      ...noTotals,
      items: hashed.checked + present.found,
      kept: hashed.checked - hashed.found,
      failed: hashed.found + present.found,
      apiCalls: job.account?.apiCalls ?? 0,
      durationMs: elapsed(),
    },
    problems,
    standing,
    ...(completed !== undefined && { lastFullyProven: completed }),
  }
}

/** Returns the next thing to do about what is missing or damaged. */
const cureOf = ({ mode }: Vault, problems: readonly Problem[]): string =>
  mode !== 'write'
    ? 'Run `smugmug-backup verify` where the vault can be written to, then a backup: it knows what is damaged only once that is noted in the vault.'
    : problems.some(({ kind, needsYou }) => (kind === 'missing' || kind === 'damaged') && needsYou !== true)
      ? 'Run a backup: what SmugMug still has is fetched again, the damaged bytes are kept in .smugmug-backup/history.'
      : 'Run a backup once you have done what only you can do, as it is named above.'

/** Does it read files? In a bucket only with an option that asks for it: reading all of one is slow, and providers charge for that. */
const reads = ({ vault, content, sample, maxDuration, days, goesOn }: VerifyJob): boolean =>
  vault.storage.statesBytes !== true ||
  content === true ||
  goesOn === true ||
  [sample, maxDuration, days].some((given) => given !== undefined)

/** Does the next verification of this kind go on where this one ends? A sample is chosen anew each time. */
const isSliced = ({ sample, maxDuration, days, goesOn }: VerifyJob): boolean =>
  sample === undefined && (goesOn === true || maxDuration !== undefined || days !== undefined)

/** Counts the held files: the look at every file has compared their sizes and marks, and has read those whose mark is another. */
async function stated({ vault: { catalogue } }: Verification): Promise<Reread> {
  let checked = 0
  const unreadable = unreadableAlbums(catalogue)
  for await (const file of catalogue.eachFile()) if (file.state === 'held' && !unreadable.has(file.albumKey)) checked += 1
  return { checked, found: 0, bytes: 0, left: 0 }
}

/** Returns a verification that collects its findings in `problems`. */
function underWay(job: VerifyJob, facts: { readonly startedAt: number; readonly problems: Problem[] }): Verification {
  const reported = new Set<string>()
  return {
    ...job,
    startedAt: facts.startedAt,
    isReported: (name) => reported.has(name),
    report: (problem) => {
      facts.problems.push(problem)
      if (problem.name !== undefined) reported.add(problem.name)
      job.emit({ event: 'problem', problem })
    },
  }
}

/** Runs one step, and emits its name before and its numbers after. */
async function timed<R extends StepResult>(verification: Verification, { name, run }: Step<R>): Promise<R> {
  const { clock, emit } = verification
  const elapsed = stopwatch(clock)
  emit({ event: 'phase', name })
  const result = await run(verification)
  emit({ event: 'step', name, checked: result.checked, found: result.found, durationMs: elapsed() })
  return result
}

async function catalogueSound({ vault, report }: Verification): Promise<StepResult> {
  const complaints = vault.catalogue.check()
  for (const reason of complaints) report({ kind: 'damaged', name: 'catalogue', reason: `${reason}: run \`smugmug-backup rebuild\`` })
  return { checked: 1, found: complaints.length }
}

/** The result of looking whether every file is there, with the paths of what is not the vault's own. */
interface Present extends StepResult, Pick<Survey, 'unsealed' | 'noFiles'> {
  /** Milliseconds that the reading of damaged files took. */
  readonly spent: number
}

async function everyFilePresent(verification: Verification): Promise<Present> {
  const { vault, emit, startedAt, signal, report, clock, maxDuration } = verification
  const survey = await surveyVault(vault, { emit, now: startedAt, signal })
  const count = { checked: 0, found: 0 }
  for (const notice of linkNotices(survey)) report(notice)
  for (const [key, why] of survey.unreadable) {
    // Its files are counted below.
    if (vault.catalogue.files(key).length === 0) count.found += 1
    report({
      kind: 'album',
      album: vault.catalogue.album(key)?.urlPath ?? key,
      ...prefixed('its folder in the vault cannot be read', why),
    })
  }
  let spent = 0
  const damaged = async (file: FileRow & { readonly path: string }): Promise<Plain | undefined> => {
    if (signal.aborted || (maxDuration !== undefined && spent >= maxDuration / 2)) return notAsStored(file)
    const elapsed = stopwatch(clock)
    const trouble = await readDamaged(verification, file)
    spent += elapsed()
    return trouble
  }
  for await (const file of vault.catalogue.eachFile()) {
    count.checked += 1
    // An album whose folder cannot be read was named.
    const isNamed = survey.unreadable.has(file.albumKey)
    if (isNamed) count.found += 1
    if (isNamed || file.state === 'held') continue
    const trouble = file.state === 'missing' ? await lookAt(() => missing(vault, file.path)) : await lookAt(() => damaged(file))
    if (trouble === undefined) continue
    count.found += 1
    report({ kind: file.state, name: file.path, imageKey: file.imageKey, ...cured(trouble, cure(vault.catalogue, file)) })
  }
  return { ...count, unsealed: survey.unsealed, noFiles: survey.noFiles, spent }
}

/** Says that a file is not in its place, or what stands there. */
async function missing({ storage }: Vault, path: string): Promise<Plain> {
  const kind = (await storage.stat(path))?.kind
  if (kind !== 'folder' && kind !== 'other') return { reason: 'not where it was stored' }
  return plain(otherInTheWay(path, kind === 'folder' ? 'a folder' : 'a link or a device', 'EEXIST'))
}

async function nothingForeign(verification: Verification, { unsealed, noFiles }: Present): Promise<StepResult> {
  const { vault, report, isReported } = verification
  let found = await verifyTwin(verification)
  const foreign = (name: string, why: Plain): void => {
    found += 1
    report({ kind: 'foreign', name, ...why })
  }
  const isKnown = (path: string): boolean => isOurs(path) || isReported(path) || isOfTheSystem(splitPath(path).name)
  for (const path of unsealed) foreign(path, UNSEALED)
  for (const { path } of vault.catalogue.strays.each()) if (!isKnown(path)) foreign(path, STRANGE)
  for (const path of noFiles) if (!isKnown(path)) foreign(path, STRANGE)
  return { checked: found, found }
}

const STRANGE: Plain = { reason: 'belongs to no item that the vault knows; it is left alone' }

/** Writes the state of the vault. If another entry stands in its place, that is a finding. */
async function noteState({ vault, report }: Verification): Promise<StepResult> {
  try {
    await writeState(vault)
    return { checked: 1, found: 0 }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    report({ kind: 'damaged', name: layout.state, ...prefixed('it could not be written', plain(error)) })
    return { checked: 1, found: 1 }
  }
}

const isOurs = (path: string): boolean => path.startsWith('.smugmug-backup/') || /(^|\/)[^/]+\.xmp$/i.test(path)

function verdict(facts: {
  readonly bad: number
  readonly hashed: Reread
  readonly readsBytes: boolean
  readonly isSliced: boolean
  readonly files: number
  readonly foreign: number
  readonly sample?: number | undefined
  readonly signal: AbortSignal
  readonly standing: Standing
}): string {
  const { bad, hashed, files, foreign, readsBytes, isSliced, sample, signal } = facts
  const scope = !readsBytes
    ? `${formatCount(hashed.checked, 'file')} as the server states them (size and ETag); --content reads them`
    : hashed.left > 0 && isSliced
      ? `${formatCount(hashed.checked, 'file')} re-read, ${formatNumber(hashed.left)} to go on with next time`
      : hashed.left > 0 || sample !== undefined
        ? `${formatNumber(hashed.checked)} of ${formatCount(files, 'file')} re-read${signal.aborted ? ' when it was interrupted' : ''}`
        : `${formatCount(hashed.checked, 'file')} re-read`
  const strangers = foreign === 0 ? '' : ` ${formatCount(foreign, 'foreign file')} ${foreign === 1 ? 'lies' : 'lie'} in the vault.`
  if (bad > 0) return `${formatCount(bad, 'finding')}: ${scope}.${strangers}`
  if (isWhole(facts.standing)) return `Nothing is missing or damaged: ${scope}.${strangers}`
  return `All that is held is as it was proven: ${scope}.${strangers} ${standingSentence(facts.standing)}`
}
