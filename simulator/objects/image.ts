import { sizeOf } from '../bytes.ts'
import { DEFAULT_DATE, pacificAsUtc } from '../dates.ts'
import type { Entity, Fields } from '../entity.ts'
import type { Links } from '../links.ts'
import type { ImagePlace, Place } from '../lookup.ts'
import type { WorldImage, WorldPlacement } from '../world.ts'
import { type Context, escapeHtml, siteOf, userUri } from './context.ts'
import { archivedBytes, fileUrl, formatOf, isPlayable, offers } from './files.ts'

/** An image, the album it is looked at in, and the album it was uploaded to. */
export interface ImageView {
  readonly image: WorldImage
  readonly home: Place
}

/** Returns `KEY-SERIAL`, as in addresses. */
export function keySerial(image: WorldImage): string {
  return `${image.key}-${image.serial ?? 0}`
}

/** Returns `Image`: the image itself, outside of any album. */
export function imageEntity(context: Context, { image, home }: ImageView): Entity {
  return {
    fields: imageFields(context, image, home),
    uri: `/api/v2/image/${keySerial(image)}`,
    webUri: webUri(context, image, home),
    description: 'Image by key',
    links: () => imageLinks(context, image, home),
    ...(image.fields === undefined ? {} : { overrides: image.fields }),
  }
}

/** Returns `AlbumImage`: the image in one album. */
export function albumImageEntity(context: Context, { place, placement }: ImagePlace, home: Place): Entity {
  const { image } = placement
  const album = context.atlas.album(place)
  return {
    fields: imageFields(context, image, home),
    uri: `/api/v2/album/${album.key}/image/${keySerial(image)}`,
    webUri: webUri(context, image, place),
    description: 'Image from album',
    links: () => [...imageLinks(context, image, home), ...albumImageLinks(context, image, album.key)],
    tail: { AlbumKey: album.key, Movable: true, ...origin(context, placement, home) },
    ...(image.fields === undefined ? {} : { overrides: image.fields }),
  }
}

function origin(context: Context, placement: WorldPlacement, home: Place): Fields {
  if (!placement.collected) return { Origin: 'Album' }
  return { Origin: 'Collected', CollectedFrom: context.atlas.album(home).name, CollectedWebUri: `${siteOf(context)}${home.urlPath}` }
}

function webUri(context: Context, image: WorldImage, place: Place): string {
  const node = place.privacy === 'Public' ? '' : `/n-${place.nodeId}`
  return `${siteOf(context)}${place.urlPath}${node}/i-${image.key}`
}

function imageFields(context: Context, image: WorldImage, home: Place): Fields {
  const isOwner = context.viewer === 'owner'
  const isProcessing = image.processing ?? context.isProcessing(image.key)
  const uploaded = image.uploaded ?? DEFAULT_DATE
  const keywords = image.keywords ?? []
  const format = formatOf(image)
  const captured = image.capturedLocal === undefined ? undefined : pacificAsUtc(image.capturedLocal)
  const caption = image.caption ?? ''
  const fileName = image.fileName ?? `${image.key}.${format}`
  return {
    Title: image.title ?? '',
    Caption: caption,
    Keywords: keywords.map(keywordText).join('; '),
    KeywordArray: keywords,
    Watermark: 'No',
    Latitude: image.latitude ?? '0',
    Longitude: image.longitude ?? '0',
    Altitude: image.altitude ?? 0,
    Hidden: image.hidden ?? false,
    ThumbnailUrl: fileUrl(context, home, image, 'Th'),
    FileName: fileName,
    Processing: isProcessing,
    UploadKey: uploadKey(image.key),
    Date: uploaded,
    DateTimeUploaded: uploaded,
    ...(captured === undefined ? {} : { DateTimeOriginal: captured }),
    Format: format,
    OriginalHeight: image.isVideo ? 1080 : 3024,
    OriginalWidth: image.isVideo ? 1920 : 4032,
    OriginalSize: sizeOf(archivedBytes(image)),
    LastUpdated: image.lastUpdated ?? uploaded,
    Collectable: true,
    IsArchive: false,
    IsVideo: image.isVideo ?? false,
    ComponentFileTypes: isOwner ? componentFileTypes(image) : [],
    CanEdit: isOwner,
    CanBuy: true,
    Protected: false,
    EZProject: false,
    Watermarked: false,
    ImageKey: image.key,
    Serial: image.serial ?? 0,
    ...archivedFields(context, image, home),
    Status: image.status ?? (isProcessing ? 'Preprocess' : 'Open'),
    SubStatus: image.subStatus ?? (isProcessing ? 'Processing' : 'NFS'),
    CanShare: true,
    Comments: image.comments !== undefined,
    ShowKeywords: true,
    FormattedValues: {
      Caption: { html: caption, text: caption.replaceAll(/<[^>]*>/g, '') },
      FileName: { html: escapeHtml(fileName), text: fileName },
    },
    PreferredDisplayFileExtension: format,
  }
}

/** Writes a keyword as recorded: a phrase with spaces is quoted, a single word is not. */
function keywordText(keyword: string): string {
  return /[\s,;]/.test(keyword) ? `"${keyword}"` : keyword
}

/** Returns the legacy number of an image, a string of digits. */
function uploadKey(imageKey: string): string {
  let sum = 7
  for (const character of imageKey) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9_000_000_000
  return String(1_000_000_000 + sum)
}

/** Returns the component types, an object for owners (fact sheet 4.2 and 4.6); the key of RAW companions is a guess. */
function componentFileTypes(image: WorldImage): Fields {
  const extension = formatOf(image).toLowerCase()
  const raw = image.components?.map(({ fileName }) => fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase())
  return { [image.isVideo ? 'Video' : 'Image']: [extension], ...(raw === undefined ? {} : { Raw: raw }) }
}

/** Returns the archived fields (fact sheet 4.3). An item under processing has none (synthetic sample), and strangers need the album's downloads to be on. */
function archivedFields(context: Context, image: WorldImage, home: Place): Fields {
  if (!offers(image, 'archived') || (image.isVideo && image.processing)) return {}
  if (context.viewer === 'public' && context.atlas.album(home).fields?.AllowDownloads === false) return {}
  const bytes = archivedBytes(image)
  return { ArchivedUri: fileUrl(context, home, image, 'D'), ArchivedSize: sizeOf(bytes), ArchivedMD5: context.bytes.md5(bytes) }
}

function imageLinks(context: Context, image: WorldImage, home: Place): Links {
  const base = `/api/v2/image/${keySerial(image)}`
  const isOwner = context.viewer === 'owner'
  const mayDownload = isOwner && offers(image, 'download') && !image.processing
  const links: (readonly [Links[number][0], string] | false)[] = [
    ['LargestImage', `${base}!largestimage`],
    ['ImageSizes', `${base}!sizes`],
    ['ImageSizeDetails', `${base}!sizedetails`],
    ['PointOfInterest', `${base}!pointofinterest`],
    ['PointOfInterestCrops', `${base}!poicrops`],
    ['Regions', `${base}!regions`],
    isOwner && ['ImageAlbum', `/api/v2/album/${context.atlas.album(home).key}`],
    isOwner && ['ImageOwner', userUri(context)],
    isOwner && ['ImageAlbums', `${base}!albums`],
    mayDownload && ['ImageDownload', `${base}!download`],
    image.comments !== undefined && ['ImageComments', `${base}!comments`],
    isOwner && ['RotateImage', `${base}!rotate`],
    isOwner && ['ColorImage', `${base}!color`],
    isOwner && ['CopyImage', `${base}!copy`],
    isOwner && ['CropImage', `${base}!crop`],
    ['ImageMetadata', `${base}!metadata`],
    ['ImagePrices', `${base}!prices`],
    ['ImagePricelistExclusions', `${base}!pricelistexclusions`],
    isOwner && image.components !== undefined && ['Components', `/api/v2/library/asset/${image.key}!components`],
    image.isVideo === true && (isPlayable(image) || image.noRendition === true) && ['LargestVideo', `${base}!largestvideo`],
    image.isVideo === true && ['CSMILVideo', `/api/v2/video/${keySerial(image)}!csmil`],
    image.isVideo === true && ['EmbedVideo', `/api/v2/video/${keySerial(image)}!embed`],
  ]
  return links.filter((link) => link !== false)
}

function albumImageLinks(context: Context, image: WorldImage, albumKey: string): Links {
  const base = `/api/v2/album/${albumKey}/image/${keySerial(image)}`
  const common: Links = [
    ['Album', `/api/v2/album/${albumKey}`],
    ['Image', `/api/v2/image/${keySerial(image)}`],
    ['AlbumImagePricelistExclusions', `${base}!pricelistexclusions`],
    ['AlbumImageMetadata', `${base}!metadata`],
    ['AlbumImageShareUris', `${base}!shareuris`],
  ]
  const mayDownload = context.viewer === 'owner' && offers(image, 'download') && !image.processing
  return mayDownload ? [...common, ['AlbumImageDownload', `${base}!download`]] : common
}
