/** A catalogue that is gone, or comes with the leftovers of another one: every command notices, none believes an empty one. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { addImage, editImage, removeAlbum, removeImage, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runExport, runList, runRebuild, runStatus } from '../../src/app/app.ts'
import { writeOutput } from '../../src/app/output-file.ts'
import { AppError, DestinationError } from '../../src/errors.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { albumKey, assertMirrors, type Lab, openLab } from '../support/lab.ts'

const impossible = photo('lost', { offers: 'none' })
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Norway', [photo('a'), photo('b'), impossible]), albumNode('Best', [photo('c')])],
}
const CATALOGUE = '.smugmug-backup/catalogue.sqlite'
const nowhere = async (): Promise<void> => undefined

const refused = async (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => assert.fail('it ended well'),
    (error: unknown) => {
      assert.ok(error instanceof AppError, String(error))
      return error
    },
  )

/** Leaves a journal beside the catalogue, as a run that was killed in the middle of a commit does. */
function leaveHotJournal(lab: Lab): void {
  const path = lab.at(CATALOGUE)
  const other = `${path}.elsewhere`
  copyFileSync(path, other)
  const db = new DatabaseSync(other)
  db.exec('PRAGMA cache_size = 1; PRAGMA cache_spill = ON; BEGIN IMMEDIATE')
  const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
  for (let n = 0; n < 2000; n += 1) insert.run(`key ${n}`, 'x'.repeat(200))
  db.exec("UPDATE albums SET name = name || 'x'; UPDATE items SET reason = 'x'")
  copyFileSync(other, path)
  copyFileSync(`${other}-journal`, `${path}-journal`)
  db.exec('ROLLBACK')
  db.close()
  rmSync(other)
  assert.ok(statSync(`${path}-journal`).size > 1000)
}

describe('a journal that a killed run left', { concurrency: 4 }, () => {
  test('moves along with the old catalogue when a new one is made', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    leaveHotJournal(lab)
    assert.equal((await runRebuild(lab.work())).exitCode, 0)
    assert.ok(!existsSync(lab.at(`${CATALOGUE}-journal`)))
    const old = new DatabaseSync(lab.at(`${CATALOGUE}.before-rebuild`))
    assert.deepEqual(
      { ...old.prepare('SELECT COUNT(*) AS n FROM meta WHERE key LIKE ?').get('key %') },
      { n: 0 },
      'it was taken back there',
    )
    old.close()
    assert.equal((await runStatus(lab.work())).totals.items, 4)
    assert.equal((await lab.complete()).downloads, 0)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('is never rolled back into a catalogue that was made after a person deleted the old one', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    leaveHotJournal(lab)
    rmSync(lab.at(CATALOGUE), { force: true })
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.equal(told.totals.kept, 3)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('nor into the first catalogue of a vault', async (t) => {
    const lab = await openLab(t, world)
    const other = await openLab(t, world)
    await other.complete()
    leaveHotJournal(other)
    mkdirSync(lab.at('.smugmug-backup'))
    copyFileSync(other.at(`${CATALOGUE}-journal`), lab.at(`${CATALOGUE}-journal`))
    await lab.complete()
    assert.equal((await lab.verify()).exitCode, 0)
  })
})

describe('a vault with records and without its catalogue', () => {
  test('is refused by every command that reads, with the advice to rebuild; an export leaves the older file as it is', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const output = join(lab.root, '..', 'export.csv')
    writeFileSync(output, 'of yesterday')
    for (const state of ['deleted', 'empty'] as const) {
      rmSync(lab.at(CATALOGUE), { force: true })
      if (state === 'empty') writeFileSync(lab.at(CATALOGUE), '')
      const exported = () => writeOutput(output, (write) => runExport({ ...lab.work(), format: 'csv', write }))
      for (const command of [() => runStatus(lab.work()), () => runList(lab.work()), exported, () => lab.verify()]) {
        const error = await refused(command())
        assert.equal(error.exitCode, 5)
        assert.match(`${error.message} ${error.hint}`, /There is no catalogue .* Run `smugmug-backup rebuild`/)
      }
    }
    assert.equal(readFileSync(output, 'utf8'), 'of yesterday')
  })

  test('an export of a vault whose disk is not mounted leaves the older file as it is', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    for (const name of readdirSync(lab.root)) rmSync(lab.at(name), { recursive: true })
    const error = await refused(runExport({ ...lab.work(), format: 'csv', write: nowhere }))
    assert.equal(error.exitCode, 5)
    assert.match(error.message, /is empty, but on .* it held a vault/)
  })
})

describe('a rebuild whose surroundings are odd', { concurrency: 4 }, () => {
  for (const name of ['before-rebuild', 'before-rebuild-journal', 'new', 'new-journal']) {
    test(`a folder at catalogue.sqlite.${name} is named, and nothing is changed`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const before = readFileSync(lab.at(CATALOGUE))
      mkdirSync(lab.at(`${CATALOGUE}.${name}/inside`), { recursive: true })
      const error = await refused(runRebuild(lab.work()))
      assert.equal(error.exitCode, 5)
      assert.match(`${error.message} ${error.hint}`, /new catalogue cannot be put in place.*move it away/s)
      assert.deepEqual(readFileSync(lab.at(CATALOGUE)), before)
      assert.equal(existsSync(lab.at(`${CATALOGUE}.new`)), name.startsWith('new') && !name.includes('-'))
      rmSync(lab.at(`${CATALOGUE}.${name}`), { recursive: true })
      assert.equal((await runRebuild(lab.work())).exitCode, 0)
    })
  }

  test('a folder for temporary files that is not there is named by a dry run', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const [before, gone] = [process.env.TMPDIR, lab.at('no such folder')]
    process.env.TMPDIR = gone
    t.after(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    const error = await refused(lab.backup({ dryRun: true }))
    assert.equal(error.exitCode, 5)
    assert.match(error.message, /folder for temporary files.*no such file or directory/)
    assert.ok(error.message.includes(gone))
  })
})

test('a report that cannot be written does not make status untrue', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  rmSync(lab.at('.smugmug-backup/reports'), { recursive: true })
  writeFileSync(lab.at('.smugmug-backup/reports'), 'in the way')
  const told = await lab.complete()
  assert.ok(told.events.some((event) => event.event === 'warning' && event.message.startsWith('The report could not be written')))
  const status = await runStatus(lab.work())
  assert.equal(status.lastRun?.exitCode, 0)
  assert.match(status.message, /^Everything that SmugMug offers is held/)
})

test('list counts as a dry run does: held, to come, impossible', async (t) => {
  const lab = await openLab(t, world)
  const empty = await runList(lab.work())
  assert.deepEqual([empty.totals.items, empty.totals.kept, empty.totals.stored, empty.totals.impossible], [4, 0, 4, 0])
  await lab.complete()
  lab.change((w) => addImage(w, albumKey(w, 'Best'), photo('d')))
  const { totals } = await runList(lab.work())
  assert.deepEqual([totals.items, totals.kept, totals.stored, totals.impossible], [5, 3, 1, 1])
})

test('verify --remote does not call impossible items lost, and names an album that is gone from the account', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  assert.equal((await lab.verify({ remote: true })).exitCode, 0)
  lab.change((w) => removeAlbum(w, albumKey(w, 'Best')))
  const told = await lab.verify({ remote: true })
  assert.deepEqual(
    told.problems.map(({ kind, album, reason }) => ({ kind, album, reason })),
    [{ kind: 'notice', album: '/Best', reason: 'this album is held, and no longer on SmugMug' }],
  )
})

describe('several records of one album', { concurrency: 2 }, () => {
  for (const stale of ['Aside', 'Zone/Norway']) {
    test(`the one in the album's own folder counts, not a later copy in ${stale}`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const record = readFileSync(lab.at('Norway/album.json'), 'utf8')
      mkdirSync(lab.at(stale), { recursive: true })
      // A record that lies nowhere near the folder it names, written later and with another name in it.
      writeFileSync(lab.at(`${stale}/album.json`), record.replaceAll('a.jpg', 'other.jpg'))
      rmSync(lab.at(CATALOGUE))
      const rebuilt = await runRebuild(lab.work())
      assert.match(JSON.stringify(rebuilt.problems), new RegExp(`${stale}/album.json`))
      const { albums, items } = lab.rows()
      assert.deepEqual(albums.map(({ folder }) => folder).toSorted(), ['Best', 'Norway'])
      assert.ok(items.some(({ name }) => name === 'a.jpg') && !items.some(({ name }) => name === 'other.jpg'))
      assert.equal((await lab.complete()).downloads, 0)
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }
})

test('after a run for some items only: an album that has others to fetch is listed', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  lab.change(
    (w) => addImage(w, albumKey(w, 'Norway'), photo('n')),
    (w) => addImage(w, albumKey(w, 'Norway'), video('v')),
  )
  await lab.complete({ settings: { type: 'photo' } })
  rmSync(lab.at(CATALOGUE))
  assert.equal((await runRebuild(lab.work())).exitCode, 0)
  const { downloads } = await lab.complete()
  assert.equal(downloads, 1)
  assert.ok(lab.media().has('Norway/v.mp4'))
})

test('together with a run that was killed while photos changed names: each of them is known by its bytes', async (t) => {
  const [one, two] = ['IMG_1', 'IMG_2'].map((id) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } }))
  assert.ok(one && two)
  const lab = await openLab(t, { ...world, root: [albumNode('A', [one, two])] })
  await lab.complete()
  renameSync(lab.at('A/IMG_1.jpg'), lab.at('A/x.jpg'))
  renameSync(lab.at('A/IMG_2.jpg'), lab.at('A/IMG_1.jpg'))
  rmSync(lab.at(CATALOGUE))
  assert.equal((await runRebuild(lab.work())).exitCode, 0)
  lab.change(
    (w) => editImage(w, one.key, { fileName: 'x.jpg' }),
    (w) => editImage(w, two.key, { fileName: 'IMG_1.jpg' }),
  )
  const { downloads } = await lab.complete()
  assert.equal(downloads, 0)
  assertMirrors(lab)
})

test("together with a run that was killed after photos took each other's names: each of them is known by its bytes", async (t) => {
  const [one, two] = ['IMG_1', 'IMG_2'].map((id) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } }))
  assert.ok(one && two)
  const lab = await openLab(t, { ...world, root: [albumNode('A', [one, two]), albumNode('B', [photo('b')])] })
  await lab.complete()
  lab.change((w) => addImage(w, albumKey(w, 'A'), photo('c', { bytes: { kind: 'seeded', seed: 'c', size: 400, starts: 'jpg' } })))
  await lab.complete()
  const doubted = (): readonly unknown[] => {
    const db = new DatabaseSync(lab.at(CATALOGUE), { readOnly: true })
    const rows = db.prepare("SELECT name FROM files WHERE mark = 'doubt' ORDER BY name").all()
    db.close()
    return rows.map(({ name }) => name)
  }
  // After a run that ended, nothing has to be read.
  rmSync(lab.at(CATALOGUE))
  assert.equal((await runRebuild(lab.work())).exitCode, 0)
  assert.deepEqual(doubted(), [])
  await lab.complete()
  renameSync(lab.at('A/IMG_1.jpg'), lab.at('x.jpg'))
  renameSync(lab.at('A/IMG_2.jpg'), lab.at('A/IMG_1.jpg'))
  renameSync(lab.at('x.jpg'), lab.at('A/IMG_2.jpg'))
  rmSync(lab.at(CATALOGUE))
  assert.equal((await runRebuild(lab.work())).exitCode, 0)
  assert.deepEqual(doubted(), ['IMG_1.jpg', 'IMG_2.jpg'])
  lab.change(
    (w) => editImage(w, one.key, { fileName: 'IMG_2.jpg' }),
    (w) => editImage(w, two.key, { fileName: 'IMG_1.jpg' }),
  )
  const { downloads } = await lab.complete()
  assert.equal(downloads, 0)
  assertMirrors(lab)
})

test('so is each photo where a verification came between the killed run and the loss of the catalogue', async (t) => {
  const [one, two] = ['IMG_1', 'IMG_2'].map((id) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 300, starts: 'jpg' } }))
  assert.ok(one && two)
  const lab = await openLab(t, { ...world, root: [albumNode('A', [one, two])] })
  await lab.complete()
  lab.change(
    (w) => editImage(w, one.key, { fileName: 'IMG_2.jpg' }),
    (w) => editImage(w, two.key, { fileName: 'IMG_1.jpg' }),
  )
  const error = new DestinationError('The power is gone')
  const isRecord = (path: string): boolean => path === 'A/album.json'
  const killed = await lab.backupWith({ storage: (base) => faultyStorage(base, [{ method: 'put', path: isRecord, error }]).storage })
  assert.equal(killed.exitCode, 5)
  assert.equal((await lab.verify()).exitCode, 0)
  rmSync(lab.at(CATALOGUE))
  assert.equal((await runRebuild(lab.work())).exitCode, 0)
  assert.equal((await lab.complete()).downloads, 0)
  assertMirrors(lab)
})

test('together with a run that was killed before its end: the records that it wrote count for no complete listing', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  const [a, b] = [photo('a'), photo('b')]
  lab.change(
    (w) => replaceImage(w, a.key, { kind: 'seeded', seed: 'other', size: 20_000, starts: 'jpg' }),
    (w) => removeImage(w, albumKey(w, 'Norway'), b.key),
  )
  const error = new DestinationError('The power is gone')
  const isPhoto = (path: string): boolean => path === 'Norway/a.jpg'
  const killed = await lab.backupWith({ storage: (base) => faultyStorage(base, [{ method: 'put', path: isPhoto, error }]).storage })
  assert.equal(killed.exitCode, 5)
  rmSync(lab.at(CATALOGUE))
  assert.equal((await runRebuild(lab.work())).exitCode, 0)
  const { totals, listings } = await lab.complete()
  assert.deepEqual([totals.items, totals.replaced, totals.vanished, listings], [3, 1, 1, 1])
})
