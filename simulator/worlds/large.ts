import type { World, WorldAlbum, WorldImage, WorldNode } from '../world.ts'
import { KEYS } from './make.ts'

/** The size of an account. */
export interface LargeWorldOptions {
  readonly albums: number
  readonly imagesPerAlbum: number
  readonly bytesPerImage: number
  /**
   * The number of different contents. Absent: every image has its own, and its first listing must make it to know its
   * MD5. A thousand keep the listing of a million items cheap.
   */
  readonly sharedSeeds?: number
  /** The distance between videos: every n-th image of an album is one. Absent: none. */
  readonly videoEvery?: number
}

const ALBUMS_PER_FOLDER = 100

/** Makes an account of any size that takes hardly any memory: each item is made when it is read. */
export function largeWorld(options: LargeWorldOptions): World {
  const albums = Array.from({ length: options.albums }, (_, index) => largeAlbum(options, index))
  const root: WorldNode[] = []
  for (let first = 0; first < albums.length; first += ALBUMS_PER_FOLDER) {
    const number = first / ALBUMS_PER_FOLDER + 1
    root.push({
      type: 'Folder',
      nodeId: `F${digits(number, 5)}`,
      name: `Shelf ${number}`,
      urlName: `Shelf-${number}`,
      children: albums.slice(first, first + ALBUMS_PER_FOLDER).map((album) => ({ type: 'Album', album })),
    })
  }
  return {
    nickName: 'archive',
    name: 'Large Archive',
    keys: KEYS,
    root,
    locate: (imageKey) => {
      const number = /^i[0-9a-z]{6}$/.test(imageKey) ? Number.parseInt(imageKey.slice(1), 36) : Number.NaN
      const album = albums[Math.floor(number / options.imagesPerAlbum)]
      return album === undefined ? [] : [{ albumKey: album.key, index: number % options.imagesPerAlbum }]
    },
  }
}

function largeAlbum(options: LargeWorldOptions, index: number): WorldAlbum {
  const name = `Album ${String(index + 1).padStart(5, '0')}`
  return {
    key: `A${digits(index, 5)}`,
    nodeId: `N${digits(index, 5)}`,
    name,
    urlName: name.replace(' ', '-'),
    count: options.imagesPerAlbum,
    placement: (at) => ({ image: largeImage(options, index * options.imagesPerAlbum + at, at) }),
  }
}

function largeImage(options: LargeWorldOptions, number: number, at: number): WorldImage {
  const isVideo = options.videoEvery !== undefined && (at + 1) % options.videoEvery === 0
  const seed = `large ${options.sharedSeeds === undefined ? number : number % options.sharedSeeds}`
  return {
    key: `i${digits(number, 6)}`,
    fileName: `IMG_${String(at + 1).padStart(5, '0')}.${isVideo ? 'MOV' : 'jpg'}`,
    bytes: { kind: 'seeded', seed, size: options.bytesPerImage, starts: isVideo ? 'mp4' : 'jpg' },
    ...(isVideo ? { isVideo, still: { kind: 'seeded', seed: 'still', size: 5000, starts: 'jpg' } } : {}),
    capturedLocal: `20${String(10 + (number % 15)).padStart(2, '0')}-0${1 + (number % 9)}-1${number % 10}T10:${String(number % 60).padStart(2, '0')}:00`,
  }
}

/** Writes a number in as few letters as keys have. */
function digits(number: number, length: number): string {
  return number.toString(36).padStart(length, '0')
}
