/** The work that a restore makes for the disk of the vault. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { albumsOf, placementsOf, removeImage } from '../simulator/edit.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { openVaultAt } from '../src/app/app.ts'
import { knownMoment } from '../src/operations/past/when.ts'
import { recordsAt } from '../src/operations/restore/records.ts'
import { readSourceAlbum } from '../src/operations/restore/source.ts'
import { RestoreJournal } from '../src/vault/catalogue/restore-journal.ts'
import { isPutAside } from '../src/vault/layout.ts'
import { faultyStorage } from './support/faulty-storage.ts'
import { albumKey, openLab } from './support/lab.ts'

test('a file that was put aside is read once, however often its album is', async (t) => {
  const lab = await openLab(t, smallWorld(), { settings: { onVanished: 'trash', maxVanished: 9 } })
  await lab.complete()
  const kitchen = albumKey(lab.world, 'Kitchen')
  for (const { image } of placementsOf(albumsOf(lab.world).find(({ key }) => key === kitchen) ?? assert.fail()).slice(1))
    lab.change((world) => removeImage(world, kitchen, image.key))
  await lab.complete()
  const vault = await openVaultAt(lab.root, { mode: 'read', operation: 'restore' })
  try {
    const counted = faultyStorage(vault.storage)
    const watched = { ...vault, storage: counted.storage }
    const records = recordsAt(watched, await knownMoment(watched, { run: 1 }))
    const row = (await records.albums()).find(({ key }) => key === kitchen) ?? assert.fail()
    // A checkout of an album asks for no more than that.
    assert.deepEqual(counted.paths('list').filter(isPutAside), [])
    for (let n = 0; n < 5; n += 1) {
      const album = await readSourceAlbum(records, row)
      assert.deepEqual(
        album?.items.map(({ file }) => file !== undefined && isPutAside(file.path)),
        [false, true, true],
      )
    }
    const read = counted.paths('read').filter((path) => isPutAside(path) && path.endsWith('.jpg'))
    assert.equal(read.length, 2, read.join())
  } finally {
    await vault.close()
  }
})

test('notes of the journal of restores that belong together stand all, or none', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'restore-journal-'))
  const journal = RestoreJournal.open(join(place, 'restores.sqlite'), 'ann')
  t.after(() => {
    journal.close()
    rmSync(place, { recursive: true })
  })
  const other = RestoreJournal.open(join(place, 'restores.sqlite'), 'ann')
  t.after(() => other.close())
  const settle = (imageKey: string): void =>
    journal.settleItem({ album: 'a', imageKey }, { state: 'found', album: 'b', imageKey: `new ${imageKey}`, serial: 0, at: 1 })
  const broken = (): void =>
    journal.together(() => {
      settle('one')
      throw new RangeError('stop')
    })
  assert.throws(broken, RangeError)
  assert.equal(journal.item({ album: 'a', imageKey: 'one' }), undefined)
  const seen = journal.together(() => {
    settle('one')
    settle('two')
    return other.item({ album: 'a', imageKey: 'one' })
  })
  assert.equal(seen, undefined, 'nothing is durable before the end')
  assert.deepEqual(
    ['one', 'two'].map((imageKey) => other.item({ album: 'a', imageKey })?.imageKey),
    ['new one', 'new two'],
  )
})
