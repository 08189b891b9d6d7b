import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shown } from './shown.ts'
import type { ShownRow } from './shown-rows.ts'

const row = (imageKey: string, facts: Partial<ShownRow> = {}): ShownRow => ({
  ...{ albumKey: 'A', imageKey, position: 0, collected: false, md5: imageKey.repeat(32), name: `${imageKey}.jpg`, isVideo: false },
  ...{ width: 3, height: 2, taken: '2019-07-24T22:41:03', latitude: undefined, longitude: undefined, text: '', words: '{}' },
  ...{ note: '', still: '', ...facts },
})

const album = { key: 'A', folder: 'A', name: 'A', description: '', isLocked: false, cover: '', record: '1' }

async function* each(rows: readonly ShownRow[]): AsyncGenerator<ShownRow> {
  yield* rows
}

test('An album that is read again has the rows of the last time alone, whatever has changed in them', async () => {
  const shown = Shown.open(':memory:')
  try {
    await shown.putAlbum(album, each([row('a'), row('b'), row('c'), row('d')]))
    shown.pictures.put('c'.repeat(32), { kind: 'thumbnail', width: 3, height: 2, way: 'sharp' })
    const later = [
      row('b', { text: 'other words', position: 1, taken: '2018-01-01T10:00:00' }),
      row('c', { md5: 'e'.repeat(32), position: 2 }),
      row('d', { collected: true, position: 3 }),
      row('f', { position: 4 }),
    ]
    await shown.putAlbum({ ...album, record: '2' }, each(later))
    assert.deepEqual([...shown.ofAlbum('A')], later)
    assert.deepEqual(shown.dates.years(), [2019, 2018])
    assert.deepEqual(
      shown.albums().map(({ record, items, isDirty }) => [record, items, isDirty]),
      [['2', 4, true]],
    )
    assert.equal(shown.pictures.countDue({ way: 'sharp', stills: false }), 4, 'the new file of c has no picture yet')
    assert.ok(shown.pictures.loose().includes('c'.repeat(32)), 'its old picture may be shown nowhere any more')
  } finally {
    shown.close()
  }
})
