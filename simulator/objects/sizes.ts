import { sizeOf } from '../bytes.ts'
import type { Entity, Fields } from '../entity.ts'
import type { Bytes, WorldImage } from '../world.ts'
import type { Context } from './context.ts'
import {
  archivedBytes,
  archivedExtension,
  fileUrl,
  IMAGE_SIZES,
  isPlayable,
  offers,
  renditionBytes,
  VIDEO_SIDES,
  videoBytes,
} from './files.ts'
import { type ImageView, keySerial } from './image.ts'

/** The length of every simulated video in seconds, as of the recorded one. */
const DURATION = 24.765

/** Returns `LargestVideo` (fact sheet 5.1): Duration and Bitrate are strings. */
export function largestVideoEntity(context: Context, { image, home }: ImageView): Entity | undefined {
  if (!isPlayable(image) || image.largestVideoMissing) return undefined
  const bytes = videoBytes(image, VIDEO_SIDES[0])
  const base = `/api/v2/image/${keySerial(image)}`
  return {
    fields: {
      Url: fileUrl(context, home, image, String(VIDEO_SIDES[0])),
      Size: sizeOf(bytes),
      Height: 1080,
      Width: 1920,
      MD5: context.bytes.md5(bytes),
      Usable: true,
      Ext: 'mp4',
      Duration: String(DURATION),
      Bitrate: String(Math.round((sizeOf(bytes) * 8) / DURATION)),
      Watermarked: false,
    },
    uri: `${base}!largestvideo`,
    description: 'Largest size available for video',
    links: () => [
      ['VideoSize1920', `/api/v2/video/${keySerial(image)}!size1920`],
      ['ImageSizeCustom', `${base}!sizecustom?height=1080&width=1920`],
    ],
    ...(image.video === undefined ? {} : { overrides: image.video }),
  }
}

/** Returns `LargestImage`: the original if downloads allow it, else a 4K rendition. `undefined`: nothing at all. */
export function largestImageEntity(context: Context, { image, home }: ImageView): Entity | undefined {
  if (!offers(image, 'largest')) return undefined
  const code = offers(image, 'sizedetails') && !image.isVideo ? 'O' : '4K'
  return {
    fields: { ...sizeFields(context, { image, home }, code), Usable: true },
    uri: `/api/v2/image/${keySerial(image)}!largestimage`,
    description: 'Largest size available for image',
  }
}

/** Returns `ImageSizeDetails` (fact sheet 5.2). */
export function sizeDetailsEntity(context: Context, view: ImageView): Entity {
  const { image, home } = view
  const sizes = offers(image, 'largest') ? IMAGE_SIZES : IMAGE_SIZES.slice(0, 4)
  const fields: Fields = {
    ImageUrlTemplate: fileUrl(context, home, image, 'Th').replace('/Th/', '/#size#/').replace('-Th.', '-#size#.'),
    UsableSizes: sizes.map(([, name]) => `ImageSize${name}`),
  }
  for (const [code, name] of sizes) fields[`ImageSize${name}`] = sizeFields(context, view, code)
  if (!image.isVideo && offers(image, 'sizedetails')) fields.ImageSizeOriginal = sizeFields(context, view, 'O')
  if (isPlayable(image)) for (const side of VIDEO_SIDES) fields[`VideoSize${side}`] = videoSizeFields(context, view, side)
  return { fields, uri: `/api/v2/image/${keySerial(image)}!sizedetails`, description: 'Detailed size information for image' }
}

/** Returns `ImageSizes`: addresses only. */
export function sizesEntity(context: Context, { image, home }: ImageView): Entity {
  const fields: Fields = {}
  for (const [code, name] of IMAGE_SIZES) fields[`${name}ImageUrl`] = fileUrl(context, home, image, code)
  if (offers(image, 'largest'))
    fields.LargestImageUrl = fileUrl(context, home, image, offers(image, 'sizedetails') && !image.isVideo ? 'O' : '4K')
  if (!image.isVideo && offers(image, 'sizedetails')) fields.OriginalImageUrl = fileUrl(context, home, image, 'O')
  if (isPlayable(image)) for (const side of VIDEO_SIDES) fields[`${side}VideoUrl`] = fileUrl(context, home, image, String(side))
  return { fields, uri: `/api/v2/image/${keySerial(image)}!sizes`, description: 'Sizes available for image' }
}

/** Returns one size in detail; renditions made on the fly have neither Size nor MD5 (fact sheet 4.4), here X4. */
function sizeFields(context: Context, { image, home }: ImageView, code: string): Fields {
  const side = IMAGE_SIZES.find(([known]) => known === code)?.[2]
  const bytes = code === 'O' ? archivedBytes(image) : renditionBytes(image, code)
  const isGenerated = code === 'X4'
  return {
    Url: fileUrl(context, home, image, code),
    Ext: code === 'O' ? archivedExtension(image) : 'jpg',
    Height: Math.round((side ?? 4032) * 0.75),
    Width: side ?? 4032,
    ...(bytes === undefined || isGenerated ? {} : proof(context, bytes)),
    Watermarked: false,
  }
}

function videoSizeFields(context: Context, { image, home }: ImageView, side: number): Fields {
  return {
    Url: fileUrl(context, home, image, String(side)),
    Ext: 'mp4',
    Height: Math.round((side * 9) / 16),
    Width: side,
    ...proof(context, videoBytes(image, side)),
    Watermarked: false,
  }
}

function proof(context: Context, bytes: Bytes): Fields {
  return { Size: sizeOf(bytes), MD5: context.bytes.md5(bytes) }
}

/** Returns `!download`: only its Url; `undefined` if downloads are not allowed. */
export function downloadEntity(context: Context, { image, home }: ImageView, albumKey?: string): Entity | undefined {
  if (context.viewer !== 'owner' || !offers(image, 'download') || image.processing) return undefined
  const base = albumKey === undefined ? '/api/v2/image' : `/api/v2/album/${albumKey}/image`
  return {
    fields: { Url: fileUrl(context, home, image, 'D') },
    uri: `${base}/${keySerial(image)}!download`,
    description: albumKey === undefined ? 'Download image' : 'Download the image from the album',
    links: () => [['Image', `/api/v2/image/${keySerial(image)}`]],
  }
}

/** Returns a RAW companion's key: `KEYcN` is the n-th of image KEY. */
export function componentKey(image: WorldImage, index: number): string {
  return `${image.key}c${index}`
}

/** Returns the rows of `library/asset/KEY!components`: the displayed file, then its companions (fact sheet 4.6). */
export function componentEntities(context: Context, { image, home }: ImageView): readonly Entity[] {
  const asset = `/api/v2/library/asset/${image.key}`
  const row = (fields: Fields, uri: string): Entity => ({ fields, uri, description: 'Representation of a single component of an asset' })
  const url = fileUrl(context, home, image, 'D')
  const shown = archivedBytes(image)
  const extension = archivedExtension(image).toUpperCase()
  const displayed = { ComponentType: 'i', ComponentKey: image.key, DownloadUrl: url, Extension: extension, FileName: image.fileName ?? '' }
  return [
    row({ ...displayed, FileSize: sizeOf(shown), MD5: context.bytes.md5(shown), Url: url }, `${asset}/component/i/${image.key}`),
    ...(image.components ?? []).map((component, index) => {
      const key = componentKey(image, index)
      const vault = `${context.apiUrl}/smugvault/${key}`
      const type = component.type ?? 'svi'
      return row(
        {
          ComponentType: type,
          ComponentKey: key,
          DownloadUrl: vault,
          Extension: component.fileName.slice(component.fileName.lastIndexOf('.') + 1).toUpperCase(),
          FileName: component.fileName,
          FileSize: sizeOf(component.bytes),
          MD5: context.bytes.md5(component.bytes),
          Url: vault,
        },
        `${asset}/component/${type}/${key}`,
      )
    }),
  ]
}
