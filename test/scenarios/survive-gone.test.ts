/** Photos that are gone from SmugMug after a run that was killed: nobody sends their bytes and words again. */
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { editImage, removeImage, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'

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

/** Does a backup that is killed when it has put a file: its catalogue has what was committed by then. */
async function killedAfter(lab: Lab, path: string): Promise<void> {
  let last = ''
  const dying = dyingStorage((method) => (method === 'put' && last === path ? 'dies after' : 'alive'))
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
      await killedAfter(lab, 'Norway/one.jpg')
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
    await killedAfter(lab, 'Norway/one.jpg')
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
    await killedAfter(lab, 'Norway/one.NEF')
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

  test('bytes that are neither the old nor the new ones are called damaged', async (t) => {
    const lab = await openLab(t, worldOf())
    await lab.complete()
    lab.change((w) => replaceImage(w, one.key, other(20_000)))
    await killedAfter(lab, 'Norway/one.jpg')
    copyFileSync(lab.at('Norway/two.jpg'), lab.at('Norway/one.jpg'))
    lab.change(gone)
    await lab.complete()
    const { exitCode, problems } = await lab.verify()
    assert.deepEqual([exitCode, problems.map(({ kind, name }) => [kind, name])], [3, [['damaged', 'Norway/one.jpg']]])
  })
})
