import { mediaOf, sizeOf, stillOf } from '../bytes.ts'
import { idFrom, type Place } from '../lookup.ts'
import type { Bytes, WorldImage } from '../world.ts'
import type { Context } from './context.ts'

/** Returns the type in which SmugMug keeps an image. */
export function formatOf(image: WorldImage): string {
  return image.format ?? (image.isVideo ? 'MP4' : 'JPG')
}

/** Returns the extension of the file behind ArchivedUri; for a video, that of its still. */
export function archivedExtension(image: WorldImage): string {
  return image.isVideo ? 'jpg' : formatOf(image).toLowerCase()
}

/** Returns the file behind ArchivedUri (fact sheet 0.5). */
export function archivedBytes(image: WorldImage): Bytes {
  return image.isVideo ? stillOf(image) : mediaOf(image)
}

/** Returns the address of one size of an image; `D` is the archived file, `O` the original size, numbers are videos (fact sheet 1.4). */
export function fileUrl(context: Context, home: Place, image: WorldImage, size: string): string {
  const isVideo = /^\d+$/.test(size)
  const extension = isVideo ? 'mp4' : size === 'D' || size === 'O' ? archivedExtension(image) : 'jpg'
  const serial = image.serial ?? 0
  const signature = idFrom(`${image.key} ${serial} ${size}`, 41)
  // Albums that are not public keep their path and names out of the address.
  const isOpen = home.privacy === 'Public'
  const folder = isOpen ? safePath(home.urlPath) : '/photos'
  const name = (isOpen ? baseName(image.fileName ?? '') : '') || `i-${image.key}`
  return `${context.cdnUrl}${folder}/i-${image.key}/${serial}/${signature}/${size}/${encode(name)}-${encode(size)}.${extension}`
}

function baseName(fileName: string): string {
  const dot = fileName.lastIndexOf('.')
  return dot > 0 ? fileName.slice(0, dot) : fileName
}

/** Removes segments that climb: the service's own names cannot hold them, a hostile world's can. */
function safePath(urlPath: string): string {
  return urlPath
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .map((segment) => `/${encode(segment)}`)
    .join('')
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** The long side of every video rendition, largest first. */
export const VIDEO_SIDES = [1920, 1280, 640, 320] as const

/** Returns the bytes of a video rendition: the largest is the world's own, smaller ones are made up. */
export function videoBytes(image: WorldImage, side: number): Bytes {
  const largest = mediaOf(image)
  if (side === VIDEO_SIDES[0]) return largest
  const size = Math.max(1000, Math.floor(sizeOf(largest) * (side / VIDEO_SIDES[0]) ** 2))
  return { kind: 'seeded', seed: `${image.key} ${image.serial ?? 0} ${side}`, size, starts: 'mp4' }
}

/** Does SmugMug have a playable file of this video now? */
export function isPlayable(image: WorldImage): boolean {
  return image.isVideo === true && image.noRendition !== true && image.processing !== true
}

/** The renditions of every image: code in addresses, name in the API, long side. */
export const IMAGE_SIZES: readonly (readonly [code: string, name: string, side: number])[] = [
  ['Ti', 'Tiny', 100],
  ['Th', 'Thumb', 150],
  ['S', 'Small', 400],
  ['M', 'Medium', 600],
  ['L', 'Large', 800],
  ['XL', 'XLarge', 1024],
  ['X2', 'X2Large', 1280],
  ['X3', 'X3Large', 1600],
  ['X4', 'X4Large', 2048],
  ['X5', 'X5Large', 2560],
  ['4K', '4K', 3840],
]

/** Returns the bytes of a smaller JPEG: made up, and small; `undefined` when there is no such size. */
export function renditionBytes(image: WorldImage, code: string): Bytes | undefined {
  const side = IMAGE_SIZES.find(([known]) => known === code)?.[2]
  if (side === undefined) return undefined
  return { kind: 'seeded', seed: `${image.key} ${image.serial ?? 0} ${code}`, size: 500 + side * 4, starts: 'jpg' }
}

/** Does the ladder of fact sheet 4.3 reach this rung for an image? */
export function offers(image: WorldImage, rung: 'archived' | 'download' | 'sizedetails' | 'largest'): boolean {
  const rungs = ['none', 'largest', 'sizedetails', 'download', 'archived'] as const
  return rungs.indexOf(image.offers ?? 'archived') >= rungs.indexOf(rung)
}
