import { RequestError, ServiceError } from '../../../errors.ts'
import { breathe } from '../../../flow/breathe.ts'
import type { Channel } from '../../../flow/channel.ts'
import type { Listing } from '../../../smugmug/account.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { noteElsewhere } from '../bytes/conclude.ts'
import { transferWithCompanions } from '../bytes/transfer.ts'
import { type Job, label, type Run } from '../run/run.ts'
import { rewriteHead } from '../written/records.ts'
import { done } from './finish.ts'
import type { Placement } from './folders.ts'
import { isDue, isUnchanged, type Task } from './plan.ts'
import { planAlbum } from './plan-album.ts'

/** Albums in a row without any answer that mean that SmugMug is out of reach. */
const SILENCE = 10

/**
 * Lists one album, if it must be listed, and hands on a job for each item that needs work; the others are settled at once.
 * An album that cannot be listed is a problem of its own, named in the report; it ends the run only when nothing answers any more.
 */
export async function listAlbum(run: Run, placement: Placement, jobs: Channel<Job>): Promise<void> {
  const { album } = placement
  if (run.signal.aborted) return
  if (maySkip(run, placement)) return skip(run, placement)
  const release = await run.room.acquire(album.imageCount ?? 100, run.signal)
  run.emit({
    event: 'album.started',
    album: label(album),
    albumKey: album.key,
    ...(album.imageCount !== undefined && { items: album.imageCount }),
  })
  let listing: Listing
  try {
    listing = await run.account.items(album, run.signal)
    run.silence.albums = 0
  } catch (error) {
    release()
    if (!run.signal.aborted) giveUp(run, placement, error)
    return
  }
  const planned = await planAlbum(run, placement, listing, release).catch((error: unknown) => {
    release()
    giveUp(run, placement, error)
  })
  if (planned === undefined) return
  const { work, tasks } = planned
  const toFetch = tasks.filter((task) => task.kind === 'obtain' || task.kind === 'replace').length
  run.emit({ event: 'album.listed', album: label(album), albumKey: album.key, items: work.listed, toFetch })
  for (const task of largestFirst(tasks)) {
    if (run.settings.collected === 'skip' && task.item.collected && (task.kind === 'obtain' || task.kind === 'replace')) {
      run.collected.push({ work, task })
      noteElsewhere(run, work, task)
      work.unsettled = true
      work.open -= 1
      continue
    }
    if (task.kind === 'obtain' || (task.kind === 'replace' && run.acceptChanges === true)) {
      if (!(await jobs.push({ work, task }))) return
      continue
    }
    if (task.kind === 'replace') {
      run.waiting.push({ work, task })
      work.unsettled = true
    } else await transferWithCompanions(run, { work, task })
    work.open -= 1
  }
  await done(run, work)
}

/** What takes longest begins first, so that no film trails behind when all else is done; what needs no bytes comes before. */
const largestFirst = (tasks: readonly Task[]): readonly Task[] => tasks.toSorted((a, b) => bytesOf(b) - bytesOf(a))

const bytesOf = (task: Task): number =>
  task.kind === 'obtain' && task.item.availability.kind === 'ready' ? (task.item.availability.source.size ?? 0) : Number.MAX_SAFE_INTEGER

/** Unchanged since its last complete listing, not due, nothing wrong in it, and its record is there. */
function maySkip(run: Run, { album, row }: Placement): boolean {
  if (run.full || run.selection?.byItem === true) return false
  if (!isUnchanged(row, album) || run.troubled.has(row.key) || !run.recorded.has(row.key)) return false
  return !isDue(row, { now: run.startedAt, days: run.settings.fullListingDays })
}

async function skip(run: Run, { album, row, movedFrom }: Placement): Promise<void> {
  const { catalogue } = run.vault
  await breathe()
  if (movedFrom !== undefined) await rewriteHead(run, row, album.raw())
  const states = catalogue.countStates(row.key)
  const held = (states.held ?? 0) + (states.elsewhere ?? 0)
  run.tally.unlisted(movedFrom === undefined ? 'kept' : 'moved', held)
  if ((states.impossible ?? 0) > 0) {
    for (const item of catalogue.items(row.key).filter((i) => i.state === 'impossible' && i.vanishedAt === undefined)) {
      run.tally.item({
        kind: 'impossible',
        album: label(album),
        imageKey: item.imageKey,
        name: item.name,
        reason: item.reason ?? 'unknown',
      })
    }
  }
  const listed = held + (states.impossible ?? 0)
  run.tally.album({
    album: label(album),
    key: album.key,
    listed,
    held,
    skipped: true,
    ...(album.imageCount !== undefined && { counted: album.imageCount }),
  })
}

function giveUp(run: Run, { album, row }: Placement, error: unknown): void {
  if (!(error instanceof RequestError || error instanceof ServiceError || error instanceof StorageError)) throw error
  const states = run.vault.catalogue.countStates(row.key)
  const held = (states.held ?? 0) + (states.elsewhere ?? 0)
  run.tally.problem({
    kind: 'album',
    album: label(album),
    reason: `could not be ${error instanceof StorageError ? 'brought up to date' : 'listed'}: ${error.message}`,
  })
  run.tally.album({
    album: label(album),
    key: album.key,
    listed: held,
    held,
    skipped: false,
    ...(album.imageCount !== undefined && { counted: album.imageCount }),
  })
  const silent = error instanceof RequestError && error.transient && error.status === undefined
  run.silence.albums = silent ? run.silence.albums + 1 : 0
  if (run.silence.albums < SILENCE) return
  throw new ServiceError(`SmugMug cannot be reached: ${error.message} (${SILENCE} albums in a row).`, {
    hint: 'Check the connection to the internet and run the backup again; what is stored is kept.',
    cause: error,
  })
}
