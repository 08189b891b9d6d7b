import type { Grade } from '../../model.ts'

/** What the catalogue keeps of an album. */
export interface AlbumRow {
  readonly key: string
  readonly nodeId: string | undefined
  readonly name: string
  readonly urlPath: string
  /** Where its files lie, relative to the vault. */
  readonly folder: string
  /** As SmugMug counted at the last complete listing, like the next two. */
  readonly imageCount: number | undefined
  readonly lastUpdated: string | undefined
  readonly imagesLastUpdated: string | undefined
  /** When that listing was, in milliseconds since 1970; absent: it must be listed. */
  readonly listedAt: number | undefined
  readonly vanishedAt: number | undefined
}

/** What became of an item: held in its album's folder, held in another album's only (`collected = "skip"`), or why not. */
export type ItemState = 'held' | 'elsewhere' | 'failed' | 'pending' | 'impossible'

/** What the catalogue keeps of an item; its words are in `album.json`. */
export interface ItemRow {
  readonly albumKey: string
  readonly imageKey: string
  readonly serial: number | undefined
  readonly position: number
  readonly fileName: string
  readonly collected: boolean
  readonly state: ItemState
  readonly reason: string | undefined
  /** The name asked for when `name` was assigned. */
  readonly wanted: string
  /** The name it has in the vault. */
  readonly name: string
  readonly vanishedAt: number | undefined
}

/** Whether a stored file still stands as it was stored. */
export type FileState = 'held' | 'missing' | 'damaged'

/** A stored file and what proves it. */
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
  /** What SmugMug said of the URL they came from. */
  readonly toldSize: number | undefined
  readonly toldMd5: string | undefined
  readonly state: FileState
  /** The camera's clock as the file itself tells it: `2019-08-04T11:28:12` or `2019-08-04T11:28:12-04:00`. */
  readonly captured: string | undefined
}

/** A stored file with the time it was last seen with. */
export interface SeenFile extends FileRow {
  /** Milliseconds since 1970; undefined: nobody has looked since it was stored; another time than the file's: hash it. */
  readonly mtime: number | undefined
}

/** A file in the vault that belongs to no item. */
export interface StrayRow {
  readonly path: string
  readonly size: number
  readonly mtime: number
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
  /** JSON: totals and message. */
  readonly summary: string | undefined
}
