import type { World, WorldAlbum, WorldImage, WorldNode, WorldPlacement } from './world.ts'

/** A node with its position in the tree. */
export interface Place {
  readonly node: WorldNode
  readonly nodeId: string
  readonly parent?: Place
  /** Position among its siblings, from 0. */
  readonly index: number
  readonly urlPath: string
  /** The effective privacy, with that of the folders above it (fact sheet 3.2). */
  readonly privacy: 'Public' | 'Unlisted' | 'Private'
  readonly securityType: 'None' | 'Password' | 'GrantAccess'
  readonly children: readonly Place[]
}

/** An image, and one of the albums it is in. */
export interface ImagePlace {
  readonly place: Place
  readonly placement: WorldPlacement
}

/** An image with all its albums; `home` is the one it was uploaded to. */
export interface FoundImage {
  readonly image: WorldImage
  readonly home: Place
  readonly places: readonly ImagePlace[]
}

type Folder = WorldNode & { readonly type: 'Folder' }

const ALPHABET = 'bcdfghjkmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ23456789'

/** Makes a short id from a name, in the alphabet of SmugMug's keys. Not a cryptographic hash: a listing needs hundreds. */
export function idFrom(name: string, length: number): string {
  let high = 0x811c9dc5
  let low = 0x01000193
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index)
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(low + code, 0x85ebca6b) ^ (high >>> 13)
  }
  let id = ''
  for (let index = 0; index < length; index += 1) {
    high = Math.imul(high ^ (low >>> 15), 0x2c1b3c6d)
    low = Math.imul(low ^ (high >>> 12), 0x297a2d39)
    id += ALPHABET[((high ^ low) >>> 0) % ALPHABET.length]
  }
  return id
}

/** An index of a world: of nodes and albums from the start, of images from the first question. */
export class Atlas {
  readonly world: World
  readonly root: Place
  /** Every album, in tree order. */
  readonly albums: readonly Place[]
  readonly imageCount: number
  readonly #nodes = new Map<string, Place>()
  readonly #albumPlaces = new Map<string, Place>()
  readonly #listings = new Map<string, number>()
  #images: Map<string, ImagePlace[]> | undefined

  constructor(world: World) {
    this.world = world
    const node: Folder = {
      type: 'Folder',
      nodeId: world.rootNodeId ?? idFrom(world.nickName, 5),
      name: '',
      urlName: '',
      children: world.root,
    }
    const albums: Place[] = []
    this.root = this.#settle({ node, index: 0 }, albums)
    this.albums = albums
    this.imageCount = albums.reduce((sum, place) => sum + this.album(place).count, 0)
  }

  #settle({ node, parent, index }: { readonly node: WorldNode; readonly parent?: Place; readonly index: number }, albums: Place[]): Place {
    const own = node.type === 'Album' ? node.album : node
    const privacy = node.type === 'Album' ? node.album.privacy : node.type === 'Folder' ? node.privacy : undefined
    const above = parent?.privacy === 'Private' ? 'Private' : undefined
    const children: Place[] = []
    const fields: Readonly<Record<string, unknown>> = own.fields ?? {}
    const security = node.type === 'Album' ? node.album.securityType : fields.SecurityType
    const place: Place = {
      node,
      nodeId: own.nodeId,
      ...(parent === undefined ? {} : { parent }),
      index,
      urlPath:
        typeof fields.UrlPath === 'string'
          ? fields.UrlPath
          : parent === undefined
            ? '/'
            : `${parent.urlPath === '/' ? '' : parent.urlPath}/${own.urlName}`,
      privacy: above ?? privacy ?? 'Public',
      securityType: isSecurity(security) && security !== 'None' ? security : (parent?.securityType ?? 'None'),
      children,
    }
    this.#nodes.set(place.nodeId, place)
    if (node.type === 'Album') {
      albums.push(place)
      this.#albumPlaces.set(node.album.key, place)
    }
    if (node.type === 'Folder') {
      for (const [at, child] of node.children.entries()) children.push(this.#settle({ node: child, parent: place, index: at }, albums))
    }
    return place
  }

  node(nodeId: string): Place | undefined {
    return this.#nodes.get(nodeId)
  }

  albumPlace(key: string): Place | undefined {
    return this.#albumPlaces.get(key)
  }

  /** Returns the album at this place in its present state. Only for places of albums. */
  album(place: Place): WorldAlbum {
    if (place.node.type !== 'Album') throw new TypeError(`Node ${place.nodeId} is no album`)
    const { album } = place.node
    return album.atListing?.(this.#listings.get(album.key) ?? 0) ?? album
  }

  /** Counts one more page of this album; an album that changes while it is paged changes now. */
  noteListing(place: Place): void {
    if (place.node.type !== 'Album' || place.node.album.atListing === undefined) return
    const { key } = place.node.album
    this.#listings.set(key, (this.#listings.get(key) ?? 0) + 1)
    this.#images = undefined
  }

  /** Finds an image by its key, with all the albums it is in. */
  image(key: string): FoundImage | undefined {
    const places = this.world.locate === undefined ? this.#index().get(key) : this.#located(key)
    const home = places?.find(({ placement }) => !placement.collected) ?? places?.[0]
    return places === undefined || home === undefined ? undefined : { image: home.placement.image, home: home.place, places }
  }

  #located(key: string): readonly ImagePlace[] {
    return (this.world.locate?.(key) ?? []).flatMap(({ albumKey, index }) => {
      const place = this.albumPlace(albumKey)
      return place === undefined ? [] : [{ place, placement: this.album(place).placement(index) }]
    })
  }

  #index(): ReadonlyMap<string, ImagePlace[]> {
    if (this.#images !== undefined) return this.#images
    const images = new Map<string, ImagePlace[]>()
    for (const place of this.albums) {
      const album = this.album(place)
      for (let at = 0; at < album.count; at += 1) {
        const placement = album.placement(at)
        const known = images.get(placement.image.key)
        if (known === undefined) images.set(placement.image.key, [{ place, placement }])
        else known.push({ place, placement })
      }
    }
    this.#images = images
    return images
  }
}

function isSecurity(value: unknown): value is Place['securityType'] {
  return value === 'None' || value === 'Password' || value === 'GrantAccess'
}
