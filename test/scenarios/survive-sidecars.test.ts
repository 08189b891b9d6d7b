/** The sidecar of a photo lies beside it, whatever a stopped run left: words that lie beside no photo are words that nobody finds. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { collectImage, editImage, moveImage, removeImage, renameAlbum } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'

const image = (id: string) => photo(id, { caption: `this is ${id}`, bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } })
const [a, b, c] = [image('a'), image('b'), image('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Home', [a, b]), albumNode('Norway', [c]), albumNode('Italy', [image('d')])],
}
const settings = { sidecars: ['xmp'] as const, onVanished: 'trash' as const, maxVanished: 100 }

const move = (lab: Lab, from: string, to: string): void => {
  mkdirSync(dirname(lab.at(to)), { recursive: true })
  renameSync(lab.at(from), lab.at(to))
}

/** The sidecars that lie in the vault, and those that were put aside. */
const sidecars = (lab: Lab): readonly string[] => [...filesBelow(lab.root, (path) => path.endsWith('.xmp')).keys()]

test('a sidecar that a stopped run left beside no photo comes back to its own, also where no album is listed', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  const before = sidecars(lab)
  move(lab, 'Home/a.jpg.xmp', 'Old place/a.jpg.xmp')
  move(lab, 'Home/b.jpg.xmp', 'Norway/b.jpg.xmp')
  const { listings } = await lab.complete()
  assert.equal(listings, 0)
  assert.deepEqual(sidecars(lab), before)
  assert.match(readFileSync(lab.at('Home/a.jpg.xmp'), 'utf8'), /this is a/)
})

test('so does one in the folder of an album that is renamed and not listed', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  move(lab, 'Home/a.jpg.xmp', 'Norway/a.jpg.xmp')
  lab.change((w) => renameAlbum(w, albumKey(w, 'Norway'), 'Norge'))
  await lab.complete()
  assert.deepEqual(sidecars(lab), ['Home/a.jpg.xmp', 'Home/b.jpg.xmp', 'Italy/d.jpg.xmp', 'Norge/c.jpg.xmp'])
})

test('one whose photo has a sidecar already goes into history', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  const before = sidecars(lab)
  mkdirSync(lab.at('Old place'))
  copyFileSync(lab.at('Home/a.jpg.xmp'), lab.at('Old place/a.jpg.xmp'))
  await lab.complete()
  const [aside = '', ...others] = sidecars(lab).filter((path) => !before.includes(path))
  assert.match(aside, /^\.smugmug-backup\/history\/.*\/Old place\/a\.jpg\.xmp$/)
  assert.deepEqual(others, [])
  assert.equal(existsSync(lab.at('Old place')), false)
})

test('one of a photo that nothing knows of goes into history when it lies beside another photo, and stays when it lies beside none', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  // A run wrote it, and was killed before the catalogue had its photo; then the photo was removed at SmugMug.
  const foreign = readFileSync(lab.at('Home/a.jpg.xmp'), 'utf8').replaceAll(a.key, 'Unknown1').replace('this is a', 'this is gone')
  writeFileSync(lab.at('Home/a.jpg.xmp'), foreign)
  mkdirSync(lab.at('Old place'))
  writeFileSync(lab.at('Old place/x.jpg.xmp'), foreign)
  const before = sidecars(lab)
  await lab.backup({ full: true })
  assert.match(readFileSync(lab.at('Home/a.jpg.xmp'), 'utf8'), /this is a</)
  assert.match(readFileSync(lab.at('Old place/x.jpg.xmp'), 'utf8'), /this is gone/)
  const [aside = '', ...others] = sidecars(lab).filter((path) => !before.includes(path))
  assert.match(aside, /^\.smugmug-backup\/history\/.*\/Home\/a\.jpg\.xmp$/)
  assert.match(readFileSync(lab.at(aside), 'utf8'), /this is gone/)
  assert.deepEqual(others, [])
})

test('a photo that a stopped run lost sight of brings its sidecar along from where it lies', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  // Moved on the disk from Home to Norway, unknown to the catalogue; on SmugMug it went on to Italy.
  move(lab, 'Home/a.jpg', 'Norway/a.jpg')
  move(lab, 'Home/a.jpg.xmp', 'Norway/a.jpg.xmp')
  lab.change((w) => moveImage(w, a.key, albumKey(w, 'Home'), albumKey(w, 'Italy')))
  const { downloads } = await lab.complete()
  assert.equal(downloads, 0)
  assert.deepEqual(sidecars(lab), ['Home/b.jpg.xmp', 'Italy/a.jpg.xmp', 'Italy/d.jpg.xmp', 'Norway/c.jpg.xmp'])
})

test('a sidecar follows its photo into the trash, also when the run was stopped between the two', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  lab.change((w) => removeImage(w, albumKey(w, 'Home'), a.key))
  await lab.complete()
  const [trashed = ''] = sidecars(lab).filter((path) => path.includes('/trash/'))
  assert.match(trashed, /Home\/a\.jpg\.xmp$/)
  move(lab, trashed, 'Home/a.jpg.xmp')
  await lab.complete()
  assert.deepEqual(
    sidecars(lab).filter((path) => /a\.jpg\.xmp$/.test(path) && !path.startsWith('.smugmug-backup/')),
    [],
  )
})

test('a sidecar that was on its way when a run was stopped comes to its photo', async (t) => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  const before = sidecars(lab)
  const parked = lab.at('.smugmug-backup/moving/0b6a3c1e.xmp')
  move(lab, 'Home/a.jpg.xmp', '.smugmug-backup/moving/0b6a3c1e.xmp')
  writeFileSync(parked, readFileSync(parked, 'utf8').replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'))
  lab.change((w) => editImage(w, b.key, { caption: 'the album is listed' }))
  await lab.complete()
  assert.deepEqual(sidecars(lab), before)
  assert.match(readFileSync(lab.at('Home/a.jpg.xmp'), 'utf8'), /Rating="5"/)
})

for (const [what, names] of [
  ['another photo has taken its name', { [a.key]: 'x.jpg', [b.key]: 'a.jpg' }],
  ['it has come back to its name', {}],
] as const)
  test(`one that lay beside no photo when the run began stays for its own album when another one collects the photo: ${what}`, async (t) => {
    const one = albumNode('Home', [a, b])
    const lab = await openLab(t, { ...world, root: [one, albumNode('Norway', [c])] }, { settings: { ...settings, concurrentAlbums: 1 } })
    await lab.complete()
    rate(lab, 'Home/a.jpg.xmp')
    // A run was killed before the sidecars followed, or a person removed the photo.
    if (what.startsWith('another')) move(lab, 'Home/a.jpg', 'Home/x.jpg')
    else rmSync(lab.at('Home/a.jpg'))
    lab.change((w) => collectImage(w, a.key, albumKey(w, 'Norway')))
    for (const [key, fileName] of Object.entries(names)) lab.change((w) => editImage(w, key, { fileName }))
    await lab.complete()
    const [home, other] = what.startsWith('another') ? ['x.jpg', 'a.jpg'] : ['a.jpg', 'b.jpg']
    assert.deepEqual(sidecars(lab), [`Home/${other}.xmp`, `Home/${home}.xmp`, 'Norway/c.jpg.xmp', `Norway/${home}.xmp`].toSorted())
    for (const [path, words] of [
      [`Home/${home}.xmp`, /Rating="5"[\s\S]*this is a</],
      [`Home/${other}.xmp`, /this is b</],
      [`Norway/${home}.xmp`, /this is a</],
    ] as const)
      assert.match(readFileSync(lab.at(path), 'utf8'), words, path)
  })

/** Adds the words of a person to a sidecar. */
const rate = (lab: Lab, path: string): void =>
  writeFileSync(lab.at(path), readFileSync(lab.at(path), 'utf8').replace('<rdf:Description', '<rdf:Description xmp:Rating="5"'))
