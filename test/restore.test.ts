import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { albumsOf, editImage, moveImage, placementsOf, removeAlbum, removeImage } from '../simulator/edit.ts'
import type { Fault } from '../simulator/world.ts'
import { albumNode, collected, folder, photo, video } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { ConfigurationError, SignInError } from '../src/errors.ts'
import { albumKey, openLab } from './support/lab.ts'
import { changesOf, describeWorld, emptyOf, openTarget, richWorld } from './support/restored.ts'

describe('restore into an empty account', () => {
  test('makes everything as it was, and a second one sends nothing', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    const { target, restore } = await openTarget(t, lab)
    const outcome = await restore()
    assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
    assert.deepEqual(describeWorld(target.world), describeWorld(lab.world))
    target.resetCounters()
    const again = await restore()
    assert.equal(again.exitCode, 0, again.message)
    // The question for the permission is a change of nothing.
    assert.deepEqual(changesOf(target), ['patchnode'])
  })
})

test('everything that can go back goes back, whatever is lost, late or repeated on the way', async (t) => {
  const lab = await openLab(t, richWorld(), { settings: { keepSecrets: true } })
  await lab.complete()
  const lost = (on: string, nth: readonly number[], does: Fault['does']): Fault => ({ on, nth, does })
  const { target, restore } = await openTarget(t, lab, {
    writing: { listingLagMs: 60, processingReads: 2 },
    faults: [
      lost('upload', [2, 7], { kind: 'status', status: 503 }),
      lost('upload', [4, 11], { kind: 'reset' }),
      lost('upload', [9], { kind: 'html' }),
      { on: 'upload', nth: 6, unapplied: true, does: { kind: 'reset' } },
      lost('createnode', [2, 5], { kind: 'reset' }),
      lost('patchalbum', [2], { kind: 'status', status: 504 }),
      lost('patchnode', [1], { kind: 'reset' }),
      lost('collect', [1], { kind: 'reset' }),
    ],
  })
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
  assert.deepEqual(describeWorld(target.world), describeWorld(lab.world))
  const uploads = target.requests.filter(({ endpoint }) => endpoint === 'upload').length
  assert.equal(uploads, 25 + 1, 'one upload did not arrive')
})

test('without the passwords nothing of such albums can be read by a stranger', async (t) => {
  const lab = await openLab(t, richWorld())
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const outcome = await restore()
  assert.equal(outcome.exitCode, 3)
  assert.match(JSON.stringify(outcome.problems), /stays private: the vault does not hold its password/)
  const wedding = albumsOf(target.world).find(({ name }) => name === 'Wedding')
  assert.deepEqual([wedding?.privacy, wedding?.count], ['Private', 3])
})

test('a sign-in that may only read ends with 4, and not one change is sent', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  for (const permission of ['Read', 'Add'] as const) {
    const { target, restore } = await openTarget(t, lab, { writing: { permission } })
    await assert.rejects(restore(), (error) => {
      assert.ok(error instanceof SignInError)
      // Both ways out are named: the level of an application cannot be raised by authorising it again.
      for (const words of [/Nothing was changed/, /login --write/, /Authorized Services/, /write_api_key and write_api_secret/])
        assert.match(error.hint ?? '', words)
      return error.exitCode === 4
    })
    assert.deepEqual(target.world.root, [])
    // The question for the permission is a change of nothing, and is refused.
    const sent = target.requests.filter(({ method }) => method !== 'GET')
    assert.deepEqual(
      sent.map(({ endpoint, status }) => [endpoint, status]),
      [['patchnode', 401]],
    )
  }
})

test('a dry run says what would be sent and what cannot go back, and sends nothing', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const before = lab.ours('')
  const outcome = await restore({ dryRun: true })
  assert.match(
    outcome.message,
    /2 folders and 3 albums would be made in the account of other, 11 files with .* uploaded \(about .*\), 1 collected; 0 are there already/,
  )
  assert.deepEqual([outcome.exitCode, changesOf(target)], [0, []])
  assert.deepEqual(lab.ours(''), before)
})

test('an account with many photos that the vault does not know is refused by name, until it is accepted', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const busy = {
    ...emptyOf(lab.world),
    root: [
      albumNode(
        'Somebody else',
        Array.from({ length: 30 }, (_, n) => photo(`other-${n}`)),
      ),
    ],
  }
  const { target, restore } = await openTarget(t, lab, {}, busy)
  const refused = await restore()
  assert.deepEqual([refused.exitCode, changesOf(target)], [7, []])
  assert.match(JSON.stringify(refused.problems), /Somebody-else.*30 items that the vault does not know/)
  assert.equal((await restore({ acceptChanges: true })).exitCode, 0)
  assert.equal(albumsOf(target.world)[0]?.count, 30)
})

test('into the same account it fills the gaps, and changes nothing that stands there', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const norway = albumKey(lab.world, '2024 Norway')
  const [first, second] = placementsOf(albumsOf(lab.world).find(({ key }) => key === norway) ?? assert.fail())
  lab.change(
    (world) => removeImage(world, norway, second?.image.key ?? ''),
    (world) => editImage(world, first?.image.key ?? '', { caption: 'changed since' }),
    (world) => removeAlbum(world, albumKey(world, 'Kitchen')),
  )
  const { target, restore } = await openTarget(t, lab, {}, lab.world)
  const outcome = await restore()
  assert.equal(outcome.exitCode, 0, outcome.message)
  assert.match(JSON.stringify(outcome.problems), /it was there already, with other words; they were left/)
  const names = albumsOf(target.world).map(({ name, count }) => [name, count])
  assert.deepEqual(names, [
    ['2024 Norway', 6],
    ['Kitchen', 3],
    ['Best of', 3],
  ])
  assert.equal(
    albumsOf(target.world)
      .flatMap(placementsOf)
      .find(({ image }) => image.key === first?.image.key)?.image.caption,
    'changed since',
  )
})

test('a photo that is gone, and whose own album does not go back, is uploaded into the one that it was collected into', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const harbour = placementsOf(albumsOf(lab.world)[0] ?? assert.fail())[0]?.image.key ?? ''
  const gone = removeImage(lab.world, albumKey(lab.world, '2024 Norway'), harbour)
  for (const nickName of [lab.world.nickName, 'other']) {
    const { target, restore } = await openTarget(t, lab, {}, { ...gone, nickName, root: nickName === 'other' ? [] : gone.root })
    const settings = { album: ['/Best-of'] }
    const first = await restore({ settings })
    assert.deepEqual([first.exitCode, first.problems], [0, []], nickName)
    const named = () => albumsOf(target.world).find(({ name }) => name === 'Best of') ?? assert.fail()
    assert.deepEqual([named().count, placementsOf(named()).some(({ image }) => image.fileName === 'Harbour at dawn.jpg')], [3, true])
    target.resetCounters()
    assert.deepEqual([(await restore({ settings })).exitCode, target.counters.byEndpoint.upload ?? 0], [0, 0], nickName)
    // Its own album follows, and both are whole.
    assert.equal((await restore()).exitCode, 0)
    const counts = albumsOf(target.world).map(({ name, count }) => [name, count])
    assert.deepEqual(Object.fromEntries(counts), { '2024 Norway': 6, Kitchen: 3, 'Best of': 3 })
  }
})

test('a collected photo that stands in the account is collected, also if its own album does not go back', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const without = removeAlbum(lab.world, albumKey(lab.world, 'Best of'))
  const { target, restore } = await openTarget(t, lab, {}, without)
  const dry = await restore({ settings: { album: ['/Best-of'] }, dryRun: true })
  assert.equal((await restore({ settings: { album: ['/Best-of'] } })).exitCode, 0)
  assert.deepEqual([dry.totals.stored, target.counters.byEndpoint.upload], [2, 2])
  assert.equal(albumsOf(target.world).find(({ name }) => name === 'Best of')?.count, 3)
})

test('an album that is too large goes on in a second one', async (t) => {
  const lab = await openLab(t, {
    ...smallWorld(),
    root: [
      albumNode(
        'Many',
        Array.from({ length: 7 }, (_, n) => photo(`m${n}`)),
        { sortMethod: 'Position' },
      ),
    ],
  })
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { albumLimit: 3 } })
  const outcome = await restore()
  assert.equal(outcome.exitCode, 0, JSON.stringify(outcome.problems))
  assert.deepEqual(
    albumsOf(target.world).map(({ name, count, privacy }) => [name, count, privacy]),
    [
      ['Many', 3, 'Public'],
      ['Many (2)', 3, 'Public'],
      ['Many (3)', 1, 'Public'],
    ],
  )
  const names = albumsOf(target.world).flatMap((album) => placementsOf(album).map(({ image }) => image.fileName))
  assert.deepEqual(names, ['m0.jpg', 'm1.jpg', 'm2.jpg', 'm3.jpg', 'm4.jpg', 'm5.jpg', 'm6.jpg'])
  assert.equal((await restore()).exitCode, 0)
  assert.equal(albumsOf(target.world).length, 3)
  assert.equal(target.counters.byEndpoint.upload, 7 + 2, 'a full album refused two of them')
})

test('a dry run counts what stands in further albums, and what its owner moved, as there', async (t) => {
  const images = Array.from({ length: 3 }, (_, n) => photo(`m${n}`))
  const lab = await openLab(t, { ...smallWorld(), root: [albumNode('Many', images), albumNode('Other', [photo('o')])] })
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const bounds = { waits: [5, 20], albumLimit: 2 }
  assert.equal((await restore({ bounds })).exitCode, 0)
  const [many, other] = ['Many', 'Other'].map((name) => albumsOf(target.world).find((album) => album.name === name) ?? assert.fail())
  target.setWorld(moveImage(target.world, many?.placement(0).image.key ?? '', many?.key ?? '', other?.key ?? ''))
  for (const dryRun of [true, false]) {
    const { totals } = await restore({ bounds, dryRun })
    assert.deepEqual([totals.stored, totals.kept, totals.bytes], [0, 4, 0], `${dryRun}`)
  }
})

test('an order by hand that cannot go back whole is named before, and one that can is not', async (t) => {
  const [p, q, r] = [photo('p'), photo('q'), photo('r')]
  const byHand = (name: string, images: Parameters<typeof albumNode>[1]) => albumNode(name, images, { sortMethod: 'Position' })
  const lab = await openLab(t, { ...smallWorld(), root: [byHand('Mixed', [collected(p), q, collected(r)]), byHand('Homes', [r, p])] })
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const lost = (outcome: Awaited<ReturnType<typeof restore>>) =>
    outcome.problems.filter(({ reason }) => reason.startsWith('its order by hand')).map(({ album }) => album)
  assert.deepEqual(lost(await restore({ dryRun: true })), ['/Mixed'])
  assert.deepEqual(lost(await restore()), ['/Mixed'])
  const homes = albumsOf(target.world).find(({ name }) => name === 'Homes') ?? assert.fail()
  const [first] = placementsOf(homes)
  target.setWorld(removeImage(target.world, homes.key, first?.image.key ?? ''))
  assert.ok(lost(await restore({ dryRun: true, settings: { album: ['/Homes'] } })).includes('/Homes'), 'the first one would come last')
})

test('into a folder of the account', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, {}, { ...emptyOf(lab.world), root: [folder('Old', [], { privacy: 'Unlisted' })] })
  await assert.rejects(restore({ into: '/Nowhere' }), ConfigurationError)
  assert.equal((await restore({ into: '/Old' })).exitCode, 0)
  assert.deepEqual(describeWorld(target.world).slice(1), describeWorld({ ...lab.world, root: [folder('Old', lab.world.root)] }).slice(1))
})

test('restore --at brings back what vanished since, with the words of that day, and changes nothing that stands', async (t) => {
  for (const onVanished of ['keep', 'trash'] as const) {
    const lab = await openLab(t, smallWorld(), { settings: { onVanished, maxVanished: 1 } })
    await lab.complete()
    const kitchen = albumsOf(lab.world).find(({ name }) => name === 'Kitchen') ?? assert.fail()
    const keys = placementsOf(kitchen).map(({ image }) => image.key)
    const wanted = describeWorld(lab.world)
    const { target, restore } = await openTarget(t, lab, {})
    lab.change(
      (world) => editImage(world, keys[1] ?? '', { caption: 'words of the second day' }),
      (world) => removeImage(world, kitchen.key, keys[0] ?? ''),
      (world) => removeAlbum(world, albumKey(world, 'Best of')),
    )
    await lab.complete({ full: true })
    await assert.rejects(restore({ at: '99' }), /There is no run 99/)
    const outcome = await restore({ at: '1' })
    assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
    assert.deepEqual(describeWorld(target.world), wanted)
    // Into the account itself only the gaps are filled.
    const same = await openTarget(t, lab, {}, lab.world)
    const filled = await same.restore({ at: '1' })
    assert.equal(filled.exitCode, 0, `${filled.message} ${JSON.stringify(filled.problems)}`)
    assert.match(JSON.stringify(filled.problems), /with other words; they were left/)
    const counts = albumsOf(same.target.world).map(({ name, count }) => [name, count])
    assert.deepEqual(counts.toSorted(), [
      ['2024 Norway', 6],
      ['Best of', 3],
      ['Kitchen', 3],
    ])
  }
})

test('albums go back whole, whatever the settings choose for backups, and the report does not say otherwise', async (t) => {
  const lab = await openLab(t, { ...smallWorld(), root: [albumNode('Mix', [photo('p'), video('v')]), folder('Empty', [])] })
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const since = { text: '2030', start: Date.UTC(2030), end: Date.UTC(2031) }
  const settings = { type: 'photo', keyword: ['nothing has it'], since } as const
  const selection = (): unknown => {
    const name = [...lab.ours('reports').keys()]
      .filter((each) => each.endsWith('.json'))
      .toSorted()
      .at(-1)
    return JSON.parse(readFileSync(lab.at(`.smugmug-backup/reports/${name}`), 'utf8')).selection
  }
  assert.equal((await restore({ settings })).exitCode, 0)
  assert.deepEqual(describeWorld(target.world), describeWorld(lab.world))
  assert.equal(selection(), undefined)
  await restore({ settings: { ...settings, album: ['Mix'] } })
  assert.deepEqual(selection(), { album: ['Mix'] })
})
