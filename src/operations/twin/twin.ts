import { createHash } from 'node:crypto'
import type { Problem } from '../../events.ts'
import { formatCount } from '../../events.ts'
import { noTotals } from '../../model.ts'
import { TWIN_FILES } from '../../twin/format.ts'
import { layout } from '../../vault/layout.ts'
import { type RecordedTree, readTree } from '../../vault/reading/tree.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Outcome } from '../outcome.ts'
import { writeData } from './data.ts'
import { gather } from './gather.ts'
import { shownTree } from './nodes.ts'
import { writePages } from './pages.ts'
import { forgetGone, sweepPictures } from './picture-files.ts'
import { countDuePictures, makePictures } from './pictures.ts'
import type { TwinJob, TwinRun } from './run.ts'

/**
 * Brings the twin up to date: the records that changed are read into the list, then its data, its pages, and last the index that leads to
 * the data. A twin that is being written, or was broken off, is the old one, whole. A run without changes writes nothing.
 */
export async function makeTwin(job: TwinJob): Promise<Outcome> {
  const startedAt = job.clock.now()
  const problems: Problem[] = []
  const tree = await treeOf(job, problems)
  const run = underWay(job, tree, problems)

  await gather(run)
  await forgetGone(run)
  // Thumbnails of a large vault take hours: until then it can be looked at without them.
  let written = countDuePictures(run) > MANY_PICTURES ? (await writeSite(run, tree)).written : 0
  await makePictures(run)
  const pages = await writeSite(run, tree)
  written += pages.written
  await sweepPictures(run)

  const foreign = problems.length
  return {
    exitCode: foreign > 0 ? 3 : 0,
    message:
      written === 0
        ? `The twin is up to date: ${formatCount(pages.pages, 'page')}.`
        : `The twin is ready: ${formatCount(pages.pages, 'page')}. Open index.html in ${job.vault.root}.`,
    totals: { ...noTotals, durationMs: job.clock.now() - startedAt },
    problems,
  }
}

/** Pictures in a minute or so. */
const MANY_PICTURES = 1000

/** Writes everything that is out of date, the index last. Returns the number of files written, and of the pages that there are. */
async function writeSite(run: TwinRun, tree: RecordedTree | undefined): Promise<{ readonly written: number; readonly pages: number }> {
  run.signal.throwIfAborted()
  const { index, isChanged } = await writeData(run)
  const assets = await run.write(run.assets.map(({ path, bytes }) => fileOf(`${TWIN_FILES}/${path}`, bytes)))
  const pages = await writePages(run, shownTree(run, tree))
  return { written: assets + pages.written + (await run.write([index])) + (isChanged ? 1 : 0), pages: pages.paths.size }
}

/** Returns the account's tree. One that cannot be read is named. */
export async function treeOf({ vault }: TwinJob, problems: Problem[]): Promise<RecordedTree | undefined> {
  try {
    return await readTree(vault.storage)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    problems.push({ kind: 'damaged', name: layout.tree, reason: `cannot be read (${error.message}); the next backup writes it anew` })
    return undefined
  }
}

/** Returns a run of this job. */
export function underWay(job: TwinJob, tree: RecordedTree | undefined, problems: Problem[]): TwinRun {
  const title = tree?.account.name ?? tree?.account.nickName ?? job.vault.catalogue.meta('account') ?? 'Photos'
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
    site: { title: title === '' ? 'Photos' : title, isLive: false },
    report,
    file: (path, text) => fileOf(path, Buffer.from(text)),
    fileOfBytes: fileOf,
    hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 10),
    write: (files) => job.files.write(files, (path, reason) => report({ kind: 'failed', name: path, reason })),
  }
}

const fileOf = (path: string, bytes: Uint8Array) => ({ path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') })
