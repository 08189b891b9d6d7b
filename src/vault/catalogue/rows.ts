import type { Grade } from '../../model.ts'

/** An album in the catalogue. */
export interface AlbumRow {
  readonly key: string
  readonly nodeId: string | undefined
  readonly name: string
  readonly urlPath: string
  /** The folder of its files, relative to the vault. */
  readonly folder: string
  /** SmugMug's count at the last complete listing. The next two fields are of the same listing. */
  readonly imageCount: number | undefined
  readonly lastUpdated: string | undefined
  readonly imagesLastUpdated: string | undefined
  /** The time of that listing, in milliseconds since 1970; absent: the album must be listed. */
  readonly listedAt: number | undefined
  readonly vanishedAt: number | undefined
}

/**
 * The state of an item: held in its album's folder, held only in another album's (`collected = "skip"`), or the reason why it is not held.
 */
export type ItemState = 'held' | 'elsewhere' | 'failed' | 'pending' | 'impossible'

/** An item in the catalogue; its words are in `album.json`. */
export interface ItemRow {
  readonly albumKey: string
  readonly imageKey: string
  readonly serial: number | undefined
  readonly position: number
  readonly fileName: string
  readonly collected: boolean
  readonly state: ItemState
  readonly reason: string | undefined
  /** The name that was wanted when `name` was assigned. */
  readonly wanted: string
  /** The name that it has in the vault. */
  readonly name: string
  readonly vanishedAt: number | undefined
}

/** The state of a stored file: still there as stored, missing or damaged. */
export type FileState = 'held' | 'missing' | 'damaged'

/** The key of a stored file. */
export type FileKey = Pick<FileRow, 'albumKey' | 'imageKey' | 'component'>

/** A stored file and its proof. */
export interface FileRow {
  readonly albumKey: string
  readonly imageKey: string
  /** `''` for the item itself, else the key of a companion (RAW). */
  readonly component: string
  readonly name: string
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly grade: Grade
  /** The image's serial when these bytes were fetched. */
  readonly serial: number | undefined
  /** Size and MD5 that SmugMug stated for the address that the bytes came from. */
  readonly toldSize: number | undefined
  readonly toldMd5: string | undefined
  readonly state: FileState
  /** The camera's clock as recorded in the file: `2019-08-04T11:28:12` or `2019-08-04T11:28:12-04:00`. */
  readonly captured: string | undefined
}

/** The facts of a stored file that its entry in the folder is compared with, and the change mark that it was last seen with. */
export interface SeenFile extends Pick<FileRow, 'albumKey' | 'imageKey' | 'component' | 'name' | 'size' | 'state'> {
  /** Undefined: nobody has looked since it was stored. A mark other than the file's: hash it. */
  readonly mark: string | undefined
}

/** The facts of a stored file that say that it is unchanged. Not an object: a large vault has a million of them. */
export type FileMark = readonly [name: string, size: number, mark: string | null]

/** A file in the vault that belongs to no item. */
export interface StrayRow {
  readonly path: string
  readonly size: number
  readonly mark: string
  readonly md5: string | undefined
  readonly sha256: string | undefined
}

/** One execution of an operation. */
export interface RunRow {
  readonly id: number
  readonly operation: string
  readonly startedAt: number
  readonly finishedAt: number | undefined
  readonly exitCode: number | undefined
  /** The totals and the message, as JSON. */
  readonly summary: string | undefined
}
