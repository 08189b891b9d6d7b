import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Shown } from './shown.ts'
import type { ShownRow } from './shown-rows.ts'

const row = (imageKey: string, taken: string): ShownRow => ({
  ...{ albumKey: 'A', imageKey, position: 0, collected: false, md5: imageKey.repeat(32), name: `${imageKey}.jpg`, isVideo: false },
  ...{ width: 3, height: 2, taken, latitude: undefined, longitude: undefined, text: '', words: '{}', note: '', still: '' },
})

async function putAlbum(shown: Shown, rows: readonly ShownRow[]): Promise<void> {
  const each = async function* (): AsyncGenerator<ShownRow> {
    yield* rows
  }
  await shown.putAlbum({ key: 'A', folder: 'A', name: 'A', description: '', isLocked: false, cover: '', record: '1' }, each())
}

const bytes = Uint8Array.of(1, 2, 3)

/** Opens a list with items of three months, whose files are noted. */
async function openWritten(t: TestContext, rows: readonly ShownRow[]): Promise<Shown> {
  const shown = Shown.open(':memory:')
  t.after(() => shown.close())
  await putAlbum(shown, rows)
  for (const year of shown.dates.years()) {
    for (const month of shown.dates.months(year)) {
      shown.dates.putMonth(year, { month, items: 1, parts: [['g', 'w', 't']], ratios: bytes, points: bytes })
      shown.dates.putPath({ year, month }, `${year}-${month}`)
    }
    shown.dates.putYear(year, { hash: 'y', items: 1 })
    shown.dates.putPath({ year }, String(year))
  }
  return shown
}

const [a, b, c] = [row('a', '2019-12-01T10:00:00'), row('b', '2019-07-01T10:00:00'), row('c', '2018-01-01T10:00:00')]

/** Returns the months of a year whose files are made. */
const made = (shown: Shown, year: number): readonly number[] => [...shown.dates.writtenMonths(year).keys()].toSorted((x, y) => y - x)

describe('The years and months of the timeline', () => {
  test('go from the newest to those that are not known', async (t) => {
    const shown = await openWritten(t, [a, b, c, row('d', ''), row('e', '2019-13-01T10:00:00'), row('f', '2019')])
    assert.deepEqual(shown.dates.years(), [2019, 2018, 0])
    assert.deepEqual(shown.dates.months(2019), [12, 7, 0])
    assert.deepEqual(
      [...shown.ofMonth(2019, 0)].map(({ imageKey }) => imageKey),
      ['e'],
    )
    assert.deepEqual(shown.dates.months(0), [0])
  })

  test('come back as they were noted', async (t) => {
    const shown = await openWritten(t, [a])
    const facts = { month: 12, items: 1, parts: [['g', 'w', 't']], ratios: bytes, points: bytes }
    assert.deepEqual(shown.dates.writtenMonths(2019).get(12), facts)
  })

  test('are due when an item leaves one for another, or a picture comes, and the others stay', async (t) => {
    const shown = await openWritten(t, [a, b, c])
    // The album is read again: every month that it shows is due.
    await putAlbum(shown, [a, { ...b, taken: '2019-08-01T10:00:00' }, c])
    assert.deepEqual([made(shown, 2019), made(shown, 2018), [...shown.dates.writtenYears().keys()]], [[], [], []])
    const again = await openWritten(t, [a, b, c])
    again.pictures.put(b.md5, { kind: 'thumbnail', width: 3, height: 2, way: 'sharp' })
    assert.deepEqual([made(again, 2019), made(again, 2018), [...again.dates.writtenYears().keys()]], [[12], [1], [2018]])
  })

  test('are due when one of their files is not as it was', async (t) => {
    const shown = await openWritten(t, [a, b, c])
    shown.forgetFile('2019-7')
    assert.deepEqual([made(shown, 2019), [...shown.dates.writtenYears().keys()]], [[12], [2018]])
    shown.forgetFile('2018')
    assert.deepEqual([made(shown, 2018), [...shown.dates.writtenYears().keys()]], [[1], []])
  })

  test('are forgotten, with their paths, when they have no items any more', async (t) => {
    const shown = await openWritten(t, [a, b, c])
    await putAlbum(shown, [a])
    shown.dates.dropEmpty()
    assert.deepEqual([shown.dates.hasPath('2018'), shown.dates.hasPath('2018-1'), shown.dates.hasPath('2019-7')], [false, false, true])
    shown.dates.keepMonths(2019, shown.dates.months(2019))
    assert.deepEqual([shown.dates.hasPath('2019-7'), shown.dates.hasPath('2019-12'), shown.dates.hasPath('2019')], [false, true, true])
  })
})
