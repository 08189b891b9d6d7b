/** Changes of which one run sees only a part: it was stopped, or covered a part of the account. The next whole run completes them, as one run would have. */
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import {
  addImage,
  changeAlbum,
  editImage,
  moveImage,
  placementsOf,
  removeImage,
  renameAlbum,
  renameFolder,
  withPlacements,
} from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { byShare } from '../campaigns/chance.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { albumKey, assertMirrors, type Lab, openLab, wantedOf } from '../support/lab.ts'

const image = (id: string) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } })
const [a, b, c] = [image('a'), image('b'), image('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c]), albumNode('Italy', [image('i1'), image('i2')])]),
    albumNode('Home', [image('h1'), image('h2')]),
  ],
}
const [norway, italy, home] = ['Norway', 'Italy', 'Home'].map((name) => albumKey(world, name)) as [string, string, string]
const travel = idFrom('node Travel', 6)

const changes: Readonly<Record<string, readonly ((w: World) => World)[]>> = {
  'an item moved to an album listed later': [(w) => moveImage(w, a.key, norway, home)],
  'an item moved to an album listed before': [(w) => moveImage(w, image('h1').key, home, norway)],
  'two items that change places between albums': [
    (w) => moveImage(w, a.key, norway, italy),
    (w) => moveImage(w, image('i1').key, italy, norway),
  ],
  'files that swap names': [(w) => editImage(w, a.key, { fileName: 'b.jpg' }), (w) => editImage(w, b.key, { fileName: 'a.jpg' })],
  'three files in a circle': [
    (w) => editImage(w, a.key, { fileName: 'b.jpg' }),
    (w) => editImage(w, b.key, { fileName: 'c.jpg' }),
    (w) => editImage(w, c.key, { fileName: 'a.jpg' }),
  ],
  'albums that swap names': [(w) => renameAlbum(w, norway, 'Italy'), (w) => renameAlbum(w, italy, 'Norway')],
  'a folder renamed': [(w) => renameFolder(w, travel, 'Journeys')],
  'an album renamed, an item of it moved away and another renamed': [
    (w) => renameAlbum(w, norway, 'Norge'),
    (w) => moveImage(w, a.key, norway, home),
    (w) => editImage(w, b.key, { fileName: 'bb.jpg' }),
  ],
}

/** Asserts that the account is in the vault, with nothing downloaded and nothing reported as vanished. */
async function comesTrue(lab: Lab): Promise<void> {
  const told = await lab.complete()
  assert.equal(told.downloads, 0)
  assert.equal(told.totals.vanished, 0, JSON.stringify(told.problems))
  assertMirrors(lab)
  const again = await lab.complete({ full: true })
  assert.deepEqual([again.downloads, again.totals.kept, again.totals.vanished], [0, wantedOf(lab.world).length, 0])
  assert.equal((await lab.verify()).exitCode, 0)
}

describe('stopped at any call of the storage, the catalogue as it was on the disk:', { concurrency: 4 }, () => {
  for (const [what, edits] of Object.entries(changes)) {
    test(what, async (t) => {
      const every = byShare(17, 7, 1)
      for (let call = 1; ; call += every) {
        const lab = await openLab(t, world)
        await lab.complete()
        lab.change(...edits)
        let calls = 0
        const dying = dyingStorage(() => (++calls === call ? (call % 2 === 0 ? 'dies after' : 'dies before') : 'alive'))
        const catalogue = lab.at('.smugmug-backup/catalogue.sqlite')
        // Every third time the catalogue is committed at the end: the run was interrupted, not killed.
        const killed = call % 3 !== 0
        await lab.backupWith({ storage: dying.wrap, atEnd: () => killed && copyFileSync(catalogue, lab.at('../catalogue')) })
        if (!dying.isDead()) break
        if (killed) copyFileSync(lab.at('../catalogue'), catalogue)
        try {
          await comesTrue(lab)
        } catch (error) {
          throw new Error(`stopped at call ${call}${killed ? '' : ', catalogue kept'}: ${(error as Error).message}`, { cause: error })
        }
        await lab.close()
      }
    })
  }
})

describe('seen first by runs over a part of the account:', { concurrency: 4 }, () => {
  for (const [what, edits] of Object.entries(changes)) {
    for (const part of [['Travel/**', 'Journeys/**'], ['Home']]) {
      test(`${what} (--album ${part[0]})`, async (t) => {
        const lab = await openLab(t, world)
        await lab.complete()
        lab.change(...edits)
        const told = await lab.complete({ settings: { album: part } })
        assert.deepEqual([told.downloads, told.totals.vanished], [0, 0])
        await comesTrue(lab)
      })
    }
  }

  test('the whole run names the vanished items, once', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    for (const album of [['Travel/**'], ['Home']]) assert.equal((await lab.complete({ settings: { album } })).totals.vanished, 0)
    assert.equal((await lab.complete()).totals.vanished, 1)
    assert.equal((await lab.complete()).totals.vanished, 0)
  })
})

describe('seen first by a run over single items:', { concurrency: 4 }, () => {
  test('a photo that takes the name of another one leaves its file alone, until that is renamed', async (t) => {
    const lab = await openLab(t, world, { settings: { keepReplaced: 0 } })
    await lab.complete()
    const taker = photo('taker', { fileName: 'a.jpg', keywords: ['best'], uploaded: '2026-11-01T00:00:00+00:00' })
    lab.change(
      (w) => editImage(w, a.key, { fileName: 'old.jpg' }),
      (w) => addImage(w, norway, taker),
    )
    for (const _ of ['first', 'again']) {
      await lab.complete({ settings: { keyword: ['best'] } })
      const media = lab.media()
      assert.equal(media.get('Travel/Norway/a.jpg'), md5Of(a.bytes))
      assert.equal(media.get(`Travel/Norway/a-${taker.key}.jpg`), md5Of(taker.bytes))
      assert.equal((await lab.verify()).exitCode, 0)
    }
    await comesTrue(lab)
    assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(taker.bytes))
    assert.equal(lab.media().get('Travel/Norway/old.jpg'), md5Of(a.bytes))
  })

  test('two photos that swap names keep their bytes', async (t) => {
    const lab = await openLab(t, world, { settings: { fileNames: '{{.Position}}{{.Extension}}' } })
    lab.change((w) => editImage(w, c.key, { keywords: ['best'] }))
    await lab.complete()
    lab.change((w) =>
      changeAlbum(w, norway, (album) => ({
        ...withPlacements(album, placementsOf(album).toReversed()),
        imagesLastUpdated: '2026-11-02T00:00:00+00:00',
      })),
    )
    await lab.complete({ settings: { keyword: ['best'] } })
    assert.equal((await lab.verify()).exitCode, 0)
    assert.deepEqual([...lab.ours('history')], [])
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.equal(lab.media().get('Travel/Norway/0001.jpg'), md5Of(c.bytes))
    assert.equal((await lab.verify()).exitCode, 0)
  })
})
