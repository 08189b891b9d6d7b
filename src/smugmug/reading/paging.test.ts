import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { ServiceError } from '../../errors.ts'
import { type Page, readPages } from './paging.ts'

/** Reads a list of keys that a server pages as it likes. */
const readAll = async (read: (start: number, nth: number) => Page<string>, atOnce = 4) => {
  const starts: number[] = []
  const listed = await readPages<string>({
    what: 'a list',
    atOnce,
    keyOf: (key) => key,
    read: async (start) => {
      starts.push(start)
      return read(start, starts.length)
    },
  })
  return { ...listed, starts }
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index + 1}`)

/** Makes a well-behaved server whose pages have at most this size. */
const server =
  (list: readonly string[], most: number) =>
  (start: number): Page<string> => {
    const entries = list.slice(start - 1, start - 1 + most)
    return { entries, total: list.length, count: entries.length }
  }

describe('readPages', () => {
  test('reads every entry once and in order, whatever the sizes, with no call too many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 }), async (count, most, atOnce) => {
        const { entries, total, starts } = await readAll(server(keys(count), most), atOnce)
        assert.deepEqual(entries, keys(count))
        assert.equal(total, count)
        assert.equal(starts.length, Math.max(1, Math.ceil(count / most)))
      }),
    )
  })

  test('a page shorter than the first leaves no gap', async () => {
    const list = keys(25)
    const { entries } = await readAll((start) => server(list, start === 11 ? 3 : 10)(start))
    assert.deepEqual(entries, list)
  })

  test('a list that grows meanwhile is read to its new end', async () => {
    const { entries, total } = await readAll((start, nth) => server(keys(nth < 2 ? 20 : 27), 10)(start))
    assert.deepEqual(entries, keys(27))
    assert.equal(total, 27)
  })

  test('a list that shrinks meanwhile ends earlier', async () => {
    const { entries, total } = await readAll((start, nth) => server(keys(nth < 3 ? 30 : 15), 10)(start), 1)
    assert.deepEqual(entries, keys(20))
    assert.equal(total, 15)
  })

  test('duplicates are dropped, and show in the number', async () => {
    const shifted = ['new', ...keys(20)]
    const { entries, total } = await readAll((start, nth) => server(nth === 1 ? keys(20) : shifted, 10)(start))
    assert.equal(new Set(entries).size, entries.length)
    assert.deepEqual([entries.length, total], [20, 21])
  })

  test('the server’s Count counts, not the entries that could be read', async () => {
    const { entries, unreadable, starts } = await readAll((start) => ({
      entries: start === 1 ? ['a', undefined, 'c'] : ['d'],
      total: 4,
      count: start === 1 ? 3 : 1,
    }))
    assert.deepEqual({ entries, unreadable, starts }, { entries: ['a', 'c', 'd'], unreadable: 1, starts: [1, 4] })
  })

  test('an empty list is empty, with Pages or without', async () => {
    assert.deepEqual(await readAll(() => ({ entries: [], total: 0, count: 0 })), {
      entries: [],
      unreadable: 0,
      repeated: 0,
      total: 0,
      starts: [1],
    })
    assert.deepEqual(await readAll(() => ({ entries: [] })), { entries: [], unreadable: 0, repeated: 0, starts: [1] })
  })

  test('without Pages it goes on until nothing new comes', async () => {
    const { entries } = await readAll((start) => ({ entries: keys(12).slice(start - 1, start + 4) }))
    assert.deepEqual(entries, keys(12))
    const same = await readAll(() => ({ entries: ['a', 'b'] }))
    assert.deepEqual(same.entries, ['a', 'b'])
    assert.equal(same.starts.length, 2)
  })
})

describe('a page that makes no progress is an error', () => {
  const refused = (read: (start: number) => Page<string>) => assert.rejects(readAll(read), ServiceError)

  test('nothing given, although more is counted', () =>
    refused((start) => (start === 1 ? server(keys(30), 10)(1) : { entries: [], total: 30, count: 0 })))
  test('nothing given at all', () => refused(() => ({ entries: [], total: 30, count: 0 })))
  test('the same page again, as the server says itself', () => refused(() => server(keys(30), 10)(1)))
  test('another page than asked for', () => refused((start) => server(keys(30), 10)(start === 11 ? 21 : start)))
  test('the same page again under another number', () =>
    refused((start) => ({ ...server(keys(30), 10)(1), total: 30 - (start > 1 ? 1 : 0) })))
})

describe('a list without end is an error', () => {
  const refused = (read: (start: number) => Page<string>) =>
    assert.rejects(readAll(read), (error) => error instanceof ServiceError && /does not end/.test(error.message))
  const fresh = (start: number, count: number): string[] => Array.from({ length: count }, (_, index) => `k${start + index}`)

  test('that says so', () => refused((start) => ({ entries: fresh(start, 100), total: 10 ** 12, count: 100 })))
  test('that does not, and always has more', () => refused((start) => ({ entries: fresh(start, 100) })))
  test('that has one more each time', () => refused((start) => ({ entries: fresh(start, 1), total: 190_000, count: 1 })))

  test('and what is too many depends on the list', async () => {
    const read = (most: number) =>
      readPages<string>({ what: 'a list', atOnce: 1, keyOf: (key) => key, most, read: async (start) => server(keys(30), 10)(start) })
    assert.equal((await read(30)).entries.length, 30)
    await assert.rejects(read(29), ServiceError)
  })
})
