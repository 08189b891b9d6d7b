import { idFrom } from '../lookup.ts'
import type { WorldAlbum, WorldImage, WorldKeys, WorldNode, WorldPlacement } from '../world.ts'

/** Keys of every ready-made world. */
export const KEYS: WorldKeys = {
  apiKey: 'sim-api-key',
  apiSecret: 'sim-api-secret',
  userToken: 'sim-user-token',
  userSecret: 'sim-user-secret',
}

/** Makes a photo whose key and bytes follow from `id`; by default 20,000 bytes of JPEG. */
export function photo(id: string, details: Partial<WorldImage> = {}): WorldImage {
  return {
    key: idFrom(`image ${id}`, 7),
    fileName: `${id}.jpg`,
    bytes: { kind: 'seeded', seed: id, size: 20_000, starts: 'jpg' },
    ...details,
  }
}

/** Makes a video whose key and bytes follow from `id`; by default 90,000 bytes of MP4 under a `.MOV` name. */
export function video(id: string, details: Partial<WorldImage> = {}): WorldImage {
  return {
    key: idFrom(`image ${id}`, 7),
    fileName: `${id}.MOV`,
    isVideo: true,
    bytes: { kind: 'seeded', seed: id, size: 90_000, starts: 'mp4' },
    ...details,
  }
}

/** Marks an image as collected from another album. */
export function collected(image: WorldImage): WorldPlacement {
  return { image, collected: true }
}

/** Makes an album that holds these; key and node id follow from its name unless given. */
export function album(name: string, items: readonly (WorldImage | WorldPlacement)[], details: Partial<WorldAlbum> = {}): WorldAlbum {
  const placements = items.map((item) => ('image' in item ? item : { image: item }))
  return {
    key: idFrom(`album ${name}`, 6),
    nodeId: idFrom(`node ${name}`, 6),
    name,
    urlName: urlNameOf(name),
    count: placements.length,
    placement: (index) => {
      const found = placements[index]
      if (found === undefined) throw new RangeError(`Album ${name} has no item ${index}`)
      return found
    },
    ...details,
  }
}

/** Makes an album as a node of the tree. */
export function albumNode(name: string, items: readonly (WorldImage | WorldPlacement)[], details: Partial<WorldAlbum> = {}): WorldNode {
  return { type: 'Album', album: album(name, items, details) }
}

/** Makes a folder; its node id follows from its name unless given. */
export function folder(name: string, children: readonly WorldNode[], details: Partial<WorldNode & { type: 'Folder' }> = {}): WorldNode {
  return { type: 'Folder', nodeId: idFrom(`node ${name}`, 6), name, urlName: urlNameOf(name), children, ...details }
}

/** Returns a name as SmugMug writes it in addresses: letters, digits and dashes (fact sheet 9.2). */
export function urlNameOf(name: string): string {
  const letters = name.normalize('NFD').replaceAll(/[^A-Za-z0-9]+/g, '-')
  return letters.replaceAll(/^-+|-+$/g, '').slice(0, 60) || idFrom(name, 8)
}
