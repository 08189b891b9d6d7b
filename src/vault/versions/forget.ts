import { splitPath } from '../layout.ts'
import { readPresentDoc, recordPath } from '../reading/as-of.ts'
import { RecordError } from '../record/read-json.ts'
import { pruneFolders } from '../storage/abilities.ts'
import { StorageError } from '../storage/storage.ts'
import type { Vault } from '../vault.ts'
import { type Change, changesBack, type Doc } from './delta.ts'
import { Past, type Then } from './past.ts'
import { changeLine, packedFile, readVersions, TREE, type Version, type VersionEntry } from './version-file.ts'

/**
 * [Note: forgetting] The changes of forgotten runs are merged into the file of the next run that is kept: it leads from that run's state back to
 * the last kept one before it. First the merged file is written, whole or not at all, with the first forgotten run in its head; then the files of
 * the forgotten runs are removed. A reader passes by files that a newer one calls forgotten, so a kill in between changes no kept state, and the
 * next `prune` removes what was left.
 */
export interface ForgetJob {
  readonly vault: Pick<Vault, 'storage' | 'catalogue'>
  readonly isKept: (run: number) => boolean
  /** True when only the owner of the vault may read the files, because they hold secrets. */
  readonly isPrivate: boolean
  readonly signal: AbortSignal
  /** Called for runs that have to stay, with the reason. */
  warn(message: string): void
}

/** The changes of some forgotten runs, which go into the file of a kept one. */
interface Merge {
  readonly into: Version
  /** The last kept run before them. */
  readonly older: number
  readonly forgotten: readonly Version[]
}

/** Forgets the states after all runs that are not kept. Returns the runs that it forgot. See: [Note: forgetting] */
export async function forgetVersions(job: ForgetJob): Promise<readonly number[]> {
  const { vault, isKept, signal, warn } = job
  const { versions, leftovers } = await readVersions(vault.storage)
  await removeFiles(job, leftovers)
  const merges = mergesOf(versions, isKept)
  const oldest = merges.at(-1)
  if (oldest === undefined) return []
  const past = await Past.open(vault, oldest.older)
  const forgotten: number[] = []
  for (const merge of merges) {
    signal.throwIfAborted()
    try {
      await write(job, past, merge)
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      warn(`The versions before run ${merge.into.run} could not be forgotten: ${error.message}.`)
      continue
    }
    await removeFiles(job, merge.forgotten)
    forgotten.push(...merge.forgotten.map(({ run }) => run))
  }
  return forgotten
}

/** Groups forgotten runs by the kept one after them. The oldest run is always kept. */
function mergesOf(versions: readonly Version[], isKept: (run: number) => boolean): readonly Merge[] {
  const merges: Merge[] = []
  let into: Version | undefined
  let forgotten: Version[] = []
  for (const version of versions) {
    if (into !== undefined && version !== versions.at(-1) && !isKept(version.run)) {
      forgotten.push(version)
      continue
    }
    if (into !== undefined && forgotten.length > 0) merges.push({ into, older: version.run, forgotten })
    into = version
    forgotten = []
  }
  return merges
}

async function write({ vault, isPrivate }: ForgetJob, past: Past, { into, older, forgotten }: Merge): Promise<void> {
  const { run, at } = into
  const forgottenFrom = Math.min(...[into, ...forgotten].map((version) => version.forgottenFrom ?? version.run))
  async function* lines(): AsyncGenerator<string> {
    for (const record of past.recordsBetween(older, run)) {
      const now = await presentDoc(vault, record)
      const [after, before] = [past.recordBack(record, now, run), past.recordBack(record, now, older)]
      for (const change of between(before, after)) yield changeLine(record, change)
    }
  }
  await vault.storage.put(into.path, packedFile({ run, at, previous: older, forgottenFrom }, lines()), { isPrivate })
}

function between(before: Then, after: Then): readonly Change[] {
  if (before === 'lost') return [{ op: 'lost' }]
  if (after !== 'lost') return changesBack(before, after)
  return before === undefined ? [{ op: 'new' }] : changesBack(before, undefined)
}

/** Reads a record as it is now. Throws `RecordError`, with its path, for one that cannot be read or should be there and is not. */
async function presentDoc(vault: ForgetJob['vault'], record: string): Promise<Doc | undefined> {
  try {
    return await readPresentDoc(vault, record)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    const path = recordPath(record === TREE ? undefined : vault.catalogue.album(record)?.folder)
    throw new RecordError(`${path} cannot be read (${error.message})`, { cause: error })
  }
}

async function removeFiles({ vault: { storage }, warn }: ForgetJob, files: readonly VersionEntry[]): Promise<void> {
  for (const { path } of files) {
    try {
      await storage.remove(path)
      await pruneFolders(storage, splitPath(path).folder)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      warn(`${path} is forgotten and could not be removed: ${error.message}.`)
    }
  }
}
