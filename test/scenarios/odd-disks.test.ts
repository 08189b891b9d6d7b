/** Whole backups on real disks of unusual kinds. Skipped, visibly, if none can be mounted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { editImage, renameAlbum, renameFolder } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { albumKey, type Lab, openFreeLab, openLab } from '../support/lab.ts'
import { realDisk } from '../support/real-disk.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Trips', [albumNode('Paris', [a, b, c])]), albumNode('Best', [collected(a)])],
}

/** A lab whose vault is a disk of its own. */
async function labOn(t: TestContext, kind: Parameters<typeof realDisk>[1], account: World): Promise<Lab | undefined> {
  const lab = await openFreeLab(account)
  const disk = realDisk(t, kind, lab.root)
  t.after(() => lab.close())
  return disk === undefined ? undefined : lab
}

/** Moves an album's folder out of the vault, behind a link. */
function sendAway(t: TestContext, lab: Lab, album: string): string {
  const away = mkdtempSync(join(tmpdir(), 'away-'))
  t.after(() => rmSync(away, { recursive: true, force: true }))
  execFileSync('cp', ['-a', lab.at(album), join(away, 'album')])
  rmSync(lab.at(album), { recursive: true })
  symlinkSync(join(away, 'album'), lab.at(album))
  return join(away, 'album')
}

describe('a disk that is blind to case, with an inode number for each spelling', () => {
  test('follows albums, folders and photos renamed by case alone, without a download', async (t) => {
    const lab = await labOn(t, 'exfat', world)
    if (lab === undefined) return
    await lab.complete()
    const edits: readonly ((w: World) => World)[] = [
      (w) => editImage(w, a.key, { fileName: 'A.JPG' }),
      (w) => renameAlbum(w, albumKey(w, 'Paris'), 'PARIS'),
      (w) => renameFolder(w, idFrom('node Trips', 6), 'TRIPS'),
    ]
    for (const edit of edits) {
      lab.change(edit)
      assert.equal((await lab.complete()).downloads, 0)
    }
    assert.deepEqual(lab.ours('history').size, 0)
    assert.ok(readdirSync(lab.at('')).includes('TRIPS'), 'the disk spells the folder as SmugMug does')
    assert.deepEqual(readdirSync(lab.at('TRIPS/PARIS')).sort(), ['A.JPG', 'album.json', 'b.jpg', 'c.jpg'])
    assert.equal((await lab.verify()).exitCode, 0)
  })
})

describe('an encrypted folder, whose names are short', () => {
  test('holds photos and albums with the longest names, and fetches nothing again', async (t) => {
    const long = (letter: string) => photo(letter, { fileName: `${letter}${'ж'.repeat(115)}.jpg` })
    const photos = [long('x'), long('y'), photo('z', { fileName: `${'z'.repeat(160)}.jpg` })]
    const lab = await labOn(t, 'encfs', { ...world, root: [albumNode('L'.repeat(180), photos)] })
    if (lab === undefined) return
    assert.equal((await lab.complete()).downloads, 3)
    const names = [...lab.media().keys()]
    assert.equal(names.length, 3)
    const again = await lab.complete({ full: true })
    assert.equal(again.downloads, 0)
    assert.deepEqual([...lab.media().keys()], names)
    assert.equal((await lab.verify()).exitCode, 0)
  })
})

describe('an album behind a link to another disk', () => {
  test('is a part of the vault like any other: nothing is fetched again, nor put into history', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const away = sendAway(t, lab, 'Trips/Paris')
    for (const full of [false, true]) {
      const told = await lab.complete({ full })
      assert.equal(told.downloads, 0)
      assert.equal(lab.ours('history').size, 0)
    }
    assert.equal((await lab.verify()).exitCode, 0)
    lab.change((w) => editImage(w, b.key, { fileName: 'renamed.jpg' }))
    assert.equal((await lab.complete()).downloads, 0)
    assert.ok(statSync(join(away, 'renamed.jpg')).isFile())
    lab.change((w) => renameAlbum(w, albumKey(w, 'Paris'), 'Rome'))
    assert.equal((await lab.complete()).downloads, 0)
    assert.equal(readFileSync(join(away, 'renamed.jpg')).length, readFileSync(lab.at('Trips/Rome/renamed.jpg')).length)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('whose disk is not mounted is named, and nothing of it is fetched again', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const away = sendAway(t, lab, 'Trips/Paris')
    renameSync(away, `${away}.unplugged`)
    const told = await lab.backup({ full: true })
    assert.equal(told.exitCode, 3, `${told.message} ${JSON.stringify(told.problems)}`)
    assert.equal(told.downloads, 0)
    renameSync(`${away}.unplugged`, away)
    assert.equal((await lab.complete({ full: true })).downloads, 0)
  })

  test('is not followed below .smugmug-backup: nothing there is pruned', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const elsewhere = mkdtempSync(join(tmpdir(), 'away-'))
    t.after(() => rmSync(elsewhere, { recursive: true, force: true }))
    mkdirSync(join(elsewhere, '2019-08-04/paris'), { recursive: true })
    rmSync(lab.at('.smugmug-backup/trash'), { recursive: true, force: true })
    symlinkSync(elsewhere, lab.at('.smugmug-backup/trash'))
    await lab.backup()
    assert.deepEqual(readdirSync(join(elsewhere, '2019-08-04')), ['paris'])
  })
})

test('something else in the place of a photo is named and left as it is, and nothing is fetched for it', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  rmSync(lab.at('Trips/Paris/b.jpg'))
  symlinkSync('/dev/zero', lab.at('Trips/Paris/b.jpg'))
  rmSync(lab.at('Trips/Paris/c.jpg'))
  mkdirSync(lab.at('Trips/Paris/c.jpg'))
  for (const full of [true, false]) {
    const told = await lab.backup({ full })
    assert.deepEqual([told.exitCode, told.downloads], [3, 0])
    for (const name of ['b.jpg', 'c.jpg'])
      assert.match(told.problems.find((each) => each.name === name)?.reason ?? '', /where a file should be/)
  }
  assert.equal(readlinkSync(lab.at('Trips/Paris/b.jpg')), '/dev/zero')
})
