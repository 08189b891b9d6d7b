import type { Album } from '../../../model.ts'
import type { Listing } from '../../../smugmug/account.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { inFolder } from '../../../vault/layout.ts'
import type { Task } from '../album/plan.ts'

/** One task of one album. */
export interface Job {
  readonly album: AlbumUnderWay
  readonly task: Task
}

/** An album whose items are being worked on. */
export interface AlbumUnderWay {
  /** The album as the album list shows it, with the newest count. */
  readonly listed: Album
  /** The row that the catalogue gets when the album is finished. */
  readonly row: AlbumRow
  readonly label: string
  /** The listing; it is dropped once the record is written. */
  listing: Listing
  /** Number of items listed. */
  readonly itemCount: number
  /** The name that each image wanted when it got its name, by image key. */
  readonly wanted: ReadonlyMap<string, string>
  /** Names, folded, that are not free in its folder. */
  readonly taken: Set<string>
  /** Tasks not finished yet. */
  open: number
  /** An item has departed from it, or waits: the album is finished at the settling. */
  settlesLater: boolean
  /** It is listed again next time: an item departed in a run over a part, which must not judge that, or an item got no outcome. */
  incomplete: boolean
  /**
   * The record's lines of items whose sidecar has to wait: that of a photo which departed stands in its place until the settling. Undefined
   * from there on.
   */
  lateSidecars: string[] | undefined
  /** Gives back its room; further calls do nothing. */
  release(): void
}

/** Returns the path of an item in its album's folder. */
export const pathOf = (album: Pick<AlbumUnderWay, 'row'>, name: string): string => inFolder(album.row.folder, name)
