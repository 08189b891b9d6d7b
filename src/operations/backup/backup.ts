import { Channel } from '../../flow/channel.ts'
import { parallel } from '../../flow/parallel.ts'
import { together } from '../../flow/together.ts'
import { surveyVault } from '../survey.ts'
import { followFolders, largestFirst } from './album/folders.ts'
import { listAlbum } from './album/list.ts'
import { tellUnasked } from './bytes/companions.ts'
import { transferJob } from './bytes/transfer.ts'
import type { BackupJob } from './job.ts'
import { openRun } from './open-run.ts'
import { tellFallbacks } from './report/fallbacks.ts'
import { type Report, reported } from './report/report.ts'
import type { Job } from './run/run.ts'
import { findVanished } from './settle/bring-back.ts'
import { settleChanges } from './settle/settle.ts'
import { writeDerived } from './written/derived.ts'
import { readTree, writeTree } from './written/tree-file.ts'

/** Jobs that wait for a loader: enough to keep all of them busy while the next album is listed. */
const QUEUE = 256

/**
 * Brings the vault up to date with the account: what is new is fetched and proven, what was renamed or moved is renamed and moved,
 * what was replaced goes to history, what vanished is marked. What is held already costs nothing.
 *
 * One item's trouble is an outcome in the report. What ends a run early (the sign-in, the destination, an interruption) is the
 * report's exit code. Only a bug throws.
 */
export const backup = (job: BackupJob): Promise<Report> =>
  reported(job, async (opening) => {
    const owner = await job.account.owner(job.signal)
    const [albums, survey] = await together([job.account.albums(job.signal), surveyVault(job.vault, { ...opening, respell: true })])
    const run = openRun(opening, { owner, albums, survey })
    const placements = largestFirst(await followFolders(run))

    const jobs = new Channel<Job>(QUEUE)
    const stop = (): void => jobs.close({ drop: true })
    run.signal.addEventListener('abort', stop)
    const listing = parallel(placements, { workers: run.settings.concurrentAlbums }, (album) => listAlbum(run, album, jobs))
    const loading = parallel(jobs, { workers: run.settings.concurrentDownloads }, (each) => transferJob(run, each))
    const [, , tree] = await together([listing.finally(() => jobs.close()), loading, readTree(run)], run.abort)

    const braked = run.signal.aborted ? undefined : await settleChanges(run)
    await findVanished(run)
    tellUnasked(run)
    tellFallbacks(run)
    await writeTree(run, tree)
    await writeDerived(run, survey)
    return braked
  })
