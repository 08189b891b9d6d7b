/** A restore into an account that an earlier one, or its owner, has been to. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { addImage, albumsOf, changeAlbum, moveImage, placementsOf, removeAlbum, removeImage } from '../simulator/edit.ts'
import type { World, WorldAlbum } from '../simulator/world.ts'
import { albumNode, collected, folder, photo, video } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { albumKey, type Lab, openLab } from './support/lab.ts'
import { changesOf, describeWorld, emptyOf, openTarget, readsOf, richWorld } from './support/restored.ts'

const named = (world: World, name: string): WorldAlbum => albumsOf(world).find((album) => album.name === name) ?? assert.fail(name)
const keyIn = (world: World, album: string, at = 0): string => placementsOf(named(world, album))[at]?.image.key ?? assert.fail(album)

const held = async (lab: Lab): Promise<Lab> => {
  await lab.complete()
  return lab
}

test('what its owner removed after a restore comes again, and is collected again', async (t) => {
  const lab = await held(await openLab(t, smallWorld()))
  const { target, restore } = await openTarget(t, lab)
  await restore()
  // Removed from its own album, the harbour is gone from "Best of" as well.
  target.setWorld(removeImage(target.world, albumKey(target.world, '2024 Norway'), keyIn(target.world, '2024 Norway')))
  target.setWorld(removeAlbum(target.world, albumKey(target.world, 'Kitchen')))
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.totals.stored, outcome.totals.copied], [0, 4, 1], JSON.stringify(outcome.problems))
  const sizes = (world: World) => albumsOf(world).map(({ name, count, privacy = 'Public' }) => [name, count, privacy])
  assert.deepEqual(sizes(target.world), sizes(lab.world))
})

test('what its owner moved to another album stays there, and is not sent again', async (t) => {
  const lab = await held(await openLab(t, smallWorld()))
  const { target, restore } = await openTarget(t, lab)
  await restore()
  const key = keyIn(target.world, 'Kitchen')
  target.setWorld(moveImage(target.world, key, albumKey(target.world, 'Kitchen'), albumKey(target.world, 'Best of')))
  target.resetCounters()
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, changesOf(target)], [0, ['patchnode']], JSON.stringify(outcome.problems))
  assert.match(JSON.stringify(outcome.problems), /it is at SmugMug, but no longer in this album/)
})

test('a folder or album whose making was never answered is found again, not made twice', async (t) => {
  const lab = await held(await openLab(t, smallWorld()))
  const { target, restore } = await openTarget(t, lab, {
    writing: { listingLagMs: 60_000 },
    faults: [{ on: 'createnode', nth: [1, 2, 4, 5], does: { kind: 'reset' } }],
  })
  const first = await restore({ bounds: { waits: [5, 10] } })
  assert.equal(first.exitCode, 3)
  assert.match(JSON.stringify(first.problems), /SmugMug did not say whether it was made/)
  target.setBehaviour({ writing: { permission: 'Modify', reads: readsOf(lab.world) } })
  assert.equal((await restore()).exitCode, 0)
  const sorted = (world: World) =>
    describeWorld(world)
      .map((node) => JSON.stringify(node))
      .toSorted()
  assert.deepEqual(sorted(target.world), sorted(lab.world))
})

test('folders and albums that no list shows yet are not made twice', async (t) => {
  const lab = await held(await openLab(t, smallWorld()))
  const { target, restore } = await openTarget(t, lab, { writing: { listingLagMs: 1500 } })
  const stop = new AbortController()
  const first = restore({
    signal: stop.signal,
    emit: (event) => void (event.event === 'phase' && /^uploading/.test(event.name) && stop.abort()),
  })
  await assert.rejects(first)
  const outcome = await restore({ bounds: { waits: [300, 600, 900] } })
  assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
  assert.deepEqual(describeWorld(target.world), describeWorld(lab.world))
})

test('an upload without an answer is not taken for another photo of its name', async (t) => {
  const world = { ...smallWorld(), root: [albumNode('Same', [photo('mine', { fileName: 'IMG.jpg' }), video('film')])] }
  const lab = await held(await openLab(t, world))
  const there = albumNode('Same', [photo('theirs', { fileName: 'IMG.jpg' })])
  const stop = new AbortController()
  const { target, restore } = await openTarget(
    t,
    lab,
    { faults: [{ on: 'upload', nth: 1, unapplied: true, does: { kind: 'reset' } }] },
    { ...emptyOf(world), root: [there] },
  )
  // Broken off while it looks for the upload: the journal has an intent without an end.
  const emit = () => {
    if ((target.counters.byEndpoint.upload ?? 0) > 0) stop.abort()
  }
  const first = restore({ signal: stop.signal, bounds: { waits: [5000] } })
  const watch = setInterval(emit, 5)
  await assert.rejects(first)
  clearInterval(watch)
  const outcome = await restore()
  assert.equal(outcome.exitCode, 0, JSON.stringify(outcome.problems))
  assert.equal(named(target.world, 'Same').count, 3)
})

test('a folder is the same one however --into writes it', async (t) => {
  const lab = await held(await openLab(t, smallWorld()))
  const { target, restore } = await openTarget(t, lab, {}, { ...emptyOf(lab.world), root: [folder('Old Times', [])] })
  assert.equal((await restore({ into: '/Old-Times' })).exitCode, 0)
  for (const into of ['Old-Times/', '/old-times', '//OLD-TIMES//']) {
    target.resetCounters()
    const again = await restore({ into })
    assert.deepEqual([again.exitCode, changesOf(target), again.problems], [0, ['patchnode'], []], into)
  }
})

test('what stood there with other settings is named, and left', async (t) => {
  const lab = await held(await openLab(t, richWorld(), { settings: { keepSecrets: true } }))
  const { target, restore } = await openTarget(t, lab)
  await restore({ keepPrivate: true })
  // Without its journal a restore knows no longer that it made all of it.
  rmSync(lab.at('.smugmug-backup/restores.sqlite'))
  target.setWorld(changeAlbum(target.world, albumKey(target.world, 'Same'), (album) => ({ ...album, description: 'by hand' })))
  const before = describeWorld(target.world)
  const outcome = await restore()
  assert.equal(outcome.exitCode, 0, outcome.message)
  assert.deepEqual(describeWorld(target.world), before)
  const found = outcome.problems.filter(({ reason }) => /it stood there already, with other settings/.test(reason))
  assert.ok(found.some(({ album, detail }) => album === '/Same' && detail === 'Description'))
  assert.ok(found.some(({ album, detail }) => album === '/Clients/Wedding' && detail === 'Privacy, SecurityType'))
})

test('a photo that vanishes between its upload and the end is open, not proven', async (t) => {
  const lab = await held(
    await openLab(t, { ...smallWorld(), root: [albumNode('Private', [photo('a'), photo('b')], { privacy: 'Private' })] }),
  )
  const { target, restore } = await openTarget(t, lab)
  const outcome = await restore({
    emit: (event) => {
      if (event.event === 'phase' && event.name === 'collecting, and setting words and settings') {
        target.setWorld(removeImage(target.world, albumKey(target.world, 'Private'), keyIn(target.world, 'Private', 1)))
      }
    },
  })
  assert.deepEqual([outcome.exitCode, outcome.totals.failed], [3, 1])
  assert.match(JSON.stringify(outcome.problems), /it was uploaded, and SmugMug does not have it any more/)
})

test('a photo that SmugMug does not show yet, in no list and not by its key, is not sent twice', async (t) => {
  const lab = await held(await openLab(t, { ...smallWorld(), root: [albumNode('New', [photo('turned')])] }))
  const { target, restore } = await openTarget(t, lab, {
    writing: { listingLagMs: 100, countLagMs: 100, changesBytes: () => true },
    faults: [{ on: 'image', nth: 1, does: { kind: 'status', status: 404 } }],
  })
  for (const _ of [1, 2]) {
    const outcome = await restore({ bounds: { waits: [50, 100, 200] } })
    assert.deepEqual([outcome.exitCode, named(target.world, 'New').count], [0, 1], JSON.stringify(outcome.problems))
  }
})

test('a journal that is damaged is named, with the way out', async (t) => {
  const lab = await held(await openLab(t, smallWorld()))
  const { target, restore } = await openTarget(t, lab)
  writeFileSync(lab.at('.smugmug-backup/restores.sqlite'), 'no database at all, but long enough to be looked at')
  await assert.rejects(restore(), /The journal of restores .* is damaged/)
  assert.deepEqual(changesOf(target), [])
})

test('equal photos need as many images, and a photo in three albums is one', async (t) => {
  const one = photo('one')
  const world = {
    ...smallWorld(),
    root: [
      albumNode('Home', [one, { ...photo('one'), key: 'OneMore' }]),
      ...['A', 'B', 'C'].map((name) => albumNode(name, [collected(one)])),
    ],
  }
  const lab = await held(await openLab(t, world))
  const { target, restore } = await openTarget(t, lab)
  for (let n = 1; n <= 2; n += 1) {
    const outcome = await restore()
    assert.deepEqual([outcome.exitCode, target.counters.byEndpoint.upload], [0, 2], JSON.stringify(outcome.problems))
    assert.deepEqual(describeWorld(target.world), describeWorld(world))
  }
  target.setWorld(addImage(target.world, albumKey(target.world, 'B'), photo('theirs')))
  assert.equal((await restore()).exitCode, 0)
  assert.equal(target.counters.byEndpoint.upload, 2)
})
