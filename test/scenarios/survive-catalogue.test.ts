import assert from 'node:assert/strict'
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, collectImage, editImage, removeImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runRebuild, runStatus } from '../../src/app/app.ts'
import { AppError } from '../../src/errors.ts'
import { albumKey, assertMirrors, type Lab, openLab } from '../support/lab.ts'

const [a, b] = [photo('a'), photo('b')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [a, b, video('clip')]),
      albumNode('Twins', [photo('t1', { fileName: 'T.jpg' }), photo('t2', { fileName: 't.jpg' })]),
    ]),
    albumNode('Best', [collected(a)]),
  ],
}
const ITEMS = 6
const CATALOGUE = '.smugmug-backup/catalogue.sqlite'

const settled = async (t: Parameters<typeof openLab>[0]): Promise<Lab> => {
  const lab = await openLab(t, world)
  await lab.complete()
  return lab
}

/** Returns the exit code of a command. */
const codeOf = (work: Promise<{ readonly exitCode: number; readonly message: string; readonly hint?: string }>) =>
  work.catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    return { exitCode: error.exitCode, message: error.message, hint: error.hint }
  })

/** Rebuilds, and asserts that the next backup downloads nothing and every item is the file it was. */
async function goesOn(lab: Lab, names: ReadonlyMap<string, string>): Promise<void> {
  const told = await lab.complete()
  assert.equal(told.downloads, 0)
  assert.deepEqual(lab.media(), names)
  assert.equal((await lab.verify()).exitCode, 0)
}

const damages: Readonly<Record<string, (path: string) => void>> = {
  'garbage from its first byte': (path) => writeFileSync(path, Buffer.alloc(40_000, 'garbage')),
  'garbage in its middle': (path) => {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(9000, 0xa5), 0, 9000, 4096)
    closeSync(file)
  },
  'cut in half': (path) => {
    const file = openSync(path, 'r+')
    ftruncateSync(file, Math.floor(statSync(path).size / 2 / 4096) * 4096 + 100)
    closeSync(file)
  },
  'a page of zeros': (path) => {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(4096), 0, 4096, 8192)
    closeSync(file)
  },
  'a text file': (path) => writeFileSync(path, 'hello'),
}

describe('a catalogue that is', { concurrency: 8 }, () => {
  for (const [what, damage] of Object.entries(damages)) {
    test(`${what}: refused (5, names rebuild), and nothing is touched; after a rebuild nothing is downloaded`, async (t) => {
      const lab = await settled(t)
      const names = lab.media()
      damage(lab.at(CATALOGUE))
      const told = await codeOf(lab.backup({ full: true }))
      if (told.exitCode !== 0) {
        assert.equal(told.exitCode, 5, told.message)
        assert.match(`${told.message} ${told.hint}`, /rebuild/)
      }
      assert.deepEqual(lab.media(), names)
      const rebuilt = await runRebuild(lab.work())
      assert.equal(rebuilt.exitCode, 0)
      await goesOn(lab, names)
    })
  }

  test('empty (0 bytes): like one that is gone', async (t) => {
    const lab = await settled(t)
    const names = lab.media()
    writeFileSync(lab.at(CATALOGUE), '')
    await goesOn(lab, names)
  })

  test('gone: made anew from the vault, with a warning, without a download', async (t) => {
    const lab = await settled(t)
    const names = lab.media()
    rmSync(lab.at(CATALOGUE))
    const told = await lab.complete()
    assert.ok(told.events.some((event) => event.event === 'warning' && /catalogue/.test(event.message)))
    assert.equal(told.downloads, 0)
    await goesOn(lab, names)
  })

  test('gone with all of .smugmug-backup: adopted by records and hash, without a download, namesakes keep their names', async (t) => {
    const lab = await settled(t)
    const names = lab.media()
    rmSync(lab.at('.smugmug-backup'), { recursive: true })
    await goesOn(lab, names)
  })

  test('gone, and every record with it: adopted by hash, without a download', async (t) => {
    const lab = await settled(t)
    rmSync(lab.at('.smugmug-backup'), { recursive: true })
    for (const path of ['Travel/Norway', 'Travel/Twins', 'Best']) rmSync(lab.at(`${path}/album.json`))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    const md5s = new Set(lab.media().values())
    for (const image of [a, b, photo('t1'), photo('t2')]) assert.ok(md5s.has(md5Of(image.bytes)))
  })

  test('gone, and one record is damaged: named, and its files adopted by hash', async (t) => {
    const lab = await settled(t)
    const names = lab.media()
    writeFileSync(lab.at('Travel/Norway/album.json'), readFileSync(lab.at('Travel/Norway/album.json')).subarray(0, 700))
    const rebuilt = await runRebuild(lab.work())
    assert.equal(rebuilt.exitCode, 3)
    assert.ok(rebuilt.problems.some((problem) => /Norway/.test(JSON.stringify(problem))))
    await goesOn(lab, names)
  })

  test('from before the last runs (an old copy put back): newer files are adopted, nothing is downloaded or lost', async (t) => {
    const lab = await settled(t)
    cpSync(lab.at(CATALOGUE), lab.at('../old.sqlite'))
    lab.change(
      (w) => addImage(w, albumKey(w, 'Norway'), photo('new')),
      (w) => editImage(w, b.key, { fileName: 'bb.jpg' }),
      (w) => collectImage(w, b.key, albumKey(w, 'Best')),
    )
    await lab.complete()
    const names = lab.media()
    cpSync(lab.at('../old.sqlite'), lab.at(CATALOGUE))
    await goesOn(lab, names)
  })

  test('of a newer version: refused with 5, untouched', async (t) => {
    const lab = await settled(t)
    const db = new DatabaseSync(lab.at(CATALOGUE))
    db.exec('PRAGMA user_version = 999')
    db.close()
    const before = readFileSync(lab.at(CATALOGUE))
    for (const start of [() => lab.backup(), () => runStatus(lab.work()), () => lab.verify()]) {
      const told = await codeOf(start())
      assert.equal(told.exitCode, 5)
      assert.match(told.message, /newer/)
    }
    assert.deepEqual(readFileSync(lab.at(CATALOGUE)), before)
  })

  test('held open by another program (a backup tool, a person with sqlite3): 6, and nothing is touched', async (t) => {
    const lab = await settled(t)
    lab.change((w) => addImage(w, albumKey(w, 'Norway'), photo('new')))
    const db = new DatabaseSync(lab.at(CATALOGUE))
    db.exec('BEGIN EXCLUSIVE')
    const told = await codeOf(lab.backup())
    assert.equal(told.exitCode, 6, told.message)
    db.exec('ROLLBACK')
    db.close()
    await lab.complete()
    assertMirrorsButTwins(lab)
  })

  test('a folder of that name: 5', async (t) => {
    const lab = await openLab(t, world)
    mkdirSync(lab.at(CATALOGUE), { recursive: true })
    assert.equal((await codeOf(lab.backup())).exitCode, 5)
  })
})

function assertMirrorsButTwins(lab: Lab): void {
  const root = lab.world.root.map((node) =>
    node.type === 'Folder'
      ? { ...node, children: node.children.filter((child) => child.type === 'Album' && child.album.name !== 'Twins') }
      : node,
  )
  const media = new Map([...lab.media()].filter(([path]) => !path.startsWith('Travel/Twins/')))
  assertMirrors({ world: { ...lab.world, root }, media: () => media })
}

describe('a rebuild', { concurrency: 8 }, () => {
  test('keeps the old catalogue beside the new one, and does not touch media', async (t) => {
    const lab = await settled(t)
    const names = lab.media()
    writeFileSync(lab.at(CATALOGUE), 'damaged')
    await runRebuild(lab.work())
    assert.deepEqual(lab.media(), names)
    assert.ok(
      readdirSync(lab.at('.smugmug-backup')).some(
        (name) =>
          name !== 'catalogue.sqlite' && /catalogue/.test(name) && readFileSync(lab.at(`.smugmug-backup/${name}`), 'utf8') === 'damaged',
      ),
    )
  })

  test('interrupted leaves the old catalogue as it was', async (t) => {
    const lab = await settled(t)
    const before = readFileSync(lab.at(CATALOGUE))
    const stop = AbortSignal.abort()
    await runRebuild(lab.work({ signal: stop })).catch(() => undefined)
    assert.deepEqual(readFileSync(lab.at(CATALOGUE)), before)
    assert.equal((await lab.complete()).totals.kept, ITEMS)
  })

  test('of a sound catalogue changes nothing for the next run', async (t) => {
    const lab = await settled(t)
    await runRebuild(lab.work())
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.listings, told.totals.kept], [0, 0, ITEMS])
  })

  test('without any vault: refused, and nothing is made', async (t) => {
    const lab = await openLab(t, world)
    const told = await codeOf(runRebuild(lab.work()))
    assert.ok([0, 5].includes(told.exitCode))
    await lab.complete()
    assertMirrorsButTwins(lab)
  })

  test('a person’s own JSON file called album.json is no record, and stays', async (t) => {
    const lab = await settled(t)
    mkdirSync(lab.at('mine'))
    writeFileSync(lab.at('mine/album.json'), '{"my":"playlist"}')
    appendFileSync(lab.at('mine/album.json'), '\n')
    await runRebuild(lab.work())
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.equal(readFileSync(lab.at('mine/album.json'), 'utf8'), '{"my":"playlist"}\n')
  })

  test('a vanished item stays known as vanished', async (t) => {
    const lab = await settled(t)
    lab.change((w) => removeImage(w, albumKey(w, 'Norway'), b.key))
    await lab.complete()
    rmSync(lab.at(CATALOGUE))
    assert.equal((await lab.complete({ full: true })).totals.vanished, 0)
    assert.ok(existsSync(lab.at('Travel/Norway/b.jpg')))
  })
})
