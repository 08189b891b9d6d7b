/**
 * The bundled demo account: a dozen small galleries of a photographer who does not exist. Its contents are written down in
 * `simulator/demo/account.json`; `scripts/make-demo-account.ts` makes the pictures beside it.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { later } from '../dates.ts'
import type { Bytes, World, WorldAlbum, WorldImage, WorldKeys, WorldNode, WorldPlacement } from '../world.ts'

/** The contents of `account.json`. */
export interface DemoAccount {
  readonly nickName: string
  readonly name: string
  readonly cameras: Readonly<Record<string, DemoCamera>>
  readonly root: readonly DemoNode[]
}

/** A camera that does not exist. */
export interface DemoCamera {
  readonly make: string
  readonly model: string
  readonly lens?: string
}

/** Folders hold nodes, albums hold items; `page` stands for a page of the web site. */
export type DemoNode = DemoFolder | DemoAlbum | { readonly page: string; readonly urlName: string; readonly nodeId: string }

interface DemoFolder extends Pick<WorldNode & { readonly type: 'Folder' }, 'urlName' | 'nodeId' | 'description' | 'privacy'> {
  readonly folder: string
  readonly children: readonly DemoNode[]
}

interface DemoAlbum
  extends Pick<
    WorldAlbum,
    'key' | 'urlName' | 'nodeId' | 'description' | 'keywords' | 'privacy' | 'password' | 'sortMethod' | 'sortDirection'
  > {
  readonly album: string
  /** The upload time of its first item, in true UTC; the others followed 9 seconds apart, unless they give a time. */
  readonly uploaded: string
  /** The time of the last change of its contents, if that was after the last upload. */
  readonly changed?: string
  readonly items: readonly (DemoItem | { readonly collected: string })[]
}

/** A photo or video in its home album. */
export interface DemoItem
  extends Pick<
    WorldImage,
    | 'key'
    | 'serial'
    | 'format'
    | 'latitude'
    | 'longitude'
    | 'altitude'
    | 'title'
    | 'caption'
    | 'keywords'
    | 'hidden'
    | 'uploaded'
    | 'lastUpdated'
    | 'offers'
    | 'comments'
  > {
  /** The file's name in `simulator/demo/media/`, by which albums collect it. Absent for a video that SmugMug refused. */
  readonly file?: string
  readonly fileName: string
  /** The size of the file in pixels; by default 640 by 427. */
  readonly size?: readonly [width: number, height: number]
  readonly video?: 'ready' | 'processing' | 'refused'
  /** The JPEG of a video, in the same folder. */
  readonly still?: string
  /** The length of a video. */
  readonly seconds?: number
  /** The camera's wall clock, and the zone that the camera knew. */
  readonly taken?: string
  readonly offset?: string
  readonly camera?: string
  readonly shot?: { readonly exposure: string; readonly aperture: number; readonly iso: number /** Focal length. */; readonly mm: number }
  /** Are title, caption and keywords in the file too? */
  readonly embedded?: boolean
}

/** The four secrets that open the demo account, and nothing else. */
export const DEMO_KEYS: WorldKeys = {
  apiKey: 'demo-api-key',
  apiSecret: 'demo-api-secret',
  userToken: 'demo-user-token',
  userSecret: 'demo-user-secret',
}

/** The folder of `account.json` and `media/` in the source tree. */
export const demoFolder = fileURLToPath(new URL('../demo/', import.meta.url))

/** Reads a file of the demo account by its path in `simulator/demo/`. */
type ReadDemo = (path: string) => Uint8Array

const fromFolder: ReadDemo = (path) => readFileSync(join(demoFolder, path))

/** Reads `account.json`: our own file, whose shape a test checks. */
export function readDemoAccount(read = fromFolder): DemoAccount {
  return JSON.parse(Buffer.from(read('account.json')).toString()) as DemoAccount
}

/** Returns every item that has a home album, in the order of the tree. */
export function demoItems(nodes: readonly DemoNode[]): readonly DemoItem[] {
  return nodes.flatMap((node) => {
    if ('children' in node) return demoItems(node.children)
    return 'items' in node ? node.items.filter((item) => 'key' in item) : []
  })
}

/**
 * Returns the demo account. Everything in it ends proven or named: one video is still processing, one SmugMug refused, one photo has no
 * original. Reads all files when called: they are a megabyte. `read` finds them where there is no source tree.
 */
export function demoWorld(read = fromFolder): World {
  const account = readDemoAccount(read)
  const images = new Map<string, WorldImage>()
  for (const { items, uploaded } of albumsOf(account.root)) {
    for (const [index, item] of items.entries()) {
      if ('key' in item)
        images.set(item.file ?? item.key, imageOf(item, { read, cameras: account.cameras, uploaded: later(uploaded, index * 9) }))
    }
  }
  return {
    nickName: account.nickName,
    name: account.name,
    keys: DEMO_KEYS,
    root: account.root.map((node) => nodeOf(node, images)),
  }
}

function albumsOf(nodes: readonly DemoNode[]): readonly DemoAlbum[] {
  return nodes.flatMap((node) => {
    if ('children' in node) return albumsOf(node.children)
    return 'items' in node ? [node] : []
  })
}

function nodeOf(node: DemoNode, images: ReadonlyMap<string, WorldImage>): WorldNode {
  if ('items' in node) return { type: 'Album', album: albumOf(node, images) }
  if ('page' in node) return { type: 'Page', nodeId: node.nodeId, name: node.page, urlName: node.urlName }
  const { folder, children, ...rest } = node
  return { ...rest, type: 'Folder', name: folder, children: children.map((child) => nodeOf(child, images)) }
}

function albumOf(album: DemoAlbum, images: ReadonlyMap<string, WorldImage>): WorldAlbum {
  const { album: name, items, uploaded, changed, ...rest } = album
  const placements = items.map((item): WorldPlacement => {
    const name = 'collected' in item ? item.collected : (item.file ?? item.key)
    const image = images.get(name)
    if (!image) throw new Error(`The demo account collects ${name}, which is in no album. Correct simulator/demo/account.json.`)
    return { image, collected: 'collected' in item }
  })
  const own = placements.flatMap(({ image, collected }) => (collected ? [] : [image.lastUpdated ?? uploaded]))
  return {
    ...rest,
    name,
    count: placements.length,
    placement: (index) => {
      const placement = placements[index]
      if (!placement) throw new RangeError(`Album ${name} has ${placements.length} items; there is no item ${index}.`)
      return placement
    },
    lastUpdated: uploaded,
    imagesLastUpdated: [uploaded, ...own, ...(changed === undefined ? [] : [changed])].toSorted().at(-1) ?? uploaded,
    ...(album.password === undefined ? {} : { securityType: 'Password' }),
  }
}

function imageOf(
  item: DemoItem,
  context: { readonly read: ReadDemo; readonly cameras: DemoAccount['cameras']; readonly uploaded: string },
): WorldImage {
  const { file, size = [640, 427], video, still, seconds, taken, offset, camera, shot, embedded, ...rest } = item
  const media = (name: string): Bytes => ({ kind: 'inline', data: context.read(`media/${name}`) })
  const uploaded = item.uploaded ?? context.uploaded
  const taker = camera === undefined ? undefined : context.cameras[camera]
  return {
    ...rest,
    bytes: file === undefined ? { kind: 'inline', data: new Uint8Array() } : media(file),
    uploaded,
    lastUpdated: item.lastUpdated ?? uploaded,
    fields: { OriginalWidth: size[0], OriginalHeight: size[1] },
    metadata: {
      Make: taker?.make ?? '',
      Model: taker?.model ?? '',
      Lens: taker?.lens ?? '',
      Exposure: shot?.exposure ?? '',
      Aperture: shot === undefined ? '' : String(shot.aperture),
      ISO: shot?.iso ?? '',
      FocalLength: shot === undefined ? '' : `${shot.mm.toFixed(1)} mm`,
    },
    ...(taken === undefined ? {} : { capturedLocal: taken }),
    ...(still === undefined ? {} : { still: media(still) }),
    ...(video === undefined ? {} : videoOf(video, { size, seconds })),
  }
}

function videoOf(
  state: 'ready' | 'processing' | 'refused',
  clip: { readonly size: readonly [number, number]; readonly seconds: number | undefined },
): Partial<WorldImage> {
  switch (state) {
    case 'ready':
      return {
        isVideo: true,
        video: { Width: clip.size[0], Height: clip.size[1], ...(clip.seconds === undefined ? {} : { Duration: String(clip.seconds) }) },
      }
    case 'processing':
      return { isVideo: true, processing: true }
    case 'refused':
      return { isVideo: true, processing: true, status: 'Preprocess', subStatus: 'CanNotProcess', noRendition: true }
  }
}
