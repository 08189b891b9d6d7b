/** A small picture of a photo. */
export interface Picture {
  /** `thumbnail`: WebP, up to 360 pixels high. `preview`: the small JPEG that a camera put into its file. */
  readonly kind: 'thumbnail' | 'preview'
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
}

/** Makes small pictures of photos. */
export interface PictureMaker {
  /** The name of the way that pictures are made: with another way, those that failed are tried again. */
  readonly way: 'sharp' | 'exif'
  /** Returns a small picture of the file at an absolute path; undefined if none can be made of it. */
  make(file: string): Promise<Picture | undefined>
  close(): Promise<void>
}

/** The height of a thumbnail, and the width that a panorama's may have, in pixels. */
export const THUMBNAIL = { height: 360, width: 1440 } as const
