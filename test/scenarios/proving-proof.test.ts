import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import { removeImage } from '../../simulator/edit.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runProof, runTwin } from '../../src/app/app.ts'
import { AppError } from '../../src/errors.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const clip = video('clip')
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b, clip])]), albumNode('Home', [c])],
}

const put = (root: string, path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), bytes)
}
const putImage = (root: string, path: string, image: WorldImage): void => put(root, path, readBytes(image.bytes))

async function open(t: TestContext): Promise<{ readonly lab: Lab; readonly card: string }> {
  const lab = await openLab(t, world)
  await lab.complete()
  const card = mkdtempSync(join(tmpdir(), 'smugmug-card-'))
  t.after(() => rmSync(card, { recursive: true, force: true }))
  return { lab, card }
}

/** Returns the result of a proof for each file. */
async function proof(lab: Lab, card: string) {
  const work = lab.work()
  const outcome = await runProof({ ...work, folder: card }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    return { exitCode: error.exitCode, message: error.message, totals: undefined, problems: [] }
  })
  const states = Object.fromEntries(work.events.flatMap((event) => (event.event === 'file' ? [[event.path, event.state]] : [])))
  return { ...outcome, states }
}

describe('proof DIR', { concurrency: 8 }, () => {
  test('counts the files of a twin apart, as long as they are as a twin of this vault wrote them', async (t) => {
    const { lab, card } = await open(t)
    const twin = join(card, 'for the family')
    assert.equal((await runTwin({ ...lab.work(), folder: twin })).exitCode, 0)
    for (const folder of [card, twin, join(twin, 'Travel')]) {
      const { exitCode, message, states, totals, problems } = await proof(lab, folder)
      assert.deepEqual([exitCode, problems], [0, []], message)
      const made = Object.values(states).filter((state) => state === 'of a twin').length
      assert.equal(
        made + (totals?.items ?? 0),
        readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length,
      )
      assert.match(message, new RegExp(`are held byte for byte\\. ${made} files? of a twin besides`))
    }
    writeFileSync(join(twin, 'Home/index.html'), 'my own page')
    writeFileSync(join(twin, 'Home/.smugmug-backup-twin'), '')
    cpSync(join(twin, 'index.html'), join(twin, 'copied.html'))
    const changed = await proof(lab, card)
    assert.deepEqual(
      [changed.exitCode, changed.problems.map(({ name }) => name?.replace('for the family/', ''))],
      [3, ['Home/.smugmug-backup-twin', 'Home/index.html', 'copied.html']],
    )
  })

  test('knows from the beginning how many bytes there are to read', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    putImage(card, 'deep/er/clip.mp4', clip)
    const work = lab.work()
    await runProof({ ...work, folder: card })
    const seen = work.events.flatMap((event) => (event.event === 'progress' ? [event] : []))
    const [first, last] = [seen.at(0), seen.at(-1)]
    const total = statSync(join(card, 'a.jpg')).size + statSync(join(card, 'deep/er/clip.mp4')).size
    assert.deepEqual([first?.unit, first?.total, last?.done, last?.total], ['bytes', total, total, total])
    assert.ok((first?.done ?? 0) < total)
  })

  test('says nothing about a vault whose disk is not mounted: nothing would look safe, and the vault would not be missed', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    for (const name of readdirSync(lab.root)) rmSync(lab.at(name), { recursive: true })
    const told = await proof(lab, card)
    assert.equal(told.exitCode, 5)
    assert.match(told.message, /is empty, but on .* it held a vault/)
    assert.deepEqual([told.states, readdirSync(lab.root)], [{}, []])
  })

  test('says of every file, under any name, whether it is held byte for byte', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'DCIM/IMG_0001.JPG', a)
    putImage(card, 'DCIM/MVI_0002.MP4', clip)
    putImage(card, 'DCIM/IMG_0003.JPG', photo('never uploaded'))
    const told = await proof(lab, card)
    assert.equal(told.exitCode, 3)
    assert.deepEqual(told.states, { 'DCIM/IMG_0001.JPG': 'held', 'DCIM/MVI_0002.MP4': 'held', 'DCIM/IMG_0003.JPG': 'not held' })
    assert.doesNotMatch(told.message, /safe to delete/i)
  })

  test('ends with 0 and "safe to delete" when all are', async (t) => {
    const { lab, card } = await open(t)
    for (const image of [a, b, c]) putImage(card, `${image.key}.jpg`, image)
    const told = await proof(lab, card)
    assert.equal(told.exitCode, 0)
    assert.match(told.message, /safe to delete/i)
  })

  test('hashes the files on the disk now: a damaged one is not held, whatever the catalogue says', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    putImage(card, 'b.jpg', b)
    putImage(card, 'c.jpg', c)
    const path = lab.at('Travel/Norway/a.jpg')
    const { atime, mtime } = statSync(path)
    const bytes = readBytes(a.bytes)
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 50), Buffer.from([0xee]), bytes.subarray(51)]))
    utimesSync(path, atime, mtime)
    rmSync(lab.at('Home/c.jpg'))
    const told = await proof(lab, card)
    assert.deepEqual(told.states, { 'a.jpg': 'not held', 'b.jpg': 'held', 'c.jpg': 'not held' })
    assert.equal(told.exitCode, 3)
  })

  test('a file of the same size and another content is not held, nor is an empty one', async (t) => {
    const { lab, card } = await open(t)
    put(card, 'a.jpg', Buffer.alloc(20_000, 1))
    put(card, 'empty.jpg', '')
    const told = await proof(lab, card)
    assert.deepEqual(told.states, { 'a.jpg': 'not held', 'empty.jpg': 'not held' })
  })

  test('a vanished photo is held as long as its file is in its place', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    lab.change((w) => removeImage(w, albumKey(w, 'Norway'), a.key))
    await lab.complete()
    assert.equal((await proof(lab, card)).exitCode, 0)
  })

  test('a photo in the trash, which is emptied some day, is not safe', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    lab.change((w) => removeImage(w, albumKey(w, 'Norway'), a.key))
    await lab.complete({ settings: { onVanished: 'trash' } })
    assert.equal((await proof(lab, card)).exitCode, 3)
  })

  test('changes nothing, neither in the folder nor in the vault', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    const before = [filesBelow(card, () => true), filesBelow(lab.root, () => true)]
    await proof(lab, card)
    assert.deepEqual([filesBelow(card, () => true), filesBelow(lab.root, () => true)], before)
  })

  test('of an empty folder does not say that anything is safe to delete', async (t) => {
    const { lab, card } = await open(t)
    const told = await proof(lab, card)
    assert.doesNotMatch(told.message, /safe to delete/i)
  })

  test('hidden files and folders are not passed over in silence: a photo in one is not "all"', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    putImage(card, '.hidden/unique.jpg', photo('unique'))
    const told = await proof(lab, card)
    assert.ok(told.exitCode === 3 || !/all/i.test(told.message), told.message)
  })

  test('of a folder of the vault itself is refused', async (t) => {
    const { lab, card } = await open(t)
    for (const path of [lab.root, lab.at('Home'), dirname(lab.root)]) {
      const told = await proof(lab, path)
      assert.equal(told.exitCode, 2, `${path}: ${told.message}`)
    }
    symlinkSync(lab.at('Home'), join(card, 'link'))
    const linked = await proof(lab, join(card, 'link'))
    assert.equal(linked.exitCode, 2, linked.message)
  })

  test('of a folder that is not there: exit 2', async (t) => {
    const { lab, card } = await open(t)
    assert.equal((await proof(lab, join(card, 'none'))).exitCode, 2)
  })

  test('names everything that it did not prove, also links and devices', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    const names = [
      'lost+found/#12345',
      '$RECYCLE.BIN/x.jpg',
      '._IMG_0001.jpg',
      '.film.mp4.deadbeef.part',
      '.DS_Store',
      'Thumbs.db',
      '@eaDir/x',
    ]
    for (const name of names) put(card, name, 'unique')
    symlinkSync(join(card, 'a.jpg'), join(card, 'link'))
    execFileSync('mkfifo', [join(card, 'pipe')])
    const told = await proof(lab, card)
    assert.equal(told.exitCode, 3)
    assert.doesNotMatch(told.message, /safe to delete/i)
    assert.deepEqual(told.problems.map(({ name }) => name).toSorted(), [...names, 'link', 'pipe'].toSorted())
  })

  for (const name of ['lost+found/#12345', '._IMG_0001.jpg', '.film.mp4.deadbeef.part', '.DS_Store']) {
    test(`does not say "all" where ${name} is left over, and says it of empty folders`, async (t) => {
      const { lab, card } = await open(t)
      putImage(card, 'a.jpg', a)
      mkdirSync(join(card, 'lost+found'), { recursive: true })
      assert.equal((await proof(lab, card)).exitCode, 0)
      put(card, name, 'unique')
      assert.equal((await proof(lab, card)).exitCode, 3)
    })
  }

  describe("the vault's own files", () => {
    /** The album Home lies elsewhere, and a link leads there. */
    const linked = async (t: TestContext) => {
      const { lab, card } = await open(t)
      cpSync(lab.at('Home'), join(card, 'Home'), { recursive: true })
      rmSync(lab.at('Home'), { recursive: true })
      symlinkSync(join(card, 'Home'), lab.at('Home'))
      await lab.complete()
      return { lab, card }
    }

    test('are not proven by themselves in a folder that belongs to the vault through a link, nor above it', async (t) => {
      const { lab, card } = await linked(t)
      for (const folder of [join(card, 'Home'), card]) {
        const told = await proof(lab, folder)
        assert.equal(told.exitCode, 3, told.message)
        assert.deepEqual(
          Object.values(told.states).filter((state) => state === 'held'),
          [],
        )
        assert.match(told.problems.map(({ detail }) => detail).join(), /the vault's own file Home\/c\.jpg/)
      }
    })

    test('are not proven by themselves through a link in the folder', async (t) => {
      const { lab, card } = await open(t)
      symlinkSync(lab.at('Home'), join(card, 'link'))
      const told = await proof(lab, card)
      assert.equal(told.exitCode, 3, told.message)
      assert.deepEqual(
        Object.values(told.states).filter((state) => state === 'held'),
        [],
      )
    })

    test('are safe to delete under a further name: a hard link elsewhere', async (t) => {
      const { lab } = await open(t)
      const card = mkdtempSync(join(QUICK, 'smugmug-card-'))
      t.after(() => rmSync(card, { recursive: true, force: true }))
      linkSync(lab.at('Home/c.jpg'), join(card, 'c.jpg'))
      const told = await proof(lab, card)
      assert.deepEqual([told.exitCode, told.states], [0, { 'c.jpg': 'held' }])
    })
  })

  test('a file in place of a folder: exit 2', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'a.jpg', a)
    assert.equal((await proof(lab, join(card, 'a.jpg'))).exitCode, 2)
  })

  test('a file of the vault that cannot be read proves nothing, and is no bug', async (t) => {
    const { lab, card } = await open(t)
    putImage(card, 'c.jpg', c)
    rmSync(lab.at('Home/c.jpg'))
    symlinkSync(join(card, 'c.jpg'), lab.at('Home/c.jpg'))
    assert.equal((await proof(lab, card)).exitCode, 3)
  })
})
