import { createHash } from 'node:crypto'
import type { Problem } from '../../events.ts'
import { formatCount } from '../../events.ts'
import { stopwatch } from '../../flow/clock.ts'
import { fileAt } from '../../flow/file-at.ts'
import { noTotals } from '../../model.ts'
import { TWIN_FILES } from '../../twin/format.ts'
import { layout, PAGE } from '../../vault/layout.ts'
import { type RecordedTree, readTree } from '../../vault/reading/tree.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { fileOf } from '../../vault/text-file.ts'
import type { Outcome } from '../outcome.ts'
import { cured, unreadableRecord } from '../plain.ts'
import { writeData } from './data.ts'
import { gather } from './gather.ts'
import { shownTree, type TwinNode } from './nodes.ts'
import { writePages } from './pages.ts'
import { copyPhotos } from './photos.ts'
import { forgetGone, sweepPictures } from './picture-files.ts'
import { countDuePictures, makePictures } from './pictures.ts'
import type { TwinJob, TwinRun } from './run.ts'
import { forgetChanged, sweepFiles, sweepPartials } from './stale.ts'
import { titleOf } from './title.ts'

/** The end of a twin. */
export interface TwinOutcome extends Outcome {
  /** The number of files that were written or removed; 0 if nothing had changed. */
  readonly written: number
  /** Present if something of a person's stands in the way of all of it. */
  readonly isBlocked?: true
}

/**
 * Brings the twin up to date: the records that changed are read into the list, then its data, its pages, and last the index that leads to
 * the data. A twin that is being written, or was broken off, is the old one, whole. A run without changes writes nothing.
 */
export async function makeTwin(job: TwinJob): Promise<TwinOutcome> {
  const elapsed = stopwatch(job.clock)
  const problems: Problem[] = []
  const tree = await treeOf(job, problems)
  const run = underWay(job, tree, problems)

  // Without a memory no file is known to be ours: everything is compared with the disk.
  if (run.files.isEmpty()) run.shown.forgetFiles()
  await sweepPartials(run)
  await forgetChanged(run)
  const unread = await gather(run, tree)
  await forgetGone(run)
  const copied = await copyPhotos(run)
  // Thumbnails of a large vault take hours: until then it can be looked at without them.
  let written = countDuePictures(run) > MANY_PICTURES ? (await writeSite(run, tree)).written : 0
  await makePictures(run)
  const site = await writeSite(run, tree)
  written += copied + site.written + (await sweepFiles(run, new Set([...site.paths, ...unread])))
  await sweepPictures(run)
  run.shown.flush()
  return outcomeOf(run, { ...site, written, problems, durationMs: elapsed() })
}

interface Site {
  /** The number of files written. */
  readonly written: number
  /** The paths of the pages, the index and the albums' file. */
  readonly paths: ReadonlySet<string>
  readonly pages: number
  readonly top: TwinNode
}

function outcomeOf(run: TwinRun, facts: Site & { readonly problems: readonly Problem[]; readonly durationMs: number }): TwinOutcome {
  const { written, pages, top, problems, durationMs } = facts
  const size = `${formatCount(pages, 'page')}, ${formatCount(top.items, 'item')}`
  const open = `Open ${fileAt(run.target.location, PAGE)}`
  const trouble = problems.length === 0 ? '' : `, but ${formatCount(problems.length, 'file')} of it could not be made`
  const isSame = written === 0 && problems.length === 0
  return {
    exitCode: problems.length > 0 ? 3 : 0,
    message: isSame ? `The twin is up to date: ${size}. ${open}` : `The twin is ready${trouble}: ${size}. ${open}`,
    totals: {
      ...noTotals,
      albums: run.shown.albums().length,
      items: top.items,
      kept: top.items,
      durationMs,
    },
    problems,
    written,
  }
}

/** Pictures in a minute or so. */
const MANY_PICTURES = 1000

/** Writes everything that is out of date, the index last. Returns the number of files written, and of the pages that there are. */
export async function writeSite(run: TwinRun, tree: RecordedTree | undefined): Promise<Site> {
  run.signal.throwIfAborted()
  const { index, isChanged, albums } = await writeData(run)
  const assets = await run.write(run.assets.map(({ path, bytes }) => run.fileOfBytes(`${TWIN_FILES}/${path}`, bytes)))
  const top = shownTree(run, tree)
  const pages = await writePages(run, top)
  const written = assets + pages.written + (await run.write([index])) + (isChanged ? 1 : 0)
  return { written, paths: new Set([...pages.paths, index.path, albums]), pages: pages.paths.size, top }
}

/** Returns the account's tree. One that cannot be read is named. */
export async function treeOf({ vault, emit }: TwinJob, problems: Problem[]): Promise<RecordedTree | undefined> {
  try {
    return await readTree(vault.storage)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    const problem: Problem = { kind: 'damaged', name: layout.tree, ...cured(unreadableRecord(error), 'the next backup writes it anew') }
    problems.push(problem)
    emit({ event: 'problem', problem })
    return undefined
  }
}

/** Returns a run of this job. */
export function underWay(job: TwinJob, tree: RecordedTree | undefined, problems: Problem[]): TwinRun {
  const known = new Set<string>()
  const report = (problem: Problem): void => {
    // The pages are written twice where many thumbnails are to be made.
    const text = JSON.stringify(problem)
    if (known.has(text)) return
    known.add(text)
    problems.push(problem)
    job.emit({ event: 'problem', problem })
  }
  return {
    ...job,
    site: { title: titleOf(tree, job.vault), isLive: false },
    report,
    file: (path, text) => fileOf(path, Buffer.from(text)),
    fileOfBytes: fileOf,
    hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 10),
    write: (files) =>
      job.files.write(files, (path, reason, more) => {
        job.shown.forgetFile(path)
        report({ kind: 'failed', name: path, reason, ...more })
      }),
  }
}
