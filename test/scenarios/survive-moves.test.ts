/**
 * A run is stopped at any instant while albums and photos change places, and the account changes again before the next run. After that run
 * every photo has its own name and its own sidecar, every record lies in its album's folder, and nothing is left over.
 * Some instants by default; more, or all of them, with `npm run campaign -- storage`.
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, editImage, moveImage, removeImage, renameAlbum, renameFolder } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import type { Settings } from '../../src/config/settings.ts'
import { moveEntry } from '../../src/vault/storage/abilities.ts'
import { type Storage, StorageError } from '../../src/vault/storage/storage.ts'
import { byShare } from '../campaigns/chance.ts'
import { dyingStorage, type Life } from '../support/dying-storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { albumKey, assertMirrors, filesBelow, type Lab, openFreeLab, openLab, wantedOf } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const image = (id: string) => photo(id, { caption: `this is ${id}.`, bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } })
const [a, b, c, d, e, f] = [image('a'), image('b'), image('c'), image('d'), image('e'), image('f')]

const first: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c]), albumNode('Italy', [d, e]), albumNode('Spain', [f])]),
    albumNode('Best', [a, d].map(collected)),
  ],
}
const [norway, italy, spain] = ['Norway', 'Italy', 'Spain'].map((name) => albumKey(first, name)) as [string, string, string]
const swapNames = (w: World, one: { readonly key: string }, other: { readonly key: string }, names: readonly [string, string]): World =>
  editImage(editImage(w, one.key, { fileName: names[1] }), other.key, { fileName: names[0] })
const swapAlbums = (w: World, one: string, other: string, names: readonly [string, string]): World =>
  renameAlbum(renameAlbum(renameAlbum(w, one, 'between'), other, names[0]), one, names[1])

/** Photos swap names and follow each other in a chain, albums do, too, and a photo moves to a name that has just become free. */
const second: World = [
  (w: World) => swapNames(w, a, b, ['a.jpg', 'b.jpg']),
  (w: World) => editImage(w, c.key, { fileName: 'C.JPG' }),
  (w: World) => swapAlbums(w, norway, italy, ['Norway', 'Italy']),
  (w: World) => editImage(w, d.key, { fileName: 'e.jpg' }),
  (w: World) => editImage(w, e.key, { fileName: 'f.jpg' }),
  (w: World) => moveImage(w, f.key, spain, norway),
  (w: World) => renameAlbum(w, spain, 'SPAIN'),
].reduce((world, edit) => edit(world), first)

/** The account changes again before the next run. */
const third: World = [
  (w: World) => swapAlbums(w, italy, norway, ['Italy', 'Norway']),
  (w: World) => editImage(w, a.key, { fileName: 'c.jpg' }),
  (w: World) => editImage(w, c.key, { fileName: 'b.jpg' }),
  (w: World) => renameFolder(w, idFrom('node Travel', 6), 'Journeys'),
].reduce((world, edit) => edit(world), second)

/** The calls that change something; the run may stop after any of them. */
const CHANGES = ['rename', 'put', 'link', 'copy', 'remove', 'append']

describe('a run that is stopped while things change places', { concurrency: 2 }, () => {
  for (const collectedAs of ['copy', 'link'] as const) {
    test(`with collected = "${collectedAs}" and sidecars`, async (t) => {
      const settings: Partial<Settings> = { sidecars: ['xmp'], collected: collectedAs, concurrentAlbums: 1, concurrentDownloads: 1 }
      const place = mkdtempSync(join(QUICK, 'smugmug-moves-'))
      const origin = await openFreeLab(first, { settings })
      t.after(async () => {
        rmSync(place, { recursive: true, force: true })
        await origin.close()
      })
      await origin.complete()
      cpSync(origin.root, join(place, 'first'), { recursive: true, preserveTimestamps: true })
      const all = await stopped(origin, { place, root: join(place, 'count'), at: Number.POSITIVE_INFINITY })
      assert.ok(all > 20, `${all} changes`)
      const troubles: string[] = []
      const step = byShare(7, 3, 1)
      for (let at = collectedAs === 'copy' ? 1 : 2; at <= all; at += step) {
        for (const after of [second, third]) {
          const root = join(place, `${at}`)
          const what = `stopped at change ${at} of ${all}${after === third ? ', and changed again' : ''}`
          try {
            origin.change(() => second)
            await stopped(origin, { place, root, at })
            origin.change(() => after)
            await heals(origin, root)
          } catch (error) {
            troubles.push(`${what}: ${(error as Error).message.slice(0, 3000)}`)
          }
          rmSync(root, { recursive: true, force: true })
        }
      }
      assert.deepEqual(troubles, [])
    })
  }
})

/** Runs a backup of the changed account over a copy of the first vault, stopped at its n-th change. Returns the number of changes. */
async function stopped(
  origin: Lab,
  { place, root, at }: { readonly place: string; readonly root: string; readonly at: number },
): Promise<number> {
  origin.change(() => second)
  cpSync(join(place, 'first'), root, { recursive: true, preserveTimestamps: true })
  const catalogue = join(root, '.smugmug-backup/catalogue.sqlite')
  let calls = 0
  const life: Life = (method) => {
    if (!CHANGES.includes(method)) return 'alive'
    calls += 1
    if (calls !== at) return 'alive'
    return at % 2 === 0 ? 'dies before' : 'dies after'
  }
  const storage = dyingStorage(life)
  await origin.backupWith({
    settings: { destination: root },
    storage: storage.wrap,
    // Rows that the catalogue has not committed are lost.
    atEnd: () => {
      if (storage.isDead()) copyFileSync(catalogue, join(place, 'as-it-was.sqlite'))
    },
  })
  if (storage.isDead()) copyFileSync(join(place, 'as-it-was.sqlite'), catalogue)
  return calls
}

async function heals(origin: Lab, root: string): Promise<void> {
  const told = await origin.complete({ settings: { destination: root } })
  assert.equal(told.downloads, 0, 'nothing is fetched again')
  const files = filesBelow(root, (path) => !path.startsWith('.smugmug-backup/'))
  const below = (ending: RegExp) => [...files.keys()].filter((path) => ending.test(path))
  const media = () => new Map([...files].filter(([path]) => /\.jpg$/i.test(path)))
  assertMirrors({ world: origin.world, media })
  const photos = wantedOf(origin.world).map((each) => ({ path: `${each.folder}/${each.fileName}`, imageKey: each.imageKey }))
  assert.deepEqual(below(/\.xmp$/), photos.map(({ path }) => `${path}.xmp`).toSorted())
  for (const { path, imageKey } of photos) {
    const { caption } = [a, b, c, d, e, f].find(({ key }) => key === imageKey) ?? {}
    assert.ok(readFileSync(join(root, `${path}.xmp`), 'utf8').includes(caption ?? '?'), `${path}.xmp is of another photo`)
  }
  const folders = new Set(photos.map(({ path }) => path.slice(0, path.lastIndexOf('/'))))
  const records = below(/album\.json$/).map((path) => path.slice(0, path.lastIndexOf('/')))
  assert.ok(records.length === 4 && [...folders].every((each) => records.includes(each)), `records in ${records}`)
  assert.equal(existsSync(join(root, '.smugmug-backup/moving')), false)
  assert.deepEqual(below(/\.part$|renaming~/), [])
  const verified = await origin.verify({ root })
  assert.deepEqual([verified.exitCode, verified.problems], [0, []])
  const again = await origin.complete({ settings: { destination: root }, full: true })
  assert.deepEqual([again.downloads, again.totals.kept, again.totals.vanished], [0, photos.length, 0])
}

test('a photo that is refused its new name when another has taken the old one is found in the same run', async (t) => {
  const lab = await openLab(t, first, { settings: { sidecars: ['xmp'] } })
  await lab.complete()
  lab.change((w) => swapNames(w, a, b, ['a.jpg', 'b.jpg']))
  let refusals = 0
  const refusing = (base: Storage): Storage =>
    new Proxy(base, {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        if (name !== 'rename') return typeof value === 'function' ? value.bind(target) : value
        return async (from: string, to: string) => {
          const isPhoto = /moving\/[^.]+$/.test(from)
          if (isPhoto && refusals++ === 0) throw new StorageError('not now', { code: 'EBUSY', path: from })
          return moveEntry(target, from, to)
        }
      },
    })
  const told = await lab.backupWith({ storage: refusing })
  assert.ok(refusals > 0)
  assert.deepEqual([told.exitCode, told.downloads], [0, 0], told.message)
  assertMirrors({ world: lab.world, media: () => new Map([...lab.media()].filter(([path]) => !path.endsWith('.xmp'))) })
  assert.deepEqual([...lab.ours('history').keys()], [])
  assert.equal(existsSync(lab.at('.smugmug-backup/moving')), false)
})

test('photos that moved stay in their old album while the new one cannot get them: they do not vanish, and the brake does not count them', async (t) => {
  const many = Array.from({ length: 25 }, (_, n) => image(`p${n}`))
  const start: World = { ...first, root: [albumNode('A', [a, ...many]), albumNode('B', [c])] }
  const lab = await openLab(t, start, { settings: { onVanished: 'trash' } })
  await lab.complete()
  const [from, to] = [albumKey(start, 'A'), albumKey(start, 'B')]
  lab.change((w) => many.reduce((now, { key }) => moveImage(now, key, from, to), w))
  const error = new StorageError('not now', { code: 'EIO', path: 'B' })
  const path = (name: string): boolean => name.startsWith('A/p')
  const faults = (['rename', 'link', 'copy'] as const).map((method) => ({ method, path, error }))
  const told = await lab.backupWith({ storage: (base) => faultyStorage(base, faults).storage })
  assert.deepEqual([told.exitCode, told.totals.failed, told.totals.vanished, lab.ours('trash').size], [3, 25, 0, 0], told.message)
  const { downloads, totals } = await lab.complete()
  assert.deepEqual([downloads, totals.moved, totals.vanished], [0, 25, 0])
  assertMirrors(lab)
})

test('a photo is not removed from its old album while the folder of the new one cannot be read', async (t) => {
  const start: World = { ...first, root: [albumNode('A', [a, b]), albumNode('B', [c])] }
  const lab = await openLab(t, start, { settings: { onVanished: 'trash' } })
  await lab.complete()
  const [from, to] = [albumKey(start, 'A'), albumKey(start, 'B')]
  lab.change((w) => moveImage(w, a.key, from, to))
  // The old album cannot be listed: the photo stands in both.
  lab.sim.setBehaviour({ faults: [{ on: 'images', match: from, does: { kind: 'status', status: 500 } }] })
  await lab.backup()
  lab.sim.setBehaviour({})
  renameSync(lab.at('B'), join(lab.root, '../disk'))
  writeFileSync(lab.at('B'), 'the disk is not there')
  for (const full of [false, true]) {
    const told = await lab.backup({ full })
    assert.deepEqual([told.exitCode, told.totals.vanished, lab.ours('trash').size], [3, 0, 0])
    assert.ok(lab.media().has('A/a.jpg'))
  }
  rmSync(lab.at('B'))
  renameSync(join(lab.root, '../disk'), lab.at('B'))
  assert.equal((await lab.complete()).downloads, 0)
  assertMirrors(lab)
})

for (const onVanished of ['keep', 'trash'] as const) {
  test(`a new photo does not get the name that a vanished one got just before a run was stopped (${onVanished})`, async (t) => {
    const start: World = { ...first, root: [albumNode('A', [a, b])] }
    const lab = await openLab(t, start, { settings: { onVanished } })
    await lab.complete()
    const [key, later] = [albumKey(start, 'A'), photo('later', { fileName: 'c.jpg' })]
    lab.change((w) => editImage(w, a.key, { fileName: 'c.jpg' }))
    let isRenamed = false
    const dying = dyingStorage((method) => {
      if (isRenamed) return 'dies before'
      isRenamed = method === 'rename'
      return 'alive'
    })
    await lab.backupWith({ storage: dying.wrap })
    const { items, files } = lab.rows()
    const names = [items, files].map((rows) => rows.find(({ imageKey }) => imageKey === a.key)?.name)
    assert.deepEqual(names, ['a.jpg', 'c.jpg'], 'the file has its new name, and the item has not')
    lab.change(
      (w) => removeImage(w, key, a.key),
      (w) => addImage(w, key, later),
    )
    await lab.complete()
    const there = [...lab.media()].filter(([path]) => path !== 'A/b.jpg')
    assert.deepEqual(
      there.map(([, md5]) => md5).toSorted(),
      [...(onVanished === 'keep' ? [md5Of(a.bytes)] : []), md5Of(later.bytes)].toSorted(),
    )
    assert.deepEqual([...lab.ours('trash').values()].includes(md5Of(a.bytes)), onVanished === 'trash')
    assert.equal((await lab.verify()).exitCode, 0)
  })
}

test('the bytes under the old name of a photo that moved are removed only if they are its own', async (t) => {
  for (const before of ['missing', 'damaged'] as const) {
    const lab = await openLab(t, { ...first, root: [albumNode('A', [a, b]), albumNode('B', [c])] })
    await lab.complete()
    const [from, to] = [albumKey(lab.world, 'A'), albumKey(lab.world, 'B')]
    if (before === 'missing') {
      rmSync(lab.at('A/a.jpg'))
      lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'status', status: 500 } }] })
      await lab.backup()
      lab.sim.setBehaviour({})
    }
    writeFileSync(lab.at('A/a.jpg'), 'mine')
    lab.change((w) => moveImage(w, a.key, from, to))
    await lab.complete()
    assert.equal(lab.media().get('B/a.jpg'), md5Of(a.bytes))
    const mine = createHash('md5').update('mine').digest('hex')
    assert.ok([...lab.media().values(), ...lab.ours('history').values()].includes(mine), before)
  }
})

test('records that are damaged while moves are under way end no run', async (t) => {
  const place = mkdtempSync(join(QUICK, 'smugmug-moves-'))
  const origin = await openFreeLab(first, { settings: { concurrentAlbums: 1, concurrentDownloads: 1 } })
  t.after(async () => {
    rmSync(place, { recursive: true, force: true })
    await origin.close()
  })
  await origin.complete()
  cpSync(origin.root, join(place, 'first'), { recursive: true, preserveTimestamps: true })
  for (const at of [1, 2, 3, 4, 6, 8]) {
    const root = join(place, `${at}`)
    await stopped(origin, { place, root, at })
    const records = [...filesBelow(root, (path) => path.endsWith('album.json')).keys()]
    assert.ok(records.length > 0)
    for (const record of records) truncateSync(join(root, record), 40)
    const { exitCode, downloads } = await origin.backup({ settings: { destination: root } })
    assert.ok(exitCode === 0 || exitCode === 3, `stopped at ${at}: exit ${exitCode}`)
    assert.equal(downloads, 0)
    await origin.complete({ settings: { destination: root } })
    const verified = await origin.verify({ root })
    assert.deepEqual([verified.exitCode, verified.problems], [0, []], `stopped at ${at}`)
  }
})
