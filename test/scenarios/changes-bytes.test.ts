import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of, readBytes } from '../../simulator/bytes.ts'
import { editImage, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { FakeClock } from '../../src/flow/clock.ts'
import { StorageError } from '../../src/vault/storage/storage.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { albumKey, assertMirrors, openLab } from '../support/lab.ts'

const a = photo('a')
const b = photo('b')
const clip = video('clip')
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b, clip])]), albumNode('Home', [photo('h')])],
}
const other = (seed: string, size = 20_000): Bytes => ({ kind: 'seeded', seed, size, starts: 'jpg' })

const journal = (root: string): readonly Record<string, string>[] =>
  readFileSync(`${root}/.smugmug-backup/history/history.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('an original that was replaced on SmugMug', { concurrency: 8 }, () => {
  for (const [what, bytes] of [
    ['of another size', other('new', 24_000)],
    ['of the same size', other('new')],
  ] as const) {
    test(`${what} takes the name; the old bytes go to history, with the time and the reason`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      lab.change((w) => replaceImage(w, a.key, bytes))
      const told = await lab.complete()
      assert.equal(told.totals.replaced, 1)
      assert.equal(told.downloads, 1)
      assertMirrors(lab)
      const history = [...lab.ours('history')].filter(([path]) => path !== 'history.jsonl')
      assert.equal(history.length, 1)
      assert.match(history[0]?.[0] ?? '', /^\d{4}-\d\d-\d\d\/Travel\/Norway\/a\.jpg$/)
      assert.equal(history[0]?.[1], md5Of(a.bytes))
      const [line] = journal(lab.root)
      assert.equal(line?.from, 'Travel/Norway/a.jpg')
      assert.equal(line?.to, `.smugmug-backup/history/${history[0]?.[0]}`)
      assert.match(line?.why ?? '', /replaced/)
      assert.ok(Math.abs(Date.parse(line?.at ?? '') - Date.now()) < 60_000)
      assert.equal((await lab.complete()).downloads, 0)
    })
  }

  test('and put back again costs no download: its bytes are in history', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, other('new')))
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, a.bytes))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.equal(told.totals.replaced, 1)
    assertMirrors(lab)
  })

  test('by itself (only the serial grew: rotated and rotated back) costs no download', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, a.bytes))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.replaced, told.totals.kept], [0, 0, 4])
    assert.equal(lab.rows().items.find((item) => item.imageKey === a.key)?.serial, 1)
    assert.equal(lab.rows().files.find((file) => file.imageKey === a.key)?.serial, 1)
  })

  test('a replaced video is fetched again', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => replaceImage(w, clip.key, { kind: 'seeded', seed: 'cut', size: 70_000, starts: 'mp4' }))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.replaced], [1, 1])
    assertMirrors(lab)
  })

  test('with another file name at the same time', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change(
      (w) => replaceImage(w, a.key, other('new')),
      (w) => editImage(w, a.key, { fileName: 'a-edited.jpg' }),
    )
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.replaced], [1, 1])
    assertMirrors(lab)
    assert.ok([...lab.ours('history').values()].includes(md5Of(a.bytes)))
  })

  test('keep_replaced = 0 keeps no old file', async (t) => {
    const lab = await openLab(t, world, { settings: { keepReplaced: 0 } })
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, other('new')))
    await lab.complete()
    assertMirrors(lab)
    assert.deepEqual(
      [...lab.ours('history').values()].filter((md5) => md5 === md5Of(a.bytes)),
      [],
    )
  })

  test('keep_replaced = 0 keeps the old file until the new one is whole', async (t) => {
    const lab = await openLab(t, world, { settings: { keepReplaced: 0 } })
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, other('new')))
    lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    assert.equal(told.exitCode, 3)
    assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(a.bytes))
    lab.sim.setBehaviour({})
    await lab.complete()
    assertMirrors(lab)
  })

  test('wrong bytes leave the old ones, also in the catalogue; the next run replaces', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, other('new')))
    lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    assert.deepEqual([told.exitCode, told.totals.failed, told.totals.replaced], [3, 1, 0])
    assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(a.bytes))
    lab.sim.setBehaviour({})
    const again = await lab.complete()
    assert.equal(again.totals.replaced, 1)
    assertMirrors(lab)
    assert.ok([...lab.ours('history').values()].includes(md5Of(a.bytes)))
  })

  for (const keepReplaced of [0, 'forever'] as const) {
    for (const [source, refuses] of [
      ['of another photo', { copy: (_: string, to: string) => to === 'Travel/Norway/a.jpg' }],
      ['of a file that lies in the vault', { rename: (from: string) => from === 'Travel/Norway/found.jpg' }],
    ] as const) {
      test(`by bytes ${source}, which the disk refuses: the old file stays (keep_replaced = ${keepReplaced})`, async (t) => {
        const lab = await openLab(t, world, { settings: { keepReplaced } })
        await lab.complete()
        const bytes = 'copy' in refuses ? b.bytes : other('new')
        if ('rename' in refuses) writeFileSync(lab.at('Travel/Norway/found.jpg'), readBytes(bytes))
        lab.change((w) => replaceImage(w, a.key, bytes))
        let refused = 0
        const told = await lab.backupWith({
          storage: (base) =>
            new Proxy(base, {
              get: (target, name) => {
                const own = Reflect.get(target, name)
                if (name === 'link') return async () => false
                if (typeof own !== 'function') return own
                const isRefused: (from: string, to: string) => boolean = Reflect.get(refuses, name) ?? (() => false)
                return (...args: [string, string]) => {
                  if (!isRefused(...args)) return own.apply(target, args)
                  refused += 1
                  return Promise.reject(new StorageError(`Could not bring ${args[0]}: input/output error`, { code: 'EIO', path: args[1] }))
                }
              },
            }),
        })
        assert.ok(refused > 0)
        assert.deepEqual([told.exitCode, told.downloads], [3, 0])
        assert.equal(lab.media().get('Travel/Norway/a.jpg'), md5Of(a.bytes))
        assert.deepEqual([...lab.ours('history').keys()], ['history.jsonl'])
        assert.equal((await lab.verify()).exitCode, 0)
        assert.equal((await lab.complete()).downloads, 0)
        assertMirrors(lab)
        assert.equal([...lab.ours('history').values()].includes(md5Of(a.bytes)), keepReplaced !== 0)
      })
    }
  }

  test('keep_replaced = 0 keeps the old file until the new one is held, also when the run was stopped between the two', async (t) => {
    const lab = await openLab(t, world, { settings: { keepReplaced: 0 } })
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, b.bytes as Bytes))
    const dying = dyingStorage((method) => (method === 'link' ? 'dies before' : 'alive'))
    await lab.backupWith({ storage: dying.wrap })
    const old = () => [...lab.ours('history').values()].includes(md5Of(a.bytes))
    assert.deepEqual([dying.isDead(), lab.media().has('Travel/Norway/a.jpg'), old()], [true, false, true])
    const processing = { ArchivedUri: null, ArchivedMD5: null, ArchivedSize: null, Processing: true }
    const response = { AlbumImage: { 0: processing } }
    const run = async (days: number) =>
      await lab.backupWith({ clock: new FakeClock({ now: Date.now() + days * 86_400_000, patient: false }) })
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: albumKey(lab.world, 'Norway'), does: { kind: 'patch', response } }] })
    const waiting = await run(3)
    assert.deepEqual([waiting.exitCode, waiting.totals.pending, old()], [0, 1, true])
    lab.sim.setBehaviour({})
    assert.equal((await run(4)).exitCode, 0)
    await run(5)
    assertMirrors(lab)
    assert.ok(!old())
  })

  test('that is the old one again after a kill: the new bytes of its size and time are not taken for it', async (t) => {
    const lab = await openLab(t, world, { settings: { useMetadataTimes: true } })
    lab.change((w) => editImage(w, a.key, { capturedLocal: '2019-08-04T11:28:12' }))
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, other('new')))
    const dying = dyingStorage((method) => (method === 'setMtime' ? 'dies after' : 'alive'))
    const [catalogue, committed] = [lab.at('.smugmug-backup/catalogue.sqlite'), lab.at('../committed.sqlite')]
    await lab.backupWith({ storage: dying.wrap, atEnd: () => copyFileSync(catalogue, committed) })
    copyFileSync(committed, catalogue)
    assert.deepEqual([dying.isDead(), lab.media().get('Travel/Norway/a.jpg')], [true, md5Of(other('new'))])
    lab.change((w) => replaceImage(w, a.key, a.bytes as Bytes))
    await lab.complete()
    assertMirrors(lab)
  })

  test('keep_replaced = 30 keeps the old file for thirty days', async (t) => {
    const lab = await openLab(t, world, { settings: { keepReplaced: 30 } })
    await lab.complete()
    lab.change((w) => replaceImage(w, a.key, other('new')))
    const start = Date.now()
    const run = (days: number) => lab.backupWith({ clock: new FakeClock({ now: start + days * 86_400_000, patient: false }) })
    await run(0)
    const kept = () => [...lab.ours('history').values()].includes(md5Of(a.bytes))
    assert.ok(kept())
    await run(29)
    assert.ok(kept())
    await run(32)
    assert.ok(!kept())
    assertMirrors(lab)
  })
})

describe('words', { concurrency: 8 }, () => {
  test('caption, keywords, title and order are recorded without a download, and the record changes for nothing else', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const record = lab.at('Travel/Norway/album.json')
    const before = readFileSync(record, 'utf8')
    await lab.complete({ full: true })
    assert.equal(readFileSync(record, 'utf8'), before)
    lab.change((w) => editImage(w, a.key, { caption: 'Fjord & sky', keywords: ['fjord', 'blue hour'], title: 'Evening' }))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.kept], [0, 4])
    const item = JSON.parse(readFileSync(record, 'utf8')).items.find((i: { imageKey: string }) => i.imageKey === a.key)
    assert.equal(item.caption, 'Fjord & sky')
    assert.deepEqual(item.keywordArray, ['fjord', 'blue hour'])
    assert.equal(item.title, 'Evening')
    assert.equal(existsSync(lab.at('.smugmug-backup/history/history.jsonl')), false)
  })

  test('an edit that moves no date of the album is found by a full listing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => editImage(w, a.key, { caption: 'later' }, { albumDates: false }))
    assert.equal((await lab.complete()).listings, 0)
    const told = await lab.complete({ full: true })
    assert.deepEqual([told.downloads, told.listings], [0, 2])
    assert.match(readFileSync(lab.at('Travel/Norway/album.json'), 'utf8'), /"caption":"later"/)
  })
})
