import { Channel } from '../../flow/channel.ts'
import { parallel } from '../../flow/parallel.ts'
import { together } from '../../flow/together.ts'
import { checkPatterns, folderPaths, warnOfIdleKeywords } from '../selection.ts'
import { checkGeneration } from '../state.ts'
import { surveyVault } from '../survey.ts'
import { followFolders, largestFirst } from './album/folders.ts'
import { listAlbum } from './album/list.ts'
import { finishMoves } from './album/move-folders.ts'
import { reportUnasked } from './bytes/companions.ts'
import { transferJob } from './bytes/transfer.ts'
import type { BackupJob } from './job.ts'
import { openRun } from './open-run.ts'
import { reportFallbacks } from './report/fallbacks.ts'
import { type Report, reported } from './report/report.ts'
import type { Job } from './run/run.ts'
import { bringBack } from './settle/bring-back.ts'
import { clearLeftovers } from './settle/leftovers.ts'
import { settleChanges } from './settle/settle.ts'
import { writeDerived } from './written/derived.ts'
import { readTree, writeTree } from './written/tree-file.ts'

/**
 * Brings the vault up to date with the account: fetches and proves what is new, renames and moves what was renamed or moved there,
 * puts what was replaced into history, marks what vanished. What is held already costs nothing.
 *
 * One item's trouble is an outcome in the report. An error that concerns the whole run (the sign-in, the destination, an interruption)
 * reaches every part at once and becomes the report's exit code. Only a bug throws.
 */
export const backup = (job: BackupJob): Promise<Report> =>
  reported(job, async (opening) => {
    const owner = await job.account.owner(job.signal)
    await checkGeneration(job.vault, opening.emit)
    await finishMoves(job.vault)
    const surveying = surveyVault(job.vault, { ...opening, respell: true })
    const [albums, survey] = await together([job.account.albums(opening.signal), surveying], opening.abort)
    const { account, selection } = job
    await checkPatterns({ selection, albums, emit: job.emit, folders: () => folderPaths(account, opening.signal) })
    const run = openRun(opening, { owner, albums, survey })
    const placements = largestFirst(await followFolders(run))

    const jobs = new Channel<Job>(run.bounds.queue)
    run.signal.addEventListener('abort', () => jobs.close({ drop: true }))
    const { concurrentAlbums, concurrentDownloads } = run.settings
    const listing = parallel(placements, { workers: concurrentAlbums, failed: run.abort }, (album) => listAlbum(run, album, jobs))
    const loading = parallel(jobs, { workers: concurrentDownloads, failed: run.abort }, (each) => transferJob(run, each))
    const [, , tree] = await together([listing.finally(() => jobs.close()), loading, readTree(run)], run.abort)

    const braked = run.signal.aborted ? undefined : await settleChanges(run)
    await bringBack(run)
    if (braked === undefined) await clearLeftovers(run, survey.strayRecords)
    warnOfIdleKeywords(selection, job.emit)
    reportUnasked(run)
    reportFallbacks(run)
    await writeTree(run, tree)
    await writeDerived(run, survey)
    return braked
  })
