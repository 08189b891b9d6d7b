/** A checkout that does not go smoothly: broken off, refused by its disk, or of a past that was tampered with. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { changeAlbum, editImage, removeAlbum, removeImage } from '../simulator/edit.ts'
import type { WorldImage } from '../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { runRebuild } from '../src/app/app.ts'
import { runCheckout, runDiff } from '../src/app/past.ts'
import type { Event } from '../src/events.ts'
import { packedLines } from '../src/vault/versions/version-text.ts'
import { albumKey, filesBelow, type Lab, openLab } from './support/lab.ts'
import { checkoutOf } from './support/past.ts'
import { realDisk } from './support/real-disk.ts'

const PHOTOS = Array.from({ length: 12 }, (_, n) => photo(`p${n}`))
const world = (photos: readonly WorldImage[] = PHOTOS) => ({
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('A', photos.slice(0, 6)), albumNode('B', photos.slice(6))])],
})

async function backedUp(t: TestContext, photos?: readonly WorldImage[]): Promise<Lab> {
  const lab = await openLab(t, world(photos))
  await lab.complete()
  return lab
}

type Request = Partial<Parameters<typeof runCheckout>[0]>
const checkoutInto = (lab: Lab, folderPath: string, more: Request = {}) =>
  runCheckout({ ...lab.work(), when: '1', folder: folderPath, ...more })

/** Checks out until some files are there, and stops it. */
async function brokenOff(lab: Lab, folderPath: string, files: number) {
  const stop = new AbortController()
  let seen = 0
  const emit = ({ event }: Event): void => {
    if (event !== 'progress') return
    seen += 1
    if (seen === files) stop.abort()
  }
  return await checkoutInto(lab, folderPath, { signal: stop.signal, emit })
}

const media = (root: string) => filesBelow(root, (path) => path.endsWith('.jpg'))
const HIDDEN = '.smugmug-checkout'

describe('a checkout that is broken off', () => {
  test('leaves whole files, and the same command goes on', async (t) => {
    const lab = await backedUp(t)
    const out = lab.at('../out')
    const stopped = await brokenOff(lab, out, 5)
    assert.deepEqual([stopped.exitCode, stopped.totals.stored], [130, 5])
    assert.match(stopped.message, /^Interrupted: 5 of 12 files, as they were after run 1/)
    assert.deepEqual([media(out).size, existsSync(join(out, HIDDEN))], [5, true])
    const { exitCode, totals } = await checkoutInto(lab, out)
    assert.deepEqual([exitCode, totals.items, totals.kept, totals.stored], [0, 12, 5, 7])
    assert.deepEqual(media(out), lab.media())
    assert.ok(!existsSync(join(out, HIDDEN)))
    await assert.rejects(checkoutInto(lab, out), /is not empty/)
  })

  test('leaves nothing if it had not begun', async (t) => {
    const lab = await backedUp(t)
    const out = lab.at('../new/deep/out')
    const stop = new AbortController()
    const emit = ({ event }: Event): void => (event === 'phase' ? stop.abort() : undefined)
    const { exitCode, message } = await checkoutInto(lab, out, { signal: stop.signal, emit })
    assert.deepEqual([exitCode, message], [130, 'Interrupted before anything was done.'])
    assert.ok(!existsSync(lab.at('../new')))
  })

  test('goes on with nothing else: not another part, another run, or a folder of somebody', async (t) => {
    const lab = await backedUp(t)
    await lab.complete({ full: true })
    const out = lab.at('../out')
    await brokenOff(lab, out, 2)
    for (const other of [
      { when: '2' },
      { item: 'Travel/A/p1.jpg' },
      { settings: lab.work({ settings: { album: ['Travel/A'] } }).settings },
    ])
      await assert.rejects(checkoutInto(lab, out, other), { exitCode: 2, message: /another checkout was broken off: one of run 1/ })
    const mine = lab.at('../mine')
    mkdirSync(join(mine, HIDDEN), { recursive: true })
    writeFileSync(join(mine, HIDDEN, 'diary'), 'x')
    await assert.rejects(checkoutInto(lab, mine), /is not empty/)
    assert.ok(existsSync(join(mine, HIDDEN, 'diary')))
  })

  test('leaves alone what somebody did there, and follows no link', async (t) => {
    const lab = await backedUp(t)
    const out = lab.at('../out')
    await brokenOff(lab, out, 5)
    const [size, theirs] = [statSync(join(out, 'Travel/A/p0.jpg')).size, lab.at('../theirs')]
    writeFileSync(join(out, 'Travel/A/p0.jpg'), Buffer.alloc(size))
    writeFileSync(join(out, 'Travel/A/p1.jpg'), '')
    mkdirSync(theirs)
    symlinkSync(theirs, join(out, 'Travel/B'))
    const { exitCode, problems, totals } = await checkoutInto(lab, out)
    assert.deepEqual([exitCode, totals.failed, totals.stored + totals.kept], [3, 7, 5])
    assert.deepEqual(
      problems.filter(({ album }) => album === '/Travel/A').map(({ name, reason }) => [name, reason]),
      [['p0.jpg', 'another file stands there; it was left alone']],
    )
    assert.match(problems.map(({ reason }) => reason).join(), /a link stands where a folder belongs/)
    assert.deepEqual(readFileSync(join(out, 'Travel/A/p0.jpg')), Buffer.alloc(size))
    assert.deepEqual(readFileSync(join(out, 'Travel/A/p1.jpg')), readFileSync(lab.at('Travel/A/p1.jpg')), 'an empty file is no file')
    assert.deepEqual(readdirSync(theirs), [])
  })
})

describe('the disk of a checkout', () => {
  test('that is filled up by somebody else: exit code 5, and it goes on', async (t) => {
    const lab = await backedUp(t)
    const disk = realDisk(t, 'tmpfs')
    if (disk === undefined) return
    const [out, filler] = [join(disk, 'out'), join(disk, 'filler')]
    let isFilled = false
    const emit = ({ event }: Event): void => {
      if (event !== 'progress' || isFilled) return
      isFilled = true
      try {
        for (let size = 1024 * 1024; size >= 1024; size /= 2) {
          for (let n = 0; n < 100; n += 1) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
        }
      } catch {
        // The disk is full, at last.
      }
    }
    await assert.rejects(checkoutInto(lab, out, { emit }), { exitCode: 5, message: /^There is no room left in / })
    rmSync(filler)
    assert.equal((await checkoutInto(lab, out)).exitCode, 0)
    assert.deepEqual(media(out), lab.media())
  })

  test('that takes shorter names only: each is named with the reason, and the rest is there', async (t) => {
    const long = `${'n'.repeat(200)}.jpg`
    const lab = await backedUp(t, [photo('long', { fileName: long }), ...PHOTOS])
    const disk = realDisk(t, 'encfs')
    if (disk === undefined) return
    const { exitCode, problems, message } = await checkoutInto(lab, join(disk, 'out'))
    assert.deepEqual([exitCode, problems.map(({ kind, name }) => [kind, name])], [3, [['failed', long]]])
    assert.match(problems[0]?.reason ?? '', /^the disk does not take it: .*ENAMETOOLONG/)
    assert.match(message, /12 files of 2 albums, .*; could not be written: 1\.$/)
    assert.equal(media(join(disk, 'out')).size, 12)
  })
})

test('one photo is found by its path, the address of its page, or its key', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const { items } = JSON.parse(readFileSync(lab.at('Home/Kitchen/album.json'), 'utf8'))
  const { imageKey, name, webUri } = items[0]
  for (const item of [`Home/Kitchen/${name}`, `home/kitchen/${String(name).toUpperCase()}`, webUri, `${webUri}/A?x=1`, imageKey]) {
    const { exitCode, totals, files } = await checkoutOf(lab, 1, { item })
    assert.deepEqual(
      [item, exitCode, totals.items, [...files.keys()].toSorted()],
      [item, 0, 1, ['Home/Kitchen/album.json', `Home/Kitchen/${name}`]],
    )
  }
})

test('one photo or one album is found without reading the records of the others', async (t) => {
  const lab = await backedUp(t)
  writeFileSync(lab.at('Travel/B/album.json'), 'damaged')
  assert.equal((await checkoutOf(lab, 1)).exitCode, 3)
  const { settings } = lab.work({ settings: { album: ['Travel/A'] } })
  for (const part of [{ item: 'Travel/A/p1.jpg' }, { item: PHOTOS[1]?.key ?? '' }, { settings }])
    assert.deepEqual([(await checkoutOf(lab, 1, part)).exitCode, Object.keys(part)], [0, Object.keys(part)])
})

test('an album whose record is gone from the vault is named, and so is the tree', async (t) => {
  const lab = await backedUp(t)
  rmSync(lab.at('Travel/B/album.json'))
  rmSync(lab.at('tree.json'))
  const { exitCode, problems } = await checkoutOf(lab, 1)
  assert.deepEqual(
    [exitCode, problems.map(({ kind, album, name }) => [kind, album ?? name])],
    [
      3,
      [
        ['notice', 'tree.json'],
        ['album', '/Travel/B'],
      ],
    ],
  )
  // A photo of it is not denied either.
  assert.equal((await checkoutOf(lab, 1, { item: 'Travel/B/p7.jpg' })).exitCode, 3)
})

for (const [what, isGone] of [
  ['is still in the account', false],
  ['is gone from the account', true],
] as const)
  test(`an album whose record was gone when the catalogue was made anew is named for the days before, if it ${what}`, async (t) => {
    const lab = await backedUp(t)
    rmSync(lab.at('Travel/B/album.json'))
    const before = { item: 'Travel/B/p7.jpg' }
    const key = albumKey(lab.world, 'B')
    await runRebuild(lab.work())
    assert.deepEqual([(await checkoutOf(lab, 1)).exitCode, (await checkoutOf(lab, 1, before)).exitCode], [3, 3])
    // A second one knows it from the state.
    await runRebuild(lab.work())
    if (isGone) lab.change((now) => removeAlbum(now, key))
    const { exitCode: ended } = await lab.backup({ acceptChanges: true })
    assert.equal(ended, 0)
    const { exitCode, problems, totals } = await checkoutOf(lab, 1)
    assert.deepEqual([exitCode, problems.map(({ kind }) => kind), totals.items], [3, ['album'], 6])
    const changes = await runDiff({ ...lab.work(), since: '1' })
    assert.deepEqual([changes.exitCode, changes.problems.length], [3, 1])
    // The days from then on are known.
    const [{ run } = assert.fail()] = [...lab.ours('versions').keys()]
      .flatMap((path) => ({ run: /(\d+)\.jsonl\.gz$/.exec(path)?.[1] }))
      .slice(-1)
    assert.equal((await checkoutOf(lab, run ?? '')).exitCode, 0)
  })

test('a past that somebody has tampered with costs only what it is about', async (t) => {
  const lab = await backedUp(t)
  lab.change((now) => editImage(now, PHOTOS[0]?.key ?? '', { caption: 'new' }))
  lab.change((now) => removeImage(now, albumKey(now, 'B'), PHOTOS[7]?.key ?? ''))
  await lab.complete({ full: true })
  const [path = ''] = [...lab.ours('versions').keys()].filter((each) => each.endsWith('/2.jsonl.gz'))
  const file = lab.at(`.smugmug-backup/versions/${path}`)
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n')
  const [key, image] = [albumKey(lab.world, 'A'), PHOTOS[0]?.key ?? '']
  const puts: readonly (readonly [object, number])[] = [
    [{ album: key, op: 'was', row: image, set: { files: 'none' } }, 11],
    [{ album: key, op: 'was', row: image, set: { name: '../../evil' } }, 11],
    [{ album: key, op: 'gone', row: 'x', after: null, was: {} }, 12],
    [{ album: key, op: 'record', head: {} }, 6],
    [{ album: key, op: 'head', set: { folder: '../../evil' } }, 6],
    [{ album: key, op: 'head', unset: ['urlPath', 'folder', 'name'] }, 6],
    [{ album: 'Unheard', op: 'record', head: { key: 'Unheard' } }, 12],
  ]
  for (const [put, count] of puts) {
    writeFileSync(file, packedLines([...lines, JSON.stringify(put)]))
    const { exitCode, files } = await checkoutOf(lab, 1)
    const what = JSON.stringify(put)
    assert.ok(exitCode === 3 || what.includes('evil'), `${what}: ${exitCode}`)
    assert.equal([...files.keys()].filter((each) => each.endsWith('.jpg')).length, count, what)
  }
})

test('records with passwords are for the owner alone', async (t) => {
  const lab = await openLab(t, world(), { settings: { keepSecrets: true } })
  lab.change((now) => changeAlbum(now, albumKey(now, 'A'), (album) => ({ ...album, password: 'a secret' })))
  await lab.complete()
  const { out, exitCode } = await checkoutOf(lab, 1)
  assert.equal(exitCode, 0)
  assert.match(readFileSync(join(out, 'Travel/A/album.json'), 'utf8'), /a secret/)
  assert.equal(statSync(join(out, 'Travel/A/album.json')).mode & 0o77, 0)
})
