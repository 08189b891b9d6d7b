/** An account that its owner never leaves alone. */
import {
  addImage,
  albumsOf,
  collectImage,
  editImage,
  moveImage,
  placementsOf,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
} from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { Bytes, World, WorldAlbum } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import type { Chance } from './chance.ts'

const bytesOf = (seed: string): Bytes => ({ kind: 'seeded', seed, size: 2000 + (seed.length % 3), starts: 'jpg' })
const image = (id: string) => photo(id, { bytes: bytesOf(id), caption: `caption of ${id}`, keywords: [id] })
const many = (name: string, count: number) => Array.from({ length: count }, (_, n) => image(`${name}${n}`))
const shared = image('shared')

/** The account at the beginning of a campaign: folders, namesakes, a photo collected elsewhere. */
export const firstAccount: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [...many('n', 6), shared]),
      albumNode('Italy', many('i', 5)),
      folder('Far', [albumNode('Japan', many('j', 4))]),
    ]),
    albumNode('Home', [...many('h', 5), photo('twin a', { fileName: 'twin.jpg' }), photo('twin b', { fileName: 'twin.jpg' })]),
    albumNode('Best', [collected(shared)]),
  ],
}

const ALBUM_NAMES = ['Norway', 'Italy', 'Japan', 'Home', 'Best', 'Norge', 'Italia']
const FOLDER_NAMES = ['Travel', 'Journeys', 'Reisen']

let made = 0

const imagesOf = (album: WorldAlbum) =>
  placementsOf(album)
    .filter(({ collected: isCollected }) => isCollected !== true)
    .map((each) => each.image)

const EDITS: readonly ((world: World, chance: Chance) => World)[] = [
  (world, chance) => addImage(world, chance.of(albumsOf(world)).key, image(`new ${made++}`)),
  (world, chance) => withImage(world, chance, (_, key) => replaceImage(world, key, bytesOf(`other bytes ${made++}`))),
  (world, chance) => withImage(world, chance, (_, key) => editImage(world, key, { caption: `caption ${made++}` })),
  (world, chance) => withImage(world, chance, (_, key) => editImage(world, key, { fileName: `renamed ${chance.upTo(4)}.jpg` })),
  (world, chance) => withImage(world, chance, (from, key) => (imagesOf(from).length > 3 ? removeImage(world, from.key, key) : world)),
  (world, chance) =>
    withImage(world, chance, (from, key) => {
      const to = chance.of(albumsOf(world))
      return holds(to, key) ? world : moveImage(world, key, from.key, to.key)
    }),
  (world, chance) =>
    withImage(world, chance, (_, key) => {
      const to = chance.of(albumsOf(world))
      return holds(to, key) ? world : collectImage(world, key, to.key)
    }),
  swapNames,
  swapAlbums,
  (world, chance) => {
    const name = chance.of(ALBUM_NAMES)
    return albumsOf(world).some((album) => album.urlName === name) ? world : renameAlbum(world, chance.of(albumsOf(world)).key, name)
  },
  (world, chance) => renameFolder(world, idFrom('node Travel', 6), chance.of(FOLDER_NAMES)),
]

/** Changes the account in one way. */
export const edited = (world: World, chance: Chance): World => chance.of(EDITS)(world, chance)

const holds = (album: WorldAlbum, key: string): boolean => placementsOf(album).some((each) => each.image.key === key)

function withImage(world: World, chance: Chance, edit: (from: WorldAlbum, key: string) => World): World {
  const albums = albumsOf(world).filter((album) => imagesOf(album).length > 0)
  if (albums.length === 0) return world
  const from = chance.of(albums)
  return edit(from, chance.of(imagesOf(from)).key)
}

function swapNames(world: World, chance: Chance): World {
  const images = imagesOf(chance.of(albumsOf(world)))
  const [one, other] = images.length < 2 ? [] : [chance.of(images), chance.of(images)]
  if (one === undefined || other === undefined || one.key === other.key) return world
  return editImage(editImage(world, one.key, { fileName: other.fileName ?? '' }), other.key, { fileName: one.fileName ?? '' })
}

function swapAlbums(world: World, chance: Chance): World {
  const [one, other] = [chance.of(albumsOf(world)), chance.of(albumsOf(world))]
  if (one.key === other.key) return world
  return renameAlbum(renameAlbum(renameAlbum(world, one.key, 'Between'), other.key, one.name), one.key, other.name)
}
