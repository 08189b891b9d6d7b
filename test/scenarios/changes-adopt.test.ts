import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { md5Of, readBytes } from '../../simulator/bytes.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runAdopt, runBackup } from '../../src/app/app.ts'
import type { Event } from '../../src/events.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { filesBelow, inodeOf, type Lab, openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const clip = video('clip')
const twin1 = photo('twin1', { fileName: 'DSC_1.jpg', uploaded: '2020-01-01T00:00:00+00:00' })
const twin2 = photo('twin2', { fileName: 'DSC_1.jpg', uploaded: '2020-01-02T00:00:00+00:00' })
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, clip]), albumNode('Twins', [twin1, twin2])]),
    albumNode('Home', [c]),
    albumNode('Best', [collected(a)]),
  ],
}
const ITEMS = 7

const put = (root: string, path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), bytes)
}
const putImage = (root: string, path: string, image: WorldImage): void => put(root, path, readBytes(image.bytes))

/** Writes the account as the Go program does: one file for namesakes (the last one), a video under its own extension, collected photos twice. */
function goFolder(root: string): void {
  putImage(root, 'Travel/Norway/a.jpg', a)
  putImage(root, 'Travel/Norway/b.jpg', b)
  putImage(root, 'Travel/Norway/clip.MOV', clip)
  putImage(root, 'Travel/Twins/DSC_1.jpg', twin2)
  putImage(root, 'Home/c.jpg', c)
  putImage(root, 'Best/a.jpg', a)
  put(root, 'metadata.csv', 'Filename,Type,ArchivedUri,Caption,Keywords,Latitude,Longitude\n')
}

/** Every item's bytes stand in the folder of its album; the names of namesakes are left open. */
function assertHeld(lab: Pick<Lab, 'media'>): void {
  const media = lab.media()
  for (const [path, image] of [
    ['Travel/Norway/a.jpg', a],
    ['Travel/Norway/b.jpg', b],
    ['Travel/Norway/clip.mp4', clip],
    ['Home/c.jpg', c],
    ['Best/a.jpg', a],
  ] as const) {
    assert.equal(media.get(path), md5Of(image.bytes), path)
  }
  const twins = [...media].filter(([path]) => path.startsWith('Travel/Twins/')).map(([, md5]) => md5)
  for (const image of [twin1, twin2]) assert.ok(twins.includes(md5Of(image.bytes)), 'both namesakes are held')
}

const outside = (t: TestContext): string => {
  const place = mkdtempSync(join(QUICK, 'smugmug-outside-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  return place
}

const adoptFrom = (lab: Lab, place: string) => runAdopt({ ...lab.work(), folder: place })

describe('the first run over a folder of the Go program', { concurrency: 8 }, () => {
  test('downloads nothing but the namesake that was overwritten', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    assert.deepEqual([told.totals.items, told.totals.stored], [ITEMS, 1])
    assert.equal(told.totals.adopted + told.totals.copied, ITEMS - 1)
    assertHeld(lab)
    assert.equal(lab.media().size, ITEMS)
    assert.equal(existsSync(lab.at('Travel/Norway/clip.MOV')), false)
    const again = await lab.complete({ full: true })
    assert.deepEqual([again.downloads, again.totals.kept], [0, ITEMS])
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('a dry run of it shows the same counts, and changes nothing', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    const before = lab.media()
    const dry = await lab.complete({ dryRun: true })
    assert.deepEqual(lab.media(), before)
    assert.equal(existsSync(lab.at('.smugmug-backup')), false)
    const told = await lab.complete()
    const counts = ({ totals }: typeof told) => [totals.stored, totals.adopted, totals.copied, totals.kept]
    assert.deepEqual(counts(dry), counts(told))
  })

  test('wrong and cut files are fetched, and kept in history', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    const wrong = Buffer.from(readBytes(a.bytes))
    wrong[100] = (wrong[100] ?? 0) ^ 1
    const cut = readBytes(b.bytes).subarray(0, 7000)
    put(lab.root, 'Travel/Norway/a.jpg', wrong)
    rmSync(lab.at('Best/a.jpg'))
    put(lab.root, 'Travel/Norway/b.jpg', cut)
    const told = await lab.complete()
    assert.equal(told.downloads, 3)
    assertHeld(lab)
    const history = [...lab.ours('history').values()]
    for (const bytes of [wrong, cut]) assert.ok(history.includes(md5Of({ kind: 'inline', data: bytes })), 'what stood there is in history')
  })

  test('the photographer’s own files are left alone', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    put(lab.root, 'Travel/Norway/notes.txt', 'mine')
    put(lab.root, 'Travel/Norway/raw/a.dng', readBytes(photo('raw').bytes))
    put(lab.root, 'Private/diary.txt', 'dear diary')
    // As large as a photo of the account, by accident.
    put(lab.root, 'Private/same-size.bin', Buffer.alloc(20_000, 7))
    await lab.complete()
    await lab.complete({ full: true })
    assert.equal(readFileSync(lab.at('Travel/Norway/notes.txt'), 'utf8'), 'mine')
    assert.ok(existsSync(lab.at('Travel/Norway/raw/a.dng')))
    assert.equal(readFileSync(lab.at('Private/diary.txt'), 'utf8'), 'dear diary')
    assert.deepEqual(readFileSync(lab.at('Private/same-size.bin')), Buffer.alloc(20_000, 7))
    assertHeld(lab)
  })

  test('under any name or ending, anywhere in the vault', async (t) => {
    const lab = await openLab(t, world)
    putImage(lab.root, 'Travel/Norway/renamed by me.jpeg', a)
    putImage(lab.root, 'old backup/2019/IMG.bin', b)
    putImage(lab.root, 'movies/clip without ending', clip)
    putImage(lab.root, 'somewhere/one.jpg', twin1)
    putImage(lab.root, 'somewhere/two.jpg', twin2)
    putImage(lab.root, 'c.jpg', c)
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertHeld(lab)
  })

  test('with another template in the Go program: names are brought in line without a download', async (t) => {
    const lab = await openLab(t, world, { settings: { fileNames: '{{.ImageKey}}{{.Extension}}' } })
    goFolder(lab.root)
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    assert.ok(lab.media().has(`Travel/Norway/${a.key}.jpg`))
    assert.ok(lab.media().has(`Travel/Norway/${clip.key}.mp4`))
  })

  test('interrupted while hashing, it goes on, and downloads nothing more', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    const stop = new AbortController()
    const each = lab.work({ signal: stop.signal })
    const report = await runBackup({
      ...each,
      emit: (event) => {
        each.emit(event)
        if (event.event === 'item') stop.abort()
      },
    })
    assert.equal(report.exitCode, 130)
    const told = await lab.complete()
    assert.ok(told.downloads <= 1)
    assertHeld(lab)
  })

  test('a folder where every file is also hard-linked elsewhere keeps those names and bytes', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    const place = outside(t)
    linkSync(lab.at('Travel/Norway/a.jpg'), join(place, 'a.jpg'))
    linkSync(lab.at('Travel/Norway/b.jpg'), join(place, 'b.jpg'))
    await lab.complete()
    assert.equal(md5Of({ kind: 'inline', data: readFileSync(join(place, 'a.jpg')) }), md5Of(a.bytes))
    assert.equal(inodeOf(lab.at('Travel/Norway/b.jpg')), inodeOf(join(place, 'b.jpg')))
  })

  test('adopted files keep the time they have', async (t) => {
    const lab = await openLab(t, world)
    goFolder(lab.root)
    const time = new Date('2015-03-04T05:06:07Z')
    utimesSync(lab.at('Travel/Norway/b.jpg'), time, time)
    await lab.complete()
    const { statSync } = await import('node:fs')
    assert.equal(statSync(lab.at('Travel/Norway/b.jpg')).mtimeMs, time.getTime())
  })
})

describe('adopt DIR', { concurrency: 8 }, () => {
  test('copies files with the right MD5 from anywhere in the folder, and changes nothing there', async (t) => {
    const lab = await openLab(t, world)
    const place = outside(t)
    putImage(place, 'takeout/x/IMG_1.JPG', a)
    putImage(place, 'takeout/deep/er/video.mp4', clip)
    put(place, 'takeout/wrong.jpg', Buffer.alloc(20_000, 3))
    put(place, 'takeout/readme.txt', 'hello')
    lab.sim.resetCounters()
    const told = await adoptFrom(lab, place)
    assert.equal(lab.sim.counters.cdn, 0)
    assert.ok(told.totals.adopted + told.totals.copied >= 2, JSON.stringify(told.totals))
    const media = lab.media()
    assert.equal(media.get('Travel/Norway/a.jpg'), md5Of(a.bytes))
    assert.equal(media.get('Travel/Norway/clip.mp4'), md5Of(clip.bytes))
    assert.equal(media.get('Best/a.jpg'), md5Of(a.bytes))
    assert.equal(media.size, 3)
    for (const path of ['takeout/x/IMG_1.JPG', 'takeout/deep/er/video.mp4', 'takeout/wrong.jpg', 'takeout/readme.txt'])
      assert.ok(existsSync(join(place, path)))
    const after = await lab.complete()
    assert.equal(after.downloads, 4)
    assertHeld(lab)
  })

  test('of the whole account leaves nothing for the next backup to fetch', async (t) => {
    const lab = await openLab(t, world)
    const place = outside(t)
    for (const image of [a, b, c, clip, twin1, twin2]) putImage(place, image.key, image)
    await adoptFrom(lab, place)
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertHeld(lab)
    rmSync(place, { recursive: true })
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('of an empty folder changes nothing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = lab.media()
    await adoptFrom(lab, outside(t))
    assert.deepEqual(lab.media(), before)
    assert.equal((await lab.complete()).totals.kept, ITEMS)
  })

  test('says how many items are still to be fetched', async (t) => {
    const lab = await openLab(t, world)
    const place = outside(t)
    assert.match((await adoptFrom(lab, place)).message, /^0 of 7 items adopted; 7 are still to be fetched/)
    putImage(place, 'c', c)
    assert.match((await adoptFrom(lab, place)).message, /^1 of 7 items adopted; 6 are still to be fetched/)
  })

  test('names what it could not read, and adopts the rest', async (t) => {
    if (process.platform === 'win32') return t.skip('no such entries here')
    const lab = await openLab(t, world)
    const place = outside(t)
    putImage(place, 'c', c)
    symlinkSync('/nowhere/at/all', join(place, 'album'))
    execFileSync('mkfifo', [join(place, 'pipe.jpg')])
    const said = await adoptFrom(lab, place)
    assert.equal(said.totals.adopted, 1)
    assert.deepEqual(
      said.problems.filter(({ kind }) => kind === 'notice').map(({ name, reason }) => `${name}: ${reason}`),
      ['album', 'pipe.jpg'].map((name) => `${name}: nothing of it is adopted: it is a link or a device, not a file`),
    )
    await assert.rejects(adoptFrom(lab, join(place, 'pipe.jpg')), /pipe\.jpg cannot be read: not a directory \(ENOTDIR\)\.$/)
  })

  test('takes the right file from any folder, also under a name that systems use', async (t) => {
    const lab = await openLab(t, { ...world, root: [albumNode('Home', [c])] })
    const place = outside(t)
    putImage(place, 'lost+found/._c.jpg', c)
    const told = await adoptFrom(lab, place)
    assert.deepEqual([told.exitCode, told.totals.adopted], [0, 1])
  })

  test('of a folder that is a vault itself takes its photos, not its records', async (t) => {
    const old = await openLab(t, world)
    await old.complete()
    const lab = await openLab(t, world)
    await adoptFrom(lab, old.root)
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertHeld(lab)
  })

  test('brings back files that are missing in a vault', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const place = outside(t)
    copyFileSync(lab.at('Home/c.jpg'), join(place, 'anything.dat'))
    rmSync(lab.at('Home/c.jpg'))
    await adoptFrom(lab, place)
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assertHeld(lab)
  })
})

describe('hashing', { concurrency: 4 }, () => {
  const large = photo('large', { bytes: { kind: 'seeded', seed: 'large', size: 6_000_000, starts: 'jpg' } })
  const account: World = { ...world, root: [albumNode('Large', [large])] }
  const told = (events: readonly Event[]): boolean =>
    events.some((event) => (event.event === 'progress' && event.unit === 'bytes' && event.done > 0) || event.event === 'transfer.progress')

  test('of files in the vault shows progress', async (t) => {
    const lab = await openLab(t, account)
    putImage(lab.root, 'somewhere/large.bin', large)
    const { events, downloads } = await lab.complete()
    assert.equal(downloads, 0)
    assert.ok(told(events))
  })

  test('of a folder elsewhere shows progress', async (t) => {
    const lab = await openLab(t, account)
    const place = outside(t)
    putImage(place, 'large.bin', large)
    const work = lab.work()
    await runAdopt({ ...work, folder: place })
    assert.ok(told(work.events))
  })

  test('is remembered: an interrupted adoption does not hash the same file again', async (t) => {
    const lab = await openLab(t, world)
    // As large as photos of the account, and none of them: it must be hashed once, not once for each.
    put(lab.root, 'mine/not of the account.bin', Buffer.alloc(20_000, 9))
    const reads: string[] = []
    const counting = (base: Storage): Storage => {
      const { storage } = faultyStorage(base)
      return {
        ...storage,
        read: (path, options) => {
          if (path.startsWith('mine/')) reads.push(path)
          return storage.read(path, options)
        },
      }
    }
    lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'status', status: 404 } }] })
    await lab.backupWith({ storage: counting, settings: { maxRetries: 0 } })
    lab.sim.setBehaviour({})
    await lab.backupWith({ storage: counting })
    assert.equal(reads.length, 1)
    assertHeld(lab)
  })
})

test('a vault copied elsewhere goes on there without a download', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  const { cpSync } = await import('node:fs')
  const place = outside(t)
  cpSync(lab.root, place, { recursive: true, preserveTimestamps: true })
  const told = await lab.complete({ settings: { destination: place } })
  assert.deepEqual([told.downloads, told.totals.kept], [0, ITEMS])
  assertHeld({ ...lab, media: () => filesBelow(place, (path) => /\.(jpg|mp4)$/.test(path)) })
})
