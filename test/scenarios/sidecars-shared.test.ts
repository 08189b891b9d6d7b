/** With `sidecar_names = "replace"` a photo and a video of one name share a sidecar. It is the photo's that it describes, wherever the other one goes. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { addImage, editImage, moveImage, removeImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { type Storage, StorageError } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'

const [still, film] = [photo('IMG_1'), video('IMG_1 film', { fileName: 'IMG_1.mov' })]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Home', [still]), albumNode('Norway', [photo('c')])],
}
const settings = { sidecars: ['xmp'] as const, sidecarNames: 'replace' as const, onVanished: 'trash' as const }
const home = albumKey(world, 'Home')
const norway = albumKey(world, 'Norway')

/** The sidecars outside of the history with the words of a person. */
const rated = (lab: Lab): readonly string[] =>
  [...filesBelow(lab.root, (path) => path.endsWith('.xmp') && !path.includes('/history/')).keys()].filter((path) =>
    readFileSync(lab.at(path), 'utf8').includes('Rating="5"'),
  )

/** Backs up a photo whose sidecar has words of a person, and then a video of its name. */
async function openPair(t: Parameters<typeof openLab>[0]): Promise<Lab> {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  const path = lab.at('Home/IMG_1.xmp')
  writeFileSync(path, readFileSync(path, 'utf8').replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'))
  lab.change((w) => ({ ...w, root: [albumNode('Home', [still, film], { lastUpdated: '2031-01-01T00:00:00+00:00' }), ...w.root.slice(1)] }))
  await lab.complete()
  assert.deepEqual(rated(lab), ['Home/IMG_1.xmp'])
  return lab
}

test('it stays with the photo when the video vanishes', async (t) => {
  const lab = await openPair(t)
  lab.change((w) => removeImage(w, home, film.key))
  await lab.complete()
  assert.deepEqual(rated(lab), ['Home/IMG_1.xmp'])
})

test('none stays beside nothing when both vanish, one after the other', async (t) => {
  const lab = await openPair(t)
  lab.change((w) => removeImage(w, home, still.key))
  await lab.complete()
  await lab.complete({ full: true })
  assert.match(readFileSync(lab.at('Home/IMG_1.xmp'), 'utf8'), new RegExp(film.key))
  lab.change((w) => removeImage(w, home, film.key))
  await lab.complete()
  assert.deepEqual([...lab.media().keys()], ['Norway/c.jpg', 'Norway/c.xmp'])
})

test('it stays with the photo when the video moves to another album', async (t) => {
  const lab = await openPair(t)
  lab.change((w) => moveImage(w, film.key, home, norway))
  await lab.complete()
  assert.deepEqual(rated(lab), ['Home/IMG_1.xmp'])
})

test('it stays with the photo when the video is renamed', async (t) => {
  const lab = await openPair(t)
  lab.change((w) => editImage(w, film.key, { fileName: 'film.mov' }))
  await lab.complete()
  assert.deepEqual(rated(lab), ['Home/IMG_1.xmp'])
})

test('it goes with the photo when that is renamed, and the video gets one of its own', async (t) => {
  const lab = await openPair(t)
  lab.change((w) => editImage(w, still.key, { fileName: 'still.jpg' }))
  await lab.complete()
  assert.deepEqual(rated(lab), ['Home/still.xmp'])
  assert.match(readFileSync(lab.at('Home/IMG_1.xmp'), 'utf8'), new RegExp(film.key))
})

test('the sidecar of a photo that moved, where another one stands, is gone from its old album at once', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  lab.change((w) => moveImage(w, still.key, home, norway))
  await lab.complete()
  const present = lab.media()
  assert.deepEqual([...present.keys()], ['Norway/IMG_1.jpg', 'Norway/IMG_1.xmp', 'Norway/c.jpg', 'Norway/c.xmp'])
  await lab.complete()
  assert.deepEqual(lab.media(), present)
})

test('a new photo gets one of its own in the run in which the video of its name leaves', async (t) => {
  const lab = await openLab(t, { ...world, root: [albumNode('Home', [film]), albumNode('Norway', [photo('c')])] }, { settings })
  await lab.complete()
  lab.change(
    (w) => removeImage(w, home, film.key),
    (w) => addImage(w, home, still),
  )
  const { problems } = await lab.complete()
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['vanished'],
  )
  assert.match(readFileSync(lab.at('Home/IMG_1.xmp'), 'utf8'), new RegExp(still.key))
})

test('the words of a photo that moves come along where a video of its name leaves in the same run, whichever album is listed first', async (t) => {
  const other = video('other', { fileName: 'IMG_1.mov' })
  const many = [photo('c'), photo('d'), photo('e')]
  for (const [old, present] of [
    [[still, ...many], [other]],
    [[still], [other, ...many]],
  ] as const) {
    const lab = await openLab(t, { ...world, root: [albumNode('Home', old), albumNode('Norway', present)] }, { settings })
    await lab.complete()
    const path = lab.at('Home/IMG_1.xmp')
    writeFileSync(path, readFileSync(path, 'utf8').replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'))
    lab.change(
      (w) => removeImage(w, norway, other.key),
      (w) => moveImage(w, still.key, home, norway),
    )
    const run = await lab.complete({ settings: { concurrentAlbums: 1, concurrentDownloads: 1 } })
    assert.deepEqual([run.totals.moved, rated(lab)], [1, ['Norway/IMG_1.xmp']])
  }
})

test('one that cannot follow its photo is gone from the old album in the same run', async (t) => {
  const other = video('other', { fileName: 'IMG_1.mov' })
  const many = [photo('c'), photo('d'), photo('e')]
  for (const [old, present] of [
    [[still, ...many], [other]],
    [[still], [other, ...many]],
  ] as const) {
    const lab = await openLab(t, { ...world, root: [albumNode('Home', old), albumNode('Norway', present)] }, { settings })
    await lab.complete()
    lab.change((w) => moveImage(w, still.key, home, norway))
    await lab.complete({ settings: { concurrentAlbums: 1, concurrentDownloads: 1 } })
    assert.equal(lab.media().has('Home/IMG_1.xmp'), false)
  }
})

test('one that cannot go where its photo goes is no failure of the album, and the words of others go on', async (t) => {
  const [x, y, z] = [photo('X'), photo('Y'), video('Z')]
  const lab = await openLab(t, { ...world, root: [albumNode('Home', [x, y, z])] }, { settings })
  await lab.complete()
  writeFileSync(
    lab.at('Home/X.xmp'),
    readFileSync(lab.at('Home/X.xmp'), 'utf8').replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'),
  )
  lab.change(
    (w) => editImage(w, x.key, { fileName: 'Y.jpg' }),
    (w) => editImage(w, y.key, { fileName: 'Z.jpg' }),
  )
  await lab.complete()
  assert.deepEqual(rated(lab), ['Home/Y.xmp'])
  assert.match(readFileSync(lab.at('Home/Z.xmp'), 'utf8'), new RegExp(z.key))
})

test('it goes with the photo when that moves to another album', async (t) => {
  const lab = await openPair(t)
  lab.change((w) => moveImage(w, still.key, home, norway))
  await lab.complete()
  assert.deepEqual(rated(lab), ['Norway/IMG_1.xmp'])
})

test('the words of a person come along when their photo moves, whichever album is listed first, and whichever names sidecars have', async (t) => {
  for (const sidecarNames of ['append', 'replace'] as const) {
    const lab = await openLab(t, world, { settings: { ...settings, sidecarNames } })
    await lab.complete()
    const name = sidecarNames === 'append' ? 'IMG_1.jpg.xmp' : 'IMG_1.xmp'
    writeFileSync(
      lab.at(`Home/${name}`),
      readFileSync(lab.at(`Home/${name}`), 'utf8').replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'),
    )
    for (const [from, to, folder, album] of [
      [home, norway, 'Norway', undefined],
      [norway, home, 'Home', undefined],
      [home, norway, 'Norway', ['Norway']],
    ] as const) {
      lab.change((w) => moveImage(w, still.key, from, to))
      if (album !== undefined) await lab.complete({ settings: { album } })
      await lab.complete()
      assert.deepEqual(rated(lab), [`${folder}/${name}`])
    }
  }
})

test('a sidecar that cannot be copied keeps no photo from its new album', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  lab.change((w) => moveImage(w, still.key, home, norway))
  const error = new StorageError('Could not read Home/IMG_1.xmp (EACCES)', { code: 'EACCES', path: 'Home/IMG_1.xmp' })
  const refuses = (base: Storage) => faultyStorage(base, [{ method: 'copy', path: (path) => path === 'Home/IMG_1.xmp', error }]).storage
  const run = await lab.backupWith({ storage: refuses })
  assert.deepEqual([run.exitCode, run.totals.failed, run.totals.vanished], [3, 0, 0], JSON.stringify(run.problems))
  assert.ok(lab.media().has('Norway/IMG_1.jpg'))
  const { downloads, totals } = await lab.complete()
  assert.deepEqual([downloads, totals.kept], [0, 2])
  assert.deepEqual([...lab.media().keys()], ['Norway/IMG_1.jpg', 'Norway/IMG_1.xmp', 'Norway/c.jpg', 'Norway/c.xmp'])
})
