import type { Problem } from '../../../events.ts'
import type { Room } from '../../../flow/room.ts'
import type { Album, Item, Owner } from '../../../model.ts'
import { heldAmong } from '../../../vault/catalogue/counts.ts'
import type { AlbumRow, FileRow, ItemRow, ItemState } from '../../../vault/catalogue/rows.ts'
import { inFolder } from '../../../vault/layout.ts'
import type { VersionWriter } from '../../../vault/versions/version-file.ts'
import type { Task } from '../album/plan.ts'
import type { ComponentOffer } from '../bytes/component-offer.ts'
import type { BackupJob } from '../job.ts'
import type { Loader } from '../loader.ts'
import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import type { DueFacts } from './due.ts'
import type { Holdings } from './holdings.ts'
import type { Reach } from './reach.ts'
import type { Tally } from './tally.ts'

/** A backup under way: the job, and the nouns that its parts share. */
export interface Run extends Omit<BackupJob, 'full' | 'from' | 'bounds'> {
  readonly bounds: Bounds
  readonly startedAt: number
  /** Ends the run at once, in every part, for an error that concerns all of it. */
  abort(error: unknown): void
  readonly tally: Tally
  readonly load: Loader
  /** The outcome of an item whose bytes the loader brought. */
  readonly loadedAs: 'stored' | 'adopted'
  /** Names what the loader could not read of its folder. */
  unreadAtSource(): readonly Problem[]
  /** Does a task count as work ahead: are its bytes wanted, and may the loader have them? */
  counts(task: Task): boolean
  /** The bytes that the loader has at most, where that is known. */
  readonly atMost?: number
  /** Has a backup of this vault ever ended well? Until then it may be the successor of a lost one, whose bytes the copies have. */
  readonly wasWhole: boolean
  /** Room for listed items whose task is not finished: memory does not grow with the account. */
  readonly room: Room
  readonly view: AccountView
  /** The facts that decide whether an album is listed. */
  readonly due: DueFacts
  /** Keys of albums whose folder cannot be read. They are named, and not listed: nothing could be stored or compared. */
  readonly unreadable: Pick<ReadonlySet<string>, 'has'>
  /** The items that departed, arrived or wait. */
  readonly changes: Changes
  /** The turns of tasks that touch the same bytes. */
  readonly holdings: Holdings
  /** Is SmugMug out of reach? Lists and files are counted apart. */
  readonly reach: { readonly albums: Reach; readonly files: Reach }
  /** Does SmugMug offer the files beside photos (RAW)? */
  readonly components: ComponentOffer
  /** Paths of the sidecars that lay beside no file when the run began, or stayed behind when their photo moved, by image key. */
  readonly loneSidecars: Map<string, string>
  readonly derived: DerivedNotes
  /** The file in which this run notes how records were before. */
  readonly versions: VersionWriter
}

/** The account as this run found it. */
export interface AccountView {
  readonly owner: Owner
  /** Keys of the albums that the account has now. */
  readonly live: ReadonlySet<string>
  /** The items in all of them, by SmugMug's own count; not a number if it gives none for one of them. */
  readonly counted: number
}

/** The facts that decide whether the derived files (from records and catalogue) are written at the end. */
export interface DerivedNotes {
  /** They were not written at the end of the last run. */
  readonly stale: boolean
  /** The settings that they depend on, as one text. */
  readonly settingsPrint: string
  /** Those settings differ from the last run's. */
  readonly settingsChanged: boolean
  /** A record was written in this run. */
  recordsChanged: boolean
  /** The album list shows a new, gone or moved album. */
  treeChanged: boolean
}

/** Returns the present path of a stored file. */
export function filePath(run: Pick<Run, 'vault'>, file: Pick<FileRow, 'albumKey' | 'name'>): string {
  const folder = run.vault.catalogue.album(file.albumKey)?.folder
  if (folder === undefined) throw new Error(`no album ${file.albumKey} in the catalogue for the file ${file.name}`)
  return inFolder(folder, file.name)
}

/** Returns the row of an item as the newest listing describes it. */
export function itemRow(
  item: Item,
  names: { readonly name: string; readonly wanted: string },
  standing: { readonly state: ItemState; readonly reason?: string | undefined },
): ItemRow {
  return {
    albumKey: item.albumKey,
    imageKey: item.imageKey,
    serial: item.serial,
    position: item.position,
    fileName: item.fileName,
    collected: item.collected,
    state: standing.state,
    reason: standing.reason,
    wanted: names.wanted,
    name: names.name,
    vanishedAt: undefined,
  }
}

/** Returns the row of an album as the album list describes it. */
export function albumRow(album: Album, folder: string, listedAt: number | undefined): AlbumRow {
  return {
    key: album.key,
    nodeId: album.nodeId,
    name: album.name,
    urlPath: album.urlPath,
    folder,
    imageCount: album.imageCount,
    lastUpdated: album.lastUpdated,
    imagesLastUpdated: album.imagesLastUpdated,
    listedAt,
    vanishedAt: undefined,
  }
}

/** Returns the number of held items of an album, in its own folder or, collected, in another, among the `counted` ones of SmugMug. */
export function heldIn(run: Pick<Run, 'vault'>, albumKey: string, counted = Number.POSITIVE_INFINITY): number {
  return heldAmong(run.vault.catalogue.counts.states(albumKey), counted)
}
