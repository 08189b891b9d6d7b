import { Channel } from '../../flow/channel.ts'
import { parallel } from '../../flow/parallel.ts'
import { together } from '../../flow/together.ts'
import type { Survey } from '../survey.ts'
import { done } from './album/finish.ts'
import { followFolders, type Placements } from './album/folders.ts'
import { listAlbum } from './album/list.ts'
import { carryOut } from './bytes/transfer.ts'
import type { BackupJob } from './job.ts'
import { openRun, surveyed } from './open-run.ts'
import { reportNotices } from './report/notices.ts'
import type { Report } from './report/report.ts'
import { type Opening, reported } from './report/reported.ts'
import type { Job } from './run/album-under-way.ts'
import { forecast } from './run/forecast.ts'
import { noteListings } from './run/looks.ts'
import type { Run } from './run/run.ts'
import { isUsual } from './settle/doubt.ts'
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
    const { run, survey, placements } = await begin(opening)
    const jobs = new Channel<Job>(run.bounds.queue)
    run.signal.addEventListener('abort', () => jobs.close({ drop: true }))
    const { concurrentAlbums, concurrentDownloads } = run.settings
    const listing = parallel(placements.taken(), { workers: concurrentAlbums, failed: run.abort }, (placement) =>
      listAlbum(run, placement, jobs),
    )
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

/**
 * Reads the list of albums and the vault's folders, and gives each album its folder. A function of its own, because it must not keep the
 * list: an album leaves the memory when it has been listed.
 */
async function begin(opening: Opening): Promise<{ readonly run: Run; readonly survey: Survey; readonly placements: Placements }> {
  const { account, selection, signal } = opening.job
  const owner = await account.owner(signal)
  const [albums, survey] = await together(
    [account.albums(opening.signal, (...list) => isUsual(opening, ...list)), surveyed(opening)],
    opening.abort,
  )
  const chosen = selection === undefined ? albums : albums.filter((album) => selection.album(album))
  const run = await openRun(opening, { owner, albums, chosen, survey })
  const placements = await followFolders(run, { albums, chosen, survey })
  await findLoneSidecars(run, survey)
  await forecast(run, placements)
  return { run, survey, placements }
}
