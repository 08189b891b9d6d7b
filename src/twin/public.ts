/**
 * The rules of what a stranger sees on SmugMug, by SmugMug's own answers about folders, albums and items. A missing field, and a value that
 * is not known here, means private: a mistake hides a photo, and never shows one. A setting added by SmugMug later may make something
 * private that these rules cannot know: they ask for each known setting, one by one.
 */

/** SmugMug's answer about a folder, album or item, as the vault's records hold it. */
export type Answer = Readonly<Record<string, unknown>>

/** A width and a height in pixels that a picture must fit into. */
export interface Box {
  readonly width: number
  readonly height: number
}

/**
 * The picture that may leave the vault. `copy`: the file itself, with everything in it. `encoded`: a picture made from it, without
 * metadata, no larger than the box. `none`: a tile.
 */
export type PublicPicture = { readonly kind: 'copy' } | { readonly kind: 'encoded'; readonly box: Box } | { readonly kind: 'none' }

/** The facts of a public album that may be shown. */
export interface PublicAlbum {
  readonly showsPlaces: boolean
  /** May the camera's data be shown? */
  readonly showsCamera: boolean
  readonly showsFileNames: boolean
  readonly photos: PublicPicture
  /** A film cannot be encoded anew: it is copied whole, or stays. */
  readonly videos: PublicPicture
}

const NONE: PublicPicture = { kind: 'none' }

/** The largest picture that is made anew: a page needs no larger one. */
const LARGEST_BOX: Box = { width: 2048, height: 1536 }

/** SmugMug's sizes. A larger one than `LARGEST_BOX` permits that one. */
const BOXES: ReadonlyMap<unknown, Box> = new Map([
  ['Medium', { width: 600, height: 450 }],
  ['Large', { width: 800, height: 600 }],
  ['XLarge', { width: 1024, height: 768 }],
  ['X2Large', { width: 1280, height: 960 }],
  ['X3Large', { width: 1600, height: 1200 }],
  ...['X4Large', 'X5Large', '4K', '5K', 'Original'].map((name) => [name, LARGEST_BOX] as const),
])

/** Fields that must hold one value in each folder and album above an item, itself included. */
const OPEN = { Privacy: 'Public', SecurityType: 'None' } as const

/** The same after all that stands above; SmugMug does not always give them. */
const OPEN_IF_GIVEN = { EffectivePrivacy: 'Public', EffectiveSecurityType: 'None' } as const

/** Returns true if strangers see a folder or an album, as far as its own settings go. */
export const isOpen = (answer: Answer): boolean =>
  Object.entries(OPEN).every(([field, value]) => answer[field] === value) &&
  Object.entries(OPEN_IF_GIVEN).every(([field, value]) => answer[field] === undefined || answer[field] === value) &&
  isEmpty(answer.Password)

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === ''

/**
 * Returns the facts of an album that strangers see; undefined if they do not see it. `above` holds the album's own node and all those above
 * it, the root included: one that is not known makes the album private.
 */
export function publicAlbum(above: readonly (Answer | undefined)[], album: Answer): PublicAlbum | undefined {
  if (above.length === 0 || !above.every((answer) => answer !== undefined && isOpen(answer)) || !isOpen(album)) return undefined
  const photos = photosOf(album)
  return {
    showsPlaces: album.Geography === true,
    showsCamera: album.EXIF === true,
    showsFileNames: album.Filenames === true,
    photos,
    videos: photos.kind === 'copy' ? photos : NONE,
  }
}

/** Settings that must all stand like this before a file itself may be copied: it holds its place, its camera and its name. */
const COPIED: Answer = {
  Geography: true,
  EXIF: true,
  Filenames: true,
  Protected: false,
  AllowDownloads: true,
  HasDownloadPassword: false,
  LargestSize: 'Original',
  MaxPhotoDownloadSize: 'Original',
}

function photosOf(album: Answer): PublicPicture {
  // A watermark is SmugMug's to draw: without it the picture would be more than strangers see.
  if (album.Watermark !== false) return NONE
  if (Object.entries(COPIED).every(([field, value]) => album[field] === value) && isEmpty(album.DownloadPassword)) return { kind: 'copy' }
  const shown = BOXES.get(album.LargestSize)
  // SmugMug gives no size of downloads where nothing may be downloaded: then the size on its pages is the bound.
  const downloaded = album.AllowDownloads === false ? shown : BOXES.get(album.MaxPhotoDownloadSize)
  if (shown === undefined || downloaded === undefined) return NONE
  return { kind: 'encoded', box: shown.width < downloaded.width ? shown : downloaded }
}

/** Marks of an item that has no watermark of its own. SmugMug no longer gives the field everywhere. */
const UNMARKED: ReadonlySet<unknown> = new Set([undefined, 'No', 'Inherit from Album'])

/**
 * Returns the picture of an item that strangers see; undefined if they do not see the item. An item collected from another album is
 * judged by both albums, of which the stricter counts: see `stricter`.
 */
export function publicPicture(album: PublicAlbum, item: Answer): PublicPicture | undefined {
  if (item.Hidden !== false || typeof item.IsVideo !== 'boolean') return undefined
  if (!UNMARKED.has(item.Watermark) || (item.Watermarked !== undefined && item.Watermarked !== false)) return NONE
  const picture = item.IsVideo ? album.videos : album.photos
  if (picture.kind !== 'copy' || item.Protected === undefined || item.Protected === false) return picture
  return item.IsVideo ? NONE : { kind: 'encoded', box: LARGEST_BOX }
}

/** Returns the facts that two albums both permit; undefined if strangers do not see one of them. */
export function stricter(one: PublicAlbum | undefined, other: PublicAlbum | undefined): PublicAlbum | undefined {
  if (one === undefined || other === undefined) return undefined
  return {
    showsPlaces: one.showsPlaces && other.showsPlaces,
    showsCamera: one.showsCamera && other.showsCamera,
    showsFileNames: one.showsFileNames && other.showsFileNames,
    photos: lesser(one.photos, other.photos),
    videos: lesser(one.videos, other.videos),
  }
}

function lesser(one: PublicPicture, other: PublicPicture): PublicPicture {
  if (one.kind === 'none' || other.kind === 'none') return NONE
  if (one.kind === 'copy') return other
  if (other.kind === 'copy') return one
  return one.box.width < other.box.width ? one : other
}
