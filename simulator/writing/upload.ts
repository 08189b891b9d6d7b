import { hash } from 'node:crypto'
import type { Arrival } from '../arrival.ts'
import { isoDate } from '../dates.ts'
import { addImage, placementsOf } from '../edit.ts'
import { idFrom } from '../lookup.ts'
import type { Reply } from '../send.ts'
import type { Service } from '../service.ts'
import type { WorldAlbum, WorldImage } from '../world.ts'
import { keywordsOf } from './changes.ts'
import { json } from './replies.ts'

const MESSAGES: Readonly<Record<number, string>> = {
  5: 'system error',
  6: 'wrong format ()',
  63: 'album full',
  64: 'Unknown file type',
  72: 'video too small',
}

/** Returns a failure: with status 200 (fact sheet 9.1). */
const failure = (code: number): Reply => stat({ stat: 'fail', method: 'smugmug.images.upload', code, message: MESSAGES[code] })

const stat = (body: Readonly<Record<string, unknown>>): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
})

const PHOTOS = /\.(jpe?g|png|gif|heic|heif)$/i
const VIDEOS = /\.(mp4|mov|avi|m4v|mpg|mpeg|3gp|wmv)$/i
const RAWS = /\.(cr2|cr3|nef|arw|dng|raf|orf|rw2)$/i
const SMALLEST_VIDEO = 100

/** Takes an uploaded file: the last of its album from now on (fact sheet 9.1). */
export function takeUpload(service: Service, arrival: Arrival): Reply {
  const { headers, body = Buffer.alloc(0) } = arrival
  const { writing = {} } = service.behaviour
  const header = (name: string): string | undefined =>
    writing.ignoredHeaders?.includes(name) === true ? undefined : textOf(headers[name], writing.headerText ?? 'percent')
  if (headers['transfer-encoding'] !== undefined || body.length === 0) return failure(5)
  const albumKey = /^\/api\/v2\/album\/([^/]+)$/.exec(String(headers['x-smug-albumuri'] ?? ''))?.[1] ?? ''
  const place = service.atlas.albumPlace(albumKey)
  if (place?.node.type !== 'Album') return failure(5)
  const { album } = place.node
  const promised = headers['content-md5']
  if (typeof promised === 'string' && !isMd5(promised, body)) return failure(5)
  const fileName = header('x-smug-filename')
  const unfit = unfitness(fileName, body, writing.source === true)
  if (unfit !== undefined) return failure(unfit)
  if (album.count >= (writing.albumLimit ?? 5000)) return failure(63)
  if (writing.sameName === 'refuse' && has(album, fileName)) return json(409, 'Conflict')
  const image = imageOf(service, { header, body, fileName, albumKey })
  service.write(addImage(service.atlas.world, albumKey, image))
  const uri = `${image.key}-0`
  return stat({
    stat: 'ok',
    method: 'smugmug.images.upload',
    Image: {
      StatusImageReplaceUri: '',
      ImageUri: `/api/v2/image/${uri}`,
      AlbumImageUri: `/api/v2/album/${albumKey}/image/${uri}`,
      URL: `https://${service.atlas.world.nickName}.smugmug.com${place.urlPath}/i-${image.key}`,
    },
  })
}

const has = (album: WorldAlbum, fileName: string | undefined): boolean =>
  fileName !== undefined && placementsOf(album).some(({ image }) => image.fileName?.toLowerCase() === fileName.toLowerCase())

/** Base64 is documented, hexadecimal is accepted too (fact sheet 9.1). */
const isMd5 = (promised: string, body: Buffer): boolean => {
  const hex = hash('md5', body)
  return promised.toLowerCase() === hex || promised === Buffer.from(hex, 'hex').toString('base64')
}

function unfitness(fileName: string | undefined, body: Buffer, takesRaw: boolean): number | undefined {
  if (fileName === undefined || PHOTOS.test(fileName)) return undefined
  if (VIDEOS.test(fileName)) return body.length < SMALLEST_VIDEO ? 72 : undefined
  if (RAWS.test(fileName)) return takesRaw ? undefined : 6
  return 64
}

function textOf(value: string | readonly string[] | undefined, encoding: 'percent' | 'raw'): string | undefined {
  const raw = typeof value === 'string' ? value : value?.[0]
  if (raw === undefined || raw === '') return undefined
  if (encoding === 'raw') return Buffer.from(raw, 'latin1').toString('utf8')
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}

function imageOf(
  service: Service,
  upload: {
    header(name: string): string | undefined
    readonly body: Buffer
    readonly fileName: string | undefined
    readonly albumKey: string
  },
): WorldImage {
  const { header, body, fileName, albumKey } = upload
  const { writing = {} } = service.behaviour
  const key = idFrom(`upload ${albumKey} ${fileName} ${service.serial()}`, 7)
  const isVideo = fileName !== undefined && VIDEOS.test(fileName)
  const extension = fileName?.split('.').at(-1)?.toUpperCase()
  const data = fileName !== undefined && writing.changesBytes?.(fileName) === true ? Buffer.concat([body, Buffer.from([0])]) : body
  const [title, caption, keywords] = [header('x-smug-title'), header('x-smug-caption'), header('x-smug-keywords')]
  const now = isoDate(service.now())
  if (isVideo) service.beginProcessing(key)
  return {
    key,
    ...writing.reads?.(hash('md5', body)),
    fileName: fileName ?? '',
    bytes: { kind: 'inline', data },
    isVideo,
    format: isVideo ? 'MP4' : extension === undefined || extension === 'JPEG' ? 'JPG' : extension,
    ...(title !== undefined && { title }),
    ...(caption !== undefined && { caption }),
    ...(keywords !== undefined && { keywords: keywordsOf(keywords) }),
    ...(header('x-smug-hidden') === 'true' && { hidden: true }),
    uploaded: now,
    lastUpdated: now,
  }
}
