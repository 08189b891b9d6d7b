/** An account of few names and few contents, and whatever its owner may do to it. */
import {
  addAlbum,
  addImage,
  albumsOf,
  collectImage,
  editImage,
  moveAlbum,
  moveImage,
  placementsOf,
  removeAlbum,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
} from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { Bytes, World, WorldAlbum, WorldImage, WorldNode } from '../../simulator/world.ts'
import { album, albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'

/** Returns one of a list by a number, however large. */
export const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length]

/** Few names and few contents, so that they meet: namesakes, swaps, equal sizes, one image uploaded twice. */
const NAMES = ['IMG_1.jpg', 'img_1.JPG', 'IMG_2.jpg', 'album.json', 'x.jpg']
const ALBUMS = ['Norway', 'Italy', 'Home', 'Best']
const bytes = (n: number): Bytes => ({ kind: 'seeded', seed: `content ${n % 12}`, size: n % 3 === 0 ? 350 : 300, starts: 'jpg' })
/** The RAW file beside a photo: few of them too. */
const withRaw = (n: number): Partial<WorldImage> => ({
  components: [
    {
      fileName: pick(['IMG_1.NEF', 'IMG_2.NEF', 'x.nef'], n) ?? '',
      bytes: { kind: 'seeded', seed: `raw ${n % 4}`, size: 400, starts: 'none' },
    },
  ],
})
const FOLDERS = ['Travel', 'Work'].map((name) => idFrom(`node ${name}`, 6))

/** The account at the beginning: small, so that what goes wrong can be read. */
export const start: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode(
        'Norway',
        [0, 1, 2].map((n) => photo(`s${n}`, { fileName: NAMES[n] ?? '', bytes: bytes(n) })),
      ),
    ]),
    folder('Work', []),
    albumNode(
      'Home',
      [3, 4].map((n) => photo(`s${n}`, { fileName: NAMES[n] ?? '', bytes: bytes(n) })),
    ),
  ],
}

/** A wider account at the beginning, for runs that do many things at once: namesakes and equal bytes in every album, RAW files, collected photos. */
export const wideStart: World = {
  ...start,
  root: [
    folder('Travel', [wideAlbum('Norway', 0), wideAlbum('Italy', 1)]),
    folder('Work', [wideAlbum('Best', 2)]),
    wideAlbum('Home', 3),
    wideAlbum('Norway2', 4),
  ],
}

function wideAlbum(name: string, n: number): WorldNode {
  const image = (album: number, at: number): WorldImage =>
    photo(`w${album} ${at}`, {
      fileName: pick(NAMES, album + at) ?? '',
      bytes: bytes(album * 5 + at * 2),
      ...(at % 3 === 0 && withRaw(album + at)),
    })
  return albumNode(name, [
    ...[0, 1, 2, 3, 4, 5].map((at) => image(n, at)),
    ...(n > 0 ? [collected(image(n - 1, 1)), collected(image(n - 1, 3))] : []),
  ])
}

export const EDITS = [
  'add',
  'add raw',
  'remove',
  'move',
  'collect',
  'replace',
  'rename',
  'swap',
  'caption',
  'rename album',
  'move album',
  'rename folder',
  'remove album',
  'add album',
] as const
export type Edit = (typeof EDITS)[number]

let made = 0

/** Lets the keys of what is made begin anew. */
export const beginAnew = (): void => {
  made = 0
}

/** Returns the world after an edit; the same one if there is nothing to edit. */
export function edited(
  world: World,
  { do: what, a, b, c }: { readonly do: Edit; readonly a: number; readonly b: number; readonly c: number },
): World {
  const albums = albumsOf(world)
  const from = pick(albums, a)
  const to = pick(albums, b)
  if (from === undefined || to === undefined) return what === 'add album' ? newAlbum(world, c) : world
  const placement = pick(placementsOf(from), b)
  const image = placement?.image
  const isIn = (album: WorldAlbum, each: WorldImage): boolean => placementsOf(album).some((other) => other.image.key === each.key)
  if (what === 'add' || what === 'add raw') {
    const facts = { fileName: pick(NAMES, b) ?? '', bytes: bytes(c), uploaded: `2024-05-0${1 + (c % 9)}T10:00:00+00:00` }
    return addImage(world, from.key, photo(`n${made++}`, what === 'add' ? facts : { ...facts, ...withRaw(b + c) }))
  }
  if (what === 'add album') return newAlbum(world, c)
  if (what === 'remove album') return albums.length > 1 ? removeAlbum(world, from.key) : world
  if (what === 'move album')
    return siblings(world, from.key, pick([undefined, ...FOLDERS], c)).has(from.urlName.toLowerCase())
      ? world
      : moveAlbum(world, from.key, pick([undefined, ...FOLDERS], c))
  if (what === 'rename album') return renamedAlbum(world, from, `${pick(ALBUMS, b)}${c % 2 === 0 ? '' : '2'}`)
  if (what === 'rename folder') return renamedFolder(world, a, b)
  if (image === undefined || placement === undefined) return world
  switch (what) {
    case 'remove':
      return removeImage(world, from.key, image.key)
    case 'move':
      return isIn(to, image) || placement.collected ? world : moveImage(world, image.key, from.key, to.key)
    case 'collect':
      return isIn(pick(albums, c) ?? to, image) ? world : collectImage(world, image.key, (pick(albums, c) ?? to).key)
    case 'replace':
      return replaceImage(world, image.key, bytes(c))
    case 'rename':
      return editImage(world, image.key, { fileName: pick(NAMES, c) ?? '' })
    case 'swap': {
      const other = pick(placementsOf(from), c)?.image
      if (other === undefined || other.key === image.key) return world
      return editImage(editImage(world, image.key, { fileName: other.fileName ?? '' }), other.key, { fileName: image.fileName ?? '' })
    }
    case 'caption':
      return editImage(world, image.key, { caption: `caption ${c}` })
    default:
      return what satisfies never
  }
}

function newAlbum(world: World, n: number): World {
  const name = `${pick(ALBUMS, n)}${n % 2 === 0 ? '' : '2'}`
  const where = pick([undefined, ...FOLDERS], n)
  if (siblings(world, '', where).has(name.toLowerCase())) return world
  const id = `made ${made++}`
  return addAlbum(world, album(name, [], { key: idFrom(id, 6), nodeId: idFrom(`node of ${id}`, 6) }), where)
}

/** Returns the names of the others in a folder, in lower case: SmugMug has no two of a name. */
function siblings(world: World, butKey: string, folderId: string | undefined): ReadonlySet<string> {
  const nodes =
    folderId === undefined
      ? world.root
      : world.root.flatMap((node) => (node.type === 'Folder' && node.nodeId === folderId ? node.children : []))
  return new Set(
    nodes.flatMap((node) => {
      if (node.type === 'Album') return node.album.key === butKey ? [] : [node.album.urlName.toLowerCase()]
      return [node.urlName.toLowerCase()]
    }),
  )
}

/** Renames an album; another one with that name takes ours. */
function renamedAlbum(world: World, from: WorldAlbum, name: string): World {
  const level = [undefined, ...FOLDERS].find((folderId) => {
    const nodes =
      folderId === undefined
        ? world.root
        : world.root.flatMap((node) => (node.type === 'Folder' && node.nodeId === folderId ? node.children : []))
    return nodes.some((node) => node.type === 'Album' && node.album.key === from.key)
  })
  if (!siblings(world, from.key, level).has(name.toLowerCase())) return renameAlbum(world, from.key, name)
  const nodes =
    level === undefined ? world.root : world.root.flatMap((node) => (node.type === 'Folder' && node.nodeId === level ? node.children : []))
  const other = nodes.flatMap((node) =>
    node.type === 'Album' && node.album.urlName.toLowerCase() === name.toLowerCase() ? [node.album] : [],
  )[0]
  return other === undefined ? world : renameAlbum(renameAlbum(world, other.key, from.name), from.key, other.name)
}

function renamedFolder(world: World, a: number, b: number): World {
  const [first = '', second = ''] = FOLDERS
  const names = world.root.flatMap((node) => (node.type === 'Folder' ? [node.name] : []))
  if (a % 3 === 0) return renameFolder(renameFolder(world, first, names[1] ?? ''), second, names[0] ?? '')
  const name = pick(['Travel', 'Journeys', 'Work', 'TRAVEL'], b) ?? ''
  const taken = siblings(world, '', undefined)
  return taken.has(name.toLowerCase()) ? world : renameFolder(world, pick(FOLDERS, a) ?? first, name)
}
