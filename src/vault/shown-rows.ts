import type { Row } from './catalogue/readers.ts'

/** A picture that stands for a file: a thumbnail, a video's poster, or none that could be made. */
export interface PictureRow {
  readonly kind: 'thumbnail' | 'preview' | 'poster' | 'none'
  readonly width: number
  readonly height: number
  /**
   * The way that it was made, or that failed: for a video without a poster, the address of the still that gave none; `TOO_LARGE` for a
   * photo that takes too much memory.
   */
  readonly way: string
}

/** The way of a picture that was not made, because unpacking the photo takes too much memory. */
export const TOO_LARGE = 'large'

/** An item, as a twin shows it. */
export interface ShownRow {
  readonly albumKey: string
  readonly imageKey: string
  readonly position: number
  readonly collected: boolean
  /** The MD5 of its file in the album's folder; empty if it has none there. */
  readonly md5: string
  /** Its name in the album's folder. */
  readonly name: string
  readonly isVideo: boolean
  /** In pixels; 0 if it is not known. */
  readonly width: number
  readonly height: number
  /** The camera's own time, `2019-07-24T22:41:03`; empty if it is not known. */
  readonly taken: string
  readonly latitude: number | undefined
  readonly longitude: number | undefined
  /** The folded line for the search. */
  readonly text: string
  /** `ItemWords` as JSON. */
  readonly words: string
  /** The reason why it is not held, or is less than its original; empty if there is none. */
  readonly note: string
  /** The address of a video's still on SmugMug; empty if there is none. */
  readonly still: string
}

/** An album whose items are in the list. */
export interface ShownAlbumRow {
  readonly key: string
  readonly folder: string
  readonly name: string
  readonly description: string
  /** Do strangers not see it on SmugMug, by its own settings? */
  readonly isLocked: boolean
  /** The image key of its cover; empty if SmugMug named none. */
  readonly cover: string
  /** The hashes of the record that its rows were made from, and of the names of the folders above. */
  readonly record: string
}

/** An album of the list, and whether its page must be made anew. */
export interface ListedAlbum extends ShownAlbumRow {
  readonly isDirty: boolean
  readonly items: number
  readonly videos: number
}

/** Makes an item from a row of the list. */
export const shownRow = (row: Row): ShownRow => ({
  albumKey: String(row.album_key),
  imageKey: String(row.image_key),
  position: Number(row.position),
  collected: row.collected === 1,
  md5: String(row.md5),
  name: String(row.name),
  isVideo: row.is_video === 1,
  width: Number(row.width),
  height: Number(row.height),
  taken: String(row.taken),
  latitude: row.latitude === null ? undefined : Number(row.latitude),
  longitude: row.longitude === null ? undefined : Number(row.longitude),
  text: String(row.text),
  words: String(row.words),
  note: String(row.note),
  still: String(row.still),
})

/** An item of the timeline with its picture: the part of its row that a year needs, because a year may have a hundred thousand. */
export interface DatedRow
  extends Pick<
    ShownRow,
    'albumKey' | 'imageKey' | 'md5' | 'name' | 'isVideo' | 'width' | 'height' | 'latitude' | 'longitude' | 'text' | 'words'
  > {
  readonly picture: Pick<PictureRow, 'kind' | 'width' | 'height'> | undefined
}

/** The columns of a dated row, of the item `i` and its picture `p`. */
export const DATED_COLUMNS = `i.album_key, i.image_key, i.md5, i.name, i.is_video, i.width, i.height, i.latitude, i.longitude, i.text, i.words,
  p.kind, p.width AS picture_width, p.height AS picture_height`

/** Makes a dated row from these columns. */
export const datedRow = (row: Row): DatedRow => ({
  albumKey: String(row.album_key),
  imageKey: String(row.image_key),
  md5: String(row.md5),
  name: String(row.name),
  isVideo: row.is_video === 1,
  width: Number(row.width),
  height: Number(row.height),
  latitude: row.latitude === null ? undefined : Number(row.latitude),
  longitude: row.longitude === null ? undefined : Number(row.longitude),
  text: String(row.text),
  words: String(row.words),
  picture:
    row.kind === null
      ? undefined
      : { kind: String(row.kind) as PictureRow['kind'], width: Number(row.picture_width), height: Number(row.picture_height) },
})
