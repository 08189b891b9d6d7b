import { breathe } from '../../../flow/breathe.ts'
import { parallel } from '../../../flow/parallel.ts'
import type { TreeNode } from '../../../smugmug/account.ts'
import type { AlbumRow, FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import { splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import type { Survey } from '../../survey.ts'
import { settleAlbum } from '../album/finish.ts'
import { moveCompanions } from '../bytes/companions.ts'
import { expectingNew } from '../bytes/old-version.ts'
import { firstStanding, putReplacedAway, setAside } from '../bytes/place.ts'
import { standingPath } from '../bytes/strays.ts'
import { carryOut } from '../bytes/transfer.ts'
import type { Job } from '../run/album-under-way.ts'
import { ownTrouble, pruneQuietly, refused, rethrown } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { rewriteHead } from '../written/records.ts'
import { removeSidecar, sidecarsFollow } from '../written/sidecars.ts'
import { bringBack } from './bring-back.ts'
import { doubtOf, noteUsual } from './doubt.ts'
import { type Braked, hold, holdReplacements } from './hold.ts'
import { hasNewHome, isAtHome, isWaitedFor, newHome } from './homes.ts'
import { clearLeftovers } from './leftovers.ts'
import { noteLostPasts, vanish, vanishAlbum } from './vanish.ts'

/** Settles everything that had to wait for all listings, and clears up after killed runs. Returns the brake's numbers if it stopped the run. */
export async function settle(
  run: Run,
  { survey, tree }: { readonly survey: Survey; readonly tree: readonly TreeNode[] | undefined },
): Promise<Braked | undefined> {
  const braked = run.signal.aborted ? undefined : await settleChanges(run, tree)
  await bringBack(run)
  if (braked === undefined) await clearLeftovers(run, survey)
  return braked
}

/**
 * Settles departed and replaced items. An item that departed from one album and arrived in another has moved; the other departed ones have
 * vanished. If too many would vanish or be replaced at once, all of them wait, and their albums are listed again next time. If the list of
 * albums is in doubt, nothing vanishes.
 */
async function settleChanges(run: Run, tree: readonly TreeNode[] | undefined): Promise<Braked | undefined> {
  const goneAlbums = run.selection === undefined ? await goneFrom(run) : []
  const unfinished = await settleMoves(run)
  const { changes } = run
  const departed = changes.departed.filter((row) => isStill(run, row) && !unfinished.has(row))
  const doubt = run.acceptChanges === true ? undefined : doubtOf(run, tree)
  // In doubt nothing vanishes, so that the brake has only replacements to judge. Another account is held in any case.
  const vanishing = doubt === undefined || changes.otherAccount ? departed : []
  const lost = heldOf(vanishing).length
  if (doubt !== undefined && vanishing.length === 0) nameInDoubt(run, departed, doubt)
  if (changes.mustBrake(lost + changes.waiting.length)) return hold(run, vanishing)
  if (vanishing.length < departed.length && changes.mustBrake(heldOf(departed).length + changes.waiting.length)) holdReplacements(run)
  await settleJobs(run, changes.waiting)
  await settleJobs(run, changes.collected)
  if (run.signal.aborted) return undefined
  if (doubt === undefined || departed.length === 0) noteUsual(run)
  for (const row of departed)
    if (doubt !== undefined || !(await (hasNewHome(run, row) ? leaveReplaced(run, row) : vanish(run, row)))) unfinished.add(row)
  const again = new Set([...unfinished].map((row) => row.albumKey))
  for (const album of goneAlbums) if (doubt === undefined && !again.has(album.key)) await vanishAlbum(run, album)
  if (run.selection === undefined && doubt === undefined) await noteLostPasts(run)
  for (const album of changes.unsettled.splice(0)) {
    album.incomplete ||= again.has(album.row.key)
    await settleAlbum(run, album)
  }
  return undefined
}

/** Carries out the jobs that had to wait for all listings. */
function settleJobs(run: Run, waiting: Job[]): Promise<void> {
  const jobs = expectingNew(run, waiting.splice(0), () => !run.signal.aborted)
  return parallel(jobs, { workers: run.settings.concurrentDownloads }, async (job) => {
    if (!run.signal.aborted) await carryOut(run, job)
  })
}

/** Names each album with departed items that are kept, because SmugMug contradicts itself. */
function nameInDoubt(run: Run, departed: readonly ItemRow[], doubt: string): void {
  for (const key of new Set(departed.map((row) => row.albumKey))) {
    const album = run.vault.catalogue.album(key)?.urlPath ?? key
    run.tally.problem({ kind: 'album', album, reason: `${doubt}: nothing of this album is taken for vanished` })
  }
}

/** Returns the albums of the catalogue that the account no longer has. One whose folder cannot be read waits until it can. */
async function goneFrom(run: Run): Promise<readonly AlbumRow[]> {
  const gone: AlbumRow[] = []
  for (const row of run.vault.catalogue.eachAlbum()) {
    await breathe()
    if (row.vanishedAt === undefined && !run.view.live.has(row.key) && !run.unreadable.has(row.key)) gone.push(row)
  }
  return gone
}

const heldOf = (rows: readonly ItemRow[]): readonly ItemRow[] => rows.filter((row) => row.state === 'held')

const isStill = (run: Run, row: ItemRow): boolean => {
  const now = run.vault.catalogue.item(row.albumKey, row.imageKey)
  return now !== undefined && now.vanishedAt === undefined
}

/**
 * Settles the images that left one album and arrived in another: removes the old file, reports the move. Returns the items whose old file
 * could not be removed, or is not held in the new album yet: they have not vanished, and the next run tries again.
 */
async function settleMoves(run: Run): Promise<Set<ItemRow>> {
  const { changes, vault } = run
  const unfinished = new Set<ItemRow>()
  for (const { from, conclude } of changes.maybeMoved.splice(0)) conclude(changes.hasDeparted(from) ? 'moved' : 'copied')
  for (const row of changes.departed) {
    if (!isStill(run, row)) continue
    if (isWaitedFor(run, row)) unfinished.add(row)
    if (unfinished.has(row) || !(changes.hasArrived(row.imageKey) || hasNewHome(run, row))) continue
    const concerned = { album: vault.catalogue.album(row.albumKey)?.urlPath ?? row.albumKey, name: row.name, imageKey: row.imageKey }
    const trouble = refused(run, concerned, STILL_THERE)
    if ((await ownTrouble(() => leaveOldAlbum(run, row), trouble)) !== true) unfinished.add(row)
  }
  return unfinished
}

/**
 * Removes an item's files from the album that it left, if another album really holds its bytes. Returns false if that cannot be seen now: the
 * item is not settled then.
 */
async function leaveOldAlbum(run: Run, row: ItemRow): Promise<boolean> {
  const { catalogue } = run.vault
  const old = catalogue.file(row.albumKey, row.imageKey)
  const held = catalogue.filesByImage(row.imageKey).filter(({ albumKey, md5 }) => albumKey !== row.albumKey && md5 === (old?.md5 ?? md5))
  const isHome = ({ albumKey }: FileRow): number => Number(isAtHome(run, catalogue.item(albumKey, row.imageKey)))
  const place = await firstStanding(
    run,
    held.toSorted((a, b) => isHome(b) - isHome(a)),
  )
  if (place === undefined && held.length > 0) return false
  if (place === undefined && old !== undefined) return true
  // An album that collects it may have the old bytes still, and its home others.
  await bringCompanions(run, row, newHome(run, row) ?? place)
  if (old !== undefined && place !== undefined) {
    const path = await standingPath(run, old)
    if (path !== undefined) await removeOld(run, { old, path, to: filePath(run, place) })
  }
  catalogue.removeItem(row.albumKey, row.imageKey)
  return true
}

/** Brings the files beside an image (RAW) to its new home. The record of that album may be written already, without them. */
async function bringCompanions(run: Run, row: ItemRow, home: FileRow | undefined): Promise<void> {
  const { catalogue } = run.vault
  const to = home && catalogue.album(home.albumKey)
  if (to === undefined) return
  const before = catalogue.filesOf(to.key, row.imageKey).length
  await moveCompanions(run, row, { row: to, taken: namesIn(run, to.key) })
  if (catalogue.filesOf(to.key, row.imageKey).length > before) await rewriteHead(run, to)
}

/** Removes the file of a moved item. Bytes that are no longer those that were stored are nowhere else: they go to history. */
async function removeOld(
  run: Run,
  { old, path, to }: { readonly old: FileRow; readonly path: string; readonly to: string },
): Promise<void> {
  const { catalogue, storage } = run.vault
  await sidecarsFollow(run, [{ from: path, to }], rethrown)
  await removeSidecar(run, { from: path, to })
  const reason = { why: 'no longer what was stored, and its photo is in another album now', imageKey: old.imageKey }
  if (old.state === 'damaged' && path === filePath(run, old)) await setAside(run, path, { reason })
  else await storage.remove(path)
  catalogue.strays.remove(path)
  await pruneQuietly(run, splitPath(path).folder)
}

/**
 * Settles an image that moved to another album and has other bytes there: puts its old files into history, as those of any replaced one.
 * Returns false if the disk refused.
 */
async function leaveReplaced(run: Run, row: ItemRow): Promise<boolean> {
  const { catalogue } = run.vault
  const album = catalogue.album(row.albumKey)?.urlPath ?? row.albumKey
  const concerned = { album, name: row.name, imageKey: row.imageKey }
  const home = newHome(run, row)
  const leave = async (): Promise<true> => {
    await bringCompanions(run, row, home)
    for (const file of catalogue.filesOf(row.albumKey, row.imageKey)) {
      const path = await standingPath(run, file)
      if (path === undefined) continue
      if (home !== undefined && file.component === '') {
        await sidecarsFollow(run, [{ from: path, to: filePath(run, home) }], rethrown)
        await removeSidecar(run, { from: path, to: filePath(run, home) })
      }
      await putReplacedAway(run, path, row)
      catalogue.strays.remove(path)
      await pruneQuietly(run, splitPath(path).folder)
    }
    catalogue.removeItem(row.albumKey, row.imageKey)
    return true
  }
  const trouble = refused(run, concerned, STILL_THERE)
  return (await ownTrouble(leave, trouble)) ?? false
}

const STILL_THERE = 'it is in another album now, and its old file could not be removed'

const namesIn = (run: Run, albumKey: string): Set<string> =>
  new Set([...run.vault.catalogue.items(albumKey), ...run.vault.catalogue.files(albumKey)].map((each) => foldName(each.name)))
