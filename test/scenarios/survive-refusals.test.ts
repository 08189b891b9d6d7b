/**
 * The disk refuses one album, photo or file: that one is named and the run ends with 3; everything else comes in, the derived files are
 * written, and the next run completes the vault.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addImage, editImage, moveAlbum, moveImage, removeAlbum, removeImage, renameAlbum } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { type Storage, StorageError, tooLarge } from '../../src/vault/storage/storage.ts'
import { type Fault, faultyStorage } from '../support/faulty-storage.ts'
import { albumKey, assertMirrors, type Lab, openLab, type RunOptions, type RunOutcome } from '../support/lab.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c]), albumNode('Italy', [photo('i1'), photo('i2')])]),
    folder('Home', [albumNode('Garden', [photo('g1'), photo('g2')])]),
    albumNode('Top', [photo('t1')]),
  ],
}
const [norway, italy, garden] = ['Norway', 'Italy', 'Garden'].map((name) => albumKey(world, name)) as [string, string, string]
type Edit = (w: World) => World

/** New photos in two albums: they must come in although something else is refused. */
const news: readonly Edit[] = [(w) => addImage(w, norway, photo('n new')), (w) => addImage(w, garden, photo('g new'))]

const refusal = new StorageError('Could not do it: the file is open in another program (EBUSY)', { code: 'EBUSY', path: 'x' })
/** The reason that a photographer reads, and the detail behind it. */
const BUSY = 'the file is open in another program (Could not do it: the file is open in another program (EBUSY))'
const stays = (from: string, to: string): string =>
  `/${to} : its folder stays at ${from} for now, because it could not be moved to ${to}: ${BUSY}`
const refuse = (method: Fault['method'], path: string): Fault => ({ method, path: (each) => each === path, error: refusal })

async function refusedRun(lab: Lab, faults: readonly Fault[], options: RunOptions = {}): Promise<RunOutcome> {
  const struck: (() => readonly Fault[])[] = []
  const told = await lab.backupWith({
    ...options,
    storage: (base) => {
      const faulty = faultyStorage(base, faults)
      struck.push(faulty.unstruck)
      return faulty.storage
    },
  })
  assert.deepEqual(
    struck.flatMap((each) => each()),
    [],
    'each fault struck',
  )
  return told
}

const named = (told: RunOutcome): readonly string[] =>
  told.problems
    .filter(({ kind }) => ['album', 'failed'].includes(kind))
    .map(({ album, name, reason, detail }) => `${album ?? ''} ${name ?? ''}: ${reason} (${detail ?? ''})`)

/** Asserts that the new photos are in, and the derived files written. */
function assertTheRestIsDone(lab: Lab): void {
  const names = [...lab.media().keys()].map((path) => path.slice(path.lastIndexOf('/') + 1))
  for (const name of ['n new.jpg', 'g new.jpg']) assert.ok(names.includes(name), `${name} came in`)
  const sums = readFileSync(lab.at('.smugmug-backup/MD5SUMS'), 'utf8')
  for (const name of ['n new.jpg', 'g new.jpg']) assert.ok(sums.includes(name), `${name} is in MD5SUMS`)
}

describe('a disk that refuses one thing', { concurrency: 6 }, () => {
  const cases: Readonly<
    Record<
      string,
      {
        readonly edits: readonly Edit[]
        readonly faults: readonly Fault[]
        /** All exceptions, in any order. */
        readonly says: readonly string[]
        readonly settings?: RunOptions['settings']
      }
    >
  > = {
    "a renamed album's folder": {
      edits: [(w) => renameAlbum(w, norway, 'Norge')],
      faults: [refuse('rename', 'Travel/Norway')],
      says: [stays('Travel/Norway', 'Travel/Norge')],
    },
    'the first of two albums that swap': {
      edits: [(w) => renameAlbum(w, norway, 'X'), (w) => renameAlbum(w, italy, 'Norway'), (w) => renameAlbum(w, norway, 'Italy')],
      faults: [refuse('rename', 'Travel/Norway')],
      says: [stays('Travel/Norway', 'Travel/Italy'), stays('Travel/Italy', 'Travel/Norway')],
    },
    'an album whose old path another album gets': {
      edits: [(w) => moveAlbum(w, norway, idFrom('node Home', 6)), (w) => renameAlbum(w, italy, 'Norway')],
      faults: [refuse('rename', 'Travel/Norway')],
      says: [stays('Travel/Norway', 'Home/Norway'), stays('Travel/Italy', 'Travel/Norway')],
    },
    'the new name of a photo, which another photo gets': {
      edits: [
        (w) => editImage(w, a.key, { fileName: 'b.jpg' }),
        (w) => editImage(w, b.key, { fileName: 'd.jpg' }),
        (w) => addImage(w, norway, photo('x', { fileName: 'a.jpg' })),
      ],
      faults: [refuse('rename', 'Travel/Norway/b.jpg')],
      says: [
        `/Travel/Norway b.jpg: it could not be renamed: ${BUSY}`,
        `/Travel/Norway a.jpg: it could not be renamed: ${BUSY}`,
        '/Travel/Norway a.jpg: its name is still that of another photo, which could not be renamed ()',
      ],
    },
    'the old file of a photo that was moved': {
      edits: [(w) => moveImage(w, photo('i1').key, italy, garden)],
      faults: [refuse('remove', 'Travel/Italy/i1.jpg')],
      says: [`/Travel/Italy i1.jpg: it is in another album now, and its old file could not be removed: ${BUSY}`],
      // The old album is listed last.
      settings: { concurrentAlbums: 1 },
    },
    'the trash': {
      edits: [(w) => removeImage(w, norway, c.key)],
      faults: [refuse('rename', 'Travel/Norway/c.jpg')],
      says: [`/Travel/Norway c.jpg: it is no longer on SmugMug, and could not be moved to the trash: ${BUSY}`],
      settings: { onVanished: 'trash' },
    },
    'the record of an album that vanished': {
      edits: [(w) => removeAlbum(w, italy)],
      faults: [refuse('read', 'Travel/Italy/album.json')],
      says: [`/Travel/Italy : it is no longer on SmugMug, and its record could not be written: ${BUSY}`],
    },
    'a sidecar': {
      edits: [(w) => editImage(w, a.key, { caption: 'new words' })],
      faults: [refuse('put', 'Travel/Norway/a.jpg.xmp')],
      says: [`/Travel/Norway : sidecars could not be written: ${BUSY}`],
      settings: { sidecars: ['xmp'] },
    },
  }
  for (const [what, { edits, faults, says, settings = {} }] of Object.entries(cases)) {
    test(`${what}: it is named, the rest is done, and the next run tries again`, async (t) => {
      const lab = await openLab(t, world, { settings })
      await lab.complete()
      lab.change(...edits, ...news)
      const told = await refusedRun(lab, faults)
      assert.equal(told.exitCode, 3, `${told.message} ${JSON.stringify(told.problems)}`)
      assert.deepEqual(named(told).toSorted(), says.toSorted())
      assertTheRestIsDone(lab)
      const again = await refusedRun(lab, faults)
      assert.equal(again.exitCode, 3, 'it is tried again')
      assert.equal(again.downloads, 0)
      await lab.complete()
      const vanished: Readonly<Record<string, string>> = Object.fromEntries(
        [...lab.media()].filter(([path]) => (what.includes('vanished') ? path.startsWith('Travel/Italy/') : path.endsWith('.xmp'))),
      )
      assertMirrors(lab, vanished)
      assert.deepEqual((await lab.verify()).problems, [])
      const quiet = await lab.complete()
      assert.equal(quiet.totals.moved + quiet.totals.vanished, 0)
    })
  }

  test('a foreign file stands in the place of the new parent folder of an album', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    writeFileSync(lab.at('Journeys'), 'mine')
    lab.change(
      (w) => ({ ...w, root: [...w.root, folder('Journeys', [])] }),
      (w) => moveAlbum(w, norway, idFrom('node Journeys', 6)),
      ...news,
    )
    const told = await lab.backup()
    assert.equal(told.exitCode, 3)
    assert.match(named(told).join(), /Norway : its folder stays at Travel\/Norway for now/)
    assertTheRestIsDone(lab)
    rmSync(lab.at('Journeys'))
    await lab.complete()
    assertMirrors(lab)
  })

  for (const path of [
    'tree.json',
    'README.txt',
    'metadata.csv',
    '.smugmug-backup/MD5SUMS',
    '.smugmug-backup/SHA256SUMS',
    '.smugmug-backup/state.json',
  ]) {
    test(`${path} is a folder`, async (t) => {
      const lab = await openLab(t, world, { settings: { writeCsv: true } })
      await lab.complete()
      rmSync(lab.at(path))
      mkdirSync(lab.at(path))
      lab.change(...news)
      const told = await lab.backup({ full: true })
      assert.equal(told.exitCode, 3, JSON.stringify(told.problems))
      assert.match(told.message, /^Not complete: 1 file of the vault itself failed/)
      assert.ok(
        named(told).every((each) => each.startsWith(` ${path}: `)),
        named(told).join('\n'),
      )
      if (path !== '.smugmug-backup/MD5SUMS') assertTheRestIsDone(lab)
      assertMirrors(lab)
      assert.equal((await lab.backup()).exitCode, 3, 'it is tried again')
      rmdirSync(lab.at(path))
      await lab.complete()
      assert.ok(existsSync(lab.at(path)))
      assert.deepEqual((await lab.verify()).problems, [])
    })
  }
})

describe('a photo that is larger than any file the disk can hold', () => {
  const path = 'Travel/Norway/b.jpg'
  /** A disk that refuses one path as too large, and says so when asked about the size. */
  const small = (base: Storage, counts: { puts: number }): Storage => ({
    ...faultyStorage(base).storage,
    takesSize: async () => false,
    put: async (to, bytes, options) => {
      if (to !== path) return base.put(to, bytes, options)
      counts.puts += 1
      for await (const _chunk of bytes);
      throw tooLarge(to, options?.size)
    },
  })

  test('is fetched once, named every night, and fetched again when the vault lies on another disk', async (t) => {
    const lab = await openLab(t, world)
    const counts = { puts: 0 }
    for (const night of [1, 2, 3]) {
      const told = await lab.backupWith({ storage: (base) => small(base, counts) })
      assert.equal(told.exitCode, 3)
      assert.match(named(told).join('\n'), /this disk cannot hold it: .* is larger than this disk takes a file/)
      assert.equal(told.downloads, night === 1 ? 8 : 0)
    }
    assert.equal(counts.puts, 1)
    const healed = await lab.complete()
    assert.equal(healed.downloads, 1)
    assertMirrors(lab)
  })
})
