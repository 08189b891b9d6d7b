import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of, readBytes } from '../../simulator/bytes.ts'
import { addAlbum, addImage, changeAlbum, removeAlbum, removeImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { album, albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { FakeClock } from '../../src/flow/clock.ts'
import { albumKey, assertMirrors, type Lab, openLab, type RunOutcome } from '../support/lab.ts'

const [a, b] = [photo('a'), photo('b')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b]), albumNode('Italy', [photo('i')])]), albumNode('Home', [photo('h')])],
}
const norway = albumKey(world, 'Norway')
const travel = idFrom('node Travel', 6)
const trash = { settings: { onVanished: 'trash' } } as const
const kept = { 'Travel/Norway/a.jpg': md5Of(a.bytes), 'Travel/Norway/b.jpg': md5Of(b.bytes) }

const vanishedIn = (lab: Lab, path: string): readonly string[] =>
  JSON.parse(readFileSync(lab.at(`${path}/album.json`), 'utf8'))
    .items.filter((item: { vanishedAt?: string }) => item.vanishedAt !== undefined)
    .map((item: { imageKey: string }) => item.imageKey)

describe('an item that vanished', { concurrency: 8 }, () => {
  test('is kept, marked, and reported once by name', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    const told = await lab.complete()
    assert.deepEqual([told.totals.vanished, told.totals.items], [1, 3])
    const named = told.problems.filter((problem) => problem.kind === 'vanished')
    assert.deepEqual(
      named.map(({ album, name }) => `${album}/${name}`),
      ['/Travel/Norway/a.jpg'],
    )
    assertMirrors(lab, { 'Travel/Norway/a.jpg': md5Of(a.bytes) })
    assert.deepEqual(vanishedIn(lab, 'Travel/Norway'), [a.key])
    for (const again of [await lab.complete(), await lab.complete({ full: true })]) {
      assert.deepEqual([again.totals.vanished, again.problems.length], [0, 0])
    }
    assert.deepEqual(vanishedIn(lab, 'Travel/Norway'), [a.key])
    assertMirrors(lab, { 'Travel/Norway/a.jpg': md5Of(a.bytes) })
  })

  for (const onVanished of ['keep', 'trash'] as const) {
    for (const state of ['missing', 'damaged'] as const) {
      test(`whose file is ${state} is not called kept, and stays known (${onVanished})`, async (t) => {
        const lab = await openLab(t, world, { settings: { onVanished } })
        await lab.complete()
        if (state === 'missing') rmSync(lab.at('Travel/Norway/a.jpg'))
        else writeFileSync(lab.at('Travel/Norway/a.jpg'), 'broken')
        lab.change((w) => removeImage(w, norway, a.key))
        const told = await lab.complete()
        assert.deepEqual(
          told.problems.map(({ reason }) => reason),
          [`no longer on SmugMug; its file is ${state} in the vault`],
        )
        assert.match(told.message, /1 item that SmugMug has no more is missing or damaged in the vault/)
        assert.equal(lab.ours('trash').size, 0)
        rmSync(lab.at('Travel/Norway/a.jpg'), { force: true })
        writeFileSync(lab.at('found.jpg'), readBytes(a.bytes))
        assert.doesNotMatch((await lab.complete()).message, /missing/)
        assertMirrors(lab, { 'Travel/Norway/a.jpg': md5Of(a.bytes) })
      })
    }
  }

  for (const [name, response] of [
    ['an album that the list of albums calls empty', { Album: { 0: { ImageCount: 0 }, 1: { ImageCount: 0 } } }],
    ['an album that the list of albums leaves out, with a count that agrees', { Album: { 0: null }, Pages: { Total: 2, Count: 2 } }],
    ['an album that the list of albums leaves out', { Album: { 0: null } }],
  ] as const) {
    test(`is not one of ${name}`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      lab.sim.setBehaviour({ faults: [{ on: 'albums', does: { kind: 'patch', response } }] })
      const told = await lab.backup(trash)
      assert.deepEqual([told.exitCode, told.totals.vanished, told.downloads], [0, 0, 0])
      assertMirrors(lab)
    })
  }

  test('is not one of an album that is called empty everywhere but in its own count', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const zero = { Album: { 0: { ImageCount: 0 }, 1: { ImageCount: 0 } } }
    const none = { AlbumImage: null, Pages: { Total: 0, Count: 0 } }
    lab.sim.setBehaviour({
      faults: [
        { on: 'albums', does: { kind: 'patch', response: zero } },
        { on: 'images', does: { kind: 'patch', response: none } },
      ],
    })
    const told = await lab.backup(trash)
    assert.deepEqual([told.exitCode, told.totals.vanished], [3, 0])
    assertMirrors(lab)
  })

  const home = albumKey(world, 'Home')
  const leftOut = { Album: { 0: null }, Pages: { Total: 2, Count: 2 } }
  for (const [name, edit, response] of [
    [
      'an account that counts more items than its albums have',
      (w: World) => ({ ...removeAlbum(w, home), userFields: { ImageCount: 4 } }),
      {},
    ],
    [
      'an album of an account that counts more items',
      (w: World) => ({ ...removeImage(w, norway, a.key), userFields: { ImageCount: 4 } }),
      {},
    ],
    ['a list of albums that lacks an album of the folders', (w: World) => ({ ...w, userFields: { ImageCount: 1 } }), leftOut],
  ] as const) {
    test(`is not one of ${name}`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const before = lab.media()
      lab.change(edit)
      lab.sim.setBehaviour({ faults: [{ on: 'albums', does: { kind: 'patch', response } }] })
      for (const told of [await lab.backup(trash), await lab.backup(trash)]) {
        assert.deepEqual([told.exitCode, told.totals.vanished, told.downloads], [3, 0, 0])
        assert.match(told.problems.map(({ reason }) => reason).join(), /taken for vanished/)
        assert.deepEqual(lab.media(), before)
      }
      const accepted = await lab.complete({ ...trash, acceptChanges: true })
      assert.ok(accepted.totals.vanished > 0)
      lab.sim.setBehaviour({})
      lab.change((w) => ({ ...w, userFields: {} }))
      await lab.complete(trash)
      assertMirrors(lab)
    })
  }

  test('comes back without a download, under its old name', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    await lab.complete()
    lab.change((w) => addImage(w, norway, a))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertMirrors(lab)
    assert.deepEqual(vanishedIn(lab, 'Travel/Norway'), [])
  })

  test('a new one of its name gets another name, and neither is lost', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const other = photo('other', { fileName: 'a.jpg' })
    lab.change(
      (w) => removeImage(w, norway, a.key),
      (w) => addImage(w, norway, other),
    )
    await lab.complete()
    const bytes = [...lab.media().values()]
    assert.ok(bytes.includes(md5Of(a.bytes)) && bytes.includes(md5Of(other.bytes)))
    const names = [...lab.media().keys()]
    await lab.complete({ full: true })
    assert.deepEqual([...lab.media().keys()], names)
  })

  test('uploaded again under another key costs no download', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const again = photo('again', { bytes: a.bytes, fileName: 'a.jpg' })
    lab.change(
      (w) => removeImage(w, norway, a.key),
      (w) => addImage(w, norway, again),
    )
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.ok([...lab.media().values()].includes(md5Of(a.bytes)))
  })

  test('on_vanished = trash: it goes there with its path, is findable, and comes back without a download', async (t) => {
    const lab = await openLab(t, world, trash)
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    const told = await lab.complete()
    assert.equal(told.totals.vanished, 1)
    assertMirrors(lab)
    const [[path, md5] = []] = [...lab.ours('trash')]
    assert.match(path ?? '', /^\d{4}-\d\d-\d\d\/Travel\/Norway\/a\.jpg$/)
    assert.equal(md5, md5Of(a.bytes))
    assert.match(told.problems.find((problem) => problem.kind === 'vanished')?.reason ?? '', /trash/)
    assert.equal((await lab.complete({ full: true })).totals.vanished, 0)
    lab.change((w) => addImage(w, norway, a))
    const back = await lab.complete()
    assert.equal(back.downloads, 0)
    assertMirrors(lab)
    assert.equal(lab.ours('trash').size, 0)
  })

  test('keep_trash: the trash is emptied after its days, not before', async (t) => {
    const lab = await openLab(t, world, { settings: { onVanished: 'trash', keepTrash: 10 } })
    const start = Date.now()
    const run = (days: number) => lab.backupWith({ clock: new FakeClock({ now: start + days * 86_400_000, patient: false }) })
    await run(0)
    lab.change((w) => removeImage(w, norway, a.key))
    await run(0)
    assert.equal(lab.ours('trash').size, 1)
    await run(9)
    assert.equal(lab.ours('trash').size, 1)
    const told = await run(12)
    assert.equal(lab.ours('trash').size, 0)
    assertMirrors(lab)
    assert.match(told.problems.at(-1)?.reason ?? '', /^removed from the trash after 10 days: 1 file, [\d,]+ bytes$/)
    const report = readFileSync(
      lab.at(
        [...lab.ours('reports').keys()]
          .filter((path) => path.endsWith('.txt'))
          .map((path) => `.smugmug-backup/reports/${path}`)
          .at(-1) ?? '',
      ),
      'utf8',
    )
    assert.match(report, /Removed for good\n-+\n.*trash.*Travel\/Norway\/a\.jpg/)
  })

  test('keep_trash: a run whose clock jumped, or that does not end well, removes nothing; the next one does', async (t) => {
    const lab = await openLab(t, world, { settings: { onVanished: 'trash', keepTrash: 10 } })
    const start = Date.now()
    const run = (days: number) => lab.backupWith({ clock: new FakeClock({ now: start + days * 86_400_000, patient: false }) })
    const warned = (told: RunOutcome): boolean =>
      told.events.some((each) => each.event === 'warning' && /clock may be wrong/.test(each.message))
    await run(0)
    lab.change((w) => removeImage(w, norway, a.key))
    assert.equal(warned(await run(1)), false)
    for (const days of [40, 39]) {
      const told = await run(days)
      assert.deepEqual([told.exitCode, lab.ours('trash').size, warned(told)], [0, 1, true], `day ${days}`)
    }
    lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
    lab.change((w) => addImage(w, norway, photo('late')))
    const failed = await lab.backupWith({
      clock: new FakeClock({ now: start + 40 * 86_400_000, patient: false }),
      settings: { maxRetries: 0 },
    })
    assert.deepEqual([failed.exitCode, lab.ours('trash').size], [3, 1])
    lab.sim.setBehaviour({})
    const told = await run(41)
    assert.deepEqual([told.exitCode, lab.ours('trash').size, warned(told)], [0, 0, false])
  })

  test('a listing that disagrees with the count marks nothing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    lab.change((w) => changeAlbum(w, norway, (each) => ({ ...each, fields: { ImageCount: 2 } })))
    const told = await lab.backup()
    assert.equal(told.exitCode, 3)
    assert.equal(told.totals.vanished, 0)
    assert.deepEqual(vanishedIn(lab, 'Travel/Norway'), [])
    assertMirrors(lab, { 'Travel/Norway/a.jpg': md5Of(a.bytes) })
  })

  test('a run over a part of the account marks nothing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    for (const settings of [{ album: ['Home'] }, { album: ['Travel/**'] }, { type: 'photo' as const }, { exclude: ['Travel/**'] }]) {
      assert.equal((await lab.complete({ settings })).totals.vanished, 0)
      assert.deepEqual(
        lab.rows().items.filter((item) => item.vanishedAt !== undefined),
        [],
      )
    }
    assert.equal((await lab.complete()).totals.vanished, 1)
  })
})

describe('an album that vanished', { concurrency: 8 }, () => {
  test('is kept and marked with its items; each is reported once', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeAlbum(w, norway))
    const told = await lab.complete()
    assert.equal(told.totals.vanished, 2)
    assertMirrors(lab, kept)
    assert.deepEqual(vanishedIn(lab, 'Travel/Norway').toSorted(), [a.key, b.key].toSorted())
    assert.ok(JSON.parse(readFileSync(lab.at('Travel/Norway/album.json'), 'utf8')).album.vanishedAt)
    assert.equal((await lab.complete({ full: true })).totals.vanished, 0)
    assertMirrors(lab, kept)
  })

  test('and comes back (restored by SmugMug): no download, no mark', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeAlbum(w, norway))
    await lab.complete()
    lab.change((w) => addAlbum(w, album('Norway', [a, b]), travel))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertMirrors(lab)
    assert.deepEqual(vanishedIn(lab, 'Travel/Norway'), [])
    assert.ok(lab.rows().albums.every((row) => row.vanishedAt === undefined))
  })

  test('trashed with all its items, and back again without a download', async (t) => {
    const lab = await openLab(t, world, trash)
    await lab.complete()
    lab.change((w) => removeAlbum(w, norway))
    await lab.complete()
    assertMirrors(lab)
    assert.equal(lab.ours('trash').size, 2)
    lab.change((w) => addAlbum(w, album('Norway', [a, b]), travel))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertMirrors(lab)
  })

  for (const [when, gap] of [
    ['in one night', false],
    ['after some nights', true],
  ] as const) {
    test(`and one with a new key under its path (${when}): the new one has the plain path, the old files are kept`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const fresh = photo('fresh')
      const renewed = album('Norway', [a, fresh], { key: 'NewKey', nodeId: 'NewNod' })
      lab.change((w) => removeAlbum(w, norway))
      if (gap) await lab.complete()
      lab.change((w) => addAlbum(w, renewed, travel))
      const told = await lab.complete()
      assert.equal(told.downloads, 1)
      assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(a.bytes))
      assert.equal(lab.media().get('Travel/Norway/fresh.jpg'), md5Of(fresh.bytes))
      assert.ok([...lab.media().values()].includes(md5Of(b.bytes)), 'b is kept')
      assert.equal(JSON.parse(readFileSync(lab.at('Travel/Norway/album.json'), 'utf8')).album.key, 'NewKey')
      const again = await lab.complete({ full: true })
      assert.deepEqual([again.downloads, again.totals.vanished], [0, 0])
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }

  test('an empty album that vanished leaves nothing behind', async (t) => {
    const lab = await openLab(t, { ...world, root: [...world.root, albumNode('Empty', [])] })
    await lab.complete()
    lab.change((w) => removeAlbum(w, albumKey(w, 'Empty')))
    const told = await lab.complete()
    assert.equal(told.totals.vanished, 0)
    assert.equal(existsSync(lab.at('Empty')), false)
  })
})
