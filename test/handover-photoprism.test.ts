/** The handover to PhotoPrism: its YAML is read by a parser of YAML, and its numbers and paths by PhotoPrism's own rules. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import { join, parse } from 'node:path'
import { describe, test } from 'node:test'
import { renameAlbum } from '../simulator/edit.ts'
import type { World } from '../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../simulator/worlds/make.ts'
import { type Fields, uid, yaml } from '../src/operations/handover/photoprism/yaml.ts'
import { handOver } from './support/handover.ts'
import { albumKey, filesBelow, openLab } from './support/lab.ts'
import { fc } from './support/properties.ts'

const hasYaml = spawnSync('python3', ['-c', 'import yaml']).status === 0

/** Reads YAML documents by PyYAML where it is installed, else by the rules of the few forms that are written. */
function readAll(texts: readonly string[]): readonly Record<string, unknown>[] {
  if (!hasYaml) return texts.map(readForms)
  const script = 'import sys, json, yaml; print(json.dumps([yaml.load(t, Loader=yaml.BaseLoader) for t in json.load(sys.stdin)]))'
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: JSON.stringify(texts), maxBuffer: 1e8 })
  return JSON.parse(String(stdout) || assert.fail(String(stderr)))
}

/** Reads one level of names with JSON values, maps and lists. All values become texts. */
function readForms(text: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  let inner: Record<string, unknown>[] = []
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, indent = '', dash, name = '', value = ''] = /^( *)(- )?(\w+):(?: (.*))?$/.exec(line) ?? assert.fail(line)
    if (indent === '' && dash === undefined && value === '') {
      inner = [{}]
      found[name] = inner
    } else if (indent === '' && dash === undefined) found[name] = String(JSON.parse(value))
    else {
      if (dash !== undefined && Object.keys(inner.at(-1) ?? {}).length > 0) inner.push({})
      Object.assign(inner.at(-1) ?? {}, { [name]: String(JSON.parse(value)) })
    }
  }
  if (Array.isArray(found.Details)) found.Details = found.Details[0]
  return found
}

const HOSTILE = `'; $(touch INJECTED) "x": {a: &b *c} # !!python/object \u2028\u0085\u202E\t- %`
const harbour = photo('harbour', {
  title: HOSTILE,
  caption: `two\nlines <b>bold</b> ${HOSTILE}`,
  keywords: ['Places|Norway', 'yes', '1e3'],
  latitude: '-60.39',
  longitude: '5.32',
  altitude: 12.4,
  capturedLocal: '2024-06-14T05:02:11',
})
const theWorld = (): World => ({
  nickName: 'simon',
  name: 'Simon',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [harbour, photo('hidden', { hidden: true }), photo('pair'), video('pair video', { fileName: 'pair.MOV' })], {
        description: `${HOSTILE}\nmore`,
      }),
    ]),
    albumNode('no', [collected(harbour), photo('dots', { fileName: 'a.b.c.jpg' })], { privacy: 'Unlisted' }),
    albumNode('Empty', []),
  ],
})

describe('handover photoprism', () => {
  test('writes a file for each photo at its path, and one for each album', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, () => true)
    const { exitCode, message, problems, folder: place, read } = await handOver(t, lab, { target: 'photoprism' })
    assert.deepEqual([exitCode, problems.map(({ kind, name }) => [kind, name])], [0, [['notice', 'pair.mp4']]], message)
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
    )
    const paths = [...filesBelow(place, (path) => path.endsWith('.yml')).keys()]
    const documents = new Map(readAll(paths.map(read)).map((document, index) => [paths[index] ?? '', document]))
    const photos = paths.filter((path) => path.startsWith('sidecar/'))
    assert.deepEqual(
      photos,
      ['Travel/Norway/harbour', 'Travel/Norway/hidden', 'Travel/Norway/pair', 'no/a.b.c', 'no/harbour'].map(
        (path) => `sidecar/${path}.yml`,
      ),
    )
    const words = documents.get('sidecar/Travel/Norway/harbour.yml')
    assert.deepEqual(words, {
      UID: uid('p', harbour.key),
      Type: 'image',
      TakenAt: '2024-06-14T05:02:11Z',
      TakenAtLocal: '2024-06-14T05:02:11Z',
      TakenSrc: 'meta',
      Title: HOSTILE,
      TitleSrc: 'manual',
      Caption: `two\nlines bold ${HOSTILE}`,
      CaptionSrc: 'manual',
      Description: `two\nlines bold ${HOSTILE}`,
      DescriptionSrc: 'manual',
      Lat: '-60.39',
      Lng: '5.32',
      PlaceSrc: 'manual',
      Altitude: '12',
      Details: { Keywords: 'Places, Norway, yes, 1e3', KeywordsSrc: 'manual' },
    })
    assert.equal(documents.get('sidecar/Travel/Norway/hidden.yml')?.Private, 'true')
    const albums = paths.filter((path) => path.startsWith('albums/')).map((path) => [parse(path).name, documents.get(path)] as const)
    assert.equal(albums.length, 2, 'PhotoPrism restores no album without photos')
    for (const [name, album] of albums) assert.equal(name, album?.UID)
    const norway = albums.find(([, album]) => album?.Title === 'Norway')?.[1]
    assert.deepEqual([norway?.Type, norway?.Description, norway?.Private], ['album', `${HOSTILE}\nmore`, undefined])
    assert.deepEqual(
      norway?.Photos,
      [harbour, photo('hidden'), photo('pair')].map(({ key }) => ({ UID: uid('p', key) })),
    )
    const no = albums.find(([name]) => name === uid('a', albumKey(lab.world, 'no')))?.[1]
    assert.deepEqual([no?.Title, no?.Private], ['no', 'true'])
    assert.deepEqual(
      no?.Photos,
      [harbour, photo('dots')].map(({ key }) => ({ UID: uid('p', key) })),
      'a collected photo is one photo in both albums',
    )
  })

  test('a second run takes away what is gone, and names what is not held', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const { folder: place } = await handOver(t, lab, { target: 'photoprism' })
    rmSync(lab.at('Travel/Norway/hidden.jpg'))
    const { exitCode, problems } = await handOver(t, lab, { target: 'photoprism', folder: place })
    assert.deepEqual([exitCode, problems.filter(({ kind }) => kind === 'missing').map(({ name }) => name)], [3, ['hidden.jpg']])
    assert.ok(!existsSync(join(place, 'sidecar/Travel/Norway/hidden.yml')))
    assert.ok(existsSync(join(place, 'sidecar/Travel/Norway/harbour.yml')))
  })

  test('a file that is no part of it any more, and that a person changed, stays and is named', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const { folder: place } = await handOver(t, lab, { target: 'photoprism' })
    const mine = 'sidecar/Travel/Norway/harbour.yml'
    appendFileSync(join(place, mine), '# mine\n')
    lab.change((world) => renameAlbum(world, albumKey(world, 'Norway'), 'Norge'))
    await lab.complete()
    const { exitCode, problems } = await handOver(t, lab, { target: 'photoprism', folder: place })
    assert.deepEqual(
      [exitCode, problems.filter(({ kind }) => kind === 'failed').map(({ name, needsYou }) => [name, needsYou])],
      [3, [[mine, true]]],
    )
    rmSync(join(place, mine))
    assert.equal((await handOver(t, lab, { target: 'photoprism', folder: place })).exitCode, 0)
  })
})

describe('the YAML', () => {
  test('holds any text', () => {
    const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 40 }), 300)
    const documents = readAll(
      texts.map((Title) => yaml({ Title, Details: { Keywords: Title }, Photos: [{ UID: Title }] } satisfies Fields)),
    )
    for (const [index, document] of documents.entries()) {
      const text = texts[index]?.toWellFormed()
      assert.deepEqual(document, { Title: text, Details: { Keywords: text }, Photos: [{ UID: text }] })
    }
  })

  test('the reader refuses a text that is written as it is', () => {
    for (const raw of ['Title: "half', 'Title: {a: &b', 'Details:\n\t- Keywords: x', "Title: 'a' b"]) assert.throws(() => readAll([raw]))
  })

  test('its numbers are such as PhotoPrism gives', () => {
    fc.assert(fc.property(fc.string(), (key) => /^p[a-z0-9]{15}$/.test(uid('p', key)) && uid('a', key) !== uid('p', key)))
  })
})
