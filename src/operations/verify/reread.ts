import { hashAll } from '../../flow/checked.ts'
import { parallel } from '../../flow/parallel.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { pathOnDisk } from '../../vault/entry-index.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { StepResult, Verification } from './job.ts'

/** Readers at once: hides the disk's latency, hashing itself is one thread's work. */
const READERS = 4

/** Notes in the catalogue: where the last slice stopped, when the pass over all files began, whether it found anything, when one was clean. */
const CURSOR = 'verify.cursor'
const BEGUN = 'verify.begun'
const SPOILT = 'verify.spoilt'
const COMPLETED = 'verify.completed'

/** How far a step came. */
export interface Reread extends StepResult {
  readonly bytes: number
  /** Files to go on with next time. */
  readonly left: number
}

/** Something is missing or damaged: the pass over all files that is under way does not prove everything. */
export const spoilPass = (catalogue: Catalogue): void => catalogue.setMeta(SPOILT, '1')

/** When everything held was last re-read and found right, in milliseconds since 1970. */
export function lastFullyProven(catalogue: Catalogue): number | undefined {
  const completed = catalogue.meta(COMPLETED)
  return completed === undefined ? undefined : Number(completed)
}

/** Begins a pass over all files, unless one that stopped is gone on with. Before any step that may spoil it. */
export function beginPass({ vault, sample, maxDuration, startedAt }: Verification): void {
  const { catalogue } = vault
  if (sample !== undefined || (maxDuration !== undefined && catalogue.meta(CURSOR) !== undefined)) return
  catalogue.setMeta(BEGUN, String(startedAt))
  catalogue.setMeta(SPOILT, undefined)
}

/** Re-reads what is held: all of it, a sample, or from where the last slice stopped for as long as there is time. */
export async function reread(verification: Verification): Promise<Reread> {
  const { vault, clock, sample, maxDuration, signal, random, tell } = verification
  const { catalogue } = vault
  const sliced = maxDuration !== undefined
  const cursor = sliced ? catalogue.meta(CURSOR) : undefined
  // From here on: what comes before takes its time in every slice, and must not use up all of a short one.
  const begun = clock.now()
  const outOfTime = (): boolean => signal.aborted || (sliced && clock.now() - begun >= maxDuration)
  const count = { checked: 0, found: 0, bytes: 0, left: 0 }
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
    count.bytes += file.size
    const trouble = await rehash(vault, file)
    if (trouble !== undefined) {
      count.found += 1
      catalogue.putFile({ ...withoutPath(file), state: 'damaged' })
      catalogue.setMeta('derived', undefined)
      spoilPass(catalogue)
      tell({ kind: 'damaged', name: file.path, imageKey: file.imageKey, reason: `${trouble}; ${cure(vault, file)}` })
    }
    if (count.checked % 100 === 0) verification.emit({ event: 'progress', done: count.bytes, unit: 'bytes' })
  })
  if (sample === undefined) notePass(catalogue, { waiting, last, isAtEnd: count.left === 0 && !signal.aborted })
  return count
}

function notePass(
  catalogue: Catalogue,
  facts: { readonly waiting: boolean; readonly last: string | undefined; readonly isAtEnd: boolean },
): void {
  const { waiting, last, isAtEnd } = facts
  // The file the cursor stood at is gone: nothing was re-read, and the next slice begins anew.
  if (waiting || isAtEnd) catalogue.setMeta(CURSOR, undefined)
  else if (last !== undefined) catalogue.setMeta(CURSOR, last)
  if (!waiting && isAtEnd && catalogue.meta(SPOILT) === undefined) catalogue.setMeta(COMPLETED, catalogue.meta(BEGUN))
}

/** What can be done about a file that is not as it was. */
export const cure = (vault: Vault, file: FileRow): string =>
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
    const { md5, sha256, size } = (await hashAll(vault.storage.read(await pathOnDisk(vault.storage, file.path)))).digest()
    if (size !== file.size) return `it has ${size.toLocaleString('en')} bytes instead of ${file.size.toLocaleString('en')}`
    return md5 === file.md5 && (file.sha256 === '' || sha256 === file.sha256) ? undefined : 'its bytes have changed since they were proven'
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return `it cannot be read (${error.message})`
  }
}
