/** A stranger asks SmugMug for everything, without a signature, before, while and after a vault goes back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumsOf, placementsOf } from '../simulator/edit.ts'
import { type Loose, send } from '../simulator/test-client.ts'
import type { Simulator, World, WorldNode } from '../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../simulator/worlds/make.ts'
import { albumKey, openLab } from './support/lab.ts'
import { changesOf, openTarget } from './support/restored.ts'

const locked = (Password: string) => ({ fields: { SecurityType: 'Password', Password } })
/** Everybody sees it in the portfolio. */
const shared = photo('shared with a client')

/** The account of somebody who hands photos to clients: everything that can be closed, in every place. */
const clients: World = {
  nickName: 'studio',
  name: 'The Studio',
  keys: KEYS,
  root: [
    folder('Clients', [
      albumNode('Wedding', [photo('w1'), photo('w2', { hidden: true }), video('dance')], { securityType: 'Password', password: 'rice' }),
      albumNode('Divorce', [photo('d1')], { privacy: 'Private' }),
      albumNode('Guests', [photo('g1')], { privacy: 'Unlisted', securityType: 'Password', password: 'cake' }),
      albumNode('Invited', [photo('i1')], { securityType: 'GrantAccess' }),
    ]),
    folder('Behind a word', [albumNode('Open below', [photo('o1')]), folder('Deeper', [albumNode('Deep', [photo('o2')])])], locked('dog')),
    folder('Private folder', [albumNode('Public below', [photo('p1'), shared])], { privacy: 'Private' }),
    folder('Unlisted', [albumNode('By its address', [photo('u1')], { privacy: 'Unlisted' })], { privacy: 'Unlisted' }),
    albumNode('Portfolio', [photo('best'), photo('not yet', { hidden: true }), collected(shared)]),
  ],
}

/** Albums whose protection cannot go back, because the vault has no passwords, or because invitations never do. */
const CLOSED = ['Wedding', 'Divorce', 'Guests', 'Invited', 'Open below', 'Deep', 'Public below']

/** Returns all that anybody can learn of an account who knows every key in it: albums that are named, photos that are listed or opened, bytes. */
async function strangersView({ apiUrl, cdnUrl, world }: Simulator): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const ask = async (path: string): Promise<Loose> => {
    const { status, body } = await send(`${apiUrl}/api/v2/${path}?APIKey=${KEYS.apiKey}&count=100`, {
      headers: { Accept: 'application/json' },
    })
    return status === 200 ? JSON.parse(body.toString()).Response : {}
  }
  for (const { Name } of (await ask(`user/${world.nickName}!albums`)).Album ?? []) seen.add(`a list names ${Name}`)
  const folders = (nodes: readonly WorldNode[]): readonly string[] =>
    nodes.flatMap((node) => (node.type === 'Folder' ? [node.nodeId, ...folders(node.children)] : []))
  for (const nodeId of folders(world.root)) {
    for (const { Name } of (await ask(`node/${nodeId}!children`)).Node ?? []) seen.add(`a folder names ${Name}`)
  }
  for (const album of albumsOf(world)) {
    const { Album } = await ask(`album/${album.key}`)
    if (Album?.ImageCount !== undefined) seen.add(`${album.name} is open`)
    for (const { FileName, Hidden } of (await ask(`album/${album.key}!images`)).AlbumImage ?? []) {
      seen.add(`${album.name} lists ${FileName}${Hidden ? ' (hidden)' : ''}`)
    }
    for (const { image, collected: isCollected = false } of placementsOf(album)) {
      const what = `${album.name}: ${image.fileName}`
      const name = `${image.key}-${image.serial ?? 0}`
      for (const path of [`image/${name}`, `image/${name}!sizedetails`, `image/${name}!largestimage`, `album/${album.key}/image/${name}`]) {
        const found = Object.keys(await ask(path)).some((field) => /Image/.test(field))
        if (found) seen.add(`${what} answers ${path.replaceAll(name, 'KEY').replace(album.key, 'KEY')}`)
      }
      if (isCollected) continue
      const { status } = await send(`${cdnUrl}/x/i-${image.key}/${image.serial ?? 0}/sig/D/${image.key}-D.jpg`)
      if (status === 200) seen.add(`${what} gives its bytes`)
    }
  }
  return seen
}

const isAbout = (album: string) => (each: string) =>
  each.startsWith(`${album} `) || each.startsWith(`${album}: `) || each.endsWith(`names ${album}`)

for (const keepSecrets of [false, true]) {
  test(`no stranger sees more than before, with passwords ${keepSecrets ? 'kept' : 'not kept'}`, async (t) => {
    const lab = await openLab(t, clients, { settings: { keepSecrets } })
    await lab.complete()
    const before = await strangersView(lab.sim)
    assert.ok(
      before.has('Portfolio lists best.jpg') &&
        before.has('By its address lists u1.jpg') &&
        before.has('Portfolio: best.jpg gives its bytes'),
    )
    assert.ok(!before.has('Divorce is open') && !before.has('Wedding lists w1.jpg'))

    const { target, restore } = await openTarget(t, lab)
    const looks: Promise<ReadonlySet<string>>[] = []
    let changes = 0
    const emit = () => {
      const now = changesOf(target).length
      if (now >= changes + 6) looks.push(strangersView(target))
      if (now >= changes + 6) changes = now
    }
    const outcome = await restore({ emit })
    const views = await Promise.all(looks)
    assert.equal(outcome.exitCode, 3, outcome.message)
    const after = await strangersView(target)
    for (const view of [...views, after])
      assert.deepEqual(
        [...view].filter((each) => !before.has(each)),
        [],
      )
    assert.ok(looks.length > 3, `${looks.length} looks on the way`)

    // Passwords that are kept go back, and only people who were invited stay outside.
    const closed = keepSecrets ? ['Divorce', 'Invited', 'Public below'] : CLOSED
    for (const name of closed)
      assert.deepEqual(
        [...after].filter((each) => isAbout(name)(each) && !each.includes(`: ${shared.fileName} answers`)),
        [],
        name,
      )
    assert.deepEqual([...after].filter(isAbout('Portfolio')), [...before].filter(isAbout('Portfolio')))
    const named = outcome.problems.flatMap(({ album, reason }) => (reason.startsWith('it stays private') ? [album] : []))
    const staysPrivate = ['/Clients/Invited', ...(keepSecrets ? [] : ['/Behind-a-word', '/Clients/Guests', '/Clients/Wedding'])]
    assert.deepEqual(named.toSorted(), staysPrivate.toSorted())
    assert.equal(albumsOf(target.world).find(({ name }) => name === 'Wedding')?.privacy, keepSecrets ? 'Public' : 'Private')
    assert.ok(albumKey(target.world, 'Deep'))
  })
}
