import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shown } from './shown.ts'
import type { ShownRow } from './shown-rows.ts'

test('The search of the list takes a year or a month for the time of a photo', async () => {
  const row = (imageKey: string, taken: string, text: string): ShownRow => ({
    ...{ albumKey: 'A', imageKey, position: 0, collected: false, md5: imageKey.repeat(32), name: `${imageKey}.jpg` },
    ...{
      isVideo: imageKey === 'c',
      width: 3,
      height: 2,
      taken,
      latitude: undefined,
      longitude: undefined,
      text,
      words: '{}',
      note: '',
      still: '',
    },
  })
  const shown = Shown.open(':memory:')
  try {
    async function* rows(): AsyncGenerator<ShownRow> {
      yield row('a', '2009-07-24T22:41:03', 'grandmother')
      yield row('b', '2011-07-24T22:41:03', 'grandmother')
      yield row('c', '2011-08-24T22:41:03', 'img_2009 video')
    }
    await shown.putAlbum({ key: 'A', folder: 'A', name: 'A', description: '', isLocked: false, cover: '', record: '1' }, rows())
    const find = (...words: readonly string[]): readonly string[] => shown.search(words, 10).map(({ imageKey }) => imageKey)
    assert.deepEqual(find('grandmother', '2009'), ['a'])
    assert.deepEqual(find('2011-07'), ['b'])
    assert.deepEqual(find('2009'), ['c', 'a'])
    assert.deepEqual(find('video', '2011'), ['c'])
    assert.deepEqual(find('20'), ['c'])
    assert.equal(shown.albums()[0]?.videos, 1)
  } finally {
    shown.close()
  }
})
