import { later } from './dates.ts'
import type { Bytes, World, WorldAlbum, WorldImage, WorldNode, WorldPlacement } from './world.ts'
import { urlNameOf } from './worlds/make.ts'

/**
 * The changes an owner can make on the web site, as functions from one world to the next. They throw `RangeError` for a missing object.
 * Dates move as in fact sheet 3.4: contents move an album's ImagesLastUpdated and LastUpdated, its settings LastUpdated alone,
 * a folder's rename or a move nothing but UrlPath. A world with its own `locate` loses it when items change.
 */

/** Renames a folder, and with it every address below it. */
export function renameFolder(world: World, nodeId: string, name: string): World {
  return changeNode(world, nodeId, (node) => (node.type === 'Album' ? [node] : [{ ...node, name, urlName: urlNameOf(name) }]))
}

/** Renames an album, and changes its address. */
export function renameAlbum(world: World, albumKey: string, name: string): World {
  return changeAlbum(world, albumKey, (album) => ({ ...album, name, urlName: urlNameOf(name), lastUpdated: later(album.lastUpdated) }))
}

/** Moves an album into another folder, or to the top if none is given. */
export function moveAlbum(world: World, albumKey: string, folderId?: string): World {
  const album = findAlbum(world, albumKey)
  return insertNode(withoutAlbum(world, albumKey), { type: 'Album', album }, folderId)
}

/** Adds an album, in a folder or at the top. */
export function addAlbum(world: World, album: WorldAlbum, folderId?: string): World {
  return withoutLocate(insertNode(world, { type: 'Album', album }, folderId))
}

/** Deletes an album, and with its own images every collected copy of them. */
export function removeAlbum(world: World, albumKey: string): World {
  const own = new Set(placementsOf(findAlbum(world, albumKey)).flatMap(({ image, collected }) => (collected ? [] : [image.key])))
  return changePlacements(withoutAlbum(world, albumKey), (placements) => placements.filter(({ image }) => !own.has(image.key)))
}

/** Uploads an image: last in the album, or at this position. */
export function addImage(world: World, albumKey: string, image: WorldImage, index?: number): World {
  return place(world, albumKey, { image }, index)
}

/** Deletes an image from one album; deleted from its own album, it vanishes everywhere (fact sheet 0.10). */
export function removeImage(world: World, albumKey: string, imageKey: string): World {
  const { collected } = findPlacement(findAlbum(world, albumKey), imageKey)
  return changePlacements(world, (placements, album) =>
    collected && album.key !== albumKey ? placements : placements.filter(({ image }) => image.key !== imageKey),
  )
}

/** Moves an image to another album; its key and serial stay. */
export function moveImage(world: World, imageKey: string, from: string, to: string): World {
  const placement = findPlacement(findAlbum(world, from), imageKey)
  const left = changePlacements(world, (placements, album) =>
    album.key === from ? placements.filter(({ image }) => image.key !== imageKey) : placements,
  )
  return place(left, to, placement)
}

/** Collects an image into one more album. */
export function collectImage(world: World, imageKey: string, to: string): World {
  return place(world, to, { image: findImage(world, imageKey), collected: true })
}

/** Puts other bytes under the same key: the serial grows by one. */
export function replaceImage(world: World, imageKey: string, bytes: Bytes): World {
  return changeImage(world, imageKey, (image) => ({
    ...image,
    bytes,
    serial: (image.serial ?? 0) + 1,
    lastUpdated: later(image.lastUpdated),
  }))
}

/**
 * Changes caption, keywords and the like. It is not known whether the album's dates move then (fact sheet 12.9): here they do,
 * unless `albumDates` is false.
 */
export function editImage(
  world: World,
  imageKey: string,
  changes: Partial<WorldImage>,
  options: { readonly albumDates?: boolean } = {},
): World {
  return changeImage(
    world,
    imageKey,
    (image) => ({ ...image, lastUpdated: later(image.lastUpdated), ...changes }),
    options.albumDates ?? true,
  )
}

/** Changes an album's own facts, dates included. */
export function changeAlbum(world: World, albumKey: string, change: (album: WorldAlbum) => WorldAlbum): World {
  let found = false
  const root = mapNodes(world.root, (node) => {
    if (node.type !== 'Album' || node.album.key !== albumKey) return [node]
    found = true
    return [{ type: 'Album', album: change(node.album) }]
  })
  if (!found) throw new RangeError(`No album ${albumKey}`)
  return { ...world, root }
}

/** Returns an album that holds exactly these placements. */
export function withPlacements(album: WorldAlbum, placements: readonly WorldPlacement[]): WorldAlbum {
  return {
    ...album,
    count: placements.length,
    placement: (index) => {
      const found = placements[index]
      if (found === undefined) throw new RangeError(`Album ${album.key} has no item ${index}`)
      return found
    },
  }
}

/** Returns every placement of an album, made at once. */
export function placementsOf(album: WorldAlbum): readonly WorldPlacement[] {
  return Array.from({ length: album.count }, (_, index) => album.placement(index))
}

/**
 * Returns an album that changes while it is listed: after `calls` requested pages it is the result of `change`. A change
 * after the first page shows on the second, as the duplicates and gaps of fact sheet 2.3.
 */
export function whilePaging(album: WorldAlbum, change: (album: WorldAlbum, calls: number) => WorldAlbum): WorldAlbum {
  return { ...album, atListing: (calls) => change(album, calls) }
}

/** Returns every album of a world, in tree order. */
export function albumsOf(world: World): readonly WorldAlbum[] {
  const albums: WorldAlbum[] = []
  mapNodes(world.root, (node) => {
    if (node.type === 'Album') albums.push(node.album)
    return [node]
  })
  return albums
}

function findAlbum(world: World, albumKey: string): WorldAlbum {
  const found = albumsOf(world).find(({ key }) => key === albumKey)
  if (found === undefined) throw new RangeError(`No album ${albumKey}`)
  return found
}

function findPlacement(album: WorldAlbum, imageKey: string): WorldPlacement {
  const found = placementsOf(album).find(({ image }) => image.key === imageKey)
  if (found === undefined) throw new RangeError(`No image ${imageKey} in album ${album.key}`)
  return found
}

function findImage(world: World, imageKey: string): WorldImage {
  for (const album of albumsOf(world)) {
    const found = placementsOf(album).find(({ image }) => image.key === imageKey)
    if (found !== undefined) return found.image
  }
  throw new RangeError(`No image ${imageKey}`)
}

/** Replaces every node by the nodes that `change` returns: none, one or several. Children come first. */
function mapNodes(nodes: readonly WorldNode[], change: (node: WorldNode) => readonly WorldNode[]): readonly WorldNode[] {
  return nodes.flatMap((node) => change(node.type === 'Folder' ? { ...node, children: mapNodes(node.children, change) } : node))
}

/** Replaces a node by the nodes that `change` returns. */
export function changeNode(world: World, nodeId: string, change: (node: WorldNode) => readonly WorldNode[]): World {
  let found = false
  const root = mapNodes(world.root, (node) => {
    if ((node.type === 'Album' ? node.album.nodeId : node.nodeId) !== nodeId) return [node]
    found = true
    return change(node)
  })
  if (!found) throw new RangeError(`No node ${nodeId}`)
  return { ...world, root }
}

/** Adds a node last in a folder, or at the top. */
export function insertNode(world: World, node: WorldNode, folderId: string | undefined): World {
  if (folderId === undefined) return { ...world, root: [...world.root, node] }
  return changeNode(world, folderId, (folder) => {
    if (folder.type !== 'Folder') throw new RangeError(`Node ${folderId} is no folder`)
    return [{ ...folder, children: [...folder.children, node] }]
  })
}

function withoutAlbum(world: World, albumKey: string): World {
  return { ...world, root: mapNodes(world.root, (node) => (node.type === 'Album' && node.album.key === albumKey ? [] : [node])) }
}

/** Changes placements, and the dates of their albums. Drops a lazy world's `locate`, which would be wrong from now on. */
function changePlacements(
  world: World,
  change: (placements: readonly WorldPlacement[], album: WorldAlbum) => readonly WorldPlacement[],
): World {
  const root = mapNodes(world.root, (node) => {
    if (node.type !== 'Album') return [node]
    const { album } = node
    const before = placementsOf(album)
    const after = change(before, album)
    const isSame = after.length === before.length && after.every((placement, index) => placement === before[index])
    return isSame ? [node] : [{ type: 'Album', album: touched(withPlacements(album, after)) }]
  })
  return withoutLocate({ ...world, root })
}

function touched(album: WorldAlbum): WorldAlbum {
  const lastUpdated = later(album.lastUpdated)
  return { ...album, lastUpdated, imagesLastUpdated: later(album.imagesLastUpdated ?? album.lastUpdated) }
}

function withoutLocate(world: World): World {
  const { locate: _, ...rest } = world
  return rest
}

function place(world: World, albumKey: string, placement: WorldPlacement, index?: number): World {
  return withoutLocate(
    changeAlbum(world, albumKey, (album) => {
      const placements = [...placementsOf(album)]
      placements.splice(index ?? placements.length, 0, placement)
      return touched(withPlacements(album, placements))
    }),
  )
}

/** Changes an image in every album that holds it. */
export function changeImage(world: World, imageKey: string, change: (image: WorldImage) => WorldImage, albumDates = true): World {
  findImage(world, imageKey)
  const root = mapNodes(world.root, (node) => {
    if (node.type !== 'Album') return [node]
    const before = placementsOf(node.album)
    if (!before.some(({ image }) => image.key === imageKey)) return [node]
    const after = before.map((placement) =>
      placement.image.key === imageKey ? { ...placement, image: change(placement.image) } : placement,
    )
    const album = withPlacements(node.album, after)
    return [{ type: 'Album', album: albumDates ? touched(album) : album }]
  })
  return withoutLocate({ ...world, root })
}
