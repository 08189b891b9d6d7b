/** The past where a file of the vault is not what it should be. */
import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  addAlbum,
  albumsOf,
  editImage,
  moveImage,
  placementsOf,
  removeAlbum,
  removeImage,
  renameAlbum,
  renameFolder,
} from '../simulator/edit.ts'
import { idFrom } from '../simulator/lookup.ts'
import type { World } from '../simulator/world.ts'
import { album, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { runCopyAsOf } from '../src/app/copies.ts'
import { runHistory } from '../src/app/history.ts'
import { runDiff } from '../src/app/past.ts'
import { DestinationError } from '../src/errors.ts'
import { RecordError } from '../src/vault/record/read-json.ts'
import { renderTreeDoc } from '../src/vault/versions/docs.ts'
import { albumKey, type Lab, openLab } from './support/lab.ts'
import { checkoutOf } from './support/past.ts'
import { changesOf, openTarget } from './support/restored.ts'

const DEPTH = 20_000
const nested = (inner: string, open: string, close: string): string => open.repeat(DEPTH) + inner + close.repeat(DEPTH)

const twoRuns = async (lab: Lab): Promise<void> => {
  await lab.complete()
  lab.change((world) => renameFolder(world, idFrom('node Travel', 6), 'Journeys'))
  await lab.complete()
}

test('the patterns of a checkout are compared with the paths of that day', async (t) => {
  const lab = await openLab(t, smallWorld())
  await twoRuns(lab)
  const warnings: string[] = []
  const from = async (settings: Partial<ReturnType<Lab['work']>['settings']>) => {
    const work = lab.work({ settings })
    return await checkoutOf(lab, 1, {
      settings: work.settings,
      emit: (event) => void (event.event === 'warning' && warnings.push(event.message)),
    })
  }
  const then = await from({ album: ['Travel/**'] })
  assert.deepEqual([then.exitCode, then.files.size > 0], [0, true])
  await assert.rejects(from({ album: ['Journeys/**'] }), { exitCode: 2, message: /matches no album and no folder/ })
  const others = await from({ exclude: ['Travel/**'] })
  assert.deepEqual(
    [...others.files.keys()].filter((path) => path.startsWith('Travel/')),
    [],
  )
  assert.deepEqual(warnings, [])
})

for (const [what, leave] of [
  ['was renamed', (lab: Lab) => (world: World) => renameAlbum(world, albumKey(lab.world, 'Kitchen'), 'Old kitchen')],
  ['is gone from SmugMug', (lab: Lab) => (world: World) => removeAlbum(world, albumKey(lab.world, 'Kitchen'))],
] as const)
  test(`an album at the path of one that ${what} is new, and nothing of it was lost`, async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    lab.change(leave(lab))
    await lab.complete()
    lab.change((world) =>
      addAlbum(world, { ...album('Second kitchen', [photo('fresh')]), name: 'Kitchen', urlName: 'Kitchen' }, idFrom('node Home', 6)),
    )
    await lab.complete()
    const then = await checkoutOf(lab, 1)
    assert.deepEqual([then.exitCode, then.problems], [0, []])
    const since = await runDiff({ ...lab.work(), since: '1' })
    assert.deepEqual([since.exitCode, since.problems], [0, []])
    assert.ok(since.differences.some(({ what: how, name }) => how === 'came' && name === 'fresh.jpg'))
  })

describe('a tree.json', () => {
  const whole = (root: string) => (text: string) =>
    `${JSON.stringify({ ...JSON.parse(text), root: 0 }).replace('"root":0', `"root":${root}`)}`
  const damages: Readonly<Record<string, (text: string) => string>> = {
    'that is cut': (text) => text.slice(0, 200),
    'that is null': () => 'null',
    'whose folders nest too deeply': whole(nested('{"type":"Folder","children":[]}', '{"type":"Folder","children":[', ']}')),
    'with a field that nests too deeply': whole(`{"type":"Folder","children":[],"smugmug":${nested('1', '{"a":', '}')}}`),
    'whose root is a list': whole('[]'),
  }
  for (const [what, damaged] of Object.entries(damages)) {
    test(`${what} is named by diff, checkout and restore, and the next change of folders replaces it`, async (t) => {
      const lab = await openLab(t, smallWorld())
      await twoRuns(lab)
      writeFileSync(lab.at('tree.json'), damaged(readFileSync(lab.at('tree.json'), 'utf8')))
      const compared = await runDiff({ ...lab.work(), since: '1' })
      assert.equal(compared.exitCode, 3)
      assert.match(JSON.stringify(compared.problems), /its record cannot be read/)
      const { problems } = await checkoutOf(lab, 1)
      assert.ok(problems.some(({ name, reason }) => name === 'tree.json' && reason === 'the folders of that day cannot be read'))
      const { target, restore } = await openTarget(t, lab)
      for (const at of [{}, { at: '1' }]) {
        const named = await restore({ ...at, dryRun: true })
        assert.ok(
          named.problems.some(({ name, reason }) => name === 'tree.json' && /the record of the folders cannot be read/.test(reason)),
        )
      }
      assert.deepEqual(changesOf(target), [])
      lab.change((world) => renameFolder(world, idFrom('node Travel', 6), 'Tours'))
      await lab.complete()
      assert.equal((await restore()).exitCode, 0)
    })
  }
})

test('a line of the past that nests too deeply is an error of that file, and never a bug', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const [album] = lab.rows().albums
  lab.change((world) => editImage(world, placementsOf(albumsOf(world)[0] ?? assert.fail())[0]?.image.key ?? '', { caption: 'new' }))
  await lab.complete()
  const path = `.smugmug-backup/versions/${[...lab.ours('versions').keys()].find((each) => each.endsWith('/2.jsonl.gz'))}`
  const line = `{"album":${JSON.stringify(album?.key)},"op":"head","set":{"smugmug":${nested('1', '{"a":', '}')}}}\n`
  appendFileSync(lab.at(path), gzipSync(line))
  const verified = await lab.verify()
  assert.deepEqual([verified.exitCode, verified.problems.map(({ name }) => name)], [3, [path]])
  await assert.rejects(checkoutOf(lab, 1), DestinationError)
  await assert.rejects(runDiff({ ...lab.work(), since: '1' }), DestinationError)
  const key = lab.rows().items.find(({ albumKey }) => albumKey === album?.key)?.imageKey ?? ''
  await assert.rejects(runCopyAsOf(lab.work(), key, '1'), DestinationError)
})

test('a moment that is none, or that no run was at, is refused in the same words by all', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  for (const [when, words] of [
    ['yesterday', /A moment is given by the number of a run, such as 12, or by a day, such as 2026-11-26, and not by "yesterday"/],
    ['0', /A moment is given/],
    ['99', /There is no run 99; the last one is 1/],
    ['2001-02-03', /There was no run up to 2001-02-03/],
  ] as const) {
    await assert.rejects(runHistory({ ...lab.work(), run: when }), words)
    await assert.rejects(runDiff({ ...lab.work(), since: when }), words)
    await assert.rejects(checkoutOf(lab, when), words)
  }
})

test('folders that the past nests too deeply are an error of the record', () => {
  const rows = new Map(Array.from({ length: DEPTH }, (_, n) => [`n${n}`, { type: 'Folder', ...(n > 0 && { parentId: `n${n - 1}` }) }]))
  assert.throws(() => renderTreeDoc({ head: {}, rows }), RecordError)
})

test('a photo that went to another album is one that moved, and one that left an album for good is gone', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const [from, to] = [albumKey(lab.world, '2024 Norway'), albumKey(lab.world, 'Kitchen')]
  const [moved, gone] = [idFrom('image fjord-1', 7), idFrom('image fjord-2', 7)]
  lab.change((world) => removeImage(editImage(moveImage(world, moved, from, to), moved, { caption: 'home' }), from, gone))
  await lab.complete()
  const { differences, message } = await runDiff({ ...lab.work(), since: '1' })
  assert.deepEqual(
    differences.filter(({ imageKey: each }) => each !== undefined).map(({ what, album, name, from: was }) => [what, album, name, was]),
    [
      ['moved', '/Home/Kitchen', 'fjord-1.jpg', '/Travel/2024-Norway/fjord-1.jpg'],
      ['words', '/Home/Kitchen', 'fjord-1.jpg', undefined],
      ['went', '/Travel/2024-Norway', 'fjord-2.jpg', undefined],
    ],
  )
  assert.match(message, /^3 differences since run 1: 1 with other words, 1 moved, 1 no longer on SmugMug\.$/)
})
