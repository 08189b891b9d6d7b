import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  addAlbum,
  addImage,
  changeAlbum,
  moveAlbum,
  placementsOf,
  removeAlbum,
  renameFolder,
  withPlacements,
} from '../../simulator/edit.ts'
import { ownerOf } from '../../simulator/test-client.ts'
import type { Behaviour, World } from '../../simulator/world.ts'
import { album, albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { FakeClock } from '../../src/flow/clock.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'
import type { Loose } from '../support/records.ts'

const DAY = 86_400_000
const [a, b] = [photo('a'), photo('b')]

/** Folders, albums, pages, an empty one of each, locked ones, and galleries that only collect. */
const world: World = {
  nickName: 'ann',
  name: 'Ann Ansel',
  keys: KEYS,
  root: [
    folder('Zoo', [albumNode('Tiger', [a])], {
      description: '<p>Wild</p>',
      privacy: 'Unlisted',
      fields: {
        Keywords: ['cats', 'wild life'],
        SortMethod: 'DateAdded',
        SortDirection: 'Descending',
        SecurityType: 'Password',
        Password: 'SECRET',
        PasswordHint: 'stripes',
        HighlightImageUri: `/api/v2/image/${a.key}-0`,
        CoverImageUri: `/api/v2/image/${b.key}-0`,
      },
    }),
    albumNode('Smart', [collected(a), collected(b)]),
    { type: 'Page', nodeId: 'page01', name: 'About me', urlName: 'About-me' },
    folder('Empty folder', []),
    albumNode('Empty album', []),
    folder('Home', [folder('Deeper', [albumNode('Attic', [b], { privacy: 'Private', securityType: 'Password', password: 'SECRET' })])]),
    { type: 'System Album', nodeId: 'sys001', name: 'Favorites', urlName: 'Favorites' },
    albumNode('Mixed', [collected(a), photo('own')]),
  ],
}

const treeOf = (lab: Lab): Loose => JSON.parse(readFileSync(lab.at('tree.json'), 'utf8'))
const names = (node: Loose): Loose => (node.children.length === 0 ? node.name : [node.name, node.children.map(names)])
const flat = (node: Loose): readonly Loose[] => [node, ...node.children.flatMap(flat)]
const found = (lab: Lab, name: string): Loose => flat(treeOf(lab).root).find((node) => node.name === name) ?? assert.fail(`no node ${name}`)

/** Calls for the tree since the last time it was asked. */
function nodeCalls(lab: Lab): number {
  const { node = 0, children = 0 } = lab.sim.counters.byEndpoint
  lab.sim.resetCounters()
  return node + children
}

/** The root, and one for each folder. */
const WHOLE = 1 + 1 + 4

describe('tree.json', { concurrency: 8 }, () => {
  test('holds folders, albums, pages and system albums in their order, also the empty ones', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const tree = treeOf(lab)
    assert.equal(tree.format, 'smugmug-backup/tree/1')
    assert.deepEqual(tree.account, { nickName: 'ann', name: 'Ann Ansel' })
    assert.deepEqual(names(tree.root)[1], [
      ['Zoo', ['Tiger']],
      'Smart',
      'About me',
      'Empty folder',
      'Empty album',
      ['Home', [['Deeper', ['Attic']]]],
      'Favorites',
      'Mixed',
    ])
    assert.deepEqual(
      tree.root.children.map(({ type }: Loose) => type),
      ['Folder', 'Album', 'Page', 'Folder', 'Album', 'Folder', 'System Album', 'Album'],
    )
  })

  test('holds texts, privacy, sort rules, covers and whether there is a password, and never the password', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const { smugmug, children: _children, ...zoo } = found(lab, 'Zoo')
    assert.deepEqual(zoo, {
      nodeId: zoo.nodeId,
      type: 'Folder',
      name: 'Zoo',
      urlName: 'Zoo',
      urlPath: '/Zoo',
      description: '<p>Wild</p>',
      keywords: ['cats', 'wild life'],
      privacy: 'Unlisted',
      securityType: 'Password',
      hasPassword: true,
      sortMethod: 'DateAdded',
      sortDirection: 'Descending',
      highlightImage: `/api/v2/image/${a.key}-0`,
      coverImage: `/api/v2/image/${b.key}-0`,
    })
    assert.deepEqual([smugmug.Password, smugmug.PasswordHint], ['(withheld)', 'stripes'])
    const attic = found(lab, 'Attic')
    assert.deepEqual([attic.privacy, attic.hasPassword, attic.smugmug.Password], ['Private', true, '(withheld)'])
    assert.equal(found(lab, 'Tiger').hasPassword, false)
    assert.ok(!readFileSync(lab.at('tree.json'), 'utf8').includes('SECRET'))
  })

  test('holds every field of each node as SmugMug gave it', async (t) => {
    for (const each of [world, nastyWorld()]) {
      const lab = await openLab(t, each)
      await lab.complete()
      const owner = ownerOf(lab.sim, each)
      for (const { nodeId, smugmug } of flat(treeOf(lab).root)) {
        const { Uris: _u, UriDescription: _d, Password, ...said } = (await owner.get(`/api/v2/node/${nodeId}?_verbosity=1`)).Response.Node
        const { Uris: _uris, UriDescription: _description, Password: told, ...fields } = smugmug
        assert.deepEqual(fields, said)
        assert.equal(told, Password ? '(withheld)' : Password)
      }
    }
  })

  test('keeps passwords with keep_secrets', async (t) => {
    const lab = await openLab(t, world, { settings: { keepSecrets: true } })
    await lab.complete()
    assert.equal(found(lab, 'Zoo').smugmug.Password, 'SECRET')
  })

  test('tells where each album lies in the vault', async (t) => {
    const lab = await openLab(t, nastyWorld())
    await lab.complete()
    const albums = flat(treeOf(lab).root).filter((node) => node.type === 'Album')
    assert.ok(albums.length > 20)
    for (const { albumKey: key, folder: place, name } of albums) {
      const { album: head } = JSON.parse(readFileSync(lab.at(`${place}/album.json`), 'utf8'))
      assert.equal(head.key, key, name)
    }
  })

  test('marks galleries that only collect, and no others', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const marked = flat(treeOf(lab).root).filter(({ onlyCollected }) => onlyCollected)
    assert.deepEqual(
      marked.map(({ name }) => name),
      ['Smart'],
    )
  })

  test('marks a gallery that only collects now, at the latest when all is listed', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const mixed = albumKey(world, 'Mixed')
    lab.change((w) =>
      changeAlbum(w, mixed, (each) => ({
        ...withPlacements(each, placementsOf(each).slice(0, 1)),
        imagesLastUpdated: '2025-01-01T00:00:00+00:00',
      })),
    )
    await lab.complete({ full: true })
    assert.equal(found(lab, 'Mixed').onlyCollected, true)
  })

  test('survives nodes of unknown kinds, without fields, with junk in them', async (t) => {
    const odd: World = {
      ...world,
      root: [
        ...world.root,
        {
          type: 'Page',
          nodeId: 'odd001',
          name: 'x',
          urlName: 'x',
          fields: { Type: 'Hologram', Name: null, Description: 7, Keywords: {}, SortMethod: [] },
        },
        {
          type: 'Page',
          nodeId: 'odd002',
          name: 'y',
          urlName: 'y',
          fields: { Type: undefined, Name: undefined, UrlPath: undefined, SecurityType: undefined },
        },
      ],
    }
    const lab = await openLab(t, odd)
    await lab.complete()
    const nodes = flat(treeOf(lab).root)
    const hologram = nodes.find(({ nodeId }) => nodeId === 'odd001')
    assert.deepEqual([hologram.type, hologram.smugmug.Name, hologram.smugmug.Description, hologram.keywords], ['Hologram', null, 7, {}])
    assert.ok(nodes.some(({ nodeId }) => nodeId === 'odd002'))
  })

  test('of 250 albums in one folder is whole and in order', async (t) => {
    const many = Array.from({ length: 250 }, (_, n) => albumNode(`Album ${n}`, []))
    const lab = await openLab(t, { ...world, root: [folder('All', many)] })
    await lab.complete()
    assert.deepEqual(
      treeOf(lab).root.children[0].children.map(({ name }: Loose) => name),
      many.map((_, n) => `Album ${n}`),
    )
  })
})

describe('the tree is read', { concurrency: 8 }, () => {
  const settled = async (t: Parameters<typeof openLab>[0]): Promise<Lab> => {
    const lab = await openLab(t, world)
    await lab.complete()
    assert.equal(nodeCalls(lab), WHOLE, 'on the first run')
    await lab.complete()
    assert.equal(nodeCalls(lab), 0, 'never on an unchanged run')
    return lab
  }

  const edits: Readonly<Record<string, (world: World) => World>> = {
    'a new album': (w) => addAlbum(w, album('New', [photo('n')])),
    'a new album that is empty': (w) => addAlbum(w, album('New', []), folderOf('Home')),
    'an album that is gone': (w) => removeAlbum(w, albumKey(w, 'Empty album')),
    'a moved album': (w) => moveAlbum(w, albumKey(w, 'Tiger'), folderOf('Home')),
    'a renamed folder': (w) => renameFolder(w, folderOf('Zoo'), 'Safari'),
  }
  for (const [what, edit] of Object.entries(edits)) {
    test(`after ${what}, once`, async (t) => {
      const lab = await settled(t)
      const before = readFileSync(lab.at('tree.json'), 'utf8')
      lab.change(edit)
      await lab.complete({ acceptChanges: true })
      assert.ok(nodeCalls(lab) >= WHOLE)
      assert.notEqual(readFileSync(lab.at('tree.json'), 'utf8'), before)
      await lab.complete()
      assert.equal(nodeCalls(lab), 0)
    })
  }

  test('not for a new photo, which changes no folder', async (t) => {
    const lab = await settled(t)
    lab.change((w) => addImage(w, albumKey(w, 'Tiger'), photo('new')))
    await lab.complete()
    assert.equal(nodeCalls(lab), 0)
  })

  test('with --full', async (t) => {
    const lab = await settled(t)
    await lab.complete({ full: true })
    assert.equal(nodeCalls(lab), WHOLE)
  })

  test('when it is due', async (t) => {
    const lab = await openLab(t, world)
    const start = Date.UTC(2026, 0, 1, 3)
    for (const [days, calls] of [
      [0, WHOLE],
      [6.9, 0],
      [7.1, WHOLE],
      [7.2, 0],
    ] as const) {
      await lab.backupWith({ clock: new FakeClock({ now: start + days * DAY, patient: false }) })
      assert.equal(nodeCalls(lab), calls, `after ${days} days`)
    }
  })

  test('when it is gone from the vault', async (t) => {
    const lab = await settled(t)
    const before = readFileSync(lab.at('tree.json'))
    rmSync(lab.at('tree.json'))
    await lab.complete()
    assert.equal(nodeCalls(lab), WHOLE)
    assert.deepEqual(readFileSync(lab.at('tree.json')), before)
  })

  test('not by a dry run, which writes nothing', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete({ dryRun: true })
    assert.equal(nodeCalls(lab), 0)
    assert.ok(!existsSync(lab.at('tree.json')))
  })
})

describe('a tree that cannot be read', { concurrency: 8 }, () => {
  const harms: Readonly<Record<string, NonNullable<Behaviour['faults']>[number]>> = {
    'its root refused': { on: 'node', does: { kind: 'status', status: 500 } },
    'one folder refused': { on: 'children', match: 'count', nth: 3, does: { kind: 'status', status: 403 } },
    'one folder garbled': { on: 'children', nth: [2, 3, 4, 5], does: { kind: 'badJson' } },
  }
  for (const [what, fault] of Object.entries(harms)) {
    test(`on the first run, ${what}: named, exit 3, every photo is held, and the next run has it`, async (t) => {
      const lab = await openLab(t, world, { behaviour: { faults: [fault] } })
      const told = await lab.backup({ settings: { maxRetries: 0 } })
      assert.deepEqual([told.exitCode, told.totals.failed, told.totals.stored], [3, 0, 3])
      const named = told.problems.filter((problem) => problem.kind === 'album')
      assert.equal(named.length, 1)
      assert.equal(named[0]?.name, 'tree.json')
      assert.ok(!existsSync(lab.at('tree.json')))
      lab.sim.setBehaviour({})
      await lab.complete()
      assert.ok(existsSync(lab.at('tree.json')))
    })

    test(`on a later run, ${what}: what was written stays, and the next run has the new one`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const before = readFileSync(lab.at('tree.json'), 'utf8')
      lab.change((w) => addAlbum(w, album('New', [photo('n')])))
      lab.sim.setBehaviour({ faults: [fault] })
      const told = await lab.backup({ settings: { maxRetries: 0 } })
      assert.deepEqual([told.exitCode, told.totals.stored], [3, 1])
      assert.equal(readFileSync(lab.at('tree.json'), 'utf8'), before)
      lab.sim.setBehaviour({})
      await lab.complete()
      assert.ok(found(lab, 'New'))
    })
  }

  test('an interrupted run that met a new album: the next one has it in the tree', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => addAlbum(w, album('New', [photo('n')])))
    const stop = new AbortController()
    lab.sim.setBehaviour({ faults: [{ on: 'children', does: { kind: 'stall', ms: 60_000 } }] })
    lab.sim.resetCounters()
    const going = lab.backup({ signal: stop.signal })
    while (!lab.sim.requests.some(({ endpoint }) => endpoint === 'children')) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    lab.sim.setBehaviour({})
    await going
    await lab.complete()
    assert.ok(found(lab, 'New'))
  })

  test('a first run over a part knows not where the rest will lie; the whole one tells', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete({ settings: { album: ['Smart'] } })
    await lab.complete()
    for (const node of flat(treeOf(lab).root)) if (node.type === 'Album') assert.equal(typeof node.folder, 'string', node.name)
    assert.equal(found(lab, 'Smart').onlyCollected, true)
  })
})

/** The node id of a folder of the world. */
function folderOf(name: string): string {
  const node = folder(name, [])
  assert.ok(node.type === 'Folder')
  return node.nodeId
}
