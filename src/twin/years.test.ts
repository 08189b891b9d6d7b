import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePoints, type MonthData, PART, type TwinData, type YearEntry } from './format.ts'
import { type DataFile, type MonthFacts, monthFiles, type TimelineItem, yearFiles } from './years.ts'

const item = (over: Partial<TimelineItem>): TimelineItem => ({
  albumKey: 'A',
  imageKey: 'k',
  md5: 'f'.repeat(32),
  name: 'IMG.jpg',
  shows: 2,
  width: 3,
  height: 2,
  words: {},
  text: 'fjord',
  ...over,
})

/** Makes files, and runs each as the script that it is. Returns their paths, their data, and the result. */
function made<Facts>(files: Generator<DataFile, Facts>): {
  readonly paths: readonly string[]
  readonly data: readonly TwinData[]
  readonly facts: Facts
} {
  const paths: string[] = []
  const data: TwinData[] = []
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return { paths, data, facts: next.value }
    paths.push(next.value.path.replace(/\.\d+\.js$/, ''))
    new Function('twin', next.value.script)((value: TwinData) => data.push(value))
  }
}

const hash = (text: string): string => String(text.length)
const month = (number: number, items: readonly TimelineItem[]) => made(monthFiles({ year: 2019, month: number }, items, hash))
const year = (...months: readonly MonthFacts[]) => made<YearEntry>(yearFiles(2019, months, hash))

test('A month has its grid, its words and its text, and a year leads to its months and numbers their items through', () => {
  const december = month(12, [item({})])
  assert.deepEqual(december.paths, ['data/2019-12', 'data/2019-12.words', 'data/2019-12.text'])
  const july = month(7, [item({ latitude: 60.4, longitude: 5.3 }), item({ width: 2, height: 3 })])
  const { paths, data, facts } = year(december.facts, july.facts)
  assert.deepEqual(paths, ['data/2019.points', 'data/2019'])
  assert.deepEqual(facts.slice(0, 2), [2019, 3])
  const [points, whole] = data
  assert.ok(points?.kind === 'points' && whole?.kind === 'year')
  assert.deepEqual(
    whole.months.map(([number, items, parts]) => [number, items, parts.length]),
    [
      [12, 1, 1],
      [7, 2, 1],
    ],
  )
  const shapes = Buffer.from(whole.ratios, 'base64')
  assert.ok(shapes.length === 3 && shapes[0] === shapes[1] && (shapes[2] ?? 255) < (shapes[1] ?? 0))
  const [point] = decodePoints(Buffer.from(points.points, 'base64'))
  assert.equal(point?.ordinal, 1, 'the first of July is the second of the year')
  assert.ok(Math.abs((point?.latitude ?? 0) - 60.4) < 1e-4)
  assert.equal(decodePoints(july.facts.points)[0]?.ordinal, 0, 'the facts of the month stay as they are')
})

test('A month of more items than a part holds has several parts, and each knows its own albums', () => {
  const items = Array.from({ length: PART + 1 }, (_, n) => item({ albumKey: n < PART ? 'A' : 'B', imageKey: `k${n}` }))
  const { data, facts, paths } = month(7, items)
  const parts = data.filter((file): file is MonthData => file.kind === 'month')
  assert.deepEqual(
    parts.map(({ part, albums, items: { length } }) => [part, albums, length]),
    [
      [0, ['A'], PART],
      [1, ['B'], 1],
    ],
  )
  assert.deepEqual([facts.items, facts.parts.length], [PART + 1, 2])
  assert.deepEqual(paths.slice(3), ['data/2019-07.1', 'data/2019-07.1.words', 'data/2019-07.1.text'])
})

test('A line break within a text adds no line to the search', () => {
  const text = month(0, [item({ text: 'one\ntwo' }), item({ text: 'three' })]).data.find((file) => file.kind === 'text')
  assert.equal(text?.lines, 'one two\nthree')
})

test('A month without items has no files, and a year without places no file of points', () => {
  assert.deepEqual(month(7, []).paths, [])
  const { paths, data } = year(month(7, [item({})]).facts)
  assert.deepEqual(paths, ['data/2019'])
  assert.equal(data.find((file) => file.kind === 'year')?.points, '')
})
