import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { md5Of } from '../../simulator/bytes.ts'
import {
  changeAlbum,
  collectImage,
  editImage,
  moveImage,
  placementsOf,
  removeImage,
  replaceImage,
  withPlacements,
} from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { albumKey, assertMirrors, inodeOf, type Lab, openLab, type RunOutcome } from '../support/lab.ts'

const [a, b] = [photo('a'), photo('b')]
/** `a` lies in Norway and is collected into two more albums, one listed before its home, one after. */
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Best', [collected(a), photo('p')]), folder('Travel', [albumNode('Norway', [a, b])]), albumNode('Zoo', [collected(a)])],
}
const places = ['Best/a.jpg', 'Travel/Norway/a.jpg', 'Zoo/a.jpg'] as const
const norway = albumKey(world, 'Norway')
const zoo = albumKey(world, 'Zoo')
const replacement = { kind: 'seeded', seed: 'other a', size: 22_000, starts: 'jpg' } as const

describe('an image in several albums', { concurrency: 8 }, () => {
  for (const concurrentAlbums of [1, 12]) {
    test(`is downloaded once, and is one file under three names (${concurrentAlbums} albums at once)`, async (t) => {
      const lab = await openLab(t, world, { settings: { concurrentAlbums } })
      const told = await lab.complete()
      assert.equal(told.downloads, 3)
      assert.deepEqual([told.totals.items, told.totals.stored, told.totals.copied], [5, 3, 2])
      assertMirrors(lab)
      assert.equal(new Set(places.map((path) => inodeOf(lab.at(path)))).size, 1)
      assert.equal((await lab.complete()).totals.kept, 5)
    })
  }

  test('collected = copy makes files of their own', async (t) => {
    const lab = await openLab(t, world, { settings: { collected: 'copy' } })
    const told = await lab.complete()
    assert.equal(told.downloads, 3)
    assertMirrors(lab)
    assert.equal(new Set(places.map((path) => inodeOf(lab.at(path)))).size, 3)
  })

  for (const concurrentAlbums of [1, 12]) {
    test(`collected = skip keeps it in its own album alone (${concurrentAlbums} albums at once)`, async (t) => {
      const lab = await openLab(t, world, { settings: { collected: 'skip', concurrentAlbums } })
      const told = await lab.complete()
      assert.deepEqual([...lab.media().keys()], ['Best/p.jpg', 'Travel/Norway/a.jpg', 'Travel/Norway/b.jpg'])
      assert.equal(told.downloads, 3)
      assert.equal(told.totals.items, 5)
      const again = await lab.complete({ full: true })
      assert.deepEqual([again.downloads, again.totals.kept], [0, 5])
      assert.deepEqual([...lab.media().keys()], ['Best/p.jpg', 'Travel/Norway/a.jpg', 'Travel/Norway/b.jpg'])
    })
  }

  test('collected = skip: one that no album holds is pending after the brake, and not held', async (t) => {
    const many = Array.from({ length: 30 }, (_, n) =>
      photo(`m${n}`, { bytes: { kind: 'seeded', seed: `m${n}`, size: 300, starts: 'jpg' } }),
    )
    const wide: World = { ...world, root: [albumNode('Many', [a, ...many]), albumNode('Best', [photo('p')])] }
    const lab = await openLab(t, wide, { settings: { collected: 'skip' } })
    await lab.complete()
    const best = albumKey(wide, 'Best')
    lab.change(
      (w) => many.reduce((each, { key }) => removeImage(each, albumKey(wide, 'Many'), key), w),
      (w) => changeAlbum(w, best, (album) => withPlacements(album, [...placementsOf(album), collected(a), collected(photo('foreign'))])),
    )
    const told = await lab.backup()
    assert.equal(told.exitCode, 7)
    const standing = () => lab.rows().items.flatMap((item) => (item.albumKey === best ? [`${item.name} ${item.state}`] : []))
    assert.deepEqual(standing().toSorted(), ['a.jpg elsewhere', 'foreign.jpg pending', 'p.jpg held'])
    assert.deepEqual([told.totals.pending, told.standing?.missing.pending], [1, 1])
    await lab.complete({ acceptChanges: true })
    assert.deepEqual(standing().toSorted(), ['a.jpg elsewhere', 'foreign.jpg held', 'p.jpg held'])
    assert.ok(lab.media().has('Best/foreign.jpg'))
  })

  test('the record of each album names it, also where it is skipped', async (t) => {
    const lab = await openLab(t, world, { settings: { collected: 'skip' } })
    await lab.complete()
    for (const album of ['Best', 'Travel/Norway', 'Zoo']) {
      const record = JSON.parse(readFileSync(lab.at(`${album}/album.json`), 'utf8'))
      assert.ok(
        record.items.some((item: { imageKey: string }) => item.imageKey === a.key),
        album,
      )
    }
  })

  test('collected later, from an album that has not changed, costs no download', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => collectImage(w, b.key, zoo))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.copied], [0, 1])
    assertMirrors(lab)
    assert.equal(inodeOf(lab.at('Zoo/b.jpg')), inodeOf(lab.at('Travel/Norway/b.jpg')))
  })

  test('no longer collected: it vanished from that album alone, and its home keeps it', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, zoo, a.key))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.vanished], [0, 1])
    assert.deepEqual(
      told.problems.map(({ reason }) => reason),
      ['no longer in this album on SmugMug; its file is kept'],
    )
    assertMirrors(lab, { 'Zoo/a.jpg': md5Of(a.bytes) })
    assert.equal((await lab.complete({ full: true })).totals.vanished, 0)
  })

  for (const mode of ['link', 'copy'] as const) {
    test(`replaced: one download, the new bytes in every album, the old ones in history (collected = ${mode})`, async (t) => {
      const lab = await openLab(t, world, { settings: { collected: mode } })
      await lab.complete()
      lab.change((w) => replaceImage(w, a.key, replacement))
      const told = await lab.complete()
      assert.deepEqual([told.downloads, told.totals.replaced], [1, 3])
      assertMirrors(lab)
      assert.equal(new Set(places.map((path) => inodeOf(lab.at(path)))).size, mode === 'link' ? 1 : 3)
      assert.ok([...lab.ours('history').values()].includes(md5Of(a.bytes)))
    })
  }

  test('replaced, and only the home album has a new date: the others follow with their listing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const dates = new Map([zoo, albumKey(world, 'Best')].map((key) => [key, lab.rows().albums.find((album) => album.key === key)]))
    lab.change(
      (w) => replaceImage(w, a.key, replacement),
      // The albums that have collected it keep their dates.
      (w) => ({
        ...w,
        root: w.root.map((node) => {
          const row = node.type === 'Album' ? dates.get(node.album.key) : undefined
          if (node.type !== 'Album' || row === undefined) return node
          const { lastUpdated, imagesLastUpdated } = row
          return { ...node, album: { ...node.album, ...(lastUpdated && { lastUpdated }), ...(imagesLastUpdated && { imagesLastUpdated }) } }
        }),
      }),
    )
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    // In the meantime the other albums hold the old photo or the new one, whole.
    const whole = [md5Of(a.bytes), md5Of(replacement)]
    for (const path of places) assert.ok(whole.includes(lab.media().get(path) ?? ''), path)
    assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(replacement))
    await lab.complete({ full: true })
    assertMirrors(lab)
    assert.ok([...lab.ours('history').values()].includes(md5Of(a.bytes)))
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('replaced with collected = skip: one download, one file', async (t) => {
    const lab = await openLab(t, world, { settings: { collected: 'skip' } })
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, replacement))
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    assert.deepEqual([...lab.media().keys()], ['Best/p.jpg', 'Travel/Norway/a.jpg', 'Travel/Norway/b.jpg'])
    assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(replacement))
  })

  test('a file renamed on SmugMug is renamed in every album that is listed', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => editImage(w, a.key, { fileName: 'alpha.jpg' }))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.moved], [0, 3])
    assertMirrors(lab)
  })

  test('the home changes while it stays collected elsewhere', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => moveImage(w, a.key, norway, albumKey(w, 'Best')))
    // It was collected there already: SmugMug has it there once.
    lab.change((w) => ({
      ...w,
      root: w.root.map((node) =>
        node.type === 'Album' && node.album.name === 'Best'
          ? albumNode('Best', [a, photo('p')], { lastUpdated: '2024-05-01T11:00:00+00:00' })
          : node,
      ),
    }))
    const told = await lab.backup()
    assert.equal(told.downloads, 0)
    assert.equal(told.exitCode, 0, told.message)
    assert.equal(lab.media().get('Best/a.jpg'), md5Of(a.bytes))
    assert.equal(lab.media().get('Zoo/a.jpg'), md5Of(a.bytes))
  })

  test('moved to a new home, and collected in a third album: one moved and one copied, whichever is listed first', async (t) => {
    const many = (name: string, count: number) => Array.from({ length: count }, (_, n) => photo(`${name}${n}`))
    for (const [one, two, three] of [
      [1, 3, 5],
      [3, 5, 1],
      [5, 1, 3],
    ] as const) {
      const account: World = {
        ...world,
        root: [albumNode('A', [a, ...many('x', one)]), albumNode('B', many('y', two)), albumNode('C', many('z', three))],
      }
      const lab = await openLab(t, account, { settings: { concurrentAlbums: 1 } })
      await lab.complete()
      const [from, home, third] = ['A', 'B', 'C'].map((name) => albumKey(account, name)) as [string, string, string]
      lab.change(
        (w) => moveImage(w, a.key, from, home),
        (w) => collectImage(w, a.key, third),
      )
      for (const dryRun of [true, false]) {
        const { totals } = await lab.complete({ dryRun })
        assert.deepEqual([totals.moved, totals.copied, totals.vanished], [1, 1, 0])
      }
      assertMirrors(lab)
    }
  })

  test('deleted from its home: gone everywhere, kept everywhere, and said so', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = lab.media()
    lab.change((w) => removeImage(w, norway, a.key))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.vanished], [0, 3])
    assert.deepEqual([...new Set(told.problems.map(({ reason }) => reason))], ['no longer on SmugMug; its file is kept'])
    assert.deepEqual(lab.media(), before)
  })

  test('two images with the same bytes: one download, two files that may part', async (t) => {
    const twin = photo('twin', { bytes: b.bytes, fileName: 'twin.jpg' })
    const twins: World = { ...world, root: [albumNode('One', [b]), albumNode('Two', [twin])] }
    const lab = await openLab(t, twins)
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    assertMirrors(lab)
    lab.change((w) => replaceImage(w, twin.key, replacement))
    await lab.complete()
    assertMirrors(lab)
    lab.change((w) => removeImage(w, albumKey(w, 'One'), b.key))
    await lab.complete({ settings: { onVanished: 'trash' } })
    assertMirrors(lab)
  })
})

describe('a photo that is renamed in its album while another album collects it', { concurrency: 4 }, () => {
  const images = Array.from({ length: 6 }, (_, n) =>
    photo(`p${n}`, { bytes: { kind: 'seeded', seed: `p${n}`, size: 2000, starts: 'jpg' } }),
  )
  const before: World = { ...world, root: [albumNode('Home', images), albumNode('Best', [photo('z')])] }
  const [home, best] = [albumKey(before, 'Home'), albumKey(before, 'Best')]
  const today = { imagesLastUpdated: '2026-11-02T00:00:00+00:00', lastUpdated: '2026-11-02T00:00:00+00:00' }

  /** Reverses the order of the album, and so the names in it, and collects all its photos into the other one. */
  async function renamedAndCollected(t: TestContext): Promise<Lab> {
    const lab = await openLab(t, before, { settings: { fileNames: '{{.Position}}{{.Extension}}' } })
    await lab.complete()
    lab.change(
      (w) => changeAlbum(w, home, (album) => ({ ...withPlacements(album, placementsOf(album).toReversed()), ...today })),
      ...images.map((image) => (w: World) => collectImage(w, image.key, best)),
    )
    return lab
  }

  const holdsAll = async (lab: Lab, told: RunOutcome): Promise<void> => {
    assert.deepEqual([told.exitCode, told.downloads, told.totals.copied], [0, 0, images.length], told.message)
    const verified = await lab.verify()
    assert.equal(verified.exitCode, 0, JSON.stringify(verified.problems))
  }

  const over = (base: Storage, calls: Partial<Storage>): Storage =>
    new Proxy(base, {
      get: (target, name) => {
        const own = Reflect.get(calls, name) ?? Reflect.get(target, name)
        return typeof own === 'function' ? own.bind(target) : own
      },
    })

  test('gives its bytes and no others, however long the disk takes for a link', async (t) => {
    const lab = await renamedAndCollected(t)
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: home, does: { kind: 'delay', ms: 300 } }] })
    const swapped = Promise.withResolvers<void>()
    let links = 0
    let renames = 0
    const told = await lab.backupWith({
      storage: (base) =>
        over(base, {
          rename: async (from, to) => {
            await base.rename?.(from, to)
            if (to.startsWith('Home/') && ++renames === images.length) swapped.resolve()
          },
          link: async (from, to) => {
            // Waits for the renaming, which must not come: it waits for the link.
            if (links++ === 0) await Promise.race([swapped.promise, setTimeout(600)])
            return (await base.link?.(from, to)) ?? false
          },
        }),
    })
    assert.ok(links > 0)
    await holdsAll(lab, told)
  })

  test('is not fetched again, however long the disk takes for the renaming', async (t) => {
    const lab = await renamedAndCollected(t)
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: best, does: { kind: 'delay', ms: 100 } }] })
    let renames = 0
    const told = await lab.backupWith({
      storage: (base) =>
        over(base, {
          rename: async (from, to) => {
            // The other album is listed, and its photos are wanted, meanwhile.
            if (from.startsWith('Home/') && renames++ === 0) await setTimeout(500)
            await base.rename?.(from, to)
          },
        }),
    })
    assert.ok(renames > 0)
    await holdsAll(lab, told)
  })
})
