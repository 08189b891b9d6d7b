import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { ItemRow } from '../vault/catalogue/rows.ts'
import { openMemory } from '../vault/storage/memory.ts'
import type { Vault } from '../vault/vault.ts'
import { vaultHealth } from './health.ts'
import { noteLook } from './look.ts'
import { noteUnreadable } from './read-standing.ts'

const now = Date.UTC(2026, 10, 3, 3)

const vaultOf = (t: TestContext): Vault => {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  return {
    home: '/vault/.smugmug-backup',
    location: '/vault',
    folders: ['/vault'],
    mode: 'read',
    storage: openMemory(),
    catalogue,
    id: 'i',
    isNew: false,
    close: async () => undefined,
  }
}

/** Puts an album into the catalogue as it was when it was last listed, with an item for each state. */
function putAlbum({ catalogue }: Vault, key: string, states: readonly ItemRow['state'][]): void {
  const dates = { imageCount: states.length, lastUpdated: 'a', imagesLastUpdated: 'b', listedAt: now, vanishedAt: undefined }
  catalogue.putAlbum({ key, nodeId: undefined, name: key, urlPath: `/${key}`, folder: key, ...dates })
  for (const [position, state] of states.entries()) {
    const imageKey = `${key}${position}`
    const keys = { albumKey: key, imageKey, name: `${imageKey}.jpg`, serial: 0 }
    const words = { fileName: keys.name, wanted: keys.name, collected: false, reason: undefined, vanishedAt: undefined }
    catalogue.putItem({ ...keys, ...words, position, state })
    if (state !== 'held') continue
    const proof = { size: 10, md5: 'm', sha256: 's', toldSize: 10, toldMd5: 'm', captured: undefined }
    catalogue.putFile({ ...keys, component: '', ...proof, grade: 'original', state: 'held' })
  }
}

test('the albums add up to the standing: what SmugMug counts now, and no album that it has no more', async (t) => {
  const vault = vaultOf(t)
  putAlbum(vault, 'whole', ['held', 'held'])
  putAlbum(vault, 'grown', ['held', 'failed'])
  putAlbum(vault, 'closed', ['held'])
  putAlbum(vault, 'gone', ['held'])
  putAlbum(vault, 'shrunk', ['held', 'held'])
  noteLook(vault.catalogue, { counted: { whole: 2, grown: 5, closed: 1, shrunk: 1 }, changed: 0 })
  noteUnreadable(vault.catalogue, ['closed'])
  const { albums, albumsInAll, status } = await vaultHealth(vault, { now, days: 7 })
  assert.deepEqual(
    albums.map(({ path, held, counted, reason }) => [path, held, counted, reason]),
    [
      ['/grown', 1, 5, '1 item failed, 3 items not fetched yet'],
      ['/closed', 0, 1, '1 item in a folder that cannot be read'],
      ['/shrunk', 1, 1, ''],
      ['/whole', 2, 2, ''],
    ],
  )
  assert.equal(albumsInAll, 4)
  const sum = (of: (album: (typeof albums)[number]) => number): number => albums.reduce((all, album) => all + of(album), 0)
  assert.deepEqual([sum(({ held }) => held), sum(({ counted }) => counted)], [status.held.items, status.expected])
})

test('an album that was never listed shows what is known of it', async (t) => {
  const vault = vaultOf(t)
  putAlbum(vault, 'adopted', ['held', 'held'])
  vault.catalogue.putAlbum({ ...(vault.catalogue.albums()[0] ?? assert.fail('no album')), listedAt: undefined })
  const { albums } = await vaultHealth(vault, { now, days: 7 })
  assert.deepEqual(albums, [{ path: '/adopted', folder: 'adopted', counted: 2, held: 2, reason: 'still to be compared with SmugMug' }])
})

test('the vault is counted once for all of the page', async (t) => {
  const vault = vaultOf(t)
  putAlbum(vault, 'whole', ['held'])
  const counts = t.mock.method(vault.catalogue.counts, 'holdings')
  await vaultHealth(vault, { now, days: 7 })
  assert.equal(counts.mock.callCount(), 1)
})
