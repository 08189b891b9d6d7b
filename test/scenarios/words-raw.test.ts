import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { md5Of, readBytes } from '../../simulator/bytes.ts'
import { addImage, changeAlbum, editImage, moveImage, removeImage, renameAlbum, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, Fault, World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runAdopt, runRebuild } from '../../src/app/app.ts'
import { createRunView } from '../../src/progress/run-view.ts'
import { StorageError } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { delaysOf, jitteryAccount, jitteryDisk, jitteryStorage } from '../support/jittery-storage.ts'
import { albumKey, inodeOf, type Lab, openLab, type RunOutcome } from '../support/lab.ts'
import { itemOf, type Loose, recordOf, violations } from '../support/records.ts'

const raw = (seed: string, size = 30_000): Bytes => ({ kind: 'seeded', seed: `raw ${seed}`, size, starts: 'none' })
const withRaw = (id: string, fileName = `${id}.NEF`, details: Partial<WorldImage> = {}): WorldImage =>
  photo(id, { components: [{ fileName, bytes: raw(id) }], ...details })
/** A photo for which SmugMug hints at more files, and has none. */
const hinting = (id: string): WorldImage => photo(id, { fields: { ComponentFileTypes: { Image: ['jpg'], Raw: ['nef'] } } })
const worldOf = (...root: World['root']): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })

const [pair, alone] = [withRaw('P1'), photo('P2')]
const world = worldOf(folder('Travel', [albumNode('Norway', [pair, alone])]), albumNode('Other', [photo('o')]))
const norway = albumKey(world, 'Norway')

/** Returns the numbers of requests for lists of components, and for components. */
const asked = (lab: Lab): readonly [lists: number, files: number] => {
  const { components = 0, component = 0 } = lab.sim.counters.byEndpoint
  lab.sim.resetCounters()
  return [components, component]
}

const notices = (told: RunOutcome): readonly Loose[] => told.problems.filter(({ kind }) => kind === 'notice')

test('RAW files of equal bytes, one of which moves with its photo: all are held after one run, in whatever order its calls end', async (t) => {
  const same = { components: [{ fileName: 'x.NEF', bytes: raw('same', 400) }] }
  const moves = photo('M', same)
  const before = worldOf(...['A', 'B', 'C', 'D'].map((name) => albumNode(name, name === 'A' ? [moves, photo('a')] : [photo(name)])))
  for (const seed of [5, 7, 10, 13]) {
    const lab = await openLab(t, before, { settings: { concurrentAlbums: 4, concurrentDownloads: 8 } })
    await lab.complete()
    lab.change((w) => moveImage(w, moves.key, albumKey(w, 'A'), albumKey(w, 'B')))
    for (const name of ['B', 'C', 'D']) lab.change((w) => addImage(w, albumKey(w, name), photo(`new ${name}`, same)))
    asked(lab)
    const delay = delaysOf(seed)
    const calm = jitteryDisk(delay)
    t.after(calm)
    const told = await lab.backupWith({ storage: (base) => jitteryStorage(base, delay), account: (base) => jitteryAccount(base, delay) })
    calm()
    assert.deepEqual([told.exitCode, told.problems], [0, []], `seed ${seed}`)
    assert.equal([...lab.media().values()].filter((md5) => md5 === md5Of(raw('same', 400))).length, 4)
    assert.equal(asked(lab)[1], 0)
  }
})

describe('a RAW file beside a photo', { concurrency: 8 }, () => {
  test('is fetched, named as SmugMug names it, recorded and summed; asked for once', async (t) => {
    const lab = await openLab(t, world)
    const told = await lab.complete()
    assert.deepEqual(asked(lab), [1, 1])
    assert.deepEqual([...lab.media().keys()], ['Other/o.jpg', 'Travel/Norway/P1.NEF', 'Travel/Norway/P1.jpg', 'Travel/Norway/P2.jpg'])
    assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
    // It is a part of its item, not an item.
    assert.deepEqual([told.totals.items, told.totals.stored], [3, 3])
    const record = recordOf(lab.root, 'Travel/Norway')
    assert.deepEqual(violations(record), [])
    const [photoFile, rawFile] = itemOf(record, 'P1.jpg').files
    assert.equal(photoFile.component, undefined)
    assert.deepEqual([rawFile.name, rawFile.md5, rawFile.size, rawFile.grade], ['P1.NEF', md5Of(raw('P1')), 30_000, 'original'])
    assert.match(rawFile.component, /^svi\//)
    for (const sums of ['MD5SUMS', 'SHA256SUMS'])
      assert.match(readFileSync(lab.at(`.smugmug-backup/${sums}`), 'utf8'), / {2}Travel\/Norway\/P1\.NEF$/m)
    assert.equal((await lab.verify()).exitCode, 0)
    await lab.complete()
    await lab.complete({ full: true })
    assert.deepEqual(asked(lab), [0, 0])
  })

  test('is counted like any file by whoever watches, in parts or not: all transfers end, and what came is what the report says', async (t) => {
    const large = photo('L', { components: [{ fileName: 'L.NEF', bytes: raw('L', 12_000_000) }] })
    const faults: Fault[] = [{ on: 'component', match: large.key, nth: 1, does: { kind: 'reset', after: 9_500_000 } }]
    const lab = await openLab(t, worldOf(albumNode('A', [pair, large, alone])), { behaviour: { faults } })
    const { events, totals } = await lab.complete()
    const view = createRunView(Date.now)
    for (const event of events) view.apply(event)
    assert.ok(totals.bytes > 12_030_000, `${totals.bytes} bytes`)
    assert.deepEqual([view.bytes, view.transfers(100)], [totals.bytes, []])
    const ofLarge = events.filter((event) => event.event === 'transfer.started' || event.event === 'transfer.finished')
    assert.deepEqual(
      ofLarge.filter(({ path }) => path === 'A/L.NEF').map(({ event }) => event),
      ['transfer.started', 'transfer.finished', 'transfer.started', 'transfer.finished'],
    )
  })

  test('damaged or gone: verify tells, and the next backup brings it back', async (t) => {
    for (const harm of [(path: string) => writeFileSync(path, Buffer.alloc(30_000, 1)), (path: string) => rmSync(path)]) {
      const lab = await openLab(t, world)
      await lab.complete()
      asked(lab)
      harm(lab.at('Travel/Norway/P1.NEF'))
      const verdict = await lab.verify()
      assert.equal(verdict.exitCode, 3)
      assert.ok(
        verdict.problems.some(({ name }) => /P1\.NEF/.test(name ?? '')),
        JSON.stringify(verdict.problems),
      )
      await lab.complete()
      assert.deepEqual(asked(lab), [1, 1])
      assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
      assert.equal((await lab.verify()).exitCode, 0)
    }
  })

  test('gone without a verify: the next backup sees it, as it sees photos', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    rmSync(lab.at('Travel/Norway/P1.NEF'))
    await lab.complete()
    assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
  })

  test('moves with a renamed album and a moved item, without a download', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    asked(lab)
    lab.change((w) => renameAlbum(w, norway, 'Norge'))
    await lab.complete()
    assert.ok(lab.media().has('Travel/Norge/P1.NEF'))
    lab.change((w) => moveImage(w, pair.key, norway, albumKey(w, 'Other')))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.deepEqual([...lab.media().keys()], ['Other/P1.NEF', 'Other/P1.jpg', 'Other/o.jpg', 'Travel/Norge/P2.jpg'])
    assert.deepEqual(asked(lab)[1], 0)
    assert.deepEqual(
      itemOf(recordOf(lab.root, 'Other'), 'P1.jpg').files.map(({ name }: Loose) => name),
      ['P1.jpg', 'P1.NEF'],
    )
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('moves also when the new album is listed first', async (t) => {
    for (const concurrentAlbums of [1, 12]) {
      const lab = await openLab(t, worldOf(albumNode('A', [photo('o')]), albumNode('Z', [pair, alone])), { settings: { concurrentAlbums } })
      await lab.complete()
      asked(lab)
      lab.change((w) => moveImage(w, pair.key, albumKey(w, 'Z'), albumKey(w, 'A')))
      await lab.complete()
      assert.deepEqual([...lab.media().keys()], ['A/P1.NEF', 'A/P1.jpg', 'A/o.jpg', 'Z/P2.jpg'])
      assert.deepEqual(asked(lab)[1], 0)
      await lab.complete({ full: true })
      assert.deepEqual([...lab.media().keys()], ['A/P1.NEF', 'A/P1.jpg', 'A/o.jpg', 'Z/P2.jpg'])
    }
  })

  test('is not removed from the old album while the new one has lost its own', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('A', [pair, alone]), albumNode('B', [photo('b')])))
    await lab.complete()
    const [from, to] = [albumKey(lab.world, 'A'), albumKey(lab.world, 'B')]
    lab.change((w) => moveImage(w, pair.key, from, to))
    // The old album cannot be listed: the photo and its RAW file stand in both.
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: from, does: { kind: 'status', status: 500 } }] })
    await lab.backup()
    assert.ok(lab.media().has('A/P1.NEF') && lab.media().has('B/P1.NEF'))
    rmSync(lab.at('B/P1.NEF'))
    lab.sim.setBehaviour({ faults: [{ on: 'components', does: { kind: 'status', status: 503 } }] })
    await lab.backup()
    assert.deepEqual([...lab.media().keys()], ['A/P2.jpg', 'B/P1.NEF', 'B/P1.jpg', 'B/b.jpg'])
    assert.equal(lab.media().get('B/P1.NEF'), md5Of(raw('P1')))
    lab.sim.setBehaviour({})
    asked(lab)
    await lab.complete()
    assert.equal(asked(lab)[1], 0)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('of each of two photos that move to one album has a name of its own', async (t) => {
    const of = (id: string) => photo(id, { fileName: 'P.jpg', components: [{ fileName: 'P.NEF', bytes: raw(id) }] })
    const [one, two] = [of('one'), of('two')]
    const from = [albumNode('A', [one, photo('a'), photo('c')]), albumNode('B', [two, photo('b'), photo('d')])]
    const lab = await openLab(t, worldOf(...from, albumNode('Z', [photo('z')])), { settings: { concurrentAlbums: 1 } })
    await lab.complete()
    const key = (name: string) => albumKey(lab.world, name)
    const more = (id: string) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 90_000, starts: 'jpg' } })
    // The old albums are the larger ones, and listed first.
    lab.change(
      (w) => moveImage(w, one.key, key('A'), key('Z')),
      (w) => moveImage(w, two.key, key('B'), key('Z')),
      (w) => [more('e'), more('f')].reduce((world, each) => addImage(world, key('A'), each), w),
      (w) => [more('g'), more('h')].reduce((world, each) => addImage(world, key('B'), each), w),
    )
    const told = await lab.complete()
    assert.deepEqual([told.totals.moved, told.downloads], [2, 4])
    const raws = [...lab.media()].filter(([path]) => path.endsWith('.NEF'))
    assert.deepEqual(raws.map(([, md5]) => md5).toSorted(), [md5Of(raw('one')), md5Of(raw('two'))].toSorted())
    assert.ok(
      raws.every(([path]) => path.startsWith('Z/')),
      `${raws}`,
    )
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('that the disk does not let go moves in a later run, and the photo has moved', async (t) => {
    const many = ['x', 'y', 'z'].map((id) => photo(id))
    const lab = await openLab(t, worldOf(albumNode('A', [pair, ...many]), albumNode('B', [photo('b')])), {
      settings: { concurrentAlbums: 1 },
    })
    await lab.complete()
    lab.change((w) => moveImage(w, pair.key, albumKey(w, 'A'), albumKey(w, 'B')))
    const error = new StorageError('A/P1.NEF is held open', { code: 'EBUSY', path: 'A/P1.NEF' })
    const isRaw = (path: string): boolean => path === 'A/P1.NEF'
    const faults = (['rename', 'remove'] as const).map((method) => ({ method, path: isRaw, error }))
    const told = await lab.backupWith({ storage: (base) => faultyStorage(base, faults).storage })
    assert.deepEqual([told.totals.moved, told.totals.failed, told.totals.vanished], [1, 0, 0], JSON.stringify(told.problems))
    assert.deepEqual(
      told.problems.map(({ kind, album }) => [kind, album]),
      [['album', '/A']],
    )
    // It waits while the new album cannot be seen.
    renameSync(lab.at('B'), join(lab.root, '../disk'))
    writeFileSync(lab.at('B'), 'the disk is not there')
    const blocked = await lab.backup()
    assert.deepEqual([blocked.exitCode, blocked.totals.vanished], [3, 0])
    assert.ok(lab.rows().files.some(({ name }) => name === 'P1.NEF'))
    rmSync(lab.at('B'))
    renameSync(join(lab.root, '../disk'), lab.at('B'))
    assert.equal((await lab.complete()).downloads, 0)
    assert.deepEqual(
      [...lab.media().keys()].filter((path) => path.endsWith('.NEF')).map((path) => path.slice(0, 4)),
      ['B/P1'],
    )
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('stays with a photo that vanished, or goes to the trash with it', async (t) => {
    for (const onVanished of ['keep', 'trash'] as const) {
      const lab = await openLab(t, world, { settings: { onVanished } })
      await lab.complete()
      lab.change((w) => removeImage(w, norway, pair.key))
      assert.equal((await lab.complete()).totals.vanished, 1)
      const kept = onVanished === 'keep'
      assert.equal(lab.media().has('Travel/Norway/P1.NEF'), kept)
      assert.equal([...lab.ours('trash').values()].includes(md5Of(raw('P1'))), !kept)
      await lab.complete({ full: true })
      assert.equal(lab.media().has('Travel/Norway/P1.NEF'), kept)
      assert.equal((await lab.verify()).exitCode, 0)
      assert.deepEqual(violations(recordOf(lab.root, 'Travel/Norway')), [])
    }
  })

  test('of a collected photo is fetched once, where the photo is at home', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('Best', [collected(pair)]), albumNode('Home', [pair])))
    await lab.complete()
    assert.deepEqual(asked(lab), [1, 1])
    assert.deepEqual([...lab.media().keys()], ['Best/P1.jpg', 'Home/P1.NEF', 'Home/P1.jpg'])
  })

  test('replaced on SmugMug: the new one comes, the old one is in history', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const other = raw('other')
    lab.change(
      (w) => editImage(w, pair.key, { components: [{ fileName: 'P1.NEF', bytes: other }] }),
      (w) => replaceImage(w, pair.key, { kind: 'seeded', seed: 'other jpg', size: 9000, starts: 'jpg' }),
    )
    await lab.complete()
    assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(other))
    assert.ok([...lab.ours('history').values()].includes(md5Of(raw('P1'))))
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('not replaced although the photo was: it is not fetched again', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    asked(lab)
    lab.change((w) => replaceImage(w, pair.key, { kind: 'seeded', seed: 'other jpg', size: 9000, starts: 'jpg' }))
    await lab.complete()
    assert.deepEqual(asked(lab), [1, 0])
    await lab.complete({ full: true })
    assert.deepEqual(asked(lab), [0, 0])
  })

  // Names ending in .xmp are for our own sidecars.
  test('several beside one photo, of every kind, all come', async (t) => {
    const files = ['P1.NEF', 'P1.xmp', 'P1.psd', 'P1.dop']
    const image = photo('P1', {
      components: files.map((fileName) => ({ fileName, bytes: raw(fileName, 5000), type: fileName.endsWith('NEF') ? 'svi' : 'other' })),
    })
    const lab = await openLab(t, worldOf(albumNode('A', [image])))
    await lab.complete()
    assert.deepEqual([...lab.media().keys()], ['A/P1.NEF', 'A/P1.dop', 'A/P1.jpg', 'A/P1.psd', 'A/P1.xmp_'])
    assert.equal(recordOf(lab.root, 'A').items[0].files.length, 5)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('has a legal and unique name, whatever SmugMug calls it', async (t) => {
    const names = [
      '../../out.nef',
      'CON.nef',
      'twin.NEF',
      'TWIN.nef',
      '',
      'photo.jpg',
      'album.json',
      'a/b.nef',
      'x\u0000y.nef',
      `${'n'.repeat(300)}.nef`,
    ]
    const images = names.map((fileName, n) => photo(`s${n}`, { components: [{ fileName, bytes: raw(`s${n}`, 3000) }] }))
    const lab = await openLab(t, worldOf(albumNode('A', [photo('photo'), ...images])))
    await lab.complete()
    const held = [...lab.media()].filter(([path]) => path.startsWith('A/'))
    for (const [n] of names.entries())
      assert.ok(
        held.some(([, md5]) => md5 === md5Of(raw(`s${n}`, 3000))),
        `${names[n]} is held`,
      )
    assert.equal(held.length, 1 + 2 * names.length)
    assert.equal(lab.media().get('A/photo.jpg'), md5Of(photo('photo').bytes))
    const folded = held.map(([path]) => path.normalize('NFC').toLowerCase())
    assert.equal(new Set(folded).size, folded.length)
    for (const [path] of held) assert.match(path, /^A\/[^/\\<>:"|?*\p{Cc}]{1,240}$/u)
    assert.deepEqual(violations(recordOf(lab.root, 'A')), [])
    asked(lab)
    const before = lab.media()
    await lab.complete({ full: true })
    assert.deepEqual(asked(lab), [0, 0])
    assert.deepEqual(lab.media(), before)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('does not take the name of a photo that comes later, nor lose its own', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('A', [pair])))
    await lab.complete()
    lab.change((w) => addImage(w, albumKey(w, 'A'), photo('late', { fileName: 'P1.NEF' })))
    await lab.complete()
    assert.equal(lab.media().get('A/P1.NEF'), md5Of(raw('P1')))
    assert.ok([...lab.media().values()].includes(md5Of(photo('late').bytes)))
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('the folder of a renamed photo keeps it under its own name', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => editImage(w, pair.key, { fileName: 'Q1.jpg' }))
    await lab.complete()
    assert.deepEqual(
      [...lab.media().keys()].filter((path) => path.startsWith('Travel')),
      ['Travel/Norway/P1.NEF', 'Travel/Norway/P2.jpg', 'Travel/Norway/Q1.jpg'],
    )
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('survives a rebuild', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = lab.rows()
    assert.ok(before.files.some(({ component }) => component !== ''))
    rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    assert.equal((await runRebuild(lab.work())).exitCode, 0)
    assert.deepEqual(lab.rows(), before)
    asked(lab)
    const inode = inodeOf(lab.at('Travel/Norway/P1.NEF'))
    await lab.complete({ full: true })
    assert.deepEqual([asked(lab), inodeOf(lab.at('Travel/Norway/P1.NEF'))], [[0, 0], inode])
  })

  test('is adopted from a folder elsewhere, by hash, like its photo', async (t) => {
    const source = await openLab(t, world)
    await source.complete()
    const lab = await openLab(t, world)
    await runAdopt({ ...lab.work(), folder: source.root })
    assert.equal(asked(lab)[1], 0)
    assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
    assert.deepEqual(asked(lab), [0, 0])
    await lab.complete()
    assert.deepEqual([asked(lab)[1], lab.media()], [0, source.media()])
  })

  test('that lies in the vault under no name of ours is taken, not fetched again', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete({ settings: { exclude: ['Travel/**'] } })
    mkdirSync(lab.at('Travel/Norway'), { recursive: true })
    writeFileSync(lab.at('Travel/Norway/P1.NEF'), readBytes(raw('P1')))
    await lab.complete()
    assert.equal(asked(lab)[1], 0)
    assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
    assert.deepEqual([...lab.ours('history').keys()], [])
  })

  test('of an album that was excluded, or an item not chosen, is left alone', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete({ settings: { exclude: ['Travel/**'] } })
    assert.deepEqual(asked(lab), [0, 0])
    await lab.complete({ settings: { type: 'video' } })
    assert.deepEqual(asked(lab), [0, 0])
    await lab.complete()
    assert.ok(lab.media().has('Travel/Norway/P1.NEF'))
  })
})

describe('a RAW file that cannot be had', { concurrency: 8 }, () => {
  test('a list that SmugMug does not offer (404): the photo is held, a notice names it, exit 0', async (t) => {
    const lab = await openLab(t, worldOf(albumNode('A', [hinting('h'), photo('p')])))
    const told = await lab.complete()
    assert.deepEqual([told.totals.stored, told.totals.failed], [2, 0])
    assert.deepEqual(
      notices(told).map(({ name }) => name),
      ['h.jpg'],
    )
    assert.match(notices(told)[0].reason, /RAW/)
    assert.deepEqual(asked(lab), [1, 0])
  })

  for (const concurrentDownloads of [1, 32]) {
    test(`no further than three refusals in a row in one run (${concurrentDownloads} downloads at once)`, async (t) => {
      const lab = await openLab(
        t,
        worldOf(
          albumNode(
            'A',
            Array.from({ length: 40 }, (_, n) => hinting(`h${n}`)),
          ),
        ),
        { settings: { concurrentDownloads }, behaviour: { latency: { callMs: 20 } } },
      )
      const told = await lab.complete()
      assert.equal(told.totals.stored, 40)
      assert.equal(asked(lab)[1], 0)
      // Photos not asked about are not forgotten: the report has their number.
      assert.match(JSON.stringify(told.problems), /"37 more photos/)
    })
  }

  test('is reached in a later run, although the first photos are refused; the notice says who was not asked about', async (t) => {
    const refused = Array.from({ length: 5 }, (_, n) => hinting(`h${n}`))
    const lab = await openLab(t, worldOf(albumNode('A', [...refused, withRaw('r')])), { settings: { concurrentDownloads: 1 } })
    const first = await lab.complete()
    assert.equal(asked(lab)[1], 0)
    assert.match(JSON.stringify(notices(first)), /"3 more photos may have a RAW file beside them: this run did not ask for it"/)
    await lab.complete({ full: true })
    assert.deepEqual(asked(lab), [3, 1])
    assert.ok(lab.media().has('A/r.NEF'))
    // Of the others each has its turn again.
    const later = await lab.complete({ full: true })
    assert.deepEqual([asked(lab), notices(later).length], [[2, 0], 3])
    await lab.complete({ full: true })
    await lab.complete({ full: true })
    assert.ok(asked(lab)[0] >= 3)
  })

  test('one refusal says nothing of the next photo', async (t) => {
    const images = [hinting('h1'), hinting('h2'), withRaw('r1'), hinting('h3'), hinting('h4'), withRaw('r2')]
    const lab = await openLab(t, worldOf(albumNode('A', images)), { settings: { concurrentDownloads: 1 } })
    const told = await lab.complete()
    assert.deepEqual(asked(lab), [6, 2])
    assert.equal(notices(told).length, 4)
    assert.ok(lab.media().has('A/r2.NEF'))
  })

  for (const [what, on, does] of [
    ['its download is refused', 'component', { kind: 'status', status: 403 }],
    ['its download fails', 'component', { kind: 'status', status: 503 }],
    ['a login page comes instead', 'component', { kind: 'html' }],
    ['it comes with wrong bytes', 'component', { kind: 'wrongBytes' }],
    ['it comes cut short', 'component', { kind: 'truncate', at: 1000, clean: true }],
    ['its connection breaks', 'component', { kind: 'reset', after: 500 }],
    ['its list is an error', 'components', { kind: 'status', status: 500 }],
    ['its list is no JSON', 'components', { kind: 'badJson' }],
    ['its list is a page of HTML', 'components', { kind: 'html' }],
    ['its list is of another shape', 'components', { kind: 'patch', response: { Component: 'none of it' } }],
    ['its list is empty', 'components', { kind: 'patch', response: { Component: null } }],
  ] as const) {
    test(`${what}: the photo is held, exit 0, nothing half lies there, and a full run brings it`, async (t) => {
      const lab = await openLab(t, world, { behaviour: { faults: [{ on, does }] } })
      const told = await lab.complete({ settings: { maxRetries: 0 } })
      assert.deepEqual([told.totals.stored, told.totals.failed], [3, 0])
      assert.deepEqual([...lab.media().keys()], ['Other/o.jpg', 'Travel/Norway/P1.jpg', 'Travel/Norway/P2.jpg'])
      if (on === 'component' || does.kind !== 'patch') assert.equal(notices(told).length, 1)
      lab.sim.setBehaviour({})
      await lab.complete({ full: true })
      assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }

  test('a download that failed is tried again in the next run, without --full', async (t) => {
    const lab = await openLab(t, world, { behaviour: { faults: [{ on: 'component', does: { kind: 'status', status: 503 } }] } })
    await lab.complete({ settings: { maxRetries: 0 } })
    lab.sim.setBehaviour({})
    await lab.complete()
    assert.ok(lab.media().has('Travel/Norway/P1.NEF'))
  })

  test('one of two comes in the next run, although the other is held', async (t) => {
    const files = ['P1.NEF', 'P1.psd']
    const image = photo('P1', { components: files.map((fileName) => ({ fileName, bytes: raw(fileName, 5000) })) })
    const faults: Fault[] = [{ on: 'component', nth: 2, does: { kind: 'status', status: 503 } }]
    const lab = await openLab(t, worldOf(albumNode('A', [image])), { behaviour: { faults } })
    await lab.complete({ settings: { maxRetries: 0 } })
    assert.deepEqual([...lab.media().keys()], ['A/P1.NEF', 'A/P1.jpg'])
    lab.sim.setBehaviour({})
    asked(lab)
    await lab.complete()
    assert.deepEqual(asked(lab), [1, 1])
    assert.deepEqual([...lab.media().keys()], ['A/P1.NEF', 'A/P1.jpg', 'A/P1.psd'])
    rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    assert.equal((await runRebuild(lab.work())).exitCode, 0)
    await lab.complete({ full: true })
    assert.deepEqual(asked(lab), [0, 0])
  })

  test('one of two is not there: the other one comes, once, also without MD5', async (t) => {
    for (const missing of ['c0', 'c1']) {
      const files = ['P1.NEF', 'P1.psd']
      const image = photo('P1', { components: files.map((fileName) => ({ fileName, bytes: raw(fileName, 5000) })) })
      const faults: Fault[] = [
        { on: 'components', does: { kind: 'patch', response: { Component: { 0: { MD5: null }, 1: { MD5: null } } } } },
        { on: 'component', match: missing, does: { kind: 'status', status: 404 } },
      ]
      const lab = await openLab(t, worldOf(albumNode('A', [image])), { behaviour: { faults } })
      for (const full of [false, true, true]) assert.equal(notices(await lab.complete({ full })).length, 1)
      assert.deepEqual([...lab.media().keys()], ['A/P1.jpg', missing === 'c0' ? 'A/P1.psd' : 'A/P1.NEF'].toSorted())
      assert.deepEqual(asked(lab), [3, 4])
      assert.deepEqual([...lab.ours('history')], [])
    }
  })

  test('one of two is never there: the other one follows each change of the photo, also without MD5 and of the same size', async (t) => {
    const files = ['P1.NEF', 'P1.psd']
    const componentsOf = (seed: string) => files.map((fileName) => ({ fileName, bytes: raw(`${seed} ${fileName}`, 5000) }))
    const image = photo('P1', { components: componentsOf('first') })
    const faults: Fault[] = [
      { on: 'components', does: { kind: 'patch', response: { Component: { 0: { MD5: null }, 1: { MD5: null }, 2: { MD5: null } } } } },
      { on: 'component', match: 'c0', does: { kind: 'status', status: 404 } },
    ]
    const lab = await openLab(t, worldOf(albumNode('A', [image])), { behaviour: { faults } })
    await lab.complete()
    const change = (seed: string): void =>
      lab.change(
        (w) => editImage(w, image.key, { components: componentsOf(seed) }),
        (w) => replaceImage(w, image.key, { kind: 'seeded', seed, size: 9000, starts: 'jpg' }),
      )
    change('second')
    await lab.complete()
    assert.equal(lab.media().get('A/P1.psd'), md5Of(raw('second P1.psd', 5000)))
    // Also when the photo came, and the file beside it did not.
    change('third')
    lab.sim.setBehaviour({ faults: [...faults, { on: 'component', match: 'c1', does: { kind: 'status', status: 503 } }] })
    await lab.complete({ settings: { maxRetries: 0 } })
    assert.equal(lab.media().get('A/P1.psd'), md5Of(raw('second P1.psd', 5000)))
    lab.sim.setBehaviour({ faults })
    await lab.complete()
    assert.equal(lab.media().get('A/P1.psd'), md5Of(raw('third P1.psd', 5000)))
    asked(lab)
    await lab.complete({ full: true })
    assert.deepEqual(asked(lab), [1, 1])
  })

  test('a replacement that fails leaves the old one in its place', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.sim.setBehaviour({ faults: [{ on: 'component', does: { kind: 'status', status: 503 } }] })
    lab.change(
      (w) => editImage(w, pair.key, { components: [{ fileName: 'P1.NEF', bytes: raw('other') }] }),
      (w) => replaceImage(w, pair.key, { kind: 'seeded', seed: 'other jpg', size: 9000, starts: 'jpg' }),
    )
    await lab.complete({ settings: { maxRetries: 0 } })
    assert.equal(lab.media().get('Travel/Norway/P1.NEF'), md5Of(raw('P1')))
    assert.equal((await lab.verify()).exitCode, 0)
  })
})

test('many photos with RAW files do not wait in line', async (t) => {
  const images = Array.from({ length: 24 }, (_, index) => withRaw(`P${index}`))
  const lab = await openLab(t, worldOf(albumNode('A', images)))
  lab.sim.setBehaviour({ latency: { callMs: 50 } })
  await lab.complete()
  assert.equal(lab.media().size, 48)
  assert.ok(lab.sim.counters.maxInFlightApi >= 8, `${lab.sim.counters.maxInFlightApi} at once`)
})

describe('photos without a hint', { concurrency: 8 }, () => {
  test('are not asked about: JPEG, PNG, GIF, video, HEIC, empty and odd lists of types', async (t) => {
    const types = [[], {}, { Image: ['jpg'] }, null, undefined, 'jpg', { Image: ['jpg'], Other: [] }]
    const images = [
      ...types.map((value, n) => photo(`t${n}`, { fields: { ComponentFileTypes: value } })),
      photo('png', { fileName: 'x.png', format: 'PNG' }),
      photo('heic', { fileName: 'IMG.HEIC' }),
      photo('none', { fileName: '' }),
      video('clip'),
      video('raw-named', { fileName: 'A.NEF' }),
    ]
    const lab = await openLab(t, worldOf(albumNode('A', images.slice(0, 6)), albumNode('B', images.slice(7))))
    await lab.complete()
    assert.deepEqual(asked(lab), [0, 0])
  })

  test('a RAW name where SmugMug names no types is a hint', async (t) => {
    const lab = await openLab(
      t,
      worldOf(albumNode('A', [withRaw('P1', 'P1.NEF', { fileName: 'P1.NEF', fields: { ComponentFileTypes: [] } })])),
    )
    await lab.complete()
    assert.deepEqual(asked(lab), [1, 1])
    const held = [...lab.media()]
    assert.deepEqual(held.map(([, md5]) => md5).sort(), [md5Of(raw('P1')), md5Of(photo('P1').bytes)].sort())
  })

  test('an album whose dates moved asks about nothing that is held', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    asked(lab)
    lab.change((w) => changeAlbum(w, norway, (each) => ({ ...each, imagesLastUpdated: '2025-03-01T00:00:00+00:00' })))
    assert.equal((await lab.complete()).listings, 1)
    assert.deepEqual(asked(lab), [0, 0])
  })
})
