/** Albums at SmugMug whose photos are guarded less than in the vault, and folders that hold something of their owner. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumsOf, changeAlbum, changeNode, insertNode } from '../simulator/edit.ts'
import type { World, WorldAlbum, WorldNode } from '../simulator/world.ts'
import { albumNode, collected, folder, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openLab } from './support/lab.ts'
import { changesOf, emptyOf, openTarget, seenByStrangers } from './support/restored.ts'

const worldOf = (...root: readonly WorldNode[]): World => ({ ...smallWorld(), root })
const foldersOf = ({ root }: Pick<World, 'root'>): readonly Extract<WorldNode, { type: 'Folder' }>[] =>
  root.flatMap((node) => (node.type === 'Folder' ? [node, ...foldersOf({ root: node.children })] : []))
const WEAKER = 'it is open at SmugMug, where its photos are guarded less than before'
const HOLDS = 'it stays private: it holds something that no restore made, and that more people would see'
const OPENED = 'it was opened before, and its protection is another one now; it was left'

test('nothing new goes into an open album that is guarded more at the source by now, until it is guarded so as well', async (t) => {
  for (const [changed, names] of [
    [{ fields: { AllowDownloads: false } }, 'AllowDownloads'],
    [{ fields: { Watermark: true, LargestSize: 'Medium' } }, 'LargestSize, Watermark'],
  ] as const) {
    const [home, k1] = [photo('home'), photo('k1')]
    const source = (details: Partial<WorldAlbum>, ...more: Parameters<typeof albumNode>[1]) =>
      worldOf(albumNode('Kids', [k1, ...more], details), albumNode('Home', [home]))
    const lab = await openLab(t, source({}))
    await lab.complete()
    const { target, restore } = await openTarget(t, lab)
    assert.equal((await restore()).exitCode, 0)

    lab.change(() => source(changed))
    assert.equal((await lab.backup({ full: true })).exitCode, 0)
    const same = await restore()
    assert.deepEqual([same.exitCode, same.problems.map(({ album, reason }) => [album, reason])], [0, [['/Kids', OPENED]]])

    for (const more of [photo('k2'), collected(home)]) {
      lab.change(() => source(changed, more))
      assert.equal((await lab.backup({ full: true })).exitCode, 0)
      for (const dryRun of [true, false]) {
        const outcome = await restore({ dryRun })
        assert.deepEqual(
          [
            outcome.exitCode,
            outcome.problems.map(({ album, reason, detail }) => [album, reason, detail?.split(', ').toSorted().join(', ')]),
          ],
          [dryRun ? 0 : 3, [['/Kids', WEAKER, names]]],
        )
        assert.equal(albumsOf(target.world)[0]?.count, 1)
      }
    }
    const key = albumsOf(target.world)[0]?.key ?? ''
    target.setWorld(changeAlbum(target.world, key, (album) => ({ ...album, ...changed })))
    assert.equal((await restore()).exitCode, 0)
    assert.equal(albumsOf(target.world)[0]?.count, 2)
  }
})

test('an album that stood there gets its photos back however it is guarded: that is for its owner, and is named', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Kids', [photo('k1'), photo('k2')], { fields: { LargestSize: 'Large' } })))
  await lab.complete()
  for (const [fields, privacy] of [
    [{ LargestSize: 'Original' }, 'Public'],
    [{ LargestSize: 'Original' }, 'Private'],
    [{ LargestSize: 'Medium', Watermark: true, AllowDownloads: false }, 'Public'],
  ] as const) {
    const stood = { ...emptyOf(lab.world), root: [albumNode('Kids', [photo('k1')], { fields, privacy })] }
    const { target, restore } = await openTarget(t, lab, {}, stood)
    const outcome = await restore({ acceptChanges: true })
    assert.equal(outcome.exitCode, 0)
    assert.ok(outcome.problems.some(({ album, detail }) => album === '/Kids' && detail?.includes('LargestSize')))
    assert.ok(changesOf(target).includes('upload'))
  }
})

test('a folder of a restore stays private while it holds something open of its owner, and those above it are opened', async (t) => {
  const lab = await openLab(
    t,
    worldOf(folder('Travel', [folder('Norway', [albumNode('Fjord', [photo('f')])]), albumNode('Sea', [photo('s')])])),
  )
  await lab.complete()
  for (const [privacy, isOpened] of [
    ['Public', false],
    ['Unlisted', false],
    ['Private', true],
  ] as const) {
    const { target, restore } = await openTarget(t, lab)
    assert.equal((await restore({ keepPrivate: true })).exitCode, 0)
    const own = albumNode('Own', [photo('o')], { privacy })
    const [norway] = foldersOf(target.world).filter(({ name }) => name === 'Norway')
    target.setWorld(insertNode(target.world, own, norway?.nodeId))
    const found = isOpened ? [] : [['/Travel/Norway', HOLDS, '/Travel/Norway/Own']]
    const ahead = await restore({ acceptChanges: true, dryRun: true })
    assert.deepEqual([ahead.exitCode, ahead.problems.map(({ album, reason, detail }) => [album, reason, detail])], [0, found])
    for (const _ of [1, 2]) {
      const outcome = await restore({ acceptChanges: true })
      assert.deepEqual(
        [outcome.exitCode, outcome.problems.map(({ album, reason, detail }) => [album, reason, detail])],
        [isOpened ? 0 : 3, found],
      )
      assert.deepEqual([...seenByStrangers(target.world)], isOpened ? ['Fjord: f.jpg', 'Sea: s.jpg'] : ['Sea: s.jpg'])
    }
    // Its owner opens the folder himself, and so shows what is in it.
    target.setWorld(
      changeNode(target.world, norway?.nodeId ?? '', (node) => [node.type === 'Folder' ? { ...node, privacy: 'Public' } : node]),
    )
    const after = await restore({ acceptChanges: true })
    assert.deepEqual([after.exitCode, after.problems], [0, []])
  }
})

test('a folder below one that stays private is opened whatever it holds: nobody sees that', async (t) => {
  const norway = folder('Norway', [albumNode('Fjord', [photo('f')])])
  const lab = await openLab(t, worldOf(folder('Travel', [norway], { fields: { SecurityType: 'GrantAccess' } })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore({ keepPrivate: true })).exitCode, 0)
  const [, made] = foldersOf(target.world)
  target.setWorld(insertNode(target.world, albumNode('Own', [photo('o')]), made?.nodeId ?? ''))
  for (const dryRun of [true, false]) {
    const { problems } = await restore({ acceptChanges: true, dryRun })
    assert.deepEqual(
      problems.map(({ album }) => album),
      ['/Travel'],
    )
  }
  assert.deepEqual([...seenByStrangers(target.world)], [])
})

test('a folder stays private that holds something open of its owner in a folder which is open by itself', async (t) => {
  const lab = await openLab(t, worldOf(folder('Travel', [folder('Norway', [albumNode('Fjord', [photo('f')])])])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore({ keepPrivate: true })).exitCode, 0)
  const [, norway] = foldersOf(target.world)
  const id = norway?.nodeId ?? ''
  target.setWorld(insertNode(target.world, albumNode('Own', [photo('o')]), id))
  target.setWorld(changeNode(target.world, id, (node) => [node.type === 'Folder' ? { ...node, privacy: 'Public' } : node]))
  const outcome = await restore({ acceptChanges: true })
  assert.deepEqual(
    [outcome.exitCode, outcome.problems.map(({ album, reason, detail }) => [album, reason, detail])],
    [3, [['/Travel', HOLDS, '/Travel/Norway/Own']]],
  )
  assert.deepEqual([...seenByStrangers(target.world)], [])
})
