import { readdirSync, statSync } from 'node:fs'
import { basename, extname, join, relative } from 'node:path'
import { isoDate } from '../dates.ts'
import { idFrom } from '../lookup.ts'
import type { World, WorldAlbum, WorldImage, WorldNode } from '../world.ts'
import { album, folder, KEYS } from './make.ts'

const FORMATS: Readonly<Record<string, string>> = {
  '.jpg': 'JPG',
  '.jpeg': 'JPG',
  '.png': 'PNG',
  '.gif': 'GIF',
  '.tif': 'TIF',
  '.tiff': 'TIF',
  '.heic': 'HEIF',
  '.heif': 'HEIF',
  '.mp4': 'MP4',
  '.mov': 'MP4',
}

/**
 * Makes an account of a folder of real files: each directory with photos or videos is an album, the others are folders. A directory with
 * both is a folder that holds an album of the same name. Other files and hidden ones are left out. The files must not change while
 * a simulator serves them.
 */
export function folderWorld(directory: string): World {
  const content = read(directory, directory)
  return {
    nickName: 'folder',
    name: basename(directory),
    keys: KEYS,
    root: [...(content.album === undefined ? [] : [albumNode(content.album)]), ...content.folders],
  }
}

interface Content {
  readonly album?: WorldAlbum
  readonly folders: readonly WorldNode[]
}

function read(directory: string, top: string): Content {
  const entries = readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const images = entries
    .filter((entry) => entry.isFile() && Object.hasOwn(FORMATS, extname(entry.name).toLowerCase()))
    .map((entry) => imageOf(join(directory, entry.name), top))
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => nodeOf(join(directory, entry.name), top))
  return {
    folders: folders.filter((node) => node !== undefined),
    ...(images.length === 0 ? {} : { album: albumOf(directory, top, images) }),
  }
}

function nodeOf(directory: string, top: string): WorldNode | undefined {
  const { album: own, folders } = read(directory, top)
  if (folders.length === 0) return own === undefined ? undefined : albumNode(own)
  const nodeId = idFrom(`folder ${relative(top, directory)}`, 6)
  return folder(basename(directory), [...(own === undefined ? [] : [albumNode(own)]), ...folders], { nodeId })
}

function albumNode(own: WorldAlbum): WorldNode {
  return { type: 'Album', album: own }
}

function albumOf(directory: string, top: string, images: readonly WorldImage[]): WorldAlbum {
  const id = relative(top, directory)
  const newest = images
    .map(({ lastUpdated }) => lastUpdated ?? '')
    .sort()
    .at(-1)
  return album(basename(directory), images, {
    key: idFrom(`album ${id}`, 6),
    nodeId: idFrom(`node ${id}`, 6),
    ...(newest === undefined ? {} : { lastUpdated: newest, imagesLastUpdated: newest }),
  })
}

function imageOf(path: string, top: string): WorldImage {
  const format = FORMATS[extname(path).toLowerCase()] ?? 'JPG'
  const modified = isoDate(Math.floor(statSync(path).mtimeMs))
  return {
    key: idFrom(`image ${relative(top, path)}`, 7),
    fileName: basename(path),
    bytes: { kind: 'file', path },
    format,
    ...(format === 'MP4' ? { isVideo: true } : {}),
    uploaded: modified,
    lastUpdated: modified,
  }
}
