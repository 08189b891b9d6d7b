import { RequestError, ServiceError } from '../../../errors.ts'
import { albumLabel } from '../../../events.ts'
import { breathe } from '../../../flow/breathe.ts'
import type { Channel } from '../../../flow/channel.ts'
import type { Listing } from '../../../smugmug/account.ts'
import { heldItems } from '../../../vault/catalogue/counts.ts'
import { needFolder } from '../../../vault/storage/abilities.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { isUnchanged } from '../../compare.ts'
import { plain, prefixed } from '../../plain.ts'
import { noteElsewhere } from '../bytes/conclude.ts'
import { expectingNew } from '../bytes/old-version.ts'
import { carryOut } from '../bytes/transfer.ts'
import type { Job } from '../run/album-under-way.ts'
import { listingReason } from '../run/due.ts'
import { expectedIn } from '../run/forecast.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import { heldIn, type Run } from '../run/run.ts'
import { rewriteHead } from '../written/records.ts'
import { done } from './finish.ts'
import type { Placement } from './folders.ts'
import { sizeOf, type Task } from './plan.ts'
import { type AlbumPlan, planAlbum } from './plan-album.ts'
import { largestFirst, type Route, routeOf } from './route.ts'

/** The room of an album that SmugMug does not count, in items. */
const UNCOUNTED = 100
/** The most items that come in one answer. */
const ONE_PAGE = 100
/** The text of a usual item, in characters. */
const USUAL_TEXT = 10_000

/**
 * Lists one album, if it must be listed, and passes on a job for each item that needs bytes; other items are settled at once.
 * An album that cannot be listed is named in the report. It ends the run only if nothing answers any more.
 */
export async function listAlbum(run: Run, placement: Placement, jobs: Channel<Job>): Promise<void> {
  const { album, row } = placement
  if (run.signal.aborted) return
  if (run.unreadable.has(row.key)) {
    noteUnlisted(run, placement)
    return countAlbum(run, album, { listed: album.imageCount ?? 0, held: 0, skipped: true })
  }
  if (listingReason(run.due, row, album) === undefined) return skip(run, placement)
  const room = { release: await run.room.acquire(album.imageCount ?? UNCOUNTED, run.signal) }
  const plan = await listAndPlan(run, placement, room).catch((error: unknown) => {
    room.release()
    if (!run.signal.aborted) giveUp(run, placement, error)
  })
  if (plan !== undefined) await handOut(run, plan, jobs)
}

/** Room for the items of an album, until it is given back. */
interface HeldRoom {
  release: () => void
}

async function listAndPlan(run: Run, placement: Placement, room: HeldRoom): Promise<AlbumPlan> {
  const { album, row } = placement
  await needFolder(run.vault.storage, row.folder)
  const named = { album: albumLabel(album), albumKey: album.key }
  const expected = expectedIn(run, placement)
  run.emit({ event: 'album.started', ...named, ...(album.imageCount !== undefined && { items: album.imageCount }), expected })
  const listing = await listingOf(run, placement)
  run.reach.albums.answered()
  await makeRoomForText(run, listing, room)
  const plan = await planAlbum(run, placement, { listing, release: () => room.release() })
  const sizes = plan.tasks.filter(run.counts).map((task) => sizeOf(task).size)
  const bytes = sizes.reduce((sum: number, size = 0) => sum + size, 0)
  const unsized = sizes.filter((size) => size === undefined).length
  run.emit({ event: 'album.listed', ...named, items: plan.album.itemCount, toFetch: sizes.length, bytes, unsized })
  return plan
}

/**
 * Lists an album. If a list of several pages lacks an item that was there before, lists it once more: while an album changes, its pages may leave out one that
 * SmugMug has, although their number is right.
 */
async function listingOf(run: Run, { album, row }: Placement): Promise<Listing> {
  const listing = await run.account.items(album, run.signal)
  if (!listing.complete || listing.items.length <= ONE_PAGE) return listing
  const listed = new Set(listing.items.map(({ imageKey }) => imageKey))
  const isGone = run.vault.catalogue.items(row.key).some(({ imageKey, vanishedAt }) => vanishedAt === undefined && !listed.has(imageKey))
  return isGone ? await run.account.items(album, run.signal) : listing
}

/** Exchanges the room of an album for more, if its texts are longer than its number of items lets expect. */
async function makeRoomForText(run: Run, { items }: Listing, room: HeldRoom): Promise<void> {
  const weight = Math.ceil(items.reduce((sum, { raw }) => sum + raw.length, 0) / USUAL_TEXT)
  if (weight <= Math.max(items.length, UNCOUNTED)) return
  // Given back first: two albums that each wait for more while they hold some would wait for ever.
  room.release()
  room.release = () => undefined
  room.release = await run.room.acquire(weight, run.signal)
}

/** Sends each task of an album on its route; the album is finished when the last of them has its outcome. */
async function handOut(run: Run, { album, tasks }: AlbumPlan, jobs: Channel<Job>): Promise<void> {
  const { changes, settings, acceptChanges = false } = run
  const route = (task: Task): Route => routeOf(task, { collected: settings.collected, acceptChanges })
  const all = largestFirst(tasks).map((task) => ({ album, task }))
  for (const job of expectingNew(run, all, ({ task }) => route(task) === 'loaders')) {
    switch (route(job.task)) {
      case 'loaders':
        if (!(await jobs.push(job))) return
        continue
      case 'after all listings':
        changes.collected.push(job)
        noteElsewhere(run, job)
        album.settlesLater = true
        break
      case 'after the brake':
        changes.waiting.push(job)
        album.settlesLater = true
        break
      case 'now':
        await carryOut(run, job)
    }
    album.open -= 1
  }
  await done(run, album)
}

/** Counts an album that need not be listed: it is unchanged since its last complete listing, not due, and without trouble. */
async function skip(run: Run, { album, row, movedFrom, isRenamed }: Placement): Promise<void> {
  const { catalogue } = run.vault
  await breathe()
  if (isRenamed) {
    const isWhole = await ownTrouble(
      () => rewriteHead(run, row, album.raw()),
      refused(run, { album: albumLabel(album) }, 'its record could not be written'),
    )
    if (isWhole !== true) catalogue.putAlbum({ ...row, listedAt: undefined })
  }
  const states = catalogue.counts.states(row.key)
  const held = heldItems(states)
  run.tally.unlisted(albumLabel(album), held, movedFrom)
  const items = states.impossible === undefined ? [] : catalogue.items(row.key)
  const impossible = items.filter((item) => item.state === 'impossible' && item.vanishedAt === undefined)
  for (const { imageKey, name, reason = 'unknown' } of impossible) {
    run.tally.item({ kind: 'impossible', album: albumLabel(album), albumKey: album.key, imageKey, name, reason })
  }
  countAlbum(run, album, { listed: held + impossible.length, held, skipped: true })
}

/** Names an album that could not be listed or brought up to date. Throws an error that concerns the whole run. */
function giveUp(run: Run, placement: Placement, error: unknown): void {
  if (!(error instanceof RequestError || error instanceof ServiceError || error instanceof StorageError)) throw error
  noteUnlisted(run, placement)
  const { album, row } = placement
  const what = error instanceof StorageError ? 'brought up to date' : 'listed'
  run.tally.problem({ kind: 'album', album: albumLabel(album), ...prefixed(`could not be ${what}`, plain(error)) })
  const held = heldIn(run, row.key, album.imageCount)
  countAlbum(run, album, { listed: held, held, skipped: false })
  run.reach.albums.failed(error)
}

/** Notes an album that was not listed, if it is new or has changed: photos of other albums may have moved there. */
function noteUnlisted({ changes }: Run, { album, row }: Placement): void {
  if (album.imageCount !== 0 && (row.listedAt === undefined || !isUnchanged(row, album))) changes.unlist(album)
}

function countAlbum(
  run: Run,
  album: Placement['album'],
  count: { readonly listed: number; readonly held: number; readonly skipped: boolean },
): void {
  const counted = album.imageCount === undefined ? {} : { counted: album.imageCount }
  run.tally.album({ album: albumLabel(album), key: album.key, ...count, ...counted })
}
