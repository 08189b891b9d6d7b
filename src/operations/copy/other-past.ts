import { layout } from '../../vault/layout.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { NEWEST_VERSION } from '../../vault/versions/chain.ts'
import { listVersions, readVersionHead, type VersionEntry } from '../../vault/versions/version-file.ts'
import { VersionError } from '../../vault/versions/version-text.ts'
import { summaryOf } from '../read-report.ts'
import type { CopyJob } from './job.ts'
import { type CopyRun, report, setAside } from './run.ts'

/**
 * [Note: another past] A copy that was the destination for a while, and a vault that was put back from an older day, go on with the same numbers: two
 * runs then have one number, and the changes of one lead back from the records of the other to words that never stood together. The time at which a run
 * began says which of the two it is. The copy's past is that of the first vault: files of other runs go to its history, with their reports.
 */
export interface OtherPast {
  /** The first run of the copy that the first vault did not make. */
  readonly since: number
  /** The files of reverse changes of such runs, newest first. */
  readonly versions: readonly VersionEntry[]
  /** The newest run of both vaults. */
  readonly newest: number
}

/** A run as the copy knows it. */
interface KnownRun {
  readonly run: number
  readonly startedAt: number | undefined
  readonly version?: VersionEntry
}

/**
 * Finds the runs of the copy that the first vault did not make; undefined if there are none. Up to the run `agreed` both are known to be the same. Throws
 * `VersionError` or `StorageError` if the files of one of the two cannot be listed. See: [Note: another past]
 */
export async function findOtherPast({ from, to }: Pick<CopyJob, 'from' | 'to'>, agreed: number): Promise<OtherPast | undefined> {
  const theirs = new Map((await listVersions(from.storage)).map((entry) => [entry.run, entry]))
  const last = Math.max(from.catalogue.runs.last()?.id ?? 0, ...theirs.keys())
  const known: KnownRun[] = to.catalogue.runs.ofAccount(agreed).map(({ id, startedAt }) => ({ run: id, startedAt }))
  for (const version of await listVersions(to.storage))
    if (version.run > agreed) known.push({ run: version.run, startedAt: await startOf(to, version.run, version), version })
  let since = Number.POSITIVE_INFINITY
  const doubtful: VersionEntry[] = []
  for (const { run, startedAt, version } of known) {
    const first = await startOf(from, run, theirs.get(run))
    if (first !== undefined && (startedAt === undefined || first === startedAt)) continue
    // A run that the first vault has forgotten all about may be its own all the same, unless another one stands before it.
    if (first !== undefined || run > last) since = Math.min(since, run)
    if (version !== undefined) doubtful.push(version)
  }
  return since === Number.POSITIVE_INFINITY
    ? undefined
    : { since, newest: Math.max(last, ...known.map(({ run }) => run)), versions: doubtful.filter(({ run }) => run >= since) }
}

/** Returns the time at which a run began, by its file of reverse changes; by the catalogue where there is none, or it cannot be read. */
async function startOf({ storage, catalogue }: Vault, run: number, version?: VersionEntry): Promise<number | undefined> {
  try {
    const head = version && (await readVersionHead(storage, version.path))
    if (head !== undefined) return head.at
  } catch (error) {
    if (!(error instanceof VersionError || error instanceof StorageError)) throw error
  }
  return catalogue.runs.get(run)?.startedAt
}

/**
 * Puts the past of other runs into the history of the copy. Until its records are those of the first vault as well, a file of the past is noted as missing:
 * a copying that is killed meanwhile leaves a past that cannot be read, and never one that is mixed. Throws `StorageError` if the disk refuses it. See:
 * [Note: another past]
 */
export async function leaveOtherPast(run: CopyRun, { since, versions, newest }: OtherPast): Promise<void> {
  const why = 'of a run that the first vault did not make'
  const { from, to } = run
  if (versions.length > 0) to.catalogue.setMeta(NEWEST_VERSION, String(newest + 1))
  to.catalogue.flush()
  for (const { path } of versions) await setAside(run, path, { why })
  for (const row of to.catalogue.runs.ofAccount(since - 1)) {
    const path = summaryOf(row)?.path
    if (path === undefined || from.catalogue.runs.get(row.id)?.startedAt === row.startedAt) continue
    for (const each of [path, path.replace(/\.json$/, '.txt')]) await setAside(run, each, { why })
  }
  if (versions.length === 0) return
  report(run, {
    ...{ kind: 'notice', name: layout.versions },
    reason: `its files from run ${since} on were of runs that the first vault did not make: they lie in the history of the copy now`,
    detail: versions.map(({ path }) => path).join(', '),
  })
}
