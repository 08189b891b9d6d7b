/** The handovers to digiKam and Lightroom: their script is run, and the copies are read by the rules of each program. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import type { Bytes, World } from '../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../simulator/worlds/make.ts'
import { checkScript, handOver, isInstalled, readSidecar, scratch } from './support/handover.ts'
import { filesBelow, openLab } from './support/lab.ts'

const HOSTILE = `'; touch INJECTED; "$(touch INJECTED)"`
const picture = (colour: string): Promise<Buffer> =>
  sharp({ create: { width: 32, height: 24, channels: 3, background: colour } })
    .jpeg()
    .toBuffer()
const inline = async (colour: string): Promise<Bytes> => ({ kind: 'inline', data: await picture(colour) })
const harbour = photo('harbour', {
  bytes: await inline('#123'),
  title: `Harbour ${HOSTILE}`,
  caption: 'Before the boats leave.\nBergen',
  keywords: ['Places|Norway', 'fjord'],
  latitude: '60.39',
  longitude: '5.32',
  capturedLocal: '2024-06-14T05:02:11',
})
const theWorld = async (): Promise<World> => ({
  nickName: 'simon',
  name: 'Simon',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode(
        "Norway '; DROP TABLE Albums; --",
        [
          harbour,
          video('ferry'),
          photo('both', {
            bytes: await inline('#456'),
            title: 'With RAW',
            components: [{ fileName: 'both.CR2', bytes: { kind: 'seeded', seed: 'raw', size: 30_000, starts: 'none' } }],
          }),
          photo('percent', { fileName: '-100%d $(touch INJECTED)%f.jpg', bytes: await inline('#789'), title: 'Percent' }),
          photo('long', { fileName: `${'x'.repeat(251)}.jpg`, bytes: await inline('#abc'), title: 'Long' }),
        ],
        { urlName: 'Norway', description: `Two weeks\n.quit\n${HOSTILE}` },
      ),
    ]),
    albumNode('Best', [collected(harbour)]),
  ],
})

const copy = (place: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('sh', [join(place, 'copy.sh'), ...args], { cwd: place, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}
const injected = (...folders: readonly string[]): string => String(spawnSync('find', [...folders, '-name', 'INJECTED*']).stdout)

describe('handover digikam', () => {
  test('copies photos with their sidecars, and replaces nothing', async (t) => {
    const lab = await openLab(t, await theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, () => true)
    const { exitCode, problems, folder: place } = await handOver(t, lab, { target: 'digikam' })
    assert.deepEqual([exitCode, problems], [0, []])
    checkScript(join(place, 'copy.sh'))
    const target = join(scratch(t), 'my photos')
    const dry = copy(place, target)
    assert.deepEqual([dry.status, existsSync(target)], [0, false], dry.said)
    assert.match(dry.said, /^7 files would be copied/m)
    mkdirSync(join(target, 'Best'), { recursive: true })
    writeFileSync(join(target, 'Best', 'harbour.jpg'), 'mine')
    const first = copy(place, '--run', target)
    assert.equal(first.status, 0, first.said)
    assert.equal(readFileSync(join(target, 'Best', 'harbour.jpg'), 'utf8'), 'mine')
    for (const name of readdirSync(join(target, 'Travel/Norway')).filter((each) => !each.endsWith('.xmp'))) {
      assert.ok(readFileSync(join(target, 'Travel/Norway', name)).equals(readFileSync(lab.at(`Travel/Norway/${name}`))), name)
      assert.ok(readSidecar(readFileSync(join(target, 'Travel/Norway', `${name}.xmp`), 'utf8')).ImageKey, name)
    }
    const words = readSidecar(readFileSync(join(target, 'Travel/Norway/harbour.jpg.xmp'), 'utf8'))
    assert.deepEqual(words.hierarchicalSubject, [
      ['', 'Places|Norway'],
      ['', 'fjord'],
    ])
    const copied = filesBelow(target, () => true)
    assert.equal(copy(place, '--run', target).status, 0)
    assert.deepEqual(
      filesBelow(target, () => true),
      copied,
    )
    assert.equal(injected(place, target, lab.root), '')
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
    )
    assert.equal(copy(place, '--run', join(lab.root, 'New')).status, 2)
    rmSync(lab.at('Travel/Norway/both.jpg'))
    const third = copy(place, join(scratch(t), 'other'))
    assert.deepEqual([third.status, /Failed: Travel\/Norway\/both\.jpg/.test(third.said)], [3, true], third.said)
  })

  test('its SQL gives albums their caption, date and cover, and keeps the words of a person', async (t) => {
    const lab = await openLab(t, await theWorld())
    await lab.complete()
    const { read } = await handOver(t, lab, { target: 'digikam' })
    const db = new DatabaseSync(':memory:')
    // The tables as digiKam makes them.
    db.exec(`CREATE TABLE AlbumRoots (id INTEGER PRIMARY KEY, label TEXT, status INTEGER NOT NULL, type INTEGER NOT NULL, identifier TEXT, specificPath TEXT);
      CREATE TABLE Albums (id INTEGER PRIMARY KEY, albumRoot INTEGER NOT NULL, relativePath TEXT NOT NULL, date DATE, caption TEXT, collection TEXT, icon INTEGER);
      CREATE TABLE Images (id INTEGER PRIMARY KEY, album INTEGER, name TEXT NOT NULL, status INTEGER NOT NULL);
      INSERT INTO AlbumRoots VALUES (1, 'SmugMug', 0, 1, '', ''), (2, 'Other', 0, 1, '', '');
      INSERT INTO Albums VALUES (1, 1, '/Travel/Norway', NULL, NULL, NULL, NULL), (2, 2, '/Travel/Norway', NULL, NULL, NULL, NULL), (3, 1, '/Best', NULL, 'mine', NULL, 7);
      INSERT INTO Images VALUES (5, 1, 'harbour.jpg', 1);`)
    const sql = read('albums.sql')
    assert.ok(!/^\./m.test(sql), 'no line is a command of the shell')
    db.exec(sql)
    const rows = db
      .prepare('SELECT id, date, caption FROM Albums')
      .all()
      .map((row) => ({ ...row }))
    assert.deepEqual(rows, [
      { id: 1, date: '2024-06-14', caption: `Norway '; DROP TABLE Albums; --\nTwo weeks\n.quit\n${HOSTILE}` },
      { id: 2, date: null, caption: null },
      { id: 3, date: '2024-06-14', caption: 'mine' },
    ])
    db.close()
  })

  test('the readers refuse words that are written as they are', () => {
    for (const raw of ['<x/>', '<x:xmpmeta xmlns:x="adobe:ns:meta/"><a & b></x:xmpmeta>', `title: ${HOSTILE}`])
      assert.throws(() => readSidecar(raw))
    const db = new DatabaseSync(':memory:')
    db.exec('CREATE TABLE Albums (id INTEGER PRIMARY KEY, caption TEXT)')
    for (const raw of [HOSTILE, 'two\n.quit', "it's"]) assert.throws(() => db.exec(`UPDATE Albums SET caption = ${raw};`))
    db.close()
  })

  test('a collected photo that is not copied is named', async (t) => {
    const lab = await openLab(t, await theWorld(), { settings: { collected: 'skip' } })
    await lab.complete()
    const { problems } = await handOver(t, lab, { target: 'digikam' })
    assert.ok(problems.some(({ name, album }) => name === 'harbour.jpg' && album === '/Best'))
  })
})

describe('handover lightroom', { skip: isInstalled('exiftool', '-ver') ? false : 'ExifTool is not installed' }, () => {
  test('writes the words into the copies, sidecars beside RAW files, and copies each photo once', async (t) => {
    const lab = await openLab(t, await theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, () => true)
    const { exitCode, message, folder: place } = await handOver(t, lab, { target: 'lightroom' })
    assert.equal(exitCode, 0, message)
    checkScript(join(place, 'copy.sh'))
    const target = join(scratch(t), 'my photos')
    const first = copy(place, '--run', target)
    // The video of this test is none: ExifTool refuses it, and it is copied as it is.
    assert.deepEqual(
      [first.status, first.said.match(/^Failed: .*$/gm)],
      [3, ['Failed: Travel/Norway/ferry.mp4 (copied, but ExifTool could not write its words)']],
      first.said,
    )
    assert.deepEqual(readdirSync(target), ['Travel'])
    const names = readdirSync(join(target, 'Travel/Norway'))
    assert.deepEqual(
      names.filter((name) => name.endsWith('.xmp')),
      ['both.xmp'],
    )
    assert.ok(!names.some((name) => name.startsWith('.')))
    const { stdout } = spawnSync('exiftool', [
      '-json',
      '-n',
      '-struct',
      '-XMP:all',
      '-charset',
      'filename=utf8',
      join(target, 'Travel/Norway'),
    ])
    const read = new Map<string, Record<string, unknown>>(
      JSON.parse(String(stdout)).map((each: { SourceFile: string }) => [each.SourceFile.replace(/^.*\//, ''), each]),
    )
    const words = read.get('harbour.jpg')
    assert.deepEqual(
      [words?.Title, words?.Description, words?.HierarchicalSubject, words?.GPSLatitude, words?.DateCreated],
      [
        `Harbour ${HOSTILE}`,
        'Before the boats leave.\nBergen',
        ['Places|Norway', 'fjord', 'SmugMug|Best', 'SmugMug|Travel|Norway'],
        60.39,
        '2024:06:14 05:02:11',
      ],
    )
    assert.equal(read.get('-100%d $(touch INJECTED)%f.jpg')?.Title, 'Percent')
    assert.equal(read.get(names.find((name) => name.startsWith('xxx')) ?? '')?.Title, 'Long')
    assert.equal(injected(place, target, lab.root), '')
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
      'the originals are untouched',
    )
  })

  test('--sidecars writes them beside RAW files alone', async (t) => {
    const lab = await openLab(t, await theWorld())
    await lab.complete()
    const { exitCode } = await handOver(t, lab, { target: 'lightroom', sidecars: true })
    assert.equal(exitCode, 0)
    assert.deepEqual(
      readdirSync(lab.at('Travel/Norway')).filter((name) => name.endsWith('.xmp')),
      ['both.xmp'],
    )
  })
})
