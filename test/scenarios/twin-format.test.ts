/**
 * Reads a twin as a stranger would who has nothing but docs/twin-format.md: no module of the program's is used to read it.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runTwin } from '../../src/app/app.ts'
import { openLab } from '../support/lab.ts'

const coloured = async (background: string, width: number): Promise<Bytes> => ({
  kind: 'inline',
  data: await sharp({ create: { width, height: 600, channels: 3, background } })
    .jpeg()
    .toBuffer(),
})

const late = photo('late', { bytes: await coloured('#24a', 1200), capturedLocal: '2021-11-05T10:00:00', caption: 'Blåbær (in autumn)' })
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway & more', [
        late,
        photo('early', { bytes: await coloured('#a42', 600), capturedLocal: '2021-02-01T10:00:00', latitude: '60.39', longitude: '5.32' }),
        video('film', { still: await coloured('#4a2', 900), capturedLocal: '2019-06-01T10:00:00' }),
      ]),
    ]),
    albumNode('Best', [collected(late)]),
  ],
}

/** A data file, as its text says. */
// biome-ignore lint/suspicious/noExplicitAny: a stranger knows no types
type Data = Record<string, any>

test('The twin is as docs/twin-format.md says, for a reader without the program', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  assert.equal((await runTwin(lab.work())).exitCode, 0)
  const files = lab.at('twin.files')
  const seen = new Set<string>(['index.js'])
  const parse = (name: string): Data => {
    const text = readFileSync(join(files, 'data', name), 'utf8')
    assert.equal(text.trimEnd().split('\n').length, 1, `${name} has one line`)
    assert.match(text, /^twin\(/)
    return JSON.parse(text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))) as Data
  }
  const read = (name: string): Data => {
    seen.add(name)
    const hash = createHash('sha256')
      .update(readFileSync(join(files, 'data', name)))
      .digest('hex')
    assert.ok(name.includes(`.${hash.slice(0, 10)}.`), `${name} is named by its own text`)
    return parse(name)
  }

  const index = parse('index.js')
  assert.deepEqual([index.kind, index.format, index.title], ['index', 'smugmug-backup/twin/1', 'Ann'])
  const albums = new Map<string, string>(read(`albums.${index.albums}.js`).albums.map(([key, , place]: string[]) => [key, place]))
  assert.deepEqual([...albums.values()].toSorted(), ['Best', 'Travel/Norway-more'])
  assert.deepEqual(
    index.years.map(([year, items]: number[]) => [year, items]),
    [
      [2021, 2],
      [2019, 1],
    ],
  )

  const found: Data[] = []
  for (const [year, count, hash] of index.years) {
    const name = String(year).padStart(4, '0')
    const data = read(`${name}.${hash}.js`)
    const lines: string[] = []
    const ratios = Buffer.from(data.ratios, 'base64')
    assert.equal(ratios.length, count)
    const places = new Map<number, readonly number[]>()
    const points = data.points === '' ? Buffer.alloc(0) : Buffer.from(read(`${name}.points.${data.points}.js`).points, 'base64')
    for (let at = 0; at < points.length; at += 10)
      places.set(points.readUInt32LE(at), [points.readUIntLE(at + 4, 3) / 46603 - 90, points.readUIntLE(at + 7, 3) / 46603 - 180])
    let number = 0
    for (const [month, items, parts] of data.months) {
      const before = number
      for (const [part, [grid, words, text]] of parts.entries()) {
        const stem = `${name}-${String(month).padStart(2, '0')}${part === 0 ? '' : `.${part}`}`
        lines.push(...read(`${stem}.text.${text}.js`).lines.split('\n'))
        const [shown, told] = [read(`${stem}.${grid}.js`), read(`${stem}.words.${words}.js`)]
        for (const [at, [album, imageKey, md5, file, shows, width, height]] of shown.items.entries()) {
          const place = albums.get(shown.albums[album])
          found.push({ ...told.items[at], imageKey, md5, shows, line: lines[number], at: places.get(number), path: `${place}/${file}` })
          assert.ok(Math.abs((ratios[number] ?? 0) - (128 + 32 * Math.log2(width / height))) <= 1, 'the ratio is that of the size')
          number += 1
        }
      }
      assert.equal(number - before, items)
    }
    assert.deepEqual([number, lines.length], [count, count])
  }

  assert.deepEqual(readdirSync(join(files, 'data')).toSorted(), [...seen].toSorted(), 'no file of the data is without a way to it')
  assert.deepEqual(
    found.map(({ taken, shows }) => [taken.slice(0, 7), shows]),
    [
      ['2021-11', 2],
      ['2021-02', 2],
      ['2019-06', 1 + 4],
    ],
  )
  for (const { md5, shows, path, imageKey } of found) {
    assert.equal(
      createHash('md5')
        .update(readFileSync(lab.at(path)))
        .digest('hex'),
      md5,
    )
    const [kind, ending] = shows & 2 ? ['thumbs', 'webp'] : ['posters', 'jpg']
    assert.ok(existsSync(join(files, kind, md5.slice(0, 2), `${md5}.${ending}`)), `${path} has a picture`)
    const page = readFileSync(lab.at(`${path.slice(0, path.lastIndexOf('/'))}/index.html`), 'utf8')
    assert.match(page, new RegExp(`<figure[^>]* id="i-${imageKey}"`))
  }
  const [first, second, film] = found as [Data, Data, Data]
  assert.equal(first.caption, 'Blåbær (in autumn)')
  assert.match(first.line, /blabær|blabaer/)
  assert.match(film.line, /\bvideo\b/)
  assert.ok(Math.abs(second.at[0] - 60.39) < 0.001 && Math.abs(second.at[1] - 5.32) < 0.001, String(second.at))
  assert.equal(first.at, undefined)
})
