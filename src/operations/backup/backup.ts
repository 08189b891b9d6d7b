import { Channel } from '../../flow/channel.ts'
import { parallel } from '../../flow/parallel.ts'
import { together } from '../../flow/together.ts'
import { tellUnasked } from './companions.ts'
import { writeDerived } from './derived.ts'
import { tellFallbacks } from './fallbacks.ts'
import { followFolders, largestFirst } from './folders.ts'
import type { BackupJob } from './job.ts'
import { listAlbum } from './list-album.ts'
import { openRun } from './open-run.ts'
import { type Report, reported } from './report.ts'
import type { Job } from './run.ts'
import { settleChanges } from './settle.ts'
import { surveyVault } from './survey.ts'
import { transferJob } from './transfer.ts'
import { readTree, writeTree } from './tree.ts'
import { findVanished } from './vanished.ts'

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
    const [albums, survey] = await together([job.account.albums(job.signal), surveyVault(job.vault, opening)])
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
