/** Folders and albums that a restore made, and whose privacy their owner changes between two restores. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { addImage, albumsOf, changeAlbum, changeImage } from '../simulator/edit.ts'
import type { Simulator, World, WorldImage, WorldNode } from '../simulator/world.ts'
import { albumNode, collected, folder, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openLab } from './support/lab.ts'
import { emptyOf, openTarget, seenByStrangers } from './support/restored.ts'

const worldOf = (...root: readonly WorldNode[]): World => ({ ...smallWorld(), root })
const setFolders = (target: Simulator, privacy: 'Public' | 'Private'): void =>
  target.setWorld({ ...target.world, root: target.world.root.map((node) => (node.type === 'Folder' ? { ...node, privacy } : node)) })

const FAILS_ONCE = { faults: [{ on: 'upload', nth: 2, does: { kind: 'status', status: 403 } }] } as const
const OPENED = 'it was opened before, and its protection is another one now; it was left'
const MAYBE = 'it stays private: an earlier version of the program made it, and did not note whether it had opened it already'
const WIDER = 'it stands at SmugMug, where more people can see it than could before'
const ABOVE = 'it stays private: a folder above it was seen by fewer people than now'

test('an album stays private in a private folder that its owner opened after a restore was broken off', async (t) => {
  const lab = await openLab(t, worldOf(folder('Family', [albumNode('Kids', [photo('k1'), photo('k2')])], { privacy: 'Private' })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, FAILS_ONCE)
  assert.equal((await restore()).exitCode, 3)
  setFolders(target, 'Public')
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.problems.map(({ album, reason }) => [album, reason])], [3, [['/Family/Kids', ABOVE]]])
  assert.deepEqual([...seenByStrangers(target.world)], [])
  assert.equal(albumsOf(target.world)[0]?.count, 2, 'all of it is there')
})

test('an album stays private in a private folder that its owner opens during the uploads', async (t) => {
  const lab = await openLab(t, worldOf(folder('Family', [albumNode('Kids', [photo('k1')])], { privacy: 'Private' })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const outcome = await restore({
    emit: (event) => void (event.event === 'phase' && /^collecting/.test(event.name) && setFolders(target, 'Public')),
  })
  assert.deepEqual([outcome.exitCode, outcome.problems.map(({ reason }) => reason)], [3, [ABOVE]])
  assert.deepEqual([...seenByStrangers(target.world)], [])
})

test('a new album stays private in a public folder of a restore that became private at the source', async (t) => {
  const lab = await openLab(t, worldOf(folder('Family', [albumNode('Kids', [photo('k1')])])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore()).exitCode, 0)
  lab.change(() => worldOf(folder('Family', [albumNode('Kids', [photo('k1')]), albumNode('Birth', [photo('b1')])], { privacy: 'Private' })))
  assert.equal((await lab.backup({ full: true })).exitCode, 0)
  const outcome = await restore()
  assert.equal(outcome.exitCode, 3)
  assert.deepEqual(
    outcome.problems.map(({ album, reason }) => [album, reason]),
    [
      ['/Family/Kids', WIDER],
      ['/Family/Birth', ABOVE],
      ['/Family', OPENED],
    ],
  )
  assert.deepEqual([...seenByStrangers(target.world)], ['Kids: k1.jpg'])
})

test('an album that its owner moved out of a private folder stays private', async (t) => {
  const lab = await openLab(t, worldOf(folder('Family', [albumNode('Kids', [photo('k1'), photo('k2')])], { privacy: 'Private' })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, FAILS_ONCE)
  await restore()
  const [family] = target.world.root
  if (family?.type !== 'Folder') assert.fail()
  target.setWorld({ ...target.world, root: [{ ...family, children: [] }, ...family.children] })
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.problems.map(({ reason }) => reason)], [3, [ABOVE]])
  assert.deepEqual([...seenByStrangers(target.world)], [])
})

test('nothing is put into a public album of its owner whose folder a restore is yet to open', async (t) => {
  const lab = await openLab(
    t,
    worldOf(folder('Family', [albumNode('Kids', [photo('k1')], { privacy: 'Private' }), albumNode('Sea', [photo('s1')])])),
  )
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, { faults: [{ on: 'createnode', nth: 2, does: { kind: 'status', status: 403 } }] })
  await restore({ keepPrivate: true })
  const [family] = target.world.root
  if (family?.type !== 'Folder') assert.fail()
  target.setWorld({ ...target.world, root: [{ ...family, children: [...family.children, albumNode('Kids', [])] }] })
  const outcome = await restore()
  assert.match(JSON.stringify(outcome.problems), /Kids[^}]*it stands at SmugMug, where more people can see it than could before/)
  assert.match(JSON.stringify(outcome.problems), /Family[^}]*it stays private: it holds something that no restore made/)
  assert.deepEqual([...seenByStrangers(target.world)], [])
})

test('nothing is put into an album that its owner opens before its turn comes', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Kids', [photo('k1')], { privacy: 'Private' })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const openAll = (): void => {
    for (const { key } of albumsOf(target.world))
      target.setWorld(changeAlbum(target.world, key, (album) => ({ ...album, privacy: 'Public' })))
  }
  const outcome = await restore({ emit: (event) => void (event.event === 'phase' && /^uploading/.test(event.name) && openAll()) })
  assert.deepEqual([outcome.exitCode, outcome.problems.map(({ reason }) => reason)], [3, [WIDER]])
  assert.deepEqual([...seenByStrangers(target.world)], [])
})

test('a photo that was collected from an album that is open to more people waits for it, and is not there twice later', async (t) => {
  const shared = photo('shared')
  const norway = (images: readonly WorldImage[], privacy: 'Public' | 'Private') => albumNode('Norway', images, { privacy })
  const lab = await openLab(t, worldOf(norway([shared], 'Private'), albumNode('Best', [collected(shared), photo('b')])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, {}, { ...emptyOf(lab.world), root: [norway([], 'Public')] })
  assert.equal((await restore()).exitCode, 3)
  const [first] = albumsOf(target.world)
  target.setWorld(changeAlbum(target.world, first?.key ?? '', (album) => ({ ...album, privacy: 'Private' })))
  assert.equal((await restore()).exitCode, 0)
  assert.equal(target.counters.byEndpoint.upload, 2)
})

test('nothing more is put into an album whose further album its owner opened, and a dry run names it', async (t) => {
  const images = ['m0', 'm1', 'm2'].map((id) => photo(id))
  const many = (...more: readonly WorldImage[]) => worldOf(albumNode('Many', [...images, ...more], { privacy: 'Private' }))
  const lab = await openLab(t, many())
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  const bounds = { waits: [5, 20], albumLimit: 2 }
  assert.equal((await restore({ bounds })).exitCode, 0)
  const [, second] = albumsOf(target.world)
  target.setWorld(changeAlbum(target.world, second?.key ?? '', (album) => ({ ...album, privacy: 'Public' })))
  lab.change(() => many(photo('m3')))
  assert.equal((await lab.backup({ full: true })).exitCode, 0)
  for (const dryRun of [true, false]) {
    const outcome = await restore({ bounds, dryRun })
    assert.deepEqual(
      outcome.problems.map(({ album, reason }) => [album, reason]),
      [['/Many', WIDER]],
    )
  }
  assert.deepEqual([...seenByStrangers(target.world)], ['Many (2): m2.jpg'])
})

test('the further albums of one that stood there are opened as it was, or named', async (t) => {
  const images = Array.from({ length: 5 }, (_, n) => photo(`m${n}`))
  const lab = await openLab(t, worldOf(albumNode('Many', images, { privacy: 'Unlisted' })))
  await lab.complete()
  const stood = { ...emptyOf(lab.world), root: [albumNode('Many', images.slice(0, 2), { privacy: 'Private' })] }
  const { target, restore } = await openTarget(t, lab, {}, stood)
  const bounds = { waits: [5, 20], albumLimit: 2 }
  const privacies = () => albumsOf(target.world).map(({ name, privacy }) => [name, privacy])
  assert.equal((await restore({ bounds, keepPrivate: true })).exitCode, 0)
  target.setBehaviour({ writing: { permission: 'Modify', ignoredFields: ['Privacy'] } })
  const refused = await restore({ bounds })
  assert.equal(refused.exitCode, 3)
  assert.match(JSON.stringify(refused.problems), /Many[^}]*SmugMug did not take its privacy, so it is still private/)
  target.setBehaviour({ writing: { permission: 'Modify' } })
  assert.equal((await restore({ bounds })).exitCode, 0)
  assert.deepEqual(privacies(), [
    ['Many', 'Private'],
    ['Many (2)', 'Unlisted'],
    ['Many (3)', 'Unlisted'],
  ])
})

test('what its owner closed after a restore is not opened again, and named', async (t) => {
  const lab = await openLab(
    t,
    worldOf(
      folder('Family', [albumNode('Garden', [photo('g')])]),
      albumNode('Kids', [photo('k1')]),
      albumNode('Sea', [photo('s1'), photo('s2')], { fields: { Watermark: false } }),
    ),
  )
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore()).exitCode, 0)
  setFolders(target, 'Private')
  const [, kids, sea] = albumsOf(target.world)
  target.setWorld(changeAlbum(target.world, kids?.key ?? '', (album) => ({ ...album, privacy: 'Private', description: 'mine' })))
  target.setWorld(changeAlbum(target.world, sea?.key ?? '', (album) => ({ ...album, fields: { ...album.fields, Watermark: true } })))
  target.setWorld(changeImage(target.world, sea?.placement(0).image.key ?? '', (image) => ({ ...image, hidden: true })))
  for (const _ of [1, 2]) {
    const outcome = await restore()
    assert.deepEqual(outcome.problems.map(({ album, name, detail }) => `${album} ${name ?? ''} ${detail ?? ''}`).toSorted(), [
      '/Family  Privacy',
      '/Kids  Privacy',
      '/Sea  Watermark',
      '/Sea s1.jpg ',
    ])
    assert.deepEqual([outcome.exitCode, [...seenByStrangers(target.world)]], [0, ['Sea: s2.jpg']])
    assert.equal(albumsOf(target.world)[2]?.fields?.Watermark, true)
  }
})

test('what its owner opened himself before a restore does is left as it is', async (t) => {
  const lab = await openLab(t, worldOf(albumNode('Kids', [photo('k1')], { fields: { AllowDownloads: false } })))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore({ keepPrivate: true })).exitCode, 0)
  const key = albumsOf(target.world)[0]?.key ?? ''
  target.setWorld(changeAlbum(target.world, key, (album) => ({ ...album, privacy: 'Unlisted', fields: {} })))
  for (const _ of [1, 2]) {
    const { exitCode, problems } = await restore()
    assert.deepEqual([exitCode, problems.map(({ reason, detail }) => [reason, detail])], [0, [[OPENED, 'Privacy']]])
    assert.deepEqual(
      albumsOf(target.world).map(({ privacy, fields }) => [privacy, fields?.AllowDownloads]),
      [['Unlisted', false]],
    )
  }
})

test('with a journal that does not say what was opened, nothing closed is opened, and nothing open loses its guards', async (t) => {
  const root = [
    folder('Closed', [albumNode('In', [photo('i')])]),
    albumNode('Kids', [photo('k1')]),
    albumNode('Sea', [photo('s1')], { fields: { Watermark: false } }),
  ]
  const lab = await openLab(t, worldOf(...root))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore()).exitCode, 0)
  const journal = new DatabaseSync(lab.at('.smugmug-backup/restores.sqlite'))
  journal.exec("UPDATE nodes SET state = 'made'")
  journal.close()
  setFolders(target, 'Private')
  const [, kids, sea] = albumsOf(target.world).map(({ key }) => key)
  const setKids = (privacy: 'Public' | 'Private') =>
    target.setWorld(changeAlbum(target.world, kids ?? '', (album) => ({ ...album, privacy })))
  setKids('Private')
  target.setWorld(changeAlbum(target.world, sea ?? '', (album) => ({ ...album, fields: { Watermark: true } })))
  const named = async (dryRun = false) => {
    const { exitCode, problems } = await restore({ dryRun })
    return [exitCode, problems.map(({ album, reason, detail }) => [album, reason, ...(detail === undefined ? [] : [detail])])]
  }
  const [closed, kidsThen, guarded] = [
    ['/Closed', MAYBE],
    ['/Kids', MAYBE],
    ['/Sea', OPENED, 'Watermark'],
  ]
  assert.deepEqual(await named(true), [0, [closed, kidsThen]])
  for (const _ of [1, 2]) assert.deepEqual(await named(), [3, [guarded, kidsThen, closed]])
  assert.deepEqual([...seenByStrangers(target.world)], ['Sea: s1.jpg'])
  setKids('Public')
  setFolders(target, 'Public')
  assert.deepEqual(await named(), [0, [guarded]])
  setKids('Private')
  assert.deepEqual(await named(), [0, [guarded, ['/Kids', OPENED, 'Privacy']]])
  assert.deepEqual([...seenByStrangers(target.world)], ['In: i.jpg', 'Sea: s1.jpg'])
})

test('a folder whose password its owner took away is not given it again, and what comes later stays private there', async (t) => {
  const locked = folder('Locked', [albumNode('In', [photo('k1'), photo('k2')])], { fields: { SecurityType: 'Password', Password: 'word' } })
  const lab = await openLab(t, worldOf(locked), { settings: { keepSecrets: true } })
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, FAILS_ONCE)
  assert.equal((await restore()).exitCode, 3)
  const root = target.world.root.map((node) =>
    node.type === 'Folder' ? { ...node, fields: { ...node.fields, SecurityType: 'None', Password: '' } } : node,
  )
  target.setWorld({ ...target.world, root })
  const outcome = await restore()
  assert.deepEqual(
    outcome.problems.map(({ album, reason }) => [album, reason]),
    [
      ['/Locked/In', ABOVE],
      ['/Locked', OPENED],
    ],
  )
  assert.deepEqual([outcome.exitCode, [...seenByStrangers(target.world)]], [3, []])
})

test('a hidden photo that its owner put unhidden into the album of a restore keeps it private, and is named', async (t) => {
  const hidden = photo('h', { hidden: true })
  const lab = await openLab(t, worldOf(albumNode('Some hidden', [photo('seen')])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab)
  assert.equal((await restore({ keepPrivate: true })).exitCode, 0)
  lab.change(() => worldOf(albumNode('Some hidden', [photo('seen'), hidden])))
  assert.equal((await lab.backup({ full: true })).exitCode, 0)
  const key = albumsOf(target.world)[0]?.key ?? ''
  target.setWorld(addImage(target.world, key, { ...hidden, key: 'OwnOne', hidden: false }))
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, [...seenByStrangers(target.world)]], [3, []])
  assert.match(JSON.stringify(outcome.problems), /h.jpg[^}]*it was hidden before, and stood there unhidden: hide it yourself/)
  target.setWorld(changeImage(target.world, 'OwnOne', (image) => ({ ...image, hidden: true })))
  const again = await restore()
  assert.deepEqual([again.exitCode, again.problems, [...seenByStrangers(target.world)]], [0, [], ['Some hidden: seen.jpg']])
})

test('a photo that waits for an album which never can go back is uploaded with the album that shows it, chosen alone', async (t) => {
  const shared = photo('shared')
  const norway = (images: readonly WorldImage[], privacy: 'Public' | 'Private') => albumNode('Norway', images, { privacy })
  const lab = await openLab(t, worldOf(norway([shared], 'Private'), albumNode('Best', [collected(shared), photo('b')])))
  await lab.complete()
  const { target, restore } = await openTarget(t, lab, {}, { ...emptyOf(lab.world), root: [norway([], 'Public')] })
  assert.equal((await restore()).exitCode, 3)
  assert.equal((await restore({ settings: { album: ['Best'] } })).exitCode, 0)
  assert.equal(target.counters.byEndpoint.upload, 2)
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.problems.map(({ album, reason }) => [album, reason])], [3, [['/Norway', WIDER]]])
})
