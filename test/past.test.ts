import assert from 'node:assert/strict'
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
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { readBytes } from '../simulator/bytes.ts'
import {
  addAlbum,
  addImage,
  albumsOf,
  editImage,
  placementsOf,
  removeAlbum,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
} from '../simulator/edit.ts'
import { idFrom } from '../simulator/lookup.ts'
import type { World } from '../simulator/world.ts'
import { album, albumNode, folder, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { runCheckout } from '../src/app/past.ts'
import { albumKey, openLab } from './support/lab.ts'
import { assertComesBack, checkoutOf, type Seen, seenAfter } from './support/past.ts'
import { realDisk } from './support/real-disk.ts'

const nights: readonly ((world: World) => World)[] = [
  (world) => editImage(world, first(world, 'Kitchen'), { caption: 'new words', keywords: ['a', 'b'] }),
  (world) => addImage(world, albumKey(world, 'Kitchen'), photo('late'), 0),
  (world) => renameFolder(world, idFrom('node Travel', 6), 'Journeys'),
  (world) => removeImage(world, albumKey(world, '2024 Norway'), first(world, '2024 Norway')),
  (world) => replaceImage(world, first(world, 'Kitchen'), { kind: 'seeded', seed: 'other bytes', size: 777, starts: 'jpg' }),
  (world) => addAlbum(world, album('New one', [photo('n1'), photo('n2')])),
  (world) => renameAlbum(world, albumKey(world, 'New one'), 'Newer'),
  (world) => removeAlbum(world, albumKey(world, 'Newer')),
  (world) => editImage(world, first(world, 'Kitchen'), { caption: '' }),
]

const first = (world: World, name: string): string =>
  placementsOf(albumsOf(world).find((each) => each.name === name) ?? assert.fail())[0]?.image.key ?? ''

describe('the past', () => {
  for (const onVanished of ['keep', 'trash'] as const) {
    test(`every night comes back, words and bytes, with on_vanished = ${onVanished}`, async (t) => {
      const lab = await openLab(t, smallWorld(), { settings: { onVanished, maxVanished: 1 } })
      const seen: Seen[] = []
      for (const change of [(world: World) => world, ...nights]) {
        lab.change(change)
        const report = (await lab.complete({ full: true })) as { readonly run?: number }
        seen.push(seenAfter(lab, report.run ?? 0))
      }
      for (const each of seen) await assertComesBack(lab, each)
      const [start] = seen
      const { files } = await checkoutOf(lab, start?.run ?? 0)
      const bytes = [...files].filter(([path]) => !path.endsWith('.json'))
      assert.deepEqual(new Map(bytes), start?.media)
    })
  }

  test('a run without changes writes no file, and a stranger reads the others with zcat', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    lab.change((world) => editImage(world, first(world, 'Kitchen'), { caption: 'new' }))
    await lab.complete({ full: true })
    await lab.complete({ full: true })
    const files = [...lab.ours('versions').keys()]
    assert.deepEqual(files.map((path) => path.replace(/^\d{4}\//, '')).toSorted(), ['1.jsonl.gz', '2.jsonl.gz'])
    const second = files.find((path) => path.endsWith('/2.jsonl.gz')) ?? ''
    const lines = gunzipSync(readFileSync(lab.at(`.smugmug-backup/versions/${second}`)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(lines[0].format, 'smugmug-backup/versions/1')
    const was = lines.find((line) => line.op === 'was')
    assert.deepEqual([was.row, was.set.caption], [first(lab.world, 'Kitchen'), ''])
  })

  test('one photo comes back as it was before it was replaced', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    const before = placementsOf(albumsOf(lab.world)[1] ?? assert.fail())[0]?.image ?? assert.fail()
    lab.change((world) => replaceImage(world, before.key, { kind: 'seeded', seed: 'other', size: 500, starts: 'jpg' }))
    await lab.complete({ full: true })
    const { out, exitCode } = await checkoutOf(lab, 1, { item: 'Home/Kitchen/kitchen-1.jpg' })
    assert.equal(exitCode, 0)
    assert.deepEqual(readFileSync(join(out, 'Home/Kitchen/kitchen-1.jpg')), readBytes(before.bytes))
    await assert.rejects(checkoutOf(lab, 1, { item: 'Home/Kitchen/nothing.jpg' }), /There was no item/)
  })

  test('a present file that is lost is named as such: a backup brings it, and then the checkout is whole', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    rmSync(lab.at('Home/Kitchen/kitchen-1.jpg'))
    const lost = await checkoutOf(lab, 1)
    assert.deepEqual(
      lost.problems.map(({ kind, name, reason }) => [kind, name, reason]),
      [
        [
          'failed',
          'kitchen-1.jpg',
          'its file is missing or damaged in the vault: the next backup fetches it again; check it out anew then',
        ],
      ],
    )
    await lab.complete()
    assert.equal((await checkoutOf(lab, 1)).exitCode, 0)
  })

  test('bytes that are no longer held are named, and the run ends with 3', async (t) => {
    const lab = await openLab(
      t,
      { ...smallWorld(), root: [folder('F', [albumNode('A', [photo('x'), photo('y')])])] },
      { settings: { keepReplaced: 0 } },
    )
    await lab.complete()
    lab.change((world) => replaceImage(world, photo('x').key, { kind: 'seeded', seed: 'other', size: 500, starts: 'jpg' }))
    await lab.complete({ full: true })
    const { exitCode, problems, message } = await checkoutOf(lab, 1)
    assert.equal(exitCode, 3)
    assert.match(message, /1 file of 1 album, as they were after run 1 .*; no longer held: 1/)
    assert.deepEqual(
      problems.map(({ name, reason }) => [name, reason]),
      [['x.jpg', 'its bytes of that day are no longer held']],
    )
  })

  test('a journal of put-aside files that is odd or far too long spoils nothing, and leads nowhere else', async (t) => {
    const lab = await openLab(t, { ...smallWorld(), root: [albumNode('A', [photo('x'), photo('y')])] })
    await lab.complete()
    const [oldX, oldY] = ['x', 'y'].map((name) => readFileSync(lab.at(`A/${name}.jpg`)))
    const other = (seed: string, size: number) => ({ kind: 'seeded', seed, size, starts: 'jpg' }) as const
    lab.change((world) => replaceImage(world, photo('x').key, other('other x', 500)))
    lab.change((world) => replaceImage(world, photo('y').key, other('other y', 600)))
    await lab.complete({ full: true })
    const journal = lab.at('.smugmug-backup/history/history.jsonl')
    const lines = readFileSync(journal, 'utf8').trimEnd().split('\n')
    // The old y is put where no file of the history is.
    const put = JSON.parse(lines.find((line) => line.includes('/y.jpg')) ?? assert.fail()).to
    renameSync(lab.at(put), lab.at('.smugmug-backup/reports/y.jpg'))
    const led = lines.map((line) => line.replace(put, '.smugmug-backup/reports/y.jpg'))
    writeFileSync(journal, `null\n7\n{"to":1}\n${led.join('\n')}\n`)
    truncateSync(journal, 65 * 1024 * 1024)
    const { exitCode, problems, out } = await checkoutOf(lab, 1)
    assert.deepEqual([exitCode, problems.map(({ name }) => name)], [3, ['y.jpg']])
    assert.deepEqual(readFileSync(join(out, 'A/x.jpg')), oldX)
    assert.equal(oldY?.length, statSync(lab.at('.smugmug-backup/reports/y.jpg')).size)
  })

  test('second names where the disk can, copies on another disk', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    const warnings = async (folderPath: string): Promise<readonly string[]> => {
      const request = lab.work()
      assert.equal((await runCheckout({ ...request, when: '1', folder: folderPath, link: true })).exitCode, 0)
      return request.events.flatMap((event) => (event.event === 'warning' ? [event.message] : []))
    }
    const photo = 'Home/Kitchen/kitchen-1.jpg'
    assert.match((await warnings(lab.at('../near'))).join(), /^With --link/)
    assert.equal(statSync(lab.at(`../near/${photo}`)).ino, statSync(lab.at(photo)).ino)
    const cache = join(import.meta.dirname, '..', 'node_modules', '.cache')
    if (statSync(import.meta.dirname).dev === statSync(lab.root).dev) return t.skip('there is no second disk here')
    mkdirSync(cache, { recursive: true })
    const far = mkdtempSync(join(cache, 'checkout-'))
    t.after(() => rmSync(far, { recursive: true }))
    assert.match((await warnings(far)).join(), /^The files are copied/)
    assert.deepEqual(readFileSync(join(far, photo)), readFileSync(lab.at(photo)))
    assert.deepEqual(readdirSync(far).toSorted(), readdirSync(lab.at('../near')).toSorted())
  })

  test('a folder that is not empty, or part of the vault, and a moment that never was are refused before anything is written', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    writeFileSync(lab.at('../mine'), 'x')
    for (const [folderPath, text] of [
      [lab.at('..'), /is not empty/],
      [lab.at('Home/new'), /is part of a vault/],
      [lab.at('../mine'), /cannot be used/],
    ] as const) {
      await assert.rejects(runCheckout({ ...lab.work(), when: '1', folder: folderPath }), text)
    }
    assert.ok(!existsSync(lab.at('Home/new')))
    // Through links and a second mount, too: into this vault, and into another one.
    const [link, empty] = [lab.at('../link'), lab.at('Home/empty')]
    mkdirSync(empty)
    symlinkSync(lab.at('Home'), link)
    mkdirSync(lab.at('../other/.smugmug-backup'), { recursive: true })
    writeFileSync(lab.at('../other/.smugmug-backup/catalogue.sqlite'), 'a vault')
    symlinkSync(lab.at('../other'), lab.at('../other-link'))
    const mounted = realDisk(t, 'bind', undefined, lab.at('Home'))
    const within = mounted === undefined ? [] : [join(mounted, 'new'), join(mounted, 'empty')]
    for (const folderPath of [
      empty,
      join(link, 'new'),
      join(link, 'empty'),
      lab.at('../other/new'),
      lab.at('../other-link/new'),
      ...within,
    ]) {
      await assert.rejects(runCheckout({ ...lab.work(), when: '1', folder: folderPath }), /is part of a vault, or holds one/, folderPath)
      if (!folderPath.endsWith('empty')) assert.ok(!existsSync(folderPath), folderPath)
    }
    for (const when of ['99', '2001-01-01', 'yesterday', '0']) {
      await assert.rejects(checkoutOf(lab, when), { exitCode: 2 })
    }
  })
})
