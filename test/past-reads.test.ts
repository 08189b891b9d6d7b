/** The work that a look into the past makes for the disk of the vault. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { albumsOf, editImage, placementsOf } from '../simulator/edit.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openVaultAt } from '../src/app/app.ts'
import { copiesOf } from '../src/operations/history/copies.ts'
import { copyThen } from '../src/operations/past/copy-then.ts'
import { diff } from '../src/operations/past/diff.ts'
import { knownMoment } from '../src/operations/past/when.ts'
import { faultyStorage } from './support/faulty-storage.ts'
import { type Lab, openLab } from './support/lab.ts'

/** Changes the words of each album's second photo, one album a night: four runs. */
async function fourRuns(lab: Lab): Promise<readonly string[]> {
  await lab.complete()
  const keys = albumsOf(lab.world).map((album) => placementsOf(album)[1]?.image.key ?? assert.fail())
  for (const key of keys) {
    lab.change((world) => editImage(world, key, { caption: `new words of ${key}` }))
    await lab.complete({ full: true })
  }
  return keys
}

async function watched(t: TestContext, lab: Lab) {
  const vault = await openVaultAt(lab.root, { mode: 'read', operation: 'diff' })
  t.after(() => vault.close())
  const counted = faultyStorage(vault.storage)
  return { vault: { ...vault, storage: counted.storage }, read: (what: RegExp) => counted.paths('read').filter((path) => what.test(path)) }
}

test('a comparison of two moments reads each file of the past once, and only records that changed between them', async (t) => {
  const lab = await openLab(t, smallWorld())
  await fourRuns(lab)
  const { vault, read } = await watched(t, lab)
  const since = await knownMoment(vault, { run: 2 })
  const until = await knownMoment(vault, { run: 3 }, since.past)
  assert.equal(read(/versions/).length, 2)
  const { differences } = await diff({ vault, since, until, emit: () => undefined, signal: new AbortController().signal })
  assert.deepEqual([differences.length, read(/album\.json$/).length], [1, 1])
})

test('the copy of a photo as of a day is found without the records of albums that it was never in', async (t) => {
  const lab = await openLab(t, smallWorld())
  const [key = ''] = await fourRuns(lab)
  const { vault, read } = await watched(t, lab)
  const item = (await copiesOf(vault, key)) ?? assert.fail()
  const copy = await copyThen(vault, { imageKey: key, copies: item.copies }, await knownMoment(vault, { run: 1 }))
  assert.ok(typeof copy === 'object')
  const gone = await copyThen(vault, { imageKey: 'NoSuchKey', copies: [] }, await knownMoment(vault, { run: 1 }))
  assert.equal(gone, 'not there')
  assert.deepEqual(read(/album\.json$/).length, 1)
})
