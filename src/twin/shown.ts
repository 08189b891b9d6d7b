/**
 * The part of a vault that a twin shows, as the pages and data files need it. It is made from the vault's records, and knows nothing of
 * them. All texts are plain text, whatever SmugMug let people write.
 */
import type { ItemWords } from './format.ts'

/** A folder or an album of the tree. */
export interface ShownNode {
  readonly kind: 'folder' | 'album'
  /** Its path in the vault: the folder that its page lies in. */
  readonly folder: string
  readonly name: string
  readonly description?: string
  /** Do strangers not see it on SmugMug (private, unlisted, or with a password)? */
  readonly isLocked: boolean
  /** The picture of its card. */
  readonly cover?: ShownPicture
  /** The number of its items, or of everything below it. */
  readonly items: number
  /** The number of videos among them. */
  readonly videos: number
  /** In SmugMug's own order; empty for an album. */
  readonly children: readonly ShownNode[]
}

/** A picture that a page can show. */
export interface ShownPicture {
  /** Its path in the vault. */
  readonly path: string
  readonly width: number
  readonly height: number
}

/** One item on its album's page. */
export interface ShownItem {
  readonly imageKey: string
  /** Its file's path in the vault; absent if it is not held. */
  readonly path?: string
  /** The MD5 of its file. */
  readonly md5?: string
  /** The size of the picture in pixels; 3 by 2 if it is not known. */
  readonly width: number
  readonly height: number
  readonly isVideo: boolean
  /** Its thumbnail, or the poster of a video. */
  readonly thumbnail?: ShownPicture
  /** Has it no thumbnail because making one takes too much memory? */
  readonly isTooLarge?: boolean
  /** The name that stands for it where it has no title: its file's. */
  readonly name: string
  readonly words: ItemWords
  /** The reason why it is not held, or is less than the original. */
  readonly note?: string
}

/** An album with its items, in SmugMug's order. */
export interface ShownAlbum {
  readonly node: ShownNode
  readonly key: string
  readonly items: readonly ShownItem[]
}

/** A folder on the way from the top to a page. */
export type Crumb = Pick<ShownNode, 'name' | 'folder'>
