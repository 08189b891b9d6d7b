/** A small picture of a photo or video. */
export interface Picture {
  /** `thumbnail`: WebP, up to 360 pixels high. `preview`: the small JPEG that a camera put into its file. `poster`: the still of a video. */
  readonly kind: 'thumbnail' | 'preview' | 'poster'
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
}

/**
 * The answer to a wish for a picture. `none`: these bytes give none, now or later. `large`: nor do these, because unpacking them takes too
 * much memory. `unread`: no file could be read, a later run tries
 * again. `ended`: the maker cannot go on in this run.
 */
export type Made = Picture | 'none' | 'large' | 'unread' | 'ended'

/** Makes small pictures of photos, one at a time. No file brings it down, and none holds it for longer than its bound. */
export interface PictureMaker {
  /** The name of the way that pictures are made. Sharp tries again where the way was `exif`: the cameras' own pictures. */
  readonly way: 'sharp' | 'exif'
  /** Makes a picture of the file at an absolute path, or of the bytes of a video's still. */
  make(photo: string | Uint8Array): Promise<Made>
  /** Makes a JPEG without metadata of the photo at an absolute path, upright, no larger than this. Only sharp does. */
  encode?(photo: string, box: { readonly width: number; readonly height: number }): Promise<Encoded | Exclude<Made, Picture>>
  close(): Promise<void>
}

/** A picture that was made anew. */
export type Encoded = Omit<Picture, 'kind'>

/** The height of a thumbnail, and the width that a panorama's may have, in pixels. */
export const THUMBNAIL = { height: 360, width: 1440 } as const
