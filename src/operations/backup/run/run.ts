import { albumLabel } from '../../../events.ts'
import type { Room } from '../../../flow/room.ts'
import type { Turns } from '../../../flow/turns.ts'
import type { Album, Item, Owner } from '../../../model.ts'
import type { Listing } from '../../../smugmug/account.ts'
import type { AlbumRow, FileRow, ItemRow, ItemState, StrayRow } from '../../../vault/catalogue/rows.ts'
import { inFolder } from '../../../vault/layout.ts'
import type { Task } from '../album/plan.ts'
import type { BackupJob } from '../job.ts'
import type { Loader } from '../loader.ts'
import type { Tally } from './tally.ts'

/** A backup under way: the job and what its parts share. */
export interface Run extends Omit<BackupJob, 'full'> {
  readonly startedAt: number
  readonly tally: Tally
  readonly load: Loader
  /** What an item that the loader brought counts as. */
  readonly loadedAs: 'stored' | 'adopted'
  /** Room for the items of listed albums whose work is not finished: memory does not grow with the account. */
  readonly room: Room
  /** Strays being hashed now, by path, and how much has been hashed. */
  readonly hashing: Map<string, Promise<StrayRow | undefined>>
  readonly hashed: { bytes: number }
  /** Whoever puts bytes to a path, or takes them from there, has it for himself meanwhile. */
  readonly paths: Turns
  /** One download for the same bytes: who else needs them waits here, by content. */
  readonly inFlight: Map<string, Promise<void>>
  /** Rows that a complete listing lacks, by image key: moved to another album, or vanished. */
  readonly departed: Map<string, readonly ItemRow[]>
  /** Images that came to a new place in this run and have, or had, another one. */
  readonly placed: Set<string>
  /** Collected items under `collected = "skip"`, until it is known what is held elsewhere. */
  readonly collected: Job[]
  /** Replacements, until it is known that they are not too many to be believed. */
  readonly waiting: Job[]
  /** Copies that turn out to be moves if their source is gone from its album by the end. */
  readonly maybeMoved: MaybeMoved[]
  /** Items held before the run: what the brake measures against. */
  readonly heldBefore: number
  /** The vault was made from another account. */
  readonly otherAccount: boolean
  readonly owner: Owner
  /** Ends the run for an error that concerns all of it. */
  abort(error: unknown): void
  /** The settings that names, links and times depend on: when they change, everything is listed once. */
  readonly manner: string
  /** The whole account's albums, and those of them that the run is about. */
  readonly albums: readonly Album[]
  readonly chosen: readonly Album[]
  /** Keys of the albums that the account has now. */
  readonly live: ReadonlySet<string>
  /** Those settings are other ones than in the last run. */
  readonly newManner: boolean
  /** Lists every album, changed or not. */
  readonly full: boolean
  /** Albums with something failed, pending, missing or damaged in them. */
  readonly troubled: ReadonlySet<string>
  /** Albums whose `album.json` stands in its place. */
  readonly recorded: ReadonlySet<string>
  /** Albums finished but for the settling of what departed or waits. */
  readonly unsettled: AlbumWork[]
  /** What follows from records and catalogue was not written at the end of the last run. */
  readonly stale: boolean
  /** The album list shows a new, gone or moved album. */
  treeChanged: boolean
  /** A record was written: what is derived from them must be too. */
  recordsChanged: boolean
  /** How many lists of components in a row were refused, how many were not asked for any more, and whether any has been told. */
  readonly refusals: { components: number; unasked: number; offered: boolean }
  /** How many in a row no answer came for: then SmugMug is out of reach, not one file or album. */
  readonly silence: { files: number; albums: number }
}

/** One task of one album. */
export interface Job {
  readonly work: AlbumWork
  readonly task: Task
}

/** A copy whose source may turn out to have left. */
export interface MaybeMoved {
  readonly from: FileRow
  tell(kind: 'moved' | 'copied'): void
}

/** An album being worked on. */
export interface AlbumWork {
  readonly album: Album
  /** As it will be recorded when all is done. */
  readonly row: AlbumRow
  readonly label: string
  /** Forgotten once the record is written. */
  listing: Listing
  /** The name each image asked for when its name was given, by image key. */
  readonly wanted: ReadonlyMap<string, string>
  /** Names, folded, that are not free in its folder. */
  readonly taken: Set<string>
  /** Tasks not finished yet. */
  open: number
  /** Number of items listed. */
  readonly listed: number
  /** Something has departed from it, or waits: it is finished when that is settled. */
  unsettled: boolean
  /** Something departed that a run over a part must not judge, or an item had no outcome: it is listed again next time. */
  unjudged: boolean
  /** Gives back its room. */
  release(): void
}

/** The path of an item in its album's folder. */
export const pathOf = (work: Pick<AlbumWork, 'row'>, name: string): string => inFolder(work.row.folder, name)

/** Where a stored file lies now. */
export function filePath(run: Pick<Run, 'vault'>, file: Pick<FileRow, 'albumKey' | 'name'>): string {
  const folder = run.vault.catalogue.album(file.albumKey)?.folder
  if (folder === undefined) throw new Error(`no album ${file.albumKey} in the catalogue for the file ${file.name}`)
  return inFolder(folder, file.name)
}

/** The row of an item as the newest listing tells of it. */
export function itemRow(item: Item, names: { readonly name: string; readonly wanted: string }, state: ItemState, reason?: string): ItemRow {
  return {
    albumKey: item.albumKey,
    imageKey: item.imageKey,
    serial: item.serial,
    position: item.position,
    fileName: item.fileName,
    collected: item.collected,
    state,
    reason,
    wanted: names.wanted,
    name: names.name,
    vanishedAt: undefined,
  }
}

/** The row of an album as the album list tells of it. */
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

/** An album's name for people, in every event and report. */
export const label = (album: Album): string => albumLabel(album)
