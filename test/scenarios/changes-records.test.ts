/** The record of an album says where the album lies and what it is called, whatever happened on the way. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { changeAlbum, removeAlbum, renameAlbum, renameFolder } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { albumKey, filesBelow, type Lab, openLab } from '../support/lab.ts'

const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [photo('a'), photo('b')]), albumNode('Italy', [photo('i1')])]),
    albumNode('Top', [photo('t1')]),
  ],
}
const travel = idFrom('node Travel', 6)
const norway = albumKey(world, 'Norway')
const italy = albumKey(world, 'Italy')

/** Fails unless each record lies where it says that its album does, and has the path and name of the catalogue. */
function assertRecords(lab: Lab): void {
  const rows = new Map(lab.rows().albums.map((row) => [row.key, row]))
  const paths = [...filesBelow(lab.root, (path) => path.endsWith('/album.json') && !path.startsWith('.smugmug-backup/')).keys()]
  const said = paths.map((path) => {
    const { key, folder: at, urlPath, name } = JSON.parse(readFileSync(lab.at(path), 'utf8')).album
    return [path, key, at, urlPath, name]
  })
  const right = said.map(([path, key]) => {
    const { urlPath, name } = rows.get(key) ?? assert.fail(`no album ${key}`)
    return [path, key, path.slice(0, -'/album.json'.length), urlPath, name]
  })
  assert.deepEqual(said, right)
}

describe('the record of an album', () => {
  test('that is gone and makes way for a new one', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeAlbum(w, albumKey(w, 'Top')))
    await lab.complete({ acceptChanges: true })
    lab.change((w) => ({ ...w, root: [...w.root, albumNode('Top', [photo('new')], { key: 'NewKey', nodeId: 'NewNod' })] }))
    await lab.complete()
    assert.equal(lab.rows().albums.length, 4)
    assertRecords(lab)
  })

  test('that could be read in part only when it was written anew holds all items again after the next run', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => renameFolder(w, travel, 'Journeys'))
    // The disk gives half of it.
    const halving = (base: Storage): Storage =>
      new Proxy(base, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name)
          if (name !== 'read') return typeof value === 'function' ? value.bind(target) : value
          return async function* (...[path, options]: Parameters<Storage['read']>) {
            const chunks: Uint8Array[] = []
            for await (const chunk of target.read(path, options)) chunks.push(chunk)
            const whole = Buffer.concat(chunks)
            yield /Norway\/album\.json$/.test(path) ? whole.subarray(0, whole.length / 2) : whole
          }
        },
      })
    await lab.backupWith({ storage: halving })
    await lab.complete()
    const { items } = JSON.parse(readFileSync(lab.at('Journeys/Norway/album.json'), 'utf8'))
    assert.deepEqual(
      items.map(({ name }: { readonly name: string }) => name),
      ['a.jpg', 'b.jpg'],
    )
    assertRecords(lab)
  })

  test('whose address at SmugMug changes, but not its folder', async (t) => {
    const named = (urlName: string): World => ({ ...world, root: [folder('Trip', [albumNode('One', [photo('a')])], { urlName })] })
    const lab = await openLab(t, named('Trip..'))
    await lab.complete()
    lab.change(() => named('Trip.'))
    const { listings } = await lab.complete()
    assert.deepEqual([lab.rows().albums.map(({ folder: at, urlPath }) => [at, urlPath]), listings], [[['Trip/One', '/Trip./One']], 0])
    assertRecords(lab)
  })

  test('that is called otherwise at the same address', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => changeAlbum(w, norway, (album) => ({ ...album, name: 'Norway, by boat' })))
    await lab.complete()
    assertRecords(lab)
  })

  for (const [what, edits] of Object.entries<readonly ((w: World) => World)[]>({
    'in a folder that was renamed': [(w) => renameFolder(w, travel, 'Journeys')],
    'of albums that swapped their names': [
      (w) => renameAlbum(w, norway, 'Between'),
      (w) => renameAlbum(w, italy, 'Norway'),
      (w) => renameAlbum(w, norway, 'Italy'),
    ],
    'of another name alone': [(w) => changeAlbum(w, norway, (album) => ({ ...album, name: 'Norway, by boat' }))],
  })) {
    test(`${what}, in a run that was killed before it wrote any`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      lab.change(...edits)
      const dying = (real: Storage): Storage =>
        new Proxy(real, {
          get: (target, name) => {
            const value: unknown = Reflect.get(target, name)
            if (name === 'put' || name === 'append') return () => Promise.reject(new Error('killed'))
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
      await lab.backupWith({ storage: dying }).catch(() => undefined)
      assert.throws(() => assertRecords(lab))
      await lab.complete()
      assertRecords(lab)
    })
  }
})
