import { parallel } from '../../../flow/parallel.ts'
import { putAside } from '../../../vault/aside.ts'
import type { AlbumRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { countAlbum, settleAlbum } from '../album/finish.ts'
import { moveCompanions } from '../bytes/companions.ts'
import { conclude } from '../bytes/conclude.ts'
import { carryOut } from '../bytes/transfer.ts'
import { filePath, type Job, type Run } from '../run/run.ts'
import { rewriteHead } from '../written/records.ts'
import { removeSidecar, sidecarFollows } from '../written/sidecars.ts'

/** What the brake saw when it held. */
export interface Braked {
  readonly vanished: number
  readonly replaced: number
  readonly held: number
  readonly otherAccount: boolean
}

/**
 * The end of a run: what departed from one album and came to another was moved; what is left has vanished. Vanishing and being replaced
 * happen only when they are not too many at once to be believed; otherwise all of it waits, and the albums are listed again next time.
 */
export async function settleChanges(run: Run): Promise<Braked | undefined> {
  const goneAlbums = run.selection === undefined ? goneFrom(run) : []
  await settleMoves(run)
  const { changes } = run
  const departed = changes.departed.filter((row) => isStill(run, row))
  const lost = departed.filter((row) => row.state === 'held').length
  if (changes.mustBrake(lost + changes.waiting.length)) return hold(run, lost)
  await settleJobs(run, changes.waiting)
  await settleJobs(run, changes.collected)
  if (run.signal.aborted) return undefined
  for (const row of departed) await vanish(run, row)
  for (const album of goneAlbums) await vanishAlbum(run, album)
  for (const album of changes.unsettled.splice(0)) await settleAlbum(run, album)
  return undefined
}

/** Works off what had to wait for all listings. */
const settleJobs = (run: Run, jobs: Job[]): Promise<void> =>
  parallel(jobs.splice(0), { workers: run.settings.concurrentDownloads }, async (job) => {
    if (!run.signal.aborted) await carryOut(run, job)
  })

/** Albums of the catalogue that the account has no more. */
function goneFrom(run: Run): readonly AlbumRow[] {
  return run.vault.catalogue.albums().filter((row) => row.vanishedAt === undefined && !run.view.live.has(row.key))
}

const isStill = (run: Run, row: ItemRow): boolean => {
  const now = run.vault.catalogue.item(row.albumKey, row.imageKey)
  return now !== undefined && now.vanishedAt === undefined
}

/** An image that left one album and came to another has moved: its old name goes, its new one is told. */
async function settleMoves(run: Run): Promise<void> {
  const { catalogue, storage } = run.vault
  const { changes } = run
  for (const { from, conclude } of changes.maybeMoved.splice(0)) conclude(changes.hasDeparted(from) ? 'moved' : 'copied')
  for (const row of changes.departed) {
    if (!isStill(run, row) || !(changes.hasArrived(row.imageKey) || hasNewHome(run, row))) continue
    const old = catalogue.file(row.albumKey, row.imageKey)
    const held = catalogue.filesByImage(row.imageKey).filter((file) => file.albumKey !== row.albumKey)
    if (old !== undefined && !held.some((file) => file.md5 === old.md5)) continue
    if (old !== undefined) {
      const [place] = held
      const row = place && catalogue.album(place.albumKey)
      if (row !== undefined) await moveCompanions(run, old, { row, taken: namesIn(run, row.key) })
      const path = filePath(run, old)
      if (place !== undefined) {
        await sidecarFollows(run, path, filePath(run, place))
        await removeSidecar(run, path)
      }
      await storage.remove(path)
      await storage.pruneFolders(splitPath(path).folder)
    }
    catalogue.removeItem(row.albumKey, row.imageKey)
  }
}

/** An image has one home: at home in another album of the account, it has moved there, in this run or in one before. */
const hasNewHome = (run: Run, row: ItemRow): boolean =>
  !row.collected &&
  run.vault.catalogue
    .itemsByImage(row.imageKey)
    .some(
      (other) =>
        other.albumKey !== row.albumKey &&
        !other.collected &&
        other.state === 'held' &&
        other.vanishedAt === undefined &&
        run.view.live.has(other.albumKey),
    )

const namesIn = (run: Run, albumKey: string): Set<string> =>
  new Set([...run.vault.catalogue.items(albumKey), ...run.vault.catalogue.files(albumKey)].map((each) => foldName(each.name)))

/** Too much at once: nothing is replaced, marked, moved aside or trashed; what was new has been fetched. */
function hold(run: Run, lost: number): Braked {
  const { changes } = run
  const replaced = changes.waiting.length
  for (const job of [...changes.waiting.splice(0), ...changes.collected.splice(0)]) {
    conclude(run, job, { kind: 'kept', reason: 'waits for --accept-changes' })
  }
  for (const album of changes.unsettled.splice(0)) countAlbum(run, album)
  run.tally.vanished += lost
  return { vanished: lost, replaced, held: changes.heldBefore, otherAccount: changes.otherAccount }
}

/** Marks an item as vanished and names it once; its file is kept, or moved to the trash. */
async function vanish(run: Run, row: ItemRow): Promise<void> {
  const { catalogue, storage } = run.vault
  const album = catalogue.album(row.albumKey)
  const file = catalogue.file(row.albumKey, row.imageKey)
  const label = album?.urlPath ?? row.albumKey
  let fate = file === undefined ? 'it was not held' : 'its file is kept'
  if (file !== undefined && run.settings.onVanished === 'trash') {
    for (const each of catalogue.filesOf(row.albumKey, row.imageKey)) {
      const path = filePath(run, each)
      const reason = { why: 'vanished from SmugMug', album: label, imageKey: row.imageKey }
      const to = await putAside(storage, path, { place: 'trash', now: run.clock.now(), reason })
      if (to !== undefined) await sidecarFollows(run, path, to)
      catalogue.removeFile(each.albumKey, each.imageKey, each.component)
      await storage.pruneFolders(splitPath(path).folder)
      if (to !== undefined) fate = `its file is in ${to}`
    }
  }
  catalogue.putItem({ ...row, vanishedAt: run.startedAt })
  run.tally.problem({ kind: 'vanished', album: label, name: row.name, imageKey: row.imageKey, reason: `no longer on SmugMug; ${fate}` })
}

async function vanishAlbum(run: Run, row: AlbumRow): Promise<void> {
  const { catalogue, storage } = run.vault
  const rows = catalogue.items(row.key)
  if (rows.length === 0) {
    // Every item moved elsewhere: nothing of the album is left to keep.
    const record = inFolder(row.folder, ALBUM_RECORD)
    await storage.remove(record)
    await storage.pruneFolders(row.folder)
    catalogue.removeAlbum(row.key)
    return
  }
  // Should SmugMug restore it, with the dates it had, it must be listed.
  const gone = { ...row, vanishedAt: run.startedAt, listedAt: undefined }
  catalogue.putAlbum(gone)
  await rewriteHead(run, gone)
}
