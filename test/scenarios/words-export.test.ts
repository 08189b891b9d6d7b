/** Exports for spreadsheets and scripts: whole, in order, harmless to open. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { removeImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { runExport, runRebuild } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'
import { type Loose, recordsIn } from '../support/records.ts'
import { assertCode, assertSame, openScene, snapshot } from './harness.ts'

const GO = ['Filename', 'Type', 'ArchivedUri', 'Caption', 'Keywords', 'Latitude', 'Longitude']

/** RFC 4180, written a second time on purpose: rows of cells. */
function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let [row, cell, quoted]: [string[], string, boolean] = [[], '', false]
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (char === '"') quoted = true
    else if (char === ',' || char === '\n') {
      row.push(cell)
      cell = ''
      if (char === '\n') {
        rows.push(row)
        row = []
      }
    } else cell += char
  }
  assert.deepEqual([row.length, cell, quoted], [0, '', false], 'the last line is ended')
  return rows
}

/** Rows by column, without the header. */
function tableOf(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = readCsv(text)
  for (const row of rows) assert.equal(row.length, header.length)
  return rows.map((row) => Object.fromEntries(header.map((name, n) => [name, row[n] ?? ''])))
}

/** Returns the files of a vault, without its folders. */
const filesIn = async (vault: string) => new Map([...(await snapshot(vault))].filter(([, { kind }]) => kind === 'file'))

/** An export as the bytes that were written, one piece after the other. */
async function exported(lab: Lab, format: 'csv' | 'jsonl' | 'xmp', settings: Partial<Settings> = {}): Promise<string> {
  const pieces: string[] = []
  const told = await runExport({ ...lab.work({ settings }), format, write: async (text) => void pieces.push(text) })
  assert.equal(told.exitCode, 0)
  for (const piece of pieces) assert.ok(!piece.includes('\ufffd'), 'a character was split')
  return pieces.join('')
}

const captionsOf = (jsonl: string): readonly string[] =>
  jsonl
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).caption)

/** Every item that the records of a vault hold and SmugMug has. */
const present = (lab: Lab): readonly Loose[] =>
  [...recordsIn(lab.root).values()].flatMap(({ items }) => items.filter((item: Loose) => !item.vanishedAt))

const RISKY = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const NUMBER = /^[+-]?\d+(\.\d+)?$/

describe('the CSV', { concurrency: 8 }, () => {
  test('names the files where they are after the vault was moved', async (t) => {
    const lab = await openLab(t, smallWorld(), { settings: { writeCsv: true } })
    await lab.complete()
    const moved = `${lab.root}-moved`
    renameSync(lab.root, moved)
    const run = await lab.backup({ settings: { destination: moved } })
    assert.deepEqual([run.exitCode, run.downloads], [0, 0])
    const rows = tableOf(readFileSync(join(moved, 'metadata.csv'), 'utf8'))
    assert.ok(rows.every(({ Filename = '' }) => Filename.startsWith(`${moved}/`)))
  })

  test("begins with the Go program's columns, then what more there is, one row an item", async (t) => {
    const lab = await openLab(t, smallWorld(), { settings: { writeCsv: true } })
    await lab.complete()
    for (const text of [readFileSync(lab.at('metadata.csv'), 'utf8'), await exported(lab, 'csv')]) {
      const [header = []] = readCsv(text)
      assert.deepEqual(header.slice(0, 7), GO)
      for (const name of [
        'Title',
        'AlbumPath',
        'ImageKey',
        'AlbumKey',
        'Position',
        'CaptureTime',
        'DateTimeUploaded',
        'Size',
        'MD5',
        'SHA256',
        'Grade',
        'Privacy',
      ])
        assert.ok(header.includes(name), name)
      assert.equal(new Set(header).size, header.length)
      const rows = tableOf(text)
      assert.equal(rows.length, 12)
      const harbour = rows.find(({ Filename }) => Filename === lab.at('Travel/2024-Norway/Harbour at dawn.jpg')) ?? assert.fail()
      assert.equal(harbour.Type, 'image')
      assert.equal(harbour.Caption, 'The harbour of Bergen, before the boats leave.')
      assert.equal(harbour.Keywords, 'Bergen; harbour; "early morning"')
      assert.deepEqual([harbour.Latitude, harbour.Longitude], ['60.39299000000000', '5.32415000000000'])
      assert.match(harbour.ArchivedUri ?? '', /^http:.*-D\.jpg$/)
      assert.deepEqual(
        [harbour.Title, harbour.AlbumPath, harbour.Position, harbour.CaptureTime],
        ['Harbour', '/Travel/2024-Norway', '1', '2024-06-14T05:02:11'],
      )
      assert.deepEqual(
        [harbour.Size, harbour.Grade, harbour.MD5],
        ['20000', 'original', lab.media().get('Travel/2024-Norway/Harbour at dawn.jpg')],
      )
      assert.equal(rows.find(({ Filename }) => Filename === lab.at('Home/Kitchen/kitchen-1.jpg'))?.Privacy, 'Unlisted')
      assert.equal(rows.find(({ Filename }) => Filename?.endsWith('ferry.mp4'))?.Type, 'video')
    }
  })

  test('tells, of every item of the nasty account, what the record tells', async (t) => {
    const lab = await openLab(t, nastyWorld(), { settings: { writeCsv: true } })
    await lab.complete()
    const rows = new Map(tableOf(readFileSync(lab.at('metadata.csv'), 'utf8')).map((row) => [`${row.AlbumKey} ${row.ImageKey}`, row]))
    let count = 0
    for (const { album, items } of recordsIn(lab.root).values())
      for (const item of items) {
        const row = rows.get(`${album.key} ${item.imageKey}`) ?? assert.fail(item.name)
        assert.deepEqual(
          [row.Caption, row.Keywords, row.Title, row.Latitude, row.Longitude, row.ArchivedUri, row.Filename],
          [
            item.caption,
            item.keywords,
            item.title,
            item.latitude ?? '',
            item.longitude ?? '',
            item.archivedUri ?? '',
            lab.at(join(album.folder, item.name)),
          ],
        )
        count += 1
      }
    assert.equal(rows.size, count)
  })

  test('of the export is harmless to a spreadsheet: formulas are defused, numbers stay; metadata.csv stays as it is', async (t) => {
    const texts = [
      '=1+1',
      '+cmd',
      '-2+3',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '\n=1',
      '＝1+1',
      '＋1',
      '－1+1',
      '＠x',
      '-5',
      '+5',
      '-5.25',
      'plain',
      "'quoted",
      '=HYPERLINK("http://example.com","x")',
      ' =1',
      '-',
      '"=1"',
    ]
    const world: World = {
      nickName: 'ann',
      name: 'Ann',
      keys: KEYS,
      root: [
        albumNode(
          'F',
          texts.map((text, n) =>
            photo(`f${n}`, {
              title: text,
              caption: text,
              keywords: [text],
              fileName: n === 0 ? '=evil.jpg' : `f${n}.jpg`,
              latitude: '-33.85',
              longitude: -151.2,
              altitude: 5,
            }),
          ),
        ),
      ],
    }
    const lab = await openLab(t, world, { settings: { writeCsv: true } })
    await lab.complete()
    const plain = tableOf(readFileSync(lab.at('metadata.csv'), 'utf8'))
    const defused = tableOf(await exported(lab, 'csv'))
    for (const [n, text] of texts.entries()) {
      assert.deepEqual([plain[n]?.Caption, plain[n]?.Title], [text, text])
      const expected = RISKY.test(text) && !NUMBER.test(text) ? `'${text}` : text
      assert.deepEqual([defused[n]?.Caption, defused[n]?.Title], [expected, expected])
      for (const table of [plain, defused]) assert.deepEqual([table[n]?.Latitude, table[n]?.Longitude], ['-33.85', '-151.2'])
    }
    for (const row of defused)
      for (const [name, cell] of Object.entries(row)) assert.ok(!RISKY.test(cell) || NUMBER.test(cell), `${name}: ${cell}`)
  })

  test('of the nasty account has no cell that a spreadsheet would run', async (t) => {
    const lab = await openLab(t, nastyWorld())
    await lab.complete()
    for (const row of tableOf(await exported(lab, 'csv')))
      for (const [name, cell] of Object.entries(row)) assert.ok(!RISKY.test(cell) || NUMBER.test(cell), `${name}: ${cell}`)
  })

  test('is UTF-8 without a byte-order mark', async (t) => {
    const world: World = { ...smallWorld(), root: [albumNode('Ærø', [photo('é', { title: 'Ærøskøbing 📷 日本', caption: '\ufeffmark' })])] }
    const lab = await openLab(t, world, { settings: { writeCsv: true } })
    await lab.complete()
    const bytes = readFileSync(lab.at('metadata.csv'))
    assert.equal(bytes.subarray(0, 8).toString('latin1'), 'Filename')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    assert.equal(tableOf(text)[0]?.Title, 'Ærøskøbing 📷 日本')
    assert.equal(tableOf(await exported(lab, 'csv'))[0]?.Caption, '\ufeffmark')
  })
})

describe('every format', { concurrency: 8 }, () => {
  test('jsonl: one object a line with everything of the record, in the order of the albums', async (t) => {
    const lab = await openLab(t, nastyWorld(), { settings: { comments: true, imageMetadata: true } })
    await lab.complete()
    const lines = (await exported(lab, 'jsonl')).split('\n')
    assert.equal(lines.pop(), '')
    const objects = lines.map((line) => JSON.parse(line))
    const byKey = new Map(objects.map((each) => [`${each.albumKey} ${each.imageKey}`, each]))
    for (const { album, items } of recordsIn(lab.root).values())
      for (const item of items) {
        const { albumKey: key, albumPath, path, ...rest } = byKey.get(`${album.key} ${item.imageKey}`)
        assert.deepEqual([rest, key, albumPath, path], [item, album.key, album.urlPath, join(album.folder, item.name)])
      }
    assert.equal(objects.length, present(lab).length)
    const twins = objects.filter(({ albumPath }) => albumPath === '/Twins').map(({ position }) => position)
    assert.deepEqual(
      twins,
      twins.map((_, n) => n),
    )
  })

  test('holds no secret', async (t) => {
    const secret: World = {
      ...smallWorld(),
      root: [
        folder('L', [
          albumNode('A', [photo('a', { comments: [{ Comment: 'x', Email: 'SECRET@example.com' }] })], {
            password: 'SECRET',
            securityType: 'Password',
            fields: { UploadKey: 'SECRET', DownloadPassword: 'SECRET' },
          }),
        ]),
      ],
    }
    const lab = await openLab(t, secret, { settings: { comments: true } })
    await lab.complete()
    for (const format of ['csv', 'jsonl', 'xmp'] as const) assert.ok(!(await exported(lab, format)).includes('SECRET'), format)
  })

  test('leaves out what has vanished, and keeps what is held elsewhere, failed or cannot be had', async (t) => {
    const image = photo('shared')
    const world: World = {
      ...smallWorld(),
      root: [albumNode('A', [image, photo('gone'), video('never', { noRendition: true })]), albumNode('B', [collected(image)])],
    }
    const lab = await openLab(t, world, { settings: { collected: 'skip' } })
    await lab.complete()
    lab.change((w) => removeImage(w, albumKey(w, 'A'), photo('gone').key))
    await lab.complete()
    for (const format of ['csv', 'jsonl', 'xmp'] as const) {
      const text = await exported(lab, format)
      assert.ok(!text.includes('gone.jpg'), format)
      for (const name of ['shared.jpg', 'never']) assert.ok(text.includes(name), `${name} in ${format}`)
    }
    assert.equal(tableOf(await exported(lab, 'csv')).length, 3)
    // An item that is not held has no file to name.
    const rows = tableOf(await exported(lab, 'csv'))
    assert.deepEqual(rows.map(({ Size }) => Size !== '').sort(), [false, false, true])
  })

  test('is the same after a rebuild', async (t) => {
    const lab = await openLab(t, nastyWorld())
    await lab.complete()
    const before = [await exported(lab, 'csv'), await exported(lab, 'jsonl'), await exported(lab, 'xmp')]
    await runRebuild(lab.work())
    assert.deepEqual([await exported(lab, 'csv'), await exported(lab, 'jsonl'), await exported(lab, 'xmp')], before)
  })

  test('xmp: one well-formed document with every item of the nasty account', async (t) => {
    const lab = await openLab(t, nastyWorld())
    await lab.complete()
    const text = await exported(lab, 'xmp')
    assert.match(text, /<rdf:RDF/)
    assert.equal(text.match(/<rdf:Description /g)?.length, present(lab).length)
    // XML allows no other control characters, and no half characters.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
    assert.ok(text.isWellFormed())
  })
})

describe('where it goes', { concurrency: 2 }, () => {
  /** Texts of two, three and four bytes a character, at every offset: some character lies across every border of a buffer. */
  const large: World = {
    ...smallWorld(),
    root: [
      albumNode(
        'Large',
        Array.from({ length: 60 }, (_, n) =>
          photo(`l${n}`, {
            bytes: { kind: 'seeded', seed: `l${n}`, size: 300, starts: 'jpg' },
            caption: `${'x'.repeat(n % 7)}${'æ日📷'.repeat(2000)}`,
          }),
        ),
      ),
    ],
  }

  test('standard output, --output FILE and --output - hold the same bytes, and no character is split', async (t) => {
    const scene = await openScene(t, { world: large })
    await scene.backup()
    for (const format of ['csv', 'jsonl'] as const) {
      const { stdout, code } = await scene.run(['export', '--format', format])
      assert.equal(code, 0)
      assert.ok(stdout.length > 300_000 && !stdout.includes('\ufffd'))
      const captions = format === 'csv' ? tableOf(stdout).map(({ Caption }) => Caption) : captionsOf(stdout)
      assert.deepEqual(
        captions,
        Array.from({ length: 60 }, (_, n) => `${'x'.repeat(n % 7)}${'æ日📷'.repeat(2000)}`),
      )
      const dash = format === 'csv' ? ['--output', '-'] : ['--output=-']
      assert.equal((await scene.run(['export', '--format', format, ...dash])).stdout, stdout)
      assert.deepEqual(readdirSync(scene.cwd), [])
      assertCode(await scene.run(['export', '--format', format, '--output', 'file']), 0)
      assert.equal(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(join(scene.cwd, 'file'))), stdout)
      rmSync(join(scene.cwd, 'file'))
    }
  })

  test('a file that cannot be written is told (5), and what stood there stays', async (t) => {
    const scene = await openScene(t)
    await scene.backup()
    const told = await scene.run(['export', '--output', 'no/such/folder/out.csv'])
    assertCode(told, 5)
    assert.match(told.stderr, /no\/such\/folder\/out\.csv/)
    assertCode(await scene.run(['export', '--json']), 2)
    assertCode(await scene.run(['export', '--json', '--output', '-']), 2)
    assert.deepEqual(readdirSync(scene.cwd), [])
  })

  test('never replaces a file that the vault needs, also through a link; other files in the vault, and metadata.csv, it does', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_WRITE_CSV: 'true' } })
    await scene.backup()
    const before = await filesIn(scene.vault)
    symlinkSync(join(scene.vault, 'Travel'), join(scene.folder, 'link'))
    const [photo = '', ours = 'vault/.smugmug-backup'] = ['vault/Travel/2024-Norway/fjord-1.jpg']
    for (const path of [
      ...[photo, 'vault/Travel/2024-Norway/FJORD-1.JPG', 'link/2024-Norway/fjord-1.jpg', 'vault/Travel/2024-Norway/album.json'],
      ...['vault/tree.json', 'vault/index.html', 'vault/404.html', `${ours}/catalogue.sqlite`, `${ours}/SHA256SUMS`, `${ours}/new.csv`],
    ]) {
      const { summary } = await scene.json(['export', '--output', join(scene.folder, path)])
      assert.equal(summary.exitCode, 2, path)
      assert.match(summary.message, /is a file of the vault, and must not be replaced/)
    }
    assertSame(await filesIn(scene.vault), before)
    for (const path of ['vault/mine.csv', 'vault/mine.csv', 'vault/metadata.csv', 'vault/Travel/fjord-1.jpg.csv'])
      assertCode(await scene.run(['export', '--output', join(scene.folder, path)]), 0)
    assertCode(await scene.run(['verify']), 0)
  })

  test('from an account without albums: the header, nothing more; asks SmugMug nothing', async (t) => {
    const scene = await openScene(t, { world: { ...smallWorld(), root: [] } })
    await scene.backup()
    scene.simulator.resetCounters()
    const csv = await scene.run(['export'])
    assertCode(csv, 0)
    assert.equal(csv.stdout.split('\n').length, 2)
    assert.equal((await scene.run(['export', '--format', 'jsonl'])).stdout, '')
    assert.equal(scene.simulator.counters.api, 0)
  })
})
