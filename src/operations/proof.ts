import type { Emit, Problem } from '../events.ts'
import { formatCount, formatNumber } from '../events.ts'
import type { Digest } from '../flow/checked.ts'
import { type Clock, stopwatch } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { inFolder } from '../vault/layout.ts'
import { hashFile } from '../vault/storage/abilities.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import type { Outcome } from './outcome.ts'
import { type Plain, plain, prefixed } from './plain.ts'
import { type Outside, walk } from './walk-folder.ts'

/** A folder to compare with the vault. */
export interface ProofJob {
  readonly vault: Vault
  readonly folder: Storage
  /** Is a file of the folder the very file at a path of the vault, reached by another way? */
  isOwn(file: string, path: string): boolean
  /** Did a twin of the vault write a file of the folder, with this hash? */
  isOfTwin(file: string, sha256: string): boolean
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Finds which files of a folder are held in the vault byte for byte. Both are read from the disk now; no earlier proof counts. A file that
 * is held is safe to delete; no file is held by itself. Changes nothing.
 */
export async function prove(job: ProofJob): Promise<Outcome> {
  const { folder, clock } = job
  const elapsed = stopwatch(clock)
  const problems: Problem[] = []
  const total = await bytesIn(job)
  let held = 0
  let made = 0
  let bytes = 0
  for await (const file of walk(folder)) {
    if (job.signal.aborted) break
    const found = await examine(job, file)
    bytes += found.size
    if (found.where !== undefined) {
      held += 1
      job.emit({ event: 'file', path: file.path, state: 'held', detail: found.where })
    } else if ('isOfTwin' in found) {
      made += 1
      job.emit({ event: 'file', path: file.path, state: 'of a twin' })
    } else {
      job.emit({ event: 'file', path: file.path, state: 'not held', ...(found.detail !== undefined && { detail: found.detail }) })
      problems.push({ kind: 'missing', name: file.path, reason: found.reason, ...(found.detail !== undefined && { detail: found.detail }) })
    }
    job.emit({ event: 'progress', done: bytes, total: Math.max(bytes, total), unit: 'bytes' })
  }
  const all = held + problems.length
  const besides = made === 0 ? '' : ` ${formatCount(made, 'file')} of a twin besides, which can be made again.`
  const message =
    problems.length === 0
      ? `Safe to delete: all ${formatCount(all, 'file')} in ${folder.location} are held byte for byte.${besides}`
      : `${formatNumber(held)} of ${formatCount(all, 'file')} in ${folder.location} are held byte for byte; ${formatNumber(problems.length)} ${problems.length === 1 ? 'is' : 'are'} not.${besides}`
  return {
    exitCode: job.signal.aborted ? 130 : problems.length > 0 ? 3 : 0,
    message: job.signal.aborted
      ? `Interrupted: ${formatCount(all, 'file')} looked at, ${formatNumber(held)} of them held byte for byte. Nothing is said of the others.`
      : all === 0
        ? `There are no files in ${folder.location}${made === 0 ? '.' : ` but those of a twin.${besides}`}`
        : message,
    totals: { ...noTotals, items: all, kept: held, failed: problems.length, durationMs: elapsed() },
    problems,
  }
}

/** Adds up the sizes of the folder's files, which are known without reading them. */
async function bytesIn({ folder, signal }: ProofJob): Promise<number> {
  let sum = 0
  for await (const file of walk(folder)) {
    if (signal.aborted) break
    if (file.kind === 'file') sum += file.size
  }
  return sum
}

/** The path where a file's bytes are held, or the reason why it must not be deleted. */
type Finding =
  | { readonly size: number; readonly where: string }
  /** A twin wrote it, and makes it again. */
  | { readonly size: number; readonly where?: undefined; readonly isOfTwin: true }
  | { readonly size: number; readonly where?: undefined; readonly reason: string; readonly detail?: string }

async function examine(job: ProofJob, file: Outside): Promise<Finding> {
  const reading = file.kind === 'file' ? await read(job.folder, file.path) : file
  if ('reason' in reading) return { size: 0, ...prefixed('cannot be proven', reading) }
  const { size } = reading.hash
  const places = placesOf(job.vault, reading.hash)
  const own = places.find((path) => job.isOwn(file.path, path))
  if (own !== undefined) {
    const detail = `it is the vault's own file ${own}, reached by another way`
    return { size, reason: "it is the vault's own file, reached by another way: do not delete it", detail }
  }
  for (const where of places) if (await standsAt(job.vault, where, reading.hash)) return { size, where }
  if (job.isOfTwin(file.path, reading.hash.sha256)) return { size, isOfTwin: true }
  return { size, reason: 'not held byte for byte: do not delete it' }
}

async function read(folder: Storage, path: string): Promise<{ readonly hash: Digest } | Plain> {
  try {
    return { hash: await hashFile(folder, path) }
  } catch (error) {
    if (error instanceof StorageError) return plain(error)
    throw error
  }
}

/** Returns the paths in the vault at which the catalogue has these bytes. */
const placesOf = ({ catalogue }: Vault, { md5, size }: Digest): readonly string[] =>
  catalogue.filesByMd5(md5).flatMap((row) => {
    const folder = row.size === size ? catalogue.album(row.albumKey)?.folder : undefined
    return folder === undefined ? [] : [inFolder(folder, row.name)]
  })

/** Do exactly these bytes stand at a path of the vault now? */
async function standsAt(vault: Vault, path: string, hash: Digest): Promise<boolean> {
  try {
    const standing = await vault.storage.stat(path)
    if (standing?.kind !== 'file' || standing.size !== hash.size) return false
    const read = await hashFile(vault.storage, path)
    return read.md5 === hash.md5 && read.sha256 === hash.sha256
  } catch (error) {
    // A file of the vault that cannot be read vouches for nothing.
    if (error instanceof StorageError) return false
    throw error
  }
}
