/** A part of the account: chosen by settings as on the command line, and never taken for the whole. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { addImage, changeAlbum, editImage, removeAlbum, removeImage, renameAlbum, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runExport, runList } from '../../src/app/app.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { albumKey, assertMirrors, filesBelow, openLab } from '../support/lab.ts'
import { itemOf, type Loose, recordOf, violations } from '../support/records.ts'
import { assertAddsUp, openScene, write } from './harness.ts'

const fuji = photo('fuji', { capturedLocal: '2019-05-01T10:00:00', keywords: ['mountain', 'Snow'] })
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      folder('Asia', [albumNode('Japan', [fuji])]),
      albumNode('Norway', [
        photo('fjord', { capturedLocal: '2024-06-14T05:00:00' }),
        video('ferry', { capturedLocal: '2024-06-15T05:00:00' }),
      ]),
    ]),
    albumNode('Party', [
      photo('cake', { capturedLocal: '2021-12-31T23:30:00', keywords: ['snow'] }),
      photo('song', { capturedLocal: '2022-01-01T00:30:00' }),
    ]),
    albumNode('Loose', [photo('scan', { uploaded: '2018-01-01T00:00:00+00:00' }), collected(fuji)]),
  ],
}
const ALL = 7

/** A selection as a configuration file gives it, and its result. */
const CASES: readonly (readonly [store: string, files: readonly string[]])[] = [
  ['album = "Travel/**"', ['ferry.mp4', 'fjord.jpg', 'fuji.jpg']],
  ['album = ["/Travel/*", "Party"]', ['cake.jpg', 'ferry.mp4', 'fjord.jpg', 'song.jpg']],
  ['album = "Travel/"', ['ferry.mp4', 'fjord.jpg', 'fuji.jpg']],
  ['exclude = ["/Travel/**", "Loose"]', ['cake.jpg', 'song.jpg']],
  ['album = "Travel/**"\nexclude = "**/Japan"', ['ferry.mp4', 'fjord.jpg']],
  ['type = "video"', ['ferry.mp4']],
  ['type = "photo"\nalbum = "Travel/**"', ['fjord.jpg', 'fuji.jpg']],
  ['since = "2022"', ['ferry.mp4', 'fjord.jpg', 'song.jpg']],
  ['until = "2018"', ['scan.jpg']],
  ['since = "2019-05-01"\nuntil = "2019-05-01"', ['fuji.jpg', 'fuji.jpg']],
  ['keyword = "SNOW"', ['cake.jpg', 'fuji.jpg', 'fuji.jpg']],
  ['keyword = ["mountain"]\nalbum = "Loose"', ['fuji.jpg']],
  ['album = "TRAVEL/asia"', ['fuji.jpg']],
]

/** Returns the settings of a configuration file with these lines. */
async function settingsOf(t: TestContext, store: string): Promise<Partial<Settings>> {
  const home = mkdtempSync(join(tmpdir(), 'smugmug-selection-'))
  t.after(() => rmSync(home, { recursive: true }))
  const configPath = write(join(home, 'config.toml'), `[store]\n${store}\n`)
  const { settings } = await loadSettings({ configPath, home, cwd: home, env: {} })
  const { album, exclude, type, since, until, keyword } = settings
  return { album, exclude, type, since, until, keyword }
}

describe('a selection in the configuration', { concurrency: 8 }, () => {
  for (const [store, files] of CASES) {
    test(store.replace('\n', ', '), async (t) => {
      const lab = await openLab(t, world, { settings: await settingsOf(t, store) })
      const told = await lab.complete()
      const names = [...lab.media().keys()].map((path) => path.split('/').at(-1))
      assert.deepEqual([names.sort(), told.totals.items], [files, files.length])
    })
  }
})

describe('a run over a part', { concurrency: 8 }, () => {
  const parts: Readonly<Record<string, Partial<Settings>>> = {
    'one album': { album: ['Party'] },
    'all albums but one': { exclude: ['Party'] },
    videos: { type: 'video' },
    'a keyword': { keyword: ['snow'] },
  }
  for (const [what, settings] of Object.entries(parts)) {
    test(`over ${what} says nothing of the rest: nothing vanishes, and the whole run then tells`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      lab.change(
        (w) => removeAlbum(w, albumKey(w, 'Norway')),
        (w) => removeImage(w, albumKey(w, 'Party'), photo('song').key),
      )
      const before = lab.media()
      const part = await lab.complete({ settings })
      assert.deepEqual([part.totals.vanished, lab.media()], [0, before])
      assert.equal((await lab.complete()).totals.vanished, 3)
      assert.equal((await lab.complete()).totals.vanished, 0)
    })

    test(`over ${what}, dry: the counts of the real one, and not a byte`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete({ settings: { album: ['Travel/**'] } })
      lab.change((w) => addImage(w, albumKey(w, 'Party'), video('late', { keywords: ['snow'] })))
      const before = filesBelow(lab.root, () => true)
      const dry = await lab.complete({ settings, dryRun: true })
      assert.deepEqual(
        filesBelow(lab.root, () => true),
        before,
      )
      const real = await lab.complete({ settings })
      for (const count of ['items', 'stored', 'copied', 'kept', 'moved', 'replaced'] as const)
        assert.equal(dry.totals[count], real.totals[count], count)
    })

    test(`over ${what} first, then the whole: everything is there, and nothing twice`, async (t) => {
      const lab = await openLab(t, world)
      const part = await lab.complete({ settings })
      const whole = await lab.complete()
      assert.equal(part.downloads + whole.downloads, ALL - 1)
      assertMirrors(lab)
      assert.equal((await lab.complete()).totals.albumsSkipped, 4)
    })
  }

  test('keeps the words of items that were not chosen', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = recordOf(lab.root, 'Travel/Norway')
    lab.change((w) => editImage(w, photo('fjord').key, { caption: 'seen' }))
    await lab.complete({ settings: { type: 'video' } })
    const after = recordOf(lab.root, 'Travel/Norway')
    assert.deepEqual(
      after.items.map(({ name }: Loose) => name),
      before.items.map(({ name }: Loose) => name),
    )
    assert.equal(itemOf(after, 'fjord.jpg').files.length, 1)
    assert.deepEqual(violations(after), [])
  })

  test('does not fetch what was not chosen, though it was replaced; the whole run does', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => replaceImage(w, photo('fjord').key, { kind: 'seeded', seed: 'x', size: 700, starts: 'jpg' }))
    assert.equal((await lab.complete({ settings: { type: 'video' } })).downloads, 0)
    assert.equal((await lab.complete()).totals.replaced, 1)
    assertMirrors(lab)
  })

  test('leaves record and catalogue agreeing where an item that was not chosen has another name', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => editImage(w, photo('fjord').key, { fileName: 'fiord.jpg' }))
    await lab.complete({ settings: { type: 'video' } })
    const item = recordOf(lab.root, 'Travel/Norway').items.find(({ imageKey }: Loose) => imageKey === photo('fjord').key)
    assert.equal(item.files[0].name, item.name, 'the record names the file that stands there')
    assert.ok(lab.media().has(`Travel/Norway/${item.name}`))
    assert.equal((await lab.verify()).exitCode, 0)
    await lab.complete()
    assertMirrors(lab)
  })

  test('follows a renamed album that was not chosen, or leaves it: either way nothing is lost', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => renameAlbum(w, albumKey(w, 'Norway'), 'Norge'))
    const part = await lab.complete({ settings: { album: ['Party'] } })
    assert.deepEqual([part.downloads, part.totals.vanished], [0, 0])
    assert.equal((await lab.verify()).exitCode, 0)
    assert.equal((await lab.complete()).downloads, 0)
    assertMirrors(lab)
  })

  test('does not make the brake hold, nor the report of the whole untrue', async (t) => {
    const many: World = {
      ...world,
      root: [
        albumNode(
          'Many',
          Array.from({ length: 60 }, (_, n) => photo(`m${n}`, { bytes: { kind: 'seeded', seed: `m${n}`, size: 300, starts: 'jpg' } })),
        ),
        albumNode('One', [photo('one')]),
      ],
    }
    const lab = await openLab(t, many)
    await lab.complete()
    lab.change((w) =>
      changeAlbum(w, albumKey(w, 'Many'), (album) => ({ ...album, count: 1, imagesLastUpdated: '2025-01-01T00:00:00+00:00' })),
    )
    assert.equal((await lab.complete({ settings: { album: ['Many'] } })).totals.vanished, 0)
    assert.equal((await lab.backup()).exitCode, 7)
  })
})

describe('list and export of a part', { concurrency: 8 }, () => {
  const pathsOf = (listed: { readonly albums: readonly { readonly path: string }[] }): readonly string[] =>
    listed.albums.map(({ path }) => path)

  test('list counts the chosen albums, what of them is held and what is missing, and their bytes', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete({ settings: { album: ['Travel/Asia/**'] } })
    const listed = await runList(lab.work({ settings: { album: ['/Travel/**'] } }))
    assert.deepEqual(pathsOf(listed), ['/Travel/Asia/Japan', '/Travel/Norway'])
    assert.deepEqual(
      listed.albums.map(({ items, held, missing, bytes }) => [items, held, missing, (bytes ?? 0) > 0]),
      [
        [1, 1, 0, true],
        [2, 0, 2, true],
      ],
    )
    assert.deepEqual([listed.totals.albums, listed.totals.items], [2, 3])
    assert.deepEqual(pathsOf(await runList(lab.work({ settings: { exclude: ['Travel/**'] } }))), ['/Loose', '/Party'])
    assert.equal(lab.sim.counters.byEndpoint.images, 1, 'no album is listed for it')
  })

  test('list says so when a selection by item cannot be counted from the album list', async (t) => {
    const lab = await openLab(t, world)
    const work = lab.work({ settings: { type: 'video' } })
    const listed = await runList(work)
    const said = JSON.stringify([listed.message, listed.hint, work.events])
    assert.ok(
      listed.totals.items === 1 || /type|keyword|since|whole albums/i.test(said),
      `counted ${listed.totals.items} of 1 video and said: ${said}`,
    )
  })

  test('list counts what SmugMug cannot offer as neither held nor missing', async (t) => {
    const odd: World = {
      ...world,
      root: [albumNode('A', [photo('p'), photo('none', { offers: 'none' }), video('v', { processing: true })])],
    }
    const lab = await openLab(t, odd)
    await lab.complete()
    const { albums } = await runList(lab.work())
    assert.deepEqual(
      albums.map(({ items, held, missing }) => [items, held, missing]),
      [[3, 1, 1]],
    )
  })

  test('list estimates the time for what is missing, at the speed of the last run that fetched something', async (t) => {
    const lab = await openLab(t, world)
    assert.doesNotMatch(
      JSON.stringify(await runList(lab.work())),
      /"(?:estimate|eta|remaining)[^"]*":\d/i,
      'nothing measured, nothing promised',
    )
    await lab.complete({ settings: { album: ['Travel/**'] } })
    const listed: Loose = await runList(lab.work())
    const found = Object.entries(listed).find(([name]) => /estimate|eta|remaining/i.test(name))
    assert.ok(found, `list tells no estimate: ${Object.keys(listed)}`)
    assert.ok(Number(found[1]) > 0)
    await lab.complete()
    // A run without downloads measures nothing: the estimate is still that of the last one that did.
    await lab.complete()
    lab.change((w) => addImage(w, albumKey(w, 'Party'), photo('late')))
    assert.ok(Object.entries(await runList(lab.work())).some(([name, value]) => /estimate|eta|remaining/i.test(name) && Number(value) > 0))
  })

  test('list counts by grade what it shows, and no more', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    assert.deepEqual((await runList(lab.work())).byGrade, {
      original: { files: 6, bytes: 120_000 },
      rendition: { files: 1, bytes: 90_000 },
    })
    assert.deepEqual((await runList(lab.work({ settings: { album: ['Party'] } }))).byGrade, { original: { files: 2, bytes: 40_000 } })
  })

  test('list and export say to people what they say to scripts', async (t) => {
    const scene = await openScene(t, { world })
    await scene.backup(['--album', 'Travel/**'])
    const { stdout } = await scene.run(['list'])
    assert.match(stdout, /2 original, 1 rendition/)
    assert.match(stdout, /The missing items would take about .* at the speed of the last backup/)
    const { lines } = await scene.json(['list'])
    const facts = lines.find(({ event }) => event === 'list')
    assert.deepEqual([facts?.byGrade.rendition.files, facts?.estimatedMs > 0], [1, true])
    const csv = await scene.run(['export', '--type', 'video', '--since=2024'])
    assert.deepEqual([csv.code, csv.stdout.trimEnd().split('\n').length], [0, 2])
  })

  test('export holds the chosen albums', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const exported = async (settings: Partial<Settings>): Promise<readonly string[]> => {
      const pieces: string[] = []
      await runExport({ ...lab.work({ settings }), format: 'jsonl', write: async (piece) => void pieces.push(piece) })
      return pieces
        .join('')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).path)
    }
    assert.deepEqual(await exported({ album: ['Travel/**'] }), [
      'Travel/Asia/Japan/fuji.jpg',
      'Travel/Norway/fjord.jpg',
      'Travel/Norway/ferry.mp4',
    ])
    assert.deepEqual(await exported({ exclude: ['Travel/**', 'Loose'] }), ['Party/cake.jpg', 'Party/song.jpg'])
    assert.equal((await exported({})).length, ALL)
  })

  test('export holds the chosen items', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const pieces: string[] = []
    await runExport({ ...lab.work({ settings: { type: 'video' } }), format: 'jsonl', write: async (piece) => void pieces.push(piece) })
    const lines = pieces.join('').trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).path),
      ['Travel/Norway/ferry.mp4'],
    )
  })

  test('list and export take the options of the command line', async (t) => {
    const scene = await openScene(t, { world })
    await scene.backup()
    const list = await scene.json(['list', '--album', '/Travel/**', '--exclude=**/Japan'])
    assertAddsUp(list.summary)
    assert.deepEqual(
      list.lines.filter(({ event }) => event === 'album').map(({ path }) => path),
      ['/Travel/Norway'],
    )
    const csv = await scene.run(['export', '--album', 'Party', '--album=Loose'])
    assert.deepEqual([csv.code, csv.stdout.trimEnd().split('\n').length], [0, 5])
  })
})
