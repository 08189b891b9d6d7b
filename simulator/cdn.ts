import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainArrivalOf } from './arrival.ts'
import { decodePath } from './envelope.ts'
import type { Harm } from './faults.ts'
import { fileReply, type Serving } from './file-reply.ts'
import { pause } from './limits.ts'
import type { Place } from './lookup.ts'
import { isSigned } from './oauth.ts'
import { archivedBytes, archivedExtension, formatOf, isPlayable, renditionBytes, VIDEO_SIDES, videoBytes } from './objects/files.ts'
import { leavingOf, type Reply, replaced, send } from './send.ts'
import type { Service } from './service.ts'
import type { Bytes, WorldImage } from './world.ts'

const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  heic: 'image/heic',
  heif: 'image/heif',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
}

interface FoundFile {
  readonly endpoint: 'original' | 'video' | 'still' | 'rendition'
  readonly bytes?: Bytes
  readonly home?: Place
  readonly type: string
}

/** Answers one request to the file host (fact sheet 7.2). */
export async function handleCdn(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const end = service.counters.begin('cdn')
  response.once('close', end)
  const leaving = leavingOf(response)
  const arrival = plainArrivalOf(request)
  const { received, url } = arrival
  const found = findFile(service, received.path)
  const refusal = crowdedOut(service)
  const { delayMs, harm = refusal } = service.faults.harm({ endpoint: found.endpoint, url, isApi: false, isFile: true })
  if (refusal === undefined) await pause((service.behaviour.latency?.fileMs ?? 0) + delayMs, leaving)
  response.setHeader('Date', new Date(service.now()).toUTCString())
  const reply = replaced(harm) ?? replyTo(service, found, arrival)
  service.counters.note({
    method: received.method,
    url,
    endpoint: found.endpoint,
    status: reply.status,
    signed: isSigned(received),
    host: received.host,
  })
  await send(response, reply, {
    signal: leaving,
    sent: (bytes) => service.counters.sent(bytes),
    ...(harm === undefined ? {} : { harm }),
    ...(service.bandwidth === undefined ? {} : { bandwidth: service.bandwidth }),
  })
}

/** Returns the refusal of one file too many, if there are too many. */
function crowdedOut(service: Service): Harm | undefined {
  const { crowd } = service.behaviour
  if (crowd === undefined || service.counters.running('cdn') <= crowd.files) return undefined
  return { kind: 'status', status: crowd.status ?? 503, ...(crowd.retryAfter === undefined ? {} : { retryAfter: crowd.retryAfter }) }
}

function replyTo(service: Service, found: FoundFile, arrival: ReturnType<typeof plainArrivalOf>): Reply {
  const { received, range } = arrival
  if (received.method !== 'GET' && received.method !== 'HEAD') return page(405, 'Method Not Allowed')
  if (found.bytes === undefined) return page(404, 'Not Found')
  if (found.home?.privacy === 'Private' && service.behaviour.privateNeedsSignature !== false && !service.checkOwner(received).ok) {
    return page(403, 'Forbidden')
  }
  const serving: Serving = {
    type: found.type,
    isOriginal: found.endpoint !== 'rendition',
    isPublic: found.endpoint === 'video',
    ...(range === undefined ? {} : { range }),
  }
  return fileReply(service.bytes, found.bytes, serving)
}

function page(status: number, text: string): Reply {
  const body = `<html><head><title>${status} ${text}</title></head><body><h1>${text}</h1></body></html>\n`
  return { status, headers: { 'Content-Type': 'text/html', 'Cache-Control': 'no-store' }, body: Buffer.from(body) }
}

/** Finds the file of `/PATH/i-KEY/SERIAL/SIGNATURE/SIZE/NAME`. Path, signature and name do not matter, as on public files of the real service. */
function findFile(service: Service, path: string): FoundFile {
  const [key, serial, , size = '', name = ''] = path.split('/').slice(-5)
  const missing: FoundFile = { endpoint: endpointOf(size, undefined), type: 'text/html' }
  if (key === undefined || !key.startsWith('i-')) return missing
  const found = service.atlas.image(decodePath(key.slice(2)))
  // An address holds the serial: after a replacement the old one leads nowhere.
  if (found === undefined || serial !== String(found.image.serial ?? 0)) return missing
  const { image, home } = found
  const bytes = bytesOf(image, size)
  const endpoint = endpointOf(size, image)
  if (bytes === undefined) return { endpoint, type: 'text/html' }
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return { endpoint, bytes, home, type: typeOf(image, endpoint, extension) }
}

function endpointOf(size: string, image: WorldImage | undefined): FoundFile['endpoint'] {
  if (/^\d+$/.test(size)) return 'video'
  if (size === 'D' || size === 'O') return image?.isVideo ? 'still' : 'original'
  return 'rendition'
}

function bytesOf(image: WorldImage, size: string): Bytes | undefined {
  if (size === 'D' || size === 'O') return archivedBytes(image)
  const side = VIDEO_SIDES.find((known) => String(known) === size)
  if (side !== undefined) return isPlayable(image) ? videoBytes(image, side) : undefined
  return renditionBytes(image, size)
}

function typeOf(image: WorldImage, endpoint: FoundFile['endpoint'], extension: string): string {
  if (endpoint === 'video') return 'video/mp4'
  if (endpoint === 'original') return TYPES[archivedExtension(image)] ?? TYPES[formatOf(image).toLowerCase()] ?? 'application/octet-stream'
  return TYPES[extension] ?? 'image/jpeg'
}
