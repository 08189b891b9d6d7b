/** The simulated SmugMug as a process of its own, controlled by messages (see service.ts). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBytes } from '../simulator/bytes.ts'
import { addImage, albumsOf, changeAlbum, placementsOf, renameAlbum } from '../simulator/edit.ts'
import { startSimulator } from '../simulator/simulator.ts'
import type { Simulator, World } from '../simulator/world.ts'
import { largeWorld } from '../simulator/worlds/large.ts'
import { photo } from '../simulator/worlds/make.ts'
import type { Answer, Order, StaticFiles } from './service.ts'

let simulator: Simulator | undefined
let world: World | undefined
let round = 0

/** Returns the same account with its originals in a folder that another server serves. */
function servedElsewhere(account: World, { folder, url }: StaticFiles): World {
  mkdirSync(folder, { recursive: true })
  let served = account
  for (const album of albumsOf(account)) {
    for (const { image } of placementsOf(album)) writeFileSync(join(folder, image.key), readBytes(image.bytes))
    const placement = (index: number) => {
      const { image } = album.placement(index)
      return { image: { ...image, fields: { ArchivedUri: `${url}/${image.key}` } } }
    }
    served = changeAlbum(served, album.key, (same) => ({ ...same, placement }))
  }
  return served
}

/** Adds one photo to each of `photos` albums, spread over the account. */
function grown(account: World, photos: number, bytes: number): World {
  round += 1
  const albums = albumsOf(account)
  let result = account
  for (let index = 0; index < photos; index += 1) {
    const album = albums[Math.floor((index * albums.length) / photos)]
    const id = `new-${round}-${index}`
    if (album !== undefined) result = addImage(result, album.key, photo(id, { bytes: { kind: 'seeded', seed: id, size: bytes } }))
  }
  return result
}

async function obey(order: Order): Promise<Answer> {
  if (order.do === 'start') {
    const { albums, images, bytes } = order.size
    const account = largeWorld({ albums, imagesPerAlbum: images, bytesPerImage: bytes })
    world = order.files === undefined ? account : servedElsewhere(account, order.files)
    simulator = await startSimulator(world, order.behaviour)
    return { apiUrl: simulator.apiUrl, keys: world.keys, calls: 0 }
  }
  if (simulator === undefined || world === undefined) throw new Error('not started')
  if (order.do === 'behave') simulator.setBehaviour(order.behaviour)
  if (order.do === 'grow') {
    world = grown(world, order.photos, order.bytes)
    simulator.setWorld(world)
  }
  if (order.do === 'rename') {
    round += 1
    world = renameAlbum(world, albumsOf(world)[0]?.key ?? '', `Renamed ${round}`)
    simulator.setWorld(world)
  }
  const calls = simulator.counters.api
  simulator.resetCounters()
  return { apiUrl: simulator.apiUrl, keys: world.keys, calls }
}

process.on('message', (order: Order) => {
  void obey(order).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())
