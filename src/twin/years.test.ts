import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePoints, type MonthData, PART, type TwinData, type YearEntry } from './format.ts'
import { type TimelineItem, yearFiles } from './years.ts'

const item = (over: Partial<TimelineItem>): TimelineItem => ({
  albumKey: 'A',
  imageKey: 'k',
  md5: 'f'.repeat(32),
  name: 'IMG.jpg',
  shows: 2,
  width: 3,
  height: 2,
  month: 7,
  words: {},
  text: 'fjord',
  ...over,
})

/** Makes the files of a year, runs each as the script that it is, and returns the data with the year's entry. */
function made(
  year: number,
  items: readonly TimelineItem[],
): { readonly paths: readonly string[]; readonly data: readonly TwinData[]; readonly entry: YearEntry } {
  const files = yearFiles(year, items, (text) => String(text.length))
  const paths: string[] = []
  const data: TwinData[] = []
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return { paths, data, entry: next.value }
    paths.push(next.value.path.replace(/\.\d+\.js$/, ''))
    new Function('twin', next.value.script)((value: TwinData) => data.push(value))
  }
}

test('A year is numbered from its newest item on, and its months keep their order', () => {
  const { paths, data, entry } = made(2019, [item({ month: 12 }), item({ latitude: 60.4, longitude: 5.3 }), item({})])
  assert.deepEqual(paths, [
    'data/2019-12',
    'data/2019-12.words',
    'data/2019-07',
    'data/2019-07.words',
    'data/2019.text',
    'data/2019.points',
    'data/2019',
  ])
  assert.deepEqual(entry.slice(0, 2), [2019, 3])
  const year = data.find((file) => file.kind === 'year')
  assert.deepEqual(
    year?.months.map(([month, items, parts]) => [month, items, parts.length]),
    [
      [12, 1, 1],
      [7, 2, 1],
    ],
  )
  const points = data.find((file) => file.kind === 'points')
  const [point] = decodePoints(Buffer.from(points?.points ?? '', 'base64'))
  assert.equal(point?.ordinal, 1)
  assert.ok(Math.abs((point?.latitude ?? 0) - 60.4) < 1e-4)
})

test('A month of more items than a part holds has several parts, and each knows its own albums', () => {
  const items = Array.from({ length: PART + 1 }, (_, n) => item({ albumKey: n < PART ? 'A' : 'B', imageKey: `k${n}` }))
  const { data } = made(2019, items)
  const parts = data.filter((file): file is MonthData => file.kind === 'month')
  assert.deepEqual(
    parts.map(({ part, albums, items: { length } }) => [part, albums, length]),
    [
      [0, ['A'], PART],
      [1, ['B'], 1],
    ],
  )
  assert.deepEqual(data.find((file) => file.kind === 'year')?.months[0]?.slice(0, 2), [7, PART + 1])
})

test('A line break within a text adds no line to the search', () => {
  const text = made(0, [item({ text: 'one\ntwo' }), item({ text: 'three' })]).data.find((file) => file.kind === 'text')
  assert.equal(text?.lines, 'one two\nthree')
})

test('A year without places has no file of points', () => {
  const { paths, data } = made(2019, [item({})])
  assert.ok(!paths.includes('data/2019.points'))
  assert.equal(data.find((file) => file.kind === 'year')?.points, '')
})
