/** Simulated disks of unusual kinds: blind to case, without hard links. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addAlbum, editImage, moveImage, removeImage, renameAlbum, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { album, albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { foldName } from '../../src/vault/naming/safe-path.ts'
import { albumKey, assertMirrors, inodeOf, type Lab, openLab, type RunOutcome, wantedOf } from '../support/lab.ts'
import { caseBlind, withoutHardLinks } from '../support/other-disks.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [a, b, c]),
      albumNode(
        'Twins',
        ['T.jpg', 't.jpg', 'T.JPG', 'Ü.jpg', 'U\u0308.jpg'].map((fileName, n) => photo(`t${n}`, { fileName })),
      ),
    ]),
    albumNode('Best', [collected(a)]),
    albumNode('Home', [photo('h1')]),
    // Not seen at SmugMug, but possible: two albums whose paths are one to this disk.
    albumNode('home', [photo('h2'), photo('h1b', { fileName: 'h1.jpg' })], { key: 'hmKey2', nodeId: 'hmNod2', urlName: 'home' }),
  ],
}
const travel = idFrom('node Travel', 6)
const norway = albumKey(world, 'Norway')

/** Asserts that every item has a file of its own with its bytes, under names that no disk confuses. */
function assertHeld(lab: Lab): void {
  const there = [...lab.media().values()]
  for (const { md5, fileName } of wantedOf(lab.world)) {
    const at = there.indexOf(md5)
    assert.ok(at >= 0, `${fileName} has a file of its own`)
    there.splice(at, 1)
  }
  const paths = [...lab.media().keys()].map(foldName)
  assert.equal(new Set(paths).size, paths.length, 'no two names are one on any disk')
  assert.ok(!readdirSync(lab.root, { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.renaming')))
}

async function settled(t: Parameters<typeof openLab>[0]): Promise<{ readonly lab: Lab; readonly run: () => Promise<RunOutcome> }> {
  const lab = await openLab(t, world)
  const run = async (): Promise<RunOutcome> => {
    const told = await lab.backupWith({ storage: caseBlind, full: true })
    assert.equal(told.exitCode, 0, `${told.message} ${JSON.stringify(told.problems)}`)
    return told
  }
  await run()
  return { lab, run }
}

describe('a disk that is blind to case', { concurrency: 8 }, () => {
  test('holds namesakes that differ by case or Unicode form, in every run under the same names', async (t) => {
    const { lab, run } = await settled(t)
    assertHeld(lab)
    const names = lab.media()
    const told = await run()
    assert.deepEqual([told.downloads, told.totals.kept], [0, wantedOf(world).length])
    assert.deepEqual(lab.media(), names)
  })

  const edits: Readonly<Record<string, readonly ((w: World) => World)[]>> = {
    'a file renamed by case alone': [(w) => editImage(w, a.key, { fileName: 'A.JPG' })],
    'an album renamed by case alone': [(w) => renameAlbum(w, norway, 'NORWAY')],
    'a folder renamed by case alone': [(w) => renameFolder(w, travel, 'TRAVEL')],
    'all three at once': [
      (w) => editImage(w, a.key, { fileName: 'A.JPG' }),
      (w) => renameAlbum(w, norway, 'NORWAY'),
      (w) => renameFolder(w, travel, 'TRAVEL'),
    ],
    'two files that swap names and case': [
      (w) => editImage(w, a.key, { fileName: 'B.jpg' }),
      (w) => editImage(w, b.key, { fileName: 'A.jpg' }),
    ],
    'a chain by case': [
      (w) => editImage(w, a.key, { fileName: 'B.JPG' }),
      (w) => editImage(w, b.key, { fileName: 'C.JPG' }),
      (w) => editImage(w, c.key, { fileName: 'D.JPG' }),
    ],
    'an album that takes the other spelling of one that is renamed': [
      (w) => renameAlbum(w, norway, 'Norge'),
      (w) => addAlbum(w, album('NORWAY', [photo('n2', { fileName: 'a.jpg' })], { key: 'NewKey', nodeId: 'NewNod' }), travel),
    ],
    'an item that moves to an album with a name equal but for case': [
      (w) => editImage(w, photo('h1').key, { fileName: 'A.jpg' }),
      (w) => moveImage(w, photo('h1').key, albumKey(w, 'Home'), norway),
    ],
    'a replaced file with another case': [
      (w) => replaceImage(w, a.key, { kind: 'seeded', seed: 'new', size: 21_000, starts: 'jpg' }),
      (w) => editImage(w, a.key, { fileName: 'A.jpg' }),
    ],
    'a namesake that vanished': [(w) => removeImage(w, albumKey(w, 'Twins'), photo('t0').key)],
  }
  for (const [what, changes] of Object.entries(edits)) {
    test(`follows ${what}, without a download more than it must`, async (t) => {
      const { lab, run } = await settled(t)
      lab.change(...changes)
      const told = await run()
      const news = /takes the other|replaced/.test(what) ? 1 : 0
      assert.equal(told.downloads, news)
      assertHeld(lab)
      const [again, names] = [await run(), lab.media()]
      assert.deepEqual([again.downloads, again.totals.kept], [0, wantedOf(lab.world).length])
      assert.deepEqual(lab.media(), names)
    })
  }
})

describe('a disk without hard links', { concurrency: 4 }, () => {
  const plain: World = { ...world, root: [albumNode('Norway', [a, b, c]), albumNode('Best', [collected(a)])] }

  test('holds copies, with one download each', async (t) => {
    const lab = await openLab(t, plain)
    const told = await lab.backupWith({ storage: withoutHardLinks })
    assert.deepEqual([told.exitCode, told.downloads], [0, 3])
    assertMirrors(lab)
    assert.notEqual(inodeOf(lab.at('Best/a.jpg')), inodeOf(lab.at('Norway/a.jpg')))
  })

  test('replaces: the old bytes are in history, whole', async (t) => {
    const lab = await openLab(t, plain)
    await lab.backupWith({ storage: withoutHardLinks })
    const before = [...lab.media().values()]
    lab.change((w) => replaceImage(w, a.key, { kind: 'seeded', seed: 'new', size: 21_000, starts: 'jpg' }))
    const told = await lab.backupWith({ storage: withoutHardLinks })
    assert.deepEqual([told.exitCode, told.downloads, told.totals.replaced], [0, 1, 2])
    assertMirrors(lab)
    const everything = [...lab.media().values(), ...lab.ours('history').values()]
    for (const md5 of before) assert.ok(everything.includes(md5))
  })
})
