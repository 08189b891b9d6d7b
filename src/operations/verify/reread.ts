import { formatNumber } from '../../events.ts'
import { hashAll } from '../../flow/checked.ts'
import { parallel } from '../../flow/parallel.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { pathOnDisk } from '../../vault/entry-index.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { cured, type Plain } from '../plain.ts'
import { completePass, spoilPass, startPass } from '../proven.ts'
import type { StepResult, Verification } from './job.ts'

/** Readers at once: more than one hides the disk's latency; one thread does the hashing. */
const READERS = 4

/** Progress is reported after this many files or bytes. */
const REPORT_FILES = 100
const REPORT_BYTES = 16 * 2 ** 20

/** The note of the end of the last slice. */
const CURSOR = 'verify.cursor'

/** The numbers of a re-reading. */
export interface Reread extends StepResult {
  readonly bytes: number
  /** Files left for the next slice. */
  readonly left: number
}

/** Begins a pass over all files, unless this slice continues one. Call it before any step that may spoil the pass. */
export function beginPass({ vault, sample, maxDuration, startedAt }: Verification): void {
  const { catalogue } = vault
  if (sample !== undefined || (maxDuration !== undefined && catalogue.meta(CURSOR) !== undefined)) return
  startPass(catalogue, startedAt)
}

/** Re-reads the held files: all of them, a sample, or as many after the last slice as the time allows. */
export async function reread(verification: Verification): Promise<Reread> {
  const { vault, clock, sample, maxDuration, signal, random, report } = verification
  const { catalogue } = vault
  const sliced = maxDuration !== undefined
  const cursor = sliced ? catalogue.meta(CURSOR) : undefined
  // Time counts from here: the steps before run in every slice, and must not use up a short one.
  const begun = clock.now()
  const outOfTime = (): boolean => signal.aborted || (sliced && clock.now() - begun >= maxDuration)
  const count = { checked: 0, found: 0, bytes: 0, left: 0 }
  // A slice ends by the clock, so its share of the whole says nothing.
  const total = sliced ? undefined : Math.round((await catalogue.counts.holdings()).bytes * (sample ?? 1))
  let reported = 0
  const noteProgress = (): void => {
    reported = count.bytes
    verification.emit({ event: 'progress', done: count.bytes, unit: 'bytes', ...(total !== undefined && { total }) })
  }
  noteProgress()
  let waiting = cursor !== undefined
  let last: string | undefined
  async function* due() {
    for await (const file of catalogue.eachFile()) {
      const key = keyOf(file)
      if (waiting) {
        if (key === cursor) waiting = false
        continue
      }
      if (file.state !== 'held' || (sample !== undefined && random() >= sample)) continue
      if (outOfTime()) {
        count.left += 1
        continue
      }
      last = key
      yield file
    }
  }
  await parallel(due(), { workers: READERS }, async (file) => {
    count.checked += 1
    const trouble = await rehash(vault, file)
    count.bytes += file.size
    if (trouble !== undefined) {
      count.found += 1
      catalogue.putFile({ ...withoutPath(file), state: 'damaged' })
      catalogue.setMeta('derived', undefined)
      spoilPass(catalogue)
      report({ kind: 'damaged', name: file.path, imageKey: file.imageKey, ...cured(trouble, cure(vault, file)) })
    }
    if (count.checked % REPORT_FILES === 0 || count.bytes - reported >= REPORT_BYTES) noteProgress()
  })
  if (sample === undefined) notePass(catalogue, { waiting, last, isAtEnd: count.left === 0 && !signal.aborted })
  return count
}

function notePass(
  catalogue: Catalogue,
  facts: { readonly waiting: boolean; readonly last: string | undefined; readonly isAtEnd: boolean },
): void {
  const { waiting, last, isAtEnd } = facts
  // The file at the cursor is gone: nothing was re-read, and the next slice begins anew.
  if (waiting || isAtEnd) catalogue.setMeta(CURSOR, undefined)
  else if (last !== undefined) catalogue.setMeta(CURSOR, last)
  if (!waiting && isAtEnd) completePass(catalogue)
}

/** Returns the cure for a missing or damaged file, in words. */
export const cure = (vault: Vault, file: FileRow): string =>
  vault.catalogue.item(file.albumKey, file.imageKey)?.vanishedAt === undefined
    ? 'the next backup fetches it again'
    : 'SmugMug has it no more: restore it from another copy of the vault'

const keyOf = (file: FileRow): string => JSON.stringify([file.albumKey, file.imageKey, file.component])

function withoutPath(file: FileRow & { readonly path: string }): FileRow {
  const { path: _path, ...row } = file
  return row
}

/** Hashes a file. Returns the trouble with its bytes, if there is any. */
async function rehash(vault: Vault, file: FileRow & { readonly path: string }): Promise<Plain | undefined> {
  try {
    const { md5, sha256, size } = (await hashAll(vault.storage.read(await pathOnDisk(vault.storage, file.path)))).digest()
    if (size !== file.size)
      return {
        reason: 'it has another size than when it was stored',
        detail: `${formatNumber(size)} bytes instead of ${formatNumber(file.size)}`,
      }
    return md5 === file.md5 && (file.sha256 === '' || sha256 === file.sha256)
      ? undefined
      : { reason: 'its bytes have changed since they were proven', detail: `MD5 ${md5} instead of ${file.md5}` }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return { reason: 'it cannot be read', detail: error.message }
  }
}
