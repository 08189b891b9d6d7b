/** The small pictures of the twin: thumbnails by sharp, previews without it, posters of videos, and what is left of them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import sharp from 'sharp'
import { editImage, moveImage, removeImage, replaceImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { openAccountOf, openVaultAt } from '../../src/app/app.ts'
import type { Event } from '../../src/events.ts'
import { systemClock } from '../../src/flow/clock.ts'
import type { TwinJob } from '../../src/operations/twin/run.ts'
import { stillsOf } from '../../src/operations/twin/stills.ts'
import { makeTwin } from '../../src/operations/twin/twin.ts'
import { Shown } from '../../src/vault/shown.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { exifMaker } from '../../src/vault/thumbnails/exif.ts'
import type { Made, PictureMaker } from '../../src/vault/thumbnails/maker.ts'
import { sharpMaker } from '../../src/vault/thumbnails/sharp.ts'
import { WrittenFiles } from '../../src/vault/written-files.ts'
import { photoWithPreview } from '../support/camera-file.ts'
import { albumKey, filesBelow, type Lab, md5OfFile, openLab } from '../support/lab.ts'

const jpeg = (background: string, width = 320): Promise<Buffer> =>
  sharp({ create: { width, height: 240, channels: 3, background } })
    .jpeg()
    .toBuffer()

const inline = (data: Uint8Array): Bytes => ({ kind: 'inline', data: Buffer.from(data) })
const [red, green, blue, grey] = await Promise.all(['#a00', '#0a0', '#00a', '#888'].map(async (colour) => inline(await jpeg(colour))))
const camera = inline(photoWithPreview(await jpeg('#aa0', 160), { orientation: 6 }))
const still = inline(await jpeg('#0aa', 1280))

const thumbnail = {
  kind: 'thumbnail',
  bytes: await sharp(await jpeg('#111'))
    .webp()
    .toBuffer(),
  width: 320,
  height: 240,
} as const

const keyOf = (name: string): string => photo(name).key

const theWorld = (): World => ({
  nickName: 'simon',
  name: 'Simon Ulator',
  keys: KEYS,
  root: [
    albumNode('Colours', [
      photo('red', { bytes: red as Bytes, capturedLocal: '2021-01-01T10:00:00' }),
      photo('green', { bytes: green as Bytes, capturedLocal: '2023-01-01T10:00:00' }),
      photo('camera', { bytes: camera, capturedLocal: '2022-01-01T10:00:00' }),
    ]),
    albumNode('More', [photo('blue', { bytes: blue as Bytes, capturedLocal: '2020-01-01T10:00:00' }), video('film', { still })]),
  ],
})

const bySharp = (): Promise<PictureMaker | undefined> => sharpMaker(async () => sharp)

/** Makes the twin of a lab's vault. */
async function twin(lab: Lab, more: Partial<TwinJob> = {}) {
  const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'twin' })
  const shown = Shown.open(lab.at('.smugmug-backup/shown.sqlite'))
  const files = WrittenFiles.open(vault.storage, lab.at('.smugmug-backup/twin.sqlite'))
  const events: Event[] = []
  const job: TwinJob = {
    ...{ vault, shown, files, target: vault.storage, assets: [], placeOf: () => undefined, clock: systemClock },
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    startPictures: bySharp,
    ...more,
  }
  try {
    return { ...(await makeTwin(job)), warnings: events.flatMap((event) => (event.event === 'warning' ? [event.message] : [])), events }
  } finally {
    files.close()
    shown.close()
    await vault.close()
  }
}

/** A storage that cannot say where its files are. */
const elsewhere = (storage: Storage): Storage =>
  new Proxy(storage, {
    get: (target, key) => {
      const value = key === 'pathOf' ? undefined : Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

/** A maker that notes the files that it is asked about. */
async function seen(start: () => Promise<PictureMaker | undefined>, files: Set<string>): Promise<PictureMaker> {
  const maker = await start()
  assert.ok(maker !== undefined)
  const make: PictureMaker['make'] = (photo) => {
    if (typeof photo === 'string') files.add(photo)
    return maker.make(photo)
  }
  return { way: maker.way, make, close: () => maker.close() }
}

async function held(t: TestContext): Promise<Lab> {
  const lab = await openLab(t, theWorld())
  await lab.complete()
  return lab
}

/** Returns the small pictures: folder and name. */
const pictures = (lab: Lab): readonly string[] =>
  existsSync(lab.at('twin.files'))
    ? [...filesBelow(lab.at('twin.files'), (path) => /^(?:thumbs|previews|posters)\//.test(path)).keys()]
    : []

const kinds = (lab: Lab): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const path of pictures(lab)) counts[path.split('/')[0] as string] = (counts[path.split('/')[0] as string] ?? 0) + 1
  return counts
}

const pathOf = (lab: Lab, photo: string): string => {
  const md5 = md5OfFile(lab.at(photo))
  return `thumbs/${md5.slice(0, 2)}/${md5}.webp`
}

/** Asserts that every page and data file names only pictures that stand. */
function assertWhole(lab: Lab): void {
  const there = new Set(pictures(lab))
  for (const path of filesBelow(lab.root, (name) => name.endsWith('.html')).keys())
    for (const [found] of readFileSync(lab.at(path), 'utf8').matchAll(
      /(?:thumbs|previews|posters)\/[0-9a-f]{2}\/[0-9a-f]{32}\.(?:webp|jpg)/g,
    ))
      assert.ok(there.has(found), `${path} shows ${found}`)
}

describe('The pictures of a twin', () => {
  test('are made once: a second run starts nothing', async (t) => {
    const lab = await held(t)
    assert.equal((await twin(lab)).exitCode, 0)
    assert.deepEqual(kinds(lab), { thumbs: 3 }, 'the head of the camera file is no whole photo')
    const second = await twin(lab, { startPictures: () => assert.fail('nothing is to be made') })
    assert.match(second.message, /up to date/)
    assertWhole(lab)
  })

  test('are the same in a storage whose files do not lie on this computer, and no copy of a photo is left', async (t) => {
    const [here, there] = [await held(t), await held(t)]
    assert.equal((await twin(here)).exitCode, 0)
    const temporary = new Set<string>()
    const seeing: PictureMaker = await seen(bySharp, temporary)
    const opened = await openVaultAt(there.root, { mode: 'read', operation: 'twin' })
    const away = { catalogue: opened.catalogue, storage: elsewhere(opened.storage) }
    assert.equal((await twin(there, { vault: away, startPictures: async () => seeing })).exitCode, 0)
    await opened.close()
    assert.deepEqual(pictures(there), pictures(here))
    for (const path of pictures(here))
      assert.deepEqual(readFileSync(there.at(`twin.files/${path}`)), readFileSync(here.at(`twin.files/${path}`)))
    assert.equal(temporary.size, 4)
    for (const file of temporary) assert.ok(!file.startsWith(there.root) && !existsSync(dirname(file)), file)
  })

  test('are those of cameras without sharp, said once; thumbnails take their place when it comes', async (t) => {
    const lab = await held(t)
    const without = { startPictures: async () => exifMaker }
    const first = await twin(lab, without)
    assert.equal(first.exitCode, 0)
    assert.deepEqual(first.warnings.filter((text) => /sharp is not installed/.test(text)).length, 1)
    assert.deepEqual(kinds(lab), { previews: 1 })
    assert.deepEqual((await twin(lab, without)).warnings, [])
    const asSharp: PictureMaker = { way: 'sharp', make: async () => thumbnail, close: async () => undefined }
    assert.equal((await twin(lab, { startPictures: async () => asSharp })).exitCode, 0)
    assert.deepEqual(kinds(lab), { thumbs: 4 })
    assertWhole(lab)
  })

  test('are made newest first; Ctrl-C finishes the one under way, and the next run makes the rest and shows all', async (t) => {
    const lab = await held(t)
    const stop = new AbortController()
    const asked: string[] = []
    const real = await bySharp()
    const interrupted: PictureMaker = {
      way: 'sharp',
      close: async () => undefined,
      make: async (file) => {
        asked.push(String(file).split('/').at(-1) as string)
        stop.abort()
        return (await real?.make(file)) as Made
      },
    }
    await assert.rejects(twin(lab, { startPictures: async () => interrupted, signal: stop.signal }))
    assert.deepEqual(asked, ['green.jpg'])
    assert.deepEqual(pictures(lab), [pathOf(lab, 'Colours/green.jpg')])
    await twin(lab)
    assert.deepEqual(kinds(lab), { thumbs: 3 })
    const page = readFileSync(lab.at('Colours/index.html'), 'utf8')
    assert.ok(page.includes(pathOf(lab, 'Colours/green.jpg')))
    const years = [...filesBelow(lab.at('twin.files/data'), (path) => path.startsWith('2023-01.')).keys()]
    assert.ok(
      years.some((path) => /,2,[0-9]+,[0-9]+\]/.test(readFileSync(lab.at(`twin.files/data/${path}`), 'utf8'))),
      'the timeline shows it',
    )
  })

  test('leave when no item has their bytes any more, and stay when an item moves', async (t) => {
    const lab = await held(t)
    await twin(lab)
    const [redPath, greenPath] = [pathOf(lab, 'Colours/red.jpg'), pathOf(lab, 'Colours/green.jpg')]
    const [colours, more] = [albumKey(lab.world, 'Colours'), albumKey(lab.world, 'More')]
    lab.change(
      (world) => replaceImage(world, keyOf('red'), grey as Bytes),
      (world) => moveImage(world, keyOf('green'), colours, more),
      (world) => removeImage(world, more, keyOf('blue')),
    )
    await lab.backup({ full: true, acceptChanges: true })
    const bluePath = pathOf(lab, 'More/blue.jpg')
    await twin(lab)
    const now = pictures(lab)
    assert.deepEqual(
      [redPath, greenPath, bluePath].map((path) => now.includes(path)),
      [false, true, false],
    )
    assert.ok(now.includes(pathOf(lab, 'Colours/red.jpg')))
    assertWhole(lab)
  })

  test('are taken as they stand when the list is made anew, and made anew when their folder is gone', async (t) => {
    const lab = await held(t)
    await twin(lab)
    const before = pictures(lab)
    rmSync(lab.at('.smugmug-backup/shown.sqlite'))
    const onlyCamera: PictureMaker = {
      way: 'sharp',
      close: async () => undefined,
      make: async (file) => (String(file).endsWith('camera.jpg') ? 'none' : assert.fail(`${String(file)} has a thumbnail`)),
    }
    assert.equal((await twin(lab, { startPictures: async () => onlyCamera })).exitCode, 0)
    assertWhole(lab)
    rmSync(lab.at('twin.files/thumbs'), { recursive: true })
    await twin(lab)
    assert.deepEqual(pictures(lab), before)
  })

  test('leave with their item also where the list is made anew in between', async (t) => {
    const lab = await held(t)
    await twin(lab)
    const redPath = pathOf(lab, 'Colours/red.jpg')
    lab.change((world) => removeImage(world, albumKey(world, 'Colours'), keyOf('red')))
    await lab.backup({ full: true, acceptChanges: true })
    rmSync(lab.at('.smugmug-backup/shown.sqlite'))
    await twin(lab)
    assert.ok(!pictures(lab).includes(redPath))
    assert.deepEqual(kinds(lab), { thumbs: 2 })
    assertWhole(lab)
  })

  test('of a file that is away are made when it is back', async (t) => {
    const lab = await held(t)
    renameSync(lab.at('Colours/red.jpg'), lab.at('away'))
    await twin(lab)
    assert.deepEqual(kinds(lab), { thumbs: 2 })
    renameSync(lab.at('away'), lab.at('Colours/red.jpg'))
    await twin(lab)
    assert.deepEqual(kinds(lab), { thumbs: 3 })
  })

  test("never take the place of a person's file", async (t) => {
    const lab = await held(t)
    await twin(lab)
    const path = lab.at(`twin.files/${pathOf(lab, 'Colours/red.jpg')}`)
    rmSync(lab.at('twin.files/thumbs'), { recursive: true })
    rmSync(lab.at('.smugmug-backup/twin.sqlite'))
    await twin(lab)
    writeFileSync(path, 'my own')
    rmSync(lab.at('.smugmug-backup/shown.sqlite'))
    rmSync(lab.at('.smugmug-backup/twin.sqlite'))
    const outcome = await twin(lab)
    assert.equal(readFileSync(path, 'utf8'), 'my own')
    assert.equal(outcome.exitCode, 3)
  })

  test("are named one by one where a person's file stands in place of their folder, and the pages are made", async (t) => {
    const lab = await held(t)
    await twin(lab)
    rmSync(lab.at('twin.files/thumbs'), { recursive: true })
    rmSync(lab.at('.smugmug-backup/shown.sqlite'))
    writeFileSync(lab.at('twin.files/thumbs'), 'my own')
    const outcome = await twin(lab)
    assert.equal(outcome.exitCode, 3)
    assert.ok(outcome.problems.every(({ name }) => name?.startsWith('twin.files/thumbs/')))
    assert.match(outcome.message, /The twin is/)
  })
})

/** Returns a storage with a megabyte left. */
const nearlyFull = (storage: Storage): Storage =>
  new Proxy(storage, {
    get: (target, key: keyof Storage) => {
      const value = target[key]
      if (key === 'free') return async () => 1e6
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

describe('Without room or without a process', () => {
  test('pages are made without thumbnails, and a warning says so', async (t) => {
    const lab = await held(t)
    const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'twin' })
    const full = {
      catalogue: vault.catalogue,
      storage: nearlyFull(vault.storage),
    }
    const shown = Shown.open(':memory:')
    const files = WrittenFiles.open(vault.storage, ':memory:')
    const warnings: string[] = []
    const outcome = await makeTwin({
      ...{ vault: full, shown, files, target: full.storage, assets: [], placeOf: () => undefined, clock: systemClock },
      signal: new AbortController().signal,
      emit: (event) => event.event === 'warning' && warnings.push(event.message),
      startPictures: bySharp,
    })
    files.close()
    shown.close()
    await vault.close()
    assert.equal(outcome.exitCode, 0)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] as string, /^No thumbnails are made while only 1\.0 MB are free/)
    assert.ok(existsSync(lab.at('Colours/index.html')))
    assert.deepEqual(pictures(lab), [])
  })

  test('a process that cannot start is a warning; one that ends again and again, too', async (t) => {
    const lab = await held(t)
    const first = await twin(lab, { startPictures: async () => undefined })
    assert.deepEqual([first.exitCode, first.warnings.length], [0, 1])
    const ended: PictureMaker = { way: 'sharp', make: async () => 'ended', close: async () => undefined }
    const second = await twin(lab, { startPictures: async () => ended })
    assert.deepEqual([second.exitCode, second.warnings.length], [0, 1])
    await twin(lab)
    assert.deepEqual(kinds(lab), { thumbs: 3 })
  })
})

describe('The poster of a video', () => {
  const withStills = async (lab: Lab, use: (stills: NonNullable<TwinJob['stills']>) => Promise<unknown>): Promise<void> => {
    const account = openAccountOf(lab.work())
    try {
      await use(stillsOf(account))
    } finally {
      await account.close()
    }
  }
  const asked = (lab: Lab): number => lab.sim.counters.byEndpoint.still ?? 0

  test('is the still of SmugMug, fetched once', async (t) => {
    const lab = await held(t)
    await withStills(lab, async (stills) => {
      assert.equal((await twin(lab, { stills })).exitCode, 0)
      assert.deepEqual(kinds(lab), { thumbs: 3, posters: 1 })
      await twin(lab, { stills })
    })
    assert.equal(asked(lab), 1)
    assertWhole(lab)
    await twin(lab)
    assert.deepEqual(kinds(lab), { thumbs: 3, posters: 1 }, 'it stays without an account')
  })

  test('is a tile where SmugMug has no still, and nobody asks again until its address changes', async (t) => {
    const lab = await held(t)
    lab.sim.setBehaviour({ faults: [{ on: 'still', does: { kind: 'status', status: 404 } }] })
    await withStills(lab, async (stills) => {
      assert.equal((await twin(lab, { stills })).exitCode, 0)
      const once = asked(lab)
      lab.sim.setBehaviour({})
      await twin(lab, { stills })
      assert.equal(asked(lab), once)
    })
    assert.deepEqual(kinds(lab), { thumbs: 3 })
  })

  test('is fetched by a later run where SmugMug does not answer, and is none where the answer is a page', async (t) => {
    const lab = await held(t)
    void lab.sim.setBehaviour({ faults: [{ on: 'still', does: { kind: 'status', status: 500 } }] })
    await withStills(lab, async (stills) => assert.equal((await twin(lab, { stills })).exitCode, 0))
    lab.sim.setBehaviour({})
    await withStills(lab, (stills) => twin(lab, { stills }))
    assert.deepEqual(kinds(lab), { thumbs: 3, posters: 1 })

    const other = await openLab(t, editImage(theWorld(), keyOf('film'), { still: inline(Buffer.from('<html>')) }))
    await other.complete()
    await withStills(other, async (stills) => assert.equal((await twin(other, { stills })).exitCode, 0))
    assert.deepEqual(kinds(other), { thumbs: 3 })
  })
})
