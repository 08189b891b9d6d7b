/** A restore from a vault in trouble, or to a SmugMug in trouble. */
import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { md5Of } from '../simulator/bytes.ts'
import { albumsOf, placementsOf } from '../simulator/edit.ts'
import type { Fault, Simulator, World } from '../simulator/world.ts'
import { albumNode, folder, photo, video } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import type { SignInError } from '../src/errors.ts'
import type { Event } from '../src/events.ts'
import { openLab } from './support/lab.ts'
import { changesOf, emptyOf, openTarget } from './support/restored.ts'

const open = async (t: TestContext, world: World = smallWorld(), behaviour = {}, target?: World) => {
  const lab = await openLab(t, world)
  await lab.complete()
  return { lab, ...(await openTarget(t, lab, behaviour, target ?? emptyOf(world))) }
}

const namesIn = (world: World, name: string) =>
  placementsOf(albumsOf(world).find((album) => album.name === name) ?? assert.fail(name)).map(({ image }) => image.fileName)

describe('a vault', () => {
  test('with a damaged and a missing file sends the others, and never one byte too few', async (t) => {
    const { lab, target, restore } = await open(t)
    const damaged = 'Home/Kitchen/kitchen-2.jpg'
    writeFileSync(lab.at(damaged), Buffer.alloc(20_000, 1))
    rmSync(lab.at('Home/Kitchen/kitchen-3.jpg'))
    const outcome = await restore()
    assert.deepEqual([outcome.exitCode, outcome.totals.failed, namesIn(target.world, 'Kitchen')], [3, 2, ['kitchen-1.jpg']])
    assert.match(JSON.stringify(outcome.problems), /kitchen-2.jpg[^}]*damaged; run verify/)
    assert.match(
      JSON.stringify(outcome.problems),
      /"missing"[^}]*kitchen-3.jpg[^}]*its file is missing in the vault: a backup fetches it again/,
    )
    const sent = new Set(albumsOf(lab.world).flatMap((album) => placementsOf(album).map(({ image }) => md5Of(image.bytes))))
    for (const album of albumsOf(target.world)) for (const { image } of placementsOf(album)) assert.ok(sent.has(md5Of(image.bytes)))
    // After a backup has fetched them again, they follow, and the album is opened.
    await lab.verify()
    await lab.complete()
    assert.equal((await restore()).exitCode, 0)
    assert.equal(albumsOf(target.world).find(({ name }) => name === 'Kitchen')?.privacy, 'Unlisted')
  })

  test('with a damaged record restores the other albums', async (t) => {
    const { lab, target, restore } = await open(t)
    writeFileSync(lab.at('Home/Kitchen/album.json'), '{"half')
    const outcome = await restore()
    assert.equal(outcome.exitCode, 3)
    assert.match(JSON.stringify(outcome.problems), /Kitchen[^}]*its record in the vault cannot be read/)
    assert.equal(namesIn(target.world, '2024 Norway').length, 6)
  })

  test('that cannot be written to sends nothing', { skip: process.getuid?.() === 0 }, async (t) => {
    const { lab, target, restore } = await open(t)
    chmodSync(dirname(lab.at('.smugmug-backup/restores.sqlite')), 0o555)
    t.after(() => chmodSync(dirname(lab.at('.smugmug-backup/restores.sqlite')), 0o755))
    await assert.rejects(restore())
    assert.deepEqual(changesOf(target), [])
  })
})

describe('SmugMug', () => {
  test('that revokes the sign-in in the middle ends it with 4, and the next one goes on', async (t) => {
    const { lab, target, restore } = await open(t)
    const revoked = { on: 'upload', match: '', nth: Array.from({ length: 50 }, (_, n) => n + 4) }
    target.setBehaviour({ writing: { permission: 'Modify' }, faults: [{ ...revoked, does: { kind: 'status', status: 401 } }] })
    await assert.rejects(restore(), { exitCode: 4 })
    target.setBehaviour({ writing: { permission: 'Modify' } })
    target.resetCounters()
    const outcome = await restore()
    assert.equal(outcome.exitCode, 0, outcome.message)
    assert.equal(target.counters.byEndpoint.upload, 11 - 3, 'the three that arrived are not sent again')
    assert.deepEqual(
      albumsOf(target.world).map(({ count }) => count),
      albumsOf(lab.world).map(({ count }) => count),
    )
  })

  test('that does not know the write token names it, and the way to another one', async (t) => {
    const { lab, restore } = await open(t)
    const { settings } = lab.work()
    const request = { settings: { ...settings, writeToken: 'wrong', writeSecret: 'wrong' } }
    await assert.rejects(restore(request), (error: SignInError) => {
      assert.match(error.message, /the write token/)
      assert.match(error.hint ?? '', /login --write/)
      return error.exitCode === 4
    })
  })

  test('that answers an upload with a page, or with a gigabyte of spaces, is asked whether it arrived', async (t) => {
    const { lab, target, restore } = await open(t, smallWorld(), {
      faults: [
        { on: 'upload', nth: 1, does: { kind: 'html' } },
        { on: 'upload', nth: 3, unapplied: true, does: { kind: 'html' } },
        { on: 'upload', nth: 5, does: { kind: 'status', status: 200, body: ' '.repeat(30_000_000) } },
        { on: 'upload', nth: 8, does: { kind: 'empty' } },
        { on: 'upload', nth: 10, does: { kind: 'badJson' } },
      ],
    })
    const outcome = await restore()
    assert.deepEqual([outcome.exitCode, outcome.problems], [0, []], outcome.message)
    assert.deepEqual(
      albumsOf(target.world).map(({ count }) => count),
      albumsOf(lab.world).map(({ count }) => count),
    )
  })

  test('that asks for a wait gets it', async (t) => {
    const { lab, target, restore } = await open(t, smallWorld(), {
      faults: [{ on: 'upload', nth: [2, 3], does: { kind: 'status', status: 429, retryAfter: 1 } }],
    })
    assert.equal((await restore()).exitCode, 0)
    assert.equal(albumsOf(target.world).length, albumsOf(lab.world).length)
  })

  test('that is away is not asked about every album', async (t) => {
    const albums = Array.from({ length: 12 }, (_, n) => albumNode(`A${n}`, [photo(`p${n}`)]))
    const { target, restore } = await open(t, { ...smallWorld(), root: albums }, { faults: [{ on: 'album', does: { kind: 'reset' } }] })
    const outcome = await restore({ bounds: { waits: [5], albumsAtOnce: 1 } })
    assert.equal(outcome.exitCode, 3)
    assert.match(JSON.stringify(outcome.problems), /SmugMug did not answer any more/)
    assert.ok((target.counters.byEndpoint.album ?? 0) <= 24, `${target.counters.byEndpoint.album}`)
  })

  const silentFrom = (target: Simulator, phase: string, fault: Omit<Fault, 'does'>) => (event: Event) => {
    if (event.event === 'phase' && event.name === phase)
      target.setBehaviour({ writing: { permission: 'Modify' }, faults: [{ ...fault, does: { kind: 'reset' } }] })
  }

  test('that is away when words or privacy are to be set is not asked about each', async (t) => {
    const albums = Array.from({ length: 12 }, (_, n) => albumNode(`A${n}`, [photo(`p${n}`)]))
    const located = Array.from({ length: 12 }, (_, n) => photo(`l${n}`, { latitude: '60.5', longitude: '5.5' }))
    const { target, restore } = await open(t, { ...smallWorld(), root: [...albums, albumNode('Located', located)] })
    const bounds = { waits: [5] }
    const whenSetting = silentFrom(target, 'collecting, and setting words and settings', { on: 'image' })
    const first = await restore({ bounds, emit: whenSetting, keepPrivate: true })
    assert.equal(first.exitCode, 3)
    // Each is asked twice, and four in a row are enough.
    assert.ok((target.counters.byEndpoint.image ?? 0) <= 8, `${target.counters.byEndpoint.image}`)
    target.setBehaviour({ writing: { permission: 'Modify' } })
    const second = await restore({ bounds, emit: silentFrom(target, 'giving back the privacy', { on: 'node' }) })
    assert.equal(second.exitCode, 3)
    assert.equal(
      second.problems.filter(({ reason }) => reason === 'SmugMug did not answer any more').length,
      1 + 13 - 4,
      'the top is asked first',
    )
    target.setBehaviour({ writing: { permission: 'Modify' } })
    assert.equal((await restore({ bounds })).exitCode, 0)
    assert.ok(albumsOf(target.world).every(({ privacy = 'Public' }) => privacy === 'Public'))
  })

  test('that never answers about one photo does not keep the others from their words', async (t) => {
    const located = Array.from({ length: 8 }, (_, n) => photo(`l${n}`, { latitude: '60.5', longitude: '5.5' }))
    const { target, restore } = await open(t, { ...smallWorld(), root: [albumNode('Located', located)] })
    const emit = (event: Event) => {
      const [album] = albumsOf(target.world)
      if (album?.count === 8)
        silentFrom(target, 'collecting, and setting words and settings', { on: 'image', match: album.placement(2).image.key })(event)
    }
    const outcome = await restore({ bounds: { waits: [5] }, emit })
    assert.equal(outcome.exitCode, 3)
    assert.deepEqual(
      outcome.problems.map(({ name }) => name),
      ['l2.jpg'],
    )
    const places = placementsOf(albumsOf(target.world)[0] ?? assert.fail()).map(({ image }) => Number(image.latitude ?? 0))
    assert.deepEqual(places, Array(8).fill(60.5))
  })

  test('that has a page where an album was gets the album beside it', async (t) => {
    const world = { ...smallWorld(), root: [albumNode('About', [photo('a')]), folder('Kitchen', [])] }
    const stood = { ...emptyOf(world), root: [{ type: 'Page', nodeId: 'PageId', name: 'About', urlName: 'About' } as const] }
    const { target, restore } = await open(t, world, {}, stood)
    const outcome = await restore()
    assert.equal(outcome.exitCode, 0)
    assert.match(JSON.stringify(outcome.problems), /its address at SmugMug is another one than before/)
    assert.deepEqual(namesIn(target.world, 'About'), ['a.jpg'])
    assert.equal((await restore()).exitCode, 0)
    assert.equal(albumsOf(target.world).length, 1)
  })

  test('that refuses a name twice gets the name in the vault', async (t) => {
    const same = ['a', 'b'].map((id) => photo(id, { fileName: 'IMG.jpg' }))
    const world = { ...smallWorld(), root: [albumNode('Same', [...same, video('v')])] }
    const { target, restore } = await open(t, world, { writing: { sameName: 'refuse' } })
    const outcome = await restore()
    assert.equal(outcome.exitCode, 0)
    assert.match(namesIn(target.world, 'Same').join(), /^IMG.jpg,IMG-\w+\.jpg,v.MOV$/)
    assert.match(JSON.stringify(outcome.problems), /its name at SmugMug is another one than before/)
  })

  test('that does not decode names in headers gets every photo once, and the names are named', async (t) => {
    const world = { ...smallWorld(), root: [albumNode('Names', [photo('ö', { caption: 'äöü' }), video('фильм')])] }
    const { target, restore } = await open(t, world, {
      writing: { headerText: 'raw' },
      faults: [{ on: 'upload', nth: [1, 2], does: { kind: 'reset' } }],
    })
    const outcome = await restore()
    assert.deepEqual([outcome.exitCode, namesIn(target.world, 'Names').length], [0, 2], outcome.message)
    assert.equal(albumsOf(target.world)[0]?.placement(0).image.caption, 'äöü')
    assert.match(JSON.stringify(outcome.problems), /its name at SmugMug is another one than before/)
    assert.equal((await restore()).exitCode, 0)
    assert.equal(target.counters.byEndpoint.upload, 2)
  })

  test('gets an album of more items than it takes in parts, also of collected ones', async (t) => {
    const images = Array.from({ length: 5 }, (_, n) => photo(`m${n}`))
    const world = { ...smallWorld(), root: [albumNode('Many', images)] }
    const { target, restore } = await open(t, world)
    const bounds = { waits: [5, 20], albumLimit: 2 }
    assert.equal((await restore({ bounds })).exitCode, 0)
    const [, second] = albumsOf(target.world)
    // Somebody deletes the second part.
    target.setWorld({
      ...target.world,
      root: target.world.root.filter((node) => node.type !== 'Album' || node.album.key !== second?.key),
    })
    assert.equal((await restore({ bounds })).exitCode, 0)
    assert.deepEqual(
      albumsOf(target.world).map(({ name, count }) => [name, count]),
      [
        ['Many', 2],
        ['Many (3)', 2],
        ['Many (4)', 1],
      ],
    )
  })
})
