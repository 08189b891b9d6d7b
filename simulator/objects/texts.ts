import { DEFAULT_DATE } from '../dates.ts'
import type { Entity, Fields } from '../entity.ts'
import { idFrom } from '../lookup.ts'
import { type ImageView, keySerial } from './image.ts'

const METADATA_FIELDS =
  'Title Caption UserComment Keywords Author Copyright CopyrightUrl CopyrightFlag UsageTerms Source Credit City State Country Rating ' +
  'CreatorContactInfo Category SupplementalCategories SpecialInstructions AuthorTitle CountryCode TransmissionReference Headline ' +
  'WriterEditor Lens Make Model Aperture DateTimeModified DateTimeCreated DateCreated TimeCreated MicroDateTimeCreated ' +
  'MicroDateTimeDigitized DateDigitized Exposure ISO FocalLength FocalLength35mm CompressedBitsPerPixel Flash Metering ExposureProgram ' +
  'ExposureCompensation ExposureMode LightSource WhiteBalance DigitalZoomRatio Contrast Saturation Sharpness SubjectDistance SubjectRange ' +
  'SensingMethod ColorSpace Brightness LatitudeReference LongitudeReference Latitude Longitude AltitudeReference Altitude SceneCaptureType ' +
  'GainControl ScaleFactor CircleOfConfusion FieldOfView DepthOfField HyperfocalDistance NormalizedLightValue Duration AudioCodec VideoCodec ' +
  'Software SerialNumber LensSerialNumber'

/** Returns `ImageMetadata` (fact sheet 6.1): every field is there, empty when unknown. */
export function metadataEntity({ image }: ImageView, albumKey?: string): Entity {
  const fields: Fields = {}
  for (const name of METADATA_FIELDS.split(' ')) fields[name] = ''
  fields.Latitude = Number(image.latitude ?? 0)
  fields.Longitude = Number(image.longitude ?? 0)
  fields.ISO = image.isVideo ? '' : 20
  if (image.capturedLocal !== undefined) {
    fields.DateTimeCreated = image.capturedLocal
    fields.DateTimeModified = image.capturedLocal
    fields.DateDigitized = image.capturedLocal
    fields.MicroDateTimeCreated = `${image.capturedLocal}.342`
    fields.MicroDateTimeDigitized = `${image.capturedLocal}.342`
  }
  const base = albumKey === undefined ? '/api/v2/image' : `/api/v2/album/${albumKey}/image`
  return {
    fields: { ...fields, ...image.metadata },
    uri: `${base}/${keySerial(image)}!metadata`,
    description: albumKey === undefined ? 'Metadata for image' : 'Metadata for AlbumImage',
  }
}

/** Returns a comment (fact sheet 6.3), with the world's own fields last. */
export function commentEntity(owner: string, comment: Readonly<Record<string, unknown>>, index: number): Entity {
  const key = idFrom(`${owner} comment ${index}`, 6)
  return {
    fields: {
      CommentKey: key,
      Comment: '',
      Name: '',
      Email: '',
      Link: '',
      SocialID: 0,
      ServiceID: 0,
      Rating: 0,
      Status: 'Approved',
      Date: DEFAULT_DATE,
    },
    uri: `/api/v2/comment/${key}`,
    description: 'Comment by key',
    links: () => [],
    overrides: comment,
  }
}
