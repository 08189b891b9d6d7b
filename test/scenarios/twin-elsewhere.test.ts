/** A whole twin in a folder elsewhere: it holds a copy of every photo, and the vault stays as it was. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import sharp from 'sharp'
import { collectImage, editImage, removeImage, renameAlbum } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runPublicTwin, runTwin } from '../../src/app/app.ts'
import { ConfigurationError, DestinationError } from '../../src/errors.ts'
import { MARKS } from '../../src/vault/folder-elsewhere.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'
import { realDisk } from '../support/real-disk.ts'

const [a, b, c] = [photo('a?b #1'), photo('b'), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway & Sweden', [a, b]), albumNode('Italy', [c, video('film')])])],
}

test('a folder that takes no mark is refused in words, ends no backup, and leaves nothing of it behind', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  // The path is as long as the system takes: no file in the folder can be opened.
  let place = placeFor(t)
  while (place.length < 3850) place = join(place, 'd'.repeat(200))
  place = join(place, 'd'.repeat(4080 - place.length))
  mkdirSync(place, { recursive: true })
  const left = () => readdirSync(lab.at('.smugmug-backup')).filter((name) => /^twin-/.test(name))
  for (const make of [runTwin, runPublicTwin])
    await assert.rejects(make({ ...lab.work(), folder: place }), (error) => error instanceof ConfigurationError && error.exitCode === 2)
  const run = await lab.complete({ settings: { publicTwin: place } })
  assert.ok(run.events.some((event) => event.event === 'warning' && /^The public twin is not up to date: /.test(event.message)))
  assert.deepEqual(left(), [])
})

const placeFor = (t: TestContext): string => {
  const place = mkdtempSync(join(QUICK, 'twin-elsewhere-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  return join(place, 'twin')
}

const twin = (lab: Lab, folder: string, remove = false) => runTwin({ ...lab.work(), folder, ...(remove && { remove }) })

async function made(t: TestContext): Promise<{ readonly lab: Lab; readonly place: string }> {
  const lab = await openLab(t, collectImage(world, b.key, albumKey(world, 'Italy')))
  await lab.complete()
  const place = placeFor(t)
  const { exitCode, message } = await twin(lab, place)
  assert.deepEqual([exitCode, message.endsWith(`Open ${join(place, 'index.html')}`)], [0, true], message)
  return { lab, place }
}

const allOf = (folder: string) => filesBelow(folder, () => true)
const photosOf = (folder: string) => filesBelow(folder, (path) => /^Travel\/.*\.(jpg|mp4|mov)$/i.test(path))
/** The vault without the lock and what it remembers of the twin elsewhere. */
const vaultOf = (lab: Lab) => filesBelow(lab.root, (path) => !/^\.smugmug-backup\/(lock|catalogue|twin-whole)/.test(path))

/** Every link and picture of every page leads to a file in the folder. */
function assertNoDeadLink(place: string): void {
  let links = 0
  for (const page of allOf(place).keys()) {
    if (!page.endsWith('index.html')) continue
    for (const [, url = ''] of readFileSync(join(place, page), 'utf8').matchAll(/(?:href|src|poster)="([^"]*)"/g)) {
      const path = decodeURIComponent(url.split(/[?#]/)[0] ?? '')
      if (path === '' || url.startsWith('data:')) continue
      const target = join(place, dirname(page), path)
      assert.ok(!/^[a-z]+:|^\//i.test(url) && target.startsWith(`${place}/`), `${page} leads out of the folder: ${url}`)
      assert.ok(existsSync(target), `${page} leads to nothing: ${url}`)
      links += 1
    }
  }
  assert.ok(links > 20, `${links} links`)
}

describe('A twin elsewhere', () => {
  test('holds every photo of the vault, is whole wherever it is moved, and leaves the vault as it was', async (t) => {
    const lab = await openLab(t, collectImage(world, b.key, albumKey(world, 'Italy')))
    await lab.complete()
    const before = vaultOf(lab)
    const place = placeFor(t)
    assert.equal((await twin(lab, place)).exitCode, 0)
    assert.deepEqual(vaultOf(lab), before)
    assert.ok(!existsSync(lab.at('index.html')) && !existsSync(lab.at('twin.files')))
    assert.deepEqual(photosOf(place), photosOf(lab.root))
    assert.equal(photosOf(place).size, 5, 'a collected photo stands in both albums')
    assert.ok(existsSync(join(place, 'twin.files/data/index.js')))
    const elsewhere = `${place}-moved`
    renameSync(place, elsewhere)
    assertNoDeadLink(elsewhere)
    renameSync(elsewhere, place)
    const [photoPath = ''] = photosOf(place).keys()
    const [here, there] = [statSync(lab.at(photoPath)).mtimeMs, statSync(join(place, photoPath)).mtimeMs]
    assert.ok(Math.abs(here - there) < 2, 'a copy keeps its time')
  })

  test('a second run writes nothing', async (t) => {
    const { lab, place } = await made(t)
    const timesOf = () => [...allOf(place).keys()].map((path) => `${path} ${statSync(join(place, path)).mtimeMs}`)
    const before = timesOf()
    const { exitCode, message } = await twin(lab, place)
    assert.deepEqual([exitCode, /up to date/.test(message)], [0, true], message)
    assert.deepEqual(timesOf(), before)
  })

  test('follows the account: what moved is moved, what is gone goes', async (t) => {
    const { lab, place } = await made(t)
    lab.change(
      (now) => renameAlbum(now, albumKey(now, 'Norway & Sweden'), 'Finland'),
      (now) => removeImage(now, albumKey(now, 'Italy'), c.key),
      (now) => editImage(now, a.key, { caption: 'After' }),
    )
    await lab.complete({ full: true })
    assert.equal((await twin(lab, place)).exitCode, 0)
    const held = [...photosOf(place).keys()]
    assert.deepEqual(
      held.filter((path) => /Norway|\/c\.jpg/.test(path)),
      [],
    )
    assert.equal(held.length, 4)
    assertNoDeadLink(place)
    assert.match(readFileSync(join(place, 'Travel/Finland/index.html'), 'utf8'), /After/)
  })

  test("takes the thumbnails of the vault's own twin as they are", async (t) => {
    const picture = sharp({ create: { width: 900, height: 600, channels: 3, background: '#25a' } })
    const real = photo('real', { bytes: { kind: 'inline', data: await picture.jpeg().toBuffer() } })
    const lab = await openLab(t, { ...world, root: [folder('Travel', [albumNode('Norway', [real])])] })
    await lab.complete()
    assert.equal((await runTwin(lab.work())).exitCode, 0)
    const thumbs = (folder: string) => filesBelow(folder, (path) => /^twin\.files\/thumbs\/.*webp$/.test(path))
    const before = thumbs(lab.root)
    assert.ok(before.size > 0)
    // Nothing can be made of the photos any more.
    for (const path of photosOf(lab.root).keys()) writeFileSync(lab.at(path), 'rot')
    const place = placeFor(t)
    assert.equal((await twin(lab, place)).exitCode, 3)
    assert.deepEqual(thumbs(place), before)
  })

  test('makes anew what somebody removed, and names what somebody changed', async (t) => {
    const { lab, place } = await made(t)
    const [one = '', other = ''] = photosOf(place).keys()
    rmSync(join(place, one))
    writeFileSync(join(place, other), 'mine')
    const { exitCode, problems } = await twin(lab, place)
    assert.deepEqual([exitCode, problems.map(({ name }) => name)], [3, [other]])
    assert.equal(photosOf(place).get(one), photosOf(lab.root).get(one))
    assert.equal(readFileSync(join(place, other), 'utf8'), 'mine')
  })

  test('names a photo of the vault that is damaged, and never shows half of it', async (t) => {
    const { lab, place } = await made(t)
    const [one = ''] = photosOf(place).keys()
    rmSync(join(place, one))
    writeFileSync(lab.at(one), 'rot')
    const { exitCode, problems } = await twin(lab, place)
    assert.deepEqual([exitCode, problems.map(({ name, kind }) => [name, kind])], [3, [[one, 'damaged']]])
    assert.ok(!existsSync(join(place, one)))
  })

  test('goes with its mark and its memory; a file of a person stays, and keeps its folder', async (t) => {
    const { lab, place } = await made(t)
    writeFileSync(join(place, 'Travel/mine.txt'), 'mine')
    const { exitCode, message } = await twin(lab, place, true)
    assert.deepEqual([exitCode, [...allOf(place).keys()]], [0, ['Travel/mine.txt']], message)
    assert.deepEqual(
      readdirSync(lab.at('.smugmug-backup')).filter((name) => /^(twin|shown)/.test(name)),
      [],
    )
    assert.deepEqual(await twin(lab, place, true).then(({ message: text }) => text), `There is no twin in ${place}.`)
    await assert.rejects(twin(lab, place), ConfigurationError)
  })

  test('of a vault without albums is a page', async (t) => {
    const lab = await openLab(t, { ...world, root: [] })
    await lab.complete()
    const place = placeFor(t)
    assert.equal((await twin(lab, place)).exitCode, 0)
    assert.ok(existsSync(join(place, 'index.html')))
  })

  test('is not begun on a disk that is too small for the photos', async (t) => {
    const lab = await openLab(t, {
      ...world,
      root: [albumNode('Large', [photo('large', { bytes: { kind: 'seeded', seed: 'large', size: 9_000_000 } })])],
    })
    await lab.complete()
    const disk = realDisk(t, 'tmpfs')
    if (disk === undefined) return
    await assert.rejects(
      twin(lab, disk),
      (error) => error instanceof DestinationError && /needs 9\.0 MB in .*and 8\.\d MB are free/.test(error.message),
    )
    assert.deepEqual(readdirSync(disk), [MARKS.whole])
  })
})

describe('The folder of a twin elsewhere', () => {
  test('is refused in, around and instead of a vault, also through links and a second mount', async (t) => {
    const { lab, place } = await made(t)
    const before = allOf(dirname(lab.root))
    const link = join(dirname(place), 'link')
    symlinkSync(lab.root, link)
    const mounted = realDisk(t, 'bind', undefined, lab.at('Travel'))
    const within = mounted === undefined ? [] : [mounted, join(mounted, 'new')]
    for (const path of [lab.root, lab.at('new'), lab.at('Travel/new'), dirname(lab.root), link, join(link, 'new'), ...within])
      await assert.rejects(twin(lab, path), ConfigurationError, path)
    assert.deepEqual(
      [...allOf(dirname(lab.root)).keys()].filter((path) => !/lock|catalogue/.test(path)),
      [...before.keys()].filter((path) => !/lock|catalogue/.test(path)),
    )
  })

  test('may be reached by a link', async (t) => {
    const { lab, place } = await made(t)
    const link = join(dirname(place), 'link')
    symlinkSync(place, link)
    const { exitCode, message } = await twin(lab, link)
    assert.deepEqual([exitCode, /up to date/.test(message)], [0, true], message)
  })

  test('is refused with files of others, as that of a public twin, of another vault, and with a link or a pipe in it', async (t) => {
    const { lab, place } = await made(t)
    await assert.rejects(runPublicTwin({ ...lab.work(), folder: place }), ConfigurationError)
    const published = `${place}-public`
    assert.equal((await runPublicTwin({ ...lab.work(), folder: published })).exitCode, 0)
    await assert.rejects(twin(lab, published), ConfigurationError)
    const other = join(dirname(place), 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'mine.txt'), '')
    await assert.rejects(twin(lab, other), ConfigurationError)
    const pipe = join(dirname(place), 'pipe')
    mkdirSync(pipe)
    execFileSync('mkfifo', [join(pipe, MARKS.whole)])
    await assert.rejects(twin(lab, pipe), ConfigurationError)
    const second = await openLab(t, world)
    await second.complete()
    await assert.rejects(twin(second, place), ConfigurationError)
    symlinkSync(lab.root, join(place, 'link'))
    await assert.rejects(twin(lab, place), ConfigurationError)
  })
})
