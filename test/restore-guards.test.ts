/** Albums at SmugMug whose photos are guarded less than in the vault, and folders that hold something of their owner. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumsOf, changeAlbum } from '../simulator/edit.ts'
import type { World, WorldAlbum, WorldNode } from '../simulator/world.ts'
import { albumNode, collected, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openLab } from './support/lab.ts'
import { changesOf, emptyOf, openTarget } from './support/restored.ts'

const worldOf = (...root: readonly WorldNode[]): World => ({ ...smallWorld(), root })
const WEAKER = 'it is open at SmugMug, where its photos are guarded less than before'
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

test('nothing goes into an open album that stood there and is guarded less, but into one that is guarded more', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Kids', [photo('k1'), photo('k2')], { fields: { LargestSize: 'Large' } })))
  await lab.complete()
  for (const [fields, privacy, exitCode] of [
    [{ LargestSize: 'Original' }, 'Public', 3],
    [{ LargestSize: 'Original' }, 'Private', 0],
    [{ LargestSize: 'Medium', Watermark: true, AllowDownloads: false }, 'Public', 0],
  ] as const) {
    const stood = { ...emptyOf(lab.world), root: [albumNode('Kids', [photo('k1')], { fields, privacy })] }
    const { target, restore } = await openTarget(t, lab, {}, stood)
    assert.equal((await restore({ acceptChanges: true })).exitCode, exitCode)
    assert.equal(changesOf(target).includes('upload'), exitCode === 0)
  }
})
