import type { Problem } from '../../events.ts'
import { putAside } from '../../vault/aside.ts'
import type { AlbumRow, FileRow } from '../../vault/catalogue/rows.ts'
import { splitPath } from '../../vault/layout.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Plain } from '../plain.ts'
import type { CopyBounds, CopyJob } from './job.ts'

/** A copying under way. */
export interface CopyRun extends CopyJob {
  readonly bounds: CopyBounds
  readonly startedAt: number
  /** Returns the milliseconds since then. */
  elapsed(): number
  /** The brake holds: only new files come in, nothing leaves its place. */
  readonly isBraked: boolean
  /** The files that were missing or damaged in the copy before this run looked, by `keyOf`. */
  readonly unsound: ReadonlySet<string>
  /** The sidecars of every album are looked at, not only those of albums that changed. */
  readonly allWords: boolean
  /** Folders of the copy that files have left: sidecars may lie there alone. */
  readonly left: Set<string>
  readonly problems: Problem[]
  readonly tally: CopyTally
}

/** The counts of a copying: files, and the bytes that were read from the first vault. */
export interface CopyTally {
  stored: number
  adopted: number
  copied: number
  moved: number
  kept: number
  replaced: number
  failed: number
  /** Those of the failed that the first vault has no part in: the copy could not take, move or write them. */
  refused: number
  departed: number
  /** Files that were lost or damaged in the copy, and came anew. */
  mended: number
  bytes: number
  /** Records of the copy that were written. */
  records: number
}

export const noTally = (): CopyTally => ({
  ...{
    stored: 0,
    adopted: 0,
    copied: 0,
    moved: 0,
    kept: 0,
    replaced: 0,
    failed: 0,
    refused: 0,
    departed: 0,
    mended: 0,
    bytes: 0,
    records: 0,
  },
})

/** Returns a text that is different for each file of the catalogue. */
export const keyOf = ({ albumKey, imageKey, component }: Pick<FileRow, 'albumKey' | 'imageKey' | 'component'>): string =>
  `${albumKey} ${imageKey} ${component}`

/** Names something that did not come right. */
export function report(run: Pick<CopyRun, 'problems' | 'emit'>, problem: Problem): void {
  run.problems.push(problem)
  run.emit({ event: 'problem', problem })
}

/** Names something that the copy itself could not take, move or write. */
export function refuse(run: Pick<CopyRun, 'problems' | 'emit' | 'tally'>, name: string, why: Plain): void {
  run.tally.failed += 1
  run.tally.refused += 1
  report(run, { kind: 'failed', name, ...why })
}

/** The brake keeps the file that stands in the way. */
export class BrakeHolds extends Error {}

/**
 * Puts the file that stands at a path of the copy into its history. With `keep` it also stays at its path, until other bytes replace it in one
 * step. Throws `BrakeHolds` if the brake holds. Returns the new path; undefined when no file stood there.
 */
export async function setAside(
  run: CopyRun,
  path: string,
  { why, keep = false }: { readonly why: string; readonly keep?: boolean },
): Promise<string | undefined> {
  const { storage, catalogue } = run.to
  if ((await storage.stat(path)) === undefined) return undefined
  if (run.isBraked) throw new BrakeHolds()
  const to = await putAside(storage, path, { place: 'history', now: run.clock.now(), reason: { why }, keep })
  if (to === undefined) return undefined
  catalogue.strays.remove(path)
  const standing = await storage.stat(to)
  if (standing !== undefined) catalogue.strays.see({ path: to, size: standing.size, mark: standing.mark }, run.startedAt)
  return to
}

/** Frees a path of the copy. A file of another item, whose turn comes later, is noted as missing there. */
export async function makeWay(run: CopyRun, path: string): Promise<void> {
  if ((await setAside(run, path, { why: 'another file has this name in the first vault' })) === undefined) return
  const { folder, name } = splitPath(path)
  const { catalogue } = run.to
  for (const album of catalogue.albums().filter((each: AlbumRow) => each.folder === folder))
    for (const file of catalogue.files(album.key))
      if (file.name === name && file.state === 'held') catalogue.putFile({ ...file, state: 'missing' })
}

/** Runs `work`; a refusal of the disk for one file is handed to `refused`. */
export async function unlessRefused(work: () => Promise<unknown>, refused: (error: StorageError) => void): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    refused(error)
  }
}
