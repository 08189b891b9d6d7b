import { formatNumber } from '../../events.ts'
import { breathe } from '../../flow/breathe.ts'
import { DAY, stopwatch } from '../../flow/clock.ts'
import { parallel } from '../../flow/parallel.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import type { AlbumRow, FileKey, FileRow } from '../../vault/catalogue/rows.ts'
import { pathOnDisk } from '../../vault/entry-index.ts'
import { inFolder } from '../../vault/layout.ts'
import { hashFile } from '../../vault/storage/abilities.ts'
import { StorageError, UNREADABLE } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { cured, type Plain } from '../plain.ts'
import { completePass, cursorOfPass, movedInPass, notePass, passBegun, spoilPass, startPass } from '../proven.ts'
import { unreadableAlbums } from '../read-standing.ts'
import type { StepResult, Verification } from './job.ts'

/** Files that are read at once: more than one hides the disk's latency, and keeps each core busy. */
const READERS = 4

/** Progress is reported after this many files or bytes. */
const REPORT_FILES = 100
const REPORT_BYTES = 16 * 2 ** 20

/** Rows that are read from the catalogue at once. */
const SLICE = 500
const FIRST: FileKey = { albumKey: '', imageKey: '', component: '' }

/** The numbers of a re-reading. */
export interface Reread extends StepResult {
  readonly bytes: number
  /** Files left for the next slice. */
  readonly left: number
}

/** Begins a pass over all files, unless this slice continues one. Call it before any step that may spoil the pass. */
export function beginPass(verification: Verification): void {
  const { vault, sample, startedAt } = verification
  if (sample === undefined && cursorOf(verification) === undefined) startPass(vault.catalogue, startedAt)
}

/** Returns the end of the last slice, if this one continues there. */
const cursorOf = ({ vault, maxDuration, days, goesOn }: Verification): FileKey | undefined =>
  maxDuration !== undefined || days !== undefined || goesOn === true ? cursorOfPass(vault.catalogue) : undefined

/**
 * Yields the files after one in the order of their keys. A slice must not depend on folders and names: an album that is renamed between two
 * slices would come before the cursor, and would never be read. Memory does not grow with the vault.
 */
async function* filesAfter(catalogue: Catalogue, cursor: FileKey = FIRST): AsyncGenerator<FileRow & { readonly path: string }> {
  let last = cursor
  let album: AlbumRow | undefined
  for (;;) {
    const rows = catalogue.filesAfter(last, SLICE)
    for (const file of rows) {
      if (album?.key !== file.albumKey) album = catalogue.album(file.albumKey)
      if (album !== undefined) yield { ...file, path: inFolder(album.folder, file.name) }
      last = file
    }
    if (rows.length < SLICE) return
    await breathe()
  }
}

/** Yields the files that moved past the end of the last slice before they were read, then those after it. */
async function* filesOfSlice(catalogue: Catalogue, from: { readonly cursor: FileKey | undefined; readonly moved: readonly FileRow[] }) {
  for (const file of from.moved) {
    const folder = catalogue.album(file.albumKey)?.folder
    if (folder !== undefined) yield { ...file, path: inFolder(folder, file.name) }
  }
  yield* filesAfter(catalogue, from.cursor)
}

/** Returns the files that are still held of those that moved past the end of the last slice. */
const movedOf = (catalogue: Catalogue): readonly FileRow[] =>
  movedInPass(catalogue).flatMap(({ albumKey, imageKey, component }) => {
    const file = catalogue.file(albumKey, imageKey, component)
    return file?.state === 'held' ? [file] : []
  })

/**
 * Re-reads the held files: all of them, a sample, or as many after the last slice as the time allows. `spent` are the milliseconds of that time
 * that went into damaged files: at least half of it is left for the others.
 */
export async function reread(verification: Verification, spent = 0): Promise<Reread> {
  const { vault, clock, sample, maxDuration, signal, random } = verification
  const { catalogue } = vault
  const endsAfter = maxDuration === undefined ? undefined : maxDuration - Math.min(spent, maxDuration / 2)
  const cursor = cursorOf(verification)
  const moved = cursor === undefined ? [] : movedOf(catalogue)
  const movedLeft = new Map(moved.map((file) => [keyOf(file), file]))
  // Time counts from here: the steps before run in every slice, and must not use up a short one.
  const begun = clock.now()
  const elapsed = stopwatch(clock)
  const outOfTime = (): boolean => signal.aborted || (endsAfter !== undefined && elapsed() >= endsAfter)
  const count = { checked: 0, found: 0, bytes: 0, left: 0 }
  const holdings = await catalogue.counts.holdings()
  const size = { ahead: cursor === undefined ? holdings.bytes : await bytesAhead(catalogue, { cursor, moved }), reading: 0 }
  const most = shareOfToday(verification, size.ahead)
  let taken = 0
  let reported = 0
  const noteProgress = (): void => {
    reported = count.bytes
    // A sample is chosen file by file: of those ahead it takes its share.
    const total = count.bytes + size.reading + Math.min(Math.round(size.ahead * (sample ?? 1)), Math.max(0, most - taken))
    const ends = endsAfter === undefined ? {} : { endsAt: begun + endsAfter }
    verification.emit({ event: 'progress', done: count.bytes, total, unit: 'bytes', ...ends })
  }
  noteProgress()
  const unreadable = unreadableAlbums(catalogue)
  const chosen = shareOf(sample, { of: holdings.held, random })
  let last: FileKey | undefined
  async function* due() {
    for await (const file of filesOfSlice(catalogue, { cursor, moved })) {
      if (file.state !== 'held') continue
      const isChosen = chosen()
      // An album that cannot be read was named: nothing is known of its bytes.
      if (!isChosen || unreadable.has(file.albumKey)) {
        size.ahead -= file.size
        continue
      }
      if (outOfTime() || taken >= most) {
        count.left += 1
        continue
      }
      if (!movedLeft.delete(keyOf(file))) last = file
      taken += file.size
      size.ahead -= file.size
      size.reading += file.size
      yield file
    }
  }
  await parallel(due(), { workers: READERS }, async (file) => {
    count.checked += 1
    const trouble = await rehash(vault, file)
    size.reading -= file.size
    count.bytes += file.size
    if (trouble !== undefined) {
      count.found += 1
      noteDamage(verification, file, trouble)
    }
    if (count.checked % REPORT_FILES === 0 || count.bytes - reported >= REPORT_BYTES) noteProgress()
  })
  // A sample that chose no file at all is finished, too.
  if (count.bytes > reported || sample !== undefined) noteProgress()
  const isAtEnd = count.left === 0 && !signal.aborted
  if (sample === undefined)
    notePass(catalogue, isAtEnd ? { cursor: undefined, moved: [] } : { cursor: last ?? cursor, moved: [...movedLeft.values()] })
  if (sample === undefined && isAtEnd) completePass(catalogue)
  return count
}

/** Marks a file as damaged, and names it. */
function noteDamage({ vault, report }: Verification, file: FileRow & { readonly path: string }, trouble: Plain): void {
  const { catalogue } = vault
  catalogue.putFile({ ...withoutPath(file), state: 'damaged' })
  catalogue.setMeta('derived', undefined)
  spoilPass(catalogue)
  report({ kind: 'damaged', name: file.path, imageKey: file.imageKey, ...cured(trouble, cureOnceNoted(vault, cure(catalogue, file))) })
}

/** Returns a function that says for one file after the other whether it is read: in all the whole share, at least one, each as likely as any other. */
function shareOf(sample: number | undefined, { of, random }: { readonly of: number; readonly random: () => number }): () => boolean {
  let ahead = of
  let wanted = Math.ceil(of * (sample ?? 1))
  return () => {
    const isChosen = sample === undefined || random() * ahead < wanted
    ahead -= 1
    if (isChosen) wanted -= 1
    return isChosen
  }
}

/** Returns the bytes to read today, so that those ahead are read within the days that are left; all where no days were given. */
function shareOfToday({ vault, days, startedAt }: Verification, ahead: number): number {
  if (days === undefined) return Number.POSITIVE_INFINITY
  const passed = Math.floor((startedAt - (passBegun(vault.catalogue) ?? startedAt)) / DAY)
  return Math.max(1, Math.ceil(ahead / Math.min(days, Math.max(1, days - passed))))
}

/** Adds up the bytes of the held files that are still to be read after the last slice. */
async function bytesAhead(catalogue: Catalogue, from: Parameters<typeof filesOfSlice>[1]): Promise<number> {
  let bytes = 0
  for await (const file of filesOfSlice(catalogue, from)) if (file.state === 'held') bytes += file.size
  return bytes
}

/** Returns the cure for a trouble that only reading has shown: where nothing of it may be noted, the next backup does not know of it. */
export const cureOnceNoted = ({ mode }: Pick<Vault, 'mode'>, cure: string): string =>
  mode === 'write' ? cure : `${cure}, once verify has found this where the vault can be written to`

/** Returns the cure for a missing or damaged file, in words. */
export const cure = (catalogue: Catalogue, file: FileRow): string =>
  catalogue.item(file.albumKey, file.imageKey)?.vanishedAt === undefined
    ? 'the next backup fetches it again'
    : 'SmugMug has it no more: the next backup takes it from a copy of yours that has it, else put it back yourself'

const keyOf = (file: FileKey): string => JSON.stringify([file.albumKey, file.imageKey, file.component])

function withoutPath(file: FileRow & { readonly path: string }): FileRow {
  const { path: _path, ...row } = file
  return row
}

/** The trouble with a damaged file that was not read again. */
export const notAsStored = ({ size }: FileRow): Plain => ({
  reason: 'not what was stored',
  detail: `it should have ${formatNumber(size)} bytes`,
})

/**
 * Reads a damaged file again. It counts as held again if its bytes are those that were proven: a disk that
 * refused it for a moment had damaged nothing. Returns the trouble with it otherwise.
 */
export async function readDamaged({ vault, report }: Verification, file: FileRow & { readonly path: string }): Promise<Plain | undefined> {
  const { catalogue, storage } = vault
  const other = notAsStored(file)
  const path = await pathOnDisk(storage, file.path)
  // Looked at before it is read: a change in between gives it another mark.
  const entry = await storage.stat(path)
  if (entry?.size !== file.size) return other
  const trouble = await rehash(vault, file)
  if (trouble !== undefined) return trouble.reason === UNREAD ? trouble : other
  catalogue.putFile({ ...withoutPath(file), state: 'held' })
  catalogue.noteMark(file, { seen: entry.mark })
  catalogue.strays.remove(path)
  catalogue.setMeta('derived', undefined)
  report({ kind: 'notice', name: file.path, imageKey: file.imageKey, reason: cureOnceNoted(vault, RIGHT_AGAIN) })
  return undefined
}

/** Returns what a look at a file has found, or that the disk refused the look. */
export async function lookAt(look: () => Promise<Plain | undefined>): Promise<Plain | undefined> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return { reason: UNREAD, detail: error.message }
  }
}

const RIGHT_AGAIN = 'it was called damaged, and its bytes are those that were proven: it is held again'
const UNREAD = 'it cannot be read'

/** Hashes a file. Returns the trouble with its bytes, if there is any. */
async function rehash(vault: Vault, file: FileRow & { readonly path: string }): Promise<Plain | undefined> {
  try {
    const { md5, sha256, size } = await hashFile(vault.storage, await pathOnDisk(vault.storage, file.path))
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
    if (error.code === UNREADABLE) return { reason: 'its bytes have changed since they were proven', detail: error.message }
    return { reason: UNREAD, detail: error.message }
  }
}
