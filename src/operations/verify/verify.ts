import type { Emit, Problem } from '../../events.ts'
import { hashAll } from '../../flow/checked.ts'
import type { Clock } from '../../flow/clock.ts'
import { parallel } from '../../flow/parallel.ts'
import { noTotals } from '../../model.ts'
import type { Account } from '../../smugmug/account.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { splitPath } from '../../vault/layout.ts'
import { isOfTheSystem } from '../../vault/litter.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { counted, type Outcome } from '../outcome.ts'
import { writeState } from '../state.ts'
import { surveyVault } from '../survey.ts'
import { compareWithAccount } from './remote.ts'

/** What to verify, and how much of it. */
export interface VerifyJob {
  readonly vault: Vault
  /** A share of the files, chosen by chance. */
  readonly sample?: number | undefined
  /** Milliseconds; where it stops, the next one goes on. */
  readonly maxDuration?: number | undefined
  /** Compares with this account, by a full listing. */
  readonly account?: Account | undefined
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
  /** From 0 to 1. */
  readonly random: () => number
}

/** Readers at once: hides the disk's latency, hashing itself is one thread's work. */
const READERS = 4
const CURSOR = 'verify.cursor'
const BEGUN = 'verify.begun'
const COMPLETED = 'verify.completed'

/**
 * Proves the vault in named steps, counted and timed: the catalogue is sound, every file is there with its size, its bytes hash to what
 * was proven when they came, nothing foreign lies about. Media are never changed: what is damaged is marked, the next backup fetches it.
 */
export async function verify(job: VerifyJob): Promise<Outcome> {
  const { vault, clock } = job
  const startedAt = clock.now()
  const problems: Problem[] = []
  const told = new Set<string>()
  const tell = (problem: Problem): void => {
    problems.push(problem)
    if (problem.name !== undefined) told.add(problem.name)
    job.emit({ event: 'problem', problem })
  }
  const step = async (
    name: string,
    work: () => Promise<{ readonly checked: number; readonly found: number }>,
  ): Promise<{ readonly checked: number; readonly found: number }> => {
    const begun = clock.now()
    job.emit({ event: 'phase', name })
    const result = await work()
    job.emit({ event: 'step', name, ...result, durationMs: clock.now() - begun })
    return result
  }

  const sound = await step('catalogue sound', async () => {
    const complaints = vault.catalogue.check()
    for (const reason of complaints) tell({ kind: 'damaged', name: 'catalogue', reason: `${reason}: run \`smugmug-backup rebuild\`` })
    return { checked: 1, found: complaints.length }
  })
  const present = await step('every file present', async () => {
    await surveyVault(vault, { emit: job.emit, now: startedAt, signal: job.signal })
    let checked = 0
    let found = 0
    for await (const file of vault.catalogue.eachFile()) {
      checked += 1
      if (file.state === 'held') continue
      found += 1
      const reason =
        file.state === 'missing' ? 'not where it was stored' : `not what was stored: it should have ${file.size.toLocaleString('en')} bytes`
      tell({ kind: file.state, name: file.path, imageKey: file.imageKey, reason: `${reason}; ${cure(vault, file)}` })
    }
    return { checked, found }
  })
  const hashed = { checked: 0, found: 0, bytes: 0, left: 0 }
  await step('bytes as they were proven', async () => {
    await reread(job, startedAt, { hashed, tell })
    return hashed
  })
  const foreign = await step('nothing foreign', async () => {
    let found = 0
    for (const stray of vault.catalogue.eachStray()) {
      if (isOurs(stray.path) || told.has(stray.path) || isOfTheSystem(splitPath(stray.path).name)) continue
      found += 1
      tell({ kind: 'foreign', name: stray.path, reason: 'not from this account; it is left alone' })
    }
    return { checked: found, found }
  })
  const remote = job.account === undefined ? undefined : await step('same as on SmugMug', () => compareWithAccount(job, tell))

  if (vault.mode === 'write') await writeState(vault)
  const bad = sound.found + present.found + hashed.found + (remote?.found ?? 0)
  const completed = vault.catalogue.meta(COMPLETED)
  return {
    exitCode: job.signal.aborted ? 130 : bad > 0 ? 3 : 0,
    message: verdict({ ...job, bad, hashed, files: present.checked, foreign: foreign.found }),
    ...(bad > 0 && {
      hint: 'Run a backup: what is missing or damaged is fetched again, the damaged bytes are kept in .smugmug-backup/history.',
    }),
    totals: {
      ...noTotals,
      items: hashed.checked + present.found,
      kept: hashed.checked - hashed.found,
      failed: hashed.found + present.found,
      apiCalls: job.account?.apiCalls ?? 0,
      durationMs: clock.now() - startedAt,
    },
    problems,
    ...(completed !== undefined && { lastFullyProven: Number(completed) }),
  }
}

interface Progress {
  readonly hashed: { checked: number; found: number; bytes: number; left: number }
  tell(problem: Problem): void
}

/** Re-reads what is held: all of it, a sample, or from where the last slice stopped for as long as there is time. */
async function reread(job: VerifyJob, startedAt: number, { hashed, tell }: Progress): Promise<void> {
  const { vault, clock, sample, maxDuration } = job
  const { catalogue } = vault
  const sliced = maxDuration !== undefined
  const cursor = sliced ? catalogue.meta(CURSOR) : undefined
  if (sample === undefined && cursor === undefined) catalogue.setMeta(BEGUN, String(startedAt))
  const outOfTime = (): boolean => job.signal.aborted || (sliced && clock.now() - startedAt >= maxDuration)
  let waiting = cursor !== undefined
  let last: string | undefined
  async function* due() {
    for await (const file of catalogue.eachFile()) {
      const key = keyOf(file)
      if (waiting) {
        if (key === cursor) waiting = false
        continue
      }
      if (file.state !== 'held' || (sample !== undefined && job.random() >= sample)) continue
      if (outOfTime()) {
        hashed.left += 1
        continue
      }
      last = key
      yield file
    }
  }
  await parallel(due(), { workers: READERS }, async (file) => {
    hashed.checked += 1
    hashed.bytes += file.size
    const trouble = await rehash(vault, file)
    if (trouble !== undefined) {
      hashed.found += 1
      catalogue.putFile({ ...withoutPath(file), state: 'damaged' })
      catalogue.setMeta('derived', undefined)
      tell({ kind: 'damaged', name: file.path, imageKey: file.imageKey, reason: `${trouble}; ${cure(vault, file)}` })
    }
    if (hashed.checked % 100 === 0) job.emit({ event: 'progress', done: hashed.bytes, unit: 'bytes' })
  })
  if (sample !== undefined) return
  // The file the cursor stood at is gone: nothing was re-read, so the next slice begins anew.
  if (waiting || (hashed.left === 0 && !job.signal.aborted)) catalogue.setMeta(CURSOR, undefined)
  else if (last !== undefined) catalogue.setMeta(CURSOR, last)
  if (!waiting && hashed.left === 0 && !job.signal.aborted) catalogue.setMeta(COMPLETED, catalogue.meta(BEGUN))
}

/** What can be done about a file that is not as it was. */
const cure = (vault: Vault, file: FileRow): string =>
  vault.catalogue.item(file.albumKey, file.imageKey)?.vanishedAt === undefined
    ? 'the next backup fetches it again'
    : 'SmugMug has it no more: restore it from another copy of the vault'

const keyOf = (file: FileRow): string => JSON.stringify([file.albumKey, file.imageKey, file.component])

function withoutPath(file: FileRow & { readonly path: string }): FileRow {
  const { path: _path, ...row } = file
  return row
}

/** What is wrong with a file's bytes now, if anything. */
async function rehash(vault: Vault, file: FileRow & { readonly path: string }): Promise<string | undefined> {
  try {
    const { md5, sha256, size } = (await hashAll(vault.storage.read(file.path))).digest()
    if (size !== file.size) return `it has ${size.toLocaleString('en')} bytes instead of ${file.size.toLocaleString('en')}`
    return md5 === file.md5 && (file.sha256 === '' || sha256 === file.sha256) ? undefined : 'its bytes have changed since they were proven'
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return `it cannot be read (${error.message})`
  }
}

const isOurs = (path: string): boolean => path.startsWith('.smugmug-backup/') || /(^|\/)[^/]+\.xmp$/i.test(path)

function verdict(facts: {
  readonly bad: number
  readonly hashed: Progress['hashed']
  readonly files: number
  readonly foreign: number
  readonly sample?: number | undefined
}): string {
  const { bad, hashed, files, foreign } = facts
  const scope =
    hashed.left > 0
      ? `${counted(hashed.checked, 'file')} re-read, ${hashed.left.toLocaleString('en')} to go on with next time`
      : facts.sample === undefined
        ? `${counted(hashed.checked, 'file')} re-read`
        : `${hashed.checked.toLocaleString('en')} of ${counted(files, 'file')} re-read`
  const strangers = foreign === 0 ? '' : ` ${counted(foreign, 'foreign file')} ${foreign === 1 ? 'lies' : 'lie'} in the vault.`
  return bad === 0 ? `Nothing is missing or damaged: ${scope}.${strangers}` : `${counted(bad, 'finding')}: ${scope}.${strangers}`
}
