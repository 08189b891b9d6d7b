/** Names that a system gives to its own files, and names that a copy spelled otherwise: an item's file is found under each. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import { addImage, removeImage } from '../../simulator/edit.ts'
import type { World, WorldImage, WorldNode } from '../../simulator/world.ts'
import { albumNode as albumAt, folder as folderAt, KEYS, photo } from '../../simulator/worlds/make.ts'
import { albumKey, assertMirrors, type Lab, openLab } from '../support/lab.ts'

/** Gives the item an address with exactly this name. */
const albumNode = (name: string, items: readonly WorldImage[]) => albumAt(name, items, { urlName: name })
const folder = (name: string, children: readonly WorldNode[]) => folderAt(name, children, { urlName: name })

const worldOf = (root: World['root']): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })

/** Asserts that a further run downloads nothing, and that verify finds every file. */
async function assertQuiet(lab: Lab): Promise<void> {
  const again = await lab.complete()
  assert.deepEqual([again.downloads, again.totals.kept], [0, again.totals.items], JSON.stringify(again.totals))
  assert.deepEqual([...lab.ours('history').keys()], [])
  const verified = await lab.verify()
  assert.equal(verified.exitCode, 0, verified.message)
  execFileSync('md5sum', ['--quiet', '-c', '.smugmug-backup/MD5SUMS'], { cwd: lab.root })
}

describe('items called like what a system leaves', { concurrency: 4 }, () => {
  const names = [
    '._IMG_0001.jpg',
    '._',
    'lost+found',
    '$RECYCLE.BIN',
    '#recycle',
    '.Trashes',
    '.Spotlight-V100',
    '.fseventsd',
    '@eaDir',
    'Thumbs.db',
    'THUMBS.DB',
    'desktop.ini',
    '.DS_Store',
    '.ds_store',
    '.AppleDouble',
  ]
  const images = names.map((fileName, n) => photo(`odd${n}`, { fileName }))

  test('are held once, and present for verify and the checksums', async (t) => {
    const lab = await openLab(t, worldOf([albumNode('Odd', images)]))
    await lab.complete()
    const held = [...lab.media().keys()]
    assert.equal(held.length, names.length)
    await assertQuiet(lab)
    assert.deepEqual([...lab.media().keys()], held)
  })

  test('albums and folders called so are seen too', async (t) => {
    const lab = await openLab(
      t,
      worldOf([
        albumNode('lost+found', [photo('a')]),
        folder('$RECYCLE.BIN', [albumNode('b', [photo('b')]), folder('._x', [albumNode('@Recycle', [photo('c')])])]),
      ]),
    )
    await lab.complete()
    assertMirrors(lab)
    await assertQuiet(lab)
  })

  test('foreign files of such names are kept beside a photo that comes back from the trash, and beside one that is adopted', async (t) => {
    const [x, y] = [photo('x'), photo('y', { fileName: '._y.jpg' })]
    const stray = photo('stray')
    const lab = await openLab(t, worldOf([albumNode('A', [x, y, photo('z')])]), { settings: { onVanished: 'trash' } })
    await lab.complete()
    const key = albumKey(lab.world, 'A')
    lab.change(
      (w) => removeImage(w, key, x.key),
      (w) => removeImage(w, key, y.key),
    )
    await lab.complete()
    lab.change((w) => addImage(w, key, x))
    await lab.complete()
    assert.deepEqual([...lab.ours('trash').keys()].length, 1)

    const other = await openLab(t, worldOf([albumNode('B', [stray])]))
    await other.complete()
    mkdirSync(other.at('inbox/2019/.AppleDouble'), { recursive: true })
    for (const name of ['._family.jpg', '.AppleDouble/family.jpg', '.DS_Store']) writeFileSync(other.at(`inbox/2019/${name}`), 'mine')
    renameSync(other.at('B/stray.jpg'), other.at('inbox/2019/stray.jpg'))
    await other.complete()
    assert.deepEqual(readdirSync(other.at('inbox/2019')).toSorted(), ['.AppleDouble', '.DS_Store', '._family.jpg'])
  })
})

describe('names that a copy spelled otherwise', { concurrency: 4 }, () => {
  const image = photo('é', { fileName: 'Été à Köln.jpg' })
  const world = worldOf([folder('Été', [albumNode('Köln', [image, photo('one')])]), albumNode('Über', [photo('two')])])
  const kept = (lab: Lab): readonly string[] => readdirSync(lab.root, { recursive: true }).map(String).toSorted()

  test('decomposed by a Mac, folders and files and sidecars, get their own again', async (t) => {
    const lab = await openLab(t, world, { settings: { sidecars: ['xmp'] } })
    await lab.complete()
    const before = kept(lab)
    assert.ok(before.includes('Été/Köln/Été à Köln.jpg.xmp'), before.join())
    const paths = before.filter((path) => !path.startsWith('.smugmug-backup') && path !== path.normalize('NFD'))
    for (const path of paths.toReversed()) {
      const [above, name] = [path.split('/').slice(0, -1), path.split('/').at(-1) ?? '']
      renameSync(lab.at(path), lab.at([...above, name.normalize('NFD')].join('/')))
    }
    const verified = await lab.verify()
    assert.deepEqual([verified.exitCode, verified.totals.kept], [0, 3], verified.message)
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.kept], [0, 3])
    assert.deepEqual(
      kept(lab).filter((path) => !path.includes('/reports/')),
      before.filter((path) => !path.includes('/reports/')),
    )
    await assertQuiet(lab)
  })

  test('renamed by hand in capitals only get their own again', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    renameSync(lab.at('Été/Köln/one.jpg'), lab.at('Été/Köln/ONE.JPG'))
    renameSync(lab.at('Über'), lab.at('ÜBER'))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.kept], [0, 3])
    assertMirrors(lab)
    await assertQuiet(lab)
  })

  test('a foreign file beside the right name keeps its own', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    mkdirSync(lab.at('ÜBER'))
    writeFileSync(lab.at('ÜBER/two.jpg'), 'mine')
    writeFileSync(lab.at('Über/TWO.jpg'), 'mine')
    await lab.complete()
    assert.deepEqual(readdirSync(lab.at('ÜBER')), ['two.jpg'])
    assert.deepEqual(readdirSync(lab.at('Über')).toSorted(), ['TWO.jpg', 'album.json', 'two.jpg'])
    await assertQuiet(lab)
  })
})

describe('items without a file name', { concurrency: 4 }, () => {
  const nameless = (...ids: readonly string[]) => ids.map((id) => photo(id, { fileName: '', format: id === 'png' ? 'PNG' : 'JPG' }))
  const names = (lab: Lab): readonly string[] => [...lab.media().keys()]
  /** The names under which a vault may hold them from before: the image keys alone. */
  const bare = (items: readonly WorldImage[]) => items.map((item) => ({ ...item, format: 'Unknown' }))

  test('have the extension of their format, and keep it from run to run', async (t) => {
    const items = nameless('png', 'jpg')
    const lab = await openLab(t, worldOf([albumNode('A', items)]))
    await lab.complete()
    const expected = items.map(({ key }, at) => `A/${key}.${['png', 'jpg'][at]}`).toSorted()
    assert.deepEqual(names(lab), expected)
    await lab.complete({ full: true })
    assert.deepEqual(names(lab), expected)
    await assertQuiet(lab)
  })

  test('that are held under their image keys alone are renamed once, with their sidecars and without a download', async (t) => {
    const items = nameless('a', 'b')
    const lab = await openLab(t, worldOf([albumNode('A', bare(items))]), { settings: { sidecars: ['xmp'] } })
    await lab.complete()
    assert.ok(names(lab).includes(`A/${items[0]?.key}`))
    lab.change(() => worldOf([albumNode('A', items)]))
    const run = await lab.complete({ full: true })
    assert.deepEqual([run.downloads, run.totals.items, names(lab).length], [0, 2, 4])
    for (const { key } of items) for (const name of [`A/${key}.jpg`, `A/${key}.jpg.xmp`]) assert.ok(names(lab).includes(name), name)
    await assertQuiet(lab)
  })

  test('that another program left under their image keys are adopted', async (t) => {
    const items = nameless('a', 'b')
    const lab = await openLab(t, worldOf([albumNode('A', items)]))
    mkdirSync(lab.at('A'))
    for (const item of items) writeFileSync(lab.at(`A/${item.key}`), readBytes(item.bytes))
    assert.equal((await lab.complete()).downloads, 0)
    assert.deepEqual(names(lab), items.map(({ key }) => `A/${key}.jpg`).toSorted())
    await assertQuiet(lab)
  })
})
