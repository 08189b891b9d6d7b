import * as v from 'valibot'
import type { Availability, Grade, Item, JsonObject, Source } from '../../model.ts'
import { segmentOf } from '../wire/addresses.ts'
import { parseObject } from '../wire/answer.ts'
import { count, fileUrl, filledText, flag, known, links, md5, size } from './fields.ts'

/** One size of a photo or video: LargestVideo, VideoSize1920, ImageSizeOriginal, LargestImage… (fact sheet 5). Numbers may be texts. */
export const sizeSchema = v.object({ Url: fileUrl, Size: size, MD5: md5, Ext: filledText, Usable: flag, Width: count, Height: count })

type Size = v.InferOutput<typeof sizeSchema>

/** The facts of a listing about the place of an item's bytes. */
export interface ListedFacts {
  readonly isVideo: boolean
  readonly fileName: string
  readonly format: string | undefined
  readonly archived: { readonly url: string | undefined; readonly size: number | undefined; readonly md5: string | undefined }
  /** The expansion of LargestVideo. */
  readonly largestVideo: Size | undefined
  readonly processing: boolean
  /** SmugMug has given the video up: `Status=Preprocess` and `SubStatus=CanNotProcess`. */
  readonly cannotProcess: boolean
  readonly forceVideo: boolean
}

const CANNOT_PROCESS = 'SmugMug could not process it and has nothing to play'
const STILL_PROCESSING = 'not yet processed by SmugMug'

/**
 * Decides from the listing where an item's bytes are.
 *
 * [Note: never the still] A video's ArchivedUri is a JPEG still of it (fact sheet 5.1), so a video is only ever taken from its renditions.
 */
export const listedAvailability = (facts: ListedFacts): Availability => {
  if (facts.isVideo) {
    if (facts.cannotProcess) return { kind: 'impossible', reason: CANNOT_PROCESS }
    if (facts.processing && !facts.forceVideo) return { kind: 'pending', reason: STILL_PROCESSING }
    return ready(facts.largestVideo, 'rendition') ?? { kind: 'unresolved' }
  }
  const { url, size, md5 } = facts.archived
  if (url !== undefined) return { kind: 'ready', source: photoSource({ Url: url, Size: size, MD5: md5 }, 'original', facts) }
  return facts.processing ? { kind: 'pending', reason: STILL_PROCESSING } : { kind: 'unresolved' }
}

/** Gets the payload of a link; undefined when SmugMug offers nothing there (404, no permission, an answer without payload). */
export type Ask = (uri: string, locator: string) => Promise<JsonObject | undefined>

const IMAGE = v.object({ Uris: links, Processing: flag })

/**
 * Climbs down the ladder of fact sheet 4.3 when the listing does not say where the bytes are; calls `ask` once a rung.
 *
 * [Note: grades of the ladder] `!download` leads to the untouched upload when its address says so by the size code `D`: `original`. Other
 * files of full size (`O`, ImageSizeOriginal) may be rotated or edited: `rendition`, unless the MD5 is that of the upload. Every other file
 * is smaller than the upload: `fallback`.
 */
export const climb = async (item: Item, ask: Ask): Promise<Exclude<Availability, { kind: 'unresolved' }>> => {
  if (item.availability.kind !== 'unresolved') return item.availability
  const parsed = v.safeParse(IMAGE, parseObject(Buffer.from(item.raw)))
  const image = parsed.success ? parsed.output : undefined
  // A link may be missing from an answer (fact sheet 2.1); these follow a pattern.
  const own = `/api/v2/image/${segmentOf(item.imageKey)}${item.serial === undefined ? '' : `-${item.serial}`}`
  const uris = {
    ...known({ LargestVideo: `${own}!largestvideo`, ImageSizeDetails: `${own}!sizedetails`, LargestImage: `${own}!largestimage` }),
    ...image?.Uris,
  }
  return item.isVideo ? climbVideo(uris, ask, image?.Processing === true) : climbPhoto(uris, ask, item)
}

type Uris = Readonly<Record<'LargestVideo' | 'ImageSizeDetails' | 'LargestImage', string>> & Readonly<Record<string, string>>
type Resolved = Exclude<Availability, { kind: 'unresolved' }>

const climbVideo = async (uris: Uris, ask: Ask, processing: boolean): Promise<Resolved> => {
  const largest = ready(parseSize(await ask(uris.LargestVideo, 'LargestVideo')), 'rendition')
  if (largest !== undefined) return largest
  const details = await ask(uris.ImageSizeDetails, 'ImageSizeDetails')
  const rendition = ready(largestOf(details, /^VideoSize\d+$/), 'rendition')
  if (rendition !== undefined) return rendition
  return processing ? { kind: 'pending', reason: STILL_PROCESSING } : { kind: 'impossible', reason: 'SmugMug offers no playable version' }
}

const climbPhoto = async (uris: Uris, ask: Ask, item: Item): Promise<Resolved> => {
  const upload = known({ Size: item.archivedSize, MD5: item.archivedMd5 })
  const rungs: readonly (() => Promise<{ readonly size: Size | undefined; readonly grade: Grade }>)[] = [
    async () => {
      const link = uris.ImageDownload ?? uris.AlbumImageDownload
      const download = link === undefined ? undefined : parseSize(await ask(link, 'ImageDownload'))
      if (download?.Url === undefined) return { size: undefined, grade: 'original' }
      const code = sizeCode(download.Url)
      if (code === 'D') return { size: { ...upload, ...known(download) }, grade: 'original' }
      return { size: download, grade: code === 'O' ? 'rendition' : 'fallback' }
    },
    async () => {
      const details = await ask(uris.ImageSizeDetails, 'ImageSizeDetails')
      return { size: parseSize(details?.ImageSizeOriginal), grade: 'rendition' }
    },
    async () => ({ size: parseSize(await ask(uris.LargestImage, 'LargestImage')), grade: 'fallback' }),
  ]
  for (const rung of rungs) {
    const { size, grade } = await rung()
    if (size?.Url === undefined) continue
    const untouched = size.MD5 !== undefined && size.MD5 === item.archivedMd5
    return { kind: 'ready', source: photoSource({ ...size, Url: size.Url }, untouched ? 'original' : grade, item) }
  }
  return {
    kind: 'impossible',
    reason:
      'SmugMug offers no original of this photo, nor any other size; see whether the album allows downloads and the largest size is Original',
  }
}

/** Returns the size code in a file's address, such as `D` (the upload), `O` or `X3` (fact sheet 1.4). */
const sizeCode = (url: string): string | undefined => /\/([A-Za-z0-9]+)\/[^/]*$/.exec(URL.parse(url)?.pathname ?? '')?.[1]

const parseSize = (value: unknown): Size | undefined => {
  const parsed = v.safeParse(sizeSchema, value)
  return parsed.success ? parsed.output : undefined
}

/** Returns the widest, then highest, of the sizes whose names match. */
const largestOf = (details: JsonObject | undefined, names: RegExp): Size | undefined =>
  Object.entries(details ?? {})
    .filter(([name]) => names.test(name))
    .map(([, value]) => parseSize(value))
    .filter((size) => size?.Url !== undefined && size.Usable !== false)
    .toSorted((a, b) => (b?.Width ?? 0) - (a?.Width ?? 0) || (b?.Height ?? 0) - (a?.Height ?? 0))[0]

const ready = (size: Size | undefined, grade: Grade): { readonly kind: 'ready'; readonly source: Source } | undefined => {
  if (size?.Url === undefined || size.Usable === false) return undefined
  return { kind: 'ready', source: known({ url: size.Url, size: size.Size, md5: size.MD5, grade, extension: size.Ext?.toLowerCase() }) }
}

/**
 * Returns a photo's source. SmugMug stores HEIC as JPEG and loses the original (fact sheet 4.4). A file that looks like such an upload is a
 * rendition, recognised by its name: `IMG_1.HEIC` or, from SmugMug's apps, `IMG_1_heic.JPG`.
 */
const photoSource = (
  size: { readonly Url: string; readonly Size?: number | undefined; readonly MD5?: string | undefined; readonly Ext?: string | undefined },
  grade: Grade,
  named: { readonly fileName: string; readonly format?: string | undefined },
): Source => {
  const converted = /^jpe?g$/i.test(named.format ?? 'JPG') && /[._]hei[cf](\.jpe?g)?$/i.test(named.fileName)
  const extension = converted ? 'jpg' : grade === 'original' ? undefined : size.Ext?.toLowerCase()
  return known({ url: size.Url, size: size.Size, md5: size.MD5, grade: converted && grade === 'original' ? 'rendition' : grade, extension })
}
