/** A restore never shows anything to more people than could see it before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumsOf, changeAlbum, changeImage } from '../simulator/edit.ts'
import type { World, WorldNode } from '../simulator/world.ts'
import { albumNode, collected, folder, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openLab } from './support/lab.ts'
import { changesOf, describeWorld, emptyOf, openTarget, richWorld, seenByStrangers } from './support/restored.ts'

const worldOf = (...root: readonly WorldNode[]): World => ({ ...smallWorld(), root })
const privacies = (world: World) => albumsOf(world).map(({ name, privacy = 'Public' }) => [name, privacy])

test('nothing is put into a folder or album that SmugMug did not make private', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { ignoredFields: ['Privacy'] } })
  const outcome = await restore()
  assert.equal(outcome.exitCode, 3)
  assert.match(JSON.stringify(outcome.problems), /SmugMug did not make it private, so nothing was put into it/)
  assert.equal(changesOf(target).includes('upload'), false)
  assert.equal((await restore()).exitCode, 3)
  assert.equal(changesOf(target).includes('upload'), false, 'nor the next time')
})

test('an album whose guards SmugMug ignores stays private', async (t) => {
  for (const ignored of ['AllowDownloads', 'Watermark', 'EXIF']) {
    const guarded = albumNode('Guarded', [photo('g')], { fields: { AllowDownloads: false, Watermark: true, EXIF: false } })
    const lab = await openLab(t, worldOf(guarded, albumNode('Plain', [photo('p')])))
    await lab.complete()
    const { target, restore } = await openTarget(t, lab, { writing: { ignoredFields: [ignored] } })
    const outcome = await restore()
    assert.equal(outcome.exitCode, 3, ignored)
    const [first] = privacies(target.world)
    assert.deepEqual(first, ['Guarded', 'Private'], ignored)
  }
})

test('one setting that SmugMug refuses does not keep the others from being set', async (t) => {
  const lab = await openLab(
    t,
    worldOf(albumNode('Guarded', [photo('g')], { description: 'words', fields: { Watermark: true, Comments: false } })),
  )
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { refusedFields: ['Comments'] } })
  const outcome = await restore()
  assert.deepEqual(
    outcome.problems.map(({ reason, detail }) => [reason, detail]),
    [['SmugMug did not take some settings of the album', 'Comments']],
  )
  const [album] = albumsOf(target.world)
  assert.deepEqual([album?.description, album?.fields?.Watermark, album?.privacy], ['words', true, 'Public'])
})

test('a folder whose words SmugMug ignores is open until it has them', async (t) => {
  const lab = await openLab(t, worldOf(folder('Travel', [albumNode('Norway', [photo('n')])], { description: 'words' })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { ignoredFields: ['Description'] } })
  const outcome = await restore()
  assert.deepEqual(
    [outcome.exitCode, outcome.problems.map(({ album, reason, detail }) => [album, reason, detail])],
    [3, [['/Travel', 'SmugMug did not take some settings of the folder', 'Description']]],
  )
  target.setBehaviour({ writing: { permission: 'Modify' } })
  const again = await restore()
  assert.deepEqual([again.exitCode, again.problems], [0, []])
})

test('a hidden photo that SmugMug does not hide keeps its album private', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Some hidden', [photo('seen'), photo('unseen', { hidden: true })])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { ignoredFields: ['Hidden'], ignoredHeaders: ['x-smug-hidden'] } })
  assert.equal((await restore()).exitCode, 3)
  assert.deepEqual(privacies(target.world), [['Some hidden', 'Private']])
})

test('a hidden photo is hidden before the next one is sent, where people may be looking', async (t) => {
  const shown = albumNode('Open', [photo('seen')])
  const lab = await openLab(t, worldOf(albumNode('Open', [photo('seen'), photo('unseen', { hidden: true }), photo('last')])))
  await lab.complete()
  // A SmugMug that ignores the header: what it reads out of the file counts.
  const { target, restore } = await openTarget(
    t,
    lab,
    { writing: { ignoredHeaders: ['x-smug-hidden'] } },
    { ...emptyOf(lab.world), root: [shown] },
  )
  assert.equal((await restore()).exitCode, 0)
  assert.deepEqual(changesOf(target).slice(1, 4), ['upload', 'patchimage', 'upload'])
  assert.equal(albumsOf(target.world)[0]?.placement(1).image.hidden, true)
})

test('with passwords that the vault does not hold no stranger sees anything, at any moment', async (t) => {
  const lab = await openLab(t, richWorld())
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const allowed = seenByStrangers(lab.world)
  const look = (): void => {
    for (const each of seenByStrangers(target.world)) assert.ok(allowed.has(each), `a stranger can see ${each}`)
  }
  const outcome = await restore({ emit: look })
  look()
  assert.equal(outcome.exitCode, 3)
  const locked = (describeWorld(target.world) as { path: string; privacy: string }[]).filter(({ path }) => /Wedding|^\/Locked$/.test(path))
  assert.deepEqual(
    locked.map(({ privacy }) => privacy),
    ['Private', 'Private'],
  )
})

test('a folder that stands there and is wider than before lets nothing through', async (t) => {
  const inside = (details: object) => folder('Family', [albumNode('Kids', [photo('k')])], details)
  for (const [name, before, present, expected] of [
    ['private', { privacy: 'Private' }, {}, 'Private'],
    ['password', { fields: { SecurityType: 'Password', Password: 'x' } }, {}, 'Private'],
    ['as before', { privacy: 'Unlisted' }, { privacy: 'Unlisted' }, 'Public'],
    ['stricter', {}, { privacy: 'Private' }, 'Public'],
  ] as const) {
    const lab = await openLab(t, worldOf(inside(before)), { settings: { keepSecrets: true } })
    await lab.complete()
    const stood = { ...emptyOf(lab.world), root: [folder('Family', [], present)] }
    const { target, restore } = await openTarget(t, lab, {}, stood)
    await restore()
    assert.deepEqual(privacies(target.world), [['Kids', expected]], name)
  }
})

test('nothing is put into an album that more people see by now', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Kids', [photo('k1'), photo('k2')], { privacy: 'Private' })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { faults: [{ on: 'upload', nth: 2, does: { kind: 'status', status: 403 } }] })
  await restore()
  assert.equal(albumsOf(target.world)[0]?.count, 1)
  // The owner opens the album that a restore made.
  target.setWorld({
    ...target.world,
    root: [{ type: 'Album', album: { ...(albumsOf(target.world)[0] ?? assert.fail()), privacy: 'Public' } }],
  })
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, albumsOf(target.world)[0]?.count], [3, 1])
  assert.match(JSON.stringify(outcome.problems), /more people can see it than could before/)
})

test('an album that stays private is named by a dry run', async (t) => {
  const lab = await openLab(t, richWorld())
  await lab.complete()
  const { restore } = await openTarget(t, lab)
  const outcome = await restore({ dryRun: true })
  assert.match(JSON.stringify(outcome.problems), /Wedding[^}]*it stays private: the vault does not hold its password/)
})

const GUESTS = { HasDownloadPassword: true, DownloadPassword: 'only guests', AllowDownloads: true, MaxPhotoDownloadSize: 'Large' }

test('a download password goes back with its album', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Wedding', [photo('w')], { fields: GUESTS })), { settings: { keepSecrets: true } })
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { ignoredFields: ['DownloadPassword'] } })
  const refused = await restore()
  assert.deepEqual(
    [refused.exitCode, refused.problems.map(({ reason, detail }) => [reason, detail]), privacies(target.world)],
    [
      3,
      [
        ['SmugMug did not take some settings of the album', 'DownloadPassword'],
        ['it stays private until all of it is at SmugMug', undefined],
      ],
      [['Wedding', 'Private']],
    ],
  )
  target.setBehaviour({ writing: { permission: 'Modify' } })
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.problems, privacies(target.world)], [0, [], [['Wedding', 'Public']]])
  const { fields } = albumsOf(target.world)[0] ?? assert.fail()
  assert.deepEqual(
    Object.keys(GUESTS).map((name) => [name, fields?.[name] ?? true]),
    Object.entries(GUESTS),
  )
})

test('without its download password an album goes back with its downloads off, and is named until somebody sets one', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Wedding', [photo('w')], { fields: GUESTS }), albumNode('Plain', [photo('p')])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const off = ['/Wedding', 'its downloads stay off: the vault does not hold its download password (keep_secrets)']
  const named = ({ problems }: Awaited<ReturnType<typeof restore>>) => problems.map(({ album, reason }) => [album, reason])
  assert.deepEqual(named(await restore({ dryRun: true })), [off])
  for (const _ of [1, 2]) {
    const outcome = await restore()
    assert.deepEqual([outcome.exitCode, named(outcome)], [3, [off]])
    assert.deepEqual(
      albumsOf(target.world).map(({ privacy, fields }) => [privacy, fields?.AllowDownloads ?? true]),
      [
        ['Public', false],
        ['Public', true],
      ],
    )
  }
  const key = albumsOf(target.world)[0]?.key ?? ''
  target.setWorld(changeAlbum(target.world, key, (album) => ({ ...album, fields: { ...album.fields, ...GUESTS } })))
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, named(outcome)], [0, []])
  assert.equal(albumsOf(target.world)[0]?.fields?.AllowDownloads, true, 'its owner gave it one')
})

test('a folder that was hidden from searches is made so, or stays private', async (t) => {
  const hiding = { HideOwner: true, SmugSearchable: 'No', WorldSearchable: 'No' }
  const lab = await openLab(t, worldOf(folder('Hidden', [albumNode('In', [photo('i')])], { urlName: 'Hidden', fields: hiding })))
  await lab.complete()
  const named = ({ problems }: { readonly problems: readonly { readonly detail?: string }[] }) => problems.map(({ detail }) => detail)
  for (const writing of [{ ignoredFields: ['HideOwner'] }, { refusedFields: ['HideOwner', 'WorldSearchable'] }]) {
    const { target, restore } = await openTarget(t, lab, { writing })
    const outcome = await restore()
    const [names] = Object.values(writing)
    assert.deepEqual([outcome.exitCode, named(outcome), [...seenByStrangers(target.world)]], [3, [names?.join(', ')], []])
    assert.equal(target.world.root[0]?.type === 'Folder' && target.world.root[0].urlName, 'Hidden')
    target.setBehaviour({ writing: { permission: 'Modify' } })
    const again = await restore()
    assert.deepEqual([again.exitCode, named(again), [...seenByStrangers(target.world)]], [0, [], ['In: i.jpg']])
  }
  const { target, restore } = await openTarget(t, lab)
  assert.deepEqual([(await restore()).exitCode, target.world.root[0]?.type === 'Folder' && target.world.root[0].fields], [0, hiding])
  const changes = changesOf(target)
  assert.deepEqual(changes.slice(0, 2), ['patchnode', 'createnode'])
  assert.equal(
    changes.filter((change) => change === 'patchnode').length,
    3,
    'the permission, the album and the folder: its settings were there',
  )
})

test('photos that had a watermark or a protection of their own are named before', async (t) => {
  const own = { fields: { Watermark: 'Yes', Protected: true } }
  const inAlbum = { fields: { Watermark: true, Protected: true } }
  const root = [albumNode('Single', [photo('a', own), photo('b')]), albumNode('All', [photo('c', own)], inAlbum)]
  const lab = await openLab(t, worldOf(...root))
  await lab.complete()
  const { restore } = await openTarget(t, lab)
  for (const dryRun of [true, false]) {
    const { exitCode, problems } = await restore({ dryRun })
    assert.deepEqual(
      [exitCode, problems.map(({ album, reason }) => [album, reason])],
      [
        0,
        [
          ['/Single', 'the watermark that 1 photo had, but not the album, cannot go back'],
          ['/Single', 'the right-click protection that 1 photo had, but not the album, cannot go back'],
        ],
      ],
    )
  }
})

test('a hidden photo that its owner unhid is collected into no album, and keeps one that has it private', async (t) => {
  const hidden = photo('h', { hidden: true })
  const world = worldOf(albumNode('Home', [hidden], { privacy: 'Private' }), albumNode('Show', [collected(hidden), photo('s')]))
  const lab = await openLab(t, world)
  await lab.complete()
  const home = albumNode('Home', [{ ...hidden, hidden: false }], { privacy: 'Private' })
  const { target, restore } = await openTarget(t, lab, {}, { ...emptyOf(lab.world), root: [home] })
  const setHidden = (isHidden: boolean) =>
    target.setWorld(changeImage(target.world, hidden.key, (image) => ({ ...image, hidden: isHidden })))
  const named = async (request = {}) => {
    const { exitCode, problems } = await restore(request)
    const names = problems.flatMap(({ album, name, needsYou }) => (needsYou === true ? [`${album} ${name}`] : []))
    return [exitCode, names, [...seenByStrangers(target.world)], albumsOf(target.world)[1]?.count]
  }
  assert.deepEqual(await named(), [3, ['/Show h.jpg'], [], 1])
  setHidden(true)
  assert.deepEqual(await named({ keepPrivate: true }), [0, [], [], 2])
  setHidden(false)
  assert.deepEqual(await named(), [3, ['/Show h.jpg'], [], 2])
  setHidden(true)
  assert.deepEqual(await named(), [0, [], ['Show: s.jpg'], 2])
})

test('a hidden photo that SmugMug did not hide at once is hidden before it is collected', async (t) => {
  const hidden = photo('h', { hidden: true })
  const lab = await openLab(t, worldOf(albumNode('Home', [hidden]), albumNode('Show', [collected(hidden)])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { writing: { ignoredHeaders: ['x-smug-hidden'] } })
  const { exitCode, problems } = await restore()
  assert.deepEqual([exitCode, problems, [...seenByStrangers(target.world)]], [0, [], []])
  const changes = changesOf(target)
  assert.ok(changes.indexOf('patchimage') < changes.indexOf('collect'))
})
