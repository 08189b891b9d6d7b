/** The place of an album at SmugMug: the photos of one never go into another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumsOf, placementsOf } from '../simulator/edit.ts'
import type { World, WorldNode } from '../simulator/world.ts'
import { albumNode, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openLab } from './support/lab.ts'
import { openTarget } from './support/restored.ts'

const worldOf = (...root: readonly WorldNode[]): World => ({ ...smallWorld(), root })
const contents = (world: World) =>
  albumsOf(world).map((album) => [album.name, ...placementsOf(album).map(({ image }) => image.fileName)].join(' '))

const sea = (name: string): WorldNode => albumNode(name, [photo('sea')], { key: 'SeaKey', nodeId: 'SeaNode' })
const hills = (name: string): WorldNode => albumNode(name, [photo('hills')], { key: 'HillKey', nodeId: 'HillNode' })

test('an album that was deleted does not come back into another one that has its address now', async (t) => {
  for (const album of [[], ['/Trip']]) {
    const lab = await openLab(t, worldOf(hills('Trip'), sea('Other')))
    await lab.complete()
    const { target, restore } = await openTarget(t, lab, {}, { ...lab.world, root: [sea('Trip')] })
    assert.equal((await restore({ settings: { album } })).exitCode, 0)
    assert.deepEqual(contents(target.world), ['Trip sea.jpg', 'Trip hills.jpg'])
  }
})

test('a new album does not go into one that an earlier restore made for another', async (t) => {
  const lab = await openLab(t, worldOf(sea('Trip')))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore()).exitCode, 0)
  lab.change(() => worldOf(hills('Trip'), sea('Other')))
  assert.equal((await lab.backup({ full: true })).exitCode, 0)
  assert.equal((await restore()).exitCode, 0)
  assert.deepEqual(contents(target.world), ['Other sea.jpg', 'Trip hills.jpg'])
})

test('an album named like a further one of another album does not go into that', async (t) => {
  const images = Array.from({ length: 3 }, (_, n) => photo(`m${n}`))
  const lab = await openLab(t, worldOf(albumNode('Many', images)))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const bounds = { waits: [5, 20], albumLimit: 2 }
  assert.equal((await restore({ bounds })).exitCode, 0)
  lab.change(() => worldOf(albumNode('Many', images), albumNode('Many (2)', [photo('x')])))
  assert.equal((await lab.backup({ full: true })).exitCode, 0)
  assert.equal((await restore({ bounds })).exitCode, 0)
  assert.deepEqual(contents(target.world), ['Many m0.jpg m1.jpg', 'Many (2) m2.jpg', 'Many (2) x.jpg'])
})

test('what restores made is no stranger, in further albums and in albums that were not chosen now', async (t) => {
  const images = Array.from({ length: 50 }, (_, n) => photo(`m${n}`))
  const lab = await openLab(t, worldOf(albumNode('Many', images), albumNode('One', [photo('o')])))
  await lab.complete()
  const { restore } = await openTarget(t, lab)
  const bounds = { waits: [5, 20], albumLimit: 25 }
  for (const album of [[], [], ['/One']]) {
    const outcome = await restore({ bounds, settings: { album } })
    assert.equal(outcome.exitCode, 0, outcome.message)
  }
})
