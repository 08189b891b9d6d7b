/** The files of the twin: which are written, which are left alone, and which go. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import sharp from 'sharp'
import { addImage, changeNode, collectImage, editImage, removeAlbum, removeImage, renameAlbum } from '../../simulator/edit.ts'
import type { Bytes, World, WorldNode } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { openVaultAt, runHistory, runRebuild, runTwin } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { DestinationError } from '../../src/errors.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { makeTwin } from '../../src/operations/twin/twin.ts'
import { Shown } from '../../src/vault/shown.ts'
import { WrittenFiles } from '../../src/vault/written-files.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { albumKey, filesBelow, type Lab, md5OfFile, openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const [a, b, c] = [photo('a', { capturedLocal: '2020-02-01T10:00:00' }), photo('b', { capturedLocal: '2021-02-01T10:00:00' }), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b]), albumNode('Italy', [c])]),
    albumNode('Home', [photo('h', { capturedLocal: '2021-11-05T10:00:00' })]),
  ],
}
const norway = albumKey(world, 'Norway')
const travelId = world.root.flatMap((node) => (node.type === 'Folder' ? [node.nodeId] : []))[0] ?? ''

const SHOWN = '.smugmug-backup/shown.sqlite'
const NOTE = '.smugmug-backup/twin.sqlite'
const OF_TWIN = /(^|\/)index\.html$|^404\.html$|^twin\.files\//

/** Returns the twin's files. */
const twinOf = (lab: Lab) => filesBelow(lab.root, (path) => OF_TWIN.test(path))

/** Makes the twin, and returns its end with its problems in short. */
async function twin(lab: Lab, options: { readonly remove?: boolean; readonly signal?: AbortSignal } = {}) {
  const { signal, ...more } = options
  const outcome = await runTwin({ ...lab.work(signal === undefined ? {} : { signal }), ...more })
  return {
    ...outcome,
    written: 'written' in outcome ? outcome.written : undefined,
    named: outcome.problems.map(({ kind, name }) => `${kind} ${name}`),
  }
}

async function labWithTwin(t: TestContext, account = world): Promise<Lab> {
  const lab = await openLab(t, account)
  await lab.complete()
  assert.equal((await twin(lab)).exitCode, 0)
  return lab
}

/** Returns every file and folder with its time of change, without the folder that the lock is in. */
const times = (lab: Lab): readonly string[] =>
  readdirSync(lab.root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== '.smugmug-backup' && !path.includes('lock.'))
    .map((path) => `${path} ${statSync(lab.at(path)).mtimeMs}`)
    .toSorted()

/** The file that a data file of a year is. */
const dataOf = (lab: Lab, year: number): readonly string[] =>
  readdirSync(lab.at('twin.files/data')).filter((name) => name.startsWith(String(year)))

describe('the files of the twin', () => {
  test('a run without changes writes no byte, the databases included, and is not noted', async (t) => {
    const lab = await labWithTwin(t)
    const before = times(lab)
    const again = await twin(lab)
    assert.match(again.message, /^The twin is up to date: 7 pages, 4 items\. Open .*index\.html$/)
    assert.deepEqual(times(lab), before)
    const runs = (await runHistory(lab.work())).runs.map(({ operation }) => operation)
    assert.deepEqual(runs, ['twin', 'backup'])
  })

  test('a changed caption changes its page, the files of its month, and those that lead to them only; the old ones go', async (t) => {
    const lab = await labWithTwin(t)
    const [before, year] = [twinOf(lab), dataOf(lab, 2021)]
    lab.change((now) => editImage(now, b.key, { caption: 'A fjord' }))
    await lab.complete({ full: true })
    assert.equal((await twin(lab)).exitCode, 0)
    const after = twinOf(lab)
    const changed = [...after].filter(([path, md5]) => before.get(path) !== md5).map(([path]) => path)
    assert.ok(
      changed.every((path) => path === 'Travel/Norway/index.html' || /data\/(index\.js$|2021\.|2021-02\.)/.test(path)),
      String(changed),
    )
    assert.match(readFileSync(lab.at('Travel/Norway/index.html'), 'utf8'), /A fjord/)
    assert.equal(dataOf(lab, 2021).length, year.length)
  })

  test('a photo without the time of a camera says when it was uploaded, and not that it was taken then', async (t) => {
    const lab = await labWithTwin(t)
    const [norways, italys] = ['Norway', 'Italy'].map((name) => readFileSync(lab.at(`Travel/${name}/index.html`), 'utf8'))
    assert.match(norways ?? '', /<dt>Taken<\/dt>/)
    assert.doesNotMatch(norways ?? '', /Uploaded/)
    assert.match(italys ?? '', /<dt>Uploaded<\/dt><dd dir="auto">\d+ \w+ 20\d\d<\/dd>/)
    assert.doesNotMatch(italys ?? '', /Taken/)
    assert.deepEqual(dataOf(lab, 0), [], 'it stands in the timeline by that day')
  })

  test('a photo is found by the names of the folders that its album lies in, also when one of them changes alone', async (t) => {
    const lab = await labWithTwin(t)
    const texts = (): readonly string[] =>
      dataOf(lab, 2021)
        .filter((name) => name.includes('.text.'))
        .map((name) => readFileSync(lab.at(`twin.files/data/${name}`), 'utf8'))
    const hits = (word: string): number => texts().filter((text) => text.includes(word)).length
    assert.deepEqual([hits('norway travel'), hits('home')], [1, 1])
    const renamed = (node: WorldNode): readonly WorldNode[] => [node.type === 'Folder' ? { ...node, name: 'Fjärran 旅' } : node]
    lab.change((now) => changeNode(now, travelId, renamed))
    await lab.complete({ full: true })
    assert.equal((await twin(lab)).exitCode, 0)
    assert.ok(existsSync(lab.at('Travel/Norway/index.html')), 'its address, and so its path, is the same')
    assert.deepEqual([hits('norway fjarran 旅'), hits('travel')], [1, 0])
    assert.match((await twin(lab)).message, /up to date/)
  })

  test('an album that was renamed, and one that is gone, leave nothing behind', async (t) => {
    const lab = await labWithTwin(t)
    lab.change(
      (now) => renameAlbum(now, norway, 'Sweden'),
      (now) => removeAlbum(now, albumKey(world, 'Home')),
    )
    await lab.backup({ full: true, acceptChanges: true, settings: { onVanished: 'trash' } })
    const told = await twin(lab)
    assert.deepEqual([told.exitCode, told.named], [0, []])
    assert.deepEqual(
      [...twinOf(lab).keys()].filter((path) => path.endsWith('index.html')),
      [...['Travel/Italy/index.html', 'Travel/Sweden/index.html', 'Travel/index.html', 'index.html']],
    )
    assert.ok(!existsSync(lab.at('Travel/Norway')))
    assert.ok(!readFileSync(lab.at('twin.files/data/index.js'), 'utf8').includes('[0,'))
  })

  test('a vanished item is not shown, and a collected one once in the timeline', async (t) => {
    const lab = await labWithTwin(t)
    lab.change(
      (now) => removeImage(now, norway, a.key),
      (now) => collectImage(now, b.key, albumKey(world, 'Italy')),
    )
    await lab.backup({ full: true })
    await twin(lab)
    assert.deepEqual(dataOf(lab, 2020), [])
    assert.ok(!readFileSync(lab.at('Travel/Norway/index.html'), 'utf8').includes(`i-${a.key}`))
    assert.ok(readFileSync(lab.at('Travel/Italy/index.html'), 'utf8').includes(`i-${b.key}`))
    const month = dataOf(lab, 2021).find((name) => /^2021-02\.[0-9a-f]+\.js$/.test(name))
    assert.equal(readFileSync(lab.at(`twin.files/data/${month}`), 'utf8').split(`"${b.key}"`).length, 2)
  })

  test('a year whose only photo stands in another one since, because the same bytes do, leaves no file', async (t) => {
    const lab = await labWithTwin(t)
    assert.notDeepEqual(dataOf(lab, 2020), [])
    const home = albumKey(world, 'Home')
    assert.ok(home < norway, 'of the same bytes, those of the first album by key are shown')
    lab.change((now) => addImage(now, home, photo('again', { bytes: a.bytes, capturedLocal: '2019-03-01T10:00:00' })))
    await lab.complete({ full: true })
    assert.equal((await twin(lab)).exitCode, 0)
    assert.notDeepEqual(dataOf(lab, 2019), [])
    assert.deepEqual(dataOf(lab, 2020), [])
  })

  for (const path of ['index.html', 'Travel/Norway/index.html', '404.html', 'twin.files/twin.css'])
    test(`a person's own ${path} stays, and is named every time`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      mkdirSync(lab.at('twin.files'), { recursive: true })
      writeFileSync(lab.at(path), 'mine')
      for (let run = 0; run < 2; run += 1) {
        const told = await twin(lab)
        assert.deepEqual([told.exitCode, told.named], [3, [`failed ${path}`]])
      }
      await twin(lab, { remove: true })
      assert.equal(readFileSync(lab.at(path), 'utf8'), 'mine')
      unlinkSync(lab.at(path))
      assert.equal((await twin(lab)).exitCode, 0)
      writeFileSync(lab.at(path), 'mine again')
      const told = await twin(lab)
      assert.deepEqual([told.exitCode, told.named, readFileSync(lab.at(path), 'utf8')], [3, [`failed ${path}`], 'mine again'])
    })

  for (const [what, put] of [
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link', (path: string, outside: string) => symlinkSync(outside, path)],
    ['a fifo', (path: string) => void execFileSync('mkfifo', [path])],
  ] as const)
    for (const path of ['Travel/index.html', 'twin.files', 'twin.files/data', 'twin.files/data/index.js'])
      test(`${what} in place of ${path} is named, and nothing is written through it`, async (t) => {
        if (what === 'a folder' && !path.includes('.html') && !path.includes('.js')) return
        const lab = await openLab(t, world)
        await lab.complete()
        const outside = mkdtempSync(join(QUICK, 'smugmug-outside-'))
        t.after(() => rmSync(outside, { recursive: true }))
        mkdirSync(lab.at(join(path, '..')), { recursive: true })
        put(lab.at(path), outside)
        const told = await twin(lab)
        assert.deepEqual([told.exitCode, told.named], [3, [`failed ${path}`]])
        assert.deepEqual(readdirSync(outside), [])
      })

  test('what is missing or damaged comes anew; verify gives a notice of it, and calls nothing of the twin foreign', async (t) => {
    const lab = await labWithTwin(t)
    const whole = twinOf(lab)
    assert.deepEqual((await lab.verify()).problems, [])
    const strays = (await lab.complete({ full: true })).events.filter(({ event }) => event === 'problem')
    assert.deepEqual(strays, [])
    const data = `twin.files/data/${dataOf(lab, 2021)[0]}`
    unlinkSync(lab.at('Travel/Norway/index.html'))
    writeFileSync(lab.at('Travel/Italy/index.html'), '')
    writeFileSync(lab.at(data), 'junk')
    const checked = await lab.verify()
    assert.equal(checked.exitCode, 0)
    assert.deepEqual(checked.problems.map(({ kind, name }) => `${kind} ${name}`).toSorted(), [
      ...['foreign Travel/Italy/index.html', 'notice Travel/Norway/index.html', `notice ${data}`],
    ])
    assert.equal((await twin(lab)).exitCode, 0)
    assert.deepEqual(twinOf(lab), whole)
  })

  test('a copy with other times is the same twin', async (t) => {
    const lab = await labWithTwin(t)
    const whole = twinOf(lab)
    for (const path of whole.keys()) utimesSync(lab.at(path), 1_000_000, 1_000_000)
    assert.equal((await twin(lab)).exitCode, 0)
    const before = times(lab)
    await twin(lab)
    assert.deepEqual([twinOf(lab), times(lab)], [whole, before])
  })

  test('it goes with its memory, and leaves the vault as it was', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const before = filesBelow(lab.root, (path) => !path.startsWith('.smugmug-backup/catalogue'))
    await twin(lab)
    assert.equal((await twin(lab, { remove: true })).exitCode, 0)
    assert.deepEqual(
      filesBelow(lab.root, (path) => !path.startsWith('.smugmug-backup/catalogue')),
      before,
    )
    assert.ok(!existsSync(lab.at('twin.files')))
    assert.match((await twin(lab, { remove: true })).message, /^There is no twin in /)
  })

  test('photos and albums with its names get others', async (t) => {
    const named = photo('n', { fileName: 'INDEX.html' })
    const lab = await labWithTwin(t, {
      ...world,
      root: [albumNode('twin.files', [named]), albumNode('404.html', [photo('x')]), albumNode('index.html', [photo('y')])],
    })
    const folders = lab.rows().albums.map((album) => album.folder)
    assert.ok(
      folders.every((path) => !['twin.files', '404.html', 'index.html'].includes(path)),
      String(folders),
    )
    assert.ok(lab.rows().files.every(({ name }) => name.toLowerCase() !== 'index.html'))
    assert.deepEqual((await lab.verify()).problems, [])
  })

  test('a vault of nothing and of one item has a twin', async (t) => {
    const empty = await labWithTwin(t, { ...world, root: [] })
    assert.ok(existsSync(empty.at('index.html')))
    await labWithTwin(t, { ...world, root: [albumNode('One', [a])] })
  })
})

describe('the setting twin', () => {
  test('brings the twin up to date at the end of each backup, and its trouble is a warning', async (t) => {
    const lab = await openLab(t, world, { settings: { twin: true } })
    await lab.backup({ dryRun: true })
    assert.ok(!existsSync(lab.at('index.html')))
    await lab.complete()
    assert.ok(existsSync(lab.at('Travel/Norway/index.html')))
    const before = times(lab)
    assert.equal((await twin(lab)).written, 0)
    assert.deepEqual(times(lab), before)
    writeFileSync(lab.at('index.html'), 'mine')
    const told = await lab.complete()
    const warnings = told.events.flatMap((event) => (event.event === 'warning' ? [event.message] : []))
    assert.match(warnings.join(), /^The twin is not up to date: index\.html: a file that is not of the twin/)
    assert.equal(readFileSync(lab.at('index.html'), 'utf8'), 'mine')
    const { problems, exitCode } = await twin(lab)
    assert.equal(exitCode, 3)
    assert.deepEqual(
      problems.map(({ kind, name, needsYou }) => [kind, name, needsYou]),
      [['failed', 'index.html', true]],
    )
  })
})

describe('posters', async () => {
  const still: Bytes = {
    kind: 'inline',
    data: await sharp({ create: { width: 640, height: 360, channels: 3, background: '#246' } })
      .jpeg()
      .toBuffer(),
  }
  const films: World = { ...world, root: [albumNode('Films', [video('film', { still }), photo('f')])] }
  const posters = (lab: Lab): number => [...twinOf(lab).keys()].filter((path) => path.startsWith('twin.files/posters/')).length
  const asked = (lab: Lab): number => lab.sim.counters.byEndpoint.still ?? 0

  test('are fetched by a backup that brings the twin up to date, once', async (t) => {
    const lab = await openLab(t, films, { settings: { twin: true } })
    await lab.complete()
    assert.deepEqual([posters(lab), asked(lab)], [1, 1])
    await lab.complete({ full: true })
    assert.equal(asked(lab), 1)
  })

  test('are fetched by twin where somebody is signed in, and a twin without keys has none', async (t) => {
    const lab = await openLab(t, films)
    await lab.complete()
    const { userToken: _token, userSecret: _secret, ...settings } = lab.work().settings
    assert.equal((await runTwin({ ...lab.work(), settings: settings as Settings })).exitCode, 0)
    assert.deepEqual([posters(lab), asked(lab)], [0, 0])
    assert.equal((await twin(lab)).exitCode, 0)
    assert.deepEqual([posters(lab), asked(lab)], [1, 1])
  })

  test('that SmugMug does not give now are no trouble of the twin', async (t) => {
    const lab = await openLab(t, films, {
      settings: { twin: true },
      behaviour: { faults: [{ on: 'still', does: { kind: 'status', status: 503 } }] },
    })
    await lab.complete()
    assert.ok(existsSync(lab.at('Films/index.html')))
    assert.equal(posters(lab), 0)
    lab.sim.setBehaviour({})
    await lab.complete()
    assert.equal(posters(lab), 1)
  })
})

describe('the memory of the twin', () => {
  for (const [what, spoil] of [
    ['lost', (path: string) => unlinkSync(path)],
    ['junk', (path: string) => writeFileSync(path, 'junk '.repeat(2000))],
    ['empty', (path: string) => writeFileSync(path, '')],
    ['cut', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 5000))],
    ['spoilt in the middle', (path: string) => writeFileSync(path, readFileSync(path).fill(7, 4096))],
  ] as const)
    for (const file of [SHOWN, NOTE])
      test(`${file}, ${what}, is made anew: the twin is the same`, async (t) => {
        const lab = await labWithTwin(t)
        const whole = twinOf(lab)
        spoil(lab.at(file))
        const told = await twin(lab)
        assert.deepEqual([told.exitCode, told.named], [0, []])
        assert.deepEqual(twinOf(lab), whole)
        lab.change((now) => editImage(now, b.key, { caption: 'Anew' }))
        await lab.complete({ full: true })
        assert.equal((await twin(lab)).exitCode, 0)
      })

  for (const file of [SHOWN, NOTE])
    test(`a folder in place of ${file} ends in plain words`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      mkdirSync(lab.at(file))
      await assert.rejects(twin(lab), {
        name: 'DestinationError',
        message: /^The (list|memory) of the twin .* is no file, but a folder or a device\.$/,
      })
    })

  test('a damaged record keeps the last state of its page', async (t) => {
    const lab = await labWithTwin(t)
    const page = md5OfFile(lab.at('Travel/Norway/index.html'))
    lab.change((now) => editImage(now, b.key, { caption: 'New' }))
    await lab.complete({ full: true })
    writeFileSync(lab.at('Travel/Norway/album.json'), readFileSync(lab.at('Travel/Norway/album.json'), 'utf8').slice(0, -80))
    for (const lost of [false, true]) {
      if (lost) unlinkSync(lab.at(SHOWN))
      const told = await twin(lab)
      assert.deepEqual([told.exitCode, told.named], [3, ['damaged Travel/Norway/album.json']])
      assert.equal(md5OfFile(lab.at('Travel/Norway/index.html')), page)
    }
  })

  test('after a rebuild the twin finds the records', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    unlinkSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    assert.equal((await runRebuild(lab.work())).exitCode, 0)
    assert.match((await twin(lab)).message, /7 pages, 4 items/)
  })
})

describe('a twin that is broken off', () => {
  /** Makes the twin over a storage that dies at a call. Returns true if it died. */
  async function dyingTwin(lab: Lab, at: number): Promise<boolean> {
    const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'twin' })
    let calls = 0
    const dying = dyingStorage((method) => {
      calls += method === 'put' || method === 'remove' ? 1 : 0
      return calls === at && (method === 'put' || method === 'remove') ? (at % 2 === 0 ? 'dies after' : 'dies before') : 'alive'
    })
    const storage = dying.wrap(vault.storage)
    const shown = Shown.open(lab.at(SHOWN))
    const files = WrittenFiles.open(storage, lab.at(NOTE))
    try {
      const assets = [{ path: 'twin.js', bytes: Buffer.from('//') }]
      const signal = new AbortController().signal
      await makeTwin({
        vault: { ...vault, storage },
        target: storage,
        shown,
        files,
        assets,
        placeOf: () => undefined,
        emit: () => undefined,
        clock: systemClock,
        signal,
      })
    } catch (error) {
      if (!(error instanceof DestinationError)) throw error
    } finally {
      files.close()
      shown.close()
      await vault.close()
    }
    return dying.isDead()
  }

  /** The index leads only to files that stand there. */
  function assertWhole(lab: Lab): void {
    if (!existsSync(lab.at('twin.files/data/index.js'))) return
    const hashes = readFileSync(lab.at('twin.files/data/index.js'), 'utf8').match(/[0-9a-f]{10}/g) ?? []
    const names = readdirSync(lab.at('twin.files/data')).join('\n')
    for (const hash of hashes) assert.ok(names.includes(hash), `${hash} of the index`)
    for (const year of readdirSync(lab.at('twin.files/data')).filter((name) => /^\d{4}\.[0-9a-f]{10}\.js$/.test(name))) {
      if (!hashes.some((hash) => year.includes(hash))) continue
      for (const hash of readFileSync(lab.at(`twin.files/data/${year}`), 'utf8').match(/"[0-9a-f]{10}"/g) ?? [])
        assert.ok(names.includes(hash.slice(1, -1)), `${hash} of ${year}`)
    }
  }

  test('is whole at every instant, and the next run makes the same as if nothing had been', async (t) => {
    const lab = await labWithTwin(t)
    lab.change(
      (now) => renameAlbum(now, norway, 'Sweden'),
      (now) => editImage(now, b.key, { caption: 'After' }),
    )
    await lab.complete({ full: true })
    let died = 0
    for (let at = 1; await dyingTwin(lab, at); at += 1) {
      died += 1
      assertWhole(lab)
      if (at > 60) assert.fail('it never ends')
    }
    assert.ok(died >= 4, `${died} deaths`)
    const healed = await twin(lab)
    assert.deepEqual([healed.exitCode, healed.named], [0, []])
    const found = twinOf(lab)
    await twin(lab, { remove: true })
    await twin(lab)
    assert.deepEqual(found, twinOf(lab))
  })

  test('an interruption leaves the old one', async (t) => {
    const lab = await labWithTwin(t)
    const before = twinOf(lab)
    lab.change((now) => editImage(now, b.key, { caption: 'After' }))
    await lab.complete({ full: true })
    await assert.rejects(twin(lab, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    assert.deepEqual(twinOf(lab), before)
  })
})
