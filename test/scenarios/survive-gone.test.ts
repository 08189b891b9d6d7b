/** Photos that are gone from SmugMug after a run that was killed, or after the catalogue was lost: nobody sends their bytes and words again. */
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, editImage, removeImage, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, collected, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runRebuild } from '../../src/app/app.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { albumKey, inodeOf, type Lab, openLab } from '../support/lab.ts'
import { type Loose, recordOf } from '../support/records.ts'

const seeded = (seed: string, size: number): Bytes => ({ kind: 'seeded', seed, size, starts: 'none' })
const other = (size: number): Bytes => ({ kind: 'seeded', seed: 'other', size, starts: 'jpg' })
const raw = (seed: string) => ({ components: [{ fileName: 'one.NEF', bytes: seeded(seed, 3000) }] })
const one = photo('one')
const withRaw = photo('one', raw('old'))
const worldOf = (image = one): World => ({
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Norway', [image, photo('two')]), albumNode('Home', [photo('three')])],
})
const CATALOGUE = '.smugmug-backup/catalogue.sqlite'

/** Does a backup that is killed before or after it puts a file: its catalogue has what was committed by then. */
async function killed(lab: Lab, when: 'before' | 'after', path: string): Promise<void> {
  let last = ''
  const dying = dyingStorage((method) => (method === 'put' && last === path ? `dies ${when}` : 'alive'))
  const noting = (base: Storage): Storage =>
    new Proxy(base, {
      get: (_, name) => {
        const value = Reflect.get(base, name)
        if (name !== 'put') return typeof value === 'function' ? value.bind(base) : value
        return (...args: Parameters<Storage['put']>) => {
          last = args[0]
          return base.put(...args)
        }
      },
    })
  const committed = lab.at('../committed.sqlite')
  await lab.backupWith({ storage: (base) => noting(dying.wrap(base)), atEnd: () => copyFileSync(lab.at(CATALOGUE), committed) })
  copyFileSync(committed, lab.at(CATALOGUE))
  assert.ok(dying.isDead())
}

const gone = (w: World): World => removeImage(w, albumKey(w, 'Norway'), one.key)

describe('a photo that was replaced, whose run was killed before it noted that, and that is gone since then', { concurrency: 8 }, () => {
  for (const [size, keepReplaced, between] of [
    [20_000, 'forever', 'nothing'],
    [24_000, 'forever', 'nothing'],
    [20_000, 0, 'nothing'],
    [20_000, 'forever', 'a verification'],
  ] as const) {
    test(`${size} bytes, keep_replaced ${keepReplaced}, ${between} between: its new bytes are held`, async (t) => {
      const lab = await openLab(t, worldOf(), { settings: { keepReplaced } })
      await lab.complete()
      lab.change((w) => replaceImage(w, one.key, other(size)))
      await killed(lab, 'after', 'Norway/one.jpg')
      assert.equal(lab.media().get('Norway/one.jpg'), md5Of(other(size)))
      lab.change(gone)
      if (between === 'a verification') await lab.verify()
      await lab.complete()
      const row = lab.rows().files.find(({ imageKey }) => imageKey === one.key)
      assert.deepEqual([row?.state, row?.md5, row?.size, row?.grade], ['held', md5Of(other(size)), size, 'original'])
      const { exitCode, problems } = await lab.verify()
      assert.deepEqual([exitCode, problems], [0, []])
    })
  }

  test('on_vanished = trash takes the new bytes there', async (t) => {
    const lab = await openLab(t, worldOf(), { settings: { onVanished: 'trash' } })
    await lab.complete()
    lab.change((w) => replaceImage(w, one.key, other(20_000)))
    await killed(lab, 'after', 'Norway/one.jpg')
    lab.change(gone)
    await lab.complete()
    assert.deepEqual(
      [[...lab.media().keys()], [...lab.ours('trash').values()]],
      [['Home/three.jpg', 'Norway/two.jpg'], [md5Of(other(20_000))]],
    )
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('its RAW file, too', async (t) => {
    const lab = await openLab(t, worldOf(withRaw))
    await lab.complete()
    lab.change((w) => editImage(replaceImage(w, one.key, other(20_000)), one.key, raw('new')))
    await killed(lab, 'after', 'Norway/one.NEF')
    assert.equal(lab.media().get('Norway/one.NEF'), md5Of(seeded('new', 3000)))
    lab.change(gone)
    await lab.complete()
    const files = lab.rows().files.filter(({ imageKey }) => imageKey === one.key)
    assert.deepEqual(
      files.map(({ state, md5 }) => [state, md5]),
      [
        ['held', md5Of(other(20_000))],
        ['held', md5Of(seeded('new', 3000))],
      ],
    )
    assert.equal((await lab.verify()).exitCode, 0)
  })

  for (const keepReplaced of ['forever', 0] as const) {
    test(`keep_replaced ${keepReplaced}: bytes that are neither the old nor the new ones are not believed`, async (t) => {
      const lab = await openLab(t, worldOf(), { settings: { keepReplaced } })
      await lab.complete()
      lab.change((w) => replaceImage(w, one.key, other(20_000)))
      await killed(lab, 'after', 'Norway/one.jpg')
      copyFileSync(lab.at('Norway/two.jpg'), lab.at('Norway/one.jpg'))
      lab.change(gone)
      await lab.complete()
      // The old ones are in history: the killed run had not dropped them yet.
      assert.equal(lab.media().get('Norway/one.jpg'), md5Of(one.bytes))
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }
})

test('a photo whose run was killed before its record was written, and that is gone since then: the record has its file, and the album is not listed once more', async (t) => {
  const lab = await openLab(t, worldOf())
  await lab.complete()
  const late = photo('late')
  lab.change((w) => addImage(w, albumKey(w, 'Norway'), late))
  await killed(lab, 'before', 'Norway/album.json')
  assert.ok(lab.rows().items.some(({ imageKey }) => imageKey === late.key))
  lab.change((w) => removeImage(w, albumKey(w, 'Norway'), late.key))
  await lab.complete()
  assert.equal((await lab.complete()).listings, 0)
  rmSync(lab.at(CATALOGUE))
  await runRebuild(lab.work())
  const row = lab.rows().files.find(({ imageKey }) => imageKey === late.key)
  assert.deepEqual([row?.state, row?.md5], ['held', md5Of(late.bytes)])
  assert.notEqual(lab.rows().items.find(({ imageKey }) => imageKey === late.key)?.vanishedAt, undefined)
  const { exitCode, problems } = await lab.verify()
  assert.deepEqual([exitCode, problems], [0, []])
})

test("a collected photo and another one take each other's names, and the run is killed once the record is written: no two of its items have one name", async (t) => {
  const three = photo('three')
  const start: World = {
    ...worldOf(),
    root: [albumNode('Norway', [one, collected(three)]), albumNode('Home', [three])],
  }
  const lab = await openLab(t, start, { settings: { collected: 'skip' } })
  await lab.complete()
  lab.change((w) => editImage(editImage(w, one.key, { fileName: 'three.jpg' }), three.key, { fileName: 'one.jpg' }))
  await killed(lab, 'after', 'Norway/album.json')
  const { items } = recordOf(lab.root, 'Norway')
  assert.deepEqual(
    items.map(({ imageKey, name }: Loose) => [imageKey, name]),
    [
      [one.key, 'three.jpg'],
      [three.key, 'one.jpg'],
    ],
  )
})

describe('a photo that is gone and whose own file is lost, while another photo has its bytes', { concurrency: 4 }, () => {
  const twin = { ...photo('twin', raw('old')), bytes: one.bytes }

  for (const [lost, collected] of [
    ['missing', 'copy'],
    ['damaged', 'link'],
  ] as const) {
    test(`${lost}: it gets them, and so does its RAW file, as a ${collected}`, async (t) => {
      const lab = await openLab(t, worldOf(withRaw), { settings: { collected } })
      const isOneFile = (name: string, other: string): boolean => inodeOf(lab.at(`Norway/${name}`)) === inodeOf(lab.at(`Home/${other}`))
      const assertForm = (): void =>
        assert.deepEqual([isOneFile('one.jpg', 'twin.jpg'), isOneFile('one.NEF', 'one.NEF')], Array(2).fill(collected === 'link'))
      await lab.complete()
      lab.change((w) => addImage(w, albumKey(w, 'Home'), twin))
      await lab.complete()
      assertForm()
      lab.change(gone)
      await lab.complete()
      for (const path of ['Norway/one.jpg', 'Norway/one.NEF']) {
        rmSync(lab.at(path))
        if (lost === 'damaged') writeFileSync(lab.at(path), 'damaged')
      }
      assert.equal((await lab.verify()).exitCode, 3)
      await lab.complete()
      assert.deepEqual(
        ['Norway/one.jpg', 'Norway/one.NEF', 'Home/twin.jpg', 'Home/one.NEF'].map((path) => lab.media().get(path)),
        [md5Of(one.bytes), md5Of(seeded('old', 3000)), md5Of(one.bytes), md5Of(seeded('old', 3000))],
      )
      assertForm()
      const aside = [...lab.ours('history').keys()].filter((path) => path.includes('/Norway/one.'))
      assert.equal(aside.length, lost === 'damaged' ? 2 : 0)
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }

  test('what stands in the place of a missing one stays there', async (t) => {
    const lab = await openLab(t, worldOf())
    lab.change((w) => addImage(w, albumKey(w, 'Home'), twin))
    await lab.complete()
    lab.change(gone)
    await lab.complete()
    rmSync(lab.at('Norway/one.jpg'))
    await lab.verify()
    writeFileSync(lab.at('Norway/one.jpg'), "a person's own")
    await lab.complete()
    assert.equal(readFileSync(lab.at('Norway/one.jpg'), 'utf8'), "a person's own")
  })
})
