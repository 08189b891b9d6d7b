import type { Entity } from './entity.ts'
import type { ImagePlace, Place } from './lookup.ts'
import { albumEntity } from './objects/album.ts'
import { type Context, isLocked, isVisible } from './objects/context.ts'
import { albumImageEntity, type ImageView, imageEntity, keySerial } from './objects/image.ts'
import { nodeEntity } from './objects/node.ts'
import { commentEntity } from './objects/texts.ts'
import type { PageLimits } from './paging.ts'

/** The object or list behind an address. */
export type Found =
  | { readonly kind: 'object'; readonly entity: Entity }
  | { readonly kind: 'list'; readonly total: number; readonly limits: PageLimits; at(index: number): Entity; readonly place?: Place }
  /** A few objects, or one, asked for by several keys. */
  | { readonly kind: 'several'; readonly entities: readonly Entity[] }
  | { readonly kind: 'rows'; readonly rows: readonly unknown[] }
  /** 200 without a payload (fact sheet 0.1). */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'moved'; readonly path: string }

/** Finds the object of an address, by its keys and the query's values. `undefined` answers 404. */
export type Find = (context: Context, keys: readonly string[], query: ReadonlyMap<string, string>) => Found | undefined

/** The limits of lists that give a hundred items a page, and never more. */
export const HUNDRED: PageLimits = { normal: 100, most: 100 }

/** Wraps an object, if there is one. */
export const object = (entity: Entity | undefined): Found | undefined => (entity === undefined ? undefined : { kind: 'object', entity })

/** Splits `KEY-SERIAL` or `KEY` into its parts. */
function splitKey(text: string): { readonly key: string; readonly serial?: number } {
  const match = /^(.+)-(\d+)$/.exec(text)
  return match?.[1] === undefined ? { key: text } : { key: match[1], serial: Number(match[2]) }
}

/** Finds an image by `KEY-SERIAL` or `KEY`; without a serial, or with an old one, it is not current. */
export function findImage(context: Context, text: string): (ImageView & { readonly isCurrent: boolean }) | undefined {
  const { key, serial } = splitKey(text)
  const found = context.atlas.image(key)
  if (found === undefined || !found.places.some(({ place }) => isVisible(context, place))) return undefined
  return { image: found.image, home: found.home, isCurrent: serial === (found.image.serial ?? 0) }
}

/** Finds an album that the viewer may know of. */
export function findAlbum(context: Context, key: string): Place | undefined {
  const place = context.atlas.albumPlace(key)
  return place !== undefined && isVisible(context, place) ? place : undefined
}

/** Finds a node that the viewer may know of. */
export function findNode(context: Context, nodeId: string): Place | undefined {
  const place = context.atlas.node(nodeId)
  return place !== undefined && isVisible(context, place) ? place : undefined
}

function findAlbumImage(
  context: Context,
  albumKey: string,
  text: string,
): { readonly view: ImageView; readonly at: ImagePlace } | undefined {
  const at = context.atlas
    .image(splitKey(text).key)
    ?.places.find(({ place }) => place.node.type === 'Album' && place.node.album.key === albumKey)
  const view = findImage(context, text)
  return at === undefined || view === undefined ? undefined : { view, at }
}

/** Answers `!images`. A locked album looks empty (fact sheet 0.1). */
export function albumImages(context: Context, present: Place, query: ReadonlyMap<string, string>): Found {
  const place = context.listed === context.atlas ? present : listedAlbum(context, present)
  const limits = { normal: 100, most: 500 }
  if (place === undefined) return { kind: 'list', total: 0, limits, at: noItem }
  const album = context.atlas.album(place)
  if (isLocked(context, place)) return { kind: 'list', total: 0, limits, at: noItem }
  const names = query.get('FileNames')
  const indices = names ? matching(names, album.count, (at) => album.placement(at).image.fileName) : undefined
  return {
    kind: 'list',
    total: indices?.length ?? album.count,
    limits,
    place,
    at: (index) => {
      const placement = album.placement(indices?.[index] ?? index)
      const home = placement.collected ? (context.atlas.image(placement.image.key)?.home ?? place) : place
      return albumImageEntity(context, { place, placement }, home)
    },
  }
}

/** Returns an album as lists show it; undefined when they do not know it yet. */
function listedAlbum(context: Context, { node }: Place): Place | undefined {
  return node.type === 'Album' ? context.listed.albumPlace(node.album.key) : undefined
}

/** Throws: an empty list is never asked for an item. */
function noItem(index: number): never {
  throw new RangeError(`No item ${index} in an empty list`)
}

function matching(names: string, count: number, nameAt: (index: number) => string | undefined): readonly number[] {
  const wanted = new Set(names.split(',').map((name) => decodeURIComponent(name)))
  return Array.from({ length: count }, (_, index) => index).filter((index) => wanted.has(nameAt(index) ?? ''))
}

/** Answers `!children`, filtered and sorted. */
export function children(context: Context, place: Place, query: ReadonlyMap<string, string>): Found {
  const type = query.get('Type') ?? 'All'
  const kinds = type === 'Folder Album Page' ? type.split(' ') : [type]
  const listed = context.listed.node(place.nodeId)?.children ?? []
  const shown = listed
    .map((child) => context.atlas.node(child.nodeId) ?? child)
    .filter((child) => (type === 'All' || kinds.includes(child.node.type)) && (context.viewer === 'owner' || child.privacy === 'Public'))
  const entities = shown.map((child) => nodeEntity(context, child))
  const sortField = { Name: 'Name', DateAdded: 'DateAdded', DateModified: 'DateModified' }[query.get('SortMethod') ?? '']
  if (sortField !== undefined) entities.sort((a, b) => compareText(fieldOf(a, sortField), fieldOf(b, sortField)))
  if (query.get('SortDirection') === 'Descending') entities.reverse()
  return entityList(entities, { normal: 100, most: 200 })
}

function fieldOf(entity: Entity, name: string): string {
  return String(entity.overrides?.[name] ?? entity.fields[name] ?? '')
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** Wraps a list of entities. */
export function entityList(entities: readonly Entity[], limits: PageLimits): Found {
  return {
    kind: 'list',
    total: entities.length,
    limits,
    at: (index) => {
      const entity = entities[index]
      if (entity === undefined) throw new RangeError(`No item ${index} in a list of ${entities.length}`)
      return entity
    },
  }
}

/** Answers `!parents`: from the node itself up to the root, inclusive. */
export function parents(context: Context, place: Place): Found {
  const line: Place[] = []
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) line.push(at)
  return entityList(
    line.map((each) => nodeEntity(context, each)),
    { normal: 7, most: 100 },
  )
}

/** Returns the image that represents a node: the first in it or below. */
export function firstImage(context: Context, place: Place): ImageView | undefined {
  if (place.node.type === 'Album') {
    const album = context.atlas.album(place)
    const image = album.count > 0 ? album.placement(0).image : undefined
    return image === undefined ? undefined : { image, home: context.atlas.image(image.key)?.home ?? place }
  }
  for (const child of place.children) {
    const found = isVisible(context, child) ? firstImage(context, child) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** Answers `!comments`: without any, neither the key nor a Pages block. */
export function comments(owner: string, list: readonly Readonly<Record<string, unknown>>[] | undefined): Found {
  if (list === undefined || list.length === 0) return { kind: 'nothing' }
  return entityList(
    list.map((comment, index) => commentEntity(owner, comment, index)),
    HUNDRED,
  )
}

/** Answers `!albums`: strangers see public ones only. */
export const userAlbums: Find = (context, [nick]) => {
  if (nick !== context.atlas.world.nickName) return undefined
  const albums = context.listed.albums.map((place) => context.atlas.node(place.nodeId) ?? place)
  const shown = context.viewer === 'owner' ? albums : albums.filter((place) => place.privacy === 'Public')
  return { kind: 'list', total: shown.length, limits: { normal: 50, most: 100 }, at: (index) => albumEntity(context, at(shown, index)) }
}

function at(places: readonly Place[], index: number): Place {
  const place = places[index]
  if (place === undefined) throw new RangeError(`No album ${index}`)
  return place
}

/** Answers several keys. If only one is found, the answer is as for that one (fact sheet 2.1). */
function multiGet(entities: readonly Entity[]): Found | undefined {
  return entities.length > 1 ? { kind: 'several', entities } : object(entities[0])
}

/** Answers `/image/KEY-SERIAL`, or several keys. */
export const image: Find = (context, [text = '']) => {
  if (text.includes(',')) {
    const views = text.split(',').map((key) => findImage(context, key))
    return multiGet(views.flatMap((view) => (view === undefined ? [] : [imageEntity(context, view)])))
  }
  const view = findImage(context, text)
  if (view === undefined) return undefined
  return view.isCurrent ? object(imageEntity(context, view)) : { kind: 'moved', path: `/api/v2/image/${keySerial(view.image)}` }
}

/** Answers `/album/KEY`, or several keys. */
export const album: Find = (context, [text = '']) => {
  const places = text.split(',').map((key) => findAlbum(context, key))
  if (places.length > 1) return multiGet(places.flatMap((place) => (place === undefined ? [] : [albumEntity(context, place)])))
  return places[0] === undefined ? undefined : object(albumEntity(context, places[0]))
}

/** Answers `/album/KEY/image/KEY-SERIAL`. */
export const albumImage: Find = (context, [albumKey = '', text = '']) => {
  const found = findAlbumImage(context, albumKey, text)
  if (found === undefined) return undefined
  const { image: shown } = found.at.placement
  if (splitKey(text).serial !== (shown.serial ?? 0)) return { kind: 'moved', path: `/api/v2/album/${albumKey}/image/${keySerial(shown)}` }
  return object(albumImageEntity(context, found.at, found.view.home))
}

/** Returns an endpoint about one image, with or without its serial. */
export function aboutImage(of: (context: Context, view: ImageView) => Found | undefined): Find {
  return (context, [text = '']) => {
    const view = findImage(context, text)
    return view === undefined ? undefined : of(context, view)
  }
}

/** Returns an endpoint about an image in one album. */
export function aboutAlbumImage(of: (context: Context, view: ImageView, albumKey: string) => Found | undefined): Find {
  return (context, [albumKey = '', text = '']) => {
    const found = findAlbumImage(context, albumKey, text)
    return found === undefined ? undefined : of(context, found.view, albumKey)
  }
}
