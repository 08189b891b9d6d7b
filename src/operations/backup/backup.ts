import { Channel } from '../../flow/channel.ts'
import { parallel } from '../../flow/parallel.ts'
import { together } from '../../flow/together.ts'
import { done } from './album/finish.ts'
import { followFolders } from './album/folders.ts'
import { listAlbum } from './album/list.ts'
import { carryOut } from './bytes/transfer.ts'
import type { BackupJob } from './job.ts'
import { openRun, surveyed } from './open-run.ts'
import { reportNotices } from './report/notices.ts'
import type { Report } from './report/report.ts'
import { reported } from './report/reported.ts'
import type { Job } from './run/album-under-way.ts'
import { forecast } from './run/forecast.ts'
import { noteListings } from './run/looks.ts'
import { settle } from './settle/settle.ts'
import { writeDerived } from './written/derived.ts'
import { findLoneSidecars } from './written/sidecar-homes.ts'
import { readTree, writeTree } from './written/tree-file.ts'

/**
 * Brings the vault up to date with the account: fetches and proves new items, follows renames and moves, puts replaced files into history,
 * marks vanished items. Items that are held already cost nothing.
 *
 * One item's trouble is an outcome in the report. An error that concerns the whole run (the sign-in, the destination, an interruption)
 * reaches every part at once and becomes the report's exit code. Only a bug throws.
 */
export const backup = (job: BackupJob): Promise<Report> =>
  reported(job, async (opening) => {
    const owner = await job.account.owner(job.signal)
    const [albums, survey] = await together([job.account.albums(opening.signal), surveyed(opening)], opening.abort)
    const run = await openRun(opening, { owner, albums, survey })
    const placements = await followFolders(run, survey)
    await findLoneSidecars(run, survey)
    await forecast(run, placements)

    const jobs = new Channel<Job>(run.bounds.queue)
    run.signal.addEventListener('abort', () => jobs.close({ drop: true }))
    const { concurrentAlbums, concurrentDownloads } = run.settings
    const listing = parallel(placements, { workers: concurrentAlbums, failed: run.abort }, (placement) => listAlbum(run, placement, jobs))
    const loading = parallel(jobs, { workers: concurrentDownloads, failed: run.abort }, async (each) => {
      await carryOut(run, each)
      await done(run, each.album)
    })
    const [, , tree] = await together([listing.finally(() => jobs.close()), loading, readTree(run)], run.abort)

    const braked = await settle(run, { survey, tree })
    await noteListings(run)
    reportNotices(run)
    await writeTree(run, tree)
    await writeDerived(run, survey)
    return braked
  })
