/** A restore of a day that is past. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { albumsOf, changeAlbum, editImage, placementsOf, removeAlbum, replaceImage } from '../simulator/edit.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import type { Event } from '../src/events.ts'
import { albumKey, type Lab, openLab } from './support/lab.ts'
import { changesOf, describeWorld, openTarget, readsOf } from './support/restored.ts'

const KITCHEN = 'Home/Kitchen/album.json'

/** Opens a vault of two runs: in the second one an album has other words, or is gone. `before` happens to the vault between them. */
async function twoRuns(
  t: TestContext,
  { before, isGone = false }: { readonly before?: (lab: Lab) => void; readonly isGone?: boolean } = {},
) {
  const lab = await openLab(t, smallWorld(), { settings: { onVanished: 'trash' } })
  await lab.complete()
  const first = lab.world
  before?.(lab)
  const key = albumKey(first, 'Kitchen')
  const image = placementsOf(albumsOf(first).find((album) => album.key === key) ?? assert.fail())[0]?.image.key ?? ''
  lab.change(
    (world) => changeAlbum(world, albumKey(world, 'Best of'), (album) => ({ ...album, privacy: 'Private' })),
    (world) => editImage(world, image, { caption: 'other words' }),
    (world) => replaceImage(world, image, { kind: 'seeded', seed: 'other', size: 900, starts: 'jpg' }),
    (world) => (isGone ? removeAlbum(world, key) : world),
  )
  await lab.complete({ full: true, acceptChanges: true })
  return { lab, first, ...(await openTarget(t, lab, { writing: { reads: readsOf(first) } })) }
}

const albumsIn = ({ world }: Awaited<ReturnType<typeof twoRuns>>['target']) => albumsOf(world).map(({ name, count }) => [name, count])
const BUT_KITCHEN = [
  ['2024 Norway', 6],
  ['Best of', 3],
]

describe('a past day goes back', () => {
  test('with its words, bytes and privacy, also what has vanished since, broken off on the way', async (t) => {
    const { target, restore, first } = await twoRuns(t, { isGone: true })
    for (const after of [2, 5, 9]) {
      const stop = new AbortController()
      const emit = () => void (changesOf(target).length >= after && stop.abort())
      await assert.rejects(restore({ at: '1', signal: stop.signal, emit }))
    }
    const outcome = await restore({ at: '1' })
    assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
    assert.deepEqual(describeWorld(target.world), describeWorld(first))
    assert.equal(target.counters.byEndpoint.upload, 11)
  })

  test('with bytes in the trash of which a killed run noted nothing', async (t) => {
    const { lab, target, restore, first } = await twoRuns(t, { isGone: true })
    rmSync(lab.at('.smugmug-backup/history/history.jsonl'))
    const outcome = await restore({ at: '1' })
    assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
    assert.deepEqual(describeWorld(target.world), describeWorld(first))
  })

  test('an album that has vanished since can be chosen', async (t) => {
    const { target, lab, restore } = await twoRuns(t, { isGone: true })
    const { apiKey, apiSecret, userToken, userSecret } = lab.world.keys
    const keys = { apiKey, apiSecret, writeToken: userToken, writeSecret: userSecret, baseUrl: target.apiUrl }
    const { settings } = lab.work({ settings: { ...keys, album: ['home/kitchen'] } })
    assert.equal((await restore({ at: '1', settings })).exitCode, 0)
    assert.deepEqual(albumsIn(target), [['Kitchen', 3]])
    await assert.rejects(restore({ at: '2', settings }), { exitCode: 2, message: /home\/kitchen/i })
  })
})

describe('what is lost of a past day is named before, and nothing is made for it', () => {
  for (const [what, options] of [
    ['an album whose record was damaged since', { before: (lab: Lab) => writeFileSync(lab.at(KITCHEN), '{"half') }],
    [
      'an album whose record was damaged since, and which has gone',
      { before: (lab: Lab) => writeFileSync(lab.at(KITCHEN), '{'), isGone: true },
    ],
    ['an album whose record was removed since', { before: (lab: Lab) => rmSync(lab.at(KITCHEN)) }],
  ] as const) {
    test(what, async (t) => {
      const { target, restore } = await twoRuns(t, options)
      const named = [{ kind: 'failed', album: '/Home/Kitchen', reason: /nobody knows how it was then/ }] as const
      for (const dryRun of [true, false]) {
        const outcome = await restore({ at: '1', dryRun })
        assert.equal(outcome.exitCode, dryRun ? 0 : 3, outcome.message)
        assert.deepEqual(
          outcome.problems.map(({ kind, album, reason }) => [kind, album, named[0].reason.test(reason)]),
          [['failed', '/Home/Kitchen', true]],
        )
        if (dryRun) assert.match(outcome.message, /2 folders and 2 albums would be made/)
      }
      assert.deepEqual(albumsIn(target), BUT_KITCHEN)
      const { events } = await restore({ at: '1' })
      const at = (isIt: (event: Event) => boolean): number => events.findIndex(isIt)
      assert.ok(at(({ event }) => event === 'problem') < at((each) => each.event === 'phase' && each.name.startsWith('making folders')))
    })
  }

  test('the folders: names are guessed, and all of it is private', async (t) => {
    for (const [before, after] of [
      [(lab: Lab) => writeFileSync(lab.at('tree.json'), '{"half'), undefined],
      [undefined, (lab: Lab) => writeFileSync(lab.at('tree.json'), '{"half')],
      [undefined, (lab: Lab) => rmSync(lab.at('tree.json'))],
    ] as const) {
      const { lab, target, restore } = await twoRuns(t, before === undefined ? {} : { before })
      after?.(lab)
      for (const at of before === undefined ? ['1', undefined] : ['1']) {
        const outcome = await restore(at === undefined ? {} : { at })
        assert.equal(outcome.exitCode, 3)
        assert.match(JSON.stringify(outcome.problems), /tree\.json[^}]*the record of the folders cannot be read/)
        for (const { privacy, count } of albumsOf(target.world)) assert.ok(privacy === 'Private' && count > 0)
      }
    }
  })

  test('a past that is damaged or cut short sends nothing, and verify names it', async (t) => {
    const { lab, target, restore } = await twoRuns(t)
    const [path = ''] = [...lab.ours('versions').keys()].filter((each) => each.endsWith('/2.jsonl.gz'))
    const file = lab.at(`.smugmug-backup/versions/${path}`)
    const bytes = readFileSync(file)
    const other = Buffer.from(bytes)
    other.writeUInt8(other.readUInt8(30) ^ 1, 30)
    for (const damaged of [
      other,
      bytes.subarray(0, bytes.length - 5),
      bytes.subarray(0, bytes.length >> 1),
      bytes.subarray(0, 12),
      bytes.subarray(0, 0),
    ]) {
      writeFileSync(file, damaged)
      for (const dryRun of [true, false]) {
        await assert.rejects(restore({ at: '1', dryRun }), {
          exitCode: 5,
          message: /The past cannot be read: .*2\.jsonl\.gz is (damaged|cut short)/,
        })
      }
      const { exitCode, problems } = await lab.verify()
      assert.deepEqual([exitCode, problems.map(({ name }) => name)], [3, [`.smugmug-backup/versions/${path}`]])
    }
    assert.deepEqual(changesOf(target), [])
    assert.equal((await restore()).exitCode, 0, 'the present does not need it')
  })
})

test('a record that is damaged now makes no album either, and a folder that leads only there is not made', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  writeFileSync(lab.at(KITCHEN), '{"half')
  const { target, restore } = await openTarget(t, lab)
  const { apiKey, apiSecret, userToken, userSecret } = lab.world.keys
  const keys = { apiKey, apiSecret, writeToken: userToken, writeSecret: userSecret, baseUrl: target.apiUrl }
  const { settings } = lab.work({ settings: { ...keys, album: ['Home/**'] } })
  assert.equal((await restore({ settings })).exitCode, 3)
  assert.deepEqual(target.world.root, [])
  assert.equal((await restore()).exitCode, 3)
  assert.deepEqual(albumsIn(target), BUT_KITCHEN)
  await lab.complete({ full: true })
  assert.equal((await restore()).exitCode, 0)
  assert.deepEqual(describeWorld(target.world), describeWorld(lab.world))
})

test('an album whose record is gone now is named', async (t) => {
  const { lab, restore } = await twoRuns(t)
  rmSync(lab.at('Travel/2024-Norway/album.json'))
  const { problems } = await restore({ at: '1', dryRun: true })
  assert.ok(problems.some(({ kind, album }) => kind === 'failed' && album === '/Travel/2024-Norway'))
})
