import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { changeAlbum, editImage, moveAlbum, moveImage, removeImage, renameAlbum, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { albumKey, assertMirrors, type Lab, openLab, wantedOf } from '../support/lab.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const travel = idFrom('node Travel', 6)
const home = idFrom('node Home', 6)
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c]), albumNode('Italy', [photo('i1'), photo('i2')])]),
    folder('Home', [albumNode('Garden', [photo('g1'), photo('g2')])]),
    albumNode('Top', [photo('t1')]),
  ],
}
const norway = albumKey(world, 'Norway')
const italy = albumKey(world, 'Italy')
const garden = albumKey(world, 'Garden')
const ALL = 8

/** Runs a backup after moves: nothing is downloaded, and the vault then equals the account. */
async function follows(lab: Lab, moved: number): Promise<Awaited<ReturnType<Lab['complete']>>> {
  const told = await lab.complete()
  assert.equal(told.downloads, 0)
  assert.equal(told.totals.items, ALL)
  assert.equal(told.totals.moved, moved)
  assert.equal(told.totals.kept, ALL - moved)
  assertMirrors(lab)
  assertRecords(lab)
  const again = await lab.complete()
  assert.deepEqual([again.downloads, again.totals.kept, again.totals.moved], [0, ALL, 0])
  assertMirrors(lab)
  return told
}

/** Asserts that every album's record stands in its folder, with the folder's path and the names of its items, and that there is no other record. */
function assertRecords(lab: Lab): void {
  const { albums, items } = lab.rows()
  const folders = foldersWithRecords(lab.root)
  assert.deepEqual(folders, albums.map((album) => album.folder).toSorted())
  for (const album of albums) {
    const record = JSON.parse(readFileSync(lab.at(`${album.folder}/album.json`), 'utf8'))
    assert.equal(record.album.folder, album.folder)
    assert.equal(record.album.key, album.key)
    assert.equal(record.album.urlPath, album.urlPath)
    const names = items.filter((item) => item.albumKey === album.key).map((item) => item.name)
    assert.deepEqual(record.items.map((item: { name: string }) => item.name).toSorted(), names.toSorted())
  }
}

function foldersWithRecords(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/album.json') && !path.startsWith('.smugmug-backup'))
    .map((path) => path.slice(0, -'/album.json'.length))
    .toSorted()
}

const settled = async (t: Parameters<typeof openLab>[0], settings = {}): Promise<Lab> => {
  const lab = await openLab(t, world, { settings })
  await lab.complete()
  return lab
}

const topFolders = (lab: Lab): readonly string[] =>
  readdirSync(lab.root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== '.smugmug-backup')
    .map((entry) => entry.name)
    .toSorted()

describe('files that get another name', { concurrency: 8 }, () => {
  test('a file name changed on SmugMug is changed on the disk', async (t) => {
    const lab = await settled(t)
    lab.change((w) => editImage(w, a.key, { fileName: 'sunset.jpg' }))
    await follows(lab, 1)
  })

  test('a template with the title follows the title', async (t) => {
    const lab = await settled(t, { fileNames: '{{.Title}}{{.FileNameNoExt}}{{.Extension}}' })
    lab.change((w) => editImage(w, a.key, { title: 'Sunset ' }))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.moved], [0, 1])
    assert.ok(lab.media().has('Travel/Norway/Sunset a.jpg'))
    assert.ok(!lab.media().has('Travel/Norway/a.jpg'))
  })

  test('another template renames everything, and back', async (t) => {
    const lab = await settled(t)
    const told = await lab.complete({ settings: { fileNames: '{{.ImageKey}}{{.Extension}}' } })
    assert.deepEqual([told.downloads, told.totals.moved], [0, ALL])
    assert.ok(lab.media().has(`Travel/Norway/${a.key}.jpg`))
    assert.equal(lab.media().size, ALL)
    const back = await lab.complete()
    assert.deepEqual([back.downloads, back.totals.moved], [0, ALL])
    assertMirrors(lab)
  })

  test('two that swap names', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => editImage(w, a.key, { fileName: 'b.jpg' }),
      (w) => editImage(w, b.key, { fileName: 'a.jpg' }),
    )
    await follows(lab, 2)
  })

  test('a chain: a becomes b, b becomes c, c becomes d', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => editImage(w, a.key, { fileName: 'b.jpg' }),
      (w) => editImage(w, b.key, { fileName: 'c.jpg' }),
      (w) => editImage(w, c.key, { fileName: 'd.jpg' }),
    )
    await follows(lab, 3)
  })

  test('three in a circle', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => editImage(w, a.key, { fileName: 'b.jpg' }),
      (w) => editImage(w, b.key, { fileName: 'c.jpg' }),
      (w) => editImage(w, c.key, { fileName: 'a.jpg' }),
    )
    await follows(lab, 3)
    assert.equal(existsSync(lab.at('.smugmug-backup/moving')), false)
  })

  test('a name that differs by case alone', async (t) => {
    const lab = await settled(t)
    lab.change((w) => editImage(w, a.key, { fileName: 'A.JPG' }))
    await follows(lab, 1)
  })

  test('two that swap names that differ by case alone: both stay whole', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => editImage(w, a.key, { fileName: 'A.jpg' }),
      (w) => editImage(w, b.key, { fileName: 'a.jpg' }),
    )
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.equal(lab.media().size, ALL)
    const names = lab
      .rows()
      .items.filter((item) => item.albumKey === norway)
      .map((item) => item.name.toLowerCase())
    assert.equal(new Set(names).size, 3)
  })

  test('a person’s own file under the new name is not overwritten', async (t) => {
    const lab = await settled(t)
    writeFileSync(lab.at('Travel/Norway/sunset.jpg'), 'mine')
    lab.change((w) => editImage(w, a.key, { fileName: 'sunset.jpg' }))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.ok(existsIn(lab, 'mine'))
  })
})

/** Does any file of the vault hold exactly this text? */
function existsIn(lab: Lab, text: string): boolean {
  return readdirSync(lab.root, { recursive: true, withFileTypes: true, encoding: 'utf8' }).some(
    (entry) => entry.isFile() && readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8') === text,
  )
}

describe('items that move to another album', { concurrency: 8 }, () => {
  // In each order of listing the two albums.
  for (const [from, to] of [
    [norway, italy],
    [italy, norway],
    [norway, garden],
    [garden, norway],
  ] as const) {
    test(`from ${from === norway ? 'Norway' : from === italy ? 'Italy' : 'Garden'} to ${to === norway ? 'Norway' : to === italy ? 'Italy' : 'Garden'}`, async (t) => {
      for (const settings of [{ concurrentAlbums: 1 }, {}]) {
        const lab = await settled(t, settings)
        const image = from === norway ? a : from === italy ? photo('i1') : photo('g1')
        lab.change((w) => moveImage(w, image.key, from, to))
        const told = await follows(lab, 1)
        assert.equal(told.totals.vanished, 0)
      }
    })
  }

  test('all items of an album: an empty album remains, with its record', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => moveImage(w, photo('i1').key, italy, norway),
      (w) => moveImage(w, photo('i2').key, italy, norway),
    )
    await follows(lab, 2)
  })

  test('to an album that has a file of that name', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => editImage(w, photo('i1').key, { fileName: 'a.jpg' }),
      (w) => moveImage(w, photo('i1').key, italy, norway),
    )
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.equal(told.totals.moved, 1)
    assert.equal(lab.media().size, ALL)
    assert.ok(lab.media().has(`Travel/Norway/a-${photo('i1').key}.jpg`))
  })

  test('two items that change places between albums', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => moveImage(w, photo('i1').key, italy, norway),
      (w) => moveImage(w, a.key, norway, italy),
    )
    await follows(lab, 2)
  })

  test('to a new album, the old one deleted', async (t) => {
    const lab = await settled(t)
    lab.change((w) => ({
      ...w,
      root: w.root.flatMap((node) =>
        node.type === 'Folder' && node.name === 'Home' ? [folder('House', [albumNode('Yard', [photo('g1'), photo('g2')])])] : [node],
      ),
    }))
    const told = await follows(lab, 2)
    assert.equal(told.totals.vanished, 0)
    assert.deepEqual(topFolders(lab), ['House', 'Top', 'Travel'])
  })
})

describe('albums and folders that get another path', { concurrency: 8 }, () => {
  test('an album renamed', async (t) => {
    const lab = await settled(t)
    lab.change((w) => renameAlbum(w, norway, 'Norge'))
    await follows(lab, 3)
    assert.equal(existsSync(lab.at('Travel/Norway')), false)
  })

  test('a folder renamed: from the album list alone, no album is listed', async (t) => {
    const lab = await settled(t)
    lab.change((w) => renameFolder(w, travel, 'Journeys'))
    const told = await follows(lab, 5)
    assert.equal(told.listings, 0)
    assert.deepEqual(topFolders(lab), ['Home', 'Journeys', 'Top'])
  })

  test('the files of a folder that a person keeps there go with it or stay, but are not lost', async (t) => {
    const lab = await settled(t)
    writeFileSync(lab.at('Travel/notes.txt'), 'my notes')
    mkdirSync(lab.at('Travel/Norway/raw'))
    writeFileSync(lab.at('Travel/Norway/raw/a.dng'), 'my negative')
    lab.change((w) => renameFolder(w, travel, 'Journeys'))
    const told = await lab.complete()
    assert.equal(told.downloads, 0)
    assert.ok(existsIn(lab, 'my notes'))
    assert.ok(existsIn(lab, 'my negative'))
  })

  test('an album moved into another folder, and to the top', async (t) => {
    const lab = await settled(t)
    lab.change((w) => moveAlbum(w, norway, home))
    await follows(lab, 3)
    lab.change((w) => moveAlbum(w, norway))
    await follows(lab, 3)
    lab.change((w) => moveAlbum(w, norway, travel))
    await follows(lab, 3)
  })

  test('two albums that swap names', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => renameAlbum(w, norway, 'Italy'),
      (w) => renameAlbum(w, italy, 'Norway'),
    )
    await follows(lab, 5)
  })

  test('albums in a chain: Norway becomes Italy, Italy becomes Spain', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => renameAlbum(w, norway, 'Italy'),
      (w) => renameAlbum(w, italy, 'Spain'),
    )
    await follows(lab, 5)
  })

  test('two folders that swap names', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => renameFolder(w, travel, 'Home'),
      (w) => renameFolder(w, home, 'Travel'),
    )
    await follows(lab, 7)
  })

  test('an album renamed by case alone', async (t) => {
    const lab = await settled(t)
    lab.change((w) => renameAlbum(w, norway, 'NORWAY'))
    await follows(lab, 3)
  })

  test('a folder renamed by case alone', async (t) => {
    const lab = await settled(t)
    lab.change((w) => renameFolder(w, travel, 'TRAVEL'))
    await follows(lab, 5)
  })

  test('an album moved below the path of another, and back', async (t) => {
    const lab = await settled(t)
    const below = { ...folder('Top', []), nodeId: 'nTopX1' }
    lab.change(
      (w) => ({ ...w, root: [...w.root, below] }),
      (w) => moveAlbum(w, norway, 'nTopX1'),
    )
    await follows(lab, 3)
    assert.ok(existsSync(lab.at('Top/Norway/a.jpg')))
    lab.change((w) => moveAlbum(w, norway, travel))
    await follows(lab, 3)
    assert.ok(existsSync(lab.at('Top/t1.jpg')))
    assert.equal(existsSync(lab.at('Top/Norway')), false)
  })

  test('an album renamed to the folder it lies in: /Travel/Norway becomes /Travel', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => moveAlbum(w, norway),
      (w) => renameAlbum(w, norway, 'Travel'),
    )
    await follows(lab, 3)
  })

  test('an album renamed and an item of it moved away and another renamed, all at once', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => renameAlbum(w, norway, 'Norge'),
      (w) => moveImage(w, a.key, norway, italy),
      (w) => editImage(w, b.key, { fileName: 'bb.jpg' }),
      (w) => renameFolder(w, travel, 'Journeys'),
    )
    await follows(lab, 5)
  })

  test('a new album takes the path that another one left', async (t) => {
    const lab = await settled(t)
    lab.change(
      (w) => renameAlbum(w, norway, 'Norway 2024'),
      (w) => ({
        ...w,
        root: w.root.map((node) =>
          node.type === 'Folder' && node.name === 'Travel'
            ? { ...node, children: [...node.children, albumNode('Norway', [photo('n2')], { key: 'NewKey', nodeId: 'NewNod' })] }
            : node,
        ),
      }),
    )
    const told = await lab.complete()
    assert.equal(told.downloads, 1)
    assert.equal(told.totals.moved, 3)
    assertMirrors(lab)
    assertRecords(lab)
  })

  test('an album of another path and the same name changes nothing', async (t) => {
    const lab = await settled(t)
    lab.change((w) => changeAlbum(w, norway, (album) => ({ ...album, name: 'Norway, by boat' })))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.kept, told.totals.moved], [0, ALL, 0])
    assertMirrors(lab)
  })
})

describe('sidecars', { concurrency: 8 }, () => {
  const sidecars = { sidecars: ['xmp'] as const }
  const captioned = (w: World): World =>
    [a, b, c].reduce((each, image) => editImage(each, image.key, { caption: `this is ${image.fileName}` }), w)

  /** Asserts that every photo has its own sidecar beside it, and that there are no others. */
  function assertBeside(lab: Lab): void {
    const files = readdirSync(lab.root, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('.smugmug-backup'))
    const photos = files.filter((path) => path.endsWith('.jpg'))
    assert.deepEqual(files.filter((path) => path.endsWith('.xmp')).toSorted(), photos.map((path) => `${path}.xmp`).toSorted())
    for (const { folder: place, fileName, imageKey } of wantedOf(lab.world)) {
      const caption = { [a.key]: 'a.jpg', [b.key]: 'b.jpg', [c.key]: 'c.jpg' }[imageKey]
      if (caption === undefined) continue
      assert.ok(readFileSync(lab.at(`${place}/${fileName}.xmp`), 'utf8').includes(`this is ${caption}`), `${place}/${fileName}.xmp`)
    }
  }

  const edits: Readonly<Record<string, readonly ((w: World) => World)[]>> = {
    'a renamed file': [(w) => editImage(w, a.key, { fileName: 'sunset.jpg' })],
    'swapped names': [(w) => editImage(w, a.key, { fileName: 'b.jpg' }), (w) => editImage(w, b.key, { fileName: 'a.jpg' })],
    'an item moved to another album': [(w) => moveImage(w, a.key, norway, italy)],
    'a renamed album': [(w) => renameAlbum(w, norway, 'Norge')],
    'a renamed folder': [(w) => renameFolder(w, travel, 'Journeys')],
    'a new caption': [(w) => editImage(w, photo('i1').key, { caption: 'new words' })],
    'a replaced file': [(w) => replaceImage(w, a.key, { kind: 'seeded', seed: 'new', size: 21_000, starts: 'jpg' })],
  }
  for (const [what, changes] of Object.entries(edits)) {
    test(`follow ${what}`, async (t) => {
      const lab = await openLab(t, captioned(world), { settings: sidecars })
      await lab.complete()
      assertBeside(lab)
      lab.change(...changes)
      const told = await lab.complete()
      assert.equal(told.downloads, what === 'a replaced file' ? 1 : 0)
      assertBeside(lab)
      assert.equal((await lab.verify()).problems.length, 0)
    })
  }

  test('of an item that vanished goes to the trash with it', async (t) => {
    const lab = await openLab(t, captioned(world), { settings: { ...sidecars, onVanished: 'trash' } })
    await lab.complete()
    lab.change((w) => removeImage(w, norway, a.key))
    await lab.complete()
    assertBeside(lab)
  })
})
