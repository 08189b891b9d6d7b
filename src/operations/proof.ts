import type { Emit, Problem } from '../events.ts'
import { type Digest, hashAll } from '../flow/checked.ts'
import type { Clock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { inFolder } from '../vault/layout.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { counted, type Outcome } from './outcome.ts'
import { walk } from './walk-folder.ts'

/** Which folder to prove. */
export interface ProofJob {
  readonly vault: Vault
  readonly folder: Storage
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Which files of a folder are held in the vault byte for byte: both are read from the disk now, nothing is believed. A file that is held
 * is safe to delete. Nothing is changed.
 */
export async function prove(job: ProofJob): Promise<Outcome> {
  const { folder, clock } = job
  const startedAt = clock.now()
  const problems: Problem[] = []
  let held = 0
  let bytes = 0
  for await (const file of walk(folder)) {
    if (job.signal.aborted) break
    const reading = file.kind === 'file' ? await read(folder, file.path) : { reason: file.reason }
    const where = 'hash' in reading ? await heldAt(job.vault, reading.hash) : undefined
    if ('hash' in reading) bytes += reading.hash.size
    if (where !== undefined) {
      held += 1
      job.emit({ event: 'file', path: file.path, state: 'held', detail: where })
    } else {
      const reason = 'hash' in reading ? 'not held byte for byte: do not delete it' : `cannot be proven: ${reading.reason}`
      job.emit({ event: 'file', path: file.path, state: 'not held', ...('reason' in reading && { detail: reading.reason }) })
      problems.push({ kind: 'missing', name: file.path, reason })
    }
    job.emit({ event: 'progress', done: bytes, unit: 'bytes' })
  }
  const all = held + problems.length
  const message =
    problems.length === 0
      ? `Safe to delete: all ${counted(all, 'file')} in ${folder.location} are held byte for byte.`
      : `${held.toLocaleString('en')} of ${counted(all, 'file')} in ${folder.location} are held byte for byte; ${problems.length.toLocaleString('en')} ${problems.length === 1 ? 'is' : 'are'} not.`
  return {
    exitCode: job.signal.aborted ? 130 : problems.length > 0 ? 3 : 0,
    message: job.signal.aborted
      ? `Interrupted: ${counted(all, 'file')} looked at, ${held.toLocaleString('en')} of them held byte for byte. Nothing is said of the others.`
      : all === 0
        ? `There are no files in ${folder.location}.`
        : message,
    totals: { ...noTotals, items: all, kept: held, failed: problems.length, durationMs: clock.now() - startedAt },
    problems,
  }
}

async function read(folder: Storage, path: string): Promise<{ readonly hash: Digest } | { readonly reason: string }> {
  try {
    return { hash: (await hashAll(folder.read(path))).digest() }
  } catch (error) {
    if (error instanceof StorageError) return { reason: error.message }
    throw error
  }
}

/** Where exactly these bytes stand in the vault, read again now. */
async function heldAt(vault: Vault, hash: Digest): Promise<string | undefined> {
  for (const row of vault.catalogue.filesByMd5(hash.md5)) {
    const album = vault.catalogue.album(row.albumKey)
    if (album === undefined || row.size !== hash.size) continue
    const path = inFolder(album.folder, row.name)
    if ((await vault.storage.stat(path))?.size !== hash.size) continue
    const stands = (await hashAll(vault.storage.read(path))).digest()
    if (stands.md5 === hash.md5 && stands.sha256 === hash.sha256) return path
  }
  return undefined
}
